"""Proposes the pairs of mentions worth comparing: equality joins on columns, never a cross product.

Each rule is a set of columns that must agree. Its block sizes are bounded: a name that too many share says nothing
without a date or a place, and those pairs are proposed by the rules that ask for both. What is skipped is counted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import jellyfish
import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.normalize.text import words_only
from loaders.tables import table
from matchers.blocking_rules import FIRST, Rule, Skipped, rules_of, skipped_table
from matchers.coded import Coded, Codes, Comparable, Packed, combined
from matchers.settings import LinkSettings


@dataclass(frozen=True, slots=True)
class Candidates:
    """`pairs`: left < right (profile positions), sorted, each once. `skipped`: rule, blocks, profiles, pairs."""

    pairs: pl.DataFrame
    skipped: pl.DataFrame


def candidate_pairs(people: Comparable, settings: LinkSettings) -> Candidates:
    """Candidate pairs among profiles (`matchers.profiles.profiles_of`, coded)."""
    proposed = Proposed.of(people, settings)
    return Candidates(pl.concat(part() for part in proposed.parts()), proposed.skipped)


# Pairs proposed to a part, repeats included: some 100 MB while these are taken out. Smaller parts are more of them, and
# each looks through the blocks of all profiles.
PART = 4_000_000


@dataclass(frozen=True, slots=True)
class Proposed:
    """The pairs that the rules propose, made in parts: a city's, repeats included, are five times what is compared."""

    members: tuple[tuple[Packed, npt.NDArray[np.uint16]], ...]
    """Of each rule its blocks, one after another: profile, and how many of its block are left from this one on."""
    settled: tuple[npt.NDArray[np.int32], ...]  # of the rules of FIRST, which stand first: block of each profile
    profiles: int
    skipped: pl.DataFrame

    @staticmethod
    def of(people: Comparable, settings: LinkSettings) -> "Proposed":
        """people: coded profiles."""
        members: list[tuple[Packed, npt.NDArray[np.uint16]]] = []
        settled: list[npt.NDArray[np.int32]] = []
        skipped: dict[str, Skipped] = {}
        profiles = len(people.place.codes)
        for rule, blocks in blocks_by_rule(people, settings):
            members.append((blocks.profile.astype(np.uint32), blocks.after.astype(np.uint16)))
            skipped[rule.name] = blocks.skipped
            if rule.name in FIRST:
                settled.append(blocks.of_profile(profiles))
        return Proposed(tuple(members), tuple(settled), profiles, skipped_table(skipped, settings))

    def parts(self, most: int = PART) -> list[Callable[[], pl.DataFrame]]:
        """left < right: what makes the pairs in order, each once, cut between two values of left.

        most: so many pairs are in hand at a time, repeats included, but for those of one profile.
        """
        starts = self._starts(most)
        return [partial(self._part, *ends) for ends in zip(starts, [*starts[1:], self.profiles], strict=True)]

    def _part(self, start: int, end: int) -> pl.DataFrame:
        found = np.concatenate([np.empty(0, dtype=np.int64), *self._between(start, end)])
        pairs = pl.Series("pair", found).unique().sort().to_numpy()
        return pl.DataFrame({"left": (pairs >> 32).astype(np.uint32), "right": pairs.astype(np.uint32)})

    def _starts(self, most: int) -> list[int]:
        """The first profile of each part; at least one."""
        each = np.zeros(self.profiles, dtype=np.int64)
        for profile, after in self.members:
            each += np.bincount(profile, after - 1.0, self.profiles).astype(np.int64)
        part = np.cumsum(each) // most
        return [0, *(np.flatnonzero(np.diff(part)) + 1).tolist()]

    def _between(self, start: int, end: int) -> Iterator[Codes]:
        """left * 2^32 + right, rule by rule, where start <= left < end.

        What most rules propose once more is left out where it is cheap to see.
        """
        for number, (profile, after) in enumerate(self.members):
            # below `start` wraps round to beyond: one comparison for two
            here = np.flatnonzero(profile - np.uint32(start) < np.uint32(end - start))
            found = _pairs(profile, after, here)
            for block in self.settled[:number]:
                one = block.take(found >> 32, mode="clip")
                found = found[(one < 0) | (one != block.take(found & 0xFFFFFFFF, mode="clip"))]
            yield found


def _pairs(profile: npt.NDArray[np.integer], after: npt.NDArray[np.integer], at: npt.NDArray[np.intp]) -> Codes:
    """left * 2^32 + right: the members at these places, each with those of its block that follow.

    profile, after: as of `Blocks`.
    """
    distance, pairs = 1, [np.array([], dtype=np.int64)]
    # neighbours at distance 1, 2, ...
    while len(at := at[after[at] > distance]):
        pairs.append(profile[at].astype(np.int64) << 32 | profile[at + distance])
        distance += 1
    return np.concatenate(pairs)


def pairs_of_groups(group: npt.NDArray[np.integer]) -> Codes:
    """left * 2^32 + right, left < right: every pair of positions of one group; group -1 is none."""
    order = np.argsort(group, kind="stable")[int((group < 0).sum()) :]
    sizes = np.bincount(group[order])
    after = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(order))
    return _pairs(order, after, np.arange(len(order)))


