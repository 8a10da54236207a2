"""Headcounts and p_over_limit under the learned rates, with any source left out on request.

Summed exactly over the kinds of household that a dwelling may hold and over how well the lists cover it. The
leave-one-out runs use the same function with a source masked, so what is said about a source is what the model would
say without it (rates kept as learned with it).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evidence.headcount import Array, Headcount, headcount, joined, margins, mixed
from evidence.inference import Fitted, Model, evidence_of, with_source_left_out
from evidence.kind_worlds import joined_households, worlds_of
from evidence.rates import KINDS, Evidence
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
        return _probability(self.over)


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
    evidence = _evidence(model, fitted, settings, leave_out)
    factor = _factors(model, law, complaint)
    # Each row is answered by itself: a part at a time has the same bits, and worlds of a whole city need not be held.
    parts = [
        _answered(model, fitted, law.take(rows), settings, rows, evidence.take(rows), factor[rows], how)
        for rows in _some_at_a_time(asked)
    ]
    return Answer(
        joined([part.head for part in parts]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("over", "kinds", "error")),
    )


@dataclass(frozen=True, slots=True)
class Under:
    """What one run of `p_over_under` is asked under; see `answer`."""

    fitted: Fitted
    settings: InferenceSettings
    complaint: float = 1.0
    leave_out: str | None = None


def p_over_under(model: Model, law: Law, asked: NDArray[np.bool_], runs: Sequence[Under]) -> list[Array]:
    """(n,) `p_over` of the asked rows under each of these, to the bits of `answer`.

    Runs are summed together: the rule's loops run over numbers of occupants and ways to be kin, which runs share.
    """
    at_once = max(1, ROWS_AT_ONCE // max(1, int(asked.sum())))
    found: list[Array] = []
    for start in range(0, len(runs), at_once):
        some = [
            (run, _evidence(model, run.fitted, run.settings, run.leave_out), _factors(model, law, run.complaint))
            for run in runs[start : start + at_once]
        ]
        parts = []
        for rows in _some_at_a_time(asked):
            worlds = [
                worlds_of(model, run.fitted, run.settings, rows, evidence.take(rows), margins)[0]
                for run, evidence, _ in some
            ]
            factors = [factor[rows][ours.positions] for ours, (_, _, factor) in zip(worlds, some, strict=True)]
            positions = np.concatenate([ours.positions for ours in worlds])
            together = joined_households([ours.households for ours in worlds])
            before = over_limit_by_count(together, law.take(rows).take(positions))
            ends = np.cumsum([len(factor) for factor in factors])[:-1]
            of_runs = zip(worlds, np.split(before, ends), factors, strict=True)
            complained = [(ours, *_complained(over, factor)) for ours, over, factor in of_runs]
            parts.append(
                [_probability(weighed(ours.spread(over), ours.weight(gain))) for ours, over, gain in complained]
            )
        found += [np.concatenate(of_run) for of_run in zip(*parts, strict=True)]
    return found


ROWS_AT_ONCE = 4_000
"""Dwellings answered together, over all runs: about 0.3 GB of worlds."""


def _some_at_a_time(asked: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    rows = np.flatnonzero(asked)
    return np.split(rows, range(ROWS_AT_ONCE, len(rows), ROWS_AT_ONCE))


def _evidence(model: Model, fitted: Fitted, settings: InferenceSettings, leave_out: str | None) -> Evidence:
    levels, named, extra = with_source_left_out(model, fitted, settings, leave_out)
    return evidence_of(model, levels, named, extra, leave_out)


def _factors(model: Model, law: Law, complaint: float) -> Array:
    """(rows of the model,) the weight of over-limit worlds against lawful ones; 1 where facts leave the law open."""
    return np.where(model.is_case & ~law.undecided, complaint, 1.0)


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
    worlds, heads = worlds_of(model, fitted, settings, rows, evidence, headcount)
    head = joined([of_all.take(at) for of_all, at in zip(heads, worlds.at, strict=True)])
    law, factor = law.take(worlds.positions), factor[worlds.positions]
    # One call for all kinds and coverages: the rule's loop runs over numbers of occupants, not over dwellings.
    before = over_limit_by_count(worlds.households, law, how)
    over, gain = _complained(before, factor)
    error = sampling_errors(worlds.households, law, how) * factor / gain**2
    if (factor != 1.0).any():
        head = _after_complaint(head, worlds.households, before, gain, factor)
    weight = worlds.weight(gain)
    ends = np.cumsum([0, *(len(at) for at in worlds.at)])
    spread = [
        head.take(np.arange(start, end)).spread_over(at, len(rows))
        for start, end, at in zip(ends, ends[1:], worlds.at, strict=False)
    ]
    return Answer(
        mixed(spread, weight),
        weighed(worlds.spread(over), weight),
        weight.reshape(len(rows), len(settings.coverage_shifts[0]), len(KINDS)).sum(axis=1),
        weighed(worlds.spread(error), weight),
    )


def _complained(over: Array, factor: Array) -> tuple[Array, Array]:
    """P(N and over) with over-limit worlds weighing `factor` of lawful ones, and (n,) what a household's weight gains
    by that.
    """
    gain = 1.0 + (factor - 1.0) * over.sum(axis=1)
    return factor[:, None] * over / gain[:, None], gain


def _after_complaint(head: Headcount, households: Households, over: Array, gain: Array, factor: Array) -> Headcount:
    """The same worlds reweighted by N, with each candidate's residence after the complaint. over: before it."""
    before = head.occupants
    after = (before + (factor - 1.0)[:, None] * over) / gain[:, None]
    by_n = np.divide(after, before, out=np.ones_like(after), where=before > 1e-12)
    log_prior_after = households.log_prior + np.log(np.maximum(by_n, 1e-12))
    reweighted = headcount(households.odds, log_prior_after, households.q0, households.log_by_named)
    return replace(reweighted, residence=households.merges.persons(reweighted.residence))


def _probability(over: Array) -> Array:
    total: Array = np.clip(over.sum(axis=1), 0.0, 1.0)
    return total


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
