"""Rates of this city, learned by expectation-maximisation over the overlap of its sources.

Each listed person either lives at the dwelling or does not; sources show levels (current, stale, absent ...) with
different frequencies in the two classes. The E-step is the exact headcount posterior, the M-step counts with Dirichlet
and Beta priors (`settings.LEVEL_PRIORS`). This is a latent-class / multi-list capture model: coverage and staleness
come from the city at hand, the priors keep a small city stable and the classes from trading names.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from evidence.headcount import Array, Headcount, headcount
from evidence.occupancy_prior import OWNER, RENTER, crowded_factor, tilt_to_crowded
from evidence.settings import LEVEL_PRIORS, LEVELS, InferenceSettings

# Sources whose level 0 is not "the list does not name this occupant".
NOT_A_LIST = ("elsewhere", "vehicle_log")
UNKNOWN = -1  # the source cannot tell (not asked, not watched, absent from the folder)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All dwellings as arrays. levels: (n, K, S) Int8 level codes, UNKNOWN where a source cannot tell; named: (n, K)
    True for a candidate, False for padding; prior: (n, M + 1) before the complaint; extra: (n, M + 1) log-likelihood of
    usage and vehicles; tenure: (n,); is_case: (n,) a complaint selected this dwelling; present: (S,) the source is in
    the folder; case_prior: (c, M + 1) the prior of every case of the city, whichever rows are held here.
    """

    sources: tuple[str, ...]
    levels: NDArray[np.int8]
    named: NDArray[np.bool_]
    prior: Array
    extra: Array
    tenure: NDArray[np.int64]
    is_case: NDArray[np.bool_]
    present: NDArray[np.bool_]
    case_prior: Array


@dataclass(frozen=True, slots=True)
class Rates:
    """Learned rates, by tenure (first axis: OWNER, RENTER).

    occupant/other: source -> (2, levels) level probabilities of occupants and of other listed persons; unlistable: (2,)
    share of occupants whom no list could name (children); stale: (2,) other listed persons a dwelling, stale_shape:
    (2,) gamma shape of their density (few names at most dwellings, many where tenants turn over); crowded: share of
    the cases with `crowded_from` or more occupants.
    """

    occupant: dict[str, Array]
    other: dict[str, Array]
    unlistable: Array
    stale: Array
    stale_shape: Array
    anchor: Array
    crowded: float
    dwellings: int
    iterations: int

    def bits(self, source: str) -> Array:
        """(2, levels) log2 Bayes factor of each level of a source, for living there."""
        ratio: Array = np.log2(self.occupant[source] / self.other[source])
        return ratio

    def coverage(self, source: str, tenure: int = RENTER) -> float:
        """Share of listable occupants whom the source names at all."""
        return float(1.0 - self.occupant[source][tenure, 0])


def prior_rates(settings: InferenceSettings) -> Rates:
    """The rates before any city is seen."""
    occupant = {s: np.tile(_normalised(LEVEL_PRIORS[s].occupant), (2, 1)) for s in LEVELS}
    other = {s: np.tile(_normalised(LEVEL_PRIORS[s].other), (2, 1)) for s in LEVELS}
    unlistable = np.array([settings.unlistable_owner, settings.unlistable_renter])
    stale = np.array([settings.stale_per_dwelling_owner, settings.stale_per_dwelling_renter])
    shape = np.full(2, settings.stale_shape)
    anchor = np.zeros(2)
    return Rates(occupant, other, unlistable, stale, shape, anchor, settings.crowded_share_of_cases, 0, 0)


def _normalised(values: tuple[float, ...]) -> Array:
    array: Array = np.asarray(values, dtype=float)
    normalised: Array = array / array.sum()
    return normalised


def pattern_bits(evidence: Evidence, rates: Rates) -> Array:
    """(n, K, S) log2 Bayes factor of each listing; 0 where the source cannot tell and for padding."""
    bits = np.zeros(evidence.levels.shape)
    for index, source in enumerate(evidence.sources):
        code = evidence.levels[:, :, index]
        level_bits = rates.bits(source)[evidence.tenure[:, None], np.maximum(code, 0)]
        bits[:, :, index] = np.where(code >= 0, level_bits, 0.0)
    bits *= evidence.named[:, :, None]
    return bits


