"""Who may use the store, and the cases they work on: operators, registered cases, legal holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from evidence.errors import UnknownCase
from evidence.store.database import Store
from evidence.store.log import ACCESS, add
from evidence.store.tables import cases, holds, operators

OPEN_STATUSES: Final = ("open", "pending", "reopened")


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who may read. Days are YYYY-MM-DD; active_until: the last day, None while no end is known."""

    name: str
    role: str
    active_from: str
    active_until: str | None

    def active_on(self, day: str) -> bool:
        """Whether the person may read on that day."""
        return self.active_from <= day and (self.active_until is None or day <= self.active_until)


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A case as the city's `cases` has it. Days are YYYY-MM-DD or None."""

    case_id: str
    status: str
    opened_on: str | None = None
    last_event_on: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is worked on."""
        return self.status in OPEN_STATUSES


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case as the store knows it; closed_seen_on: the day it was first seen closed; held: under a legal hold."""

    case_id: str
    status: str
    opened_on: str | None
    closed_seen_on: str | None
    last_event_on: str | None
    held: bool

    @property
    def may_be_read(self) -> bool:
        """Open, or kept for an appeal or a court by a legal hold."""
        return self.status in OPEN_STATUSES or self.held


def all_operators(store: Store) -> list[Operator]:
    """By name."""
    with store.reading() as connection:
        rows = connection.execute(sa.select(operators).order_by(operators.c.name))
        return [Operator(r.name, r.role, r.active_from, r.active_until) for r in rows]


def operator_named(store: Store, name: str) -> Operator | None:
    """The operator of exactly that name."""
    return next((one for one in all_operators(store) if one.name == name), None)


def set_operator(store: Store, operator: Operator, by: str) -> None:
    """Add an operator, or change role and dates; logged."""
    values = {"role": operator.role, "active_from": operator.active_from, "active_until": operator.active_until}
    with store.writing() as connection:
        known = connection.scalar(sa.select(operators.c.name).where(operators.c.name == operator.name))
        if known is None:
            connection.execute(operators.insert().values(name=operator.name, **values))
        else:
            connection.execute(operators.update().where(operators.c.name == operator.name).values(**values))
        add(store, connection, ACCESS, {"kind": "operator", "name": operator.name, **values, "by": by})


def all_cases(store: Store) -> list[StoredCase]:
    """Every case that a city has shown to the store, by id."""
    with store.reading() as connection:
        joined = sa.select(cases, holds.c.case_id.label("held")).outerjoin(holds, holds.c.case_id == cases.c.case_id)
        rows = connection.execute(joined.order_by(cases.c.case_id))
        return [
            StoredCase(r.case_id, r.status, r.opened_on, r.closed_seen_on, r.last_event_on, r.held is not None)
            for r in rows
        ]


def see_cases(store: Store, seen: Iterable[SeenCase]) -> None:
    """Note the cases of a city: new ones, new status, the day on which one was first seen closed."""
    today = store.today()
    with store.writing() as connection:
        known = {row.case_id: row for row in connection.execute(sa.select(cases))}
        for one in seen:
            values = {"status": one.status, "opened_on": one.opened_on, "last_event_on": one.last_event_on}
            row = known.get(one.case_id)
            if row is None:
                closed = None if one.is_open else today
                connection.execute(
                    cases.insert().values(case_id=one.case_id, first_seen_on=today, closed_seen_on=closed, **values)
                )
                continue
            closed = None if one.is_open else row.closed_seen_on or today
            if (row.status, row.opened_on, row.last_event_on, row.closed_seen_on) != (*values.values(), closed):
                connection.execute(
                    cases.update().where(cases.c.case_id == one.case_id).values(closed_seen_on=closed, **values)
                )


def set_hold(store: Store, case_id: str, reason: str, by: str) -> None:
    """Keep a case: nothing of it is purged, and it may be read though closed. Raises UnknownCase."""
    with store.writing() as connection:
        if connection.scalar(sa.select(cases.c.case_id).where(cases.c.case_id == case_id)) is None:
            raise UnknownCase(f"the store knows no case {case_id!r:.80}", source="cases")
        connection.execute(holds.delete().where(holds.c.case_id == case_id))
        connection.execute(holds.insert().values(case_id=case_id, reason=reason, set_at=store.now(), set_by=by))
        add(store, connection, ACCESS, {"kind": "hold", "case": case_id, "by": by}, {"reason": reason})


def release_hold(store: Store, case_id: str, reason: str, by: str) -> None:
    """End a legal hold. Raises UnknownCase where there is none."""
    with store.writing() as connection:
        if not connection.execute(holds.delete().where(holds.c.case_id == case_id)).rowcount:
            raise UnknownCase(f"case {case_id!r:.80} is under no legal hold", source="cases")
        add(store, connection, ACCESS, {"kind": "hold released", "case": case_id, "by": by}, {"reason": reason})
