"""The master list's own slips: a street line that one parcel has and whose neighbours are all on a longer one.

An assessor's list is typed by hand too. Left alone, `2860 PONDEROSA` would become a second building beside the
`2860 PONDEROSA ST` that every other source writes.
"""

from typing import Final

import polars as pl

from matchers.dwellings_settings import DwellingSettings
from matchers.dwellings_streets import street_candidates

_LINE: Final = ("predir", "street", "suffix", "postdir")


def correct_lines(texts: pl.DataFrame, is_master: pl.Expr, settings: DwellingSettings) -> pl.DataFrame:
    """`texts` with rare street lines of the master put right, and `corrected` true where that was done.

    A line is rare when it has at most two numbers or a tenth of its neighbour's. It is put right when it lacks a part
    or has one slip of the name, and one neighbour is clearly the likeliest, counting whether other sources write the
    same number on that neighbour.
    """
    places = texts.filter(pl.col("building_key").is_not_null())
    own = places.filter(is_master).select("building_key", "number", "fraction", *_LINE).unique()
    counts = own.group_by(_LINE).agg(numbers=pl.len())
    pairs = street_candidates(counts.select(_LINE), counts.select(_LINE), settings).filter(
        (pl.col("line_edits") == 1)
        & pl.col("line_method").is_in(["missing suffix", "nearest street", "other direction"])
    )
    theirs = counts.rename({c: f"m_{c}" for c in _LINE} | {"numbers": "m_numbers"})
    on_theirs = [f"m_{c}" for c in _LINE]
    pairs = (
        pairs.join(counts, on=_LINE, how="inner", nulls_equal=True)
        .join(theirs, on=on_theirs, how="inner", nulls_equal=True)
        .filter(pl.col("numbers") <= pl.max_horizontal(2.0, 0.1 * pl.col("m_numbers")))
        .filter(pl.col("m_numbers") >= 3 * pl.col("numbers"))
        # A direction is put in only where it was left out.
        .filter(
            (pl.col("line_method") != "other direction") | (pl.col("predir").is_null() & pl.col("postdir").is_null())
        )
    )
    if pairs.is_empty():
        return texts.with_columns(corrected=pl.lit(False))
    written = (
        places.filter(pl.col("scope") == "in")
        .select("number", "fraction", *(pl.col(c).alias(f"m_{c}") for c in _LINE), right_key="building_key")
        .unique(["number", "fraction", *on_theirs])
        .with_columns(seen=pl.lit(True))
    )
    choices = (
        own.join(pairs, on=_LINE, how="inner", nulls_equal=True)
        .join(written, on=["number", "fraction", *on_theirs], how="left", nulls_equal=True)
        # That another source writes this very number there outweighs any difference between kinds of slip.
        .with_columns(score=pl.col("line_weight") * pl.when("seen").then(settings.seen_there).otherwise(1.0))
        .with_columns(share=pl.col("score") / pl.col("score").sum().over("building_key"))
        .filter(pl.col("share") >= settings.clearly)
        .select("building_key", *on_theirs)
        .unique("building_key")
        .with_columns(corrected=pl.lit(True))
    )
    joined = texts.join(choices, on="building_key", how="left", maintain_order="left").with_columns(
        pl.col("corrected").fill_null(False)
    )
    put_right = joined.with_columns(
        pl.when("corrected").then(pl.col(f"m_{c}")).otherwise(pl.col(c)).alias(c) for c in _LINE
    ).drop(on_theirs)
    key = pl.concat_str("number", "fraction", *_LINE, separator=" ", ignore_nulls=True)
    return put_right.with_columns(building_key=pl.when("corrected").then(key).otherwise("building_key"))
