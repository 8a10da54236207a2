"""Results to files: the tables, the run record and the pages of a screening; the four files of one case.

Parquet holds the exact values. CSV is for spreadsheets: a text cell that a spreadsheet would run as a formula
(it begins with = + - @, a tab or a line break) is written with a leading apostrophe. Equal results give equal
bytes in every file but `run.json`, which also holds the times and the memory of this very run.
"""

import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl

from evidence.access import Access
from evidence.atomic import replaced_file, replaced_folder
from evidence.case_files import CASE_FILES, GRAPH_PAGE, PAGE_FILE, owned_case, put_case_files, read_object
from evidence.folders import folder_names
from evidence.progress import NullProgress, Progress, peak_memory_bytes
from evidence.render.html import IndexRow, index_html, summary_html
from evidence.summary_model import Summary
from matchers.graph_export import graph_graphml, graph_json

if TYPE_CHECKING:
    from evidence.results import CaseResult, Screening

PROGRAM = "occupancy-evidence"
_INDEX = "index.html"
_PARQUET_TABLES = ("screen", "occupants", "persons", "mentions", "plates", "vehicles")
_CSV_TABLES = ("screen", "quarantine", "warnings")
# What Excel, LibreOffice and Google Sheets take for the beginning of a formula, with the full-width forms.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
_INDEX_ROWS = 2000  # about a megabyte: what a tablet opens at once; the list of a whole city stands in screen.csv
_ROWS_PER_GROUP = 250_000  # fixed, because the default follows the number of threads


def write_screening(
    screening: "Screening",
    out: Path,
    *,
    case_ids: Iterable[str],
    summaries: Callable[[Path], Mapping[str, str]] | None = None,
    access: Access | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> None:
    """Write a screening to folder `out`, whole or not at all.

    `case_ids` are all ids of the city: they decide the folder names. `summaries`, when given, writes case folders
    into the folder it is handed and returns id -> name of the folder written. Raises `OutputRefused`.
    """
    progress = progress or NullProgress()
    access = access or Access()
    with replaced_folder(out, owned_screening, force=force) as folder:
        with progress.stage("write tables"):
            for name in _PARQUET_TABLES:
                write_parquet(getattr(screening, name), folder / f"{name}.parquet")
            for name in _CSV_TABLES:
                (folder / f"{name}.csv").write_bytes(csv_bytes(getattr(screening, name)))
        pages = dict(summaries(folder / "cases")) if summaries else {}
        names = folder_names([*case_ids, *screening.screen.get_column("case_id").to_list()])
        renamed = {case_id: name for case_id, name in names.items() if name != case_id}
        run = {
            "program": PROGRAM,
            "version": version(PROGRAM),
            **access.as_run(),
            **screening.run,
            "case_folders": renamed,
        }
        with progress.stage("write pages"):
            (folder / _INDEX).write_text(_index(screening.screen, run, pages), "utf-8", newline="\n")
        files = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != _INDEX  # it changes when a summary is made later
        }
        measured = {
            "timings_seconds": {stage: round(seconds, 3) for stage, seconds in progress.timings.items()},
            "cpu_seconds": {stage: round(seconds, 3) for stage, seconds in progress.cpu_seconds.items()},
            "peak_memory_bytes": peak_memory_bytes(),
        }
        (folder / "run.json").write_bytes(json_bytes({**run, "files": files, **measured}))


def write_case(result: "CaseResult", folder: Path, *, pdf: bool = False, force: bool = False) -> None:
    """Write the files of one case to `folder`, whole or not at all. Raises `OutputRefused`.

    pdf: also the page as summary.pdf; raises `NotAvailable` without the typesetter.
    """
    with replaced_folder(folder, owned_case, force=force) as partial:
        fill_case_folder(result, partial, pdf=pdf)


def fill_case_folder(result: "CaseResult", folder: Path, *, pdf: bool = False) -> None:
    """The files of one case, into a folder that is already there and not yet in place."""
    put_case_files(case_files(result), folder, pdf=pdf)


