"""What remains between clusters: the best chance of each membership, and which two persons may be one after all."""

import numpy as np
import polars as pl

from matchers.coded import Codes, Floats, Narrow, places_among
from matchers.judged import Judged
from matchers.profiles import Profiles
from matchers.scored import Scored
from matchers.settings import LinkSettings

_LOOKED_UP = 4_000_000  # pairs looked up at a time: in a metro tens of millions are, at some 50 bytes each


def across_clusters(
    clusters: Codes, scored: Scored, settings: LinkSettings, decided: Judged
) -> tuple[Scored, pl.DataFrame]:
    """Pairs with a chance, of one cluster, or judged apart; and of each left, right, low and high cluster, `net_bits`.

    Across clusters the bits are less the most that any pair between the two puts against them.
    """
    narrow = clusters.astype(np.int32)
    one, other = (narrow[scored.pairs[side].to_numpy()] for side in ("left", "right"))
    same = one == other
    likely = (scored.patterns["p_match"] >= settings.keep_pair_at_p).gather(scored.pairs["pattern"]).to_numpy()
    kept = likely | same | decided.decided(scored.pairs)[1].to_numpy()
    apart = np.flatnonzero(kept & ~same)
    between = pl.Series(_two_in_one(one[apart], other[apart])).unique().sort().to_numpy()
    concerned = np.zeros(len(clusters), dtype=np.bool_)  # most pairs that are disputed are of clusters without a chance
    concerned[one[apart]] = concerned[other[apart]] = True
    disputed = (scored.patterns["against_bits"] > 0).gather(scored.pairs["pattern"]).to_numpy() & ~same
    held = np.flatnonzero(disputed & concerned[one] & concerned[other])
    against = np.zeros(len(between))
    for some in np.array_split(held, len(held) // _LOOKED_UP + 1):
        place = places_among(between, _two_in_one(one[some], other[some]))
        there = place >= 0
        bits = scored.patterns["against_bits"].gather(scored.pairs["pattern"][some[there]]).to_numpy()
        np.maximum.at(against, place[there], bits)
    rows = np.flatnonzero(kept)
    worth_keeping = scored.where(pl.Series(kept))
    frame = worth_keeping.frame(["match_weight_bits"])
    one, other, same = one[rows], other[rows], same[rows]
    less = np.zeros(len(rows))
    less[~same] = against[np.searchsorted(between, _two_in_one(one[~same], other[~same]))]
    net_bits = (frame["match_weight_bits"].to_numpy() - less).clip(-60, 60)
    low, high = np.minimum(one, other).astype(np.uint32), np.maximum(one, other).astype(np.uint32)
    columns = [pl.Series("low", low), pl.Series("high", high), pl.Series("net_bits", net_bits)]
    return worth_keeping, decided.between(frame.select("left", "right").with_columns(columns), clusters)


def _two_in_one(one: Narrow, other: Narrow) -> Codes:
    """The lesser * 2^32 + the greater."""
    return np.minimum(one, other).astype(np.int64) << 32 | np.maximum(one, other)


def membership(clusters: Codes, across: pl.DataFrame) -> Floats:
    """p_member of each profile: the odds of its best link inside against being alone or in another cluster."""
    odds = across.select((pl.col("net_bits") * np.log(2)).exp()).to_series().to_numpy()
    inside = (across["low"] == across["high"]).to_numpy()
    best = {}
    for part, rows in (("inside", np.flatnonzero(inside)), ("outside", np.flatnonzero(~inside))):
        best[part] = np.zeros(len(clusters))
        for side in ("left", "right"):
            np.maximum.at(best[part], across[side].to_numpy()[rows], odds[rows])
    linked = best["inside"] > 0  # odds of a pair are never 0: its bits are at least -60
    together, alone = best["inside"] / (1 + best["inside"] + best["outside"]), 1 / (1 + best["outside"])
    return np.asarray(np.where(linked, together, alone))


def possible_merges(mentions: pl.DataFrame, profiles: Profiles, across: pl.DataFrame, least: float) -> pl.DataFrame:
    """person_id < other_person_id, p: persons whose best pair, less what is against it, leaves a chance."""
    row = mentions["mention_id"].search_sorted(profiles.table["first_mention"])
    person = mentions["person_id"].gather(row)  # of each profile
    possible = (
        across.filter(pl.col("low") != pl.col("high"))
        .group_by("low", "high")
        .agg(pl.col("net_bits").max())
        .with_columns((1.0 / (1.0 + (-pl.col("net_bits") * np.log(2)).exp())).alias("p"))
        .filter(pl.col("p") >= least)
    )
    possible = possible.with_columns(
        person.gather(possible[end]).alias(name) for end, name in (("low", "a"), ("high", "b"))
    )
    return possible.select(
        pl.min_horizontal("a", "b").alias("person_id"), pl.max_horizontal("a", "b").alias("other_person_id"), "p"
    ).sort("person_id", "other_person_id")
