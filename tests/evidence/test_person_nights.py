"""Nights of persons: floor and estimate apart, by papers, by a car's looks, and what doubt does to the interval."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.night_counts import DAYS
from evidence.nights import find_nights
from evidence.operators import SCHEMA as OPERATORS
from evidence.person_nights import OTHER_LISTS, PROOF_OPERATOR, PersonNightSettings, persons_of_cases
from evidence.presence import Presence
from evidence.resident_nights import HomeSettings
from evidence.spells import own_paper
from evidence.stay_grid import BACK, ON, Detection
from evidence.stays import KINDS, StayFit

Row = dict[str, object]
WINDOW = (date(2007, 7, 3), date(2007, 9, 30))
OLDER = date(2006, 1, 1)
YEAR = date(2006, 10, 1)  # 365 days to the end of the window
HOME = HomeSettings().home_share
KIND = {name: place for place, name in enumerate(KINDS)}


def stays(*cars: dict[str, float]) -> StayFit:
    """Cars seen first on 1 August and last on 1 September: likelihood by kind; a guest's nights are around 60, one who
    comes now and then 10.
    """
    n = len(cars)
    nights = np.zeros((n, len(KINDS), DAYS + 1))
    for kind, number in (("lives there", 300), ("partner", 60), ("now and then", 10), ("once", 2), ("visitor", 0)):
        nights[:, KIND[kind], number] = 1.0
    evidence = np.array([[car.get(kind, 1e-9) for kind in KINDS] for car in cars]).reshape(n, len(KINDS))
    lived = np.ones((n, len(BACK), len(ON))) * evidence[:, :1, None]
    first = np.full(n, (date(2007, 8, 1) - date(1970, 1, 1)).days, dtype=float)
    return StayFit(evidence, nights, evidence * 0, lived, first, first + 31, np.full(len(KINDS), 0.2), Detection())


RESIDENT, GUEST, VISITS = {"lives there": 1.0}, {"partner": 1.0}, {"visitor": 1.0}


def persons(
    p_occupant: float = 0.9,
    came_on: date | None = YEAR,
    listed_on: date | None = YEAR,
    own_from: date | None = None,
    cars: list[tuple[str, float, int, dict[str, float]]] | None = None,
    strangers: list[tuple[str, float, float]] | None = None,
    parts: list[tuple[date, date, float]] | None = None,
    named_by: tuple[str, ...] = (),
    shared_building: bool = False,
) -> list[Row]:
    """One person p; cars: (id, p he drives it, proved nights, likelihood of its looks by kind); strangers: cars of
    nobody named (id, p an unknown person drives it, p it stays); parts: (from, to, p_occupant) of the window, else one.
    """
    spans = parts or [(*WINDOW, p_occupant)]
    index = list(range(len(spans)))
    small = {"situation": pl.UInt32, "slot": pl.Int64}
    candidates = pl.DataFrame(
        {"situation": index, "slot": 0, "person_id": "p", "display_name": "Ana Lee", "on_lease": False}
        | {source: source in named_by for source in OTHER_LISTS},
        schema_overrides=small | dict.fromkeys(OTHER_LISTS, pl.Int8),
    )
    residence = pl.DataFrame(
        {"situation": index, "slot": 0, "p_occupant": [p for *_, p in spans]}, schema_overrides=small
    )
    starts = [came_on if place == 0 else begin for place, (begin, *_) in enumerate(spans)]
    situations = pl.DataFrame(
        {
            "situation": index, "case_id": "c", "date_from": [s[0] for s in spans], "date_to": [s[1] for s in spans],
            "last_turn": date(2006, 8, 1), "settled_on": starts, "window_from": WINDOW[0], "window_to": WINDOW[1],
        },
        schema_overrides={"situation": pl.UInt32, "settled_on": pl.Date},
    )  # fmt: skip
    begins = pl.DataFrame(
        {
            "situation": index,
            "person_id": "p",
            "listed_on": [listed_on] * len(spans),
            "own_from": [own_from] * len(spans),
        },
        schema_overrides={"situation": pl.UInt32, "listed_on": pl.Date, "own_from": pl.Date},
    )
    own, others = cars or [], strangers or []
    operators = pl.DataFrame(
        [("c", car, "owner", "p", p, "") for car, p, *_ in own]
        + [("c", car, "unknown person", None, 1 - p, "") for car, p, *_ in own]
        + [("c", car, "unknown person", None, p, "") for car, p, _ in others],
        schema=OPERATORS,
        orient="row",
    )
    vehicles = pl.DataFrame(
        [("c", car, place, nights, 100.0 - place, 50.0, 150.0, 0.9) for place, (car, _, nights, _) in enumerate(own)]
        + [("c", car, None, 3, 40.0, 30.0, 50.0, staying) for car, _, staying in others],
        schema={
            "case_id": pl.String, "vehicle_id": pl.String, "stay": pl.UInt32, "nights_window_max": pl.UInt32,
            "nights_estimated": pl.Float64, "nights_low": pl.Float64, "nights_high": pl.Float64, "p_guest": pl.Float64,
        },
        orient="row",
    ).with_columns(shared_building=pl.lit(shared_building))  # fmt: skip
    nothing = pl.DataFrame(
        schema={
            "case_id": pl.String, "log_row": pl.UInt32, "observed_date": pl.Date, "observed_time": pl.Time,
            "observer": pl.String, "vehicle_id": pl.String, "p_vehicle": pl.Float64, "is_effort": pl.Boolean,
        }
    )  # fmt: skip
    presence = Presence(find_nights(nothing), vehicles, operators, stays(*(fit for *_, fit in own)))
    return persons_of_cases(candidates, residence, situations, presence, begins, PersonNightSettings()).to_dicts()


def one(**given: Any) -> dict[str, Any]:
    row, *_ = (row for row in persons(**given) if row["person_id"] == "p")
    return row


@pytest.mark.parametrize(
    ("what", "p_drives", "observed", "basis"),
    [
        ("almost certainly the driver", 0.95, 12, "car"),
        ("exactly at the threshold", PROOF_OPERATOR, 12, "car"),
        ("probably the driver: an estimate, no proof", 0.7, 0, "car"),
        ("probably not the driver", 0.4, 0, "listing"),
    ],
)
def test_a_cars_nights_prove_something_of_a_person_only_with_the_driver(
    what: str, p_drives: float, observed: int, basis: str
) -> None:
    row = one(cars=[("v", p_drives, 12, RESIDENT)])
    assert (row["guest_days_observed"], row["basis"]) == (observed, basis), what


@pytest.mark.parametrize(
    ("what", "given", "observed"),
    [
        ("a house of its own", {}, 12),
        ("a building of several: the unit may be the neighbour's", {"shared_building": True}, 0),
        ("the lease names him, too", {"shared_building": True, "named_by": ("lease_disclosures",)}, 12),
    ],
)
def test_a_registration_alone_proves_nobody_in_a_building_of_several_dwellings(
    what: str, given: Row, observed: int
) -> None:
    row = one(**given, cars=[("v", 1.0, 12, RESIDENT)])
    assert row["guest_days_observed"] == observed, what
    assert row["guest_days_estimated"] > 200


def test_two_cars_of_one_person_are_not_added_up() -> None:
    row = one(cars=[("v1", 1.0, 20, RESIDENT), ("v2", 1.0, 8, RESIDENT)])
    assert row["guest_days_observed"] == 20
    assert row["vehicle_ids"] == ["v1", "v2"]


@pytest.mark.parametrize(
    ("what", "given", "least", "most"),
    [
        ("came with the household a year ago", {"p_occupant": 1.0}, 0.9 * 365, 365),
        ("came with it long ago: a year is the most", {"p_occupant": 1.0, "came_on": date(2001, 8, 1)}, 330, 365),
        ("came with it a month ago", {"p_occupant": 1.0, "came_on": date(2007, 9, 1)}, 22, 30),
        ("likely to live there", {"p_occupant": 0.8}, 250, 365),
        ("unlikely to", {"p_occupant": 0.3}, 0, 0),
        ("listed after it, came with the household", {"p_occupant": 1.0, "listed_on": date(2007, 11, 1)}, 300, 365),
        (
            "his own lease began in August, in a household of years",
            {"p_occupant": 1.0, "came_on": date(2003, 8, 1), "own_from": date(2007, 8, 1)}, 50, 61,
        ),
    ],
)  # fmt: skip
def test_an_occupant_without_a_car_is_home_since_the_papers_say(
    what: str, given: Row, least: float, most: float
) -> None:
    row = one(**given)
    assert least <= row["guest_days_estimated"] <= most, what
    assert row["guest_days_observed"] == 0, "a listing proves no night"


def test_papers_that_follow_a_move_do_not_shorten_the_stay() -> None:
    assert one(p_occupant=1.0, listed_on=date(2007, 9, 1))["guest_days_estimated"] == pytest.approx(
        HOME * 365, rel=0.05
    )


def test_who_lives_there_in_the_first_part_only_left_with_its_household() -> None:
    cut = date(2007, 8, 1)
    parts = [(WINDOW[0], cut - timedelta(days=1), 0.97), (cut, WINDOW[1], 0.01)]
    former = one(parts=parts, came_on=date(2007, 5, 1))
    assert 70 <= former["guest_days_estimated"] <= 92, "May to July"
    newcomer = one(parts=[(*parts[0][:2], 0.01), (*parts[1][:2], 0.97)], listed_on=cut)
    assert 45 <= newcomer["guest_days_estimated"] <= 61, "August and September"
    both = one(parts=[(*parts[0][:2], 0.97), (*parts[1][:2], 0.97)], came_on=date(2007, 5, 1))
    assert both["guest_days_estimated"] > 125


def width(row: dict[str, Any]) -> float:
    return float(row["guest_days_high"] - row["guest_days_low"])


def test_doubt_whether_somebody_lives_there_widens_the_interval_to_none() -> None:
    sure, unsure = one(p_occupant=0.99), one(p_occupant=0.7)
    assert unsure["guest_days_low"] == 0 < sure["guest_days_low"]
    assert width(unsure) > width(sure)


def test_doubt_whether_the_car_is_his_widens_the_interval() -> None:
    """The car came in August and stays; the papers say that he came years ago."""
    here_since_august = {"came_on": date(2007, 7, 30), "p_occupant": 0.99}
    widths = [width(one(**here_since_august, cars=[("v", p, 0, GUEST)], listed_on=None)) for p in (1.0, 0.6)]
    assert widths[1] > widths[0]


def test_whom_no_source_lists_here_is_judged_by_his_car_alone() -> None:
    """The count of the household may make him an occupant; an evening visitor's car makes no nights."""
    visitor, guest = (one(p_occupant=0.95, listed_on=None, cars=[("v", 1.0, 0, kind)]) for kind in (VISITS, GUEST))
    assert visitor["guest_days_estimated"] == 0
    assert guest["guest_days_estimated"] == 60
    listed = one(p_occupant=0.95, cars=[("v", 1.0, 0, VISITS)])
    assert listed["guest_days_estimated"] > 300, "who is listed here need not bring the car home"


