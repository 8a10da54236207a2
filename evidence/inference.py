"""From arrays of evidence to headcounts and p_over_limit, with any source left out on request.

`Model` holds everything about the situations of one run that does not depend on the rates; `fit` learns the rates, and
`answer` gives headcounts and p_over_limit under them. The leave-one-out runs use the same function with a source
masked, so what is said about a source is what the model would say without it (rates kept as learned with it).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evidence.candidates import SOURCES, Candidates
from evidence.headcount import Array, Headcount, headcount
from evidence.likelihoods import fit_cars, fit_usage, usage_log_likelihood, vehicle_log_likelihood
from evidence.occupancy_prior import OWNER
from evidence.rates import (
    UNKNOWN,
    Evidence,
    Rates,
    learn_rates,
    log_prior,
    log_stale,
    occupant_odds,
    posterior,
    prior_rates,
    unnamed_share,
)
from evidence.rules.dwelling import Law
from evidence.rules.lawful import Certainty
from evidence.settings import InferenceSettings
from evidence.worlds import Households, over_limit_by_count, sampling_errors

UNIVERSITY, VEHICLE, DMV = (SOURCES.index(s) for s in ("university_addresses", "vehicle_log", "dmv_registrations"))
LEFT_OUT_SOURCES = (*(s for s in SOURCES if s != "elsewhere"), "utility_usage")


@dataclass(frozen=True, slots=True)
class Model:
    """The situations of a run as arrays, one row each.

    prior: (n, M + 1) before the complaint; tenure, is_case, watched: (n,); usage: (n, units) relative log usage, nan
    unknown; untied: per situation the unattributed cars' probabilities; untied_blind: the same when registrations are
    left out; tied: (n,) candidates with a car of their own that stays; training: (n,) rows the rates are learned from.
    """

    candidates: Candidates
    prior: Array
    tenure: NDArray[np.int64]
    is_case: NDArray[np.bool_]
    watched: NDArray[np.bool_]
    usage: Array
    untied: list[Array]
    untied_blind: list[Array]
    tied: NDArray[np.int64]
    training: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Learned rates, one usage fit (level, slope, spread) per unit, and the two car rates of `likelihoods.fit_cars`."""

    rates: Rates
    usage_fits: tuple[tuple[float, float, float], ...]
    untied_share: float
    stray_regulars: float

    def with_cars(self, settings: InferenceSettings) -> InferenceSettings:
        """The settings with this city's car rates in place of the prior ones."""
        return replace(settings, untied_share=self.untied_share, stray_regulars=self.stray_regulars)


@dataclass(frozen=True, slots=True)
class Answer:
    """`head`: headcount and residence; `over`: (n, M + 1) P(N and over the limit); `unnamed_kin`: (n,); `error`: (n,)
    standard error of p_over from drawn kinship, 0 where it was summed exactly.
    """

    head: Headcount
    over: Array
    unnamed_kin: Array
    error: Array

    @property
    def p_over(self) -> Array:
        """(n,) probability that no lawful form holds."""
        total: Array = np.clip(self.over.sum(axis=1), 0.0, 1.0)
        return total


def _vehicles(model: Model, settings: InferenceSettings, untied: list[Array], tied: NDArray[np.int64]) -> Array:
    return vehicle_log_likelihood(untied, tied, model.watched, settings)


def _usage(model: Model, fits: tuple[tuple[float, float, float], ...], settings: InferenceSettings) -> Array:
    """Joint log-likelihood of all meters. Meters of one dwelling agree beyond N, so each further one counts half."""
    total = np.zeros_like(model.prior)
    known_before = np.zeros(len(model.prior), dtype=bool)
    for column, fit in enumerate(fits):
        part = usage_log_likelihood(model.usage[:, column], fit, settings.max_occupants)
        total += np.where(known_before[:, None], 0.5 * part, part)
        known_before |= np.isfinite(model.usage[:, column])
    return total


def _evidence(model: Model, levels: NDArray[np.int8], named: NDArray[np.bool_], extra: Array) -> Evidence:
    present: NDArray[np.bool_] = np.asarray((levels >= 0).any(axis=(0, 1)), dtype=np.bool_)
    cases = model.prior[model.is_case]
    return Evidence(SOURCES, levels, named, model.prior, extra, model.tenure, model.is_case, present, cases)


