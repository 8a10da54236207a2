"""Proposes the pairs of mentions worth comparing: equality joins on columns, never a cross product.

Each rule is a set of columns that must agree. Its block sizes are bounded: a name that too many share says nothing
without a date or a place, and those pairs are proposed by the rules that ask for both. What is skipped is counted.
"""

from dataclasses import dataclass

import jellyfish
import polars as pl

from loaders.normalize.text import words_only
from loaders.tables import table
from matchers.comparison import sorted_words
from matchers.settings import LinkSettings


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
    keyed = _with_keys(profiles)
    roots = keyed.join(_given_roots(profiles["given"]), on="given", how="inner")
    place, name = settings.max_place_block, settings.max_name_block
    jobs = [
        (keyed, Rule("same place", ("place",), place)),
        (keyed, Rule("same place, surname sound", ("place", "family_sound"), place)),
        (roots, Rule("same place, given name", ("place", "given_root"), place)),
        (keyed, Rule("same building, surname sound", ("building_key", "family_sound"), name)),
        (roots, Rule("same building, given name", ("building_key", "given_root"), name)),
        (keyed, Rule("surname sound, birth date", ("family_sound", "dob"), place)),
        (keyed, Rule("birth date, given initial", ("dob", "given_initial"), place)),
        (keyed, Rule("birth date, surname initial", ("dob", "family_initial"), place)),
        (keyed, Rule("surname, given initial, birth year", ("family", "given_initial", "birth_year"), name)),
        (keyed, Rule("surname, given initial, ZIP", ("family", "given_initial", "zip"), name)),
        (roots, Rule("surname, given name or its short form", ("family", "given_root"), name)),
        (roots, Rule("surname sound, given name, ZIP", ("family_sound", "given_root", "zip"), name)),
        (keyed, Rule("surname sound, given name", ("family_sound", "given"), name)),
        (keyed, Rule("surname, given sound", ("family", "given_sound"), name)),
        (keyed, Rule("names in either order", ("name_set",), name)),
        (keyed, Rule("same words", ("words",), name)),
        (keyed, Rule("same identifier", ("record_key",), place)),
    ]
    made = [_block(frame, rule) for frame, rule in jobs]
    pairs = pl.concat([pairs for pairs, _ in made]).unique().sort("pair")
    return Candidates(
        pairs=pairs.select(
            (pl.col("pair") // 2**32).cast(pl.UInt32).alias("left"),
            (pl.col("pair") % 2**32).cast(pl.UInt32).alias("right"),
        ),
        skipped=pl.concat([skipped for _, skipped in made]),
    )


def _block(frame: pl.DataFrame, rule: Rule) -> tuple[pl.DataFrame, pl.DataFrame]:
    columns = list(rule.columns)
    keyed = frame.select("profile", *columns).drop_nulls().unique()
    sized = keyed.with_columns(pl.len().over(columns).alias("size")).filter(pl.col("size") > 1)
    large = sized.filter(pl.col("size") > rule.largest)
    skipped = large.select(
        pl.lit(rule.name).alias("rule"),
        pl.struct(columns).n_unique().cast(pl.UInt32).alias("blocks")
        if len(large)
        else pl.lit(0, pl.UInt32).alias("blocks"),
        pl.len().cast(pl.UInt32).alias("profiles"),
        ((pl.col("size").cast(pl.Float64) - 1) / 2).sum().alias("pairs"),
    )
    small = sized.filter(pl.col("size") <= rule.largest).drop("size")
    joined = small.join(small, on=columns, how="inner", suffix="_right").filter(
        pl.col("profile") < pl.col("profile_right")
    )
    pair = pl.col("profile").cast(pl.UInt64) * 2**32 + pl.col("profile_right").cast(pl.UInt64)
    return joined.select(pair.alias("pair")).unique(), skipped.head(1)


def _with_keys(profiles: pl.DataFrame) -> pl.DataFrame:
    given, family = pl.col("given"), pl.col("family")
    return (
        profiles.join(_sounds(profiles["family"], "family", "family_sound"), on="family", how="left")
        .join(_sounds(profiles["given"], "given", "given_sound"), on="given", how="left")
        .with_columns(
            given.str.head(1).alias("given_initial"),
            family.str.head(1).alias("family_initial"),
            pl.col("dob").dt.year().alias("birth_year"),
            pl.when(given.is_not_null() & family.is_not_null())
            .then(pl.concat_str(pl.min_horizontal(given, family), pl.max_horizontal(given, family), separator="|"))
            .alias("name_set"),
            sorted_words().alias("words"),
        )
        .sort("profile")
    )


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
