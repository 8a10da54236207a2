"""Rows of one frame that may lie on disk: all of them, or those with certain values in one column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl


class Rows(Protocol):
    """One frame, read as far as it is asked for."""

    def whole(self) -> pl.DataFrame:
        """All rows."""

    def where(self, column: str, values: pl.Series, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows whose `column` holds one of `values` (a null finds nothing), in the order in which they stand.

        columns: of these columns alone, by default of all.
        """


@dataclass(frozen=True, slots=True)
class FrameRows:
    """Rows in memory."""

    frame: pl.DataFrame

    def whole(self) -> pl.DataFrame:
        return self.frame

    def where(self, column: str, values: pl.Series, columns: Sequence[str] | None = None) -> pl.DataFrame:
        wanted = values.cast(self.frame.schema[column]).drop_nulls().unique()
        found = self.frame.filter(pl.col(column).is_in(wanted.implode()))
        return found if columns is None else found.select(columns)


class Frames(Mapping[str, pl.DataFrame]):
    """Frames by name, each read when it is first looked at."""

    def __init__(self, rows: Mapping[str, Rows]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._rows[name].whole()

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, name: str) -> Rows:
        """The rows of a frame, of which only some may be wanted."""
        return self._rows[name]

    def replaced(self, frames: Mapping[str, pl.DataFrame]) -> "Frames":
        """The same with these frames in place of their namesakes; the others are not looked at."""
        return Frames({**self._rows, **{name: FrameRows(frame) for name, frame in frames.items()}})
