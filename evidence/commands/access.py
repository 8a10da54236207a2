"""The access record around a command: its options, and the gate before the work, where a store is configured."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from evidence.access import Access

if TYPE_CHECKING:
    from evidence.prepared.city import PreparedCity
    from evidence.store.database import Store
    from evidence.store.gate import Request
    from evidence.store.people import SeenCase
    from evidence.summary_model import Summary
    from loaders.city import City

Operator = Annotated[
    str | None,
    typer.Option("--operator", metavar="NAME", help="Who runs this. Required where a store keeps the access record."),
]
Purpose = Annotated[
    str | None,
    typer.Option(
        "--purpose",
        metavar="CODE",
        help="Permitted purpose (`evidence audit purposes`). Required where a store keeps the access record.",
    ),
]
Reason = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="Why, in words. Required where a store keeps the access record."),
]
StorePlace = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="PLACE",
        help="Store of the access record: a SQLite file or postgresql+psycopg://...; by default what evidence.toml or "
        "$EVIDENCE_STORE names, else none is kept.",
    ),
]


class Record(Protocol):
    """One access: `access` for run.json; `found` is told once what came of it, before it is handed out."""

    @property
    def access(self) -> Access:
        """Who, why, and the entry in the record."""

    def left_out(self, rows: Mapping[str, int]) -> None:
        """How many rows of each source were withheld for address confidentiality."""

    def found(self, count: int, subjects: Sequence[Mapping[str, Any]] = ()) -> None:
        """How many results there are, and the people whose records they show."""


@dataclass(frozen=True, slots=True)
class NoRecord:
    """Where no store is configured."""

    access: Access

    def left_out(self, rows: Mapping[str, int]) -> None:
        """Kept nowhere."""

    def found(self, count: int, subjects: Sequence[Mapping[str, Any]] = ()) -> None:
        """Kept nowhere."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of an access: by whom, why, and where the record is kept."""

    operator: str | None
    purpose: str | None
    reason: str | None
    store: str | None


@contextmanager
def recorded(
    asked: Asked,
    action: str,
    city: Path,
    *,
    cases: Sequence[str] | None = None,
    terms: Mapping[str, Any] | None = None,
    case_folder: Path | None = None,
    every_dwelling: bool = False,
    looks_up_persons: bool = True,
) -> Iterator[Record]:
    """The work of one command as one access. cases: None for every open case; see `evidence.store.gate.Request`.

    Nothing is asked where no store is configured. Raises AccessRefused, UnknownCase, StoreUnavailable.
    """
    from evidence.store.place import store_of

    folders = (city, *((case_folder,) if case_folder else ()))

    def request() -> "Request":
        from evidence.store.gate import Request  # here and below: the database library is slow to load
        from loaders.city import given

        return Request(
            action,
            city=str(city.resolve()),
            sources=frozenset().union(*map(given, folders)),
            cases=None if cases is None else tuple(cases),
            every_dwelling=every_dwelling,
            looks_up_persons=looks_up_persons,
            terms=terms or {},
        )

    with _recorded(store_of(city, asked.store), asked, request, lambda _: _cases_of(folders)) as record:
        yield record


def read_city(record: Record, city: Path, kept: "PreparedCity | None" = None) -> "City":
    """A city folder as its commands read it; what is withheld of it is noted, as numbers. Raises UserError."""
    from loaders.city import load

    loaded = load(city, keep=kept.source if kept else None)
    if loaded.rows_withheld is not None:
        record.left_out(loaded.rows_withheld)
    return loaded


def read_submitted(record: Record, city: Path, case_folder: Path, kept: "PreparedCity | None" = None) -> "City":
    """A city with a case folder laid over it, and the city's list of participants over both. Raises UserError.

    What is withheld of the case folder is noted nowhere: it would say that a participant is at this dwelling.
    """
    from loaders.city import load
    from loaders.overlay import overlay

    loaded = read_city(record, city, kept)
    return overlay(loaded, load(case_folder, under=loaded))


def refuse_with_store(asked: Asked, cities: Path) -> None:
    """An engine reads on other machines, and does not write the access record: with a store it reads nothing.

    cities: a city, or a folder of cities. Raises NotAvailable.
    """
    from evidence.errors import NotAvailable
    from evidence.store.place import store_of

    below = sorted(path for path in cities.glob("*") if path.is_dir())
    if any(store_of(folder, asked.store) is not None for folder in (cities, *below)):
        raise NotAvailable(
            "a store keeps the access record here, and --engine does not write to it: leave --engine away"
        )


@contextmanager
def recorded_export(
    asked: Asked, action: str, case_id: str, sources: Collection[str], terms: Mapping[str, Any]
) -> Iterator[Record]:
    """As `recorded`, for what is made of a result and not of a city: the store knows the case from reading the city."""
    from evidence.store.place import store_of

    def known(store: "Store") -> list["SeenCase"]:
        from evidence.store.people import SeenCase, all_cases

        return [SeenCase(c.case_id, c.status, c.opened_on, c.last_event_on) for c in all_cases(store)]

    def request() -> "Request":
        from evidence.store.gate import Request

        return Request(action, city="", sources=frozenset(sources), cases=(case_id,), terms=terms)

    with _recorded(store_of(None, asked.store), asked, request, known) as record:
        yield record


@contextmanager
def _recorded(
    place: str | None,
    asked: Asked,
    request: Callable[[], "Request"],
    known: Callable[["Store"], Sequence["SeenCase"]],
) -> Iterator[Record]:
    """known: the cases there are, asked for once the store is open."""
    if place is None:
        yield NoRecord(Access(asked.purpose, asked.operator, asked.reason))
        return
    from evidence.errors import unknown_case
    from evidence.store.database import opened
    from evidence.store.gate import Who
    from evidence.store.record import recording

    with opened(place) as store:
        who = Who(asked.operator, asked.purpose, asked.reason)
        with recording(store, who, request(), lambda: known(store), unknown_case) as record:
            yield record


def shown_in(record: Record, summaries: Sequence["Summary"]) -> list[dict[str, Any]]:
    """The people whose records these summaries show, for `Record.found`; nobody where no record is kept."""
    if record.access.entry is None:
        return []
    from evidence.store.subjects import subjects_of

    return [one for summary in summaries for one in subjects_of(summary.model_dump(mode="json", by_alias=True))]


def note_no_record(record: Record) -> None:
    """Say that nobody else keeps who read what and why."""
    if record.access.entry is None:
        typer.echo("note: no access record is kept, because no store is configured (docs/data-protection.md)", err=True)


def _cases_of(folders: Sequence[Path]) -> list["SeenCase"]:
    """The cases of a city, with those of a case folder in the place of the city's; no other source is opened."""
    from evidence.store.people import SeenCase
    from loaders.city import load

    found: dict[str, SeenCase] = {}
    for folder in folders:
        for row in load(folder, only=("cases",)).frame("cases").iter_rows(named=True):
            days = [row[name] for name in ("opened_on", "notice_sent_on", "disclosure_received_on") if row[name]]
            found[row["case_id"]] = SeenCase(
                case_id=row["case_id"],
                status=row["status"] or "open",
                opened_on=row["opened_on"].isoformat() if row["opened_on"] else None,
                last_event_on=max(days).isoformat() if days else None,
            )
    return list(found.values())
