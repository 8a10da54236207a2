"""Elementary measures of forecasts: ranking, calibration, intervals, distributions. Arrays in, floats out.

An empty input has no value: None, never 0 or NaN.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_PIT_SEED = 20_070_814  # any fixed number: the randomised transform must not change between runs


def auc(score: Floats, truth: Bools) -> float | None:
    """P(a true case scores above a false one), ties count half: the Mann-Whitney statistic over its maximum.

    None unless both kinds occur.
    """
    positive, negative = int(truth.sum()), int((~truth).sum())
    if positive == 0 or negative == 0:
        return None
    ranks = pl.Series(score).rank("average").to_numpy()
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def brier(p: Floats, truth: Bools) -> float | None:
    """Mean squared difference of probability and outcome (Brier 1950)."""
    return None if len(p) == 0 else float(np.mean((p - truth) ** 2))


def calibration(p: Floats, truth: Bools, bins: int = 10) -> pl.DataFrame:
    """One row per bin that holds anything, of `bins` of equal width: `bin` (from 0), `n`, `mean_p`, `share_true`."""
    index = np.clip((np.asarray(p) * bins).astype(np.int64), 0, bins - 1)
    frame = pl.DataFrame(
        {"bin": index, "p": p, "truth": truth}, schema={"bin": pl.Int64, "p": pl.Float64, "truth": pl.Boolean}
    )
    return (
        frame.group_by("bin")
        .agg(pl.len().alias("n"), pl.col("p").mean().alias("mean_p"), pl.col("truth").mean().alias("share_true"))
        .sort("bin")
    )


def calibration_error(p: Floats, truth: Bools, bins: int = 10) -> float | None:
    """Expected calibration error: mean of |mean_p - share_true| over bins, weighted by their sizes."""
    if len(p) == 0:
        return None
    table = calibration(p, truth, bins)
    gap = (table["mean_p"] - table["share_true"]).abs()
    return float((gap * table["n"]).sum() / len(p))


def coverage(low: Floats, high: Floats, truth: Floats) -> float | None:
    """Share of the true values inside [low, high], ends included."""
    return None if len(truth) == 0 else float(np.mean((low <= truth) & (truth <= high)))


def mean_absolute_error(estimate: Floats, truth: Floats) -> float | None:
    """Mean of |estimate - truth|."""
    return None if len(truth) == 0 else float(np.mean(np.abs(estimate - truth)))


def mean(values: Floats) -> float | None:
    """Arithmetic mean, None of nothing."""
    return None if len(values) == 0 else float(np.mean(values))


def log_score(p_true: Floats, floor: float = 1e-6) -> float | None:
    """Mean of -ln(probability given to what was true), in nats; a probability below `floor` counts as `floor`."""
    return None if len(p_true) == 0 else float(np.mean(-np.log(np.maximum(p_true, floor))))


def uniform_distance(below: Floats, at: Floats) -> float | None:
    """Kolmogorov distance of the randomised PIT from uniform; 0 is ideal (Czado, Gneiting and Held 2009).

    `below`: P(X < truth); `at`: P(X = truth). The transform is below + u * at, u uniform with a fixed seed.
    """
    size = len(below)
    if size == 0:
        return None
    u = np.random.default_rng(_PIT_SEED).random(size)
    value = np.sort(np.clip(below + u * at, 0.0, 1.0))
    step = np.arange(size)
    return float(max(np.max((step + 1) / size - value), np.max(value - step / size)))
