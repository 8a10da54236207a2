"""Candidates who may be one person: the count against an enumeration of both readings, and each one's residence."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evidence.headcount import Array, poisson_binomial
from evidence.one_person import Merges, joined_merges, merges_of, no_merges

odds = st.floats(0.05, 50.0)
stronger = st.floats(1.0, 20.0)
chance = st.floats(0.0, 1.0)


def pair(p: float) -> Merges:
    one = np.array([0])
    return Merges(one, one, one + 1, np.array([p]), np.zeros(1), np.zeros(1))


def enumerated(a: float, b: float, together: float, p: float) -> Array:
    """Weights of none, one and two persons who live there: two readings, each over every set of residents."""
    apart = np.array([1.0, a + b, a * b])
    joined = np.array([1.0, together, 0.0])
    weights: Array = (1.0 - p) * apart + p * joined
    return weights


@given(odds, odds, stronger, chance)
def test_the_count_is_that_of_both_readings(a: float, b: float, more: float, p: float) -> None:
    together = more * max(a, b)
    bits, _ = pair(p).apart(np.array([[a, b]]), np.array([together]))
    wanted = enumerated(a, b, together, p)
    assert_allclose(poisson_binomial(bits / (1.0 + bits))[0], wanted / wanted.sum(), atol=1e-9)
    assert_allclose(np.prod(1.0 + bits), wanted.sum(), rtol=1e-9)


@given(odds, odds, stronger, chance)
def test_each_lives_there_as_the_enumeration_says(a: float, b: float, more: float, p: float) -> None:
    together = more * max(a, b)
    bits, merged = pair(p).apart(np.array([[a, b]]), np.array([together]))
    lives = merged.persons(bits / (1.0 + bits))[0]
    total = enumerated(a, b, together, p).sum()
    assert_allclose(lives[0], ((1 - p) * a * (1 + b) + p * together) / total, atol=1e-9)
    assert_allclose(lives[1], ((1 - p) * b * (1 + a) + p * together) / total, atol=1e-9)


@given(odds, odds, stronger, st.floats(0.0, 0.9))
def test_the_likelier_they_are_one_the_fewer_are_counted(a: float, b: float, more: float, p: float) -> None:
    def two(chance_of_one: float) -> float:
        bits, _ = pair(chance_of_one).apart(np.array([[a, b]]), np.array([more * max(a, b)]))
        return float(poisson_binomial(bits / (1.0 + bits))[0, 2])

    assert two(p + 0.1) <= two(p) + 1e-12


@given(odds, odds, chance)
def test_each_keeps_his_place(a: float, b: float, p: float) -> None:
    found, _ = pair(p).apart(np.array([[a, b]]), np.array([max(a, b)]))
    one, other = found[0]
    assert one >= other if a >= b else other >= one


def test_whom_no_other_source_names_stays_unnamed() -> None:
    found, _ = pair(0.3).apart(np.array([[0.0, 4.0]]), np.array([4.0]))
    assert_allclose(found, [[0.0, 4.0]])


@pytest.mark.parametrize(("p", "count"), [(0.0, 2), (1.0, 1)])
def test_what_is_certain_is_counted_so(p: float, count: int) -> None:
    bits, _ = pair(p).apart(np.array([[1e6, 1e6]]), np.array([1e6]))
    assert poisson_binomial(bits / (1.0 + bits))[0].argmax() == count


def test_listings_of_one_person_are_taken_together() -> None:
    levels = np.array([[[0, 2, 3, -1, 1], [1, 1, 0, 0, 3]]], dtype=np.int8)
    greatest = np.array([False, False, False, False, True])
    assert pair(0.5).combined(levels, greatest).tolist() == [[1, 1, 3, 0, 3]]


def test_each_candidate_is_in_one_pair_the_likeliest() -> None:
    candidates = pl.DataFrame(
        {"situation": [0, 0, 0, 1, 1], "slot": [0, 1, 2, 0, 1], "person_id": ["a", "b", "c", "b", "c"]}
    )
    possible = pl.DataFrame({"person_id": ["b", "a"], "other_person_id": ["a", "c"], "p": [0.3, 0.4]})
    found = merges_of(candidates, possible)
    assert list(zip(found.rows, found.one, found.other, found.p, strict=True)) == [(0, 0, 2, 0.4)]


def test_pairs_go_with_their_dwellings() -> None:
    several = Merges(
        np.array([1, 4]), np.array([0, 2]), np.array([1, 3]), np.array([0.2, 0.3]), np.zeros(2), np.zeros(2)
    )
    taken = several.take(np.array([4, 0]))
    assert (taken.rows.tolist(), taken.one.tolist(), taken.p.tolist()) == ([0], [2], [0.3])
    both = joined_merges([taken, no_merges(), several], [2, 3, 5])
    assert both.rows.tolist() == [0, 6, 9]
    assert no_merges().take(np.array([3])).rows.tolist() == []
