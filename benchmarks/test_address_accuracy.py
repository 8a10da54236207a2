"""How right and how well calibrated addresses are, by the way in which they are written wrongly; and how fast.

`pytest benchmarks/test_address_accuracy.py --benchmark-enable` measures. The kinds are equally many, which no city is:
what is asked of each kind is its own figure, and what is asked of probabilities is asked of a city as it is generated.
"""

import time
from dataclasses import replace
from statistics import fmean

import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.address_cases import address_cases, judged, many_texts, with_rows
from benchmarks.address_kinds import KINDS
from benchmarks.calibration import error_by_width
from evidence.synthetic import generate, regime
from loaders.city import load
from loaders.normalize.addresses import parse_addresses
from matchers.dwellings import resolve_dwellings
from matchers.dwellings_texts import address_cells

# Where a reader who has nothing but the list cannot know, no share of right answers can be asked for.
UNKNOWABLE = ("wrong digit", "digit dropped", "unit missing", "number not built")
LEAST = dict.fromkeys([*(kind for kind in KINDS if kind not in UNKNOWABLE), "renamed street"], 0.97) | {
    "two letter slips": 0.9,
    "number crossed": 0.9,
    "renamed street": 0.95,
    "half added": 0.95,
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_each_kind_of_slip(benchmark: BenchmarkFixture, seed: int) -> None:
    made = address_cases(seed)
    found = benchmark.pedantic(resolve_dwellings, args=(made.city,), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    answers = judged(made.cases, found)
    shares = dict(answers.group_by("kind").agg(pl.col("right").mean()).iter_rows())
    benchmark.extra_info |= {kind: round(share, 3) for kind, share in sorted(shares.items())}
    benchmark.extra_info["ece"] = round(error_by_width(answers["best_p"], answers["right"]), 3)
    assert {kind: share for kind, share in shares.items() if share < LEAST.get(kind, 0.0)} == {}
    # The true unit of a flat whose unit was left out has the mass that the answer gives it.
    lost = answers.filter(pl.col("kind") == "unit missing")
    said, right = lost["best_p"].to_list(), lost["right"].to_list()
    assert abs(sum(right) - sum(said)) <= 3 * sum(p * (1 - p) for p in said) ** 0.5
    # What lies outside the city is never taken for a place in it.
    outside = answers.filter(pl.col("kind").is_in(["far town", "next town", "PO box", "rural route", "crossing"]))
    assert outside["right"].all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["base", "misread", "stale", "unwatched", "parents"])
def test_probabilities_of_a_city_as_it_is_generated(
    benchmark: BenchmarkFixture, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Over rows, and again over those rows alone whose answer is in doubt."""
    paths = generate(tmp_path_factory.mktemp(name), scale="town", seed=21, settings=regime(name).perturbed(21))
    city = load(paths.city)
    truth = pl.read_parquet(paths.truth / "mentions.parquet").select("source", "row", "true_dwelling").unique()
    cells = address_cells(city).filter(~pl.col("field").is_in(["situs_address", "owner_mailing_address"]))
    cells = cells.with_columns(pl.col("row").cast(truth.schema["row"])).join(truth, on=["source", "row"])
    keys = parse_addresses(truth["true_dwelling"]).select(true_dwelling="raw", truth="address_key")
    cases = cells.join(keys, on="true_dwelling", how="left").select(
        "address_text", "truth", unit_lost=pl.lit(value=False)
    )
    found = benchmark.pedantic(resolve_dwellings, args=(city,), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    answers = judged(cases.select("address_text", "truth", "unit_lost"), found)
    doubtful = answers.filter(pl.col("best_p") < 0.995)
    errors = {
        part: round(error_by_width(rows["best_p"], rows["right"]), 4)
        for part, rows in (("all", answers), ("doubtful", doubtful))
    }
    benchmark.extra_info |= {
        "right": round(fmean(answers["right"].to_list()), 4), "rows": answers.height, "doubtful": doubtful.height,
        "ece": errors["all"], "ece_doubtful": errors["doubtful"],
    }  # fmt: skip
    assert errors["all"] <= 0.02
    assert errors["doubtful"] <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("count", [100_000, 1_000_000])
def test_speed(benchmark: BenchmarkFixture, count: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Distinct texts of a city with one dwelling for every ten of them, written in many forms and with slips."""
    city = load(generate(tmp_path_factory.mktemp("speed"), scale="tiny", seed=1).city)
    listed, written = many_texts(count)
    assessor = city.frame("assessor")
    situs = (
        pl.DataFrame({"situs_address": listed}).with_row_index("row", offset=1).cast({"row": assessor.schema["row"]})
    )
    only = {source: frame.clear() for source, frame in city.frames.items()}
    only["assessor"] = pl.concat([assessor.clear(), situs], how="diagonal")
    made = with_rows(replace(city, frames=only), written)
    start = time.process_time()
    found = benchmark.pedantic(resolve_dwellings, args=(made,), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info["cpu_seconds"] = round(time.process_time() - start, 1)
    assert found.links["address_text"].n_unique() >= count
