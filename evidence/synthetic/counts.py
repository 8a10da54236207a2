"""The truth of the rule: how many occupants a window held at one time, and whether a lawful form covered them.

Written apart from the engine's rule packs on purpose: a fault in one cannot hide in the other.
"""

import numpy as np
import polars as pl

from evidence.synthetic.chance import Bools, Ints


def window_nights(slept: Bools, first: int, opened: Ints, before: int = 60, after: int = 30) -> pl.DataFrame:
    """Per person (row of `slept`, nights from day number `first`) the figures of the guest test.

    `worst`: most nights in any twelve months ending in the window; `passes`: thirty or more in twelve months that
    end in the window with at least one of them in it; `span_from`, `span_to`: first and last night inside the
    window, -1 when none. A window runs from `opened` - before to `opened` + after, both included.
    """
    total = np.concatenate([np.zeros((len(slept), 1), np.int64), np.cumsum(slept, axis=1)], axis=1)
    rows = np.arange(len(slept))
    top = slept.shape[1]

    def up_to(days: Ints) -> Ints:  # nights on or before a day number
        return np.asarray(total[rows, np.clip(days - first + 1, 0, top)])

    worst = np.zeros(len(slept), np.int64)
    passes = np.zeros(len(slept), bool)
    for shift in range(-before, after + 1):
        end = opened + shift
        count = up_to(end) - up_to(_year_before(end))
        inside = up_to(end) - up_to(opened - before - 1)
        worst = np.maximum(worst, count)
        passes |= (count >= 30) & (inside >= 1)
    offset = np.clip(opened - before - first, 0, top)[:, None] + np.arange(before + after + 1)[None, :]
    inside_nights = slept[rows[:, None], np.minimum(offset, top - 1)] & (offset < top)
    some = inside_nights.any(axis=1)
    begin = opened - before + np.argmax(inside_nights, axis=1)
    last = opened + after - np.argmax(inside_nights[:, ::-1], axis=1)
    return pl.DataFrame(
        {
            "worst": worst,
            "passes": passes,
            "span_from": np.where(some, begin, -1),
            "span_to": np.where(some, last + 1, -1),
        }
    )


def _year_before(days: Ints) -> Ints:
    """Day number of the same calendar date twelve months earlier (29 February becomes 28 February)."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    back = (month - np.timedelta64(12, "M")).astype("datetime64[D]")
    moved = back + (dates - month.astype("datetime64[D]"))
    spilled = moved.astype("datetime64[M]") != (month - np.timedelta64(12, "M"))
    return np.asarray((moved - spilled.astype("timedelta64[D]")).astype("datetime64[D]").astype(np.int64))


def headcount(spans: pl.DataFrame) -> pl.DataFrame:
    """Occupants at one time, and lawfulness, per `key`.

    `spans`: `key`, `person`, `from`, `to` (exclusive), `opens`, `closes` (window, both included), `kin`,
    `guardian` (-1 none), `adult`. Returns `key`, `occupants`, `over_limit`, `lawful_reason` (null when over).
    Every day on which somebody comes or goes is examined. Lawful forms (fort-collins-2007): one family and one
    more person; or two adults with their dependents and one more person.
    """
    inside = spans.filter((pl.col("from") <= pl.col("closes")) & (pl.col("to") > pl.col("opens")))
    days = (
        pl.concat(
            [
                inside.select("key", pl.max_horizontal("from", "opens").alias("day"), "closes"),
                inside.select("key", pl.col("to").alias("day"), "closes"),
            ]
        )
        .filter(pl.col("day") <= pl.col("closes"))
        .select("key", "day")
        .unique()
    )
    there = (
        inside.join(days, on="key")
        .filter((pl.col("from") <= pl.col("day")) & (pl.col("day") < pl.col("to")))
        .unique(["key", "day", "person"])
    )
    by_day = there.group_by("key", "day").agg(pl.len().alias("n"), pl.col("adult").sum().alias("adults"))
    family = there.group_by("key", "day", "kin").len().group_by("key", "day").agg(pl.col("len").max().alias("family"))
    dependents = (
        there.filter(pl.col("guardian") >= 0)
        .join(there.select("key", "day", pl.col("person").alias("guardian")), on=["key", "day", "guardian"])
        .group_by("key", "day", "guardian")
        .len()
        .group_by("key", "day")
        .agg(pl.col("len").top_k(2).sum().alias("dependents"))
    )
    days_seen = (
        by_day.join(family, on=["key", "day"])
        .join(dependents, on=["key", "day"], how="left")
        .with_columns(pl.col("dependents").fill_null(0))
        .with_columns(
            (pl.col("n").cast(pl.Int64) - pl.col("family") <= 1).alias("family_form"),
            (pl.col("n").cast(pl.Int64) - pl.col("adults").clip(0, 2) - pl.col("dependents") <= 1).alias("two_adults"),
        )
        .with_columns((~pl.col("family_form") & ~pl.col("two_adults")).alias("over"))
        .sort("key", "n", "day", descending=[False, True, False])
    )
    return days_seen.group_by("key", maintain_order=True).agg(
        pl.col("n").max().cast(pl.Int64).alias("occupants"),
        pl.col("over").any().alias("over_limit"),
        pl.when(pl.col("over").any())
        .then(None)
        .when(pl.col("family_form").first())
        .then(pl.lit("one family and one more"))
        .otherwise(pl.lit("two adults with dependents and one more"))
        .first()
        .alias("lawful_reason"),
    )
