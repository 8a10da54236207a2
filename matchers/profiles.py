"""Mentions -> profiles: repeats of one source in the same words count once, and pairs are drawn among profiles.

A profile is one source's way of naming one person at one place (same source, names, birth date, place and
identifier). A city repeats itself a great deal (three services billed to one name), so this is where most of the
work is saved; every mention keeps its profile, and every pair of mentions its weight through it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from matchers.coded import Coded, Codes, combined, day_number, distinct
from matchers.settings import LinkSettings

KEY = ("source", "given", "middle", "family", "suffix", "dob", "place", "building_key", "zip", "record_key")
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


def profiles_of(persons: pl.DataFrame, settings: LinkSettings) -> Profiles:
    """Profiles of the mentions of persons (`matchers.mentions.SCHEMA`)."""
    persons = in_order(persons, "mention_id")
    profiles = coded_profiles(persons.lazy(), settings)
    row = persons["mention_id"].search_sorted(profiles.table["first_mention"])
    texts = persons[row].select(*(_place(settings) if name == "place" else name for name in KEY))
    derived = [profiles.coded[name].texts(name) for name in ("words", "number", "street")]
    return replace(profiles, table=profiles.table.hstack(texts).with_columns(derived))


def coded_profiles(persons: pl.LazyFrame, settings: LinkSettings) -> Profiles:
    """The same of mentions in order of mention_id, with the columns as codes alone: `table` without the KEY columns.

    Column by column, so that no copy of the mentions is made.
    """

    def column(expression: pl.Expr) -> pl.Series:
        return persons.select(expression).collect().to_series()

    made = {"place": _place(settings), "dob": day_number("dob")}
    coded = {name: Coded.of(column(made.get(name, pl.col(name)))) for name in KEY}
    group, first = _groups([coded[name] for name in KEY])
    mention = column(pl.col("mention_id"))
    table = pl.DataFrame(
        {
            "profile": pl.int_range(len(first), dtype=pl.UInt32, eager=True),
            "mentions": pl.Series(np.bincount(group, minlength=len(first)), dtype=pl.UInt32),
            "first_mention": mention.gather(first),
        }
    )
    coded = {name: coded.pop(name).spread(first) for name in list(coded)}
    coded["building"] = coded.pop("building_key")
    coded |= _parts_of_buildings(coded["building"]) | {"words": _words(coded)}
    of_mention = pl.DataFrame({"mention_id": mention, "profile": pl.Series(group, dtype=pl.UInt32)})
    documents = of_mention.select("profile").with_columns(column(pl.col("group_key")))
    documents = documents.drop_nulls().unique().sort("profile", "group_key")
    return Profiles(table, of_mention, documents, coded)


def _place(settings: LinkSettings) -> pl.Expr:
    """The dwelling; an improbable one is no place (its building is). Outside the city, the address."""
    near = pl.col("p_dwelling").fill_null(1.0) >= settings.place_at_p
    place = (
        pl.when(pl.col("dwelling_id").is_not_null() & near)
        .then(pl.col("dwelling_id"))
        .when(pl.col("dwelling_id").is_null() & pl.col("address_key").is_not_null())
        .then(pl.concat_str(pl.lit("elsewhere:"), "address_key", pl.col("zip").fill_null(""), separator=" "))
        .otherwise(None)
    )
    return place.alias("place")


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


def _words(coded: Mapping[str, Coded]) -> Coded:
    """Words of given, middle and family name of two letters or more, sorted; missing where under two.

    Read once for each distinct name.
    """
    parts = ("given", "middle", "family")
    keys, name = distinct(combined([coded[part].codes + 1 for part in parts]))
    row = np.empty(len(keys), dtype=np.int64)
    row[name] = np.arange(len(name))  # any profile of a name speaks for it
    names = pl.DataFrame([coded[part].spread(row).texts(part) for part in parts])
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
