"""What monthly usage and unattributed vehicles say about the number of occupants: log-likelihoods over N.

Usage: log(usage / median of the same month in this city) is normal around a + b log N. Slope, level and spread
are fitted to the city's own dwellings by weighted least squares on the current posterior of N (a mixture
regression); the priors are the lognormal household factor of National Academies 6287 p. 56 and economies of scale.
Vehicles: of the occupants without a car in their own or kin's name, each brings an unattributed car with
probability `car_per_occupant * untied_share`; stray regulars (neighbours) come as a Poisson count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.distributions import binomial, poisson
from evidence.headcount import Array, poisson_binomial
from evidence.row_sums import times_in_order
from evidence.settings import InferenceSettings

MONTHS_BACK = 12


def usage_levels(
    table: pl.DataFrame,
    accounts: pl.DataFrame,
    usage: pl.DataFrame,
    medians: pl.DataFrame,
    settings: InferenceSettings,
) -> pl.DataFrame:
    """Mean log usage relative to the city's median of the same month, unit and service, per situation.

    table: `Situations.table`; accounts: account_id, dwelling_id, service_type; usage: canonical frame; medians:
    `monthly_medians` of the city; a month without a median says nothing. Winter months
    count where there are at least two, since lawns are watered in summer; else all months. Returns situation,
    service (unit), relative_log_usage, months. Months of zero usage are a vacant meter and are left out.
    """
    if usage.is_empty() or accounts.is_empty():
        return pl.DataFrame(
            schema={"situation": pl.UInt32, "unit": pl.String, "relative": pl.Float64, "months": pl.UInt32}
        )
    readings = (
        _metered(usage)
        .join(medians, on=["month", "unit"], nulls_equal=True)
        .with_columns(relative=pl.col("log_usage") - pl.col("median"))
        .with_columns(winter=pl.col("month").dt.month().is_in(list(settings.winter_months)))
        .join(accounts.select("account_id", "dwelling_id").unique(), on="account_id")
    )
    joined = (
        table.select("situation", "dwelling_id", "date_from", "date_to")
        .join(readings, on="dwelling_id")
        .filter(
            (pl.col("month") >= pl.col("date_from").dt.offset_by(f"-{MONTHS_BACK}mo"))
            & (pl.col("month") <= pl.col("date_to"))
        )
    )
    winter_months = pl.col("winter").sum().over("situation", "unit")
    return (
        joined.filter((winter_months < 2) | pl.col("winter"))
        .group_by("situation", "unit")
        .agg(pl.col("relative").sort(), months=pl.len().cast(pl.UInt32))
        .with_columns(pl.col("relative").list.mean())  # in order of value: a parallel mean follows the threads
        .sort("situation", "unit")
    )


def monthly_medians(usage: pl.DataFrame) -> pl.DataFrame:
    """month, unit, median (log usage of the city's meters), sorted. usage: canonical frame."""
    return _metered(usage).group_by("month", "unit").agg(median=pl.col("log_usage").median()).sort("month", "unit")


def _metered(usage: pl.DataFrame) -> pl.DataFrame:
    metered = usage.filter(pl.col("duplicate_of").is_null() & (pl.col("usage") > 0))
    return metered.with_columns(log_usage=pl.col("usage").log())


def fit_usage(relative: Array, occupants: Array, settings: InferenceSettings) -> tuple[float, float, float]:
    """Level, slope and spread of relative log usage on log N. relative: (n,) with nan where unknown; occupants: (n,
    M+1).

    Weighted least squares over (dwelling, N) with the posterior as weight; the prior is `usage_prior_strength`
    pseudo-dwellings at the prior slope and spread.
    """
    counts = np.arange(1, occupants.shape[1])
    known = np.isfinite(relative)
    weight = occupants[known][:, 1:]
    x = np.log(counts)[None, :]
    y = relative[known][:, None]
    total = weight.sum()
    if total < 1.0:
        return 0.0, settings.usage_slope, settings.usage_log_sd
    mean_x, mean_y = float((weight * x).sum() / total), float((weight * y).sum() / total)
    strength = settings.usage_prior_strength
    prior_var_x = 0.25  # variance of log N over households of one to five persons
    cross = float((weight * (x - mean_x) * (y - mean_y)).sum()) + strength * prior_var_x * settings.usage_slope
    square = float((weight * (x - mean_x) ** 2).sum()) + strength * prior_var_x
    slope = max(cross / square, 0.0)
    level = mean_y - slope * mean_x
    residual = float((weight * (y - level - slope * x) ** 2).sum()) + strength * settings.usage_log_sd**2
    return level, slope, float(np.sqrt(residual / (total + strength)))


def usage_log_likelihood(relative: Array, fit: tuple[float, float, float], max_occupants: int) -> Array:
    """(n, M + 1) log-likelihood of the usage given N; 0 where usage is unknown. N = 0 is taken as half a person."""
    level, slope, spread = fit
    counts = np.maximum(np.arange(max_occupants + 1), 0.5)
    z = (relative[:, None] - level - slope * np.log(counts)[None, :]) / spread
    return np.where(np.isfinite(z), -0.5 * np.minimum(z * z, 25.0), 0.0)


# A regular car stands there on about two nights in three, and a look finds it four times in five.
SEEN_PER_NIGHT = 0.5
MOST_LOOKS = 6  # more nights than this leave no regular car unseen


@dataclass(frozen=True, slots=True)
class CarRates:
    """Chance that an occupant without a car of his own brings an unattributed one, and stray regulars a dwelling."""

    brings: float
    strays: float

    def after(self, nights: int) -> "CarRates":
        """The rates of cars seen at all after so many nights of looking."""
        seen = 1.0 - (1.0 - SEEN_PER_NIGHT) ** nights
        return CarRates(self.brings * seen, self.strays * seen)


def vehicle_log_likelihood(
    untied: list[Array],
    tied: NDArray[np.int64],
    looks: NDArray[np.int64],
    rates: Sequence[CarRates],
    max_occupants: int,
) -> Array:
    """(n, rates, M + 1) log-likelihood of the number of unattributed regular cars given N, under each of the rates.

    untied: per dwelling the probabilities that each unattributed car belongs to somebody staying there; tied: occupants
    who have a car of their own already; looks: nights on which somebody looked (0: no evidence, all 0). A regular car
    is seen at all with a chance that grows with the nights (`SEEN_PER_NIGHT`).
    """
    counts = np.arange(max_occupants + 1)
    result = np.zeros((len(untied), len(rates), len(counts)))
    for nights in sorted(set(looks[looks > 0].tolist())):
        rows = np.flatnonzero(looks == nights)
        cars = _cars_seen(untied, rows)
        free = np.maximum(counts[None, :] - tied[rows][:, None], 0)
        for index, rate in enumerate(rates):
            by_free = _cars_by_free_occupants(cars.shape[1] - 1, rate.after(nights), max_occupants)
            seen = times_in_order(cars, by_free.T)
            result[rows, index] = np.log(np.maximum(np.take_along_axis(seen, free, axis=1), 1e-12))
    return result


def _cars_seen(untied: list[Array], rows: NDArray[np.int64]) -> Array:
    """(rows, most + 1) distribution of the number of unattributed regular cars of each of these dwellings."""
    held = [untied[row] for row in rows]
    lengths = np.array([len(cars) for cars in held])
    padded = np.zeros((len(rows), int(lengths.max(initial=0))))
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = np.concatenate([np.zeros(0), *held])
    return poisson_binomial(padded)


# Grid of the two car rates: hardly any car in another's name to two in three; no neighbour's car to one a case.
UNTIED_SHARES = (0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50, 0.65)
STRAYS = (0.05, 0.10, 0.20, 0.30, 0.45, 0.65, 0.90)


def fit_cars(
    untied: list[Array],
    tied: NDArray[np.int64],
    watched: NDArray[np.bool_],
    occupants: Sequence[Array],
    weight: Array,
    settings: InferenceSettings,
) -> tuple[tuple[float, float, float], float]:
    """Share of cars in other names by kind of household, and stray regulars a dwelling, as the watched dwellings show.

    The mode over a grid of the likelihood, summed over the current posterior of N (occupants: per kind (n, M + 1);
    weight: (n, kinds)), with a Beta prior on each share (`untied_prior`) and an exponential one on the strays.
    """
    rows = np.flatnonzero(watched)
    if not len(rows):
        return settings.untied_share, settings.stray_regulars
    seen, width = _cars_seen(untied, rows), occupants[0].shape[1]
    free = np.maximum(np.arange(width)[None, :] - tied[rows][:, None], 0)
    best, mode = -np.inf, (settings.untied_share, settings.stray_regulars)
    for strays in STRAYS:
        shares, total = [], -strays / settings.stray_regulars
        for kind, by_n in enumerate(occupants):
            w = weight[rows, kind]
            before, after = settings.untied_prior[kind]
            fits = []
            for share in UNTIED_SHARES:
                by_free = _cars_by_free_occupants(
                    seen.shape[1] - 1, CarRates(settings.car_per_occupant * share, strays), width - 1
                )
                likelihood = (by_n[rows] * np.take_along_axis(seen @ by_free.T, free, axis=1)).sum(axis=1)
                fit = float((w * np.log(np.maximum(likelihood, 1e-12))).sum())
                fits.append(fit + (before - 1.0) * np.log(share) + (after - 1.0) * np.log(1.0 - share))
            shares.append(UNTIED_SHARES[int(np.argmax(fits))])
            total += max(fits)
        if total > best:
            best, mode = total, ((shares[0], shares[1], shares[2]), strays)
    return mode


def _cars_by_free_occupants(most: int, rates: CarRates, max_occupants: int) -> Array:
    """(M + 1, most + 1) P(cars | occupants free to bring one): occupants' own (binomial) and strays (Poisson)."""
    cars = np.arange(most + 1)
    free = np.arange(max_occupants + 1)[:, None]
    own = binomial(cars[None, :], free, rates.brings)
    strays = poisson(cars[:, None] - cars[None, :], rates.strays)  # (cars, own)
    return times_in_order(own, strays.T)
