"""A page as a tagged PDF (PDF/UA-1): the same bytes for the same page on every machine that has the same typesetter.

The typesetter (typst, the extra `pdf`) brings its own fonts, reads no file and no network, and has no clock. A
character that none of its fonts can draw stands on paper as its number, `[U+65E5]`; the HTML page shows it.
"""

import re
from functools import cache
from importlib import resources
from importlib.util import find_spec
from typing import Any

from evidence.errors import NotAvailable

INSTALL = "python -m pip install typst"
_UNDRAWN = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)
_MOST_TRIES = 8


def can_print() -> bool:
    """Is the typesetter installed? Nothing is loaded to find out."""
    return find_spec("typst") is not None


def require_pdf() -> None:
    """Raise NotAvailable, with the command that installs it, where PDF is asked for and the typesetter is not there."""
    if not can_print():
        raise NotAvailable(f"a PDF needs the typesetter typst, which is not installed here: {INSTALL}")


def pdf_of(page: str) -> bytes:
    """The PDF of a page made by the templates. Raises NotAvailable without the typesetter."""
    require_pdf()
    import typst

    from evidence.render.paper import typst_of

    hidden: frozenset[str] = frozenset()
    for _ in range(_MOST_TRIES):
        try:
            return bytes(_typesetter().compile(input=(_look() + typst_of(page, hidden)).encode(), **_AS_PDF))
        except typst.TypstError as error:
            undrawn = frozenset("".join(_UNDRAWN.findall(getattr(error, "diagnostic", None) or str(error))))
            if not undrawn - hidden:
                raise
            hidden |= undrawn
    raise ValueError("the page holds too many characters that cannot be drawn")


_AS_PDF: dict[str, Any] = {"format": "pdf", "pdf_standards": ["ua-1"], "timestamp": 0}


@cache
def _look() -> str:
    return resources.files("evidence.render").joinpath("paper.typ").read_text("utf-8")


@cache
def _typesetter() -> Any:
    """One typesetter for a run: the second page of a batch finds its fonts loaded."""
    import typst

    return typst.Compiler(ignore_system_fonts=True)
