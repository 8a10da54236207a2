"""Which nights are proved and watched: the contract's rule as a table, then laws."""

from datetime import date, datetime, time, timedelta
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.nights import Nights, OvernightRule, find_nights

MONDAY = date(2007, 9, 3)
SCHEMA = {
    "case_id": pl.String,
    "log_row": pl.UInt32,
    "observed_date": pl.Date,
    "observed_time": pl.Time,
    "observer": pl.String,
    "vehicle_id": pl.String,
    "p_vehicle": pl.Float64,
    "is_effort": pl.Boolean,
}


def sighting(when: str, vehicle: str | None = "v", observer: str | None = "A", p: float = 1.0) -> dict[str, object]:
    """`when`: "Mon 22:00", "Tue 07:00", "Mon" (no time). A sighting without a vehicle is a look that saw none."""
    day, _, clock = when.partition(" ")
    observed = MONDAY + timedelta(days=["Sun", "Mon", "Tue", "Wed"].index(day) - 1)
    return {
        "case_id": "c",
        "observed_date": observed,
        "observed_time": time.fromisoformat(clock) if clock else None,
        "observer": observer,
        "vehicle_id": vehicle,
        "p_vehicle": p,
        "is_effort": vehicle is None,
    }


def log(*sightings: dict[str, object]) -> pl.DataFrame:
    numbered = [{"log_row": number, **row} for number, row in enumerate(sightings, start=1)]
    return pl.DataFrame(numbered, schema=SCHEMA)


def proved(nights: Nights, vehicle: str = "v") -> list[date]:
    return nights.proved.filter(pl.col("vehicle_id") == vehicle)["night"].to_list()


SUNDAY = MONDAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("what", "sightings", "nights"),
    [
        ("02:00 belongs to the evening before", ["Mon 02:00"], [SUNDAY]),
        ("01:00 is deep in the night", ["Tue 01:00"], [MONDAY]),
        ("04:59 still is", ["Tue 04:59"], [MONDAY]),
        ("05:00 no longer is", ["Tue 05:00"], []),
        ("00:59 not yet", ["Tue 00:59"], []),
        ("evening and next morning", ["Mon 22:00", "Tue 07:00"], [MONDAY]),
        ("20:00 is evening", ["Mon 20:00", "Tue 07:00"], [MONDAY]),
        ("19:59 is not", ["Mon 19:59", "Tue 07:00"], []),
        ("08:59 is early", ["Mon 22:00", "Tue 08:59"], [MONDAY]),
        ("09:00 is not", ["Mon 22:00", "Tue 09:00"], []),
        ("05:00 is morning", ["Mon 22:00", "Tue 05:00"], [MONDAY]),
        ("half past midnight is evening", ["Tue 00:30", "Tue 07:00"], [MONDAY]),
        ("half past midnight alone is a visit", ["Tue 00:30"], []),
        ("evening only is no night", ["Mon 20:30", "Mon 22:00", "Mon 23:59"], []),
        ("morning only is no night", ["Tue 06:00", "Tue 08:00"], []),
        ("morning, then evening of the same day", ["Mon 07:00", "Mon 22:00"], []),
        ("evening, then the morning after next", ["Mon 22:00", "Wed 07:00"], []),
        ("daylight", ["Mon 12:00", "Mon 15:00", "Tue 11:00"], []),
        ("no time proves nothing", ["Mon", "Tue"], []),
        ("two nights", ["Mon 02:00", "Tue 02:00"], [SUNDAY, MONDAY]),
    ],
)
def test_what_proves_a_night(what: str, sightings: list[str], nights: list[date]) -> None:
    assert proved(find_nights(log(*(sighting(s) for s in sightings)))) == nights, what


EVENING, MORNING = sighting("Mon 22:00"), sighting("Tue 07:00")


@pytest.mark.parametrize(
    ("what", "between", "is_proved"),
    [
        ("nobody looked", [], True),
        ("a look that saw nothing", [sighting("Tue 00:10", None)], False),
        ("a look by another observer that saw nothing", [sighting("Mon 23:00", None, "B")], False),
        ("a look that saw another car only", [sighting("Mon 23:00", "w")], False),
        ("a deep look that saw nothing", [sighting("Tue 03:00", None)], False),
        ("a look that saw it", [sighting("Tue 00:10")], True),
        ("a look whose reading of it is uncertain", [sighting("Tue 00:10", p=0.6)], False),
        ("an untimed look that saw nothing", [sighting("Mon", None)], True),
        ("it was missed, then seen again late", [sighting("Mon 23:00", None), sighting("Mon 23:40")], True),
        ("a look before the evening sighting", [sighting("Mon 21:00", None)], True),
        ("a look after the morning sighting", [sighting("Tue 07:30", None)], True),
        ("seen in the morning before it was missed", [sighting("Tue 06:00"), sighting("Tue 06:30", None)], True),
        ("the other cars of the evening look", [sighting("Mon 22:05", "w")], True),
        ("the other cars of the morning look, written first", [sighting("Tue 06:50", "w")], True),
    ],
)
def test_evening_and_morning_prove_unless_a_look_between_missed_it(
    what: str, between: list[dict[str, object]], is_proved: bool
) -> None:
    found = find_nights(log(EVENING, *between, MORNING))
    assert proved(found) == ([MONDAY] if is_proved else []), what


@pytest.mark.parametrize(("p", "nights"), [(1.0, [SUNDAY]), (0.95, [SUNDAY]), (0.94, []), (0.5, [])])
def test_an_uncertain_reading_proves_nothing(p: float, nights: list[date]) -> None:
    found = find_nights(log(sighting("Mon 02:00", p=p)))
    assert proved(found) == nights
    assert found.seen["late"].to_list() == [True], "but it was seen"


