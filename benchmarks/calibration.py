"""Expected calibration error of stated probabilities over ten bins, of equal width or of equal count; 0 of nothing."""

import numpy as np
import polars as pl

from evidence.scoring import measures


def error_by_width(stated: pl.Series, true: pl.Series) -> float:
    """`measures.calibration_error` of two columns."""
    return measures.calibration_error(stated.to_numpy(), true.to_numpy()) or 0.0


def error_by_count(stated: pl.Series, true: pl.Series) -> float:
    """The same with a tenth of the rows in each bin, in order of what was stated."""
    p, size = stated.to_numpy(), len(stated)
    gaps = (p - true.to_numpy())[np.argsort(p, kind="stable")]
    return float(np.abs(np.bincount(np.arange(size) * 10 // max(size, 1), gaps, 10)).sum() / max(size, 1))
