"""The addresses of a case laid over a city: those that the city writes too mean what they mean there; others are
resolved, with the dwellings that only they bring."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from evidence.keeping import Parts
from evidence.patched import Patch, PatchedParts
from loaders.city import City
from matchers.dwellings_texts import Area
from matchers.places import Dwellings

# What was made of a text that one more source may change: then the unit or the place is there.
_DOUBTFUL: Final = ("unknown unit", "unit not known apart", "nearest unit", "not in the master")

# All of a text that decides what it means.
_READ: Final = (
    "kind", "number", "fraction", "predir", "street", "suffix", "postdir", "unit_key", "address_key", "building_key",
    "zip", "city", "state",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """dwellings: with the addresses of the case. moved: address_text, dwelling_id, p_dwelling of texts that other rows
    write too, and that mean another dwelling now that the case brings it."""

    dwellings: Parts[Dwellings]
    moved: pl.DataFrame


def placed(city: City, kept: Parts[Dwellings], area: Area, before: pl.DataFrame, after: pl.DataFrame) -> Placed:
    """before, after: source, row, field, address_text of the cells of the case in the city beneath, and in this one.

    area: of the city beneath.
    """
    same = _same_words(city, kept, area, after["address_text"].unique().sort())
    links = kept.rows("links").where("address_text", same["kept"])
    sure = same.filter(~pl.col("kept").is_in(links.filter(pl.col("method").is_in(_DOUBTFUL))["address_text"].implode()))
    asked = after.join(sure, on="address_text", how="anti")["address_text"].unique()
    cells = Patch(_either(before, ("source", "row", "field")), ("source", "row", "field"), after, ())
    anew = sure.filter(pl.col("address_text") != pl.col("kept")).rename({"address_text": "new", "kept": "address_text"})
    if asked.is_empty():
        patches = {"cells": cells}
        for field in ("links", "best"):
            meant = kept.rows(field).where("address_text", anew["address_text"])
            added = anew.join(meant, on="address_text", maintain_order="left_right").drop("address_text")
            patches[field] = Patch(pl.lit(False), (), added.rename({"new": "address_text"}), ("address_text",))
        return Placed(PatchedParts(kept, patches), links.select("address_text", "dwelling_id", "p_dwelling")[:0])
    asked = pl.concat([asked, anew["new"]])
    from matchers.dwellings import resolve_dwellings  # not loaded where every text is known

    found = resolve_dwellings(city)
    brought = _brought(kept, found, asked)
    table = found.table.filter(pl.col("building_key").is_in(brought.implode()))
    there = pl.concat([table["dwelling_id"], _of_buildings(kept, brought)]).implode()
    theirs = pl.col("dwelling_id").is_in(there)
    others = [links.filter(theirs)["address_text"] for links in (found.links, kept.rows("links").whole())]
    concerned = pl.concat([asked, *(others if brought.len() else [])]).unique()
    is_concerned = pl.col("address_text").is_in(concerned.implode())
    best = found.best.filter(is_concerned)
    place = ["address_text", "dwelling_id", "p_dwelling"]
    patches = {
        "table": Patch(pl.col("building_key").is_in(brought.implode()), ("building_key",), table, ("dwelling_id",)),
        "links": Patch(is_concerned, ("address_text",), found.links.filter(is_concerned), ("address_text",)),
        "best": Patch(is_concerned, ("address_text",), best, ("address_text",)),
        "cells": cells,
    }
    was = kept.rows("best").where("address_text", concerned, place)
    moved = best.select(place).join(was, on=["address_text", "dwelling_id"], how="anti", nulls_equal=True)
    return Placed(PatchedParts(kept, patches), moved.join(was, on="address_text", how="semi").sort("address_text"))


def _same_words(city: City, kept: Parts[Dwellings], area: Area, texts: pl.Series) -> pl.DataFrame:
    """address_text, kept: each of these texts that the city has, or of which it has one read alike in all parts.

    Of several such texts the first.
    """
    best = kept.rows("best")
    known = best.where("address_text", texts, ("address_text",)).with_columns(kept="address_text")
    others = texts.filter(~texts.is_in(known["address_text"].implode()))
    if others.is_empty():
        return known
    from matchers.dwellings_texts import parse_in

    read = parse_in(city, area, others)
    near = best.where("address_key", read["address_key"], ("address_text", "address_key"))
    if near.is_empty():
        return known
    kept_read = parse_in(city, area, near["address_text"]).sort("raw").unique(_READ, keep="first", maintain_order=True)
    twins = read.select("raw", *_READ).join(kept_read.select(*_READ, kept="raw"), on=_READ, nulls_equal=True)
    return pl.concat([known, twins.select(address_text="raw", kept="kept")]).sort("address_text")


def _brought(kept: Parts[Dwellings], found: Dwellings, asked: pl.Series) -> pl.Series:
    """The buildings of dwellings that these texts mean and that the city did not have."""
    meant = found.links.filter(pl.col("address_text").is_in(asked.implode()))["dwelling_id"].drop_nulls().unique()
    had = kept.rows("table").where("dwelling_id", meant)["dwelling_id"]
    new = meant.filter(~meant.is_in(had.implode()))
    return found.table.filter(pl.col("dwelling_id").is_in(new.implode()))["building_key"].unique().sort()


def _of_buildings(kept: Parts[Dwellings], buildings: pl.Series) -> pl.Series:
    """The dwellings that these buildings had."""
    if buildings.is_empty():
        return pl.Series("dwelling_id", [], dtype=pl.String)
    return kept.rows("table").whole().filter(pl.col("building_key").is_in(buildings.implode()))["dwelling_id"]


def _either(rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.Expr:
    """Whether a row has the values of one of these rows."""
    key = rows.select(pl.concat_str(columns, separator="\t")).to_series()
    return pl.concat_str(columns, separator="\t").is_in(key.implode())
