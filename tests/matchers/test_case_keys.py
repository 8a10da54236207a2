"""Pairs of a case and a number as one whole number: what sets and lookups of them are, against plain Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchers.case_keys import case_of, distinct, greatest, held, keys_of, number_of, value_of

PAIR = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)) | st.tuples(st.integers(0, 3), st.integers(0, 3))
PAIRS = st.lists(PAIR, max_size=30)
Pair = tuple[int, int]


def keys(pairs: list[Pair]) -> np.ndarray:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return keys_of(columns[:, 0], columns[:, 1])


def pairs_of(packed: np.ndarray) -> list[Pair]:
    return list(zip(case_of(packed).tolist(), number_of(packed).tolist(), strict=True))


@given(PAIRS)
def test_a_key_gives_back_its_case_and_its_number(pairs: list[Pair]) -> None:
    assert pairs_of(keys(pairs)) == pairs


@given(PAIRS, PAIRS)
def test_distinct_keys_are_sorted_by_case_then_number(some: list[Pair], others: list[Pair]) -> None:
    assert pairs_of(distinct(keys(some), keys(others))) == sorted({*some, *others})


@given(st.lists(st.tuples(PAIR, st.floats(-5, 20)), max_size=30), PAIRS)
def test_the_greatest_value_of_a_key_is_found_again(rows: list[tuple[Pair, float]], asked: list[Pair]) -> None:
    best: dict[Pair, float] = {}
    for pair, value in rows:
        best[pair] = max(value, best.get(pair, value))
    known, values = greatest(keys([pair for pair, _ in rows]), np.array([value for _, value in rows]))
    assert dict(zip(pairs_of(known), values.tolist(), strict=True)) == best
    assert held(keys(asked), known).tolist() == [pair in best for pair in asked]
    assert value_of(keys(asked), known, values).tolist() == [best.get(pair, 0.0) for pair in asked]
