"""How fast person linkage is, from mentions to persons: block, train, score, cluster; beside peers where installed.

`pytest benchmarks/test_person_speed.py --benchmark-enable`. The rows are a made-up town's (tests/matchers), as one file
without identifiers, so that a peer has the same to go by. Every program gets the same rows, in the same run, one after
another, each in a process of its own (`benchmarks/race.py`), whose greatest memory is taken. Blocking decides most of
the time: Splink therefore runs four times, with rules of middling width, with the few that its guide advises for a
start, with three of these and the simplest comparisons, and with ours as far as SQL can say them (no sounds, no short
forms, no upper bound on a block); each time at the threshold that suits it best by the labels.

goldenmatch has no rules set here: it is run as it configures itself, and on 10,000 rows only, where it takes minutes.
recordlinkage blocks on whole columns, so that its pairs grow with the square of the rows: 10,000 rows as well.
"""

import importlib.util
from pathlib import Path

import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import race
from tests.matchers.mention_towns import pair_scores, town

ROWS_A_DWELLING = 7.6


def one_file(rows: int) -> pl.DataFrame:
    """About so many rows: names, birth date, address and ZIP code; no identifier, document or suffix."""
    nothing = pl.lit(None, pl.String)
    return town(round(rows / ROWS_A_DWELLING), seed=77).with_columns(
        source=pl.lit("file"),
        dwelling_id=nothing,
        building_key=pl.col("address_key"),
        zip=(80000 + pl.col("address_key").str.extract(r"(\d+)").cast(pl.Int64) % 40).cast(pl.String),
        record_key=nothing,
        group_key=nothing,
        suffix=nothing,
    )


@pytest.fixture(scope="module")
def laps() -> dict[int, race.Lap]:
    """Our own lap on each number of rows, for the peers that follow."""
    return {}


@pytest.mark.slow
@pytest.mark.parametrize("rows", [10_000, 100_000, 1_000_000])
@pytest.mark.parametrize("program", race.PROGRAMS)
def test_rows_to_persons(
    benchmark: BenchmarkFixture, program: str, rows: int, laps: dict[int, race.Lap], tmp_path: Path
) -> None:
    if program != "evidence" and importlib.util.find_spec(program.split("_")[0]) is None:
        pytest.skip(f"{program.split('_')[0]} is not installed here")
    if program in ("goldenmatch", "recordlinkage_ecm") and rows > 10_000:
        pytest.skip("takes hours, or more memory than there is")
    benchmark.group = f"{rows} rows to persons"
    mentions = one_file(rows)
    file = tmp_path / "rows.parquet"
    mentions.drop("truth").write_parquet(file)
    lap: race.Lap = benchmark.pedantic(race.run, args=(program, file, tmp_path), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    scores = pair_scores(lap.said.join(mentions.select("mention_id", "truth"), on="mention_id"))
    benchmark.extra_info |= {
        "program": lap.program,
        "rows": len(mentions),
        "seconds": lap.seconds,
        "cpu_seconds": lap.cpu_seconds,
        "memory_gb": round(lap.memory / 1e9, 2),
        "f1": round(scores["f1"], 4),
    }
    assert len(lap.said) == len(mentions)
    if program == "evidence":
        laps[rows] = lap
        assert scores["f1"] > 0.94
    elif rows in laps:
        benchmark.extra_info |= {
            "our_speed_by_theirs": round(lap.seconds / laps[rows].seconds, 2),
            "our_memory_by_theirs": round(laps[rows].memory / lap.memory, 2),
        }
