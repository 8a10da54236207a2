"""Estimated nights: what each look is worth, laws, and coverage on simulated stays whose nights are known."""

from datetime import date, time, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.guest_nights import GuestNightSettings, LeaseTurn, estimate_nights, learn_detection, watch_record
from evidence.nights import Nights, find_nights
from evidence.stay_grid import Detection
from evidence.window_counts import best_windows

FIRST = date(2007, 8, 6)
WINDOW = (date(2007, 7, 15), date(2007, 10, 13))
Look = tuple[str, date, time, bool]  # case, day, time, was it seen

SCHEMA = {
    "case_id": pl.String,
    "observed_date": pl.Date,
    "observed_time": pl.Time,
    "vehicle_id": pl.String,
    "p_vehicle": pl.Float64,
}


def sightings(looks: list[Look], p: float = 1.0) -> pl.DataFrame:
    rows = [(case, day, clock, "v" if seen else None, p) for case, day, clock, seen in looks]
    return (
        pl.DataFrame(rows, schema=SCHEMA, orient="row")
        .with_row_index("log_row", offset=1)
        .with_columns(observer=pl.lit("A"), is_effort=pl.col("vehicle_id").is_null())
    )


def estimated(
    looks: list[Look], p: float = 1.0, config: GuestNightSettings | None = None, came_on: date | None = None
) -> pl.DataFrame:
    """case_id, floor, nights_estimated ... of the vehicle of each case."""
    nights = find_nights(sightings(looks, p))
    cases = sorted({case for case, *_ in looks})
    windows = pl.DataFrame({"case_id": cases}).with_columns(
        window_from=pl.lit(WINDOW[0], pl.Date), window_to=pl.lit(WINDOW[1], pl.Date)
    )
    floors = best_windows(nights.proved, windows, "vehicle_id").rename({"nights": "floor"})
    record = record_of(nights, windows)
    households = pl.DataFrame(
        {"case_id": cases, "came_on": [came_on] * len(cases)}, schema={"case_id": pl.String, "came_on": pl.Date}
    )
    found, _ = estimate_nights(record, floors, windows, households, LeaseTurn(), config)
    return found.join(floors.select("case_id", "floor"), on="case_id", how="left").with_columns(
        pl.col("floor").fill_null(0)
    )


def record_of(nights: Nights, windows: pl.DataFrame) -> pl.DataFrame:
    return watch_record(nights.seen, nights.proved, nights.watched, windows)


def deep(night: int, seen: bool) -> Look:
    """A look at two in the morning, so many nights after the first."""
    return ("c", FIRST + timedelta(days=night + 1), time(2, 0), seen)


def one(looks: list[Look], p: float = 1.0, came_on: date | None = None) -> dict[str, float]:
    (row,) = estimated(looks, p, came_on=came_on).to_dicts()
    return row


ALWAYS = [deep(night, True) for night in range(0, 60, 6)]
HALF = [deep(night, night % 12 == 0) for night in range(0, 60, 6)]
ONCE = [deep(night, night == 24) for night in range(0, 60, 6)]
VISITS = [("c", FIRST + timedelta(days=d), time(19, 30), d % 24 == 0) for d in range(0, 60, 3)]


@pytest.mark.parametrize(
    ("what", "looks", "least", "most"),
    [
        ("seen on each of ten watched nights: there nearly always", ALWAYS, 55, 366),
        ("seen on five of ten", HALF, 25, 230),
        ("seen on one of ten, in the middle: not there for long", ONCE, 1, 30),
        ("seen at half past seven, three evenings of twenty", VISITS, 0, 80),
    ],
)
def test_the_size_of_the_estimate(what: str, looks: list[Look], least: float, most: float) -> None:
    assert least <= one(looks)["nights_estimated"] <= most, what


def test_more_nights_seen_are_more_nights_estimated() -> None:
    """Ranking: the same ten nights watched, the first and the last seen, and ever more between."""
    nights = range(0, 60, 6)
    estimates = []
    for seen in range(9):
        between = list(nights)[1 : 1 + seen]
        estimates.append(one([deep(n, n in (0, 54) or n in between) for n in nights])["nights_estimated"])
    assert estimates == sorted(estimates)
    assert estimates[-1] > 2 * estimates[0]


