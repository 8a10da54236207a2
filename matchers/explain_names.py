"""A name that stands alone (in a complaint, on a letter) against names of the files, part by part."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz, process

from matchers.bare_names import compare_names
from matchers.name_parts import Part

NEAREST_SPELLINGS = 200  # compared part by part; a name of the city that rapidfuzz ranks lower is never the likeliest
SHOWN = 5


@dataclass(frozen=True, slots=True)
class NamePart:
    """One part of a comparison of two names: `words` say it, `bits` weigh it."""

    level: str
    words: str
    bits: float


@dataclass(frozen=True, slots=True)
class NamesExplained:
    """Two bare names. The bits of `parts` add up to `match_weight_bits`; p_match = 2^bits / (1 + 2^bits).

    `person_id`: whom the right name is of, in the linkage; null where it is no name of the files.
    """

    left: str
    right: str
    person_id: str | None
    parts: tuple[NamePart, ...]
    match_weight_bits: float
    p_match: float


def explain_names(left: str, named: Sequence[tuple[str, str | None]]) -> tuple[NamesExplained, ...]:
    """`left` against every (name, person_id), likeliest first; names that cannot be compared are left out."""
    compared = compare_names(pl.Series([left] * len(named), dtype=pl.String), pl.Series([name for name, _ in named]))
    told = [
        NamesExplained(
            left,
            row["right"],
            person,
            tuple(NamePart(p["level"], Part(**p).words, p["bits"]) for p in row["parts"]),
            row["match_weight_bits"],
            row["p_match"],
        )
        for row, (_, person) in zip(compared.iter_rows(named=True), named, strict=True)
        if row["p_match"] is not None
    ]
    return tuple(sorted(told, key=lambda one: (-one.match_weight_bits, one.right, one.person_id or "")))


def who_is_called(text: str, mentions: pl.DataFrame) -> tuple[NamesExplained, ...]:
    """The persons whose names are likeliest the one given, each by their nearest spelling, at most SHOWN.

    mentions: raw_name, person_id, kind. Bodies are nobody's namesakes.
    """
    spelt = mentions.filter(pl.col("kind") == "person").select("raw_name", "person_id").drop_nulls().unique()
    spelt = spelt.sort("raw_name", "person_id")
    names = spelt["raw_name"].unique(maintain_order=True).to_list()
    folded = [name.casefold() for name in names]
    # in any order of words, and by the letters alone: a name may be misspelt, or lack a part
    near = {
        found[2]
        for scorer in (fuzz.token_sort_ratio, fuzz.WRatio)
        for found in process.extract(text.casefold(), folded, scorer=scorer, limit=NEAREST_SPELLINGS)
    }
    nearest = pl.Series([names[position] for position in sorted(near)], dtype=pl.String)
    told = explain_names(text, list(spelt.filter(pl.col("raw_name").is_in(nearest.implode())).iter_rows()))
    best: dict[str | None, NamesExplained] = {}
    for one in told:
        best.setdefault(one.person_id, one)
    return tuple(best.values())[:SHOWN]
