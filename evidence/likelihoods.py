"""What monthly usage and unattributed vehicles say about the number of occupants: log-likelihoods over N.

Usage: log(usage / median of the same month in this city) is normal around a + b log N. Slope, level and spread
are fitted to the city's own dwellings by weighted least squares on the current posterior of N (a mixture
regression); the priors are the lognormal household factor of National Academies 6287 p. 56 and economies of scale.
Vehicles: of the occupants without a car in their own or kin's name, each brings an unattributed car with
probability `car_per_occupant * untied_share`; stray regulars (neighbours) come as a Poisson count.
"""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import binom, poisson

from evidence.headcount import Array, poisson_binomial
from evidence.settings import InferenceSettings

MONTHS_BACK = 12


def usage_levels(
    table: pl.DataFrame, accounts: pl.DataFrame, usage: pl.DataFrame, settings: InferenceSettings
) -> pl.DataFrame:
    """Mean log usage relative to the city's median of the same month, unit and service, per situation.

    table: `Situations.table`; accounts: account_id, dwelling_id, service_type; usage: canonical frame. Winter months
    count where there are at least two, since lawns are watered in summer; else all months. Returns situation,
    service (unit), relative_log_usage, months. Months of zero usage are a vacant meter and are left out.
    """
    if usage.is_empty() or accounts.is_empty():
        return pl.DataFrame(
            schema={"situation": pl.UInt32, "unit": pl.String, "relative": pl.Float64, "months": pl.UInt32}
        )
    readings = (
        usage.filter(pl.col("duplicate_of").is_null() & (pl.col("usage") > 0))
        .with_columns(log_usage=pl.col("usage").log())
        .with_columns(relative=pl.col("log_usage") - pl.col("log_usage").median().over("month", "unit"))
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


def vehicle_log_likelihood(
    untied: list[Array], tied: NDArray[np.int64], watched: NDArray[np.bool_], settings: InferenceSettings
) -> Array:
    """(n, M + 1) log-likelihood of the number of unattributed regular cars given N.

    untied: per dwelling the probabilities that each unattributed car belongs to somebody staying there; tied: occupants
    who have a car of their own already; watched: False where nobody looked long enough (no evidence, all 0).
    """
    counts = np.arange(settings.max_occupants + 1)
    result = np.zeros((len(untied), len(counts)))
    most = max((len(untied[row]) for row in np.flatnonzero(watched)), default=0)
    by_free = _cars_by_free_occupants(most, settings)
    for row in np.flatnonzero(watched):
        seen = poisson_binomial(np.asarray(untied[row], dtype=float)[None, :])[0]
        free = np.maximum(counts - tied[row], 0)
        result[row] = np.log(np.maximum(by_free[free, : len(seen)] @ seen, 1e-12))
    return result


# Grid of the two car rates: hardly any car in another's name to two in three; no neighbour's car to one a case.
UNTIED_SHARES = (0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50, 0.65)
STRAYS = (0.05, 0.10, 0.20, 0.30, 0.45, 0.65, 0.90)


def fit_cars(
    untied: list[Array],
    tied: NDArray[np.int64],
    watched: NDArray[np.bool_],
    occupants: Array,
    settings: InferenceSettings,
) -> tuple[float, float]:
    """Share of cars in other names and stray regulars a dwelling, as this city's watched dwellings show them.

    The mode over a grid of the likelihood, summed over the current posterior of N (occupants: (n, M + 1)), with a
    Beta(4, 4) prior on the share as `prior_figures.csv` advises and an exponential one on the strays.
    """
    rows = np.flatnonzero(watched)
    if not len(rows):
        return settings.untied_share, settings.stray_regulars
    best, mode = -np.inf, (settings.untied_share, settings.stray_regulars)
    held = [untied[row] for row in rows]
    for share in UNTIED_SHARES:
        for strays in STRAYS:
            tried = replace(settings, untied_share=share, stray_regulars=strays)
            by_n = vehicle_log_likelihood(held, tied[rows], np.ones(len(rows), dtype=bool), tried)
            fit = float(np.log((occupants[rows] * np.exp(by_n)).sum(axis=1)).sum())
            fit += 3.0 * np.log(share * (1.0 - share)) - strays / settings.stray_regulars
            if fit > best:
                best, mode = fit, (share, strays)
    return mode


def _cars_by_free_occupants(most: int, settings: InferenceSettings) -> Array:
    """(M + 1, most + 1) P(cars | occupants free to bring one): occupants' own (binomial) and strays (Poisson)."""
    cars = np.arange(most + 1)
    free = np.arange(settings.max_occupants + 1)[:, None]
    own = binom.pmf(cars[None, :], free, settings.car_per_occupant * settings.untied_share)
    strays = poisson.pmf(cars[:, None] - cars[None, :], settings.stray_regulars)  # (cars, own)
    table: Array = own @ strays.T
    return table
