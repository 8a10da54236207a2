"""The table of dwellings: identity, address as shown, and what the assessor knows of each."""

from typing import Final

import polars as pl

from loaders.normalize.addresses.keys import with_display
from matchers.dwellings_units import MAIN, PARTS_OF_A_HOUSE

TABLE: Final = (
    "dwelling_id",
    "address",
    "building_key",
    "unit",
    "city",
    "state",
    "zip",
    "parcel_id",
    "assessor_row",
    "property_type",
    "bedrooms",
    "year_built",
    "finished_sqft",
    "basement_finished_sqft",
    "zone",
    "permitted_use",
    "exemption",
    "units_in_building",
)
# True of the whole parcel, and so of each of its dwellings; rooms and areas are not.
_OF_PARCEL: Final = ("parcel_id", "row", "property_type", "year_built", "zone", "permitted_use", "exemption")
_OF_DWELLING: Final = ("bedrooms", "finished_sqft", "basement_finished_sqft")
_SHOWN: Final = ("number", "fraction", "predir", "street", "suffix", "postdir")


def dwelling_table(
    units: pl.DataFrame, master: pl.DataFrame, parcels: pl.DataFrame, placed: pl.DataFrame
) -> pl.DataFrame:
    """One row per dwelling of `units`, sorted by dwelling_id; columns `TABLE`, then building and unit_key.

    A unit that has no parcel of its own takes the parcel's facts (owner's parcel, zone, use, year) but not its rooms
    and areas, which are the whole building's. `unit` is null for the dwelling that is the building itself.
    """
    base = units.join(master, on="building", how="left").with_columns(
        units_in_building=pl.len().over("building").cast(pl.UInt32)
    )
    named = _with_ids(_with_address(base, placed))
    own = parcels.with_columns(pl.col("unit_key").fill_null(MAIN)).unique(
        ["building", "unit_key"], keep="first", maintain_order=True
    )
    whole = own.filter(pl.col("unit_key") == MAIN)
    joined = named.join(
        own.select("building", "unit_key", *_OF_PARCEL, *_OF_DWELLING), on=["building", "unit_key"], how="left"
    ).join(whole.select("building", *_OF_PARCEL), on="building", how="left", suffix="_whole")
    joined = joined.with_columns(pl.coalesce(column, f"{column}_whole").alias(column) for column in _OF_PARCEL)
    return (
        joined.rename({"row": "assessor_row"})
        .with_columns(unit=pl.when(pl.col("unit_key") != MAIN).then(pl.col("unit_key")))
        .select(*TABLE, "building", "unit_key")
        .sort("dwelling_id")
    )


def _with_address(base: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """Add `address`: parts of the master, and the unit as it is most often written."""
    designators = (
        placed.filter(pl.col("unit_key").is_not_null())
        .with_columns(weight=pl.sum_horizontal("assessor") * 1000 + pl.col("cases") * 10 + 1)
        .group_by("building", "unit_key", "unit_type", "unit")
        .agg(pl.col("weight").sum())
        .sort("building", "unit_key", "weight", "unit_type", "unit", descending=[False, False, True, False, False])
        .unique(["building", "unit_key"], keep="first", maintain_order=True)
        .drop("weight")
    )
    shown = base.join(designators, on=["building", "unit_key"], how="left", maintain_order="left")
    parts = shown.select(*_SHOWN, "unit_type", "unit", "city", "state", "zip", kind=pl.lit("street"), line=pl.lit(""))
    return base.with_columns(address=with_display(parts)["display"])


def _with_ids(named: pl.DataFrame) -> pl.DataFrame:
    """Add `dwelling_id`: `1201-w-plum-st-apt-2`; the ZIP code or city is added where two buildings share a key."""
    key = pl.col("unit_key")
    part = rf"^(BSMT|LOWR|UPPR|REAR|FRNT|SIDE|OFC|LBBY|FL|BLDG|PH|PMB|{'|'.join(PARTS_OF_A_HOUSE)})"
    unit = (
        pl.when(key == MAIN)
        .then(pl.lit(""))
        .when(key.str.contains(part))
        .then(pl.concat_str(pl.lit(" "), key.str.replace(part, "${1} ")))
        .otherwise(pl.concat_str(pl.lit(" apt "), key))
    )
    shared = pl.col("building").n_unique().over("building_key") > 1
    place = (
        pl.when(shared & (pl.col("locality") != "")).then(pl.concat_str(pl.lit(" "), "locality")).otherwise(pl.lit(""))
    )
    slug = pl.concat_str("building_key", unit, place).str.strip_chars().str.to_lowercase()
    return named.with_columns(dwelling_id=slug.str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-"))
