"""The drawings of a page on paper: style inside, colours written out, and the words for those who cannot see them."""

import re
from dataclasses import dataclass
from functools import cache
from html import unescape
from importlib import resources

_NAMES = re.compile(r"--(\w+): (#[0-9a-f]{6})")
_USED = re.compile(r"var\(--(\w+)\)")
_FONTS = re.compile(r"font-family: [^;}]*")
FONT = "Libertinus Serif"  # comes with the typesetter, so that a page looks alike everywhere
_SCREEN_TO_PAPER = 0.72  # points for a pixel of a drawing: letters of 12 pixels are 8.6 points, like a table's


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing that stands alone: markup, width in points, and title and description in words."""

    markup: str
    width_pt: float
    says: str


def on_paper(markup: str) -> Drawing:
    """One `<svg>` element of a page as a drawing of its own."""
    width = re.search(r'width="([\d.]+)"', markup)
    words = [unescape(found[1]) for found in re.finditer(r"<(?:title|desc)[^>]*>([^<]*)</", markup)]
    opening, rest = markup.split(">", 1)
    return Drawing(
        f'{opening} xmlns="http://www.w3.org/2000/svg"><style>{drawing_style()}</style>{rest}',
        float(width[1]) * _SCREEN_TO_PAPER if width else 300.0,
        ": ".join(words),
    )


@cache
def drawing_style() -> str:
    """The style of drawings as one that stands alone can read it: no variables, no element around it, one font."""
    folder = resources.files("evidence.render")
    colours = dict(_NAMES.findall(folder.joinpath("style.css").read_text("utf-8")))
    rules = folder.joinpath("drawings.css").read_text("utf-8").replace("svg .", ".").replace("svg text", "text")
    plain = _USED.sub(lambda used: colours[used[1]], rules)
    return _FONTS.sub(f'font-family: "{FONT}"', plain)
