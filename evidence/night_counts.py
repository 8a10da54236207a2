"""Numbers of nights as distributions: days of a stay inside the best twelve months, and mixtures of binomials.

Distributions are arrays over 0..DAYS nights. Days of a span lie on a grid of STEP days and are interpolated.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from evidence.distributions import beta_binomial, binomial
from evidence.headcount import Array
from evidence.row_sums import each_row_times

DAYS = 366  # nights of the longest twelve months
STEP = 6  # days between the columns of a table; between them it is interpolated


def days_in_best_year(begin: Array, end: Array, window_from: Array, window_to: Array) -> Array:
    """Days of begin..end inside the twelve months, ending in the window, that hold most of them.

    begin, end: (n, ...) broadcast together; window_from, window_to: (n,). All are days since 1970, both ends included.
    """
    shape = (-1, *([1] * (max(begin.ndim, end.ndim) - 1)))
    closes = np.clip(end, window_from.reshape(shape), window_to.reshape(shape))
    days: Array = np.clip(np.minimum(end, closes) - np.maximum(begin, closes - 364.0) + 1.0, 0.0, DAYS)
    return days


@cache
def _binomial_table(rates: tuple[float, ...]) -> Array:
    """(days / STEP, rate, DAYS + 1) binomial probabilities."""
    trials = np.arange(0, DAYS + STEP, STEP)
    nights = np.arange(DAYS + 1)
    table: Array = binomial(nights[None, None, :], trials[:, None, None], np.asarray(rates)[None, :, None])
    return table


@cache
def _home_table(mean: float, strength: float) -> Array:
    """(days / STEP, DAYS + 1) beta-binomial probabilities of the nights at home in so many days."""
    trials = np.arange(0, DAYS + STEP, STEP)
    nights = np.arange(DAYS + 1)
    table: Array = beta_binomial(nights[None, :], trials[:, None], mean * strength, (1.0 - mean) * strength)
    return table


def binomial_mixtures(weights: Sequence[Array], days: Array, rates: Array) -> list[Array]:
    """(n, DAYS + 1) mixtures of binomials over the same days: each weights, and days, (n, J, L, q), rate by the last
    axis.
    """
    table = _binomial_table(tuple(rates.tolist()))
    cells = _cells(days, len(table), len(rates))
    return [_mixture(each, cells, table) for each in weights]


def home_mixture(weights: Array, days: Array, mean: float, strength: float) -> Array:
    """(n, DAYS + 1) mixture of beta-binomials with one mean rate: weights and days (n, ...)."""
    table = _home_table(mean, strength)[:, None, :]
    return _mixture(weights[..., None], _cells(days[..., None], len(table), 1), table)


def _cells(days: Array, steps: int, rates: int) -> tuple[NDArray[np.int64], Array]:
    """Of each number of days: its row in a table of (row of days, step, rate) and the share of the next step."""
    at = np.clip(days, 0.0, DAYS) / STEP
    low = at.astype(np.int64)
    row = np.arange(len(days)).reshape(-1, *([1] * (days.ndim - 1)))
    return (row * steps + low) * rates + np.arange(rates), at - low


def _mixture(weights: Array, cells: tuple[NDArray[np.int64], Array], table: Array) -> Array:
    position, share = cells
    steps, rates, _ = table.shape
    size = len(weights) * steps * rates
    upper = weights * share
    # The last step has nothing above it, and no share there: its neighbour in the array gets a zero.
    mass = np.bincount(position.ravel(), (weights - upper).ravel(), size).astype(np.float64)
    mass[rates:] += np.bincount(position.ravel(), upper.ravel(), size)[: size - rates]
    return each_row_times(mass.reshape(len(weights), -1), table.reshape(-1, DAYS + 1))


def raised_to(pmf: Array, floor: NDArray[np.int64]) -> Array:
    """Add each row's proved nights; what lies beyond the year counts as the whole year. pmf: (n, ..., DAYS + 1)."""
    result = np.zeros_like(pmf)
    for nights in np.unique(floor):
        rows, by = floor == nights, min(int(nights), DAYS)
        result[rows, ..., by:] = pmf[rows, ..., : DAYS + 1 - by]
        result[rows, ..., DAYS] += pmf[rows, ..., DAYS + 1 - by :].sum(axis=-1)
    total: Array = result / result.sum(axis=-1, keepdims=True)
    return total


def at_least(pmf: Array, floor: NDArray[np.int64]) -> Array:
    """The distribution given that the number is not below each row's floor; the floor itself where nothing is left."""
    counts = np.arange(pmf.shape[1])
    kept = np.where(counts[None, :] >= floor[:, None], pmf, 0.0)
    total = kept.sum(axis=1, keepdims=True)
    exactly = (counts[None, :] == np.minimum(floor, DAYS)[:, None]).astype(float)
    result: Array = np.where(total > 1e-12, kept / np.maximum(total, 1e-300), exactly)
    return result


def interval(pmf: Array, level: float = 0.90) -> tuple[Array, Array, Array]:
    """Median and equal-tailed interval of each row, all of them possible values: (median, low, high)."""
    cumulative = np.cumsum(pmf, axis=1)
    tail = (1.0 - level) / 2.0
    at = [(cumulative < q - 1e-12).sum(axis=1).clip(max=pmf.shape[1] - 1) for q in (0.5, tail, 1.0 - tail)]
    median, low, high = (values.astype(float) for values in at)
    return median, low, high
