"""What a stage of the program may ask of whoever keeps results between runs: the same value, made now or kept.

The pipeline says what a stage is made of; `evidence.prepared` keeps the values of a prepared city, and without one
every stage is made anew (`NothingKept`). A stage never learns which of the two happened: its value is the same. A
stage of which one case needs little can be asked for in parts (`Parts`), by the columns that its `Projection`s name.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import polars as pl

from loaders.city import City
from loaders.rows import FrameRows, Rows

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Projection:
    """A frame kept once more, sorted by one column, so that rows are found by its values; null values are not found.

    columns: what is kept of it, all columns where not said.
    """

    by: str
    columns: tuple[str, ...] | None = None


Projections = Mapping[str, Sequence[Projection]]
"""Name of a field of a stage that is a frame -> how its rows are asked for."""


class Parts(Protocol[T_co]):
    """The value of a stage, of which only what is asked for is read."""

    def whole(self) -> T_co:
        """All of it."""

    def rows(self, field: str) -> Rows:
        """The rows of a field that is a frame."""

    def holding(self, frames: Mapping[str, pl.DataFrame]) -> T_co:
        """The value with these frames in place of its own, which are not read."""


class Keeping(Protocol):
    """Stages by name, and by what they are made of."""

    def stage(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str] | None = None,
        settings: Any = None,
        given: Mapping[type, object] | None = None,
    ) -> T:
        """The value of a stage.

        kind: its class, a frozen dataclass of frames, arrays and plain values; of: the city it is made from; sources:
        the sources that it reads, all of them where not said; settings: whatever else decides the value, as JSON can
        hold it or a dataclass; given: values inside it that the caller already has, by their class.
        """

    def parts(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str],
        projections: Projections,
        settings: Any = None,
    ) -> Parts[T]:
        """The value of a stage, to be read in parts; otherwise as `stage`."""


@dataclass(frozen=True, slots=True)
class MadeParts(Generic[T]):
    """A value in memory."""

    value: T

    def whole(self) -> T:
        return self.value

    def rows(self, field: str) -> Rows:
        return FrameRows(getattr(self.value, field))

    def holding(self, frames: Mapping[str, pl.DataFrame]) -> T:
        value: Any = self.value
        found: T = dataclasses.replace(value, **frames)
        return found


class NothingKept:
    """Makes every stage anew. Who keeps some of them says so in place of `stage`, or of `parts`."""

    def stage(
        self,
        name: str,  # noqa: ARG002 - nothing is looked up
        kind: type[T],  # noqa: ARG002
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str] | None = None,  # noqa: ARG002
        settings: Any = None,  # noqa: ARG002
        given: Mapping[type, object] | None = None,  # noqa: ARG002
    ) -> T:
        return make(of)

    def parts(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str],
        projections: Projections,  # noqa: ARG002
        settings: Any = None,
    ) -> Parts[T]:
        return MadeParts(self.stage(name, kind, make, of=of, sources=sources, settings=settings))


NOTHING_KEPT = NothingKept()
