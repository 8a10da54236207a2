"""JSON lines -> `RawTable`: one object a line; a line that is none is rejected, a nested value is a fault."""

import json
from typing import Any

import polars as pl

from loaders.errors import UnreadableFile
from loaders.formats.delimited import decode
from loaders.formats.raw import RawTable, Remark, position_schema

_SHOWN = 120


def parse(data: bytes) -> RawTable:
    """Read JSON lines; numbers keep the digits they were written with.

    Raises UnreadableFile when no line is an object.
    """
    text, _ = decode(data)
    keys: dict[str, int] = {}
    columns: list[list[str | None]] = []
    numbers: list[int] = []
    rejected: list[Remark] = []
    faults: list[Remark] = []
    row = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        row += 1
        record = _object(line)
        if isinstance(record, str):
            rejected.append(Remark(row, "", line.strip()[:_SHOWN].replace("\x00", "\\0"), record))
            continue
        for key in record:
            if key not in keys:
                keys[key] = len(columns)
                columns.append([None] * len(numbers))
        numbers.append(row)
        for key, position in keys.items():
            value = record.get(key)
            if isinstance(value, dict | list):
                faults.append(Remark(row, key, json.dumps(value)[:_SHOWN], "a nested value, not a single one"))
                value = None
            columns[position].append(_text(value))
    if not numbers:
        raise UnreadableFile("has no line that is a JSON object" if row else "is empty")
    cells = pl.DataFrame(
        dict(zip(position_schema(len(columns)), columns, strict=True)), schema=position_schema(len(columns))
    )
    return RawTable(tuple(keys), cells, pl.Series("row", numbers, dtype=pl.UInt32), row, tuple(rejected), tuple(faults))


def _object(line: str) -> dict[str, Any] | str:
    """The object of a line, or why it is none."""
    try:
        record = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return "not valid JSON"
    if not isinstance(record, dict):
        return "not a JSON object"
    return record


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text[:-2] if text.endswith(".0") and text[:-2].lstrip("-").isdigit() else text
