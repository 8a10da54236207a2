"""Rates of a city: what a source that cannot tell is worth, and what is learned from simulated dwellings."""

from dataclasses import replace
from itertools import product
from math import factorial, gamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from evidence.headcount import Array, headcount
from evidence.kinds import kind_posteriors, kinds_at, posterior
from evidence.occupancy_prior import OWNER, RENTER, crowding_slope, occupant_prior, tilt_to_crowded
from evidence.one_person import no_merges
from evidence.rate_learning import learn_rates
from evidence.rates import (
    KINDS,
    OWNERS,
    RENTERS,
    STUDENTS,
    UNKNOWN,
    Evidence,
    Rates,
    level_prior,
    occupant_odds,
    pattern_bits,
    prior_rates,
    shifted,
    unnamed_share,
)
from evidence.settings import LEVELS, InferenceSettings

SETTINGS = InferenceSettings()
SOURCES = tuple(LEVELS)
LISTS = ("lease_disclosures", "utility_billing", "university_addresses", "dmv_registrations")
PRIOR = prior_rates(SETTINGS)


def evidence_of(levels: Array, is_case: bool = False, tenure: int = RENTER) -> Evidence:
    """levels: (n, K, S); a candidate is named where any list tells of him."""
    n = len(levels)
    bedrooms = np.full(n, 3)
    prior = occupant_prior(bedrooms, np.full(n, tenure), SETTINGS)
    codes = levels.astype(np.int8)
    named: NDArray[np.bool_] = np.asarray((codes > 0).any(axis=2), dtype=np.bool_)
    cases = np.full(n, is_case)
    present: NDArray[np.bool_] = np.asarray((codes >= 0).any(axis=(0, 1)), dtype=np.bool_)
    extra = np.zeros((n, len(KINDS), prior.shape[1]))
    tenures, sure = np.full(n, tenure), np.ones(codes.shape)
    return Evidence(SOURCES, codes, named, sure, no_merges(), prior, extra, tenures, cases, present, prior[cases])


def listed(**levels: int) -> Array:
    """One dwelling, one candidate, with these levels; other sources cannot tell."""
    return np.array([[[levels.get(source, UNKNOWN) for source in SOURCES]]])


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_cannot_tell_adds_nothing(source: str) -> None:
    evidence = evidence_of(listed(lease_disclosures=1))
    index = SOURCES.index(source)
    bits = pattern_bits(evidence, PRIOR, RENTERS)[0, 0, index]
    assert bool(bits == 0.0) is (source != "lease_disclosures")


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ({"lease_disclosures": 1}, {"lease_disclosures": 2}),
        ({"lease_disclosures": 1}, {"utility_billing": 1}),
        ({"utility_billing": 1}, {"utility_billing": 2}),
        ({"university_addresses": 1}, {"university_addresses": 2}),
        ({"university_addresses": 2}, {"university_addresses": 4}),
        ({"dmv_registrations": 1}, {"dmv_registrations": 4}),
        ({"dmv_registrations": 1}, {"dmv_registrations": 5}),
        ({"university_addresses": 1}, {"university_addresses": 7}),
        ({"utility_billing": 1}, {"utility_billing": 4}),
        ({"dmv_registrations": 2, "vehicle_log": 3}, {"dmv_registrations": 2, "vehicle_log": 0}),
        ({"university_addresses": 1, "other_car": 2}, {"university_addresses": 1, "other_car": 0}),
        ({"assessor": 1}, {"assessor": 2}),
        ({"lease_disclosures": 1, "utility_billing": 1}, {"lease_disclosures": 1, "utility_billing": 0}),
        ({"lease_disclosures": 1, "elsewhere": 0}, {"lease_disclosures": 1, "elsewhere": 1}),
        ({"lease_disclosures": 1, "vehicle_log": 3}, {"lease_disclosures": 1, "vehicle_log": 0}),
    ],
)
def test_better_listings_outrank_worse(stronger: dict[str, int], weaker: dict[str, int]) -> None:
    better, worse = (
        posterior(evidence_of(listed(**levels)), PRIOR, SETTINGS).residence[0, 0] for levels in (stronger, weaker)
    )
    assert better > worse


