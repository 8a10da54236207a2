"""Typed columns (Parquet, a frame in memory) -> `RawTable`: each value as the text a CSV export would hold."""

from io import BytesIO

import polars as pl

from loaders.errors import UnreadableFile
from loaders.formats.raw import RawTable, Remark, row_numbers, tidy_stamps


def parse(data: bytes) -> RawTable:
    """Read a Parquet file. Raises UnreadableFile when it is damaged."""
    try:
        frame = pl.read_parquet(BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFile("is not a readable Parquet file (damaged or cut short); export it again") from error
    return from_frame(frame)


def from_frame(frame: pl.DataFrame) -> RawTable:
    """The same for a frame in memory. Nested values are faults of their cell; bytes are never read."""
    columns: dict[str, pl.Series] = {}
    faults: list[Remark] = []
    binary: set[int] = set()
    for position, column in enumerate(frame.get_columns()):
        if column.dtype == pl.Binary or column.dtype == pl.Object:
            binary.add(position)
            text = pl.Series([None] * frame.height, dtype=pl.String)
        elif column.dtype.is_nested():
            rows = column.is_not_null().arg_true().to_list()
            faults.extend(
                Remark(row + 1, column.name, str(column[row])[:80], "a nested value, not a single one") for row in rows
            )
            text = pl.Series([None] * frame.height, dtype=pl.String)
        else:
            text = as_text(column)
        columns[str(position)] = text
    return RawTable(
        tuple(frame.columns),
        pl.DataFrame(columns) if columns else pl.DataFrame(),
        row_numbers(frame.height),
        frame.height,
        faults=tuple(faults),
        binary=frozenset(binary),
    )


def as_text(column: pl.Series) -> pl.Series:
    """80521.0 -> 80521, 2007-04-03 00:00 -> 2007-04-03, True -> true; null stays null."""
    dtype = column.dtype
    if dtype == pl.String:
        return column
    if dtype == pl.Datetime:
        if getattr(dtype, "time_zone", None):
            column = column.dt.replace_time_zone(None)
        whole = (column.dt.microsecond() == 0).all()
        return tidy_stamps(column.dt.to_string("%Y-%m-%d %H:%M:%S" if whole else "%Y-%m-%d %H:%M:%S%.6f"))
    if dtype == pl.Time:
        whole = (column.dt.nanosecond() == 0).all()
        return column.dt.to_string("%H:%M:%S" if whole else "%H:%M:%S%.6f")
    if dtype == pl.Duration:
        return column.dt.to_string("iso")
    if dtype.is_float():
        return column.cast(pl.String).str.replace(r"\.0$", "")
    if dtype.is_decimal():
        return column.cast(pl.String).str.replace(r"(\.\d*?)0+$", "$1").str.replace(r"\.$", "")
    return column.cast(pl.String)
