"""Components of linked profiles, and which pairs of one still have to be compared."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers import clusters
from matchers.clusters import components, pairs_inside


@given(st.lists(st.integers(0, 3), max_size=12), st.data())
def test_pairs_of_a_component_of_three_or_more_that_were_not_compared(labels: list[int], data: st.DataObject) -> None:
    every = list(combinations(range(len(labels)), 2))
    compared = sorted(data.draw(st.sets(st.sampled_from(every)))) if every else []
    frame = pl.DataFrame(compared, schema={"left": pl.UInt32, "right": pl.UInt32}, orient="row")
    expected = [
        (a, b) for a, b in every if labels[a] == labels[b] and labels.count(labels[a]) >= 3 and (a, b) not in compared
    ]
    assert list(pairs_inside(np.array(labels, dtype=np.int64), frame).iter_rows()) == expected


@given(st.integers(1, 12), st.data())
def test_components_are_numbered_by_their_least_profile_by_either_library(size: int, data: st.DataObject) -> None:
    profiles = st.integers(0, size - 1)
    links = data.draw(st.lists(st.tuples(profiles, profiles), max_size=15))
    left, right = (np.array([link[side] for link in links], dtype=np.int64) for side in (0, 1))
    few = components(size, left, right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "FEW", 0)
        many = components(size, left, right)
    assert few.tolist() == many.tolist()
    assert list(dict.fromkeys(few.tolist())) == list(range(max(few) + 1))
    assert all(few[a] == few[b] for a, b in links)
