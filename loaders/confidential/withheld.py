"""What is taken out of one source, and the table without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from loaders.formats.raw import RawTable, Remark
from loaders.headers import Placement


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is kept of the taking out: nothing that says whose it was.

    rows: rows taken out, or with cells taken out. identifiers: keyed hashes of plates and accounts on these rows, by
    which the rows of other sources are found. unspoken: rows read for their chain alone, never obeyed or shown.
    """

    rows: int = 0
    identifiers: tuple[str, ...] = ()
    unspoken: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """rows: whole rows to take out. cells: column -> rows in which it is blanked."""

    rows: frozenset[int]
    cells: Mapping[str, frozenset[int]] = field(default_factory=dict)
    withheld: Withheld = field(default_factory=Withheld)

    def __bool__(self) -> bool:
        return bool(self.rows or any(self.cells.values()) or self.withheld.unspoken)


Withhold = Callable[[pl.DataFrame], Found]
"""Typed rows of a source, good ones and bad -> what of them is withheld."""


def without(table: RawTable, placement: Placement, found: Found) -> RawTable:
    """The table as if what was found could not be read: the other rows keep their numbers in the file."""
    numbers = table.rows
    cells = table.cells
    for column, rows in found.cells.items():
        hit = numbers.is_in(sorted(rows))
        taken = [at for name, at in placement.columns.items() if name == column]
        taken += [at for (name, _), at in placement.parts.items() if name == column]
        cells = cells.with_columns(
            pl.when(hit).then(None).otherwise(pl.col(str(at))).alias(str(at)) for at in sorted(taken)
        )
    stays = ~numbers.is_in(sorted(found.rows))

    def others(remarks: tuple[Remark, ...]) -> tuple[Remark, ...]:
        return tuple(remark for remark in remarks if remark.row not in found.rows)

    return replace(
        table,
        # Added to nothing, texts are written anew; rows filtered out would else stay behind them in memory and on disk.
        cells=cells.filter(stays).with_columns(pl.all() + ""),
        rows=numbers.filter(stays),
        rows_read=table.rows_read - len(found.rows),
        rejected=others(table.rejected),
        faults=others(table.faults),
    )