def unnamed_share(evidence: Evidence, rates: Rates) -> Array:
    """(n,) q0: the chance that an occupant is named by none of the sources that could tell about this dwelling."""
    missed = np.ones(len(evidence.tenure))
    for index, source in enumerate(evidence.sources):
        if source in NOT_A_LIST:
            continue
        tells = (evidence.levels[:, :, index] >= 0).any(axis=1) | ~evidence.named.any(axis=1)
        absent = rates.occupant[source][evidence.tenure, 0]
        missed *= np.where(tells & evidence.present[index], absent, 1.0)
    unlistable = rates.unlistable[evidence.tenure]
    q0: Array = np.clip(unlistable + (1.0 - unlistable) * missed, 0.005, 0.99)
    return q0


def occupant_odds(evidence: Evidence, rates: Rates) -> Array:
    """(n, K) the o_i of `headcount`: an occupant's chance of this pattern over that of a stale name."""
    base = (1.0 - rates.unlistable[evidence.tenure]) * np.exp(rates.anchor[evidence.tenure])
    bits = np.clip(pattern_bits(evidence, rates).sum(axis=2), -60.0, 60.0)
    return np.where(evidence.named, base[:, None] * np.exp2(bits), 0.0)


def log_stale(evidence: Evidence, rates: Rates) -> Array:
    """(n, K + 1) log weight of k named occupants by the stale names that leaves, K_d - k (up to a constant a dwelling).

    The density of stale names differs between dwellings as a gamma distribution: their number is negative binomial, so
    a dwelling with some stale names has more (a Poisson count would make every further name an occupant).
    """
    _, k = evidence.named.shape
    left_over = np.maximum(evidence.named.sum(axis=1)[:, None] - np.arange(k + 1)[None, :], 0)
    shape = rates.stale_shape[evidence.tenure][:, None]
    density = shape / rates.stale[evidence.tenure][:, None]
    weights: Array = gammaln(shape + left_over) - left_over * np.log1p(density)
    return weights


def log_prior(evidence: Evidence, rates: Rates, settings: InferenceSettings) -> Array:
    """(n, M + 1) log pi(N) + log L(N): complaint-tilted for cases, as it stands for other dwellings."""
    prior = evidence.prior
    if evidence.is_case.any():
        # The factor belongs to the city's complaints as a whole: a case is answered alike, whoever is asked with it.
        factor = crowded_factor(evidence.case_prior, rates.crowded, settings.crowded_from)
        prior = prior.copy()
        prior[evidence.is_case] = tilt_to_crowded(evidence.prior[evidence.is_case], factor, settings.crowded_from)
    log_pi: Array = np.log(np.maximum(prior, 1e-12)) + evidence.extra
    return log_pi


def posterior(evidence: Evidence, rates: Rates, settings: InferenceSettings) -> Headcount:
    """Exact posterior of every dwelling's headcount and its candidates' residence under the given rates."""
    return headcount(
        occupant_odds(evidence, rates),
        log_prior(evidence, rates, settings),
        unnamed_share(evidence, rates),
        log_stale(evidence, rates),
    )


def learn_rates(evidence: Evidence, settings: InferenceSettings) -> Rates:
    """Expectation-maximisation from the prior rates; deterministic, stops when no rate moves by more than 0.001."""
    rates = prior_rates(settings)
    if not evidence.named.any():
        return rates
    for iteration in range(1, settings.em_iterations + 1):
        step = _maximise(evidence, posterior(evidence, rates, settings), rates, settings)
        moved = max(
            *(float(np.abs(step.occupant[s] - rates.occupant[s]).max()) for s in evidence.sources),
            float(np.abs(step.stale - rates.stale).max()),
            abs(step.crowded - rates.crowded),
        )
        rates = replace(step, iterations=iteration)
        if moved < 1e-3:
            break
    return rates


