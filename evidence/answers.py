"""Headcounts and p_over_limit under the learned rates, with any source left out on request.

Summed exactly over the kinds of household that a dwelling may hold and over how well the lists cover it. The
leave-one-out runs use the same function with a source masked, so what is said about a source is what the model would
say without it (rates kept as learned with it).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evidence.family import FamilyBelief, joined_beliefs
from evidence.family_learning import shown_kin
from evidence.headcount import Array, Headcount, headcount, joined, mixed
from evidence.inference import Fitted, Model, evidence_of, with_source_left_out
from evidence.kinds import KindSums, kind_posteriors, weights_of
from evidence.one_person import joined_merges
from evidence.rates import KINDS, Evidence, shifted
from evidence.row_sums import weighed
from evidence.rules.dwelling import Law
from evidence.rules.lawful import Certainty
from evidence.settings import InferenceSettings
from evidence.worlds import Households, over_limit_by_count, sampling_errors


@dataclass(frozen=True, slots=True)
class Answer:
    """`head`: headcount and residence; `over`: (n, M + 1) P(N and over the limit); `kinds`: (n, 3) P(kind); `error`:
    (n,) standard error of p_over from drawn kinship, 0 where it was summed exactly.
    """

    head: Headcount
    over: Array
    kinds: Array
    error: Array

    @property
    def p_over(self) -> Array:
        """(n,) probability that no lawful form holds."""
        total: Array = np.clip(self.over.sum(axis=1), 0.0, 1.0)
        return total


def answer(
    model: Model,
    fitted: Fitted,
    law: Law,
    settings: InferenceSettings,
    asked: NDArray[np.bool_],
    complaint: float = 1.0,
    leave_out: str | None = None,
    how: Certainty = "by what is known",
) -> Answer:
    """Headcount and p_over_limit of the asked rows (in order), with one source left out when named.

    law: of all rows of the model; how: which worlds count as lawful where facts leave it open (`rules.lawful`).
    complaint: the weight of over-limit worlds of cases against lawful ones (`complaint_factor`); other dwellings have
    1.
    """
    levels, named, extra = with_source_left_out(model, fitted, settings, leave_out)
    evidence = evidence_of(model, levels, named, extra, leave_out)
    decided = np.broadcast_to(~law.undecided, len(asked))
    factor = np.where(model.is_case & decided, complaint, 1.0)
    rows = np.flatnonzero(asked)
    # Each row is answered by itself: a part at a time has the same bits, and worlds of a whole city need not be held.
    parts = [
        _answered(model, fitted, law.take(part), settings, part, evidence.take(part), factor[part], how)
        for part in np.split(rows, range(ROWS_AT_ONCE, len(rows), ROWS_AT_ONCE))
    ]
    return Answer(
        joined([part.head for part in parts]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("over", "kinds", "error")),
    )


ROWS_AT_ONCE = 4_000
"""Dwellings answered together: about 0.3 GB of worlds."""


def _answered(
    model: Model,
    fitted: Fitted,
    law: Law,
    settings: InferenceSettings,
    rows: NDArray[np.int64],
    evidence: Evidence,
    factor: Array,
    how: Certainty,
) -> Answer:
    """The answer of some rows of a model. law, evidence, factor: of these rows."""
    cars = np.array([float(np.sum(model.untied[row])) for row in rows])
    worlds = []
    for shift, share in zip(*settings.coverage_shifts, strict=True):
        rates = shifted(fitted.rates, shift)
        heads, log_weight, sums = kind_posteriors(evidence, rates, settings)
        for kind, head in zip(KINDS, heads, strict=True):
            at = np.flatnonzero(np.isfinite(log_weight[:, kind]))
            head_at = head.take(at)
            belief = family_belief(model, fitted, rows[at], cars[at], kind, settings)
            households = _households(model, sums[kind].at(at), rows[at], belief)
            log_kin = np.zeros(len(rows))
            log_kin[at] = np.log(households.family.likelihood(*shown_kin(model.candidates, head_at, rows[at])))
            worlds.append((at, households, head_at, log_weight[:, kind] + log_kin + np.log(share)))
    # One call for all kinds and coverages: the rule's loop runs over numbers of occupants, not over dwellings.
    positions = np.concatenate([at for at, _, _, _ in worlds])
    together = joined_households([households for _, households, _, _ in worlds])
    head = joined([head for _, _, head, _ in worlds])
    whole = _over(together, head, law.take(positions), how, factor[positions])
    ends = np.cumsum([len(at) for at, _, _, _ in worlds])
    parts = [
        whole.take(np.arange(end - len(at), end)).spread_over(at, len(rows))
        for end, (at, _, _, _) in zip(ends, worlds, strict=True)
    ]
    # The complaint speaks for the kinds of household of which more are over the limit.
    logs = [log_weight + np.log(part.gain) for part, (_, _, _, log_weight) in zip(parts, worlds, strict=True)]
    weight = weights_of(np.stack(logs, axis=1))
    return Answer(
        mixed([part.head for part in parts], weight),
        weighed([part.over for part in parts], weight),
        weight.reshape(len(rows), len(settings.coverage_shifts[0]), len(KINDS)).sum(axis=1),
        weighed([part.error for part in parts], weight),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One kind of household at one coverage: headcount, (n, M + 1) P(N and over), (n,) gain in weight by the complaint,
    (n,) standard error of p_over.
    """

    head: Headcount
    over: Array
    gain: Array
    error: Array

    def take(self, rows: NDArray[np.int64]) -> "_Part":
        """The same of these positions."""
        return _Part(self.head.take(rows), self.over[rows], self.gain[rows], self.error[rows])

    def spread_over(self, rows: NDArray[np.int64], n: int) -> "_Part":
        """The same at these positions of n dwellings; elsewhere nothing, with a gain of 1."""
        over, gain, error = np.zeros((n, self.over.shape[1])), np.ones(n), np.zeros(n)
        over[rows], gain[rows], error[rows] = self.over, self.gain, self.error
        return _Part(self.head.spread_over(rows, n), over, gain, error)


