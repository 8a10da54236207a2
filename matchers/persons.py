"""Mentions -> persons: candidate pairs, match weights, constrained clusters, and how sure each membership is."""

import numpy as np
import polars as pl

from matchers.blocking import candidate_pairs
from matchers.clusters import against_bits, bounded_components, cluster, pairs_inside
from matchers.coded import Codes
from matchers.comparison import LEVELS
from matchers.counting import count_named
from matchers.links import PAIR_SCHEMA, PersonLinks
from matchers.profiles import Comparer, Profiles, patterns_of, possible_pairs, profiles_of
from matchers.settings import DEFAULT, LinkSettings
from matchers.weights import Weights, fit, parameters, pattern_bits, random_agreement

__all__ = ["PersonLinks", "count_named", "link_persons"]


def link_persons(mentions: pl.DataFrame, settings: LinkSettings = DEFAULT) -> PersonLinks:
    """Link mentions (`matchers.mentions.build_mentions`) into persons and bodies. Deterministic; no row is lost."""
    mentions = _with_optional_columns(mentions).sort("mention_id")
    persons = mentions.filter(pl.col("kind") == "person")
    profiles = profiles_of(persons, settings)
    candidates = candidate_pairs(profiles.table, settings)
    comparer = Comparer.of(profiles, settings)
    levels = comparer.levels(candidates.pairs, settings)
    weights = _fit(profiles, comparer, levels, settings)
    scored = _score(candidates.pairs, levels, weights, settings)

    size = len(profiles.table)
    links = scored.filter((pl.col("p_match") >= settings.link_at_p) & (pl.col("against_bits") == 0))
    labels = bounded_components(size, links, settings)
    missing = pairs_inside(labels).join(candidates.pairs, on=["left", "right"], how="anti", maintain_order="left")
    scored = pl.concat([scored, _score(missing, comparer.levels(missing, settings), weights, settings)])
    clusters = cluster(labels, scored, settings)

    across = _across(clusters, scored)
    named = _name_persons(mentions, profiles, _membership(clusters, across))
    return PersonLinks(
        mentions=named,
        possible_merges=_possible_merges(named, profiles, across, settings.possible_at_p),
        pairs=_mention_pairs(profiles, comparer, scored, clusters, weights, settings),
        parameters=parameters(weights, comparer.source_names, ("elsewhere", "same place")),
        skipped=candidates.skipped,
    )


def _with_optional_columns(mentions: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in ("building_key", "zip") if name not in mentions.columns]
    return mentions.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)


def _fit(profiles: Profiles, comparer: Comparer, levels: pl.DataFrame, settings: LinkSettings) -> Weights:
    size = len(profiles.table)
    drawn = np.random.default_rng(settings.seed).integers(
        0, max(size, 1), (2, settings.u_random_pairs if size > 1 else 0)
    )
    drawn = drawn[:, drawn[0] != drawn[1]]
    random_pairs = pl.DataFrame({"left": drawn.min(axis=0), "right": drawn.max(axis=0)}).cast(pl.UInt32)
    random_levels = comparer.levels(random_pairs, settings)
    chance = random_agreement(random_levels, settings)
    return fit(
        patterns_of(levels), chance, possible_pairs(profiles.table), size, max(len(comparer.source_names), 1), settings
    )


def _score(pairs: pl.DataFrame, levels: pl.DataFrame, weights: Weights, settings: LinkSettings) -> pl.DataFrame:
    """left, right, every level, every bits column, match_weight_bits, p_match, against_bits."""
    patterns = patterns_of(levels)
    table = pl.concat(
        [patterns.table.select(list(LEVELS)), pattern_bits(patterns, weights, settings)], how="horizontal"
    )
    table = table.with_columns(
        (1.0 / (1.0 + (-pl.col("match_weight_bits").clip(-500, 500) * np.log(2)).exp())).alias("p_match")
    )
    table = table.with_columns(against_bits(table))
    return pl.concat([pairs, table[patterns.of_pair]], how="horizontal")


def _across(clusters: Codes, scored: pl.DataFrame) -> pl.DataFrame:
    """scored pairs with cluster_left, cluster_right and `net_bits`: across clusters, less the most that is against."""
    of = clusters.astype(np.uint32)
    numbered = scored.select(
        "left",
        "right",
        "match_weight_bits",
        "against_bits",
        pl.Series("cluster_left", of[scored["left"].to_numpy()]),
        pl.Series("cluster_right", of[scored["right"].to_numpy()]),
    ).with_columns(
        pl.min_horizontal("cluster_left", "cluster_right").alias("low"),
        pl.max_horizontal("cluster_left", "cluster_right").alias("high"),
    )
    against = numbered.group_by("low", "high").agg(pl.col("against_bits").max().alias("against"))
    numbered = numbered.join(against, on=["low", "high"], how="left", maintain_order="left")
    net = pl.when(pl.col("low") == pl.col("high")).then(0.0).otherwise(pl.col("against"))
    return numbered.with_columns((pl.col("match_weight_bits") - net).clip(-60, 60).alias("net_bits"))


