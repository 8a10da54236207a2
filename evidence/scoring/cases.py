"""The screening list against the true cases: headcount, the limit, persons named."""

import polars as pl

from evidence.scoring import measures as m

Figures = dict[str, float | int | None]


def headcount_scores(screen: pl.DataFrame, occupants: pl.DataFrame, truth: pl.DataFrame) -> Figures:
    """Number of occupants: point, interval and whole distribution."""
    rows = truth.join(screen.select("case_id", "occupants_mean", "occupants_low", "occupants_high"), on="case_id").sort(
        "case_id"
    )
    real = rows["occupants"].cast(pl.Float64).to_numpy()
    low, high = (rows[c].cast(pl.Float64).to_numpy() for c in ("occupants_low", "occupants_high"))
    dist = occupants.rename({"occupants": "value"}).join(truth.select("case_id", "occupants"), on="case_id")
    at = (
        dist.group_by("case_id")
        .agg(
            pl.col("probability").filter(pl.col("value") == pl.col("occupants")).sum().alias("at"),
            pl.col("probability").filter(pl.col("value") < pl.col("occupants")).sum().alias("below"),
        )
        .sort("case_id")
    )
    p_at, below = at["at"].to_numpy(), at["below"].to_numpy()
    return {
        "cases": rows.height,
        "mean_absolute_error": m.mean_absolute_error(rows["occupants_mean"].to_numpy(), real),
        "bias": m.mean(rows["occupants_mean"].to_numpy() - real),
        "coverage_90": m.coverage(low, high, real),
        "mean_width": m.mean(high - low),
        "log_score": m.log_score(p_at),
        "pit_distance": m.uniform_distance(below, p_at),
    }


def limit_scores(screen: pl.DataFrame, truth: pl.DataFrame, names: pl.DataFrame) -> tuple[Figures, pl.DataFrame]:
    """Probability of being over the limit, beside plain counts of names; and the calibration table.

    `names`: case_id, `distinct_names` as written (what a clerk with a list would count).
    """
    rows = (
        truth.join(screen.select("case_id", "p_over_limit", "persons_named", "finding"), on="case_id", suffix="_said")
        .join(names, on="case_id", how="left")
        .with_columns(pl.col("distinct_names").fill_null(0))
        .sort("case_id")
    )
    p = rows["p_over_limit"].cast(pl.Float64).to_numpy()
    real = rows["over_limit"].to_numpy().astype(bool)
    sure = p >= 0.75
    shown = (rows["finding"] == "over_limit_shown").to_numpy()
    figures: Figures = {
        "cases": rows.height,
        "violations": int(real.sum()),
        "auc": m.auc(p, real),
        "auc_persons_named": m.auc(rows["persons_named_said"].cast(pl.Float64).to_numpy(), real),
        "auc_distinct_names": m.auc(rows["distinct_names"].cast(pl.Float64).to_numpy(), real),
        "brier": m.brier(p, real),
        "calibration_error": m.calibration_error(p, real),
        "sure_cases": int(sure.sum()),
        "sure_wrong": m.mean((~real[sure]).astype(float)),
        "sure_caught": m.mean(sure[real].astype(float)),
        "shown_wrong": m.mean((~real[shown]).astype(float)),
        "shown_caught": m.mean(shown[real].astype(float)),
    }
    return figures, m.calibration(p, real)


def named_scores(screen: pl.DataFrame, truth: pl.DataFrame) -> Figures:
    """Number of distinct persons that the sources name at the dwelling."""
    rows = truth.join(screen, on="case_id", suffix="_said").sort("case_id")
    real = rows["persons_named"].cast(pl.Float64).to_numpy()
    low, high, said = (
        rows[c].cast(pl.Float64).to_numpy() for c in ("persons_named_low", "persons_named_high", "persons_named_said")
    )
    return {
        "cases": rows.height,
        "mean_absolute_error": m.mean_absolute_error(said, real),
        "bias": m.mean(said - real),
        "coverage_90": m.coverage(low, high, real),
        "mean_width": m.mean(high - low),
    }


def distinct_names(mentions: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """`case_id`, `distinct_names`: names as written at the true dwelling, words sorted, initials left out."""
    words = pl.col("written").str.to_uppercase().str.replace_all(r"[^A-Z ]", " ").str.split(" ")
    sorted_words = words.list.eval(pl.element().filter(pl.element().str.len_chars() > 1)).list.sort().list.join(" ")
    written = mentions.filter(pl.col("true_person_id").is_not_null()).with_columns(sorted_words.alias("key"))
    counted = written.group_by("true_dwelling").agg(pl.col("key").n_unique().cast(pl.Int64).alias("distinct_names"))
    return (
        truth.select("case_id", "dwelling").join(counted, left_on="dwelling", right_on="true_dwelling").drop("dwelling")
    )
