"""Likelihood of a case's looks for every stay on a grid: beginning, end, nightly rate and evening habit.

The grid of beginnings counts days back from the first sighting that speaks of a stay, that of ends days on from the
last one; in between the stay is certain. Nights on which nobody looked say nothing; a night that was looked at and not
proved counts by how likely the car is to have been there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.headcount import Array

Ints = NDArray[np.int64]
PERIODS = ("day", "evening", "deep", "morning")
SAW = 2

# Days before the first (after the last) night of the stay that was seen at which it may have begun (ended).
BACK = np.array([0, 3, 8, 15, 24, 35, 48, 64, 82, 104, 130, 160, 195, 235, 280, 325, 366], dtype=float)
ON = np.array([0, 3, 8, 15, 24, 35, 48, 64, 90, 130], dtype=float)
RATES = np.array([0.0, 0.04, 0.1, 0.18, 0.27, 0.36, 0.45, 0.54, 0.63, 0.72, 0.81, 0.89, 0.96])
EVENINGS = np.array([0.03, 0.12, 0.35])  # shares of days and evenings on which it stands there without staying
EVENING_WEIGHTS = np.array([0.4, 0.4, 0.2])
EVEN, WEEKENDS = 0, 1  # patterns of the week
# Nights that begin on Friday or Saturday against others, for one who comes at weekends (domain.md 4.3: parties,
# weekends); watching is keener then too, so an even rate would be biased up.
WEEKEND_RATIO = 2.5
MOST_RATE = 0.98


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

    def part(self, rows: slice) -> "Trials":
        """The trials of some vehicles, numbered from 0."""
        inside = (self.vehicle >= rows.start) & (self.vehicle < rows.stop)
        return Trials(
            self.vehicle[inside] - rows.start,
            self.night[inside],
            self.state[inside],
            self.p_reading[inside],
            self.proved[inside],
            rows.stop - rows.start,
        )


@dataclass(frozen=True, slots=True)
class GridFit:
    """fit: (pattern, n, J, L, q) likelihood up to a factor a vehicle; doubtful: (n, J, L, q) days to add to the span
    for nights that were looked at (proved ones count in the floor, the others by their chance); first, last: (n,).
    """

    fit: Array
    doubtful: Array
    first: Array
    last: Array

    @property
    def begins(self) -> Array:
        """(n, J) days since 1970."""
        result: Array = self.first[:, None] - BACK
        return result

    @property
    def ends(self) -> Array:
        """(n, L) days since 1970."""
        result: Array = self.last[:, None] + ON
        return result


def fit_grid(trials: Trials, detection: Detection) -> GridFit:
    """Weigh every stay on the grid by all looks of its case. Each vehicle has at least one trial."""
    first, last = _anchors(trials)
    present, away = _night_likelihoods(trials, detection)
    before = first[trials.vehicle] - trials.night
    after = trials.night - last[trials.vehicle]
    logs = [_log_fit(trials, present, away, before, after, rates) for rates in nightly_rates(trials.night)]
    scale = np.max([log.max(axis=(1, 2, 3, 4)) for log in logs], axis=0)
    fit = np.stack([np.exp(log - scale[:, None, None, None, None]).sum(axis=3) for log in logs])
    # A night that was looked at but not proved counts as so many unwatched ones: P(there | looks) / q.
    mid = RATES * present[:, None] + (1.0 - RATES) * away[:, 1:2]
    doubtful = np.where(trials.proved[:, None], 0.0, present[:, None] / mid) - 1.0
    total = _over_stays(doubtful, trials, before, after)
    return GridFit(fit, total, first, last)


def nightly_rates(night: Array) -> list[Array]:
    """(t, q) chance of each night by pattern of the week, at the same nights a week: even, and more at weekends."""
    weekend = np.isin((night.astype(np.int64) + 3) % 7, (4, 5))[:, None]  # 1970-01-01 was a Thursday
    rest = 7.0 / (5.0 + 2.0 * WEEKEND_RATIO)
    return [
        np.broadcast_to(RATES, (len(night), len(RATES))),
        np.minimum(np.where(weekend, WEEKEND_RATIO * rest, rest) * RATES, MOST_RATE),
    ]


def _log_fit(trials: Trials, present: Array, away: Array, before: Array, after: Array, rates: Array) -> Array:
    """(n, J, L, v, q) log-likelihood of all looks of each vehicle."""
    mixed = rates[:, None, :] * present[:, None, None] + (1.0 - rates)[:, None, :] * away[:, :, None]
    gain = np.log(mixed) - np.log(away)[:, :, None]
    outside = _sum_by(np.log(away), trials, np.ones(len(before), dtype=bool)) + np.log(EVENING_WEIGHTS)
    result: Array = _over_stays(gain, trials, before, after) + outside[:, None, None, :, None]
    return result


def _over_stays(values: Array, trials: Trials, before: Array, after: Array) -> Array:
    """(n, J, L, ...) sum of a value of each night over the nights of every stay on the grid."""
    core = _sum_by(values, trials, (before <= 0) & (after <= 0))
    back, on = _cumulated(values, trials, before, BACK), _cumulated(values, trials, after, ON)
    result: Array = core[:, None, None] + back[:, :, None] + on[:, None]
    return result


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


def _night_likelihoods(trials: Trials, detection: Detection) -> tuple[Array, Array]:
    """(t,) likelihood of a night's looks if the car stays, (t, v) if it does not; a doubtful reading counts in part."""
    there = np.array([detection.day, detection.evening, detection.deep, detection.morning])
    looked, saw = trials.state > 0, trials.state == SAW
    missed_present = np.where(looked, 1.0 - there, 1.0).prod(axis=1)
    seen_present = np.where(saw, there, np.where(looked, 1.0 - there, 1.0)).prod(axis=1)
    away = np.stack(
        [
            EVENINGS,
            EVENINGS,
            np.full(len(EVENINGS), detection.deep_if_away),
            np.full(len(EVENINGS), detection.morning_if_away),
        ]
    )  # (periods, v)
    missed_away = np.where(looked[:, :, None], 1.0 - away, 1.0).prod(axis=1)
    seen_away = np.where(saw[:, :, None], away, np.where(looked[:, :, None], 1.0 - away, 1.0)).prod(axis=1)
    p = trials.p_reading
    present: Array = p * seen_present + (1.0 - p) * missed_present
    absent: Array = p[:, None] * seen_away + (1.0 - p)[:, None] * missed_away
    return present, absent


def _sum_by(values: Array, trials: Trials, chosen: NDArray[np.bool_]) -> Array:
    total = np.zeros((trials.vehicles, *values.shape[1:]))
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
