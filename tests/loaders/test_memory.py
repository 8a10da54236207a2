"""Freed memory goes back to the system when it is asked for."""

import sys
from pathlib import Path

import pytest

from loaders.memory import give_back

PIECE, PIECES = 100_000, 500


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_what_was_freed_below_something_in_use_goes_back() -> None:
    held = [bytes(bytearray(b"x" * PIECE)) for _ in range(PIECES)]
    last = held[-1]
    del held
    before = resident()
    give_back()
    assert last
    assert before - resident() > PIECE * PIECES / 2
