"""CSV, TSV and their kin -> `RawTable`.

Two paths give the same table. The fast one hands well-formed bytes to polars in one go. The careful one reads
record by record, so that one broken line costs one row: a line with too many cells, or a quotation mark that
is never closed, is rejected with its reason and the next line is read as if nothing had happened.

Short rows: some spreadsheet programs leave out trailing empty cells, so cells missing at the end of a row
are blanks, with a note; a required column among them then quarantines the row as any blank would.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from loaders.errors import UnreadableFile
from loaders.formats.raw import RawTable, Remark, ScoreHeader, find_header, position_schema, row_numbers, title_note

DELIMITERS = (",", ";", "\t", "|")
MAX_RECORD_LINES = 60
"""A cell with more line breaks than this is an unclosed quotation mark, not an address or a note."""
_HEAD_BYTES = 1024 * 1024
_QUOTE = ord('"')
_QUOTES_CHUNK = 1 << 22
"""Bytes whose quotation marks are looked at together, so that the memory stays small."""
_SHOWN = 120
"""Characters of a broken line that the quarantine shows."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the header stands: byte offset of the first data line, the delimiter, the headers."""

    delimiter: str
    headers: tuple[str, ...]
    body_at: int
    skipped: int


def decode(data: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: UTF-8, UTF-16 with a byte order mark, or Windows-1252.

    Raises UnreadableFile for anything else.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as error:
            raise UnreadableFile("starts like UTF-16 text but is not; save it as CSV UTF-8") from error
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass  # the usual other encoding of office exports is tried next
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"is in no encoding that can be read (byte {error.start + 1} is neither UTF-8, UTF-16 with a byte "
            "order mark, nor Windows-1252); save it as CSV UTF-8"
        ) from error


def parse(data: bytes, score: ScoreHeader, delimiter: str | None = None) -> RawTable:
    """Read delimited text; `delimiter` None: decided from the header line.

    Raises UnreadableFile when there is no text, or when it is not text at all.
    """
    data, encoding = _as_utf8(data)
    _refuse_binary(data[:_HEAD_BYTES])
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    data = data.strip(b"\n\r\x1a")  # 0x1A: the end-of-file mark of old exports
    if not data.strip():
        raise UnreadableFile("is empty")
    layout = _layout(data, score, delimiter)
    notes = title_note(layout.skipped)
    if encoding == "Windows-1252":
        notes = (*notes, "read as Windows-1252")
    body = data[layout.body_at :]
    cells = None if b"\x00" in body else _fast(body, layout)
    if cells is not None:
        rows = row_numbers(cells.height)
        return RawTable(layout.headers, cells, rows, cells.height, notes=notes)
    return _careful(body.decode(), layout, notes)


def _as_utf8(data: bytes) -> tuple[bytes, str]:
    """The text as UTF-8 without byte order mark, and the name of the encoding it was in; plain ASCII is left alone."""
    if data.isascii():
        return data, "UTF-8"
    text, encoding = decode(data)
    return text.encode(), encoding


def _refuse_binary(head: bytes) -> None:
    """Text of a table has no control characters to speak of; a picture or a program has many."""
    counts = np.bincount(np.frombuffer(head, dtype=np.uint8), minlength=32)
    odd = int(counts[[*range(9), *range(14, 26), 27, 28, 29, 30, 31]].sum())
    if odd > 8 and odd > len(head) / 100:
        raise UnreadableFile("is not text (it looks like a binary file); export it again as CSV, XLSX or Parquet")


def _layout(data: bytes, score: ScoreHeader, delimiter: str | None) -> _Layout:
    head = data[:_HEAD_BYTES].decode(errors="ignore")  # a character cut in two at its end
    whole = head
    start = 0
    if head[:4].lower() == "sep=" and len(head) > 5 and head[5] in "\r\n":  # Excel's own delimiter line
        delimiter = head[4]
        start = head.index("\n") + 1 if "\n" in head else 6
        head = head[start:]
    best: tuple[int, int, str, list[list[str]], int] | None = None
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        lines = _head_lines(head, candidate)
        index = find_header(lines, score)
        found, width = score(lines[index]), len(lines[index])
        if best is None or (found, width) > best[:2]:
            best = (found, width, candidate, lines, index)
    if best is None:
        raise UnreadableFile("is empty")
    _, _, chosen, lines, index = best
    headers = list(lines[index])
    while len(headers) > 1 and not headers[-1].strip():
        headers.pop()
    body_at = len(whole[: start + _offset_after(head, chosen, index)].encode())
    return _Layout(chosen, tuple(headers), body_at, index)


