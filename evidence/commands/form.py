"""`evidence form`: a form of the process, filled from a case; a draft until a named person approves it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    Force,
    Fresh,
    Learned,
    Out,
    Pack,
    Pdf,
    Prepared,
    Quiet,
    Threads,
    day,
    end_with_failures,
    plain,
    say,
    use_threads,
    with_pdf,
)

if TYPE_CHECKING:
    from evidence.forms.facts import CaseFacts
    from evidence.forms.process import Said


def form(
    city: CityFolder,
    case: Annotated[str, typer.Option("--case", metavar="ID", help="The case_id, exactly as in `cases`.")],
    name: Annotated[
        str,
        typer.Option(
            "--form",
            metavar="NAME",
            help="investigation, investigation-notice, violation-notice or compliance-letter.",
        ),
    ],
    out: Out,
    approved_by: Annotated[
        str | None, typer.Option("--approved-by", metavar="NAME", help="Who approves it; without, a marked draft.")
    ] = None,
    rationale: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it is approved.")] = None,
    mailed_on: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="DATE", help="Day of mailing; by default, of an investigation notice, notice_sent_on."
        ),
    ] = None,
    due_on: Annotated[
        str | None, typer.Option("--due", metavar="DATE", help="A later last day than the rule pack gives.")
    ] = None,
    due_reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, printed on the form.")] = None,
    complied_on: Annotated[
        str | None,
        typer.Option("--complied-on", metavar="DATE", help="For the letter: the day it was found to comply."),
    ] = None,
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
    """Fill a form of the process from a case: HTML, PDF and JSON in DIR/ID/forms. Nothing is issued by itself.

    Without --approved-by and --rationale every page is marked DRAFT - NOT ISSUED. Deadlines are counted by the rule
    pack. A violation notice is refused where the finding does not support it.

    Example: evidence form ./fort-collins --case C-2007-0042 --form investigation -o out/cases
    """
    use_threads(threads)
    printed = with_pdf(pdf=pdf)
    from evidence.forms.fill import FORMS
    from evidence.forms.process import FormRefused, Said, said_approval

    if name not in FORMS:  # before a city is read
        raise FormRefused(f"there is no form {name!r}; the forms are: {', '.join(FORMS)}")
    said = Said(
        mailed_on=day(mailed_on, "--date"),
        due_on=day(due_on, "--due"),
        due_reason=due_reason,
        complied_on=day(complied_on, "--complied-on"),
        approval=said_approval(approved_by, rationale),
    )
    access = Asked(operator, purpose, reason, store)
    with recorded(access, "form", city, cases=[case], terms={"case": case, "form": name, "pack": pack}) as record:
        about = asked_cases(record, city, [case], prepared=prepared, learned=learned, fresh=fresh, pack=pack)
        facts = _facts(about, quiet=quiet)
        record.found(1, shown_in(record, [facts.summary]))
        files = _fill_and_write(about, name, said, out, facts, pdf=printed, force=force)
    if not quiet:
        note_no_record(record)
        about.report()
        say("Approved by a named person; sending it is theirs." if said.approval else "A draft, marked on every page.")
        for path in files:
            say(f"  {plain(path)}")
    end_with_failures(about.city)


def _fill_and_write(
    about: AskedCases, name: str, said: "Said", out: Path, facts: "CaseFacts", *, pdf: bool, force: bool
) -> list[Path]:
    from evidence.folders import folder_names
    from evidence.forms.fill import fill
    from evidence.forms.render import write_form

    if said.mailed_on is None and name == "investigation-notice":
        from dataclasses import replace

        said = replace(said, mailed_on=facts.notice_sent_on)
    names = folder_names(about.city.frame("cases").get_column("case_id").to_list())
    (case_id,) = about.case_ids
    return write_form(fill(name, facts, said), out / names[case_id], pdf=pdf, force=force)


def _facts(about: AskedCases, *, quiet: bool) -> "CaseFacts":
    from evidence.forms.facts import case_facts
    from evidence.progress import shown_progress

    with shown_progress(quiet=quiet) as progress:
        run = about.run(progress)
        (result,) = run.results(about.case_ids)
    (case_id,) = about.case_ids
    (answered,) = [numbers for numbers in run.answered if case_id in numbers.cases["case_id"].to_list()]
    return case_facts(about.city, run.linked.dwellings.table, result.summary, answered.pack)
