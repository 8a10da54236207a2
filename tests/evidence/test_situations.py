"""Windows, and where they are cut: tenants who follow one another were never there at one time."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.guest_nights import LeaseTurn
from evidence.pipeline import Run
from evidence.situations import LEAST_PART_DAYS, MAX_PARTS, Situations, household_moves, split_at_turns
from loaders.city import City

AUGUST = LeaseTurn()
Move = tuple[date, bool]  # the first day of a new state, and whether something begins


def split(opens: date, closes: date, *moves: Move, turn: LeaseTurn = AUGUST) -> Situations:
    cases = pl.DataFrame(
        {"case_id": ["c"], "dwelling_id": ["home"], "is_case": [True], "window_from": [opens], "window_to": [closes]}
    )
    known = pl.DataFrame(
        [("home", day, begins) for day, begins in moves],
        schema={"dwelling_id": pl.String, "day": pl.Date, "begins": pl.Boolean},
        orient="row",
    )
    return split_at_turns(cases, turn, known)


def parts(situations: Situations) -> list[tuple[date, date]]:
    return situations.table.select("date_from", "date_to").rows()


D = date
SPRING = (D(2007, 2, 1), D(2007, 5, 2))
SUMMER = (D(2007, 6, 15), D(2007, 9, 13))


@pytest.mark.parametrize(
    ("what", "window", "moves", "cuts"),
    [
        ("no change", SPRING, [], []),
        ("the lease turn of the city", SUMMER, [], [D(2007, 8, 1)]),
        ("a household that came in March", SPRING, [(D(2007, 3, 10), True)], [D(2007, 3, 10)]),
        (
            "one left, the next came a week later",
            SPRING,
            [(D(2007, 3, 3), False), (D(2007, 3, 10), True)],
            [D(2007, 3, 10)],
        ),
        ("they left, nobody came", SPRING, [(D(2007, 3, 3), False)], [D(2007, 3, 3)]),
        ("accounts opened around one move", SPRING, [(D(2007, 3, 8), True), (D(2007, 3, 15), True)], [D(2007, 3, 8)]),
        ("two changes", SPRING, [(D(2007, 3, 1), True), (D(2007, 4, 10), True)], [D(2007, 3, 1), D(2007, 4, 10)]),
        ("a change in the window's first days", SPRING, [(D(2007, 2, 5), True)], []),
        ("a change outside", SPRING, [(D(2006, 8, 1), True)], []),
    ],
)
def test_where_a_window_is_cut(what: str, window: tuple[date, date], moves: list[Move], cuts: list[date]) -> None:
    found = parts(split(*window, *moves))
    assert [begins for begins, _ in found] == [window[0], *cuts], what


@pytest.mark.parametrize(
    ("window", "turns"),
    [(SPRING, [D(2006, 8, 1)]), (SUMMER, [D(2006, 8, 1), D(2007, 8, 1)])],
)
def test_each_part_knows_the_lease_turn_before_its_end(window: tuple[date, date], turns: list[date]) -> None:
    assert split(*window).table["last_turn"].to_list() == turns


def test_another_citys_leases_turn_in_june() -> None:
    found = parts(split(D(2007, 4, 15), D(2007, 7, 20), turn=LeaseTurn(month=6)))
    assert [begins for begins, _ in found] == [D(2007, 4, 15), D(2007, 6, 1)]


def test_a_household_is_settled_by_its_latest_papers() -> None:
    table = split(*SPRING, (D(2006, 8, 1), True), (D(2007, 3, 10), True)).table
    assert table["settled_on"].to_list() == [D(2006, 8, 1), D(2007, 3, 10)]
    assert split(*SPRING).table["settled_on"].to_list() == [None]


days = st.integers(0, 900).map(lambda n: D(2006, 1, 1) + timedelta(days=n))


@given(days, st.integers(1, 200), st.lists(st.tuples(days, st.booleans()), max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_parts_fill_the_window_without_gap_or_overlap(opens: date, length: int, moves: list[Move]) -> None:
    closes = opens + timedelta(days=length)
    found = parts(split(opens, closes, *moves))
    assert found[0][0] == opens
    assert found[-1][1] == closes
    assert len(found) <= MAX_PARTS
    for (_, ends), (begins, _) in pairwise(found):
        assert begins == ends + timedelta(days=1)
    if len(found) > 1:
        assert min((ends - begins).days + 1 for begins, ends in found) >= LEAST_PART_DAYS


def test_the_window_of_a_case_is_sixty_days_before_it_was_opened_and_thirty_after(tiny_run: Run) -> None:
    for opened, begins, ends in tiny_run.asked.select("opened_on", "window_from", "window_to").iter_rows():
        assert (opened - begins, ends - opened) == (timedelta(days=60), timedelta(days=30))


def test_closed_cases_are_not_asked(tiny_run: Run, tiny_city: City) -> None:
    closed = tiny_city.frame("cases").filter(pl.col("status") == "closed")
    assert closed.height
    assert set(tiny_run.asked["case_id"]).isdisjoint(closed["case_id"])


def test_only_papers_that_are_firmly_of_the_dwelling_date_its_households() -> None:
    papers = pl.DataFrame(
        {
            "source": ["utility_billing", "lease_disclosures", "utility_billing", "dmv_registrations"],
            "dwelling_id": ["home"] * 4,
            "p_dwelling": [1.0, None, 0.5, 1.0],
            "listed_from": [date(2007, 1, 5), date(2006, 8, 1), date(2007, 3, 1), date(2007, 4, 1)],
            "listed_to": [None, date(2007, 1, 3), None, None],
        },
        schema_overrides={"listed_to": pl.Date},
    )
    assert household_moves(papers).rows() == [
        ("home", date(2006, 8, 1), True),
        ("home", date(2007, 1, 4), False),
        ("home", date(2007, 1, 5), True),
    ]
