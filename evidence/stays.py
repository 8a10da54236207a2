"""The posterior of a stay: what kind of comer a car is, from when to when, and how many nights a week.

A car on the log belongs to somebody who lives there, to a guest, or to an evening visitor. A stay runs from a day B to
a day E; on each night between, the car is there with the stay's nightly rate q; outside it stands there in the evening
at most, with chance v. A look sees a car that is there with the detection rate of that part of the night. B, E, q and v
lie on grids, every combination is weighed by all looks of the case, and the nights in the best twelve months follow as
proved nights plus a binomial number of the rest: exact on the grid, no sampling.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from evidence.headcount import Array

Ints = NDArray[np.int64]
PERIODS = ("day", "evening", "deep", "morning")
DAYS = 366  # nights of the longest twelve months
STEP = 6  # days between the columns of the binomial table; between them it is interpolated
SAW = 2

# Days before the first (after the last) night of the stay that was seen at which it may have begun (ended).
BACK = np.array([0, 3, 8, 15, 24, 35, 48, 64, 82, 104, 130, 160, 195, 235, 280, 325, 366], dtype=float)
ON = np.array([0, 3, 8, 15, 24, 35, 48, 64, 90, 130], dtype=float)
RATES = np.array([0.0, 0.04, 0.1, 0.18, 0.27, 0.36, 0.45, 0.54, 0.63, 0.72, 0.81, 0.89, 0.96])
EVENINGS = np.array([0.03, 0.12, 0.35])  # shares of days and evenings on which it stands there without staying
EVENING_WEIGHTS = np.array([0.4, 0.4, 0.2])
CHUNK = 400  # vehicles at a time: about 20 MB of weights


@dataclass(frozen=True, slots=True)
class Detection:
    """Chance that a look in that part of the 24 hours sees a car that stays the night.

    Deep: parked cars are overlooked in a garage or behind others (detection of plate surveys 0.8 to 0.95). Evening and
    morning looks also miss those who come late or leave early, and by day most are at work or at lectures: prior
    guesses, learned from the city's own log.
    """

    day: float = 0.40
    evening: float = 0.70
    deep: float = 0.88
    morning: float = 0.65


@dataclass(frozen=True, slots=True)
class StayPriors:
    """Before any look: what kind of car it is, and how long stays are. Wide, against a fortnight of watching."""

    lives_there: float = 0.45
    guest: float = 0.25  # the rest are visitors, who never stay
    lives_there_rate: tuple[float, float] = (9.0, 1.5)  # Beta: home six nights in seven, some more, some less
    tenancy_days: float = 600.0  # half the renters move within 15 months (census 2000, Colorado)
    with_lease_term: float = 0.5  # share of tenancies that begin and end at the lease turn
    renewed: float = 0.5  # of those, begun a year earlier
    guest_days: float = 150.0  # a term
    deep_if_away: float = 0.002  # a car that does not stay, seen between 01:00 and 05:00
    morning_if_away: float = 0.02


@dataclass(frozen=True, slots=True)
class Trials:
    """Looked-at nights as arrays of one length: vehicle (0-based), night (days since 1970), state (t, 4) by PERIODS (0
    nobody looked, 1 looked, 2 saw it), p_reading, proved; `vehicles`: how many there are.
    """

    vehicle: Ints
    night: Array
    state: Ints
    p_reading: Array
    proved: NDArray[np.bool_]
    vehicles: int


def nights_distribution(
    trials: Trials,
    window_from: Array,
    window_to: Array,
    floor: Ints,
    turn: tuple[int, int],
    detection: Detection,
    priors: StayPriors,
) -> tuple[Array, Array]:
    """(n, DAYS + 1) distribution of the nights in the best 12 months that end in the window, and (n,) mean rate.

    Each vehicle has at least one trial; floor: proved nights there, which the number never undercuts.
    """
    n = trials.vehicles
    pmf, rate = np.zeros((n, DAYS + 1)), np.zeros(n)
    for start in range(0, n, CHUNK):
        rows = slice(start, min(start + CHUNK, n))
        inside = (trials.vehicle >= rows.start) & (trials.vehicle < rows.stop)
        part = Trials(
            trials.vehicle[inside] - start,
            trials.night[inside],
            trials.state[inside],
            trials.p_reading[inside],
            trials.proved[inside],
            rows.stop - rows.start,
        )
        pmf[rows], rate[rows] = _chunk(part, window_from[rows], window_to[rows], floor[rows], turn, detection, priors)
    return pmf, rate


def _chunk(
    trials: Trials,
    window_from: Array,
    window_to: Array,
    floor: Ints,
    turn: tuple[int, int],
    detection: Detection,
    priors: StayPriors,
) -> tuple[Array, Array]:
    first, last = _anchors(trials)
    present, away = _night_likelihoods(trials, detection, priors)
    # log of (there with rate q) against (not in the stay), per night, evening share and rate.
    mixed = RATES[None, None, :] * present[:, None, None] + (1.0 - RATES)[None, None, :] * away[:, :, None]
    gain = np.log(mixed) - np.log(away)[:, :, None]
    # A night that was looked at but not proved counts as so many unwatched ones: P(there | looks) / q.
    mid = mixed[:, 1, :]
    doubtful = np.where(trials.proved[:, None], 0.0, present[:, None] / mid) - 1.0
    before = first[trials.vehicle] - trials.night
    after = trials.night - last[trials.vehicle]
    core = (before <= 0) & (after <= 0)
    n = trials.vehicles
    gains, days = _sum_by(gain, trials, core, n), _sum_by(doubtful, trials, core, n)
    gains_back, days_back = (_cumulated(x, trials, before, BACK) for x in (gain, doubtful))
    gains_on, days_on = (_cumulated(x, trials, after, ON) for x in (gain, doubtful))
    evenings = _sum_by(np.log(away), trials, np.ones(len(before), dtype=bool), n) + np.log(EVENING_WEIGHTS)
    # Scaled for each (v, q) by its best beginning and end, so that no combination that matters underflows.
    best_back, best_on = gains_back.max(axis=1), gains_on.max(axis=1)
    core_fit = gains + evenings[:, :, None] + best_back + best_on  # (n, v, q)
    fit = np.einsum(
        "njvq,nlvq,nvq->njlq",
        np.exp(gains_back - best_back[:, None]),
        np.exp(gains_on - best_on[:, None]),
        np.exp(core_fit - core_fit.max(axis=(1, 2), keepdims=True)),
        optimize=False,
    )
    weights = np.zeros_like(fit)
    for share, rates, back, on in _kinds(first, last, turn, priors):
        weights += share * rates * back[:, :, None, None] * on[:, None, :, None] * fit
    weights /= weights.sum(axis=(1, 2, 3), keepdims=True)
    begins, ends = first[:, None] - BACK, last[:, None] + ON
    span = _days_in_best_year(begins[:, :, None], ends[:, None, :], window_from, window_to)
    open_days = span[..., None] + (days[:, None, None] + days_back[:, :, None] + days_on[:, None])
    return _shifted(_binomial_mixture(weights, open_days), floor), weights.sum(axis=(1, 2)) @ RATES


def _anchors(trials: Trials) -> tuple[Array, Array]:
    """First and last night that speaks of a stay: seen deep or in the morning, else in the evening, else at all."""
    day, evening, deep, morning = (trials.state == SAW).T
    strength = np.select([deep | morning, evening, day], [3, 2, 1], 0)
    best = np.zeros(trials.vehicles, dtype=np.int64)
    np.maximum.at(best, trials.vehicle, strength)
    chosen = strength == best[trials.vehicle]
    first, last = np.full(trials.vehicles, np.inf), np.full(trials.vehicles, -np.inf)
    np.minimum.at(first, trials.vehicle[chosen], trials.night[chosen])
    np.maximum.at(last, trials.vehicle[chosen], trials.night[chosen])
    return first, last


def _night_likelihoods(trials: Trials, detection: Detection, priors: StayPriors) -> tuple[Array, Array]:
    """(t,) likelihood of a night's looks if the car stays, (t, v) if it does not; a doubtful reading counts in part."""
    there = np.array([detection.day, detection.evening, detection.deep, detection.morning])
    looked, saw = trials.state > 0, trials.state == SAW
    missed_present = np.where(looked, 1.0 - there, 1.0).prod(axis=1)
    seen_present = np.where(saw, there, np.where(looked, 1.0 - there, 1.0)).prod(axis=1)
    away = np.stack(
        [
            EVENINGS,
            EVENINGS,
            np.full(len(EVENINGS), priors.deep_if_away),
            np.full(len(EVENINGS), priors.morning_if_away),
        ]
    )  # (periods, v)
    missed_away = np.where(looked[:, :, None], 1.0 - away, 1.0).prod(axis=1)
    seen_away = np.where(saw[:, :, None], away, np.where(looked[:, :, None], 1.0 - away, 1.0)).prod(axis=1)
    p = trials.p_reading
    present: Array = p * seen_present + (1.0 - p) * missed_present
    absent: Array = p[:, None] * seen_away + (1.0 - p)[:, None] * missed_away
    return present, absent