def _maximise(evidence: Evidence, expected: Headcount, rates: Rates, settings: InferenceSettings) -> Rates:
    lives = expected.residence * evidence.named
    stays_away = (1.0 - expected.residence) * evidence.named
    # Occupants nobody names are either unlistable or were missed by every list: only the latter speak of coverage.
    q0 = unnamed_share(evidence, rates)
    missed = expected.unnamed_mean * (1.0 - rates.unlistable[evidence.tenure] / q0)
    occupant: dict[str, Array] = {}
    other: dict[str, Array] = {}
    for index, source in enumerate(evidence.sources):
        code = evidence.levels[:, :, index]
        tells = (code >= 0).any(axis=1) & (source not in NOT_A_LIST)
        count = len(LEVELS[source])
        occupant[source], other[source] = np.zeros((2, count)), np.zeros((2, count))
        for tenure in (OWNER, RENTER):
            rows = evidence.tenure == tenure
            told = (code >= 0) & rows[:, None]
            for weight, prior, target in (
                (lives, LEVEL_PRIORS[source].occupant, occupant),
                (stays_away, LEVEL_PRIORS[source].other, other),
            ):
                seen = np.bincount(code[told], weights=weight[told], minlength=count)[:count]
                if target is occupant:
                    seen[0] += missed[rows & tells].sum()
                strength = settings.level_prior_strength + settings.level_prior_share * seen.sum()
                total = seen + strength * _normalised(prior)
                target[source][tenure] = total / total.sum()
    stale, shape, anchor = np.zeros(2), np.zeros(2), np.zeros(2)
    left_over = stays_away.sum(axis=1)
    spread = (expected.residence * stays_away).sum(axis=1)
    for tenure, per_dwelling in (
        (OWNER, settings.stale_per_dwelling_owner),
        (RENTER, settings.stale_per_dwelling_renter),
    ):
        rows = evidence.tenure == tenure
        strength = settings.stale_prior_strength
        mean = (left_over[rows].sum() + strength * per_dwelling) / (rows.sum() + strength)
        # Moments of the negative binomial: variance = mean + mean^2 / shape, the prior's variance counting `strength`.
        squares = ((left_over[rows] - mean) ** 2 + spread[rows]).sum()
        variance = (squares + strength * (mean + mean**2 / settings.stale_shape)) / (rows.sum() + strength)
        anchor[tenure] = _anchored(evidence, expected, rates.anchor[tenure], rows & ~evidence.is_case)
        stale[tenure], shape[tenure] = mean, mean**2 / max(variance - mean, mean**2 / 20.0)
    crowded = expected.occupants[evidence.is_case][:, settings.crowded_from :].sum()
    strength = settings.crowded_prior_strength
    share = (crowded + strength * settings.crowded_share_of_cases) / (evidence.is_case.sum() + strength)
    stale, shape = np.maximum(stale, 0.01), np.clip(shape, 0.2, 20.0)
    return Rates(occupant, other, rates.unlistable, stale, shape, anchor, float(share), len(evidence.tenure), 0)


def _anchored(evidence: Evidence, expected: Headcount, anchor: float, rows: NDArray[np.bool_]) -> float:
    """One Newton step of the anchor towards the survey's mean household size over these dwellings.

    How many of the listed live there is what list overlap identifies least: sources depend on one another. The
    survey's household size is known better, so the listings are calibrated to it, as survey weights are to totals.
    """
    n = int(rows.sum())
    if n == 0:
        return anchor
    counts = np.arange(expected.occupants.shape[1])
    wanted = float((evidence.prior[rows] @ counts).mean())
    found = float((expected.occupants[rows] @ counts).mean())
    slope = float((expected.residence[rows] * (1.0 - expected.residence[rows])).sum() / n)
    trust = n / (n + 300.0)
    step = (wanted - found) / max(slope, 0.1) * trust
    return float(np.clip(anchor + np.clip(step, -0.3, 0.3), -3.0, 3.0))
