"""Which pairs of a component still have to be compared."""

from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from matchers.clusters import pairs_inside


@given(st.lists(st.integers(0, 3), max_size=12), st.data())
def test_pairs_of_a_component_of_three_or_more_that_were_not_compared(labels: list[int], data: st.DataObject) -> None:
    every = list(combinations(range(len(labels)), 2))
    compared = sorted(data.draw(st.sets(st.sampled_from(every)))) if every else []
    frame = pl.DataFrame(compared, schema={"left": pl.UInt32, "right": pl.UInt32}, orient="row")
    expected = [
        (a, b) for a, b in every if labels[a] == labels[b] and labels.count(labels[a]) >= 3 and (a, b) not in compared
    ]
    assert list(pairs_inside(np.array(labels, dtype=np.int64), frame).iter_rows()) == expected
