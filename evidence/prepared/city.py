"""A prepared city as `keeping.Keeping`: stages found by what they are made of, made where they are not there.

A stage's key is made of this program's own files and libraries, the stage's settings, and the content of each source it
reads; so a source that changes takes with it the stages that read it and no other, and what is kept is what would be
made. Commands that answer only read; `evidence prepare` also writes.
"""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from evidence.keeping import MadeParts, Parts, Projections
from evidence.learned import HeldRates, rates_bytes, read_rates
from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.fingerprint import Fingerprints, key_of
from evidence.prepared.manifest import Entry, Manifest, Receipt, publish, rates_file, read_manifest, write_bytes
from evidence.prepared.pages import names_in
from evidence.prepared.parts import KeptParts
from evidence.prepared.store import Store
from evidence.projections import SOURCES
from evidence.rules.pack import is_pack_file
from loaders.city import City, narrowed
from loaders.confidential.withheld import Withheld
from loaders.config import SourceSettings
from loaders.errors import UserError
from loaders.files import SETTINGS_FILE
from loaders.reading import LoadedSource, SourceReport

T = TypeVar("T")
PageFiles = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class KeptSource:
    """One source as it was read."""

    report: SourceReport
    frame: pl.DataFrame
    quarantined: pl.DataFrame
    remarks: pl.DataFrame
    withheld: Withheld


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
        self._sources: dict[str, Path] = {}
        self._pages: Receipt | None = None
        self._rates = manifest.rates

    @classmethod
    def opened(cls, folder: Path) -> "PreparedCity | None":
        """To read from; None where nothing is prepared. Raises DamagedPreparation."""
        manifest = read_manifest(folder)
        return None if manifest is None else cls(Store(folder), manifest)

    @classmethod
    @contextmanager
    def preparing(cls, folder: Path) -> Iterator["PreparedCity"]:
        """To write to, by one process at a time; at the end the stages that were not asked for are removed."""
        store = Store(folder)
        with store.locked():
            try:
                manifest = read_manifest(folder)
            except DamagedPreparation:
                manifest = None  # made anew
            prepared = cls(store, manifest or Manifest({}, {}), writes=True)
            yield prepared
            last = Manifest(prepared._asked, prepared._files.found, prepared._pages, prepared._rates)
            publish(folder, last)
            store.clear_away(last)

    def source(
        self,
        source: str,
        settings: SourceSettings,
        path: Path,
        withheld_by: str,
        read: Callable[[], LoadedSource],
    ) -> LoadedSource:
        """A source file as `loaders.city.load` asks for it; one that cannot be used is read anew each time."""
        self._sources[source] = path
        sha256 = self._files.of(path)
        if sha256 is not None:
            kept = self._found("source", self._source_key(source, settings, path, withheld_by, sha256), KeptSource)
            if kept is not None:
                facts = kept.holding({"frame": pl.DataFrame()})
                return LoadedSource(facts.report, kept.rows("frame"), facts.quarantined, facts.remarks, facts.withheld)
        loaded = read()
        self.made.append(f"source {source}")
        # Keyed by what was read, not by what lay there a moment before.
        key = self._source_key(source, settings, path, withheld_by, loaded.report.sha256)
        if self._writes and loaded.failure is None:
            value = KeptSource(loaded.report, loaded.rows.whole(), loaded.quarantined, loaded.remarks, loaded.withheld)
            self._write("source", key, value, KeptSource, projections={"frame": SOURCES.get(source, ())})
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
        return self._parts(name, kind, make, of, sources, settings, given).whole()

    def parts(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str],
        projections: Projections,
        settings: Any = None,
    ) -> Parts[T]:
        """See `keeping.Keeping`."""
        return self._parts(name, kind, make, of, sources, settings, None, projections)

    def _parts(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        of: City,
        sources: Collection[str] | None,
        settings: Any,
        given: Mapping[type, object] | None,
        projections: Projections | None = None,
    ) -> Parts[T]:
        key = key_of(self._program, name, settings, _content(of, sources))
        kept = self._found(name, key, kind, given)
        if kept is not None:
            return kept
        # The stage sees no more of the city than it says it reads, so that its key cannot be too narrow.
        value = make(of if sources is None else narrowed(of, sources))
        self.made.append(name)
        if self._writes:
            self._write(name, key, value, kind, given, projections)
        return MadeParts(value)

    def rates(self) -> HeldRates | None:
        """The rates learned when the city was prepared. Raises DamagedPreparation."""
        if self._rates is None:
            return None
        path = rates_file(self._store.folder, self._rates)
        try:
            held = read_rates(path)
        except UserError as error:
            raise DamagedPreparation(path, str(error)) from error
        if held.sha256 != self._rates:
            raise DamagedPreparation(path, "was changed after it was written")
        return held

    def hold(self, held: HeldRates) -> None:
        """Keep these rates in place of those of the last time."""
        write_bytes(rates_file(self._store.folder, held.sha256), rates_bytes(held.rates))
        self._rates = held.sha256

    def pages(
        self, city: City, settings: Any, packs: Iterable[str], cases: Callable[[], Iterator[tuple[str, str, PageFiles]]]
    ) -> None:
        """Keep the finished pages of a city's open cases. cases: yields case id, folder and files of each.

        packs: names of the rule packs that the cases ask for. A city that is not all files (a database may change
        without a sign), or of which a source failed, gets no receipt: its pages are made when they are asked for.
        """
        receipt = self._receipt(city, settings, packs)
        if receipt is None:
            return
        entry = self._stages.get(receipt.key)
        try:
            if entry is not None:
                self._store.verify(entry)
                self.reused.append("pages")
        except DamagedPreparation:
            entry = None
        if entry is None:
            index: dict[str, object] = {}
            pieces = _indexed(cases(), index)
            entry = self._store.write_blob("pages", receipt.key, pieces, lambda: {"cases": index})
            self.made.append("pages")
        self._stages[receipt.key] = self._asked[receipt.key] = entry
        self._pages = receipt

    def _receipt(self, city: City, settings: Any, packs: Iterable[str]) -> Receipt | None:
        if city.failures or set(city.reports) != set(self._sources):
            return None
        files = [*self._sources.values(), *(city.folder / pack for pack in packs if is_pack_file(pack))]
        if (city.folder / SETTINGS_FILE).exists():
            files.append(city.folder / SETTINGS_FILE)
        if city.confidential is not None:
            files.append(city.confidential.path)
        known = {os.path.relpath(path, city.folder): self._files.of(path) for path in files}
        contents = {name: sha256 for name, sha256 in sorted(known.items()) if sha256 is not None}
        same = all(city.reports[source].sha256 == self._files.of(path) for source, path in self._sources.items())
        if len(contents) < len(known) or not same:
            return None  # a file went or changed while the city was prepared
        names = names_in(city.folder)
        key = key_of(self._program, "pages", settings, names, contents)
        return Receipt(key, self._program, names, contents)

    def _found(
        self, name: str, key: str, kind: type[T], given: Mapping[type, object] | None = None
    ) -> KeptParts[T] | None:
        entry = self._stages.get(key)
        if entry is None:
            return None
        try:
            if self._writes:
                self._store.verify(entry)
            parts = self._store.parts(entry, kind, given)
        except DamagedPreparation:
            if not self._writes:
                raise
            return None  # made anew, and written in its place
        if key not in self._asked:  # what this run made or has read already is no reuse
            self.reused.append(name)
        self._asked[key] = entry
        return parts

    def _write(
        self,
        name: str,
        key: str,
        value: object,
        kind: type,
        given: Mapping[type, object] | None = None,
        projections: Projections | None = None,
    ) -> None:
        entry = self._store.write(name, key, value, kind, given, projections)
        self._stages[key] = self._asked[key] = entry
        # The earlier stages count until the end: a prepare that is killed leaves what was there, and what it added.
        files = {**self._before.files, **self._files.found}
        publish(self._store.folder, Manifest(self._stages, files, rates=self._before.rates))

    def _source_key(self, source: str, settings: SourceSettings, path: Path, withheld_by: str, sha256: str) -> str:
        return key_of(self._program, "source", source, settings, path.name, withheld_by, sha256)


def _indexed(cases: Iterator[tuple[str, str, PageFiles]], index: dict[str, object]) -> Iterator[bytes]:
    """The files of all cases one after another; where each lies goes into `index`."""
    start = 0
    for case_id, folder, files in cases:
        listed = []
        for name, content in files.items():
            listed.append([name, start, len(content), hashlib.sha256(content).hexdigest()])
            start += len(content)
            yield content
        index[case_id] = {"folder": folder, "files": listed}


def _content(city: City, sources: Collection[str] | None) -> Any:
    """What a city's frames and settings are made from. A folder laid over the city stands in its own reports."""
    reports = {name: report for name, report in city.reports.items() if sources is None or report.source in sources}
    return city.settings, reports
