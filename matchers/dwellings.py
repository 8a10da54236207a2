"""Addresses as written -> dwellings, with a probability for every doubt (docs/frames.md, matchers 1).

A dwelling is a building and a unit: two units of one building are two dwellings. The master list is the
assessor's situs addresses; without an assessor, and beyond it, the union of what the other sources write.
A text that the master does not hold is resolved to its neighbours by the error model of `dwellings_settings`,
beside the hypotheses that it is a dwelling the master misses, or none at all.
"""

from typing import Final

import polars as pl

from matchers.dwellings_buildings import exact_buildings, master_buildings
from matchers.dwellings_hypotheses import SOURCES, resolve_keys
from matchers.dwellings_lines import correct_lines
from matchers.dwellings_readings import read_units_in_numbers
from matchers.dwellings_renamed import occupants_of, read_renamed_streets
from matchers.dwellings_settings import DwellingSettings
from matchers.dwellings_table import dwelling_table
from matchers.dwellings_texts import CityFrames, address_cells, parse_texts
from matchers.dwellings_units import resolve_units, units_of_buildings
from matchers.places import Dwellings

__all__ = ["CityFrames", "DwellingSettings", "Dwellings", "resolve_dwellings"]

_LINKS: Final = ("address_text", "dwelling_id", "p_dwelling", "p_building", "p_unit", "method", "edits")
_NO_BUILDING: Final = pl.lit(None, pl.UInt32)


def resolve_dwellings(city: CityFrames, settings: DwellingSettings | None = None) -> Dwellings:
    """Dwellings of a city and the distribution of every distinct address text over them.

    Reads the address columns of `cases`, `assessor`, `utility_billing`, `lease_disclosures`, `dmv_registrations` and
    `university_addresses`; absent sources are empty frames. Missing parts of an address (unit, ZIP, suffix,
    directional) widen the distribution, they never contradict. PO boxes and texts without a house number are no
    dwelling (null). Method: docs/frames.md and the error model in `dwellings_settings`.
    """
    settings = settings or DwellingSettings()
    cells = address_cells(city)
    texts, _ = parse_texts(city, cells, settings)
    written = texts.select("address_key", "building_key", "zip")
    situs = cells.filter(pl.col("field") == "situs_address")
    texts = texts.with_columns(listed=pl.col("address_text").is_in(_master_texts(texts, situs).implode()))
    texts = read_units_in_numbers(correct_lines(texts, settings))
    texts = read_renamed_streets(texts, occupants_of(city), settings)
    master = master_buildings(texts)
    near, created = resolve_keys(texts, master, settings, has_assessor=not situs.is_empty())
    # Places that several sources know join the master first, so that slips of theirs find them in a second round.
    known = created.filter(pl.col("sources") >= 2)
    if not known.is_empty():
        numbered = known.with_columns(building=(pl.int_range(pl.len()) + master.height).cast(pl.UInt32))
        master = pl.concat([master, numbered.select(master.columns)])
        near, created = resolve_keys(texts, master, settings, has_assessor=not situs.is_empty())
    master = pl.concat([master, created.select(master.columns)])
    exact = exact_buildings(texts, master, settings)
    buildings = _building_links(texts, exact, near, settings)
    sure = buildings.filter((pl.col("p") >= settings.certain) & pl.col("building").is_not_null()).select(
        "text", "building"
    )
    certain = sure.hstack(texts.select("address_text", "unit_key", "unit_type", "unit", *SOURCES)[sure["text"]])
    parcels = _parcels(city, certain)
    units = units_of_buildings(master, certain, parcels, settings)
    table = dwelling_table(units, master, parcels, certain)
    links = _dwelling_links(buildings, texts, units, table, settings)
    names = texts["address_text"], table["dwelling_id"]
    # Of equally probable dwellings of a text the first; the links stand in their order.
    first = links.filter(pl.col("p_dwelling") == pl.col("p_dwelling").max().over("text")).unique(
        "text", keep="first", maintain_order=True
    )
    best = _named(first, *names).select("address_text", "dwelling_id", "p_dwelling").hstack(written[first["text"]])
    rows = cells.select("source", "row", "field", "address_text")
    return Dwellings(table.drop("building", "unit_key"), _named(links, *names).select(_LINKS), best, rows)


def _named(links: pl.DataFrame, texts: pl.Series, dwellings: pl.Series) -> pl.DataFrame:
    """`links` with address_text and dwelling_id for the numbers of both."""
    return links.with_columns(address_text=texts.gather(links["text"]), dwelling_id=dwellings.gather(links["dwelling"]))


def _master_texts(texts: pl.DataFrame, situs: pl.DataFrame) -> pl.Series:
    """Texts that make the master list: the assessor's; without one, keys that two sources or an official one give."""
    if not situs.is_empty():
        return situs["address_text"].unique()
    voices = sum(((pl.col(s) > 0).cast(pl.UInt8) for s in SOURCES), start=pl.lit(0, pl.UInt8))
    official = (pl.col("cases") + pl.col("utility_billing")) > 0
    supported = (
        texts.filter(pl.col("scope") == "in")
        .group_by("building_key")
        .agg(pl.col(SOURCES).sum())
        .filter(official | (voices >= 2))
    )
    return texts.filter(pl.col("scope") == "in").join(supported, on="building_key", how="semi")["address_text"]


