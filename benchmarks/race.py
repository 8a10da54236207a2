"""One linkage program on one file of rows, in a process of its own: `python -m benchmarks.race PROGRAM ROWS SAID`.

ROWS: Parquet mention frame; SAID: where mention_id, person_id is written. Prints one line of JSON: seconds (from the
frame in memory to the persons), cpu_seconds (the same, all threads) and what the program says it is. `run` does so from
outside and adds the most memory that the process held, reading of the rows and imports included.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.alone import run_alone

PROGRAMS = (
    "evidence",
    "splink_broad",
    "splink_lean",
    "splink_strict",
    "splink_same",
    "recordlinkage_ecm",
    "goldenmatch",
)
# Of 0.5, 0.9, 0.99, 0.999 and 0.9999 the one at which Splink was most right by the labels, on 30,000 rows of the kind
# (F1 .53, .53, .60, .86, .85): an advantage that no other program is given.
SPLINK_THRESHOLD = 0.999


@dataclass(frozen=True, slots=True)
class Lap:
    """`said`: mention_id, person_id. Memory in bytes."""

    program: str
    seconds: float
    cpu_seconds: float
    memory: int
    said: pl.DataFrame


def run(program: str, rows: Path, scratch: Path) -> Lap:
    """Run a program in its own process. Raises RuntimeError with its last words where it fails."""
    said = scratch / f"{program}.parquet"
    arguments = [sys.executable, "-m", "benchmarks.race", program, str(rows), str(said)]
    alone = run_alone(arguments, scratch / f"{program}.err")
    told = json.loads(alone.printed.strip().splitlines()[-1])
    return Lap(told["program"], told["seconds"], told["cpu_seconds"], alone.memory, pl.read_parquet(said))


def _link(program: str, mentions: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    if program == "evidence":
        from matchers.persons import link_persons

        return link_persons(mentions).mentions.select("mention_id", "person_id"), "evidence"
    from benchmarks import peers

    if program.startswith("splink_"):
        return peers.splink(mentions, blocking=program.removeprefix("splink_"), threshold=SPLINK_THRESHOLD)
    made: tuple[pl.DataFrame, str] = getattr(peers, program)(mentions)
    return made


def main() -> None:
    """The child."""
    program, rows, said = sys.argv[1:]
    mentions = pl.read_parquet(rows)
    start, before = time.perf_counter(), os.times()
    persons, name = _link(program, mentions)
    seconds, after = time.perf_counter() - start, os.times()
    persons.write_parquet(said)
    cpu = after.user + after.system - before.user - before.system
    print(json.dumps({"program": name, "seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2)}))


if __name__ == "__main__":
    main()
