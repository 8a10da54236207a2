"""Usage and unattributed cars: what each says of the number of occupants."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from evidence.headcount import Array
from evidence.likelihoods import (
    MOST_LOOKS,
    CarRates,
    fit_cars,
    fit_usage,
    monthly_medians,
    usage_levels,
    usage_log_likelihood,
    vehicle_log_likelihood,
)
from evidence.settings import InferenceSettings

SETTINGS = InferenceSettings()
MOST = SETTINGS.max_occupants
PRIOR_FIT = (0.0, SETTINGS.usage_slope, SETTINGS.usage_log_sd)


def test_unknown_usage_says_nothing() -> None:
    assert usage_log_likelihood(np.array([np.nan]), PRIOR_FIT, MOST).tolist() == [[0.0] * (MOST + 1)]


@given(st.floats(-2.0, 2.0), st.floats(0.05, 1.0))
def test_more_usage_never_speaks_for_fewer_occupants(usage: float, more: float) -> None:
    """Law: the likelihood ratio of a larger household against a smaller one rises with usage."""
    low, high = usage_log_likelihood(np.array([usage, usage + more]), (0.0, 0.7, 1.0), MOST)
    assert (np.diff(high - low) >= -1e-9).all()


def test_absurd_usage_is_bounded_evidence() -> None:
    table = usage_log_likelihood(np.array([50.0, -50.0]), PRIOR_FIT, MOST)
    assert np.ptp(table) <= 12.5 + 1e-9


def test_slope_and_spread_are_learned_where_the_city_shows_them() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 7, 1500)
    relative = -0.4 + 0.9 * np.log(n) + rng.normal(0, 0.35, len(n))
    known = np.zeros((len(n), MOST + 1))
    known[np.arange(len(n)), n] = 1.0
    level, slope, spread = fit_usage(relative, known, SETTINGS)
    assert level == pytest.approx(-0.4, abs=0.1)
    assert slope == pytest.approx(0.9, abs=0.06)
    assert spread == pytest.approx(0.35, abs=0.04)


def test_without_meters_the_prior_stands() -> None:
    assert fit_usage(np.full(3, np.nan), np.full((3, MOST + 1), 1 / (MOST + 1)), SETTINGS) == PRIOR_FIT


def usage_frame(rows: list[tuple[str, date, float]]) -> pl.DataFrame:
    schema = {"account_id": pl.String, "month": pl.Date, "usage": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(unit=pl.lit("gal"), duplicate_of=pl.lit(None, pl.UInt32))


def relative_of(rows: list[tuple[str, date, float]]) -> list[tuple[int, float, int]]:
    table = pl.DataFrame(
        {"situation": [0], "dwelling_id": ["a"], "date_from": [date(2007, 7, 1)], "date_to": [date(2007, 9, 30)]},
        schema_overrides={"situation": pl.UInt32},
    )
    accounts = pl.DataFrame({"account_id": ["A", "B", "C"], "dwelling_id": ["a", "b", "c"]})
    usage = usage_frame(rows)
    found = usage_levels(table, accounts, usage, monthly_medians(usage), SETTINGS)
    return found.select("situation", "relative", "months").rows()


JANUARY, FEBRUARY, JULY = date(2007, 1, 1), date(2007, 2, 1), date(2007, 7, 1)


@pytest.mark.parametrize(
    ("what", "rows", "expected"),
    [
        ("twice the city's median", [("A", JULY, 200.0), ("B", JULY, 100.0), ("C", JULY, 100.0)], [(0, np.log(2), 1)]),
        ("a vacant meter is no small household", [("A", JULY, 0.0), ("B", JULY, 100.0)], []),
        (
            "two winter months outweigh a watered lawn",
            [(a, m, u) for a in "ABC" for m, u in ((JANUARY, 100.0), (FEBRUARY, 100.0))]
            + [("A", JULY, 900.0), ("B", JULY, 100.0), ("C", JULY, 100.0)],
            [(0, 0.0, 2)],
        ),
        ("long before the window", [("A", date(2005, 1, 1), 200.0), ("B", date(2005, 1, 1), 100.0)], []),
    ],
)
def test_usage_against_the_median_of_the_same_month(
    what: str, rows: list[tuple[str, date, float]], expected: list[tuple[int, float, int]]
) -> None:
    found = relative_of(rows)
    assert [(s, m) for s, _, m in found] == [(s, m) for s, _, m in expected], what
    assert [r for _, r, _ in found] == pytest.approx([r for _, r, _ in expected])


RATES = CarRates(brings=0.3, strays=0.25)


def cars(untied: list[float], tied: int = 0, nights: int = MOST_LOOKS) -> Array:
    table = vehicle_log_likelihood([np.array(untied)], np.array([tied]), np.array([nights]), [RATES], MOST)
    return np.asarray(table[0, 0])


def test_a_dwelling_that_nobody_watched_says_nothing() -> None:
    assert not cars([0.9, 0.9], nights=0).any()


@given(st.integers(0, MOST_LOOKS - 1))
def test_seeing_no_car_says_the_more_the_oftener_somebody_looked(nights: int) -> None:
    few, more = (np.ptp(cars([], nights=looked)) for looked in (nights, nights + 1))
    assert more > few


def test_the_share_of_cars_in_other_names_is_learned_by_kind_of_household() -> None:
    rng = np.random.default_rng(7)
    n = rng.integers(1, 6, 900)
    student = np.arange(len(n)) % 2 == 0
    brings = SETTINGS.car_per_occupant * np.where(student, 0.5, 0.1)
    seen = rng.binomial(n, brings) + rng.poisson(0.1, len(n))
    known = np.zeros((len(n), MOST + 1))
    known[np.arange(len(n)), n] = 1.0
    weight = np.stack([np.zeros(len(n)), ~student, student], axis=1).astype(float)
    shares, strays = fit_cars(
        [np.ones(k) for k in seen], np.zeros(len(n), np.int64), np.ones(len(n), bool), [known] * 3, weight, SETTINGS
    )
    assert shares[2] == pytest.approx(0.5, abs=0.1)
    assert shares[1] == pytest.approx(0.1, abs=0.05)
    assert strays <= 0.2


def test_certain_cars_follow_the_formula() -> None:
    """Two unattributed cars: some of them occupants' (binomial), the others strays (Poisson)."""
    rates = RATES.after(MOST_LOOKS)
    for n in range(MOST + 1):
        by_hand = sum(binom.pmf(own, n, rates.brings) * poisson.pmf(2 - own, rates.strays) for own in range(3))
        assert cars([1.0, 1.0])[n] == pytest.approx(np.log(max(by_hand, 1e-12)))


def test_more_unattributed_cars_speak_for_more_occupants() -> None:
    counts = np.arange(MOST + 1)
    means = []
    for number in range(4):
        weight = np.exp(cars([1.0] * number))
        means.append(float(weight @ counts / weight.sum()))
    assert means == sorted(means)


def test_occupants_with_cars_of_their_own_explain_no_further_car() -> None:
    assert cars([1.0], tied=2)[2] == pytest.approx(cars([1.0], tied=0)[0])
    assert cars([1.0], tied=2)[3] == pytest.approx(cars([1.0], tied=0)[1])


@given(st.lists(st.floats(0.0, 1.0), max_size=4))
def test_a_car_that_is_certainly_no_occupants_changes_nothing(untied: list[float]) -> None:
    assert cars([*untied, 0.0]) == pytest.approx(cars(untied))
