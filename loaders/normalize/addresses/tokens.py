"""The token path: one clean line -> its parts, by the tables alone.

Handles every form; the vectorised path handles only the regular ones and must agree with this one.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from loaders.normalize.addresses.boxes import read_box
from loaders.normalize.addresses.streets import Street, read_street
from loaders.normalize.addresses.tables import (
    DIRECTIONS,
    NUMBER_WORDS,
    PLURAL_SUFFIXES,
    STRONG_SUFFIXES,
    SUFFIXES,
    VALUED_UNITS,
)
from loaders.normalize.addresses.tail import ZIP, standard_city, strip_tail
from loaders.normalize.addresses.units import Unit, combine, read_units

_NUMBER: Final = re.compile(r"(?:\d{1,6}[A-Z]?|\d{1,6}-[A-Z]|\d+-\d+[A-Z]?|[NSEW]\d+[NSEW]\d+)$")
_FRACTION: Final = re.compile(r"[1-9]/[2-9]$")
_NUMBER_FRACTION: Final = re.compile(r"(\d+)-([1-9]/[2-9])$")
_GRID: Final = re.compile(r"(\d+)([NSEW])$")


class Parsed(NamedTuple):
    """Parts of one address; null means that the text does not say. `guessed`: the tables were not sure."""

    kind: str
    number: str | None = None
    fraction: str | None = None
    predir: str | None = None
    street: str | None = None
    suffix: str | None = None
    postdir: str | None = None
    unit_type: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    guessed: bool = False


def _segments(tokens: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _is_number(tokens: Sequence[str], at: int) -> bool:
    word = tokens[at]
    return bool(_NUMBER.match(word) or _NUMBER_FRACTION.match(word))


def _find_number(parts: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Part and index of the house number: first at the head of a part, then inside one before a street."""
    for which, part in enumerate(parts):
        _, at = read_units(part)
        head = at if at < len(part) else 0
        for start in dict.fromkeys((0, head)):
            follows = len(part) > start + 1 or (start == 0 and which + 1 < len(parts))
            if follows and _is_number(part, start):
                return which, start
            if part[start] in NUMBER_WORDS and any(word in STRONG_SUFFIXES for word in part[start + 2 :]):
                return which, start
    for which, part in enumerate(parts):
        for at in range(1, len(part) - 1):
            before = part[at - 1]
            if not _is_number(part, at) or before in VALUED_UNITS or before in SUFFIXES:
                continue
            if any(word in STRONG_SUFFIXES for word in part[at + 2 :]):
                return which, at
    return None


def _number_last(parts: Sequence[Sequence[str]]) -> list[list[str]] | None:
    """The parts with the number put first when it stands last (`W PLUM 1201`, `PLUM ST 1201`)."""
    first = parts[0]
    if len(first) < 3 and not (len(first) == 2 and len(parts) > 1):
        return None
    is_street = first[0] in DIRECTIONS or first[-2] in STRONG_SUFFIXES
    if (
        not is_street
        or not re.fullmatch(r"\d{2,5}", first[-1])
        or read_street(first, closed=True, has_state=False).highway
    ):
        return None
    return [[first[-1], *first[:-1]], *map(list, parts[1:])]


def _number(word: str) -> tuple[str, str | None]:
    """Standard house number and fraction: `0123-A` -> `123A`, `123-1/2` -> `123`, `1/2`."""
    found = _NUMBER_FRACTION.match(word)
    fraction = found[2] if found else None
    number = NUMBER_WORDS.get(found[1] if found else word, found[1] if found else word)
    number = re.sub(r"^(\d+)-([A-Z])$", r"\1\2", number)
    return re.sub(r"^0+(?=\d)", "", number), fraction


