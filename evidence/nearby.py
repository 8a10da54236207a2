"""The part of a city's links that the pages of some cases can speak of: a hundred rows of half a million.

The persons named at the dwellings of the cases, those who register their vehicles and those who may live there, with
all the rows that name them anywhere; the pairs among these rows; the addresses that may mean these dwellings.
"""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from evidence.linkage import Linked


def nearby(linked: Linked, cases: pl.DataFrame, person_ids: Collection[str]) -> Linked:
    """The same links with fewer rows, in the same order. cases: case_id, dwelling_id; person_ids: their candidates."""
    case_ids = cases["case_id"].implode()
    dwelling_ids = cases["dwelling_id"].drop_nulls().unique().implode()
    cars = linked.vehicles
    of_cases = pl.col("case_id").is_in(case_ids)
    vehicles = replace(
        cars,
        sightings=cars.sightings.filter(of_cases),
        readings=cars.readings.filter(of_cases),
        vehicles=cars.vehicles.filter(of_cases),
    )
    mentions = linked.links.mentions
    registered = vehicles.vehicles["dmv_row"].drop_nulls().unique().cast(mentions.schema["row"]).implode()
    named = pl.col("dwelling_id").is_in(dwelling_ids) | (
        (pl.col("source") == "dmv_registrations") & pl.col("row").is_in(registered)
    )
    concerned = mentions.filter(named.fill_null(False))["person_id"]
    persons = pl.concat([concerned, pl.Series("person_id", sorted(person_ids), dtype=pl.String)]).unique().implode()
    mentions = mentions.filter(pl.col("person_id").is_in(persons))
    drawn = mentions["mention_id"].implode()
    pairs = linked.links.pairs
    places = linked.dwellings
    links = places.links.filter(pl.col("dwelling_id").is_in(dwelling_ids))
    return Linked(
        replace(
            places,
            table=places.table.filter(pl.col("dwelling_id").is_in(dwelling_ids)),
            links=links,
            best=places.best.filter(pl.col("dwelling_id").is_in(dwelling_ids)),
            cells=places.cells.filter(pl.col("address_text").is_in(links["address_text"].unique().implode())),
        ),
        replace(
            linked.links,
            mentions=mentions,
            pairs=pairs.filter(pl.col("left").is_in(drawn) & pl.col("right").is_in(drawn)),
        ),
        vehicles,
    )
