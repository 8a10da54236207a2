"""A city folder -> `City`: the eight canonical frames, what was set aside, and where everything came from.

Failure. `cases` is the one source nothing can be done without: if it fails, `load` raises. Any other source
that fails is left out, its frame is empty, and its error is kept in `City.failures`; a command goes on, prints
the errors, writes its results without that source, and exits with `errors.exit_code_of(city.failures)`.
`load(folder, strict=True)` raises the first of them instead.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from loaders import canonical, config, files, headers, quarantine
from loaders.confidential import protection as confidentiality
from loaders.confidential.protection import Confidential, Protection
from loaders.confidential.withheld import Withheld
from loaders.config import CityFile, CitySettings, SourceSettings
from loaders.errors import MissingInput, NoUsableRows, SettingsError, UserError
from loaders.formats import columnar
from loaders.formats.raw import RawTable, table_digest
from loaders.rows import FrameRows, Frames, Rows
from loaders.sources import BY_NAME, SOURCES
from loaders.sources.base import Source

IN_MEMORY = "memory"
"""Stands for folder and file of a city that was never on disk."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source. rows_read = rows_accepted + rows_quarantined.

    headers: agency header -> canonical column. refused_headers: header -> why it may not come in.
    date_formats: column -> formats found, the most frequent first. first_row: number in the city's frame of the file's
    row 1, which is another where a case folder is laid over a city. rows_withheld: rows that a list of participants
    takes out in whole or in part; null: no list, or not told (`protection.TOLD`). All else, rows_read too, is as if
    they were not there, but that other rows keep their numbers. withheld_by: changes with what decided on them; empty:
    no list.
    """

    source: str
    file: str
    sha256: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    headers: Mapping[str, str]
    unplaced_headers: tuple[str, ...]
    refused_headers: Mapping[str, str]
    date_formats: Mapping[str, str]
    notes: tuple[str, ...]
    first_row: int = 1
    rows_withheld: int | None = None
    withheld_by: str = ""


@dataclass(frozen=True, slots=True)
class City:
    """Canonical frames of one city (docs/frames.md). `failures`: sources that could not be loaded, and why."""

    folder: Path
    frames: Mapping[str, pl.DataFrame]
    reports: Mapping[str, SourceReport]
    quarantine: pl.DataFrame
    warnings: pl.DataFrame
    settings: CitySettings
    failures: tuple[UserError, ...] = ()
    strangers: tuple[str, ...] = ()
    """Files of the folder that belong to no source."""
    present: frozenset[str] = field(default_factory=frozenset)
    """Sources that were given and have rows."""
    confidential: Confidential | None = None
    """The list of participants whose records were left out; None where the city has no such list."""

    @property
    def rows_withheld(self) -> dict[str, int] | None:
        """Rows left out because of that list, by source of which it may be told; None without a list."""
        told = {name: report.rows_withheld for name, report in self.reports.items()}
        return {name: count for name, count in told.items() if count is not None} if self.confidential else None

    def frame(self, source: str) -> pl.DataFrame:
        """Canonical frame of a source; without rows when the source is absent."""
        return self.frames[source]

    def rows(self, source: str) -> Rows:
        """Rows of a source, of which only some may be wanted: a prepared city reads what is asked for."""
        frames = self.frames
        return frames.rows(source) if isinstance(frames, Frames) else FrameRows(frames[source])

    def with_frames(self, frames: Mapping[str, pl.DataFrame]) -> "City":
        """The city with other rows in these sources; what lies on disk of the others stays there."""
        return replace(self, frames=Frames({name: self.rows(name) for name in self.frames}).replaced(frames))

    def distinct(self, source: str) -> pl.DataFrame:
        """Its rows without those that repeat an earlier row exactly."""
        return self.frames[source].filter(pl.col("duplicate_of").is_null())

    @staticmethod
    def from_frames(frames: Mapping[str, pl.DataFrame], settings: CitySettings | None = None) -> "City":
        """A city of frames in memory, read by the same rules as files. Raises as `load(strict=True)`."""
        unknown = sorted(set(frames) - set(BY_NAME))
        if unknown:
            raise SettingsError(f"there is no source {unknown[0]!r}; the sources are {', '.join(BY_NAME)}")
        tables = {name: (columnar.from_frame(frame), IN_MEMORY, _digest(frame)) for name, frame in frames.items()}
        loaded = [_understand(BY_NAME[name], SourceSettings(), None, *table) for name, table in tables.items()]
        for one in loaded:
            if one.failure:
                raise one.failure
        return _assemble(Path(IN_MEMORY), loaded, settings or CitySettings(), (), ())


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """One source that was read, with its fault frames; `failure`: why it cannot be used after all. withheld: what was
    left out of it because of a list of participants.
    """

    report: SourceReport
    rows: Rows
    quarantined: pl.DataFrame
    remarks: pl.DataFrame
    withheld: Withheld = field(default_factory=Withheld)
    failure: UserError | None = None


KeepSource = Callable[[str, SourceSettings, Path, str, Callable[[], LoadedSource]], LoadedSource]
"""Source, its settings, its file, what decides on withheld rows, and how to read it -> the same, read now or kept."""


def load(
    folder: Path,
    *,
    strict: bool = False,
    within_folder: bool = False,
    keep: KeepSource | None = None,
    only: Collection[str] | None = None,
    under: City | None = None,
    withhold: bool = True,
) -> City:
    """Read a city folder.

    strict: raise the first error of any source. within_folder: refuse an evidence.toml that names databases or
    paths outside the folder (for folders from people who are not trusted with the machine). keep: asked for each
    source that is a file (a database is always asked anew). only: open no other sources than these. under: the city
    that a case folder is to be laid over, whose list of participants holds for it. withhold: False leaves that list
    aside, to count rows that nobody is shown.
    Raises UserError: always for the folder, evidence.toml, the list and `cases`; for the other sources only if strict.
    """
    folder = Path(folder)
    listing = files.list_folder(folder)
    settings_bytes = files.read_settings(folder)
    settings = config.parse(settings_bytes, files.SETTINGS_FILE) if settings_bytes is not None else CityFile()
    if within_folder:
        _check_within(folder, settings)
    protection = _protection(folder, settings, listing, under) if withhold else None
    loaded: list[LoadedSource] = []
    failures: list[UserError] = []
    for source in confidentiality.in_order(SOURCES, protection):
        if only is not None and source.name not in only:
            continue
        wanted = settings.sources.get(source.name, SourceSettings())
        try:
            one = _load_source(folder, source, wanted, listing, keep, protection)
        except UserError as error:
            error.source = source.name
            if strict or source.name == "cases":
                raise
            failures.append(error)
            continue
        if one is None:
            continue
        loaded.append(one)
        if protection is not None:
            protection.learn(one.withheld)
        if one.failure is not None:
            if strict or source.name == "cases":
                raise one.failure
            failures.append(one.failure)
    city = _assemble(folder, loaded, settings.settings(), tuple(failures), listing.strangers)
    return city if protection is None else replace(city, confidential=protection.kept())


def given(folder: Path) -> frozenset[str]:
    """Names of the sources that a city folder has a file or a database for; none is opened. Raises UserError."""
    settings_bytes = files.read_settings(folder)
    settings = config.parse(settings_bytes, files.SETTINGS_FILE) if settings_bytes is not None else CityFile()
    named = {name for name, wanted in settings.sources.items() if wanted.database or wanted.path}
    return frozenset(named | {name for name, found in files.list_folder(folder).candidates.items() if found})


def narrowed(city: City, sources: Collection[str]) -> City:
    """The city as if it had no other sources than these; reports and settings stay."""
    empty = {name: BY_NAME[name].schema.create_empty() for name in city.frames if name not in sources}
    return replace(city.with_frames(empty), present=city.present.intersection(sources))


def _protection(folder: Path, settings: CityFile, listing: files.Listing, under: City | None) -> Protection | None:
    if under is None or under.confidential is None:
        return Protection.of_folder(folder, settings, listing)
    own = confidentiality.list_of(folder, settings, listing)
    return confidentiality.under(under.confidential, under.settings, own)


def _check_within(folder: Path, settings: CityFile) -> None:
    root = folder.resolve()
    listed = settings.protection
    if listed and not (root / listed.address_confidentiality).resolve().is_relative_to(root):
        raise SettingsError(f"{files.SETTINGS_FILE}: protection.address_confidentiality leads out of the city folder")
    for name, wanted in settings.sources.items():
        if wanted.database:
            raise SettingsError(
                f"{files.SETTINGS_FILE}: sources.{name}.database is not allowed for this folder", source=name
            )
        if wanted.path and not (root / wanted.path).resolve().is_relative_to(root):
            raise SettingsError(f"{files.SETTINGS_FILE}: sources.{name}.path leads out of the city folder", source=name)


def _load_source(
    folder: Path,
    source: Source,
    wanted: SourceSettings,
    listing: files.Listing,
    keep: KeepSource | None,
    protection: Protection | None,
) -> LoadedSource | None:
    """One source from where it is; None when it is absent."""
    if wanted.database and wanted.query:
        from loaders import database  # SQLAlchemy is slow to load

        result = database.read(wanted.database, wanted.query, folder)
        return _understand(source, wanted, protection, result.table, result.label, result.sha256)
    found = listing.candidates.get(source.name, ())
    if wanted.path:
        path = folder / wanted.path
    elif found:
        path = files.only_one(source.name, found)
    elif source.name == "cases":
        near = headers.nearest("cases", listing.strangers)
        hint = f"; is it {near!r}?" if near else ""
        raise MissingInput(
            f"{folder} has no cases file (cases{', cases'.join(files.EXTENSIONS)}){hint}", source=source.name
        )
    else:
        return None

    def read() -> LoadedSource:
        found = files.read_table(path, lambda line: headers.score(source, wanted.columns, line))
        return _understand(source, wanted, protection, found.table, found.file, found.sha256)

    withheld_by = protection.withheld_by(source.name) if protection else ""
    return read() if keep is None else keep(source.name, wanted, path, withheld_by, read)


def _understand(
    source: Source, wanted: SourceSettings, protection: Protection | None, table: RawTable, file: str, sha256: str
) -> LoadedSource:
    """Place the headers, make the canonical frame, write the report."""
    try:
        placement = headers.place(table.headers, source, wanted.columns)
    except UserError as error:
        raise type(error)(f"{file}: {error.message}", source=source.name) from error
    headers.require(placement, table.headers, source, file)
    if protection is None:
        content = canonical.canonicalise(table, placement, source, file)
    else:
        table = confidentiality.unshown(table)
        content = canonical.canonicalise(table, placement, source, file, protection.withholder(source.name))
    rows_read = content.frame.height + content.quarantined.height
    placed = {table.headers[at]: column for column, at in sorted(placement.columns.items(), key=lambda item: item[1])}
    placed |= {table.headers[at]: column for (column, _), at in placement.parts.items()}
    notes = (*table.notes, *content.notes)
    failure: UserError | None = None
    if rows_read == 0:
        notes = (*notes, "a header and no rows: counted as absent")
        if source.name == "cases":
            failure = NoUsableRows(f"{file} has a header and no rows", source=source.name)
    elif content.frame.is_empty():
        first = content.quarantined.row(0, named=True)
        failure = NoUsableRows(
            f"{file}: none of its {rows_read} rows can be used; row {first['row']}, for one: "
            f"{first['column'] or 'the whole row'}: {first['reason']}",
            source=source.name,
        )
    report = SourceReport(
        source=source.name,
        file=file,
        sha256=sha256,
        rows_read=rows_read,
        rows_accepted=content.frame.height,
        rows_quarantined=content.quarantined.height,
        headers=MappingProxyType(
            {header: column for header, column in placed.items() if header not in content.refused}
        ),
        unplaced_headers=placement.unplaced,
        refused_headers=MappingProxyType(dict(content.refused)),
        date_formats=MappingProxyType(dict(content.date_formats)),
        notes=notes,
        rows_withheld=content.withheld.rows if protection and source.name in confidentiality.TOLD else None,
        withheld_by=protection.withheld_by(source.name) if protection else "",
    )
    rows = FrameRows(content.frame)
    return LoadedSource(report, rows, content.quarantined, content.remarks, content.withheld, failure)


def _assemble(
    folder: Path,
    loaded: Sequence[LoadedSource],
    settings: CitySettings,
    failures: tuple[UserError, ...],
    strangers: tuple[str, ...],
) -> City:
    by_name = {one.report.source: one for one in loaded}
    rows: dict[str, Rows] = {
        source.name: by_name[source.name].rows if source.name in by_name else FrameRows(source.schema.create_empty())
        for source in SOURCES
    }
    ordered = [by_name[source.name] for source in SOURCES if source.name in by_name]
    stamped = [quarantine.stamp(one.quarantined, one.report.source, one.report.file) for one in ordered]
    remarks = [quarantine.stamp(one.remarks, one.report.source, one.report.file) for one in ordered]
    return City(
        folder=folder,
        frames=Frames(rows),
        reports=MappingProxyType({one.report.source: one.report for one in ordered}),
        quarantine=pl.concat([quarantine.empty(), *stamped]),
        warnings=pl.concat([quarantine.empty(), *remarks]),
        settings=settings,
        failures=failures,
        strangers=strangers,
        present=frozenset(name for name, one in by_name.items() if one.report.rows_accepted),
    )


def _digest(frame: pl.DataFrame) -> str:
    return table_digest(columnar.from_frame(frame))
