"""By which rules pairs of mentions are proposed, and what is said of pairs that a rule leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from matchers.settings import LinkSettings

Skipped = tuple[str, int, int, float]  # what was left out: rule, blocks, profiles, pairs
SKIPPED_SCHEMA = {"rule": pl.String, "blocks": pl.UInt32, "profiles": pl.UInt32, "pairs": pl.Float64}


# Tried first: of the pairs that other rules propose more than half are of one place or sound alike.
FIRST = ("same place", "surname sound, given name")


@dataclass(frozen=True, slots=True)
class Rule:
    """Profiles that agree on all of `columns` are compared, unless more than `largest` of them do.

    `given_root` agrees where two given names are, or may be short for, one name.
    """

    name: str
    columns: tuple[str, ...]
    largest: int


def skipped_table(skipped: Mapping[str, Skipped], settings: LinkSettings) -> pl.DataFrame:
    """What was left out, by rule in the order of `rules_of`: rule, blocks, profiles, pairs."""
    return pl.DataFrame([skipped[rule.name] for rule in rules_of(settings)], schema=SKIPPED_SCHEMA, orient="row")


def rules_of(settings: LinkSettings) -> list[Rule]:
    """The rules that propose pairs."""
    place, name = settings.max_place_block, settings.max_name_block
    return [
        Rule("same place", ("place",), place),
        Rule("same place, surname sound", ("place", "family_sound"), place),
        Rule("same place, given name", ("place", "given_root"), place),
        Rule("same building, surname sound", ("building", "family_sound"), name),
        Rule("same building, given name", ("building", "given_root"), name),
        Rule("surname sound, birth date", ("family_sound", "dob"), place),
        Rule("birth date, given name", ("dob", "given_root"), name),  # whose surname changed, in a city of any size
        Rule("birth date, given initial", ("dob", "given_initial"), name),
        Rule("birth date, initials in either order", ("dob", "initials"), name),
        Rule("birth date, ZIP", ("dob", "zip"), name),
        Rule("birth date, house number", ("dob", "number"), name),
        Rule("birth date, surname initial", ("dob", "family_initial"), name),
        Rule("surname, given initial, birth year", ("family", "given_initial", "birth_year"), name),
        Rule("surname, given initial, ZIP", ("family", "given_initial", "zip"), name),
        Rule("surname, given name or its short form", ("family", "given_root"), name),
        Rule("surname sound, given name, ZIP", ("family_sound", "given_root", "zip"), name),
        Rule("surname sound, given name", ("family_sound", "given"), name),
        Rule("surname, given sound", ("family", "given_sound"), name),
        Rule("house number, given name, surname initial", ("number", "given", "family_initial"), name),
        Rule("house number, surname, given initial", ("number", "family", "given_initial"), name),
        Rule("house number, initials in either order, ZIP", ("number", "initials", "zip"), name),
        Rule("street, given name, surname initial", ("street", "given", "family_initial"), name),
        Rule("street, initials in either order, ZIP", ("street", "initials", "zip"), name),
        Rule("names in either order", ("name_set",), name),
        Rule("same words", ("words",), settings.max_words_block),
        Rule("same identifier", ("record_key",), place),
    ]
