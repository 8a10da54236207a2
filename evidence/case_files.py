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
FORMS_FOLDER: Final = "forms"  # folder of the filled forms, beside the summary
FORM_SCHEMA: Final = "occupancy-evidence/form/1"


def put_case_files(files: Mapping[str, bytes], folder: Path, *, pdf: bool = False) -> None:
    """The files of one case by name, into a folder that is there. pdf: the page also as summary.pdf."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if pdf:
        from evidence.render.pdf import pdf_of

        (folder / PDF_FILE).write_bytes(pdf_of(files[PAGE_FILE].decode()))


def owned_case(folder: Path) -> frozenset[str] | None:
    """The files that a new summary replaces; None when the folder is none of ours.

    Forms stay: they were sent. A graph page goes, being of another run, also where no summary was written yet.
    """
    if _is_summary(read_object(folder / "summary.json")):
        return frozenset((*CASE_FILES, PDF_FILE, GRAPH_PAGE))
    try:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        page = GRAPH_PAGE in names and GRAPH_PAGE_MARK in (folder / GRAPH_PAGE).read_bytes()
    except OSError:
        return None
    ours = owned_forms(folder) | ({GRAPH_PAGE} if page else frozenset())
    return frozenset({GRAPH_PAGE}) if ours and names <= ours else None


def owned_forms(folder: Path) -> frozenset[str]:
    """The files of the forms of a case, by their names in its folder."""
    made = (path for path in sorted((folder / FORMS_FOLDER).glob("*.json")) if _is_form(read_object(path)))
    return frozenset(f"{FORMS_FOLDER}/{path.stem}.{ending}" for path in made for ending in ("json", "html", "pdf"))


def all_owned(folder: Path) -> frozenset[str]:
    """All that this program wrote into the folder of a case: what is destroyed when the case's time is over."""
    return (owned_case(folder) or frozenset()) | (owned_copy(folder) or frozenset()) | owned_forms(folder)


def case_of(folder: Path) -> str | None:
    """The case whose summary or forms lie in a folder; None where neither does."""
    for path in (folder / "summary.json", *sorted((folder / FORMS_FOLDER).glob("*.json"))):
        paper = read_object(path)
        if paper is not None and (_is_summary(paper) or _is_form(paper)):
            return str(paper["case_id"])
    return None


def _is_summary(paper: dict[str, Any] | None) -> bool:
    return paper is not None and str(paper.get("schema", "")).startswith(f"{SCHEMA_FAMILY}/")


def _is_form(paper: dict[str, Any] | None) -> bool:
    return paper is not None and paper.get("schema") == FORM_SCHEMA


COPY_FILES: Final = ("summary.json", "summary.html", "withheld.json")


def owned_copy(folder: Path) -> frozenset[str] | None:
    """The files of a former redacted copy that are ours to replace; None when the folder is none."""
    summary = read_object(folder / "summary.json")
    settings = ((summary or {}).get("provenance") or {}).get("settings") or {}
    if not _is_summary(summary) or "redacted_for" not in settings:
        return None
    return frozenset(COPY_FILES)


def owned_graph_page(folder: Path) -> frozenset[str] | None:
    """The graph page in a folder of a case; None in any other that is not empty."""
    return None if owned_case(folder) is None else frozenset({GRAPH_PAGE})


def read_object(path: Path) -> dict[str, Any] | None:
    """A JSON object, or None where there is no readable one: then the file is not ours."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
