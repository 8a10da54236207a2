"""The vehicle presumption of San Marcos: a function of proved nights and registrations, in each reading."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.rules.pack import load_pack
from evidence.rules.presumption import MAJORITY_READINGS, Held, ParkedVehicle, VehiclePresumption, evaluate

FIRST = date(2021, 9, 1)
(SAN_MARCOS,) = [p for p in load_pack("san-marcos-tx").presumption if isinstance(p, VehiclePresumption)]
CALENDAR_TOGETHER, CALENDAR_EACH, WATCHED_TOGETHER, WATCHED_EACH = range(4)


def nights(*days: int) -> frozenset[date]:
    return frozenset(FIRST + timedelta(days=day) for day in days)


def car(name: str, *days: int, surname: str | None = None, address: str | None = None) -> ParkedVehicle:
    names = frozenset({name.upper() if surname is None else surname} - {""})
    return ParkedVehicle(name, nights(*days), names, frozenset({name if address is None else address} - {""}))


def held(parked: list[ParkedVehicle], watched: frozenset[date] = frozenset()) -> list[Held]:
    return evaluate(SAN_MARCOS, parked, watched)


ELEVEN, TEN = tuple(range(11)), tuple(range(10))


@pytest.mark.parametrize(
    ("what", "parked", "met"),
    [
        ("three cars on the same eleven nights", [car(c, *ELEVEN) for c in "abc"], True),
        ("ten nights are no majority of 21", [car(c, *TEN) for c in "abc"], False),
        ("two cars", [car(c, *ELEVEN) for c in "ab"], False),
        ("two of one surname", [car("a", *ELEVEN), car("b", *ELEVEN), car("c", *ELEVEN, surname="B")], False),
        ("two of one address", [car("a", *ELEVEN), car("b", *ELEVEN), car("c", *ELEVEN, address="b")], False),
        ("one of no known owner", [car("a", *ELEVEN), car("b", *ELEVEN), car("c", *ELEVEN, surname="")], False),
        ("a fourth makes up for it", [car(c, *ELEVEN) for c in "abd"] + [car("c", *ELEVEN, surname="B")], True),
        ("eleven nights scattered over 22", [car(c, *range(0, 22, 2)) for c in "abc"], True),
        ("eleven nights scattered over 23", [car(c, *range(0, 20, 2), 22) for c in "abc"], False),
        ("no car at all", [], False),
    ],
)
def test_the_same_three_vehicles_a_majority_of_nights(what: str, parked: list[ParkedVehicle], met: bool) -> None:
    assert held(parked)[CALENDAR_TOGETHER].met is met, what


def test_the_readings_of_the_same_vehicles_and_of_a_majority_differ() -> None:
    apart = [car("a", *range(11)), car("b", *range(5, 16)), car("c", *range(10, 21))]
    together, each, _, _ = held(apart)
    assert (together.met, each.met) == (False, True)
    assert (each.nights, each.needed) == (11, 11)
    seldom = [car(c, 0, 2, 4) for c in "abc"]
    readings = held(seldom, nights(0, 1, 2, 3, 4))
    assert [reading.met for reading in readings] == [False, False, True, True]
    assert [reading.reading for reading in readings] == list(MAJORITY_READINGS)


def test_what_comes_nearest_is_told() -> None:
    nearest = held([car(c, *TEN) for c in "abc"])[CALENDAR_TOGETHER]
    assert (nearest.nights, nearest.needed, nearest.vehicles) == (10, 11, ("a", "b", "c"))
    assert nearest.window_from is not None
    assert nearest.window_to == nearest.window_from + timedelta(days=20)


cars = st.lists(
    st.tuples(st.sampled_from("abcd"), st.frozensets(st.integers(0, 25), max_size=20)),
    max_size=4,
    unique_by=lambda c: c[0],
)


@given(cars, st.integers(0, 25))
def test_a_further_proved_night_never_undoes_a_presumption_of_calendar_nights(
    parked: list[tuple[str, frozenset[int]]], night: int
) -> None:
    before = held([car(name, *days) for name, days in parked])
    after = held([car(name, *days, night) for name, days in parked])
    for reading in (CALENDAR_TOGETHER, CALENDAR_EACH):
        assert after[reading].met >= before[reading].met


@given(cars)
def test_the_same_nights_together_are_the_stricter_reading(parked: list[tuple[str, frozenset[int]]]) -> None:
    found = held([car(name, *days) for name, days in parked], nights(*range(0, 26, 2)))
    assert found[CALENDAR_TOGETHER].met <= found[CALENDAR_EACH].met
    assert found[WATCHED_TOGETHER].met <= found[WATCHED_EACH].met
