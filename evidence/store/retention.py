"""The retention clock: what is due to be destroyed, what a legal hold keeps, and the proof that it was done.

Two things are this program's to destroy: the details of old accesses in the store, and what it wrote of closed cases:
summaries, their copies, graph pages and forms. The agency's own files are not: their custodian destroys them. Nothing
is destroyed unless asked twice (`--do`).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Literal

from evidence.case_files import FORMS_FOLDER, all_owned, case_of
from evidence.folders import folder_names
from evidence.protection.purposes import rows_of
from evidence.store.database import Store
from evidence.store.log import ACCESS, Logged, add, append, logged
from evidence.store.people import StoredCase, all_cases
from evidence.store.tables import access_details

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Due:
    """One thing past its time. what: entry number, or file; held: a legal hold of one of its cases keeps it."""

    item: Literal["access_details", "case_outputs"]
    what: str
    case_id: str | None
    since: str
    held: bool
    sha256: str


@cache
def keep_days(item: str) -> int:
    """Days that an item of `retention.csv` is kept."""
    return int(next(row["keep_days"] for row in rows_of("retention.csv") if row["item"] == item))


def due(
    store: Store,
    outputs: Iterable[Path] = (),
    *,
    details_days: int | None = None,
    outputs_days: int | None = None,
) -> list[Due]:
    """What is past its time today. outputs: folders that hold case folders (`DIR` of `evidence summarize -o DIR`)."""
    cases = {case.case_id: case for case in all_cases(store)}
    today = date.fromisoformat(store.today())
    details_until = (today - timedelta(days=details_days or keep_days("access_details"))).isoformat()
    outputs_until = (today - timedelta(days=outputs_days or keep_days("case_outputs"))).isoformat()
    return [
        *_details(logged(store), cases, details_until),
        *(one for folder in outputs for one in _outputs(folder, cases, outputs_until)),
    ]


def purge(store: Store, listed: Sequence[Due], by: str) -> list[Due]:
    """Destroy what is due and not held; what was destroyed. Each thing is logged with its hash and the day."""
    gone = [one for one in listed if not one.held]
    seqs = sorted(int(one.what) for one in gone if one.item == "access_details")
    for start in range(0, len(seqs), _BATCH):
        batch = seqs[start : start + _BATCH]
        with store.writing() as connection:
            connection.execute(access_details.delete().where(access_details.c.seq.in_(batch)))
            add(store, connection, ACCESS, {"kind": "purge", "item": "access_details", "by": by, "cleared": batch})
    files = [one for one in gone if one.item == "case_outputs"]
    if files:
        proof = [{"file": Path(one.what).name, "case": one.case_id, "sha256": one.sha256} for one in files]
        append(store, {"kind": "purge", "item": "case_outputs", "by": by, "destroyed": proof, "outcome": "begun"})
        for one in files:
            Path(one.what).unlink(missing_ok=True)
        folders = {Path(one.what).parent for one in files}
        folders |= {folder.parent for folder in folders if folder.name == FORMS_FOLDER}
        for folder in sorted(folders, reverse=True):  # what is inside before what it is inside of
            if not any(folder.iterdir()):
                folder.rmdir()
        append(store, {"kind": "purge", "item": "case_outputs", "by": by, "count": len(files), "outcome": "done"})
    return gone


def _details(log: Iterable[Logged], cases: dict[str, StoredCase], until: str) -> list[Due]:
    found = []
    cases_of: dict[int, list[str]] = {}
    for one in log:
        if one.details is None:
            continue
        named = sorted({*one.details.get("cases", ()), *filter(None, [one.content.get("case")])})
        cases_of[one.entry.seq] = named or cases_of.get(int(one.content.get("of", 0)), [])
        day = str(one.content["at"])[:10]
        if day >= until:
            continue
        mine = cases_of[one.entry.seq]
        held = any(cases[name].held for name in mine if name in cases)
        case = str(mine[0]) if len(mine) == 1 else None
        found.append(
            Due("access_details", str(one.entry.seq), case, day, held, str(one.content.get("details_sha256", "")))
        )
    return found


def _outputs(folder: Path, cases: dict[str, StoredCase], until: str) -> list[Due]:
    found = []
    named = {name: case_id for case_id, name in folder_names(cases).items()}  # for a folder with no more than a graph
    for case_folder in sorted(path for path in folder.glob("*") if path.is_dir() and not path.is_symlink()):
        case_id = case_of(case_folder) or named.get(case_folder.name)
        case = cases.get(case_id or "")
        if case is None or case.closed_seen_on is None or case.closed_seen_on >= until:
            continue
        for name in sorted(all_owned(case_folder)):
            path = case_folder / name
            if path.is_file():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found.append(Due("case_outputs", str(path), case_id, case.closed_seen_on, case.held, digest))
    return found
