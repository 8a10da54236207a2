"""Proposes the pairs of mentions worth comparing: equality joins on columns, never a cross product.

Each rule is a set of columns that must agree. Its block sizes are bounded: a name that too many share says nothing
without a date or a place, and those pairs are proposed by the rules that ask for both. What is skipped is counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jellyfish
import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.normalize.text import words_only
from loaders.tables import table
from matchers.coded import Coded, Codes, Comparable
from matchers.settings import LinkSettings

SKIPPED_SCHEMA = {"rule": pl.String, "blocks": pl.UInt32, "profiles": pl.UInt32, "pairs": pl.Float64}


@dataclass(frozen=True, slots=True)
class Rule:
    """Profiles that agree on all of `columns` are compared, unless more than `largest` of them do."""

    name: str
    columns: tuple[str, ...]
    largest: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """`pairs`: left < right (profile positions), sorted, each once. `skipped`: rule, blocks, profiles, pairs."""

    pairs: pl.DataFrame
    skipped: pl.DataFrame


def candidate_pairs(profiles: pl.DataFrame, settings: LinkSettings, people: Comparable | None = None) -> Candidates:
    """Candidate pairs among profiles (`matchers.profiles.profiles_of`; `people`: the same, coded, where at hand)."""
    people = people or Comparable.of(profiles)
    every = np.arange(len(profiles), dtype=np.int64)
    keys = _keys(people)
    bearer, root = _given_roots(people.given)
    rooted = {name: codes[bearer] for name, codes in keys.items()} | {"given_root": root}
    place, name = settings.max_place_block, settings.max_name_block
    whole, roots = (every, keys), (bearer, rooted)
    jobs = [
        (whole, Rule("same place", ("place",), place)),
        (whole, Rule("same place, surname sound", ("place", "family_sound"), place)),
        (roots, Rule("same place, given name", ("place", "given_root"), place)),
        (whole, Rule("same building, surname sound", ("building", "family_sound"), name)),
        (roots, Rule("same building, given name", ("building", "given_root"), name)),
        (whole, Rule("surname sound, birth date", ("family_sound", "dob"), place)),
        (whole, Rule("birth date, given initial", ("dob", "given_initial"), place)),
        (whole, Rule("birth date, initials in either order", ("dob", "initials"), place)),
        (whole, Rule("birth date, ZIP", ("dob", "zip"), name)),
        (whole, Rule("birth date, surname initial", ("dob", "family_initial"), place)),
        (whole, Rule("surname, given initial, birth year", ("family", "given_initial", "birth_year"), name)),
        (whole, Rule("surname, given initial, ZIP", ("family", "given_initial", "zip"), name)),
        (roots, Rule("surname, given name or its short form", ("family", "given_root"), name)),
        (roots, Rule("surname sound, given name, ZIP", ("family_sound", "given_root", "zip"), name)),
        (whole, Rule("surname sound, given name", ("family_sound", "given"), name)),
        (whole, Rule("surname, given sound", ("family", "given_sound"), name)),
        (whole, Rule("house number, given name, surname initial", ("number", "given", "family_initial"), name)),
        (whole, Rule("house number, surname, given initial", ("number", "family", "given_initial"), name)),
        (whole, Rule("house number, initials in either order, ZIP", ("number", "initials", "zip"), name)),
        (whole, Rule("street, given name, surname initial", ("street", "given", "family_initial"), name)),
        (whole, Rule("street, initials in either order, ZIP", ("street", "initials", "zip"), name)),
        (whole, Rule("names in either order", ("name_set",), name)),
        (whole, Rule("same words", ("words",), name)),
        (whole, Rule("same identifier", ("record_key",), place)),
    ]
    made = [_block(profile, coded, rule) for (profile, coded), rule in jobs]
    pairs = pl.Series("pair", np.concatenate([pairs for pairs, _ in made])).unique().sort().to_frame()
    return Candidates(
        pairs=pairs.select(
            (pl.col("pair") // 2**32).cast(pl.UInt32).alias("left"),
            (pl.col("pair") % 2**32).cast(pl.UInt32).alias("right"),
        ),
        skipped=pl.DataFrame([skipped for _, skipped in made], schema=SKIPPED_SCHEMA, orient="row"),
    )


def _block(
    profile: Codes, keys: Mapping[str, Codes], rule: Rule
) -> tuple[npt.NDArray[np.uint64], tuple[str, int, int, float]]:
    """Pairs (left * 2^32 + right) of one rule, and what it left out: rule, blocks, profiles, pairs."""
    key, known = _combined([keys[column] for column in rule.columns])
    key, profile = key[known], profile[known]
    order = np.lexsort((profile, key))
    key, profile = key[order], profile[order]
    first = np.ones(len(key), dtype=np.bool_)
    first[1:] = (key[1:] != key[:-1]) | (profile[1:] != profile[:-1])  # a profile once a block
    key, profile = key[first], profile[first]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    sizes = np.diff(starts, append=len(key))
    large = sizes > rule.largest
    left_out = float((sizes[large].astype(np.float64) * (sizes[large] - 1) / 2).sum())
    skipped = (rule.name, int(large.sum()), int(sizes[large].sum()), left_out)
    small = np.repeat((sizes > 1) & ~large, sizes)
    key, ends = key[small], profile[small].astype(np.uint64)
    pairs = [np.array([], dtype=np.uint64)]
    at = np.arange(len(key))
    # neighbours at distance 1, 2, ... of the sorted keys: every pair of a block once
    for distance in range(1, rule.largest):
        at = at[at + distance < len(key)]
        at = at[key[at] == key[at + distance]]
        if not len(at):
            break
        pairs.append(ends[at] * np.uint64(2**32) + ends[at + distance])
    return np.concatenate(pairs), skipped


def _combined(columns: Sequence[Codes]) -> tuple[Codes, npt.NDArray[np.bool_]]:
    """One number for the values of several columns, and where all of them are known."""
    key = columns[0]
    known = key >= 0
    for codes in columns[1:]:
        known &= codes >= 0
        width = int(codes.max(initial=0)) + 1
        if int(key.max(initial=0)) * width >= 2**62:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
        key = key * width + codes
    return key, known


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
        "birth_year": np.where(
            people.dob.codes >= 0, people.dob.numbers(np.arange(len(people.dob.codes))) // 10000, -1
        ),
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
    """Soundex of each distinct value (letters only, blanks closed up), numbered; -1 where it has none."""
    codes = pl.Series([jellyfish.soundex(text.replace(" ", "")) or None for text in column.values], dtype=pl.String)
    return Coded.of(codes.rename("sound")).codes


def _given_roots(given: Coded) -> tuple[Codes, Codes]:
    """Profile and root: each given name of two letters or more with itself and the formal names it may be short for."""
    values = pl.DataFrame({"given": pl.Series(given.values.tolist(), dtype=pl.String)}).with_row_index("code")
    values = values.filter(pl.col("given").str.len_chars() > 1)
    formal = table("nicknames").select(
        words_only(pl.col("name2")).alias("given"), words_only(pl.col("name1")).alias("root")
    )
    itself = values.select("code", pl.col("given").alias("root"))
    rooted = pl.concat([itself, values.join(formal, on="given", how="inner").select("code", "root")]).unique()
    numbered = rooted.with_columns(pl.col("root").rank("dense").cast(pl.Int64).alias("number"))
    bearers = pl.DataFrame({"code": given.codes}).with_row_index("profile").filter(pl.col("code") >= 0)
    found = bearers.with_columns(pl.col("code").cast(pl.UInt32)).join(numbered, on="code").sort("profile", "number")
    return found["profile"].cast(pl.Int64).to_numpy(), found["number"].to_numpy()
