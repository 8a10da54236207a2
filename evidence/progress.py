"""Telling a person how far a run has come, and keeping the time each stage took.

A pipeline function takes a `Progress` and says `with progress.stage("persons"):`; it never prints. Which
kind it is, is the caller's affair: bars on a terminal, one line per finished stage in a log, or nothing.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class Progress(Protocol):
    """What a pipeline may say about its work."""

    @property
    def timings(self) -> dict[str, float]:
        """Seconds of wall time by stage, in the order in which the stages began."""

    @property
    def cpu_seconds(self) -> dict[str, float]:
        """Seconds of processor time of this process, all threads, by stage: what is compared between busy machines."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[None]:
        """A named piece of work, of `total` steps where that is known. Stages may nest."""

    def advance(self, steps: int = 1) -> None:
        """So many more steps of the innermost stage are done."""


class NullProgress:
    """Keeps the timings and says nothing."""

    def __init__(self) -> None:
        self._timings: dict[str, float] = {}
        self._cpu_seconds: dict[str, float] = {}

    @property
    def timings(self) -> dict[str, float]:
        return dict(self._timings)

    @property
    def cpu_seconds(self) -> dict[str, float]:
        return dict(self._cpu_seconds)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[None]:
        # Reserving the key first keeps the order of beginning; a stage entered twice adds up.
        so_far, cpu_so_far = self._timings.setdefault(name, 0.0), self._cpu_seconds.setdefault(name, 0.0)
        began, cpu_began = time.perf_counter(), time.process_time()
        self._begin(name, total)
        try:
            yield
        finally:
            self._timings[name] = so_far + time.perf_counter() - began
            self._cpu_seconds[name] = cpu_so_far + time.process_time() - cpu_began
            self._end(name)

    def advance(self, steps: int = 1) -> None:
        """Nothing to show."""

    def _begin(self, name: str, total: int | None) -> None:
        """Hook of the kinds that show something."""

    def _end(self, name: str) -> None:
        """Hook of the kinds that show something."""


class LogProgress(NullProgress):
    """One line per finished stage, for logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream = stream if stream is not None else sys.stderr

    def _end(self, name: str) -> None:
        print(f"{name}: {self._timings[name]:.2f} s", file=self._stream, flush=True)


class TerminalProgress(NullProgress):
    """Bars on a terminal; finished stages stay as lines with their time."""

    def __init__(self, bars: "Bars") -> None:
        super().__init__()
        self._bars = bars
        self._open: list[TaskID] = []

    def _begin(self, name: str, total: int | None) -> None:
        indent = "  " * len(self._open)
        self._open.append(self._bars.add_task(indent + name, total=total))

    def advance(self, steps: int = 1) -> None:
        if self._open:
            self._bars.advance(self._open[-1], steps)

    def _end(self, name: str) -> None:  # noqa: ARG002 - the innermost stage ends first
        task = self._open.pop()
        total = self._bars.tasks[self._bars.task_ids.index(task)].total or 1
        self._bars.update(task, total=total, completed=total)


@contextmanager
def shown_progress(*, quiet: bool = False, stream: TextIO | None = None) -> Iterator[Progress]:
    """Bars where standard error is a terminal, lines where it is not, nothing when quiet."""
    out = stream if stream is not None else sys.stderr
    if quiet:
        yield NullProgress()
    elif out.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        # No spinner and no colour-only signal: the words and the elapsed time say it all.
        columns = TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn()
        with Bars(*columns, console=Console(file=out), refresh_per_second=5) as bars:
            yield TerminalProgress(bars)
    else:
        yield LogProgress(out)


def peak_memory_bytes() -> int | None:
    """Most memory this process held at once; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts kilobytes
