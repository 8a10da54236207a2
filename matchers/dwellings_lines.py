"""The master list's own slips: a street line that one parcel has and whose neighbours are all on a longer one.

An assessor's list is typed by hand too. Left alone, `2860 PONDEROSA` would become a second building beside the
`2860 PONDEROSA ST` that every other source writes.
"""

from typing import Final

import polars as pl

from matchers.dwellings_settings import DwellingSettings
from matchers.dwellings_streets import LINE, MASTER_LINE, move_to_master, street_candidates

OTHER_SOURCES: Final = (
    "cases",
    "utility_billing",
    "lease_disclosures",
    "dmv_registrations",
    "university_addresses",
)


def correct_lines(texts: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """`texts` with rare street lines of the master put right, and `reread` saying so (`nearest street`; else null).

    A line is rare when it has at most two numbers or a tenth of its neighbour's. It is put right when it lacks a part
    or has one slip of the name, the other sources write that number on the neighbour rather than on it, and one
    neighbour is clearly the likeliest.
    """
    places = texts.filter(pl.col("building_key").is_not_null()).select(
        "building_key", "number", "fraction", *LINE, "scope", "listed", *OTHER_SOURCES
    )
    own = places.filter("listed").select("building_key", "number", "fraction", *LINE).unique()
    counts = own.group_by(LINE).agg(numbers=pl.len())
    pairs = street_candidates(counts.select(LINE), counts.select(LINE), settings).filter(
        (pl.col("line_edits") == 1)
        & pl.col("line_method").is_in(["missing suffix", "nearest street", "other direction"])
    )
    to_theirs = dict(zip(LINE, MASTER_LINE, strict=True))
    theirs = counts.rename({**to_theirs, "numbers": "m_numbers"})
    pairs = (
        pairs.join(counts, on=LINE, how="inner", nulls_equal=True)
        .join(theirs, on=MASTER_LINE, how="inner", nulls_equal=True)
        .filter(pl.col("numbers") <= pl.max_horizontal(2.0, 0.1 * pl.col("m_numbers")))
        .filter(pl.col("m_numbers") >= 3 * pl.col("numbers"))
        # A direction is put in only where it was left out.
        .filter(
            (pl.col("line_method") != "other direction") | (pl.col("predir").is_null() & pl.col("postdir").is_null())
        )
    )
    if pairs.is_empty():
        return texts.with_columns(reread=pl.lit(None, pl.String))
    on_either = pl.concat(
        [pairs.select(LINE), pairs.select(MASTER_LINE).rename(dict(zip(MASTER_LINE, LINE, strict=True)))]
    )
    by_others = (
        places.filter(pl.col("scope") == "in")
        .join(on_either.unique(), on=LINE, how="semi", nulls_equal=True)
        .with_columns(rows=pl.sum_horizontal(OTHER_SOURCES))
        .group_by("number", "fraction", *LINE)
        .agg(pl.col("rows").sum())
    )
    theirs_by_others = by_others.rename({**to_theirs, "rows": "m_rows"})
    number = ["number", "fraction"]
    choices = (
        own.join(pairs, on=LINE, how="inner", nulls_equal=True)
        .join(by_others, on=[*number, *LINE], how="left", nulls_equal=True)
        .join(theirs_by_others, on=[*number, *MASTER_LINE], how="left", nulls_equal=True)
        .with_columns(pl.col("rows", "m_rows").fill_null(0))
        # A name that the others write as the master does is no slip (MAYS beside MAYES). A part that anybody writes is
        # there, however many leave it out; one that nobody else mentions may still have been left out.
        .filter(
            (pl.col("m_rows") > pl.col("rows"))
            | ((pl.col("line_method") != "nearest street") & (pl.col("m_rows") > 0))
            | ((pl.col("line_method") == "missing suffix") & (pl.col("rows") == 0))
        )
        .with_columns(seen=pl.when(pl.col("m_rows") > 0).then(settings.seen_there).otherwise(1.0))
        .with_columns(score=pl.col("line_weight") * pl.col("seen"))
        .with_columns(share=pl.col("score") / pl.col("score").sum().over("building_key"))
        .filter(pl.col("share") >= settings.clearly)
        .select("building_key", *MASTER_LINE)
        .unique("building_key")
        .with_columns(reread=pl.lit("nearest street"))
    )
    moved = texts.select("text", "building_key").join(choices, on="building_key").drop("building_key")
    return move_to_master(texts, moved)