def _building_links(
    texts: pl.DataFrame, exact: pl.DataFrame, near: pl.DataFrame, settings: DwellingSettings
) -> pl.DataFrame:
    """text, building (null: none), p, method, edits; sums to 1 per text."""
    made_exact = exact.join(near.select("text").unique(), on="text", how="anti")
    maybe = pl.col("scope") == "maybe"
    p_inside = pl.when(pl.col("city").is_null()).then(settings.inside_by_street).otherwise(settings.inside_by_city)
    doubtful = (
        texts.filter(maybe | (pl.col("p_reread") < 1.0))
        .join(made_exact.select("text").unique(), on="text", how="semi")
        .select("text", p_inside=pl.col("p_reread") * pl.when(maybe).then(p_inside).otherwise(1.0))
    )
    inside = made_exact.join(doubtful, on="text", how="left").with_columns(
        weight=pl.col("weight") / pl.col("weight").sum().over("text") * pl.col("p_inside").fill_null(1.0)
    )
    outside = doubtful.select(
        "text", _NO_BUILDING.alias("building"), weight=1.0 - pl.col("p_inside"),
        method=pl.lit("outside"), edits=pl.lit(0, pl.UInt8),
    )  # fmt: skip
    linked = pl.concat([inside.select(near.columns), outside, near])
    rest = (
        texts.select("text", "scope", "kind")
        .join(linked, on="text", how="anti")
        .select(
            "text",
            _NO_BUILDING.alias("building"),
            weight=pl.lit(1.0),
            method=pl.when(pl.col("scope") != "none")
            .then(pl.lit("outside"))
            .when(pl.col("kind") == "po_box")
            .then(pl.lit("po box"))
            .otherwise(pl.lit("no address")),
            edits=pl.lit(0, pl.UInt8),
        )
    )
    kept = pl.concat([linked, rest]).filter(
        pl.col("weight") / pl.col("weight").sum().over("text") >= settings.smallest_p
    )
    return kept.select(
        "text",
        "building",
        p=pl.col("weight") / pl.col("weight").sum().over("text"),
        method="method",
        edits="edits",
    ).sort("text", "building")


def _parcels(city: CityFrames, certain: pl.DataFrame) -> pl.DataFrame:
    """The assessor's rows with their building and unit key, in file order."""
    assessor = city.frame("assessor").filter(pl.col("duplicate_of").is_null())
    return (
        assessor.rename({"situs_address": "address_text"})
        .join(
            certain.select("address_text", "building", "unit_key"),
            on="address_text",
            how="inner",
            maintain_order="left",
        )
        .sort("row")
    )


def _dwelling_links(
    buildings: pl.DataFrame, texts: pl.DataFrame, units: pl.DataFrame, table: pl.DataFrame, settings: DwellingSettings
) -> pl.DataFrame:
    """text, dwelling (position in `table`; null: none), p_dwelling, p_building, p_unit, method, edits; by these two."""
    asked = buildings.with_columns(asked_unit=texts["unit_key"].gather(buildings["text"]))
    per_unit = resolve_units(
        asked.filter(pl.col("building").is_not_null()).select("building", "asked_unit").unique(), units, settings
    ).join(
        table.select("building", "unit_key").with_row_index("dwelling"),
        on=["building", "unit_key"],
        how="left",
        nulls_equal=True,
    )
    joined = asked.join(per_unit, on=["building", "asked_unit"], how="left", nulls_equal=True)
    ways = (
        joined.with_columns(
            pl.col("p_unit").fill_null(1.0),
            p_building=pl.col("p"),
            method=pl.when(pl.col("method") == "exact").then(pl.coalesce("unit_method", "method")).otherwise("method"),
            edits=(pl.col("edits") + pl.col("unit_edits").fill_null(0)).cast(pl.UInt8),
        )
        .with_columns(p_dwelling=pl.col("p_building") * pl.col("p_unit"))
        .sort("text", "dwelling", "p_dwelling", descending=[False, False, True], nulls_last=True)
        .select("text", "dwelling", "p_dwelling", "p_building", "p_unit", "method", "edits")
    )
    # A dwelling has one building and one unit; where nothing is meant, several ways add up.
    again = (pl.col("text") == pl.col("text").shift()) & pl.col("dwelling").eq_missing(pl.col("dwelling").shift())
    several = again.fill_null(False) | again.shift(-1).fill_null(False)
    summed = (
        ways.filter(several)
        .group_by("text", "dwelling", maintain_order=True)
        .agg(
            pl.col("p_dwelling").sum(),
            pl.lit(None, pl.Float64).alias("p_building"),
            pl.lit(None, pl.Float64).alias("p_unit"),
            pl.col("method", "edits").first(),
        )
    )
    return pl.concat([ways.filter(~several), summed]).sort("text", "dwelling", nulls_last=True)
