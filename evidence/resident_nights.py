"""Nights of somebody who lives at a dwelling: when he came and went, as far as papers and looks say.

A candidate may live there in some parts of the window and not in others (`evidence.situations`). Parts are taken
together as one household's papers are: where he is likelier to live, he lives first (comonotone, as in
`headcount.latest_of`), so each person has a few **spells**, runs of parts with a probability each. Within a spell he
came with the household, later, or earlier, and left with it or stayed on; at home he sleeps `home_share` of the nights.
His own car, if it was watched, weighs every such beginning and end by its looks.
"""

from dataclasses import dataclass

import numpy as np

from evidence.headcount import Array
from evidence.night_counts import DAYS, days_in_best_year, home_mixture
from evidence.spells import Spells
from evidence.stay_grid import BACK, ON
from evidence.stays import TENANCY_DAYS, nearest


@dataclass(frozen=True, slots=True)
class HomeSettings:
    """When residents come and go, and how often they are home. No figure here comes from a labelled city."""

    home_share: float = 0.92  # of the nights of who lives there: two or three trips a year and some weekends
    # Nights away are skewed like a geometric number, many persons hardly ever, a few for months: Beta(11.5, 1).
    home_strength: float = 12.5
    own_paper: float = 0.85  # came on the day his own lease or account begins (else before or after his papers)
    with_household: float = 0.7  # came when the household did: leases of shared houses are signed together
    later: float = 0.2  # joined it afterwards: a third of renters move within a year (census), half of them alone
    left_with_household: float = 0.85  # where the papers show that the household left
    tenancy_days: float = TENANCY_DAYS
    with_lease_term: float = 0.5  # where no paper says when the household came: share that came at a lease turn


def beginnings(s: Spells, settings: HomeSettings) -> tuple[Array, Array]:
    """(days, weights), both (spells, 11): on which day each resident may have come. Weights of a row sum to 1."""
    known, own = np.isfinite(s.came), np.isfinite(s.own) & (s.own <= s.ends)
    start = np.where(known, np.minimum(s.came, s.ends), s.ends - 365.0)
    # Who joined later was there when first listed, if that was after the household came.
    until = np.where(np.isfinite(s.listed) & (s.listed > start), np.minimum(s.listed, s.ends), s.ends)
    steps = np.array([1.0, 3.0, 5.0]) / 6.0
    late = start[:, None] + (until - start)[:, None] * steps
    earlier = np.where(np.isfinite(s.listed) & (s.listed < start - 30.0), s.listed, start)
    by_term = np.stack([np.minimum(s.turn, s.ends), np.minimum(s.turn, s.ends) - 365.0], axis=1)
    free = s.ends[:, None] + settings.tenancy_days * np.log(steps)  # quantiles of an exponential time, looking back
    n = len(s.came)
    household, later = settings.with_household, settings.later
    rest = 1.0 - household - later
    if_known = np.array([household, *([later / 3.0] * 3), rest, *([0.0] * 5)])
    term, open_ended = settings.with_lease_term / 2.0, (1.0 - settings.with_lease_term) / 3.0
    if_not = np.array([0.0, 0.0, 0.0, 0.0, 0.0, term, term, open_ended, open_ended, open_ended])
    others = np.where(known[:, None], if_known, if_not)
    days = np.concatenate([start[:, None], late, earlier[:, None], by_term, free], axis=1)
    own_day = np.where(own, s.own, 0.0)[:, None]
    own_weight = np.where(own, settings.own_paper, 0.0)[:, None]
    return (
        np.concatenate([own_day, days], axis=1),
        np.concatenate([own_weight, others * (1.0 - own_weight)], axis=1).reshape(n, 11),
    )


def endings(s: Spells, settings: HomeSettings) -> tuple[Array, Array]:
    """(days, weights), both (spells, 3): the last day of each resident. Weights of a row sum to 1."""
    length = s.ends - s.begins + 1.0
    leaves = 1.0 - np.exp(-length / settings.tenancy_days)
    stays = np.where(s.final, 1.0 - leaves, settings.left_with_household)
    last = np.where(s.final, s.window_to + DAYS, s.ends)
    inside = s.begins[:, None] + length[:, None] * np.array([0.25, 0.75])
    days = np.concatenate([last[:, None], inside], axis=1)
    weights = np.stack([stays, (1.0 - stays) / 2.0, (1.0 - stays) / 2.0], axis=1)
    return days, weights


def nights_by_papers(s: Spells, settings: HomeSettings) -> Array:
    """(spells, DAYS + 1) distribution of the nights in the best year, from papers alone."""
    begin, begin_weight = beginnings(s, settings)
    end, end_weight = endings(s, settings)
    weights = begin_weight[:, :, None] * end_weight[:, None, :]
    return _nights(weights, begin, end, s, settings)


def nights_by_looks(s: Spells, lived: Array, first: Array, last: Array, settings: HomeSettings) -> tuple[Array, Array]:
    """The same where the person's own car was watched, and (spells,) the likelihood of its looks.

    lived: (spells, J, L), first, last: (spells,), see `stays.StayFit`. Beginnings after the first sighting and ends
    before the last one are impossible for who drives the car; where nothing is left, any time before or after may be.
    """
    begin, begin_weight = beginnings(s, settings)
    end, end_weight = endings(s, settings)
    back = _on_grid(BACK, first[:, None] - begin, begin_weight)
    on = _on_grid(ON, end - last[:, None], end_weight)
    joint = back[:, :, None] * on[:, None, :] * lived
    total = joint.sum(axis=(1, 2))
    weights = np.where(total[:, None, None] > 0, joint / np.maximum(total, 1e-300)[:, None, None], 0.0)
    return _nights(weights, first[:, None] - BACK, last[:, None] + ON, s, settings), total


def _on_grid(grid: Array, distance: Array, weights: Array) -> Array:
    """(n, grid) weights of the grid from (n, points) distances; a point on the wrong side counts a hundredth, at 0."""
    n, points = distance.shape
    kept = np.where(distance >= -3.0, weights, 0.01 * weights)
    spread = nearest(grid, np.maximum(distance, 0.0).ravel()).reshape(n, points, len(grid))
    total: Array = (spread * kept[:, :, None]).sum(axis=1)
    return total


def _nights(weights: Array, begin: Array, end: Array, s: Spells, settings: HomeSettings) -> Array:
    days = days_in_best_year(begin[:, :, None], end[:, None, :], s.window_from, s.window_to)
    return home_mixture(weights, days, settings.home_share, settings.home_strength)
