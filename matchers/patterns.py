"""Comparison patterns: everything the weight of a pair depends on, in one number.

A city has millions of candidate pairs and some ten thousand distinct ways in which two mentions compare. A pair
keeps the number of its way only; levels, bits and probabilities live in the table of patterns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.coded import Codes, Floats, Narrow, distinct
from matchers.comparison import LEVELS

# Levels that weigh by how common the value is: the chance that another person shows the same (see Comparer).
VALUED = {
    "given": ("exact", "nickname", "initial", "part", "typo", "swapped"),
    "family": ("exact", "part", "typo", "swapped"),
    "dob": ("exact",),
}
BINS = ("given_bin", "family_bin", "dob_bin", "pair_bin")
BINS_PER_BIT = 4  # name frequencies enter as log2 shares rounded to a quarter of a bit
# Sizes of a place, by doubling: profiles at one place are 2, 3-4, 5-8, ... 65-128, more. 0: not at one place.
CROWDS = 8
_MOST_SOURCE_PAIRS = 1000
_BIN_RADIX = 256  # bins lie in [-128, 128)
# Mixed radix, least digit last: the product stays below 2^64.
_RADIX = {name: len(levels) for name, levels in LEVELS.items()} | {
    "crowd": CROWDS + 1,
    "sources": _MOST_SOURCE_PAIRS,
    **dict.fromkeys(BINS, _BIN_RADIX),
}


def size_class(sizes: Codes) -> Codes:
    """CROWDS class of places that so many profiles share (0: one or none)."""
    return np.clip(np.ceil(np.log2(np.maximum(sizes, 1))), 0, CROWDS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Distinct comparison outcomes.

    `table`: one row per pattern with `pairs` (count), the UInt8 level of every feature, `crowd` (size of the place
    they share, by doubling), `sources` (pair of sources) and, in quarters of a bit, `given_bin`, `family_bin`,
    `dob_bin` (log2 share of the value compared) and `pair_bin` (log2 lift of the two names together). `of_pair`:
    position of each pair's pattern.
    """

    table: pl.DataFrame
    of_pair: npt.NDArray[np.uint32]

    @staticmethod
    def of(codes: pl.Series) -> "Patterns":
        """Group pairs by pattern. codes: as from `encode`."""
        return Patterns.merged([distinct(codes.to_numpy().view(np.int64))])

    @staticmethod
    def merged(chunks: Sequence[tuple[Codes, Narrow]]) -> "Patterns":
        """Of pairs in chunks: each chunk's distinct codes (`encode`, as Int64), and the position of each pair's."""
        found, where = distinct(np.concatenate([np.empty(0, dtype=np.int64), *(codes for codes, _ in chunks)]))
        ordered = pl.DataFrame({"code": found.view(np.uint64)}).with_row_index("found").sort("code")
        number = np.empty(len(found), dtype=np.uint32)
        number[ordered["found"].to_numpy()] = np.arange(len(found))
        starts = np.cumsum([0, *(len(codes) for codes, _ in chunks)])
        numbers = number[where]
        of_pair = np.empty(sum(len(of) for _, of in chunks), dtype=np.uint32)
        counts, done = np.zeros(len(found), dtype=np.int64), 0
        for start, (codes, of) in zip(starts, chunks, strict=False):  # a chunk's codes are distinct
            here = numbers[start : start + len(codes)]
            if len(of):
                np.take(here, of, out=of_pair[done : done + len(of)], mode="clip")
                counts[here] += np.bincount(of, minlength=len(codes))
                done += len(of)
        table = ordered.with_columns(pl.Series("pairs", counts, dtype=pl.UInt32))
        rest, digits = pl.col("code"), []
        for name, radix in reversed(_RADIX.items()):
            digit = rest % radix
            digits.append(
                (digit.cast(pl.Int16) - _BIN_RADIX // 2 if name in BINS else digit.cast(_dtype(name))).alias(name)
            )
            rest = rest // radix
        return Patterns(table.select("pairs", *reversed(digits)), of_pair)

    def counted(self, name: str) -> Floats:
        """How many pairs have each level of a feature."""
        pairs = self.table["pairs"].to_numpy()
        return np.bincount(self.table[name].to_numpy(), pairs, len(LEVELS[name])).astype(np.float64)


def encode(levels: pl.DataFrame) -> pl.Series:
    """One UInt64 per row of levels, `crowd`, `sources` and bins (clipped to a byte)."""
    code = np.zeros(len(levels), dtype=np.uint64)
    for name, radix in _RADIX.items():
        column = levels[name].to_numpy()
        code *= np.uint64(radix)
        code += (column.clip(-128, 127) + 128 if name in BINS else column).astype(np.uint64)
    return pl.Series("code", code)


def _dtype(name: str) -> type[pl.DataType]:
    return pl.UInt16 if name == "sources" else pl.UInt8