def _city_of(parts: Sequence[Sequence[str]], units: list[Unit]) -> str | None:
    """City among the parts after the street; the units in them are added to `units`."""
    city: str | None = None
    doubtful: list[Unit] = []
    for part in parts:
        found, at = read_units(part)
        named = standard_city(part[at:])
        # A part that is neither wholly units nor ends in a city ("BLDG A B G H I") is the last to be believed.
        (units if at == len(part) or named is not None else doubtful).extend(found)
        if named is not None and not (city and named.endswith(" COUNTY")):
            city = named
    if not units:
        units.extend(doubtful)
    return city


def _merge_broken(parts: list[list[str]], which: int) -> list[list[str]]:
    """Join what a stray comma cut off: the number from its street, a street type or direction from its name."""
    head, rest = list(parts[which]), [list(part) for part in parts[which + 1 :]]
    while rest and (
        len(head) == 1
        or (len(head) == 2 and _FRACTION.match(head[1]))
        or (len(rest[0]) == 1 and rest[0][0] in DIRECTIONS)
        or (len(rest[0]) == 1 and rest[0][0] in STRONG_SUFFIXES and head[-1] not in SUFFIXES and len(rest) > 1)
    ):
        head += rest.pop(0)
    return [head, *rest]


def parse_line(line: str, cities: Collection[str] = frozenset()) -> Parsed:
    """Parts of one clean line (see `clean.clean_lines`). Never raises.

    `cities`: standard names of cities to recognise at the end of a street without commas.
    """
    tokens = line.split()
    last: list[str] = []
    if len(tokens) > 3 and tokens[-2] in VALUED_UNITS and ZIP.match(tokens[-3]):
        tokens, last = tokens[:-2], [",", *tokens[-2:]]  # the unit stands after the ZIP code
    body, state, zip_code = strip_tail(tokens)
    body += last
    parts = _segments(body)
    if not parts:
        return Parsed("unparsed", state=state, zip=zip_code)
    found = _find_number(parts)
    box = read_box(body, has_street=found is not None)
    if box is not None:
        kind, street_name, unit, left = box
        city = _city_of(_segments(left), [])
        return Parsed(
            kind, street=street_name, unit_type=unit.type, unit=unit.value, city=city, state=state, zip=zip_code
        )
    if found is None:
        turned = _number_last(parts)
        if turned is not None:
            parts, found = turned, (0, 0)
    if found is None:
        return _without_number(parts, state, zip_code, cities)
    which, at = found
    if _is_lone_unit(parts, which):
        parts[which] = ["#", *parts[which]]
        which, at = which + 1, 0
    leading, _ = read_units(parts[which][:at])
    for part in parts[:which]:
        leading += read_units(part)[0]
    parts[which] = parts[which][at:]
    head, *rest = _merge_broken(parts, which)
    number, fraction, predir, words = _read_number(head)
    if not words:
        return Parsed("unparsed", state=state, zip=zip_code)
    units: list[Unit] = []
    city = _city_of(rest, units)
    street = read_street(words, closed=city is not None, has_state=state is not None, cities=cities)
    unit = combine([*leading, *street.units, *units])
    return Parsed(
        "highway" if street.highway else "street",
        number,
        fraction,
        street.predir or predir,
        street.name,
        street.suffix,
        street.postdir,
        unit.type,
        unit.value,
        city or standard_city(street.city),
        state,
        zip_code,
        street.guessed or street.name is None,
    )


def _is_lone_unit(parts: Sequence[Sequence[str]], which: int) -> bool:
    """Whether the number found stands alone before a whole address: `3 , 1201 W PLUM ST` has its unit first."""
    if len(parts[which]) > 1 or which + 1 == len(parts):
        return False
    return len(parts[which][0]) < 4 and len(parts[which + 1]) > 2 and _is_number(parts[which + 1], 0)


