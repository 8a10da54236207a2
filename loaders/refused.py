"""What must never come in: social security numbers, driver licence numbers, photographs, medical data.

Motor vehicle law calls these highly restricted (18 USC 2725(4)), and no occupancy finding needs them. They are
refused by header name, by the shape of their values, and by being bytes; each refusal is reported, and no
refused value is ever shown: not in a frame, not in the quarantine, not in an error.
"""

import re
from typing import Final

import polars as pl

_NAMES: Final = (
    (
        re.compile(
            r"\b(ssn|sss?n|soc sec|social security|social insurance|tax ?payer id|tin|itin|ss no|ss number|ss)\b"
        ),
        "social security number",
    ),
    (
        re.compile(
            r"\b(dln?|oln|dl (no|num|number|state|class)|drivers? (licen[cs]e|lic)|operators? (licen[cs]e|lic)|driver id|drivers? id|cdl)\b"
        ),
        "driver licence",
    ),
    (
        re.compile(
            r"\b(photo|photos|photograph|photographs|picture|pictures|image|images|portrait|headshot|mug ?shot|thumbnail|signature image|fingerprint|biometric)\b"
        ),
        "photograph or image",
    ),
    (
        re.compile(
            r"\b(medical|disability|disabled|disabilities|handicap|handicapped|diagnosis|health|blood type|organ donor|medication|impairment|hearing impaired|restriction codes?)\b"
        ),
        "medical or disability information",
    ),
)
SSN: Final = r"\b(?:00[1-9]|0[1-9]\d|[1-578]\d{2}|6[0-57-9]\d|66[0-57-9])-(?:0[1-9]|[1-9]\d)-(?:000[1-9]|00[1-9]\d|0[1-9]\d{2}|[1-9]\d{3})\b"
"""nnn-nn-nnnn as the Social Security Administration issues them: no 000, 666 or 9xx, no 00, no 0000."""

_IMAGE: Final = r"^(?:data:image/|/9j/|iVBORw0KGgo|R0lGOD)"
"""How base64 of a JPEG, PNG or GIF begins."""
COLUMN_SHARE: Final = 0.5
"""A column half of whose values look like social security numbers is one; below, the single cells are withheld."""

WITHHELD: Final = "[withheld]"


def refusal_of_header(header: str) -> str | None:
    """What a header of this name holds that may not come in; None if nothing."""
    words = " ".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).replace("'", "").lower()))
    return next((what for pattern, what in _NAMES if pattern.search(words)), None)


def refusal_of_values(column: pl.Series) -> str | None:
    """What the values of a text column are that may not come in; None if nothing. Works on distinct values."""
    values = column.drop_nulls().unique()
    if values.is_empty():
        return None
    if (values.str.contains(_IMAGE)).mean() > COLUMN_SHARE:  # type: ignore[operator]
        return "photograph or image"
    if (values.str.contains(rf"^\s*{SSN}\s*$")).mean() > COLUMN_SHARE:  # type: ignore[operator]
        return "social security number"
    return None


def withhold(column: pl.Expr) -> pl.Expr:
    """The text with every social security number in it replaced by a mark."""
    return column.str.replace_all(SSN, WITHHELD)
