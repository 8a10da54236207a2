"""A run to a folder: its tables, and the summaries of the most pressing cases."""

from collections.abc import Callable, Mapping
from pathlib import Path

from evidence.access import Access
from evidence.folders import folder_names
from evidence.pipeline import Run
from evidence.progress import NullProgress, Progress
from evidence.results import Screening
from evidence.write import fill_case_folder, write_screening


def deliver(
    run: Run,
    out: Path,
    *,
    summaries: int = 0,
    pdf: bool = False,
    access: Access | None = None,
    found: Callable[[Screening], None] | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> Screening:
    """Write the tables of a run and the summaries of its `summaries` most pressing cases to folder `out`, whole or not
    at all, and hand back the tables. pdf: each summary also as a PDF; found: told of the tables before anything is
    written. Raises `OutputRefused`."""
    screening = run.screening()
    if found is not None:
        found(screening)
    known = frozenset(run.city.frame("cases").get_column("case_id"))
    listed = screening.screen.get_column("case_id")
    chosen = [case_id for case_id in listed if case_id in known][:summaries]
    write_screening(
        screening,
        out,
        case_ids=known,
        summaries=lambda folder: _write_summaries(run, chosen, folder, progress or NullProgress(), pdf=pdf),
        access=access,
        progress=progress,
        force=force,
    )
    return screening


def _write_summaries(
    run: Run, case_ids: list[str], folder: Path, progress: Progress, *, pdf: bool
) -> Mapping[str, str]:
    names = folder_names(run.city.frame("cases").get_column("case_id").to_list())
    results = run.results(case_ids) if case_ids else []
    with progress.stage("write summaries", total=len(case_ids)):
        for case_id, result in zip(case_ids, results, strict=True):
            case_folder = folder / names[case_id]
            case_folder.mkdir(parents=True)
            fill_case_folder(result, case_folder, pdf=pdf)
            progress.advance()
    return {case_id: names[case_id] for case_id in case_ids}
