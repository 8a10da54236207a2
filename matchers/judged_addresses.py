"""Addresses on which somebody decided: these words mean this dwelling, or do not, whatever the parser says.

A confirmed dwelling is the only one that the text may mean. A rejected one is taken out, and what is left of the text's
distribution is renormalised; where nothing is left, no dwelling of the city is meant.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from matchers.ordered_sums import grouped_sum, ratio
from matchers.places import Dwellings

JUDGED_ADDRESSES: Final = pl.Schema({"address_text": pl.String, "dwelling_id": pl.String, "same": pl.Boolean})
CONFIRMED: Final = "confirmed by judgement"
REJECTED: Final = "rejected by judgement"
_PLACE: Final = ("dwelling_id", "building_key", "city", "zip")


def obeyed(dwellings: Dwellings, judged: pl.DataFrame) -> Dwellings:
    """The dwellings with the texts of `judged` (JUDGED_ADDRESSES, each pair once, at most one confirmed a text) as
    decided; every other text as it was. A text that nobody writes and a dwelling that is not there bind nothing.
    """
    known = judged.join(dwellings.table.select("dwelling_id"), on="dwelling_id", how="semi")
    yes = known.filter("same").select("address_text", "dwelling_id")
    no = known.filter(~pl.col("same")).join(yes, on="address_text", how="anti")
    texts = pl.concat([yes, no.select("address_text", "dwelling_id")])["address_text"].unique()
    mine = dwellings.links.filter(pl.col("address_text").is_in(texts.implode()))
    told = pl.concat([_confirmed(mine, yes), _without(mine, no, dwellings.table)])
    links = pl.concat([dwellings.links.filter(~pl.col("address_text").is_in(texts.implode())), told]).sort(
        "address_text", "dwelling_id", nulls_last=True
    )
    best = told.sort("p_dwelling", "dwelling_id", descending=[True, False], nulls_last=True).unique(
        "address_text", keep="first", maintain_order=True
    )
    likeliest = dwellings.best.join(
        best.select("address_text", now="dwelling_id", p="p_dwelling", decided=pl.lit(True)),
        on="address_text",
        how="left",
        maintain_order="left",
    ).with_columns(
        dwelling_id=pl.when("decided").then("now").otherwise("dwelling_id"),
        p_dwelling=pl.when("decided").then("p").otherwise("p_dwelling"),
    )
    return replace(dwellings, links=links, best=likeliest.select(dwellings.best.columns))


def _confirmed(mine: pl.DataFrame, yes: pl.DataFrame) -> pl.DataFrame:
    """One row a text: the dwelling, surely."""
    written = mine.group_by("address_text").agg(pl.col("edits").min())
    known = mine.select("address_text", "dwelling_id", mine="edits")
    return (
        yes.join(written, on="address_text")
        .join(known, on=["address_text", "dwelling_id"], how="left")
        .select(
            "address_text",
            "dwelling_id",
            p_dwelling=pl.lit(1.0),
            p_building=pl.lit(1.0),
            p_unit=pl.lit(1.0),
            method=pl.lit(CONFIRMED),
            edits=pl.coalesce("mine", "edits"),
        )
    )


def _without(mine: pl.DataFrame, no: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The distributions of these texts without the rejected dwellings, each factor renormalised as well.

    Where a building has lost units, what is left of its units shares its place: P(unit | building, not these).
    """
    asked = mine.join(no.select("address_text").unique(), on="address_text", how="semi")
    rejected = asked.join(no, on=["address_text", "dwelling_id"], how="semi").join(
        table.select(_PLACE), on="dwelling_id", how="left"
    )
    of_building = ["address_text", *_PLACE[1:]]
    units = grouped_sum(rejected, of_building, "p_unit").rename({"p_unit": "gone"})
    rest = (
        asked.join(no, on=["address_text", "dwelling_id"], how="anti", nulls_equal=True)
        .join(table.select(_PLACE), on="dwelling_id", how="left")
        .join(units, on=of_building, how="left", nulls_equal=True)
    )
    whole = grouped_sum(rest, ["address_text"], "p_dwelling").rename({"p_dwelling": "whole"})
    unit = pl.when(pl.col("gone").is_null()).then("p_unit").otherwise(ratio("p_unit", 1.0 - pl.col("gone")))
    kept = (
        rest.join(whole, on="address_text")
        .with_columns(p_dwelling=ratio("p_dwelling", "whole"), p_unit=unit.clip(0.0, 1.0))
        .with_columns(
            p_building=pl.when(pl.col("p_building").is_not_null()).then(ratio("p_dwelling", "p_unit").clip(0.0, 1.0))
        )
    )
    nothing = no.select("address_text").unique().join(kept.select("address_text"), on="address_text", how="anti")
    none = asked.join(nothing, on="address_text", how="semi").group_by("address_text").agg(pl.col("edits").min())
    return pl.concat(
        [
            kept.select(mine.columns),
            none.select(
                "address_text",
                pl.lit(None, pl.String).alias("dwelling_id"),
                p_dwelling=pl.lit(1.0),
                p_building=pl.lit(1.0),
                p_unit=pl.lit(1.0),
                method=pl.lit(REJECTED),
                edits="edits",
            ),
        ]
    )
