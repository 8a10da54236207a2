"""The value of a kept stage, read as far as it is asked for: a few rows of a frame, a frame, all of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import polars as pl

from evidence.keeping import Projection
from evidence.prepared import codec
from evidence.prepared.blocks import KeptProjection
from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.frames import read_frame
from evidence.prepared.manifest import VALUE
from loaders.rows import FrameRows, Rows

T = TypeVar("T")


def projection_path(place: Path, number: int, by: str) -> Path:
    """Where the projection of a frame lies, less the ends of its names."""
    return place / f"{number}.{by}"


def projections_of(place: Path, content: Mapping[str, Any]) -> dict[tuple[int, str], KeptProjection]:
    """The projections that the value.json of a stage names: by frame and column."""
    return {
        (number, by): KeptProjection(
            projection_path(place, number, by), Projection(by, columns and tuple(columns)), (size, sha256)
        )
        for number, by, columns, (size, sha256) in content["projections"]
    }


class KeptParts(Generic[T]):
    """See `keeping.Parts`. content: value.json of the stage in the folder `place`; kind, given: as `codec` has them."""

    def __init__(
        self, place: Path, content: Mapping[str, Any], kind: type[T], given: Mapping[type, object] | None = None
    ) -> None:
        self._place, self._kind, self._given = place, kind, given
        self._tree, self._facts = content["value"], content["frames"]
        self._projections = projections_of(place, content)
        self._read: dict[int, pl.DataFrame] = {}
        self._value: T | None = None

    def whole(self) -> T:
        if self._value is None:
            self._value = self.holding({})
        return self._value

    def rows(self, field: str) -> Rows:
        return _KeptRows(self, self._tree[field])

    def holding(self, frames: Mapping[str, pl.DataFrame]) -> T:
        held = _Held(self, {self._tree[field]: frame for field, frame in frames.items()})
        try:
            return codec.read(self._tree, self._kind, held, self._given)
        except ValueError as error:
            raise DamagedPreparation(self._place / VALUE, f"does not hold what the stage makes ({error})") from error

    def frame(self, number: int) -> pl.DataFrame:
        """A frame of the stage, whole; read once."""
        if number not in self._read:
            self._read[number] = read_frame(self._place / f"{number}.arrow", *self._facts[number])
        return self._read[number]

    def projection(self, number: int, by: str) -> KeptProjection | None:
        """The projection of a frame by a column, where one is kept and the frame is not in memory already."""
        return None if number in self._read else self._projections.get((number, by))


class _KeptRows:
    """One frame of a kept stage."""

    def __init__(self, parts: KeptParts[Any], number: int) -> None:
        self._parts, self._number = parts, number

    def whole(self) -> pl.DataFrame:
        return self._parts.frame(self._number)

    def where(self, column: str, values: pl.Series, columns: Sequence[str] | None = None) -> pl.DataFrame:
        projection = self._parts.projection(self._number, column)
        if projection is None or not projection.has(columns):
            return FrameRows(self.whole()).where(column, values, columns)
        found = projection.where(values)
        return found if columns is None else found.select(columns)


class _Held:
    """The frames of a stage by number, some of them given, the others read when they are asked for."""

    def __init__(self, parts: KeptParts[Any], given: Mapping[int, pl.DataFrame]) -> None:
        self._parts, self._given = parts, given

    def __getitem__(self, number: int) -> pl.DataFrame:
        return self._given[number] if number in self._given else self._parts.frame(number)
