"""A case laid over a city that is linked already: its rows are linked to the city's dwellings and persons.

What the city was linked to stays as it is, but for whom the new rows touch (`matchers.joining`), and persons and
dwellings keep their names. The same comes out whether the linked city was kept or made a moment ago. Where it cannot
be done so, None says that the city must be linked again with the case in it.
"""

from typing import Final

import polars as pl

from evidence.judging.binding import Decisions
from evidence.judging.records import SOURCE as JUDGEMENTS
from evidence.keeping import Parts
from evidence.patched import Patch, PatchedParts
from evidence.submitted_addresses import Placed, placed
from loaders.city import City, narrowed
from loaders.rows import Rows
from matchers.dwellings_texts import Area
from matchers.joining import Joined, Kept, join_mentions
from matchers.links import PersonLinks
from matchers.mentions import NAMINGS, SCHEMA, build_mentions
from matchers.name_order import read_alone
from matchers.person_index import FRAMES, PersonIndex, known_names
from matchers.places import Dwellings

_ADDRESSES: Final = {"cases": "subject_address", "lease_disclosures": "address"}
_CONTENT: Final = tuple(name for name in SCHEMA if name not in ("mention_id", "row", "group_key"))
_NO_ROWS: Final = pl.DataFrame()


def linked_to(
    city: City,
    decided: Decisions,
    dwellings: Parts[Dwellings],
    links: Parts[PersonLinks],
    index: Parts[PersonIndex],
    area: Area,
) -> tuple[Parts[Dwellings], Parts[PersonLinks]] | None:
    """Dwellings and persons of a city with a case laid over it. decided: what binds in it; the others: of the city
    beneath.
    """
    before, after = _rows(city)
    facts = index.holding(dict.fromkeys(FRAMES, _NO_ROWS))
    # What an address was judged to mean may hold for words of the case, or be a building's that it brings.
    if decided.dwellings or _judged(city, pl.concat([before, after])):
        return None
    where = placed(city, dwellings, area, before.drop_nulls("address_text"), after.drop_nulls("address_text"))
    mentions = links.rows("mentions")
    old = _whole(mentions, _named_in(mentions, before))
    renumbered, gone, fresh = _compared(old, _mentions(city, where.dwellings, after, index, facts))
    numbers = pl.int_range(1, pl.len() + 1) + facts.mentions
    fresh = fresh.with_columns(mention_id=numbers.cast(pl.UInt32))
    moving = _moving(mentions, where, dwellings, before)
    gone = pl.concat([gone, moving.select(gone.columns)])
    fresh = pl.concat([fresh, _moved(moving, where).select(fresh.columns)])
    joined = None
    if gone.height or fresh.height:
        frames = ("mentions", "pairs", "possible_merges", "parameters", "skipped")
        fitted = links.holding(dict.fromkeys(frames, _NO_ROWS))
        kept = Kept(links, index, facts, fitted.weights, fitted.judged)
        joined = join_mentions(kept, gone.select("mention_id", "kind", "person_id"), fresh)
        if joined is None:
            return None
    return where.dwellings, PatchedParts(links, _patches(joined, renumbered))


def _rows(city: City) -> tuple[pl.DataFrame, pl.DataFrame]:
    """source, row, field, address_text of the rows of the cases laid over a city: as they were, and as they are."""
    assert city.under is not None
    beneath = city.under
    last = {source: beneath.frame(source).select(pl.col("row").max().fill_null(0)).item() for source in _ADDRESSES}
    cases = city.frame("cases").filter(pl.col("row") > last["cases"])["case_id"].implode()

    def told(of: City) -> pl.DataFrame:
        mine = pl.col("case_id").is_in(cases)
        return pl.concat(
            of.frame(source)
            .filter(mine.fill_null(False) | (pl.col("row") > last[source]))
            .select(pl.lit(source).alias("source"), "row", field=pl.lit(column), address_text=pl.col(column))
            for source, column in _ADDRESSES.items()
        )

    return told(beneath), told(city)


def _judged(city: City, rows: pl.DataFrame) -> bool:
    """Whether somebody judged a link of one of these rows."""
    judgements = city.frame(JUDGEMENTS)
    told = pl.concat([judgements["left"], judgements["right"]]).str.extract(r"^([^:]*:[0-9]+)", 1)
    return not rows.filter(pl.format("{}:{}", "source", "row").is_in(told.implode())).is_empty()


def _named_in(mentions: Rows, rows: pl.DataFrame) -> pl.DataFrame:
    """mention_id, person_id of the mentions in these rows (source, row)."""
    found = mentions.where("row", rows["row"], ("mention_id", "source", "row", "person_id"))
    return found.join(rows.select("source", "row").unique(), on=["source", "row"], how="semi", maintain_order="left")


