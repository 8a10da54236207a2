"""Agency headers -> canonical columns.

Headers are compared by their letters and digits alone: "Plate_State", "PLATE STATE" and "plate state" are one.
Precedence, strongest first: the mapping of `evidence.toml`, the canonical name itself, an alias of the source. Two
headers of the same strength for one column are an error that names both; a weaker one is left unplaced.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from loaders.errors import AmbiguousInput, MissingColumn, SettingsError
from loaders.parts import PARTS, part_aliases
from loaders.refused import refusal_of_header
from loaders.sources.base import Source


@dataclass(frozen=True, slots=True)
class Placement:
    """Which position of the file holds which column.

    columns: canonical column -> position. parts: (canonical column, part) -> position.
    unplaced: headers no column was found for. refused: header -> why it may never come in.
    """

    columns: Mapping[str, int]
    parts: Mapping[tuple[str, str], int]
    unplaced: tuple[str, ...]
    refused: Mapping[str, str]


@lru_cache(maxsize=100_000)
def key(header: str) -> str:
    """What two spellings of one header have in common: `Owner's Name ` -> `ownersname`, `Case #` -> `caseno`."""
    folded = unicodedata.normalize("NFKD", header).casefold().rstrip()
    if folded.endswith("#"):
        folded = folded[:-1] + "no"
    return "".join(char for char in folded if char.isascii() and char.isalnum())


@cache
def vocabulary(source: Source) -> dict[str, str]:
    """key -> canonical column, for every name and alias of a source; names win over aliases."""
    words: dict[str, str] = {}
    for column, aliases in source.aliases.items():
        for alias in aliases:
            words.setdefault(key(alias), column)
    words.update({key(column): column for column in source.accepts()})
    return words


def score(source: Source, mapping: Mapping[str, str], line: Sequence[str]) -> int:
    """How many cells of a line are headers of this source; a canonical name counts double."""
    words, names = vocabulary(source), {key(column) for column in source.accepts()}
    mapped, parts = {key(header) for header in mapping}, part_aliases(source)
    total = 0
    for cell in line[:2000]:
        cell_key = key(cell)
        total += 2 if cell_key in names or cell_key in mapped else 1 if cell_key in words or cell_key in parts else 0
    return total


def place(headers: Sequence[str], source: Source, mapping: Mapping[str, str]) -> Placement:
    """Match headers to columns.

    `mapping`: header -> canonical column, from `evidence.toml`.
    Raises AmbiguousInput (two headers for one column), SettingsError (a mapped header or column is not there).
    """
    wanted = _resolved(mapping, headers, source)
    words, names, parts = vocabulary(source), {key(column): column for column in source.accepts()}, part_aliases(source)
    claims: dict[str, dict[int, list[int]]] = {}
    part_claims: dict[tuple[str, str], int] = {}
    refused: dict[str, str] = {}
    loose: list[int] = []
    for position, header in enumerate(headers):
        header_key = key(header)
        column, strength = wanted.get(header_key), 0
        if column is None:
            column, strength = names.get(header_key), 1
        reason = None if column else refusal_of_header(header)
        if reason:
            refused[header] = reason
            continue
        if column is None:
            column, strength = words.get(header_key), 2
        if column is not None:
            claims.setdefault(column, {}).setdefault(strength, []).append(position)
        elif header_key in parts and parts[header_key] not in part_claims:
            part_claims[parts[header_key]] = position
        else:
            loose.append(position)
    columns: dict[str, int] = {}
    for column, by_strength in claims.items():
        strongest = min(by_strength)
        rivals = by_strength[strongest]
        if len(rivals) > 1:
            named = " and ".join(f"{headers[position]!r} (column {position + 1})" for position in rivals)
            raise AmbiguousInput(
                f"{named} can both be {column!r}; rename one, or say which it is under [sources.{source.name}.columns] "
                "in evidence.toml",
                source=source.name,
            )
        columns[column] = rivals[0]
        for position in [
            position for strength, found in by_strength.items() if strength != strongest for position in found
        ]:
            part = parts.get(key(headers[position]))  # `State` beside `Plate State` belongs to the address
            if part is not None and part not in part_claims:
                part_claims[part] = position
            else:
                loose.append(position)
    used_parts = {part: position for part, position in part_claims.items() if _is_needed(part, columns, part_claims)}
    loose.extend(position for part, position in part_claims.items() if part not in used_parts)
    unplaced = tuple(headers[position] for position in sorted(loose) if headers[position].strip())
    return Placement(columns, used_parts, unplaced, refused)


def _is_needed(part: tuple[str, str], columns: Mapping[str, int], claimed: Mapping[tuple[str, str], int]) -> bool:
    """Whether a part is used: parts replace a whole column that is not there; city, unit and the like complete one."""
    column, piece = part
    if column in columns:
        return piece in PARTS["address"].completing
    return any(
        piece in words.words and all((column, need) in claimed for need in words.needed) for words in PARTS.values()
    )


def _resolved(mapping: Mapping[str, str], headers: Sequence[str], source: Source) -> dict[str, str]:
    """The mapping by header key, after checking that both sides exist; either side may be the header."""
    present = {key(header) for header in headers}
    resolved: dict[str, str] = {}
    for left, right in mapping.items():
        header, column = (right, left) if left in source.accepts() and right not in source.accepts() else (left, right)
        if column not in source.accepts():
            raise SettingsError(
                f"evidence.toml maps {left!r} to {right!r}, and {source.name} has no such column; "
                f"its columns are {', '.join(source.accepts())}",
                source=source.name,
            )
        if key(header) not in present:
            raise SettingsError(
                f"evidence.toml maps the header {header!r}, which {source.name} does not have; "
                f"headers found: {_listed(headers)}",
                source=source.name,
            )
        resolved[key(header)] = column
    return resolved


def require(placement: Placement, headers: Sequence[str], source: Source, file: str) -> None:
    """Raise MissingColumn for the first required column that no header stands for."""
    there = set(placement.columns) | {column for column, _ in placement.parts}
    groups = [(column,) for column in source.required() if not any(column in group for group in source.one_of)]
    covered = {column for group in source.one_of for column in group}
    for group in [group for group in groups if group[0] not in covered] + list(source.one_of):
        if there.isdisjoint(group):
            raise MissingColumn(_missing(group, headers, source, file), source=source.name)


def _missing(group: Sequence[str], headers: Sequence[str], source: Source, file: str) -> str:
    wanted = " or ".join(repr(column) for column in group)
    spellings: dict[str, str] = {}
    for column in group:
        for word in (column, *source.aliases.get(column, ())):
            spellings.setdefault(key(word), word)
    keys = {key(header): header for header in headers if header.strip()}
    best = max(
        (
            (fuzz.ratio(header_key, spelling), header_key, spelling)
            for header_key in list(keys)[:500]
            for spelling in spellings
        ),
        default=(0.0, "", ""),
    )
    hint = ""
    if best[0] >= 55:
        hint = f" The nearest is {keys[best[1]]!r}, close to the alias {spellings[best[2]]!r}."
    elif best[1]:
        hint = f" It is also known as {', '.join(repr(word) for word in list(spellings.values())[1:4])}."
    return (
        f"{file}: no header for the required column {wanted} of {source.name}. "
        f"Headers found: {_listed(headers)}.{hint} "
        f"Rename the header, or map it under [sources.{source.name}.columns] in evidence.toml."
    )


def nearest(word: str, choices: Sequence[str]) -> str | None:
    """The choice most like a word, or None when nothing is."""
    found = process.extractOne(word, choices, scorer=fuzz.ratio, score_cutoff=60)
    return None if found is None else str(found[0])


def _listed(headers: Sequence[str]) -> str:
    shown = [repr(header[:40]) for header in headers[:25]]
    rest = len(headers) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")
