"""Which nights are proved, which were watched: from sightings, without any model.

A night is named by the date on which it begins. A vehicle's night is **proved** (outputs.md, Terms) by a sighting
between 01:00 and 05:00, or by one from 20:00 on and one before 09:00 the next morning with no look in between that
missed it. An evening visit is not a night. A row without a time of day proves no night, only that the vehicle was there
that day. A **look** is one observer's visit: rows of a case by the same observer less than 20 minutes apart.
"""

from dataclasses import dataclass

import polars as pl

NOON_MIN = 12 * 60


@dataclass(frozen=True, slots=True)
class OvernightRule:
    """Times of day in minutes after midnight; ranges are half-open. Defaults: contract outputs.md, Terms."""

    deep_from_min: int = 1 * 60
    deep_to_min: int = 5 * 60
    evening_from_min: int = 20 * 60
    morning_to_min: int = 9 * 60
    look_gap_min: int = 20
    proof_reading: float = 0.95  # a reading less certain than this proves nothing about this vehicle


NIGHT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "case_id": pl.String,
    "vehicle_id": pl.String,
    "night": pl.Date,
    "how": pl.String,
    "rows": pl.List(pl.UInt32),
}


@dataclass(frozen=True, slots=True)
class Nights:
    """`proved`: case_id, vehicle_id, night, how, rows.

    `seen`: case_id, vehicle_id, night, day, evening, deep, morning (seen in that part of the 24 hours), late (in any of
    the last three), p_reading, rows. `watched`: case_id, night, day, evening, deep, morning, late, settles (the looks
    of that night could have proved a vehicle's stay), looks, rows.
    `looks`: case_id, look_id, night, minute (minutes after noon of `night`; null: no time written), rows.
    """

    proved: pl.DataFrame
    seen: pl.DataFrame
    watched: pl.DataFrame
    looks: pl.DataFrame


def _after_noon(minute: int) -> int:
    """Minutes after the noon at which the night's date begins its evening."""
    return (minute - NOON_MIN) % (24 * 60)


def with_night(sightings: pl.DataFrame) -> pl.DataFrame:
    """Add `night` (Date) and `minute` (UInt16 minutes after that day's noon, null without a time)."""
    clock = pl.col("observed_time").dt.hour().cast(pl.Int32) * 60 + pl.col("observed_time").dt.minute()
    return sightings.with_columns(
        night=pl.when(clock < NOON_MIN)
        .then(pl.col("observed_date").dt.offset_by("-1d"))
        .otherwise(pl.col("observed_date")),
        minute=((clock - NOON_MIN + 24 * 60) % (24 * 60)).cast(pl.Int32),
    )


def find_nights(sightings: pl.DataFrame, rule: OvernightRule | None = None) -> Nights:
    """Proved nights, sightings by night and watched nights of every case.

    sightings: case_id, log_row, observed_date, observed_time, observer, vehicle_id (null: none or not identified),
    p_vehicle, is_effort. Nulls in observed_time make a row that proves no night; a null observer is one observer.
    """
    rule = rule or OvernightRule()
    rows = _with_looks(with_night(sightings), rule)
    looks = (
        rows.group_by("case_id", "look_id")
        .agg(pl.col("night").first(), pl.col("minute").min(), pl.col("log_row").sort().alias("rows"))
        .sort("case_id", "look_id")
    )
    known = rows.filter(pl.col("vehicle_id").is_not_null())
    return Nights(
        proved=_proved(known.filter(pl.col("p_vehicle") >= rule.proof_reading), looks, rule),
        seen=_seen(known, rule),
        watched=_watched(looks, rule),
        looks=looks,
    )


def _with_looks(rows: pl.DataFrame, rule: OvernightRule) -> pl.DataFrame:
    """Number the looks of each case in order of time."""
    ordered = rows.with_columns(pl.col("observer").fill_null("")).sort(
        "case_id", "night", "observer", "minute", "log_row", nulls_last=True
    )
    keys = ["case_id", "night", "observer"]
    gap = pl.col("minute") - pl.col("minute").shift(1).over(keys)
    both_untimed = pl.col("minute").is_null() & pl.col("minute").shift(1).over(keys).is_null()
    first = pl.int_range(pl.len()).over(keys) == 0
    new = first | (gap.is_null() & ~both_untimed) | (gap.fill_null(0) >= rule.look_gap_min)
    return ordered.with_columns(look_id=new.cast(pl.UInt32).cum_sum().over("case_id"))


