"""Names and addresses that an agency keeps in several columns -> the one text the dictionary asks for.

`Last Name` + `First Name` become `LAST, FIRST MIDDLE SUFFIX` (the comma says which is which); `Street No`,
`Street`, `Apt`, `City`, `State`, `Zip` become one address line. City, unit and the like also complete an
address that has a column of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

from loaders.sources.base import Source


@dataclass(frozen=True, slots=True)
class PartWords:
    """Headers of the parts of one kind of column; `needed` parts must be there, `completing` may be added."""

    words: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]
    completing: frozenset[str]


PARTS: Final = {
    "name": PartWords(
        words={
            "family": ("last name", "lastname", "surname", "family name", "last", "lname", "last nm"),
            "given": ("first name", "firstname", "given name", "first", "fname", "first nm", "given names"),
            "middle": ("middle name", "middle", "mi", "middle initial", "mname", "m i"),
            "suffix": ("suffix", "name suffix", "generation"),
        },
        needed=("family", "given"),
        completing=frozenset(),
    ),
    "address": PartWords(
        words={
            "number": (
                "house number",
                "street number",
                "street no",
                "house no",
                "address number",
                "addressnum",
                "addr num",
                "addrnum",
                "number",
                "strno",
                "st no",
                "house num",
                "bldg number",
            ),
            "fraction": ("addr sufx", "number suffix", "address number suffix", "fraction"),
            "predir": ("predir", "pre direction", "street direction", "direction", "st dir", "predirectional", "dir"),
            "street": ("street", "street name", "strname", "st name", "road name"),
            "suffix": ("street type", "street suffix", "st type", "street sfx"),
            "unit": (
                "unit",
                "apt",
                "apartment",
                "unit number",
                "unit no",
                "apt no",
                "apt number",
                "address 2",
                "address line 2",
                "addr 2",
                "suite",
                "unit #",
                "apartment number",
            ),
            "city": ("city", "town", "municipality"),
            "state": ("state", "st", "address state", "owner state", "state code"),
            "zip": ("zip", "zip code", "zipcode", "postal code", "postcode", "zip 5"),
        },
        needed=("street",),
        completing=frozenset({"unit", "city", "state", "zip"}),
    ),
}


def _target(source: Source, kind: str) -> str | None:
    """The column that parts of this kind stand for: the first of its kind, and of a required one."""
    return next((column for column in source.columns() if source.kind(column) == kind), None)


@cache
def part_aliases(source: Source) -> dict[str, tuple[str, str]]:
    """Header key -> (canonical column, part), for the columns of a source that may come in parts."""
    found: dict[str, tuple[str, str]] = {}
    for kind, words in PARTS.items():
        column = _target(source, kind)
        if column is None:
            continue
        prefixes = (
            "",
            *{"owner_name": ("owner",), "name": ("student", "tenant"), "billing_name": ("customer",)}.get(column, ()),
        )
        prefixes += {
            "owner_address": ("owner",),
            "service_address": ("service",),
            "situs_address": ("situs", "site"),
        }.get(column, ())
        for part, headers in words.words.items():
            for header in headers:
                for prefix in prefixes:
                    found.setdefault((prefix + header).replace(" ", "").replace("#", ""), (column, part))
    return found


def join_parts(cells: pl.DataFrame, parts: Mapping[tuple[str, str], str]) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Build whole columns from their parts; `parts`: (canonical column, part) -> column of `cells`.

    Returns the frame with the whole columns added or completed, and notes. Blank parts are left out.
    """
    notes: list[str] = []
    for column in sorted({column for column, _ in parts}):
        pieces = {part: _blank_to_null(name) for (owner, part), name in parts.items() if owner == column}
        if "family" in pieces and "given" in pieces:
            given = pl.concat_str(
                [pieces[part] for part in ("given", "middle", "suffix") if part in pieces],
                separator=" ",
                ignore_nulls=True,
            )
            whole = pl.concat_str(
                [pieces["family"], pl.when(given != "").then(given)], separator=", ", ignore_nulls=True
            )
        elif column in cells.columns or "street" in pieces:
            line = [pieces[part] for part in ("number", "fraction", "predir", "street", "suffix") if part in pieces]
            base = (
                _blank_to_null(column)
                if column in cells.columns
                else pl.concat_str(line, separator=" ", ignore_nulls=True)
            )
            missing = {
                part: _unless_inside(piece, base)
                for part, piece in pieces.items()
                if part in PARTS["address"].completing
            }
            tail = pl.concat_str(
                [missing[part] for part in ("state", "zip") if part in missing] or [pl.lit(None, pl.String)],
                separator=" ",
                ignore_nulls=True,
            )
            unit = missing.get("unit", pl.lit(None, pl.String))
            unit = pl.when(unit.str.contains(r"^\d+[A-Za-z]?$|^[A-Za-z]$")).then(pl.lit("# ") + unit).otherwise(unit)
            city = missing.get("city", pl.lit(None, pl.String))
            rest = pl.concat_str([unit, city, pl.when(tail != "").then(tail)], separator=", ", ignore_nulls=True)
            whole = pl.when(base.is_not_null()).then(
                pl.concat_str([base, pl.when(rest != "").then(rest)], separator=", ", ignore_nulls=True)
            )
        else:
            continue
        cells = cells.with_columns(pl.when(whole != "").then(whole).alias(column))
        notes.append(
            f"{column} put together from {', '.join(sorted(part for owner, part in parts if owner == column))}"
        )
    return cells, tuple(notes)


def _blank_to_null(name: str) -> pl.Expr:
    trimmed = pl.col(name).str.strip_chars()
    return pl.when(trimmed != "").then(trimmed)


def _unless_inside(piece: pl.Expr, base: pl.Expr) -> pl.Expr:
    """The piece, unless the address already ends with it, or says it between separators behind the street."""
    folded = pl.concat_str(pl.lit(" "), base.str.to_lowercase().str.replace_all(r"[\s,]+", " "), pl.lit(" "))
    wanted = pl.concat_str(pl.lit(" "), piece.str.to_lowercase().str.replace_all(r"[\s,]+", " "), pl.lit(" "))
    behind_number = folded.str.replace(r"^ \S+", "")
    return pl.when(~behind_number.str.contains(wanted, literal=True).fill_null(False)).then(piece)
