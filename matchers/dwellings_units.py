"""Which units a building has, and which of them a written unit means."""

from typing import Final

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from matchers.dwellings_settings import DwellingSettings
from matchers.ordered_sums import sum_in_order

MAIN: Final = ""  # unit key of the dwelling that is the building itself
# Names of one part of a house: LOWER is the basement where the master has a basement, and so is the B of a house
# that has no unit B.
ALIASES: Final = (
    ("LOWR", "BSMT"),
    ("B", "BSMT"),
    ("FL1", "LOWR"),
    ("FL2", "UPPR"),
    ("REAR", "CARRIAGE"),
    ("REAR", "ADU"),
)
# Parts of a house, not of an apartment building: beside them the house itself stays a dwelling.
PARTS_OF_A_HOUSE: Final = ("BSMT", "LOWR", "UPPR", "REAR", "FRNT", "SIDE", "GARAGE", "CARRIAGE", "COTTAGE", "ADU")
_PART: Final = rf"^(?:{'|'.join(PARTS_OF_A_HOUSE)})"
_MULTIPLE: Final = r"(?i)apart|duplex|triplex|plex|multi|condo|townho|attached|mobile|extra occup|boarding|frat|soror"
_SINGLE: Final = r"(?i)single|one.?family|detached|\bsfr?\b"


def units_of_buildings(
    buildings: pl.DataFrame, placed: pl.DataFrame, parcels: pl.DataFrame, settings: DwellingSettings
) -> pl.DataFrame:
    """Dwellings as building, unit_key (`""`: the building itself), listed (by the assessor): one row each.

    buildings: every building, once. placed: texts of certain building (building, unit_key, counts per source).
    parcels: assessor rows (building, unit_key, property_type, permitted_use).
    A unit the assessor does not list is one when the sources speak for it strongly enough (`UNIT_VOICES`): a
    basement named once in a single-family house is part of that house, a basement with its own meter is not.
    """
    listed = parcels.select("building", pl.col("unit_key").fill_null(MAIN)).unique()
    kind = pl.concat_str(pl.col("property_type").fill_null(""), pl.lit(" "), pl.col("permitted_use").fill_null(""))
    facts = parcels.group_by("building").agg(
        multiple=kind.str.contains(_MULTIPLE).any(),
        single=kind.str.contains(_SINGLE).any(),
        listed_units=pl.col("unit_key").drop_nulls().n_unique(),
    )
    voice = sum_in_order(
        # Further rows of one source mostly repeat the first.
        (pl.col(source).clip(0, 2) * strength).cast(pl.Float64)
        for source, strength in settings.voices.items()
        if source != "assessor"
    )
    claims = (
        _one_name_for_the_basement(placed.filter(pl.col("unit_key").is_not_null()))
        .group_by("building", "unit_key")
        .agg(pl.col(list(settings.voices)).sum())
        .with_columns(voice=voice)
        .join(facts, on="building", how="left")
        .with_columns(claimed=pl.col("unit_key").n_unique().over("building"))
    )
    least = (
        pl.when(pl.col("listed_units") >= 2)
        .then(settings.unit_support_listed)
        .when(pl.col("multiple") | (pl.col("claimed") >= 3))
        .then(settings.unit_support_multiple)
        .when(pl.col("single"))
        .then(settings.unit_support_single)
        .otherwise(settings.unit_support)
    )
    made = claims.filter(pl.col("voice") >= least).select("building", "unit_key")
    units = (
        pl.concat([listed.with_columns(listed=pl.lit(True)), made.with_columns(listed=pl.lit(False))])
        .sort("building", "unit_key", "listed", descending=[False, False, True])
        .unique(["building", "unit_key"], keep="first", maintain_order=True)
    )
    bare = (
        buildings.select("building")
        .join(units, on="building", how="anti")
        .select("building", unit_key=pl.lit(MAIN), listed=pl.lit(False))
    )
    units = pl.concat([units, bare]).join(facts, on="building", how="left")
    return _without_idle_mains(units).select("building", "unit_key", "listed").sort("building", "unit_key")


def _one_name_for_the_basement(claims: pl.DataFrame) -> pl.DataFrame:
    """LOWER is the basement, unless the building also has an upper unit and is a duplex one above the other."""
    key = pl.col("unit_key")
    upper = key.str.contains("^(?:UPPR|FL2)").any().over("building")
    basement = (key == "BSMT").any().over("building")
    return claims.with_columns(
        unit_key=pl.when((key == "LOWR") & (basement | ~upper)).then(pl.lit("BSMT")).otherwise(key)
    )


