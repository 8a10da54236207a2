"""Pairs of profiles -> pairs of mentions, with what is told of each."""

from dataclasses import dataclass

import polars as pl

from matchers.comparer import Comparer
from matchers.judged import Judged
from matchers.links import BITS, DECISION, PAIR_SCHEMA
from matchers.profiles import Profiles
from matchers.scored import Scored
from matchers.settings import LinkSettings
from matchers.weights import Weights


@dataclass(frozen=True, slots=True)
class PairEnds:
    """Pairs of mentions, and what their patterns say, apart: of a metro the one is .4 GB and told together they are 2.

    ends: left < right (mentions), by these; same (of one cluster), apart (judged so), pattern (position in `patterns`).
    patterns: of `Scored`.
    """

    ends: pl.DataFrame
    patterns: pl.DataFrame

    @staticmethod
    def of(
        profiles: Profiles,
        comparer: Comparer,
        between: Scored,
        same: pl.Series,
        weights: Weights,
        settings: LinkSettings,
        decided: Judged,
    ) -> "PairEnds":
        """Pairs worth keeping: profile against profile, and each repeat against its profile's first.

        same: of each pair of `between`, whether it is of one cluster.
        """
        _, apart = decided.decided(between.pairs)
        first = profiles.table["first_mention"]
        repeats = profiles.of_mention.with_columns(first.gather(profiles.of_mention["profile"]).alias("first_mention"))
        repeats = repeats.filter(pl.col("mention_id") != pl.col("first_mention"))
        itself = repeats.select(pl.col("profile").alias("left"), pl.col("profile").alias("right"))
        shown = between.extended(Scored.of(itself, comparer.patterns(itself, settings), weights, settings))
        ends = pl.DataFrame(
            {
                "a": pl.concat([first.gather(between.pairs["left"]), repeats["first_mention"]]),
                "b": pl.concat([first.gather(between.pairs["right"]), repeats["mention_id"]]),
                "same": pl.concat([same, pl.repeat(True, len(repeats), eager=True)]),
                "apart": pl.concat([apart, pl.repeat(False, len(repeats), eager=True)]),
                "pattern": shown.pairs["pattern"],
            }
        )
        low, high = pl.min_horizontal("a", "b"), pl.max_horizontal("a", "b")
        ends = ends.select("same", "apart", "pattern", left=low, right=high)
        key = pl.col("left").cast(pl.UInt64) * 2**32 + pl.col("right")
        ends = ends[ends.select(key.arg_sort()).to_series()]  # several times faster than a sort by two columns
        return PairEnds(ends, shown.patterns)

    def told(self, settings: LinkSettings) -> pl.DataFrame:
        """The pairs, in the columns of `PAIR_SCHEMA`."""
        by_weight = (
            pl.when(pl.col("against_bits") > 0)
            .then(pl.lit("kept apart"))
            .when(pl.col("p_match") >= settings.possible_at_p)
            .then(pl.lit("possible"))
            .otherwise(pl.lit("different"))
        )
        told = self.patterns.with_columns(pl.col(BITS).cast(pl.Float32), by_weight.cast(DECISION).alias("decision"))
        figures = [name for name in PAIR_SCHEMA if name in told.columns]
        pairs = self.ends.with_columns(told[name].gather(self.ends["pattern"]) for name in figures)
        decision = (
            pl.when("same")
            .then(pl.lit("same person", DECISION))
            .when("apart")
            .then(pl.lit("kept apart", DECISION))
            .otherwise("decision")
        )
        return pairs.with_columns(decision.alias("decision")).select(list(PAIR_SCHEMA))
