"""Public name tables as look-ups: nicknames, and how common a surname or a given name is in the United States.

Sources: tables/nicknames.csv, tables/surnames.csv (census 2000), tables/first_names_*.csv (births 1950 to 2007).
"""

from functools import cache

import polars as pl

from loaders.normalize.text import words_only
from loaders.tables import table

_COHORTS = ("first_names_1950_1980", "first_names_1984_1990", "first_names_2001_2007")

# How many times commoner as one kind of name than as the other before a word is said to lean that way. Two-surname
# names are told from middle names, where a wrong split costs more, so that choice asks for more.
_LEANS, _PLAINLY = 3.0, 20.0


@cache
def nickname_pairs() -> pl.DataFrame:
    """`name_a, name_b`: distinct pairs of a given name and its nickname, upper case A-Z, in both orders, sorted."""
    one_way = table("nicknames").select(
        words_only(pl.col("name1")).alias("name_a"), words_only(pl.col("name2")).alias("name_b")
    )
    both = pl.concat([one_way, one_way.select(name_a="name_b", name_b="name_a")])
    return (
        both.filter((pl.col("name_a") != pl.col("name_b")) & (pl.col("name_a") != "") & (pl.col("name_b") != ""))
        .unique()
        .sort("name_a", "name_b")
    )


def _shares(counts: pl.DataFrame, name: str) -> pl.DataFrame:
    counts = counts.group_by(name).agg(pl.col("count").cast(pl.Int64).sum()).filter(pl.col(name) != "")
    return counts.select(name, share=pl.col("count") / pl.col("count").sum()).sort(
        "share", name, descending=[True, False]
    )


@cache
def surname_frequency() -> pl.DataFrame:
    """`family, share`: share of people in the table who bear the surname, commonest first; the shares sum to 1."""
    return _shares(table("surnames").select(words_only(pl.col("surname")).alias("family"), "count"), "family")


@cache
def given_frequency() -> pl.DataFrame:
    """`given, share`: share of births with the given name, both sexes, commonest first; the shares sum to 1."""
    births = [
        table(cohort).select(words_only(pl.col("first_name")).alias("given"), count="births") for cohort in _COHORTS
    ]
    return _shares(pl.concat(births), "given")


@cache
def given_sexes() -> pl.DataFrame:
    """`given, male`: share of the births with the given name that were boys, sorted by name."""
    births = pl.concat(
        [
            table(cohort).select(
                words_only(pl.col("first_name")).alias("given"), "sex", pl.col("births").cast(pl.Int64)
            )
            for cohort in _COHORTS
        ]
    )
    boys = pl.col("births").filter(pl.col("sex") == "M").sum()
    return births.group_by("given").agg(male=boys / pl.col("births").sum()).filter(pl.col("given") != "").sort("given")


@cache
def word_leanings() -> pl.DataFrame:
    """`word, lean`: `G` plainly a given name, `g` more given than family, `f` more family, `F` plainly family,
    `S` never given in the tables.

    Words that are about as common in both uses, or that are in neither table, are left out.
    """
    both = (
        surname_frequency()
        .rename({"family": "word", "share": "f"})
        .join(given_frequency().rename({"given": "word", "share": "g"}), on="word", how="full", coalesce=True)
        .with_columns(pl.col("f", "g").fill_null(0.0))
    )
    f, g = pl.col("f"), pl.col("g")
    lean = (
        pl.when(g == 0)
        .then(pl.lit("S"))
        .when(g >= _PLAINLY * f)
        .then(pl.lit("G"))
        .when(g >= _LEANS * f)
        .then(pl.lit("g"))
        .when(f >= _PLAINLY * g)
        .then(pl.lit("F"))
        .when(f >= _LEANS * g)
        .then(pl.lit("f"))
    )
    return both.select("word", lean=lean).drop_nulls().sort("word")


# The leanings that say given name, and family name; the pairs of `plainly` are the second and third of each.
LEANS_GIVEN, LEANS_FAMILY, PLAINLY_FAMILY = ("g", "G"), ("f", "F", "S"), ("F", "S")


@cache
def leaning_of() -> dict[str, str]:
    """The rows of `word_leanings` as a dictionary."""
    return dict(word_leanings().iter_rows())


@cache
def surname_shares() -> dict[str, float]:
    """The rows of `surname_frequency` as a dictionary."""
    return dict(surname_frequency().iter_rows())


@cache
def given_words() -> frozenset[str]:
    """Every word known as a given name or a nickname."""
    return frozenset(given_frequency()["given"]) | frozenset(nickname_pairs()["name_a"])


def lean_of(word: str) -> str | None:
    """How a word leans (`word_leanings`); a hyphenated word leans as its halves do where they agree."""
    lean = leaning_of()
    if "-" not in word:
        return lean.get(word)
    halves = {lean.get(half) for half in word.split("-")}
    if all(half in LEANS_FAMILY for half in halves):
        return "f"
    return "g" if all(half in LEANS_GIVEN for half in halves) else None


def is_known(word: str) -> bool:
    """Whether a word is in the surname or the given-name tables at all."""
    return word in surname_shares() or word in given_words()
