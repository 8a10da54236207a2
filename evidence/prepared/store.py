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
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import polars as pl

from evidence.errors import OutputRefused
from evidence.prepared import codec
from evidence.prepared.errors import DamagedPreparation

T = TypeVar("T")
FORMAT: Final = 1
FOLDER: Final = ".evidence"
MANIFEST: Final = "manifest.json"
_STAGES: Final = "stages"
_VALUE: Final = "value.json"
_WHOLE: Final = 1 << 20  # frames up to a megabyte are hashed whole whenever they are read
_END: Final = 1 << 16  # of a longer one, the first and the last 64 KB: the schema, the footer and some of the rows


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage that counts: its name, the key of what it was made from, and the SHA-256 of its value.json."""

    name: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`stages`: key -> entry; `files`: path of a source or program file -> (stamp, SHA-256), so that a file whose stamp
    has not moved need not be read to know its content (`fingerprint`).
    """

    stages: Mapping[str, Entry]
    files: Mapping[str, tuple[str, str]]


class Store:
    """One folder. Reading needs no lock: keys and hashes say what is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def manifest(self) -> Manifest | None:
        """What counts now; None where nothing was prepared. Raises DamagedPreparation."""
        path = self.folder / MANIFEST
        try:
            content = json.loads(path.read_bytes())
            if content["format"] != FORMAT:
                return None  # of another version of this program: prepare again
            stages = {
                str(key): Entry(str(name), str(key), str(sha256)) for key, (name, sha256) in content["stages"].items()
            }
            files = {str(name): (str(stamp), str(sha256)) for name, (stamp, sha256) in content["files"].items()}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedPreparation(path, "cannot be read as a list of stages") from error
        return Manifest(stages, files)

    def read(self, entry: Entry, kind: type[T], given: Mapping[type, object] | None = None) -> T:
        """The value of a stage. Raises DamagedPreparation where a file is not as it was written."""
        place = self._place(entry.name, entry.key)
        content = self._value(place, entry)
        frames = [self._frame(place / f"{index}.arrow", *facts) for index, facts in enumerate(content["frames"])]
        try:
            return codec.read(content["value"], kind, frames, given)
        except ValueError as error:
            raise DamagedPreparation(place / _VALUE, f"does not hold what the stage makes ({error})") from error

    def verify(self, entry: Entry) -> None:
        """Read every byte of a stage. Raises DamagedPreparation."""
        place = self._place(entry.name, entry.key)
        for index, (size, _, whole) in enumerate(self._value(place, entry)["frames"]):
            path = place / f"{index}.arrow"
            if _size(path) != size or _sha256(path) != whole:
                raise DamagedPreparation(path, "was changed after it was written")

    def write(
        self, name: str, key: str, value: object, kind: type, given: Mapping[type, object] | None = None
    ) -> Entry:
        """Write a stage whole. The caller holds the lock; the stage counts once the manifest names it."""
        written = codec.write(value, kind, given)
        place = self._place(name, key)
        partial = place.with_name(f".{place.name}.partial-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            partial.mkdir(mode=0o700, parents=True)
            frames = [_write_frame(frame, partial / f"{index}.arrow") for index, frame in enumerate(written.frames)]
            content = _json({"format": FORMAT, "stage": name, "key": key, "frames": frames, "value": written.tree})
            _write_bytes(partial / _VALUE, content)
            _flush_folder(partial)
            if place.exists():  # left by a prepare that was killed before its manifest, or damaged since
                shutil.rmtree(place)
            os.rename(partial, place)
            _flush_folder(place.parent)
        except OSError as error:
            raise OutputRefused(f"{place} cannot be written: {error.strerror or error}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return Entry(name, key, hashlib.sha256(content).hexdigest())

    def publish(self, manifest: Manifest) -> None:
        """Make these the stages that count, at once."""
        content = _json(
            {
                "format": FORMAT,
                "stages": {key: [entry.name, entry.sha256] for key, entry in sorted(manifest.stages.items())},
                "files": {name: list(stamp) for name, stamp in sorted(manifest.files.items())},
            }
        )
        partial = self.folder / f".{MANIFEST}.partial-{os.getpid()}"
        try:
            _write_bytes(partial, content)
            os.replace(partial, self.folder / MANIFEST)
            _flush_folder(self.folder)
        except OSError as error:
            raise OutputRefused(f"{self.folder / MANIFEST} cannot be written: {error.strerror or error}") from error
        finally:
            partial.unlink(missing_ok=True)

    def clear_away(self, manifest: Manifest) -> None:
        """Remove the stages that no longer count, and what killed runs left. The caller holds the lock."""
        kept = {self._place(entry.name, entry.key).name for entry in manifest.stages.values()}
        for path in sorted((self.folder / _STAGES).glob("*")) + sorted((self.folder / _STAGES).glob(".*.partial-*")):
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
        for path in self.folder.glob(f".{MANIFEST}.partial-*"):
            path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one prepare writes at a time: a second waits for the first. Ends with the process, however it ends."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / _STAGES).mkdir(mode=0o700, exist_ok=True)
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

    def _place(self, name: str, key: str) -> Path:
        return self.folder / _STAGES / f"{name}-{key[:24]}"

    def _value(self, place: Path, entry: Entry) -> Any:
        path = place / _VALUE
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DamagedPreparation(path, error.strerror or "cannot be read") from error
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise DamagedPreparation(path, "was changed after it was written")
        return json.loads(content)

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


def _write_bytes(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """The names in a folder outlive a power cut; a system that cannot do this is not asked to."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
