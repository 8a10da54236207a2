"""Sums that come out the same for a row to the last bit, however many rows are computed beside it.

A product of matrices adds in blocks whose size follows the number of rows, and a sum over a padded axis in pairs that
follow its length. A case must not have other numbers because other cases were asked about: so rows go one by one, or
terms one after another, where zeros that only pad add nothing.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def each_row_times(rows: Array, table: Array) -> Array:
    """rows (n, k) @ table (k, m), one product a row; k must not follow the other rows."""
    result: Array = np.matmul(rows[:, None, :], table)[:, 0]
    return result


def times_in_order(rows: Array, table: Array) -> Array:
    """rows (n, k) @ table (k, m), adding the k terms one after another: k may be padded with zeros."""
    result = np.zeros((len(rows), table.shape[1]))
    for term in range(table.shape[0]):
        result += rows[:, term, None] * table[term]
    return result


def summed_in_order(values: Array) -> Array:
    """(n,) sum of each row of (n, k), from left to right: k may be padded with zeros."""
    total = np.zeros(len(values))
    for column in values.T:
        total += column
    return total


def multiplied_in_order(values: Array) -> Array:
    """(n,) product of each row of (n, k), from left to right: k may be padded with ones."""
    product = np.ones(len(values))
    for column in values.T:
        product *= column
    return product


def mean_number(pmf: Array) -> Array:
    """(n,) mean of each row of distributions over 0..M."""
    mean: Array = (pmf * np.arange(pmf.shape[1])).sum(axis=1)
    return mean


def weighed(parts: list[Array], weight: Array) -> Array:
    """Sum of parts (n, ...) by weight (n, parts), one part after another."""
    total = np.zeros_like(parts[0])
    for at, part in enumerate(parts):
        total += weight[:, at].reshape(-1, *([1] * (part.ndim - 1))) * part
    return total
