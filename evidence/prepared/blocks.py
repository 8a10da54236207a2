"""Rows of a kept frame found by the values of one column, with only the blocks read that may hold them.

A projection is the frame sorted by that column and cut into blocks of a few hundred rows: `<frame>.<column>.arrows`, an
Arrow IPC stream whose record batches are the blocks, compressed. Beside it `<frame>.<column>.blocks` says of each block
its first value, where it lies, and its SHA-256. What is read is the schema, the blocks that may hold what is asked for,
and nothing else; each is checked against its hash, and the list of blocks against the hash in value.json. Rows carry
their place in the frame, so that they come back in the order in which they stand there.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import polars as pl

from evidence.keeping import Projection
from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.frames import size_of, write_new

BLOCK_ROWS: Final = 256  # a hundred blocks of the widest frame are then read in 30 ms; smaller ones cost more each
_PLACE: Final = "place_in_frame"
_END_OF_STREAM: Final = b"\xff\xff\xff\xff\0\0\0\0"
_PREFIX: Final = 8  # of a message: a marker, and the length of its metadata
_DATA, _LIST = ".arrows", ".blocks"

Facts = tuple[int, str]
"""Of a list of blocks: its size, and its SHA-256."""


def write_projection(frame: pl.DataFrame, projection: Projection, path: Path) -> Facts:
    """Write a projection of a frame to `path` + `.arrows` and `.blocks`, which do not exist yet."""
    chosen = frame if projection.columns is None else frame.select(projection.columns)
    rows = chosen.with_row_index(_PLACE).drop_nulls(projection.by).sort(projection.by, _PLACE)
    written = []

    def fill(file: BinaryIO) -> None:
        for first, message in _messages(rows, projection.by):
            written.append((first, file.tell(), len(message), hashlib.sha256(message).digest()))
            file.write(message)
        file.write(_END_OF_STREAM)

    write_new(path.with_name(path.name + _DATA), fill)
    first = rows.schema[projection.by]
    schema = pl.Schema({"first": first, "at": pl.UInt64(), "size": pl.UInt64(), "sha256": pl.Binary()})
    target = BytesIO()
    pl.DataFrame(written, schema=schema, orient="row").write_ipc(target, compression="uncompressed")
    content = target.getvalue()
    write_new(path.with_name(path.name + _LIST), lambda file: file.write(content))
    return len(content), hashlib.sha256(content).hexdigest()


def _messages(rows: pl.DataFrame, by: str) -> Iterator[tuple[object, bytes]]:
    """The message of the schema and that of each block, with the first value of the block."""
    for start in range(0, max(rows.height, 1), BLOCK_ROWS):
        target = BytesIO()
        rows.slice(start, BLOCK_ROWS).rechunk().write_ipc_stream(target, compression="lz4")
        stream = target.getvalue()
        (length,) = struct.unpack("<i", stream[4:_PREFIX])
        if start == 0:
            yield None, stream[: _PREFIX + length]
        if rows.height:
            yield rows[by][start], stream[_PREFIX + length : -len(_END_OF_STREAM)]


class KeptProjection:
    """A projection to read from."""

    def __init__(self, path: Path, kept: Projection, facts: Facts) -> None:
        self.kept = kept
        self._data, self._list = path.with_name(path.name + _DATA), path.with_name(path.name + _LIST)
        self._facts = facts
        self._blocks: pl.DataFrame | None = None

    def has(self, columns: Sequence[str] | None) -> bool:
        """Whether these columns are kept; null: all of the frame."""
        return self.kept.columns is None or (columns is not None and set(columns) <= set(self.kept.columns))

    def where(self, values: pl.Series) -> pl.DataFrame:
        """Rows of the kept columns with one of these values, in the order of the frame. Raises DamagedPreparation."""
        first = self._listed()["first"]
        wanted = values.cast(first.dtype).drop_nulls().unique().sort()
        found = self._read([0, *_holding(first[1:], wanted)])
        return found.filter(pl.col(self.kept.by).is_in(wanted.implode())).sort(_PLACE).drop(_PLACE)

    def verify(self) -> None:
        """Read every block. Raises DamagedPreparation."""
        blocks = self._listed()
        self._read(list(range(len(blocks))))
        if size_of(self._data) != blocks["size"].sum() + len(_END_OF_STREAM):
            raise DamagedPreparation(self._data, "was changed after it was written")

    def _listed(self) -> pl.DataFrame:
        """first, at, size, sha256 of each message; the first one is the schema."""
        if self._blocks is None:
            try:
                content = self._list.read_bytes()
            except OSError as error:
                raise DamagedPreparation(self._list, error.strerror or "cannot be read") from error
            if (len(content), hashlib.sha256(content).hexdigest()) != self._facts:
                raise DamagedPreparation(self._list, "was changed after it was written")
            self._blocks = pl.read_ipc(content)
        return self._blocks

    def _read(self, numbers: list[int]) -> pl.DataFrame:
        """These blocks, the schema among them; each one is checked."""
        pieces = []
        try:
            with self._data.open("rb") as file:
                for at, size, sha256 in self._listed()[numbers].select("at", "size", "sha256").iter_rows():
                    file.seek(at)
                    pieces.append(file.read(size))
                    if hashlib.sha256(pieces[-1]).digest() != sha256:
                        raise DamagedPreparation(self._data, "was changed after it was written")
            return pl.read_ipc_stream(BytesIO(b"".join([*pieces, _END_OF_STREAM])))
        except OSError as error:
            raise DamagedPreparation(self._data, error.strerror or "cannot be read") from error
        except pl.exceptions.PolarsError as error:
            raise DamagedPreparation(self._data, f"is no Arrow stream ({str(error)[:80]})") from error


def _holding(first: pl.Series, wanted: pl.Series) -> list[int]:
    """Numbers, from 1 and ascending, of the blocks that may hold one of these values. Both series are sorted."""
    if not len(first) or not len(wanted):
        return []
    # A value may begin in the block before the first one that begins with it.
    begin = np.maximum(first.search_sorted(wanted, side="left").to_numpy().astype(np.int64) - 1, 0)
    end = first.search_sorted(wanted, side="right").to_numpy().astype(np.int64)
    return sorted({number + 1 for low, high in zip(begin, end, strict=True) for number in range(low, high)})
