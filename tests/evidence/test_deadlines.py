"""The case clock: days, mail, closed days, and what is said of defaults."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evidence.rules.pack import load_pack
from evidence.rules.process import Deadlines, due, federal_holiday

# mailed on, days, rules, last day
CLOCK = [
    ("2007-04-02", 10, {"mail_days": 0}, "2007-04-12"),
    ("2007-04-02", 10, {"mail_days": 3}, "2007-04-16"),  # Sunday the 15th
    ("2007-04-02", 10, {}, "2007-04-16"),
    ("2007-04-02", 10, {"mail_days": 3, "last_day_closed": "same_day"}, "2007-04-15"),
    ("2007-06-27", 7, {"mail_days": 0}, "2007-07-05"),  # Independence Day
    ("2007-06-27", 7, {"mail_days": 0, "holidays": "none"}, "2007-07-04"),
    ("2007-12-14", 10, {"mail_days": 0, "closed_on": ("2007-12-24",)}, "2007-12-26"),  # the 24th, and Christmas
    ("2007-11-16", 5, {"mail_days": 0, "counts": "business_days"}, "2007-11-26"),  # over Thanksgiving
    ("2008-02-28", 1, {"mail_days": 0}, "2008-02-29"),
    ("2010-12-24", 7, {"mail_days": 0}, "2011-01-03"),  # New Year's Day 2011 was kept on 31 December
]


@pytest.mark.parametrize(("mailed", "days", "rules", "last"), CLOCK)
def test_the_last_day(mailed: str, days: int, rules: dict[str, object], last: str) -> None:
    found = due(Deadlines.model_validate(rules), days, date.fromisoformat(mailed))
    assert found.day.isoformat() == last
    assert last in found.steps[-1]


def test_the_way_there_is_told_step_by_step_and_defaults_are_named() -> None:
    assert due(Deadlines(), 10, date(2007, 4, 2)).steps == (
        "mailed on Monday 2007-04-02",
        "10 days end on Thursday 2007-04-12",
        "3 days more for the mail (the program's default: the rule pack gives no number): Sunday 2007-04-15",
        "that is a Sunday, so it ends on the next business day (the program's default): Monday 2007-04-16",
    )


HOLIDAYS = """2021-06-18 2022-06-20 2007-01-15 2007-02-19 2007-05-28 2007-09-03 2007-10-08 2007-11-12 2007-11-22
2010-12-31 2012-01-02 2026-07-03"""


@pytest.mark.parametrize("day", HOLIDAYS.split())
def test_federal_holidays_as_observed(day: str) -> None:
    assert federal_holiday(date.fromisoformat(day)) is not None


@pytest.mark.parametrize("day", ["2007-06-19", "2007-11-29", "2007-05-21", "2011-01-01", "2007-09-10"])
def test_days_that_are_none(day: str) -> None:
    assert federal_holiday(date.fromisoformat(day)) is None


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(1, 120), st.integers(0, 10), st.booleans())
def test_a_period_is_never_shorter_than_its_days_and_never_ends_on_a_closed_day(
    mailed: date, days: int, mail: int, business: bool
) -> None:
    rules = Deadlines(mail_days=mail, counts="business_days" if business else "calendar_days")
    last = due(rules, days, mailed).day
    assert last >= mailed + timedelta(days=days + mail)
    assert last.weekday() < 5
    assert federal_holiday(last) is None
    assert due(rules, days + 1, mailed).day >= last


@pytest.mark.parametrize("wrong", [{"cure_days": 0}, {"mail_days": -1}, {"cure": 7}, {"counts": "weeks"}])
def test_a_clock_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Deadlines.model_validate(wrong)


def test_the_shipped_pack_says_what_its_sources_say_and_no_more() -> None:
    rules = load_pack("fort-collins-2007").deadlines
    assert (rules.disclosure_days, rules.cure_days, rules.inspection_days) == (10, 7, 7)
    assert rules.mail_days is None
    assert rules.hearing_request_days is None
