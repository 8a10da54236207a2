"""New mentions -> the persons of a city that is linked already: only the persons that they touch are settled again.

A new profile is compared with all whom a blocking rule puts beside it, by the weights, name shares and block sizes of
the city as it was linked (`PersonIndex`). The persons that it may be, those at its place, and whoever links may join to
these, are clustered again from all pairs among them. Whoever may be one with them keeps their person, but has the
probabilities worked out again. All others are as they were, and every person keeps their number.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from matchers.between_clusters import across_clusters, membership, possible_merges
from matchers.block_keys import BlockKeys, among, beside
from matchers.chance import content_order
from matchers.clusters import pairs_inside
from matchers.coded import Codes, Comparable, Mask
from matchers.judged import Judged
from matchers.mention_pairs import PairEnds
from matchers.person_index import PersonIndex, RowsOf, held_comparer, named, number_of
from matchers.persons import BODY, People, clustered, with_optional_columns
from matchers.profiles import coded_profiles
from matchers.scored import Scored
from matchers.settings import DEFAULT, LinkSettings
from matchers.weights import Weights

MOST_PERSONS = 20_000  # of a part that is settled again: beyond it the whole is as quick
MOST_ROUNDS = 8  # in which the part may grow


@dataclass(frozen=True, slots=True)
class Joined:
    """What takes the place of kept rows. mentions, pairs, possible_merges: rows as in `PersonLinks`, in place of the
    mentions `replaced`, of the pairs with an end in `settled` and of the merges of `persons`."""

    mentions: pl.DataFrame
    pairs: pl.DataFrame
    possible_merges: pl.DataFrame
    replaced: pl.Series
    settled: pl.Series
    persons: pl.Series


@dataclass(frozen=True, slots=True)
class Kept:
    """The linkage to join: `links` (of `PersonLinks`) and `index` by their rows, what the index says without its
    frames, the fitted weights, and the judged pairs of profiles."""

    links: RowsOf
    index: RowsOf
    facts: PersonIndex
    weights: Weights
    judged: pl.DataFrame
    settings: LinkSettings = DEFAULT


def join_mentions(kept: Kept, gone: pl.DataFrame, new: pl.DataFrame) -> Joined | None:
    """Link `new` mentions (`mentions.SCHEMA`, numbered beyond those kept) in place of those that are `gone`
    (mention_id, kind, person_id).

    None where it cannot be done from a part: a source that the weights do not know, or a part without end.
    """
    persons = new.filter(pl.col("kind") == "person")
    if not set(persons["source"]) <= set(kept.facts.sources):
        return None
    rows, ids = kept.links.rows("mentions"), gone["mention_id"]
    theirs = gone.filter(pl.col("kind") == "person")["person_id"].unique()
    leaving = rows.where("person_id", theirs).filter(pl.col("mention_id").is_in(ids.implode()))
    near = _Near.of(kept, pl.concat([persons, leaving.select(persons.columns)]))
    likely = _likely(kept, near, ids, persons)
    settled = pl.concat([theirs, near.at_place]).unique()
    for _ in range(MOST_ROUNDS):
        settled = _neighbours(kept, settled, kept.settings.link_at_p, again=True)
        around = _neighbours(kept, pl.concat([settled, likely]), 0.0)
        beyond = _neighbours(kept, around, 0.0)
        if len(beyond) > MOST_PERSONS:
            return None
        part = _Part.of(kept, near, _rows(kept, beyond, ids), persons)
        clusters, scored = part.clustered(kept)
        strangers = part.strangers(clusters, settled)
        if strangers.is_empty():
            found = part.named(kept, clusters, scored, settled, around)
            bodies = _bodies(kept, new.filter(pl.col("kind") != "person"))
            return replace(
                found,
                mentions=pl.concat([found.mentions, bodies]).sort("mention_id"),
                replaced=pl.concat([found.replaced, ids]).unique().sort(),
                settled=pl.concat([found.settled, ids]).unique().sort(),
            )
        settled = pl.concat([settled, strangers]).unique()
    return None


def _neighbours(kept: Kept, persons: pl.Series, least: float, *, again: bool = False) -> pl.Series:
    """These persons and those whom a kept pair of at least this probability joins to them; again: and so on."""
    numbers = persons.to_frame("person").select(number_of("person")).to_series().unique()
    while True:
        found = kept.index.rows("neighbours").where("person", numbers).filter(pl.col("p") >= least)
        more = pl.concat([numbers, found["other"]]).unique()
        if not again or len(more) == len(numbers) or len(more) > MOST_PERSONS:
            return named("P", more.sort())
        numbers = more


def _rows(kept: Kept, persons: pl.Series, gone: pl.Series) -> pl.DataFrame:
    """The mentions of these persons that stay."""
    return kept.links.rows("mentions").where("person_id", persons).filter(~pl.col("mention_id").is_in(gone.implode()))


@dataclass(frozen=True, slots=True)
class _Near:
    """Whom changed mentions are near. places: those whose profiles change; at_place: persons there; beside: persons
    whom a rule puts beside a changed profile; too_large: rule, key of the blocks that propose nothing."""

    places: pl.Series
    at_place: pl.Series
    beside: pl.Series
    too_large: pl.DataFrame

    @staticmethod
    def of(kept: Kept, changed: pl.DataFrame) -> "_Near":
        profiles = coded_profiles(with_optional_columns(changed).lazy(), kept.settings)
        people = Comparable.of(profiles.table, profiles.coded)
        keys = BlockKeys.of(people)
        theirs = BlockKeys(*(kept.index.rows(name).whole() for name in ("columns", "roots")))
        profile, too_large = beside(keys, theirs, kept.settings)
        person = kept.index.rows("profiles").whole()["person"]
        places = keys.columns["place"].unique()
        here = theirs.columns["place"].is_in(places.filter(places > 0).implode())
        return _Near(
            places=pl.Series(people.place.values.tolist(), dtype=pl.String),
            at_place=named("P", person.filter(here).unique()),
            beside=named("P", person.gather(profile).unique()),
            too_large=pl.concat([kept.index.rows("crowded").whole(), too_large]),
        )


def _likely(kept: Kept, near: _Near, gone: pl.Series, new: pl.DataFrame) -> pl.Series:
    """The persons who may be one with somebody new."""
    part = _Part.of(kept, near, _rows(kept, near.beside, gone), new)
    pairs = part.proposed
    strange = part.person.is_null().to_numpy()
    asked = strange[pairs["left"].to_numpy()] | strange[pairs["right"].to_numpy()]
    scored = part.scored(kept, pairs.filter(pl.Series(asked, dtype=pl.Boolean)))
    likely = scored.where(scored.column("p_match") >= kept.settings.keep_pair_at_p).pairs
    return part.person.gather(pl.concat([likely["left"], likely["right"]]).unique()).drop_nulls().unique()


@dataclass(frozen=True, slots=True)
class _Part:
    """Some kept persons and what is new. person, number: of each profile, as kept; null for a new one."""

    people: People
    person: pl.Series
    number: pl.Series
    proposed: pl.DataFrame

    @staticmethod
    def of(kept: Kept, near: _Near, rows: pl.DataFrame, new: pl.DataFrame) -> "_Part":
        mentions = pl.concat([rows, new], how="diagonal").sort("mention_id")
        profiles = coded_profiles(with_optional_columns(mentions).lazy(), kept.settings)
        comparer = held_comparer(profiles, kept.index, kept.facts, near.places, kept.settings)
        known = (
            profiles.of_mention.rename({"profile": "of"})
            .with_columns(mentions.select("person_id", "profile"))
            .group_by("of")
            .agg(pl.col("person_id", "profile").drop_nulls().first())
            .sort("of")
        )
        pairs = among(BlockKeys.of(comparer.people), near.too_large, kept.settings)
        people = People(mentions, replace(profiles, coded={}), comparer, content_order(comparer.people))
        return _Part(people, known["person_id"], known["profile"], pairs)

    def scored(self, kept: Kept, pairs: pl.DataFrame) -> Scored:
        """Pairs of these profiles, weighed."""
        patterns = self.people.comparer.patterns(pairs, kept.settings)
        return Scored.of(pairs, patterns, kept.weights, kept.settings)

    def decided(self, kept: Kept) -> Judged:
        """What was judged of two of these profiles."""
        known = pl.DataFrame({"kept": self.number}).with_row_index("profile").drop_nulls()
        number = dict(known.select("kept", "profile").iter_rows())
        ends = kept.judged.with_columns(
            pl.col(side).replace_strict(number, default=None, return_dtype=pl.UInt32) for side in ("left", "right")
        ).drop_nulls()
        low, high = pl.min_horizontal("left", "right"), pl.max_horizontal("left", "right")
        return Judged.over(ends.select(left=low, right=high, same="same").sort("left", "right"), len(self.person))

    def clustered(self, kept: Kept) -> tuple[Codes, Scored]:
        """Clusters of all profiles of this part, and the scored pairs."""
        scored = self.scored(kept, self.proposed)
        return clustered(self.people, scored, kept.weights, kept.settings, self.decided(kept))

    def strangers(self, clusters: Codes, settled: pl.Series) -> pl.Series:
        """Persons who are not being settled, but whose profiles fell to somebody who is."""
        inside = self._inside(settled)
        reached = np.isin(clusters, clusters[inside]) & ~inside
        return self.person.filter(pl.Series(reached, dtype=pl.Boolean)).unique()

    def _inside(self, settled: pl.Series) -> Mask:
        return (self.person.is_null() | self.person.is_in(settled.implode()).fill_null(True)).to_numpy()

    def named(self, kept: Kept, clusters: Codes, scored: Scored, settled: pl.Series, around: pl.Series) -> Joined:
        """The result: persons who are settled as clustered, all others as they were."""
        inside, settings, decided = self._inside(settled), kept.settings, self.decided(kept)
        first = (
            pl.DataFrame({"person": self.person})
            .with_row_index("profile")
            .group_by("person")
            .agg(pl.col("profile").min())
        )
        least = dict(first.iter_rows())
        as_kept = np.array([least[person] for person in self.person.to_list()], dtype=np.int64)
        clusters = np.where(inside, clusters, as_kept)
        missing = pairs_inside(clusters, scored.pairs)
        scored = scored.extended(self.scored(kept, missing))
        worth, across = across_clusters(clusters, scored, settings, decided)
        persons = self._persons(kept, clusters)
        profile = self.people.profiles.of_mention["profile"]
        new = self.number.is_null().to_numpy()
        number = pl.Series(np.where(new, kept.facts.numbered + np.cumsum(new), self.number.fill_null(0).to_numpy()))
        p_member = pl.Series(membership(clusters, across))
        mentions = self.people.mentions.with_columns(
            profile=number.gather(profile).cast(pl.UInt32),
            p_member=p_member.gather(profile),
            person_id=persons.gather(profile),
        )
        mended = pl.concat([around, persons.filter(pl.Series(inside))]).unique()
        ours = mentions.filter(pl.col("person_id").is_in(mended.implode()))
        core = mentions.filter(pl.Series(inside).gather(profile))["mention_id"]
        same = across["low"] == across["high"]
        of = self.people
        ends = PairEnds.of(of.profiles, of.comparer, worth, same, kept.weights, settings, decided)
        pairs = ends.told(settings)
        merges = possible_merges(mentions, self.people.profiles, across, settings.possible_at_p)
        return Joined(
            mentions=ours,
            pairs=pairs.filter(pl.any_horizontal(pl.col("left", "right").is_in(core.implode()))),
            possible_merges=merges.filter(
                pl.any_horizontal(pl.col("person_id", "other_person_id").is_in(mended.implode()))
            ),
            replaced=ours["mention_id"],
            settled=core,
            persons=mended,
        )

    def _persons(self, kept: Kept, clusters: Codes) -> pl.Series:
        """The person of each profile: each cluster takes the kept person of most of its mentions; the rest are new."""
        profile = self.people.profiles.of_mention["profile"]
        held = pl.DataFrame({"cluster": clusters[profile.to_numpy()], "person": self.person.gather(profile)})
        claims = held.drop_nulls().group_by("cluster", "person").len()
        claims = claims.sort("len", "person", "cluster", descending=[True, False, False])
        taken: dict[int, str] = {}
        for cluster, person in claims.select("cluster", "person").iter_rows():
            if cluster not in taken and person not in taken.values():
                taken[cluster] = person
        nameless = held["cluster"].unique(maintain_order=True)  # by their first mention
        nameless = nameless.filter(~nameless.is_in(list(taken)))
        fresh = named("P", pl.int_range(1, len(nameless) + 1, eager=True) + kept.facts.persons)
        taken |= dict(zip(nameless.to_list(), fresh.to_list(), strict=True))
        return pl.Series([taken[cluster] for cluster in clusters.tolist()], dtype=pl.String)


def _bodies(kept: Kept, new: pl.DataFrame) -> pl.DataFrame:
    """New mentions of companies and unreadable names: a body of that spelling, or one more."""
    spelt = new.select(body=BODY)
    known = kept.index.rows("spellings").where("body", spelt["body"])
    found = spelt.join(known, on="body", how="left", maintain_order="left")
    strange = found.filter(pl.col("person_id").is_null()).unique("body", maintain_order=True).select("body")
    numbers = pl.int_range(1, len(strange) + 1, eager=True) + kept.facts.bodies
    found = found.join(
        strange.with_columns(fresh=named("B", numbers)), on="body", how="left", maintain_order="left", nulls_equal=True
    )
    person = found.select(pl.coalesce("person_id", "fresh")).to_series().alias("person_id")
    return new.with_columns(profile=pl.lit(None, pl.UInt32), p_member=pl.lit(1.0), person_id=person)
