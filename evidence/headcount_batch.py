"""The posterior of `headcount` for dwellings with alike numbers of candidates, without a table of dwellings x k x N.

Arrays are (candidates or occupants, dwellings): each step is a few operations on whole rows of dwellings.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evidence.distributions import Array, log_factorial


@dataclass(frozen=True, slots=True)
class Batch:
    """The posterior of dwellings with alike numbers of candidates; all of `Margins`, and what their joint is made of.

    weight_of_named: (k + 1, n) and weight_of_count: (M + 1, n), whose products, times N!/(N-k)!, are the joint.
    """

    occupants: Array
    unnamed_mean: Array
    residence: Array
    log_evidence: Array
    weight_of_named: Array
    weight_of_count: Array

    @staticmethod
    def of(odds: Array, log_prior: Array, q0: Array, log_by_named: Array | None) -> "Batch":
        """Forwards and backwards over the candidates: O(K^2) for all residences together, not each.

        Forwards the distribution of how many of the first i live there; backwards the weight that each number so far
        still can reach. A candidate's residence is his own share of the product of the two. A weight of (k, N) is a
        product of what k, N and the two together give, so neither exponentials nor sums are taken over a table of
        dwellings x k x N. Sums run over the first axis, one term after another: a dwelling's bits are its own, however
        many run beside it.
        """
        n, k = odds.shape
        most = log_prior.shape[1] - 1
        of_count, of_named, scale = _sides(log_prior, q0, k, log_by_named)
        arrangements = _arrangements(k, most)
        odds = np.ascontiguousarray(odds.T)
        lives = odds / (1.0 + odds)
        away = 1.0 - lives
        forward = np.zeros((k + 1, k + 2, n))
        forward[0, 0] = 1.0
        for i in range(k):
            np.multiply(forward[i, : i + 2], away[i], out=forward[i + 1, : i + 2])
            forward[i + 1, 1 : i + 2] += forward[i, : i + 1] * lives[i]
        ahead = np.zeros((k + 1, n))
        for count in range(most + 1):
            ahead[: count + 1] += arrangements[: count + 1, count, None] * of_count[count]
        ahead *= of_named
        named = forward[k, : k + 1] * ahead
        norm = _summed(named)
        share = np.divide(1.0, norm, out=np.zeros(n), where=norm > 0)
        weight_of_named = forward[k, : k + 1] * of_named * share
        occupants = np.zeros((most + 1, n))
        for number in range(min(k, most) + 1):
            occupants[number:] += arrangements[number, number:, None] * weight_of_named[number]
        occupants *= of_count
        mean = _summed(occupants * np.arange(most + 1)[:, None])
        mean -= _summed(named * np.arange(k + 1)[:, None]) * share
        residence = np.zeros((k, n))
        for i in range(k - 1, -1, -1):
            residence[i] = lives[i] * _summed(forward[i, : i + 1] * ahead[1 : i + 2]) * share
            ahead = ahead[: i + 1] * away[i] + ahead[1 : i + 2] * lives[i]
        log_evidence = np.log(np.maximum(norm, 1e-300)) + scale + _summed(np.log1p(odds))
        residence = np.clip(residence, 0.0, 1.0)
        return Batch(occupants.T, np.maximum(mean, 0.0), residence.T, log_evidence, weight_of_named, of_count)

    @property
    def joint(self) -> Array:
        """(n, k + 1, M + 1) probability of k named and N occupants."""
        return _table(self.weight_of_named, self.weight_of_count)


def named_weights(log_prior: Array, q0: Array, named_max: int, log_by_named: Array | None = None) -> Array:
    """(n, named_max + 1, M + 1): pi(N) L(N) N!/(N-k)! q0^(N-k) for k = 0..named_max, 0 where k > N; scaled row by row
    so that the largest with nobody named is 1.

    log_prior: (n, M + 1) log pi(N) + log L(N), any scale; q0: (n,); log_by_named: (n, any) a further log weight of each
    k, such as that of the names left over (`rates`).
    """
    of_count, of_named, _ = _sides(log_prior, q0, named_max, log_by_named)
    return _table(of_named, of_count)


def _sides(log_prior: Array, q0: Array, named_max: int, log_by_named: Array | None) -> tuple[Array, Array, Array]:
    """The weights of `named_weights` as products: (M + 1, n) of N and (named_max + 1, n) of k, of which, times
    N!/(N-k)!, they are made; and the log of the scale, (n,)."""
    most = log_prior.shape[1] - 1
    log_q0 = np.log(np.clip(q0, 1e-9, 1.0))
    log_count = np.ascontiguousarray(log_prior.T) + np.arange(most + 1)[:, None] * log_q0
    scale = log_count.max(axis=0)  # by a row's own numbers alone, whatever others are padded to
    log_named = -np.minimum(np.arange(named_max + 1), most)[:, None] * log_q0  # no weight is left beyond
    of_count = np.exp(log_count - scale)
    if log_by_named is not None:
        # Numbers beyond the candidates there are have no mass: any value will do for them.
        missing = max(named_max + 1 - log_by_named.shape[1], 0)
        by_named = np.pad(log_by_named, ((0, 0), (0, missing)), mode="edge")[:, : named_max + 1].T
        scale = scale + by_named[0]
        log_named = log_named + by_named - by_named[0]
    return of_count, np.exp(log_named), scale


def _table(of_named: Array, of_count: Array) -> Array:
    """(n, k + 1, M + 1): the products of both sides and N!/(N-k)!."""
    table: Array = of_named.T[:, :, None] * _arrangements(len(of_named) - 1, len(of_count) - 1)
    table *= of_count.T[:, None, :]
    return table


@lru_cache(maxsize=64)
def _arrangements(named_max: int, most: int) -> Array:
    """(named_max + 1, most + 1): N!/(N-k)!, in how many ways k who are named can be among N; 0 where k > N."""
    named, count = np.arange(named_max + 1)[:, None], np.arange(most + 1)
    ways = np.rint(np.exp(log_factorial(count) - log_factorial(np.maximum(count - named, 0))))
    return np.where(count >= named, ways, 0.0)


def _summed(terms: Array) -> Array:
    """Over the first axis, one term after another."""
    total: Array = np.zeros(terms.shape[1:])
    for term in terms:
        total += term
    return total
