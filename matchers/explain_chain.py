"""The chain between any two things of a city: rows, persons, vehicles, dwellings, each step with its reason.

The links are those of `matchers.graph`, over the whole city, and nodes have the same names there. What one thing says
of another has a probability; the chain is the one whose steps cost least, where a step costs its kind's length and
log2(1 / probability). That a car stood at a dwelling is a longer step than what a paper says, so that the chain of two
persons runs through a paper where there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from matchers.explain_addresses import how
from matchers.graph import BODIES
from matchers.links import PersonLinks
from matchers.places import Dwellings
from matchers.vehicles import Vehicles

EDGES = pl.Schema({"a": pl.String, "b": pl.String, "type": pl.String, "p": pl.Float64, "note": pl.String})
# Lengths: identity and what a register says first, then what a listing says, then what was only seen together.
LENGTHS: Mapping[str, float] = {
    "names": 1.0,
    "account": 1.0,
    "registered_to": 1.0,
    "reading_of": 1.0,
    "address": 1.2,
    "lives_at": 1.5,
    "named_at": 1.5,
    "kin_of": 2.0,
    "seen_at": 2.5,
    "seen_with": 3.0,
    "possibly_same": 4.0,
}
_SURE = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a chain, from `a` to `b`; `identity`: it says that a row names that very person."""

    a: str
    b: str
    type: str
    probability: float
    reason: str
    identity: bool


def city_edges(
    links: PersonLinks, vehicles: Vehicles, dwellings: Dwellings, case_dwellings: pl.DataFrame
) -> pl.DataFrame:
    """Every link of a city (EDGES). case_dwellings: case_id, row (of `cases`), dwelling_id (null: not resolved)."""
    mentions = links.mentions.with_columns(
        row_node=pl.format("row:{}:{}", "source", "row"), person=pl.format("person:{}", "person_id")
    )
    placed = mentions.filter(pl.col("dwelling_id").is_not_null())
    home = pl.format("dwelling:{}", "dwelling_id")
    listed = (
        placed.select(
            "person",
            home.alias("home"),
            p=pl.col("p_dwelling").fill_null(1.0) * pl.col("p_member"),
            body=pl.col("kind").is_in(BODIES),
        )
        .group_by("person", "home", "body")
        .agg(pl.len().alias("rows"), pl.col("p").max())
    )
    ends, rows = (pl.col("person"), pl.col("home")), _counted("rows", "row")
    place = case_dwellings.filter(pl.col("dwelling_id").is_not_null())
    seen = vehicles.sightings.filter(pl.col("vehicle_id").is_not_null())
    car = pl.format("vehicle:{}", "vehicle_id")
    stood = vehicles.vehicles.join(place, on="case_id")
    said = vehicles.sightings.join(place, on="case_id")
    merges = links.possible_merges
    note = pl.format("it says {}", pl.col("raw_name").fill_null("nothing"))
    parts = [
        _edges(mentions, pl.col("row_node"), pl.col("person"), "names", pl.col("p_member"), note),
        _edges(listed.filter(~pl.col("body")), *ends, "lives_at", pl.col("p"), rows),
        _edges(listed.filter("body"), *ends, "named_at", pl.col("p"), rows),
        address_edges(dwellings),
        _edges(said, pl.format("row:vehicle_log:{}", "log_row"), home, "seen_at", pl.lit(1.0)),
        _edges(seen, pl.format("row:vehicle_log:{}", "log_row"), car, "reading_of", pl.col("p_vehicle")),
        _edges(
            vehicles.vehicles.filter(pl.col("dmv_row").is_not_null()),
            car,
            pl.format("row:dmv_registrations:{}", "dmv_row"),
            "registered_to",
            pl.col("p_registered"),
        ),
        _edges(stood, car, home, "seen_at", pl.lit(1.0), _counted("sightings", "sighting")),
        _edges(
            merges,
            pl.format("person:{}", "person_id"),
            pl.format("person:{}", "other_person_id"),
            "possibly_same",
            pl.col("p"),
        ),
    ]
    return pl.concat(parts)


def address_edges(dwellings: Dwellings) -> pl.DataFrame:
    """From rows, and from the texts that stand in them, to the dwellings that their addresses may mean (EDGES)."""
    meant = dwellings.links.filter(pl.col("dwelling_id").is_not_null())
    home = pl.format("dwelling:{}", "dwelling_id")
    note = pl.format("{}: {}", pl.col("address_text").str.strip_chars(), "method")
    cells = dwellings.cells.join(meant, on="address_text")
    return pl.concat(
        [
            _edges(cells, pl.format("row:{}:{}", "source", "row"), home, "address", pl.col("p_dwelling"), note),
            _edges(meant, pl.format("address:{}", "address_text"), home, "address", pl.col("p_dwelling"), note),
        ]
    )