def _whole(mentions: Rows, some: pl.DataFrame) -> pl.DataFrame:
    """These mentions in full."""
    return mentions.where("person_id", some["person_id"].unique()).filter(
        pl.col("mention_id").is_in(some["mention_id"].implode())
    )


def _mentions(
    city: City, dwellings: Parts[Dwellings], rows: pl.DataFrame, index: Parts[PersonIndex], facts: PersonIndex
) -> pl.DataFrame:
    """The mentions of the case, read and placed as those of the city were."""
    mine = narrowed(city, tuple(_ADDRESSES))
    wanted = {source: rows.filter(pl.col("source") == source)["row"].implode() for source in _ADDRESSES}
    leases = mine.frame("lease_disclosures").filter(pl.col("row").is_in(wanted["lease_disclosures"]))
    of_these = pl.col("row").is_in(wanted["cases"]) | pl.col("case_id").is_in(leases["case_id"].implode())
    mine = mine.with_frames({"lease_disclosures": leases, "cases": mine.frame("cases").filter(of_these)})
    texts = pl.concat([mine.frame("cases")["subject_address"], mine.frame("lease_disclosures")["address"]])
    best = dwellings.rows("best").where("address_text", texts)
    places = dwellings.holding({"best": best, "table": _NO_ROWS, "links": _NO_ROWS, "cells": _NO_ROWS})
    here = best.select(pl.coalesce("dwelling_id", "address_key")).to_series()
    found = build_mentions(mine, places, read_alone(mine, facts.orders), known_names(index, here))
    return found.join(rows.select("source", "row").unique(), on=["source", "row"], how="semi", maintain_order="left")


def _compared(old: pl.DataFrame, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Old mentions that are written again, with the row that now holds them; those that are gone; and those that came.

    A row that says the same is the same mention, whatever its number.
    """
    paper = pl.col("group_key").str.starts_with(pl.format("{}:", "source"))  # of a row that names several
    said = pl.when(paper).then(pl.lit("row")).otherwise("group_key").alias("_paper")
    keys = [*_CONTENT, "_paper"]

    def told(mentions: pl.DataFrame) -> pl.DataFrame:
        return mentions.with_columns(said).with_columns(_nth=pl.int_range(pl.len()).over(keys))

    one, other = told(old), told(new)
    on = [*keys, "_nth"]
    again = one.drop("row", "group_key").join(other.select(*on, "row", "group_key"), on=on, nulls_equal=True)
    gone = one.join(other, on=on, how="anti", nulls_equal=True)
    came = other.join(one, on=on, how="anti", nulls_equal=True, maintain_order="left")
    return (
        again.select(old.columns).sort("mention_id"),
        gone.select(old.columns).sort("mention_id"),
        came.select(list(SCHEMA)),
    )


def _moving(mentions: Rows, where: Placed, dwellings: Parts[Dwellings], before: pl.DataFrame) -> pl.DataFrame:
    """Mentions of other rows at addresses that mean another dwelling now, and `address_text`."""
    cells = dwellings.rows("cells").where("address_text", where.moved["address_text"])
    cells = cells.join(before, on=["source", "row"], how="anti")
    fields = pl.DataFrame({"source": n.source, "named": n.field, "field": n.address} for n in NAMINGS)
    rows = cells.join(fields, on=["source", "field"]).select("source", "row", "address_text", field="named")
    found = _whole(mentions, _named_in(mentions, rows))
    return found.join(rows, on=["source", "row", "field"]).sort("mention_id")


def _moved(moving: pl.DataFrame, where: Placed) -> pl.DataFrame:
    return moving.drop("dwelling_id", "p_dwelling").join(where.moved, on="address_text", maintain_order="left")


def _patches(joined: Joined | None, renumbered: pl.DataFrame) -> dict[str, Patch]:
    """What takes the place of kept rows of `PersonLinks`."""
    if joined is None:
        ids = renumbered["mention_id"]
        return {
            "mentions": Patch(pl.col("mention_id").is_in(ids.implode()), ("mention_id",), renumbered, ("mention_id",))
        }
    rows = renumbered.select("mention_id", "row", "group_key")
    settled = joined.mentions.update(rows, on="mention_id", how="left", include_nulls=False)
    others = renumbered.join(joined.mentions, on="mention_id", how="anti")
    mentions = pl.concat([settled.select(others.columns), others])
    replaced = pl.concat([joined.replaced, others["mention_id"]]).implode()
    ends = pl.any_horizontal(pl.col("left", "right").is_in(joined.settled.implode()))
    merged = pl.any_horizontal(pl.col("person_id", "other_person_id").is_in(joined.persons.implode()))
    both = ("person_id", "other_person_id")
    return {
        "mentions": Patch(pl.col("mention_id").is_in(replaced), ("mention_id",), mentions, ("mention_id",)),
        "pairs": Patch(ends, ("left", "right"), joined.pairs, ("left", "right")),
        "possible_merges": Patch(merged, both, joined.possible_merges, both),
    }
