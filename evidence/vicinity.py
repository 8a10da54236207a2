"""The part of a city that the numbers and the pages of a few cases are made of: thousands of rows of a million.

With rates that are held, a case depends on whom sources name at its dwelling, on the owners of the cars seen there, on
whatever else is written of these persons, and on the papers and meters of the dwelling. The same comes out of these
rows as of all rows, to the last bit; and nothing else is read of a prepared city.
"""

from dataclasses import dataclass

import polars as pl

from evidence.judging.records import SOURCE as JUDGEMENTS
from evidence.linkage import REGISTER, Linked, Linking
from evidence.projections import MENTION_NAMED
from loaders.city import City
from loaders.rows import Rows
from matchers.vehicles import Vehicles


def vicinity(linking: Linking, vehicles: Vehicles, cases: pl.DataFrame) -> tuple[City, Linked]:
    """City and links with the rows that these cases need, in the order in which they stood.

    vehicles: of these cases alone; cases: rows of `case_windows`.
    """
    city, places, links = linking.city, linking.dwellings, linking.links
    here = cases["dwelling_id"].drop_nulls().unique()
    judged = _Judged.of_chain(city.frame(JUDGEMENTS))
    mentions = _mentions(links.rows("mentions"), here, vehicles.vehicles, judged.rows)
    table = places.rows("table").where("dwelling_id", pl.concat([here, mentions["dwelling_id"], judged.dwellings]))
    named = {
        source: mentions.filter(pl.col("source") == source)["row"] for source in ("assessor", "university_addresses")
    }
    parcels = pl.concat([named["assessor"], table["assessor_row"].drop_nulls().cast(pl.UInt32)])
    assessor = city.rows("assessor").where("row", parcels)
    texts = pl.concat([assessor["situs_address"], assessor["owner_mailing_address"], judged.texts])
    meant = places.rows("best").where("dwelling_id", here)
    written = places.rows("best").where("address_text", texts)
    best = pl.concat([meant, written]).unique("address_text").sort("address_text")  # as they stand: one a text, by text
    billing = city.rows("utility_billing").where("service_address", best["address_text"])
    near = city.with_frames(
        {
            "assessor": assessor,
            "utility_billing": billing,
            "utility_usage": city.rows("utility_usage").where("account_id", billing["account_id"]),
            "university_addresses": city.rows("university_addresses").where("row", named["university_addresses"]),
            REGISTER: city.rows(REGISTER).where("row", pl.concat([vehicles.vehicles["dmv_row"], judged.of(REGISTER)])),
            "vehicle_log": _log(city.rows("vehicle_log"), cases["case_id"], judged.of("vehicle_log")),
        }
    )
    may_be = places.rows("links").where("dwelling_id", here)
    dwellings = places.holding(
        {
            "table": table,
            "best": best,
            "links": may_be,
            "cells": places.rows("cells").where("address_text", may_be["address_text"]),
        }
    )
    persons = links.holding(
        {
            "mentions": mentions,
            "pairs": _pairs(links.rows("pairs"), mentions["mention_id"]),
            "possible_merges": _merges(links.rows("possible_merges"), mentions["person_id"]),
        }
    )
    return near, Linked(dwellings, persons, vehicles)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What judgements speak of, binding or not: each is shown with what its rows say. rows: source, row."""

    rows: pl.DataFrame
    texts: pl.Series
    dwellings: pl.Series

    @classmethod
    def of_chain(cls, judgements: pl.DataFrame) -> "_Judged":
        ends = pl.concat([judgements["left"], judgements["right"]]).unique(maintain_order=True).to_frame("end")
        row = r"^([^:]*):([0-9]+)(?::|$)"
        rows = ends.select(
            source=pl.col("end").str.extract(row, 1),
            row=pl.col("end").str.extract(row, 2).cast(pl.UInt32, strict=False),
        )
        named = ends.select(
            kind=pl.col("end").str.extract(r"^([^:]*):", 1), name=pl.col("end").str.extract(r"(?s)^[^:]*:(.*)$", 1)
        )
        texts, places = (named.filter(pl.col("kind") == kind)["name"] for kind in ("address", "dwelling"))
        return cls(rows.drop_nulls(), texts, places)

    def of(self, source: str) -> pl.Series:
        return self.rows.filter(pl.col("source") == source)["row"]


def _log(log: Rows, cases: pl.Series, judged: pl.Series) -> pl.DataFrame:
    return pl.concat([log.where("case_id", cases), log.where("row", judged)]).unique("row").sort("row")


def _mentions(mentions: Rows, here: pl.Series, seen: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """All rows that name a person named at these dwellings, an owner of these vehicles, or somebody whom a judgement is
    about (whether it still binds is said of each); and of other students those who give the same home, who are counted.
    """
    registered = seen.select(source=pl.lit("dmv_registrations"), row=pl.col("dmv_row").cast(pl.UInt32)).drop_nulls()
    asked = pl.concat([judged, registered])
    named = mentions.where("row", asked["row"], MENTION_NAMED).join(asked, on=["source", "row"], how="semi")
    concerned = pl.concat([mentions.where("dwelling_id", here, MENTION_NAMED), named])["person_id"].unique()
    theirs = pl.col("person_id").is_in(concerned.implode())
    student = pl.col("source") == "university_addresses"
    homes = mentions.where("person_id", concerned).filter(student)["address_key"].drop_nulls().unique()
    others = mentions.where("address_key", homes, MENTION_NAMED).filter(student)["person_id"]
    same_home = student & pl.col("address_key").is_in(homes.implode())
    return mentions.where("person_id", pl.concat([concerned, others])).filter((theirs | same_home).fill_null(False))


def _pairs(pairs: Rows, drawn: pl.Series) -> pl.DataFrame:
    """Those between rows that are drawn."""
    return pairs.where("left", drawn).filter(pl.col("right").is_in(drawn.implode()))


def _merges(merges: Rows, persons: pl.Series) -> pl.DataFrame:
    ends = [merges.where(end, persons) for end in ("person_id", "other_person_id")]
    return pl.concat(ends).unique().sort("person_id", "other_person_id")  # as they stand
