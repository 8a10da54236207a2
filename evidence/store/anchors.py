"""Anchors: the last entry of each chain, noted in a file that is kept where nobody who can change the store gets at it.

A line is JSON: store, chain, seq, hash, at. A file of anchors only grows: print it, mail it, keep it elsewhere.
"""

import json
import os
from pathlib import Path

import sqlalchemy as sa

from evidence.errors import OutputRefused
from evidence.store.database import Store
from evidence.store.log import append
from evidence.store.tables import chain_heads


def anchor(store: Store, path: Path, by: str | None) -> list[dict[str, object]]:
    """Add the heads of the chains to a file, after logging that it was done; the lines added. Raises OutputRefused."""
    append(store, {"kind": "anchor", "by": by})
    at = store.now()
    with store.reading() as connection:
        heads = connection.execute(sa.select(chain_heads).where(chain_heads.c.seq > 0).order_by(chain_heads.c.chain))
        lines: list[dict[str, object]] = [
            {"store": store.id, "chain": row.chain, "seq": int(row.seq), "hash": row.hash, "at": at} for row in heads
        ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OutputRefused(f"{path} cannot be written: {error.strerror or error}") from error
    return lines
