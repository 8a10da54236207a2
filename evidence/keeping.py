"""What a stage of the program may ask of whoever keeps results between runs: the same value, made now or kept.

The pipeline says what a stage is made of; `evidence.prepared` keeps the values of a prepared city, and without one
every stage is made anew (`NothingKept`). A stage never learns which of the two happened: its value is the same.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol, TypeVar

from loaders.city import City

T = TypeVar("T")


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


class NothingKept:
    """Makes every stage anew."""

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


NOTHING_KEPT = NothingKept()
