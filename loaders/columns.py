"""One text column -> its typed column: the reader of each kind, run over the distinct values."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from loaders.normalize import dates, values
from loaders.normalize.dates import DateOrder
from loaders.sources.base import Source

BORN_BY_DEFAULT: Final = date(2030, 1, 1)
"""Two-digit years of birth after this are of the last century where the file holds no other date."""


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A typed column; `bad`: `value`, `reason` per distinct text that could not be read; `formats`: date formats."""

    values: pl.Series
    bad: pl.DataFrame
    formats: str | None = None


def read_column(text: pl.Series, column: str, source: Source, order: DateOrder, latest: date | None) -> ColumnRead:
    """Read a cleaned column by its kind.

    `order`, `latest`: see `loaders.normalize.dates`. Text kinds are handed on as written.
    """
    kind = source.kind(column)
    if kind in ("date", "birth_date"):
        limit = (latest or BORN_BY_DEFAULT) if kind == "birth_date" else None
        table = dates.parse_dates(text, order, limit).rename({"date": "value"})
    elif kind == "month":
        table = dates.parse_months(text, order).rename({"month": "value"})
    elif kind == "time":
        table = dates.parse_times(text).rename({"time": "value"})
    elif kind == "yes_no":
        table = values.parse_yes_no(text)
    elif kind in ("integer", "number"):
        table = _ranged(text, column, source)
    elif kind == "choice":
        table = values.parse_choice(text, source.synonyms[column])
    else:
        return ColumnRead(text, pl.DataFrame(schema={"value": pl.String, "reason": pl.String}))
    dtype = source.columns()[column].dtype
    table = table.with_columns(pl.col("value").cast(dtype))
    typed = text.to_frame("raw").join(table.select("raw", "value"), on="raw", how="left", maintain_order="left")
    bad = table.filter(pl.col("value").is_null()).select(value="raw", reason=_reason(kind, column, source))
    return ColumnRead(typed.get_column("value").alias(column), bad, _formats(table) if kind != "time" else None)


def _ranged(text: pl.Series, column: str, source: Source) -> pl.DataFrame:
    """Numbers outside the column's range are impossible."""
    meta = source.columns()[column].metadata or {}
    table = values.parse_integers(text) if meta["kind"] == "integer" else values.parse_numbers(text)
    low, high = meta["low"], meta["high"]
    inside = pl.col("value") >= low if high is None else pl.col("value").is_between(low, high)
    return table.with_columns(written=pl.col("value"), value=pl.when(inside).then("value"))


def _reason(kind: str, column: str, source: Source) -> pl.Expr:
    if kind in ("date", "birth_date", "month", "time"):
        word = {"month": "month", "time": "time of day"}.get(kind, "date")
        return (
            pl.when(pl.col("format").is_null())
            .then(pl.lit(f"not a {word}"))
            .otherwise(pl.format(f"no such {word} (read as {{}})", "format"))
        )
    meta = source.columns()[column].metadata or {}
    if kind in ("integer", "number"):
        span = f"below {meta['low']:g}" if meta["high"] is None else f"outside {meta['low']} to {meta['high']}"
        noun = "a whole number" if kind == "integer" else "a number"
        return pl.when(pl.col("written").is_null()).then(pl.lit(f"not {noun}")).otherwise(pl.lit(f"impossible: {span}"))
    if kind == "yes_no":
        return pl.lit("neither yes nor no")
    return pl.lit(f"not one of {', '.join(meta['values'])}")


def _formats(table: pl.DataFrame) -> str | None:
    """Formats found, in words, the most frequent first; null for kinds without any."""
    if "format" not in table.columns:
        return None
    found = (
        table.filter(pl.col("value").is_not_null())
        .group_by("format")
        .len()
        .sort(["len", "format"], descending=[True, False])
        .get_column("format")
    )
    return ", ".join(found) or None
