"""Written dates, times and months -> typed ones; 03/04/2007 is never read two ways in one file.

Every function works on distinct values, never raises, and returns one row per distinct non-null text. Shapes
that say themselves what they are (2007-04-03, 3-Apr-2007, Apr 3 2007, 20070403, an Excel serial number) are
read as such. Of 03/04/2007 only the whole column, or better the whole file, can tell: `decide_order` counts
the dates that can be read in one way only and lets them decide for all; without any, the month comes first,
as in the United States. A date of the losing order is then impossible and is reported, not turned round.

Two-digit years follow POSIX `strptime` (69-99 are 19xx, 00-68 are 20xx), except that a date later than
`latest` belongs to the century before: nobody is born after the file was written.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import polars as pl

DateOrder = Literal["month_first", "day_first"]

EARLIEST_YEAR, LATEST_YEAR = 1850, 2100
"""Years outside are slips of the pen (0207, 2917): nobody living was born before, no lease ends after."""
_POSIX_PIVOT = 68

_MONTHS = {name: index for index, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)}
_SEP = r"\s*[-/.\s]\s*"
_WEEKDAY = r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+"
_NUMERIC = rf"^(\d{{1,2}}){_SEP}(\d{{1,2}}){_SEP}(\d{{4}}|\d{{2}})$"
_YEAR_FIRST = rf"^(\d{{4}}){_SEP}(\d{{1,2}}){_SEP}(\d{{1,2}})$"
_DAY_NAME = r"^(\d{1,2})(?:st|nd|rd|th)?[-/.,\s]*(?:of\s+)?([a-z]{3,9})\.?[-/.,\s]*'?(\d{4}|\d{2})$"
_NAME_DAY = r"^([a-z]{3,9})\.?[-/.\s]*(\d{1,2})(?:st|nd|rd|th)?(?:[-/.,\s]+)'?(\d{4}|\d{2})$"
_YEAR_NAME = r"^(\d{4})[-/.\s]+([a-z]{3,9})\.?[-/.\s]+(\d{1,2})$"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})$"
_SERIAL = r"^(\d{5})(?:\.(\d+))?$"
_EXCEL_EPOCH = date(1899, 12, 30)  # serial 1 is 1900-01-01, and Excel counts a 29 February 1900 that never was

_ZONE = r"(?:z|utc|gmt|[ecmp][sd]?t|[+-]\d{2}:?\d{2}|[+-]\d{2})"
_CLOCK = (
    r"\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?\s*(?:[ap]\.?m?\.?)?|\d{1,2}\s*[ap]\.?m\.?|\d{4}(?:\s*h(?:ou)?rs?\.?)?|\d{6}"
)
_STAMP = rf"^(.*?\d)(?:\s*[t,;@_]\s*|\s+(?:at\s+)?|\s+-\s+)({_CLOCK})\s*({_ZONE})?$"


def decide_order(columns: Iterable[pl.Series]) -> DateOrder:
    """Which of day and month comes first in this file, from every date column of it; ties are month first."""
    month_first = day_first = 0
    for column in columns:
        texts = _distinct(column).get_column("raw")
        parts = (
            texts.to_frame("raw")
            .with_columns(text=_folded().str.replace(rf"(?:[t,\s]\s*)(?:{_CLOCK})\s*{_ZONE}?$", ""))
            .select(
                a=pl.col("text").str.extract(_NUMERIC, 1).cast(pl.Int32),
                b=pl.col("text").str.extract(_NUMERIC, 2).cast(pl.Int32),
            )
        )
        month_first += parts.filter(pl.col("a").is_between(1, 12) & pl.col("b").is_between(13, 31)).height
        day_first += parts.filter(pl.col("b").is_between(1, 12) & pl.col("a").is_between(13, 31)).height
    return "day_first" if day_first > month_first else "month_first"


def parse_dates(raw: pl.Series, order: DateOrder | None = None, latest: date | None = None) -> pl.DataFrame:
    """raw -> `raw`, `date` (Date), `format` (text).

    `order` None: decided from this column. A time of day behind the date is dropped. `date` null with a
    `format` is a date that does not exist; `date` and `format` null is no date at all.
    """
    order = order or decide_order([raw])
    read = _read_dates(_distinct(raw).with_columns(text=_folded()), order, latest)
    rest = read.filter(pl.col("format").is_null())
    if rest.height:
        stamped = (
            rest.select("raw", text=pl.col("text").str.extract(_STAMP, 1).str.strip_chars())
            .filter(pl.col("text").is_not_null())
            .pipe(_read_dates, order, latest)
        )
        read = pl.concat(
            [
                read.join(stamped.filter(pl.col("format").is_not_null()), on="raw", how="anti"),
                stamped.filter(pl.col("format").is_not_null()),
            ]
        )
    return read.select("raw", "date", "format").sort("raw")


def parse_times(raw: pl.Series) -> pl.DataFrame:
    """raw -> `raw`, `time` (Time), `format` ("24 h", "12 h", "hhmm", "Excel fraction"); zones are ignored."""
    return (
        _distinct(raw)
        .with_columns(text=_folded().str.replace(r"^1899-12-3[01][t\s]", ""))
        .pipe(_read_times)
        .select("raw", "time", "format")
        .sort("raw")
    )


def parse_datetimes(raw: pl.Series, order: DateOrder | None = None) -> pl.DataFrame:
    """raw -> `raw`, `date`, `time` (null: only a date was written), `format`, `zone` (as written, else null).

    Local wall-clock time is taken as written. A time of day that does not exist makes the whole value
    impossible: `date` is null.
    """
    order = order or decide_order([raw])
    folded = _distinct(raw).with_columns(text=_folded())
    days = _read_dates(folded, order, None)
    plain = days.filter(pl.col("format").is_not_null() & ~pl.col("text").str.contains(r"^\d{5}\.\d+$")).select(
        "raw", "date", pl.lit(None, pl.Time).alias("time"), "format", pl.lit(None, pl.String).alias("zone")
    )
    serials = (
        days.filter(pl.col("date").is_not_null() & pl.col("text").str.contains(r"^\d{5}\.\d+$"))
        .with_columns(text="0" + pl.col("text").str.extract(r"(\.\d+)$", 1))
        .select("raw", "date", "text")
        .pipe(_read_times)
        .select("raw", "date", "time", "format", pl.lit(None, pl.String).alias("zone"))
    )
    stamps = days.join(pl.concat([plain, serials]), on="raw", how="anti").select(
        "raw",
        day=pl.col("text").str.extract(_STAMP, 1).str.strip_chars(),
        clock=pl.col("text").str.extract(_STAMP, 2).str.strip_chars(),
        zone=pl.col("text").str.extract(_STAMP, 3),
    )
    dates = _read_dates(stamps.select("raw", text="day"), order, None).select("raw", "date", "format")
    times = _read_times(stamps.select("raw", text="clock")).select("raw", "time", clock_format="format")
    read = (
        stamps.select("raw", "zone")
        .join(dates, on="raw", how="left")
        .join(times, on="raw", how="left")
        .with_columns(
            date=pl.when(pl.col("time").is_not_null()).then("date"),
            time=pl.when(pl.col("date").is_not_null()).then("time"),
            format=pl.col("format") + " " + pl.col("clock_format").fill_null("no such time"),
        )
        .select("raw", "date", "time", "format", "zone")
    )
    return pl.concat([plain, serials, read]).sort("raw")


def parse_months(raw: pl.Series, order: DateOrder | None = None) -> pl.DataFrame:
    """raw -> `raw`, `month` (Date, the first of it), `format`; a full date counts as its month."""
    folded = _distinct(raw).with_columns(text=_folded())
    text = pl.col("text")
    year_month, month_year = rf"^(\d{{4}}){_SEP}(\d{{1,2}})$", rf"^(\d{{1,2}}){_SEP}(\d{{4}})$"
    named, named_first = r"^([a-z]{3,9})\.?[-/.,\s]*'?(\d{4}|\d{2})$", r"^(\d{4})[-/.,\s]*([a-z]{3,9})\.?$"
    compact = r"^(\d{4})(\d{2})$"
    read = folded.select(
        "raw",
        year=pl.coalesce(
            text.str.extract(year_month, 1),
            text.str.extract(month_year, 2),
            text.str.extract(compact, 1),
            text.str.extract(named, 2),
            text.str.extract(named_first, 1),
        ),
        month=pl.coalesce(
            text.str.extract(year_month, 2),
            text.str.extract(month_year, 1),
            text.str.extract(compact, 2),
            _month_number(text.str.extract(named, 1)),
            _month_number(text.str.extract(named_first, 2)),
        ),
        format=pl.when(text.str.contains(year_month))
        .then(pl.lit("yyyy-mm"))
        .when(text.str.contains(month_year))
        .then(pl.lit("mm/yyyy"))
        .when(text.str.contains(compact))
        .then(pl.lit("yyyymm"))
        .when(text.str.contains(named) | text.str.contains(named_first))
        .then(pl.lit("Mon yyyy")),
    ).with_columns(day=pl.lit("1"))
    months = read.filter(pl.col("format").is_not_null()).with_columns(month_date=_build("year", "month", "day", None))
    whole = parse_dates(read.filter(pl.col("format").is_null()).get_column("raw"), order)
    return pl.concat(
        [
            months.select("raw", month="month_date", format="format"),
            whole.select("raw", month=pl.col("date").dt.month_start(), format="format"),
        ]
    ).sort("raw")


def _distinct(raw: pl.Series) -> pl.DataFrame:
    return raw.cast(pl.String).drop_nulls().unique().to_frame("raw")


def _folded() -> pl.Expr:
    return pl.col("raw").str.strip_chars().str.to_lowercase().str.replace(_WEEKDAY, "")


def _month_number(name: pl.Expr) -> pl.Expr:
    """april, Sept -> "4", "9"; null for other words. The word must be a prefix of a month's name."""
    full = (
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    )
    words = {
        month[:length]: str(index) for index, month in enumerate(full, start=1) for length in range(3, len(month) + 1)
    }
    return name.replace_strict(words, default=None, return_dtype=pl.String)


