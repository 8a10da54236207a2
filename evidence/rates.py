"""Rates of a city, and what the listings of its dwellings say under them.

Each listed person either lives at the dwelling or does not; sources show levels (current, stale, absent ...) with
different frequencies in the two classes, by kind of household: owners, renters, students. Which of the two a rented
dwelling holds is summed over, exactly: students are in the university's list and seldom on a registration, so that
sources depend on one another, and occupants of one dwelling are alike. `rate_learning` learns the rates.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from evidence.distributions import log_gamma
from evidence.headcount import Array
from evidence.occupancy_prior import OWNER, RENTER, crowding_slope, tilt_to_crowded
from evidence.one_person import Merges
from evidence.settings import LEVEL_PRIORS, LEVELS, STUDENT_PRIORS, InferenceSettings, LevelPrior
from evidence.shown import CERTAIN, Shown, shown_by

# Sources whose level 0 is not "the list does not name this occupant".
CARS = ("vehicle_log", "other_car", "unlisted_driver")
NOT_A_LIST = ("elsewhere", *CARS)
UNKNOWN = -1  # the source cannot tell (not asked, not watched, absent from the folder)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All dwellings as arrays. levels: (n, K, S) Int8 level codes, UNKNOWN where a source cannot tell; named: (n, K)
    True for a candidate, False for padding; sure: (n, K, S) that a listing is of this dwelling; merges:
    candidates who may be one person; prior: (n, M + 1) before the complaint; extra: (n, 3, M + 1)
    log-likelihood of usage and vehicles by kind of household; tenure: (n,); is_case: (n,) a complaint selected this
    dwelling; present: (S,) the source is in the folder; case_prior: (c, M + 1) the prior of every case of the city,
    whichever rows are held here; shown: see `laid_out`.
    """

    sources: tuple[str, ...]
    levels: NDArray[np.int8]
    named: NDArray[np.bool_]
    sure: Array
    merges: Merges
    prior: Array
    extra: Array
    tenure: NDArray[np.int64]
    is_case: NDArray[np.bool_]
    present: NDArray[np.bool_]
    case_prior: Array
    shown: Shown | None = None

    def laid_out(self) -> "Evidence":
        """The same with what its candidates show put in order, for sums under many rates."""
        return replace(self, shown=shown_by(self.levels, self.named, self.sure, self.tells))

    @property
    def tells(self) -> NDArray[np.bool_]:
        """(n, S) the source could tell about some candidate of the dwelling."""
        if self.shown is not None:
            return self.shown.tells
        told: NDArray[np.bool_] = np.asarray((self.levels >= 0).any(axis=1), dtype=np.bool_)
        return told

    def take(self, rows: NDArray[np.int64]) -> "Evidence":
        """The dwellings at these positions."""
        return replace(
            self,
            levels=self.levels[rows],
            named=self.named[rows],
            sure=self.sure[rows],
            merges=self.merges.take(rows),
            prior=self.prior[rows],
            extra=self.extra[rows],
            tenure=self.tenure[rows],
            is_case=self.is_case[rows],
            shown=None,
        )

    def of_candidates(self, value: Callable[[NDArray[np.int8], Array], Array]) -> Array:
        """(c,) or (c, S) of all named candidates. value: of (m, S) level codes and how sure they are; asked once of
        what several candidates show, where that is laid out.
        """
        if self.shown is None:
            return value(self.levels[self.named], self.sure[self.named])
        return value(self.shown.codes, self.shown.sure)[self.shown.number]


# Kinds of household: a rented dwelling is of either of the last two, with a probability (`kind_shares`).
OWNERS, RENTERS, STUDENTS = 0, 1, 2
KINDS = (OWNERS, RENTERS, STUDENTS)
TENURE_OF = (OWNER, RENTER, RENTER)


