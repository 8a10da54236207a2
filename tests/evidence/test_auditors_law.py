"""The auditor's law: whoever has the saved files, and nothing else, can add up every weight that they print.

Read back from graph.json, graph.graphml and plates.parquet as another program would: no function of the engine helps,
but for `identity_components`, which is itself on trial.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx
import polars as pl
import pytest

from evidence.pipeline import Run, investigate
from evidence.synthetic import generate, regime
from evidence.write import fill_case_folder, write_parquet
from loaders.city import load
from matchers.graph import identity_components

CASES = 5  # of each city
TOLERANCE = 1e-9
# Edge type: what its bits_* add up to, the probability that follows, and of what the total is the binary logarithm.
WEIGHED = {
    "same_person": ("match_weight_bits", "p_match", "odds"),
    "compared": ("match_weight_bits", "p_match", "odds"),
    "kin_of": ("kin_weight_bits", "p_kin", "odds"),
    "address": ("bits_total", "p_dwelling", "probability"),
    "lives_at": ("bits_total", "p_listed", "probability"),
    "named_at": ("bits_total", "p_listed", "probability"),
    "registered_to": ("bits_total", "p_owner", "probability"),
    "reading_of": ("bits_total", None, "against the row's other candidates"),
}
# Edges without a weight: a membership (tried by its same_person edges), a hypothesis (all of a car sum to 1), a fact.
UNWEIGHED = {"names": "p_member", "seen_with": "probability", "seen_at": "sightings"}

Graph: TypeAlias = "nx.MultiGraph[Any]"


@pytest.fixture(scope="module")
def runs(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """An ordinary city, and one whose plates are misread so often that rows have several candidates."""
    misread = generate(tmp_path_factory.mktemp("misread"), scale="tiny", seed=5, settings=regime("misread"))
    return [tiny_run, investigate(load(misread.city))]


@pytest.fixture(scope="module")
def saved(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders of some cases of each city, written as `summarize` writes them."""
    folders = []
    for run in runs:
        out = tmp_path_factory.mktemp("cases")
        chosen = run.asked["case_id"].sort().to_list()[:CASES]
        for case_id, result in zip(chosen, run.results(chosen), strict=True):
            folders.append(out / case_id)
            folders[-1].mkdir()
            fill_case_folder(result, folders[-1])
    return folders


def read_json(folder: Path) -> Graph:
    return nx.MultiGraph(nx.node_link_graph(json.loads((folder / "graph.json").read_text("utf-8")), edges="edges"))


def read_graphml(folder: Path) -> Graph:
    return nx.MultiGraph(nx.read_graphml(folder / "graph.graphml", force_multigraph=True))


READERS = pytest.mark.parametrize("read", [read_json, read_graphml], ids=["graph.json", "graph.graphml"])


def weighed_edges(graph: Graph) -> Iterator[Mapping[str, Any]]:
    for *_, facts in graph.edges(data=True):
        if any(name.startswith("bits_") for name in facts):
            yield facts


def added_up(facts: Mapping[str, Any]) -> float:
    return float(sum(value for name, value in facts.items() if name.startswith("bits_") and name != "bits_total"))


@READERS
def test_the_bits_of_every_edge_add_up_to_its_weight(saved: list[Path], read: Any) -> None:
    seen = dict.fromkeys(WEIGHED, 0)
    for folder in saved:
        for facts in weighed_edges(read(folder)):
            assert abs(added_up(facts) - facts[WEIGHED[facts["type"]][0]]) < TOLERANCE, facts
            seen[facts["type"]] += 1
    assert all(seen.values()), f"every kind of edge was on trial: {seen}"


@READERS
def test_every_probability_follows_from_its_weight(saved: list[Path], read: Any) -> None:
    for folder in saved:
        for facts in weighed_edges(read(folder)):
            total, p, how = WEIGHED[facts["type"]]
            if p is not None:
                power = 2.0 ** facts[total]
                said = power / (1 + power) if how == "odds" else power
                assert facts[p] == pytest.approx(said, abs=TOLERANCE), facts


@READERS
def test_no_edge_is_without_its_weight(saved: list[Path], read: Any) -> None:
    unweighed = set()
    for folder in saved:
        for *_, facts in read(folder).edges(data=True):
            if not any(name.startswith("bits_") for name in facts):
                # A row whose plate was not read at all has no candidate to weigh.
                assert facts["type"] in UNWEIGHED or (facts["type"] == "reading_of" and "plate" not in facts), facts
                unweighed.add(facts["type"])
                assert UNWEIGHED.get(facts["type"], "p_vehicle") in facts
    assert unweighed >= set(UNWEIGHED)