def _build(year: str, month: str, day: str, latest: date | None) -> pl.Expr:
    """Date from text parts; null when there is no such day or the year is out of range."""
    short = pl.col(year).str.len_chars() == 2
    number = pl.col(year).cast(pl.Int32)
    century = pl.when(number <= _POSIX_PIVOT).then(2000).otherwise(1900)
    full = pl.when(short).then(number + century).otherwise(number)

    def on(years: pl.Expr) -> pl.Expr:
        text = years.cast(pl.String).str.zfill(4) + "-" + pl.col(month).str.zfill(2) + "-" + pl.col(day).str.zfill(2)
        return text.str.to_date("%Y-%m-%d", strict=False)

    built = on(full)
    if latest is not None:
        built = pl.when(short & (full > latest.year)).then(on(full - 100)).otherwise(built)
    return pl.when(built.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)).then(built)


def _read_dates(frame: pl.DataFrame, order: DateOrder, latest: date | None) -> pl.DataFrame:
    """`raw`, `text` (folded) -> the same with `date` and `format`."""
    text = pl.col("text")
    month_at, day_at = (1, 2) if order == "month_first" else (2, 1)
    head, tail = ("m/d", "mmdd") if order == "month_first" else ("d/m", "ddmm")
    year_long = (
        pl.coalesce(
            text.str.extract(_NUMERIC, 3), text.str.extract(_DAY_NAME, 3), text.str.extract(_NAME_DAY, 3)
        ).str.len_chars()
        == 4
    )
    tail_year = text.str.extract(_COMPACT, 1).cast(pl.Int32)
    tail_first = text.str.contains(_COMPACT) & ~tail_year.is_between(EARLIEST_YEAR, LATEST_YEAR)
    parts = frame.with_columns(
        _y=pl.coalesce(
            text.str.extract(_YEAR_FIRST, 1),
            text.str.extract(_NUMERIC, 3),
            text.str.extract(_DAY_NAME, 3),
            text.str.extract(_NAME_DAY, 3),
            text.str.extract(_YEAR_NAME, 1),
            pl.when(tail_first).then(text.str.slice(4, 4)).otherwise(text.str.extract(_COMPACT, 1)),
        ),
        _m=pl.coalesce(
            text.str.extract(_YEAR_FIRST, 2),
            text.str.extract(_NUMERIC, month_at),
            _month_number(text.str.extract(_DAY_NAME, 2)),
            _month_number(text.str.extract(_NAME_DAY, 1)),
            _month_number(text.str.extract(_YEAR_NAME, 2)),
            pl.when(tail_first).then(text.str.slice((month_at - 1) * 2, 2)).otherwise(text.str.extract(_COMPACT, 2)),
        ),
        _d=pl.coalesce(
            text.str.extract(_YEAR_FIRST, 3),
            text.str.extract(_NUMERIC, day_at),
            text.str.extract(_DAY_NAME, 1),
            text.str.extract(_NAME_DAY, 2),
            text.str.extract(_YEAR_NAME, 3),
            pl.when(tail_first).then(text.str.slice((day_at - 1) * 2, 2)).otherwise(text.str.extract(_COMPACT, 3)),
        ),
        _serial=text.str.extract(_SERIAL, 1).cast(pl.Int32),
        format=pl.when(text.str.contains(_YEAR_FIRST))
        .then(pl.lit("yyyy-mm-dd"))
        .when(text.str.contains(_NUMERIC))
        .then(pl.when(year_long).then(pl.lit(f"{head}/yyyy")).otherwise(pl.lit(f"{head}/yy")))
        .when(text.str.contains(_DAY_NAME))
        .then(pl.when(year_long).then(pl.lit("d-Mon-yyyy")).otherwise(pl.lit("d-Mon-yy")))
        .when(text.str.contains(_NAME_DAY))
        .then(pl.lit("Mon d, yyyy"))
        .when(text.str.contains(_YEAR_NAME))
        .then(pl.lit("yyyy-Mon-d"))
        .when(tail_first)
        .then(pl.lit(f"{tail}yyyy"))
        .when(text.str.contains(_COMPACT))
        .then(pl.lit("yyyymmdd"))
        .when(text.str.contains(_SERIAL))
        .then(pl.lit("Excel serial")),
    )
    serial = pl.lit(_EXCEL_EPOCH).dt.offset_by(pl.format("{}d", pl.col("_serial").fill_null(0)))
    return parts.with_columns(
        date=pl.when(pl.col("_serial").is_not_null()).then(serial).otherwise(_build("_y", "_m", "_d", latest)),
    ).drop("_y", "_m", "_d", "_serial")