def test_odds_are_the_product_of_the_reasons() -> None:
    evidence = evidence_of(listed(lease_disclosures=1, utility_billing=0, elsewhere=1))
    bits = pattern_bits(evidence, PRIOR, STUDENTS)[0, 0].sum()
    odds = occupant_odds(evidence, PRIOR, STUDENTS)[0, 0]
    assert odds == pytest.approx((1 - PRIOR.unlistable[STUDENTS]) * 2.0**bits)


def test_sources_that_did_not_answer_leave_more_occupants_unnamed() -> None:
    asked = evidence_of(listed(lease_disclosures=1, utility_billing=0, university_addresses=0, dmv_registrations=0))
    silent = evidence_of(listed(lease_disclosures=1))
    for kind in KINDS:
        assert unnamed_share(asked, PRIOR, kind)[0] < unnamed_share(silent, PRIOR, kind)[0] < 1.0


@given(st.floats(-3.0, 3.0), st.floats(0.01, 2.0))
def test_a_dwelling_that_lists_miss_more_leaves_more_occupants_unnamed(shift: float, more: float) -> None:
    asked = evidence_of(listed(lease_disclosures=1, utility_billing=0, university_addresses=0, dmv_registrations=0))
    better, worse = shifted(PRIOR, shift), shifted(PRIOR, shift + more)
    for kind in KINDS:
        assert unnamed_share(asked, worse, kind)[0] >= unnamed_share(asked, better, kind)[0]
    for source in SOURCES:
        assert_allclose(worse.occupant[source].sum(axis=1), 1.0)


def test_a_household_in_the_universitys_list_is_one_of_students() -> None:
    on_list = evidence_of(listed(university_addresses=1, utility_billing=0, dmv_registrations=0))
    off_list = evidence_of(listed(university_addresses=0, utility_billing=1, dmv_registrations=1))
    (student,), (other,) = kinds_at(on_list, PRIOR, SETTINGS)[1], kinds_at(off_list, PRIOR, SETTINGS)[1]
    assert student[STUDENTS] > 0.6 > 0.3 > other[STUDENTS]
    assert student[OWNERS] == other[OWNERS] == 0.0


def enumerated_evidence(levels: list[list[int]], rates: Rates, kind: int, evidence: Evidence) -> float:
    """P(patterns) of one dwelling of one kind, up to a constant of the number of candidates, adding up every world."""
    prior, q0 = evidence.prior[0], unnamed_share(evidence, rates, kind)[0]
    shape, mean = rates.stale_shape[kind], rates.stale[kind]
    total = 0.0
    for lives in product((False, True), repeat=len(levels)):
        k = sum(lives)
        patterns = 1.0
        for here, pattern in zip(lives, levels, strict=True):
            for source, level in zip(SOURCES, pattern, strict=True):
                if level >= 0:
                    patterns *= (rates.occupant if here else rates.other)[source][kind, level]
            patterns *= (1.0 - rates.unlistable[kind]) if here else 1.0
        # Negative binomial number of stale names, any of which may be any candidate: factorials of S cancel.
        s = len(levels) - k
        stale = gamma(shape + s) / gamma(shape) * (mean / (shape + mean)) ** s * (shape / (shape + mean)) ** shape
        for n in range(k, len(prior)):
            total += prior[n] * factorial(n) / factorial(n - k) * q0 ** (n - k) * stale * patterns
    return float(np.log(total))


