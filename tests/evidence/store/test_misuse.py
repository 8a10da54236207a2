"""Uses that ask for a look: a table of logs and the questions they raise."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from evidence.store.database import Store, opened
from evidence.store.log import append, logged
from evidence.store.misuse import questions
from evidence.store.people import Operator, StoredCase

TODAY = "2026-06-15"
OPERATORS = [Operator("Jo Baker", "inspector", "2026-01-01", None)]
CASE = StoredCase("C-1", "open", "2026-06-01", None, "2026-06-01", held=False)
QUIET = StoredCase("C-1", "open", "2025-06-01", None, "2025-06-01", held=False)


@pytest.fixture
def clock_store(sqlite_place: str) -> Iterator[Store]:
    with opened(sqlite_place, clock=lambda: datetime(2026, 6, 10, tzinfo=UTC)) as store:
        yield store


def look_up(store: Store, operator: str, names: list[str], *, action: str = "summarize", term: str = "C-1") -> None:
    said = {"kind": "access", "action": action, "operator": operator, "outcome": "granted", "case": "C-1"}
    seq = append(store, said, {"terms": {"a": term}}).seq
    result = {"kind": "result", "of": seq, "operator": operator, "outcome": "done", "count": len(names)}
    append(store, result, {"subjects": [{"name": name} for name in names]})


def kinds(store: Store, case: StoredCase = CASE, operators: list[Operator] = OPERATORS) -> list[str]:
    return [q.kind for q in questions(logged(store), operators, [case], TODAY)]


@pytest.mark.parametrize(
    ("names", "term", "expected"),
    [
        (["Ann Smith"], "C-1", []),
        (["Jo Baker"], "C-1", ["own name"]),
        (["BAKER, JO"], "C-1", ["own name"]),
        (["J Baker"], "C-1", ["own name"]),
        (["Ann Baker"], "C-1", ["same surname"]),
        (["Ann Baker Jr"], "C-1", ["same surname"]),
        (["Ann Bakerson"], "C-1", []),
        ([], "name:Ann Baker", ["same surname"]),
        ([], "name:Jo Baker", ["own name"]),
    ],
)
def test_own_name_and_same_surname(clock_store: Store, names: list[str], term: str, expected: list[str]) -> None:
    look_up(clock_store, "Jo Baker", names, term=term)
    assert kinds(clock_store) == expected


@pytest.mark.parametrize("action", ["explain", "form", "graph", "redact", "replay", "submit", "summarize"])
def test_whatever_shows_a_case_of_ones_choice_is_compared(clock_store: Store, action: str) -> None:
    look_up(clock_store, "Jo Baker", ["Jo Baker"], action=action)
    assert kinds(clock_store) == ["own name"]


@pytest.mark.parametrize("action", ["screen", "audit sample"])
def test_what_names_everybody_asks_nothing(clock_store: Store, action: str) -> None:
    look_up(clock_store, "Jo Baker", ["Jo Baker"], action=action)
    assert kinds(clock_store) == []


def test_a_look_at_a_case_on_which_nothing_happens(clock_store: Store) -> None:
    look_up(clock_store, "Jo Baker", ["Ann Smith"])
    assert kinds(clock_store, QUIET) == ["no case activity"]


def test_many_readers_of_one_person(clock_store: Store) -> None:
    for n, name in enumerate(["Ann Smith", "SMITH, ANN", "ann smith", "Ann Smith"]):
        look_up(clock_store, f"Reader {n} Doe", [name])
    assert kinds(clock_store, operators=[]) == ["many readers"]


def test_three_readers_are_an_ordinary_case(clock_store: Store) -> None:
    for n in range(3):
        look_up(clock_store, f"Reader {n} Doe", ["Ann Smith"])
    assert kinds(clock_store, operators=[]) == []


@pytest.mark.parametrize(
    ("local", "number", "expected"),
    [
        ("2026-06-10T23:30-06:00", 10, ["off hours"]),
        ("2026-06-10T23:30-06:00", 9, []),
        ("2026-06-10T10:00-06:00", 50, []),
        ("2026-06-13T10:00-06:00", 10, ["off hours"]),
        ("2026-06-10T20:59-06:00", 10, []),
        ("2026-06-10T05:59-06:00", 10, ["off hours"]),
    ],
)
def test_bursts_off_hours(clock_store: Store, local: str, number: int, expected: list[str]) -> None:
    for _ in range(number):
        said = {"kind": "access", "action": "explain", "operator": "Jo Baker", "outcome": "granted", "case": "C-1"}
        append(clock_store, {**said, "local_time": local})
    assert kinds(clock_store) == expected


def test_refusals_and_use_after_the_end(clock_store: Store) -> None:
    for _ in range(5):
        said = {"kind": "access", "action": "explain", "operator": "Gone Person", "outcome": "refused"}
        append(clock_store, {**said, "why": ["'Gone Person' may read from 2026-01-01 to 2026-05-31 only"]})
    assert kinds(clock_store, operators=[]) == ["after the end of access"] * 5 + ["many refusals"]


def test_access_that_nobody_uses(clock_store: Store) -> None:
    idle = [Operator("Idle Person", "inspector", "2026-01-01", None)]
    assert kinds(clock_store, operators=idle) == ["idle access"]
    assert kinds(clock_store, operators=[Operator("New Person", "inspector", "2026-06-01", None)]) == []
    assert kinds(clock_store, operators=[Operator("Gone Person", "inspector", "2025-01-01", "2026-01-01")]) == []
