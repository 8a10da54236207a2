"""What a value is made from, as short text: the content of sources, the program, its settings.

A file's content is known by its SHA-256. Reading a hundred megabytes to learn that nothing has changed takes longer
than a summary, so the hash of a file is kept with its stamp (size, time of change, time of status change, inode) and
taken as it was while the stamp is the same. The time of status change cannot be set back by a user; a file whose stamp
is younger than two seconds when it is hashed gets none, because a later change could fall into the same tick.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

_YOUNG_NS: Final = 2_000_000_000
# Other releases of these may give other bits.
_LIBRARIES: Final = ("polars", "numpy", "scipy", "pandas", "recordlinkage", "rapidfuzz", "usaddress", "networkx")


class Fingerprints:
    """SHA-256 of files, with the hashes of an earlier run where the stamps are the same."""

    def __init__(self, known: Mapping[str, tuple[str, str]]) -> None:
        self._known = known
        self.found: dict[str, tuple[str, str]] = {}
        """path -> (stamp, SHA-256) of every file asked for in this run that may be taken as unchanged later."""

    def of(self, path: Path) -> str | None:
        """SHA-256 of the bytes of a file, None where there is no ordinary file that this user can read."""
        try:
            name, stamp = os.path.realpath(path), _stamp(path)
            known = self._known.get(name)
            if known is not None and known[0] == stamp:
                sha256 = known[1]
            else:
                with open(path, "rb") as file:
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError):
            return None
        facts = os.stat(path)
        if max(facts.st_mtime_ns, facts.st_ctime_ns) < time.time_ns() - _YOUNG_NS and _stamp(path) == stamp:
            self.found[name] = (stamp, sha256)
        return sha256

    def of_program(self) -> str:
        """One hash for the program as installed: its files, Python and the libraries that compute."""
        root = Path(__file__).parents[2]
        parts = [(path.relative_to(root).as_posix(), self.of(path)) for path in _program_files(root)]
        libraries = [(name, _version(name)) for name in _LIBRARIES]
        return key_of("program", parts, libraries, sys.version)


def key_of(*parts: Any) -> str:
    """SHA-256 of values as JSON: the same parts, the same key."""
    content = json.dumps(parts, sort_keys=True, default=_plain, ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON does not know: mappings, sets, dataclasses and settings objects by their content."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no fixed content")


def _stamp(path: Path) -> str:
    facts = os.stat(path)
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino}"


def _program_files(root: Path) -> Iterable[Path]:
    for package in ("evidence", "matchers", "loaders"):
        for folder, folders, names in os.walk(root / package):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            yield from (Path(folder, name) for name in sorted(names) if not name.endswith(".pyc"))


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