def blocks_by_rule(people: Comparable, settings: LinkSettings) -> Iterator[tuple[Rule, "Blocks"]]:
    """Every rule with its blocks, those of FIRST at the beginning."""
    columns = _Columns.of(people)
    for rule in sorted(rules_of(settings), key=lambda rule: rule.name not in FIRST):
        yield rule, Blocks.of(columns, rule)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of one rule of two to `largest` profiles, one after another, profiles in order."""

    profile: Codes
    block: npt.NDArray[np.int32]
    after: Codes  # how many of its block are left from this one on
    skipped: Skipped

    @staticmethod
    def of(columns: "_Columns", rule: Rule) -> "Blocks":
        key, profile = columns.combined(rule.columns)
        bits = int(profile.max(initial=0)).bit_length()
        if int(key.max(initial=0)).bit_length() + bits > 63:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
        # key and profile in one number: sorting these is several times faster than sorting by two columns
        rows = pl.Series(key << bits | profile).sort().to_numpy()
        key = rows >> bits
        starts = np.flatnonzero(np.diff(key, prepend=-1))
        sizes = np.diff(starts, append=len(key))
        large = sizes > rule.largest
        pairs_left_out = float((sizes[large].astype(np.float64) * (sizes[large] - 1) / 2).sum())
        skipped = (rule.name, int(large.sum()), int(sizes[large].sum()), pairs_left_out)
        kept = (sizes > 1) & ~large
        profile, sizes = rows[np.repeat(kept, sizes)] & ((1 << bits) - 1), sizes[kept]
        return Blocks(
            profile=profile,
            block=np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
            after=np.repeat(np.cumsum(sizes), sizes) - np.arange(len(profile)),
            skipped=skipped,
        )

    def of_profile(self, profiles: int) -> npt.NDArray[np.int32]:
        """Number of the block of each profile (of a rule that puts it in one at most); -1 for none."""
        block = np.full(profiles, -1, dtype=np.int32)
        block[self.profile] = self.block
        return block


@dataclass(frozen=True, slots=True)
class _Columns:
    """What profiles are blocked by: a number per profile, equal where the values are; -1 where missing."""

    keys: Mapping[str, Codes]
    bearer: Codes  # profile, in order, once per given name that its own may stand for,
    given_root: Codes  # and that name

    @staticmethod
    def of(people: Comparable) -> "_Columns":
        return _Columns(_keys(people), *_given_roots(people.given))

    def combined(self, names: Sequence[str]) -> tuple[Codes, Codes]:
        """Key and profile, in order of profile, where all columns are known: one number for their values."""
        parts = [self.keys[name] for name in names if name != "given_root"]
        known = np.logical_and.reduce([part >= 0 for part in parts])
        if "given_root" not in names:
            profile = np.flatnonzero(known)
            return combined([part[profile] for part in parts]), profile
        rows = np.flatnonzero(known[self.bearer])
        profile = self.bearer[rows]
        return combined([*(part[profile] for part in parts), self.given_root[rows]]), profile


def _keys(people: Comparable) -> dict[str, Codes]:
    """What profiles are blocked by, as numbers that are equal where the values are; -1 where missing."""
    given, family = people.given, people.family
    first = {"given": _initials(given), "family": _initials(family)}
    names = np.unique(np.concatenate([given.values, family.values]).astype(str))
    one, other = (np.searchsorted(names, half.values.astype(str)).astype(np.int64) for half in (given, family))
    keys = {
        name: getattr(people, name).codes
        for name in ("place", "building", "zip", "family", "given", "dob", "words", "record_key", "number", "street")
    }
    return keys | {
        "given_initial": first["given"],
        "family_initial": first["family"],
        "initials": _unordered(first["given"], first["family"]),
        "name_set": _unordered(_spread(one, given), _spread(other, family)),
        "family_sound": _spread(_sounds(family), family),
        "given_sound": _spread(_sounds(given), given),
        "birth_year": _spread(people.dob.values.astype(np.int64) // 10000, people.dob),
    }


def _spread(of_value: Codes, column: Coded) -> Codes:
    """A number per distinct value -> per profile; -1 where the value is missing."""
    return np.append(of_value, -1)[column.codes]


def _unordered(a: Codes, b: Codes) -> Codes:
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.where(low >= 0, low * (int(high.max(initial=0)) + 1) + high, -1)


def _initials(column: Coded) -> Codes:
    return _spread(np.array([ord(value[0]) if value else -1 for value in column.values], dtype=np.int64), column)


def _sounds(column: Coded) -> Codes:
    """Sounds numbered; -1 where a value has none."""
    return Coded.of(sounds(column)).codes


def sounds(column: Coded) -> pl.Series:
    """Soundex of each distinct value (letters only, blanks closed up); null where it has none."""
    return pl.Series(
        "sound", [jellyfish.soundex(text.replace(" ", "")) or None for text in column.values], dtype=pl.String
    )


def _given_roots(given: Coded) -> tuple[Codes, Codes]:
    """Profile, in order, and number of a root: see `roots`."""
    rooted = roots(given)
    numbered = rooted.with_columns(pl.col("root").rank("dense").cast(pl.Int64).alias("number"))
    bearers = pl.DataFrame({"code": given.codes}).with_row_index("profile").filter(pl.col("code") >= 0)
    found = bearers.with_columns(pl.col("code").cast(pl.UInt32)).join(numbered, on="code").sort("profile", "number")
    return found["profile"].cast(pl.Int64).to_numpy(), found["number"].to_numpy()


def roots(given: Coded) -> pl.DataFrame:
    """code, root: each given name of two letters or more with itself and the formal names it may be short for."""
    values = pl.DataFrame({"given": pl.Series(given.values.tolist(), dtype=pl.String)}).with_row_index("code")
    values = values.filter(pl.col("given").str.len_chars() > 1)
    formal = table("nicknames").select(
        words_only(pl.col("name2")).alias("given"), words_only(pl.col("name1")).alias("root")
    )
    itself = values.select("code", pl.col("given").alias("root"))
    return pl.concat([itself, values.join(formal, on="given", how="inner").select("code", "root")]).unique()