def test_the_interval_is_not_below_the_floor_of_another_car() -> None:
    row = one(cars=[("v1", 1.0, 5, GUEST), ("v2", 1.0, 85, GUEST)], listed_on=None)
    assert row["guest_days_observed"] == 85
    assert 85 <= row["guest_days_low"] <= row["guest_days_estimated"]


dates = st.one_of(st.none(), st.integers(-1500, 90).map(lambda n: WINDOW[0] + timedelta(days=n)))
likelihoods = st.dictionaries(st.sampled_from(KINDS), st.floats(1e-6, 1.0), min_size=1)
cars = st.lists(
    st.tuples(st.sampled_from(["v", "w"]), st.floats(0.0, 1.0), st.integers(0, 50), likelihoods),
    max_size=2,
    unique_by=lambda car: car[0],
)


@given(st.floats(0.0, 1.0), dates, dates, dates, cars)
@settings(max_examples=40, deadline=None)
def test_an_estimate_lies_inside_its_interval_and_none_of_it_below_the_floor(
    p: float, came: date | None, listed: date | None, own: date | None, driven: list[tuple[str, float, int, Row]]
) -> None:
    row = one(p_occupant=p, came_on=came, listed_on=listed, own_from=own, cars=driven)
    low, estimate, high = (row[f"guest_days_{name}"] for name in ("low", "estimated", "high"))
    assert row["guest_days_observed"] <= low <= estimate <= high <= DAYS


