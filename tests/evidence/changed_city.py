"""City folders with something changed: rows shuffled or repeated, a source removed, cases of our own."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

Row = list[str]
Change = Callable[[list[Row]], list[Row]]

# Any byte is a character of this encoding, so cells are written back as they were.
ENCODING = "latin-1"


def read_rows(file: Path) -> tuple[Row, list[Row]]:
    """Header and data rows of a CSV."""
    with file.open(encoding=ENCODING, newline="") as text:
        header, *rows = csv.reader(text)
    return header, rows


def write_rows(file: Path, header: Row, rows: list[Row]) -> None:
    with file.open("w", encoding=ENCODING, newline="") as text:
        csv.writer(text).writerows([header, *rows])


def changed(folder: Path, to: Path, change: Change, source: str = "*") -> Path:
    """A copy of a city folder with the rows of one source (or of all) changed."""
    copy = shutil.copytree(folder, to)
    for file in sorted(copy.glob(f"{source}.csv")):
        header, rows = read_rows(file)
        write_rows(file, header, change(rows))
    return copy


def shuffled(seed: int) -> Change:
    def change(rows: list[Row]) -> list[Row]:
        return Random(seed).sample(rows, len(rows))

    return change


def repeated(rows: list[Row]) -> list[Row]:
    return rows + rows


def without(folder: Path, to: Path, *sources: str) -> Path:
    """A copy of a city folder that lacks these sources."""
    copy = shutil.copytree(folder, to)
    for source in sources:
        (copy / f"{source}.csv").unlink()
    return copy


def case_folder(folder: Path, *cases: dict[str, str]) -> Path:
    """A folder with nothing but these cases."""
    folder.mkdir(parents=True)
    header = sorted({key for case in cases for key in case})
    write_rows(folder / "cases.csv", header, [[case.get(key, "") for key in header] for case in cases])
    return folder