def _households(model: Model, sums: KindSums, rows: NDArray[np.int64], family: FamilyBelief) -> Households:
    """What the rule needs of these rows, were their households of one kind. sums: of the same rows and kind."""
    c = model.candidates
    return Households(
        sums.odds,
        c.member_of[rows],
        c.kin_1[rows],
        c.kin_2[rows],
        family,
        sums.log_prior,
        sums.q0,
        sums.log_stale,
        sums.merges,
        {at: c.graphs[row] for at, row in enumerate(rows.tolist()) if row in c.graphs},
    )


def joined_households(parts: Sequence[Households]) -> Households:
    """The rows of several one after another."""
    starts = np.cumsum([0, *(len(part.q0) for part in parts)])
    by_named = [part.log_by_named for part in parts if part.log_by_named is not None]
    return Households(
        np.concatenate([part.odds for part in parts]),
        np.concatenate([part.member_of for part in parts]),
        np.concatenate([part.kin_1 for part in parts]),
        np.concatenate([part.kin_2 for part in parts]),
        joined_beliefs([part.family for part in parts]),
        np.concatenate([part.log_prior for part in parts]),
        np.concatenate([part.q0 for part in parts]),
        np.concatenate(by_named),
        joined_merges([part.merges for part in parts], [len(part.q0) for part in parts]),
        {int(s) + at: graph for s, part in zip(starts, parts, strict=False) for at, graph in part.graphs.items()},
    )


