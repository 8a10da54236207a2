"""Addresses as written -> dwellings, with a probability for every doubt (docs/frames.md, matchers 1).

A dwelling is a building and a unit: two units of one building are two dwellings. The master list is the
assessor's situs addresses; without an assessor, and beyond it, the union of what the other sources write.
A text that the master does not hold is resolved to its neighbours by the error model of `dwellings_settings`,
beside the hypotheses that it is a dwelling the master misses, or none at all.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from matchers.dwellings_buildings import LINE, exact_buildings, master_buildings, near_buildings
from matchers.dwellings_lines import correct_lines
from matchers.dwellings_settings import DwellingSettings
from matchers.dwellings_table import dwelling_table
from matchers.dwellings_texts import CityFrames, address_cells, parse_texts
from matchers.dwellings_units import resolve_units, units_of_buildings

__all__ = ["CityFrames", "DwellingSettings", "Dwellings", "resolve_dwellings"]

_LINKS: Final = ("address_text", "dwelling_id", "p_dwelling", "method", "edits")
_NO_BUILDING: Final = pl.lit(None, pl.UInt32)
_SOURCES: Final = (
    "cases",
    "utility_billing",
    "lease_disclosures",
    "dmv_registrations",
    "university_addresses",
    "assessor",
)


@dataclass(frozen=True, slots=True)
class Dwellings:
    """The city's dwellings and what each written address means; columns in docs/frames.md.

    table: one row per dwelling, by dwelling_id. links: the distribution of each text over dwellings (null: none of
    them), sums to 1 per text. best: the most probable row of each text.
    """

    table: pl.DataFrame
    links: pl.DataFrame
    best: pl.DataFrame


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
    written = texts.select("address_text", "address_key", "building_key", "zip")
    situs = cells.filter(pl.col("field") == "situs_address")
    seeds = _master_texts(texts, situs)
    is_seed = pl.col("address_text").is_in(seeds.implode())
    texts = correct_lines(texts, is_seed, settings)
    master = master_buildings(texts, is_seed)
    near, created = _resolve_keys(texts, master, settings, has_assessor=not situs.is_empty())
    # Places that several sources know join the master first, so that slips of theirs find them in a second round.
    known = created.filter(pl.col("sources") >= 2).with_columns(
        building=(pl.int_range(pl.len()) + master.height).cast(pl.UInt32)
    )
    if not known.is_empty():
        master = pl.concat([master, known.select(master.columns)])
        near, created = _resolve_keys(texts, master, settings, has_assessor=not situs.is_empty())
    master = pl.concat([master, created.select(master.columns)])
    exact = exact_buildings(texts, master, settings)
    buildings = _building_links(texts, exact, near, settings)
    certain = buildings.filter((pl.col("p") >= 0.9) & pl.col("building").is_not_null()).join(texts, on="address_text")
    parcels = _parcels(city, certain)
    units = units_of_buildings(master, certain, parcels, settings)
    table = dwelling_table(units, master, parcels, certain)
    links = _dwelling_links(buildings, texts, units, table, settings)
    best = (
        links.sort("address_text", "p_dwelling", "dwelling_id", descending=[False, True, False], nulls_last=True)
        .unique("address_text", keep="first", maintain_order=True)
        .join(written, on="address_text", how="left", maintain_order="left")
        .select("address_text", "dwelling_id", "p_dwelling", "address_key", "building_key", "zip")
    )
    return Dwellings(table.drop("building", "unit_key"), links, best)


def _master_texts(texts: pl.DataFrame, situs: pl.DataFrame) -> pl.Series:
    """Texts that make the master list: the assessor's; without one, keys that two sources or an official one give."""
    if not situs.is_empty():
        return situs["address_text"].unique()
    voices = sum(((pl.col(s) > 0).cast(pl.UInt8) for s in _SOURCES), start=pl.lit(0, pl.UInt8))
    official = (pl.col("cases") + pl.col("utility_billing")) > 0
    supported = (
        texts.filter(pl.col("scope") == "in")
        .group_by("building_key")
        .agg(pl.col(_SOURCES).sum())
        .filter(official | (voices >= 2))
    )
    return texts.filter(pl.col("scope") == "in").join(supported, on="building_key", how="semi")["address_text"]