def _read_times(frame: pl.DataFrame) -> pl.DataFrame:
    """`raw`, `text` (folded) -> the same with `time` and `format`."""
    text = pl.col("text")
    bare = frame.with_columns(
        text=text.str.replace(rf"\s*{_ZONE}$", "")
        .str.replace(r"\s*h(?:ou)?rs?\.?$", "")
        .str.replace_all(r"[\s.]*([ap])\.?\s*(?:m\.?)?$", "$1")
        .replace({"noon": "12:00", "midnight": "00:00"})
    )
    clock = r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([ap])?$"
    hour, packed = r"^(\d{1,2})([ap])$", r"^(\d{1,2})(\d{2})([ap])?$"
    six, fraction = r"^(\d{2})(\d{2})(\d{2})$", r"^0?\.(\d+)$"
    half = pl.coalesce(text.str.extract(clock, 5), text.str.extract(hour, 2), text.str.extract(packed, 3))
    hours = pl.coalesce(
        text.str.extract(clock, 1), text.str.extract(hour, 1), text.str.extract(six, 1), text.str.extract(packed, 1)
    ).cast(pl.Int32)
    minutes = pl.coalesce(
        text.str.extract(clock, 2), text.str.extract(six, 2), text.str.extract(packed, 2), pl.lit("00")
    )
    seconds = pl.coalesce(text.str.extract(clock, 3), text.str.extract(six, 3), pl.lit("00"))
    hour24 = (
        pl.when((half == "p") & (hours < 12))
        .then(hours + 12)
        .when((half == "a") & (hours == 12))
        .then(0)
        .when((half == "a") & (hours > 12))
        .then(None)  # 21:15 AM says two things
        .otherwise(hours)
    )
    written = (
        hour24.cast(pl.String).str.zfill(2)
        + ":"
        + minutes
        + ":"
        + seconds
        + "."
        + text.str.extract(clock, 4).fill_null("0")
    )
    part_of_day = (pl.lit("0.") + text.str.extract(fraction, 1)).cast(pl.Float64, strict=False)
    from_fraction = ((part_of_day * 86_400).round().cast(pl.Int64) % 86_400 * 1_000_000_000).cast(pl.Time)
    return bare.with_columns(
        time=pl.when(text.str.contains(fraction))
        .then(from_fraction)
        .otherwise(written.str.to_time("%H:%M:%S%.f", strict=False)),
        format=pl.when(text.str.contains(fraction))
        .then(pl.lit("Excel fraction"))
        .when(half.is_not_null())
        .then(pl.lit("12 h"))
        .when(text.str.contains(clock))
        .then(pl.lit("24 h"))
        .when(text.str.contains(packed) | text.str.contains(six))
        .then(pl.lit("hhmm")),
    )