def _over(households: Households, head: Headcount, law: Law, how: Certainty, factor: Array) -> _Part:
    """P(N and over the limit) of households of one kind, with over-limit worlds weighing `factor` of lawful ones."""
    over = over_limit_by_count(households, law, how)
    gain = 1.0 + (factor - 1.0) * over.sum(axis=1)
    error = sampling_errors(households, law, how) * factor / gain**2
    if (factor == 1.0).all():
        return _Part(head, over, gain, error)
    before = head.occupants
    after = (before + (factor - 1.0)[:, None] * over) / gain[:, None]
    # The same worlds, reweighted by N, give each candidate's residence after the complaint.
    by_n = np.divide(after, before, out=np.ones_like(after), where=before > 1e-12)
    log_prior_after = households.log_prior + np.log(np.maximum(by_n, 1e-12))
    reweighted = headcount(households.odds, log_prior_after, households.q0, households.log_by_named)
    reweighted = replace(reweighted, residence=households.merges.persons(reweighted.residence))
    return _Part(reweighted, factor[:, None] * over / gain[:, None], gain, error)


def complaint_factor(model: Model, fitted: Fitted, law: Law, settings: InferenceSettings) -> float:
    """The factor on the odds of over-limit worlds under which this city's complaints are right as often as is believed.

    That is what the city's own cases say on average, and in a small part what complaints elsewhere do
    (`right_share_of_cases`, which counts `crowded_prior_strength` cases). Few cases know little of the factor itself,
    so it shrinks towards 1. Measured against its neighbours in docs/decisions/0007. A dwelling for which facts leave
    the law itself open teaches nothing, and its factor is 1.
    """
    rows = model.is_case & ~law.undecided
    if not rows.any():
        return 1.0
    share, strength = settings.right_share_of_cases, settings.crowded_prior_strength
    seen = answer(model, fitted, law, settings, rows).p_over
    weight = len(seen) / (len(seen) + strength)
    wanted = weight * float(seen.mean()) + (1.0 - weight) * share
    return float(np.exp(weight * _factor_for(seen, wanted)))


def _factor_for(p_over: Array, share: float) -> float:
    """log of the factor on the odds under which these probabilities have this mean; within e^-3 .. e^5."""
    low, high = -3.0, 5.0
    for _ in range(50):
        middle = (low + high) / 2.0
        factor = np.exp(middle)
        mean = float((factor * p_over / (1.0 + (factor - 1.0) * p_over)).mean())
        low, high = (middle, high) if mean < share else (low, middle)
    return (low + high) / 2.0


def family_belief(
    model: Model, fitted: Fitted, rows: NDArray[np.int64], cars: Array, kind: int, settings: InferenceSettings
) -> FamilyBelief:
    """What is believed of the kinship of these households, were they of this kind.

    cars: (n,) unattributed cars; each speaks for an adult who is none of the family.
    """
    families = fitted.families[kind]
    return FamilyBelief(
        np.where(model.is_case[rows], families.of_cases, families.share),
        np.full(len(rows), families.shows),
        settings.all_kin_of_family[kind] * settings.kin_kept_per_car**cars,
    )


def perturbed_rates(fitted: Fitted) -> list[tuple[str, Fitted]]:
    """Other rates that the data do not rule out, for the interval of p_over_limit: named, one thing moved at a time.

    The moves are about two standard errors of a town of 100 cases for learned rates, and the spread of the cited
    sources for the rest.
    """
    rates = fitted.rates
    moves: list[tuple[str, Fitted]] = []
    for label, factor in (("fewer occupants unlistable", 0.5), ("more occupants unlistable", 1.7)):
        moved_rates = replace(rates, unlistable=np.clip(rates.unlistable * factor, 0.01, 0.9))
        moves.append((label, replace(fitted, rates=moved_rates)))
    for label, factor in (("fewer stale names", 0.7), ("more stale names", 1.4)):
        moves.append((label, replace(fitted, rates=replace(rates, stale=rates.stale * factor))))
    for label, factor in (("fewer cars in other names", 0.6), ("more cars in other names", 1.5)):
        owners, renters, students = (min(share * factor, 0.95) for share in fitted.untied_share)
        moves.append((label, replace(fitted, untied_share=(owners, renters, students))))
    return moves
