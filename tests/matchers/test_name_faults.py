"""What misspellings cost, and which words are set beside which."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.bare_name_settings import DEFAULT
from matchers.name_alignment import best_assignment
from matchers.name_faults import fault_bits


def bits(one: str, other: str) -> float:
    left, right = (np.array([word], dtype=np.object_) for word in (one, other))
    return float(fault_bits(left, right, DEFAULT)[0])


FIRST = DEFAULT.faulty_bits + DEFAULT.each_fault_bits


@pytest.mark.parametrize(
    ("one", "other", "price"),
    [
        ("PAVEL", "PAVEL", 0.0),
        ("", "", 0.0),
        ("PAVEL", "PAVIL", FIRST + DEFAULT.by_ear_bits),  # vowel
        ("PAVEL", "BAVEL", FIRST + DEFAULT.by_ear_bits),  # P and B
        ("PAVEL", "PVAEL", FIRST + DEFAULT.slip_bits),  # neighbours exchanged
        ("PAVEL", "PAVVEL", FIRST + DEFAULT.slip_bits),  # doubled
        ("PAVEL", "PAEL", FIRST + DEFAULT.slip_bits),  # dropped
        ("PAVEL", "PAKEL", FIRST + DEFAULT.letter_bits),
        ("PAVEL", "PACEL", FIRST + DEFAULT.slip_bits),  # the next key
        ("PAVEL", "BAVIL", FIRST + DEFAULT.by_ear_bits + DEFAULT.each_fault_bits + DEFAULT.by_ear_bits),
        ("حداد", "حدار", FIRST + DEFAULT.letter_bits),
    ],
)
def test_price(one: str, other: str, price: float) -> None:
    assert bits(one, other) == pytest.approx(price)


words = st.text("ABEMNPTV", max_size=7)


@settings(max_examples=80)
@given(words, words)
def test_symmetric_and_free_only_where_equal(one: str, other: str) -> None:
    assert bits(one, other) == pytest.approx(bits(other, one))
    assert (bits(one, other) == 0) == (one == other)


@settings(max_examples=40)
@given(st.lists(st.tuples(words, words), min_size=2, max_size=5))
def test_a_word_costs_the_same_in_any_company(pairs: list[tuple[str, str]]) -> None:
    left, right = (np.array(side, dtype=np.object_) for side in zip(*pairs, strict=True))
    assert fault_bits(left, right, DEFAULT) == pytest.approx([bits(*pair) for pair in pairs])


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_the_assignment_is_the_best_of_all(fewer: int, beyond: int, seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=(3, fewer, fewer + beyond))
    rows = np.arange(fewer)
    for one, found in zip(weights, best_assignment(weights), strict=True):
        best = max(one[rows, list(places)].sum() for places in permutations(range(fewer + beyond), fewer))
        assert one[rows, found].sum() == pytest.approx(best)


def test_long_names_are_assigned_as_well() -> None:
    weights = np.eye(8)[None, :, ::-1]
    assert best_assignment(weights).tolist() == [list(range(7, -1, -1))]
