"""Rates of this city, learned by expectation-maximisation over the overlap of its sources.

The E-step is the exact posterior of headcount and kind of household, the M-step counts with Dirichlet and Beta priors
(`settings.LEVEL_PRIORS`). This is a latent-class / multi-list capture model: coverage and staleness come from the city
at hand, the priors keep a small city stable and the classes from trading names.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evidence.headcount import Array, Margins
from evidence.kinds import Tenures, kind_margins
from evidence.occupancy_prior import OWNER, RENTER
from evidence.rates import (
    KINDS,
    NOT_A_LIST,
    STUDENTS,
    TENURE_OF,
    Evidence,
    Rates,
    level_prior,
    normalised,
    prior_rates,
    unnamed_share,
)
from evidence.settings import LEVELS, InferenceSettings


def learn_rates(evidence: Evidence, settings: InferenceSettings, start: Rates | None = None) -> Rates:
    """Expectation-maximisation from the prior rates, or from `start`; deterministic, stops when no rate moves by more
    than 0.001.
    """
    rates = start or prior_rates(settings)
    if not evidence.named.any():
        return rates
    evidence, tenures = evidence.laid_out(), Tenures.of(evidence).laid_out()
    # By source the level code of each candidate, from 1 on; 0 where the source cannot tell.
    codes = (evidence.levels[evidence.named].astype(np.int64) + 1).T.copy()
    for iteration in range(1, settings.em_iterations + 1):
        step = _maximise(evidence, codes, *kind_margins(tenures, rates, settings), rates, settings)
        moved = max(
            *(float(np.abs(step.occupant[s] - rates.occupant[s]).max()) for s in evidence.sources),
            float(np.abs(step.stale - rates.stale).max()),
            abs(step.crowded - rates.crowded),
        )
        rates = replace(step, iterations=iteration)
        if moved < 1e-3:
            break
    return rates


def _maximise(
    evidence: Evidence,
    codes: NDArray[np.int64],
    heads: tuple[Margins, ...],
    weight: Array,
    rates: Rates,
    settings: InferenceSettings,
) -> Rates:
    tells = evidence.tells
    occupant: dict[str, Array] = {s: np.zeros_like(rates.occupant[s]) for s in LEVELS}
    other: dict[str, Array] = {s: np.zeros_like(rates.other[s]) for s in LEVELS}
    stale, shape, anchor = np.zeros(3), np.zeros(3), np.zeros(3)
    occupants, residence = np.zeros_like(evidence.prior), np.zeros(evidence.named.shape)
    for kind, head in zip(KINDS, heads, strict=True):
        w = weight[:, kind]
        lives = (head.residence * w[:, None])[evidence.named]
        stays_away = ((1.0 - head.residence) * w[:, None])[evidence.named]
        # Occupants nobody names are either unlistable or were missed by every list: only the latter speak of coverage.
        q0 = unnamed_share(evidence, rates, kind)
        missed = w * head.unnamed_mean * (1.0 - rates.unlistable[kind] / q0)
        for index, source in enumerate(evidence.sources):
            code, prior, count = codes[index], level_prior(source, kind), len(LEVELS[source]) + 1
            in_class = np.bincount(code, weights=lives, minlength=count)[1:].astype(np.float64)
            if source not in NOT_A_LIST:
                in_class[0] += missed[tells[:, index]].sum()
            out_class = np.bincount(code, weights=stays_away, minlength=count)[1:].astype(np.float64)
            occupant[source][kind] = _shrunk(in_class, prior.occupant, settings)
            other[source][kind] = _shrunk(out_class, prior.other, settings)
        stale[kind], shape[kind] = _stale_moments(head, evidence, w, settings.stale_per_dwelling[kind], settings)
        occupants += w[:, None] * head.occupants
        residence += w[:, None] * head.residence
    for tenure in (OWNER, RENTER):
        rows = (evidence.tenure == tenure) & ~evidence.is_case
        kinds = [k for k in KINDS if TENURE_OF[k] == tenure]
        anchor[kinds] = _anchored(evidence, occupants, residence, float(rates.anchor[kinds[0]]), rows)
    strength = settings.crowded_prior_strength
    crowded = float(occupants[evidence.is_case][:, settings.crowded_from :].sum())
    share = (crowded + strength * settings.crowded_share_of_cases) / (evidence.is_case.sum() + strength)
    rented = weight[evidence.tenure == RENTER]
    few = settings.stale_prior_strength
    students = (rented[:, STUDENTS].sum() + few * settings.student_share) / (len(rented) + few)
    stale, shape = np.maximum(stale, 0.01), np.clip(shape, 0.2, 20.0)
    return Rates(
        occupant, other, rates.unlistable, stale, shape, anchor, float(students), float(share), len(evidence.tenure), 0
    )


def _shrunk(seen: Array, prior: tuple[float, ...], settings: InferenceSettings) -> Array:
    """Level probabilities from expected counts and the Dirichlet prior."""
    strength = settings.level_prior_strength + settings.level_prior_share * seen.sum()
    total = seen + strength * normalised(prior)
    shrunk: Array = total / total.sum()
    return shrunk


def _stale_moments(
    head: Margins, evidence: Evidence, w: Array, per_dwelling: float, settings: InferenceSettings
) -> tuple[float, float]:
    """Mean and gamma shape of the stale names of dwellings of one kind (w: probability that it is of the kind)."""
    away = (1.0 - head.residence) * evidence.named
    left_over = away.sum(axis=1)
    spread = (head.residence * away).sum(axis=1)
    strength = settings.stale_prior_strength
    mean = float((w @ left_over + strength * per_dwelling) / (w.sum() + strength))
    # Moments of the negative binomial: variance = mean + mean^2 / shape, the prior's variance counting `strength`.
    squares = float(w @ ((left_over - mean) ** 2 + spread))
    variance = (squares + strength * (mean + mean**2 / settings.stale_shape)) / (w.sum() + strength)
    return mean, float(mean**2 / max(variance - mean, mean**2 / 20.0))


def _anchored(evidence: Evidence, occupants: Array, residence: Array, anchor: float, rows: NDArray[np.bool_]) -> float:
    """One Newton step of the anchor towards the survey's mean household size over these dwellings.

    How many of the listed live there is what list overlap identifies least: sources depend on one another. The
    survey's household size is known better, so the listings are calibrated to it, as survey weights are to totals.
    """
    n = int(rows.sum())
    if n == 0:
        return anchor
    counts = np.arange(occupants.shape[1])
    wanted = float((evidence.prior[rows] @ counts).mean())
    found = float((occupants[rows] @ counts).mean())
    slope = float((residence[rows] * (1.0 - residence[rows])).sum() / n)
    trust = n / (n + 300.0)
    step = (wanted - found) / max(slope, 0.1) * trust
    return float(np.clip(anchor + np.clip(step, -0.3, 0.3), -3.0, 3.0))
