"""`RawTable` + placement -> canonical frame: one source, from text cells to the columns of the data dictionary.

The order of the steps is the order in which a row can fail: refused content, parts put together, the source's
rule on text, typing of each column over its distinct values, required cells, the source's rule on typed rows,
exact duplicates. Every row that was read ends either in the frame or in the quarantine, once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from loaders import quarantine
from loaders.cells import cleaned, distinct, withheld
from loaders.columns import read_column
from loaders.confidential.withheld import Withheld, Withhold, without
from loaders.errors import EngineFault, MissingColumn
from loaders.formats.raw import RawTable, Remark
from loaders.headers import Placement
from loaders.normalize.dates import DateOrder, decide_order
from loaders.parts import join_parts
from loaders.refused import refusal_of_values, withhold
from loaders.sources.base import Ruled, Source

_DAY_KINDS = ("date", "birth_date", "month", "datetime")
_SHOWN = 200
"""Characters of a cell that the quarantine shows."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """One source after loading. `quarantined` and `remarks`: fault frames (`row`, `column`, `value`, `reason`).

    withheld: what was taken out before; the rest is read as if it had not been there.
    """

    frame: pl.DataFrame
    quarantined: pl.DataFrame
    remarks: pl.DataFrame
    date_formats: Mapping[str, str]
    refused: Mapping[str, str]
    notes: tuple[str, ...]
    withheld: Withheld = field(default_factory=Withheld)


def canonicalise(
    table: RawTable, placement: Placement, source: Source, file: str, withhold: Withhold | None = None
) -> Canonical:
    """Give a table its meaning. Raises MissingColumn when a required column turns out to hold refused content.

    withhold: asked once about all rows, good ones and bad; what it names is taken out and the rest read anew.
    """
    taken = dict(placement.columns)
    taken |= {_part_name(part): at for part, at in placement.parts.items()}
    texts = {column: distinct(table.cells.to_series(at)) for column, at in taken.items()}
    refused = dict(placement.refused) | _refused_content(table, taken, texts, source, file)
    written, part_notes = _written(table, taken, texts, placement, refused)
    written = written.select("row", *(column for column in source.accepts() if column in written.columns))
    clean = written.with_columns(
        cleaned(column, source.kind(column.name), texts[column.name] if column.name in texts else distinct(column))
        for column in written.get_columns()[1:]
    )

    order = decide_order(clean.get_column(column) for column in clean.columns[1:] if source.kind(column) in _DAY_KINDS)
    ruled = source.before(clean, order) if source.before else Ruled(clean)
    typed, faults, remarks, formats = _typed(ruled.frame, source, order)
    if withhold is not None and (found := withhold(typed)):
        rest = canonicalise(without(table, placement, found), placement, source, file)
        return replace(rest, withheld=found.withheld)
    unread = _format_faults(table, placement)
    unread_required = unread.filter(pl.col("column").is_in(source.required()))
    faults = [_as_faults(table.rejected), unread_required, ruled.faults, *faults]
    faults.append(_required(typed, source, ruled.judged))
    rejected = _shown(quarantine.gather(faults), written)

    good = _without(typed, rejected)
    after = source.after(_complete(good, source)) if source.after else Ruled(_complete(good, source))
    rejected = quarantine.one_per_row(quarantine.gather([rejected, _shown(after.faults, written)]))
    frame = _without(after.frame, rejected)
    frame = source.schema.validate(_with_duplicates(frame, source), cast=False)
    if frame.height + rejected.height != table.rows_read:
        raise EngineFault(
            f"{file}: {table.rows_read} rows read, {frame.height} accepted, {rejected.height} quarantined"
        )
    remarks = [unread, ruled.remarks, *remarks, after.remarks]
    kept = _shown(quarantine.gather(remarks), written).filter(pl.col("row").is_in(frame.get_column("row").implode()))
    return Canonical(
        frame,
        rejected,
        kept,
        formats | dict(ruled.date_formats),
        refused,
        (*part_notes, *ruled.notes, *after.notes),
    )


def _without(frame: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """The frame without the rows that were rejected."""
    if rejected.is_empty():
        return frame
    return frame.filter(~pl.col("row").is_in(rejected.get_column("row").unique().implode()))


def _refused_content(
    table: RawTable, taken: Mapping[str, int], texts: Mapping[str, pl.Series], source: Source, file: str
) -> dict[str, str]:
    """Headers whose values may not come in. A required column among them stops the source."""
    refused: dict[str, str] = {}
    for column, position in taken.items():
        reason = "bytes (a photograph?)" if position in table.binary else refusal_of_values(texts[column])
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


def _written(
    table: RawTable,
    taken: Mapping[str, int],
    texts: dict[str, pl.Series],
    placement: Placement,
    refused: Mapping[str, str],
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """`row` and the placed columns as written, parts put together; social security numbers are withheld.

    Distinct texts of a column that had to be changed are taken out of `texts`.
    """
    columns = [table.rows]
    for column, position in taken.items():
        if table.headers[position] in refused:
            continue
        cells = table.cells.to_series(position)
        kept = withheld(cells, texts[column])
        if kept is not cells:
            del texts[column]
        columns.append(kept.alias(column))
    parts = {part: _part_name(part) for part, at in placement.parts.items() if table.headers[at] not in refused}
    for column, _ in parts:
        texts.pop(column, None)
    return join_parts(pl.DataFrame(columns), parts)


def _part_name(part: tuple[str, str]) -> str:
    return f"{part[0]}/{part[1]}"


def _typed(
    clean: pl.DataFrame, source: Source, order: DateOrder
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
    return typed, faults, remarks, formats


def _required(typed: pl.DataFrame, source: Source, judged: frozenset[str]) -> pl.DataFrame:
    """Rows whose required cell is blank; cells that were bad have their own fault already."""
    groups: list[tuple[str, ...]] = [(column,) for column in source.required() if column not in judged]
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
                reason=pl.lit(_all_blank(group)),
            )
        )
    return quarantine.gather(found)


def _all_blank(columns: tuple[str, ...]) -> str:
    """Why a row is not accepted of which one of these columns must say something."""
    if len(columns) == 1:
        return "required and blank"
    return f"{', '.join(columns[:-1])} and {columns[-1]} are {'both' if len(columns) == 2 else 'all'} blank"


def _shown(faults: pl.DataFrame, written: pl.DataFrame) -> pl.DataFrame:
    """Faults with the cell as it was written, where the step that found them only saw that it is blank."""
    for column in faults.filter(pl.col("value").is_null()).get_column("column").drop_nulls().unique().sort():
        if column in written.columns:
            here = faults.filter((pl.col("column") == column) & pl.col("value").is_null()).select("row")
            cell = written.select("row", _cell=column).join(here, on="row", how="semi")
            faults = faults.join(cell, on="row", how="left", maintain_order="left")
            mine = pl.when(pl.col("column") == column).then("_cell")
            faults = faults.with_columns(value=pl.coalesce("value", mine)).drop("_cell")
    return faults.with_columns(pl.col("value").str.slice(0, _SHOWN))


def _format_faults(table: RawTable, placement: Placement) -> pl.DataFrame:
    """Cells the format could not read as one value (nested ones), under their canonical column."""
    columns = {table.headers[at]: column for column, at in placement.columns.items()}
    return _as_faults(
        Remark(fault.row, columns[fault.column], fault.value, fault.reason)
        for fault in table.faults
        if fault.column in columns
    )


def _as_faults(remarks: Iterable[Remark]) -> pl.DataFrame:
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