def test_more_watching_narrows_the_interval() -> None:
    """Ranking: a car there every other night, watched on every 12th, 4th, 2nd night and each night."""
    widths = []
    for step in (12, 4, 2, 1):
        row = one([deep(night, night // step % 2 == 0) for night in range(0, 72, step)])
        widths.append(row["nights_high"] - row["nights_low"])
    assert widths == sorted(widths, reverse=True)


def test_unwatched_nights_are_missing_not_zero() -> None:
    few = one([deep(night, True) for night in (0, 15, 30)])
    assert few["floor"] == 3
    assert few["nights_estimated"] > 25, "nobody looked on the other nights, so nobody missed it"
    missed = one([deep(night, night in (0, 15, 30)) for night in range(31)])
    assert missed["nights_estimated"] < few["nights_estimated"] / 2


def test_looks_that_missed_it_before_the_first_sighting_shorten_the_stay() -> None:
    later = [deep(night, True) for night in range(20, 50, 5)]
    watched_before = [deep(night, False) for night in range(20)]
    assert one(watched_before + later)["nights_estimated"] < 0.8 * one(later)["nights_estimated"]


def test_a_doubtful_reading_is_worth_less_than_a_sure_one() -> None:
    assert one(HALF, p=0.5)["nights_estimated"] < one(HALF)["nights_estimated"]
    assert one(HALF, p=0.5)["floor"] == 0


def test_the_guest_limit_moves_the_probability_and_nothing_else() -> None:
    thirty, forty = (estimated(HALF, config=GuestNightSettings(guest_limit_nights=n)) for n in (30, 60))
    assert forty["p_guest"][0] < thirty["p_guest"][0]
    assert forty["nights_estimated"][0] == thirty["nights_estimated"][0]


def test_vehicles_with_the_same_looks_are_estimated_alike_wherever_they_stand_in_a_long_log() -> None:
    many = [(f"c{n:03}", *look[1:]) for n in range(450) for look in (HALF if n % 2 else ALWAYS)]
    found = estimated(many).sort("case_id")["nights_estimated"].to_list()
    assert set(found[::2]) == {found[0]}
    assert set(found[1::2]) == {found[1]}


def test_what_comes_to_a_city_is_learned_from_its_log() -> None:
    """One evening sighting is likelier a stay in a city whose cars all stay than in one of evening visits."""
    doubtful = [("x", FIRST + timedelta(days=d), time(22), d == 9) for d in range(0, 30, 9)]
    stays, visits = (
        estimated(doubtful + [(f"c{n}", *look[1:]) for n in range(60) for look in looks])
        .filter(pl.col("case_id") == "x")["p_guest"]
        .item()
        for looks in (ALWAYS, VISITS)
    )
    assert visits < stays / 2


def test_the_papers_of_the_household_date_the_stay() -> None:
    """A car that stands there always came with its household: last month, last year, or nobody knows when."""
    lately, unknown, long_ago = (
        one(ALWAYS, came_on=day) for day in (FIRST - timedelta(days=4), None, date(2001, 8, 1))
    )
    assert lately["nights_estimated"] < 100 < unknown["nights_high"] - unknown["nights_low"]
    assert lately["nights_estimated"] < unknown["nights_estimated"] <= long_ago["nights_estimated"]
    assert long_ago["nights_estimated"] > 280
    assert all(row["floor"] == 10 for row in (lately, unknown, long_ago)), "papers prove no night"


def test_a_car_seen_at_weekends_only_is_not_taken_to_be_there_all_week() -> None:
    """Ten looks, half of them hits: on Fridays and Saturdays against other nights, or without regard to the weekday."""
    weekend = [n for n in range(60) if (FIRST + timedelta(days=n)).weekday() in (4, 5)][:10]
    week = [n for n in range(60) if (FIRST + timedelta(days=n)).weekday() in (0, 1, 2, 3)][:10]
    by_weekend = one([deep(n, True) for n in weekend] + [deep(n, False) for n in week])
    mixed = sorted([*weekend, *week])
    evenly = one([deep(n, place % 2 == 0) for place, n in enumerate(mixed)])
    assert by_weekend["nights_estimated"] < evenly["nights_estimated"]


@pytest.mark.parametrize(
    ("what", "looks", "least", "most"),
    [
        ("always there, ten proved: twenty more, some missed", ALWAYS, 20, 32),
        ("every other night: more than if it were always there", HALF, 33, 75),
        ("proved already", [deep(n, True) for n in range(30)], 0, 0),
    ],
)
def test_nights_still_to_be_watched(what: str, looks: list[Look], least: float, most: float) -> None:
    assert least <= one(looks)["nights_to_watch"] <= most, what


def test_nobody_seen_gives_an_empty_table() -> None:
    columns = [
        "case_id",
        "vehicle_id",
        "stay",
        "nights_estimated",
        "nights_low",
        "nights_high",
        "p_guest",
        "nightly_rate",
    ]
    found = estimated([deep(0, False)])
    assert found.is_empty()
    assert found.columns[: len(columns)] == columns


states = st.lists(
    st.tuples(st.integers(0, 80), st.sampled_from([2, 6, 15, 22]), st.booleans()), min_size=1, max_size=25
)


@given(states, st.sampled_from([1.0, 0.97, 0.6]))
@settings(max_examples=60, deadline=None)
def test_the_interval_holds_the_estimate_and_is_never_below_the_floor(
    looks: list[tuple[int, int, bool]], p: float
) -> None:
    looks_at = [("c", FIRST + timedelta(days=day), time(hour, 30), seen) for day, hour, seen in looks]
    for row in estimated(looks_at, p).to_dicts():
        assert row["floor"] <= row["nights_low"] <= row["nights_high"] <= 366
        assert row["nights_low"] - 1e-9 <= row["nights_estimated"] <= row["nights_high"] + 1e-9
        assert 0.0 <= row["p_guest"] <= 1.0
        assert row["floor"] < 30 or row["p_guest"] == pytest.approx(1.0)


def test_detection_is_learned_from_nights_that_another_look_proved() -> None:
    """Forty nights seen at two; the evening look of the same nights saw it on every fourth."""
    looks = []
    for night in range(40):
        looks += [deep(night, True), ("c", FIRST + timedelta(days=night), time(22), night % 4 == 0)]
    nights = find_nights(sightings(looks))
    windows = pl.DataFrame({"case_id": ["c"], "window_from": [WINDOW[0]], "window_to": [WINDOW[1]]})
    learned = learn_detection(record_of(nights, windows), GuestNightSettings())
    prior = Detection()
    assert learned.evening == pytest.approx((10 + 20 * prior.evening) / (40 + 20))
    assert learned.deep == prior.deep, "no night was seen in the evening, at two and in the morning"


def simulated(seed: int, vehicles: int, detection: float) -> tuple[list[Look], dict[str, int]]:
    """Looks and true nights: residents, guests of one to six nights a week, and visitors who leave at night.

    Somebody watches for two months, at random: at two, or in the evening and next morning, or in the evening only.
    """
    rng = np.random.default_rng(seed)
    opens, closes, horizon = 400, 490, 560  # window as days of the simulation
    day_zero = WINDOW[0] - timedelta(days=opens)
    looks: list[Look] = []
    truth: dict[str, int] = {}
    for number in range(vehicles):
        case = f"c{number}"
        kind = rng.random()
        start, end, rate = 0, horizon, 0.0
        middle = int(rng.integers(opens - 20, closes))
        if kind < 0.45:
            start, end = middle - int(rng.exponential(500)), middle + int(rng.exponential(400))
            rate = float(rng.beta(12, 2))
        elif kind < 0.75:
            start, end = middle - int(rng.exponential(130)), middle + int(rng.exponential(130))
            rate = float(rng.uniform(1, 6)) / 7
        there = rng.random(horizon) < rate
        there[: max(start, 0)] = False
        there[max(end, 0) :] = False
        total = np.concatenate([[0], np.cumsum(there)])
        truth[case] = max(int(total[day + 1] - total[max(day - 364, 0)]) for day in range(opens, closes + 1))
        visits = rng.random(horizon) < 0.12
        for _ in range(int(rng.integers(8, 45))):
            night = int(rng.integers(opens + 20, closes - 10))
            evening, after = day_zero + timedelta(days=night), day_zero + timedelta(days=night + 1)
            what = rng.random()
            if what < 0.35:
                looks.append(
                    (case, after, time(2, int(rng.integers(60))), bool(there[night] and rng.random() < detection))
                )
                continue
            parked = bool((there[night] or visits[night]) and rng.random() < detection)
            looks.append((case, evening, time(int(rng.integers(20, 24)), int(rng.integers(60))), parked))
            if what < 0.7:
                still = bool(there[night] and rng.random() < detection)
                looks.append((case, after, time(int(rng.integers(5, 9)), int(rng.integers(60))), still))
    return looks, truth


@pytest.mark.parametrize(("seed", "detection"), [(1, 1.0), (2, 0.85), (3, 0.7)])
def test_nine_intervals_in_ten_hold_the_truth(seed: int, detection: float) -> None:
    looks, truth = simulated(seed, 220, detection)
    rows = estimated(looks).with_columns(truth=pl.col("case_id").replace_strict(truth, return_dtype=pl.Float64))
    assert rows.height > 150
    held = rows.select(pl.col("truth").is_between("nights_low", "nights_high").mean()).item()
    assert 0.80 <= held <= 0.98
    bias = rows.select((pl.col("nights_estimated") - pl.col("truth")).mean() / pl.col("truth").mean()).item()
    assert abs(bias) < 0.15
    assert rows.filter(pl.col("floor") > pl.col("truth")).is_empty(), "proof is never more than the truth"


def test_the_probability_of_passing_the_guest_test_is_about_right() -> None:
    looks, truth = simulated(4, 260, 0.85)
    rows = estimated(looks).with_columns(passes=pl.col("case_id").replace_strict(truth, return_dtype=pl.Int64) >= 30)
    sure, unlikely = rows.filter(pl.col("p_guest") >= 0.9), rows.filter(pl.col("p_guest") <= 0.1)
    assert min(sure.height, unlikely.height) > 20
    assert sure["passes"].mean() >= 0.85  # type: ignore[operator]
    assert unlikely["passes"].mean() <= 0.15  # type: ignore[operator]
