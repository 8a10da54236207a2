"""Mentions -> profiles: repeats of one source in the same words count once, and pairs are drawn among profiles.

A profile is one source's way of naming one person at one place (same source, names, birth date, place and
identifier). A city repeats itself a great deal (three services billed to one name), so this is where most of the
work is saved; every mention keeps its profile, and every pair of mentions its weight through it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.coded import Coded, Codes, combined, day_number, distinct
from matchers.settings import LinkSettings

KEY = ("source", "given", "middle", "family", "suffix", "dob", "place", "building_key", "zip", "record_key")
MADE_FROM = (
    "mention_id", "group_key", "source", "given", "middle", "family", "suffix", "dob", "dwelling_id", "p_dwelling",
    "address_key", "building_key", "zip", "record_key",
)  # fmt: skip
"""The columns of the mentions of persons that profiles are made from."""
_NUMBER = r"^\S*\d\S*"  # a first word with a digit, if others follow: `1201`, `12-101`, `1201A`


@dataclass(frozen=True, slots=True)
class Profiles:
    """`table`: profile (position), the KEY columns, mentions (count), first_mention, words (of the whole name, sorted;
    null where fewer than two), number and street (the building's house number and the rest).
    `of_mention`: mention_id, profile.

    `documents`: profile, group_key, each once: the papers a profile is written in. `coded`: the KEY columns of
    `table`, number and street as codes (`building_key` by the name `building`; birth dates as yyyymmdd).
    """

    table: pl.DataFrame
    of_mention: pl.DataFrame
    documents: pl.DataFrame
    coded: Mapping[str, Coded]

    def without_texts(self) -> "Profiles":
        """The same with the positions, counts and first mentions alone, for what compares codes."""
        return Profiles(self.table.select("profile", "mentions", "first_mention"), self.of_mention, self.documents, {})


def profiles_of(persons: pl.DataFrame, settings: LinkSettings) -> Profiles:
    """Profiles of a mention frame (MADE_FROM) that holds persons only.

    An improbable dwelling is no place (its building is).
    """
    near = pl.col("p_dwelling").fill_null(1.0) >= settings.place_at_p
    place = (
        pl.when(pl.col("dwelling_id").is_not_null() & near)
        .then(pl.col("dwelling_id"))
        .when(pl.col("dwelling_id").is_null() & pl.col("address_key").is_not_null())
        .then(pl.concat_str(pl.lit("elsewhere:"), "address_key", pl.col("zip").fill_null(""), separator=" "))
        .otherwise(None)
    )
    keyed = persons.with_columns(place.alias("place")).select("mention_id", "group_key", *KEY)
    keyed = in_order(keyed, "mention_id")
    coded = {name: Coded.of(keyed[name]) for name in KEY if name != "dob"}
    coded["dob"] = Coded.of(keyed.select(day_number("dob")).to_series())
    group, first = _groups([coded[name] for name in KEY])
    table = keyed[first].select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("profile"),
        *KEY,
        pl.Series("mentions", np.bincount(group, minlength=len(first)), dtype=pl.UInt32),
        pl.col("mention_id").alias("first_mention"),
    )
    coded = {name: Coded(column.codes[first], column.values) for name, column in coded.items()}
    coded["building"] = coded.pop("building_key")
    derived = _parts_of_buildings(coded["building"]) | {"words": _words(coded, table)}
    table = table.with_columns(derived[name].texts(name) for name in ("words", "number", "street"))
    coded |= derived
    of_mention = keyed.select("mention_id", pl.Series("profile", group, dtype=pl.UInt32), "group_key")
    documents = of_mention.select("profile", "group_key").drop_nulls().unique().sort("profile", "group_key")
    return Profiles(table, of_mention.select("mention_id", "profile"), documents, coded)


def _groups(columns: Sequence[Coded]) -> tuple[Codes, Codes]:
    """Per row the number of its group (rows with the same codes), numbered as they come, and each group's first row."""
    keys, group = distinct(combined([column.codes + 1 for column in columns]))
    first = np.empty(len(keys), dtype=np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]  # the earliest is written last and stays
    order = np.argsort(first)
    number = np.empty(len(keys), dtype=np.int64)
    number[order] = np.arange(len(keys))
    return number[group], first[order]


def _parts_of_buildings(building: Coded) -> dict[str, Coded]:
    """House number and the rest of each building, read once a building."""
    keys = pl.DataFrame({"key": pl.Series([*building.values, None], dtype=pl.String)})  # the last is that of code -1
    parts = keys.select(
        pl.col("key").str.extract(f"({_NUMBER}) ").alias("number"),
        pl.col("key").str.replace(f"{_NUMBER} ", "").alias("street"),
    )
    return {part.name: Coded.of(part).spread(building.codes) for part in parts}


def _words(coded: Mapping[str, Coded], table: pl.DataFrame) -> Coded:
    """Words of given, middle and family name of two letters or more, sorted; missing where under two.

    Read once for each distinct name.
    """
    parts = ("given", "middle", "family")
    keys, name = distinct(combined([coded[part].codes + 1 for part in parts]))
    row = np.empty(len(keys), dtype=np.int64)
    row[name] = np.arange(len(name))  # any profile of a name speaks for it
    names = table.select(parts)[row]
    blank = pl.any_horizontal(pl.col(part).str.contains(" ", literal=True) for part in parts).fill_null(False)
    given, middle, family = (pl.when(pl.col(part).str.len_chars() > 1).then(pl.col(part)) for part in parts)
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
    names = names.with_row_index("name")
    split = [
        names.filter(~blank).select("name", single.alias("words")),
        names.filter(blank).select("name", several.alias("words")),
    ]
    return Coded.of(pl.concat(split).sort("name")["words"]).spread(name)


def in_order(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """Sorted by `key`; as it is where it is sorted already, which costs a look instead of a sort of every column."""
    return frame if frame[key].is_sorted() else frame.sort(key)
