"""Readings and plates of one case: every pair worth scoring is found, however the cases are batched."""

import numpy as np
import polars as pl
import pytest

from matchers import vehicle_pairs
from matchers.plate_channel import PlateChannel, encode
from matchers.plate_index import PlateIndex
from matchers.plate_settings import PlateSettings
from matchers.vehicle_pairs import FARTHEST_BITS, Words, pairs_within_cases
from tests.matchers.plate_world import Noise, misread, random_plates

SETTINGS = PlateSettings()
CHANNEL = PlateChannel.of(SETTINGS)


def cases() -> tuple[pl.DataFrame, pl.DataFrame, Words]:
    """Six cases of twenty readings and sixty plates each."""
    rng = np.random.default_rng(6)
    registered = random_plates(rng, 300)
    index = PlateIndex.build(pl.Series(registered))
    seen = [rng.choice(registered, 20, replace=False).tolist() for _ in range(6)]
    read = [[misread(plate, rng, Noise()) or plate for plate in plates] for plates in seen]
    words = Words.of(index.plates, index.codes, pl.Series([text for texts in read for text in texts]))

    def numbered(texts: list[list[str]]) -> pl.DataFrame:
        frame = pl.DataFrame(
            [(case, text) for case, some in enumerate(texts) for text in some],
            schema={"case": pl.UInt32, "text": pl.String},
            orient="row",
        )
        found = frame.join(words.numbers(frame["text"]), on="text").select("case", word="number")
        return found.unique().sort("case", "word")

    others = [rng.choice(registered, 40, replace=False).tolist() for _ in range(6)]
    candidates = [[*a, *b, *c] for a, b, c in zip(seen, read, others, strict=True)]
    return numbered(read), numbered(candidates), words


def by_case(pairs: pl.DataFrame) -> list[tuple[int, int, int]]:
    return sorted(pairs.iter_rows())


def test_no_pair_that_the_channel_finds_near_is_missed() -> None:
    reads, plates, words = cases()
    every = reads.join(plates, on="case", suffix="_of_plate").rename({"word": "read", "word_of_plate": "plate"})
    read, true = encode(words.texts.gather(every["read"])), encode(words.texts.gather(every["plate"]))
    loss = CHANNEL.log2_probability(read, read) - CHANNEL.log2_probability(read, true)
    near = every.filter(pl.Series(loss <= FARTHEST_BITS - 10))  # nearer than any that the cheap bound leaves out
    assert near.height > reads.height
    assert set(by_case(near)) <= set(by_case(pairs_within_cases(reads, plates, words, CHANNEL, SETTINGS)))


@pytest.mark.parametrize("batch", [1, 100, 1500])
def test_batches_do_not_show(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, plates, words = cases()
    whole = by_case(pairs_within_cases(reads, plates, words, CHANNEL, SETTINGS))
    monkeypatch.setattr(vehicle_pairs, "_BATCH", batch)
    assert by_case(pairs_within_cases(reads, plates, words, CHANNEL, SETTINGS)) == whole


def test_a_crowded_case_is_answered_by_an_index_and_keeps_what_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, plates, words = cases()
    whole = set(by_case(pairs_within_cases(reads, plates, words, CHANNEL, SETTINGS)))
    monkeypatch.setattr(vehicle_pairs, "_CROWDED", 10)
    crowded = set(by_case(pairs_within_cases(reads, plates, words, CHANNEL, SETTINGS)))
    own = {(case, word, word) for case, word in reads.iter_rows()}
    assert own < crowded <= whole
