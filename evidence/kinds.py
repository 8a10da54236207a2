"""The exact posterior of dwellings whose kind of household is not known: owners, renters or students."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evidence.headcount import Array, Headcount, Margins, headcount, margins, mixed
from evidence.occupancy_prior import OWNER, RENTER
from evidence.one_person import Merges
from evidence.rates import (
    KINDS,
    TENURE_OF,
    Evidence,
    Rates,
    log_other,
    log_prior_of,
    log_stale,
    person_odds,
    unnamed_share,
)
from evidence.settings import InferenceSettings

Counted = TypeVar("Counted", Headcount, Margins)
Count = Callable[[Array, Array, Array, Array], Counted]
"""`headcount.headcount`, or its `margins`."""


@dataclass(frozen=True, slots=True)
class KindSums:
    """What `headcount` takes of the dwellings at `rows`, were their households of one kind; merges: pairs of candidates
    whose odds are those of `Merges.apart`.
    """

    rows: NDArray[np.int64]
    odds: Array
    merges: Merges
    log_prior: Array
    q0: Array
    log_stale: Array

    def at(self, rows: NDArray[np.int64]) -> "KindSums":
        """Those of some of its rows."""
        if len(rows) == len(self.rows):
            return self
        at = np.searchsorted(self.rows, rows)
        return KindSums(rows, self.odds[at], self.merges.take(at), self.log_prior[at], self.q0[at], self.log_stale[at])


@dataclass(frozen=True, slots=True)
class Tenures:
    """Dwellings by tenure: of each (OWNER, RENTER) the positions, and the evidence of these. n: how many in all."""

    n: int
    rows: tuple[NDArray[np.int64], ...]
    evidence: tuple[Evidence, ...]

    @staticmethod
    def of(evidence: Evidence) -> "Tenures":
        """The dwellings that owners live in, and those that are rented."""
        rows = tuple(np.flatnonzero(evidence.tenure == tenure) for tenure in (OWNER, RENTER))
        return Tenures(len(evidence.tenure), rows, tuple(evidence.take(part) for part in rows))

    def laid_out(self) -> "Tenures":
        """The same, for sums under many rates."""
        return replace(self, evidence=tuple(part.laid_out() for part in self.evidence))


def kind_sums(tenures: Tenures, rates: Rates, settings: InferenceSettings) -> list[KindSums]:
    """What the posterior is made of, by kind."""
    priors = [log_prior_of(evidence, rates, settings) for evidence in tenures.evidence]
    sums = []
    for kind in KINDS:
        evidence = tenures.evidence[TENURE_OF[kind]]
        odds, merges = person_odds(evidence, rates, kind)
        prior = priors[TENURE_OF[kind]] + evidence.extra[:, kind]
        q0, stale = unnamed_share(evidence, rates, kind), log_stale(evidence, rates, kind)
        sums.append(KindSums(tenures.rows[TENURE_OF[kind]], odds, merges, prior, q0, stale))
    return sums


def _counted(
    count: Count[Counted],
    tenures: Tenures,
    sums: Sequence[KindSums],
    rates: Rates,
) -> tuple[tuple[Counted, ...], Array]:
    share = np.log([1.0, 1.0 - rates.students, rates.students])
    log_w = np.full((tenures.n, len(KINDS)), -np.inf)
    heads = []
    for kind, of_kind in zip(KINDS, sums, strict=True):
        head = count(of_kind.odds, of_kind.log_prior, of_kind.q0, of_kind.log_stale)
        other = log_other(tenures.evidence[TENURE_OF[kind]], rates, kind)
        log_w[of_kind.rows, kind] = share[kind] + head.log_evidence + other
        head = replace(head, residence=of_kind.merges.persons(head.residence))
        heads.append(head.spread_over(of_kind.rows, tenures.n))
    return tuple(heads), log_w


def kind_posteriors(
    count: Count[Counted], evidence: Evidence, rates: Rates, settings: InferenceSettings
) -> tuple[tuple[Counted, ...], Array, list[KindSums]]:
    """The exact posterior under each kind; (n, 3) the log weight of each kind: its share times its evidence; and what
    they were made of.

    Tenure rules some kinds out: their rows of a posterior are 0 and their log weight is -inf.
    """
    tenures = Tenures.of(evidence)
    sums = kind_sums(tenures, rates, settings)
    heads, log_w = _counted(count, tenures, sums, rates)
    return heads, log_w, sums


def kind_margins(tenures: Tenures, rates: Rates, settings: InferenceSettings) -> tuple[tuple[Margins, ...], Array]:
    """The margins of the posterior under each kind, and (n, 3) the probability of each kind."""
    heads, log_w = _counted(margins, tenures, kind_sums(tenures, rates, settings), rates)
    return heads, weights_of(log_w)


def kinds_at(evidence: Evidence, rates: Rates, settings: InferenceSettings) -> tuple[tuple[Headcount, ...], Array]:
    """The exact posterior under each kind, and (n, 3) the probability of each kind."""
    heads, log_w, _ = kind_posteriors(headcount, evidence, rates, settings)
    return heads, weights_of(log_w)


def posterior(evidence: Evidence, rates: Rates, settings: InferenceSettings) -> Headcount:
    """The posterior over all kinds of household that a dwelling may hold."""
    heads, weight = kinds_at(evidence, rates, settings)
    return mixed(heads, weight)


def weights_of(log_weight: Array) -> Array:
    """Rows of log weights, any scale, as probabilities."""
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    normal: Array = weight / weight.sum(axis=1, keepdims=True)
    return normal