def test_the_probability_of_a_kind_equals_the_enumeration_of_every_world() -> None:
    patterns = [[1, 0, 2, 4, 0, 3, UNKNOWN, 0, 1], [0, 4, 0, 1, 0, UNKNOWN, 0, 0, 0], [0, 0, 7, 0, 0, UNKNOWN, 2, 0, 2]]
    evidence = evidence_of(np.array([patterns]))
    _, log_weight, _ = kind_posteriors(headcount, evidence, PRIOR, SETTINGS)
    by_hand = [enumerated_evidence(patterns, PRIOR, kind, evidence) for kind in (RENTERS, STUDENTS)]
    share = np.log(PRIOR.students / (1.0 - PRIOR.students))
    assert log_weight[0, STUDENTS] - log_weight[0, RENTERS] == pytest.approx(share + by_hand[1] - by_hand[0])


def test_priors_are_distributions_over_the_levels_there_are() -> None:
    for source, names in LEVELS.items():
        for kind in KINDS:
            prior = level_prior(source, kind)
            assert len(prior.occupant) == len(prior.other) == len(names)
            assert sum(prior.occupant) == pytest.approx(1.0)
            assert sum(prior.other) == pytest.approx(1.0)


@given(st.floats(0.1, 0.8), st.integers(2, 5))
def test_complaints_are_tilted_to_their_learned_share(share: float, crowded_from: int) -> None:
    prior = occupant_prior(np.array([1, 2, 3, 4, 5, -1]), np.array([0, 1, 1, 1, 0, 1]), SETTINGS)
    tilted = tilt_to_crowded(prior, crowding_slope(prior, share, crowded_from))
    assert_allclose(tilted.sum(axis=1), 1.0)
    assert tilted[:, crowded_from:].sum(axis=1).mean() == pytest.approx(share, abs=1e-4)


def test_a_case_is_answered_alike_alone_and_among_others() -> None:
    crowd = np.concatenate([listed(lease_disclosures=1), listed(university_addresses=3), listed(assessor=1)])
    together = evidence_of(crowd, is_case=True)
    alone = replace(evidence_of(crowd[:1], is_case=True), case_prior=together.case_prior, present=together.present)
    assert_allclose(
        posterior(alone, PRIOR, SETTINGS).occupants[0], posterior(together, PRIOR, SETTINGS).occupants[0], atol=1e-12
    )


