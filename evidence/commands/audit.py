"""`evidence audit`: the store and its access record; who may read, what was read, and whether the record is whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.access import StorePlace
from evidence.commands.options import plain, say

if TYPE_CHECKING:
    from evidence.store.database import Store
    from evidence.store.verification import Verified

audit = typer.Typer(
    name="audit",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The access record: who may read, what was read and why, and whether the record is whole.",
)

OfCity = Annotated[
    Path | None, typer.Option("--city", metavar="CITY", help="Take the store that this city's evidence.toml names.")
]
By = Annotated[str | None, typer.Option("--operator", metavar="NAME", help="Who does this; must be an operator.")]
Since = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="First day, YYYY-MM-DD; by default 92 days before the last.")
]
Until = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, YYYY-MM-DD; by default today.")]
Noted = Annotated[
    list[Path] | None,
    typer.Option("--noted", metavar="FILE", help="Anchors kept elsewhere, or a run.json; may be given several times."),
]


@contextmanager
def opened_store(city: Path | None, named: str | None) -> "Iterator[Store]":
    """The store that was named or configured. Raises MissingInput where none is."""
    from evidence.store.database import opened
    from evidence.store.place import VARIABLE, store_of
    from loaders.errors import MissingInput

    place = store_of(city, named)
    if place is None:
        raise MissingInput(f"no store is named: give --store, --city with a store in evidence.toml, or ${VARIABLE}")
    with opened(place) as store:
        yield store


def acting(store: "Store", by: str | None) -> str:
    """The operator who acts, who must be one today. Raises AccessRefused, which is logged."""
    from evidence.errors import AccessRefused
    from evidence.store.log import append
    from evidence.store.people import operator_named

    known = operator_named(store, by) if by else None
    if known is None or not known.active_on(store.today()):
        why = f"{by!r:.80} is no operator today" if by else "no operator (--operator NAME)"
        entry = append(store, {"kind": "audit", "outcome": "refused", "operator": by, "why": why})
        raise AccessRefused(f"refused, and logged as entry {entry.seq}: {why}")
    return known.name


@audit.command()
def setup(
    store: Annotated[str, typer.Option("--store", metavar="PLACE", help="SQLite file, or postgresql+psycopg://...")],
    operator: Annotated[str, typer.Option("--operator", metavar="NAME", help="The first operator of a new store.")],
    role: Annotated[str, typer.Option("--role", metavar="TEXT", help="The operator's role.")] = "administrator",
) -> None:
    """Make a store, or bring an older one to the newest form.

    Name it in evidence.toml ([audit] store = "...") or in $EVIDENCE_STORE: from then on nothing is read without an
    operator, an open case, a permitted purpose and a reason.

    Example: evidence audit setup --store records.sqlite --operator "J. Inspector"
    """
    from evidence.store.database import migrate, opened
    from evidence.store.log import append
    from evidence.store.people import Operator, set_operator
    from evidence.store.place import absolute

    place = absolute(store, Path())
    new = migrate(place)
    with opened(place) as made:
        append(made, {"kind": "made" if new else "brought to the newest form", "store": made.id, "by": operator})
        if new:
            set_operator(made, Operator(operator, role, made.today(), None), by=operator)
        say(f"{'New store' if new else 'Store in the newest form'}: {plain(made.label)}")
        say(f"Store id, to write down elsewhere: {made.id}")
    if new:
        say(f'Next: name it in evidence.toml, [audit] store = "{plain(store)}", or in $EVIDENCE_STORE')


@audit.command()
def operator(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name, as it is given with --operator.")],
    role: Annotated[
        str | None,
        typer.Option("--role", metavar="TEXT", help="auditor, supervisor, ...; by default as before, or inspector."),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day; by default today.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Last day of a person who leaves.")
    ] = None,
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """Let a person read, or end it: operators are listed with their first and last day.

    Example: evidence audit operator "M. Deputy" --operator "J. Inspector" --store records.sqlite
    """
    from evidence.commands.options import day
    from evidence.store.people import Operator, operator_named, set_operator

    with opened_store(city, store) as opened:
        who = acting(opened, by)
        known = operator_named(opened, name)
        began, ends = day(since, "--from"), day(until, "--until")
        first = began.isoformat() if began else known.active_from if known else opened.today()
        as_what = role or (known.role if known else "inspector")
        set_operator(opened, Operator(name, as_what, first, ends.isoformat() if ends else None), by=who)
        say(f"{plain(name)}, {plain(as_what)}, from {first}{f' to {until}' if until else ''}")


@audit.command()
def hold(
    case: Annotated[str, typer.Argument(metavar="CASE", help="The case_id.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why: an appeal, a court, a claim.")],
    release: Annotated[bool, typer.Option("--release", help="End the hold.")] = False,
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """Put a case under legal hold: nothing of it is purged, and it may be read though it is closed.

    Example: evidence audit hold C-2007-0042 --reason "appeal filed" --operator "J. Inspector" --store records.sqlite
    """
    from evidence.store.people import release_hold, set_hold

    with opened_store(city, store) as opened:
        (release_hold if release else set_hold)(opened, case, reason, acting(opened, by))
        say(f"Case {plain(case)}: {'the hold is released' if release else 'held'}")


@audit.command()
def purposes() -> None:
    """List the permitted purposes, and the ground on which each opens each source.

    Example: evidence audit purposes
    """
    from evidence.protection.purposes import bases
    from evidence.protection.purposes import purposes as permitted

    for purpose in permitted().values():
        say(f"{purpose.code}: {purpose.words}")
        for source, code in purpose.bases.items():
            basis = bases()[code]
            say(f"  {source}: {code} ({basis.law}; text {basis.text_status}): {basis.words}")


@audit.command()
def verify(
    noted: Noted = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """Say whether the record is what was written: every entry, its place, its details, and what was noted elsewhere.

    A changed, removed or moved entry is named. The end of a record that was cut off shows by the store's own count;
    where that was changed too, only by --noted. The exit code is 65 where anything is wrong.

    Example: evidence audit verify --store records.sqlite
    """
    with opened_store(city, store) as opened:
        verified = verified_against(opened, noted)
    counts = ", ".join(f"{number:,} in {name}" for name, number in verified.entries.items())
    for fault in verified.faults:
        say(plain(fault))
    if verified.faults:
        from evidence.errors import RecordDamaged

        raise RecordDamaged(f"the record is not what was written: {len(verified.faults):,} faults ({counts})")
    say(f"Whole: {counts}; {verified.marks} noted elsewhere or in each other.")


@audit.command()
def anchor(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="File to add to; keep it elsewhere.")],
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """Note the last entry of each chain in a file, to be kept where nobody who can change the store gets at it.

    Example: evidence audit anchor -o anchors.jsonl --operator "J. Inspector" --store records.sqlite
    """
    from evidence.store.anchors import anchor as note

    with opened_store(city, store) as opened:
        for line in note(opened, out, acting(opened, by)):
            say(f"{line['chain']} entry {line['seq']}: {line['hash']}")


def verified_against(store: "Store", noted: list[Path] | None) -> "Verified":
    """Verify against files kept elsewhere. Raises UnreadableFile."""
    from evidence.store.chain import Mark
    from evidence.store.verification import marks_in
    from evidence.store.verification import verify as compare

    marks: dict[str, list[Mark]] = {}
    for path in noted or ():
        for chain, found in marks_in(path, store.id).items():
            marks.setdefault(chain, []).extend(found)
    return compare(store, marks)
