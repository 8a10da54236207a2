"""P(over the limit) on possible worlds: who lives there x who is kin, enumerated exactly.

Candidates fall into four sets: two groups that may be kin (one declared family, or one surname), declared dependents,
and the rest. Within a set only the number of occupants matters to a rule, so the Poisson-binomials of the sets and the
weights of `headcount` give the probability of every (numbers, N); kinship of each group, and of the occupants nobody
names, is a further coin with its own probability. Eight kinship worlds x all numbers: exact, no sampling. The few
dwellings whose kinship is richer than two groups (three families, families joined by a link) have a `KinGraph`, and are
summed one by one over the ways in which it can fall out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from evidence.family import FamilyBelief
from evidence.headcount import Array, named_weights, poisson_binomial
from evidence.kinship import DRAWS, KinGraph, counts_of_families
from evidence.one_person import Merges, no_merges
from evidence.rules.dwelling import Law
from evidence.rules.lawful import Certainty, lawful

ALONE, GROUP_1, GROUP_2, DEPENDENT = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Households:
    """What the rule needs of each dwelling; all arrays have one row a dwelling.

    odds: (n, K) occupant odds of the candidates, 0 padding; member_of: (n, K) ALONE, GROUP_1, GROUP_2 or DEPENDENT;
    kin_1, kin_2: (n,) P(the group is one family); family: whether the occupants nobody names are of the family;
    log_prior: (n, M + 1); q0: (n,); log_by_named: (n, K + 1) or None; merges: pairs of candidates whose odds are
    those of `Merges.apart`; graphs: the kinship of those rows whose kinship is not told by member_of, kin_1 and kin_2
    (of member_of, only DEPENDENT is read for them).
    """

    odds: Array
    member_of: NDArray[np.int8]
    kin_1: Array
    kin_2: Array
    family: FamilyBelief
    log_prior: Array
    q0: Array
    log_by_named: Array | None = None
    merges: Merges = field(default_factory=no_merges)
    graphs: Mapping[int, KinGraph] = field(default_factory=lambda: MappingProxyType({}))

    def take(self, rows: NDArray[np.int64]) -> "Households":
        """The households at these positions."""
        return Households(
            self.odds[rows],
            self.member_of[rows],
            self.kin_1[rows],
            self.kin_2[rows],
            self.family.take(rows),
            self.log_prior[rows],
            self.q0[rows],
            None if self.log_by_named is None else self.log_by_named[rows],
            self.merges.take(rows),
            {at: self.graphs[row] for at, row in enumerate(rows.tolist()) if row in self.graphs},
        )


def over_limit_by_count(
    households: Households, law: Law, how: Certainty = "by what is known", cells: int = 20_000_000
) -> Array:
    """P(N = n and over the limit), shape (n, M + 1); its row sums are p_over_limit.

    law: one dwelling a row of the households, or one for all; how: which worlds count as lawful (`rules.lawful`).
    Runs in chunks of dwellings with alike set sizes so that no array holds more than about `cells` numbers.
    """
    result = np.zeros_like(households.log_prior)
    for row, graph in sorted(households.graphs.items()):
        one = np.array([row])
        result[row] = over_by_graph(households.take(one), graph, law.take(one), how)[0]
    sizes = np.stack([(households.member_of == s) & (households.odds > 0) for s in range(4)]).sum(axis=2)
    order = np.lexsort(sizes)
    order = order[~np.isin(order, list(households.graphs))]
    width = households.log_prior.shape[1]
    start = 0
    while start < len(order):
        # Grow the chunk while its padded size stays inside the bound.
        step = max(1, min(len(order) - start, cells // _cells_each(sizes[:, order[start:]].max(axis=1), width)))
        rows = np.sort(order[start : start + step])
        result[rows] = _chunk(households.take(rows), law.take(rows), how)
        start += step
    return result


def sampling_errors(households: Households, law: Law, how: Certainty = "by what is known") -> Array:
    """(n,) standard error of p_over_limit from drawing kinship; 0 where it is summed exactly, as nearly everywhere."""
    errors = np.zeros(len(households.q0))
    for row, graph in sorted(households.graphs.items()):
        if not graph.is_enumerated:
            one = np.array([row])
            errors[row] = over_by_graph(households.take(one), graph, law.take(one), how)[1]
    return errors


def over_by_graph(one: Households, graph: KinGraph, law: Law, how: Certainty) -> tuple[Array, float]:
    """P(N = n and over the limit), (M + 1,), of one dwelling by its kinship graph; and the standard error of its sum.

    The error is 0 where every outcome of the graph was enumerated (`KinGraph.is_enumerated`).
    """
    linked = max((slot for members, _ in graph.links for slot in members), default=-1)
    used = max(int(np.flatnonzero(one.odds[0] > 0).max(initial=-1)), linked) + 1
    p, dependent = one.odds[0, :used] / (1.0 + one.odds[0, :used]), one.member_of[0, :used] == DEPENDENT
    weights, _ = named_weights(one.log_prior, one.q0, used, one.log_by_named)
    parts = [
        (share, _over_of_families(counts_of_families(p, dependent, labels), weights[0], law, how, one.family))
        for share, labels in graph.families(used)
    ]
    over = np.sum([share * part for share, part in parts], axis=0)
    if graph.is_enumerated:
        return over, 0.0
    spread = sum(share * float(part.sum() - over.sum()) ** 2 for share, part in parts)
    return over, float(np.sqrt(spread / DRAWS))


def _over_of_families(joint: Array, weights: Array, law: Law, how: Certainty, belief: FamilyBelief) -> Array:
    """P(N = n and over), (M + 1,), for families of which each size is known: joint of `counts_of_families`."""
    named, family, dependents = np.nonzero(joint)
    mass = joint[named, family, dependents][:, None] * weights[named]
    counts = np.broadcast_to(np.arange(weights.shape[1]), mass.shape)
    unnamed = np.maximum(counts - named[:, None], 0)
    sizes, tied = (np.broadcast_to(numbers[:, None], mass.shape) for numbers in (family, dependents))

    def over(size: NDArray[np.int64], children: NDArray[np.int64]) -> NDArray[np.bool_]:
        return _over(law, how, counts.ravel(), size.ravel(), children.ravel()).reshape(mass.shape)

    apart, joined = over(sizes, tied), over(sizes + unnamed, tied + unnamed)
    joins = belief.unnamed_join(family, named - dependents, dependents)[0][:, None]
    share = (1.0 - joins) * apart + joins * joined
    result: Array = (mass * share).sum(axis=0) / mass.sum()
    return result


def _cells_each(sizes: NDArray[np.int64], width: int) -> int:
    alone, one, two, dependents = (int(s) + 1 for s in sizes)
    return one * two * dependents * (alone + one + two + dependents) * width


def _set_counts(odds: Array, chosen: NDArray[np.bool_]) -> Array:
    """Poisson-binomial of the chosen candidates, trimmed to the largest possible number."""
    p = np.where(chosen, odds / (1.0 + odds), 0.0)
    packed = -np.sort(-p, axis=1)
    most = max(int((packed > 0).sum(axis=1).max(initial=0)), 1)
    return poisson_binomial(packed[:, :most])


def _chunk(h: Households, law: Law, how: Certainty) -> Array:
    n, m = len(h.q0), h.log_prior.shape[1] - 1
    one, two, dep, alone = (_set_counts(h.odds, h.member_of == s) for s in (GROUP_1, GROUP_2, DEPENDENT, ALONE))
    j1, j2, jd, ja = (pmf.shape[1] for pmf in (one, two, dep, alone))
    weights, _ = named_weights(h.log_prior, h.q0, j1 + j2 + jd + ja - 4, h.log_by_named)
    over = np.zeros((n, m + 1))
    total = np.zeros(n)
    for a, b, d in np.ndindex(j1, j2, jd):
        named = one[:, a] * two[:, b] * dep[:, d]
        if not named.any():
            continue
        families = _family_sizes(h, a, b)
        for s in range(ja):
            mass = (named * alone[:, s])[:, None] * weights[:, a + b + d + s]
            total += mass.sum(axis=1)
            over += mass * _over_share(h.family, law, how, families, m, d, a + b + d + s)
    result: Array = np.divide(over, total[:, None], out=np.zeros_like(over), where=total[:, None] > 0)
    return result


def _family_sizes(h: Households, a: int, b: int) -> dict[int, Array]:
    """Size of the largest named family (1: nobody is kin) -> its probability (n,), when a and b of the groups live
    there.
    """
    sizes: dict[int, Array] = {}
    for size, share in (
        (max(a, b, 1), h.kin_1 * h.kin_2),
        (max(a, 1), h.kin_1 * (1.0 - h.kin_2)),
        (max(b, 1), (1.0 - h.kin_1) * h.kin_2),
        (1, (1.0 - h.kin_1) * (1.0 - h.kin_2)),
    ):
        sizes[size] = sizes.get(size, np.zeros_like(share)) + share
    return {size: share for size, share in sizes.items() if share.any()}


def _over_share(
    belief: FamilyBelief,
    law: Law,
    how: Certainty,
    families: dict[int, Array],
    most: int,
    dependents: int,
    named: int,
) -> Array:
    """Over the kinship worlds, the share in which these numbers are over the limit: (n, M + 1).

    Dependents belong to the largest family, and so do the unnamed occupants where they are kin.
    """
    counts = np.arange(most + 1)
    unnamed = np.maximum(counts - named, 0)
    share = np.zeros((len(belief.is_family), most + 1))
    adults, children = np.array([named - dependents]), np.array([dependents])
    for size, probability in families.items():
        apart = _over(law, how, counts, np.full_like(counts, size + dependents), np.full_like(counts, dependents))
        joined = _over(law, how, counts, size + dependents + unnamed, dependents + unnamed)
        joins = belief.unnamed_join(np.array([size]), adults, children)
        share += probability[:, None] * ((1.0 - joins) * apart + joins * joined)
    return share


def _over(
    law: Law,
    how: Certainty,
    counts: NDArray[np.int64],
    family: NDArray[np.int64],
    dependents: NDArray[np.int64],
) -> NDArray[np.bool_]:
    return ~lawful(law, counts, np.minimum(family, np.maximum(counts, 1)), dependents, how)
