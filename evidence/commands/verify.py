"""`evidence verify` and `evidence replay`: does a summary agree with itself, and with the sources?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evidence.commands.access import (
    Asked,
    Operator,
    Purpose,
    Reason,
    StorePlace,
    note_no_record,
    recorded,
    shown_in,
)
from evidence.commands.asked_cases import AskedCases, asked_cases
from evidence.commands.options import (
    CityFolder,
    Fresh,
    Learned,
    Pack,
    Prepared,
    Quiet,
    Threads,
    plain,
    say,
    use_threads,
)

if TYPE_CHECKING:
    from evidence.summary_model import Summary

DIFFERS = 1
SummaryFile = Annotated[
    Path, typer.Argument(metavar="SUMMARY", help="A summary.json, or the folder of a case that holds one.")
]


def verify(summary: SummaryFile) -> None:
    """Check a summary from the report alone, offline: its form, its seal, its sums, and the pages beside it.

    The exit code is 0 where everything holds, 1 where something does not; each thing is named.

    Example: evidence verify out/cases/C-2007-0042/summary.json
    """
    from evidence.summary_model import Summary
    from evidence.verify import read_document, verify, verify_pages

    document = read_document(summary)
    faults = verify(document)
    if not faults:
        faults = verify_pages(Summary.model_validate(document), summary if summary.is_dir() else summary.parent)
    for fault in faults:
        say(f"{plain(fault.where)}: {plain(fault.says)}")
    if faults:
        say(f"{len(faults)} thing{'s' * (len(faults) != 1)} in {plain(summary)} do not hold")
        raise typer.Exit(DIFFERS)
    say(f"{plain(summary)}: whole; seal {document['content_sha256']}")


def replay(
    summary: SummaryFile,
    city: CityFolder,
    submitted: Annotated[
        Path | None, typer.Option(metavar="CASE_FOLDER", help="The case folder of a summary made by `submit`.")
    ] = None,
    pack: Pack = None,
    purpose: Purpose = None,
    operator: Operator = None,
    reason: Reason = None,
    store: StorePlace = None,
    prepared: Prepared = None,
    learned: Learned = None,
    fresh: Fresh = False,
    quiet: Quiet = False,
    threads: Threads = None,
) -> None:
    """Work a summary out anew from a city folder and compare, byte for byte.

    Where it differs, the causes are named first (program, settings, each changed input file) and then the figures. The
    exit code is 0 where the bytes are the same, 1 where they are not. A summary made with --pack needs it here too.

    Example: evidence replay out/cases/C-2007-0042/summary.json ./fort-collins
    """
    use_threads(threads)
    from evidence.replay import MOST_SHOWN, differences
    from evidence.verify import read_document
    from evidence.write import summary_json

    document = read_document(summary)
    there = (summary / "summary.json" if summary.is_dir() else summary).read_bytes()
    case_id = str(document.get("case_id"))
    terms = {"case": case_id, "pack": pack}
    access = Asked(operator, purpose, reason, store)
    with recorded(access, "replay", city, cases=[case_id], terms=terms, case_folder=submitted) as record:
        about = asked_cases(
            record,
            city,
            [case_id],
            prepared=prepared,
            learned=learned,
            fresh=fresh,
            pack=pack,
            case_folder=submitted,
            learn=learned is None and not _names_rates(document),
        )
        found_again = _found_again(about, quiet=quiet)
        record.found(1, shown_in(record, [found_again]))
    if not quiet:
        note_no_record(record)
    made = summary_json(found_again)
    if there == made:
        say(f"{plain(summary)}: the same, byte for byte")
        return
    import json

    again = json.loads(made)
    _tell(differences(document, again), again, MOST_SHOWN)
    raise typer.Exit(DIFFERS)


def _tell(found: "list[Any]", made: "dict[str, Any]", most: int) -> None:
    headings = {"program": "Another program:", "setting": "Other settings:", "file": "Other input files:"}
    for kind, heading in {**headings, "figure": "Figures that differ:"}.items():
        of_kind = [each for each in found if each.kind == kind]
        if of_kind:
            say(heading)
        for each in of_kind[:most]:
            say(f"  {plain(each.words)}")
        if len(of_kind) > most:
            say(f"  and {len(of_kind) - most} more")
    if not found:
        say("The content is the same, the bytes are not: the file was written by another program or changed in form.")
    elif all(each.kind == "figure" for each in found):
        listed = made["provenance"]["settings"].get("address_confidentiality")
        unless = ", or the list of confidential addresses was" if listed else ""  # of which no summary keeps a hash
        say(f"Program, settings and input files are those of the summary: the summary itself was changed{unless}.")


def _names_rates(document: "dict[str, Any]") -> bool:
    """Whether a summary was made with rates that were held; else its rates were learned from the sources."""
    provenance = document.get("provenance")
    settings = provenance.get("settings") if isinstance(provenance, dict) else None
    return isinstance(settings, dict) and settings.get("learned_rates_sha256") is not None


def _found_again(about: AskedCases, *, quiet: bool) -> "Summary":
    from evidence.progress import shown_progress

    with shown_progress(quiet=quiet) as progress:
        (result,) = about.run(progress).results(about.case_ids)
    return result.summary
