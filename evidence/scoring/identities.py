"""Bringing the pipeline's own names for persons and dwellings together with the true ones."""

import polars as pl

MENTION_KEY = ["source", "row", "field", "part"]


def matched_mentions(mentions: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """True mentions of persons with what the pipeline made of each.

    Columns: MENTION_KEY, true_person_id, true_dwelling, `person_id`, `dwelling_id`, `found`. A mention that the
    pipeline left out gets a person of its own, so that leaving out earns nothing. Without a `part` column, names
    of one cell are taken in the order of the table.
    """
    said = mentions
    if "part" not in said.columns:
        said = said.with_columns(pl.int_range(pl.len()).over("source", "row", "field").alias("part"))
    said = (
        said.with_columns(
            pl.col("row").cast(pl.UInt32), pl.col("part").cast(pl.Int64), pl.col("person_id").cast(pl.String)
        )
        .unique(MENTION_KEY, keep="first", maintain_order=True)
        .select(*MENTION_KEY, "person_id", pl.col("dwelling_id").cast(pl.String))
    )
    real = truth.filter(pl.col("true_person_id").is_not_null())
    joined = real.join(said, on=MENTION_KEY, how="left").sort(MENTION_KEY)
    lone = pl.lit("left out ") + pl.int_range(pl.len()).cast(pl.String)
    return joined.with_columns(
        pl.col("person_id").is_not_null().alias("found"), pl.coalesce("person_id", lone).alias("person_id")
    )


def person_map(matched: pl.DataFrame) -> pl.DataFrame:
    """`person_id` -> `true_person_id`: the true person of most of its mentions (ties: the smaller number)."""
    return (
        matched.filter("found")
        .group_by("person_id", "true_person_id")
        .len()
        .sort("person_id", "len", "true_person_id", descending=[False, True, False])
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", "true_person_id")
    )


def members(matched: pl.DataFrame) -> pl.DataFrame:
    """`person_id`, `true_person_id`: every true person among a person's mentions, each once."""
    pairs = matched.filter("found").select("person_id", "true_person_id").unique()
    return pairs.sort("person_id", "true_person_id")


def dwelling_accuracy(matched: pl.DataFrame) -> dict[str, float | int | None]:
    """Share of mentions whose row was put at the right dwelling.

    Dwellings bear other names on both sides: a pair of names belongs together when each is the other's most
    frequent partner. Rows from outside the city are right when they were given no dwelling.
    """
    rows = matched.filter("found").select("true_dwelling", "dwelling_id")
    inside = rows.filter(pl.col("true_dwelling").is_not_null())
    pairs = inside.drop_nulls().group_by("true_dwelling", "dwelling_id").len()
    order = pairs.sort("len", "true_dwelling", "dwelling_id", descending=[True, False, False])
    of_true = order.unique("true_dwelling", keep="first", maintain_order=True).select("true_dwelling", "dwelling_id")
    of_said = order.unique("dwelling_id", keep="first", maintain_order=True).select("true_dwelling", "dwelling_id")
    partners = of_true.join(of_said, on=["true_dwelling", "dwelling_id"])
    right = inside.join(partners, on=["true_dwelling", "dwelling_id"], how="semi").height
    outside = rows.filter(pl.col("true_dwelling").is_null())
    return {
        "accuracy_inside": _share(right, inside.height),
        "left_open_inside": _share(inside["dwelling_id"].null_count(), inside.height),
        "accuracy_outside": _share(outside["dwelling_id"].null_count(), outside.height),
        "rows_inside": inside.height,
        "rows_outside": outside.height,
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
