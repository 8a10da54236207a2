"""Mentions -> persons: candidate pairs, match weights, constrained clusters, and how sure each membership is."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from loaders.memory import give_back
from loaders.side_by_side import Begun
from matchers.between_clusters import across_clusters, membership, possible_merges
from matchers.blocking import Proposed
from matchers.chance import content_order, draw_pairs, random_agreement
from matchers.clusters import CLUSTERED_BY, bounded_components, cluster, pairs_inside
from matchers.coded import Coded, Codes, Comparable, Floats, file_order
from matchers.comparer import Comparer
from matchers.counting import count_named
from matchers.expectation import fit
from matchers.judged import Judged
from matchers.links import PersonLinks
from matchers.mention_pairs import PairEnds
from matchers.parameters import parameters
from matchers.patterns import Patterns
from matchers.possible_pairs import Possible, pairs_of_grounds, pairs_of_sources
from matchers.profiles import Profiles, coded_profiles, in_order
from matchers.scored import Scored
from matchers.settings import DEFAULT, LinkSettings
from matchers.weights import Weights

__all__ = ["PersonLinks", "count_named", "link_persons"]


BODY = pl.coalesce(
    pl.concat_str(["given", "middle", "family", "suffix"], separator=" ", ignore_nulls=True).replace("", None),
    pl.col("raw_name").str.to_uppercase(),
)
"""What a company, trust or unreadable name is known by: mentions of one spelling are one body."""


@dataclass(frozen=True, slots=True)
class People:
    """What linkage works on: `mentions` by mention_id, the profiles of the persons among them, what compares two of
    these, and the profiles in an order of their own (`content_order`), which settles ties."""

    mentions: pl.DataFrame
    profiles: Profiles
    comparer: Comparer
    order: Codes

    @staticmethod
    def of(mentions: pl.DataFrame, settings: LinkSettings) -> "People":
        return People.with_profiles(*profiled(mentions, settings), settings)

    @staticmethod
    def with_profiles(mentions: pl.DataFrame, profiles: Profiles, settings: LinkSettings) -> "People":
        """mentions, profiles: `profiled`."""
        comparer = Comparer.of(profiles, settings)
        return People(mentions, replace(profiles, coded={}), comparer, content_order(comparer.people))


def profiled(mentions: pl.DataFrame, settings: LinkSettings) -> tuple[pl.DataFrame, Profiles]:
    """Mentions by mention_id, with all their columns, and the profiles of the persons among them."""
    mentions = in_order(with_optional_columns(mentions), "mention_id")
    return mentions, coded_profiles(mentions.lazy().filter(pl.col("kind") == "person"), settings)


def link_persons(
    mentions: pl.DataFrame, settings: LinkSettings = DEFAULT, judged: pl.DataFrame | None = None
) -> PersonLinks:
    """Link mentions (`matchers.mentions.build_mentions`) into persons and bodies. Deterministic; no row is lost.

    judged: pairs of mentions (`judged.JUDGED_SCHEMA`) that must be one person, or must not be.
    """
    mentions, profiles = profiled(mentions, settings)
    proposing = Begun(partial(Proposed.of, Comparable.of(profiles.table, profiles.coded), settings))
    proposing.begin()
    people = People.with_profiles(mentions, profiles, settings)
    del profiles
    proposed = proposing.take()
    give_back()
    skipped = proposed.skipped
    pairs, patterns = people.comparer.compared(proposed.parts(), settings)
    del proposed  # of a city's millions of pairs: what is not named any more is given back
    weights = fit_weights(people, patterns, settings)
    scored = Scored.of(pairs, patterns, weights, settings)
    decided = Judged.of(judged, people.profiles.of_mention, len(people.profiles.table))
    del pairs, patterns
    give_back()
    clusters, scored = clustered(people, scored, weights, settings, decided)
    kept, across = across_clusters(clusters, scored, settings, decided)
    del scored
    give_back()
    named = Named.of(people, clusters, across, settings)
    del across
    ends = PairEnds.of(people.profiles, people.comparer, kept, named.same, weights, settings, decided)
    learned = parameters(weights, people.comparer.source_names)
    del kept, people  # a hundred bytes a profile, and what a pair is told by is more than it was
    give_back()
    return _results(named, ends, learned, weights, skipped, settings, decided)


def clustered(
    people: People, scored: Scored, weights: Weights, settings: LinkSettings, decided: Judged
) -> tuple[Codes, Scored]:
    """The cluster of each profile; and the scored pairs with those that no rule proposed: of a component, or judged."""
    if not decided.pairs.is_empty():
        unseen = decided.unseen(scored.pairs)
        missed = people.comparer.patterns(unseen, settings)
        scored = scored.extended(Scored.of(unseen, missed, weights, settings))
    linking = scored.linking(settings)
    links = scored.where(linking.gather(scored.pairs["pattern"])).frame(["match_weight_bits"])
    labels = bounded_components(len(people.profiles.table), decided.linked(links), settings)
    missing = pairs_inside(labels, scored.pairs)
    missed = people.comparer.patterns(missing, settings)
    scored = scored.extended(Scored.of(missing, missed, weights, settings))
    told = decided.told(scored.where(scored.within(labels)).frame(CLUSTERED_BY))
    return cluster(labels, told, people.order, settings), scored


def fit_weights(people: People, patterns: Patterns, settings: LinkSettings) -> Weights:
    """Weights fitted to the patterns of all candidate pairs."""
    profiles, comparer = people.profiles, people.comparer
    random_levels = comparer.levels(draw_pairs(people.order, settings), settings)
    possible = Possible(
        by_ground=pairs_of_grounds(comparer.people, random_levels["address"], patterns.counted("address")),
        by_sources=pairs_of_sources(comparer.people.source.codes, comparer.source_pair),
        profiles=len(profiles.table),
    )
    return fit(patterns, random_agreement(random_levels, settings), possible, settings)


def name_persons(
    people: People,
    scored: Scored,
    clusters: Codes,
    weights: Weights,
    skipped: pl.DataFrame,
    settings: LinkSettings,
    decided: Judged,
) -> PersonLinks:
    """The result, once every profile has its cluster (number: its least profile).

    scored: at least the pairs of one cluster, those with a chance (`keep_pair_at_p`), and between two clusters that
    such a pair joins those that put something against it. decided: what people decided (`Judged.nothing`: no pair).
    """
    kept, across = across_clusters(clusters, scored, settings, decided)
    named = Named.of(people, clusters, across, settings)
    ends = PairEnds.of(people.profiles, people.comparer, kept, named.same, weights, settings, decided)
    learned = parameters(weights, people.comparer.source_names)
    return _results(named, ends, learned, weights, skipped, settings, decided)


@dataclass(frozen=True, slots=True)
class Named:
    """Mentions with their persons, persons who may be one after all, and of each pair whether it is of one cluster."""

    mentions: pl.DataFrame
    possible_merges: pl.DataFrame
    same: pl.Series

    @staticmethod
    def of(people: People, clusters: Codes, across: pl.DataFrame, settings: LinkSettings) -> "Named":
        """across: `across_clusters`."""
        mentions = _name_persons(people.mentions, people.profiles, clusters, membership(clusters, across))
        merges = possible_merges(mentions, people.profiles, across, settings.possible_at_p)
        return Named(mentions, merges, across["low"] == across["high"])


def _results(
    named: Named,
    ends: PairEnds,
    learned: pl.DataFrame,
    weights: Weights,
    skipped: pl.DataFrame,
    settings: LinkSettings,
    decided: Judged,
) -> PersonLinks:
    return PersonLinks(
        mentions=named.mentions,
        possible_merges=named.possible_merges,
        pairs=ends.told(settings),
        parameters=learned,
        skipped=skipped,
        weights=weights,
        judged=decided.pairs,
    )


def with_optional_columns(mentions: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in ("building_key", "zip") if name not in mentions.columns]
    return mentions.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)


def _name_persons(mentions: pl.DataFrame, profiles: Profiles, clusters: Codes, p_member: Floats) -> pl.DataFrame:
    """Number persons and bodies in order of first mention; a body is one spelling of one name."""
    is_person = (mentions["kind"] == "person").to_numpy()
    profile = profiles.of_mention["profile"].to_numpy()  # of the persons among the mentions, in their order
    entity = np.empty(len(mentions), dtype=np.int64)
    entity[is_person] = clusters[profile]
    bodies = Coded.of(mentions.filter(~is_person).select(BODY.alias("body")).to_series())
    entity[~is_person] = len(clusters) + np.where(bodies.codes < 0, len(bodies.values), bodies.codes)
    order = np.argsort(file_order(mentions).to_numpy(), kind="stable")
    first = np.full(len(clusters) + len(bodies.values) + 1, -1, dtype=np.int64)
    first[entity[order[::-1]]] = np.arange(len(order))[::-1]  # the earliest is written last and stays
    ids = pl.concat([_numbered("P", first[: len(clusters)]), _numbered("B", first[len(clusters) :])])
    known = pl.DataFrame({"profile": profile, "p_member": p_member[profile]})
    row = np.full(len(mentions), len(profile), dtype=np.int64)
    row[is_person] = np.arange(len(profile))
    nobody = pl.DataFrame({"profile": [None], "p_member": [1.0]}, schema=known.schema)
    return mentions.hstack(pl.concat([known, nobody])[row]).with_columns(ids.gather(entity).alias("person_id"))


def _numbered(letter: str, first: Codes) -> pl.Series:
    """Letter and number of each entity, from 1, by the place of its first mention; -1 marks one without mention."""
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(len(first)) + 1 - int((first < 0).sum())
    padded = pl.col("number").cast(pl.String).str.zfill(6)
    return pl.DataFrame({"number": number}).select(pl.format(letter + "{}", padded)).to_series()
