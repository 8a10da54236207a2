"""The posterior of a stay: what kind of comer a car is, from when to when, and how many nights a week.

A car on the log belongs to somebody who lives there, to a partner or guest who sleeps over some nights a week, to one
who stays now and then or came for a few nights once, or to a visitor who leaves in the evening. A stay runs from a day
B to a day E; on each night between, the car is there with the stay's nightly rate q; outside it stands there in the
evening at most, with chance v. A look sees a car that is there with the detection rate of that part of the night. B, E,
q and v lie on grids and every combination is weighed by all looks of the case (`evidence.stay_grid`): exact on the
grid, no sampling. The nights in the best twelve months follow as proved nights plus a binomial number of the rest.
"""

from dataclasses import dataclass

import numpy as np

from evidence.distributions import beta_density
from evidence.headcount import Array
from evidence.night_counts import DAYS, binomial_mixtures, days_in_best_year, raised_to
from evidence.row_sums import weighed
from evidence.stay_grid import BACK, EVEN, ON, RATES, Detection, GridFit, Ints, Trials, fit_grid

KINDS = ("lives there", "partner", "now and then", "once", "visitor")
LIVES, VISITOR = 0, len(KINDS) - 1
TENANCY_DAYS = 600.0  # on average: half the renters move within 15 months (census 2000, Colorado)
GRACE_DAYS = 3.0  # people carry boxes before the lease begins
CHUNK = 400  # vehicles at a time: about 20 MB of weights
SHARE_ROUNDS = 12  # of expectation-maximisation: shares move by less than 0.01 after half of them


@dataclass(frozen=True, slots=True)
class StayPriors:
    """Before any look: what kind of car it is, and how long stays are. Wide, against a fortnight of watching.

    Shares are of cars on the logs of complaints, `share_strength` cars' worth of opinion: a city's own log moves them.
    """

    shares: tuple[float, ...] = (0.45, 0.15, 0.06, 0.04, 0.30)
    share_strength: float = 20.0
    # Beta by kind. Home six nights in seven, some more, some less; a partner any number of nights a week; now and then
    # means less than a night a week; who comes once is there on most of those nights.
    lives_there_rate: tuple[float, float] = (9.0, 1.5)
    partner_rate: tuple[float, float] = (1.0, 1.0)
    now_and_then_rate: tuple[float, float] = (1.0, 8.0)
    once_rate: tuple[float, float] = (6.0, 1.5)
    partner_days: float = 150.0  # a term
    now_and_then_days: float = 365.0
    once_days: float = 3.0
    weekend_share: float = 0.5  # of partners and guests: more on Friday and Saturday nights than on others
    tenancy_days: float = TENANCY_DAYS
    with_household: float = 0.7  # of those who live there: came and go with the household that the papers name
    with_lease_term: float = 0.5  # where no paper says: share of tenancies that begin and end at the lease turn
    renewed: float = 0.5  # of those, begun a year earlier


@dataclass(frozen=True, slots=True)
class StayFit:
    """Vehicles as arrays: n vehicles, K = len(KINDS), J = len(BACK), L = len(ON).

    evidence: (n, K) likelihood of a vehicle's looks by kind, up to a factor a vehicle. nights: (n, K, DAYS + 1)
    distribution of its nights in the best 12 months, by kind. rate: (n, K) mean nightly rate. lived: (n, J, L)
    likelihood of the looks if the driver lives there from first - BACK to last + ON, by the same factor; first, last:
    (n,) days since 1970. shares: (K,) of the kinds, and detection, as this city's log shows them.
    """

    evidence: Array
    nights: Array
    rate: Array
    lived: Array
    first: Array
    last: Array
    shares: Array
    detection: Detection

    @property
    def weights(self) -> Array:
        """(n, K) posterior of the kind."""
        joint = self.evidence * self.shares
        result: Array = joint / joint.sum(axis=1, keepdims=True)
        return result

    def mixed(self) -> Array:
        """(n, DAYS + 1) distribution of the nights over all kinds."""
        return weighed([self.nights[:, kind] for kind in range(len(KINDS))], self.weights)


