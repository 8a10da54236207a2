"""Numbered roads: every written form of one road gives one name (Pub 28 section 4, county and state roads)."""

import re
from collections.abc import Sequence
from typing import Final

from loaders.normalize.addresses.tables import DIRECTIONS, STATE_CODES, STATE_NAMES, word_list

_STATES: Final = "|".join(sorted({*STATE_NAMES, *STATE_CODES} - {"CO"}, key=lambda word: (-len(word), word)))
_HWY: Final = r"(?:HWY|HIGHWAY|HIWAY|HWAY|HIGHWY|HGWY|ROUTE|RTE|RT)"
_ROAD: Final = r"(?:ROAD|RD|HWY|HIGHWAY|ROUTE|RTE|RT)"
_NUMBER: Final = r"#? ?(\d+(?:-\d+)?[A-Z]{0,2}|[A-Z]\d+[A-Z]?)"
_FORMS: Final = tuple(
    (re.compile(rf"{pattern}(?= |$)"), name)
    for pattern, name in (
        (rf"(?:US|U S|UNITED STATES)(?: {_HWY})? {_NUMBER}", "US HIGHWAY"),
        (rf"(?:INTERSTATE|I|IH)(?: {_HWY})? ?-? ?(\d+[A-Z]?)", "INTERSTATE"),
        # The county's name goes: "LARIMER COUNTY ROAD 38E", "LCR 38E" and "CR 38E" are one road.
        (
            rf"(?:[A-Z]+ )?(?:COUNTY|CTY|CNTY) {_ROAD} #? ?(\d+(?:-\d+)?(?:[ -]?[A-Z](?= |$))?|[A-Z](?= |$))",
            "COUNTY ROAD",
        ),
        (r"(?:CO (?:ROAD|RD)|[A-Z]?CR) ?#? ?(\d+(?:-\d+)?(?:[ -]?[A-Z](?= |$))?)", "COUNTY ROAD"),
        (rf"(?:STATE|ST) (?:{_HWY}|RD|ROAD|TRUNK HIGHWAY) {_NUMBER}", "STATE HIGHWAY"),
        (rf"(?:SR|SH|STH|SHWY) ?{_NUMBER}", "STATE HIGHWAY"),
        (rf"(?:{_STATES}|CO) (?:STATE )?{_HWY} {_NUMBER}", "STATE HIGHWAY"),
        (rf"(?:FM|FARM TO MARKET|FARM TO MARKET ROAD|FM RD|FM ROAD) {_NUMBER}", "FM"),
        (rf"(?:RM|RANCH RD|RANCH ROAD|RANCH TO MARKET) {_NUMBER}", "RANCH ROAD"),
        (rf"(?:TWP|TOWNSHIP|TWNSHP) (?:RD|ROAD) {_NUMBER}", "TOWNSHIP ROAD"),
        (rf"(?:FOREST|FOREST SERVICE|FS) (?:RD|ROAD) {_NUMBER}", "FOREST ROAD"),
        (rf"(?:PRIVATE|PVT) (?:RD|ROAD) {_NUMBER}", "PRIVATE ROAD"),
        (rf"(?:ROUTE|RTE|RT) {_NUMBER}", "ROUTE"),
        (rf"(?:HWY|HIGHWAY|HIWAY|HWAY|HGWY) {_NUMBER}", "HIGHWAY"),
    )
)
TRIGGERS: Final = frozenset(
    word_list(
        "HWY HIGHWAY HIWAY HWAY HIGHWY HGWY ROUTE RTE RT US U UNITED INTERSTATE I IH COUNTY CTY "
        "CNTY CO STATE SR SH STH SHWY FM FARM RM RANCH TWP TOWNSHIP TWNSHP FOREST FS PRIVATE PVT"
    )
)
_COUNTY_WORD: Final = re.compile(r"[A-Z]?CR(?:\d+[A-Z]?)?$|I-?\d+$")


def read_highway(tokens: Sequence[str]) -> tuple[str | None, str, int] | None:
    """Predirectional, standard name and end of the numbered road that `tokens` begin with; None when none."""
    if not any(token in TRIGGERS or _COUNTY_WORD.match(token) for token in tokens[:4]):
        return None
    predir, start = None, 0
    if tokens[0] in DIRECTIONS and len(tokens) > 1:
        predir, start = DIRECTIONS[tokens[0]], 1
    text = " ".join(tokens[start:])
    old = text.startswith("OLD ")
    if old:
        text, start = text[4:], start + 1
    for pattern, name in _FORMS:
        found = pattern.match(text)
        if found:
            # A number of the form 38E may be written 38 E: the letter belongs to a county road's number.
            number = re.sub(r"[ -](?=[A-Z]$)", "", found[1])
            size = found[0].rstrip().count(" ") + 1
            return predir, f"{'OLD ' if old else ''}{name} {number}", start + size
    return None