def test_a_driver_whom_no_source_names_has_no_name() -> None:
    _, stranger = persons(strangers=[("w", 0.6, 0.5)])
    assert stranger["display_name"] is None
    assert stranger["person_id"] == "driver:w"
    assert stranger["p_occupant"] == pytest.approx(0.3)


def test_a_car_that_hardly_stays_is_no_person() -> None:
    assert len(persons(strangers=[("w", 0.6, 0.05)])) == 1


def test_a_car_with_a_named_driver_adds_no_second_person() -> None:
    assert len(persons(cars=[("v", 0.7, 12, RESIDENT)])) == 1


@pytest.mark.parametrize(
    ("what", "papers", "expected"),
    [
        ("a lease in force", [("lease_disclosures", YEAR, None)], YEAR),
        ("the older of two in force", [("lease_disclosures", YEAR, None), ("utility_billing", OLDER, None)], OLDER),
        ("one that ended before", [("lease_disclosures", date(2005, 8, 1), date(2006, 7, 31))], None),
        ("one that begins after", [("utility_billing", date(2007, 11, 1), None)], None),
        ("a registration dates no move", [("dmv_registrations", YEAR, None)], None),
    ],
)  # fmt: skip
def test_the_persons_own_lease_or_account(
    what: str, papers: list[tuple[str, date, date | None]], expected: date | None
) -> None:
    rows = pl.DataFrame(
        papers, schema={"source": pl.String, "listed_from": pl.Date, "listed_to": pl.Date}, orient="row"
    ).with_columns(date_from=pl.lit(WINDOW[0]), date_to=pl.lit(WINDOW[1]))
    assert rows.select(own_paper()).item() == expected, what
