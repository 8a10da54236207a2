"""The folder of a prepared city: stages written whole or not at all, read only as they were written.

    .evidence/
        lock                          held by the one `prepare` that writes
        manifest.json                 the stages that count, with the SHA-256 of each one's value.json; renamed in last
        stages/<stage>-<key>/         value.json, 0.arrow, 1.arrow, ... (Arrow IPC, uncompressed, so they map),
                                      0.<column>.arrows, 0.<column>.blocks, ... to find rows by a column (`blocks`)

A stage is written into a folder of another name, flushed, and renamed; then the manifest. Whoever is killed on the way
leaves the stages that were complete and a folder that nobody reads, which the next `prepare` clears away. Stages are
found by a key made of all they were made from, so an old one is never taken for a new one.

What is read is checked first: value.json by its hash, each frame by its length and the hash of its two ends, small
frames and every frame in `verify` by the hash of the whole; a block of rows found by a column always by its hash.
Personal data lie in these files as in the sources: folders
are made for their owner alone (0700), files too (0600).
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from evidence.errors import OutputRefused
from evidence.keeping import Projections
from evidence.prepared import codec
from evidence.prepared.blocks import write_projection
from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.frames import sha256_of, verify_frame, write_frame, write_new
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
from evidence.prepared.parts import KeptParts, projection_path, projections_of

T = TypeVar("T")


class Store:
    """One folder. Reading needs no lock: keys and hashes say what is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, entry: Entry, kind: type[T], given: Mapping[type, object] | None = None) -> T:
        """The value of a stage. Raises DamagedPreparation where a file is not as it was written."""
        return self.parts(entry, kind, given).whole()

    def parts(self, entry: Entry, kind: type[T], given: Mapping[type, object] | None = None) -> KeptParts[T]:
        """The value of a stage, to be read in parts. Raises DamagedPreparation, then and whenever something is read."""
        return KeptParts(self.folder / STAGES / entry.folder, value_of(self.folder, entry), kind, given)

    def verify(self, entry: Entry) -> None:
        """Read every byte of a stage. Raises DamagedPreparation."""
        place, content = self.folder / STAGES / entry.folder, value_of(self.folder, entry)
        for index, (size, _, whole) in enumerate(content["frames"]):
            verify_frame(place / f"{index}.arrow", size, whole)
        for projection in projections_of(place, content).values():
            projection.verify()
        if "blob" in content and sha256_of(place / BLOB) != content["blob"]:
            raise DamagedPreparation(place / BLOB, "was changed after it was written")

    def write(
        self,
        name: str,
        key: str,
        value: object,
        kind: type,
        given: Mapping[type, object] | None = None,
        projections: Projections | None = None,
    ) -> Entry:
        """Write a stage whole. The caller holds the lock; the stage counts once the manifest names it."""
        written = codec.write(value, kind, given)
        wanted = [(written.tree[field], one) for field, of in (projections or {}).items() for one in of]

        def fill(partial: Path) -> dict[str, object]:
            frames = [write_frame(frame, partial / f"{index}.arrow") for index, frame in enumerate(written.frames)]
            projected = []
            for index, one in wanted:
                facts = write_projection(written.frames[index], one, projection_path(partial, index, one.by))
                projected.append((index, one.by, one.columns, facts))
            return {"frames": frames, "projections": projected, "value": written.tree}

        return self._put(name, key, fill)

    def write_blob(self, name: str, key: str, pieces: Iterable[bytes], value: Callable[[], object]) -> Entry:
        """Write a stage that is bytes beside a JSON value, which is asked for after the last piece."""

        def fill(partial: Path) -> dict[str, object]:
            write_new(partial / BLOB, lambda file: file.writelines(pieces))
            return {"frames": [], "projections": [], "blob": sha256_of(partial / BLOB), "value": value()}

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