def _rows(evidence: Evidence, rows: NDArray[np.bool_]) -> Evidence:
    return Evidence(
        evidence.sources,
        evidence.levels[rows],
        evidence.named[rows],
        evidence.prior[rows],
        evidence.extra[rows],
        evidence.tenure[rows],
        evidence.is_case[rows],
        evidence.present,
        evidence.case_prior,
    )


def situation_evidence(model: Model, rows: NDArray[np.bool_]) -> Evidence:
    """The listings of some situations, without usage and vehicles: what a summary lists reason by reason."""
    candidates = model.candidates
    return _rows(_evidence(model, candidates.levels, candidates.named, np.zeros_like(model.prior)), rows)


def fit(model: Model, settings: InferenceSettings) -> Fitted:
    """Learn listing rates, usage and cars from the training rows: two rounds, since each informs the others."""
    units = model.usage.shape[1]
    rows = np.flatnonzero(model.training)
    held = [model.untied[row] for row in rows]
    prior_fit = (0.0, settings.usage_slope, settings.usage_log_sd)
    fitted = Fitted(prior_rates(settings), (prior_fit,) * units, settings.untied_share, settings.stray_regulars)
    extra = _vehicles(model, settings, model.untied, model.tied)
    for _ in range(2):
        training = _rows(_evidence(model, model.candidates.levels, model.candidates.named, extra), model.training)
        rates = learn_rates(training, settings)
        occupants = posterior(training, rates, settings).occupants
        cars = fit_cars(held, model.tied[rows], model.watched[rows], occupants, settings)
        fitted = Fitted(rates, tuple(fit_usage(model.usage[rows, u], occupants, settings) for u in range(units)), *cars)
        extra = _vehicles(model, fitted.with_cars(settings), model.untied, model.tied)
        extra = extra + _usage(model, fitted.usage_fits, settings)
    return fitted


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
    levels, named, extra = _with_source_left_out(model, fitted, settings, leave_out)
    evidence = _rows(_evidence(model, levels, named, extra), asked)
    head = posterior(evidence, fitted.rates, settings)
    kin = unnamed_kin(model, head, levels[asked], asked, settings)
    c = model.candidates
    households = Households(
        occupant_odds(evidence, fitted.rates),
        c.member_of[asked],
        c.kin_1[asked],
        c.kin_2[asked],
        kin,
        log_prior(evidence, fitted.rates, settings),
        unnamed_share(evidence, fitted.rates),
        log_stale(evidence, fitted.rates),
        {at: c.graphs[row] for at, row in enumerate(np.flatnonzero(asked).tolist()) if row in c.graphs},
    )
    over = over_limit_by_count(households, law.take(np.flatnonzero(asked)), how)
    decided = np.broadcast_to(~law.undecided, len(asked))
    error = sampling_errors(households, law.take(np.flatnonzero(asked)), how)
    factor = np.where((model.is_case & decided)[asked], complaint, 1.0)[:, None]
    if complaint == 1.0:
        return Answer(head, over, kin, error)
    before = head.occupants
    total = 1.0 + (factor - 1.0) * over.sum(axis=1, keepdims=True)
    after = (before + (factor - 1.0) * over) / total
    # The same worlds, reweighted by N, give each candidate's residence after the complaint.
    by_n = np.divide(after, before, out=np.ones_like(after), where=before > 1e-12)
    head = headcount(
        households.odds,
        households.log_prior + np.log(np.maximum(by_n, 1e-12)),
        households.q0,
        households.log_by_named,
    )
    return Answer(head, factor * over / total, kin, error * (factor / total**2)[:, 0])


def _with_source_left_out(
    model: Model, fitted: Fitted, settings: InferenceSettings, leave_out: str | None
) -> tuple[NDArray[np.int8], NDArray[np.bool_], Array]:
    """Levels, named candidates and log-likelihoods over N as they are without the source; all of it for None."""
    levels, named = model.candidates.levels, model.candidates.named
    untied, tied = model.untied, model.tied
    if leave_out in SOURCES:
        levels = levels.copy()
        levels[:, :, SOURCES.index(leave_out)] = UNKNOWN
        if leave_out == "dmv_registrations":
            # Without registrations no car is tied to a name: every car that stays is an unattributed one.
            levels[:, :, VEHICLE] = UNKNOWN
            untied, tied = model.untied_blind, np.zeros_like(model.tied)
        listing = [i for i, s in enumerate(SOURCES) if s != "elsewhere"]
        named = named & (levels[:, :, listing] > 0).any(axis=2)
    extra = np.zeros_like(model.prior)
    if leave_out != "vehicle_log":
        extra = extra + _vehicles(model, fitted.with_cars(settings), untied, tied)
    if leave_out != "utility_usage":
        extra = extra + _usage(model, fitted.usage_fits, settings)
    return levels, named, extra


