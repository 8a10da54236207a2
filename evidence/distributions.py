"""Binomial, beta-binomial, Poisson and beta probabilities on small grids, from the log-gamma of the standard library.

`scipy.stats` gives the same to the last digits and takes longer to load than a summary takes to make.
"""

from functools import lru_cache
from math import lgamma

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


@lru_cache(maxsize=256)
def _log_gammas(start: float, size: int) -> Array:
    table = np.array([lgamma(start + step) for step in range(size)])
    table.setflags(write=False)
    return table


def log_gamma(start: float, counts: Counts) -> Array:
    """log gamma(start + count) of each count (>= 0), start > 0."""
    result: Array = _log_gammas(float(start), int(counts.max(initial=0)) + 1)[counts]
    return result


def log_factorial(counts: Counts) -> Array:
    """log count! of each count (>= 0)."""
    return log_gamma(1.0, counts)


def binomial(successes: Counts, trials: Counts, p: Array | float) -> Array:
    """P(so many successes in so many trials), all broadcast together; 0 <= p < 1."""
    k, possible, ways = _choices(successes, trials)
    chance = np.asarray(p, dtype=np.float64)
    log_p = np.log(chance, out=np.full(chance.shape, -np.inf), where=chance > 0)
    k, log_p = np.broadcast_arrays(k, log_p)
    hits = np.multiply(k, log_p, out=np.zeros(k.shape), where=k > 0)
    rest = np.maximum(trials - successes, 0)
    result: Array = np.where(possible, np.exp(ways + hits + rest * np.log1p(-chance)), 0.0)
    return result


def beta_binomial(successes: Counts, trials: Counts, a: float, b: float) -> Array:
    """`binomial` with p of a beta distribution."""
    k, possible, ways = _choices(successes, trials)
    rest = np.maximum(trials - successes, 0)
    mixed = log_gamma(a, k) + log_gamma(b, rest) - log_gamma(a + b, k + rest)
    result: Array = np.where(possible, np.exp(ways + mixed - (lgamma(a) + lgamma(b) - lgamma(a + b))), 0.0)
    return result


def poisson(counts: Counts, mean: float) -> Array:
    """P(count) of a Poisson number with this mean (> 0); 0 for counts below 0."""
    k = np.maximum(counts, 0)
    result: Array = np.where(counts >= 0, np.exp(k * np.log(mean) - mean - log_factorial(k)), 0.0)
    return result


def beta_density(x: Array, a: float, b: float) -> Array:
    """Density of a beta distribution, 0 < x < 1."""
    scale = lgamma(a) + lgamma(b) - lgamma(a + b)
    result: Array = np.exp((a - 1.0) * np.log(x) + (b - 1.0) * np.log1p(-x) - scale)
    return result


def _choices(successes: Counts, trials: Counts) -> tuple[Counts, NDArray[np.bool_], Array]:
    """Successes held to what is possible, where they are possible, and log of the number of ways."""
    k, n = np.broadcast_arrays(successes, trials)
    possible = (k >= 0) & (k <= n)
    held: Counts = np.clip(k, 0, n)
    return held, possible, log_factorial(n) - log_factorial(held) - log_factorial(n - held)