def test_a_night_names_its_rows_and_how_it_was_proved() -> None:
    found = find_nights(log(EVENING, MORNING, sighting("Wed 02:00"))).proved
    assert found.select("night", "how", "rows").rows() == [
        (MONDAY, "seen in the evening and next morning", [1, 2]),
        (MONDAY + timedelta(days=1), "seen between 01:00 and 05:00", [3]),
    ]


def test_the_hours_are_a_setting() -> None:
    rule = OvernightRule(deep_from_min=2 * 60, deep_to_min=4 * 60)
    rows = log(sighting("Tue 01:30"), sighting("Wed 02:30"))
    assert proved(find_nights(rows, rule)) == [MONDAY + timedelta(days=1)]


@pytest.mark.parametrize(
    ("what", "sightings", "looks"),
    [
        ("one visit, three cars", [sighting("Mon 22:00"), sighting("Mon 22:10", "w"), sighting("Mon 22:29", "x")], 1),
        ("twenty minutes later is another", [sighting("Mon 22:00"), sighting("Mon 22:20", "w")], 2),
        ("two observers", [sighting("Mon 22:00"), sighting("Mon 22:00", observer="B")], 2),
        ("no observer named is one observer", [sighting("Mon 22:00", observer=None)] * 2, 1),
        ("untimed rows of one day", [sighting("Mon"), sighting("Mon", "w")], 1),
        ("a timed and an untimed row", [sighting("Mon 22:00"), sighting("Mon")], 2),
        ("either side of midnight", [sighting("Mon 23:55"), sighting("Tue 00:05", "w")], 1),
    ],
)
def test_rows_of_one_visit_are_one_look(what: str, sightings: list[dict[str, object]], looks: int) -> None:
    assert find_nights(log(*sightings)).looks.height == looks, what


@pytest.mark.parametrize(
    ("what", "sightings", "settles", "late"),
    [
        ("a deep look settles the night", [sighting("Tue 02:00", None)], True, True),
        ("evening and morning do", [sighting("Mon 22:00", None), sighting("Tue 07:00", None)], True, True),
        ("an evening look alone does not", [sighting("Mon 22:00", None)], False, True),
        ("a daylight look says nothing of the night", [sighting("Mon 15:00", None)], False, False),
        ("nor does a look without a time", [sighting("Mon", None)], False, False),
    ],
)
def test_watched_nights(what: str, sightings: list[dict[str, object]], settles: bool, late: bool) -> None:
    watched = find_nights(log(*sightings)).watched
    assert watched.select("night", "settles", "late").rows() == [(MONDAY, settles, late)], what


def test_cases_are_kept_apart() -> None:
    rows = log(EVENING, MORNING, sighting("Mon 23:00", None)).with_columns(case_id=pl.Series(["c", "c", "d"]))
    found = find_nights(rows)
    assert found.proved["case_id"].to_list() == ["c"], "a look at another house missed nothing here"
    assert find_nights(rows.clear()).proved.is_empty()


moments = st.datetimes(datetime(2007, 9, 1), datetime(2007, 9, 6))
rows_seen = st.builds(
    lambda when, timed, vehicle, observer, p: {
        "case_id": "c",
        "observed_date": when.date(),
        "observed_time": when.time().replace(second=0, microsecond=0) if timed else None,
        "observer": observer,
        "vehicle_id": vehicle,
        "p_vehicle": p,
        "is_effort": vehicle is None,
    },
    moments,
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["v", "v", "w", None]),
    st.sampled_from(["A", "B", None]),
    st.sampled_from([1.0, 0.97, 0.5]),
)
logs = st.lists(rows_seen, min_size=1, max_size=14)


def facts(nights: Nights) -> tuple[object, ...]:
    """What a find says, without row numbers."""
    return (
        nights.proved.drop("rows").rows(),
        nights.seen.drop("rows").rows(),
        nights.watched.drop("rows").rows(),
        nights.looks.height,
    )


@given(logs, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_changes_nothing(rows: list[dict[str, object]], random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert facts(find_nights(log(*shuffled))) == facts(find_nights(log(*rows)))


@given(logs)
@settings(max_examples=60, deadline=None)
def test_rows_written_twice_change_nothing(rows: list[dict[str, object]]) -> None:
    assert facts(find_nights(log(*rows, *rows))) == facts(find_nights(log(*rows)))


@given(logs)
@settings(max_examples=60, deadline=None)
def test_the_floor_is_never_more_than_the_distinct_nights_on_which_it_was_seen(rows: list[dict[str, object]]) -> None:
    found = find_nights(log(*rows))
    keys = ["case_id", "vehicle_id", "night"]
    assert found.proved.select(keys).is_unique().all()
    assert found.proved.join(found.seen, on=keys, how="anti").is_empty()
    settled = found.watched.filter("settles")
    assert found.proved.join(settled, on=["case_id", "night"], how="anti").is_empty(), "a proved night was watched"


@given(logs, rows_seen.filter(lambda row: row["vehicle_id"] is None))
@settings(max_examples=60, deadline=None)
def test_a_look_that_saw_nothing_never_proves_a_night(rows: list[dict[str, object]], look: dict[str, object]) -> None:
    keys = ["vehicle_id", "night"]
    before, after = find_nights(log(*rows)).proved, find_nights(log(*rows, {**look, "observer": "C"})).proved
    assert after.join(before, on=keys, how="anti").is_empty()
