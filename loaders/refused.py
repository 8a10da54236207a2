"""What must never come in: social security numbers, driver licence numbers, photographs, medical data.

Motor vehicle law calls these highly restricted (18 USC 2725(4)), and no occupancy finding needs them. They are
refused by header name, by the shape of their values, and by being bytes; each refusal is reported, and no
refused value is ever shown: not in a frame, not in the quarantine, not in an error.
"""

import re
from typing import Final

import polars as pl

_WORDS: Final = {
    "social security number": (
        "ssn|ssns|soc sec|social security|social insurance|tax ?payer id|tin|itin|ss no|ss num|ss number|ss|social"
    ),
    "driver licence number": ("dl|dln|oln|cdl|drivers? (?:licen[cs]e|lic|id)|operators? (?:licen[cs]e|lic)"),
    "photograph or image": (
        "photos?|photographs?|pictures?|images?|portrait|headshot|mug ?shot|thumbnail|fingerprints?|biometrics?"
    ),
    "medical or disability information": (
        "medical|disability|disabilities|disabled|handicap|handicapped|diagnosis|health|blood type|organ donor|"
        "medications?|impairments?|hearing impaired|restriction codes?"
    ),
}
_NAMES: Final = {what: re.compile(rf"\b(?:{words})\b") for what, words in _WORDS.items()}

SSN: Final = (
    r"\b(?:00[1-9]|0[1-9]\d|[1-578]\d{2}|6[0-57-9]\d|66[0-57-9])"
    r"-(?:0[1-9]|[1-9]\d)"
    r"-(?:000[1-9]|00[1-9]\d|0[1-9]\d{2}|[1-9]\d{3})\b"
)
"""nnn-nn-nnnn as the Social Security Administration issues them: no 000, 666 or 9xx, no 00, no 0000."""

_IMAGE: Final = r"^(?:data:image/|/9j/|iVBORw0KGgo|R0lGOD)"
"""How base64 of a JPEG, PNG or GIF begins."""
COLUMN_SHARE: Final = 0.5
"""A column half of whose values look like social security numbers is one; below, the single cells are withheld."""

WITHHELD: Final = "[withheld]"


def refusal_of_header(header: str) -> str | None:
    """What a header of this name holds that may not come in; None if nothing."""
    words = " ".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).replace("'", "").lower()))
    return next((what for what, pattern in _NAMES.items() if pattern.search(words)), None)


def refusal_of_values(texts: pl.Series) -> str | None:
    """What the distinct texts of a column are that may not come in; None if nothing."""
    enough = max(1, int(texts.len() * COLUMN_SHARE))
    if texts.str.starts_with("data:image/").any() or texts.str.contains(_IMAGE).sum() >= enough:
        return "photograph or image"
    numbers = texts.filter(texts.str.count_matches("-", literal=True) == 2)
    if numbers.len() >= enough and numbers.str.contains(rf"^\s*{SSN}\s*$").sum() >= enough:
        return "social security number"
    return None


def withhold(column: pl.Expr) -> pl.Expr:
    """The text with every social security number in it replaced by a mark."""
    return column.str.replace_all(SSN, WITHHELD)
