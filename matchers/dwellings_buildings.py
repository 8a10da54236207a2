"""Which building a written address means: exact keys first, then what the error model makes of the rest."""

from typing import Final

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from matchers.dwellings_settings import DwellingSettings
from matchers.dwellings_streets import LINE, MASTER_LINE, street_candidates

_PLACE: Final = ("number", "fraction", *LINE)


def master_buildings(texts: pl.DataFrame) -> pl.DataFrame:
    """One row per building of the texts that are `listed`: building_key, locality, parts, zip, city, state.

    One key with two ZIP codes (or, without ZIP codes, two cities) is two buildings. A text without a ZIP code
    belongs to the only one there is, or takes the one that the other sources write most.
    """
    places = texts.select("text", "building_key", *_PLACE, "zip", "city", "state", "scope", "listed")
    places = places.filter(pl.col("building_key").is_not_null())
    own = places.filter("listed").sort("building_key", "text")
    unsaid = own.filter(pl.any_horizontal(pl.col("zip", "city", "state").is_null())).select("building_key").unique()
    usual = (
        places.filter(pl.col("scope") == "in")
        .join(unsaid, on="building_key", how="semi")
        .group_by("building_key")
        .agg(
            usual_zip=pl.col("zip").drop_nulls().mode().sort().first(),
            usual_city=pl.col("city").drop_nulls().mode().sort().first(),
            usual_state=pl.col("state").drop_nulls().mode().sort().first(),
        )
    )
    only = (
        own.drop_nulls("zip")
        .group_by("building_key")
        .agg(only_zip=pl.when(pl.col("zip").n_unique() == 1).then(pl.col("zip").first()))
    )
    return (
        own.join(only, on="building_key", how="left", maintain_order="left")
        .join(usual, on="building_key", how="left", maintain_order="left")
        .with_columns(zip=pl.coalesce("zip", "only_zip", "usual_zip"))
        .with_columns(locality=pl.coalesce("zip", "city", pl.lit("")))
        .group_by("building_key", "locality", maintain_order=True)
        .agg(
            *(pl.col(part).first() for part in _PLACE),
            pl.col("zip").first(),
            pl.coalesce(pl.col("city").drop_nulls().first(), pl.col("usual_city").first()).alias("city"),
            pl.coalesce(pl.col("state").drop_nulls().first(), pl.col("usual_state").first()).alias("state"),
        )
        .sort("building_key", "locality")
        .with_row_index("building")
    )


