"""Numbers of nights as distributions: days of a stay in the fullest year, mixtures, floors, intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.night_counts import (
    DAYS,
    at_least,
    binomial_mixtures,
    days_in_best_year,
    home_mixture,
    interval,
    raised_to,
)

RATES = np.array([0.0, 0.5, 0.9])


def best(begin: float, end: float, opens: float = 400.0, closes: float = 490.0) -> float:
    days = days_in_best_year(np.array([[begin]]), np.array([[end]]), np.array([opens]), np.array([closes]))
    return float(days[0, 0])


@pytest.mark.parametrize(
    ("what", "begin", "end", "days"),
    [
        ("all inside the window", 410, 419, 10),
        ("one night", 450, 450, 1),
        ("before the window, in the year up to its first day", 390, 399, 10),
        ("longer than a year", 0, 900, 365),
        ("more than a year before the window", 0, 30, 0),
        ("after the window", 500, 520, 0),
        ("ended in the window after half a year", 240, 420, 181),
    ],
)
def test_days_of_a_stay_in_the_fullest_year(what: str, begin: int, end: int, days: int) -> None:
    assert best(begin, end) == days, what


@given(st.integers(0, 900), st.integers(0, 600), st.integers(370, 500), st.integers(0, 90))
@settings(max_examples=60, deadline=None)
def test_no_year_that_ends_in_the_window_holds_more_days_of_the_stay(
    begin: int, length: int, opens: int, window: int
) -> None:
    def held(close: int) -> int:
        return max(0, min(begin + length, close) - max(begin, close - 364) + 1)

    by_hand = max(held(close) for close in range(opens, opens + window + 1))
    assert best(begin, begin + length, opens, opens + window) == by_hand


def test_a_mixture_of_binomials_has_their_mean() -> None:
    days = np.array([[[[60.0, 61.0, 200.0]]]])
    weights = np.array([[[[0.2, 0.5, 0.3]]]])
    (pmf,) = binomial_mixtures([weights], days, RATES)
    assert pmf.sum() == pytest.approx(1.0)
    assert (pmf @ np.arange(DAYS + 1)).item() == pytest.approx(0.5 * 61 * 0.5 + 0.3 * 200 * 0.9)


def test_nights_at_home_are_never_more_than_the_days_and_spread_between_persons() -> None:
    pmf = home_mixture(np.ones((1, 1, 1)), np.full((1, 1, 1), 120.0), 0.92, 12.5)
    assert pmf[0, 121:].sum() == 0.0
    assert (pmf @ np.arange(DAYS + 1)).item() == pytest.approx(0.92 * 120)
    _, low, high = interval(pmf)
    assert low < 100
    assert high == 120


def test_proved_nights_are_added_and_the_year_is_the_most() -> None:
    pmf = np.zeros((2, DAYS + 1))
    pmf[:, 5], pmf[:, 360] = 0.75, 0.25
    moved = raised_to(pmf, np.array([0, 20]))
    assert moved[0].tolist() == pmf[0].tolist()
    assert (moved[1, 25], moved[1, DAYS]) == (0.75, 0.25)


@pytest.mark.parametrize(("floor", "expected"), [(0, {0: 0.5, 10: 0.5}), (3, {10: 1.0}), (11, {11: 1.0})])
def test_a_distribution_given_its_floor(floor: int, expected: dict[int, float]) -> None:
    pmf = np.zeros((1, DAYS + 1))
    pmf[0, [0, 10]] = 0.5
    found = at_least(pmf, np.array([floor]))[0]
    assert {int(n): float(found[n]) for n in np.flatnonzero(found)} == expected


@pytest.mark.parametrize(
    ("what", "mass", "expected"),
    [
        ("sure", {7: 1.0}, (7, 7, 7)),
        ("as likely none as many", {0: 0.5, 300: 0.5}, (0, 0, 300)),
        ("a small chance of none is outside", {0: 0.04, 300: 0.96}, (300, 300, 300)),
        ("one in ten is not", {0: 0.1, 300: 0.9}, (300, 0, 300)),
    ],
)
def test_the_median_and_its_interval(what: str, mass: dict[int, float], expected: tuple[int, int, int]) -> None:
    pmf = np.zeros((1, DAYS + 1))
    for nights, p in mass.items():
        pmf[0, nights] = p
    assert tuple(int(values[0]) for values in interval(pmf)) == expected, what
