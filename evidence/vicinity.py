"""The part of a city that the numbers and the pages of a few cases are made of: thousands of rows of a million.

With rates that are held, a case depends on whom sources name at its dwelling, on the owners of the cars seen there, on
whatever else is written of these persons, and on the papers and meters of the dwelling. The same comes out of these
rows as of all rows, to the last bit.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import polars as pl

from evidence.judging.records import SOURCE as JUDGEMENTS
from evidence.linkage import Linked
from loaders.city import City


def vicinity(city: City, linked: Linked, cases: pl.DataFrame) -> tuple[City, Linked]:
    """City and links with the rows that these cases need, in the order in which they stood.

    cases: rows of `case_windows`; linked: its vehicles are of these cases alone.
    """
    here = cases["dwelling_id"].drop_nulls().unique()
    places, links, seen = linked.dwellings, linked.links, linked.vehicles.vehicles
    mentions = _mentions(links.mentions, here, seen, city.frame(JUDGEMENTS))
    table = places.table.filter(
        pl.col("dwelling_id").is_in(pl.concat([here, mentions["dwelling_id"]]).drop_nulls().unique().implode())
    )
    rows = {
        source: mentions.filter(pl.col("source") == source)["row"] for source in ("assessor", "university_addresses")
    }
    parcels = pl.concat([rows["assessor"], table["assessor_row"].drop_nulls().cast(pl.UInt32)])
    assessor = _of(city.frame("assessor"), "row", parcels)
    texts = pl.concat([assessor["situs_address"], assessor["owner_mailing_address"]]).drop_nulls().unique()
    best = places.best.filter(
        pl.col("dwelling_id").is_in(here.implode()) | pl.col("address_text").is_in(texts.implode())
    )
    billing = _of(city.frame("utility_billing"), "service_address", best["address_text"])
    frames: Mapping[str, pl.DataFrame] = {
        "assessor": assessor,
        "utility_billing": billing,
        "utility_usage": _of(city.frame("utility_usage"), "account_id", billing["account_id"]),
        "university_addresses": _of(city.frame("university_addresses"), "row", rows["university_addresses"]),
        "dmv_registrations": _of(city.frame("dmv_registrations"), "row", seen["dmv_row"].drop_nulls()),
        "vehicle_log": _of(city.frame("vehicle_log"), "case_id", cases["case_id"]),
    }
    persons = mentions["person_id"].drop_nulls().unique().implode()
    merges = links.possible_merges.filter(pl.col("person_id").is_in(persons) | pl.col("other_person_id").is_in(persons))
    return (
        replace(city, frames=MappingProxyType({**city.frames, **frames})),
        Linked(
            replace(places, table=table, best=best),
            replace(links, mentions=mentions, possible_merges=merges),
            linked.vehicles,
        ),
    )


def _mentions(mentions: pl.DataFrame, here: pl.Series, seen: pl.DataFrame, judgements: pl.DataFrame) -> pl.DataFrame:
    """All rows that name a person named at these dwellings, an owner of these vehicles, or somebody whom a judgement is
    about (whether it still binds is said of each); and of other students those who give the same home, who are counted.
    """
    registered = (pl.col("source") == "dmv_registrations") & pl.col("row").is_in(
        seen["dmv_row"].drop_nulls().unique().cast(mentions.schema["row"]).implode()
    )
    judged = pl.concat([judgements["left"], judgements["right"]]).drop_nulls().unique()
    address = pl.format("{}:{}", "source", "row").is_in(judged.str.extract(r"^([^:]*:[^:]*)").implode())
    about = address if len(judged) else pl.lit(False)
    named = mentions.filter((pl.col("dwelling_id").is_in(here.implode()) | registered | about).fill_null(False))
    theirs = pl.col("person_id").is_in(named["person_id"].drop_nulls().unique().implode())
    student = pl.col("source") == "university_addresses"
    homes = mentions.filter(student & theirs)["address_key"].drop_nulls().unique()
    same_home = student & pl.col("address_key").is_in(homes.implode())
    return mentions.filter(
        (theirs | same_home | pl.col("mention_id").is_in(named["mention_id"].implode())).fill_null(False)
    )


def _of(frame: pl.DataFrame, column: str, values: pl.Series) -> pl.DataFrame:
    wanted = values.cast(frame.schema[column]).drop_nulls().unique()
    return frame.filter(pl.col(column).is_in(wanted.implode()))
