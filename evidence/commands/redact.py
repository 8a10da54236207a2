"""`evidence redact`: the copy of a summary that one audience may see."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.access import Asked, Operator, Purpose, Reason, StorePlace, note_no_record, recorded_export
from evidence.commands.options import Force, Out, Quiet, plain, say

if TYPE_CHECKING:
    from evidence.summary_model import Summary


class Audience(StrEnum):
    """Who will read the copy."""

    owner = "owner"
    occupant = "occupant"
    complainant = "complainant"
    council = "council"
    public = "public"


def redact(
    summary: Annotated[Path, typer.Argument(metavar="SUMMARY", help="A summary.json of `evidence summarize`.")],
    audience: Annotated[Audience, typer.Option("--audience", help="Who will read the copy.")],
    out: Out,
    person: Annotated[
        str | None,
        typer.Option("--person", metavar="ID", help="For an occupant: his or her person_id, to show what is held."),
    ] = None,
    city: Annotated[
        Path | None,
        typer.Option(
            "--city", metavar="CITY", help="City folder whose list of confidential addresses is to be obeyed."
        ),
    ] = None,
    purpose: Purpose = None,
    operator: Operator = None,
    reason: Reason = None,
    store: StorePlace = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write the copy of a summary for one audience: summary.json, summary.html, and withheld.json.

    Persons and vehicles whom the audience may not see become Person A, V1, the same throughout the copy.
    withheld.json lists each fact that was withheld, its sensitivity and the law. The linkage graph is in no copy. When
    the copy is handed out, enter it with `evidence audit disclose`. With --city, nobody on the city's list of
    participants of the address confidentiality programme is named, though the summary was made before the list was.

    Example: evidence redact out/cases/C-2007-0042/summary.json --audience owner -o out/for-owner
    """
    from evidence.atomic import owned_or_refuse, replaced_folder
    from evidence.case_files import owned_copy
    from evidence.protection.redact import participants_in, withheld_facts
    from evidence.protection.redact import redact as copy_for
    from evidence.render.html import summary_html
    from evidence.store.subjects import subjects_of
    from evidence.summary_model import Summary
    from evidence.summary_seal import sealed
    from evidence.write import json_bytes, summary_json
    from loaders.city import participants
    from loaders.errors import MissingInput

    owned_or_refuse(out, owned_copy, force=force)
    whole = _read(summary)
    data = json.loads(whole.model_dump_json())
    asked = Asked(operator, purpose, reason, store)
    sources = {one.source.removesuffix(" (case folder)") for one in whole.provenance.inputs}
    terms = {"audience": audience.value, "person": person}
    listed = None if city is None else participants(city)
    with recorded_export(asked, "redact", whole.case_id, sources, terms) as record:
        try:
            made = sealed(Summary.model_validate(copy_for(data, audience.value, person, listed)))
        except ValueError as error:
            raise MissingInput(str(error)) from error
        record.found(1, subjects_of(data))
        with replaced_folder(out, owned_copy, force=force) as folder:
            (folder / "summary.json").write_bytes(summary_json(made))
            (folder / "summary.html").write_text(summary_html(made), "utf-8", newline="\n")
            (folder / "withheld.json").write_bytes(json_bytes(withheld_facts(data, audience.value, person)))
    if listed is not None and (names := participants_in(data, listed)):
        typer.echo(
            f"note: {len(names)} names in {plain(summary)} may be those of participants, and are in no copy; destroy "
            "that summary and make it anew",
            err=True,
        )
    if not quiet:
        say(f"Copy for the {audience.value} of case {plain(whole.case_id)}: {out / 'summary.html'}")
        note_no_record(record)


def _read(path: Path) -> "Summary":
    """A summary as this program wrote it: nobody gets a copy of a changed one. Raises MissingInput, NotASummary."""
    from evidence.summary_model import Summary
    from evidence.verify import NotASummary, read_document, verify

    document = read_document(path)
    faults = verify(document)
    if faults:
        raise NotASummary(
            f"{path} was changed since it was written ({faults[0].where}: {faults[0].says}); `evidence verify` names "
            "each thing"
        )
    return Summary.model_validate(document)
