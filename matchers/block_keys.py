"""The columns that profiles are blocked by as numbers that hold from run to run: the kept blocks of a new profile.

`blocking` numbers the values of the profiles at hand; these are hashes of the values themselves. Two values of one
hash (one in four thousand million) put a pair too many in front of the comparison, which reads the values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.blocking import pairs_of_groups, roots, sounds
from matchers.blocking_rules import Rule, rules_of
from matchers.coded import Coded, Codes, Comparable, Mask
from matchers.settings import LinkSettings

Hashes = npt.NDArray[np.uint64]
_PLAIN: Final = ("place", "building", "zip", "family", "given", "dob", "words", "record_key", "number", "street")
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_HALF: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class BlockKeys:
    """`columns`: per profile a UInt32 for each column that rules ask for, 0 where it is missing. `roots`: profile and
    root, in order of profile: a row for each given name that its own may stand for.
    """

    columns: pl.DataFrame
    roots: pl.DataFrame

    @staticmethod
    def of(people: Comparable) -> "BlockKeys":
        """The keys of coded profiles."""
        found = {name: _spread(_hashed(getattr(people, name)), getattr(people, name)) for name in _PLAIN}
        first = {name: _initials(getattr(people, name)) for name in ("given", "family")}
        years = Coded(people.dob.codes, people.dob.values // 10000)
        found |= {
            "given_initial": first["given"],
            "family_initial": first["family"],
            "initials": _unordered(first["given"], first["family"]),
            "name_set": _unordered(found["given"], found["family"]),
            "family_sound": _spread(_numbers(sounds(people.family)), people.family),
            "given_sound": _spread(_numbers(sounds(people.given)), people.given),
            "birth_year": _spread(_hashed(years), years),
        }
        rooted = roots(people.given).sort("code", "root")
        bearers = pl.DataFrame({"code": people.given.codes}).with_row_index("profile").filter(pl.col("code") >= 0)
        bearers = bearers.with_columns(pl.col("code").cast(pl.UInt32)).join(rooted, on="code")
        table = bearers.sort("profile", "root").select(
            "profile", root=pl.Series(_numbers(bearers.sort("profile", "root")["root"]))
        )
        return BlockKeys(pl.DataFrame(found), table)

    def by_rule(self, settings: LinkSettings, like: "BlockKeys | None" = None) -> Iterator[tuple[Rule, Hashes, Codes]]:
        """Every rule, with the key and number of each profile that has all of its columns.

        like: only of profiles whose every column has a value that occurs there, as have all that share its blocks.
        """
        columns = {name: self.columns[name].to_numpy() for name in self.columns.columns}
        told = {name: _told(self.columns[name], None if like is None else like.columns[name]) for name in columns}
        bearer, root = self.roots["profile"].to_numpy().astype(np.int64), self.roots["root"].to_numpy()
        root_told = _told(self.roots["root"], None if like is None else like.roots["root"])
        for rule in rules_of(settings):
            names = [name for name in rule.columns if name != "given_root"]
            if "given_root" in rule.columns:
                rows = np.flatnonzero(np.logical_and.reduce([root_told, *(told[name][bearer] for name in names)]))
                profile = bearer[rows]
                parts = [*(columns[name][profile] for name in names), root[rows]]
            else:
                profile = np.flatnonzero(np.logical_and.reduce([told[name] for name in names]))
                parts = [columns[name][profile] for name in names]
            key = np.zeros(len(profile), dtype=np.uint64)
            for part in parts:
                key = (key ^ part.astype(np.uint64)) * _MIX
                key ^= key >> np.uint64(29)
            yield rule, key, profile


def crowded(keys: BlockKeys, settings: LinkSettings) -> pl.DataFrame:
    """rule, key: the blocks that are too large for their rule."""
    parts = []
    for rule, key, _ in keys.by_rule(settings):
        counts = pl.Series("key", key).value_counts().filter(pl.col("count") > rule.largest)
        parts.append(counts.select(pl.lit(rule.name).alias("rule"), "key"))
    return pl.concat(parts).sort("rule", "key")


def beside(new: BlockKeys, kept: BlockKeys, settings: LinkSettings) -> tuple[pl.Series, pl.DataFrame]:
    """Numbers of the kept profiles that a rule puts beside a new one; and rule, key of the blocks that the new profiles
    are in and that are too large for it."""
    found, large = [], []
    alike = kept.by_rule(settings, like=new)
    for (rule, key, _), (_, kept_key, kept_profile) in zip(new.by_rule(settings), alike, strict=True):
        mine = pl.Series("key", key)
        near = pl.Series(kept_key).is_in(mine.unique().implode()).to_numpy()
        theirs = pl.DataFrame({"key": kept_key[near], "kept": kept_profile[near]})
        sizes = pl.concat([mine, theirs["key"]]).value_counts().filter(pl.col("count") > rule.largest)
        large.append(sizes.select(pl.lit(rule.name).alias("rule"), "key"))
        found.append(theirs.join(sizes, on="key", how="anti")["kept"])
    return pl.concat(found).unique().sort(), pl.concat(large)


def among(keys: BlockKeys, too_large: pl.DataFrame, settings: LinkSettings) -> pl.DataFrame:
    """left < right: the pairs that rules propose among these profiles, but of no block `too_large` (rule, key)."""
    found = [np.empty(0, dtype=np.int64)]
    skipped = too_large.partition_by("rule", as_dict=True)
    for rule, key, profile in keys.by_rule(settings):
        held = np.ones(len(key), dtype=np.bool_)
        if (rule.name,) in skipped:
            held = ~pl.Series(key).is_in(skipped[rule.name,]["key"].implode()).to_numpy()
        group = np.unique(key[held], return_inverse=True)[1]
        places = pairs_of_groups(group)
        mine = profile[held]
        one, other = mine[places >> 32], mine[places & 0xFFFFFFFF]
        found.append(np.minimum(one, other) << 32 | np.maximum(one, other))
    pairs = np.unique(np.concatenate(found))
    pairs = pairs[(pairs >> 32) != (pairs & 0xFFFFFFFF)]
    return pl.DataFrame({"left": (pairs >> 32).astype(np.uint32), "right": pairs.astype(np.uint32)})


def _told(column: pl.Series, among: pl.Series | None) -> Mask:
    """Where a column is not missing, and what it has occurs `among` others."""
    told = column > 0
    return (told if among is None else told & column.is_in(among.unique().implode())).to_numpy()


def _numbers(texts: pl.Series) -> npt.NDArray[np.uint32]:
    """A hash of each, never 0; 0 where missing."""
    hashes = texts.cast(pl.String).hash().to_numpy()
    return np.where(texts.is_null().to_numpy(), 0, np.maximum(hashes & _HALF, 1)).astype(np.uint32)


def _hashed(column: Coded) -> npt.NDArray[np.uint32]:
    return _numbers(pl.Series([str(value) for value in column.values], dtype=pl.String))


def _spread(of_value: npt.NDArray[np.uint32], column: Coded) -> npt.NDArray[np.uint32]:
    """A number per distinct value -> per profile; 0 where the value is missing."""
    return np.append(of_value, np.uint32(0))[column.codes]


def _initials(column: Coded) -> npt.NDArray[np.uint32]:
    letters = pl.Series([str(value)[:1] or None for value in column.values], dtype=pl.String)
    return _spread(_numbers(letters), column)


def _unordered(a: npt.NDArray[np.uint32], b: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    low, high = np.minimum(a, b).astype(np.uint64), np.maximum(a, b).astype(np.uint64)
    mixed = ((low * _MIX) ^ high) * _MIX >> np.uint64(32)
    return np.where(low > 0, np.maximum(mixed, 1), 0).astype(np.uint32)