def _sum_by(values: Array, trials: Trials, chosen: NDArray[np.bool_], n: int) -> Array:
    total = np.zeros((n, *values.shape[1:]))
    np.add.at(total, trials.vehicle[chosen], values[chosen])
    return total


def _cumulated(values: Array, trials: Trials, distance: Array, grid: Array) -> Array:
    """Sum of the values of the nights less than or as far away as each point of the grid, core nights left out."""
    outer = distance > 0
    cell = np.searchsorted(grid, distance[outer])
    total = np.zeros((trials.vehicles, len(grid) + 1, *values.shape[1:]))
    np.add.at(total, (trials.vehicle[outer], cell), values[outer])
    result: Array = total[:, :-1].cumsum(axis=1)
    return result


def _kinds(
    first: Array, last: Array, turn: tuple[int, int], priors: StayPriors
) -> list[tuple[float, Array, Array, Array]]:
    """Share, weights of RATES, of BACK and of ON per vehicle, of each kind of comer."""
    n = len(first)
    lives = np.append(0.0, beta(*priors.lives_there_rate).pdf(RATES[1:]))
    guest = np.append(0.0, np.ones(len(RATES) - 1))
    visitor = np.append(1.0, np.zeros(len(RATES) - 1))
    since, until = _turns(first, last, turn)
    # A tenancy under way began with this lease term, or with an earlier one (all older terms fill the year).
    back_turn = (1.0 - priors.renewed) * _nearest(BACK, since) + priors.renewed * _nearest(
        BACK, np.minimum(since + 365.0, DAYS)
    )
    on_turn = (1.0 - priors.renewed) * _nearest(ON, until) + priors.renewed * _nearest(ON, np.full(n, ON[-1]))
    with_term = priors.with_lease_term
    home_back = with_term * back_turn + (1.0 - with_term) * _lasting(BACK, priors.tenancy_days)
    home_on = with_term * on_turn + (1.0 - with_term) * _lasting(ON, priors.tenancy_days)
    guest_back = np.tile(_lasting(BACK, priors.guest_days), (n, 1))
    guest_on = np.tile(_lasting(ON, priors.guest_days), (n, 1))
    rest = 1.0 - priors.lives_there - priors.guest
    return [
        (priors.lives_there, lives / lives.sum(), home_back, home_on),
        (priors.guest, guest / guest.sum(), guest_back, guest_on),
        (rest, visitor, guest_back, guest_on),
    ]


