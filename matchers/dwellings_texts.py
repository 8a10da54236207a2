"""Every address that the sources write, parsed once per distinct text: who wrote it, and is it in the city."""

from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from loaders.normalize.addresses import parse_parts
from loaders.normalize.addresses.keys import with_keys
from loaders.normalize.addresses.tables import STATE_CODES
from matchers.dwellings_settings import DwellingSettings
from matchers.places import ADDRESS_COLUMNS


class CityFrames(Protocol):
    """What is needed of `loaders.city.City`."""

    @property
    def settings(self) -> Any: ...

    def frame(self, name: str) -> pl.DataFrame: ...


# Source, column: every cell that holds an address.
# Columns whose addresses lie in the city by their nature: a situs, a complained-of place, and (asked only where there
# is no assessor, for it is long) a meter.
_OWN_COLUMNS: Final = ("situs_address", "subject_address", "service_address")


@dataclass(frozen=True, slots=True)
class Area:
    """ZIP codes, city names (with written variants) and states that count as the city; `aliases`: other names of
    places that are written with the city's ZIP codes and hardly ever with others.
    """

    zips: tuple[str, ...]
    cities: tuple[str, ...]
    states: tuple[str, ...]
    aliases: tuple[str, ...] = ()


def address_cells(city: CityFrames) -> pl.DataFrame:
    """One row per address cell: source, row, field, address_text, counted (false for a repeated row)."""
    parts = [
        city.frame(source).select(
            pl.lit(source).alias("source"),
            pl.col("row").cast(pl.UInt32),
            pl.lit(column).alias("field"),
            pl.col(column).cast(pl.String).alias("address_text"),
            pl.col("duplicate_of").is_null().alias("counted"),
        )
        for source, column in ADDRESS_COLUMNS
    ]
    return pl.concat(parts).drop_nulls("address_text")


def parse_texts(city: CityFrames, cells: pl.DataFrame, settings: DwellingSettings) -> tuple[pl.DataFrame, Area]:
    """Distinct texts with their parts and keys, `unit_key`, `scope` and counts per source; and the area learned from
    them. `text` numbers the texts in their order.

    `scope`: `in` the city, `maybe` (only an exact match counts), `out`, or `none` (no place: PO box, no number).
    City names are learned from the city's own addresses first, so that a line without commas can be cut before one.
    """
    area = own_area(city, cells, settings)
    parsed = parse_in(city, area, cells["address_text"])
    area = replace(area, aliases=learn_aliases(parsed, area, settings))
    # A room is no dwelling: two rooms of one house are one household's, not two.
    unit = pl.col("unit_key")
    texts = (
        parsed.rename({"raw": "address_text"})
        .with_row_index("text")
        .with_columns(_counts(parsed["raw"], cells))
        .with_columns(scope=_scope(area), unit_key=pl.when(unit.str.starts_with("RM")).then(None).otherwise(unit))
    )
    return texts, area


def own_area(city: CityFrames, cells: pl.DataFrame, settings: DwellingSettings) -> Area:
    """The area without its aliases, learned from the addresses that lie in the city by their nature."""
    own = cells.filter(pl.col("field").is_in(_OWN_COLUMNS[:2]))
    if own.filter(pl.col("field") == "situs_address").is_empty():
        own = cells.filter(pl.col("field").is_in(_OWN_COLUMNS))
    first = parse_parts(own["address_text"], *_defaults(city))
    return learn_area(own, first, *_defaults(city), settings)


def parse_in(city: CityFrames, area: Area, texts: pl.Series) -> pl.DataFrame:
    """Distinct texts (`raw`) with their parts and keys, read in the light of the area's city names."""
    parsed = parse_parts(texts, *_defaults(city), cities=area.cities).drop("line", "parser")
    return with_keys(parsed.with_columns(city=pl.col("city").replace(_city_forms(parsed["city"], area.cities))))


def _defaults(city: CityFrames) -> tuple[str | None, str | None]:
    return getattr(city.settings, "default_city", None), getattr(city.settings, "default_state", None)


