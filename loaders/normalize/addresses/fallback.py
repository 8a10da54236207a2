"""The last resort for lines the tables leave: the usaddress tagger, its parts put through the same tables."""

import re
from typing import Final

import usaddress

from loaders.normalize.addresses.tables import DIRECTIONS, SUFFIXES
from loaders.normalize.addresses.tail import standard_city
from loaders.normalize.addresses.tokens import Parsed
from loaders.normalize.addresses.units import combine, read_units

_NAME_LABELS: Final = ("StreetNamePreModifier", "StreetNamePreType", "StreetName")


def tag_line(line: str, tables: Parsed) -> Parsed | None:
    """Parts of a clean line as usaddress sees them; None when it finds no house number with a street.

    What the tables found with certainty (state, ZIP code) is kept.
    """
    parts: dict[str, list[str]] = {}
    for token, label in usaddress.parse(line):
        word = token.strip(",")
        if word:
            parts.setdefault(label, []).append(word)

    def words(label: str) -> str | None:
        return " ".join(parts[label]) if label in parts else None

    number = words("AddressNumber")
    name = " ".join(word for label in _NAME_LABELS for word in parts.get(label, ()))
    if number is None or not re.fullmatch(r"\d{1,6}[A-Z]?", number) or not name:
        return None
    found, _ = read_units(parts.get("OccupancyType", []) + parts.get("OccupancyIdentifier", []))
    unit = combine(found)
    return Parsed(
        "street",
        number=number.lstrip("0") or "0",
        predir=DIRECTIONS.get(words("StreetNamePreDirectional") or ""),
        street=name,
        suffix=SUFFIXES.get(words("StreetNamePostType") or ""),
        postdir=DIRECTIONS.get(words("StreetNamePostDirectional") or ""),
        unit_type=unit.type,
        unit=unit.value,
        city=standard_city(parts.get("PlaceName", [])),
        state=tables.state,
        zip=tables.zip,
    )