def exact_buildings(texts: pl.DataFrame, master: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """text, building, weight, method, edits of the texts whose building key the master has."""
    asked = texts.select("text", "building_key", "zip", "city", "reread", "scope")
    found = asked.filter(pl.col("scope").is_in(["in", "maybe"])).join(
        master.select("building", "building_key", master_zip="zip", master_city="city"), on="building_key", how="inner"
    )
    zip_differs = (pl.col("zip") != pl.col("master_zip")).fill_null(False)
    city_differs = (pl.col("city") != pl.col("master_city")).fill_null(False)
    return found.select(
        "text",
        "building",
        weight=pl.when(zip_differs).then(settings.zip_wrong).otherwise(1.0)
        * pl.when(city_differs).then(settings.zip_wrong).otherwise(1.0),
        method=pl.coalesce("reread", pl.when(zip_differs).then(pl.lit("zip ignored")).otherwise(pl.lit("exact"))),
        edits=zip_differs.cast(pl.UInt8) + pl.col("reread").is_not_null().cast(pl.UInt8),
    )


def near_buildings(keys: pl.DataFrame, master: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """key, building, weight, method, edits: what the keys (key, parts, zip, mentions) that the master lacks may mean.

    `weight` is P(this writing | the building was meant), per mention; repeated slips count `slip_repeats` each.
    """
    if keys.is_empty() or master.is_empty():
        return pl.DataFrame(schema=_NEAR)
    lines = street_candidates(keys.select(LINE), master.select(LINE), settings)
    left = keys.select("key", *_PLACE, "zip", "mentions").with_columns(_digits())
    right = master.select(
        "building", *(pl.col(c).alias(f"m_{c}") for c in LINE), m_number="number", m_fraction="fraction", m_zip="zip"
    ).with_columns(_digits("m_number", "m_digits"))
    # A part of the keys at a time: what bounds the memory of a million texts.
    return pl.concat(_near(part, lines, right, settings) for part in left.iter_slices(_KEYS_AT_ONCE))


_KEYS_AT_ONCE: Final = 100_000


def _near(left: pl.DataFrame, lines: pl.DataFrame, right: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """The answer of `near_buildings` for some of the keys. lines: see `street_candidates`; right: the buildings."""
    by_line = left.join(lines, on=LINE, how="inner", nulls_equal=True)
    same_number = by_line.join(
        right, left_on=[*MASTER_LINE, "digits"], right_on=[*MASTER_LINE, "m_digits"], how="inner", nulls_equal=True
    ).with_columns(_letters(settings), number_method=pl.lit(None, pl.String))
    same_line = by_line.filter(pl.col("line_edits") == 0)
    near_number = _near_numbers(same_line, right, settings)
    ranges = _ranges(same_line, right, settings)
    shared = ["key", "mentions", "building", "zip", "m_zip", "line_weight", "line_method", "line_edits", "random_slip"]
    both = pl.concat(
        [
            frame.select(*shared, "number_weight", "number_method", "number_edits")
            for frame in (same_number, near_number, ranges)
        ]
    )
    zip_differs = (pl.col("zip") != pl.col("m_zip")).fill_null(False)
    repeats = pl.lit(settings.slip_repeats).pow(pl.col("mentions") - 1.0)
    # Who writes a range of numbers writes it again.
    is_slip = pl.col("random_slip") | pl.col("number_method").is_in(["transposed number", "nearest number"])
    return (
        both.with_columns(
            weight=pl.col("line_weight")
            * pl.col("number_weight")
            * pl.when(zip_differs).then(settings.zip_wrong).otherwise(1.0)
            * pl.when(is_slip).then(repeats).otherwise(1.0),
            method=pl.coalesce("number_method", "line_method", pl.lit("letter of the number")),
            edits=(pl.col("line_edits") + pl.col("number_edits") + zip_differs.cast(pl.UInt8)).cast(pl.UInt8),
        )
        .sort("key", "building", "weight", descending=[False, False, True])
        .unique(["key", "building"], keep="first", maintain_order=True)
        .select(list(_NEAR))
    )


_NEAR: Final = {
    "key": pl.UInt32(),
    "building": pl.UInt32(),
    "weight": pl.Float64(),
    "method": pl.String(),
    "edits": pl.UInt8(),
}


def _digits(column: str = "number", name: str = "digits") -> pl.Expr:
    return pl.col(column).str.extract(r"^([0-9-]*[0-9])").alias(name)


def _letters(settings: DwellingSettings) -> list[pl.Expr]:
    """Weight and edits of the part of a number beside its digits: a letter (123A) or a fraction (123 1/2)."""
    mine = pl.concat_str(pl.col("number").str.extract(r"([A-Z]+)$").fill_null(""), pl.col("fraction").fill_null(""))
    theirs = pl.concat_str(
        pl.col("m_number").str.extract(r"([A-Z]+)$").fill_null(""), pl.col("m_fraction").fill_null("")
    )
    weight = (
        pl.when(mine == theirs)
        .then(1.0)
        .when(mine == "")
        .then(settings.letter_missing)
        .when(theirs == "")
        .then(settings.letter_added)
        .otherwise(settings.letter_added * settings.letter_missing)
    )
    return [weight.alias("number_weight"), (mine != theirs).cast(pl.UInt8).alias("number_edits")]


def _ranges(same_line: pl.DataFrame, right: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """Buildings of the same street in a range that was written (1201-1203, 1201-03), and ranges that hold the number.

    A range runs along one side of the street: its numbers are all odd or all even.
    """
    is_range = pl.col("digits").str.contains("-", literal=True)
    lists_range = pl.col("m_digits").str.contains("-", literal=True)
    written = same_line.filter(is_range).join(right.filter(~lists_range), on=MASTER_LINE, how="inner", nulls_equal=True)
    listed = same_line.filter(~is_range).join(right.filter(lists_range), on=MASTER_LINE, how="inner", nulls_equal=True)
    both = pl.concat(
        [
            written.with_columns(_ends("digits"), inner=pl.col("m_digits").cast(pl.Int64)),
            listed.with_columns(_ends("m_digits"), inner=pl.col("digits").cast(pl.Int64)),
        ]
    )
    return both.filter(
        pl.col("inner").is_between("low", "high")
        & ((pl.col("inner") - pl.col("low")) % 2 == 0)
        & (pl.col("high") - pl.col("low") <= _LONGEST_RANGE)
    ).select(
        pl.all().exclude("low", "high", "inner"),
        number_weight=settings.number_range / pl.len().over("key").cast(pl.Float64),
        number_method=pl.lit("range of numbers"),
        number_edits=pl.lit(1, pl.UInt8),
    )


_LONGEST_RANGE: Final = 40  # house numbers; a block has a hundred


def _ends(column: str) -> list[pl.Expr]:
    """low and high of `1201-1203`, also as `1201-03`."""
    low, high = pl.col(column).str.extract(r"^(\d+)-"), pl.col(column).str.extract(r"-(\d+)$")
    kept = (low.str.len_chars().cast(pl.Int64) - high.str.len_chars().cast(pl.Int64)).clip(0)
    whole = pl.concat_str(low.str.slice(0, kept), high)
    return [low.cast(pl.Int64).alias("low"), whole.cast(pl.Int64).alias("high")]


def _near_numbers(by_line: pl.DataFrame, right: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """Buildings of the same street whose number is one digit or one transposition away.

    Such numbers have the same digits once one is left out of either or of both: only those are compared.
    """
    asked = by_line.select(*MASTER_LINE, "digits").unique()
    listed = right.select(*MASTER_LINE, "m_digits").unique()
    pairs = (
        _with_one_left_out(asked, "digits")
        .join(_with_one_left_out(listed, "m_digits"), on=[*MASTER_LINE, "left"], how="inner", nulls_equal=True)
        .filter(pl.col("digits") != pl.col("m_digits"))
        .select(*MASTER_LINE, "digits", "m_digits")
        .unique()
    )
    one, two = pairs["digits"], pairs["m_digits"]
    near = process.cpdist(one.to_list(), two.to_list(), scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    crossed = pl.col("digits").str.split("").list.sort() == pl.col("m_digits").str.split("").list.sort()
    weighed = (
        pairs.filter(pl.Series(near, dtype=pl.UInt8) == 1)
        .with_columns(crossed=crossed)
        .with_columns(
            number_weight=pl.when("crossed").then(settings.number_transposed).otherwise(settings.number_digit),
            number_method=pl.when("crossed").then(pl.lit("transposed number")).otherwise(pl.lit("nearest number")),
            number_edits=pl.lit(1, pl.UInt8),
        )
        .drop("crossed")
    )
    return by_line.join(weighed, on=[*MASTER_LINE, "digits"], how="inner", nulls_equal=True).join(
        right, on=[*MASTER_LINE, "m_digits"], how="inner", nulls_equal=True
    )


def _with_one_left_out(numbers: pl.DataFrame, column: str) -> pl.DataFrame:
    """`numbers` with `left`: the text itself, and it with each one character left out."""
    size = int(numbers.select(pl.col(column).str.len_chars().max().fill_null(0)).item())
    whole = numbers.drop_nulls(column)
    parts = [whole.with_columns(left=pl.col(column))]
    for at in range(size):
        text = pl.col(column)
        parts.append(
            whole.filter(text.str.len_chars() > at).with_columns(left=text.str.slice(0, at) + text.str.slice(at + 1))
        )
    return pl.concat(parts)
