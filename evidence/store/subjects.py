"""Whose records an access showed, kept with its entry's details: a breach can then be told to those concerned."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_STATE = re.compile(r"\b([A-Za-z]{2})\b[,.\s]*(?:\d{5}(?:-\d{4})?)?\s*$")


def subjects_of(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The persons named in a summary (as in summary.json): its candidates, and registered owners who are none.

    name, person_id (null: an owner who is no candidate), case, address (the dwelling, or the registered one), state
    (null: not known), sources that name the person.
    """
    case, address = str(summary["case_id"]), str(summary["address"])
    found = []
    known: set[str] = set()
    for person in summary["persons"]:
        if person["display_name"] is None:
            continue
        sources = sorted({naming["row"]["source"] for naming in person["named_by"]})
        known |= {str(naming["text"]).casefold() for naming in person["named_by"]}
        found.append(_subject(person["display_name"], person["person_id"], case, address, sources))
    for vehicle in summary["vehicles"]:
        owner = vehicle["registered_owner"]
        if owner is not None and str(owner).casefold() not in known:
            known.add(str(owner).casefold())
            found.append(_subject(owner, None, case, vehicle["registered_address"] or "", ["dmv_registrations"]))
    return found


def subjects_listed(rows: Iterable[Mapping[str, Any]], addresses: Mapping[str, str]) -> list[dict[str, Any]]:
    """The persons named in the table `persons` of a screening; addresses: case_id -> address."""
    return [
        _subject(row["display_name"], row["person_id"], row["case_id"], addresses.get(row["case_id"]) or "", [])
        for row in rows
        if row["display_name"] is not None
    ]


def subjects_linked(links: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Those whom links name: what a row says, and that row (`source:row:field`)."""
    named = {(says, row.partition(":")[0]) for says, row in links}
    return [_subject(says, None, "", "", [source]) for says, source in sorted(named)]


def _subject(name: str, person_id: str | None, case: str, address: str, sources: list[str]) -> dict[str, Any]:
    state = _STATE.search(address)
    return {
        "name": str(name),
        "person_id": person_id,
        "case": case,
        "address": address,
        "state": state[1].upper() if state else None,
        "sources": sources,
    }
