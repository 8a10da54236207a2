"""How many nights a vehicle stayed in the worst 12 months: an estimate, apart from the proved floor.

Nights on which nobody looked are missing, not zero. Each night that was watched well enough is a trial (MacKenzie et
al. 2002: effort, not presence only): overnight or not. With k of w trials, the nightly rate is Beta(a + k, b + w - k).
When a stay began before the first look, its beginning is not known: it is a mixture over earlier days, a stay having
begun with the current lease term or at a constant hazard. The number of nights in the best 12 months is then
beta-binomial over the unwatched days of each possible stay, plus the nights seen. The floor never enters as more than
it is.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import betabinom

Array = NDArray[np.float64]
METHOD = (
    "beta-binomial over watched nights; stays that began before the first look are averaged over earlier beginnings"
)


@dataclass(frozen=True, slots=True)
class GuestNightSettings:
    """Priors of the estimate; each is weak against a fortnight of watching."""

    rate_prior_yes: float = 0.5  # Jeffreys prior of a share
    rate_prior_no: float = 0.5
    evening_only_weight: float = 0.5  # a late look that cannot settle the night counts as half a trial
    stay_scale_days: float = 150.0  # a guest's or tenant's stay is of the order of a term
    began_with_lease_term: float = 0.4  # share of stays, under way at the first look, that began at the lease turn
    starts: int = 6  # points of the mixture over possible beginnings
    guest_limit_nights: int = 30


@dataclass(frozen=True, slots=True)
class LeaseTurn:
    """Day of the year on which leases turn; about 1 August in Fort Collins (domain.md 4.5), learned from the city."""

    month: int = 8
    day: int = 1


def watch_record(
    seen: pl.DataFrame, proved: pl.DataFrame, watched: pl.DataFrame, windows: pl.DataFrame
) -> pl.DataFrame:
    """One row a vehicle: trials, successes and span of its watched nights inside the 12 months up to the window's end.

    Returns case_id, vehicle_id, first_seen, last_seen, first_watch, last_watch, settled (nights that could have shown
    a stay, between its first and last sighting or the watch's ends), proved, late_looks, late_seen.
    """
    span = windows.select("case_id", "window_to", reach=pl.col("window_to").dt.offset_by("-24mo"))
    looks = watched.join(span, on="case_id").filter(pl.col("night").is_between("reach", "window_to"))
    ends = looks.group_by("case_id").agg(first_watch=pl.col("night").min(), last_watch=pl.col("night").max())
    vehicles = (
        seen.group_by("case_id", "vehicle_id")
        .agg(first_seen=pl.col("night").min(), last_seen=pl.col("night").max())
        .join(ends, on="case_id", how="left")
    )
    state = (
        vehicles.select("case_id", "vehicle_id")
        .join(looks.select("case_id", "night", "settles", "late"), on="case_id")
        .join(
            proved.select("case_id", "vehicle_id", "night", proved=pl.lit(True)),
            on=["case_id", "vehicle_id", "night"],
            how="left",
        )
        .join(
            seen.select("case_id", "vehicle_id", "night", seen_late="late"),
            on=["case_id", "vehicle_id", "night"],
            how="left",
        )
        .with_columns(pl.col("proved", "seen_late").fill_null(False))
    )
    unsettled = pl.col("late") & ~pl.col("settles")
    counts = state.group_by("case_id", "vehicle_id").agg(
        settled=pl.col("settles").sum(),
        proved=pl.col("proved").sum(),
        late_looks=unsettled.sum(),
        late_seen=(unsettled & pl.col("seen_late")).sum(),
    )
    return vehicles.join(counts, on=["case_id", "vehicle_id"], how="left").sort("case_id", "vehicle_id")


def estimate_nights(
    record: pl.DataFrame, windows: pl.DataFrame, turn: LeaseTurn, settings: GuestNightSettings | None = None
) -> pl.DataFrame:
    """Estimated nights in the worst 12 months ending in the window, per vehicle.

    record: from `watch_record` with `floor` (proved nights in the best window); windows: case_id, window_from,
    window_to. Returns case_id, vehicle_id, nights_estimated (mean), nights_low, nights_high (90 %), p_guest (P(nights
    >= the guest limit)), nightly_rate (posterior mean). A vehicle never seen late has its rate from the prior and its
    trials.
    """
    settings = settings or GuestNightSettings()
    rows = record.join(windows, on="case_id").sort("case_id", "vehicle_id")
    if rows.is_empty():
        names = ("nights_estimated", "nights_low", "nights_high", "p_guest", "nightly_rate")
        return rows.select("case_id", "vehicle_id", *(pl.lit(None, pl.Float64).alias(n) for n in names))
    half = settings.evening_only_weight
    # An evening look saw it: it stayed as often as its settled nights say, so it is at most half a success.
    k = rows["proved"].to_numpy() + half * rows["late_seen"].to_numpy()
    w = rows["settled"].to_numpy() + half * rows["late_looks"].to_numpy()
    alpha = settings.rate_prior_yes + k
    beta = settings.rate_prior_no + np.maximum(w - k, 0.0)
    begins, weights = _beginnings(rows, turn, settings)
    days_end = _day(rows, "last_seen")
    # A vehicle still coming when the watch ended goes on at its rate to the window's end.
    still = _day(rows, "last_watch") - days_end <= 14
    window_end = _day(rows, "window_to")
    end = np.where(still, window_end, np.minimum(days_end, window_end))
    floor = rows["floor"].to_numpy().astype(float)
    watched_in = rows["settled"].to_numpy().astype(float)
    pmf = _mixture(begins, weights, end, floor, watched_in, alpha, beta)
    support = np.arange(pmf.shape[1])
    cumulative = pmf.cumsum(axis=1)
    return rows.select("case_id", "vehicle_id").with_columns(
        nights_estimated=pl.Series(pmf @ support),
        nights_low=pl.Series(np.maximum((cumulative < 0.05).sum(axis=1), floor).astype(float)),
        nights_high=pl.Series(np.maximum((cumulative < 0.95).sum(axis=1), floor).astype(float)),
        p_guest=pl.Series(1.0 - cumulative[:, settings.guest_limit_nights - 1]),
        nightly_rate=pl.Series(alpha / (alpha + beta)),
    )


def _day(rows: pl.DataFrame, column: str) -> Array:
    """Days since 1970-01-01 as floats."""
    return rows[column].to_physical().to_numpy().astype(float)


def _beginnings(rows: pl.DataFrame, turn: LeaseTurn, settings: GuestNightSettings) -> tuple[Array, Array]:
    """Possible first days of each stay and their weights: two arrays (vehicles, starts + 1)."""
    first_seen, first_watch = _day(rows, "first_seen"), _day(rows, "first_watch")
    before = first_seen - first_watch
    turns = rows.select(turn=pl.date(pl.col("first_seen").dt.year(), turn.month, turn.day))
    this_turn = _day(turns, "turn")
    last_turn = np.where(this_turn <= first_seen, this_turn, this_turn - 365.0)
    quantiles = (np.arange(settings.starts) + 0.5) / settings.starts
    back = -settings.stay_scale_days * np.log1p(-quantiles)
    earlier = first_seen[:, None] - np.minimum(back, 365.0)[None, :]
    # Once looks without it precede the first sighting, the stay cannot have begun before them.
    earlier = np.where(before[:, None] > 14, np.maximum(earlier, first_watch[:, None]), earlier)
    lease = np.where(before > 14, first_seen, last_turn)
    share = settings.began_with_lease_term
    weights = np.full((len(first_seen), settings.starts + 1), (1.0 - share) / settings.starts)
    weights[:, -1] = share
    return np.column_stack([earlier, lease]), weights


def _mixture(
    begins: Array, weights: Array, end: Array, floor: Array, watched: Array, alpha: Array, beta: Array
) -> Array:
    """pmf over 0..366 nights: proved nights plus beta-binomial over the days of the stay that nobody watched."""
    n, parts = begins.shape
    pmf = np.zeros((n, 367))
    support = np.arange(367)
    for part in range(parts):
        begin = np.maximum(begins[:, part], end - 364.0)
        days = np.clip(end - begin + 1.0, 0.0, 365.0)
        unwatched = np.maximum(np.floor(days - np.minimum(watched, days)), 0.0)
        more = support[None, :] - floor[:, None]
        mass = betabinom.pmf(more, unwatched[:, None], alpha[:, None], beta[:, None])
        pmf += weights[:, part : part + 1] * np.nan_to_num(mass)
    total = pmf.sum(axis=1, keepdims=True)
    certain = np.zeros_like(pmf)
    certain[np.arange(n), floor.astype(int)] = 1.0
    return np.where(total > 0, pmf / np.where(total > 0, total, 1.0), certain)
