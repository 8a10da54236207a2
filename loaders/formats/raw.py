"""What every format hands on: headers, text cells, and what was already lost on the way."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

ScoreHeader = Callable[[Sequence[str]], int]
"""How many cells of a line are headers this source knows; finds the header below title lines."""

HEADER_SEARCH_LINES = 30
"""Title blocks of agency reports (name, run date, filters) are shorter than this."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One cell or row and what is wrong with it; `column` is the header as written ('' = the whole row)."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table before any meaning is given to it.

    cells: text columns named by position ("0", "1", ...), null where the format has no value.
    rows: UInt32, the 1-based data row of each line of `cells` in its file.
    rows_read: data rows of the file = height of `cells` + len(`rejected`).
    rejected: rows that have no cells to hand on (ragged, broken). faults: cells that cannot be a value (nested).
    binary: positions of columns that hold bytes, not text (their cells are null).
    """

    headers: tuple[str, ...]
    cells: pl.DataFrame
    rows: pl.Series
    rows_read: int
    rejected: tuple[Remark, ...] = ()
    faults: tuple[Remark, ...] = ()
    notes: tuple[str, ...] = ()
    binary: frozenset[int] = field(default_factory=frozenset)


def row_numbers(count: int) -> pl.Series:
    """1..count as UInt32."""
    return pl.int_range(1, count + 1, dtype=pl.UInt32, eager=True).alias("row")


def position_schema(width: int) -> dict[str, pl.DataType]:
    """Names and types of `RawTable.cells` for a table of that width."""
    return {str(position): pl.String() for position in range(width)}


def find_header(lines: Iterable[Sequence[str]], score: ScoreHeader) -> int:
    """Index of the line that looks most like this source's header; the first line if none does."""
    best, best_score = 0, 0
    for index, line in enumerate(lines):
        if index >= HEADER_SEARCH_LINES:
            break
        found = score(line)
        if found > best_score:
            best, best_score = index, found
    return best


def title_note(skipped: int) -> tuple[str, ...]:
    """The note for lines that stood above the header."""
    if skipped == 0:
        return ()
    return (f"{skipped} line{'s' if skipped > 1 else ''} above the header skipped",)


_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_NO_DAY = r"^(?:1899-12-3[01]|1904-01-01) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)$"
_DAY_AND_TIME = re.compile(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")


def tidy_stamps(column: pl.Series) -> pl.Series:
    """Write typed dates and times as a CSV would: a column of midnights is a column of dates.

    A midnight keeps its 00:00:00 when another cell of the column has a time of day: there it is an hour.
    """
    has_stamp = column.str.contains(_DAY_AND_TIME.pattern)
    if not has_stamp.any():
        return column
    tidied = column.str.replace(_NO_DAY, "$1")
    stamps = tidied.filter(tidied.str.contains(_DAY_AND_TIME.pattern))
    if stamps.str.contains(_MIDNIGHT).all():
        tidied = tidied.str.replace(_MIDNIGHT, "$1")
    return tidied


def table_digest(table: RawTable) -> str:
    """SHA-256 of a table as CSV with headers: the bytes an export of the same table would have."""
    names = [f"{position}:{header}" for position, header in enumerate(table.headers)]
    content = table.cells.rename(dict(zip(table.cells.columns, names, strict=True))).write_csv(null_value="\\N")
    return hashlib.sha256(content.encode()).hexdigest()
