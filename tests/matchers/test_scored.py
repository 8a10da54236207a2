"""Which pairs are of one label, looked up some at a time."""

import numpy as np
import polars as pl
import pytest

from matchers import scored
from matchers.scored import Scored

LABELS = np.array([0, 0, 2, 2, 0])
PAIRS = pl.DataFrame(
    {"left": [0, 0, 2, 1], "right": [1, 2, 3, 4], "pattern": [0] * 4}, schema_overrides={"left": pl.UInt32}
)


@pytest.mark.parametrize("at_a_time", [1, 3, 100])
def test_pairs_of_one_label_however_many_are_looked_up_at_once(at_a_time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scored, "_AT_A_TIME", at_a_time)
    both = pl.concat([PAIRS[:1], PAIRS[1:]], rechunk=False)  # as candidate pairs and those added lie
    assert Scored(both, pl.DataFrame()).within(LABELS).to_list() == [True, False, True, True]
    assert Scored(both.clear(), pl.DataFrame()).within(LABELS).is_empty()