def fit_stays(
    trials: Trials,
    window_from: Array,
    window_to: Array,
    floor: Ints,
    turn: tuple[int, int],
    households: Array,
    detection: Detection,
    priors: StayPriors,
    shares: Array | None = None,
) -> StayFit:
    """Stays of all vehicles; each has at least one trial.

    floor: proved nights, which the number never undercuts; households: (n, H) days on which a household came to the
    vehicle's case, as papers say, nan where there are fewer; shares: of the kinds, where they were learned elsewhere.
    """
    n = trials.vehicles
    shape = (n, len(KINDS))
    evidence, rate, nights = np.zeros(shape), np.zeros(shape), np.zeros((*shape, DAYS + 1))
    lived, first, last = np.zeros((n, len(BACK), len(ON))), np.zeros(n), np.zeros(n)
    for start in range(0, n, CHUNK):
        rows = slice(start, min(start + CHUNK, n))
        grid = fit_grid(trials.part(rows), detection)
        first[rows], last[rows] = grid.first, grid.last
        span = days_in_best_year(grid.begins[:, :, None], grid.ends[:, None, :], window_from[rows], window_to[rows])
        window = window_to[rows] - window_from[rows] + 1.0
        occasions = _occasions(grid, window, priors)
        looks = np.einsum("njlq,q->njl", grid.fit[EVEN], _rates(priors.lives_there_rate), optimize=False)
        lived[rows] = looks * occasions[:, LIVES, None, None]
        joints = []
        for kind, (back, on, rates) in enumerate(_kinds(grid, households[rows], turn, priors)):
            joint = (
                back[:, :, None, None]
                * on[:, None, :, None]
                * np.einsum("pq,pnjlq->njlq", rates, grid.fit, optimize=False)
            )
            total = joint.sum(axis=(1, 2, 3))
            evidence[rows, kind] = total * occasions[:, kind]
            joint /= np.maximum(total, 1e-300)[:, None, None, None]
            rate[rows, kind] = (joint.sum(axis=(1, 2)) * RATES).sum(axis=1)
            joints.append(joint)
        staying = binomial_mixtures(joints[:VISITOR], span[..., None] + grid.doubtful, RATES)
        nights[rows, :VISITOR] = np.stack(staying, axis=1)
        nights[rows, VISITOR, 0] = 1.0
        nights[rows] = raised_to(nights[rows], floor[rows])
    shares = learn_shares(evidence, priors) if shares is None else shares
    return StayFit(evidence, nights, rate, lived, first, last, shares, detection)


def learn_shares(evidence: Array, priors: StayPriors) -> Array:
    """(K,) shares of the kinds of comers among these vehicles: expectation-maximisation from the prior shares.

    evidence: (n, K) likelihood by kind. The prior counts as `share_strength` vehicles.
    """
    before = np.asarray(priors.shares)
    shares: Array = before
    for _ in range(SHARE_ROUNDS):
        joint = evidence * shares
        expected = (joint / joint.sum(axis=1, keepdims=True)).sum(axis=0)
        shares = (expected + priors.share_strength * before) / (len(evidence) + priors.share_strength)
    return shares


def _occasions(grid: GridFit, window: Array, priors: StayPriors) -> Array:
    """(n, K) how often a stay of each kind falls where this one was seen.

    The grid begins at the first sighting, wherever that is; but a stay of D days on average that meets a window of W
    days begins on one of W + D days, and lasts from the first to the last sighting with exp(-core / D). Against the two
    exponentials before and after the core that is D / (W + D) * exp(-core / D): short stays explain few windows.
    """
    core = grid.last - grid.first
    days = np.array([priors.tenancy_days, priors.partner_days, priors.now_and_then_days, priors.once_days])
    staying = days / (window[:, None] + days) * np.exp(-core[:, None] / days)
    return np.append(staying, np.ones((len(core), 1)), axis=1)


def _rates(shape: tuple[float, float]) -> Array:
    """Weights of RATES, none at zero."""
    weights = np.append(0.0, beta_density(RATES[1:], *shape))
    scaled: Array = weights / weights.sum()
    return scaled


