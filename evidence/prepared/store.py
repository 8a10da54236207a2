"""The folder of a prepared city: stages written whole or not at all, read only as they were written.

    .evidence/
        lock                          held by the one `prepare` that writes
        manifest.json                 the stages that count, with the SHA-256 of each one's value.json; renamed in last
        stages/<stage>-<key>/         value.json, 0.arrow, 1.arrow, ... (Arrow IPC, uncompressed, so they map)

A stage is written into a folder of another name, flushed, and renamed; then the manifest. Whoever is killed on the way
leaves the stages that were complete and a folder that nobody reads, which the next `prepare` clears away. Stages are
found by a key made of all they were made from, so an old one is never taken for a new one.

What is read is checked first: value.json by its hash, each frame by its length and the hash of its two ends, small
frames and every frame in `verify` by the hash of the whole. Personal data lie in these files as in the sources: folders
are made for their owner alone (0700), files too (0600).
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import polars as pl

from evidence.errors import OutputRefused
from evidence.prepared import codec
from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.manifest import (
    BLOB,
    FORMAT,
    STAGES,
    VALUE,
    Entry,
    Manifest,
    as_json,
    flush_folder,
    folder_of,
    rates_file,
    value_of,
    write_bytes,
)

T = TypeVar("T")
_WHOLE: Final = 1 << 20  # frames up to a megabyte are hashed whole whenever they are read
_END: Final = 1 << 16  # of a longer one, the first and the last 64 KB: the schema, the footer and some of the rows


class Store:
    """One folder. Reading needs no lock: keys and hashes say what is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, entry: Entry, kind: type[T], given: Mapping[type, object] | None = None) -> T:
        """The value of a stage. Raises DamagedPreparation where a file is not as it was written."""
        place = self.folder / STAGES / entry.folder
        content = value_of(self.folder, entry)
        frames = [self._frame(place / f"{index}.arrow", *facts) for index, facts in enumerate(content["frames"])]
        try:
            return codec.read(content["value"], kind, frames, given)
        except ValueError as error:
            raise DamagedPreparation(place / VALUE, f"does not hold what the stage makes ({error})") from error

    def verify(self, entry: Entry) -> None:
        """Read every byte of a stage. Raises DamagedPreparation."""
        place, content = self.folder / STAGES / entry.folder, value_of(self.folder, entry)
        for index, (size, _, whole) in enumerate(content["frames"]):
            path = place / f"{index}.arrow"
            if _size(path) != size or _sha256(path) != whole:
                raise DamagedPreparation(path, "was changed after it was written")
        if "blob" in content and _sha256(place / BLOB) != content["blob"]:
            raise DamagedPreparation(place / BLOB, "was changed after it was written")

    def write(
        self, name: str, key: str, value: object, kind: type, given: Mapping[type, object] | None = None
    ) -> Entry:
        """Write a stage whole. The caller holds the lock; the stage counts once the manifest names it."""
        written = codec.write(value, kind, given)

        def fill(partial: Path) -> dict[str, object]:
            frames = [_write_frame(frame, partial / f"{index}.arrow") for index, frame in enumerate(written.frames)]
            return {"frames": frames, "value": written.tree}

        return self._put(name, key, fill)

    def write_blob(self, name: str, key: str, pieces: Iterable[bytes], value: Callable[[], object]) -> Entry:
        """Write a stage that is bytes beside a JSON value, which is asked for after the last piece."""

        def fill(partial: Path) -> dict[str, object]:
            with open(os.open(partial / BLOB, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            return {"frames": [], "blob": _sha256(partial / BLOB), "value": value()}

        return self._put(name, key, fill)

    def _put(self, name: str, key: str, fill: Callable[[Path], dict[str, object]]) -> Entry:
        place = self.folder / STAGES / folder_of(name, key)
        partial = place.with_name(f".{place.name}.partial-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            partial.mkdir(mode=0o700, parents=True)
            content = as_json({"format": FORMAT, "stage": name, "key": key, **fill(partial)})
            write_bytes(partial / VALUE, content)
            flush_folder(partial)
            if place.exists():  # left by a prepare that was killed before its manifest, or damaged since
                shutil.rmtree(place)
            os.rename(partial, place)
            flush_folder(place.parent)
        except OSError as error:
            raise OutputRefused(f"{place} cannot be written: {error.strerror or error}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return Entry(name, key, hashlib.sha256(content).hexdigest())

    def clear_away(self, manifest: Manifest) -> None:
        """Remove the stages that no longer count, and what killed runs left. The caller holds the lock."""
        kept = {entry.folder for entry in manifest.stages.values()}
        for path in sorted((self.folder / STAGES).glob("*")) + sorted((self.folder / STAGES).glob(".*.partial-*")):
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
        rates = manifest.rates and rates_file(self.folder, manifest.rates)
        others = [path for path in self.folder.glob("learned-*.json") if path != rates]
        for path in [*others, *self.folder.glob(".manifest.json.partial-*")]:
            path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one prepare writes at a time: a second waits for the first. Ends with the process, however it ends."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / STAGES).mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise OutputRefused(
                f"{self.folder} cannot be written: {error.strerror or error}; name another folder with --prepared"
            ) from error
        try:
            if os.name == "posix":
                import fcntl

                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _frame(self, path: Path, size: int, ends: str, whole: str) -> pl.DataFrame:
        if _size(path) != size or _ends(path, size) != ends or (size <= _WHOLE and _sha256(path) != whole):
            raise DamagedPreparation(path, "was changed after it was written")
        try:
            return pl.read_ipc(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DamagedPreparation(path, f"is no Arrow file ({str(error)[:80]})") from error


def _write_frame(frame: pl.DataFrame, path: Path) -> Sequence[int | str]:
    """Size, hash of the ends and hash of the whole of a new file that holds the frame in one batch."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        frame.rechunk().write_ipc(file, compression="uncompressed", record_batch_size=max(frame.height, 1))
        file.flush()
        os.fsync(file.fileno())
    size = _size(path)
    return size, _ends(path, size), _sha256(path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise DamagedPreparation(path, error.strerror or "cannot be read") from error


def _ends(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_END))
        if size > _END:
            file.seek(max(_END, size - _END))
            digest.update(file.read(_END))
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