def _counts(texts: pl.Series, cells: pl.DataFrame) -> list[pl.Series]:
    """Per source the number of rows, repeated ones apart, in which each of the distinct texts is written."""
    number = pl.DataFrame({"address_text": texts}).with_row_index("text")
    counted = cells.filter("counted").join(number, on="address_text").partition_by("source", as_dict=True)
    none = np.zeros(0, dtype=np.int64)
    return [
        pl.Series(source, np.bincount(rows, minlength=len(texts)).astype(np.uint32))
        for source in sorted({source for source, _ in ADDRESS_COLUMNS})
        for rows in [counted[source,]["text"].to_numpy() if (source,) in counted else none]
    ]


def learn_area(
    own: pl.DataFrame, parsed: pl.DataFrame, city: str | None, state: str | None, settings: DwellingSettings
) -> Area:
    """ZIP codes, cities and states that make up at least `area_share` of the city's own addresses."""
    rows = own.filter("counted").join(parsed, left_on="address_text", right_on="raw", how="inner")

    def common(column: str, extra: str | None) -> tuple[str, ...]:
        counts = rows.drop_nulls(column).group_by(column).len()
        least = max(1.0, settings.area_share * float(counts["len"].sum() or 0))
        found = set(counts.filter(pl.col("len") >= least)[column].to_list())
        return tuple(sorted(found | ({extra.strip().upper()} if extra else set())))

    cities = common("city", city)
    short = set(_initials(cities))
    return Area(common("zip", None), tuple(name for name in cities if name not in short), common("state", state))


def learn_aliases(parsed: pl.DataFrame, area: Area, settings: DwellingSettings) -> tuple[str, ...]:
    """Names that are no city of the area and whose addresses have its ZIP codes, of all that have any.

    The share is counted with one address elsewhere added: a name seen once proves nothing.
    """
    if not area.zips:
        return ()
    named = parsed.drop_nulls(["city", "zip"]).filter(~pl.col("city").is_in(list(area.cities)))
    inside = pl.col("zip").is_in(list(area.zips)).sum()
    shares = named.group_by("city").agg(share=inside / (pl.len() + 1.0))
    return tuple(shares.filter(pl.col("share") >= settings.alias_share)["city"].sort())


def _initials(cities: tuple[str, ...]) -> dict[str, str]:
    """`FC` -> `FORT COLLINS`, for names of two words or more."""
    return {"".join(word[0] for word in city.split()): city for city in reversed(cities) if " " in city}


def _city_forms(written: pl.Series, cities: tuple[str, ...]) -> dict[str, str]:
    """Written city name -> the area's city that it is a slip of, or the initials of (`FC`)."""
    names = written.drop_nulls().unique().sort().to_list()
    if not names or not cities:
        return {}
    close = process.cdist(names, list(cities), scorer=OSA.normalized_similarity, dtype=np.float32)
    # 0.8: one slip in five letters.
    forms = {name: cities[int(row.argmax())] for name, row in zip(names, close, strict=True) if row.max() >= 0.8}
    initials = _initials(cities)
    return forms | {name: initials[name] for name in names if name in initials}


def _scope(area: Area) -> pl.Expr:
    place = pl.col("kind").is_in(["street", "highway"]) & pl.col("number").is_not_null()
    zip_in = pl.col("zip").is_in(list(area.zips)).fill_null(False)
    zip_out = pl.col("zip").is_not_null() & ~zip_in
    city_in = pl.col("city").is_in(list(area.cities)).fill_null(False)
    alias = pl.col("city").is_in(list(area.aliases)).fill_null(False)
    city_out = pl.col("city").is_not_null() & ~city_in
    state_out = pl.col("state").is_not_null() & ~pl.col("state").is_in(list(area.states or STATE_CODES))
    nothing_known = not area.zips and not area.cities
    return (
        pl.when(~place)
        .then(pl.lit("none"))
        .when(state_out & ~(zip_in & city_in))
        .then(pl.lit("out"))
        .when(zip_in | (~zip_out & ~city_out) | (city_in & ~zip_out) | nothing_known)
        .then(pl.lit("in"))
        # The city's name with a foreign ZIP code, or a foreign ZIP code alone: a slip, or a namesake elsewhere.
        # So is another name of it that says no ZIP code.
        .when(city_in | (zip_out & pl.col("city").is_null()) | (alias & ~zip_out))
        .then(pl.lit("maybe"))
        .otherwise(pl.lit("out"))
    )
