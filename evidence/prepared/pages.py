"""Finished summaries of the open cases: handed over as they are while nothing they were made from has changed.

The pages of a case are the four files that `summarize` writes. Whether they still hold is told without loading the
city: the same names lie in its folder, each file has the content it had, and so have this program and its libraries.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.fingerprint import Fingerprints
from evidence.prepared.manifest import BLOB, STAGES, Manifest, Receipt, read_manifest, value_of


@dataclass(frozen=True, slots=True)
class Pages:
    """The files of one case by name, and the name of the folder they go to."""

    folder: str
    files: Mapping[str, bytes]


def kept_pages(city: Path, folder: Path, case_id: str) -> Pages | None:
    """The pages of a case of a city folder, None where there are none or something has changed.

    folder: of the prepared city. Raises DamagedPreparation where the kept pages are not as they were written.
    """
    manifest = read_manifest(folder)
    if manifest is None or manifest.pages is None or not _still_holds(city, manifest, manifest.pages):
        return None
    entry = manifest.stages[manifest.pages.key]
    case = value_of(folder, entry)["value"]["cases"].get(case_id)
    if case is None:
        return None
    path = folder / STAGES / entry.folder / BLOB
    try:
        with path.open("rb") as blob:
            files = {}
            for name, start, size, _ in case["files"]:
                blob.seek(start)
                files[name] = blob.read(size)
    except OSError as error:
        raise DamagedPreparation(path, error.strerror or "cannot be read") from error
    if any(hashlib.sha256(files[name]).hexdigest() != sha256 for name, _, _, sha256 in case["files"]):
        raise DamagedPreparation(path, "was changed after it was written")
    return Pages(case["folder"], files)


def names_in(city: Path) -> tuple[str, ...]:
    """The names in a city folder that loading it would look at, sorted."""
    return tuple(sorted(path.name for path in city.iterdir() if not path.name.startswith(".")))


def _still_holds(city: Path, manifest: Manifest, receipt: Receipt) -> bool:
    try:
        if names_in(city) != receipt.names:
            return False
    except OSError:
        return False  # what is wrong with the folder is said when it is loaded
    now = Fingerprints(manifest.files)
    if any(now.of(city / name) != sha256 for name, sha256 in receipt.files.items()):
        return False
    return now.of_program() == receipt.program
