"""One frame of a kept stage as an Arrow file: written once, and read only as it was written."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from evidence.prepared.errors import DamagedPreparation

Facts = tuple[int, str, str]
"""Of a frame's file: size, hash of the ends, hash of the whole."""

_WHOLE: Final = 1 << 20  # frames up to a megabyte are hashed whole whenever they are read
_END: Final = 1 << 16  # of a longer one, the first and the last 64 KB: the schema, the footer and some of the rows


def write_frame(frame: pl.DataFrame, path: Path) -> Facts:
    """Write a new file that holds the frame in one batch."""

    def fill(file: BinaryIO) -> None:
        frame.rechunk().write_ipc(file, compression="uncompressed", record_batch_size=max(frame.height, 1))

    write_new(path, fill)
    size = size_of(path)
    return size, _ends(path, size), sha256_of(path)


def read_frame(path: Path, size: int, ends: str, whole: str) -> pl.DataFrame:
    """The frame again. Raises DamagedPreparation."""
    if size_of(path) != size or _ends(path, size) != ends or (size <= _WHOLE and sha256_of(path) != whole):
        raise DamagedPreparation(path, "was changed after it was written")
    try:
        return pl.read_ipc(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DamagedPreparation(path, f"is no Arrow file ({str(error)[:80]})") from error


def verify_frame(path: Path, size: int, whole: str) -> None:
    """Read every byte. Raises DamagedPreparation."""
    if size_of(path) != size or sha256_of(path) != whole:
        raise DamagedPreparation(path, "was changed after it was written")


def write_new(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """A file that its owner alone may read and that was not there, on the disk when this returns."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())


def size_of(path: Path) -> int:
    """Size in bytes. Raises DamagedPreparation."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise DamagedPreparation(path, error.strerror or "cannot be read") from error


def sha256_of(path: Path) -> str:
    """Hash of the whole file, which is there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ends(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_END))
        if size > _END:
            file.seek(max(_END, size - _END))
            digest.update(file.read(_END))
    return digest.hexdigest()
