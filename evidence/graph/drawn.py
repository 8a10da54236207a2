"""What is drawn of a case's linkage graph: its nodes and edges, with the logged plates of one spelling as one node.

A car watched for a month is read in a hundred rows; the picture shows each way in which its plate was written once,
with the number of rows. The rows themselves stay in the tables and in the files.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import networkx as nx

from matchers.explain_chain import LENGTHS
from matchers.graph_law import BITS_DIGITS

LOG: Final = "vehicle_log"
# Which attribute of an edge is its probability, and which its weight in bits.
_PROBABILITY: Final[Mapping[str, str]] = {
    "names": "p_member",
    "address": "p_dwelling",
    "same_person": "p_match",
    "compared": "p_match",
    "lives_at": "p_listed",
    "named_at": "p_listed",
    "registered_to": "p_owner",
    "reading_of": "p_vehicle",
    "seen_with": "probability",
    "kin_of": "p_kin",
}
_WEIGHTS: Final = ("match_weight_bits", "kin_weight_bits")
_FAMILIES: Final[Mapping[str, str]] = {
    "names": "identity",
    "same_person": "identity",
    "compared": "rejected",
    "address": "address",
    "lives_at": "place",
    "named_at": "place",
    "registered_to": "vehicle",
    "reading_of": "vehicle",
    "seen_at": "vehicle",
    "seen_with": "vehicle",
    "kin_of": "kin",
}
_SAME_LENGTH: Final = 1.0  # two rows taken for one person are as near as a row and the person whom it names
_COMPARED_LENGTH: Final = 4.0  # like `possibly_same` in a chain
_LEAST_P: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Node:
    """`sources`: of which rows it stands for; empty: of none alone (persons, dwellings, vehicles)."""

    id: str
    kind: str
    label: str
    sources: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """`weight_bits`: log2 of the odds, null where the edge has none; `cost`: its length in a chain (`explain_chain`);
    `rows`: of an edge to a reading, the rows that were read so.
    """

    id: str
    a: str
    b: str
    type: str
    family: str
    p: float
    weight_bits: float | None
    cost: float
    sources: tuple[str, ...]
    facts: Mapping[str, Any]
    rows: tuple[int, ...] = field(default=())


def drawn(graph: "nx.MultiGraph[str]") -> tuple[list[Node], list[Edge]]:
    """Nodes and edges of the picture, in the order of the graph."""
    readings, standing_for = _readings(graph)
    nodes = [
        Node(name, facts["kind"], str(facts["label"]), _sources_of(name), _without(facts, "kind", "label"))
        for name, facts in graph.nodes(data=True)
        if name not in standing_for
    ]
    edges: list[Edge] = []
    for number, (one, other, facts) in enumerate(graph.edges(data=True)):
        a, b = sorted((one, other), key=lambda name: (not name.startswith("row:"), name))
        if facts["type"] == "reading_of":
            continue
        if a in standing_for:
            a = standing_for[a]
        edges.append(_edge(f"e{number}", a, b, facts))
    for name, rows in readings.items():
        vehicle = rows[0][1]
        written = str(graph.nodes[rows[0][0]].get("read_plate") or "not read")
        numbers = tuple(int(graph.nodes[row]["row"]) for row, _, _ in rows)
        label = written if len(rows) == 1 else f"{written} ×{len(rows)}"
        nodes.append(Node(name, "reading", label, (LOG,), {"written": written, "rows": "; ".join(map(str, numbers))}))
        least = min(rows, key=lambda row: (row[2].get("p_vehicle", 1.0), row[0]))[2]
        told = "; ".join(facts["judged"] for _, _, facts in rows if "judged" in facts)
        facts = {**least, "sightings": len(rows), **({"judged": told} if told else {})}
        edges.append(_edge(f"r{len(edges)}", name, vehicle, facts, numbers))
    return nodes, edges


def strongest_ties(edges: Sequence[Edge]) -> dict[int, Edge]:
    """mention_id -> the `same_person` edge that ties its row to its person most; of equals the first."""
    best: dict[int, Edge] = {}
    bits: dict[int, float] = {}
    for edge in edges:
        if edge.type == "same_person" and edge.weight_bits is not None:
            for end in ("left_mention", "right_mention"):
                mention = int(edge.facts[end])
                if mention not in best or bits[mention] < edge.weight_bits:
                    best[mention], bits[mention] = edge, edge.weight_bits
    return best


def _readings(graph: "nx.MultiGraph[str]") -> tuple[dict[str, list[tuple[str, str, Any]]], dict[str, str]]:
    """Reading -> (row, vehicle, facts) of the rows that write the plate of a vehicle so; and row -> its reading."""
    readings: dict[str, list[tuple[str, str, Any]]] = {}
    standing_for: dict[str, str] = {}
    for one, other, facts in graph.edges(data=True):
        if facts["type"] == "reading_of":
            row, vehicle = sorted((one, other))
            written = graph.nodes[row].get("read_plate", "")
            name = f"reading:{vehicle.removeprefix('vehicle:')}:{written}"
            readings.setdefault(name, []).append((row, vehicle, facts))
            standing_for[row] = name
    for rows in readings.values():
        rows.sort(key=lambda row: int(graph.nodes[row[0]]["row"]))
    return dict(sorted(readings.items())), standing_for


def _edge(name: str, a: str, b: str, facts: Mapping[str, Any], rows: tuple[int, ...] = ()) -> Edge:
    kind = facts["type"]
    p = float(facts.get(_PROBABILITY.get(kind, ""), 1.0))
    lengths = {**LENGTHS, "same_person": _SAME_LENGTH, "compared": _COMPARED_LENGTH}
    weight = next((float(facts[name]) for name in _WEIGHTS if name in facts), None)
    cost = round(lengths[kind] - _log2(p), BITS_DIGITS)
    return Edge(name, a, b, kind, _FAMILIES[kind], p, weight, cost, _edge_sources(a, b, facts), facts, rows)


def _edge_sources(a: str, b: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The sources without which the edge would not be there; one of them is enough for a listing."""
    if facts["type"] in ("lives_at", "named_at"):
        rows = str(facts["rows"]).split("; ")
        return tuple(sorted({row.partition(" row ")[0] for row in rows}))
    if facts["type"] in ("seen_at", "seen_with"):
        return (LOG,)
    if facts["type"] == "registered_to":
        return ("dmv_registrations",)
    return tuple(sorted({*_sources_of(a), *_sources_of(b)}))


def _sources_of(node: str) -> tuple[str, ...]:
    return (node.split(":")[1],) if node.startswith("row:") else (LOG,) if node.startswith("reading:") else ()


def _without(facts: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}


def _log2(p: float) -> float:
    return math.log2(min(max(p, _LEAST_P), 1.0))
