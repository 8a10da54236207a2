"""Precision and recall of a city's linkage from the pairs of a sample that people judged, with intervals.

Each stratum's share of true pairs is estimated from its own judgements and weighted by its number of pairs, which is
the Horvitz-Thompson estimator of a stratified sample (Horvitz & Thompson 1952).

The interval of one stratum is exact for its finite population: the numbers of true pairs that the hypergeometric law
of its sample does not refuse, with mid-P tails (Berry & Armitage 1995, Mid-P confidence intervals). Strata are put
together by recovering variances from these limits (MOVER: Zou, Huang & Zhang 2009, A note on confidence interval
estimation for a linear function of binomial proportions): the distance from estimate to limit, squared and added up,
each side by itself. Recall is a ratio of two such sums, R = T / (T + F): its limits are where those of (1 - R) T - R F
meet zero (Donner & Zou 2012, after Fieller). No prior enters: what a prior says of a large stratum in which few pairs
or nearly all are true outweighs what was judged there. docs/decisions/0025-judgements.md has the coverage of both.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from scipy.stats import hypergeom

from evidence.auditing.sample import LINKED

LEVEL: Final = 0.90
_TAIL: Final = (1 - LEVEL) / 2 + 1e-9  # a tie is refused on either side, however it is rounded
_HALVINGS: Final = 40  # of the unit interval: finer than any share of pairs


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
    method: str = "stratified (Horvitz-Thompson); mid-P limits of each stratum, combined by MOVER"


@dataclass(frozen=True, slots=True)
class _Total:
    """True pairs of the judged strata: estimate, and how far it may lie below and above; pairs of strata unjudged."""

    true: float
    below: float
    above: float
    unjudged: int


def estimates(strata: Sequence[Judged]) -> tuple[Estimate, Estimate]:
    """Precision: the share of linked pairs that are one person. Recall: the share of pairs of one person, among those
    that were compared and kept, that are linked.

    Of a stratum without a judgement any number of pairs may be true: it widens the interval by all of them.
    """
    linked = _total(one for one in strata if one.stratum.startswith(LINKED))
    apart = _total(one for one in strata if not one.stratum.startswith(LINKED))
    pairs = sum(one.pairs for one in strata if one.stratum.startswith(LINKED))
    right = None if linked.unjudged or not pairs else linked.true / pairs
    found = linked.true + apart.true
    recall = None if right is None or apart.unjudged or not found else linked.true / found
    return (
        Estimate(
            "precision",
            right,
            (linked.true - linked.below) / max(pairs, 1),
            (linked.true + linked.above + linked.unjudged) / max(pairs, 1),
        ),
        Estimate("recall", recall, *_recall_limits(linked, apart)),
    )


def _total(strata: Iterable[Judged]) -> _Total:
    true = below = above = 0.0
    unjudged = 0
    for one in strata:
        if one.judged:
            here = one.pairs * one.confirmed / one.judged
            low, high = true_pairs(one.pairs, one.judged, one.confirmed)
            true, below, above = true + here, below + (here - low) ** 2, above + (high - here) ** 2
        else:
            unjudged += one.pairs
    return _Total(true, math.sqrt(below), math.sqrt(above), unjudged)


@lru_cache(maxsize=4096)
def true_pairs(pairs: int, judged: int, confirmed: int) -> tuple[int, int]:
    """The least and the greatest number of true pairs in a stratum that its judgements do not refuse."""
    least, most = confirmed, pairs - judged + confirmed

    def tail(true: int, beyond: float) -> float:
        return float(beyond + hypergeom.pmf(confirmed, pairs, true, judged) / 2)

    low = _first(least, most, lambda true: tail(true, hypergeom.sf(confirmed, pairs, true, judged)) > _TAIL)
    too_many = _first(
        low + 1, most + 1, lambda true: tail(true, hypergeom.cdf(confirmed - 1, pairs, true, judged)) <= _TAIL
    )
    return low, too_many - 1


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The least number of low..high that holds, as all after it do; high where none before it does."""
    return low + bisect_left(range(low, high), True, key=holds)


def _recall_limits(linked: _Total, apart: _Total) -> tuple[float, float]:
    """Where the limits of (1 - R) T - R F meet zero; they fall as R grows, and do so once."""
    most = linked.true + linked.above + linked.unjudged + apart.true + apart.above + apart.unjudged
    if not most:
        return 0.0, 1.0
    low = _falls_to_zero(linked.true, apart.true + apart.unjudged, lambda r: -_norm(r, linked.below, apart.above))
    high = _falls_to_zero(linked.true + linked.unjudged, apart.true, lambda r: _norm(r, linked.above, apart.below))
    return low, high


def _norm(recall: float, of_linked: float, of_apart: float) -> float:
    return math.hypot((1 - recall) * of_linked, recall * of_apart)


def _falls_to_zero(linked: float, apart: float, margin: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (1 - middle) * linked - middle * apart + margin(middle) > 0:
            low = middle
        else:
            high = middle
    return high