@dataclass(frozen=True, slots=True)
class Rates:
    """Learned rates, by kind of household (first axis: OWNERS, RENTERS, STUDENTS).

    occupant/other: source -> (3, levels) level probabilities of occupants and of other listed persons; unlistable: (3,)
    share of occupants whom no list could name (children); stale: (3,) other listed persons a dwelling, stale_shape:
    (3,) gamma shape of their density (few names at most dwellings, many where tenants turn over); anchor: (3,)
    log-odds of a listed person beyond the listings; students: share of rented dwellings that students hold; crowded:
    share of the cases with `crowded_from` or more occupants.
    """

    occupant: dict[str, Array]
    other: dict[str, Array]
    unlistable: Array
    stale: Array
    stale_shape: Array
    anchor: Array
    students: float
    crowded: float
    dwellings: int
    iterations: int

    def bits(self, source: str) -> Array:
        """(3, levels) log2 Bayes factor of each level of a source, for living there."""
        ratio: Array = np.log2(self.occupant[source] / self.other[source])
        return ratio

    def coverage(self, source: str) -> float:
        """Share of the listable occupants of rented dwellings whom the source names at all."""
        named = 1.0 - self.occupant[source][:, 0]
        return float((1.0 - self.students) * named[RENTERS] + self.students * named[STUDENTS])


def prior_rates(settings: InferenceSettings) -> Rates:
    """The rates before any city is seen."""
    occupant = {s: np.stack([normalised(level_prior(s, k).occupant) for k in KINDS]) for s in LEVELS}
    other = {s: np.stack([normalised(level_prior(s, k).other) for k in KINDS]) for s in LEVELS}
    return Rates(
        occupant,
        other,
        np.array(settings.unlistable),
        np.array(settings.stale_per_dwelling),
        np.full(3, settings.stale_shape),
        np.zeros(3),
        settings.student_share,
        settings.crowded_share_of_cases,
        0,
        0,
    )


def level_prior(source: str, kind: int) -> LevelPrior:
    """The prior of a source's levels for one kind of household."""
    return STUDENT_PRIORS.get(source, LEVEL_PRIORS[source]) if kind == STUDENTS else LEVEL_PRIORS[source]


def normalised(values: tuple[float, ...]) -> Array:
    array: Array = np.asarray(values, dtype=float)
    normalised: Array = array / array.sum()
    return normalised


def pattern_bits(evidence: Evidence, rates: Rates, kind: int) -> Array:
    """(n, K, S) log2 Bayes factor of each listing in one kind of household; 0 where the source cannot tell."""
    bits = np.zeros(evidence.levels.shape)
    codes, sure = evidence.levels[evidence.named], evidence.sure[evidence.named]
    bits[evidence.named] = _bits(codes, sure, evidence.sources, rates, kind)
    return bits


def _bits(codes: NDArray[np.int8], sure: Array, sources: tuple[str, ...], rates: Rates, kind: int) -> Array:
    """(m, S) log2 Bayes factors. A listing that may be of another dwelling may be none here.

    How sure it is was said without regard to who lives here: so the chances of what is written, given a true level, are
    as `sure` over how common that level is.
    """
    bits = _looked_up(codes, [rates.bits(source)[kind] for source in sources])
    doubtful = (sure < CERTAIN) & (codes > 0)
    for index in np.flatnonzero(doubtful.any(axis=0)):
        rows = np.flatnonzero(doubtful[:, index])
        lives, other = (table[sources[index]][kind] for table in (rates.occupant, rates.other))
        code, common = codes[rows, index], (lives + other) / 2.0
        listed, none = sure[rows, index] / common[code], (1.0 - sure[rows, index]) / common[0]
        bits[rows, index] = np.log2((listed * lives[code] + none * lives[0]) / (listed * other[code] + none * other[0]))
    return bits


def _looked_up(codes: NDArray[np.int8], tables: list[Array]) -> Array:
    """(m, S) the value of each level code in its source's table; 0 where the source cannot tell."""
    columns = [np.append(table, 0.0)[codes[:, index]] for index, table in enumerate(tables)]  # UNKNOWN is the last
    return np.stack(columns, axis=1)


def log_other(evidence: Evidence, rates: Rates, kind: int) -> Array:
    """(n,) log probability that the candidates show these patterns, if all of them were other listed persons."""
    tables = [np.log(rates.other[source][kind]) for source in evidence.sources]
    log_p = evidence.of_candidates(lambda codes, _: _looked_up(codes, tables).sum(axis=1))
    of = np.nonzero(evidence.named)[0]
    total: Array = np.bincount(of, weights=log_p, minlength=len(evidence.tenure)).astype(np.float64)
    return total


