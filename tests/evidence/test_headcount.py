"""The number of occupants: the dynamic programme against an enumeration of every world, then its laws."""

from itertools import product
from math import exp, factorial
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from evidence.headcount import Array, Headcount, credible_interval, headcount, latest_of, margins, poisson_binomial

MOST = 6

odds = st.one_of(st.just(0.0), st.floats(1e-4, 1e4))
dwellings = st.tuples(
    st.lists(odds, min_size=1, max_size=5),
    st.lists(st.floats(-8.0, 0.0), min_size=MOST + 1, max_size=MOST + 1),
    st.floats(0.01, 0.99),
)
Dwelling = tuple[list[float], list[float], float]
stale_weights = st.lists(st.floats(-5.0, 5.0), min_size=6, max_size=6)


def enumerated(dwelling: Dwelling, by_named: list[float] | None = None) -> tuple[Array, Array]:
    """P(k, N) and P(each candidate lives there), adding up every set R of candidates and every N by the formula.

    by_named: log weight of the names that each number of named occupants leaves over.
    """
    candidate_odds, log_prior, q0 = dwelling
    joint = np.zeros((len(candidate_odds) + 1, MOST + 1))
    lives = np.zeros(len(candidate_odds))
    for chosen in product((0, 1), repeat=len(candidate_odds)):
        named = sum(chosen)
        for n in range(named, MOST + 1):
            weight = exp(log_prior[n]) * factorial(n) / factorial(n - named) * q0 ** (n - named)
            weight *= exp(by_named[named]) if by_named else 1.0
            for o, bit in zip(candidate_odds, chosen, strict=True):
                weight *= o if bit else 1.0
            joint[named, n] += weight
            lives += weight * np.array(chosen)
    return joint / joint.sum(), lives / joint.sum()


def computed(dwelling: Dwelling) -> Headcount:
    candidate_odds, log_prior, q0 = dwelling
    return headcount(np.array([candidate_odds]), np.array([log_prior]), np.array([q0]))


@given(dwellings)
@settings(max_examples=150, deadline=None)
def test_it_equals_the_enumeration_of_every_world(dwelling: Dwelling) -> None:
    joint, lives = enumerated(dwelling)
    head = computed(dwelling)
    assert_allclose(head.joint[0], joint, atol=1e-9)
    assert_allclose(head.residence[0], lives, atol=1e-9)
    assert_allclose(head.occupants[0], joint.sum(axis=0), atol=1e-9)
    unnamed = sum(max(n - k, 0) * joint[k, n] for k in range(joint.shape[0]) for n in range(MOST + 1))
    assert head.unnamed_mean[0] == pytest.approx(unnamed, abs=1e-9)


@given(dwellings, stale_weights)
@settings(max_examples=80, deadline=None)
def test_it_equals_the_enumeration_where_stale_names_come_in_clusters(
    dwelling: Dwelling, by_named: list[float]
) -> None:
    candidate_odds, log_prior, q0 = dwelling
    weights = by_named[: len(candidate_odds) + 1]
    joint, lives = enumerated(dwelling, weights)
    head = headcount(np.array([candidate_odds]), np.array([log_prior]), np.array([q0]), np.array([weights]))
    assert_allclose(head.joint[0], joint, atol=1e-9)
    assert_allclose(head.residence[0], lives, atol=1e-9)


@given(dwellings)
def test_distributions_sum_to_one_and_more_occupants_than_the_bound_are_impossible(dwelling: Dwelling) -> None:
    head = computed(dwelling)
    assert head.occupants.sum() == pytest.approx(1.0, abs=1e-12)
    assert ((head.residence >= 0) & (head.residence <= 1)).all()
    for k in range(head.joint.shape[1]):
        assert_allclose(head.joint[0, k, :k], 0.0)  # nobody is named without being there


@given(dwellings, st.integers(1, 3))
def test_a_padded_candidate_changes_nothing(dwelling: Dwelling, padding: int) -> None:
    candidate_odds, log_prior, q0 = dwelling
    before, after = computed(dwelling), computed(([*candidate_odds, *[0.0] * padding], log_prior, q0))
    assert_allclose(after.occupants, before.occupants, atol=1e-12)
    assert_allclose(after.residence[:, : len(candidate_odds)], before.residence, atol=1e-12)
    assert_allclose(after.residence[:, len(candidate_odds) :], 0.0)


