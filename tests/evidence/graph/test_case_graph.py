"""What the page of a case says before it is a page: every edge of the graph, the figures of `explain`, thresholds."""

import re
from collections import Counter

import pytest

from evidence.explanation import explain
from evidence.graph.drawn import drawn
from evidence.graph.layout import positions
from evidence.graph.model import CaseGraph, case_graph
from evidence.graph.thresholds import ladder
from evidence.pipeline import Run
from evidence.progress import NullProgress
from evidence.render.explanation import lines
from matchers.explain import PairScorer
from tests.evidence.graph.graph_pages import largest


@pytest.fixture(scope="module")
def found(tiny_run: Run) -> CaseGraph:
    return largest(tiny_run)


@pytest.fixture(scope="module")
def every(tiny_run: Run) -> list[CaseGraph]:
    log = tiny_run.city.frame("vehicle_log")
    return [case_graph(tiny_run.linked, log, result) for _, result in tiny_run.every_result()]


def test_every_edge_of_the_graph_is_drawn_or_stands_in_a_reading(every: list[CaseGraph]) -> None:
    for case in every:
        types = Counter(facts["type"] for _, _, facts in case.graph.edges(data=True))
        shown = Counter(edge.type for edge in case.edges)
        assert {name: n for name, n in shown.items() if name != "reading_of"} == {
            name: n for name, n in types.items() if name != "reading_of"
        }
        assert sum(len(edge.rows) for edge in case.edges) == types["reading_of"]


def test_a_reading_stands_for_the_rows_that_write_the_plate_so(found: CaseGraph) -> None:
    nodes = {node.id: node for node in found.nodes}
    for edge in found.edges:
        if edge.type == "reading_of":
            written = {found.graph.nodes[f"row:vehicle_log:{row}"].get("read_plate") for row in edge.rows}
            assert len(written) == 1
            assert nodes[edge.a].facts["written"] == (written.pop() or "not read")


def test_the_lines_of_every_comparison_add_up_to_its_total(every: list[CaseGraph]) -> None:
    for case in every:
        for comparison in [*case.comparisons.values(), *case.readings.values()]:
            assert round(sum(line.bits for line in comparison.lines), 2) == comparison.total


def test_the_figures_of_an_edge_are_those_of_explain(found: CaseGraph, tiny_run: Run) -> None:
    edge = next(edge for edge in found.edges if edge.type == "same_person")
    a, b = (
        f"{found.people_of[edge.facts[f'{side}_mention']][0].removeprefix('row:')}:{edge.facts[f'{side}_field']}"
        for side in ("left", "right")
    )
    told = "\n".join(lines(explain(tiny_run.city, a, b, case_id=None, progress=NullProgress())))
    comparison = found.comparisons[edge.id]
    for line in comparison.lines:
        assert re.search(rf"{re.escape(line.name)} +{re.escape(line.shown.strip())} .*{re.escape(line.words)}", told)
    assert f"probability {comparison.probability}" in told


def test_at_the_runs_threshold_the_persons_are_the_runs(every: list[CaseGraph]) -> None:
    for case in every:
        own = [step for step in case.ladder.steps if step.bits == case.ladder.run_bits]
        assert [(step.persons, step.groups) for step in own] == [(case.summary.persons_named, ())]


def test_at_the_highest_threshold_names_part(found: CaseGraph) -> None:
    last, first = found.ladder.steps[-1], found.ladder.steps[0]
    assert last.persons > found.summary.persons_named >= first.persons
    assert last.groups


def test_positions_are_the_same_each_time_and_leave_room_for_labels(found: CaseGraph) -> None:
    again = positions(*drawn(found.graph))
    assert again == found.place
    places = sorted(again.values())
    crowded = [
        (a, b) for i, a in enumerate(places) for b in places[i + 1 :] if abs(a[0] - b[0]) < 40 > abs(a[1] - b[1])
    ]
    assert not crowded


def test_what_was_not_taken_is_listed_with_its_reason(found: CaseGraph) -> None:
    compared = [edge for edge in found.edges if edge.type == "compared"]
    assert all(found.why[edge.id] for edge in compared)
    kinds = {each.kind for each in found.rejected}
    assert {"one person", "another driver"} <= kinds
    assert all(each.why and each.about and 0.0 <= each.p <= 1.0 for each in found.rejected)


def test_a_case_that_names_too_many_rows_says_so(tiny_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.graph.thresholds._MOST_PROFILES", 1)
    mentions = tiny_run.linked.links.mentions.select("mention_id", "person_id", p_here="p_dwelling")
    assert ladder(PairScorer.of(tiny_run.linked.links), mentions).left_out
