"""Linkage graph to files: node-link JSON and GraphML, with attributes both can hold."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, time
from io import BytesIO

import networkx as nx

Scalar = str | int | float | bool


def graph_json(graph: "nx.MultiGraph[str]") -> bytes:
    """Node-link JSON with sorted keys: `nodes` (id, kind, ...), `edges` (source, target, key, type, ...)."""
    data = nx.node_link_data(graph, edges="edges")
    return (json.dumps(data, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def graph_graphml(graph: "nx.MultiGraph[str]") -> bytes:
    """GraphML, readable by the usual graph programs."""
    out = BytesIO()
    nx.write_graphml_xml(graph, out, named_key_ids=True)
    return out.getvalue()


def add_node(graph: "nx.MultiGraph[str]", node: str, kind: str, label: object, **facts: object) -> None:
    """Add or complete a node; nulls leave no attribute."""
    graph.add_node(node, kind=kind, label=xml_safe(str(label)), **_scalars(facts))


def add_edge(graph: "nx.MultiGraph[str]", a: str, b: str, edge_type: str, **facts: object) -> None:
    """Add an edge between two nodes that are drawn; an edge to something not drawn is left out."""
    if a in graph and b in graph:
        graph.add_edge(a, b, type=edge_type, **_scalars(facts))


def xml_safe(text: str) -> str:
    """Text that XML 1.0 may hold: control characters, surrogates and non-characters become U+FFFD."""
    return "".join(c if _xml_allows(ord(c)) else "\ufffd" for c in text)


def _scalars(facts: Mapping[str, object]) -> dict[str, Scalar]:
    made = ((name, _scalar(value)) for name, value in facts.items())
    return {name: value for name, value in made if value is not None}


def _scalar(value: object) -> Scalar | None:
    """Dates as ISO text, lists joined; None for what is not known (null, not-a-number, infinity)."""
    match value:
        case None:
            return None
        case bool() | int():
            return value
        case float():
            return value if value - value == 0 else None
        case str():
            return xml_safe(value)
        case date() | time():
            return value.isoformat()
        case Iterable():
            return "; ".join(xml_safe(str(item)) for item in value)
        case _:
            return xml_safe(str(value))


def _xml_allows(code: int) -> bool:
    # https://www.w3.org/TR/xml/#charsets
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
