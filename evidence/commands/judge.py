"""`evidence judge`: what a person decides on one link, kept and binding from then on."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.access import Asked, Purpose, StorePlace, read_city, recorded
from evidence.commands.options import CityFolder, Quiet, Threads, kept_for, plain, report_failures, say, use_threads

if TYPE_CHECKING:
    from evidence.judging.standing import Standing


class DecisionWord(StrEnum):
    """What was decided."""

    confirm = "confirm"
    reject = "reject"
    unsure = "unsure"


def judge(
    city: CityFolder,
    link: Annotated[
        tuple[str, str] | None,
        typer.Option("--link", metavar="A B", help="The two ends, as `explain` names them."),
    ] = None,
    decision: Annotated[
        DecisionWord | None, typer.Option(help="They are one, they are not, or cannot tell (binds nothing).")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAME", help="Who decides; the operator, where a store keeps the access record."),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why.")] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="ID", help="Case in which the link was looked at.")
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Binds when a second reviewer agrees, who does not see the first's word.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="Show how every judged link stands.")] = False,
    purpose: Purpose = None,
    store: StorePlace = None,
    quiet: Quiet = False,
    threads: Threads = None,
) -> None:
    """Record what a person decides on one link, or list how the judged links stand.

    Two rows that name somebody (SOURCE:ROW or SOURCE:ROW:FIELD): are they one person? A row of the log and a registered
    vehicle (vehicle_log:ROW and dmv_registrations:ROW or vehicle:ID): is this reading that vehicle? An address and a
    dwelling (SOURCE:ROW:FIELD or address:TEXT, and dwelling:ID): do these words mean that dwelling?

    Decisions are added to CITY/judgements.jsonl, each chained to the one before, and never deleted: a later decision
    of the same reviewer stands in place of the earlier. From then on every run takes what was confirmed and leaves out
    what was rejected, and says so. docs/judgements.md tells how reviews work.

    Example: evidence judge ./fort-collins --link lease_disclosures:1 assessor:1 --decision unsure --by A --reason worn
    """
    use_threads(threads)
    from datetime import UTC, datetime

    from evidence.errors import unknown_case
    from evidence.judging.judge import record
    from evidence.judging.records import spoken
    from evidence.judging.standing import standings
    from evidence.keeping import NOTHING_KEPT

    if not listing and (link is None or decision is None or by is None or reason is None):
        raise typer.BadParameter("give --link, --decision, --by and --reason, or --list")
    asked = Asked(by, purpose, reason, store)
    cases = None if case is None else [case]
    with recorded(asked, "judge", city, cases=cases, terms={"link": link}, every_dwelling=case is None) as access:
        loaded = read_city(access, city)
        report_failures(loaded)
        if link is not None and decision is not None and by is not None and reason is not None:
            known = loaded.frame("cases").get_column("case_id").to_list()
            if case is not None and case not in known:
                raise unknown_case(case, known)
            standing = record(
                loaded,
                link,
                decision.value,
                by,
                reason,
                at=datetime.now(UTC),
                case_id=case,
                review="blind" if blind else "single",
                keep=kept_for(city, None, fresh=False) or NOTHING_KEPT,
            )
            access.found(1)
            if not quiet:
                _print(standing)
        else:
            judged = standings(spoken(loaded))
            access.found(len(judged))
            for standing in judged:
                _print(standing)


def _print(standing: "Standing") -> None:
    say(f"{plain(standing.pair[0])}  with  {plain(standing.pair[1])}: {standing.state}")
    for judgement in standing.judgements:
        decided = "(not shown until a second reviewer has judged)" if standing.sealed else judgement.decision
        why = "" if standing.sealed else f": {plain(judgement.reason)}"
        say(f"  {plain(judgement.by)}, {judgement.decided_at}: {decided}{why}")
    if standing.superseded:
        say(f"  earlier judgements that no longer stand: {standing.superseded}")
