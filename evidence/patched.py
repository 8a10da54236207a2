"""The value of a stage with some rows of its frames replaced; what is kept of it is read no further than before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import polars as pl

from evidence.keeping import Parts
from loaders.rows import FrameRows, Rows

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patch:
    """gone: which rows of a frame are left out, said of the columns `told_by`; added: rows in their place. order: the
    columns that the frame is sorted by; none where added rows stand last."""

    gone: pl.Expr
    told_by: tuple[str, ...]
    added: pl.DataFrame
    order: tuple[str, ...]

    def over(self, frame: pl.DataFrame, added: pl.DataFrame) -> pl.DataFrame:
        """The frame with the rows `added` (of `Patch.added`) and without those that are gone."""
        left = frame.filter(~self.gone)
        if added.is_empty():
            return left
        both = pl.concat([left, added.select(left.columns).cast(left.schema)])
        return both.sort(self.order, maintain_order=True) if self.order else both


@dataclass(frozen=True, slots=True)
class PatchedParts(Generic[T]):
    """See `keeping.Parts`. patches: by field."""

    parts: Parts[T]
    patches: Mapping[str, Patch]

    def whole(self) -> T:
        return self.holding({})

    def rows(self, field: str) -> Rows:
        rows = self.parts.rows(field)
        return PatchedRows(rows, self.patches[field]) if field in self.patches else rows

    def holding(self, frames: Mapping[str, pl.DataFrame]) -> T:
        others = {field: self.rows(field).whole() for field in self.patches if field not in frames}
        return self.parts.holding({**others, **frames})


@dataclass(frozen=True, slots=True)
class PatchedRows:
    """See `loaders.rows.Rows`."""

    rows: Rows
    patch: Patch

    def whole(self) -> pl.DataFrame:
        return self.patch.over(self.rows.whole(), self.patch.added)

    def where(self, column: str, values: pl.Series, columns: Sequence[str] | None = None) -> pl.DataFrame:
        read = columns and tuple(dict.fromkeys((*columns, *self.patch.told_by, *self.patch.order)))
        found = self.patch.over(
            self.rows.where(column, values, read), FrameRows(self.patch.added).where(column, values)
        )
        return found if columns is None else found.select(columns)
