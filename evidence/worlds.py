"""P(over the limit) on possible worlds: who lives there x who is kin, enumerated exactly.

Candidates fall into four sets: two groups that may be kin (one declared family, or one surname), declared dependents,
and the rest. Within a set only the number of occupants matters to a rule, so the Poisson-binomials of the sets and the
weights of `headcount` give the probability of every (numbers, N); kinship of each group, and of the occupants nobody
names, is a further coin with its own probability. Eight kinship worlds x all numbers: exact, no sampling. The few
dwellings whose kinship is richer than two groups (three families, families joined by a link) have a `KinGraph`, and are
summed one by one over the ways in which it can fall out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from evidence.family import FamilyBelief
from evidence.headcount import Array, poisson_binomial
from evidence.headcount_batch import named_weights
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
    for rows, graph in _alike(households):
        result[rows] = over_by_graph(households.take(rows), graph, law.take(rows), how)[0]
    sizes = np.stack([(households.member_of == s) & (households.odds > 0) for s in range(4)]).sum(axis=2)
    order = np.lexsort(sizes)
    order = order[~np.isin(order, list(households.graphs))]
    width = households.log_prior.shape[1]
    largest_from = np.maximum.accumulate(sizes[:, order[::-1]], axis=1)[:, ::-1]  # of all from each place on
    start = 0
    while start < len(order):
        # Grow the chunk while its padded size stays inside the bound.
        step = max(1, min(len(order) - start, cells // _cells_each(largest_from[:, start], width)))
        rows = np.sort(order[start : start + step])
        result[rows] = _chunk(households.take(rows), law.take(rows), how)
        start += step
    return result


def sampling_errors(households: Households, law: Law, how: Certainty = "by what is known") -> Array:
    """(n,) standard error of p_over_limit from drawing kinship; 0 where it is summed exactly, as nearly everywhere."""
    errors = np.zeros(len(households.q0))
    drawn = {row: graph for row, graph in households.graphs.items() if not graph.is_enumerated}
    for rows, graph in _alike(replace(households, graphs=drawn)):
        errors[rows] = over_by_graph(households.take(rows), graph, law.take(rows), how)[1]
    return errors


def _alike(households: Households) -> list[tuple[NDArray[np.int64], KinGraph]]:
    """The rows that have a kinship graph, those together whose graph, dependents and possible residents are alike: one
    dwelling under several rates, mostly.
    """
    p, dependent = _chances(households.odds), households.member_of == DEPENDENT
    shape = dependent * 4 + (p > 0) * 2 + (p < 1)
    found: dict[tuple[KinGraph, bytes], list[int]] = {}
    for row, graph in sorted(households.graphs.items()):
        found.setdefault((graph, shape[row].tobytes()), []).append(row)
    return [(np.array(rows), graph) for (graph, _), rows in found.items()]


def _chances(odds: Array) -> Array:
    return odds / (1.0 + odds)


def over_by_graph(alike: Households, graph: KinGraph, law: Law, how: Certainty) -> tuple[Array, Array]:
    """P(N = n and over the limit), (n, M + 1), of dwellings by their kinship graph; and the standard error of each sum.

    alike: households with this graph, of which the same candidates are dependents and may live there; law: one dwelling
    a row, or one for all. The error is 0 where every outcome was enumerated (`KinGraph.is_enumerated`).
    """
    linked = max((slot for members, _ in graph.links for slot in members), default=-1)
    used = max(int(np.flatnonzero(alike.odds[0] > 0).max(initial=-1)), linked) + 1
    p, dependent = _chances(alike.odds[:, :used]), alike.member_of[0, :used] == DEPENDENT
    weights = named_weights(alike.log_prior, alike.q0, used, alike.log_by_named)
    parts = [
        (share, _over_of_families(counts_of_families(p, dependent, labels), weights, law, how, alike.family))
        for share, labels in graph.families(used)
    ]
    over = np.sum([share * part for share, part in parts], axis=0)
    if graph.is_enumerated:
        return over, np.zeros(len(over))
    spread = sum(share * (part.sum(axis=1) - over.sum(axis=1)) ** 2 for share, part in parts)
    return over, np.sqrt(spread / DRAWS)


def _over_of_families(joint: Array, weights: Array, law: Law, how: Certainty, belief: FamilyBelief) -> Array:
    """P(N = n and over), (n, M + 1), for families of which each size is known: joint of `counts_of_families`."""
    possible = joint > 0
    if not (possible == possible[0]).all():  # so small that some vanished: sums run over the same worlds each alone
        rows = [np.array([row]) for row in range(len(joint))]
        parts = [_over_of_families(joint[r], weights[r], law.take(r), how, belief.take(r)) for r in rows]
        return np.concatenate(parts)
    named, family, dependents = np.nonzero(possible[0])
    mass = joint[:, named, family, dependents][:, :, None] * weights[:, named]
    shape = mass.shape[1:]
    counts = np.broadcast_to(np.arange(weights.shape[2]), shape)
    unnamed = np.maximum(counts - named[:, None], 0)
    sizes, tied = (np.broadcast_to(numbers[:, None], shape) for numbers in (family, dependents))

    def over(size: NDArray[np.int64], children: NDArray[np.int64]) -> NDArray[np.bool_]:
        return _over(law, how, counts.ravel(), size.ravel(), children.ravel()).reshape(-1, *shape)

    apart, joined = over(sizes, tied), over(sizes + unnamed, tied + unnamed)
    joins = belief.unnamed_join(family, named - dependents, dependents)[:, :, None]
    share = (1.0 - joins) * apart + joins * joined
    result: Array = (mass * share).sum(axis=1) / mass.reshape(len(mass), -1).sum(axis=1)[:, None]
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
    weights = named_weights(h.log_prior, h.q0, j1 + j2 + jd + ja - 4, h.log_by_named)
    over = np.zeros((n, m + 1))
    total = np.zeros(n)
    shares = _Shares(h.family, law, how, m)
    for a, b, d in np.ndindex(j1, j2, jd):
        named = one[:, a] * two[:, b] * dep[:, d]
        if not named.any():
            continue
        families = _family_sizes(h, a, b)
        for s in range(ja):
            mass = (named * alone[:, s])[:, None] * weights[:, a + b + d + s]
            total += mass.sum(axis=1)
            over += mass * shares.over(families, d, a + b + d + s)
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


class _Shares:
    """The share of kinship worlds in which numbers are over the limit, for households of one chunk.

    Most sums ask of the same few sizes of family again, so what the law says of each is kept.
    """

    def __init__(self, belief: FamilyBelief, law: Law, how: Certainty, most: int) -> None:
        self.belief, self.law, self.how = belief, law, how
        self.counts = np.arange(most + 1)
        self._said: dict[tuple[int, int, int], Array] = {}
        self._joins: dict[tuple[bool, int], tuple[Array, Array]] = {}

    def over(self, families: dict[int, Array], dependents: int, named: int) -> Array:
        """(n, M + 1) over the kinship worlds, the share in which these numbers are over the limit.

        families: `_family_sizes`. Dependents belong to the largest family, and so do the unnamed occupants where they
        are kin.
        """
        share = np.zeros((len(self.belief.is_family), len(self.counts)))
        for size, probability in families.items():
            apart = self._law_on(size + dependents, dependents, len(self.counts))
            joined = self._law_on(size + dependents, dependents, named)
            not_joining, joining = self._joining(size, named - dependents, dependents)
            share += probability[:, None] * (not_joining * apart + joining * joined)
        return share

    def _law_on(self, family: int, dependents: int, named: int) -> Array:
        """(n or 1, M + 1) 1 where N is over, 0 where not: of N, those beyond `named` are of the family too, and count
        with its dependents.
        """
        key = family, dependents, named
        if key not in self._said:
            unnamed = np.maximum(self.counts - named, 0)
            over = _over(self.law, self.how, self.counts, family + unnamed, dependents + unnamed)
            self._said[key] = over.astype(np.float64)
        return self._said[key]

    def _joining(self, size: int, adults: int, dependents: int) -> tuple[Array, Array]:
        """(n, 1) chance that those nobody names are none of the family, and that they are."""
        key = size >= 2 or dependents >= 1, adults
        if key not in self._joins:
            joins = self.belief.unnamed_join(np.array([size]), np.array([adults]), np.array([dependents]))
            self._joins[key] = 1.0 - joins, joins
        return self._joins[key]


def _over(
    law: Law,
    how: Certainty,
    counts: NDArray[np.int64],
    family: NDArray[np.int64],
    dependents: NDArray[np.int64],
) -> NDArray[np.bool_]:
    return ~lawful(law, counts, np.minimum(family, np.maximum(counts, 1)), dependents, how)
