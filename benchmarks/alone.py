"""A command in a process of its own, with the time it took, wall and processor, and the most memory it held."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]

# Run by a bare interpreter: a process counts the memory of whoever started it as its own, and a benchmark holds a city.
_STARTER = """
import json, os, subprocess, sys, time
began = time.perf_counter()
child = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(child.pid, 0)
facts = {"seconds": time.perf_counter() - began, "cpu_seconds": usage.ru_utime + usage.ru_stime,
         "memory": usage.ru_maxrss * 1024, "failed": status != 0}
os.write(int(sys.argv[1]), json.dumps(facts).encode())
"""


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
    told, tell = os.pipe()
    starter = [sys.executable, "-I", "-S", "-c", _STARTER, str(tell), *arguments]
    with errors.open("wb") as log, os.fdopen(told) as facts:
        ran = subprocess.Popen(starter, stdout=subprocess.PIPE, stderr=log, cwd=REPOSITORY, pass_fds=[tell])
        os.close(tell)
        printed, _ = ran.communicate()
        used = json.loads(facts.read() or '{"failed": true}')
    if used.pop("failed"):
        raise RuntimeError(f"{arguments[0]} failed: {errors.read_text(errors='replace')[-2000:]}")
    return Alone(**used, printed=printed.decode())
