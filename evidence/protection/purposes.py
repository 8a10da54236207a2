"""Permitted purposes: a code, what it means, and on which ground it opens each source (`purposes.csv`, `bases.csv`)."""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Basis:
    """The ground on which one source may be read. text_status: quoted, secondary, memory or project."""

    code: str
    law: str
    words: str
    text_status: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """A permitted purpose. bases: source -> ground; a source that is not in it stays shut."""

    code: str
    words: str
    looks_up_persons: bool
    bases: Mapping[str, str]

    def opens(self, sources: Collection[str]) -> dict[str, str]:
        """Source -> ground, of these sources, in the order of their names."""
        return {source: self.bases[source] for source in sorted(sources) if source in self.bases}


def rows_of(table: str) -> list[dict[str, str]]:
    """The rows of one of this package's tables."""
    text = resources.files("evidence.protection").joinpath(table).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def bases() -> Mapping[str, Basis]:
    """Every ground by its code."""
    return {r["basis"]: Basis(r["basis"], r["law"], r["words"], r["text_status"]) for r in rows_of("bases.csv")}


@cache
def purposes() -> Mapping[str, Purpose]:
    """Every permitted purpose by its code."""
    made = {}
    for row in rows_of("purposes.csv"):
        code, words, persons = row.pop("purpose"), row.pop("words"), row.pop("looks_up_persons")
        made[code] = Purpose(code, words, persons == "yes", {source: basis for source, basis in row.items() if basis})
    return made
