"""Nights of persons: floor and estimate apart, by car or by listing, and the worst guest of a case."""

from datetime import date

import polars as pl
import pytest

from evidence.person_nights import HOME_SHARE, PROOF_OPERATOR, persons_of_cases, worst_guest

Row = dict[str, object]
SITUATIONS = pl.DataFrame(
    {"situation": [0], "case_id": ["c"], "date_to": [date(2007, 9, 30)]}, schema_overrides={"situation": pl.UInt32}
)
YEAR = date(2006, 10, 1)  # 365 days to the end of the window


def persons(
    p_occupant: float = 0.9,
    listed_on: date | None = YEAR,
    came_on: date | None = None,
    cars: list[tuple[str, float, int, float, float]] | None = None,
    strangers: list[tuple[str, float, float]] | None = None,
) -> list[Row]:
    """One person p; cars: (id, p he drives it, proved nights, estimate, p it stays 30 nights); strangers: cars of
    nobody named: (id, p an unknown person drives it, p it stays).
    """
    candidates = pl.DataFrame(
        {"situation": [0], "slot": [0], "person_id": ["p"], "display_name": ["Ana Lee"], "on_lease": [False]},
        schema_overrides={"situation": pl.UInt32},
    )
    residence = pl.DataFrame(
        {"situation": [0], "slot": [0], "p_occupant": [p_occupant]}, schema_overrides={"situation": pl.UInt32}
    )
    begins = pl.DataFrame(
        {"situation": [0], "person_id": ["p"], "listed_on": [listed_on], "came_on": [came_on or listed_on]},
        schema={"situation": pl.UInt32, "person_id": pl.String, "listed_on": pl.Date, "came_on": pl.Date},
    )
    own, others = cars or [], strangers or []
    operators = pl.DataFrame(
        [("c", car, "owner", "p", p) for car, p, *_ in own]
        + [("c", car, "unknown person", None, 1 - p) for car, p, *_ in own]
        + [("c", car, "unknown person", None, p) for car, p, _ in others],
        schema={
            "case_id": pl.String, "vehicle_id": pl.String, "who": pl.String, "person_id": pl.String,
            "probability": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    vehicles = pl.DataFrame(
        [("c", car, nights, guess, guess - 10, guess + 10, stays) for car, _, nights, guess, stays in own]
        + [("c", car, 3, 40.0, 30.0, 50.0, stays) for car, _, stays in others],
        schema={
            "case_id": pl.String, "vehicle_id": pl.String, "nights_window_max": pl.UInt32,
            "nights_estimated": pl.Float64, "nights_low": pl.Float64, "nights_high": pl.Float64, "p_guest": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    return persons_of_cases(candidates, residence, SITUATIONS, operators, vehicles, begins).to_dicts()


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
    (row, *_) = persons(cars=[("v", p_drives, 12, 80.0, 0.0)])
    assert (row["guest_days_observed"], row["basis"]) == (observed, basis), what


def test_two_cars_of_one_person_are_not_added_up() -> None:
    (row,) = persons(cars=[("v1", 1.0, 20, 60.0, 0.9), ("v2", 1.0, 8, 90.0, 0.9)])
    assert row["guest_days_observed"] == 20
    assert row["guest_days_estimated"] == 90.0
    assert row["vehicle_ids"] == ["v2", "v1"]


def test_the_interval_is_not_below_the_floor_of_another_car() -> None:
    (row,) = persons(cars=[("v1", 1.0, 85, 86.0, 0.9), ("v2", 1.0, 8, 90.0, 0.9)])
    assert row["guest_days_observed"] == 85
    assert row["guest_days_low"] == 85.0
    assert row["guest_days_low"] <= row["guest_days_estimated"] <= row["guest_days_high"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("what", "p", "listed_on", "estimate"),
    [
        ("a year", 1.0, YEAR, HOME_SHARE * 365),
        ("longer than a year is a year", 1.0, date(2001, 1, 1), HOME_SHARE * 365),
        ("thirty days", 1.0, date(2007, 9, 1), HOME_SHARE * 30),
        ("doubtful", 0.5, YEAR, 0.5 * HOME_SHARE * 365),
        ("listed only after the window", 1.0, date(2007, 11, 1), 0.0),
        ("since when is not known", 1.0, None, 0.0),
    ],
)
def test_an_occupant_without_a_car_is_home_since_the_listing_began(
    what: str, p: float, listed_on: date | None, estimate: float
) -> None:
    (row,) = persons(p, listed_on)
    assert row["guest_days_estimated"] == pytest.approx(estimate), what
    assert row["guest_days_observed"] == 0, "a listing proves no night"


@pytest.mark.parametrize("p", [0.0, 0.02, 0.05, 0.3, 0.9, 0.95, 1.0])
def test_an_estimate_lies_inside_its_interval(p: float) -> None:
    (row,) = persons(p)
    assert row["guest_days_low"] <= row["guest_days_estimated"] <= row["guest_days_high"]  # type: ignore[operator]


def test_a_driver_whom_no_source_names_has_no_name() -> None:
    _, stranger = persons(strangers=[("w", 0.6, 0.5)])
    assert stranger["display_name"] is None
    assert stranger["person_id"] == "driver:w"
    assert stranger["p_occupant"] == pytest.approx(0.3)


def test_a_car_that_hardly_stays_is_no_person() -> None:
    assert len(persons(strangers=[("w", 0.6, 0.05)])) == 1


def test_a_car_with_a_named_driver_adds_no_second_person() -> None:
    assert len(persons(cars=[("v", 0.7, 12, 80.0, 0.9)])) == 1


def table(*rows: tuple[str | None, bool, float, int, float]) -> pl.DataFrame:
    """display_name, on_lease, p_occupant, observed, nights if an occupant."""
    return pl.DataFrame(
        [("c", f"p{number}", *row) for number, row in enumerate(rows)],
        schema={
            "case_id": pl.String, "person_id": pl.String, "display_name": pl.String, "on_lease": pl.Boolean,
            "p_occupant": pl.Float64, "guest_days_observed": pl.UInt32, "nights_if_occupant": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


KNOWN = pl.DataFrame({"case_id": ["c"]})
NOT_KNOWN = pl.DataFrame({"case_id": []}, schema={"case_id": pl.String})


@pytest.mark.parametrize(
    ("what", "rows", "disclosed", "observed"),
    [
        ("a guest", [("Ana", False, 0.9, 31, 60.0)], KNOWN, 31),
        ("the worst of two", [("Ana", False, 0.9, 31, 60.0), ("Bo", False, 0.9, 40, 50.0)], KNOWN, 40),
        ("a tenant is no guest", [("Ana", True, 0.9, 200, 300.0), ("Bo", False, 0.9, 4, 9.0)], KNOWN, 4),
        ("no lease disclosed: nobody is proved to be off it", [("Ana", False, 0.9, 31, 60.0)], NOT_KNOWN, 0),
        ("a driver without a name may be a tenant", [(None, False, 0.9, 31, 60.0)], KNOWN, 0),
    ],
)
def test_the_worst_guest_that_is_proved(
    what: str, rows: list[tuple[str | None, bool, float, int, float]], disclosed: pl.DataFrame, observed: int
) -> None:
    assert worst_guest(table(*rows), disclosed, 0.2)["guest_days_observed_max"].to_list() == [observed], what


@pytest.mark.parametrize(
    ("what", "rows", "disclosed", "estimated"),
    [
        ("likely", [("Ana", False, 0.9, 0, 60.0)], KNOWN, 60.0),
        ("unlikely to live there", [("Ana", False, 0.3, 0, 60.0)], KNOWN, 0.0),
        ("one of two is likely", [("Ana", False, 0.4, 0, 60.0), ("Bo", False, 0.4, 0, 40.0)], KNOWN, 40.0),
        ("lease not known: few are off it", [("Ana", False, 0.9, 0, 60.0)], NOT_KNOWN, 0.0),
    ],
)
def test_the_worst_guest_as_estimated(
    what: str, rows: list[tuple[str | None, bool, float, int, float]], disclosed: pl.DataFrame, estimated: float
) -> None:
    found = worst_guest(table(*rows), disclosed, 0.2)["guest_days_estimated_max"].to_list()
    assert found == [estimated], what


def test_papers_that_follow_a_move_do_not_shorten_the_stay() -> None:
    (row,) = persons(1.0, listed_on=date(2007, 9, 1), came_on=YEAR)
    assert row["guest_days_estimated"] == pytest.approx(HOME_SHARE * 365)
    assert row["guest_days_low"] == pytest.approx(0.75 * 30), "only the listing is sure"
