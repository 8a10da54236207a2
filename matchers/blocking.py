"""Proposes the pairs of mentions worth comparing: equality joins on columns, never a cross product.

Each rule is a set of columns that must agree. Its block sizes are bounded: a name that too many share says nothing
without a date or a place, and those pairs are proposed by the rules that ask for both. What is skipped is counted.
"""

from dataclasses import dataclass

import jellyfish
import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.normalize.text import words_only
from loaders.tables import table
from matchers.settings import LinkSettings

KEYS = (
    "place", "building_key", "zip", "family", "family_sound", "family_initial", "given_sound", "given_initial", "dob",
    "birth_year", "name_set", "words", "record_key", "number", "street", "initials",
)  # fmt: skip
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


def candidate_pairs(profiles: pl.DataFrame, settings: LinkSettings) -> Candidates:
    """Candidate pairs among profiles (columns as made by `matchers.persons.profiles_of`)."""
    named = _with_keys(profiles).select("profile", "given", *KEYS)
    roots = named.select("profile", "given").join(_given_roots(profiles["given"]), on="given", how="inner")
    keyed = _numbered(named)
    roots = _numbered(roots.drop("given")).join(keyed.drop("given"), on="profile", how="left")
    place, name = settings.max_place_block, settings.max_name_block
    jobs = [
        (keyed, Rule("same place", ("place",), place)),
        (keyed, Rule("same place, surname sound", ("place", "family_sound"), place)),
        (roots, Rule("same place, given name", ("place", "given_root"), place)),
        (keyed, Rule("same building, surname sound", ("building_key", "family_sound"), name)),
        (roots, Rule("same building, given name", ("building_key", "given_root"), name)),
        (keyed, Rule("surname sound, birth date", ("family_sound", "dob"), place)),
        (keyed, Rule("birth date, given initial", ("dob", "given_initial"), place)),
        (keyed, Rule("birth date, initials in either order", ("dob", "initials"), place)),
        (keyed, Rule("birth date, ZIP", ("dob", "zip"), name)),
        (keyed, Rule("birth date, surname initial", ("dob", "family_initial"), place)),
        (keyed, Rule("surname, given initial, birth year", ("family", "given_initial", "birth_year"), name)),
        (keyed, Rule("surname, given initial, ZIP", ("family", "given_initial", "zip"), name)),
        (roots, Rule("surname, given name or its short form", ("family", "given_root"), name)),
        (roots, Rule("surname sound, given name, ZIP", ("family_sound", "given_root", "zip"), name)),
        (keyed, Rule("surname sound, given name", ("family_sound", "given"), name)),
        (keyed, Rule("surname, given sound", ("family", "given_sound"), name)),
        (keyed, Rule("house number, given name, surname initial", ("number", "given", "family_initial"), name)),
        (keyed, Rule("house number, surname, given initial", ("number", "family", "given_initial"), name)),
        (keyed, Rule("street, given name, surname initial", ("street", "given", "family_initial"), name)),
        (keyed, Rule("names in either order", ("name_set",), name)),
        (keyed, Rule("same words", ("words",), name)),
        (keyed, Rule("same identifier", ("record_key",), place)),
    ]
    made = [_block(frame, rule) for frame, rule in jobs]
    pairs = pl.Series("pair", np.concatenate([pairs for pairs, _ in made])).unique().sort().to_frame()
    return Candidates(
        pairs=pairs.select(
            (pl.col("pair") // 2**32).cast(pl.UInt32).alias("left"),
            (pl.col("pair") % 2**32).cast(pl.UInt32).alias("right"),
        ),
        skipped=pl.DataFrame([skipped for _, skipped in made], schema=SKIPPED_SCHEMA, orient="row"),
    )


def _block(frame: pl.DataFrame, rule: Rule) -> tuple[npt.NDArray[np.uint64], tuple[str, int, int, float]]:
    """Pairs (left * 2^32 + right) of one rule, and what it left out: rule, blocks, profiles, pairs."""
    code = pl.lit(0, pl.UInt64)
    for column in rule.columns:  # frames hold keys as numbers below 2^21, so that three fit
        code = code * 2**21 + pl.col(column)
    keyed = frame.select("profile", code.alias("key")).drop_nulls().unique()
    keyed = keyed.with_columns(pl.len().over("key").alias("size")).filter(pl.col("size") > 1).sort("key", "profile")
    large = keyed.filter(pl.col("size") > rule.largest)
    left_out = (large["size"].cast(pl.Float64) - 1).sum() / 2
    skipped = (rule.name, large["key"].n_unique(), len(large), float(left_out))
    small = keyed.filter(pl.col("size") <= rule.largest)
    key, profile = small["key"].to_numpy(), small["profile"].to_numpy().astype(np.uint64)
    pairs = [np.array([], dtype=np.uint64)]
    at = np.arange(len(key))
    # neighbours at distance 1, 2, ... of the sorted keys: every pair of a block once
    for distance in range(1, rule.largest):
        at = at[at + distance < len(key)]
        at = at[key[at] == key[at + distance]]
        if not len(at):
            break
        pairs.append(profile[at] * np.uint64(2**32) + profile[at + distance])
    return np.concatenate(pairs), skipped


def _with_keys(profiles: pl.DataFrame) -> pl.DataFrame:
    given, family = pl.col("given"), pl.col("family")
    return (
        profiles.join(_sounds(profiles["family"], "family", "family_sound"), on="family", how="left")
        .join(_sounds(profiles["given"], "given", "given_sound"), on="given", how="left")
        .with_columns(
            given.str.head(1).alias("given_initial"),
            family.str.head(1).alias("family_initial"),
            pl.concat_str(
                pl.min_horizontal(given.str.head(1), family.str.head(1)),
                pl.max_horizontal(given.str.head(1), family.str.head(1)),
            ).alias("initials"),
            pl.col("dob").dt.year().alias("birth_year"),
            pl.when(given.is_not_null() & family.is_not_null())
            .then(pl.concat_str(pl.min_horizontal(given, family), pl.max_horizontal(given, family), separator="|"))
            .alias("name_set"),
        )
        .sort("profile")
    )


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Every key column as numbers of its distinct values (null stays null): equality is all that blocking asks."""
    keys = [name for name in frame.columns if name != "profile"]
    return frame.select("profile", *(pl.col(name).rank("dense").cast(pl.UInt64).alias(name) for name in keys))


def _sounds(column: pl.Series, value: str, sound: str) -> pl.DataFrame:
    """Soundex of each distinct value (letters only, blanks closed up)."""
    distinct = column.drop_nulls().unique().sort()
    codes = [jellyfish.soundex(text.replace(" ", "")) or None for text in distinct.to_list()]
    return pl.DataFrame({value: distinct, sound: pl.Series(codes, dtype=pl.String)})


def _given_roots(column: pl.Series) -> pl.DataFrame:
    """given, given_root: each given name with itself and with the formal names it may be short for."""
    distinct = pl.DataFrame({"given": column.drop_nulls().unique().sort()}).filter(pl.col("given").str.len_chars() > 1)
    formal = table("nicknames").select(
        words_only(pl.col("name2")).alias("given"), words_only(pl.col("name1")).alias("given_root")
    )
    itself = distinct.with_columns(pl.col("given").alias("given_root"))
    return pl.concat([itself, distinct.join(formal, on="given", how="inner").select("given", "given_root")]).unique()
