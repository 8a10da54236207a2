"""How fast person linkage is, from mentions to persons: block, train, score, cluster; beside Splink where installed.

`pytest benchmarks/test_person_speed.py --benchmark-enable`. The rows are a made-up town's (tests/matchers), as one
file without identifiers, so that a peer has the same to go by.
"""

import importlib.util

import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import peers
from matchers.persons import link_persons
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


@pytest.mark.slow
@pytest.mark.parametrize("rows", [100_000, 1_000_000])
def test_rows_to_persons(benchmark: BenchmarkFixture, rows: int) -> None:
    mentions = one_file(rows)
    links = benchmark.pedantic(link_persons, args=(mentions.drop("truth"),), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    scores = pair_scores(links.mentions.join(mentions.select("mention_id", "truth"), on="mention_id"))
    benchmark.extra_info |= {"rows": len(mentions), "f1": round(scores["f1"], 4)}
    assert scores["f1"] > 0.94


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("splink") is None, reason="splink is not installed here")
@pytest.mark.parametrize("rows", [100_000, 1_000_000])
def test_splink_on_the_same_rows(benchmark: BenchmarkFixture, rows: int) -> None:
    mentions = one_file(rows)
    said, version = benchmark.pedantic(peers.splink, args=(mentions,), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    scores = pair_scores(said.join(mentions.select("mention_id", "truth"), on="mention_id"))
    benchmark.extra_info |= {"peer": version, "rows": len(mentions), "f1": round(scores["f1"], 4)}
