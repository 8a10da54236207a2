"""Judgements as a chain: each row's hash covers its own words and the hash of the row before.

A row that is changed, taken out or put in between breaks every hash after it, and a run that meets a broken chain
stops. What the chain cannot show is that its last rows were cut off: the number of rows and the hash of the whole file
stand in `run.json` and in each summary's provenance for that.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import polars as pl

from evidence.atomic import replaced_file
from loaders.city import City
from loaders.errors import UnreadableFile

SOURCE: Final = "judgements"
FILE: Final = "judgements.jsonl"
Decision = Literal["confirm", "reject", "unsure"]
Review = Literal["single", "blind"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One decision on one pair of namings. `left` < `right` as text; `decided_at` is UTC, ISO 8601."""

    case_id: str | None
    left: str
    left_says: str
    right: str
    right_says: str
    decision: Decision
    by: str
    reason: str
    review: Review
    decided_at: str

    @property
    def pair(self) -> tuple[str, str]:
        return self.left, self.right


def seal(judgement: Judgement, previous: str | None) -> str:
    """SHA-256 of the judgement's words and of the hash before it."""
    content = json.dumps([asdict(judgement), previous], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def spoken(city: City) -> list[Judgement]:
    """The judgements of a city that are obeyed and shown: all but those on a participant whose records are withheld."""
    hidden = city.confidential.unspoken if city.confidential else frozenset()
    frame = city.frame(SOURCE).sort("row")
    return [one for row, one in zip(frame.get_column("row"), chained(frame), strict=True) if row not in hidden]


def chained(frame: pl.DataFrame) -> list[Judgement]:
    """The judgements of a canonical frame, in order. Raises UnreadableFile where a hash does not follow."""
    found: list[Judgement] = []
    previous: str | None = None
    for row in frame.sort("row").iter_rows(named=True):
        judgement = Judgement(**{name: row[name] for name in Judgement.__slots__})
        if row["previous"] != previous or row["sha256"] != seal(judgement, previous):
            raise UnreadableFile(
                f"{SOURCE}: row {row['row']} does not follow from the rows before it: somebody changed, removed or "
                "added a row by hand, and no judgement of this file can be relied on; restore the file from a backup",
                source=SOURCE,
            )
        previous = row["sha256"]
        found.append(judgement)
    return found


def append(path: Path, judgement: Judgement, previous: str | None) -> None:
    """Add a row at the end; the file is replaced as a whole, so that a reader never sees half a row."""
    row: Mapping[str, str | None] = {
        **asdict(judgement),
        "previous": previous,
        "sha256": seal(judgement, previous),
    }
    before = path.read_bytes() if path.exists() else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
    with replaced_file(path) as partial, partial.open("wb") as file:
        file.write(before + line)
        file.flush()
        os.fsync(file.fileno())


def last_hash(frame: pl.DataFrame) -> str | None:
    """The hash that the next row must name."""
    hashes = frame.sort("row")["sha256"].to_list()
    return hashes[-1] if hashes else None