def shifted(rates: Rates, shift: float) -> Rates:
    """The rates of a dwelling whose occupants the lists miss more (shift > 0) or less often than the city's.

    shift: on the log-odds of not being listed, alike in all sources; what a listing says, if there is one, stays.
    """
    occupant = dict(rates.occupant)
    for source in LEVELS:
        if source in NOT_A_LIST:
            continue
        table = rates.occupant[source]
        odds = table[:, :1] / (1.0 - table[:, :1]) * np.exp(shift)
        absent = odds / (1.0 + odds)
        occupant[source] = np.concatenate([absent, table[:, 1:] / (1.0 - table[:, :1]) * (1.0 - absent)], axis=1)
    return replace(rates, occupant=occupant)


def unnamed_share(evidence: Evidence, rates: Rates, kind: int) -> Array:
    """(n,) q0: the chance that an occupant is named by none of the sources that could tell about this dwelling."""
    missed = np.ones(len(evidence.tenure))
    told, nobody = evidence.tells, ~evidence.named.any(axis=1)
    for index, source in enumerate(evidence.sources):
        if source in NOT_A_LIST:
            continue
        tells = told[:, index] | nobody
        missed *= np.where(tells & evidence.present[index], rates.occupant[source][kind, 0], 1.0)
    unlistable = rates.unlistable[kind]
    q0: Array = np.clip(unlistable + (1.0 - unlistable) * missed, 0.005, 0.99)
    return q0


def occupant_odds(evidence: Evidence, rates: Rates, kind: int) -> Array:
    """(n, K) the o_i of `headcount`: an occupant's chance of this pattern over that of a stale name."""
    base = (1.0 - rates.unlistable[kind]) * np.exp(rates.anchor[kind])
    bits = evidence.of_candidates(lambda codes, sure: _bits(codes, sure, evidence.sources, rates, kind).sum(axis=1))
    odds = np.zeros(evidence.named.shape)
    odds[evidence.named] = base * np.exp2(np.clip(bits, -60.0, 60.0))
    return odds


def person_odds(evidence: Evidence, rates: Rates, kind: int) -> tuple[Array, Merges]:
    """`occupant_odds` where candidates who may be one person are counted as such (`one_person`); and those pairs."""
    odds, merges = occupant_odds(evidence, rates, kind), evidence.merges
    if not len(merges.rows):
        return odds, merges
    codes = merges.combined(evidence.levels, np.isin(evidence.sources, CARS))
    base = (1.0 - rates.unlistable[kind]) * np.exp(rates.anchor[kind])
    bits = _bits(codes, np.ones(codes.shape), evidence.sources, rates, kind).sum(axis=1)
    return merges.apart(odds, base * np.exp2(np.clip(bits, -60.0, 60.0)))


def log_stale(evidence: Evidence, rates: Rates, kind: int) -> Array:
    """(n, K + 1) log weight of k named occupants by the stale names that leaves, K_d - k.

    The density of stale names differs between dwellings as a gamma distribution: their number is negative binomial, so
    a dwelling with some stale names has more (a Poisson count would make every further name an occupant).
    """
    _, k = evidence.named.shape
    left_over = np.maximum(evidence.named.sum(axis=1)[:, None] - np.arange(k + 1)[None, :], 0)
    shape, mean = rates.stale_shape[kind], rates.stale[kind]
    empty = shape * np.log(shape / (shape + mean)) - lgamma(shape)
    number = np.arange(k + 1)
    by_number = log_gamma(shape, number) - number * np.log1p(shape / mean) + empty
    weights: Array = by_number[left_over]
    return weights


def log_prior_of(evidence: Evidence, rates: Rates, settings: InferenceSettings) -> Array:
    """(n, M + 1) log pi(N): complaint-tilted for cases, as it stands for others."""
    prior = evidence.prior
    if evidence.is_case.any():
        # The slope belongs to the city's complaints as a whole: a case is answered alike, whoever is asked with it.
        slope = crowding_slope(evidence.case_prior, rates.crowded, settings.crowded_from)
        prior = prior.copy()
        prior[evidence.is_case] = tilt_to_crowded(evidence.prior[evidence.is_case], slope)
    log_pi: Array = np.log(np.maximum(prior, 1e-12))
    return log_pi
