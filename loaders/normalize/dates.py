"""Written dates, times and months -> typed ones; 03/04/2007 is never read two ways in one file.

Every function works on distinct values, never raises, and returns one row per distinct non-null text, sorted.
Shapes that say themselves what they are (2007-04-03, 3-Apr-2007, Apr 3 2007, 20070403, an Excel serial number)
are read as such. Of 03/04/2007 only the whole column, or better the whole file, can tell: `decide_order` counts
the dates that can be read in one way only and lets them decide for all; without any, the month comes first, as
in the United States. A date of the losing order is then impossible and is reported, not turned round.
"""

from collections.abc import Iterable
from datetime import date

import polars as pl

from loaders.normalize.calendar_text import NUMERIC, DateOrder, folded, read_days, read_months
from loaders.normalize.clock_text import CLOCK, STAMP, ZONE, read_times

__all__ = ["DateOrder", "decide_order", "parse_dates", "parse_datetimes", "parse_months", "parse_times"]

_TIME_BEHIND = rf"\s*[t,;@\s]\s*(?:{CLOCK})\s*(?:{ZONE})?$"
_SERIAL_WITH_TIME = r"^\d{5}\.\d+$"


def decide_order(columns: Iterable[pl.Series]) -> DateOrder:
    """Which of day and month comes first in this file, from every date column of it; ties are month first."""
    month_first = day_first = 0
    for column in columns:
        text = pl.col("text").str.replace(_TIME_BEHIND, "")
        pairs = _distinct(column).select(
            a=text.str.extract(NUMERIC, 1).cast(pl.Int32), b=text.str.extract(NUMERIC, 2).cast(pl.Int32)
        )
        month_first += pairs.filter(pl.col("a").is_between(1, 12) & pl.col("b").is_between(13, 31)).height
        day_first += pairs.filter(pl.col("b").is_between(1, 12) & pl.col("a").is_between(13, 31)).height
    return "day_first" if day_first > month_first else "month_first"


def parse_dates(raw: pl.Series, order: DateOrder | None = None, latest: date | None = None) -> pl.DataFrame:
    """raw -> `raw`, `date` (Date), `format` (text).

    `order` None: decided from this column. A time of day behind the date is dropped. `latest`: a two-digit year
    never means a day after it. `date` null with a `format` is a date that does not exist; both null: no date.
    """
    order = order or decide_order([raw])
    read = read_days(_distinct(raw), order, latest)
    rest = read.filter(pl.col("format").is_null())
    day = pl.col("text").str.extract(STAMP, 1).str.strip_chars()
    stamped = read_days(rest.select("raw", text=day).drop_nulls(), order, latest)
    stamped = stamped.filter(pl.col("format").is_not_null())
    read = pl.concat([read.join(stamped, on="raw", how="anti"), stamped])
    return read.select("raw", "date", "format").sort("raw")


def parse_times(raw: pl.Series) -> pl.DataFrame:
    """raw -> `raw`, `time` (Time), `format` ("24 h", "12 h", "hhmm", "Excel fraction"); time zones are dropped."""
    text = pl.col("text").str.replace(r"^1899-12-3[01][t\s]", "")  # how a spreadsheet exports a bare time
    return read_times(_distinct(raw).with_columns(text)).select("raw", "time", "format").sort("raw")


def parse_datetimes(raw: pl.Series, order: DateOrder | None = None) -> pl.DataFrame:
    """raw -> `raw`, `date`, `time` (null: only a date was written), `format`, `zone` (as written, else null).

    The clock on the wall is taken as written, whatever the zone. A time of day that does not exist makes the
    whole value impossible: `date` is null.
    """
    order = order or decide_order([raw])
    days = read_days(_distinct(raw), order, None)
    has_fraction = pl.col("text").str.contains(_SERIAL_WITH_TIME)
    plain = days.filter(pl.col("format").is_not_null() & ~has_fraction).with_columns(time=pl.lit(None, pl.Time))
    serials = days.filter(has_fraction).drop("format").with_columns(text="0" + pl.col("text").str.extract(r"(\.\d+)$"))
    whole = pl.concat(
        [
            plain.select("raw", "date", "time", "format"),
            read_times(serials).select("raw", "date", "time", "format"),
        ]
    ).with_columns(zone=pl.lit(None, pl.String))
    stamps = days.join(whole, on="raw", how="anti").select(
        "raw",
        day=pl.col("text").str.extract(STAMP, 1).str.strip_chars(),
        clock=pl.col("text").str.extract(STAMP, 2).str.strip_chars(),
        zone=pl.col("text").str.extract(STAMP, 3),
    )
    # A log has a thousand days and clocks behind its many stamps: each is read once.
    dates = read_days(_texts(stamps, "day"), order, None).select(day="raw", date="date", format="format")
    times = read_times(_texts(stamps, "clock")).select(clock="raw", time="time", clock_format="format")
    split = stamps.join(dates, on="day", how="left").join(times, on="clock", how="left")
    exists = pl.col("date").is_not_null() & pl.col("time").is_not_null()
    split = split.select(
        "raw",
        date=pl.when(exists).then("date"),
        time=pl.when(exists).then("time"),
        format=pl.concat_str("format", pl.col("clock_format").fill_null("no time"), separator=" "),
        zone="zone",
    )
    return pl.concat([whole, split]).sort("raw")


def _texts(stamps: pl.DataFrame, column: str) -> pl.DataFrame:
    """`raw` and `text`: the distinct texts of a column, which are folded already."""
    return stamps.select(raw=column, text=column).drop_nulls().unique()


def parse_months(raw: pl.Series, order: DateOrder | None = None) -> pl.DataFrame:
    """raw -> `raw`, `month` (Date, the first of it), `format`; a full date counts as its month."""
    read = read_months(_distinct(raw))
    whole = parse_dates(read.filter(pl.col("format").is_null()).get_column("raw"), order)
    months = pl.concat([read.filter(pl.col("format").is_not_null()).select("raw", "date", "format"), whole])
    return months.select("raw", month=pl.col("date").dt.month_start(), format="format").sort("raw")


def _distinct(raw: pl.Series) -> pl.DataFrame:
    """`raw`: the distinct texts; `text`: the same, folded."""
    texts = raw.cast(pl.String).drop_nulls().unique().to_frame("raw")
    return texts.with_columns(text=folded(pl.col("raw")))
