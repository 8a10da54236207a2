"""Precision and recall of a city's linkage from the pairs of a sample that people judged, with intervals.

Each stratum's share of true pairs is estimated from its own judgements and weighted by its number of pairs, which is
the Horvitz-Thompson estimator of a stratified sample (Horvitz & Thompson 1952). Intervals are those of the finite
population: the pairs not judged are drawn from the Beta-binomial that follows a Jeffreys prior, which keeps its
coverage near 0 and 1 where the normal interval fails (Brown, Cai & DasGupta 2001, Interval estimation for a binomial
proportion).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evidence.auditing.sample import LINKED

LEVEL: Final = 0.90
_DRAWS: Final = 20_000  # the standard error of a 5 % quantile is then 0.15 % of the draws
_SEED: Final = 20070101
_JEFFREYS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """One stratum: its pairs in the city, those drawn, those of them that were judged, and judged one person."""

    stratum: str
    pairs: int
    drawn: int
    judged: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` null where nothing that it rests on was judged; low and high hold the true share nine times in ten."""

    name: str
    value: float | None
    low: float
    high: float
    level: float = LEVEL
    method: str = "stratified (Horvitz-Thompson), Beta-binomial with a Jeffreys prior in each stratum"


def estimates(strata: Sequence[Judged]) -> tuple[Estimate, Estimate]:
    """Precision: the share of linked pairs that are one person. Recall: the share of pairs of one person, among those
    that were compared and kept, that are linked.
    """
    random = np.random.default_rng(_SEED)
    true = {one.stratum: _true_pairs(one, random) for one in strata}
    ours = [one for one in strata if one.stratum.startswith(LINKED)]
    linked = _total(true, ours)
    every = _total(true, strata)
    all_linked = max(sum(one.pairs for one in ours), 1)
    right, found = _expected(ours), _expected(strata)
    precision = None if right is None else right / all_linked
    recall = None if right is None or not found else right / found
    return (
        _estimate("precision", precision, linked / all_linked),
        _estimate("recall", recall, linked / np.maximum(every, 1.0)),
    )


def _true_pairs(one: Judged, random: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    share = random.beta(one.confirmed + _JEFFREYS, one.judged - one.confirmed + _JEFFREYS, _DRAWS)
    return np.asarray(one.confirmed + random.binomial(one.pairs - one.judged, share), dtype=np.float64)


def _total(
    true: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]], strata: Sequence[Judged]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(np.sum([np.zeros(_DRAWS), *(true[one.stratum] for one in strata)], axis=0))


def _expected(strata: Sequence[Judged]) -> float | None:
    """Pairs of one person by the judged share of each stratum; None where a stratum has no judgement."""
    if not strata or any(one.judged == 0 for one in strata):
        return None
    return sum(one.pairs * one.confirmed / one.judged for one in strata)


def _estimate(name: str, value: float | None, draws: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Estimate:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(name, value, float(low), float(high))
