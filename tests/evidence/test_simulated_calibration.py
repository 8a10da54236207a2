"""Simulation-based calibration of the headcount (Talts et al. 2018): where the model is true, its ranks are uniform.

Dwellings are drawn from the model itself: a kind of household, a number of occupants, who is listed and how, and stale
names. The rank of the true number in its posterior must then be uniform, whatever was drawn.
"""

from dataclasses import replace

import numpy as np
import pytest

from evidence.headcount import Array
from evidence.kinds import kinds_at, posterior
from evidence.occupancy_prior import RENTER, occupant_prior
from evidence.one_person import no_merges
from evidence.rates import KINDS, RENTERS, STUDENTS, UNKNOWN, Evidence, Rates, prior_rates, shifted
from evidence.scoring.measures import uniform_distance
from evidence.settings import LEVELS, InferenceSettings

SETTINGS = InferenceSettings()
SOURCES = tuple(LEVELS)
LISTS = ("lease_disclosures", "utility_billing", "university_addresses", "dmv_registrations")
DWELLINGS = 1500


def rates_of_a_made_up_city() -> Rates:
    """The prior rates, but for stale names: each is in the utility's files, for a name in no list is nobody's."""
    rates = prior_rates(SETTINGS)
    listed = rates.other["utility_billing"].copy()
    listed[:, 0] = 1e-12
    other = {**rates.other, "utility_billing": listed / listed.sum(axis=1, keepdims=True)}
    return replace(rates, other=other, students=0.4)


RATES = rates_of_a_made_up_city()


def pattern(rng: np.random.Generator, levels: dict[str, Array], kind: int) -> list[int]:
    drawn = {s: int(rng.choice(len(LEVELS[s]), p=levels[s][kind])) for s in LISTS}
    return [drawn.get(source, UNKNOWN) for source in SOURCES]


def dwelling(rng: np.random.Generator, prior: Array) -> tuple[int, int, list[list[int]]]:
    """Kind, number of occupants, and the patterns of those whom a list names."""
    kind = STUDENTS if rng.random() < RATES.students else RENTERS
    occupants = int(rng.choice(len(prior), p=prior))
    listable = rng.binomial(occupants, 1.0 - RATES.unlistable[kind])
    shape, mean = RATES.stale_shape[kind], RATES.stale[kind]
    stale = rng.poisson(rng.gamma(shape, mean / shape))
    found = [pattern(rng, RATES.occupant, kind) for _ in range(listable)]
    found += [pattern(rng, RATES.other, kind) for _ in range(stale)]
    return kind, occupants, [levels for levels in found if max(levels) > 0]


@pytest.fixture(scope="module")
def simulated() -> tuple[Evidence, Array, Array]:
    rng = np.random.default_rng(16)
    prior = occupant_prior(np.array([3]), np.array([RENTER]), SETTINGS)
    drawn = [dwelling(rng, prior[0]) for _ in range(DWELLINGS)]
    widest = max(len(found) for _, _, found in drawn)
    levels = np.full((DWELLINGS, widest, len(SOURCES)), UNKNOWN, dtype=np.int8)
    for index, (_, _, found) in enumerate(drawn):
        for slot, listed in enumerate(found):
            levels[index, slot] = listed
    none = np.zeros(DWELLINGS, dtype=bool)
    present = np.array([source in LISTS for source in SOURCES])
    evidence = Evidence(
        SOURCES,
        levels,
        np.asarray((levels > 0).any(axis=2), dtype=np.bool_),
        np.ones(levels.shape),
        no_merges(),
        np.repeat(prior, DWELLINGS, axis=0),
        np.zeros((DWELLINGS, len(KINDS), prior.shape[1])),
        np.full(DWELLINGS, RENTER),
        none,
        present,
        prior[:0],
    )
    return evidence, np.array([n for _, n, _ in drawn]), np.array([kind for kind, _, _ in drawn])


def test_ranks_of_the_true_number_are_uniform(simulated: tuple[Evidence, Array, Array]) -> None:
    evidence, occupants, _ = simulated
    said = posterior(evidence, RATES, SETTINGS).occupants
    below = np.where(np.arange(said.shape[1]) < occupants[:, None], said, 0.0).sum(axis=1)
    distance = uniform_distance(below, said[np.arange(DWELLINGS), occupants])
    assert distance is not None
    assert distance < 1.63 / np.sqrt(DWELLINGS)  # Kolmogorov's bound: one in a hundred true models is beyond it


@pytest.mark.parametrize("at_least", [2, 3, 4, 5])
def test_chances_of_so_many_occupants_come_true(at_least: int, simulated: tuple[Evidence, Array, Array]) -> None:
    evidence, occupants, _ = simulated
    p = posterior(evidence, RATES, SETTINGS).occupants[:, at_least:].sum(axis=1)
    error = np.sqrt((p * (1.0 - p)).sum()) / DWELLINGS
    assert p.mean() == pytest.approx((occupants >= at_least).mean(), abs=3.0 * error)


def test_the_kind_of_household_comes_true(simulated: tuple[Evidence, Array, Array]) -> None:
    evidence, _, kinds = simulated
    p = kinds_at(evidence, RATES, SETTINGS)[1][:, STUDENTS]
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        chosen = (p >= low) & (p <= high)
        assert chosen.sum() > 50
        error = np.sqrt((p[chosen] * (1.0 - p[chosen])).sum()) / chosen.sum()
        assert p[chosen].mean() == pytest.approx((kinds[chosen] == STUDENTS).mean(), abs=3.0 * error)


def test_a_wrong_rate_shows(simulated: tuple[Evidence, Array, Array]) -> None:
    """The measure itself: with lists thought to miss far more occupants than they do, ranks are no longer uniform."""
    evidence, occupants, _ = simulated
    said = posterior(evidence, shifted(RATES, 1.5), SETTINGS).occupants
    below = np.where(np.arange(said.shape[1]) < occupants[:, None], said, 0.0).sum(axis=1)
    distance = uniform_distance(below, said[np.arange(DWELLINGS), occupants])
    assert distance is not None
    assert distance > 1.63 / np.sqrt(DWELLINGS)
