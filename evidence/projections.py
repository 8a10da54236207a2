"""By which columns the rows of a prepared city are asked for when one case is answered (`vicinity`)."""

from collections.abc import Mapping
from typing import Final

from evidence.keeping import Projection, Projections

DWELLINGS: Final[Projections] = {
    "table": (Projection("dwelling_id"),),
    "best": (
        Projection("dwelling_id"),
        Projection("address_text"),
        Projection("address_key", ("address_text", "address_key")),
    ),
    "links": (Projection("dwelling_id"), Projection("address_text")),
    "cells": (Projection("address_text"),),
}

# Rows of mentions are read person by person; who is meant is looked up in narrow copies.
MENTION_NAMED: Final = ("mention_id", "source", "row", "kind", "person_id", "family", "dwelling_id", "case_id")
_OTHER_KEYS: Final = {"row": (), "family": (), "dwelling_id": (), "address_key": ("address_key",)}
PERSON_INDEX: Final[Projections] = {
    "given": (Projection("name"),),
    "family": (Projection("name"),),
    "given_at": (Projection("place"),),
    "family_at": (Projection("place"),),
    "lifts": (Projection("family"),),
    "crowds": (Projection("place"),),
    "spellings": (Projection("body"),),
    "neighbours": (Projection("person"),),
}

PERSONS: Final[Projections] = {
    "mentions": (
        Projection("person_id"),
        *(Projection(column, (*MENTION_NAMED, *beside)) for column, beside in _OTHER_KEYS.items()),
    ),
    "pairs": (Projection("left"),),
    "possible_merges": (Projection("person_id"), Projection("other_person_id")),
}

REGISTRY: Final[Projections] = {
    "entities": (Projection("entity"),),
    "rows": (Projection("entity"), Projection("dmv_row", ("dmv_row", "entity"))),
}
PLATE_KEYS: Final[Projections] = {"reach": (Projection("key"),)}

SOURCES: Final[Mapping[str, tuple[Projection, ...]]] = {
    "assessor": (Projection("row"),),
    "dmv_registrations": (Projection("row"),),
    "university_addresses": (Projection("row"),),
    "utility_billing": (Projection("service_address"),),
    "utility_usage": (Projection("account_id"),),
}
