"""Who may be one family with whom: a graph over the candidates of a dwelling, and what it makes of who lives there.

A **link** is a set of persons who are one family with a probability: a family declared on a lease, one surname, one
earlier home. Links are independent coins; persons whom links join, also through others, are one family, so two couples
are one where a kin link joins them (the published reading of Fort Collins). Where the uncertain links are few, every
outcome of the coins is enumerated, and the result is exact; where they are many, outcomes are drawn with a fixed seed
and the standard error is given. Residence is summed exactly in both cases.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from evidence.headcount import Array, poisson_binomial

# 2^12 outcomes take about as long as the draws below; beyond it drawing is cheaper and its error below 0.01.
MOST_ENUMERATED = 12
DRAWS = 4096
SEED = 20070814

Labels = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KinGraph:
    """Links between the candidates of one dwelling: (slots, probability that they are one family)."""

    links: tuple[tuple[tuple[int, ...], float], ...]

    @property
    def is_enumerated(self) -> bool:
        """Are all outcomes enumerated, so that nothing is drawn?"""
        return len(self.uncertain) <= MOST_ENUMERATED

    @property
    def uncertain(self) -> list[tuple[tuple[int, ...], float]]:
        """The links that may hold or not."""
        return [link for link in self.links if 0.0 < link[1] < 1.0]

    def families(self, persons: int) -> list[tuple[float, Labels]]:
        """Ways in which the persons fall into families, with their probabilities (frequencies where drawn).

        A way is a label for each person: those of one label are one family. Sorted by label; probabilities sum to 1.
        """
        return _families(self, persons)


@lru_cache(maxsize=4096)
def _families(graph: KinGraph, persons: int) -> list[tuple[float, Labels]]:
    """A graph is asked about once for each reading, source left out and rate moved; its families stay the same."""
    certain = [members for members, p in graph.links if p >= 1.0]
    uncertain = graph.uncertain
    shares: dict[Labels, float] = {}
    for outcome, share in _outcomes([p for _, p in uncertain]):
        held = [members for (members, _), held in zip(uncertain, outcome, strict=True) if held]
        labels = join(persons, [*certain, *held])
        shares[labels] = shares.get(labels, 0.0) + share
    return [(share, labels) for labels, share in sorted(shares.items())]


def _outcomes(chances: list[float]) -> Iterable[tuple[tuple[bool, ...], float]]:
    if len(chances) <= MOST_ENUMERATED:
        for outcome in product((False, True), repeat=len(chances)):
            share = 1.0
            for held, p in zip(outcome, chances, strict=True):
                share *= p if held else 1.0 - p
            yield outcome, share
        return
    drawn = np.random.default_rng(SEED).random((DRAWS, len(chances))) < np.array(chances)
    for row in drawn.tolist():
        yield tuple(row), 1.0 / DRAWS


def join(persons: int, links: Iterable[tuple[int, ...]]) -> Labels:
    """Families as labels: the smallest member's number, for each person, after all links are drawn together."""
    label = list(range(persons))
    for members in links:
        joined = {label[m] for m in members}
        smallest = min(joined, default=0)
        label = [smallest if x in joined else x for x in label]
    return tuple(label)


def counts_of_families(p: Array, dependent: NDArray[np.bool_], labels: Labels) -> Array:
    """Who lives there, as numbers: J[dwelling, named, largest family, dependents] over all sets of residents.

    p: (n, K) chance that each candidate lives there; dependent: (K,). The largest family is 1 where nobody is kin, and
    a dependent always has one adult at least, named or not. A dependent whom no link ties to anybody is of the largest
    family: somebody there is the parent.
    """
    n, k = p.shape
    joint = np.zeros((n, k + 1, k + 2, int(dependent.sum()) + 1))
    joint[:, 0, 1, 0] = 1.0
    families = [np.flatnonzero(np.array(labels) == label) for label in sorted(set(labels))]
    apart = np.array([family[0] for family in families if len(family) == 1], dtype=np.int64)
    for family in families:
        if len(family) > 1:
            adults, children = family[~dependent[family]], family[dependent[family]]
            joint = _with_family(joint, poisson_binomial(p[:, adults]), poisson_binomial(p[:, children]))
    joint = _with_apart(joint, poisson_binomial(p[:, apart[~dependent[apart]]]))
    return _with_loose(joint, poisson_binomial(p[:, apart[dependent[apart]]]))


def _with_family(joint: Array, adults: Array, dependents: Array) -> Array:
    result = np.zeros_like(joint)
    _, named, _, tied = joint.shape
    for a, d in np.ndindex(adults.shape[1], dependents.shape[1]):
        here, size = a + d, max(a, 1 if d else 0) + d
        share = (adults[:, a] * dependents[:, d])[:, None, None, None]
        moved = share * joint[:, : named - here, :, : tied - d]
        result[:, here:, size, d:] += moved[:, :, : size + 1].sum(axis=2)
        result[:, here:, size + 1 :, d:] += moved[:, :, size + 1 :]
    return result


def _with_apart(joint: Array, adults: Array) -> Array:
    """Adults who are nobody's kin."""
    result = np.zeros_like(joint)
    for number in range(adults.shape[1]):
        result[:, number:] += adults[:, number, None, None, None] * joint[:, : joint.shape[1] - number]
    return result


def _with_loose(joint: Array, dependents: Array) -> Array:
    result = np.zeros_like(joint)
    for number in range(dependents.shape[1]):
        here, sizes, tied = (length - number for length in joint.shape[1:])
        share = dependents[:, number, None, None, None]
        result[:, number:, number:, number:] += share * joint[:, :here, :sizes, :tied]
    return result
