"""A prepared city as `keeping.Keeping`: stages found by what they are made of, made where they are not there.

A stage's key is made of this program's own files and libraries, the stage's settings, and the content of each source it
reads; so a source that changes takes with it the stages that read it and no other, and what is kept is what would be
made. Commands that answer only read; `evidence prepare` also writes.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.fingerprint import Fingerprints, key_of
from evidence.prepared.store import FOLDER, Entry, Manifest, Store
from loaders.canonical import Canonical
from loaders.city import City, LoadedSource, SourceReport, narrowed
from loaders.config import SourceSettings

T = TypeVar("T")
VARIABLE: Final = "EVIDENCE_PREPARED"


@dataclass(frozen=True, slots=True)
class KeptSource:
    """One source as it was read."""

    report: SourceReport
    content: Canonical


def prepared_folder(city: Path, named: Path | None) -> Path:
    """Where a city's stages are kept: as named, else under $EVIDENCE_PREPARED (a folder for each city), else in it."""
    if named is not None:
        return named
    place = os.environ.get(VARIABLE)
    if not place:
        return city / FOLDER
    path = Path(os.path.realpath(city))
    return Path(place) / f"{path.name or 'city'}-{key_of(str(path))[:12]}"


class PreparedCity:
    """The stages of one city in one folder. `made` and `reused` count the stages that were asked for."""

    def __init__(self, store: Store, manifest: Manifest, *, writes: bool = False) -> None:
        self.made: list[str] = []
        self.reused: list[str] = []
        self._store, self._writes = store, writes
        self._before = manifest
        self._stages = dict(manifest.stages)
        self._asked: dict[str, Entry] = {}
        self._files = Fingerprints(manifest.files)
        self._program = self._files.of_program()

    @classmethod
    def opened(cls, folder: Path) -> "PreparedCity | None":
        """To read from; None where nothing is prepared. Raises DamagedPreparation."""
        store = Store(folder)
        manifest = store.manifest()
        return None if manifest is None else cls(store, manifest)

    @classmethod
    @contextmanager
    def preparing(cls, folder: Path) -> Iterator["PreparedCity"]:
        """To write to, by one process at a time; at the end the stages that were not asked for are removed."""
        store = Store(folder)
        with store.locked():
            try:
                manifest = store.manifest()
            except DamagedPreparation:
                manifest = None  # made anew
            prepared = cls(store, manifest or Manifest({}, {}), writes=True)
            yield prepared
            last = Manifest(prepared._asked, prepared._files.found)
            store.publish(last)
            store.clear_away(last)

    def source(
        self, source: str, settings: SourceSettings, path: Path, read: Callable[[], LoadedSource]
    ) -> LoadedSource:
        """A source file as `loaders.city.load` asks for it; one that cannot be used is read anew each time."""
        sha256 = self._files.of(path)
        if sha256 is not None:
            kept = self._found("source", self._source_key(source, settings, path, sha256), KeptSource, {})
            if kept is not None:
                return LoadedSource(kept.report, kept.content)
        loaded = read()
        self.made.append(f"source {source}")
        # Keyed by what was read, not by what lay there a moment before.
        key = self._source_key(source, settings, path, loaded.report.sha256)
        if self._writes and loaded.failure is None:
            self._write("source", key, KeptSource(loaded.report, loaded.content), KeptSource, {})
        return loaded

    def stage(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str] | None = None,
        settings: Any = None,
        given: Mapping[type, object] | None = None,
    ) -> T:
        """See `keeping.Keeping`."""
        key = key_of(self._program, name, settings, _content(of, sources))
        kept = self._found(name, key, kind, given or {})
        if kept is not None:
            return kept
        # The stage sees no more of the city than it says it reads, so that its key cannot be too narrow.
        value = make(of if sources is None else narrowed(of, sources))
        self.made.append(name)
        if self._writes:
            self._write(name, key, value, kind, given or {})
        return value

    def _found(self, name: str, key: str, kind: type[T], given: Mapping[type, object]) -> T | None:
        entry = self._stages.get(key)
        if entry is None:
            return None
        try:
            if self._writes:
                self._store.verify(entry)
            value = self._store.read(entry, kind, given)
        except DamagedPreparation:
            if not self._writes:
                raise
            return None  # made anew, and written in its place
        self.reused.append(name)
        self._asked[key] = entry
        return value

    def _write(self, name: str, key: str, value: object, kind: type, given: Mapping[type, object]) -> None:
        entry = self._store.write(name, key, value, kind, given)
        self._stages[key] = self._asked[key] = entry
        # The earlier stages count until the end: a prepare that is killed leaves what was there, and what it added.
        self._store.publish(Manifest(self._stages, {**self._before.files, **self._files.found}))

    def _source_key(self, source: str, settings: SourceSettings, path: Path, sha256: str) -> str:
        return key_of(self._program, "source", source, settings, path.name, sha256)


def _content(city: City, sources: Collection[str] | None) -> Any:
    """What a city's frames and settings are made from. A folder laid over the city stands in its own reports."""
    reports = {name: report for name, report in city.reports.items() if sources is None or report.source in sources}
    return city.settings, reports
