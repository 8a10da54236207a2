"""Pairs of a reading and a plate of one case that are worth scoring: all of them compared, in numbers.

A case has dozens of readings, and thousands of plates of people who may belong to it. Texts are numbered once; a
pair is two numbers until it has passed, and batches of cases bound the memory.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.side_by_side import each
from matchers.plate_channel import SIZE, Codes, PlateChannel, encode, lengths
from matchers.plate_index import PlateIndex
from matchers.plate_settings import PlateSettings
from matchers.runs import Ids, spans

FARTHEST_BITS = 34.0
"""A reading this much less likely from a plate than from the plate exactly as read is not looked at: beyond three
unlike errors, rarer than another unregistered plate."""

_LONGEST_LOSS = 4
_CROWDED = (
    4_000_000  # pairs: a case with more (a lot, a street, a wrong case number) is answered by an index of its own
)
_BATCH = 500_000  # pairs held at once by each thread: about 20 MB


@dataclass(frozen=True, slots=True)
class Words:
    """Plates and readings as numbers: `texts` and, by number, `codes`, `masks` (one bit for each character that the
    text holds) and `sizes`."""

    texts: pl.Series
    codes: Codes
    masks: npt.NDArray[np.uint64]
    sizes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, plates: pl.Series, codes: Codes, reads: pl.Series) -> "Words":
        """plates: distinct, with their codes: they keep their positions. reads: numbered on where they are no plate."""
        others = reads.unique().sort()
        others = others.filter(~others.is_in(plates.implode())).alias(plates.name)
        both = np.concatenate([codes, encode(others)])
        bit = np.where(np.arange(SIZE + 1) < SIZE, np.uint64(1) << np.arange(SIZE + 1, dtype=np.uint64), np.uint64(0))
        masks = np.bitwise_or.reduce(bit[np.minimum(both, SIZE)], axis=1)
        return cls(pl.concat([plates, others]), both, masks, lengths(both))

    def numbers(self, texts: pl.Series) -> pl.DataFrame:
        """text, number of the distinct `texts`."""
        known = self.texts.to_frame("text").with_row_index("number")
        return known.join(texts.unique().to_frame("text"), on="text", how="semi")


def pairs_within_cases(
    reads: pl.DataFrame, plates: pl.DataFrame, words: Words, channel: PlateChannel, settings: PlateSettings
) -> pl.DataFrame:
    """case, read, plate (numbers of words): the pairs of each case within `FARTHEST_BITS`, and each reading by itself.

    reads and plates: case, word, distinct; plates sorted by case, word, and each reading is one of its case's plates.
    """
    found = [reads.select("case", read="word", plate="word")]
    own = reads["word"].unique().to_numpy()
    faithful = np.zeros(len(words.texts))
    faithful[own] = channel.log2_probability(words.codes[own], words.codes[own])
    asked = _asked(reads, plates)

    def near(compared: tuple[Ids, Ids, Ids]) -> pl.DataFrame:
        case, read, plate = compared
        bits = channel.log2_probability(words.codes[read], words.codes[plate])
        close = bits >= faithful[read] - FARTHEST_BITS
        return pl.DataFrame({"case": case[close], "read": read[close], "plate": plate[close]}, schema=found[0].schema)

    word = plates["word"].cast(pl.Int64).to_numpy()
    batches = asked.filter(pl.col("pairs") <= _CROWDED).partition_by("batch", maintain_order=True)
    found += each(lambda batch: near(_compared(batch, word, words)), batches)
    crowded = asked.filter(pl.col("pairs") > _CROWDED)
    for case in crowded["case"].unique().sort():
        mine = plates.filter(pl.col("case") == case)["word"]
        found.append(
            near(_looked_up(case, crowded.filter(pl.col("case") == case)["word"], mine, words, channel, settings))
        )
    return pl.concat(found).unique()


def _asked(reads: pl.DataFrame, plates: pl.DataFrame) -> pl.DataFrame:
    """The readings, by case, word, with first and plates (where in `plates` those of the case are, and how many), pairs
    (of the case) and batch."""
    sizes = plates.group_by("case").agg(plates=pl.len().cast(pl.Int64)).sort("case")
    sizes = sizes.with_columns(first=pl.col("plates").cum_sum() - pl.col("plates"))
    return (
        reads.join(sizes, on="case")
        .sort("case", "word")
        .with_columns(pairs=pl.col("plates").sum().over("case"))
        .with_columns(batch=pl.col("plates").cum_sum() // _BATCH)
    )


def _compared(batch: pl.DataFrame, word: Ids, words: Words) -> tuple[Ids, Ids, Ids]:
    """Case, reading and plate of the pairs that differ in at most three of their characters. word: of all plates."""
    row, at = spans(batch["first"].to_numpy(), batch["plates"].to_numpy())
    read, plate = batch["word"].cast(pl.Int64).to_numpy()[row], word[at]
    near = np.flatnonzero(_comparable(words, read, plate))
    return batch["case"].to_numpy()[row[near]], read[near], plate[near]


def _looked_up(
    case: int, reads: pl.Series, plates: pl.Series, words: Words, channel: PlateChannel, settings: PlateSettings
) -> tuple[Ids, Ids, Ids]:
    """The same of a crowded case: the pairs that an index of its plates finds. reads, plates: words of the case."""
    index = PlateIndex.build(words.texts.gather(plates))
    near_ones = index.nearest(words.texts.gather(reads), channel, settings)
    numbers = words.numbers(pl.concat([near_ones["read"], near_ones["plate"]]))
    both = near_ones.join(numbers, left_on="read", right_on="text").join(
        numbers, left_on="plate", right_on="text", suffix="_of_plate"
    )
    return (
        np.full(len(both), case, dtype=np.int64),
        both["number"].to_numpy().astype(np.int64),
        both["number_of_plate"].to_numpy().astype(np.int64),
    )


def _comparable(words: Words, read: Ids, plate: Ids) -> npt.NDArray[np.bool_]:
    """Whether a pair differs in at most three of its characters: a cheap bound before the exact channel."""
    mine, theirs = words.masks[read], words.masks[plate]
    common = np.bitwise_count(mine & theirs)
    fewer = np.minimum(np.bitwise_count(mine), np.bitwise_count(theirs))
    longer = np.abs(words.sizes[read] - words.sizes[plate])
    near: npt.NDArray[np.bool_] = (common.astype(np.int64) >= fewer.astype(np.int64) - 3) & (longer <= _LONGEST_LOSS)
    return near
