"""How a run of the speed benchmarks is held against its machine's baseline."""

import json
import math
from pathlib import Path

import pytest

from benchmarks.compare import exponent, growth, read_run, worse


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"cpu_seconds": 10.0}, {"cpu_seconds": 11.9}, []),
        ({"cpu_seconds": 10.0}, {"cpu_seconds": 12.1}, ["a: cpu_seconds 10 -> 12.1 (+21%)"]),
        ({"cpu_seconds": 10.0}, {"cpu_seconds": 1.0}, []),
        ({"memory_gb": 1.0}, {"memory_gb": 1.5}, ["a: memory_gb 1 -> 1.5 (+50%)"]),
        ({"cpu_seconds": 0.01}, {"cpu_seconds": 0.1}, []),  # the grain of the clock
        ({}, {"cpu_seconds": 5.0}, []),  # not measured before
    ],
)
def test_only_what_got_a_fifth_worse_is_named(
    before: dict[str, float], after: dict[str, float], said: list[str]
) -> None:
    assert worse({"a": before}, {"a": after}) == said


def test_a_benchmark_that_one_run_left_out_is_not_compared() -> None:
    assert worse({"a": {"cpu_seconds": 1.0}}, {"b": {"cpu_seconds": 9.0}}) == []


@pytest.mark.parametrize("power", [0.9, 1.0, 2.0])
def test_growth_is_the_slope_between_the_two_largest(power: float) -> None:
    results = {
        f"test_screen_open_cases[{size}]": {"registrations": size, "cpu_seconds": float(size) ** power}
        for size in (1_000, 300_000, 30_000)
    }
    sizes, values = growth(results, "cpu_seconds")
    assert sizes == sorted(sizes)
    assert exponent(sizes, values) == pytest.approx(power)
    assert math.isnan(exponent(sizes[:1], values[:1]))


def test_a_run_is_known_by_its_machine(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    machine = {
        "cpu": {"brand_raw": "AMD (R) 7", "count": 2},
        "machine": "x",
        "python_version": "3.11.7",
        "system": "Linux",
    }
    file.write_text(
        json.dumps({"machine_info": machine, "benchmarks": [{"name": "a", "extra_info": {"cpu_seconds": 1.0}}]})
    )
    run = read_run(file)
    assert run.results == {"a": {"cpu_seconds": 1.0}}
    assert run.name == "AMD__R__7-2_cores-python_3_11"
