"""Mentions -> persons: candidate pairs, match weights, constrained clusters, and how sure each membership is."""

import numpy as np
import polars as pl

from matchers.blocking import candidate_pairs
from matchers.chance import content_order, draw_pairs, random_agreement
from matchers.clusters import CLUSTERED_BY, bounded_components, cluster, pairs_inside
from matchers.coded import Codes
from matchers.comparer import Comparer
from matchers.counting import count_named
from matchers.expectation import fit
from matchers.links import BITS, DECISION, PAIR_SCHEMA, PersonLinks
from matchers.parameters import parameters
from matchers.patterns import Patterns
from matchers.possible_pairs import Possible, pairs_of_grounds, pairs_of_sources
from matchers.profiles import Profiles, in_order, profiles_of
from matchers.scored import Scored
from matchers.settings import DEFAULT, LinkSettings
from matchers.weights import Weights

__all__ = ["PersonLinks", "count_named", "link_persons"]


def link_persons(mentions: pl.DataFrame, settings: LinkSettings = DEFAULT) -> PersonLinks:
    """Link mentions (`matchers.mentions.build_mentions`) into persons and bodies. Deterministic; no row is lost."""
    mentions = in_order(_with_optional_columns(mentions), "mention_id")
    profiles = profiles_of(mentions.filter(pl.col("kind") == "person"), settings)
    comparer = Comparer.of(profiles, settings)
    candidates = candidate_pairs(profiles.table, settings, comparer.people)
    patterns = comparer.patterns(candidates.pairs, settings)
    order = content_order(comparer.people)
    weights = _fit(profiles, comparer, patterns, order, settings)
    scored = Scored.of(candidates.pairs, patterns, weights, settings)

    linking = (scored.patterns["p_match"] >= settings.link_at_p) & (scored.patterns["against_bits"] == 0)
    links = scored.where(linking.gather(scored.pairs["pattern"])).frame(["match_weight_bits"])
    labels = bounded_components(len(profiles.table), links, settings)
    missing = pairs_inside(labels, candidates.pairs)
    missed = comparer.patterns(missing, settings)
    scored = scored.extended(Scored.of(missing, missed, weights, settings))
    inside = labels[scored.pairs["left"].to_numpy()] == labels[scored.pairs["right"].to_numpy()]
    clusters = cluster(labels, scored.where(pl.Series(inside)).frame(CLUSTERED_BY), order, settings)

    across = _across(clusters, scored, settings)
    named = _name_persons(mentions, profiles, _membership(clusters, across))
    return PersonLinks(
        mentions=named,
        possible_merges=_possible_merges(named, profiles, across, settings.possible_at_p),
        pairs=_mention_pairs(profiles, comparer, scored, clusters, weights, settings),
        parameters=parameters(weights, comparer.source_names),
        skipped=candidates.skipped,
        weights=weights,
    )


def _with_optional_columns(mentions: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in ("building_key", "zip") if name not in mentions.columns]
    return mentions.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)


def _fit(profiles: Profiles, comparer: Comparer, patterns: Patterns, order: Codes, settings: LinkSettings) -> Weights:
    random_levels = comparer.levels(draw_pairs(order, settings), settings)
    possible = Possible(
        by_ground=pairs_of_grounds(comparer.people, random_levels["address"], patterns.expanded("address")),
        by_sources=pairs_of_sources(comparer.people.source.codes, comparer.source_pair),
        profiles=len(profiles.table),
    )
    return fit(patterns, random_agreement(random_levels, settings), possible, settings)


