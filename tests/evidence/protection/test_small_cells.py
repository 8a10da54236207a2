"""Counts for publication: whoever knows the total cannot work out a small one."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.protection.small_cells import LEAST, total_of, withheld

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 30), min_size=1)


@pytest.mark.parametrize(
    ("counts", "shown", "total"),
    [
        ({"a": 10, "b": 20}, {"a": 10, "b": 20}, 30),
        ({"a": 0, "b": 20}, {"a": 0, "b": 20}, 20),
        ({"a": 3, "b": 20, "c": 7}, {"a": None, "b": 20, "c": None}, 30),
        ({"a": 1, "b": 1, "c": 9, "d": 50}, {"a": None, "b": None, "c": None, "d": 50}, 61),
        ({"a": 4, "b": 4, "c": 9}, {"a": None, "b": None, "c": 9}, 17),
        ({"a": 2}, {"a": None}, None),
        ({"a": 2, "b": 1}, {"a": None, "b": None}, None),
        ({}, {}, 0),
    ],
)
def test_examples(counts: dict[str, int], shown: dict[str, int | None], total: int | None) -> None:
    assert withheld(counts) == shown
    assert total_of(counts) == total


def fits(shown: dict[str, int | None], total: int) -> Iterator[dict[str, int]]:
    """Every table of counts that a reader could think of: those shown, and anything from 1 for those withheld."""
    hidden = [name for name, count in shown.items() if count is None]
    left = total - sum(count for count in shown.values() if count is not None)
    for values in product(range(1, left + 1), repeat=max(len(hidden) - 1, 0)):
        last = left - sum(values)
        if last >= 1:
            yield dict(zip(hidden, (*values, last), strict=True))


@given(COUNTS)
def test_no_small_count_can_be_worked_out(counts: dict[str, int]) -> None:
    shown, total = withheld(counts), total_of(counts)
    assert all(count is None or count == 0 or count >= LEAST for count in shown.values())
    if total is None or not any(count is None for count in shown.values()):
        return
    possible: dict[str, set[int]] = {}
    for number, table in enumerate(fits(shown, total)):
        for name, count in table.items():
            possible.setdefault(name, set()).add(count)
        if number > 5000:
            break
    assert all(len(values) > 1 for values in possible.values())


@given(COUNTS)
def test_what_is_shown_is_true(counts: dict[str, int]) -> None:
    assert all(shown in (None, counts[name]) for name, shown in withheld(counts).items())
    assert total_of(counts) in (None, sum(counts.values()))
