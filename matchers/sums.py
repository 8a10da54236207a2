"""Sums of columns that do not depend on the number of threads."""

from collections.abc import Iterable
from functools import reduce
from operator import add

import polars as pl


def sum_in_order(columns: Iterable[str | pl.Expr]) -> pl.Expr:
    """Row by row, left to right, nulls as 0. `pl.sum_horizontal` adds in an order that follows the threads, and
    numbers with a fraction then differ in their last digit.
    """
    exprs = (pl.col(column) if isinstance(column, str) else column for column in columns)
    return reduce(add, (expr.fill_null(0) for expr in exprs))
