"""A city folder -> `City`: the eight canonical frames, what was set aside, and where everything came from.

Failure. `cases` is the one source nothing can be done without: if it fails, `load` raises. Any other source
that fails is left out, its frame is empty, and its error is kept in `City.failures`; a command goes on, prints
the errors, writes its results without that source, and exits with `errors.exit_code_of(city.failures)`.
`load(folder, strict=True)` raises the first of them instead.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from loaders import config, files, quarantine
from loaders.confidential import protection as confidentiality
from loaders.confidential.blocklist import read_list
from loaders.confidential.protection import Confidential, Protection
from loaders.confidential.spoken import Participants
from loaders.config import CityFile, CitySettings, SourceSettings
from loaders.errors import SettingsError, UserError
from loaders.formats import columnar
from loaders.formats.raw import table_digest
from loaders.reading import KeepSource, LoadedSource, SourceReport, load_source, understand
from loaders.rows import FrameRows, Frames, Rows
from loaders.side_by_side import each
from loaders.sources import BY_NAME, SOURCES
from loaders.sources.base import Source

IN_MEMORY = "memory"
"""Stands for folder and file of a city that was never on disk."""


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
    under: "City | None" = None
    """The city that a case was laid over (`loaders.overlay`)."""

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
        loaded = [understand(BY_NAME[name], SourceSettings(), None, *table) for name, table in tables.items()]
        for one in loaded:
            if one.failure:
                raise one.failure
        return _assemble(Path(IN_MEMORY), loaded, settings or CitySettings(), (), ())


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

    def read(source: Source) -> LoadedSource | UserError | None:
        wanted = settings.sources.get(source.name, SourceSettings())
        try:
            return load_source(folder, source, wanted, listing, keep, protection)
        except UserError as error:
            error.source = source.name
            return error

    loaded: list[LoadedSource] = []
    failures: list[UserError] = []
    for some in confidentiality.in_order([s for s in SOURCES if only is None or s.name in only], protection):
        # What is kept is asked for in order; without, sources are read side by side.
        found = each(read, some) if keep is None else [read(source) for source in some]
        for source, one in zip(some, found, strict=True):
            failure = one.failure if isinstance(one, LoadedSource) else one
            if failure is not None and (strict or source.name == "cases"):
                raise failure
            failures += [failure] if failure is not None else []
            if isinstance(one, LoadedSource):
                loaded.append(one)
                if protection is not None:
                    protection.learn(one.withheld)
    city = _assemble(folder, loaded, settings.settings(), tuple(failures), listing.strangers)
    return city if protection is None else replace(city, confidential=protection.kept())


def participants(folder: Path) -> Participants | None:
    """Whom the city's list protects; None where it has none. No source is opened. Raises UserError."""
    listing = files.list_folder(folder)
    settings_bytes = files.read_settings(folder)
    settings = config.parse(settings_bytes, files.SETTINGS_FILE) if settings_bytes is not None else CityFile()
    path = confidentiality.list_of(folder, settings, listing)
    return None if path is None else Participants(read_list(path, settings.settings()))


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