def _across(clusters: Codes, scored: Scored, settings: LinkSettings) -> pl.DataFrame:
    """Pairs with a chance, or of one cluster: left, right, low and high cluster, `net_bits`.

    Across clusters the bits are less the most that any pair between the two puts against them.
    """
    of = clusters.astype(np.uint32)
    sides = [pl.Series(of[scored.pairs[side].to_numpy()]) for side in ("left", "right")]
    same = sides[0] == sides[1]
    likely = (scored.patterns["p_match"] >= settings.keep_pair_at_p).gather(scored.pairs["pattern"])
    numbered = (
        scored.where(likely | same)
        .frame(["match_weight_bits"])
        .with_columns(_low_and_high([side.filter(likely | same) for side in sides]))
    )
    between = numbered.filter(pl.col("low") != pl.col("high")).select("low", "high").unique()
    disputed = (scored.patterns["against_bits"] > 0).gather(scored.pairs["pattern"]) & ~same
    against = (
        scored.where(disputed)
        .frame(["against_bits"])
        .select("against_bits", *_low_and_high([side.filter(disputed) for side in sides]))
        .join(between, on=["low", "high"], how="semi")
        .group_by("low", "high")
        .agg(pl.col("against_bits").max().alias("against"))
    )
    numbered = numbered.join(against, on=["low", "high"], how="left", maintain_order="left")
    return numbered.select(
        "left",
        "right",
        "low",
        "high",
        (pl.col("match_weight_bits") - pl.col("against").fill_null(0.0)).clip(-60, 60).alias("net_bits"),
    )


def _low_and_high(sides: list[pl.Series]) -> list[pl.Series]:
    frame = pl.DataFrame({"a": sides[0], "b": sides[1]})
    return frame.select(
        pl.min_horizontal("a", "b").alias("low"), pl.max_horizontal("a", "b").alias("high")
    ).get_columns()


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
    scored: Scored,
    clusters: Codes,
    weights: Weights,
    settings: LinkSettings,
) -> pl.DataFrame:
    """Pairs worth keeping, by mention: profile against profile, then each repeat against its profile's first."""
    pairs, p = scored.pairs, scored.column("p_match")
    same = pl.Series(clusters[pairs["left"].to_numpy()] == clusters[pairs["right"].to_numpy()])
    kept = same | (p >= settings.keep_pair_at_p)
    decision = (
        pl.when(pl.col("same"))
        .then(pl.lit("same person"))
        .when(pl.col("against_bits") > 0)
        .then(pl.lit("kept apart"))
        .when(pl.col("p_match") >= settings.possible_at_p)
        .then(pl.lit("possible"))
        .otherwise(pl.lit("different"))
        .alias("decision")
    )
    first = profiles.table["first_mention"]
    shown = scored.where(kept)
    between = _oriented(shown, first.gather(shown.pairs["left"]), first.gather(shown.pairs["right"]))
    between = between.with_columns(same.filter(kept).alias("same"), shown.column("against_bits")).with_columns(
        decision.cast(DECISION)
    )
    repeats = (
        profiles.of_mention.join(profiles.table.select("profile", "first_mention"), on="profile")
        .filter(pl.col("mention_id") != pl.col("first_mention"))
        .sort("mention_id")
    )
    itself = repeats.select(pl.col("profile").alias("left"), pl.col("profile").alias("right"))
    again = Scored.of(itself, comparer.patterns(itself, settings), weights, settings)
    repeated = _oriented(again, repeats["first_mention"], repeats["mention_id"]).with_columns(
        pl.lit("same person", DECISION).alias("decision")
    )
    columns = list(PAIR_SCHEMA)
    return pl.concat([between.select(columns), repeated.select(columns)]).sort("left", "right")


def _oriented(scored: Scored, one: pl.Series, other: pl.Series) -> pl.DataFrame:
    """left < right (mention_id), match_weight_bits, p_match and every bits column."""
    narrow = scored.patterns.with_columns(pl.col(BITS).cast(pl.Float32))
    ends = pl.DataFrame({"a": one, "b": other}).select(
        pl.min_horizontal("a", "b").alias("left"), pl.max_horizontal("a", "b").alias("right")
    )
    shown = ["match_weight_bits", "p_match", *BITS]
    return ends.with_columns(narrow[name].gather(scored.pairs["pattern"]) for name in shown)