def _without_idle_mains(units: pl.DataFrame) -> pl.DataFrame:
    """Leave out the building itself where its units are the dwellings: the parcel of an apartment house is none."""
    real = pl.col("unit_key") != MAIN
    apart = real & ~pl.col("unit_key").str.contains(_PART)
    only_parts = apart.sum().over("building") == 0
    idle = (
        ~real
        & ~only_parts
        & (
            (real.sum().over("building") >= 2)
            | (pl.col("multiple").fill_null(False) & (real.sum().over("building") >= 1))
        )
    )
    return units.filter(~idle)


def resolve_units(asked: pl.DataFrame, units: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """building, asked_unit, unit_key (null: none of them), p_unit, unit_method, unit_edits; sums to 1 per asked unit.

    asked: distinct (building, asked_unit), asked_unit null where none was written. A missing unit is a
    distribution over the building's units; a unit the building does not have is its nearest or none.
    """
    units = units.select("building", "unit_key")
    pairs = asked.join(units, on="building", how="inner").with_columns(
        is_main=pl.col("unit_key") == MAIN,
        exact=(pl.col("asked_unit") == pl.col("unit_key")).fill_null(False),
    )
    known = pl.col("exact").any().over("building", "asked_unit")
    alias = pl.any_horizontal(
        ((pl.col("asked_unit") == a) & (pl.col("unit_key") == b))
        | ((pl.col("asked_unit") == b) & (pl.col("unit_key") == a))
        for a, b in ALIASES
    )
    pairs = pairs.with_columns(known=known).with_row_index("pair")
    doubtful = pairs.filter(~pl.col("known") & pl.col("asked_unit").is_not_null())  # only there a slip is looked for
    slips = np.full(len(pairs), np.iinfo(np.uint8).max, dtype=np.uint8)
    slips[doubtful["pair"].to_numpy()] = process.cpdist(
        doubtful["asked_unit"].to_list(), doubtful["unit_key"].to_list(), scorer=OSA.distance, dtype=np.uint8
    )
    pairs = pairs.drop("pair").with_columns(distance=pl.Series(slips))
    unwritten = pl.col("asked_unit").is_null()
    has_main = pl.col("is_main").any().over("building", "asked_unit")
    weight = (
        pl.when(pl.col("known"))
        .then(pl.col("exact").cast(pl.Float64))
        .when(unwritten & has_main)
        .then(pl.when("is_main").then(1.0).otherwise(settings.unit_missing))
        .when(unwritten)
        .then(1.0)
        .when(alias.fill_null(False))
        .then(settings.unit_alias)
        .when("is_main")
        .then(0.5)
        .when((pl.col("distance") == 1) & (pl.col("unit_key").str.len_chars() > 1))
        .then(settings.unit_slip * 5)
        .otherwise(0.0)
    )
    method = (
        pl.when("exact")
        .then(pl.lit("exact"))
        .when(unwritten & pl.col("is_main"))
        .then(pl.lit("exact"))
        .when(unwritten)
        .then(pl.lit("missing unit"))
        .when(alias.fill_null(False))
        .then(pl.lit("unit by another name"))
        .when("is_main")
        .then(pl.lit("unit not known apart"))
        .otherwise(pl.lit("nearest unit"))
    )
    out = pairs.with_columns(weight=weight, unit_method=method).filter(pl.col("weight") > 0)
    strangers = (
        asked.filter(pl.col("asked_unit").is_not_null())
        .join(out.filter("exact").select("building", "asked_unit"), on=["building", "asked_unit"], how="anti")
        .with_columns(
            unit_key=pl.lit(None, pl.String), weight=pl.lit(settings.unit_unknown), unit_method=pl.lit("unknown unit")
        )
    )
    columns = ["building", "asked_unit", "unit_key", "weight", "unit_method"]
    both = pl.concat([out.select(columns), strangers.select(columns)])
    return both.select(
        "building",
        "asked_unit",
        "unit_key",
        "unit_method",
        p_unit=pl.col("weight") / pl.col("weight").sum().over("building", "asked_unit"),
        unit_edits=(pl.col("unit_method") != "exact").cast(pl.UInt8),
    )
