"""Numbers that complaints claim: how they are read, what they are worth, and that a city teaches it."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.claims import (
    CLAIM_KINDS,
    MOST_CLAIMED,
    ClaimFit,
    ClaimPriors,
    claim_log_likelihood,
    claimed_numbers,
    claims_by_situation,
    fit_claims,
    prior_claim_fits,
)

MOST = 10


@pytest.mark.parametrize(
    ("text", "people", "cars"),
    [
        ("at least 5 college kids living here", 5, None),
        ("Neighbor says 6 people, cars all over the lawn", 6, None),
        ("4 different cars every night", None, 4),
        ("maybe four tenants", 4, None),
        ("FIVE UNRELATED ADULTS", 5, None),
        ("5-6 people", 5.5, None),
        ("3 or 4 young guys", 3.5, None),
        ("six+ adults", 6, None),
        ("five (5) people", 5, None),
        ("7 unrelated adults live here; 5 cars", 7, 5),
        ("counted 4 people.\nLater 9 people", 4, None),
        # No number of occupants:
        ("too many cars", None, None),
        ("2 more people moved in", None, None),
        ("30 people at a party", None, None),
        ("0 people seen", None, None),
        ("student rental since 2005", None, None),
        ("3 bedrooms, 12 bikes, 4 nights", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_what_a_text_claims(text: str | None, people: float | None, cars: float | None) -> None:
    cases = pl.DataFrame({"case_id": ["c"], "observations": [text]}, schema_overrides={"observations": pl.String})
    assert claimed_numbers(cases).row(0) == ("c", people, cars)


def test_a_complaint_speaks_of_the_part_of_the_window_in_which_it_was_made() -> None:
    from datetime import date

    table = pl.DataFrame(
        {
            "situation": [0, 1, 2],
            "case_id": ["a", "a", "b"],
            "date_from": [date(2007, 6, 1), date(2007, 8, 1), date(2007, 6, 1)],
            "date_to": [date(2007, 7, 31), date(2007, 9, 30), date(2007, 9, 30)],
        }
    )
    cases = pl.DataFrame(
        {"case_id": ["a", "b"], "opened_on": [date(2007, 8, 20), date(2007, 8, 20)], "is_case": [True, False]}
    )
    claimed = pl.DataFrame({"case_id": ["a", "b"], "people": [5.0, 6.0], "cars": [None, 2.0]})
    found = claims_by_situation(table, cases, claimed)
    assert np.isnan(found[[0, 2]]).all(), "neither the household before, nor a dwelling of which nobody complained"
    assert found[1, 0] == 5.0
    assert np.isnan(found[1, 1])


fits = st.builds(
    ClaimFit,
    right=st.floats(0.05, 0.95),
    bias=st.floats(-1.0, 1.0),
    spread=st.floats(0.5, 3.0),
    marginal=st.just((1.0 / MOST_CLAIMED,) * MOST_CLAIMED),
)


@given(fits, st.integers(0, MOST))
def test_the_chances_of_all_numbers_add_up(fit: ClaimFit, occupants: int) -> None:
    every = np.arange(1, MOST_CLAIMED + 1, dtype=float)
    assert np.exp(claim_log_likelihood(every, fit, MOST)[:, occupants]).sum() == pytest.approx(1.0, abs=1e-6)


@given(fits)
def test_no_claim_says_nothing(fit: ClaimFit) -> None:
    assert (claim_log_likelihood(np.array([np.nan]), fit, MOST) == 0.0).all()


@given(st.integers(4, 9))  # at the ends of the scale the error has one side only
def test_an_unbiased_claim_speaks_most_for_its_own_number(claimed: int) -> None:
    (fit, _) = prior_claim_fits(ClaimPriors())
    assert claim_log_likelihood(np.array([float(claimed)]), fit, MOST)[0].argmax() == claimed


def known(real: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A posterior of N as other sources leave it: the truth and its neighbours."""
    counts = np.arange(MOST + 1)[None, :]
    weights = np.exp(-0.5 * (counts - real[:, None]) ** 2)
    return weights / weights.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("share", "bias"), [(0.9, 1.0), (0.9, 0.0), (0.1, 0.0)])
def test_a_city_teaches_how_far_claims_are_to_be_trusted(share: float, bias: float) -> None:
    rng, n = np.random.default_rng(5), 400
    real = rng.integers(1, 8, n)
    about = rng.random(n) < share
    claimed = np.where(about, real + bias + rng.integers(-1, 2, n), rng.integers(1, MOST_CLAIMED + 1, n))
    fit = fit_claims(np.clip(claimed, 1, MOST_CLAIMED).astype(float), known(real), None, ClaimPriors(), 0)
    assert fit.right == pytest.approx(share, abs=0.15)
    if share > 0.5:
        assert fit.bias == pytest.approx(bias, abs=0.3)


def test_what_was_told_of_a_claim_is_not_told_twice() -> None:
    rng = np.random.default_rng(7)
    real = rng.integers(1, 8, 200)
    claimed = np.clip(real + rng.integers(-1, 2, 200), 1, MOST_CLAIMED).astype(float)
    told = prior_claim_fits(ClaimPriors())[0]
    with_claims = known(real) * np.exp(claim_log_likelihood(claimed, told, MOST))
    with_claims /= with_claims.sum(axis=1, keepdims=True)
    once = fit_claims(claimed, known(real), None, ClaimPriors(), 0)
    again = fit_claims(claimed, with_claims, told, ClaimPriors(), 0)
    assert again.right == pytest.approx(once.right, abs=0.02)


def test_a_city_without_claims_keeps_the_prior() -> None:
    fit = fit_claims(np.full(3, np.nan), known(np.array([1, 2, 3])), None, ClaimPriors(), 1)
    assert fit == prior_claim_fits(ClaimPriors())[CLAIM_KINDS.index("cars")]
