"""Finding and reading the input: the only module that opens a city's files.

A file is read whole, hashed, and handed to the parser of its format as bytes. Lines are measured on the way:
a line longer than the limit is refused while it is read, so a file that is one endless line costs a few
megabytes, not all the memory. Everything that can be wrong with a file is a `UserError` that names it.
"""

import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from loaders.errors import AmbiguousInput, MissingInput, NotPermitted, TooLarge, UnreadableFile
from loaders.formats import columnar, delimited, jsonlines, workbook
from loaders.formats.raw import RawTable, ScoreHeader
from loaders.sources import BY_NAME

SETTINGS_FILE: Final = "evidence.toml"
CONFIDENTIAL: Final = "address_confidentiality"
"""Name of the list of participants of an address confidentiality programme, in a city folder and in evidence.toml."""
EXTENSIONS: Final = (".csv.gz", ".csv", ".tsv", ".xlsx", ".parquet", ".jsonl")
_MEANT: Final = re.compile("addressconfidential|confidentialaddress")
_MAGIC: Final = (
    (b"PK\x03\x04", "an Excel workbook or zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be at most.

    line_bytes: an address list has lines of some hundred bytes; ten million is no line.
    file_bytes: unpacked; the registrations of a whole state are about 1 GB.
    """

    line_bytes: int = 10_000_000
    file_bytes: int = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class FileTable:
    """A file's table, its name as reported, and the SHA-256 of its bytes as they lie on disk."""

    table: RawTable
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a city folder: per source all candidates, and the names that belong to no source.

    confidential: what is, or may be meant to be, the list of participants.
    """

    candidates: Mapping[str, tuple[Path, ...]]
    strangers: tuple[str, ...]
    confidential: tuple[Path, ...] = ()


def extension_of(name: str) -> str | None:
    """The known extension of a file name, or None."""
    return next((extension for extension in EXTENSIONS if name.lower().endswith(extension)), None)


def list_folder(folder: Path) -> Listing:
    """What lies in a city folder. Raises MissingInput, NotPermitted."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError as error:
        raise MissingInput(f"there is no folder {folder}") from error
    except NotADirectoryError as error:
        raise MissingInput(f"{folder} is a file; give the city folder that holds it") from error
    except PermissionError as error:
        raise NotPermitted(f"{folder} may not be read by this user") from error
    except OSError as error:
        raise MissingInput(f"{folder} cannot be opened: {error.strerror}") from error
    candidates: dict[str, list[Path]] = {}
    strangers: list[str] = []
    confidential: list[Path] = []
    for name in names:
        extension = extension_of(name)
        stem = name[: -len(extension)].lower() if extension else ""
        if stem in BY_NAME:
            candidates.setdefault(stem, []).append(folder / name)
        elif _MEANT.search("".join(filter(str.isalpha, name.lower()))) and not name.startswith("."):
            confidential.append(folder / name)
        elif name != SETTINGS_FILE and not name.startswith("."):
            strangers.append(name)
    found = {name: tuple(paths) for name, paths in candidates.items()}
    return Listing(found, tuple(strangers), tuple(confidential))


def only_one(source: str, paths: tuple[Path, ...]) -> Path:
    """The one file of a source. Raises AmbiguousInput when there are two."""
    if len(paths) > 1:
        named = " and ".join(path.name for path in paths)
        raise AmbiguousInput(
            f"{source} is there more than once: {named}; keep one, or name it as path under [sources.{source}] "
            f"in {SETTINGS_FILE}",
            source=source,
        )
    return paths[0]


def read_settings(folder: Path) -> bytes | None:
    """Bytes of the folder's evidence.toml, None when there is none."""
    path = folder / SETTINGS_FILE
    if not os.path.lexists(path):
        return None
    return _read(path, Limits(file_bytes=1_000_000))[0]


def read_table(path: Path, score: ScoreHeader, limits: Limits | None = None) -> FileTable:
    """Read one source file in the format of its extension.

    Raises UnreadableFile, TooLarge, MissingInput, NotPermitted; each message begins with the file's name.
    """
    extension = extension_of(path.name)
    if extension is None:
        raise UnreadableFile(f"{path.name}: the format is not known; it must end in {', '.join(EXTENSIONS)}")
    data, digest = _read(
        path, limits or Limits(), packed=extension == ".csv.gz", lines=extension not in (".xlsx", ".parquet")
    )
    try:
        return FileTable(_parse(data, extension, score), path.name, digest)
    except UnreadableFile as error:
        raise type(error)(f"{path.name} {error.message}") from error


def _parse(data: bytes, extension: str, score: ScoreHeader) -> RawTable:
    if not data:
        raise UnreadableFile("is empty")
    if extension == ".xlsx":
        return workbook.parse(data, score)
    if extension == ".parquet":
        return columnar.parse(data)
    kind = next((what for magic, what in _MAGIC if data.startswith(magic)), None)
    if kind is not None:
        raise UnreadableFile(f"is {kind}, not text; give it its right extension or export it again")
    if extension == ".jsonl":
        return jsonlines.parse(data)
    return delimited.parse(data, score, "\t" if extension == ".tsv" else None)


def _read(path: Path, limits: Limits, *, packed: bool = False, lines: bool = False) -> tuple[bytes, str]:
    """Content (unpacked) and SHA-256 of the bytes on disk, within limits."""
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            raise UnreadableFile(f"{path.name} is a folder, not a file")
        if path.exists() and not path.is_file():
            raise UnreadableFile(f"{path.name} is not an ordinary file")
        with path.open("rb") as stream:
            source = _Hashed(stream, digest)
            blocks = _unpacked(source) if packed else iter(lambda: source.read(1 << 20), b"")
            data = _within(blocks, limits, path.name, lines)
            while source.read(1 << 20):
                pass  # bytes behind the end of the archive count in the hash
    except FileNotFoundError as error:
        raise MissingInput(f"there is no file {path}") from error
    except PermissionError as error:
        raise NotPermitted(f"{path.name} may not be read by this user") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(f"{path.name} is a damaged gzip archive (cut short?)") from error
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror or error}") from error
    except RuntimeError as error:  # pathlib before 3.13 on a symbolic link that points to itself
        raise UnreadableFile(f"{path.name} cannot be read: a symbolic link that points to itself") from error
    return data, digest.hexdigest()


class _Hashed(io.RawIOBase):
    """A stream that hashes what passes through it."""

    def __init__(self, stream: BinaryIO, digest: "hashlib._Hash") -> None:
        super().__init__()
        self._stream, self._digest = stream, digest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._digest.update(block)
        return block

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        block = self.read(len(view))
        view[: len(block)] = block
        return len(block)


def _unpacked(stream: _Hashed) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=stream, mode="rb") as archive:
        while block := archive.read(1 << 20):
            yield block


def _within(blocks: Iterator[bytes], limits: Limits, name: str, lines: bool) -> bytes:
    """Join blocks; refuse a line or a file beyond the limits before the rest of it is read."""
    content: list[bytes] = []
    size = line_start = 0
    for block in blocks:
        content.append(block)
        size += len(block)
        if lines:
            last = max(block.rfind(b"\n"), block.rfind(b"\r"))
            if last >= 0:
                line_start = size - len(block) + last + 1
            if size - line_start > limits.line_bytes:
                raise TooLarge(
                    f"{name} has a line longer than {limits.line_bytes / 1e6:g} MB, which no table has; export it again"
                )
        if size > limits.file_bytes:
            raise TooLarge(
                f"{name} holds more than {limits.file_bytes / 1024**3:g} GB; split it, or load it from a database"
            )
    return b"".join(content)
