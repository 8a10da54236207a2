"""How well a clustering of mentions agrees with the true persons."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision, recall and their harmonic mean; None where nothing could be compared."""

    precision: float | None
    recall: float | None
    f1: float | None
    items: int


def b_cubed(items: pl.DataFrame, true: list[str], predicted: list[str]) -> Agreement:
    """B-cubed agreement (Bagga and Baldwin 1998): per item, the share of its cluster that belongs with it.

    `items`: one row per mention; `true` and `predicted` name the columns that make up the two cluster keys.
    """
    total = items.height
    if total == 0:
        return Agreement(None, None, None, 0)
    cells = _cells(items, true, predicted)
    square = cells["n"].cast(pl.Float64) ** 2
    precision = float((square / cells["of_predicted"]).sum() / total)
    recall = float((square / cells["of_true"]).sum() / total)
    return Agreement(precision, recall, _harmonic(precision, recall), total)


def pairwise(items: pl.DataFrame, true: list[str], predicted: list[str]) -> Agreement:
    """Agreement over pairs of mentions said to be one person; None where no pair is said, or none is true."""
    if items.height == 0:
        return Agreement(None, None, None, 0)
    cells = _cells(items, true, predicted)
    both = _pairs(cells["n"])
    said = _pairs(items.group_by(predicted).len()["len"])
    real = _pairs(items.group_by(true).len()["len"])
    precision = both / said if said else None
    recall = both / real if real else None
    f1 = _harmonic(precision, recall) if precision is not None and recall is not None else None
    return Agreement(precision, recall, f1, items.height)


def _cells(items: pl.DataFrame, true: list[str], predicted: list[str]) -> pl.DataFrame:
    """Contingency table: n of each (true, predicted) pair with the sizes of both clusters."""
    keyed = items.select(pl.struct(true).alias("t"), pl.struct(predicted).alias("p"))
    return (
        keyed.group_by("t", "p")
        .agg(pl.len().alias("n"))
        .with_columns(pl.col("n").sum().over("t").alias("of_true"), pl.col("n").sum().over("p").alias("of_predicted"))
    )


def _pairs(sizes: pl.Series) -> float:
    wide = sizes.cast(pl.Float64)
    return float((wide * (wide - 1) / 2).sum())


def _harmonic(a: float, b: float) -> float:
    return 0.0 if a + b == 0 else 2 * a * b / (a + b)
