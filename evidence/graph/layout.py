"""Where each node of the picture stands: computed once, with a fixed seed, so that equal graphs give equal pages."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import networkx as nx
import numpy as np

from evidence.graph.drawn import Edge, Node

SEED: Final = 20070101
_UNIT_PIXELS: Final = 120.0  # of an edge between a row and the person whom it names
_LENGTHS: Final[Mapping[str, float]] = {  # a row stays with its person, a reading with its vehicle
    "names": 1.0,
    "reading_of": 1.0,
    "registered_to": 1.5,
    "same_person": 1.5,
    "lives_at": 2.2,
    "named_at": 2.2,
    "seen_at": 2.2,
    "kin_of": 2.5,
    "seen_with": 2.5,
    "address": 3.5,
    "compared": 3.5,
}
_ROUNDS: Final = 200
_APART: Final = (150.0, 62.0)  # least distance of two nodes, across and down: the room that a label takes
_PUSHES: Final = 300

Points = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def positions(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, tuple[int, int]]:
    """Whole pixels, by node id: distances on paper follow those in the graph (Kamada & Kawai 1989), begun from a
    force-directed layout (Fruchterman & Reingold 1991); then nodes are moved apart until their labels fit.
    """
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(node.id for node in nodes)
    for edge in edges:
        known = graph.get_edge_data(edge.a, edge.b, {"length": math.inf})
        graph.add_edge(edge.a, edge.b, length=min(known["length"], _LENGTHS[edge.type]))
    if len(nodes) < 2:
        return {node.id: (0, 0) for node in nodes}
    begun = nx.spring_layout(graph, seed=SEED, iterations=_ROUNDS, method="force")
    placed = nx.kamada_kawai_layout(graph, pos=begun, weight="length")
    where = np.array([placed[node.id] for node in nodes])
    # The last digits of a sum may follow the machine's algebra library: cut off before they can matter.
    where = np.round(where * _scale(graph, placed), 1)
    where = _moved_apart(where)
    return {node.id: (int(x), int(y)) for node, (x, y) in zip(nodes, np.round(where).tolist(), strict=True)}


def _scale(graph: "nx.Graph[str]", placed: Mapping[str, Any]) -> float:
    """Pixels for a unit of the layout, so that edges have their lengths in the median."""
    drawn = [
        float(np.hypot(*(placed[a] - placed[b]))) / facts["length"]
        for a, b, facts in graph.edges(data=True)
        if (placed[a] != placed[b]).any()
    ]
    return _UNIT_PIXELS / float(np.median(drawn)) if drawn else _UNIT_PIXELS


def _moved_apart(where: Points) -> Points:
    """Two that stand closer than their labels allow push each other away, along the shorter way out."""
    room = np.array(_APART)
    number = np.arange(len(where))
    others = number[:, None] != number[None, :]
    # of two at one point the earlier goes one way, the later the other
    turn = np.sign(number[:, None] - number[None, :])[..., None]
    for _ in range(_PUSHES):
        gap = where[:, None, :] - where[None, :, :]
        overlap = room - np.abs(gap)
        touching = np.logical_and.reduce(overlap > 0, axis=2) & others
        if not touching.any():
            break
        shorter = (overlap / room).argmin(axis=2)
        push = np.zeros_like(gap)
        side = np.where(gap == 0, turn, np.sign(gap))
        for axis in (0, 1):
            push[..., axis] = np.where(touching & (shorter == axis), side[..., axis] * overlap[..., axis] / 4, 0.0)
        where = where + push.sum(axis=1)
    return where
