"""Order by probability: last bits are a tie, anything a person could read is not."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.ranking import ranked


def order(probabilities: list[float]) -> list[int]:
    """Positions, most probable first, ties by position: as persons and cases are listed."""
    table = pl.DataFrame({"id": range(len(probabilities)), "p": probabilities})
    return table.sort(ranked("p"), "id", descending=[True, False])["id"].to_list()


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.1, 0.9, 0.5], [1, 2, 0]),
        ([0.3, 0.1 + 0.2], [0, 1]),  # 0.30000000000000004 is no more probable than 0.3
        ([0.1 + 0.2, 0.3], [0, 1]),
        ([0.4, 0.4 + 1e-6], [1, 0]),
        ([], []),
    ],
)
def test_who_stands_first(probabilities: list[float], expected: list[int]) -> None:
    assert order(probabilities) == expected


@given(st.lists(st.integers(0, 1000), max_size=20), st.data())
def test_how_a_sum_was_rounded_changes_no_order(thousandths: list[int], data: st.DataObject) -> None:
    exact = [n / 1000 for n in thousandths]
    rounded = [data.draw(st.sampled_from([p, math.nextafter(p, 0), math.nextafter(p, 1)])) for p in exact]
    assert order(rounded) == order(exact)
