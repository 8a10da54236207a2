"""The situations of a run as arrays, and the rates learned from them.

`Model` holds everything about the situations of one run that does not depend on the rates; `fit` learns the rates;
`evidence_of` lays both out for `rates`, with any source left out on request; `answers` turns them into p_over_limit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.candidates import CAR_SOURCES, SOURCES, Candidates
from evidence.claims import ClaimFit, ClaimPriors, claim_log_likelihood, fit_claims, prior_claim_fits
from evidence.family_learning import Families, learn_families, prior_families, shown_kin
from evidence.headcount import Array, mixed
from evidence.kinds import kinds_at
from evidence.likelihoods import CarRates, fit_cars, fit_usage, usage_log_likelihood, vehicle_log_likelihood
from evidence.listings import LISTING_SOURCES
from evidence.rate_learning import learn_rates
from evidence.rates import (
    KINDS,
    UNKNOWN,
    Evidence,
    Rates,
    pattern_bits,
    prior_rates,
)
from evidence.settings import InferenceSettings

CARS = [SOURCES.index(s) for s in CAR_SOURCES]
CLAIMS = "cases"  # as a source that speaks of the number of occupants: what a complaint claims
LEFT_OUT_SOURCES = (*LISTING_SOURCES, "vehicle_log", "utility_usage", CLAIMS)


@dataclass(frozen=True, slots=True)
class Model:
    """The situations of a run as arrays, one row each.

    prior: (n, M + 1) before the complaint; tenure, is_case, watched: (n,); looks: (n,) nights on which somebody looked,
    up to MOST_LOOKS; usage: (n, units) relative log usage, nan unknown; claims: (n, kinds) numbers that the complaint
    claims (`claims.CLAIM_KINDS`), nan none; untied: per situation the unattributed cars'
    probabilities; untied_blind: the same when registrations are left out; tied: (n,) candidates with a car of their own
    that stays. What is known of the city as a whole: present: (S,) the source says something somewhere; case_prior:
    (c, M + 1) the prior of every open case.
    """

    candidates: Candidates
    prior: Array
    tenure: NDArray[np.int64]
    is_case: NDArray[np.bool_]
    watched: NDArray[np.bool_]
    looks: NDArray[np.int64]
    usage: Array
    claims: Array
    untied: list[Array]
    untied_blind: list[Array]
    tied: NDArray[np.int64]
    present: NDArray[np.bool_]
    case_prior: Array


@dataclass(frozen=True, slots=True)
class Fitted:
    """Learned rates; one usage fit (level, slope, spread) per unit; the two car rates of `likelihoods.fit_cars`; what a
    claim of each kind is worth; and how many households of each kind are families'.
    """

    rates: Rates
    usage_fits: tuple[tuple[float, float, float], ...]
    untied_share: tuple[float, float, float]
    stray_regulars: float
    claim_fits: tuple[ClaimFit, ...]
    families: tuple[Families, ...]


def _vehicles(
    model: Model, fitted: Fitted, settings: InferenceSettings, untied: list[Array], tied: NDArray[np.int64]
) -> Array:
    """(n, 3, M + 1) by kind of household: students' cars stand in their parents' names more often than others'."""
    rates = [CarRates(settings.car_per_occupant * share, fitted.stray_regulars) for share in fitted.untied_share]
    return vehicle_log_likelihood(untied, tied, model.looks, rates, settings.max_occupants)


def _usage(model: Model, fits: tuple[tuple[float, float, float], ...], settings: InferenceSettings) -> Array:
    """Joint log-likelihood of all meters. Meters of one dwelling agree beyond N, so each further one counts half."""
    total = np.zeros_like(model.prior)
    known_before = np.zeros(len(model.prior), dtype=bool)
    for column, fit in enumerate(fits):
        part = usage_log_likelihood(model.usage[:, column], fit, settings.max_occupants)
        total += np.where(known_before[:, None], 0.5 * part, part)
        known_before |= np.isfinite(model.usage[:, column])
    return total


def _claims(model: Model, fits: tuple[ClaimFit, ...]) -> Array:
    """Joint log-likelihood of the claims. People and cars are counted by one complainant: the second counts half."""
    most = model.prior.shape[1] - 1
    people, cars = (claim_log_likelihood(model.claims[:, kind], fit, most) for kind, fit in enumerate(fits))
    both = np.isfinite(model.claims.sum(axis=1))[:, None]
    return people + np.where(both, 0.5 * cars, cars)