def _proved(sure: pl.DataFrame, looks: pl.DataFrame, rule: OvernightRule) -> pl.DataFrame:
    deep_from, deep_to = _after_noon(rule.deep_from_min), _after_noon(rule.deep_to_min)
    evening_from, morning_to = _after_noon(rule.evening_from_min), _after_noon(rule.morning_to_min)
    keys = ["case_id", "vehicle_id", "night"]
    timed = sure.filter(pl.col("minute").is_not_null())
    deep = (
        timed.filter(pl.col("minute").is_between(deep_from, deep_to, closed="left"))
        .group_by(keys)
        .agg(pl.col("log_row").sort().alias("rows"))
        .with_columns(how=pl.lit("seen between 01:00 and 05:00"))
    )
    evening = timed.filter(pl.col("minute").is_between(evening_from, deep_from, closed="left"))
    morning = timed.filter(pl.col("minute").is_between(deep_to, morning_to, closed="left"))
    spans = (
        evening.group_by(keys)
        .agg(pl.col("minute").max().alias("from_min"), pl.col("log_row").sort().alias("evening_rows"))
        .join(
            morning.group_by(keys).agg(
                pl.col("minute").min().alias("to_min"), pl.col("log_row").sort().alias("morning_rows")
            ),
            on=keys,
        )
    )
    seen_in = timed.select(*keys, "look_id").unique()
    missed = (
        spans.join(looks.select("case_id", "night", "look_id", "minute"), on=["case_id", "night"])
        .filter((pl.col("minute") > pl.col("from_min")) & (pl.col("minute") < pl.col("to_min")))
        .join(seen_in, on=[*keys, "look_id"], how="anti")
        .select(keys)
        .unique()
    )
    pairs = spans.join(missed, on=keys, how="anti").select(
        *keys,
        pl.concat_list("evening_rows", "morning_rows").alias("rows"),
        how=pl.lit("seen in the evening and next morning"),
    )
    return (
        pl.concat([deep.select(*keys, "how", "rows"), pairs.select(*keys, "how", "rows")])
        .unique(keys, keep="first", maintain_order=True)
        .cast(NIGHT_COLUMNS)  # type: ignore[arg-type]
        .sort(keys)
    )


def _periods(rule: OvernightRule) -> dict[str, pl.Expr]:
    """The parts of the 24 hours, each true for a row's `minute`; all false without a time."""
    deep_from, deep_to = _after_noon(rule.deep_from_min), _after_noon(rule.deep_to_min)
    minute = pl.col("minute")
    night = minute.is_between(_after_noon(rule.evening_from_min), _after_noon(rule.morning_to_min), closed="left")
    return {
        "day": (~night).fill_null(False),
        "evening": minute.is_between(_after_noon(rule.evening_from_min), deep_from, closed="left").fill_null(False),
        "deep": minute.is_between(deep_from, deep_to, closed="left").fill_null(False),
        "morning": minute.is_between(deep_to, _after_noon(rule.morning_to_min), closed="left").fill_null(False),
    }


def _seen(known: pl.DataFrame, rule: OvernightRule) -> pl.DataFrame:
    return (
        known.group_by("case_id", "vehicle_id", "night")
        .agg(
            **{name: period.any() for name, period in _periods(rule).items()},
            p_reading=pl.col("p_vehicle").max(),
            rows=pl.col("log_row").sort(),
        )
        .with_columns(late=pl.any_horizontal("evening", "deep", "morning"))
        .sort("case_id", "vehicle_id", "night")
    )


def _watched(looks: pl.DataFrame, rule: OvernightRule) -> pl.DataFrame:
    return (
        looks.group_by("case_id", "night")
        .agg(
            **{name: period.any() for name, period in _periods(rule).items()},
            looks=pl.len(),
            rows=pl.col("rows").list.explode(keep_nulls=False, empty_as_null=False).sort(),
        )
        .with_columns(
            settles=pl.col("deep") | (pl.col("evening") & pl.col("morning")),
            late=pl.any_horizontal("evening", "deep", "morning"),
        )
        .sort("case_id", "night")
    )
