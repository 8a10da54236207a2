"""XLSX -> `RawTable`: the first sheet that has a table, numbers and dates as a CSV would write them.

Formulas come as their last computed value, and text that looks like a formula is text.
"""

import zipfile
from io import BytesIO

import fastexcel
import polars as pl

from loaders.errors import TooLarge, UnreadableFile
from loaders.formats.raw import RawTable, ScoreHeader, find_header, row_numbers, tidy_stamps, title_note

MAX_UNPACKED_BYTES = 2 * 1024**3
"""A sheet of a million rows unpacks to a few hundred MB; beyond this it is a mistake or a trap."""


def parse(data: bytes, score: ScoreHeader) -> RawTable:
    """Read a workbook. Raises UnreadableFile when it is none, or when no sheet has a row."""
    _check_archive(data)
    try:
        reader = fastexcel.read_excel(data)
        names = reader.sheet_names
    except (fastexcel.FastExcelError, ValueError) as error:
        raise UnreadableFile("is not a readable XLSX workbook; open it in a spreadsheet and save it again") from error
    sheets: list[tuple[str, pl.DataFrame]] = []
    for name in names:
        sheet = _sheet(reader, name)
        if sheet.height:
            sheets.append((name, sheet))
    if not sheets:
        raise UnreadableFile("is a workbook without a row in it")
    name, sheet = sheets[0]
    notes: tuple[str, ...] = ()
    if len(names) > 1:
        others = ", ".join(repr(other) for other in names if other != name)
        notes = (f"sheet {name!r} read; not read: {others}",)
    return _table(sheet, score, notes)


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableFile("is not a readable XLSX workbook (damaged or cut short)") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise TooLarge(f"unpacks to {unpacked / 1024**3:.1f} GB, more than a workbook can hold")


def _sheet(reader: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    try:
        sheet = reader.load_sheet(name, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise UnreadableFile(f"has a sheet {name!r} that cannot be read; save the workbook again") from error
    filled = (
        sheet.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        if sheet.width
        else pl.Series([], dtype=pl.Boolean)
    )
    last = filled.arg_true().max()
    return sheet.head(0 if last is None else int(str(last)) + 1)


def _table(sheet: pl.DataFrame, score: ScoreHeader, notes: tuple[str, ...]) -> RawTable:
    lines = [["" if cell is None else str(cell) for cell in line] for line in sheet.head(32).rows()]
    index = find_header(lines, score)
    headers = list(lines[index])
    body = sheet.slice(index + 1)
    while len(headers) > 1 and not headers[-1].strip() and body.to_series(len(headers) - 1).null_count() == body.height:
        headers.pop()
        body = body.select(pl.nth(range(len(headers))))
    body.columns = [str(position) for position in range(len(headers))]
    body = body.with_columns(tidy_stamps(column) for column in body.get_columns())
    return RawTable(tuple(headers), body, row_numbers(body.height), body.height, notes=(*title_note(index), *notes))
