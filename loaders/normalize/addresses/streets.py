"""The street: predirectional, name, type, postdirectional; highways and county roads; what follows it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from loaders.normalize.addresses.highways import read_highway
from loaders.normalize.addresses.tables import (
    BARE_STREETS,
    CITY_STARTS,
    DIRECTION_NAMES,
    DIRECTIONS,
    NAME_WORDS,
    ORDINALS,
    STRONG_SUFFIXES,
    SUFFIXES,
    TENS,
)
from loaders.normalize.addresses.tail import standard_city
from loaders.normalize.addresses.units import BARE_VALUE, Unit, find_unit, read_units

_DIGITS: Final = re.compile(r"(\d+)(?:ST|ND|RD|TH)?$")
# AVENUE B, ROAD 200, AVENUE OF THE AMERICAS: the type stands first and belongs to the name.
_LEADING_TYPES: Final = {"AVENUE": "AVENUE", "AVE": "AVENUE", "ROAD": "ROAD", "RD": "ROAD", "STREET": "STREET"}
_LEADING_VALUE: Final = re.compile(r"(?:\d+[A-Z]?|[A-Z]|OF)$")


@dataclass(slots=True)
class Street:
    """What one part of a line said of the street; `city` holds the words left over at its end."""

    name: str | None = None
    predir: str | None = None
    suffix: str | None = None
    postdir: str | None = None
    highway: bool = False
    guessed: bool = False
    units: list[Unit] = field(default_factory=list)
    city: list[str] = field(default_factory=list)


def read_direction(tokens: Sequence[str], at: int) -> tuple[str, int] | None:
    """Directional at `tokens[at]` and its length in words; `N W` and `NORTH WEST` are one."""
    if at >= len(tokens) or tokens[at] not in DIRECTIONS:
        return None
    first = DIRECTIONS[tokens[at]]
    second = DIRECTIONS.get(tokens[at + 1]) if at + 1 < len(tokens) else None
    if first in {"N", "S"} and second in {"E", "W"}:
        return first + second, 2
    return first, 1


def _is_saint(tokens: Sequence[str], at: int) -> bool:
    """Whether ST at `at` begins a name: a further word of the name, not a unit or a direction, follows."""
    return (
        tokens[at] in {"ST", "STE"}
        and at + 1 < len(tokens)
        and tokens[at + 1].isalpha()
        and len(tokens[at + 1]) > 2
        and tokens[at + 1] not in DIRECTIONS
    )


def _predirectional(tokens: Sequence[str], limit: int) -> tuple[str | None, int]:
    found = read_direction(tokens[:limit], 0)
    if found is None:
        return None, 0
    direction, size = found
    rest = tokens[size:limit]
    if not rest or rest[0] == "END":
        return None, 0  # the direction is the name: "100 NORTH", "WEST END AVE"
    if rest[0] in STRONG_SUFFIXES:
        run_on = len(rest) > 1 and rest[1] in SUFFIXES
        saint = _is_saint(rest, 0) and any(word in STRONG_SUFFIXES for word in rest[2:])
        if not run_on and not saint:
            return None, 0  # "NORTH ST", "E AVE"
        if run_on and rest[0] == "ST" and size == 1 and len(tokens[0]) == 1:
            return None, 0
    return direction, size


def ordinal(number: int) -> str:
    """`21` -> `21ST`."""
    return f"{number}{'TH' if 10 < number % 100 < 14 else {1: 'ST', 2: 'ND', 3: 'RD'}.get(number % 10, 'TH')}"


def standard_name(words: Sequence[str], suffix: str | None) -> str:
    """Standard form of the words of a street name; `suffix` only as to whether the street has a type."""
    out: list[str] = []
    for word in words:
        joins = out and out[-1] in TENS and word in ORDINALS
        if joins:
            out[-1] = ordinal(TENS[out[-1]] + int(ORDINALS[word][:-2]))
        else:
            out.append(ORDINALS.get(word, word))
    out = [NAME_WORDS.get(word, word) for word in out]
    if len(words) > 1 and words[0] == "ST":
        out[0] = "SAINT"
    if len(out) > 1 and out[-1] in DIRECTION_NAMES and suffix:
        out[-1] = DIRECTION_NAMES[out[-1]]
    if out[0] in DIRECTION_NAMES and out[1:2] == ["END"]:
        out[0] = DIRECTION_NAMES[out[0]]
    name = " ".join(out)
    digits = _DIGITS.match(name)
    if digits and (suffix or not name.isdigit()):
        return ordinal(int(digits[1]))
    return {"MLK": "MARTIN LUTHER KING", "MLK JR": "MARTIN LUTHER KING JR"}.get(name, name)


def _suffix_at(words: Sequence[str], is_open: bool) -> int | None:
    """Index of the street type in `words`; the name keeps at least one word."""
    strong = [at for at in range(1, len(words)) if words[at] in STRONG_SUFFIXES]
    if strong:
        if not is_open:
            return strong[-1]
        at = strong[0]
        while at + 1 in strong and not _is_saint(words, at + 1):
            at += 1
        return at
    end = len(words)
    if not is_open:
        while end > 2 and words[end - 1] in DIRECTIONS:
            end -= 1
        while end > 2 and BARE_VALUE.match(words[end - 1]):
            end -= 1
        return end - 1 if end > 1 and words[end - 1] in SUFFIXES else None
    for at in range(1, end):
        if words[at] in SUFFIXES and not (at + 1 < end and words[at + 1] in SUFFIXES):
            return at
    return None


def _cut_known_city(words: list[str], cities: Collection[str]) -> list[str]:
    """Take the longest known city name off the end of `words` (changed in place); the name keeps a word."""
    if not cities:
        return []
    for size in range(min(4, len(words) - 1), 0, -1):
        if standard_city(words[-size:]) in cities:
            if words[-1] in STRONG_SUFFIXES and STRONG_SUFFIXES.isdisjoint(words[1:-size]):
                break  # "OLD FEDERAL WAY" is a street, also where FEDERAL WAY is a city
            city = words[-size:]
            del words[-size:]
            return city
    return []


def _split_without_suffix(street: Street, words: list[str], is_open: bool, has_state: bool) -> list[str]:
    """Name words of a street without a type; the rest goes to `street`."""
    if is_open and len(words) > 1:
        if words[0] in BARE_STREETS:
            street.city = words[1:]
            return words[:1]
        for at in range(1, len(words)):
            if words[at] in CITY_STARTS and at + 1 < len(words):
                street.city = words[at:]
                return words[:at]
        if has_state:
            street.guessed = True
            street.city = words[-1:]
            return words[:-1]
    if len(words) > 1:
        found = read_direction(words, len(words) - 1)
        if found is not None:
            street.postdir = found[0]
            return words[:-1]
        if re.fullmatch(r"\d{1,4}[A-Z]?|[A-Z]\d{1,3}", words[-1]):
            street.units.append(Unit("#", words[-1].lstrip("0") or "0"))
            return words[:-1]
    return words


def read_street(
    tokens: Sequence[str], *, closed: bool, has_state: bool, cities: Collection[str] = frozenset()
) -> Street:
    """Street, units and left-over city words of the part of a line that follows the house number.

    `closed`: the city stands elsewhere. `has_state`: the line ended in a state, so a city is to be expected.
    """
    seen = [False] * len(tokens)
    for at in range(1, len(tokens)):
        seen[at] = seen[at - 1] or (tokens[at - 1] in SUFFIXES and at > 1)
    highway = read_highway(tokens)
    if highway is not None:
        return _after_highway(tokens, highway, closed)
    limit = find_unit(tokens, 1, seen)
    street = Street()
    street.predir, start = _predirectional(tokens, limit)
    if start and limit <= start:
        limit = len(tokens)
    words = list(tokens[start:limit])
    units, end = read_units(tokens, limit)
    street.units.extend(units)
    after = [token for token in tokens[end:] if token != ","]
    if after:
        street.city = after
    known: list[str] = []
    if not closed and not after:
        known = _cut_known_city(words, cities)
        street.city = known
    is_open = not (closed or after or known)
    if len(words) > 1 and words[0] in _LEADING_TYPES and _LEADING_VALUE.match(words[1]):
        _leading_type(street, words, is_open)
        return street
    type_at = _suffix_at(words, is_open)
    if type_at is None:
        name = _split_without_suffix(street, words, is_open, has_state)
    else:
        name = words[:type_at]
        street.suffix = SUFFIXES[words[type_at]]
        _after_suffix(street, words[type_at + 1 :], is_open)
    street.name = standard_name(name, street.suffix) if name else None
    return street


def _leading_type(street: Street, words: list[str], is_open: bool) -> None:
    size = len(words) if words[1] == "OF" else 2
    if words[1] == "OF" and is_open:
        size = min(4 if words[2:3] == ["THE"] else 3, len(words))
    street.name = " ".join([_LEADING_TYPES[words[0]], *words[1:size]])
    _after_suffix(street, words[size:], is_open)


def _after_suffix(street: Street, rest: list[str], is_open: bool) -> None:
    found = read_direction(rest, 0)
    if found is not None:
        street.postdir = found[0]
        rest = rest[found[1] :]
    if rest and BARE_VALUE.match(rest[0]) and not street.units:
        street.units.append(Unit("#", rest[0].lstrip("0") or "0"))
        rest = rest[1:]
    if is_open:
        street.city = rest


def _after_highway(tokens: Sequence[str], highway: tuple[str | None, str, int], closed: bool) -> Street:
    predir, name, end = highway
    street = Street(name=name, predir=predir, highway=True)
    rest = list(tokens[end:])
    found = read_direction(rest, 0)
    if found is not None:
        street.postdir = found[0]
        rest = rest[found[1] :]
    at = find_unit(rest, 0, [True] * len(rest))
    units, end = read_units(rest, at)
    street.units.extend(units)
    left = rest[:at] + rest[end:]
    if left and BARE_VALUE.match(left[0]) and not units:
        street.units.append(Unit("#", left[0].lstrip("0") or "0"))
        left = left[1:]
    if left and left[-1] in STRONG_SUFFIXES:
        street.name = " ".join([name, *left])  # "I-25 FRONTAGE RD"
    elif not closed:
        street.city = left
    return street