def evidence_of(
    model: Model, levels: NDArray[np.int8], named: NDArray[np.bool_], extra: Array, leave_out: str | None = None
) -> Evidence:
    """What `rates` needs of all rows; levels, named and extra are those without the source left out, if one is."""
    present = model.present.copy()
    present[_columns(leave_out)] = False
    c = model.candidates
    return Evidence(
        SOURCES,
        levels,
        named,
        c.sure,
        c.merges,
        model.prior,
        extra,
        model.tenure,
        model.is_case,
        present,
        model.case_prior,
    )


def _columns(source: str | None) -> list[int]:
    """Columns of `levels` that say nothing without the source: no car is tied to a name without registrations."""
    if source == "vehicle_log":
        return CARS
    if source == "dmv_registrations":
        return [SOURCES.index(source), *CARS]
    return [SOURCES.index(source)] if source in SOURCES else []


def _no_extra(model: Model) -> Array:
    n, width = model.prior.shape
    return np.zeros((n, len(KINDS), width))


def listing_bits(
    model: Model, rates: Rates, settings: InferenceSettings, rows: NDArray[np.int64]
) -> tuple[Array, Array]:
    """What a summary lists reason by reason: (m, K, S) bits of each listing, and (m,) those before any source is read.

    Averaged over the kinds of household that the listings of these rows leave possible.
    """
    evidence = evidence_of(model, model.candidates.levels, model.candidates.named, _no_extra(model)).take(rows)
    _, weight = kinds_at(evidence, rates, settings)
    bits = sum(weight[:, kind, None, None] * pattern_bits(evidence, rates, kind) for kind in KINDS)
    return np.asarray(bits), (weight * np.log2(1.0 - rates.unlistable)).sum(axis=1)


def fit(model: Model, rows: NDArray[np.int64], settings: InferenceSettings) -> Fitted:
    """Learn listing rates, usage and cars from these rows: two rounds, since each informs the others."""
    units = model.usage.shape[1]
    held = [model.untied[row] for row in rows]
    prior_fit = (0.0, settings.usage_slope, settings.usage_log_sd)
    priors = ClaimPriors()
    fitted = Fitted(
        prior_rates(settings),
        (prior_fit,) * units,
        settings.untied_share,
        settings.stray_regulars,
        prior_claim_fits(priors),
        tuple(prior_families(kind, settings) for kind in KINDS),
    )
    extra = _vehicles(model, fitted, settings, model.untied, model.tied)
    for told in (False, True):  # in the first round nothing has been told of usage and claims yet
        training = evidence_of(model, model.candidates.levels, model.candidates.named, extra).take(rows)
        rates = learn_rates(training, settings, fitted.rates)
        heads, weight = kinds_at(training, rates, settings)
        by_kind = [head.occupants for head in heads]
        cars = fit_cars(held, model.tied[rows], model.watched[rows], by_kind, weight, settings)
        occupants = mixed(heads, weight).occupants
        claims = tuple(
            fit_claims(model.claims[rows, kind], occupants, before if told else None, priors, kind)
            for kind, before in enumerate(fitted.claim_fits)
        )
        usage = tuple(fit_usage(model.usage[rows, unit], occupants, settings) for unit in range(units))
        shown = [shown_kin(model.candidates, head.residence, rows) for head in heads]
        fitted = Fitted(rates, usage, *cars, claims, learn_families(shown, weight, model.is_case[rows], settings))
        extra = _vehicles(model, fitted, settings, model.untied, model.tied)
        extra = extra + (_usage(model, fitted.usage_fits, settings) + _claims(model, fitted.claim_fits))[:, None, :]
    return fitted


def with_source_left_out(
    model: Model, fitted: Fitted, settings: InferenceSettings, leave_out: str | None
) -> tuple[NDArray[np.int8], NDArray[np.bool_], Array]:
    """Levels, named candidates and log-likelihoods over N as they are without the source; all of it for None."""
    levels, named = model.candidates.levels, model.candidates.named
    untied, tied = model.untied, model.tied
    if leave_out in SOURCES:
        levels = levels.copy()
        levels[:, :, _columns(leave_out)] = UNKNOWN
        if leave_out == "dmv_registrations":
            # Every car that stays is then an unattributed one.
            untied, tied = model.untied_blind, np.zeros_like(model.tied)
        listing = [i for i, s in enumerate(SOURCES) if s != "elsewhere"]
        named = named & (levels[:, :, listing] > 0).any(axis=2)
    extra = _no_extra(model)
    if leave_out != "vehicle_log":
        extra = extra + _vehicles(model, fitted, settings, untied, tied)
    if leave_out != "utility_usage":
        extra = extra + _usage(model, fitted.usage_fits, settings)[:, None, :]
    if leave_out != CLAIMS:
        extra = extra + _claims(model, fitted.claim_fits)[:, None, :]
    return levels, named, extra
