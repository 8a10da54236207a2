"""What a benchmark says of a command: its own time, memory and words, and nobody else's."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.alone import run_alone


def test_the_memory_of_a_command_is_its_own_though_who_starts_it_holds_a_city(tmp_path: Path) -> None:
    held = np.ones(50_000_000)  # 400 MB
    ran = run_alone([sys.executable, "-S", "-c", "print('done')"], tmp_path / "errors")
    assert ran.printed == "done\n"
    assert 1e6 < ran.memory < held.nbytes / 4


def test_processor_time_is_noted_beside_wall_time(tmp_path: Path) -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass\ntime.sleep(0.5)"
    ran = run_alone([sys.executable, "-S", "-c", work], tmp_path / "errors")
    assert ran.cpu_seconds >= 0.25
    assert ran.seconds >= 0.8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([sys.executable, "-S", "-c", "raise SystemExit('no such city')"], "no such city"),
        (["/no/such/program"], "FileNotFoundError"),
    ],
)
def test_a_command_that_fails_stops_the_benchmark_with_its_last_words(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    with pytest.raises(RuntimeError, match=words):
        run_alone(arguments, tmp_path / "errors")
