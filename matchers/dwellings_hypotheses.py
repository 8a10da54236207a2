"""Building keys that the master lacks: a slip of a known place, a place the master misses, or no place at all.

For a key k written in n sources, with d a building of the master, the three hypotheses are weighed per mention:
P(k written | d meant) from the error model, summed over d; the share of places that the master misses, spread over
the possible keys of the street; and the share of addresses that do not exist. Slips and inventions lose weight with
every further source that writes the same key; a place that exists does not.
"""

from typing import Final

import polars as pl

from matchers.dwellings_buildings import near_buildings
from matchers.dwellings_settings import DwellingSettings
from matchers.dwellings_streets import LINE

SOURCES: Final = (
    "cases",
    "utility_billing",
    "lease_disclosures",
    "dmv_registrations",
    "university_addresses",
    "assessor",
)
_NO_BUILDING: Final = pl.lit(None, pl.UInt32).alias("building")
_LINKS: Final = ("text", "building", "weight", "method", "edits")


def resolve_keys(
    texts: pl.DataFrame, master: pl.DataFrame, settings: DwellingSettings, *, has_assessor: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Links of the texts whose building key the master lacks, and the buildings that they make.

    Links: text, building (null: none), weight, method, edits; weights sum to 1 per text. Buildings: as the
    master, numbered on from its end, with `sources`, the number of sources that name them.
    """
    lacking = (
        texts.filter(pl.col("scope") == "in")
        .select("text", "building_key", "number", "fraction", *LINE, "zip", "city", "state", "unit_key", *SOURCES)
        .join(master, on="building_key", how="anti")
    )
    keys = _keys_of(lacking, master)
    near = _fit_of_units(near_buildings(keys, master, settings), keys, texts, master, settings)
    weighed = _weighed(keys, near, master.height, settings, has_assessor=has_assessor)
    is_made = pl.col("p_unlisted") >= settings.made
    made = weighed.filter(is_made).with_columns(
        locality=pl.coalesce("zip", "city", pl.lit("")),
        building=(pl.int_range(pl.len()) + master.height).cast(pl.UInt32),
    )
    none = {"method": pl.lit("not in the master"), "edits": pl.lit(0, pl.UInt8)}
    rows = pl.concat(
        [
            near.join(weighed.select("key", "total"), on="key").select(
                "key", "building", pl.col("weight") / pl.col("total"), "method", "edits"
            ),
            made.select("key", "building", weight="p_unlisted", method=pl.lit("exact"), edits=pl.lit(0, pl.UInt8)),
            weighed.select(
                "key",
                _NO_BUILDING,
                weight=pl.col("p_junk") + pl.when(is_made).then(0.0).otherwise(pl.col("p_unlisted")),
                **none,
            ).filter(pl.col("weight") > 0),
        ]
    )
    links = lacking.select("text", "building_key").join(keys.select("key", "building_key"), on="building_key")
    return links.join(rows, on="key").select(_LINKS), made


def _fit_of_units(
    near: pl.DataFrame, keys: pl.DataFrame, texts: pl.DataFrame, master: pl.DataFrame, settings: DwellingSettings
) -> pl.DataFrame:
    """`near` with less weight where a key was written with units that the building is not known to have."""
    units = texts.select("building_key", "unit_key").drop_nulls().unique()
    written = units.join(keys.select("key", "building_key"), on="building_key").select("key", "unit_key")
    pairs = near.select("key", "building").join(written, on="key")
    known = units.join(master.select("building", "building_key"), on="building_key").select(
        "building", "unit_key", has=True
    )
    # Counted, not averaged: a mean of tenths has a last bit that follows the order of the rows.
    fit = (
        pairs.join(known, on=["building", "unit_key"], how="left")
        .group_by("key", "building")
        .agg(has=pl.col("has").count(), lacks=pl.col("has").null_count())
        .select(
            "key",
            "building",
            fit=(pl.col("has") + pl.col("lacks") * settings.unit_elsewhere) / (pl.col("has") + pl.col("lacks")),
        )
    )
    joined = near.join(fit, on=["key", "building"], how="left", maintain_order="left")
    return joined.with_columns(weight=pl.col("weight") * pl.col("fit").fill_null(1.0)).drop("fit")


def _keys_of(lacking: pl.DataFrame, master: pl.DataFrame) -> pl.DataFrame:
    """key, building_key, parts, usual zip, city and state, counts per source, sources, mentions, known_line."""
    present = [(pl.col(source) > 0).cast(pl.Float64) for source in SOURCES]
    known_lines = master.select(LINE).unique().with_columns(known_line=pl.lit(True))
    zips = (
        master.drop_nulls("zip")
        .group_by("zip")
        .agg(p_zip=pl.len().cast(pl.Float64))
        .with_columns(pl.col("p_zip") / pl.col("p_zip").sum())
    )
    return (
        lacking.group_by("building_key")
        .agg(
            *(pl.col(part).first() for part in ("number", "fraction", *LINE)),
            pl.col("zip").drop_nulls().mode().sort().first(),
            pl.col("city", "state").drop_nulls().mode().sort().first(),
            pl.col(SOURCES).sum(),
            has_unit=pl.col("unit_key").is_not_null().all(),
        )
        .sort("building_key")
        .with_row_index("key")
        .with_columns(sources=pl.sum_horizontal(present), rows=pl.sum_horizontal(SOURCES).cast(pl.Float64))
        .with_columns(
            # Distinct sources speak independently; further rows of one mostly copy the first.
            mentions=pl.max_horizontal("sources", 1.0) + 0.25 * (pl.col("rows") - pl.col("sources")).clip(0, 4)
        )
        .join(known_lines, on=LINE, how="left", nulls_equal=True, maintain_order="left")
        .join(zips, on="zip", how="left", maintain_order="left")
        .with_columns(pl.col("known_line").fill_null(False), pl.col("p_zip").fill_null(1.0))
    )


def _weighed(
    keys: pl.DataFrame, near: pl.DataFrame, buildings: int, settings: DwellingSettings, *, has_assessor: bool
) -> pl.DataFrame:
    """`keys` with the total weight of their hypotheses, p_unlisted and p_junk."""
    # How much the master misses is asked of the city: places on its own streets that two sources know and it does not.
    assumed = settings.unlisted_share if has_assessor else settings.unlisted_share_no_assessor
    repeated = keys.filter((pl.col("sources") >= 2) & pl.col("known_line")).height
    strength = settings.unlisted_strength
    share = (repeated + strength * assumed) / (buildings + repeated + strength)
    new_street = buildings / settings.street_keys * pl.col("p_zip")
    unlisted = share * pl.when("known_line").then(settings.unlisted_on_street).otherwise(new_street)
    junk = pl.when("known_line").then(settings.junk_on_street).otherwise(settings.junk_street * new_street)
    # A place that nobody knows has the unit written by chance only, as a building not known to have it.
    unit = pl.when("has_unit").then(settings.unit_elsewhere).otherwise(1.0)
    repeats = pl.lit(settings.junk_repeats).pow(pl.col("mentions") - 1.0)
    slips = near.group_by("key").agg(slips=pl.col("weight").sum())
    return (
        keys.join(slips, on="key", how="left", maintain_order="left")
        .with_columns(
            unlisted=unlisted * unit,
            # A case is opened on a place that an inspector saw.
            junk=pl.when(pl.col("cases") > 0).then(0.0).otherwise(junk * unit * repeats),
        )
        .with_columns(total=pl.col("slips").fill_null(0.0) + pl.col("unlisted") + pl.col("junk"))
        .with_columns(p_unlisted=pl.col("unlisted") / pl.col("total"), p_junk=pl.col("junk") / pl.col("total"))
    )