def _turns(first: Array, last: Array, turn: tuple[int, int]) -> tuple[Array, Array]:
    """Days since the last lease turn on or before the first night, and days to the night before the next one."""
    month, day = turn

    def turns(days: Array) -> Array:
        years = days.astype("datetime64[D]").astype("datetime64[Y]")
        starts = years.astype("datetime64[M]") + np.timedelta64(month - 1, "M")
        in_year: Array = starts.astype("datetime64[D]").astype(float) + (day - 1)
        return in_year

    this = turns(first)
    since = first - np.where(this <= first, this, this - 365.0)
    following = turns(last)
    until = np.where(following > last, following, following + 365.0) - 1.0 - last
    return since, until


def _nearest(grid: Array, at: Array) -> Array:
    """(n, grid) weights that put each value on the two points around it."""
    at = np.clip(at, grid[0], grid[-1])
    right = np.clip(np.searchsorted(grid, at), 1, len(grid) - 1)
    share = (at - grid[right - 1]) / (grid[right] - grid[right - 1])
    weights = np.zeros((len(at), len(grid)))
    rows = np.arange(len(at))
    weights[rows, right - 1] = 1.0 - share
    weights[rows, right] += share
    return weights


def _lasting(grid: Array, mean_days: float) -> Array:
    """Weights of the grid's points for an exponential time, each standing for the days nearest to it."""
    edges = np.concatenate([[0.0], (grid[1:] + grid[:-1]) / 2.0, [np.inf]])
    weights: Array = np.exp(-edges[:-1] / mean_days) - np.exp(-edges[1:] / mean_days)
    return weights


def _days_in_best_year(begin: Array, end: Array, window_from: Array, window_to: Array) -> Array:
    """(n, J, L) days of begin..end inside the twelve months, ending in the window, that hold most of them."""
    closes = np.clip(end, window_from[:, None, None], window_to[:, None, None])
    days: Array = np.clip(np.minimum(end, closes) - np.maximum(begin, closes - 364.0) + 1.0, 0.0, DAYS)
    return days


@cache
def _table() -> Array:
    """(days / STEP, rate, DAYS + 1) binomial probabilities."""
    trials = np.arange(0, DAYS + STEP, STEP)
    table: Array = binom.pmf(np.arange(DAYS + 1)[None, None, :], trials[:, None, None], RATES[None, :, None])
    return table


def _binomial_mixture(weights: Array, open_days: Array) -> Array:
    """(n, DAYS + 1) mixture of binomials: weights and days (n, J, L, q), rate by the last axis."""
    n, rates = len(weights), len(RATES)
    table = _table()
    at = np.clip(open_days, 0.0, DAYS) / STEP
    low = np.floor(at).astype(np.int64)
    share = at - low
    position = (np.arange(n)[:, None, None, None] * len(table) + low) * rates + np.arange(rates)
    size = n * len(table) * rates
    mass = np.bincount(position.ravel(), (weights * (1.0 - share)).ravel(), size)
    upper = np.where(share > 0, position + rates, position)  # the last column has nothing above it
    mass = mass + np.bincount(upper.ravel(), (weights * share).ravel(), size)
    pmf: Array = mass.reshape(n, -1) @ table.reshape(-1, DAYS + 1)
    return pmf


def _shifted(pmf: Array, floor: Ints) -> Array:
    """Add each row's proved nights; what lies beyond the year counts as the whole year."""
    result = np.zeros_like(pmf)
    for nights in np.unique(floor):
        rows, by = floor == nights, min(int(nights), DAYS)
        result[rows, by:] = pmf[rows, : DAYS + 1 - by]
        result[rows, DAYS] += pmf[rows, DAYS + 1 - by :].sum(axis=1)
    total: Array = result / result.sum(axis=1, keepdims=True)
    return total
