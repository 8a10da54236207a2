"""Groups of rows that lie together, by any numbers that they have."""

import numpy as np
import pytest

from matchers.runs import Runs

GROUPS = np.array([0, 0, 3, 4, 4, 4])
BITS = np.array([1.0, 1.0, -700.0, 0.0, 2.0, 2.0])


def test_weights_of_a_group_sum_to_one_however_small_they_are() -> None:
    assert Runs.of(GROUPS).normalised(BITS).tolist() == pytest.approx([0.5, 0.5, 1.0, 1 / 9, 4 / 9, 4 / 9])


def test_the_first_of_the_greatest_is_the_likeliest() -> None:
    assert Runs.of(GROUPS).likeliest(BITS).tolist() == [0, 2, 4]
    assert Runs.of(GROUPS).greatest(BITS).tolist() == [1.0, 1.0, -700.0, 2.0, 2.0, 2.0]


def test_no_rows_are_no_groups() -> None:
    nothing = Runs.of(np.zeros(0, dtype=np.int64))
    assert len(nothing.normalised(np.zeros(0))) == len(nothing.likeliest(np.zeros(0))) == 0
