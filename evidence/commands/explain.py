"""`evidence explain`: why two things are one, or are tied, or are not."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from evidence.commands.access import Asked, Operator, Purpose, Reason, StorePlace, note_no_record, recorded
from evidence.commands.asked_cases import asked_cases
from evidence.commands.options import (
    CityFolder,
    Fresh,
    Learned,
    Prepared,
    Quiet,
    Threads,
    end_with_failures,
    plain,
    say,
    use_threads,
)

if TYPE_CHECKING:
    from evidence.explanation import Explanation


def explain(
    city: CityFolder,
    a: Annotated[
        str, typer.Argument(metavar="A", help="SOURCE:ROW, a person_id, vehicle_id, dwelling_id, plate, or name:TEXT.")
    ],
    b: Annotated[
        str | None, typer.Argument(metavar="B", help="The same; may be left out where A is a row or name:TEXT.")
    ] = None,
    case: Annotated[
        str | None,
        typer.Option("--case", metavar="ID", help="Take plates of this case; add its drivers and kin to the links."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The explanation as JSON on standard output.")] = False,
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
    """Say in plain words why two names are one person or are not, why a plate was read so, or what ties two things.

    A and B are rows (`lease_disclosures:12`, `dmv_registrations:7:co_owner_name`, `vehicle_log:17`), person_ids,
    vehicle_ids, dwelling_ids or plates, as in the files of a screening. Two names are compared feature by feature: the
    level of agreement, its bits, and the m and u behind them; a pair that the run never compared is scored with the
    same weights. A row of the vehicle log lists the plates that may stand behind it. A name that stands alone, as in a
    complaint, is written "name:Bob Baker": beside a person it is compared part by part, by itself it lists whom it may
    mean. Everything printed adds up.

    Example: evidence explain ./fort-collins lease_disclosures:12 university_addresses:40
    """
    use_threads(threads)
    import json

    from evidence.explanation import explain as explain_two
    from evidence.progress import shown_progress
    from evidence.render.explanation import lines

    asked = Asked(operator, purpose, reason, store)
    searched = {"a": a, "b": b, "case": case}
    with recorded(asked, "explain", city, cases=[case] if case else [], terms=searched) as record:
        about = asked_cases(record, city, [case] if case else [], prepared=prepared, learned=learned, fresh=fresh)
        with shown_progress(quiet=quiet) as progress:
            told = explain_two(about.city, a, b, case_id=case, progress=progress, keep=about.keep, held=about.held)
        record.found(1, _subjects(told, case))
    if as_json:
        say(json.dumps(told.as_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        for line in lines(told):
            say(plain(line))
    if not quiet:
        note_no_record(record)
    end_with_failures(about.city)


def _subjects(told: "Explanation", case: str | None) -> list[dict[str, Any]]:
    """What was compared: rows, plates and dwellings as well as persons, since each stands for people."""
    named = (one for one in (told.a, told.b) if one is not None)
    return [
        {"name": one.label, "person_id": one.node, "case": case, "address": "", "state": None, "sources": []}
        for one in named
    ]