def _resolve_keys(
    texts: pl.DataFrame, master: pl.DataFrame, settings: DwellingSettings, *, has_assessor: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Distribution of the building keys that the master lacks: near links per text, and the buildings they make."""
    lacking = texts.filter(pl.col("scope") == "in").join(master, on="building_key", how="anti")
    present = [(pl.col(s) > 0).cast(pl.Float64) for s in _SOURCES]
    keys = (
        lacking.group_by("building_key")
        .agg(
            *(pl.col(c).first() for c in ("number", "fraction", *LINE)),
            pl.col("zip").drop_nulls().mode().sort().first(),
            pl.col("city", "state").drop_nulls().mode().sort().first(),
            pl.col(_SOURCES).sum(),
        )
        .sort("building_key")
        .with_row_index("key")
        # Distinct sources speak independently; further rows of one mostly copy the first.
        .with_columns(sources=pl.sum_horizontal(present), rows=pl.sum_horizontal(_SOURCES).cast(pl.Float64))
        .with_columns(
            mentions=pl.max_horizontal(pl.col("sources"), 1.0) + 0.25 * (pl.col("rows") - pl.col("sources")).clip(0, 4)
        )
    )
    near = near_buildings(keys, master, settings)
    known_lines = master.select(LINE).unique().with_columns(known_line=pl.lit(True))
    keys = keys.join(known_lines, on=LINE, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col("known_line").fill_null(False)
    )
    share = settings.unlisted_share if has_assessor else settings.unlisted_share_no_assessor
    repeated = keys.filter((pl.col("sources") >= 2) & pl.col("known_line")).height
    strength = settings.unlisted_strength
    share = (repeated + strength * share) / (master.height + repeated + strength)
    unlisted = pl.when("known_line").then(settings.unlisted_on_street).otherwise(settings.unlisted_street) * share
    junk = pl.when("known_line").then(settings.junk_on_street).otherwise(settings.junk_street)
    junk = junk * pl.lit(settings.junk_repeats).pow(pl.col("mentions") - 1.0)
    others = keys.select(
        "key",
        unlisted=unlisted,
        # A case is opened on a place that an inspector saw.
        junk=pl.when(pl.col("cases") > 0).then(0.0).otherwise(junk),
    )
    total = (
        near.group_by("key")
        .agg(pl.col("weight").sum())
        .join(others, on="key", how="right")
        .with_columns(total=pl.col("weight").fill_null(0.0) + pl.col("unlisted") + pl.col("junk"))
    )
    p_unlisted = total.select(
        "key", p_unlisted=pl.col("unlisted") / pl.col("total"), p_junk=pl.col("junk") / pl.col("total")
    )
    decided = keys.join(p_unlisted, on="key", how="left", maintain_order="left")
    is_made = pl.col("p_unlisted") >= 0.5
    made = decided.filter(is_made).with_columns(locality=pl.coalesce("zip", "city", pl.lit("")))
    made = made.with_columns(building=(pl.int_range(pl.len()) + master.height).cast(pl.UInt32))
    rows = pl.concat(
        [
            near.join(total.select("key", "total"), on="key").select(
                "key", "building", pl.col("weight") / pl.col("total"), "method", "edits"
            ),
            made.select("key", "building", weight="p_unlisted", method=pl.lit("exact"), edits=pl.lit(0, pl.UInt8)),
            decided.filter(~is_made).select(
                "key", _NO_BUILDING.alias("building"), weight=pl.col("p_unlisted") + pl.col("p_junk"),
                method=pl.lit("not in the master"), edits=pl.lit(0, pl.UInt8),
            ),
            decided.filter(is_made & (pl.col("p_junk") > 0)).select(
                "key", _NO_BUILDING.alias("building"), weight="p_junk",
                method=pl.lit("not in the master"), edits=pl.lit(0, pl.UInt8),
            ),
        ]
    )  # fmt: skip
    per_text = lacking.select("address_text", "building_key").join(
        keys.select("key", "building_key"), on="building_key"
    )
    near_links = per_text.join(rows, on="key").select("address_text", "building", "weight", "method", "edits")
    return near_links, made


def _building_links(
    texts: pl.DataFrame, exact: pl.DataFrame, near: pl.DataFrame, settings: DwellingSettings
) -> pl.DataFrame:
    """address_text, building (null: none), p, method, edits; sums to 1 per text."""
    made_exact = exact.join(near.select("address_text").unique(), on="address_text", how="anti")
    doubtful = (
        texts.filter(pl.col("scope") == "maybe")
        .join(made_exact.select("address_text").unique(), on="address_text", how="semi")
        .select("address_text", p_inside=pl.when(pl.col("city").is_null()).then(0.5).otherwise(0.9))
    )
    inside = made_exact.join(doubtful, on="address_text", how="left").with_columns(
        weight=pl.col("weight") / pl.col("weight").sum().over("address_text") * pl.col("p_inside").fill_null(1.0)
    )
    outside = doubtful.select(
        "address_text", _NO_BUILDING.alias("building"), weight=1.0 - pl.col("p_inside"),
        method=pl.lit("outside"), edits=pl.lit(0, pl.UInt8),
    )  # fmt: skip
    linked = pl.concat([inside.select(near.columns), outside, near])
    rest = texts.join(linked, on="address_text", how="anti").select(
        "address_text",
        _NO_BUILDING.alias("building"),
        weight=pl.lit(1.0),
        method=pl.when(pl.col("scope") != "none")
        .then(pl.lit("outside"))
        .when(pl.col("kind") == "po_box")
        .then(pl.lit("po box"))
        .otherwise(pl.lit("no address")),
        edits=pl.lit(0, pl.UInt8),
    )
    kept = pl.concat([linked, rest]).filter(
        pl.col("weight") / pl.col("weight").sum().over("address_text") >= settings.smallest_p
    )
    return kept.select(
        "address_text",
        "building",
        p=pl.col("weight") / pl.col("weight").sum().over("address_text"),
        method="method",
        edits="edits",
    ).sort("address_text", "building")


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
    asked = buildings.join(texts.select("address_text", asked_unit="unit_key"), on="address_text", how="left")
    per_unit = resolve_units(
        asked.filter(pl.col("building").is_not_null()).select("building", "asked_unit").unique(), units, settings
    )
    joined = asked.join(per_unit, on=["building", "asked_unit"], how="left", nulls_equal=True)
    joined = joined.join(
        table.select("building", "unit_key", "dwelling_id"), on=["building", "unit_key"], how="left", nulls_equal=True
    )
    return (
        joined.with_columns(
            p_dwelling=pl.col("p") * pl.col("p_unit").fill_null(1.0),
            method=pl.when(pl.col("method") == "exact").then(pl.coalesce("unit_method", "method")).otherwise("method"),
            edits=(pl.col("edits") + pl.col("unit_edits").fill_null(0)).cast(pl.UInt8),
        )
        .sort("address_text", "dwelling_id", "p_dwelling", descending=[False, False, True], nulls_last=True)
        .group_by("address_text", "dwelling_id", maintain_order=True)
        .agg(pl.col("p_dwelling").sum(), pl.col("method", "edits").first())
        .select(_LINKS)
    )