@given(dwellings, st.randoms(use_true_random=False))
def test_the_order_of_candidates_changes_nothing(dwelling: Dwelling, random: Random) -> None:
    candidate_odds, log_prior, q0 = dwelling
    order = list(range(len(candidate_odds)))
    random.shuffle(order)
    before, after = computed(dwelling), computed(([candidate_odds[i] for i in order], log_prior, q0))
    assert_allclose(after.occupants, before.occupants, atol=1e-12)
    assert_allclose(after.residence[0], before.residence[0, order], atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_dwellings_answered_together_are_answered_as_if_alone_to_the_bit(seed: int, n: int) -> None:
    """Or a case would not have the same numbers by itself, in a screening and in a replay."""
    draw = np.random.default_rng(seed)
    candidates = draw.integers(0, 13, n)
    odds = np.exp(draw.normal(0.0, 3.0, (n, candidates.max()))) * (np.arange(candidates.max()) < candidates[:, None])
    log_prior, q0 = draw.normal(-3.0, 3.0, (n, MOST + 1)), draw.uniform(0.01, 0.99, n)
    by_named = draw.normal(0.0, 3.0, (n, candidates.max() + 1))
    for answer in (headcount, margins):
        together = answer(odds, log_prior, q0, by_named)
        for row, k in enumerate(candidates.tolist()):
            one = slice(row, row + 1)
            alone = answer(odds[one, :k], log_prior[one], q0[one], by_named[one, : k + 1])
            assert (together.occupants[row] == alone.occupants[0]).all()
            assert (together.residence[row, :k] == alone.residence[0]).all()
            assert together.unnamed_mean[row] == alone.unnamed_mean[0]
            assert together.log_evidence[row] == alone.log_evidence[0]


@given(dwellings, stale_weights)
def test_margins_are_those_of_the_joint_distribution(dwelling: Dwelling, by_named: list[float]) -> None:
    candidate_odds, log_prior, q0 = dwelling
    given_one = np.array([candidate_odds]), np.array([log_prior]), np.array([q0]), np.array([by_named])
    whole, sides = headcount(*given_one), margins(*given_one)
    for name in ("occupants", "unnamed_mean", "residence", "log_evidence"):
        assert_allclose(getattr(sides, name), getattr(whole, name), rtol=1e-9, atol=1e-12)


@given(dwellings, st.floats(1.1, 100.0))
def test_better_evidence_of_one_person_never_lowers_his_own_probability(dwelling: Dwelling, factor: float) -> None:
    candidate_odds, log_prior, q0 = dwelling
    firmer = [candidate_odds[0] * factor, *candidate_odds[1:]]
    assert computed((firmer, log_prior, q0)).residence[0, 0] >= computed(dwelling).residence[0, 0] - 1e-12


def test_without_candidates_the_prior_stands_but_for_the_chance_of_being_named_by_nobody() -> None:
    prior = np.array([0.1, 0.4, 0.3, 0.2])
    head = headcount(np.zeros((1, 1)), np.log(prior)[None, :], np.array([0.5]))
    by_hand = prior * 0.5 ** np.arange(4)
    assert_allclose(head.occupants[0], by_hand / by_hand.sum(), atol=1e-12)


def test_certain_names_count_exactly() -> None:
    head = headcount(np.full((1, 3), 1e9), np.zeros((1, MOST + 1)), np.array([1e-6]))
    assert head.occupants[0, 3] == pytest.approx(1.0, abs=1e-4)
    assert_allclose(head.residence[0], 1.0, atol=1e-4)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=7))
def test_a_sum_of_bits_has_the_mean_and_variance_of_its_bits(p: list[float]) -> None:
    pmf = poisson_binomial(np.array([p]))[0]
    counts = np.arange(len(pmf))
    mean = float(pmf @ counts)
    assert pmf.sum() == pytest.approx(1.0)
    assert mean == pytest.approx(sum(p))
    assert float(pmf @ (counts - mean) ** 2) == pytest.approx(sum(x * (1 - x) for x in p), abs=1e-9)


@pytest.mark.parametrize(
    ("pmf", "level", "interval"),
    [
        ([0.0, 1.0, 0.0], 0.90, (1, 1)),
        ([0.04, 0.92, 0.04], 0.90, (1, 1)),  # 4 % in a tail of 5 %
        ([0.06, 0.88, 0.06], 0.90, (0, 2)),
        ([0.05, 0.90, 0.05], 0.90, (1, 1)),  # a tail of exactly 5 % is left out
        ([0.25, 0.25, 0.25, 0.25], 0.50, (1, 2)),
        ([1.0, 0.0, 0.0], 0.90, (0, 0)),
        ([0.0, 0.0, 1.0], 0.90, (2, 2)),
    ],
)
def test_credible_interval(pmf: list[float], level: float, interval: tuple[int, int]) -> None:
    low, high = credible_interval(np.array([pmf]), level)
    assert (int(low[0]), int(high[0])) == interval


@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=10), st.floats(0.5, 0.99))
def test_an_interval_holds_at_least_its_level(weights: list[float], level: float) -> None:
    pmf = np.array([weights]) / sum(weights)
    (low,), (high,) = credible_interval(pmf, level)
    assert pmf[0, low : high + 1].sum() >= level - 1e-9


@pytest.mark.parametrize(
    ("segments", "greatest"),
    [
        ([[0.0, 1.0, 0.0, 0.0]], [0.0, 1.0, 0.0, 0.0]),
        ([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]], [0.0, 0.0, 0.0, 1.0]),  # the fuller part counts, not the sum
        ([[0.5, 0.5, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]], [0.5, 0.5, 0.0, 0.0]),  # the same household twice is one
        ([[0.5, 0.0, 0.5, 0.0], [0.2, 0.8, 0.0, 0.0]], [0.2, 0.3, 0.5, 0.0]),
    ],
)
def test_the_number_of_a_case_is_the_greatest_at_one_time(segments: list[list[float]], greatest: list[float]) -> None:
    assert_allclose(latest_of(np.array(segments)), greatest, atol=1e-12)


@given(st.lists(st.lists(st.floats(0.001, 1.0), min_size=5, max_size=5), min_size=1, max_size=3))
def test_the_greatest_is_a_distribution_and_no_less_than_any_part(weights: list[list[float]]) -> None:
    segments: NDArray[np.float64] = np.array([np.array(w) / sum(w) for w in weights])
    greatest = latest_of(segments)
    assert greatest.sum() == pytest.approx(1.0)
    at_least = np.cumsum(greatest[::-1])[::-1]
    assert (at_least >= np.cumsum(segments[:, ::-1], axis=1)[:, ::-1] - 1e-12).all()
