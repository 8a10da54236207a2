"""What the eight source modules have in common: a schema, the agencies' words for it, and special rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from loaders.normalize.dates import DateOrder
from loaders.schema import Canonical
from loaders.schemas_library import dy

FAULT_SCHEMA = {"row": pl.UInt32, "column": pl.String, "value": pl.String, "reason": pl.String}


def no_faults() -> pl.DataFrame:
    """A fault frame (`row`, `column`, `value`, `reason`) without rows."""
    return pl.DataFrame(schema=FAULT_SCHEMA)


def phrases(**columns: str) -> dict[str, tuple[str, ...]]:
    """Words an agency uses, per column: `plate="tag | license plate"`."""
    return {column: tuple(word.strip() for word in text.split("|")) for column, text in columns.items()}


def spellings(**targets: str) -> dict[str, str]:
    """Spellings of each value of a closed list, `open="open | active"`, as folded spelling -> value."""
    return {word.strip(): target for target, text in targets.items() for word in text.split("|")}


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a special rule makes of a frame.

    faults reject their row; remarks become warnings; `judged` columns have had their required check.
    """

    frame: pl.DataFrame
    faults: pl.DataFrame = field(default_factory=no_faults)
    remarks: pl.DataFrame = field(default_factory=no_faults)
    notes: tuple[str, ...] = ()
    judged: frozenset[str] = frozenset()
    date_formats: Mapping[str, str] = field(default_factory=dict)


Before = Callable[[pl.DataFrame, DateOrder], Ruled]
"""Rule on the text frame, before columns are typed."""
After = Callable[[pl.DataFrame], Ruled]
"""Rule on the typed frame of rows that are otherwise good."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One source of the city folder. Compared and hashed by identity: there is one object per source."""

    name: str
    schema: type[Canonical]
    aliases: Mapping[str, tuple[str, ...]]
    synonyms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    one_of: tuple[tuple[str, ...], ...] = ()
    """Groups of columns of which at least one must be among the headers, and not blank in a row."""
    input_only: Mapping[str, str] = field(default_factory=dict)
    """Columns an agency may send that `before` turns into others: name -> kind."""
    before: Before | None = None
    after: After | None = None

    def columns(self) -> dict[str, dy.Column]:
        """Columns of the data dictionary, without provenance."""
        return _content_columns(self.schema)

    def kind(self, column: str) -> str:
        """Kind of a column (`loaders.kinds`)."""
        if column in self.input_only:
            return self.input_only[column]
        return str((self.columns()[column].metadata or {})["kind"])

    def required(self) -> tuple[str, ...]:
        """Columns that must be there and not blank."""
        return tuple(name for name, column in self.columns().items() if not column.nullable)

    def accepts(self) -> tuple[str, ...]:
        """Every column name a header may be matched to."""
        return (*self.columns(), *self.input_only)


@cache
def _content_columns(schema: type[Canonical]) -> dict[str, dy.Column]:
    provenance = Canonical.column_names()
    return {name: column for name, column in schema.columns().items() if name not in provenance}
