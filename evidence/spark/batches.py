"""What tasks hand to each other: Arrow batches of Spark as frames, by city, and the columns that they have.

Pairs are numbered as in `matchers.persons`: left < right are profiles of a city. A pattern's code is unsigned there and
travels with the same bits as a signed one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from evidence.spark.store import Store
from matchers.patterns import Patterns
from matchers.scored import Scored
from matchers.settings import DEFAULT as SETTINGS

PAIRS = "city int, left int, right int"
MEMBERS = "city int, block long, profile int"
JUDGED = f"{PAIRS}, same boolean"
EDGES = f"{PAIRS}, code long"
SCORED = f"{EDGES}, match_weight_bits double, p_match double, against_bits double, contrary boolean"
CLUSTERS = "node long, cluster long"
DONE = "city int"

Batches = Iterator[pa.RecordBatch]


@contextmanager
def naming(store: Store, number: int, doing: str) -> Iterator[None]:
    """Say in an error which city it struck, for the one line that the user reads."""
    try:
        yield
    except Exception as error:
        name = store.load(number, "name")
        raise RuntimeError(f"[city {name}: {doing}] {type(error).__name__}: {error}") from error


def rows_of(batches: Batches) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from batch.to_pylist()


def by_city(batches: Batches) -> Iterator[tuple[int, pl.DataFrame]]:
    """City by city what the batches hold."""
    for batch in batches:
        for (number,), rows in frame_of(batch).partition_by("city", as_dict=True, maintain_order=True).items():
            yield number, rows


def frame_of(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def signed(codes: pl.Series) -> pl.Series:
    return pl.Series("code", codes.to_numpy().view(np.int64))


def unsigned(codes: pl.Series) -> pl.Series:
    return pl.Series("code", codes.to_numpy().view(np.uint64))


def scored_pairs(store: Store, number: int, edges: pl.DataFrame) -> Scored:
    pairs = edges.select(pl.col("left", "right").cast(pl.UInt32))
    weights = store.load(number, "weights")
    return Scored.of(pairs, Patterns.of(unsigned(edges["code"])), weights, SETTINGS)
