"""Rates of this city, learned by expectation-maximisation over the overlap of its sources.

Each listed person either lives at the dwelling or does not; sources show levels (current, stale, absent ...) with
different frequencies in the two classes. The E-step is the exact headcount posterior, the M-step counts with Dirichlet
and Beta priors (`settings.LEVEL_PRIORS`). This is a latent-class / multi-list capture model: coverage and staleness
come from the city at hand, the priors keep a small city stable and the classes from trading names.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evidence.headcount import Array, Headcount, headcount
from evidence.occupancy_prior import OWNER, RENTER, tilt_to_crowded
from evidence.settings import LEVEL_PRIORS, LEVELS, InferenceSettings

UNKNOWN = -1  # the source cannot tell (not asked, not watched, absent from the folder)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All dwellings as arrays. levels: (n, K, S) Int8 level codes, UNKNOWN where a source cannot tell; named: (n, K)
    True for a candidate, False for padding; prior: (n, M + 1) before the complaint; extra: (n, M + 1) log-likelihood
    of usage and vehicles; tenure: (n,); is_case: (n,) a complaint selected this dwelling.
    """

    sources: tuple[str, ...]
    levels: NDArray[np.int8]
    named: NDArray[np.bool_]
    prior: Array
    extra: Array
    tenure: NDArray[np.int64]
    is_case: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rates:
    """Learned rates. occupant/other: source -> level probabilities; unlisted, stale: by tenure; crowded: of the cases."""

    occupant: dict[str, Array]
    other: dict[str, Array]
    unlisted: Array
    stale: Array
    crowded: float
    dwellings: int
    iterations: int

    def bits(self, source: str) -> Array:
        """log2 Bayes factor of each level of a source, for living there."""
        ratio: Array = np.log2(self.occupant[source] / self.other[source])
        return ratio


def prior_rates(settings: InferenceSettings) -> Rates:
    """The rates before any city is seen."""
    occupant = {s: _normalised(LEVEL_PRIORS[s].occupant) for s in LEVELS}
    other = {s: _normalised(LEVEL_PRIORS[s].other) for s in LEVELS}
    unlisted = np.array([settings.unlisted_prior_owner, settings.unlisted_prior_renter])
    stale = np.array([settings.stale_per_dwelling_owner, settings.stale_per_dwelling_renter])
    return Rates(occupant, other, unlisted, stale, settings.crowded_share_of_cases, 0, 0)


def _normalised(values: tuple[float, ...]) -> Array:
    array: Array = np.asarray(values, dtype=float)
    normalised: Array = array / array.sum()
    return normalised


def pattern_bits(evidence: Evidence, rates: Rates) -> Array:
    """(n, K, S) log2 Bayes factor of each listing; 0 where the source cannot tell and for padding."""
    bits = np.zeros(evidence.levels.shape)
    for index, source in enumerate(evidence.sources):
        code = evidence.levels[:, :, index]
        bits[:, :, index] = np.where(code >= 0, rates.bits(source)[np.maximum(code, 0)], 0.0)
    bits *= evidence.named[:, :, None]
    return bits


def occupant_odds(evidence: Evidence, rates: Rates) -> Array:
    """(n, K) the o_i of `headcount`: listing pattern, chance of being listed at all, density of stale names."""
    base = (1.0 - rates.unlisted[evidence.tenure]) / rates.stale[evidence.tenure]
    bits = np.clip(pattern_bits(evidence, rates).sum(axis=2), -60.0, 60.0)
    return np.where(evidence.named, base[:, None] * np.exp2(bits), 0.0)


def log_prior(evidence: Evidence, rates: Rates, settings: InferenceSettings) -> Array:
    """(n, M + 1) log pi(N) + log L(N): complaint-tilted for cases, as it stands for other dwellings."""
    prior = evidence.prior
    if evidence.is_case.any():
        prior = prior.copy()
        prior[evidence.is_case] = tilt_to_crowded(
            evidence.prior[evidence.is_case], rates.crowded, settings.crowded_from
        )
    log_pi: Array = np.log(np.maximum(prior, 1e-12)) + evidence.extra
    return log_pi


def posterior(evidence: Evidence, rates: Rates, settings: InferenceSettings) -> Headcount:
    """Exact posterior of every dwelling's headcount and its candidates' residence under the given rates."""
    return headcount(
        occupant_odds(evidence, rates), log_prior(evidence, rates, settings), rates.unlisted[evidence.tenure]
    )


def learn_rates(evidence: Evidence, settings: InferenceSettings) -> Rates:
    """Expectation-maximisation from the prior rates; deterministic, stops when no rate moves by more than 0.001."""
    rates = prior_rates(settings)
    if not evidence.named.any():
        return rates
    for iteration in range(1, settings.em_iterations + 1):
        step = _maximise(evidence, posterior(evidence, rates, settings), settings)
        moved = max(
            *(float(np.abs(step.occupant[s] - rates.occupant[s]).max()) for s in evidence.sources),
            float(np.abs(step.unlisted - rates.unlisted).max()),
            abs(step.crowded - rates.crowded),
        )
        rates = replace(step, iterations=iteration)
        if moved < 1e-3:
            break
    return rates


def _maximise(evidence: Evidence, expected: Headcount, settings: InferenceSettings) -> Rates:
    lives = expected.residence * evidence.named
    stays_away = (1.0 - expected.residence) * evidence.named
    occupant: dict[str, Array] = {}
    other: dict[str, Array] = {}
    for index, source in enumerate(evidence.sources):
        code = evidence.levels[:, :, index]
        count = len(LEVELS[source])
        strength = settings.level_prior_strength
        for weight, prior, target in (
            (lives, LEVEL_PRIORS[source].occupant, occupant),
            (stays_away, LEVEL_PRIORS[source].other, other),
        ):
            told = code >= 0
            seen = np.bincount(code[told], weights=weight[told], minlength=count)[:count]
            total = seen + strength * _normalised(prior)
            target[source] = total / total.sum()
    unlisted, stale = np.zeros(2), np.zeros(2)
    people = expected.occupants @ np.arange(expected.occupants.shape[1])
    for tenure, share, per_dwelling in (
        (OWNER, settings.unlisted_prior_owner, settings.stale_per_dwelling_owner),
        (RENTER, settings.unlisted_prior_renter, settings.stale_per_dwelling_renter),
    ):
        rows = evidence.tenure == tenure
        strength = settings.unlisted_prior_strength
        unlisted[tenure] = (expected.unnamed_mean[rows].sum() + strength * share) / (people[rows].sum() + strength)
        strength = settings.stale_prior_strength
        stale[tenure] = (stays_away[rows].sum() + strength * per_dwelling) / (rows.sum() + strength)
    crowded = expected.occupants[evidence.is_case][:, settings.crowded_from :].sum()
    strength = settings.crowded_prior_strength
    share = (crowded + strength * settings.crowded_share_of_cases) / (evidence.is_case.sum() + strength)
    return Rates(
        occupant, other, np.clip(unlisted, 0.01, 0.95), np.maximum(stale, 0.01), float(share), len(evidence.tenure), 0
    )
