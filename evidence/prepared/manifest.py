"""What counts in the folder of a prepared city: one small file, renamed into place last.

Nothing here needs the data libraries: a command that only hands over finished pages starts without them.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evidence.atomic import replaced_file
from evidence.errors import OutputRefused
from evidence.prepared.errors import DamagedPreparation

FORMAT: Final = 3
FOLDER: Final = ".evidence"
STAGES: Final = "stages"
VALUE: Final = "value.json"
BLOB: Final = "blob.bin"
_NAME: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage that counts: its name, the key of what it was made from, and the SHA-256 of its value.json."""

    name: str
    key: str
    sha256: str

    @property
    def folder(self) -> str:
        """Its folder under `stages`."""
        return folder_of(self.name, self.key)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the finished pages were made from: program, names in the city folder, and path -> SHA-256 of each file."""

    key: str
    program: str
    names: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """`stages`: key -> entry; `files`: path of a source or program file -> (stamp, SHA-256), so that a file whose stamp
    has not moved need not be read to know its content (`fingerprint`); `pages`: of the stage that holds the pages;
    `rates`: SHA-256 of the learned rates that hold until the city is prepared again.
    """

    stages: Mapping[str, Entry]
    files: Mapping[str, tuple[str, str]]
    pages: Receipt | None = None
    rates: str | None = None


def rates_file(folder: Path, sha256: str) -> Path:
    """The file of learned rates with this hash."""
    return folder / f"learned-{sha256[:16]}.json"


def folder_of(name: str, key: str) -> str:
    """The folder of a stage under `stages`."""
    return f"{name}-{key[:24]}"


def read_manifest(folder: Path) -> Manifest | None:
    """What counts now; None where nothing was prepared, or by a program with another format. Raises
    DamagedPreparation.
    """
    path = folder / _NAME
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != FORMAT:
            return None
        stages = {
            str(key): Entry(str(name), str(key), str(sha256)) for key, (name, sha256) in content["stages"].items()
        }
        files = {str(name): (str(stamp), str(sha256)) for name, (stamp, sha256) in content["files"].items()}
        made = content["pages"]
        pages = made and Receipt(
            str(made["key"]),
            str(made["program"]),
            tuple(map(str, made["names"])),
            {str(name): str(sha256) for name, sha256 in made["files"].items()},
        )
        rates = content["rates"] and str(content["rates"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedPreparation(path, "cannot be read as a list of stages") from error
    return Manifest(stages, files, pages, rates)


def publish(folder: Path, manifest: Manifest) -> None:
    """Make these the stages that count, at once. Raises OutputRefused."""
    made = manifest.pages
    content = as_json(
        {
            "format": FORMAT,
            "stages": {key: [entry.name, entry.sha256] for key, entry in sorted(manifest.stages.items())},
            "files": {name: list(known) for name, known in sorted(manifest.files.items())},
            "rates": manifest.rates,
            "pages": made and {"key": made.key, "program": made.program, "names": made.names, "files": made.files},
        }
    )
    try:
        with replaced_file(folder / _NAME) as partial:
            write_bytes(partial, content)
        flush_folder(folder)
    except OSError as error:
        raise OutputRefused(f"{folder / _NAME} cannot be written: {error.strerror or error}") from error


def value_of(folder: Path, entry: Entry) -> Any:
    """The value.json of a stage, checked against its hash. Raises DamagedPreparation."""
    path = folder / STAGES / entry.folder / VALUE
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedPreparation(path, error.strerror or "cannot be read") from error
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise DamagedPreparation(path, "was changed after it was written")
    return json.loads(content)


def write_bytes(path: Path, content: bytes) -> None:
    """A file that its owner alone may read, on the disk when this returns."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """The names in a folder outlive a power cut; a system that cannot do this is not asked to."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def as_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
