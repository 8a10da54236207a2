"""Pairs on which somebody decided: they must be one person, or must not be, whatever their weights say.

The weights themselves stay as the evidence makes them; only clustering obeys. Constrained clustering with must-link and
cannot-link pairs: Wagstaff & Cardie 2000, Clustering with instance-level constraints.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.clusters import components
from matchers.coded import Codes, contains

JUDGED_SCHEMA = pl.Schema({"left": pl.UInt32, "right": pl.UInt32, "same": pl.Boolean})
JUDGED_BITS = 1000.0  # beyond any weight, so that what was decided is joined before anything else
_NET_BITS = 60.0  # as far as `persons` lets odds go


@dataclass(frozen=True, slots=True)
class Judged:
    """`pairs`: left < right (profiles), same; sorted, each once. `one`: of each profile the number of the group that
    was judged one person; profiles on which nobody decided are alone in theirs.
    """

    pairs: pl.DataFrame
    one: Codes

    @staticmethod
    def of(judged: pl.DataFrame | None, of_mention: pl.DataFrame, size: int) -> "Judged":
        """judged: left, right (mention_id), same; of_mention: mention_id, profile; size: number of profiles.

        Two mentions of one profile are written alike in one source and cannot be told apart: such a pair is left out.
        """
        if judged is None or judged.is_empty():
            return Judged.nothing(size)
        number = dict(of_mention.select("mention_id", "profile").iter_rows())
        ends = judged.with_columns(
            pl.col(side).replace_strict(number, default=None, return_dtype=pl.UInt32) for side in ("left", "right")
        ).drop_nulls()
        low, high = pl.min_horizontal("left", "right"), pl.max_horizontal("left", "right")
        pairs = ends.select(left=low, right=high, same="same").filter(pl.col("left") < pl.col("right"))
        # of two that share profiles and differ, apart is the safer: it merges nobody
        pairs = pairs.group_by("left", "right").agg(pl.col("same").all()).sort("left", "right").cast(JUDGED_SCHEMA)
        return Judged.over(pairs, size)

    @staticmethod
    def nothing(size: int) -> "Judged":
        """Nobody decided anything."""
        return Judged(pl.DataFrame(schema=JUDGED_SCHEMA), np.arange(size))

    @staticmethod
    def over(pairs: pl.DataFrame, size: int) -> "Judged":
        """pairs: left < right (positions below `size`), same; sorted, each once."""
        same = pairs.filter("same")
        left, right = (same[side].to_numpy().astype(np.int64) for side in ("left", "right"))
        return Judged(pairs, components(size, left, right))

    def unseen(self, compared: pl.DataFrame) -> pl.DataFrame:
        """left, right: judged pairs that are not among those compared (left, right; sorted)."""
        return self.pairs.filter(~pl.Series(contains(_keys(compared), _keys(self.pairs)), dtype=pl.Boolean)).select(
            "left", "right"
        )

    def linked(self, links: pl.DataFrame) -> pl.DataFrame:
        """links (left, right, match_weight_bits) and the pairs that must be one person."""
        if self.pairs.is_empty():
            return links
        must = self.pairs.filter("same").select("left", "right", match_weight_bits=pl.lit(JUDGED_BITS))
        return pl.concat([links, must])

    def told(self, scored: pl.DataFrame) -> pl.DataFrame:
        """Pairs as `clusters.cluster` reads them, with what was decided in place of what was weighed."""
        if self.pairs.is_empty():
            return scored
        one, other = (self.one[scored[side].to_numpy()] for side in ("left", "right"))
        same, apart = self.decided(scored)
        together = pl.Series(one == other, dtype=pl.Boolean) & ~apart
        return scored.with_columns(
            against_bits=pl.when(apart).then(float("inf")).when(together).then(0.0).otherwise("against_bits"),
            match_weight_bits=pl.when(same).then(JUDGED_BITS).otherwise("match_weight_bits"),
            p_match=pl.when(same).then(1.0).otherwise("p_match"),
            contrary=pl.col("contrary") & ~together,
        )

    def decided(self, pairs: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """Of each pair of profiles: whether it was judged one person; whether two."""
        if self.pairs.is_empty():
            nobody = pl.repeat(False, len(pairs), eager=True)
            return nobody, nobody
        key = _keys(pairs)
        same = contains(_keys(self.pairs.filter("same")), key)
        apart = contains(_keys(self.pairs.filter(~pl.col("same"))), key)
        return pl.Series(same, dtype=pl.Boolean), pl.Series(apart, dtype=pl.Boolean)

    def between(self, across: pl.DataFrame, clusters: Codes) -> pl.DataFrame:
        """Pairs across and inside clusters (left, right, low, high, net_bits) with what was decided as certain."""
        if self.pairs.is_empty():
            return across
        one, other = (clusters[self.pairs[side].to_numpy()] for side in ("left", "right"))
        low, high = np.minimum(one, other), np.maximum(one, other)
        apart = np.unique((low << 32 | high)[~self.pairs["same"].to_numpy() & (low != high)])
        key = across["low"].to_numpy().astype(np.int64) << 32 | across["high"].to_numpy().astype(np.int64)
        never = pl.Series(contains(apart, key), dtype=pl.Boolean)
        same, _ = self.decided(across)
        net = pl.when(never).then(-_NET_BITS).when(same).then(_NET_BITS).otherwise("net_bits")
        return across.with_columns(net_bits=net)


def _keys(pairs: pl.DataFrame) -> Codes:
    left, right = (pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
    return np.asarray(left << 32 | right)
