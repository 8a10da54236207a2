"""The files of one case, and which of the files in a folder are a former summary of ours."""

import json
from pathlib import Path
from typing import Any, Final

SCHEMA_FAMILY: Final = "occupancy-evidence/summary"
CASE_FILES: Final = ("summary.json", "summary.html", "graph.json", "graph.graphml")
GRAPH_PAGE: Final = "graph.html"  # made on demand by `evidence graph`, of the same run as the summary or of none

GRAPH_PAGE_MARK: Final = b'"schema":"occupancy-evidence/graph-page/'


def owned_case(folder: Path) -> frozenset[str] | None:
    """The files of a former summary that are ours to replace; None when the folder is none."""
    summary = read_object(folder / "summary.json")
    if summary is None or not str(summary.get("schema", "")).startswith(f"{SCHEMA_FAMILY}/"):
        return None
    return frozenset({*CASE_FILES, GRAPH_PAGE})


def owned_graph_page(folder: Path) -> frozenset[str] | None:
    """The graph page in a folder that holds a summary of ours, or nothing but a former graph page; None otherwise."""
    if owned_case(folder) is not None:
        return frozenset({GRAPH_PAGE})
    try:
        names = sorted(path.name for path in folder.iterdir())
        ours = names == [GRAPH_PAGE] and GRAPH_PAGE_MARK in (folder / GRAPH_PAGE).read_bytes()
    except OSError:
        return None
    return frozenset(names) if ours else None


def read_object(path: Path) -> dict[str, Any] | None:
    """A JSON object, or None where there is no readable one: then the file is not ours."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
