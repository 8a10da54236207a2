"""`RawTable` + placement -> canonical frame: one source, from text cells to the columns of the data dictionary.

The order of the steps is the order in which a row can fail: refused content, parts put together, the source's
rule on text, typing of each column over its distinct values, required cells, the source's rule on typed rows,
exact duplicates. Every row that was read ends either in the frame or in the quarantine, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from loaders import quarantine
from loaders.columns import CLEAN, read_column
from loaders.errors import EngineFault, MissingColumn
from loaders.formats.raw import RawTable, Remark
from loaders.headers import Placement
from loaders.normalize.dates import DateOrder, decide_order
from loaders.normalize.values import is_blank
from loaders.parts import join_parts
from loaders.refused import refusal_of_values, withhold
from loaders.sources.base import Ruled, Source

_DAY_KINDS = ("date", "birth_date", "month", "datetime")
_SHOWN = 200
"""Characters of a cell that the quarantine shows."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """One source after loading. `quarantined` and `remarks`: fault frames (`row`, `column`, `value`, `reason`)."""

    frame: pl.DataFrame
    quarantined: pl.DataFrame
    remarks: pl.DataFrame
    date_formats: Mapping[str, str]
    refused: Mapping[str, str]
    notes: tuple[str, ...]


def canonicalise(table: RawTable, placement: Placement, source: Source, file: str) -> Canonical:
    """Give a table its meaning. Raises MissingColumn when a required column turns out to hold refused content."""
    refused = dict(placement.refused) | _refused_content(table, placement, source, file)
    written = _written(table, placement, refused)
    cells, part_notes = join_parts(written, {part: _part_name(part) for part in placement.parts})
    written = cells.select("row", *(column for column in source.accepts() if column in cells.columns))
    clean = written.with_columns(_cleaned(column, source.kind(column)) for column in written.columns[1:])

    order = decide_order(clean.get_column(column) for column in clean.columns[1:] if source.kind(column) in _DAY_KINDS)
    ruled = source.before(clean, order) if source.before else Ruled(clean)
    typed, faults, remarks, formats = _typed(ruled.frame, written, source, order)
    faults = [_header_faults(table.rejected), *_split_faults(table, placement, source), ruled.faults, *faults]
    faults.append(_required(typed, written, source, ruled.judged))
    rejected = _shown(quarantine.gather(faults), written)

    good = typed.filter(~pl.col("row").is_in(rejected.get_column("row").unique().implode()))
    after = source.after(_complete(good, source)) if source.after else Ruled(_complete(good, source))
    rejected = quarantine.one_per_row(quarantine.gather([rejected, _shown(after.faults, written)]))
    frame = after.frame.filter(~pl.col("row").is_in(rejected.get_column("row").implode()))
    frame = source.schema.validate(_with_duplicates(frame, source), cast=False)
    if frame.height + rejected.height != table.rows_read:
        raise EngineFault(
            f"{file}: {table.rows_read} rows read, {frame.height} accepted, {rejected.height} quarantined"
        )
    remarks = [_cell_remarks(table, placement, source), ruled.remarks, *remarks, after.remarks]
    kept = _shown(quarantine.gather(remarks), written).filter(pl.col("row").is_in(frame.get_column("row").implode()))
    return Canonical(
        frame,
        rejected,
        kept,
        dict(ruled.date_formats) | formats,
        refused,
        (*part_notes, *ruled.notes, *after.notes),
    )


def _refused_content(table: RawTable, placement: Placement, source: Source, file: str) -> dict[str, str]:
    """Headers whose values may not come in. A required column among them stops the source."""
    refused: dict[str, str] = {}
    for column, position in sorted(
        [*placement.columns.items(), *((part[0], at) for part, at in placement.parts.items())]
    ):
        reason = (
            "bytes (a photograph?)" if position in table.binary else refusal_of_values(table.cells.to_series(position))
        )
        if reason is None:
            continue
        header = table.headers[position]
        refused[header] = reason
        if column in source.required():
            raise MissingColumn(
                f"{file}: the required column {column!r} of {source.name} was refused, because {header!r} holds "
                f"{reason}s; ask the agency for a key of its own instead",
                source=source.name,
            )
    return refused


def _written(table: RawTable, placement: Placement, refused: Mapping[str, str]) -> pl.DataFrame:
    """`row` and the placed columns as written; social security numbers inside a text are withheld."""
    taken = {column: at for column, at in placement.columns.items() if table.headers[at] not in refused}
    taken |= {_part_name(part): at for part, at in placement.parts.items() if table.headers[at] not in refused}
    return table.cells.select(
        withhold(pl.col(str(position))).alias(column) for column, position in taken.items()
    ).insert_column(0, table.rows)


def _part_name(part: tuple[str, str]) -> str:
    return f"{part[0]}/{part[1]}"


def _cleaned(column: str, kind: str) -> pl.Expr:
    """Trimmed, and null where the cell says nothing."""
    text = pl.col(column).str.strip_chars(CLEAN)
    return pl.when(~is_blank(text, kind)).then(text).alias(column)


def _typed(
    clean: pl.DataFrame, written: pl.DataFrame, source: Source, order: DateOrder
) -> tuple[pl.DataFrame, list[pl.DataFrame], list[pl.DataFrame], dict[str, str]]:
    """Typed frame, faults of required columns, remarks on optional ones, date formats per column.

    Dates of birth are read last: a two-digit year of birth never lies after the other dates of the file.
    """
    faults: list[pl.DataFrame] = []
    remarks: list[pl.DataFrame] = []
    formats: dict[str, str] = {}
    latest: date | None = None
    names = sorted(clean.columns[1:], key=lambda column: source.kind(column) == "birth_date")
    typed = clean
    for column in names:
        read = read_column(clean.get_column(column), column, source, order, latest)
        typed = typed.with_columns(read.values)
        if read.formats:
            formats[column] = read.formats
        if source.kind(column) == "date" and read.values.len():
            newest = read.values.max()
            latest = max(latest or newest, newest) if isinstance(newest, date) else latest
        if read.bad.height:
            where = (
                clean.select("row", value=column)
                .join(read.bad, on="value")
                .select("row", pl.lit(column).alias("column"), "value", "reason")
            )
            (faults if column in source.required() else remarks).append(where)
    del written
    return typed, faults, remarks, formats


def _required(typed: pl.DataFrame, written: pl.DataFrame, source: Source, judged: frozenset[str]) -> pl.DataFrame:
    """Rows whose required cell is blank; cells that were bad have their own fault already."""
    groups = [(column,) for column in source.required() if column not in judged]
    groups += [group for group in source.one_of if not judged.intersection(group)]
    found: list[pl.DataFrame] = []
    for group in groups:
        there = [column for column in group if column in typed.columns]
        if not there:
            continue
        blank = typed.select("row", blank=pl.all_horizontal(pl.col(there).is_null()))
        found.append(
            blank.filter("blank").select(
                "row",
                column=pl.lit(there[0]),
                value=pl.lit(None, pl.String),
                reason=pl.lit("required and blank" if len(group) == 1 else f"{' and '.join(group)} are both blank"),
            )
        )
    del written
    return quarantine.gather(found)


def _shown(faults: pl.DataFrame, written: pl.DataFrame) -> pl.DataFrame:
    """Show each cell as it was written; a column whose cell was bad is not also called blank."""
    del written
    return faults.with_columns(pl.col("value").str.slice(0, _SHOWN))


def _split_faults(table: RawTable, placement: Placement, source: Source) -> list[pl.DataFrame]:
    """Cells that cannot be a value (nested), where the column is required."""
    columns = {table.headers[at]: column for column, at in placement.columns.items()}
    required = {column for column in source.required()} | {column for group in source.one_of for column in group}
    return [
        _header_faults(
            tuple(
                Remark(f.row, columns[f.column], f.value, f.reason)
                for f in table.faults
                if columns.get(f.column) in required
            )
        )
    ]


def _cell_remarks(table: RawTable, placement: Placement, source: Source) -> pl.DataFrame:
    columns = {table.headers[at]: column for column, at in placement.columns.items()}
    return _header_faults(
        tuple(Remark(f.row, columns[f.column], f.value, f.reason) for f in table.faults if f.column in columns)
    )


def _header_faults(remarks: tuple[Remark, ...]) -> pl.DataFrame:
    return pl.DataFrame(
        [(remark.row, remark.column or None, remark.value, remark.reason) for remark in remarks],
        schema=quarantine.FAULTS,
        orient="row",
    ).with_columns(withhold(pl.col("value")))


def _complete(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Every column of the dictionary, in its order; what the agency did not send is null."""
    wanted = {name: column.dtype for name, column in source.columns().items()}
    return frame.select(
        "row",
        pl.lit(None, pl.UInt32).alias("duplicate_of"),
        *(pl.col(name) if name in frame.columns else pl.lit(None, dtype).alias(name) for name, dtype in wanted.items()),
    )


def _with_duplicates(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Point each exact repeat at the first row with the same content."""
    content = list(source.columns())
    hashed = frame.with_columns(_hash=frame.select(content).hash_rows(seed=0))
    twins = hashed.filter(pl.col("_hash").is_duplicated())  # equal rows hash alike; the exact test is below
    if twins.is_empty():
        return frame
    first = twins.select("row", first=pl.col("row").min().over(content)).filter(pl.col("first") != pl.col("row"))
    return (
        frame.join(first, on="row", how="left", maintain_order="left")
        .with_columns(duplicate_of=pl.col("first"))
        .drop("first")
    )
