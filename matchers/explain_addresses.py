"""What a written address may mean: every dwelling with its probability, and that it is none of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from matchers.judged_addresses import CONFIRMED, REJECTED
from matchers.places import Dwellings

METHOD_WORDS: Mapping[str, str] = {
    "exact": "just as the list has it",
    "missing unit": "it gives no unit: one of the building's, all alike",
    "nearest street": "the nearest name of a street, with this number on it",
    "nearest number": "the nearest number on the street",
    "transposed number": "two digits of the number exchanged",
    "letter of the number": "the number with a letter or fraction more or less",
    "zip ignored": "with another ZIP code than the list's",
    "missing suffix": "without the kind of street",
    "other suffix": "with another kind of street",
    "other direction": "with another direction, or none",
    "unit by another name": "another name of the same part of the house",
    "unit not known apart": "the unit is not known as a dwelling of its own",
    "nearest unit": "the nearest unit of the building",
    "unknown unit": "a unit that the building is not known to have",
    "renamed street": "by an earlier name of the street",
    "unit in the number": "the unit is written against the number",
    "range of numbers": "a range that holds this number",
    "not in the master": "a place that the list does not have",
    "outside": "outside the city",
    "po box": "a box, where nobody lives",
    "no address": "no house number",
    CONFIRMED: CONFIRMED,
    REJECTED: "the dwelling that it was taken for was rejected by judgement",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One dwelling that an address may mean (null: none of the city's). p_dwelling = p_building * p_unit, which are
    null where several ways of meaning no dwelling are added up.
    """

    dwelling_id: str | None
    p_dwelling: float
    p_building: float | None
    p_unit: float | None
    words: str


@dataclass(frozen=True, slots=True)
class AddressExplained:
    """What one address as written may mean; the probabilities of its places sum to 1. `field`: null for a bare text."""

    text: str
    field: str | None
    places: tuple[Place, ...]


def explain_addresses(dwellings: Dwellings, node: str) -> tuple[AddressExplained, ...]:
    """The addresses that a node of the graph holds: one of `address:TEXT`, those of `row:SOURCE:ROW`; others none."""
    kind, _, rest = node.partition(":")
    if kind == "address":
        return (_explained(dwellings, rest, None),)
    if kind != "row":
        return ()
    source, _, row = rest.rpartition(":")
    cells = dwellings.cells.filter((pl.col("source") == source) & (pl.col("row") == int(row))).sort("field")
    return tuple(_explained(dwellings, cell["address_text"], cell["field"]) for cell in cells.iter_rows(named=True))


def how(method: str) -> str:
    """The method of a link in words; an unknown one by its own name."""
    return METHOD_WORDS.get(method, method)


def _explained(dwellings: Dwellings, text: str, field: str | None) -> AddressExplained:
    links = dwellings.links.filter(pl.col("address_text") == text)
    likely = links.sort("p_dwelling", "dwelling_id", descending=[True, False], nulls_last=True)
    places = (
        Place(link["dwelling_id"], link["p_dwelling"], link["p_building"], link["p_unit"], how(link["method"]))
        for link in likely.iter_rows(named=True)
    )
    return AddressExplained(text.strip(), field, tuple(places))
