"""Sums of floats, in groups or along a row, that come out the same to the last bit, whatever the order or the threads.

A parallel group-by adds in the order in which its threads finish; a last bit can then tip a choice between two equal
candidates, and the same city would give other bytes on another machine.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add

import numpy as np
import polars as pl


def grouped_sum(frame: pl.DataFrame, keys: Sequence[str], value: str) -> pl.DataFrame:
    """keys and the sum of `value` (no nulls): one row per distinct key, sorted. Adds in order of value."""
    ordered = frame.select(*keys, pl.col(value).cast(pl.Float64)).sort(*keys, value, nulls_last=True)
    if ordered.is_empty():
        return ordered
    run = ordered.select(pl.struct(keys).rle_id()).to_series().to_numpy()
    starts = np.flatnonzero(np.diff(run.astype(np.int64), prepend=-1))
    sums = np.add.reduceat(ordered[value].to_numpy(), starts)
    return ordered[starts.tolist()].with_columns(pl.Series(value, sums))


def ratio(dividend: str | pl.Expr, divisor: str | pl.Expr) -> pl.Expr:
    """Row by row, the same in a frame of one row as in one of many.

    polars takes a column of one value for a constant and multiplies by its reciprocal, which is another last bit than
    that of a division: here it is the reciprocal throughout.
    """
    above, below = (pl.col(part) if isinstance(part, str) else part for part in (dividend, divisor))
    return above * (pl.lit(1.0) / below)


def sum_in_order(columns: Iterable[str | pl.Expr]) -> pl.Expr:
    """Row by row, left to right, nulls as 0. `pl.sum_horizontal` adds in an order that follows the threads, and
    numbers with a fraction then differ in their last digit.
    """
    exprs = (pl.col(column) if isinstance(column, str) else column for column in columns)
    return reduce(add, (expr.fill_null(0) for expr in exprs))
