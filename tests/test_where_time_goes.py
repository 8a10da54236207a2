"""Sampled stacks become a table: time is the innermost own function's, and for the outermost that does something."""

from pathlib import Path

import pytest

from benchmarks.where import main, tables, where

RUN = "<module> (evidence:8);main (evidence/cli.py:80);screen (evidence/commands/screen.py:120)"
STACKS = [
    "<module> (evidence:8);_find_and_load (<frozen importlib._bootstrap>:1176) 10",
    f"{RUN};investigate (evidence/pipeline.py:90);link (matchers/persons.py:7);pairs (matchers/blocking.py:5) 30",
    f"{RUN};investigate (evidence/pipeline.py:91);link (matchers/persons.py:9);pairs (matchers/blocking.py:6) 20",
    f"{RUN};investigate (evidence/pipeline.py:91);link (matchers/persons.py:9);collect (polars/lazyframe.py:1) 39",
    f"{RUN};investigate (evidence/pipeline.py:92) 1",
    "Thread._bootstrap (threading.py:1002);pairs (matchers/blocking.py:5) 500",
]


def test_time_counts_for_the_innermost_function_of_ours_in_the_main_thread() -> None:
    link = "link (matchers/persons.py)"
    assert where(STACKS) == {
        ("start", "start"): 10,
        (link, "pairs (matchers/blocking.py)"): 50,
        (link, link): 39,
        ("start", "investigate (evidence/pipeline.py)"): 1,
    }


def test_the_tables_leave_small_shares_to_the_others_and_come_to_all() -> None:
    by_purpose, by_function = tables(where(STACKS), least=5.0).split("\n\n")
    assert by_purpose.splitlines() == [
        "| % of the time | for |",
        "| --- | --- |",
        "| 89.0 | `link (matchers/persons.py)` |",
        "| 11.0 | `start` |",
        "| 0.0 | others, each below 5 |",
    ]
    assert by_function.splitlines() == [
        "| % of the time | function | for |",
        "| --- | --- | --- |",
        "| 50.0 | `pairs (matchers/blocking.py)` | `link (matchers/persons.py)` |",
        "| 39.0 | `link (matchers/persons.py)` | `link (matchers/persons.py)` |",
        "| 10.0 | `start` | `start` |",
        "| 1.0 | others, each below 5 |  |",
    ]


def test_a_file_without_stacks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "flame.txt"
    empty.write_text(STACKS[-1])
    assert main([str(empty)]) == 65
    assert "holds no stack of a main thread" in capsys.readouterr().err
