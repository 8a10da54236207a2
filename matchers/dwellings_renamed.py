"""Streets with an earlier name: a name that the master list lacks, and one list street with its numbers and people.

Where half the registers still write OLD STAGE RD for what the assessor calls MAGNOLIA RD, each house is two until
somebody says that the streets are one. A name that no list street is a slip of is compared with every list street:

- its house numbers: P(number | renamed) = 1 / (numbers of the list street), against a street of its own somewhere in
  the same range of numbers, so that a street built up at every number says nothing;
- that the two ranges meet at all, once: the share of list streets that reach the middle number;
- its people: the same person (two words of the name) written at the same number of both.

The alternatives are every list street and a street that the list does not have. Only a rename that is nearly certain
is taken; its doubt stays with every address read through it.
"""

from typing import Final

import polars as pl

from matchers.dwellings_settings import DwellingSettings
from matchers.dwellings_streets import LINE, MASTER_LINE, move_to_master, name_candidates
from matchers.dwellings_texts import CityFrames

RENAMED: Final = "renamed street"
# Source, name, address: who is written where.
_OCCUPANTS: Final = (
    ("dmv_registrations", "owner_name", "owner_address"),
    ("utility_billing", "billing_name", "service_address"),
    ("lease_disclosures", "name", "address"),
    ("university_addresses", "name", "address"),
    ("assessor", "owner_name", "situs_address"),
)
_DIGITS: Final = r"^(\d+)"


def read_renamed_streets(texts: pl.DataFrame, occupants: pl.LazyFrame, settings: DwellingSettings) -> pl.DataFrame:
    """`texts` with the list's street for an earlier name, `reread` set there, and `p_reread` (1 where nothing was).

    occupants: address_text, name; collected only for the texts in question.
    """
    places = texts.filter((pl.col("scope") == "in") & pl.col("street").is_not_null() & pl.col("number").is_not_null())
    numbered = places.select("text", "address_text", *LINE, house=pl.col("number").str.extract(_DIGITS).cast(pl.Int64))
    listed = numbered.join(places.filter("listed").select("text"), on="text", how="semi")
    lines = (
        listed.select(*LINE, "house").unique()
        .group_by(LINE).agg(numbers=pl.len(), low=pl.col("house").min(), high=pl.col("house").max())
        .sort(LINE, nulls_last=True).with_row_index("line")
    )  # fmt: skip
    strange = _strange(numbered, lines, settings)
    found = _likeliest(strange, listed, lines, occupants, settings) if not strange.is_empty() else None
    if found is None or found.is_empty():
        return texts.with_columns(p_reread=pl.lit(1.0))
    chosen = strange.select("text", "street").join(found, on="street")
    is_read = pl.col("p_renamed").is_not_null()
    return (
        move_to_master(texts, chosen.drop("street"))
        .with_columns(
            reread=pl.when(is_read).then(pl.lit(RENAMED)).otherwise("reread"),
            p_reread=pl.col("p_renamed").fill_null(1.0),
        )
        .drop("p_renamed")
    )


def occupants_of(city: CityFrames) -> pl.LazyFrame:
    """address_text, name of every row that names somebody at an address."""
    return pl.concat(
        city.frame(source)
        .lazy()
        .select(address_text=pl.col(address).cast(pl.String), name=pl.col(name).cast(pl.String))
        for source, name, address in _OCCUPANTS
    ).drop_nulls()


def _strange(numbered: pl.DataFrame, lines: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """Texts on streets whose name is neither in the list nor a slip of one there."""
    near = name_candidates(numbered["street"], lines["street"], settings)["street"]
    names = numbered.filter(~pl.col("street").is_in(near.unique().implode()))
    enough = names.group_by("street").agg(pl.col("house").n_unique()).filter(pl.col("house") >= settings.rename_numbers)
    return names.join(enough.select("street"), on="street", how="semi")


def _likeliest(
    strange: pl.DataFrame,
    listed: pl.DataFrame,
    lines: pl.DataFrame,
    occupants: pl.LazyFrame,
    settings: DwellingSettings,
) -> pl.DataFrame:
    """street, m_predir..m_postdir, p_renamed: the one list street that each name means, where that is clear."""
    houses = strange.select("street", "house").unique()
    on_line = lines.join(listed, on=LINE, nulls_equal=True).select("line", "house", "address_text")
    asked = houses.group_by("street").agg(asked=pl.len(), middle=pl.col("house").median())
    reached = (
        asked.join(lines.select("low", "high"), how="cross")
        .group_by("street")
        .agg(reach=((pl.col("low") <= pl.col("middle")) & (pl.col("high") >= pl.col("middle"))).sum())
    )
    hits = (
        houses.join(on_line.select("line", "house").unique(), on="house").group_by("street", "line").agg(hits=pl.len())
    )
    met = _met(strange, on_line, occupants)
    spread = (pl.col("high") - pl.col("low") + 1).cast(pl.Float64)
    number_bits = (spread / pl.col("numbers")).log(2.0)
    missed = pl.col("asked") - pl.col("hits")
    bits = (
        pl.col("hits") * (number_bits + pl.lit(1.0 - settings.rename_miss).log(2.0))
        + missed * pl.lit(settings.rename_miss).log(2.0)
        - (pl.col("reach").clip(1) / lines.height).log(2.0)
        + pl.col("met").fill_null(0).clip(0, settings.rename_people) * pl.lit(settings.rename_person_bits)
    )
    weighed = (
        hits.join(asked, on="street").join(reached, on="street").join(lines, on="line")
        .join(met, on=["street", "line"], how="left")
        .with_columns(weight=pl.lit(2.0).pow(bits.clip(-100.0, 100.0)) * settings.rename_prior / lines.height)
        .sort("street", "line")
    )  # fmt: skip
    total = 1.0 + pl.col("weight").sum().over("street")
    names = {"street_right": "m_street"} | {part: f"m_{part}" for part in LINE if part != "street"}
    return (
        weighed.with_columns(p_renamed=pl.col("weight") / total)
        .filter(pl.col("p_renamed") >= settings.rename_sure)
        .rename(names)
        .select("street", *MASTER_LINE, "p_renamed")
    )


def _met(strange: pl.DataFrame, on_line: pl.DataFrame, occupants: pl.LazyFrame) -> pl.DataFrame:
    """street, line, met: house numbers at which one person is written on both."""
    there = on_line.join(strange.select("house").unique(), on="house", how="semi")

    def said(frame: pl.DataFrame) -> pl.DataFrame:
        people = occupants.join(frame.lazy(), on="address_text").unique().collect()
        word = pl.col("name").str.to_uppercase().str.extract_all(r"[\p{L}]{2,}").list.unique().list.sort()
        words = people.select(pl.col("name").unique()).with_columns(word=word).explode("word")
        return people.join(words, on="name")

    both = said(strange.select("address_text", "street", "house")).join(
        said(there), on=["house", "word"], suffix="_there"
    )
    shared = both.group_by("street", "line", "house", "name", "name_there").agg(words=pl.col("word").n_unique())
    people = shared.filter(pl.col("words") >= 2)
    return people.group_by("street", "line").agg(met=pl.col("house").n_unique())