def _read_number(head: Sequence[str]) -> tuple[str, str | None, str | None, list[str]]:
    """House number, fraction, a direction written against it (`48S 400E`), and the words of the street."""
    number, fraction = _number(head[0])
    start = 1
    if len(head) > 3 and head[1] in {"&", "AND"} and head[2].isdigit() and number.isdigit():
        number, start = f"{number}-{head[2]}", 3  # "1201 & 1203 W PLUM ST"
    if start < len(head) and _FRACTION.match(head[start]):
        fraction, start = head[start], start + 1
    grid = _GRID.match(head[0])
    if grid and start < len(head) and re.match(r"\d+[NSEW]?$", head[start]):
        words = list(head[start:])
        if re.fullmatch(r"\d+[NSEW]", words[0]):
            words[0:1] = [words[0][:-1], words[0][-1]]
        return grid[1], fraction, grid[2], words
    if number.isdigit() and start + 2 < len(head) and _is_letter_of_number(head, start):
        number, start = number + head[start], start + 1
    return number, fraction, None, list(head[start:])


def _is_letter_of_number(head: Sequence[str], at: int) -> bool:
    """`10 A MAIN ST`: a lone letter before a named street belongs to the number; in `10 A ST` it is the name."""
    letter, following = head[at], head[at + 1]
    return (
        len(letter) == 1
        and letter.isalpha()
        and letter not in DIRECTIONS
        and following not in SUFFIXES
        and following not in VALUED_UNITS
        and following != "#"
        and not (letter == "I" and following.isdigit())
    )


def _without_number(parts: list[list[str]], state: str | None, zip_code: str | None, cities: Collection[str]) -> Parsed:
    joined = [word for part in parts for word in (*part, ",")][:-1]
    crossing = _intersection(joined, state is not None, cities)
    if crossing is not None:
        name, city = crossing
        return Parsed("intersection", street=name, city=city, state=state, zip=zip_code)
    for which, part in enumerate(parts):
        units: list[Unit] = []
        city = _city_of(parts[which + 1 :], units)
        street = read_street(part, closed=city is not None, has_state=state is not None, cities=cities)
        if street.name and (street.highway or street.suffix in _STRONG_STANDARD or street.name in _BARE):
            unit = combine([*street.units, *units])
            return Parsed(
                "highway" if street.highway else "street",
                predir=street.predir,
                street=street.name,
                suffix=street.suffix,
                postdir=street.postdir,
                unit_type=unit.type,
                unit=unit.value,
                city=city or standard_city(street.city),
                state=state,
                zip=zip_code,
            )
    # A lone phrase may be anything; beside a comma, a state or a ZIP code it is a city.
    city = standard_city(parts[-1]) if len(parts) > 1 or state or zip_code else None
    return Parsed("unparsed", city=city, state=state, zip=zip_code)


def _intersection(tokens: list[str], has_state: bool, cities: Collection[str]) -> tuple[str, str | None] | None:
    """`MISSION ST & VALENCIA ST` and the city, when the line names two streets."""
    at = next((at for at, word in enumerate(tokens) if word in {"&", "AND", "AT"} and 0 < at < len(tokens) - 1), None)
    if at is None:
        return None
    left = [word for word in tokens[:at] if word != ","]
    right = tokens[at + 1 :]
    plural = next((word for word in right if word in PLURAL_SUFFIXES), None)
    if plural is not None:
        right = [PLURAL_SUFFIXES.get(word, word) for word in right]
        left = [*left, PLURAL_SUFFIXES[plural]]
    parts = _segments(right)
    if not parts:
        return None
    city = _city_of(parts[1:], [])
    one = read_street(left, closed=True, has_state=False)
    two = read_street(parts[0], closed=city is not None, has_state=has_state, cities=cities)
    typed = [street for street in (one, two) if street.suffix or street.highway]
    if not typed or not one.name or not two.name:
        return None
    return f"{_written(one)} & {_written(two)}", city or standard_city(two.city)


def _written(street: Street) -> str:
    return " ".join(filter(None, (street.predir, street.name, street.suffix, street.postdir)))


_STRONG_STANDARD: Final = frozenset(SUFFIXES[word] for word in STRONG_SUFFIXES)
_BARE: Final = frozenset({"BROADWAY"})