def complaint_factor(model: Model, fitted: Fitted, law: Law, settings: InferenceSettings) -> float:
    """The factor on the odds of over-limit worlds under which this city's complaints are right as often as elsewhere.

    Complaints prove right at a known rate (`right_share_of_cases`); the posterior of a city's cases is calibrated to it
    on average, as survey weights are to totals, because sources that depend on one another overstate what they say. Few
    cases know little of it, so the factor shrinks towards 1. Measured against its neighbours in docs/decisions/0007.
    A dwelling for which facts leave the law itself open teaches nothing, and its factor is 1.
    """
    rows = model.is_case & model.training
    if not rows.any():
        rows = model.is_case
    rows = rows & ~law.undecided
    if not rows.any():
        return 1.0
    share, strength = settings.right_share_of_cases, settings.crowded_prior_strength
    seen = answer(model, fitted, law, settings, rows).p_over
    weight = len(seen) / (len(seen) + strength)
    return float(np.exp(weight * _factor_for(seen, share)))


def _factor_for(p_over: Array, share: float) -> float:
    """log of the factor on the odds under which these probabilities have this mean; within e^-3 .. e^5."""
    low, high = -3.0, 5.0
    for _ in range(50):
        middle = (low + high) / 2.0
        factor = np.exp(middle)
        mean = float((factor * p_over / (1.0 + (factor - 1.0) * p_over)).mean())
        low, high = (middle, high) if mean < share else (low, middle)
    return (low + high) / 2.0


def unnamed_kin(
    model: Model, head: Headcount, levels: NDArray[np.int8], asked: NDArray[np.bool_], settings: InferenceSettings
) -> Array:
    """P(the occupants whom nobody names are of the household's family): children are in no list, lodgers may be.

    Starts from tenure (PUMS), falls to the student value as far as the university lists an occupant, and by a factor
    for each further unrelated surname among the occupants and each unattributed car: both speak for unrelated adults.
    """
    base = np.where(model.tenure[asked] == OWNER, settings.unknown_kin_owner, settings.unknown_kin_renter)
    student = np.isin(levels[:, :, UNIVERSITY], (1, 2)) * head.residence
    any_student = 1.0 - np.prod(1.0 - student, axis=1)
    kin = base * (1 - any_student) + settings.unknown_kin_student * any_student
    c = model.candidates.member_of[asked]
    alone = (head.residence * (c == 0)).sum(axis=1)
    units = alone + sum(1.0 - np.prod(np.where(c == group, 1.0 - head.residence, 1.0), axis=1) for group in (1, 2))
    cars = np.array([float(np.sum(p)) for p, a in zip(model.untied, asked, strict=True) if a])
    kin = kin * 0.5 ** np.maximum(units - 2.0, 0.0) * 0.7**cars
    return np.asarray(np.clip(kin, 0.01, 0.99))


def perturbed_rates(fitted: Fitted, settings: InferenceSettings) -> list[tuple[str, Fitted, InferenceSettings]]:
    """Other rates that the data do not rule out, for the interval of p_over_limit: named, one thing moved at a time.

    The moves are about two standard errors of a town of 100 cases for learned rates, and the spread of the cited
    sources for the rest.
    """
    rates = fitted.rates
    moves: list[tuple[str, Fitted, InferenceSettings]] = []
    for label, factor in (("fewer occupants unlistable", 0.5), ("more occupants unlistable", 1.7)):
        moved_rates = replace(rates, unlistable=np.clip(rates.unlistable * factor, 0.01, 0.9))
        moves.append((label, replace(fitted, rates=moved_rates), settings))
    for label, factor in (("fewer stale names", 0.7), ("more stale names", 1.4)):
        moves.append((label, replace(fitted, rates=replace(rates, stale=rates.stale * factor)), settings))
    for label, factor in (("fewer cars in other names", 0.6), ("more cars in other names", 1.5)):
        share = min(fitted.untied_share * factor, 0.95)
        moves.append((label, replace(fitted, untied_share=share), settings))
    return moves
