"""Entries are added to a chain, and read back.

What is personal (reasons, search terms, persons seen) is kept beside the chain in `access_details`: the entry holds its
SHA-256 over salted JSON, so that details can be cleared by retention without breaking the chain, and cannot be
changed or guessed from the hash.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from evidence.errors import RecordDamaged
from evidence.store import tables
from evidence.store.chain import GENESIS, Entry, canonical, digest, linked
from evidence.store.database import Store

ACCESS: Final = "access_log"
DISCLOSURES: Final = "disclosures"


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry with its details; `details` is None where none were kept or they have been cleared."""

    entry: Entry
    content: Mapping[str, Any]
    details: Mapping[str, Any] | None


def append(store: Store, content: Mapping[str, Any], details: Mapping[str, Any] | None = None) -> Entry:
    """Add an entry to the access log, in a transaction of its own. It stands when this returns."""
    with store.writing() as connection:
        return add(store, connection, ACCESS, content, details)


def add(
    store: Store,
    connection: sa.Connection,
    chain: str,
    content: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
) -> Entry:
    """Add an entry to a chain within a transaction of `Store.writing`. The time is the store's."""
    table, heads = tables.CHAINS[chain], tables.chain_heads
    head = connection.execute(
        sa.select(heads.c.seq, heads.c.hash).where(heads.c.chain == chain).with_for_update()
    ).one_or_none()
    seq, previous = (int(head.seq), str(head.hash)) if head is not None else (0, GENESIS)
    kept = None if details is None else canonical({**details, "salt": secrets.token_hex(16)})
    committed = {} if kept is None else {"details_sha256": digest(kept)}
    entry = linked(seq + 1, previous, {"at": store.now(), **content, **committed})
    connection.execute(table.insert().values(seq=entry.seq, body=entry.body, hash=entry.hash))
    if kept is not None:
        connection.execute(tables.access_details.insert().values(seq=entry.seq, content=kept))
    connection.execute(heads.update().where(heads.c.chain == chain).values(seq=entry.seq, hash=entry.hash))
    return entry


def entries(connection: sa.Connection, chain: str) -> Iterator[Entry]:
    """Every entry of a chain, in order, without taking all into memory at once."""
    table = tables.CHAINS[chain]
    with connection.execution_options(yield_per=2000).execute(sa.select(table).order_by(table.c.seq)) as found:
        for row in found:
            yield Entry(int(row.seq), str(row.body), str(row.hash))


def logged(store: Store) -> Iterator[Logged]:
    """The access log with its details, in order. Raises RecordDamaged."""
    log, kept = tables.access_log, tables.access_details
    chosen = sa.select(log, kept.c.content).outerjoin(kept, kept.c.seq == log.c.seq).order_by(log.c.seq)
    with store.reading() as connection, connection.execution_options(yield_per=2000).execute(chosen) as found:
        for row in found:
            entry = Entry(int(row.seq), str(row.body), str(row.hash))
            try:
                content, details = entry.content(), json.loads(row.content) if row.content else None
            except ValueError as error:
                raise _damaged(ACCESS, entry) from error
            yield Logged(entry, content, details)


def disclosed(store: Store) -> Iterator[Mapping[str, Any]]:
    """The disclosure register, in order. Raises RecordDamaged."""
    with store.reading() as connection:
        for entry in entries(connection, DISCLOSURES):
            try:
                content = entry.content()
            except ValueError as error:
                raise _damaged(DISCLOSURES, entry) from error
            yield content


def _damaged(chain: str, entry: Entry) -> RecordDamaged:
    return RecordDamaged(f"entry {entry.seq} of {chain} is no longer JSON: see `evidence audit verify`")