def _membership(clusters: Codes, across: pl.DataFrame) -> pl.DataFrame:
    """profile, cluster, p_member: the odds of the best link inside against being alone or in another cluster."""
    odds = (pl.col("net_bits") * np.log(2)).exp()
    inside = pl.col("low") == pl.col("high")
    sides = pl.concat(
        [
            across.select(pl.col(side).alias("profile"), odds.alias("odds"), inside.alias("inside"))
            for side in ("left", "right")
        ]
    )
    best = sides.group_by("profile").agg(
        pl.col("odds").filter("inside").max().alias("odds_inside"),
        pl.col("odds").filter(~pl.col("inside")).max().alias("odds_outside"),
    )
    numbered = pl.DataFrame({"profile": np.arange(len(clusters), dtype=np.uint32), "cluster": clusters})
    result = numbered.join(best, on="profile", how="left").sort("profile")
    outside = pl.col("odds_outside").fill_null(0.0)
    together, alone = pl.col("odds_inside") / (1 + pl.col("odds_inside") + outside), 1 / (1 + outside)
    return result.select("profile", "cluster", pl.coalesce(together, alone).alias("p_member"))


def _possible_merges(mentions: pl.DataFrame, profiles: Profiles, across: pl.DataFrame, least: float) -> pl.DataFrame:
    """person_id < other_person_id, p: persons whose best pair, less what is against it, leaves a chance."""
    people = profiles.table.select("profile", pl.col("first_mention").alias("mention_id")).join(
        mentions.select("mention_id", "person_id"), on="mention_id"
    )
    possible = (
        across.filter(pl.col("low") != pl.col("high"))
        .group_by("low", "high")
        .agg(pl.col("net_bits").max())
        .with_columns((1.0 / (1.0 + (-pl.col("net_bits") * np.log(2)).exp())).alias("p"))
        .filter(pl.col("p") >= least)
        .join(people.select(pl.col("profile").alias("low"), pl.col("person_id").alias("a")), on="low")
        .join(people.select(pl.col("profile").alias("high"), pl.col("person_id").alias("b")), on="high")
    )
    return possible.select(
        pl.min_horizontal("a", "b").alias("person_id"), pl.max_horizontal("a", "b").alias("other_person_id"), "p"
    ).sort("person_id", "other_person_id")


def _name_persons(mentions: pl.DataFrame, profiles: Profiles, membership: pl.DataFrame) -> pl.DataFrame:
    """Number persons and bodies in order of first mention; a body is one spelling of one name."""
    known = profiles.of_mention.join(membership, on="profile", how="left")
    frame = mentions.join(known, on="mention_id", how="left", maintain_order="left")
    is_person = pl.col("kind") == "person"
    body = pl.coalesce(
        pl.concat_str(["given", "middle", "family", "suffix"], separator=" ", ignore_nulls=True).replace("", None),
        pl.col("raw_name").str.to_uppercase(),
    )
    frame = frame.with_columns(
        pl.when(is_person).then(pl.format("P{}", "cluster")).otherwise(pl.format("B{}", body)).alias("entity")
    )
    order = ["source", "row", "field", "part", "mention_id"]
    first = frame.sort(order).unique("entity", keep="first", maintain_order=True)
    number = pl.int_range(1, pl.len() + 1).over(is_person).cast(pl.String).str.zfill(6)
    first = first.select(
        "entity",
        pl.when(is_person).then(pl.format("P{}", number)).otherwise(pl.format("B{}", number)).alias("person_id"),
    )
    return (
        frame.join(first, on="entity", how="left", maintain_order="left")
        .with_columns(pl.col("p_member").fill_null(1.0))
        .drop("entity", "cluster")
        .sort("mention_id")
    )


def _mention_pairs(
    profiles: Profiles,
    comparer: Comparer,
    scored: pl.DataFrame,
    clusters: Codes,
    weights: Weights,
    settings: LinkSettings,
) -> pl.DataFrame:
    """Pairs worth keeping, by mention: profile against profile, then each repeat against its profile's first."""
    p = pl.col("p_match")
    same = pl.Series(clusters[scored["left"].to_numpy()] == clusters[scored["right"].to_numpy()])
    decided = scored.with_columns(
        pl.when(same)
        .then(pl.lit("same person"))
        .when(pl.col("against_bits") > 0)
        .then(pl.lit("kept apart"))
        .when(p >= settings.possible_at_p)
        .then(pl.lit("possible"))
        .otherwise(pl.lit("different"))
        .alias("decision")
    ).filter((p >= settings.keep_pair_at_p) | (pl.col("decision") == "same person"))
    first = profiles.table.select("profile", "first_mention")
    between = (
        decided.join(first.rename({"profile": "left", "first_mention": "a"}), on="left")
        .join(first.rename({"profile": "right", "first_mention": "b"}), on="right")
        .with_columns(pl.min_horizontal("a", "b").alias("left"), pl.max_horizontal("a", "b").alias("right"))
    )
    repeats = (
        profiles.of_mention.join(first, on="profile")
        .filter(pl.col("mention_id") != pl.col("first_mention"))
        .sort("mention_id")
    )
    itself = repeats.select(pl.col("profile").alias("left"), pl.col("profile").alias("right"))
    again = _score(itself, comparer.levels(itself, settings), weights, settings).with_columns(
        repeats["first_mention"].alias("left"),
        repeats["mention_id"].alias("right"),
        pl.lit("same person").alias("decision"),
    )
    columns = list(PAIR_SCHEMA)
    return pl.concat([between.select(columns), again.select(columns)]).cast(PAIR_SCHEMA).sort("left", "right")
