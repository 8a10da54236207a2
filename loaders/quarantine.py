"""Rows that were rejected and cells that were set aside, each with its place and its reason."""

from collections.abc import Sequence
from typing import Final

import polars as pl

SCHEMA: Final = {
    "source": pl.String,
    "file": pl.String,
    "row": pl.UInt32,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
}
FAULTS: Final = {name: SCHEMA[name] for name in ("row", "column", "value", "reason")}


def empty() -> pl.DataFrame:
    """A quarantine (or warnings) frame without rows."""
    return pl.DataFrame(schema=SCHEMA)


def gather(faults: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Several fault frames as one, sorted by row; the order of the frames breaks ties."""
    frames = [
        frame.select(pl.col(name).cast(dtype) for name, dtype in FAULTS.items()) for frame in faults if frame.height
    ]
    if not frames:
        return pl.DataFrame(schema=FAULTS)
    return pl.concat(frames).sort("row", maintain_order=True)


def one_per_row(faults: pl.DataFrame) -> pl.DataFrame:
    """One line per rejected row: its first fault, the other faulty columns named in the reason."""
    others = pl.col("column").filter(pl.col("column") != pl.col("column").first()).unique(maintain_order=True)
    return (
        faults.group_by("row", maintain_order=True)
        .agg(
            pl.col("column").first(),
            pl.col("value").first(),
            pl.col("reason").first(),
            others.alias("others"),
        )
        .with_columns(
            reason=pl.when(pl.col("others").list.len() > 0)
            .then(pl.col("reason") + "; also at fault: " + pl.col("others").list.join(", "))
            .otherwise("reason")
        )
        .drop("others")
        .sort("row")
    )


def stamp(faults: pl.DataFrame, source: str, file: str) -> pl.DataFrame:
    """Add where the rows come from."""
    return faults.select(
        pl.lit(source).alias("source"), pl.lit(file).alias("file"), "row", "column", "value", "reason"
    ).cast(SCHEMA)  # type: ignore[arg-type]
