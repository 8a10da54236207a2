"""Secondary unit designators: `APT 2`, `# B-12`, `2ND FLOOR`, `BLDG C APT 4`, `BASEMENT`, `REAR UNIT`."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from loaders.normalize.addresses.tables import AMBIGUOUS_BARE_UNITS, BARE_UNITS, ORDINALS, VALUED_UNITS

_VALUE: Final = re.compile(r"(?=.{1,10}$)(?:[A-Z]{0,3}-?\d+(?:-?[A-Z0-9]+)*|[A-Z]{1,2}|[A-Z](?:-[A-Z0-9]+)+)$")
_ORDINAL: Final = re.compile(r"(\d+)(?:ST|ND|RD|TH)$")
_ZEROS: Final = re.compile(r"\b([A-Z]*)0+(?=\d)")
# A bare token after the street type that can only be a unit whose designator was left out.
BARE_VALUE: Final = re.compile(r"(?:\d{1,5}[A-Z]?|[A-Z]\d{0,4}|[A-Z]-\d{1,4}|\d{1,4}-(?:[A-Z]|\d{1,4}))$")
# Two letters that begin a city's name or another word, not a unit: "BSMT APT FT COLLINS".
_NOT_VALUES: Final = frozenset({"FT", "ST", "MT", "LA", "EL", "DE", "OF", "AT"})
_JOINING: Final = frozenset({"AND", "OF"})


class Unit(NamedTuple):
    """Pub 28 designator and value; a bare designator (`BSMT`) has no value, a void one (`APT` alone) neither."""

    type: str | None
    value: str | None


_VOID: Final = Unit(None, None)


def _floor(tokens: Sequence[str], at: int) -> str | None:
    """Number of the floor when `tokens[at:]` reads `2ND FLOOR` or `SECOND FL`."""
    if at + 1 < len(tokens) and VALUED_UNITS.get(tokens[at + 1]) == "FL":
        found = _ORDINAL.match(ORDINALS.get(tokens[at], tokens[at]))
        return found[1] if found else None
    return None


def _value(tokens: Sequence[str], at: int) -> tuple[str, int] | None:
    if at >= len(tokens) or not _VALUE.match(tokens[at]) or _ORDINAL.match(tokens[at]) or tokens[at] in _NOT_VALUES:
        return None
    value, after = tokens[at], at + 1
    # "APT B 12" and "UNIT 12 B" at the end of their part are one value.
    last_of_part = after + 1 == len(tokens) or (after + 1 < len(tokens) and tokens[after + 1] == ",")
    if last_of_part and re.fullmatch(r"[A-Z] \d{1,4}|\d{1,4} [A-Z]", f"{value} {tokens[after]}"):
        value, after = value + tokens[after], after + 1
    return _ZEROS.sub(r"\1", value), after


def read_unit(tokens: Sequence[str], at: int) -> tuple[Unit, int] | None:
    """One unit that begins at `tokens[at]`, and where it ends; None when there is none."""
    word = tokens[at]
    floor = _floor(tokens, at)
    if floor is not None:
        return Unit("FL", floor.lstrip("0") or "0"), at + 2
    if word in VALUED_UNITS:
        return _read_valued(tokens, at, VALUED_UNITS[word])
    if word in BARE_UNITS:
        after = at + 1
        if after < len(tokens) and VALUED_UNITS.get(tokens[after]) in {"APT", "UNIT", "FL"}:
            if _value(tokens, after + 1) is None and tokens[after + 1 : after + 2] != ["#"]:
                after += 1  # "REAR UNIT", "BSMT APT"
            return Unit(BARE_UNITS[word], None), after
        if after < len(tokens) and re.fullmatch(r"\d{1,2}|[A-DF-MO-RT-VX-Z]", tokens[after]):
            return Unit(BARE_UNITS[word], tokens[after].lstrip("0") or "0"), after + 1
        return Unit(BARE_UNITS[word], None), after
    return None


def _read_valued(tokens: Sequence[str], at: int, kind: str) -> tuple[Unit, int] | None:
    after = at + 1
    while after < len(tokens) and tokens[after] == "#":
        after += 1
    if after < len(tokens):
        nested = tokens[after]
        if nested in BARE_UNITS or _floor(tokens, after) is not None:
            return read_unit(tokens, after)
        if nested in VALUED_UNITS and nested != "#":
            inner = _read_valued(tokens, after, VALUED_UNITS[nested])
            if inner is not None and inner[0].value is not None:
                return inner
        found = _value(tokens, after)
        if found is not None:
            return Unit(kind, found[0]), found[1]
    if kind in {"APT", "UNIT", "STE", "#"} and (after == len(tokens) or tokens[after] == ","):
        return _VOID, after  # a designator whose value was left blank says nothing
    return None


def combine(units: Sequence[Unit]) -> Unit:
    """One unit of several designators: the building goes before the apartment (`BLDG C APT 4` -> `APT C-4`)."""
    known = [unit for unit in dict.fromkeys(units) if unit.type is not None]
    inner = [unit for unit in known if unit.type not in {"BLDG", "FL"} and unit.value is not None]
    building = next((unit.value for unit in known if unit.type == "BLDG"), None)
    if inner:
        unit = inner[0]
        if building and unit.value and not unit.value.startswith(f"{building}-"):
            return Unit(unit.type, f"{building}-{unit.value}")
        return unit
    return next((unit for unit in known if unit.value is None), None) or (known[0] if known else _VOID)


def read_units(tokens: Sequence[str], at: int = 0) -> tuple[list[Unit], int]:
    """Every unit in a row from `tokens[at]` on, and the first index after them."""
    units: list[Unit] = []
    while at < len(tokens):
        found = read_unit(tokens, at)
        if found is None:
            break
        units.append(found[0])
        at = found[1]
    return units, at


def find_unit(tokens: Sequence[str], start: int, has_suffix: Sequence[bool]) -> int:
    """Index at or after `start` where the first unit begins; `len(tokens)` when there is none.

    `has_suffix[i]`: a street type stands before `i`. Words such as FRONT or UPPER are units only after one.
    """
    for at in range(start, len(tokens)):
        word = tokens[at]
        if word in AMBIGUOUS_BARE_UNITS and not has_suffix[at]:
            continue
        if word in _JOINING:
            continue
        if read_unit(tokens, at) is not None:
            return at
    return len(tokens)


# Designators that are part of the identity: floor 2 is not apartment 2. APT, UNIT, STE, LOT, # and the like are not.
KINDS_IN_KEY: Final = frozenset({"FL", "BLDG", "RM", "PMB", "PH", *BARE_UNITS.values()})
