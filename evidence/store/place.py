"""Which store keeps a city's access record: that of its evidence.toml, else --store, else $EVIDENCE_STORE.

A place is a database address (`postgresql+psycopg://...`) or the path of a SQLite file. Where evidence.toml names a
store, nobody names another beside it: a different one is refused. No database library is imported here.
"""

import os
import tomllib
from pathlib import Path
from typing import Final

from loaders.errors import SettingsError

VARIABLE: Final = "EVIDENCE_STORE"
SETTINGS_FILE: Final = "evidence.toml"


def store_of(city: Path | None, named: str | None) -> str | None:
    """The place of the store, None where none is configured. Raises SettingsError."""
    wanted = (named, "--store") if named else (os.environ.get(VARIABLE), f"${VARIABLE}")
    asked = absolute(wanted[0], Path()) if wanted[0] else None
    configured = _configured(city) if city is not None else None
    if configured and asked and asked != configured:
        raise SettingsError(
            f"{SETTINGS_FILE} of {city} names the store of this city, and {wanted[1]} names another: leave it away"
        )
    return configured or asked


def absolute(place: str, folder: Path) -> str:
    """A place that means the same wherever the program runs: a relative path is taken from `folder`."""
    if "://" in place:
        return place
    return os.path.realpath(folder / place)


def _configured(city: Path) -> str | None:
    """`[audit] store` of the city; a file that cannot be understood must not pass for one without a store."""
    try:
        document = tomllib.loads((city / SETTINGS_FILE).read_bytes().decode("utf-8-sig"))
    except OSError:
        return None  # no such file; a folder that cannot be read fails when it is loaded
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{SETTINGS_FILE} is not valid TOML: {error}") from error
    audit = document.get("audit")
    if audit is None:
        return None
    store = audit.get("store") if isinstance(audit, dict) else None
    if not isinstance(store, str) or not store.strip():
        raise SettingsError(f"{SETTINGS_FILE}: audit.store: name a SQLite file or a database address")
    return absolute(store.strip(), city)
