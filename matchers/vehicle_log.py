"""The rows of a log as they are decoded: some name a plate, some describe a car, some say only that somebody looked."""

import polars as pl

from matchers.vehicle_registry import coded_vehicles


def read_log(vehicle_log: pl.DataFrame) -> pl.DataFrame:
    """Distinct rows of the log with normalised values and `kind`.

    kind: `plated` (some characters were read), `described` (no plate, but make, model or colour), `effort` (looked,
    saw no vehicle), `unread` (a vehicle of which nothing was read). Adds `look`: rows of one look share a number.
    """
    raw_plate = pl.col("raw_plate")
    described = pl.any_horizontal(pl.col("make", "model", "color").is_not_null())
    kind = (
        pl.when(pl.col("plate").is_not_null())
        .then(pl.lit("plated"))
        .when(described)
        .then(pl.lit("described"))
        .when(raw_plate.is_null() | pl.col("no_vehicle"))
        .then(pl.lit("effort"))
        .otherwise(pl.lit("unread"))
    )
    rows = vehicle_log.filter(pl.col("duplicate_of").is_null()).with_columns(raw_plate="plate", raw_state="plate_state")
    look = pl.struct("case_id", "observed_date", "observed_time", pl.col("observer").fill_null(""))
    return (
        coded_vehicles(rows)
        .rename({"row": "log_row"})
        .with_columns(kind=kind)
        .sort("case_id", "log_row")
        .with_columns(
            look=pl.when(pl.col("observed_time").is_null()).then(-1).otherwise(look.rank("dense").cast(pl.Int64))
        )
    )