@pytest.mark.parametrize("bedrooms", [-1, 1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("tenure", [OWNER, RENTER])
def test_the_prior_is_a_distribution(bedrooms: int, tenure: int) -> None:
    prior = occupant_prior(np.array([bedrooms]), np.array([tenure]), SETTINGS)
    assert prior.sum() == pytest.approx(1.0)
    assert (prior >= 0).all()
    assert prior.shape == (1, SETTINGS.max_occupants + 1)


def test_more_bedrooms_hold_more_people() -> None:
    for tenure in (OWNER, RENTER):
        prior = occupant_prior(np.array([1, 2, 3, 4]), np.full(4, tenure), SETTINGS)
        means = prior @ np.arange(prior.shape[1])
        assert list(means) == sorted(means)


# A city whose rates are not those of the settings: leases disclosed for nearly all, a stale university list.
TRUE_OCCUPANT = {
    "lease_disclosures": (0.10, 0.84, 0.02, 0.02, 0.01, 0.01),
    "utility_billing": (0.45, 0.50, 0.02, 0.01, 0.01, 0.01),
    "university_addresses": (0.80, 0.10, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01),
    "dmv_registrations": (0.30, 0.22, 0.20, 0.12, 0.10, 0.04, 0.02),
}
TRUE_OTHER = {
    "lease_disclosures": (0.85, 0.01, 0.02, 0.01, 0.08, 0.03),
    "utility_billing": (0.65, 0.02, 0.02, 0.02, 0.20, 0.09),
    "university_addresses": (0.60, 0.02, 0.06, 0.02, 0.10, 0.12, 0.03, 0.05),
    "dmv_registrations": (0.60, 0.02, 0.06, 0.04, 0.12, 0.12, 0.04),
}
TRUE_STALE = 0.8


def simulated_city(dwellings: int, seed: int) -> tuple[Evidence, Array]:
    """Dwellings drawn from the model itself, and how many live at each."""
    rng = np.random.default_rng(seed)
    prior = occupant_prior(np.array([3]), np.array([RENTER]), SETTINGS)[0]
    occupants = rng.choice(len(prior), dwellings, p=prior)
    unlistable = SETTINGS.unlistable[RENTERS]
    rows: list[list[list[int]]] = []

    def names(rates: dict[str, tuple[float, ...]]) -> list[int]:
        drawn = {source: int(rng.choice(len(rates[source]), p=rates[source])) for source in LISTS}
        return [drawn.get(source, UNKNOWN) for source in SOURCES]

    for n in occupants:
        found = [names(TRUE_OCCUPANT) for _ in range(n) if rng.random() >= unlistable]
        for _ in range(int(rng.poisson(TRUE_STALE))):
            pattern = names(TRUE_OTHER)
            while max(pattern) <= 0:  # somebody whom no list names is no stale name
                pattern = names(TRUE_OTHER)
            found.append(pattern)
        rows.append([pattern for pattern in found if max(pattern) > 0])
    widest = max(len(row) for row in rows)
    levels = np.full((dwellings, widest, len(SOURCES)), UNKNOWN)
    for index, row in enumerate(rows):
        for slot, pattern in enumerate(row):
            levels[index, slot] = pattern
    return evidence_of(levels), occupants.astype(float)


@pytest.fixture(scope="module")
def learned() -> tuple[Rates, Evidence, Array]:
    evidence, occupants = simulated_city(2500, seed=5)
    return learn_rates(evidence, SETTINGS), evidence, occupants


@pytest.mark.parametrize("source", LISTS)
def test_rates_of_another_city_are_learned_from_its_own_lists(
    source: str, learned: tuple[Rates, Evidence, Array]
) -> None:
    rates = learned[0]
    found, true, before = (
        rates.occupant[source][RENTER],
        np.array(TRUE_OCCUPANT[source]),
        PRIOR.occupant[source][RENTER],
    )
    assert np.abs(found - true).max() < 0.08
    assert np.abs(found - true).sum() < 0.6 * np.abs(before - true).sum()


def test_the_density_of_stale_names_is_learned(learned: tuple[Rates, Evidence, Array]) -> None:
    assert learned[0].stale[RENTER] == pytest.approx(TRUE_STALE, rel=0.2)


def test_the_headcount_of_a_learned_city_is_right_on_average(learned: tuple[Rates, Evidence, Array]) -> None:
    rates, evidence, occupants = learned
    head = posterior(evidence, rates, SETTINGS)
    counts = np.arange(head.occupants.shape[1])
    assert (head.occupants @ counts).mean() == pytest.approx(occupants.mean(), abs=0.15)
    # Calibration of the event the rule turns on: four or more.
    p = head.occupants[:, 4:].sum(axis=1)
    for low, high in ((0.0, 0.2), (0.4, 0.6), (0.8, 1.0)):
        chosen = (p >= low) & (p <= high)
        assert chosen.sum() > 30
        assert (occupants[chosen] >= 4).mean() == pytest.approx(p[chosen].mean(), abs=0.12)


def test_a_city_without_names_keeps_the_prior_rates() -> None:
    nobody = evidence_of(np.full((3, 1, len(SOURCES)), UNKNOWN))
    rates = learn_rates(nobody, SETTINGS)
    assert_allclose(rates.stale, PRIOR.stale)
    assert rates.iterations == 0


def test_learned_rates_are_distributions(learned: tuple[Rates, Evidence, Array]) -> None:
    for table in (*learned[0].occupant.values(), *learned[0].other.values()):
        assert_allclose(table.sum(axis=1), 1.0)
        assert (table > 0).all()
