"""Post office boxes, rural routes and private mail boxes: places where mail goes and nobody lives."""

import re
from collections.abc import Sequence
from typing import Final

from loaders.normalize.addresses.units import Unit

_BOX: Final = re.compile(
    r"(?:^|(?<= ))(?:(?:P ?O|POST OFFICE|POSTAL)? ?(?:BOX|BX|DRAWER)|P ?O ?B|PO ?BOX) ?(?:NO |NUMBER )?#? ?"
    r"(\d+[A-Z]?|[A-Z]{1,2}\d*)(?= |$)"
)
_RURAL: Final = re.compile(
    r"(?:^|(?<= ))(?:(RR|R R|RFD|RURAL ROUTE|RURAL RT|RURAL RTE|RTE|ROUTE|RT)|"
    r"(HC|HCR|HIGHWAY CONTRACT|STAR ROUTE)) ?#? ?"
    r"(\d+)(?: ,)? (?:BOX|BX) ?#? ?(\d+[A-Z]?)(?= |$)"
)
_PMB: Final = re.compile(r"(?:^|(?<= ))(?:PMB|PRIVATE MAILBOX|MAILBOX) ?#? ?(\d+[A-Z]?)(?= |$)")


def read_box(tokens: Sequence[str], has_street: bool) -> tuple[str, str, Unit, list[str]] | None:
    """Kind, street field, unit and the tokens around the box; None when the line has no box.

    A street address beside a plain box wins (the box is only where its mail goes); a private mail box makes the
    street a shop that holds mail, so there it is the box that counts.
    """
    text = " ".join(tokens)
    if "B" not in text or not any(word in text for word in ("BOX", "BX", "PMB", "POB", "P O B", "DRAWER")):
        return None
    private = _PMB.search(text)
    if private:
        return "po_box", "PMB", Unit("PMB", private[1]), _around(text, private)
    rural = _RURAL.search(text)
    if rural:
        route = f"{'RR' if rural[1] else 'HC'} {int(rural[3])}"
        return "po_box", route, Unit("BOX", rural[4].lstrip("0") or "0"), _around(text, rural)
    box = _BOX.search(text)
    if box and not has_street:
        return "po_box", "PO BOX", Unit("PO BOX", box[1].lstrip("0") or "0"), _around(text, box)
    return None


def _around(text: str, found: re.Match[str]) -> list[str]:
    """Words after the box (the city); words before it only when none follow."""
    return text[found.end() :].split()
