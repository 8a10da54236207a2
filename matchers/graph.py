"""The linkage graph of one case: which rows name which persons, which plates are which vehicles, and why.

Nodes carry `kind`: `person`, `vehicle`, `dwelling` or `row` (one row of an input file). Edges carry `type`:

| type | between | says |
| --- | --- | --- |
| `names` | row, person | the row names this person, with membership probability `p_member` |
| `address` | row, dwelling | an address of the row is read as this dwelling (`p_dwelling`, `method`, `edits`) |
| `same_person` | row, row | two mentions taken for one person: `match_weight_bits`, `p_match`, `bits_<feature>` |
| `compared` | row, row | the same of two mentions that are not taken for one person, or not yet |
| `lives_at` | person, dwelling | some row lists the person there (a listing, not proof of residence) |
| `named_at` | body, dwelling | the same of a company, trust or estate, which lives nowhere |
| `registered_to` | vehicle, row or person | the registration the plate is taken for; the owner it names |
| `reading_of` | row, vehicle | a logged plate, taken to be this vehicle, with the edits that needed |
| `seen_at` | vehicle, dwelling | sightings of the vehicle at the dwelling |
| `seen_with` | vehicle, person | the person is one hypothesis for the driver (`who`, `probability`) |
| `kin_of` | person, person | related, with probability and reason |

`seen_with` is never identity: only `names` and `same_person` say that two mentions are one person, so one
shared car cannot merge a family into one occupant. A row may name two persons, so identity runs from mention to
mention (`mention_id`, `left_mention`, `right_mention`), not from row to row. `identity_components` is that rule.

Every edge says how sure it is, and what it says adds up (`matchers.graph_law`): its `bits_*` to its total, and its
probability follows from that. The total of `same_person`, `compared` (`match_weight_bits`) and `kin_of`
(`kin_weight_bits`) is a weight of evidence, log2 of the odds. That of `address`, `lives_at`, `named_at` and
`registered_to` (`bits_total`) is log2 of a probability, each of whose factors is one contribution. The `bits_total` of
`reading_of` is compared between the candidates of one row. The drivers of one car (`seen_with`, and `p_driver_*` of the
vehicle for those whom nobody names) are all there are and sum to 1. `seen_at` is a fact and has no weight.

Attributes are scalars (text, whole number, number, yes/no) because GraphML holds nothing else; a missing
value has no attribute. Node and edge order is fixed by the keys of the frames, so equal frames give equal
bytes. `matchers.graph_export` writes them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import polars as pl

from matchers.graph_export import add_edge, add_node, xml_safe
from matchers.graph_law import added_up, factors, kin_weight

# A landlord may be named by hundreds of rows elsewhere; a person reading one case needs a few of them.
ROWS_ELSEWHERE_PER_PERSON = 12

BODIES = ("company", "trust", "estate")  # kinds of mentions that are no natural person
DMV = "dmv_registrations"
SAME_PERSON = "same person"  # the decision of `PersonLinks.pairs` that is identity


def build_graph(
    case_id: str,
    dwelling_ids: Sequence[str],
    *,
    dwellings: pl.DataFrame,
    mentions: pl.DataFrame,
    pairs: pl.DataFrame,
    vehicles: pl.DataFrame,
    sightings: pl.DataFrame,
    readings: pl.DataFrame,
    addresses: pl.DataFrame | None = None,
    kin: pl.DataFrame | None = None,
    operators: pl.DataFrame | None = None,
) -> "nx.MultiGraph[str]":
    """Graph of one case out of the city's frames (see docs/frames.md); frames may hold other cases too.

    `dwellings` is `Dwellings.table`; `mentions` and `pairs` those of `PersonLinks`; `vehicles`,
    `sightings` and `readings` those of `Vehicles`. `addresses` (source, row, field, address_text, and the columns of
    `Dwellings.links`) are of the dwellings of the case. `kin` (left, right: person_id, p_kin, reason) and
    `operators` (vehicle_id, person_id, who, probability, reason) are optional. Persons are those whom some
    row lists at the dwelling and those who own a vehicle of the case; their rows elsewhere are kept up to a
    cap (`rows_elsewhere_left_out`).
    """
    graph: nx.MultiGraph[str] = nx.MultiGraph(case_id=xml_safe(case_id), schema="occupancy-evidence/graph/1")
    case_vehicles = vehicles.filter(pl.col("case_id") == case_id).sort("vehicle_id")
    here = _mentions_of_case(mentions, dwelling_ids, case_vehicles)
    _add_dwellings(graph, dwellings, dwelling_ids)
    _add_persons(graph, here, dwelling_ids)
    _add_pairs(graph, here, pairs)
    _add_vehicles(graph, case_id, case_vehicles, sightings, readings, dwelling_ids, here)
    if addresses is not None:
        _add_addresses(graph, addresses)
    if kin is not None:
        for edge in kin.sort("left", "right").iter_rows(named=True):
            ends = person_node(edge["left"]), person_node(edge["right"])
            add_edge(graph, *ends, "kin_of", **_rest(kin_weight(edge), "left", "right"))
    if operators is not None:
        for edge in operators.sort("vehicle_id", "person_id", "who").iter_rows(named=True):
            car = vehicle_node(edge["vehicle_id"])
            if edge["person_id"] is not None and person_node(edge["person_id"]) in graph:
                add_edge(
                    graph, car, person_node(edge["person_id"]), "seen_with", **_rest(edge, "vehicle_id", "person_id")
                )
            elif car in graph:
                who = f"p_driver_{edge['who'].replace(' ', '_')}"
                graph.nodes[car][who] = graph.nodes[car].get(who, 0.0) + edge["probability"]
    return graph


def person_node(person_id: object) -> str:
    return f"person:{xml_safe(str(person_id))}"


def vehicle_node(vehicle_id: object) -> str:
    return f"vehicle:{xml_safe(str(vehicle_id))}"


def dwelling_node(dwelling_id: object) -> str:
    return f"dwelling:{xml_safe(str(dwelling_id))}"


def row_node(source: str, row: int) -> str:
    return f"row:{source}:{row}"


def identity_components(graph: "nx.MultiGraph[str]") -> list[frozenset[str]]:
    """Sets of nodes that are one person by identity edges alone, largest first; needs nothing but a saved graph.

    Only persons and the rows that name them; a row that names two persons is in two sets.
    """
    identity: nx.Graph[str | int] = nx.Graph()
    identity.add_nodes_from(node for node, facts in graph.nodes(data=True) if facts["kind"] == "person")
    rows: dict[str | int, set[str]] = {}
    for a, b, facts in graph.edges(data=True):
        if facts["type"] == "names":
            person, row = sorted((a, b), key=lambda node: graph.nodes[node]["kind"] != "person")
            identity.add_edge(person, facts["mention_id"])
            rows.setdefault(facts["mention_id"], set()).add(row)
        elif facts["type"] == "same_person":
            identity.add_edge(facts["left_mention"], facts["right_mention"])
    parts = []
    for members in nx.connected_components(identity):
        persons = {member for member in members if isinstance(member, str)}
        parts.append(frozenset(persons.union(*(rows.get(member, set()) for member in members))))
    return sorted(filter(None, parts), key=lambda part: (-len(part), min(part)))


def _mentions_of_case(mentions: pl.DataFrame, dwelling_ids: Sequence[str], case_vehicles: pl.DataFrame) -> pl.DataFrame:
    """The mentions to draw, with `here`: the row lists the dwelling, or registers a vehicle of the case."""
    owners = case_vehicles.get_column("dmv_row").drop_nulls()
    dmv_rows = pl.Series("dmv_row", owners, dtype=mentions.schema["row"]).implode()
    registered = (pl.col("source") == DMV) & pl.col("row").is_in(dmv_rows)
    at_dwelling = pl.col("dwelling_id").is_in(pl.Series(list(dwelling_ids), dtype=pl.String).implode())
    marked = mentions.with_columns(here=(at_dwelling | registered).fill_null(value=False))
    persons = marked.filter("here").select("person_id").unique()
    rank_elsewhere = pl.int_range(pl.len()).over("person_id", "here")
    ranked = (
        marked.join(persons, on="person_id", how="semi")
        .sort("mention_id")
        .with_columns(drawn=pl.col("here") | (rank_elsewhere < ROWS_ELSEWHERE_PER_PERSON))
    )
    return ranked.with_columns(left_out=(~pl.col("drawn")).sum().over("person_id")).filter("drawn")


def _add_dwellings(graph: "nx.MultiGraph[str]", dwellings: pl.DataFrame, dwelling_ids: Sequence[str]) -> None:
    wanted = ["dwelling_id", "address", "unit", "bedrooms", "property_type", "zone", "permitted_use"]
    known = dwellings.filter(pl.col("dwelling_id").is_in(list(dwelling_ids))).sort("dwelling_id")
    for dwelling in known.select(c for c in wanted if c in known.columns).iter_rows(named=True):
        label = dwelling.get("address") or dwelling["dwelling_id"]
        add_node(graph, dwelling_node(dwelling["dwelling_id"]), "dwelling", label, **dwelling)
    for dwelling_id in dwelling_ids:
        if dwelling_node(dwelling_id) not in graph:
            add_node(graph, dwelling_node(dwelling_id), "dwelling", dwelling_id, dwelling_id=dwelling_id)


def _add_persons(graph: "nx.MultiGraph[str]", here: pl.DataFrame, dwelling_ids: Sequence[str]) -> None:
    case_dwellings = frozenset(dwelling_ids)
    for (person_id,), rows in here.group_by("person_id", maintain_order=True):
        best = rows.sort("p_member", "mention_id", descending=[True, False]).row(0, named=True)
        person = person_node(person_id)
        counts = {"mentions": rows.height, "rows_elsewhere_left_out": rows.get_column("left_out")[0]}
        add_node(graph, person, "person", _display(best), person_id=person_id, **counts)
        listed: dict[str, list[Mapping[str, Any]]] = {}
        for mention in rows.iter_rows(named=True):
            says = "p_member", "field", "part", "raw_name", "role", "mention_id", "address_key"
            row = _add_row(graph, mention["source"], mention["row"])
            add_edge(graph, row, person, "names", **_pick(mention, *says))
            if mention["dwelling_id"] in case_dwellings:
                listed.setdefault(mention["dwelling_id"], []).append(mention)
        says_there = "named_at" if best["kind"] in BODIES else "lives_at"
        for dwelling_id, listings in sorted(listed.items()):
            surest = max(listings, key=lambda m: ((m["p_dwelling"] or 0.0) * (m["p_member"] or 0.0), -m["mention_id"]))
            facts = {
                **factors("p_listed", {"address": surest["p_dwelling"], "name": surest["p_member"]}),
                "rows": "; ".join(sorted({f"{m['source']} row {m['row']}" for m in listings})),
            }
            add_edge(graph, person, dwelling_node(dwelling_id), says_there, **facts)


def _add_pairs(graph: "nx.MultiGraph[str]", here: pl.DataFrame, pairs: pl.DataFrame) -> None:
    drawn = here.select("mention_id")
    ends = {mention["mention_id"]: mention for mention in here.iter_rows(named=True)}
    between = pairs.join(drawn, left_on="left", right_on="mention_id", how="semi").join(
        drawn, left_on="right", right_on="mention_id", how="semi"
    )
    for pair in between.sort("left", "right").iter_rows(named=True):
        left, right = ends[pair["left"]], ends[pair["right"]]
        a, b = row_node(left["source"], left["row"]), row_node(right["source"], right["row"])
        if a != b:  # two names in one cell are compared but are no link between rows
            ends_of = {
                "left_mention": pair["left"], "left_field": left["field"], "left_part": left["part"],
                "right_mention": pair["right"], "right_field": right["field"], "right_part": right["part"],
            }  # fmt: skip
            edge_type = "same_person" if pair["decision"] == SAME_PERSON else "compared"
            add_edge(graph, a, b, edge_type, **ends_of, **_rest(added_up(pair), "left", "right"))


def _add_addresses(graph: "nx.MultiGraph[str]", addresses: pl.DataFrame) -> None:
    """From rows to the dwellings that their addresses may mean; rows are drawn where they are not yet."""
    for cell in addresses.sort("source", "row", "field", "dwelling_id").iter_rows(named=True):
        if cell["dwelling_id"] is None or dwelling_node(cell["dwelling_id"]) not in graph:
            continue
        row = _add_row(graph, cell["source"], cell["row"])
        facts = _pick(cell, "field", "address_text", "method", "edits")
        product = factors("p_dwelling", {"building": cell["p_building"], "unit": cell["p_unit"]})
        add_edge(graph, row, dwelling_node(cell["dwelling_id"]), "address", **facts, **product)


def _add_vehicles(
    graph: "nx.MultiGraph[str]",
    case_id: str,
    case_vehicles: pl.DataFrame,
    sightings: pl.DataFrame,
    readings: pl.DataFrame,
    dwelling_ids: Sequence[str],
    here: pl.DataFrame,
) -> None:
    seen = sightings.filter((pl.col("case_id") == case_id) & pl.col("vehicle_id").is_not_null())
    read = readings.filter(pl.col("case_id") == case_id).sort("log_row", "plate", "plate_state")
    owners = here.filter(pl.col("source") == DMV).sort("mention_id")
    for vehicle in case_vehicles.iter_rows(named=True):
        node = vehicle_node(vehicle["vehicle_id"])
        add_node(graph, node, "vehicle", vehicle["plate"] or "plate not read", **_rest(vehicle, "case_id"))
        mine = seen.filter(pl.col("vehicle_id") == vehicle["vehicle_id"]).sort("log_row")
        days = mine.get_column("observed_date").drop_nulls()
        span = {"sightings": mine.height, "first_seen": days.min(), "last_seen": days.max()}
        for dwelling_id in dwelling_ids:
            add_edge(graph, node, dwelling_node(dwelling_id), "seen_at", **span)
        for sighting in mine.iter_rows(named=True):
            facts = _pick(sighting, "observed_date", "observed_time", "read_plate", "read_state")
            row = _add_row(graph, "vehicle_log", sighting["log_row"], **facts)
            same_plate = pl.col("plate").eq_missing(pl.lit(vehicle["plate"]))
            of_row = read.filter((pl.col("log_row") == sighting["log_row"]) & same_plate)
            reading = _rest(of_row.row(0, named=True), "case_id", "log_row") if of_row.height else {}
            add_edge(graph, row, node, "reading_of", p_vehicle=sighting["p_vehicle"], **reading)
        if vehicle["dmv_row"] is not None:
            row = _add_row(graph, DMV, vehicle["dmv_row"])
            p_registered = vehicle["p_registered"]
            add_edge(graph, node, row, "registered_to", **factors("p_owner", {"registration": p_registered}))
            for owner in owners.filter(pl.col("row") == vehicle["dmv_row"]).iter_rows(named=True):
                product = factors("p_owner", {"registration": p_registered, "name": owner["p_member"]})
                facts = {**_pick(owner, "field"), **product}
                add_edge(graph, node, person_node(owner["person_id"]), "registered_to", **facts)


def _add_row(graph: "nx.MultiGraph[str]", source: str, row: int, **facts: object) -> str:
    node = row_node(source, row)
    add_node(graph, node, "row", f"{source} row {row}", source=source, row=row, **facts)
    return node


def _display(mention: Mapping[str, Any]) -> str:
    parts = [mention.get(part) for part in ("given", "middle", "family", "suffix")]
    name = " ".join(str(part).title() for part in parts if part)
    return name or str(mention.get("raw_name") or mention["person_id"])


def _pick(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: record[name] for name in names if name in record}


def _rest(record: Mapping[str, Any], *without: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in without}
