"""Work side by side on as many threads as polars may use: what is made is the same as on one.

Threads help where numpy, polars or rapidfuzz work outside the interpreter's lock. One pool serves all, so that work
begun inside other work never takes more threads than were allowed; what no thread has begun when it is asked for is
made by whoever asks. Nothing is made twice, and an error is raised where the value is asked for.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from sys import setswitchinterval
from typing import Generic, TypeVar

import polars as pl

Given = TypeVar("Given")
Made = TypeVar("Made")

TURN = 0.0005
"""Seconds for which a thread may keep the interpreter while another wants it: a tenth of Python's own, as a thread asks
for it again after each of its many short calls of numpy."""
MOST = 4  # threads: each holds what it is at work on, and few stages have more to do side by side


class Begun(Generic[Made]):
    """A value that another thread may begin to make before it is asked for.

    A value that is never asked for is never missed, nor is an error in its making.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make: Callable[[], Made] | None = make
        self._future: Future[Made] | None = None

    def begin(self) -> None:
        """Make it when a thread is free; with one thread, when it is asked for."""
        helpers = _helpers()
        if self._future is None and self._make is not None and helpers is not None:
            self._future = helpers.submit(self._make)

    def take(self) -> Made:
        """The value, once: it is not held here any longer. Waits where it is being made; raises what its making did."""
        make, future = self._make, self._future
        if make is None:
            raise RuntimeError("taken before")
        self._make = self._future = None
        return make() if future is None or future.cancel() else future.result()


def each(make: Callable[[Given], Made], given: Iterable[Given]) -> list[Made]:
    """What `make` gives of each, in order. The asking thread begins at the end, its helpers at the front."""
    work = [Begun(partial(make, one)) for one in given]
    for one in work[:-1]:
        one.begin()
    return [one.take() for one in reversed(work)][::-1]


@cache
def _helpers() -> ThreadPoolExecutor | None:
    """The threads besides the one that asks; None where only one is allowed."""
    helpers = min(pl.thread_pool_size(), MOST) - 1
    if not helpers:
        return None
    setswitchinterval(TURN)
    return ThreadPoolExecutor(helpers, "side-by-side")
