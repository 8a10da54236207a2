"""Where the stages of a city are kept."""

import os
from pathlib import Path
from typing import Final

from evidence.prepared.fingerprint import key_of
from evidence.prepared.manifest import FOLDER

VARIABLE: Final = "EVIDENCE_PREPARED"


def prepared_folder(city: Path, named: Path | None) -> Path:
    """As named, else a folder of the city's own in $EVIDENCE_PREPARED, else `.evidence` in the city."""
    if named is not None:
        return named
    place = os.environ.get(VARIABLE)
    if not place:
        return city / FOLDER
    path = Path(os.path.realpath(city))
    return Path(place) / f"{path.name or 'city'}-{key_of(str(path))[:12]}"
