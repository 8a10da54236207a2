"""A process that adds entries to a store until it has added enough or is killed: `python -m ... PLACE NAME NUMBER`.

It writes the number of each entry to standard output after the entry stands, so that a test knows what must be there.
"""

import os
import subprocess
import sys
from pathlib import Path

from evidence.store.database import opened
from evidence.store.log import append

ROOT = Path(__file__).parents[3]


def start(place: str, name: str, number: int) -> "subprocess.Popen[str]":
    """Start one such process."""
    command = [sys.executable, "-m", "tests.evidence.store.writer", place, name, str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ)


def main(place: str, name: str, number: int) -> None:
    """Add the entries."""
    with opened(place) as store:
        for i in range(number):
            entry = append(store, {"kind": "trial", "writer": name, "i": i}, {"reason": f"{name} {i}"})
            print(entry.seq, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
