"""Frames of a small city with one case: two students, a father who owns a car, a landlord, a misread plate."""

from datetime import date, time
from typing import Any

import networkx as nx
import polars as pl

from matchers.graph import build_graph

CASE = "C-1"
HOME = "1201-w-plum-st-apt-2"

DWELLINGS = pl.DataFrame(
    {"dwelling_id": [HOME, "9-elm-st"], "address": ["1201 W PLUM ST APT 2", "9 ELM ST"], "bedrooms": [3, 2]},
    schema_overrides={"bedrooms": pl.Int16},
)


def mention(
    mention_id: int, source: str, row: int, field: str, name: str, person_id: str, dwelling: str | None
) -> dict[str, Any]:
    given, family = name.split(" ")
    return {
        "mention_id": mention_id,
        "source": source,
        "row": row,
        "field": field,
        "part": 0,
        "raw_name": name,
        "kind": "person",
        "given": given.upper(),
        "middle": None,
        "family": family.upper(),
        "suffix": None,
        "dwelling_id": dwelling,
        "p_dwelling": 1.0 if dwelling else None,
        "role": "tenant",
        "person_id": person_id,
        "p_member": 0.9,
    }


def mentions_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    whole: dict[str, type[pl.DataType]] = {"mention_id": pl.UInt32, "row": pl.UInt32, "part": pl.UInt8}
    nullable: dict[str, type[pl.DataType]] = {
        "middle": pl.String,
        "suffix": pl.String,
        "dwelling_id": pl.String,
        "p_dwelling": pl.Float64,
    }
    return pl.DataFrame(rows, schema_overrides={**whole, **nullable})


MENTIONS = mentions_frame(
    [
        mention(0, "lease_disclosures", 1, "name", "Ana Ruiz", "p1", HOME),
        mention(1, "lease_disclosures", 2, "name", "Tom Hale", "p2", HOME),
        mention(2, "university_addresses", 7, "name", "Tomas Hale", "p2", "9-elm-st"),
        mention(3, "dmv_registrations", 4, "owner_name", "Roger Hale", "p3", None),
        mention(4, "utility_billing", 5, "billing_name", "Someone Else", "p4", "9-elm-st"),
    ]
)

PAIRS = pl.DataFrame(
    {
        "left": [1, 2],
        "right": [2, 4],
        "match_weight_bits": [7.5, -3.0],
        "p_match": [0.98, 0.02],
        "bits_family": [8.0, -2.0],
        "bits_given": [-0.5, None],
        "decision": ["same person", "kept apart"],
    },
    schema_overrides={"left": pl.UInt32, "right": pl.UInt32},
)

VEHICLES = pl.DataFrame(
    {
        "case_id": [CASE, CASE, "C-2"],
        "vehicle_id": ["v1", "v2", "v1"],
        "plate": ["ABC123", None, "ZZZ999"],
        "plate_state": ["CO", None, "CO"],
        "dmv_row": [4, None, 5],
        "p_registered": [0.95, 0.0, 1.0],
        "sightings": [2, 1, 1],
    },
    schema_overrides={"dmv_row": pl.UInt32},
)

SIGHTINGS = pl.DataFrame(
    {
        "case_id": [CASE, CASE, CASE, CASE],
        "log_row": [10, 11, 12, 13],
        "observed_date": [date(2007, 9, 1), date(2007, 9, 2), date(2007, 9, 2), date(2007, 9, 3)],
        "observed_time": [time(2, 0), None, time(3, 0), time(2, 0)],
        "read_plate": ["ABC123", "A8C123", "??", None],
        "read_state": ["CO", None, None, None],
        "vehicle_id": ["v1", "v1", "v2", None],
        "p_vehicle": [0.99, 0.9, 0.5, None],
        "is_effort": [False, False, False, True],
    },
    schema_overrides={"log_row": pl.UInt32},
)

READINGS = pl.DataFrame(
    {
        "case_id": [CASE, CASE],
        "log_row": [10, 11],
        "plate": ["ABC123", "ABC123"],
        "plate_state": ["CO", "CO"],
        "dmv_row": [4, 4],
        "p_match": [0.99, 0.9],
        "edits": [0, 1],
    },
    schema_overrides={"log_row": pl.UInt32, "dmv_row": pl.UInt32},
)

KIN = pl.DataFrame({"left": ["p2"], "right": ["p3"], "p_kin": [0.8], "reason": ["same surname, rare in the city"]})

OPERATORS = pl.DataFrame(
    {
        "vehicle_id": ["v1", "v1"],
        "person_id": ["p2", None],
        "who": ["kin of owner", "unknown person"],
        "probability": [0.7, 0.3],
        "reason": ["surname of the owner", "-"],
    }
)


def sample_graph(mentions: pl.DataFrame = MENTIONS, *, case_id: str = CASE) -> "nx.MultiGraph[str]":
    return build_graph(
        case_id,
        [HOME],
        dwellings=DWELLINGS,
        mentions=mentions,
        pairs=PAIRS,
        vehicles=VEHICLES,
        sightings=SIGHTINGS,
        readings=READINGS,
        kin=KIN,
        operators=OPERATORS,
    )