@READERS
def test_the_drivers_of_a_car_are_all_there_are(saved: list[Path], read: Any) -> None:
    cars = 0
    for folder in saved:
        graph = read(folder)
        for node, facts in graph.nodes(data=True):
            if facts["kind"] == "vehicle":
                named = [
                    edge["probability"] for *_, edge in graph.edges(node, data=True) if edge["type"] == "seen_with"
                ]
                others = [p for name, p in facts.items() if name.startswith("p_driver_")]
                assert sum(named + others) == pytest.approx(1.0, abs=1e-6), node
                cars += 1
    assert cars


@READERS
def test_identity_edges_join_nothing_but_the_rows_of_one_person(saved: list[Path], read: Any) -> None:
    """Two persons seen with one car, listed at one dwelling or named in one row stay two."""
    shared = 0
    for folder in saved:
        graph = read(folder)
        persons = {node for node, facts in graph.nodes(data=True) if facts["kind"] == "person"}
        parts = [part & persons for part in identity_components(graph)]
        assert sorted(map(len, parts)) == [1] * len(persons)
        together = (kin for *_, kin in graph.edges(data="type") if kin in ("seen_with", "lives_at"))
        shared += len(list(together))
    assert shared, "the cases hold persons tied by cars and dwellings"


@READERS
def test_seen_together_is_a_hypothesis_with_a_probability_and_never_an_identity(saved: list[Path], read: Any) -> None:
    for folder in saved:
        graph = read(folder)
        for a, b, facts in graph.edges(data=True):
            kinds = {graph.nodes[a]["kind"], graph.nodes[b]["kind"]}
            if facts["type"] == "seen_with":
                assert kinds == {"vehicle", "person"}
                assert 0 <= facts["probability"] <= 1
            if facts["type"] in ("names", "same_person"):
                assert kinds <= {"row", "person"}
                assert "vehicle_log" not in {graph.nodes[end].get("source") for end in (a, b)}


def test_both_files_of_a_case_say_the_same(saved: list[Path]) -> None:
    for folder in saved:
        one, other = read_json(folder), read_graphml(folder)
        assert set(one.nodes) == set(other.nodes)
        assert all(one.nodes[node] == other.nodes[node] for node in one)
        weights = [sorted(added_up(facts) for facts in weighed_edges(graph)) for graph in (one, other)]
        assert weights[0] == pytest.approx(weights[1], abs=TOLERANCE)


@pytest.fixture(scope="module")
def plates(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """plates.parquet of each city as `screen` writes it, one under the other (`city` tells them apart)."""
    tables = []
    for number, run in enumerate(runs):
        path = tmp_path_factory.mktemp("tables") / "plates.parquet"
        write_parquet(run.screening().plates, path)
        tables.append(pl.read_parquet(path).with_columns(city=pl.lit(number)))
    return pl.concat(tables)


def test_the_bits_of_every_candidate_plate_add_up(plates: pl.DataFrame) -> None:
    parts = [name for name in plates.columns if name.startswith("bits_") and name != "bits_total"]
    assert len(parts) >= 8
    wrong = plates.filter((pl.sum_horizontal(parts) - pl.col("bits_total")).abs() > TOLERANCE)
    assert plates.height > 100
    assert wrong.is_empty()


def test_the_odds_between_two_candidates_of_a_row_are_their_difference_in_bits(plates: pl.DataFrame) -> None:
    rows = ["city", "case_id", "log_row"]
    best = plates.group_by(rows).agg(pl.col("bits_total", "p_hypothesis").first().name.prefix("best_"))
    odds = plates.join(best, on=rows).select(
        said=(pl.col("p_hypothesis") / pl.col("best_p_hypothesis")).log(2.0),
        computed=pl.col("bits_total") - pl.col("best_bits_total"),
    )
    assert odds.filter(pl.col("computed") != 0).height > 0
    assert odds.filter((pl.col("said") - pl.col("computed")).abs() > 1e-6).is_empty()
    assert plates.group_by(rows).agg(pl.col("p_hypothesis").sum()).filter(pl.col("p_hypothesis") > 1 + 1e-9).is_empty()
