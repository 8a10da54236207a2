"""The fitted m and u probabilities as a table, for whoever wants to check a weight."""

import numpy as np
import polars as pl

from matchers.chance import COMPARED
from matchers.comparison import LEVELS
from matchers.patterns import CROWDS
from matchers.weights import Weights

# Rows of u: two people of different places, or of one place that so many profiles share.
PLACES = (
    "elsewhere",
    *(f"place of up to {2**crowd}" for crowd in range(1, CROWDS)),
    f"place of over {2 ** (CROWDS - 1)}",
)


def parameters(weights: Weights, source_names: list[str]) -> pl.DataFrame:
    """The fitted parameters as a table: sources, place, feature, level, m, u, bits (log2 m/u, average name)."""
    rows = []
    for pair, sources in enumerate(source_names):
        for crowd, place in enumerate(PLACES):
            for feature in COMPARED:
                for code, name in enumerate(LEVELS[feature]):
                    if code:
                        m, u = weights.m[feature][pair, code], weights.u[feature][pair, crowd, code]
                        rows.append((sources, place, feature, name, m, u, float(np.log2(m / u))))
    return pl.DataFrame(rows, schema=["sources", "place", "feature", "level", "m", "u", "bits"], orient="row")
