"""What a word on the command line names: a source row, a person, a vehicle, a dwelling, a plate.

    lease_disclosures:12          a row; with :name the person whom that field names, with :name:1 the second of a cell
    P000012, B000003              a person or body, as in mentions.parquet
    OC-2007-0006/CO-351YVG        a vehicle, as in vehicles.parquet
    1201-w-plum-st-apt-2          a dwelling, as in mentions.parquet
    351YVG                        a plate: the vehicle of a case that has it, else the registration
    "1201 w plum st #2"           an address, as a file writes it or otherwise
    "name:Bob Baker"              a name that stands alone, as in a complaint; always with `name:` before it

`person:`, `vehicle:`, `dwelling:`, `plate:`, `address:` before a word say which is meant where two would do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz, process

from evidence.linkage import Linked
from loaders.city import City
from loaders.errors import AmbiguousInput, MissingInput
from loaders.normalize.addresses import parse_addresses
from loaders.normalize.plates import normalize_plates
from matchers.explain_words import address_of

_KINDS = ("person", "vehicle", "dwelling", "plate", "address")
_NEAREST = 3
_CUTOFF = 70.0  # below this likeness (rapidfuzz WRatio, per cent) a hint misleads
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Named:
    """One thing of the city. `node`: its name in the linkage graph; `mention_ids`: the namings it stands for (of a row
    or person); `log_row`: where it is a row of the vehicle log; `plate`: where it is a vehicle or a plate.
    """

    written: str
    kind: str
    node: str
    label: str
    mention_ids: tuple[int, ...] = ()
    log_row: int | None = None
    plate: str | None = None


def resolve(city: City, linked: Linked, text: str, case_id: str | None = None) -> Named:
    """The one thing that `text` names. Raises MissingInput (with the nearest names) and AmbiguousInput."""
    text = text.strip().removeprefix("row:")
    prefix, _, rest = text.partition(":")
    if prefix in city.frames:
        return _row(city, linked, text)
    if prefix == "name":
        return _bare_name(rest.strip())
    kinds: Sequence[str] = (prefix,) if prefix in _KINDS else _KINDS
    word = rest if prefix in _KINDS else text
    for kind in kinds:
        found = _FINDERS[kind](city, linked, word, case_id)
        if found:
            return found
    raise _unknown(city, linked, text)


def _row(city: City, linked: Linked, text: str) -> Named:
    source, number, *rest = text.split(":")
    frame = city.frame(source)
    if source not in city.present:
        raise MissingInput(f"the city has no {source}, so there is no {text!r}", source=source)
    if not number.isdecimal() or len(number) > 9 or len(rest) > 2 or (len(rest) == 2 and not rest[1].isdecimal()):
        raise MissingInput(f"{_short(text)!r} is no row: write {source}:ROW or {source}:ROW:FIELD", source=source)
    row = int(number)
    known = frame.filter(pl.col("row") == row)
    if known.is_empty():
        raise _no_row(city, source, row)
    first = known["duplicate_of"][0] or row
    mentions = linked.links.mentions.filter((pl.col("source") == source) & (pl.col("row") == first))
    if rest:
        mentions = _of_field(mentions, source, row, rest)
    label = f"{source} row {row}" + (f" (the same as row {first})" if first != row else "")
    names = mentions.sort("field", "part")["raw_name"].unique(maintain_order=True).to_list()
    if names:
        label += ": " + " / ".join(map(repr, names))
    return Named(
        written=text,
        kind="row",
        node=f"row:{source}:{first}",
        label=label,
        mention_ids=tuple(mentions["mention_id"].sort()),
        log_row=row if source == "vehicle_log" else None,
    )


def _of_field(mentions: pl.DataFrame, source: str, row: int, rest: list[str]) -> pl.DataFrame:
    wanted = pl.col("field") == rest[0]
    if len(rest) == 2:
        wanted = wanted & (pl.col("part") == int(rest[1]))
    found = mentions.filter(wanted)
    if found.is_empty():
        have = [address_of(m) for m in mentions.sort("field", "part").iter_rows(named=True)]
        hint = f"it names {', '.join(have)}" if have else "it names nobody"
        raise MissingInput(f"{source} row {row} names nobody in {':'.join(rest)!r}: {hint}", source=source)
    return found


def _no_row(city: City, source: str, row: int) -> MissingInput:
    rejected = city.quarantine.filter((pl.col("source") == source) & (pl.col("row") == row))
    if rejected.height:
        return MissingInput(f"{source} row {row} was set aside: {rejected['reason'][0]}", source=source)
    rows = city.frame(source)["row"].to_list()
    return MissingInput(f"{source} has no row {row}; its last row is {max(rows, default=0)}", source=source)


def _bare_name(word: str) -> Named:
    if not any(letter.isalpha() for letter in word):
        raise MissingInput(f'{_short(word)!r} is no name: write it after name:, as in "name:Bob Baker"')
    return Named(word, "name", f"name:{word}", f"the name {_short(word)!r}")


def _person(city: City, linked: Linked, word: str, case_id: str | None) -> Named | None:
    del city, case_id
    rows = linked.links.mentions.filter(pl.col("person_id") == word.upper()).sort("mention_id")
    if rows.is_empty():
        return None
    names = rows["raw_name"].unique(maintain_order=True).to_list()
    shown = " / ".join(map(repr, names[:3])) + (f" and {len(names) - 3} more spellings" if len(names) > 3 else "")
    return Named(word, "person", f"person:{word.upper()}", f"{word.upper()}: {shown}", tuple(rows["mention_id"]))


def _vehicle(city: City, linked: Linked, word: str, case_id: str | None) -> Named | None:
    del city, case_id
    rows = linked.vehicles.vehicles.filter(pl.col("vehicle_id").str.to_uppercase() == word.upper())
    if rows.is_empty():
        return None
    return _named_vehicle(word, rows)


def _named_vehicle(word: str, rows: pl.DataFrame) -> Named:
    car = rows.row(0, named=True)
    looks = " ".join(str(car[c]) for c in ("color", "make", "model") if car[c] is not None)
    label = f"vehicle {car['vehicle_id']}" + (f" ({looks})" if looks else "")
    return Named(word, "vehicle", f"vehicle:{car['vehicle_id']}", label, plate=car["plate"])


def _dwelling(city: City, linked: Linked, word: str, case_id: str | None) -> Named | None:
    del city, case_id
    rows = linked.dwellings.table.filter(pl.col("dwelling_id") == word.lower())
    if rows.is_empty():
        return None
    return Named(word, "dwelling", f"dwelling:{word.lower()}", f"dwelling {rows['address'][0] or word.lower()}")


def _plate(city: City, linked: Linked, word: str, case_id: str | None) -> Named | None:
    """The vehicle of a case with this plate, else its registration."""
    plates = normalize_plates(pl.Series([word]))["plate"].drop_nulls()
    if plates.is_empty():
        return None
    plate = str(plates[0])
    cars = linked.vehicles.vehicles.filter(pl.col("plate") == plate)
    if case_id is not None:
        cars = cars.filter(pl.col("case_id") == case_id)
    if cars.height > 1:
        raise _ambiguous(word, cars["vehicle_id"].to_list())
    if cars.height:
        return _named_vehicle(word, cars)
    registry = city.distinct("dmv_registrations").filter(pl.col("plate").is_not_null())
    written = normalize_plates(registry["plate"].unique()).filter(pl.col("plate") == plate)["raw"]
    rows = registry.filter(pl.col("plate").is_in(written.implode())).sort("row")
    if rows.height > 1:
        raise _ambiguous(word, [f"dmv_registrations:{row}" for row in rows["row"]])
    if rows.is_empty():
        return None
    found = _row(city, linked, f"dmv_registrations:{rows['row'][0]}")
    return Named(word, "row", found.node, found.label, found.mention_ids, plate=plate)


def _address(city: City, linked: Linked, word: str, case_id: str | None) -> Named | None:
    """An address of the files in just these words, else the one dwelling that has these parts."""
    del case_id
    texts = linked.dwellings.best["address_text"]
    same = texts.filter(texts.str.strip_chars() == word)
    if len(same):
        return Named(word, "address", f"address:{same[0]}", f"address {word!r}")
    settings = city.settings
    wanted = parse_addresses(pl.Series([word]), settings.default_city, settings.default_state).row(0, named=True)
    if wanted["address_key"] is None:
        return None
    near = linked.dwellings.table.filter(pl.col("building_key") == wanted["building_key"])
    keys = parse_addresses(near["address"]).filter(pl.col("address_key") == wanted["address_key"])["raw"]
    found = near.filter(pl.col("address").is_in(keys.implode()))
    if wanted["zip"] is not None:
        found = found.filter(pl.col("zip").is_null() | (pl.col("zip") == wanted["zip"]))
    if found.height > 1:
        raise _ambiguous(word, found["dwelling_id"].to_list())
    return _dwelling(city, linked, found["dwelling_id"][0], None) if found.height else None


_FINDERS = {"person": _person, "vehicle": _vehicle, "dwelling": _dwelling, "plate": _plate, "address": _address}


def _ambiguous(word: str, names: list[str]) -> AmbiguousInput:
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return AmbiguousInput(f"{_short(word)!r} may be any of {len(names)}: {shown}; name one of them, or give --case")


def _unknown(city: City, linked: Linked, text: str) -> MissingInput:
    prefix, colon, rest = text.partition(":")
    if colon and rest[:1].isdecimal():
        near = process.extract(prefix, sorted(city.frames), scorer=fuzz.WRatio, limit=1)
        return MissingInput(f"there is no source {_short(prefix)!r}; did you mean {near[0][0]}:{_short(rest)}?")
    mentions = linked.links.mentions
    names = mentions.select("raw_name", "person_id").drop_nulls().unique().sort("raw_name", "person_id")
    pool: dict[str, str] = {}
    for name, person in names.iter_rows():
        pool.setdefault(name.casefold(), f"{person} (named {name!r})")
    for known in (
        linked.vehicles.vehicles["plate"],
        linked.vehicles.vehicles["vehicle_id"],
        linked.dwellings.table["dwelling_id"],
        mentions["person_id"],
    ):
        pool.update((value.casefold(), value) for value in known.drop_nulls().unique().sort().to_list())
    near = process.extract(
        text.casefold()[:_LONGEST], list(pool), scorer=fuzz.WRatio, limit=_NEAREST, score_cutoff=_CUTOFF
    )
    hint = "the nearest are " + ", ".join(pool[found[0]] for found in near) if near else "nothing is named like it"
    return MissingInput(
        f"nothing is called {_short(text)!r}: {hint}; "
        "write SOURCE:ROW, a person_id, vehicle_id, dwelling_id, plate or address"
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