def _kinds(
    grid: GridFit, households: Array, turn: tuple[int, int], priors: StayPriors
) -> list[tuple[Array, Array, Array]]:
    """Of each kind: weights of BACK and of ON per vehicle, and of (pattern, rate)."""
    n = len(grid.first)
    home_back, home_on = _tenancies(grid, households, turn, priors)
    guests = [
        (np.tile(lasting(BACK, days), (n, 1)), np.tile(lasting(ON, days), (n, 1)), _rates(shape))
        for days, shape in (
            (priors.partner_days, priors.partner_rate),
            (priors.now_and_then_days, priors.now_and_then_rate),
            (priors.once_days, priors.once_rate),
        )
    ]
    never = np.eye(1, len(RATES))[0]
    even, weekends = 1.0 - priors.weekend_share, priors.weekend_share
    by_pattern = [(back, on, np.stack([even * r, weekends * r])) for back, on, r in guests]
    constant = np.zeros_like(never)
    return [
        (home_back, home_on, np.stack([_rates(priors.lives_there_rate), constant])),
        *by_pattern,
        (guests[0][0], guests[0][1], np.stack([never, constant])),
    ]


def _tenancies(grid: GridFit, households: Array, turn: tuple[int, int], priors: StayPriors) -> tuple[Array, Array]:
    """Weights of BACK and ON for somebody who lives there: by the papers of the household, else by lease turns."""
    n = len(grid.first)
    since, until = turns_around(grid.first, grid.last, turn)
    # A tenancy under way began with this lease term, or with an earlier one (all older terms fill the year).
    renewed, by_term = priors.renewed, priors.with_lease_term
    back_turn = (1.0 - renewed) * nearest(BACK, since) + renewed * nearest(BACK, np.minimum(since + 365.0, DAYS))
    on_turn = (1.0 - renewed) * nearest(ON, until) + renewed * nearest(ON, np.full(n, ON[-1]))
    back_any, on_any = lasting(BACK, priors.tenancy_days), lasting(ON, priors.tenancy_days)
    back = by_term * back_turn + (1.0 - by_term) * back_any
    on = by_term * on_turn + (1.0 - by_term) * on_any
    here = np.where(households <= grid.first[:, None] + GRACE_DAYS, households, -np.inf).max(axis=1, initial=-np.inf)
    next_one = np.where(households > grid.last[:, None], households, np.inf).min(axis=1, initial=np.inf)
    came, left = np.maximum(grid.first - here, 0.0), next_one - 1.0 - grid.last
    known = np.isfinite(came)
    with_it = priors.with_household
    late = _uniform(BACK, np.where(known, came, 0.0))
    back_known = with_it * nearest(BACK, np.where(known, came, 0.0)) + (1.0 - with_it) * 0.5 * (late + back_any)
    ends = np.isfinite(left)
    on_ends = with_it * nearest(ON, np.where(ends, left, 0.0)) + (1.0 - with_it) * on_any
    # Papers that show the household and no change after it: it stayed, and its members leave one by one at most.
    on_known = np.where(ends[:, None], on_ends, on_any)
    return np.where(known[:, None], back_known, back), np.where(known[:, None], on_known, on)


def turns_around(first: Array, last: Array, turn: tuple[int, int]) -> tuple[Array, Array]:
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


def nearest(grid: Array, at: Array) -> Array:
    """(n, grid) weights that put each value on the two points around it."""
    at = np.clip(at, grid[0], grid[-1])
    right = np.clip(np.searchsorted(grid, at), 1, len(grid) - 1)
    share = (at - grid[right - 1]) / (grid[right] - grid[right - 1])
    weights = np.zeros((len(at), len(grid)))
    rows = np.arange(len(at))
    weights[rows, right - 1] = 1.0 - share
    weights[rows, right] += share
    return weights


def lasting(grid: Array, mean_days: float) -> Array:
    """Weights of the grid's points for an exponential time, each standing for the days nearest to it."""
    edges = np.concatenate([[0.0], (grid[1:] + grid[:-1]) / 2.0, [np.inf]])
    weights: Array = np.exp(-edges[:-1] / mean_days) - np.exp(-edges[1:] / mean_days)
    return weights


def _uniform(grid: Array, longest: Array) -> Array:
    """(n, grid) weights of a uniform time from zero to each value; what lies beyond the grid counts at its end."""
    edges = np.concatenate([[0.0], (grid[1:] + grid[:-1]) / 2.0])
    top = np.maximum(longest, 1.0)[:, None]
    below = np.minimum(edges, top) / top
    weights: Array = np.append(below[:, 1:], np.ones((len(longest), 1)), axis=1) - below
    return weights
