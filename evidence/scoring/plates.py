"""Plate readings against the plates that really stood there."""

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA

from evidence.scoring.measures import calibration_error


def plate_scores(plates: pl.DataFrame, log: pl.DataFrame) -> tuple[dict[str, float | int | None], pl.DataFrame]:
    """Figures, and a table by number of edits (`edits`, `rows`, `share_right`).

    A hypothesis is one registered plate (its registrations added up), or "matches no registration". A log row is
    right when its most probable hypothesis is the true plate and agrees on whether that is registered. Rows
    without a legible character, and looks that saw nothing, are left out.
    """
    rows = (
        log.filter(~pl.col("effort") & pl.col("read_plate").is_not_null() & pl.col("true_plate").is_not_null())
        .with_columns(_bare("read_plate").alias("read"))
        .filter(pl.col("read").str.contains("[A-Z0-9]"))
        .with_columns(pl.col("true_dmv_rows").is_not_null().alias("registered"))
    )
    rows = rows.with_columns(_edits(rows))
    guesses = _hypotheses(plates).join(rows.select("log_row", "true_plate", "registered"), on="log_row")
    right = pl.col("registered") & pl.col("in_registry") & (pl.col("plate") == pl.col("true_plate"))
    unlisted = ~pl.col("registered") & ~pl.col("in_registry")
    guesses = guesses.with_columns(
        (right | unlisted).alias("event"),
        (right | (unlisted & (pl.col("plate") == pl.col("true_plate")))).alias("right"),
    )
    best = guesses.sort("log_row", "p", "in_registry", "plate", descending=[False, True, True, False]).unique(
        "log_row", keep="first", maintain_order=True
    )
    judged = rows.join(best.select("log_row", "in_registry", "p", "right"), on="log_row", how="left").with_columns(
        pl.col("right").fill_null(False)
    )
    by_edits = (
        judged.group_by("edits").agg(pl.len().alias("rows"), pl.col("right").mean().alias("share_right")).sort("edits")
    )
    ghost = judged.filter(~pl.col("registered"))
    false_claims = ghost.filter(pl.col("in_registry").fill_null(False) & (pl.col("p") >= 0.5)).height
    figures: dict[str, float | int | None] = {
        "rows": judged.height,
        "share_right": _mean(judged["right"]),
        "share_right_misread": _mean(judged.filter(pl.col("edits") > 0)["right"]),
        "unregistered_rows": ghost.height,
        "false_claims": false_claims / ghost.height if ghost.height else None,
        "calibration_error": calibration_error(guesses["p"].to_numpy(), guesses["event"].to_numpy()),
        "rows_without_candidate": judged["p"].null_count(),
    }
    return figures, by_edits


def _hypotheses(plates: pl.DataFrame) -> pl.DataFrame:
    """`log_row`, `plate`, `in_registry`, `p`: registrations of one plate and state summed; all others summed."""
    known = pl.col("dmv_row").is_not_null()
    typed = plates.with_columns(
        pl.col("log_row").cast(pl.UInt32), known.alias("in_registry"), pl.col("p_match").cast(pl.Float64)
    )
    registered = (
        typed.filter("in_registry").group_by("log_row", "plate", "plate_state").agg(pl.col("p_match").sum().alias("p"))
    )
    rest = (
        typed.filter(~pl.col("in_registry"))
        .sort("log_row", "p_match", "plate", descending=[False, True, False], nulls_last=True)
        .group_by("log_row", maintain_order=True)
        .agg(pl.col("plate").first(), pl.col("p_match").sum().alias("p"))
    )
    return pl.concat(
        [
            registered.select("log_row", "plate", pl.lit(True).alias("in_registry"), pl.col("p").clip(0, 1)),
            rest.select("log_row", "plate", pl.lit(False).alias("in_registry"), pl.col("p").clip(0, 1)),
        ]
    )


def _bare(column: str) -> pl.Expr:
    upper = pl.col(column).str.to_uppercase().str.replace_all(r"[*_]", "?").str.replace_all(r"[^A-Z0-9?]", "")
    return pl.when(upper.is_in(["NONE", "NOPLATE", "NA"])).then(pl.lit("")).otherwise(upper)


def _edits(rows: pl.DataFrame) -> pl.Series:
    """Edits (substitution, loss, addition, adjacent swap) between what was written and the true plate."""
    distances = [OSA.distance(a, b) for a, b in rows.select("read", "true_plate").iter_rows()]
    return pl.Series("edits", distances, dtype=pl.Int64)


def _mean(values: pl.Series) -> float | None:
    return float(np.mean(values.to_numpy())) if len(values) else None
