"""Public facts shipped with the package, one file each; `SOURCES.md` beside this file gives origin and licence.

Nothing here is evidence about a person or an address: these are population figures and postal conventions.
"""

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def table(name: str) -> pl.DataFrame:
    """Read `<name>.csv` of this folder; every column is text, blank cells are null.

    Raises FileNotFoundError for a name that is not in this folder.
    """
    source = files(__package__).joinpath(f"{name}.csv")
    return pl.read_csv(source.read_bytes(), infer_schema=False)


@cache
def lines(name: str) -> tuple[str, ...]:
    """Read `<name>.txt` of this folder: the lines that are not blank, in file order."""
    text = files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line.strip())