def _head_lines(head: str, delimiter: str) -> list[list[str]]:
    """The first records of the file; a broken quotation mark in the data below does not matter here."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    lines: list[list[str]] = []
    while len(lines) < 32:
        try:
            line = next(reader, None)
        except csv.Error:
            break
        if line is None:
            break
        lines.append(line)
    return lines or [head.split("\n", 1)[0].split(delimiter)]


def _offset_after(head: str, delimiter: str, index: int) -> int:
    """Character offset of the first data line: the records up to the header are read again and measured."""
    consumed = 0

    def measured() -> Iterator[str]:
        nonlocal consumed
        for line in io.StringIO(head, newline=""):
            consumed += len(line)
            yield line

    reader = csv.reader(measured(), delimiter=delimiter)
    for _ in range(index + 1):
        next(reader, None)
    return consumed


def _fast(data: bytes, layout: _Layout) -> pl.DataFrame | None:
    """The whole body through polars, or None where only the careful path can say what each row is.

    polars refuses rows that are too long. Rows that are too short it fills up without a word, so delimiters
    are counted: those in the file must be those between columns plus those inside cells.
    """
    width = len(layout.headers)
    if not data:
        return pl.DataFrame(schema=position_schema(width))
    if width < 2 or not _quotes_are_regular(data, layout.delimiter):
        return None
    try:
        cells = pl.read_csv(
            data,
            has_header=False,
            separator=layout.delimiter,
            schema=position_schema(width),
            infer_schema=False,
            empty_string_is_null=True,
        )
    except pl.exceptions.PolarsError:
        return None
    inside = cells.select(pl.sum_horizontal(pl.all().str.count_matches(layout.delimiter, literal=True).sum())).item()
    if data.count(layout.delimiter.encode()) != (width - 1) * cells.height + (inside or 0):
        return None
    return cells


def _quotes_are_regular(data: bytes, delimiter: str) -> bool:
    """Whether each quotation mark touches a delimiter, a line end or another mark, and their number is even."""
    quotes = data.count(b'"')
    if quotes == 0:
        return True
    if quotes % 2:
        return False
    codes = np.frombuffer(data, dtype=np.uint8)
    beside = np.zeros(256, dtype=np.bool_)
    beside[list(b'"\r\n' + delimiter.encode())] = True
    for start in range(0, len(codes), _QUOTES_CHUNK):
        at = np.flatnonzero(codes[start : start + _QUOTES_CHUNK] == _QUOTE) + start
        left = (at == 0) | beside[codes[at - 1]]
        right = (at == len(codes) - 1) | beside[codes[np.minimum(at + 1, len(codes) - 1)]]
        if not np.all(left | right):
            return False
    return True


def _careful(body: str, layout: _Layout, notes: tuple[str, ...]) -> RawTable:
    """Record by record; the loop over rows that the fast path exists to avoid."""
    width = len(layout.headers)
    kept: list[Sequence[str | None]] = []
    numbers: list[int] = []
    rejected: list[Remark] = []
    empty_lines = short = row = 0
    for record, problem in _records(body, layout.delimiter):
        if problem is None and not record:
            empty_lines += 1
            continue
        row += 1
        while len(record) > width and not record[-1].strip():
            record.pop()
        if problem is None and len(record) > width:
            problem = f"{len(record)} cells under {width} headers"
        if problem is None and any("\x00" in cell for cell in record):
            problem = "a NUL byte in the row"
        if problem is not None:
            shown = layout.delimiter.join(record).replace("\x00", "\\0")[:_SHOWN]
            rejected.append(Remark(row, "", shown, problem))
            continue
        if len(record) < width:
            short += 1
        kept.append([cell or None for cell in record] + [None] * (width - len(record)))
        numbers.append(row)
    if empty_lines:
        notes = (*notes, f"{empty_lines} empty line{'s' if empty_lines > 1 else ''} skipped")
    if short:
        notes = (
            *notes,
            f"{short} row{'s' if short > 1 else ''} with fewer cells than headers: the missing cells are blank",
        )
    cells = pl.DataFrame(kept, schema=position_schema(width), orient="row")
    return RawTable(
        layout.headers, cells, pl.Series("row", numbers, dtype=pl.UInt32), row, rejected=tuple(rejected), notes=notes
    )


def _records(body: str, delimiter: str) -> Iterator[tuple[list[str], str | None]]:
    """Each record and, for a line whose quotation mark is never closed, the reason why it is none."""
    lines = body.split("\n")
    at = 0
    csv.field_size_limit(2**31 - 1)
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        if '"' not in line:
            yield (line.split(delimiter) if line else []), None
            at += 1
            continue
        taken, record = _quoted_record(lines, at, delimiter)
        if record is None:
            yield [line], "a quotation mark is opened and never closed"
        else:
            yield record, None
        at += taken


def _quoted_record(lines: list[str], at: int, delimiter: str) -> tuple[int, list[str] | None]:
    """Lines taken by the record that starts at `at`, and its cells; one line and None when it never ends."""
    for taken in range(1, min(MAX_RECORD_LINES, len(lines) - at) + 1):
        chunk = "\n".join(lines[at : at + taken]).removesuffix("\r")
        try:
            return taken, next(csv.reader(io.StringIO(chunk, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end of data" not in str(error):  # a mark inside a cell: taken as written
                return taken, next(csv.reader(io.StringIO(chunk, newline=""), delimiter=delimiter), [])
    return 1, None
