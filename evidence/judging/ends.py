"""The three kinds of links that people judge, and how their ends are named.

| about | one end | the other | the question |
| --- | --- | --- | --- |
| `person` | SOURCE:ROW[:FIELD[:PART]] that names somebody | the same | are these two one person? |
| `vehicle` | vehicle_log:ROW | dmv_registrations:ROW, or vehicle:CASE/STATE-PLATE | is this reading that vehicle? |
| `dwelling` | address:TEXT, or SOURCE:ROW[:FIELD] with an address | dwelling:ID | do these words mean that dwelling? |

A reading is one row of the log; registrations of one plate and state are one vehicle. An address is its words, wherever
they are written. `row:` before a row is allowed, as the graph page writes it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import polars as pl

from loaders.city import City
from loaders.errors import AmbiguousInput, MissingInput
from loaders.normalize.plates import normalize_plates
from loaders.rows import Rows
from matchers.mentions import NAMINGS
from matchers.places import ADDRESS_COLUMNS
from matchers.vehicle_registry import coded_vehicles

About = Literal["person", "vehicle", "dwelling"]
End = tuple[str, str]
"""An end as it is recorded, and what it says: for a row its words, for a dwelling its address."""

LOG: Final = "vehicle_log"
REGISTER: Final = "dmv_registrations"
_DWELLING, _ADDRESS, _VEHICLE = "dwelling:", "address:", "vehicle:"
_LAST_ROW_DIGITS: Final = 9
_PLATE: Final = re.compile(r"(?:(?P<state>[A-Z]{2})-)?(?P<plate>[A-Z0-9]+)")


def about(pair: tuple[str, str]) -> About:
    """What a pair of ends, as recorded or as written, asks."""
    if any(end.startswith(_DWELLING) for end in pair):
        return "dwelling"
    if any(end.startswith((f"{LOG}:", _VEHICLE)) for end in pair):
        return "vehicle"
    return "person"


def link_ends(city: City, link: tuple[str, str], dwellings: Callable[[], Rows]) -> tuple[End, End]:
    """Both ends of a link as they are recorded, the lesser name first. dwellings: gives the table of `Dwellings`,
    where an end is one.

    Raises MissingInput where the city has no such thing, AmbiguousInput where an end may be several, or both are one.
    """
    one, other = (_tidy(text) for text in link)
    kind = about((one, other))
    if kind == "dwelling":
        place, words = (one, other) if one.startswith(_DWELLING) else (other, one)
        ends = [_dwelling(place, dwellings), _address(city, words)]
    elif kind == "vehicle":
        seen, car = (one, other) if one.startswith(f"{LOG}:") else (other, one)
        ends = [_reading(city, seen), _registration(city, car)]
    else:
        ends = [naming_in(city, one), naming_in(city, other)]
    first, second = sorted(ends)
    if first[0] == second[0]:
        raise AmbiguousInput(f"{link[0]!r} and {link[1]!r} are the same naming: there is no link to judge")
    return first, second


def naming_in(city: City, text: str) -> End:
    """`source:row:field` (with `:part` where one was given) of a naming as somebody writes it, and what its cell says.

    Raises MissingInput where the city has no such row or no name in it, AmbiguousInput where the row names several.
    """
    source, *rest = text.split(":")
    fields = [naming.field for naming in NAMINGS if naming.source == source]
    if not fields:
        known = ", ".join(sorted({naming.source for naming in NAMINGS}))
        raise MissingInput(f"{text!r} names nobody: write SOURCE:ROW or SOURCE:ROW:FIELD, with one of {known}")
    row = _row(city, source, rest, most=3)
    field = rest[1] if len(rest) > 1 else _only_field(row, fields, text, "names")
    if field not in fields or row[field] is None:
        raise MissingInput(f"row {rest[0]} of {source} names nobody in {field!r}", source=source)
    part = f":{int(rest[2])}" if rest[2:] and int(rest[2]) else ""
    return f"{source}:{row['row']}:{field}{part}", str(row[field])


def row_says(source: str, row: Mapping[str, Any]) -> str:
    """What a row of the log or of the registrations says of a vehicle: enough to know it again in another export."""
    plate = " ".join(str(row[part]) for part in ("plate", "plate_state") if row[part] is not None)
    if source == REGISTER:
        return plate
    when = " ".join(str(row[part]) for part in ("observed_date", "observed_time") if row[part] is not None)
    return ", ".join(part for part in (plate, row["case_id"], when) if part)


def _tidy(text: str) -> str:
    """Without a kind before it, a name is that of a vehicle (with its case before a stroke) or of a dwelling."""
    text = text.strip().removeprefix("row:")
    return text if ":" in text else f"{_VEHICLE if '/' in text else _DWELLING}{text}"


def _row(city: City, source: str, rest: list[str], *, most: int) -> dict[str, Any]:
    """The accepted row that `rest` (number, field, part) begins with; of one that repeats another, the other."""
    numbers = [*rest[:1], *rest[2:]]
    if (
        not 0 < len(rest) <= most
        or not all(number.isdecimal() for number in numbers)
        or len(rest[0]) > _LAST_ROW_DIGITS
    ):
        raise MissingInput(f"{':'.join([source, *rest])!r} is no row: write {source}:ROW", source=source)
    found = city.frame(source).filter(pl.col("row") == int(rest[0]))
    if found.is_empty():
        raise MissingInput(f"{source} has no accepted row {rest[0]}", source=source)
    row = found.row(0, named=True)
    if row["duplicate_of"] is not None:  # a repeated row counts once, as its first
        row = city.frame(source).row(by_predicate=pl.col("row") == row["duplicate_of"], named=True)
    return row


def _only_field(row: Mapping[str, Any], fields: list[str], text: str, does: str) -> str:
    filled = [field for field in fields if row[field] is not None]
    if len(filled) == 1:
        return filled[0]
    how_many = "several" if filled else "none" if does != "names" else "nobody"
    raise AmbiguousInput(f"{text!r} {does} {how_many}: say which of {', '.join(fields)}")


def _reading(city: City, text: str) -> End:
    source, *rest = text.split(":")
    if source != LOG:
        raise MissingInput(f"{text!r} is no reading: a vehicle is judged of one row of the log, {LOG}:ROW")
    row = _row(city, LOG, rest, most=2)
    if rest[1:] not in ([], ["plate"]) or not _readable(row["plate"]):
        raise MissingInput(
            f"row {rest[0]} of {LOG} holds no plate that was read: there is nothing to judge", source=LOG
        )
    return f"{LOG}:{row['row']}:plate", row_says(LOG, row)


def _registration(city: City, text: str) -> End:
    if text.startswith(_VEHICLE):
        text = f"{REGISTER}:{_registered(city, text)}"
    source, *rest = text.split(":")
    if source != REGISTER:
        raise MissingInput(
            f"{text!r} is no registered vehicle: write {REGISTER}:ROW, or {_VEHICLE}ID of one that is registered"
        )
    row = _row(city, REGISTER, rest, most=2)
    if rest[1:] not in ([], ["plate"]) or not _readable(row["plate"]):
        raise MissingInput(f"row {rest[0]} of {REGISTER} holds no plate that can be read", source=REGISTER)
    return f"{REGISTER}:{row['row']}:plate", row_says(REGISTER, row)


def _registered(city: City, text: str) -> int:
    """The first registration of a vehicle as the tables name it, CASE/STATE-PLATE."""
    named = _PLATE.fullmatch(text.rpartition("/")[2].upper())
    if named is None:
        raise MissingInput(f"{text!r} is no vehicle: write it as vehicles.parquet has it, CASE/STATE-PLATE")
    found = coded_vehicles(city.distinct(REGISTER)).filter(
        (pl.col("plate") == named["plate"]) & pl.col("plate_state").eq_missing(pl.lit(named["state"], pl.String))
    )
    if found.is_empty():
        raise MissingInput(f"{text!r} is in no registration: only a registered vehicle can be judged", source=REGISTER)
    return int(found["row"].sort()[0])


def _readable(plate: str | None) -> bool:
    return not normalize_plates(pl.Series([plate], dtype=pl.String))["plate"].drop_nulls().is_empty()


def _dwelling(text: str, dwellings: Callable[[], Rows]) -> End:
    name = text.removeprefix(_DWELLING).strip().lower()
    found = dwellings().where("dwelling_id", pl.Series([name]))
    if found.is_empty():
        raise MissingInput(f"there is no dwelling {name!r}; mentions.parquet and `evidence explain` name them")
    return f"{_DWELLING}{name}", str(found["address"][0] or name)


def _address(city: City, text: str) -> End:
    if text.startswith(_ADDRESS):
        words = text.removeprefix(_ADDRESS).strip()
        if not any((city.frame(source)[field] == words).any() for source, field in ADDRESS_COLUMNS):
            raise MissingInput(f"no row gives the address {words!r} in just these words")
        return f"{_ADDRESS}{words}", words
    source, *rest = text.split(":")
    fields = [field for each, field in ADDRESS_COLUMNS if each == source]
    if not fields:
        known = ", ".join(sorted({each for each, _ in ADDRESS_COLUMNS}))
        raise MissingInput(f"{text!r} gives no address: write {_ADDRESS}TEXT, or SOURCE:ROW with one of {known}")
    row = _row(city, source, rest, most=2)
    field = rest[1] if len(rest) > 1 else _only_field(row, fields, text, "gives")
    if field not in fields or row[field] is None:
        raise MissingInput(f"row {rest[0]} of {source} gives no address in {field!r}", source=source)
    return f"{_ADDRESS}{row[field]}", str(row[field])
