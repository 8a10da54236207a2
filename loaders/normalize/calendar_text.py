"""How days and months are written: a table of shapes, tried in turn, each with what its parts mean.

Works on frames of distinct texts: `raw` as written and `text`, the same in lower case without weekday.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl

DateOrder = Literal["month_first", "day_first"]

EARLIEST_YEAR, LATEST_YEAR = 1850, 2100
"""Years outside are slips of the pen (0207, 2917): nobody living was born before, no lease ends after."""
_POSIX_PIVOT: Final = 68
"""POSIX strptime: 69-99 are 19xx, 00-68 are 20xx."""
_EXCEL_EPOCH: Final = date(1899, 12, 30)
"""Serial 1 is 1900-01-01, and Excel counts a 29 February 1900 that never was."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NUMBER: Final = {name: str(number) for number, name in enumerate(_MONTHS, start=1)}
_NAME: Final = rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_SEP: Final = r"\s*[-/.\s]\s*"
_GAP: Final = r"[-/.,\s]*"
_NTH: Final = r"(\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY: Final = r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+"
_FULL_YEAR: Final = r"(1[89]\d{2}|2[01]\d{2})"
NUMERIC: Final = rf"^(\d{{1,2}}){_SEP}(\d{{1,2}}){_SEP}(\d{{4}}|\d{{2}})$"
EXCEL_SERIAL: Final = r"^(\d{5})(?:\.\d+)?$"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A pattern whose groups are, letter by letter of `parts`: y year, m month (number or name), d day."""

    label: str
    pattern: str
    parts: str


def _day_shapes(order: DateOrder) -> tuple[_Shape, ...]:
    two, mixed = ("md", "m/d") if order == "month_first" else ("dm", "d/m")
    return (
        _Shape("yyyy-mm-dd", rf"^(\d{{4}}){_SEP}(\d{{1,2}}){_SEP}(\d{{1,2}})$", "ymd"),
        _Shape(f"{mixed}/yyyy", NUMERIC.replace(r"|\d{2}", ""), f"{two}y"),
        _Shape(f"{mixed}/yy", NUMERIC.replace(r"\d{4}|", ""), f"{two}y"),
        _Shape("d-Mon-yyyy", rf"^{_NTH}{_GAP}(?:of\s+)?{_NAME}{_GAP}(\d{{4}})$", "dmy"),
        _Shape("d-Mon-yy", rf"^{_NTH}{_GAP}(?:of\s+)?{_NAME}{_GAP}'?(\d{{2}})$", "dmy"),
        _Shape("Mon d, yyyy", rf"^{_NAME}{_GAP}{_NTH}[-/.,\s]+(\d{{4}})$", "mdy"),
        _Shape("Mon d, yy", rf"^{_NAME}{_GAP}{_NTH}[-/.,\s]+'?(\d{{2}})$", "mdy"),
        _Shape("yyyy-Mon-d", rf"^(\d{{4}}){_GAP}{_NAME}{_GAP}(\d{{1,2}})$", "ymd"),
        _Shape("yyyymmdd", rf"^{_FULL_YEAR}(\d{{2}})(\d{{2}})$", "ymd"),
        _Shape(f"{two[0] * 2}{two[1] * 2}yyyy", r"^(\d{2})(\d{2})(\d{4})$", f"{two}y"),
    )


_MONTH_SHAPES: Final = (
    _Shape("yyyy-mm", rf"^(\d{{4}}){_SEP}(\d{{1,2}})$", "ym"),
    _Shape("mm/yyyy", rf"^(\d{{1,2}}){_SEP}(\d{{4}})$", "my"),
    _Shape("yyyymm", rf"^{_FULL_YEAR}(\d{{2}})$", "ym"),
    _Shape("Mon yyyy", rf"^{_NAME}{_GAP}(\d{{4}})$", "my"),
    _Shape("Mon yy", rf"^{_NAME}{_GAP}'?(\d{{2}})$", "my"),
    _Shape("yyyy Mon", rf"^(\d{{4}}){_GAP}{_NAME}$", "ym"),
)


def folded(raw: pl.Expr) -> pl.Expr:
    """Trimmed, lower case, without a leading weekday."""
    return raw.str.strip_chars().str.to_lowercase().str.replace(_WEEKDAY, "")


def read_days(frame: pl.DataFrame, order: DateOrder, latest: date | None) -> pl.DataFrame:
    """`raw`, `text` -> `raw`, `text`, `date`, `format`.

    A `format` without a `date` is a date that does not exist; neither is no date at all. `latest`: a date with a
    two-digit year that lies after it belongs to the century before.
    """
    read = _read_shapes(frame, _day_shapes(order), latest)
    serial = pl.col("text").str.extract(EXCEL_SERIAL, 1).cast(pl.Int32)
    day = pl.lit(_EXCEL_EPOCH).dt.offset_by(pl.format("{}d", serial.fill_null(0)))
    is_serial = pl.col("format").is_null() & serial.is_not_null()
    return read.with_columns(
        date=pl.when(is_serial).then(day).otherwise("date"),
        format=pl.when(is_serial).then(pl.lit("Excel serial")).otherwise("format"),
    )


def read_months(frame: pl.DataFrame) -> pl.DataFrame:
    """`raw`, `text` -> `raw`, `text`, `date` (first of the month), `format`."""
    return _read_shapes(frame, _MONTH_SHAPES, None)


def _read_shapes(frame: pl.DataFrame, shapes: tuple[_Shape, ...], latest: date | None) -> pl.DataFrame:
    """Each text by the first shape it has; only the rest goes on to the next shape."""
    found: list[pl.DataFrame] = []
    rest = frame.select("raw", "text")
    for shape in shapes:
        if rest.is_empty():
            break
        fits = rest.get_column("text").str.contains(shape.pattern).fill_null(False)
        if fits.any():
            found.append(
                rest.filter(fits).with_columns(date=_day(shape, latest), format=pl.lit(shape.label, pl.String))
            )
            rest = rest.filter(~fits)
    return pl.concat([*found, rest.with_columns(date=pl.lit(None, pl.Date), format=pl.lit(None, pl.String))])


def _day(shape: _Shape, latest: date | None) -> pl.Expr:
    """The day that a text of this shape names; null when there is none or its year is out of range."""

    def part(letter: str) -> pl.Expr:
        if letter not in shape.parts:
            return pl.lit("1")
        return pl.col("text").str.extract(shape.pattern, shape.parts.index(letter) + 1)

    written_year = part("y")
    number = written_year.cast(pl.Int32)
    short = written_year.str.len_chars() == 2
    century = pl.when(number <= _POSIX_PIVOT).then(2000).otherwise(1900)
    year = pl.when(short).then(number + century).otherwise(number)
    month = part("m").replace(_MONTH_NUMBER)

    def on(years: pl.Expr) -> pl.Expr:
        text = pl.concat_str(
            years.cast(pl.String).str.zfill(4), month.str.zfill(2), part("d").str.zfill(2), separator="-"
        )
        return text.str.to_date("%Y-%m-%d", strict=False)

    built = on(year)
    if latest is not None:
        built = (
            pl.when(short & ((built > latest) | (built.is_null() & (year > latest.year))))
            .then(on(year - 100))
            .otherwise(built)
        )
    return pl.when(built.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)).then(built)