def case_edges(kin: pl.DataFrame, operators: pl.DataFrame) -> pl.DataFrame:
    """The links that only a case's answer gives (EDGES): kin (left, right, p_kin, reason), drivers (vehicle_id,
    person_id, who, probability, reason).
    """
    drivers = operators.filter(pl.col("person_id").is_not_null())
    person = pl.format("person:{}", "person_id")
    why = pl.format("{}: {}", "who", "reason")
    ends = (pl.format("person:{}", "left"), pl.format("person:{}", "right"))
    return pl.concat(
        [
            _edges(kin, *ends, "kin_of", pl.col("p_kin"), pl.col("reason")),
            _edges(drivers, pl.format("vehicle:{}", "vehicle_id"), person, "seen_with", pl.col("probability"), why),
        ]
    )


def chain(edges: pl.DataFrame, start: str, end: str) -> tuple[Step, ...] | None:
    """The cheapest chain from one node to the other; empty where they are one node, None where nothing ties them."""
    if start == end:
        return ()
    usable = edges.filter(pl.col("p") > _SURE).with_columns(
        cost=pl.col("type").replace_strict(LENGTHS, return_dtype=pl.Float64) - pl.col("p").clip(_SURE, 1.0).log(2.0)
    )
    cheapest = usable.sort("a", "b", "cost", "type").unique(["a", "b"], keep="first", maintain_order=True)
    nodes = pl.concat([cheapest["a"], cheapest["b"]]).unique().sort()
    code = pl.DataFrame({"node": nodes}).with_row_index("code")
    known = {node: int(code.filter(pl.col("node") == node)["code"][0]) for node in (start, end) if node in nodes}
    if len(known) < 2:
        return None
    coded = cheapest.join(code, left_on="a", right_on="node", maintain_order="left").join(
        code, left_on="b", right_on="node", suffix="_b", maintain_order="left"
    )
    ends = (coded["code"].to_numpy(), coded["code_b"].to_numpy())
    matrix = coo_array((coded["cost"].to_numpy(), ends), shape=(len(nodes), len(nodes))).tocsr()
    _, before = dijkstra(matrix, directed=False, indices=known[start], return_predecessors=True)
    at, path = known[end], [known[end]]
    while at != known[start]:
        at = int(before[at])
        if at < 0:
            return None
        path.append(at)
    names = [str(nodes[int(position)]) for position in np.array(path[::-1])]
    return tuple(_step(cheapest, a, b) for a, b in pairwise(names))


def _step(edges: pl.DataFrame, a: str, b: str) -> Step:
    ours = pl.col("a").is_in([a, b]) & pl.col("b").is_in([a, b])
    edge = edges.filter(ours).sort("cost").row(0, named=True)
    return Step(a, b, edge["type"], edge["p"], _reason(edge), identity=edge["type"] == "names")


def _reason(edge: Mapping[str, Any]) -> str:
    note = edge["note"]
    match edge["type"]:
        case "names":
            return f"the row names this person ({note})"
        case "account":
            return "both rows are of one account"
        case "lives_at":
            return f"listed there ({note}); a listing is no proof of residence"
        case "named_at":
            return f"a body that is named there ({note}); it lives nowhere"
        case "address":
            text, _, method = str(note).rpartition(": ")
            return f"the address {text!r} is read as this dwelling ({how(method)})"
        case "reading_of":
            return "the plate of the row is read as this vehicle"
        case "registered_to":
            return "the plate is that of this registration"
        case "seen_at" if edge["a"].startswith("row:"):
            return "a row of the log of this dwelling"
        case "seen_at":
            return "seen at this dwelling" + (f" ({note})" if note else "") + "; that says nothing of who drove"
        case "seen_with":
            return f"one hypothesis of who drives it, not identity ({note})"
        case "kin_of":
            return f"possibly of one family ({note})"
        case "possibly_same":
            return "kept as two persons, and may be one after all"
        case other:
            return str(other)


def account_edges(usage: pl.DataFrame, billing: pl.DataFrame, row: int) -> pl.DataFrame:
    """From one row of utility_usage to the bills of its account (EDGES)."""
    mine = usage.filter(pl.col("row") == row).select("account_id", used="row").drop_nulls()
    both = billing.filter(pl.col("duplicate_of").is_null()).join(mine, on="account_id")
    ends = pl.format("row:utility_usage:{}", "used"), pl.format("row:utility_billing:{}", "row")
    return _edges(both, *ends, "account", pl.lit(1.0))


def is_identity(steps: tuple[Step, ...]) -> bool:
    """Whether a chain says that its ends are one person: rows and the one person whom they name, nothing else."""
    persons = {node for step in steps for node in (step.a, step.b) if node.startswith("person:")}
    return len(persons) == 1 and all(step.identity for step in steps)


def _counted(column: str, singular: str) -> pl.Expr:
    number = pl.col(column)
    return pl.when(number == 1).then(pl.lit(f"1 {singular}")).otherwise(pl.format("{} " + singular + "s", number))


def _edges(
    frame: pl.DataFrame, a: pl.Expr, b: pl.Expr, edge_type: str, p: pl.Expr, note: pl.Expr | None = None
) -> pl.DataFrame:
    said = pl.lit(None, pl.String) if note is None else note
    return frame.select(
        a.alias("a"),
        b.alias("b"),
        pl.lit(edge_type).alias("type"),
        p.cast(pl.Float64).fill_null(1.0).alias("p"),
        said.cast(pl.String).alias("note"),
    ).cast(EDGES)
