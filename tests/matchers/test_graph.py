"""The linkage graph of one case: what it draws, what it refuses to say, and that its files read back."""

import json
from io import BytesIO

import networkx as nx
import polars as pl
import pytest

from matchers.graph import ROWS_ELSEWHERE_PER_PERSON, identity_components
from matchers.graph_export import graph_graphml, graph_json
from tests.matchers.graph_sample import HOME, MENTIONS, mention, mentions_frame, sample_graph


def edges(graph: "nx.MultiGraph[str]", edge_type: str) -> set[frozenset[str]]:
    return {frozenset((a, b)) for a, b, facts in graph.edges(data=True) if facts["type"] == edge_type}


@pytest.mark.parametrize(
    ("edge_type", "ends"),
    [
        ("names", {"row:lease_disclosures:2", "person:p2"}),
        ("names", {"row:university_addresses:7", "person:p2"}),
        ("same_person", {"row:lease_disclosures:2", "row:university_addresses:7"}),
        ("lives_at", {"person:p1", f"dwelling:{HOME}"}),
        ("registered_to", {"vehicle:v1", "row:dmv_registrations:4"}),
        ("registered_to", {"vehicle:v1", "person:p3"}),
        ("reading_of", {"row:vehicle_log:11", "vehicle:v1"}),
        ("seen_at", {"vehicle:v2", f"dwelling:{HOME}"}),
        ("seen_with", {"vehicle:v1", "person:p2"}),
        ("kin_of", {"person:p2", "person:p3"}),
    ],
)
def test_each_link_has_its_type(edge_type: str, ends: set[str]) -> None:
    assert frozenset(ends) in edges(sample_graph(), edge_type)


def test_a_comparison_carries_the_bits_of_each_feature_and_no_attribute_where_nothing_was_compared() -> None:
    (edge,) = (facts for *_, facts in sample_graph().edges(data=True) if facts["type"] == "same_person")
    assert edge["match_weight_bits"] == 7.5
    assert edge["bits_family"] == 8.0
    assert edge["bits_given"] == -0.5


def test_only_the_case_is_drawn() -> None:
    graph = sample_graph()
    assert "person:p4" not in graph, "a person whom nothing ties to the case"
    assert "dwelling:9-elm-st" not in graph
    assert graph.nodes["vehicle:v1"]["plate"] == "ABC123", "C-2 has a v1 of its own"


def test_a_listing_elsewhere_is_drawn_as_a_row_but_not_as_living_at_the_dwelling() -> None:
    graph = sample_graph()
    assert "row:university_addresses:7" in graph
    assert edges(graph, "lives_at") == {
        frozenset({"person:p1", f"dwelling:{HOME}"}),
        frozenset({"person:p2", f"dwelling:{HOME}"}),
    }


def test_a_shared_car_never_makes_two_persons_one() -> None:
    graph = sample_graph()
    for part in identity_components(graph):
        assert len([node for node in part if node.startswith("person:")]) <= 1
    # The same graph is connected through the car: the separation above is not an accident of the sample.
    assert nx.has_path(graph, "person:p2", "person:p3")


def test_the_rows_of_a_landlord_elsewhere_are_capped_and_counted() -> None:
    owned = [mention(100 + n, "assessor", n, "owner_name", "Ana Ruiz", "p1", "9-elm-st") for n in range(40)]
    graph = sample_graph(pl.concat([MENTIONS, mentions_frame(owned)]))
    drawn = [node for node in graph if node.startswith("row:assessor:")]
    assert len(drawn) == ROWS_ELSEWHERE_PER_PERSON
    assert graph.nodes["person:p1"]["rows_elsewhere_left_out"] == 40 - ROWS_ELSEWHERE_PER_PERSON


def test_the_files_can_be_read_back_whole() -> None:
    graph = sample_graph()
    from_json = nx.node_link_graph(json.loads(graph_json(graph)), edges="edges")
    from_graphml = nx.read_graphml(BytesIO(graph_graphml(graph)), force_multigraph=True)
    for read in (from_json, from_graphml):
        assert set(read.nodes) == set(graph.nodes)
        assert read.number_of_edges() == graph.number_of_edges()
    assert from_graphml.nodes["vehicle:v1"]["p_registered"] == 0.95


def test_the_order_of_the_rows_changes_no_byte() -> None:
    assert graph_json(sample_graph()) == graph_json(sample_graph(MENTIONS.reverse()))
    assert graph_graphml(sample_graph()) == graph_graphml(sample_graph(MENTIONS.reverse()))


@pytest.mark.parametrize("name", ["<b>&\"'", "\x00\x1b[31m", "\ufffe", "=cmd()", "علي"])
def test_hostile_text_makes_valid_files(name: str) -> None:
    graph = sample_graph(MENTIONS.with_columns(raw_name=pl.lit(name)))
    json.loads(graph_json(graph))
    read = nx.read_graphml(BytesIO(graph_graphml(graph)), force_multigraph=True)
    written = [facts["raw_name"] for *_, facts in read.edges(data=True) if facts["type"] == "names"]
    assert written == [name.translate({0: "\ufffd", 0x1B: "\ufffd", 0xFFFE: "\ufffd"})] * 4
