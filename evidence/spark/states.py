"""A folder of cities: which they are, and what a screening of them all leaves behind.

`STATE/city=NAME/` holds a city's files, Parquet for choice, as any city folder does; the name is what tools that write
partitioned Parquet give it. Folders of other names that hold a `cases` file count too.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evidence.tables import most_pressing_first
from evidence.write import PROGRAM, csv_bytes, json_bytes, owned_screening, write_parquet
from loaders.errors import UserError
from loaders.files import list_folder

RECORD = "state.json"
_TABLES = ("screen.parquet", "screen.csv", RECORD)
_PREFIX = "city="


@dataclass(frozen=True, slots=True)
class CityFolder:
    """One city of a run; `number` is its place in the order of names."""

    number: int
    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a city: the folder with its tables, or the error; and the sources that failed meanwhile."""

    city: CityFolder
    folder: Path | None
    error: UserError | None
    failures: tuple[UserError, ...]


def cities_of(folder: Path) -> list[CityFolder]:
    """The city itself, or the cities of a state folder by name."""
    if not is_state(folder):
        return [CityFolder(0, folder.resolve().name, folder.resolve())]
    found = {path.name.removeprefix(_PREFIX): path.resolve() for path in sorted(folder.iterdir()) if _is_city(path)}
    return [CityFolder(number, name, path) for number, (name, path) in enumerate(sorted(found.items()))]


def is_state(folder: Path) -> bool:
    """Whether a folder holds cities and no cases of its own."""
    return "cases" not in list_folder(folder).candidates and any(_is_city(path) for path in folder.iterdir())


def write_state(outcomes: Sequence[Outcome], out: Path) -> None:
    """Beside the folders of the cities in `out`: their lists as one, most pressing first, and what became of each."""
    lists = []
    cities = []
    for outcome in outcomes:
        name = outcome.city.name
        error = None if outcome.error is None else outcome.error.message
        cities.append({"city": name, "error": error, "failed_sources": [f.message for f in outcome.failures]})
        if outcome.error is None:
            lists.append(pl.read_parquet(out / name / "screen.parquet").select(pl.lit(name).alias("city"), pl.all()))
    if lists:
        screen = most_pressing_first(pl.concat(lists))
        write_parquet(screen, out / "screen.parquet")
        (out / "screen.csv").write_bytes(csv_bytes(screen))
    (out / RECORD).write_bytes(json_bytes({"program": PROGRAM, "cities": cities}))


def owned_state(folder: Path) -> frozenset[str] | None:
    """The files of a former screening of a state that are ours to replace; None when the folder is none."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(record, dict) or record.get("program") != PROGRAM:
        return None
    owned = set(_TABLES)
    for city in folder.iterdir():
        owned |= {f"{city.name}/{name}" for name in (owned_screening(city) or ())} if city.is_dir() else set()
    return frozenset(owned)


def _is_city(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith((".", "_")) and "cases" in list_folder(path).candidates
