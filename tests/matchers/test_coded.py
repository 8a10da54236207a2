"""Numbering by hashing says what sorting would say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchers.coded import contains, distinct

KEYS = st.lists(st.one_of(st.integers(0, 20), st.integers(0, 2**62)), max_size=60)


@given(KEYS)
def test_distinct_keys_come_once_and_every_row_finds_its_own(rows: list[int]) -> None:
    keys = np.array(rows, dtype=np.int64)
    found, where = distinct(keys)
    assert sorted(found.tolist()) == sorted(set(rows))
    assert found[where].tolist() == rows


@given(st.integers(1, 2**30), st.integers(2, 3000))
def test_keys_that_hash_alike_are_told_apart(step: int, count: int) -> None:
    keys = np.repeat(np.arange(count, dtype=np.int64) * step, 2)
    found, where = distinct(keys)
    assert len(found) == count
    assert (found[where] == keys).all()


@given(KEYS, KEYS)
def test_contains_is_membership(ordered: list[int], keys: list[int]) -> None:
    found = contains(np.unique(np.array(ordered, dtype=np.int64)), np.array(keys, dtype=np.int64))
    assert found.tolist() == [key in set(ordered) for key in keys]
