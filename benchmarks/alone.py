"""A command in a process of its own, with the time it took, wall and processor, and the most memory it held."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Alone:
    """Seconds of wall and of processor time (user and system, all threads, start and imports included), bytes of memory
    at the most, and what was printed.
    """

    seconds: float
    cpu_seconds: float
    memory: int
    printed: str

    def facts(self) -> dict[str, float]:
        """What a benchmark notes of it."""
        return {
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "memory_gb": round(self.memory / 1e9, 3),
        }


def run_alone(arguments: Sequence[str], errors: Path) -> Alone:
    """Run it in the repository's folder; `errors`: where its standard error goes. Raises RuntimeError with the last of
    that where it fails.
    """
    began = os.times()
    with (
        errors.open("wb") as log,
        subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, cwd=REPOSITORY) as child,
    ):
        assert child.stdout is not None
        printed = child.stdout.read().decode()
        _, status, usage = os.wait4(child.pid, 0)  # this child's own use, not that of all children so far
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{arguments[0]} failed: {errors.read_text(errors='replace')[-2000:]}")
    seconds = os.times().elapsed - began.elapsed
    return Alone(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, printed)
