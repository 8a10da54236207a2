"""The end of an address: country, ZIP code, state and city."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from loaders.normalize.addresses.tables import (
    AMBIGUOUS_CODES,
    CITY_WORDS,
    COUNTRIES,
    DIRECTION_NAMES,
    LEADING_ZERO_STATES,
    STATE_CODES,
    STATE_NAMES,
    STRONG_SUFFIXES,
    VALUED_UNITS,
    ZIP3_STATES,
    word_list,
)

ZIP: Final = re.compile(r"(\d{5})(?:-?\d{4})?$")
_SHORT_ZIP: Final = re.compile(r"\d{3,4}$")
# "8O521": letters read or typed for digits.
_LETTERED_ZIP: Final = re.compile(r"(?=(?:.?\d){3})[\dOIL]{5}$")
_LETTERS_FOR_DIGITS: Final = str.maketrans("OIL", "011")
_ALPHA: Final = re.compile(r"[A-Z]+$")


class Tail(NamedTuple):
    """What the end of the line said; `body` is the rest, which ends in no comma."""

    body: list[str]
    state: str | None
    zip: str | None


def _drop_commas(tokens: list[str]) -> None:
    while tokens and tokens[-1] == ",":
        tokens.pop()


def _strip_country(tokens: list[str]) -> None:
    for size in (4, 3, 2, 1):
        if len(tokens) > size and " ".join(tokens[-size:]) in COUNTRIES:
            before = [token for token in tokens[:-size] if token != ","]
            # "US" ends an address only after a ZIP code or a state ("2210 OLD US" is a road).
            if size != 1 or tokens[-1] == "USA" or ZIP.match(before[-1]) or before[-1] in STATE_CODES:
                del tokens[-size:]
            break
    _drop_commas(tokens)


def _strip_zip(tokens: list[str]) -> str | None:
    split_zip = len(tokens) > 2 and re.fullmatch(r"\d{5} \d{4}", f"{tokens[-2]} {tokens[-1]}")
    if split_zip and tokens[-3] not in _BEFORE_A_NUMBER:
        tokens.pop()
    if not tokens:
        return None
    last = tokens[-1]
    if _LETTERED_ZIP.match(last) and len(tokens) > 1 and tokens[-2] in STATE_CODES:
        tokens[-1] = last = last.translate(_LETTERS_FOR_DIGITS)
    found = ZIP.match(last)
    if found and (len(tokens) == 1 or tokens[-2] not in _BEFORE_A_NUMBER):
        tokens.pop()
        _drop_commas(tokens)
        return found[1]
    if _SHORT_ZIP.match(last) and len(tokens) > 2 and tokens[-2] in LEADING_ZERO_STATES and tokens[-2] != "CT":
        # A spreadsheet ate the leading zeros of a New England or New Jersey ZIP code.
        tokens.pop()
        return last.zfill(5)
    return None


# Before these a number is not a ZIP code.
_BEFORE_A_NUMBER: Final = frozenset(word_list("# APT UNIT STE SUITE BOX LOT SPC TRLR BLDG RM"))


def _city_precedes(before: Sequence[str]) -> bool:
    """Whether `before` ends in words that can be a city: after a comma, or after a street type."""
    if not before:
        return False
    if "," in before:
        cut = len(before) - 1 - list(reversed(before)).index(",")
        words = before[cut + 1 :]
        return not words or all(map(_ALPHA.match, words))
    for at in range(len(before) - 1, 0, -1):
        if before[at] in STRONG_SUFFIXES:
            words = [word for word in before[at + 1 :] if _ALPHA.match(word) and word not in DIRECTION_NAMES]
            # "ST APT 1ST FL": a floor, not Florida.
            return bool(words) and bool(_ALPHA.match(before[-1])) and before[-1] not in VALUED_UNITS
    return False


def _strip_state(tokens: list[str], zip_code: str | None) -> str | None:
    for size in (3, 2, 1):
        if len(tokens) < size:
            continue
        word = " ".join(tokens[-size:])
        code = STATE_NAMES.get(word) or (word if size == 1 and word in STATE_CODES else None)
        if code is None:
            continue
        before = tokens[:-size]
        by_zip = zip_code is not None and ZIP3_STATES.get(zip_code[:3]) == code
        plain = size == 1 and word in STATE_CODES and word not in AMBIGUOUS_CODES
        if plain:
            taken = not before or not before[-1].isdigit() or by_zip or len(before) > 1
        elif not before:
            taken = True
        else:
            taken = by_zip or _city_precedes(before)
        if taken:
            del tokens[-size:]
            _drop_commas(tokens)
            return code
    return None


def strip_tail(tokens: Sequence[str]) -> Tail:
    """Take country, ZIP and state off the end of a clean line."""
    body = list(tokens)
    _drop_commas(body)
    _strip_country(body)
    zip_code = _strip_zip(body)
    if zip_code is None and len(body) > 2:
        # "80521 CO": state written last.
        state = _strip_state(body, None)
        if state is not None:
            return Tail(body, state, _strip_zip(body))
        return Tail(body, None, None)
    state = _strip_state(body, zip_code) if body else None
    return Tail(body, state, zip_code)


# Street types that end no city's name ("FEDERAL WAY" and "CROWN POINT" are cities).
_STREET_ONLY: Final = frozenset(word_list("ST STREET AVE AVENUE RD ROAD DR DRIVE BLVD LN LANE CT COURT"))


def standard_city(words: Sequence[str]) -> str | None:
    """Standard name of a city (`N ST PAUL` -> `NORTH SAINT PAUL`); null when the words cannot be one."""
    if not words or not all(map(_ALPHA.match, words)):
        return None
    out = [CITY_WORDS.get(word, word) for word in words]
    if len(out) > 1:
        out[0] = DIRECTION_NAMES.get(out[0], out[0])
    if len(out[0]) == 1 or words[-1] in _STREET_ONLY:
        return None
    return " ".join(out)
