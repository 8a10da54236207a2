"""Why two mentions are, or are not, one person: every comparison with its bits and the m and u behind them.

Pairs are scored with the weights that the linkage fitted, so that one which the run never compared is scored exactly
as the run would have done; `test_explain` holds every pair of a town against that.

A bit is log2(m / u). m is the chance of the level among pairs of one person; u is that among pairs of two persons who
bear these very names, so that u is smaller for a rare name than `usual_u`, the city's average.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from matchers.blocking import candidate_pairs
from matchers.chance import COMPARED
from matchers.clusters import CONTRARY_BITS, CONTRARY_FEATURES
from matchers.coded import Comparable
from matchers.comparer import Comparer
from matchers.comparison import LEVELS
from matchers.explain_words import against_words, constraint_words, level_words, mention_words
from matchers.links import PersonLinks
from matchers.profiles import Profiles, profiles_of
from matchers.scored import Scored
from matchers.settings import DEFAULT, LinkSettings

_ADDED = ("profile", "person_id", "p_member")  # columns that linkage added to the mentions
# What a mention could have agreed on to be compared: words, columns of a profile.
_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("the address", ("place", "building_key", "zip")),
    ("the surname", ("family",)),
    ("the given name", ("given",)),
    ("the birth date", ("dob",)),
    ("the identifier", ("record_key",)),
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """One comparison. bits = log2(m / u); m and u null for what is no comparison (prior, address, document)."""

    feature: str
    level: str | None
    words: str
    bits: float
    m: float | None = None
    u: float | None = None
    usual_u: float | None = None


@dataclass(frozen=True, slots=True)
class PairScore:
    """The contributions add up to `match_weight_bits`; p_match = 2^bits / (1 + 2^bits). `against_bits`: infinite
    where the two cannot be one person, else what is counted against joining their groups; `objections` in words.
    """

    left: int
    right: int
    left_words: str
    right_words: str
    contributions: tuple[Contribution, ...]
    match_weight_bits: float
    p_match: float
    against_bits: float
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Whether the run compared a pair. `rules`: blocking rules that propose it; `lacking`: (what would have had to
    agree, the rule that would then have proposed it). `kept`: the pair stands in `PersonLinks.pairs`.
    """

    kept: bool
    rules: tuple[str, ...] = ()
    block_too_large: bool = False
    lacking: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PairScorer:
    """Scores any two mentions of persons with the weights of a finished linkage."""

    links: PersonLinks
    profiles: Profiles
    profile_of: dict[int, int]
    comparer: Comparer
    settings: LinkSettings

    @staticmethod
    def of(links: PersonLinks, settings: LinkSettings = DEFAULT) -> "PairScorer":
        """Profiles and name frequencies once more, from the same names; the weights are those of `links`."""
        persons = links.mentions.filter(pl.col("kind") == "person").drop(_ADDED, strict=False)
        profiles = profiles_of(persons, settings)
        comparer = Comparer.of(profiles, settings)
        of_mention = dict(profiles.of_mention.select("mention_id", "profile").iter_rows())
        return PairScorer(links, profiles, of_mention, comparer, settings)

    def score(self, left: int, right: int) -> PairScore:
        """Two mention ids, both of kind person."""
        return self.score_many(pl.DataFrame({"left": [left], "right": [right]}))[0]

    def across(self, lefts: list[int], rights: list[int], most: int = 4000) -> list[PairScore]:
        """Scores across two lists of mentions, each profile once, likeliest first; at most `most` pairs are looked at.

        Two mentions of one profile (repeats in the same words) are a pair too, but not a mention and itself.
        """
        one, other = self._distinct(lefts), self._distinct(rights)
        pairs = list(dict.fromkeys((min(a, b), max(a, b)) for a in one for b in other if a != b))[:most]
        scores = self.score_many(pl.DataFrame(pairs, schema={"left": pl.UInt32, "right": pl.UInt32}, orient="row"))
        return sorted(scores, key=lambda s: (-s.match_weight_bits, s.left, s.right))

    def score_many(self, pairs: pl.DataFrame) -> list[PairScore]:
        """Score pairs (left, right: mention ids) in the order given."""
        numbered = pairs.select(
            pl.col(side).replace_strict(self.profile_of, return_dtype=pl.UInt32) for side in ("left", "right")
        )
        ordered = numbered.select(left=pl.min_horizontal("left", "right"), right=pl.max_horizontal("left", "right"))
        patterns = self.comparer.patterns(ordered, self.settings)
        scored = Scored.of(ordered, patterns, self.links.weights, self.settings)
        also = [column for column in patterns.table if column.name not in scored.patterns.columns]
        whole = scored.patterns.with_columns(also)[scored.pairs["pattern"]]
        ids = list(pairs.select("left", "right").iter_rows())
        said = self._mentions({mention for ends in ids for mention in ends})
        return [self._told(said[a], said[b], row) for (a, b), row in zip(ids, whole.iter_rows(named=True), strict=True)]

    def compared(self, left: int, right: int) -> Compared:
        """Whether the run compared the two, by which blocking rules, and which would have been needed."""
        a, b = sorted((self.profile_of[left], self.profile_of[right]))
        rules = self._rules(a, b)
        first = self.profiles.table["first_mention"]
        if a == b or _among(self.links.pairs, *sorted((first[a], first[b]))):
            return Compared(kept=True, rules=rules)
        if not rules:
            return Compared(kept=False, lacking=self._lacking(a, b))
        proposed = candidate_pairs(self.comparer.people, self.settings).pairs
        return Compared(kept=False, rules=rules, block_too_large=not _among(proposed, a, b))

    def judged_apart(self, left: int, right: int) -> bool:
        """Whether somebody decided that the two are two persons."""
        a, b = sorted((self.profile_of[left], self.profile_of[right]))
        return _among(self.links.judged.filter(~pl.col("same")), a, b)

    def _distinct(self, mentions: list[int]) -> list[int]:
        """One mention of each profile, lowest first."""
        seen: dict[int, int] = {}
        for mention in sorted(mentions):
            if mention in self.profile_of:
                seen.setdefault(self.profile_of[mention], mention)
        return sorted(seen.values())

    def _rules(self, a: int, b: int, alike: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Blocking rules that two profiles fulfil; `alike`: columns taken as if they agreed."""
        two = self.profiles.table.filter(pl.col("profile").is_in([a, b])).sort("profile")
        two = two.with_columns(pl.col(name).drop_nulls().first() for name in alike)
        if two.height < 2:
            return ()
        # with blocks of one at most, each rule on which the two agree reports a block that is too large
        tight = replace(self.settings, max_place_block=1, max_name_block=1)
        skipped = candidate_pairs(Comparable.of(two), tight).skipped
        return tuple(skipped.filter(pl.col("blocks") > 0)["rule"])

    def _lacking(self, a: int, b: int) -> tuple[tuple[str, str], ...]:
        found = []
        known = self.profiles.table.filter(pl.col("profile").is_in([a, b]))["record_key"].null_count() == 0
        for words, columns in _KEYS:
            if columns == ("record_key",) and not known:
                continue  # a source without numbers could not have agreed on one
            rules = self._rules(a, b, columns)
            if rules:
                found.append((words, rules[0]))
        return tuple(found)

    def _told(self, one: dict[str, Any], other: dict[str, Any], row: dict[str, Any]) -> PairScore:
        levels = {feature: names[row[feature]] for feature, names in LEVELS.items()}
        told = []
        for column, value in row.items():
            feature = column.removeprefix("bits_")
            if not column.startswith("bits_"):
                continue
            level = levels.get(feature)
            words = level_words(feature, level, one, other)
            m = u = usual = None
            if feature in COMPARED and level != "missing":
                m = float(self.links.weights.m[feature][row["sources"], row[feature]])
                u = float(m * 2.0**-value)
                usual = float(self.links.weights.u[feature][row["sources"], row["crowd"], row[feature]])
            told.append(Contribution(feature, level, words, float(value) + 0.0, m, u, usual))
        return PairScore(
            left=one["mention_id"],
            right=other["mention_id"],
            left_words=mention_words(one),
            right_words=mention_words(other),
            contributions=tuple(told),
            match_weight_bits=row["match_weight_bits"],
            p_match=row["p_match"],
            against_bits=row["against_bits"],
            objections=_objections(levels, row, one, other),
        )

    def mention(self, mention_id: int) -> dict[str, Any]:
        """The columns of one mention."""
        return self._mentions({mention_id})[mention_id]

    def _mentions(self, mention_ids: set[int]) -> dict[int, dict[str, Any]]:
        rows = self.links.mentions.filter(pl.col("mention_id").is_in(sorted(mention_ids)))
        return {row["mention_id"]: row for row in rows.iter_rows(named=True)}


def _among(pairs: pl.DataFrame, left: int, right: int) -> bool:
    return not pairs.filter((pl.col("left") == left) & (pl.col("right") == right)).is_empty()


def _objections(
    levels: dict[str, str], row: dict[str, Any], left: dict[str, Any], right: dict[str, Any]
) -> tuple[str, ...]:
    if row["against_bits"] == 0:
        return ()
    if np.isinf(row["against_bits"]):
        return constraint_words(levels, left, right) or ("what the two say cannot be true of one person",)
    weakest = [f for f in CONTRARY_FEATURES if row[f"bits_{f}"] <= CONTRARY_BITS]
    return (against_words(weakest or ["names"], row["against_bits"]),)