def case_files(result: "CaseResult") -> dict[str, bytes]:
    """The four files of one case by name."""
    contents = (
        summary_json(result.summary),
        summary_html(result.summary).encode(),
        graph_json(result.graph),
        graph_graphml(result.graph),
    )
    return dict(zip(CASE_FILES, contents, strict=True))


def refresh_index(screening_folder: Path) -> bool:
    """Link the summaries and graphs that were made since in the index of a screening; False when there is none."""
    if owned_screening(screening_folder) is None:
        return False
    run = json.loads((screening_folder / "run.json").read_text("utf-8"))
    screen = pl.read_parquet(screening_folder / "screen.parquet")
    names = {case_id: run["case_folders"].get(case_id, case_id) for case_id in screen.get_column("case_id")}
    made = {
        case_id: name
        for case_id, name in names.items()
        if (screening_folder / "cases" / name / "summary.html").is_file()
    }
    drawn = {name for name in names.values() if (screening_folder / "cases" / name / GRAPH_PAGE).is_file()}
    with replaced_file(screening_folder / _INDEX) as partial:
        partial.write_text(_index(screen, run, made, drawn), "utf-8", newline="\n")
    return True


def link_graph(folder: Path) -> bool:
    """Link the graph page of a case folder in the summary beside it and in the index above; False without either.

    A page that is not the one of the summary beside it is left as it is.
    """
    document = read_object(folder / "summary.json")
    linked = False
    if document is not None:
        summary = Summary.model_validate(document)
        if (folder / PAGE_FILE).read_bytes() == summary_html(summary).encode():
            with replaced_file(folder / PAGE_FILE) as partial:
                partial.write_bytes(summary_html(summary, graph=GRAPH_PAGE).encode())
            linked = True
    above = folder.parent
    return (above.name == "cases" and (above.parent / "run.json").exists() and refresh_index(above.parent)) or linked


def summary_json(summary: Summary) -> bytes:
    """The summary as JSON, fields in the order of the model."""
    return (summary.model_dump_json(indent=1) + "\n").encode()


def json_bytes(value: Any) -> bytes:
    """JSON with two-space indents, order as given; what JSON does not know (paths, dates) as text."""
    return (json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """UTF-8 CSV with text cells guarded against being run as formulas; numbers and dates stay as they are."""
    text = pl.col(pl.String)
    guarded = frame.with_columns(
        pl.when(text.str.contains(_FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep()
        if pl.String in frame.dtypes
        else []
    )
    out = io.BytesIO()
    guarded.write_csv(out, line_terminator="\r\n")
    return out.getvalue()


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Parquet, the same bytes for the same frame on any number of threads."""
    frame.rechunk().write_parquet(path, compression="zstd", row_group_size=_ROWS_PER_GROUP)


def owned_screening(folder: Path) -> frozenset[str] | None:
    """The files of a former screening that are ours to replace; None when the folder is none."""
    run = read_object(folder / "run.json")
    if run is None or run.get("program") != PROGRAM:
        return None
    files = run.get("files")
    listed = set(files) if isinstance(files, dict) else set()
    later = {
        f"cases/{case.name}/{name}" for case in sorted((folder / "cases").glob("*")) for name in owned_case(case) or ()
    }
    return frozenset(listed | later | {"run.json", _INDEX})


def _index(screen: pl.DataFrame, run: Mapping[str, Any], pages: Mapping[str, str], drawn: Collection[str] = ()) -> str:
    """pages: case id -> name of the folder of its summary; drawn: names of folders with a graph page."""

    def row_of(row: Mapping[str, Any]) -> IndexRow:
        name = pages.get(row["case_id"])
        place = None if name is None else f"cases/{quote(name)}"
        graph = f"{place}/{GRAPH_PAGE}" if place and name in drawn else None
        return IndexRow(row, f"{place}/{PAGE_FILE}" if place else None, graph)

    rows = [row_of(row) for row in screen.head(_INDEX_ROWS).iter_rows(named=True)]
    findings = dict(screen.get_column("finding").value_counts(sort=True).sort("finding").iter_rows())
    return index_html(rows, run, "evidence summarize CITY --case CASE -o OUT/cases", findings)
