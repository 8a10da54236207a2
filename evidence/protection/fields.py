"""Sensitivity of every field of every source (`fields.csv`), and of every fact that was derived from them.

Tags: `public`; `observation` (what was seen from the street) and `vehicle` (which vehicle it was); `case.file` and
`case.party`; `lease.party`; `dmv.personal`; `utility.customer`; `ferpa.directory` and `ferpa.nondirectory`;
`complainant.identity`; `minor`. Highly restricted motor vehicle data never come in (`loaders.refused`), and so have no
tag. A fact derived from several fields carries the tags of all of them: a conclusion that used a registered owner's
surname is a motor vehicle record's.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, Final

from evidence.protection.purposes import rows_of

WHOLE_ROW: Final = "*"
Tags = frozenset[str]


@cache
def _table() -> Mapping[tuple[str, str], tuple[Tags, str]]:
    return {(r["source"], r["column"]): (frozenset(r["tags"].split()), r["law"]) for r in rows_of("fields.csv")}


def tags_of_field(source: str, column: str | None = None) -> Tags:
    """Tags of one field; of a row as a whole where no column is given. An unknown field has those of its row."""
    source = source.removesuffix(" (case folder)")
    table = _table()
    found = table.get((source, column or WHOLE_ROW)) or table.get((source, WHOLE_ROW))
    if found is None:
        raise KeyError(f"no sensitivity is known for the source {source!r}")
    return found[0]


def law_of(tag: str) -> str:
    """The law behind a tag, as `fields.csv` has it."""
    return next((law for tags, law in _table().values() if tag in tags), "project")


def tags_of_rows(rows: Iterable[Mapping[str, Any]]) -> Tags:
    """Tags of a fact that rests on these rows (`SourceRow` of a summary: source and field)."""
    return frozenset(tag for row in rows for tag in tags_of_field(row["source"], row["field"]))


def tags_of_facts(summary: Mapping[str, Any], known: Collection[tuple[str, int]] = ()) -> dict[str, Tags]:
    """The tags of every fact of a summary.json that names rows, by JSON pointer (RFC 6901), and of the summary itself.

    "" is the summary: its numbers rest on every source that was read. known: rows (source, number) that carry no tag,
    because the reader is the person they are about.
    """
    every = (tags_of_field(one["source"]) for one in summary["provenance"]["inputs"])
    found: dict[str, Tags] = {"": frozenset().union(*every)}
    _collect(summary, "", found, known)
    return found


def _collect(value: Any, pointer: str, found: dict[str, Tags], known: Collection[tuple[str, int]]) -> None:
    if isinstance(value, Mapping):
        mine = [row for row in _rows_in(value) if (row["source"], row["row"]) not in known]
        if mine and pointer:
            found[pointer] = tags_of_rows(mine)
        for key, part in value.items():
            _collect(part, f"{pointer}/{key}", found, known)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _collect(part, f"{pointer}/{index}", found, known)


def _rows_in(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every row that this fact or a part of it rests on."""
    if value.keys() >= {"source", "file", "row"}:
        return [value] if "field" in value else []
    rows: list[Mapping[str, Any]] = []
    for part in value.values():
        for item in part if isinstance(part, list) else [part]:
            if isinstance(item, Mapping):
                rows.extend(_rows_in(item))
    return rows
