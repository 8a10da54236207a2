"""How many distinct persons live at a dwelling: an exact distribution, for all dwellings at once.

A dwelling has N occupants with prior pi(N). Each is named by no source with probability q0, else shows a pattern of
listings x with probability p1(x). Others leave listings too: S stale names with probability nu(S), each with pattern
probability p0(x). For K named candidates of whom R are occupants, with o_i = p1(x_i) / p0(x_i) and h = N - |R|,

    P(N, R | data)  proportional to  pi(N) L(N) * N! / h! * q0^h * (K - |R|)! nu(K - |R|) * prod over i in R of o_i

where L(N) is what usage and vehicles say of N. Summing over R needs only the Poisson-binomial of o_i / (1 + o_i): a
dynamic programme, exact, O(K * N) a dwelling. Arrays are (dwellings, ...) and padded; a padded candidate has odds 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.headcount_batch import Batch

Array = NDArray[np.float64]


def poisson_binomial(p: Array) -> Array:
    """Distribution of a sum of independent bits. p: (n, K) probabilities; returns (n, K + 1), rows sum to 1."""
    n, k = p.shape
    pmf = np.zeros((n, k + 1))
    pmf[:, 0] = 1.0
    for i in range(k):
        pi = p[:, i : i + 1]
        pmf[:, 1 : i + 2] = pmf[:, 1 : i + 2] * (1.0 - pi) + pmf[:, : i + 1] * pi
        pmf[:, 0:1] *= 1.0 - pi
    return pmf


@dataclass(frozen=True, slots=True)
class Headcount:
    """`joint`: (n, K + 1, M + 1) probability of k named and N occupants; `residence`: (n, K) P(candidate is one).

    `log_evidence`: (n,) log of the sum that the joint was divided by, prod p0 left to the caller.
    """

    joint: Array
    residence: Array
    log_evidence: Array

    def take(self, rows: NDArray[np.int64]) -> "Headcount":
        """The posteriors at these positions."""
        return Headcount(self.joint[rows], self.residence[rows], self.log_evidence[rows])

    def spread_over(self, rows: NDArray[np.int64], n: int) -> "Headcount":
        """The same posteriors at these positions of n dwellings; 0 elsewhere."""
        joint = np.zeros((n, *self.joint.shape[1:]))
        residence = np.zeros((n, self.residence.shape[1]))
        log_evidence = np.zeros(n)
        joint[rows], residence[rows], log_evidence[rows] = self.joint, self.residence, self.log_evidence
        return Headcount(joint, residence, log_evidence)

    @property
    def occupants(self) -> Array:
        """(n, M + 1) distribution of the number of occupants."""
        total: Array = self.joint.sum(axis=1)
        return total

    @property
    def unnamed_mean(self) -> Array:
        """(n,) expected number of occupants whom no source names."""
        _, ks, ns = self.joint.shape
        unnamed = np.arange(ns)[None, :] - np.arange(ks)[:, None]
        mean: Array = (self.joint * np.maximum(unnamed, 0)).sum(axis=1).sum(axis=1)
        return mean


@dataclass(frozen=True, slots=True)
class Margins:
    """Of a `Headcount`, what rates are learned from: `occupants` (n, M + 1), `unnamed_mean` (n,), `residence` (n, K),
    `log_evidence` (n,).
    """

    occupants: Array
    unnamed_mean: Array
    residence: Array
    log_evidence: Array

    def spread_over(self, rows: NDArray[np.int64], n: int) -> "Margins":
        """The same at these positions of n dwellings; 0 elsewhere."""
        held = (self.occupants, self.unnamed_mean, self.residence, self.log_evidence)
        spread = [np.zeros((n, *values.shape[1:])) for values in held]
        for whole, values in zip(spread, held, strict=True):
            whole[rows] = values
        return Margins(*spread)


def headcount(odds: Array, log_prior: Array, q0: Array, log_by_named: Array | None = None) -> Headcount:
    """Exact posterior of the number of occupants and of each candidate's residence.

    odds: (n, K) the o_i above, 0 for padding (after the candidates); log_prior: (n, M + 1); q0: (n,); log_by_named:
    (n, K + 1), see `headcount_batch.named_weights`. Rows of `joint` sum to 1. Dwellings with alike numbers of
    candidates run together, so that one long list does not pad all others.
    """
    n, k = odds.shape
    joint = np.zeros((n, k + 1, log_prior.shape[1]))
    residence = np.zeros((n, k))
    log_evidence = np.zeros(n)
    for rows, part in _batches(odds, log_prior, q0, log_by_named):
        width = part.residence.shape[1]
        joint[rows, : width + 1] = part.joint
        residence[rows, :width] = part.residence
        log_evidence[rows] = part.log_evidence
    return Headcount(joint, residence, log_evidence)


def margins(odds: Array, log_prior: Array, q0: Array, log_by_named: Array | None = None) -> Margins:
    """The margins of `headcount`, without the joint distribution that they are margins of."""
    n, k = odds.shape
    found = Margins(np.zeros((n, log_prior.shape[1])), np.zeros(n), np.zeros((n, k)), np.zeros(n))
    for rows, part in _batches(odds, log_prior, q0, log_by_named):
        found.occupants[rows] = part.occupants
        found.unnamed_mean[rows] = part.unnamed_mean
        found.residence[rows, : part.residence.shape[1]] = part.residence
        found.log_evidence[rows] = part.log_evidence
    return found


def _batches(
    odds: Array, log_prior: Array, q0: Array, log_by_named: Array | None
) -> Iterator[tuple[NDArray[np.int64], Batch]]:
    """Positions of dwellings with alike numbers of candidates, and their posterior, no wider than they need."""
    k = odds.shape[1]
    used = np.where(odds > 0, np.arange(1, k + 1), 0).max(axis=1, initial=0)
    for width in sorted({min(-(-int(u) // 4) * 4, k) for u in np.unique(used)}):
        rows = np.flatnonzero((used <= width) & (used > (width - 1) // 4 * 4))
        by_named = None if log_by_named is None else log_by_named[rows]
        yield rows, Batch.of(odds[rows, :width], log_prior[rows], q0[rows], by_named)


def joined(heads: Sequence[Headcount]) -> Headcount:
    """The rows of several one after another."""
    return Headcount(
        np.concatenate([head.joint for head in heads]),
        np.concatenate([head.residence for head in heads]),
        np.concatenate([head.log_evidence for head in heads]),
    )


def mixed(heads: Sequence[Headcount], weight: Array) -> Headcount:
    """The posterior where a dwelling is one of several kinds. weight: (n, kinds), rows sum to 1."""
    joint = np.zeros_like(heads[0].joint)
    residence = np.zeros_like(heads[0].residence)
    evidence = np.zeros_like(heads[0].log_evidence)
    for index, head in enumerate(heads):
        joint += weight[:, index, None, None] * head.joint
        residence += weight[:, index, None] * head.residence
        evidence += weight[:, index] * head.log_evidence
    return Headcount(joint, residence, evidence)


def credible_interval(pmf: Array, level: float = 0.90) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Equal-tailed interval of each row of a distribution over 0..M: (low, high), both inclusive."""
    tail = (1.0 - level) / 2.0
    cumulative = np.cumsum(pmf, axis=1)
    low = (cumulative < tail + 1e-12).sum(axis=1)
    high = (cumulative < 1.0 - tail - 1e-12).sum(axis=1)
    top = pmf.shape[1] - 1
    return np.minimum(low, top).astype(np.int64), np.minimum(high, top).astype(np.int64)


def latest_of(segments: Array) -> Array:
    """Distribution of the greatest number over the segments of a window, taking them as moving together.

    segments: (s, M + 1) one distribution each. P(max >= n) = max over segments of P(N >= n): the least value consistent
    with the parts, because the same household mostly spans them and turnover splits them.
    """
    tails = np.flip(np.cumsum(np.flip(segments, axis=1), axis=1), axis=1).max(axis=0)
    pmf: Array = tails - np.append(tails[1:], 0.0)
    return np.clip(pmf, 0.0, None)
