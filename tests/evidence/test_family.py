"""Whether those whom nobody names are of the family: by what the named show, and learned from the city."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evidence.family_learning import learn_families, prior_families
from evidence.headcount import Array
from evidence.rates import KINDS, OWNERS, RENTERS
from evidence.settings import InferenceSettings
from tests.evidence.beliefs import Belief, as_arrays, beliefs, unnamed_kin

SETTINGS = InferenceSettings()


@given(beliefs, st.integers(1, 5), st.integers(0, 5), st.integers(0, 3))
def test_it_is_bayes_on_each_world(belief: Belief, size: int, adults: int, dependents: int) -> None:
    got = as_arrays([belief]).unnamed_join(np.array([size]), np.array([adults]), np.array([dependents]))
    wanted = unnamed_kin(belief, adults, size >= 2 or dependents >= 1)
    assert got == pytest.approx(np.array([[wanted]]), abs=1e-9)


@given(beliefs, st.integers(1, 4))
def test_each_further_adult_of_another_name_speaks_against_a_family(belief: Belief, adults: int) -> None:
    def p(number: int) -> float:
        return float(as_arrays([belief]).unnamed_join(np.array([1]), np.array([number]), np.array([0]))[0, 0])

    if belief[0] < 1.0:
        assert p(adults + 1) <= p(adults) + 1e-12


def town(share: float, of_cases: float, shows: float, n: int, seed: int) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Made-up dwellings of one kind: (seen, adults, is_case)."""
    rng = np.random.default_rng(seed)
    is_case = rng.random(n) < 0.2
    adults = rng.integers(1, 5, n)
    family = rng.random(n) < np.where(is_case, of_cases, share)
    seen = family & (rng.random(n) > (1.0 - shows) ** (adults - 1))
    return seen.astype(float), adults.astype(float), is_case


@settings(max_examples=10, deadline=None)
@given(st.floats(0.3, 0.9), st.floats(0.2, 0.9), st.floats(0.4, 0.9), st.integers(0, 99))
def test_the_city_teaches_how_many_are_families(share: float, of_cases: float, shows: float, seed: int) -> None:
    seen, adults, is_case = town(share, of_cases, shows, 6000, seed)
    weight = np.zeros((len(seen), len(KINDS)))
    weight[:, RENTERS] = 1.0
    found = learn_families([(seen, adults)] * len(KINDS), weight, is_case, SETTINGS)[RENTERS]
    for adults_named in (2, 3, 4):  # what it says of the named, share and shows together
        true, said = 1.0 - (1.0 - shows) ** (adults_named - 1), 1.0 - (1.0 - found.shows) ** (adults_named - 1)
        # Four standard errors of some 900 cases and 3,600 others, and what the grid and the priors hold them back.
        assert found.share * said == pytest.approx(share * true, abs=0.08)
        assert found.of_cases * said == pytest.approx(of_cases * true, abs=0.12)


def test_a_city_that_shows_nothing_keeps_the_prior() -> None:
    nothing = np.zeros(5), np.ones(5)  # one named adult each
    found = learn_families([nothing] * len(KINDS), np.ones((5, len(KINDS))) / 3.0, np.arange(5) > 3, SETTINGS)
    for kind in KINDS:
        prior = prior_families(kind, SETTINGS)
        assert found[kind].share == pytest.approx(prior.share, abs=0.05)
        assert found[kind].shows == pytest.approx(prior.shows, abs=0.05)
    assert found[OWNERS].share > found[RENTERS].share
