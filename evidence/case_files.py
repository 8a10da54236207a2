"""The files of one case, and which of the files in a folder are a former summary of ours."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

SCHEMA_FAMILY: Final = "occupancy-evidence/summary"
# The files that every summary has; the PDF is beside them where the typesetter is installed.
CASE_FILES: Final = ("summary.json", "summary.html", "graph.json", "graph.graphml")
PAGE_FILE: Final = "summary.html"
PDF_FILE: Final = "summary.pdf"
GRAPH_PAGE: Final = "graph.html"  # made on demand by `evidence graph`, of the same run as the summary or of none

GRAPH_PAGE_MARK: Final = b'"schema":"occupancy-evidence/graph-page/'


def put_case_files(files: Mapping[str, bytes], folder: Path, *, pdf: bool = False) -> None:
    """The files of one case by name, into a folder that is there. pdf: the page also as summary.pdf."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if pdf:
        from evidence.render.pdf import pdf_of

        (folder / PDF_FILE).write_bytes(pdf_of(files[PAGE_FILE].decode()))


def owned_case(folder: Path) -> frozenset[str] | None:
    """The files of a former summary that are ours to replace; None when the folder is none."""
    summary = read_object(folder / "summary.json")
    if summary is None or not str(summary.get("schema", "")).startswith(f"{SCHEMA_FAMILY}/"):
        return None
    return frozenset((*CASE_FILES, PDF_FILE, GRAPH_PAGE))


COPY_FILES: Final = ("summary.json", "summary.html", "withheld.json")


def owned_copy(folder: Path) -> frozenset[str] | None:
    """The files of a former redacted copy that are ours to replace; None when the folder is none."""
    summary = read_object(folder / "summary.json")
    settings = ((summary or {}).get("provenance") or {}).get("settings") or {}
    if owned_case(folder) is None or "redacted_for" not in settings:
        return None
    return frozenset(COPY_FILES)


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
