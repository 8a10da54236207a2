"""Proved nights in the windows of ordinances: tables of each kind, then every kind against a count by hand."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.rules.stay import StayTest, StayWindow, Unit
from evidence.window_counts import TWELVE_MONTHS, best_windows, counts_by_test

Found = tuple[int, date, date]


def frames(nights: list[date], window_from: date, window_to: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = pl.DataFrame(
        {"case_id": ["c"] * len(nights), "vehicle_id": ["v"] * len(nights), "night": nights},
        schema={"case_id": pl.String, "vehicle_id": pl.String, "night": pl.Date},
    )
    return frame, pl.DataFrame({"case_id": ["c"], "window_from": [window_from], "window_to": [window_to]})


def worst(
    nights: list[date], window_from: date, window_to: date, span: StayWindow = TWELVE_MONTHS, unit: Unit = "nights"
) -> Found | None:
    found = best_windows(*frames(nights, window_from, window_to), "vehicle_id", span, unit)
    rows = found.select("nights", "from", "to").rows()
    return rows[0] if rows else None


WINDOW = (date(2007, 8, 1), date(2007, 10, 30))


@pytest.mark.parametrize(
    ("what", "nights", "window", "expected"),
    [
        ("all in one year", [date(2007, 5, 1), date(2007, 8, 5)], WINDOW, 2),
        ("a year and a day apart", [date(2006, 8, 5), date(2007, 8, 6)], WINDOW, 1),
        ("a year less a day apart", [date(2006, 8, 6), date(2007, 8, 5)], WINDOW, 2),
        ("the same date a year apart are two years", [date(2006, 8, 5), date(2007, 8, 5)], WINDOW, 1),
        ("after the window", [date(2007, 10, 31)], WINDOW, None),
        ("the last night of the window", [date(2007, 10, 30)], WINDOW, 1),
        ("long before, in the year up to the window's first day", [date(2006, 8, 2)], WINDOW, 1),
        ("more than a year before the window", [date(2006, 8, 1)], WINDOW, None),
        (
            "the best of several years is chosen",
            [date(2006, 8, 10), date(2006, 8, 11), date(2006, 8, 12), date(2007, 8, 5), date(2007, 10, 1)],
            WINDOW,
            4,
        ),
        (
            "a leap year holds 29 February",
            [date(2007, 3, 1), date(2008, 2, 29)],
            (date(2008, 2, 1), date(2008, 2, 29)),
            2,
        ),
        (
            "a year that ends on 29 February begins on 1 March",
            [date(2007, 2, 28), date(2008, 2, 29)],
            (date(2008, 2, 29), date(2008, 3, 10)),
            1,
        ),
        (
            "a year that ends on 28 February of a leap year begins on 1 March",
            [date(2007, 3, 1), date(2008, 2, 28)],
            (date(2008, 2, 28), date(2008, 2, 28)),
            2,
        ),
        (
            "a year that ends on the 31st begins on the 1st",
            [date(2006, 11, 1), date(2007, 10, 31)],
            (date(2007, 10, 31), date(2007, 11, 30)),
            2,
        ),
        ("the same night twice", [date(2007, 8, 5), date(2007, 8, 5)], WINDOW, 1),
    ],
)
def test_most_nights_in_twelve_months_that_end_in_the_window(
    what: str, nights: list[date], window: tuple[date, date], expected: int | None
) -> None:
    found = worst(nights, *window)
    assert (found and found[0]) == expected, what


ROLLING_21, ROLLING_30 = StayWindow("rolling_days", 21), StayWindow("rolling_days", 30)
MONTH, YEAR, RUN = StayWindow("calendar_month", 1), StayWindow("calendar_year", 1), StayWindow("consecutive", 1)


@pytest.mark.parametrize(
    ("what", "span", "unit", "nights", "expected"),
    [
        ("twenty-one days hold both", ROLLING_21, "nights", "09-01 09-21", "2 in 09-01 to 09-21"),
        ("the twenty-second is too late", ROLLING_21, "nights", "09-01 09-22", "1 in 09-02 to 09-22"),
        ("thirty days, the last one included", ROLLING_30, "nights", "09-01 09-30", "2 in 09-01 to 09-30"),
        ("one month, not any thirty days", MONTH, "nights", "08-31 09-01 09-02", "2 in 09-01 to 09-30"),
        ("a month that only begins in the window counts whole", MONTH, "nights", "10-31", "1 in 10-01 to 10-31"),
        ("a month before it does not count", MONTH, "nights", "07-31", ""),
        ("one year", YEAR, "nights", "01-01 12-31", "2 in 01-01 to 12-31"),
        ("one night nobody proved breaks a run", RUN, "nights", "09-01 09-02 09-03 09-05 09-06", "3 in 09-01 to 09-03"),
        ("the later of two equal runs", RUN, "nights", "09-01 09-02 09-05 09-06", "2 in 09-05 to 09-06"),
        ("a run over the window's end is cut there", RUN, "nights", "10-29 10-30 10-31", "2 in 10-29 to 10-30"),
        ("a run from before the window counts whole", RUN, "nights", "07-30 07-31 08-01", "3 in 07-30 to 08-01"),
        ("a run that ended before it does not", RUN, "nights", "07-30 07-31", ""),
        ("three nights in a row are four days", RUN, "days", "09-01 09-02 09-03", "4 in 09-01 to 09-04"),
        ("two nights apart are four days", ROLLING_30, "days", "09-01 09-11", "4 in 08-14 to 09-12"),
        ("a night over the turn of the month is a day in each", MONTH, "days", "09-30", "1 in 10-01 to 10-31"),
    ],
)
def test_each_kind_of_window(what: str, span: StayWindow, unit: Unit, nights: str, expected: str) -> None:
    found = worst([date.fromisoformat(f"2007-{night}") for night in nights.split()], *WINDOW, span, unit)
    assert (f"{found[0]} in {found[1]:%m-%d} to {found[2]:%m-%d}" if found else "") == expected, what


def test_new_year_parts_two_years() -> None:
    assert worst([date(2006, 12, 30), date(2006, 12, 31), date(2007, 1, 1)], *WINDOW, YEAR) == (
        1,
        date(2007, 1, 1),
        date(2007, 12, 31),
    )


def test_each_test_of_a_pack_is_counted_in_its_own_window() -> None:
    """East Lansing: more than 30 consecutive days, or more than 60 days in a year."""
    tests = [
        StayTest(unit="days", more_than=30, window="consecutive"),
        StayTest(unit="days", more_than=60, window="calendar year"),
    ]
    nights = [date(2007, 8, 1) + timedelta(days=n) for n in range(62) if n not in (20, 21)]
    found = counts_by_test(*frames(nights, *WINDOW), "vehicle_id", tests)
    assert found.select("test", "nights", "least").rows() == [(0, 41, 31), (1, 62, 61)]


def test_a_majority_and_a_share_of_time_are_shares_of_the_windows_days() -> None:
    nights = [date(2007, 9, day) for day in range(1, 12)]
    found = best_windows(*frames(nights, *WINDOW), "vehicle_id", ROLLING_21)
    share = found.select(pl.col("nights") / ((pl.col("to") - pl.col("from")).dt.total_days() + 1)).item()
    assert share == pytest.approx(11 / 21)


spans = st.one_of(
    st.integers(1, 14).map(lambda n: StayWindow("rolling_months", n)),
    st.integers(1, 40).map(lambda n: StayWindow("rolling_days", n)),
    st.sampled_from([MONTH, YEAR, RUN]),
)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day."""
    at = day.year * 12 + day.month - 1 - months
    for back in range(4):
        try:
            return date(at // 12, at % 12 + 1, day.day - back)
        except ValueError:
            continue
    raise AssertionError(day)


def by_hand(nights: list[date], opens: date, closes: date, span: StayWindow, unit: Unit) -> int:
    """Every window end, one by one."""
    dates = set(nights) | ({night + timedelta(days=1) for night in nights} if unit == "days" else set())
    best = 0
    for offset in range((closes - opens).days + 1):
        end = opens + timedelta(days=offset)
        match span.kind:
            case "rolling_months":
                inside = [d for d in dates if months_before(end, span.length) < d <= end]
            case "rolling_days":
                inside = [d for d in dates if end - timedelta(days=span.length) < d <= end]
            case "calendar_year":
                inside = [d for d in dates if d.year == end.year]
            case "calendar_month":
                inside = [d for d in dates if (d.year, d.month) == (end.year, end.month)]
            case "consecutive":
                inside, day = [], end
                while day in dates:
                    inside.append(day)
                    day -= timedelta(days=1)
        best = max(best, len(inside))
    return best


days = st.integers(0, 800).map(lambda n: date(2006, 1, 1) + timedelta(days=n))
clustered = st.builds(
    lambda starts, run: [start + timedelta(days=n) for start in starts for n in range(run)],
    st.lists(days, min_size=1, max_size=8),
    st.integers(1, 6),
)
units: st.SearchStrategy[Unit] = st.sampled_from(["nights", "days"])


@given(clustered, days, st.integers(0, 120), spans, units)
@settings(max_examples=150, deadline=None)
def test_no_window_is_fuller_than_the_one_chosen(
    nights: list[date], opens: date, length: int, span: StayWindow, unit: Unit
) -> None:
    closes = opens + timedelta(days=length)
    found = worst(nights, opens, closes, span, unit)
    assert (found[0] if found else 0) == by_hand(nights, opens, closes, span, unit)
    if found:
        assert found[0] <= (found[2] - found[1]).days + 1
        if span.kind not in ("calendar_year", "calendar_month"):
            assert opens <= found[2] <= closes
