"""`evidence summarize` and `evidence submit`: one case in full."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.access import (
    Asked,
    Operator,
    Purpose,
    Reason,
    Record,
    StorePlace,
    note_no_record,
    recorded,
    shown_in,
)
from evidence.commands.asked_cases import AskedCases, asked_cases
from evidence.commands.options import (
    CityFolder,
    Force,
    Fresh,
    Learned,
    Out,
    Pack,
    Pdf,
    Prepared,
    Quiet,
    Threads,
    end_with_failures,
    plain,
    say,
    use_threads,
    with_pdf,
)

if TYPE_CHECKING:
    from evidence.summary_model import Summary


def summarize(
    city: CityFolder,
    case: Annotated[str, typer.Option("--case", metavar="ID", help="The case_id, exactly as in `cases`.")],
    out: Out,
    pack: Pack = None,
    pdf: Pdf = None,
    purpose: Purpose = None,
    operator: Operator = None,
    reason: Reason = None,
    store: StorePlace = None,
    prepared: Prepared = None,
    learned: Learned = None,
    fresh: Fresh = False,
    force: Force = False,
    quiet: Quiet = False,
    threads: Threads = None,
) -> None:
    """Write the evidence summary of one case: summary.json, .html and .pdf, graph.json, graph.graphml.

    The files go to DIR/ID. When DIR is the folder `cases` of a screening, its index.html is linked to them.

    Example: evidence summarize ./fort-collins --case C-2007-0042 -o out/cases
    """
    use_threads(threads)
    printed = with_pdf(pdf=pdf)
    asked = Asked(operator, purpose, reason, store)
    about: AskedCases | None = None
    with recorded(asked, "summarize", city, cases=[case], terms={"case": case, "pack": pack}) as record:
        kept_pages_do = pack is None and learned is None and not fresh
        if not kept_pages_do or not _handed_over(
            city, case, out, prepared, record, pdf=printed, force=force, quiet=quiet
        ):
            about = asked_cases(record, city, [case], prepared=prepared, learned=learned, fresh=fresh, pack=pack)
            _summarize_all(about, out, record, pdf=printed, force=force, quiet=quiet)
    if not quiet:
        note_no_record(record)
    if about is not None:
        end_with_failures(about.city)


def submit(
    city: CityFolder,
    case_folder: Annotated[
        Path,
        typer.Argument(metavar="CASE_FOLDER", help="Folder with cases, and vehicle_log and lease_disclosures if any."),
    ],
    out: Out,
    pack: Pack = None,
    pdf: Pdf = None,
    purpose: Purpose = None,
    operator: Operator = None,
    reason: Reason = None,
    store: StorePlace = None,
    prepared: Prepared = None,
    learned: Learned = None,
    fresh: Fresh = False,
    force: Force = False,
    quiet: Quiet = False,
    threads: Threads = None,
) -> None:
    """Lay a new case over a city's sources and go straight to its summary.

    CASE_FOLDER holds `cases` and, if there are any, `vehicle_log` and `lease_disclosures`; its rows take the place
    of the city's rows of the same case. A summary of each of its cases is written to DIR/ID.

    Example: evidence submit ./fort-collins ./new-case -o out/submitted
    """
    use_threads(threads)
    printed = with_pdf(pdf=pdf)
    from loaders.city import load

    asked = Asked(operator, purpose, reason, store)
    case_ids = load(case_folder, only=("cases",)).frame("cases").get_column("case_id").unique().sort().to_list()
    terms = {"case_folder": str(case_folder), "pack": pack}
    with recorded(asked, "submit", city, cases=case_ids, terms=terms, case_folder=case_folder) as record:
        about = asked_cases(
            record, city, case_ids, prepared=prepared, learned=learned, fresh=fresh, pack=pack, case_folder=case_folder
        )
        _summarize_all(about, out, record, pdf=printed, force=force, quiet=quiet)
    if not quiet:
        note_no_record(record)
    end_with_failures(about.city)


def _handed_over(
    city: Path,
    case: str,
    out: Path,
    prepared: Path | None,
    record: Record,
    *,
    pdf: bool,
    force: bool,
    quiet: bool,
) -> bool:
    """Write the finished pages of a case where they are kept and nothing has changed; no data library is loaded."""
    from evidence.prepared.pages import kept_pages
    from evidence.prepared.place import prepared_folder

    pages = kept_pages(city, prepared_folder(city, prepared), case)
    if pages is None:
        return False
    from evidence.atomic import replaced_folder
    from evidence.case_files import owned_case, put_case_files

    if record.access.entry is not None:
        import json

        from evidence.store.subjects import subjects_of

        record.found(1, subjects_of(json.loads(pages.files["summary.json"])))
    folder = out / pages.folder
    with replaced_folder(folder, owned_case, force=force) as partial:
        put_case_files(pages.files, partial, pdf=pdf)
    if not quiet:
        from evidence.summary_model import Summary

        _print(Summary.model_validate_json(pages.files["summary.json"]), folder)
    _link_in_index(out)
    return True


def _link_in_index(out: Path) -> None:
    """Link new summaries in the index of a screening, where DIR is the folder `cases` of one."""
    if out.name == "cases" and (out.parent / "run.json").exists():
        from evidence.write import refresh_index

        refresh_index(out.parent)


def _summarize_all(about: AskedCases, out: Path, record: Record, *, pdf: bool, force: bool, quiet: bool) -> None:
    from evidence.atomic import owned_or_refuse
    from evidence.case_files import owned_case
    from evidence.folders import folder_names
    from evidence.progress import shown_progress
    from evidence.write import write_case

    names = folder_names(about.city.frame("cases").get_column("case_id").to_list())
    for case_id in about.case_ids:
        owned_or_refuse(out / names[case_id], owned_case, force=force)
    with shown_progress(quiet=quiet) as progress:
        results = about.run(progress).results(about.case_ids)
        record.found(len(results), shown_in(record, [result.summary for result in results]))
        for case_id, result in zip(about.case_ids, results, strict=True):
            folder = out / names[case_id]
            write_case(result, folder, pdf=pdf, force=force)
            if not quiet:
                _print(result.summary, folder)
    if not quiet:
        about.report()
    _link_in_index(out)


def _print(summary: "Summary", folder: Path) -> None:
    from evidence.render.words import FINDINGS
    from evidence.wording import percent

    say(f"Case {plain(summary.case_id)}, {plain(summary.address)}")
    say(f"  {FINDINGS[summary.finding][0]} (probability {percent(summary.p_over_limit)})")
    say(f"  {plain(summary.finding_sentence)}")
    if summary.next_evidence:
        say(f"  Ask for next: {plain(summary.next_evidence[0].request)}")
    say(f"  Summary for a browser: {folder / 'summary.html'}")
