"""House numbers that hold the unit: `1201B W PLUM ST` and `1201-2 W PLUM ST` for units B and 2 of 1201.

The same writing is also a house number of its own (1201B, Queens' 37-14) or a range. What it is here, the rest of the
city says: it is read as a unit only where the number as a whole is not in the master list, and another text names
that very unit at the number without it.
"""

from typing import Final

import polars as pl

from matchers.dwellings_streets import LINE, with_added

UNIT_IN_NUMBER: Final = "unit in the number"
_SPLIT: Final = r"^(\d+)-?([A-Z]|\d+[A-Z]?)$"  # 1201B, 1201-2; `1201` alone is taken out below


def read_units_in_numbers(texts: pl.DataFrame) -> pl.DataFrame:
    """`texts` with number, unit and keys put right where the number holds a unit, and `reread` set there."""
    glued = pl.col("number").str.contains(r"^\d+(?:[A-Z]|-\d+[A-Z]?)$") & pl.col("unit_key").is_null()
    parts = pl.col("number").str.extract_groups(_SPLIT)
    own = texts.filter("listed").select("building_key").drop_nulls().unique()
    asked = (
        texts.filter(glued & pl.col("fraction").is_null() & pl.col("reread").is_null())
        .join(own, on="building_key", how="anti")
        .with_columns(split_number=parts.struct.field("1"), split_unit=parts.struct.field("2"))
        .with_columns(split_key=pl.concat_str("split_number", *LINE, separator=" ", ignore_nulls=True))
    )
    named = texts.select(split_key="building_key", split_unit="unit_key").drop_nulls().unique()
    found = asked.join(named, on=["split_key", "split_unit"], how="semi").select(
        "text", "split_number", "split_unit", "split_key"
    )
    if found.is_empty():
        return texts
    joined = with_added(texts, found)
    is_read = pl.col("split_key").is_not_null()
    return joined.with_columns(
        number=pl.coalesce("split_number", "number"),
        unit_type=pl.when(is_read).then(pl.lit("#")).otherwise("unit_type"),
        unit=pl.coalesce("split_unit", "unit"),
        unit_key=pl.coalesce("split_unit", "unit_key"),
        building_key=pl.coalesce("split_key", "building_key"),
        address_key=pl.when(is_read)
        .then(pl.concat_str("split_key", pl.lit(" #"), "split_unit"))
        .otherwise("address_key"),
        reread=pl.when(is_read).then(pl.lit(UNIT_IN_NUMBER)).otherwise("reread"),
    ).drop("split_number", "split_unit", "split_key")
