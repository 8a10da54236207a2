"""Headcount and p_over_limit on made-up towns that nothing was fitted to, pooled by regime; ceiling and ablations.

`pytest benchmarks/test_occupancy_calibration.py --benchmark-enable --benchmark-only`, about half an hour. The figures
are in the extra info of the benchmark's JSON (`--benchmark-json FILE`) and in docs/decisions/0016-calibration.md. No
threshold is asserted here but the sanity of the measures: how good it is, is a measurement.
"""

from pathlib import Path

import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import occupancy_towns as towns
from evidence.synthetic import REGIMES

LABELLED = range(700, 706)  # the reference's: six towns a regime
UNSEEN = range(1200, 1210)
ABLATED = (1201,)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = tmp_path_factory.mktemp("labelled")
    drawn = (towns.draw(folder, name, seed) for seed in LABELLED for name in REGIMES)
    return towns.pooled([towns.screened(town, towns.WHOLE) for town in drawn])


@pytest.mark.slow
@pytest.mark.parametrize("name", REGIMES)
def test_unseen_towns(benchmark: BenchmarkFixture, name: str, labelled: pl.DataFrame, tmp_path: Path) -> None:
    drawn = [towns.draw(tmp_path, name, seed) for seed in UNSEEN]
    rows: pl.DataFrame = benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: towns.pooled([towns.screened(town, towns.WHOLE) for town in drawn]), rounds=1, iterations=1
    )
    over = rows["over_limit"].to_numpy().astype(bool)
    ceiling = towns.limit_figures(towns.reference(labelled, rows), over)
    benchmark.extra_info |= {"cases": rows.height, **towns.limit_figures(rows["p"].to_numpy(), over)}
    benchmark.extra_info |= towns.headcount_figures(rows) | {f"reference: {k}": v for k, v in ceiling.items()}
    assert rows["p"].is_between(0.0, 1.0).all()


@pytest.mark.slow
@pytest.mark.parametrize("ablation", towns.ABLATIONS)
def test_what_each_part_is_worth(benchmark: BenchmarkFixture, ablation: str, tmp_path: Path) -> None:
    settings, change = towns.ABLATIONS[ablation]
    drawn = [towns.draw(tmp_path, name, seed) for name in REGIMES for seed in ABLATED]
    whole = ablation == "whole model"
    rows: pl.DataFrame = benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: towns.pooled([towns.screened(town, settings, change, sensitivity=whole) for town in drawn]),
        rounds=1,
        iterations=1,
    )
    over = rows["over_limit"].to_numpy().astype(bool)
    benchmark.extra_info |= towns.limit_figures(rows["p"].to_numpy(), over) | towns.headcount_figures(rows)
    for column in (c for c in rows.columns if c.startswith("without_")):
        figures = towns.limit_figures(rows[column].to_numpy(), over)
        benchmark.extra_info |= {f"{column}: {name}": value for name, value in figures.items()}
    assert rows["mean"].min() >= 0.0  # type: ignore[operator]
