"""Mentions -> profiles: repeats of one source in the same words count once, and pairs are drawn among profiles.

A profile is one source's way of naming one person at one place (same source, names, birth date, place and
identifier). A city repeats itself a great deal (three services billed to one name), so this is where most of the
work is saved; every mention keeps its profile, and every pair of mentions its weight through it.
"""

from dataclasses import dataclass

import polars as pl

from matchers.settings import LinkSettings

KEY = ("source", "given", "middle", "family", "suffix", "dob", "place", "building_key", "zip", "record_key")
_NUMBER = r"^\S*\d\S*"  # a first word with a digit, if others follow: `1201`, `12-101`, `1201A`


@dataclass(frozen=True, slots=True)
class Profiles:
    """`table`: profile (position), the KEY columns, mentions (count), first_mention, words (of the whole name, sorted;
    null where fewer than two), number and street (the building's house number and the rest).
    `of_mention`: mention_id, profile.

    `documents`: profile, group_key, each once: the papers a profile is written in.
    """

    table: pl.DataFrame
    of_mention: pl.DataFrame
    documents: pl.DataFrame


def profiles_of(persons: pl.DataFrame, settings: LinkSettings) -> Profiles:
    """Profiles of a mention frame that holds persons only. An improbable dwelling is no place (its building is)."""
    near = pl.col("p_dwelling").fill_null(1.0) >= settings.place_at_p
    place = (
        pl.when(pl.col("dwelling_id").is_not_null() & near)
        .then(pl.col("dwelling_id"))
        .when(pl.col("dwelling_id").is_null() & pl.col("address_key").is_not_null())
        .then(pl.concat_str(pl.lit("elsewhere:"), "address_key", pl.col("zip").fill_null(""), separator=" "))
        .otherwise(None)
    )
    keyed = persons.with_columns(place.alias("place"))
    table = _with_words(
        keyed.group_by(KEY)
        .agg(pl.len().alias("mentions"), pl.col("mention_id").min().alias("first_mention"))
        .sort("first_mention")
        .with_row_index("profile")
    ).with_columns(
        pl.col("building_key").str.extract(f"({_NUMBER}) ").alias("number"),
        pl.col("building_key").str.replace(f"{_NUMBER} ", "").alias("street"),
    )
    of_mention = (
        keyed.join(table, on=list(KEY), how="left", nulls_equal=True)
        .select("mention_id", "profile", "group_key")
        .sort("mention_id")
    )
    documents = of_mention.select("profile", "group_key").drop_nulls().unique().sort("profile", "group_key")
    return Profiles(table, of_mention.select("mention_id", "profile"), documents)


def _with_words(table: pl.DataFrame) -> pl.DataFrame:
    """Add `words`: those of given, middle and family name of two letters or more, sorted; null where under two."""
    parts = ("given", "middle", "family")
    blank = pl.any_horizontal(pl.col(name).str.contains(" ", literal=True) for name in parts).fill_null(False)
    given, middle, family = (pl.when(pl.col(name).str.len_chars() > 1).then(pl.col(name)) for name in parts)
    least, most = pl.min_horizontal(given, family), pl.max_horizontal(given, family)
    between = pl.max_horizontal(least, pl.min_horizontal(most, middle))
    three = pl.concat_str(pl.min_horizontal(least, middle), between, pl.max_horizontal(most, middle), separator=" ")
    two = pl.concat_str(least, most, separator=" ")
    single = pl.when(given.is_not_null() & family.is_not_null()).then(
        pl.when(middle.is_not_null()).then(three).otherwise(two)
    )
    # names of more words go through lists, which are slow, and are few
    words = pl.concat_str(list(parts), separator=" ", ignore_nulls=True).str.split(" ")
    words = words.list.filter(pl.element().str.len_chars() > 1).list.sort()
    several = pl.when(words.list.len() > 1).then(words.list.join(" "))
    split = [
        table.filter(~blank).with_columns(single.alias("words")),
        table.filter(blank).with_columns(several.alias("words")),
    ]
    return pl.concat(split).sort("profile")
