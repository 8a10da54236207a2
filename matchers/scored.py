"""Candidate pairs with their weights: two positions and a pattern a pair, everything else once a pattern."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.clusters import against_bits, contrary
from matchers.coded import Codes
from matchers.comparison import LEVELS
from matchers.patterns import Patterns
from matchers.settings import LinkSettings
from matchers.weights import Weights, pattern_bits

_AT_A_TIME = 4_000_000  # pairs looked up: in a metro tens of millions are, and copies of both sides are half a gigabyte


@dataclass(frozen=True, slots=True)
class Scored:
    """`pairs`: left, right (profile positions), pattern (position in `patterns`).

    `patterns`: the level and `bits_<feature>` of every feature, match_weight_bits, p_match, `against_bits` (what the
    pair puts against being one person: infinite, a number, or 0) and `contrary` (some feature differs plainly).
    """

    pairs: pl.DataFrame
    patterns: pl.DataFrame

    @staticmethod
    def of(pairs: pl.DataFrame, patterns: Patterns, weights: Weights, settings: LinkSettings) -> "Scored":
        """Weigh every pattern; pairs in the order of `patterns.of_pair`."""
        table = pl.concat(
            [patterns.table.select(list(LEVELS)), pattern_bits(patterns, weights, settings)], how="horizontal"
        )
        odds = (-pl.col("match_weight_bits").clip(-500, 500) * np.log(2)).exp()
        table = table.with_columns((1.0 / (1.0 + odds)).alias("p_match"), contrary().alias("contrary"))
        table = table.with_columns(against_bits(table))
        return Scored(
            pairs.select("left", "right", pl.Series("pattern", patterns.of_pair, dtype=pl.UInt32)), table.rechunk()
        )

    def extended(self, other: "Scored") -> "Scored":
        """These pairs and, after them, those of `other`."""
        moved = other.pairs.with_columns(pl.col("pattern") + len(self.patterns))
        return Scored(pl.concat([self.pairs, moved]), pl.concat([self.patterns, other.patterns]))

    def linking(self, settings: LinkSettings) -> pl.Series:
        """Which patterns link two profiles by themselves."""
        return (self.patterns["p_match"] >= settings.link_at_p) & (self.patterns["against_bits"] == 0)

    def column(self, name: str) -> pl.Series:
        """A column of `patterns`, pair by pair."""
        return self.patterns[name].gather(self.pairs["pattern"])

    def where(self, keep: pl.Series) -> "Scored":
        """The pairs for which `keep` (Boolean, one a pair) holds."""
        return Scored(self.pairs.filter(keep), self.patterns)

    def within(self, labels: Codes) -> pl.Series:
        """Of each pair, whether its profiles have the same label. labels: by profile, below 2**31."""
        narrow, same = labels.astype(np.int32), np.empty(len(self.pairs), dtype=np.bool_)
        for first in range(0, len(same), _AT_A_TIME):
            some = self.pairs.slice(first, _AT_A_TIME)
            same[first : first + _AT_A_TIME] = narrow[some["left"].to_numpy()] == narrow[some["right"].to_numpy()]
        return pl.Series(same)

    def frame(self, columns: Sequence[str]) -> pl.DataFrame:
        """left, right and the named columns of `patterns`, one row a pair."""
        return self.pairs.select("left", "right").with_columns(self.column(name) for name in columns)
