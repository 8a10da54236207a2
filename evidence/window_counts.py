"""Proved nights, or the days of proved stays, in the windows that ordinances name: the fullest one that counts.

A window of N months or N days counts if it ends in the case window, and a run of nights or days if its last one lies
in it; a calendar year or month counts as a whole if it meets the case window. Nobody proves what nobody saw: an
unwatched night is no part of a run, and adds nothing to any count. Floors only; estimates are in `guest_nights`.
"""

from collections.abc import Sequence

import polars as pl

from evidence.rules.stay import StayTest, StayWindow, Unit

TWELVE_MONTHS = StayWindow("rolling_months", 12)


def best_windows(
    nights: pl.DataFrame,
    windows: pl.DataFrame,
    key: str,
    span: StayWindow = TWELVE_MONTHS,
    unit: Unit = "nights",
) -> pl.DataFrame:
    """Most nights (or days) in any window of one kind that counts.

    nights: case_id, `key`, night (distinct); windows: case_id, window_from, window_to. Returns case_id, `key`, nights,
    from, to (of the window; of a run, its first and last day), sorted; one row per (case_id, key) that has a night in
    some such window. Of equally full windows the latest. unit `days`: the dates on which the nights begin and end.
    """
    base = _dates(nights, key, unit).join(windows, on="case_id")
    if span.kind in ("rolling_months", "rolling_days"):
        counted = _rolling(base, key, span)
    elif span.kind == "consecutive":
        counted = _runs(base, key)
    else:
        counted = _calendar(base, key, "1y" if span.kind == "calendar_year" else "1mo")
    best = counted.sort("case_id", key, "nights", "end", descending=[False, False, True, True])
    chosen = best.unique(["case_id", key], keep="first", maintain_order=True)
    return chosen.select("case_id", key, pl.col("nights").cast(pl.UInt32), **{"from": "start", "to": "end"}).sort(
        "case_id", key
    )


def counts_by_test(nights: pl.DataFrame, windows: pl.DataFrame, key: str, tests: Sequence[StayTest]) -> pl.DataFrame:
    """Each stay test of a pack on the proved nights: case_id, `key`, test (position), nights, least, from, to, sorted.

    Only rows with a night in such a window; `nights` counts days where the test does. nights, windows: `best_windows`.
    """
    parts = [
        best_windows(nights, windows, key, test.span, test.unit).with_columns(
            test=pl.lit(position, pl.UInt32), least=pl.lit(test.least, pl.UInt32)
        )
        for position, test in enumerate(tests)
    ]
    columns = ("case_id", key, "test", "nights", "least", "from", "to")
    return pl.concat([part.select(columns) for part in parts]).sort("case_id", key, "test")


def _dates(nights: pl.DataFrame, key: str, unit: Unit) -> pl.DataFrame:
    """Distinct case_id, `key`, night; with unit `days` also the date on which each night ends."""
    base = nights.select("case_id", key, "night")
    if unit == "days":
        base = pl.concat([base, base.with_columns(pl.col("night").dt.offset_by("1d"))])
    return base.unique()


def _rolling(base: pl.DataFrame, key: str, span: StayWindow) -> pl.DataFrame:
    """Every end day that can matter: a count rises only on a day that is itself counted, or at the window's first."""
    back = f"-{span.length}mo" if span.kind == "rolling_months" else f"-{span.length}d"
    ends = (
        pl.concat(
            [
                base.select("case_id", key, end="window_from"),
                base.filter(pl.col("night").is_between("window_from", "window_to")).select("case_id", key, end="night"),
            ]
        )
        .unique()
        .with_columns(start=pl.col("end").dt.offset_by(back).dt.offset_by("1d"))
    )
    return (
        ends.join(base.select("case_id", key, "night"), on=["case_id", key])
        .filter(pl.col("night").is_between("start", "end"))
        .group_by("case_id", key, "start", "end")
        .agg(nights=pl.len())
    )


def _calendar(base: pl.DataFrame, key: str, every: str) -> pl.DataFrame:
    periods = base.with_columns(start=pl.col("night").dt.truncate(every)).with_columns(
        end=pl.col("start").dt.offset_by(every).dt.offset_by("-1d")
    )
    return (
        periods.filter((pl.col("start") <= pl.col("window_to")) & (pl.col("end") >= pl.col("window_from")))
        .group_by("case_id", key, "start", "end")
        .agg(nights=pl.len())
    )


def _runs(base: pl.DataFrame, key: str) -> pl.DataFrame:
    """Unbroken runs up to the end of the case window, the last day of which lies in it."""
    keys = ["case_id", key]
    ordered = base.filter(pl.col("night") <= pl.col("window_to")).sort(*keys, "night")
    place = pl.int_range(pl.len()).over(keys)
    return (
        ordered.with_columns(run=pl.col("night").to_physical() - place)
        .group_by(*keys, "run", "window_from")
        .agg(start=pl.col("night").min(), end=pl.col("night").max(), nights=pl.len())
        .filter(pl.col("end") >= pl.col("window_from"))
    )
