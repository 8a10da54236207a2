"""Is the record what was written? Chains, details, and the entries noted elsewhere."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from evidence.store import tables
from evidence.store.chain import Fault, Mark, digest, faults
from evidence.store.database import Store
from evidence.store.log import ACCESS, DISCLOSURES, entries
from loaders.errors import UnreadableFile


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared, and what is wrong; nothing is where `faults` is empty."""

    entries: Mapping[str, int]
    marks: int
    faults: tuple[Fault, ...]


def verify(store: Store, marks: Mapping[str, Iterable[Mark]] | None = None) -> Verified:
    """Compare every entry with its hash, its place and its details. marks: what was noted elsewhere, by chain."""
    noted = {chain: list((marks or {}).get(chain, ())) for chain in tables.CHAINS}
    found: list[Fault] = []
    with store.reading() as connection:
        noted[DISCLOSURES] += _register_marks(connection)
        heads = {row.chain: row for row in connection.execute(sa.select(tables.chain_heads))}
        counts = {
            chain: int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
            for chain, table in tables.CHAINS.items()
        }
        for chain in tables.CHAINS:
            if chain not in heads:
                found.append(Fault(chain, counts[chain], "head", "the store no longer says which entry is the last"))
                continue
            head = Mark(int(heads[chain].seq), str(heads[chain].hash), "the store")
            found.extend(faults(chain, entries(connection, chain), head, noted[chain]))
        found.extend(_detail_faults(connection))
    return Verified(counts, sum(map(len, noted.values())), tuple(found))


def marks_in(path: Path, store_id: str) -> dict[str, list[Mark]]:
    """What a file notes of the chains: anchors (`evidence audit anchor`), or a run.json with its entry.

    Raises UnreadableFile where it is neither, or is about another store.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        whole = json.loads(text)
        if isinstance(whole, dict) and "store" not in whole:
            whole = whole.get("access_record")
        lines = [(1, whole)]
    except ValueError:
        lines = [(n, _line(path, n, line)) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    marks: dict[str, list[Mark]] = {}
    for number, line in lines:
        if not isinstance(line, dict) or not {"store", "seq", "hash"} <= line.keys():
            raise UnreadableFile(f"{path} line {number}: neither an anchor nor a run with an entry of the record")
        if line["store"] != store_id:
            raise UnreadableFile(f"{path} line {number} is about another store ({line['store']!s:.40})")
        chain = str(line.get("chain", ACCESS))
        marks.setdefault(chain, []).append(Mark(int(line["seq"]), str(line["hash"]), f"{path} line {number}"))
    return marks


def _line(path: Path, number: int, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UnreadableFile(f"{path} line {number} is no JSON") from error


def _register_marks(connection: sa.Connection) -> list[Mark]:
    """The access log notes each entry of the disclosure register: neither can be shortened alone."""
    marks = []
    for entry in entries(connection, ACCESS):
        if '"register_seq":' in entry.body:
            content = _content(entry.body)
            if "register_seq" in content:
                place = f"entry {entry.seq} of the access log"
                marks.append(Mark(int(content["register_seq"]), str(content["register_hash"]), place))
    return marks


def _content(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}  # reported as a fault of the log itself
    return value if isinstance(value, dict) else {}


def _detail_faults(connection: sa.Connection) -> list[Fault]:
    """Details that were changed, or are missing though no purge cleared them, or belong to no entry."""
    log, kept = tables.access_log, tables.access_details
    chosen = sa.select(log.c.seq, log.c.body, kept.c.content).outerjoin(kept, kept.c.seq == log.c.seq)
    missing: list[int] = []
    cleared: set[int] = set()
    found: list[Fault] = []
    for row in connection.execution_options(yield_per=2000).execute(chosen.order_by(log.c.seq)):
        content = _content(str(row.body))
        cleared.update(content.get("cleared", ()))
        said = content.get("details_sha256")
        if row.content is None and said is not None:
            missing.append(int(row.seq))
        elif row.content is not None and digest(str(row.content)) != said:
            text = f"the details of entry {row.seq} were changed"
            found.append(Fault(ACCESS, int(row.seq), "details changed", text))
    for seq in missing:
        if seq not in cleared:
            text = f"the details of entry {seq} are gone, and no purge is logged that cleared them"
            found.append(Fault(ACCESS, seq, "details missing", text))
    strays = sa.select(kept.c.seq).where(kept.c.seq.not_in(sa.select(log.c.seq))).order_by(kept.c.seq)
    for seq in connection.scalars(strays):
        found.append(Fault(ACCESS, int(seq), "details added", f"there are details for entry {seq}, which is not there"))
    return found
