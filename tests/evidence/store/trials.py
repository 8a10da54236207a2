"""Trials of the record with real processes; shared by the tests and the benchmark."""

import random
import time

from evidence.store.database import opened
from evidence.store.log import logged
from evidence.store.verification import verify
from tests.evidence.store.writer import start


def write_together(place: str, *, writers: int, each: int) -> list[int]:
    """Let processes add `each` entries at the same time; the numbers of the entries that they say stand."""
    processes = [start(place, f"writer {n}", each) for n in range(writers)]
    outputs = [process.communicate(timeout=3600)[0] for process in processes]
    assert all(process.returncode == 0 for process in processes)
    return [int(line) for output in outputs for line in output.split()]


def kill_trial(place: str, chance: random.Random) -> int:
    """Kill a writer at a random moment; the number of entries it said stand. All of them must, in a whole record."""
    process = start(place, "killed", 1_000_000)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(chance.uniform(0, 0.15))
    process.kill()
    said = [int(line) for line in (first + process.stdout.read()).splitlines(keepends=True) if line.endswith("\n")]
    process.wait()
    process.stdout.close()
    with opened(place) as store:
        assert verify(store).faults == ()
        there = {one.entry.seq for one in logged(store)}
    assert set(said) <= there, "an entry that was said to stand is gone"
    return len(said)
