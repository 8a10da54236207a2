"""How the number of distinct persons follows the threshold at which two names are taken for one person.

The rows of a case's persons are clustered again, by the run's own rules (`matchers.clusters`) and with the weights that
it learned, at each half bit; at the run's threshold the answer is the run's.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from matchers.chance import content_order
from matchers.clusters import CLUSTERED_BY, bounded_components, cluster, pairs_inside
from matchers.coded import Codes
from matchers.counting import LIKELY
from matchers.explain import PairScorer
from matchers.judged import Judged
from matchers.scored import Scored

STEP_BITS: Final = 0.5
_MOST_PROFILES: Final = 600  # beyond, all pairs of one landlord's rows would be scored for a single page
_BELOW: Final = 3.0  # bits below the run's threshold that are always looked at
_WIDEST: Final = 40.0  # bits: a chance of one in a million million


@dataclass(frozen=True, slots=True)
class Step:
    """One position of the threshold. `persons`: distinct persons named at the dwelling; `groups`: the mention ids of
    each person who is not just as the run has her, lowest first.
    """

    bits: float
    persons: int
    groups: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """`steps` by rising threshold; `run_bits` is the run's own. `left_out`: no ladder, the case names too many rows."""

    steps: tuple[Step, ...]
    run_bits: float
    left_out: bool = False


def ladder(scorer: PairScorer, mentions: pl.DataFrame) -> Ladder:
    """mentions: mention_id, person_id and p_here (probability that the row is of the case's dwelling; null: not) of all
    rows of the persons of a case.
    """
    settings = scorer.settings
    run_bits = math.log2(settings.link_at_p / (1.0 - settings.link_at_p))
    number = pl.col("mention_id").replace_strict(scorer.profile_of, default=None, return_dtype=pl.UInt32)
    rows = mentions.with_columns(profile=number).drop_nulls("profile").sort("mention_id")
    profiles = rows["profile"].unique().sort()
    if len(profiles) > _MOST_PROFILES:
        return Ladder((), run_bits, left_out=True)
    if rows.is_empty():
        return Ladder((), run_bits)
    compared = _compared(scorer, profiles)
    local = pl.DataFrame({"profile": profiles}).with_row_index("position")
    rows = rows.join(local, on="profile", maintain_order="left")
    rank = np.argsort(content_order(scorer.comparer.people))[profiles.to_numpy()]
    order = np.argsort(rank).astype(np.int64)
    known = _scored(scorer, compared, local)
    judged = _judged(scorer, local)
    likely = known.filter(pl.col("against_bits") == 0)["match_weight_bits"].clip(-_WIDEST, _WIDEST).to_list()
    low = STEP_BITS * math.floor(min([*likely, run_bits]) / STEP_BITS)
    high = STEP_BITS * math.ceil(max([*likely, run_bits]) / STEP_BITS + 1)
    low = max(min(low, run_bits - _BELOW), math.log2(settings.keep_pair_at_p))
    places = np.arange(math.ceil((low - run_bits) / STEP_BITS), math.floor((high - run_bits) / STEP_BITS) + 1)
    usual = {members for _, members in _groups(rows, rows["person_id"])}
    steps = []
    for bits in (run_bits + STEP_BITS * places).tolist():
        labels = _clusters(scorer, known, local, order, judged, bits)
        groups = _groups(rows, pl.Series(labels)[rows["position"]])
        persons = sum(here for here, _ in groups)
        steps.append(Step(bits, persons, tuple(members for _, members in groups if members not in usual)))
    return Ladder(tuple(steps), run_bits)


def _compared(scorer: PairScorer, profiles: pl.Series) -> pl.DataFrame:
    """left < right (profiles): pairs among these that the run kept, sorted."""
    first = pl.DataFrame({"mention": scorer.profiles.table["first_mention"][profiles], "profile": profiles})
    pairs = scorer.links.pairs.select("left", "right")
    for side in ("left", "right"):
        pairs = pairs.join(first.rename({"mention": side, "profile": f"{side}_profile"}), on=side)
    low, high = pl.min_horizontal(pl.col("^.*_profile$")), pl.max_horizontal(pl.col("^.*_profile$"))
    ends = pairs.select(left=low, right=high)
    return ends.filter(pl.col("left") < pl.col("right")).unique().sort("left", "right")


def _scored(scorer: PairScorer, pairs: pl.DataFrame, local: pl.DataFrame) -> pl.DataFrame:
    """What `cluster` asks of each pair of profiles, with left and right as positions in `local`."""
    patterns = scorer.comparer.patterns(pairs, scorer.settings)
    scored = Scored.of(pairs, patterns, scorer.links.weights, scorer.settings).frame(CLUSTERED_BY)
    position = pl.Series(local["position"]).cast(pl.UInt32)
    return scored.with_columns(
        pl.col(side).replace_strict(local["profile"], position, return_dtype=pl.UInt32) for side in ("left", "right")
    ).sort("left", "right")


def _clusters(
    scorer: PairScorer, known: pl.DataFrame, local: pl.DataFrame, order: Codes, judged: Judged, bits: float
) -> Codes:
    """The run's clustering at another threshold, over these profiles alone."""
    settings = replace(scorer.settings, link_at_p=1.0 / (1.0 + 2.0**-bits))
    linking = (pl.col("p_match") >= settings.link_at_p) & (pl.col("against_bits") == 0)
    links = known.filter(linking).select("left", "right", "match_weight_bits")
    labels = bounded_components(local.height, judged.linked(links), settings)
    missing = pairs_inside(labels, known.select("left", "right"))
    ends = missing.select(local["profile"].gather(missing[side]).alias(side) for side in ("left", "right"))
    every = pl.concat([known, _scored(scorer, ends, local)]) if missing.height else known
    one, other = (labels[every[side].to_numpy()] for side in ("left", "right"))
    inside = every.filter(pl.Series(one == other, dtype=pl.Boolean))
    return cluster(labels, judged.told(inside), order, settings)


def _judged(scorer: PairScorer, local: pl.DataFrame) -> Judged:
    """What was decided among these profiles: no threshold moves it."""
    position = pl.Series(local["position"]).cast(pl.UInt32)
    pairs = scorer.links.judged.with_columns(
        pl.col(side).replace_strict(local["profile"], position, default=None, return_dtype=pl.UInt32)
        for side in ("left", "right")
    ).drop_nulls()
    return Judged.over(pairs.sort("left", "right"), local.height)


def _groups(rows: pl.DataFrame, person: pl.Series) -> list[tuple[bool, tuple[int, ...]]]:
    """Of each person: whether she is likelier named here than not, and the ids of her mentions, in order."""
    groups = (
        rows.select("mention_id", "p_here", person.alias("person"))
        .group_by("person")
        .agg(pl.col("mention_id").sort(), here=pl.col("p_here").max().fill_null(0.0) >= LIKELY)
    )
    told = [(here, tuple(ids)) for here, ids in groups.select("here", "mention_id").iter_rows()]
    return sorted(told, key=lambda group: group[1])
