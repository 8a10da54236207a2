"""How right person linkage is on labelled sets, what each change made better or worse, and how peers do.

`pytest benchmarks/test_person_accuracy.py --benchmark-enable` measures. Every wrongly linked and every missed pair of
the FEBRL sets is kept in `verdicts/persons.json`; a change that costs more pairs than it wins fails and names them.
`EVIDENCE_FREEZE=1` writes the present verdicts instead. No label is used to fit or to choose a threshold.
"""

import importlib.util

import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import frozen, peers
from benchmarks.person_cases import febrl, pseudopeople
from matchers.persons import PersonLinks, count_named, link_persons
from tests.matchers.mention_towns import pair_scores, town


def wrong_pairs(linked: pl.DataFrame) -> dict[str, list[str]]:
    """`missed` and `false` pairs by the records' own names, sorted. linked: case_id, truth, person_id."""
    found = {}
    for kind, same, other in (("missed", "truth", "person_id"), ("false", "person_id", "truth")):
        side = linked.select("case_id", same, other)
        pairs = side.join(side, on=same, suffix="_other").filter(
            (pl.col("case_id") < pl.col("case_id_other")) & (pl.col(other) != pl.col(f"{other}_other"))
        )
        found[kind] = pairs.select(pl.format("{} {}", "case_id", "case_id_other")).to_series().sort().to_list()
    return found


def with_truth(said: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    return said.join(mentions.select("mention_id", "truth"), on="mention_id")


def run(benchmark: BenchmarkFixture, mentions: pl.DataFrame) -> tuple[PersonLinks, dict[str, float]]:
    links: PersonLinks = benchmark.pedantic(link_persons, args=(mentions.drop("truth"),), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    scores = pair_scores(with_truth(links.mentions, mentions))
    benchmark.extra_info |= {name: round(value, 4) for name, value in scores.items()}
    return links, scores


@pytest.mark.slow
@pytest.mark.parametrize(("number", "least"), [(3, 0.99), (4, 0.985)])
def test_febrl(benchmark: BenchmarkFixture, number: int, least: float) -> None:
    mentions = febrl(number)
    links, scores = run(benchmark, mentions)
    wrong = wrong_pairs(with_truth(links.mentions, mentions))
    frozen.hold("persons", {f"febrl{number}, {kind}": pairs for kind, pairs in wrong.items()})
    assert scores["f1"] >= least


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pseudopeople_census_against_tax_forms(benchmark: BenchmarkFixture, seed: int) -> None:
    pytest.importorskip("pseudopeople", reason="pseudopeople is not installed here")
    _, scores = run(benchmark, pseudopeople(seed))
    assert scores["f1"] >= 0.97
    assert min(scores["precision"], scores["recall"]) >= 0.96


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_town_of_households(benchmark: BenchmarkFixture, seed: int) -> None:
    """People of one address: shared surnames, juniors, short names, slips of the pen; and how many they are."""
    mentions = town(800, seed)
    links, scores = run(benchmark, mentions)
    groups = mentions.filter(pl.col("dwelling_id").is_not_null()).select("mention_id", "truth", group_id="dwelling_id")
    true = groups.group_by("group_id").agg(pl.col("truth").n_unique().alias("true"))
    counted = count_named(links, groups).join(true, on="group_id")
    inside = counted.select(pl.col("true").is_between("low", "high").mean()).item()
    benchmark.extra_info["interval_covers"] = round(inside, 4)
    assert scores["b_f1"] >= 0.98
    assert inside >= 0.87


@pytest.mark.slow
@pytest.mark.parametrize("peer", peers.PEERS)
@pytest.mark.parametrize("number", [3, 4])
def test_peers_on_the_same_records(benchmark: BenchmarkFixture, peer: str, number: int) -> None:
    if importlib.util.find_spec(peer.removesuffix("_ecm")) is None:
        pytest.skip(f"{peer} is not installed here")
    mentions = febrl(number)
    said, version = benchmark.pedantic(getattr(peers, peer), args=(mentions,), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    theirs = pair_scores(with_truth(said, mentions))
    ours = pair_scores(link_persons(mentions).mentions)
    benchmark.extra_info |= {"peer": version, "f1": round(theirs["f1"], 4), "ours": round(ours["f1"], 4)}
    assert ours["f1"] >= theirs["f1"] - 0.01
