"""What two texts weigh in all parts of a log together, from which rates are learned."""

import numpy as np
import polars as pl
import pytest

from matchers.case_keys import keys_of
from matchers.vehicle_pairs import Words
from matchers.vehicle_rates import WeighedTexts, weighed

PLATES = pl.Series(["ABC123", "ABC128", "XYZ789"])
WORDS = Words.of(PLATES, np.zeros((3, 12), dtype=np.uint8), pl.Series(["ABC12", "XYZ789"]))  # the first as number 3


def part(*pairs: tuple[int, int, float]) -> WeighedTexts:
    """Pairs of a reading and a plate, as numbers of words, and their weights."""
    read, plate, weight = (np.array(side) for side in zip(*pairs, strict=True))
    texts, text = np.unique(keys_of(read.astype(np.int64), plate.astype(np.int64)), return_inverse=True)
    states = pl.DataFrame(schema={"read_state": pl.String, "state": pl.String})
    return WeighedTexts(WORDS, texts, text.astype(np.uint32), states, text.astype(np.uint32), weight.astype(np.float64))


def test_texts_weigh_what_all_their_pairs_weigh_in_whatever_part() -> None:
    found = weighed([part((3, 0, 0.5), (2, 2, 1e-9), (3, 1, 1e-12)), part((3, 0, 1e-12), (2, 2, 0.25), (1, 1, 0.009))])
    assert found.rows() == [("ABC12", "ABC123", 0.5 + 1e-12), ("XYZ789", "XYZ789", 0.25 + 1e-9)]


def test_many_small_weights_make_one_that_counts_and_a_small_one_does_not() -> None:
    assert weighed([part((3, 0, 0.002))] * 6)["weight"].to_list() == pytest.approx([0.012])
    assert weighed([part((3, 0, 0.001))] * 6).is_empty()
