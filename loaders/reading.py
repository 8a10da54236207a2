"""One source of a city: found, read, its headers placed, its rows made canonical; or taken as it was kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import polars as pl

from loaders import canonical, files, headers
from loaders.confidential import protection as confidentiality
from loaders.confidential.protection import Protection
from loaders.confidential.withheld import Withheld
from loaders.config import SourceSettings
from loaders.errors import MissingInput, NoUsableRows, UserError
from loaders.formats.raw import RawTable
from loaders.rows import FrameRows, Rows
from loaders.sources.base import Source


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


def load_source(
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
        return understand(source, wanted, protection, result.table, result.label, result.sha256)
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
        return understand(source, wanted, protection, found.table, found.file, found.sha256)

    withheld_by = protection.withheld_by(source.name) if protection else ""
    return read() if keep is None else keep(source.name, wanted, path, withheld_by, read)


def understand(
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
