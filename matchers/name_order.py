"""In which order a source writes names without a comma: `SMITH JOHN Q` or `John Q Smith`."""

from typing import Any

import polars as pl

from loaders.normalize import names

GIVEN_FIRST, FAMILY_FIRST, AUTO = "given_first", "family_first", "auto"

# Where too few names tell: registries and tax rolls sort by surname, people sign with the given name first.
USUAL: dict[str, str] = {
    "assessor": FAMILY_FIRST,
    "cases": GIVEN_FIRST,
    "dmv_registrations": FAMILY_FIRST,
    "lease_disclosures": GIVEN_FIRST,
    "university_addresses": GIVEN_FIRST,
    "utility_billing": FAMILY_FIRST,
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "assessor": ("owner_name",),
    "cases": ("owner_manager_name",),
    "dmv_registrations": ("owner_name", "co_owner_name"),
    "lease_disclosures": ("name",),
    "university_addresses": ("name",),
    "utility_billing": ("billing_name",),
}
ENOUGH_NAMES = 20  # telling names; with 20 votes a source of one order is decided beyond doubt
ONE_ORDER = 0.8  # at least so many telling names on one side; below it the file mixes and each name is read by itself
TELLING_BITS = 5.0  # a name tells when one order is 32 times likelier than the other
UNLISTED_SHARE = 1e-6


def orders_of(city: Any) -> dict[str, str]:
    """The order of every source: as `evidence.toml` says, else (`auto`) as the names show, else the usual one."""
    stated = city.settings.name_order
    return {
        source: detect(_texts(city, source), USUAL[source]) if stated.get(source, AUTO) == AUTO else stated[source]
        for source in COLUMNS
    }


def _texts(city: Any, source: str) -> pl.Series:
    frame = city.frame(source)
    return pl.concat([frame[column].drop_nulls().cast(pl.String) for column in COLUMNS[source]]).unique().sort()


def detect(texts: pl.Series, usual: str) -> str:
    """Order of a column of names: `given_first`, `family_first`, `auto` (mixed), or `usual` where names do not tell.

    Each distinct text of two or more words without a comma votes: the log2 ratio of (first word a given name, last
    a surname) to (first word a surname, second a given name), by the national name tables.
    """
    words = (
        texts.rename("text")
        .to_frame()
        .filter(~pl.col("text").str.contains(r"[,&/]|\band\b"))
        .select(
            pl.col("text").str.to_uppercase().str.replace_all(r"[^A-Z ]", "").str.extract_all(r"[A-Z]+").alias("words")
        )
        .with_columns(pl.col("words").list.filter(~pl.element().is_in(["JR", "SR", "II", "III", "IV"])).alias("words"))
        .filter(pl.col("words").list.len().is_between(2, 4))
        .select(
            pl.col("words").list.first().alias("first"),
            pl.col("words").list.get(1).alias("second"),
            pl.col("words").list.last().alias("last"),
        )
    )
    given, family = names.given_frequency(), names.surname_frequency()
    for word in ("first", "second", "last"):
        words = words.join(given.rename({"given": word, "share": f"{word}_given"}), on=word, how="left")
        words = words.join(family.rename({"family": word, "share": f"{word}_family"}), on=word, how="left")
    share = {
        name: pl.col(name).fill_null(UNLISTED_SHARE).log(2)
        for name in ("first_given", "last_family", "first_family", "second_given")
    }
    votes = words.select(
        (share["first_given"] + share["last_family"] - share["first_family"] - share["second_given"]).alias("bits")
    ).filter(pl.col("bits").abs() >= TELLING_BITS)["bits"]
    if len(votes) < ENOUGH_NAMES:
        return usual
    given_first = float((votes > 0).mean() or 0.0)
    if given_first >= ONE_ORDER:
        return GIVEN_FIRST
    return FAMILY_FIRST if given_first <= 1 - ONE_ORDER else AUTO
