"""Made-up towns for measuring headcount and p_over_limit: drawn, screened, scored, and a reference that saw labels.

The towns are drawn from a regime, every rate perturbed by the town's own seed. The reference is gradient boosting on
what linkage and the watch found at each case, fitted to labels of other towns: what those features can say at best. It
is a yardstick only; nothing of it is in the program.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]

from evidence.assess import Assessment, assess
from evidence.candidates import SOURCES
from evidence.case_numbers import CaseNumbers, number_cases
from evidence.claims import CLAIM_KINDS
from evidence.headcount import Array, credible_interval
from evidence.inference import fit
from evidence.linkage import Linked, link
from evidence.named_packs import undoubted
from evidence.one_person import no_merges
from evidence.progress import NullProgress
from evidence.rules.pack import DEFAULT_PACK, load_pack
from evidence.scoring import measures as m
from evidence.scoring.cases import distinct_names
from evidence.settings import LEVELS, InferenceSettings
from evidence.situations import case_windows
from evidence.synthetic import REGIMES, generate, regime
from loaders.city import City, load
from loaders.rows import FrameRows

Figures = dict[str, float]
Change = Callable[[Assessment, InferenceSettings], Assessment]


@dataclass(frozen=True, slots=True)
class Town:
    """A made-up town, linked; `cases` and `names`: its truth, and names counted as a clerk would."""

    regime: str
    city: City
    linked: Linked
    cases: pl.DataFrame
    names: pl.DataFrame


def draw(folder: Path, name: str, seed: int, scale: str = "town") -> Town:
    """The town of this regime and seed, its rates perturbed."""
    settings = regime(name).perturbed(10 * seed + REGIMES.index(name))
    made = generate(folder / f"{name}-{seed}", scale=scale, seed=seed, settings=settings)
    city = load(made.city)
    cases = pl.read_parquet(made.truth / "cases.parquet")
    names = distinct_names(pl.read_parquet(made.truth / "mentions.parquet"), cases)
    return Town(name, city, link(city, NullProgress()), cases, names)


def screened(
    town: Town, settings: InferenceSettings, change: Change | None = None, sensitivity: bool = False
) -> pl.DataFrame:
    """One row an open case: what was said, what is true, and the features of the reference.

    change: an ablation of the assessment. With `sensitivity`, `without_<source>` is p_over with that source left out.
    """
    asked = case_windows(town.city, FrameRows(town.linked.dwellings.best))
    found = assess(town.city, town.linked, asked, settings, NullProgress())
    if change is not None:
        found = change(found, settings)
    kinds = town.city.frame("cases").filter(pl.col("duplicate_of").is_null())
    kinds = kinds.select("case_id", "complaint_type", "witness_willing")
    table, pack = town.linked.dwellings.table, load_pack(DEFAULT_PACK)
    numbers = number_cases(found, table, kinds, undoubted(asked), pack, settings, sensitivity)
    return (
        _said(numbers)
        .join(town.cases.select("case_id", "occupants", "over_limit"), on="case_id")
        .join(town.names, on="case_id", how="left")
        .join(features(found), on="case_id")
        .with_columns(pl.lit(town.regime).alias("regime"), pl.col("distinct_names").fill_null(0))
        .sort("case_id")
    )


def _said(numbers: CaseNumbers) -> pl.DataFrame:
    low, high = credible_interval(numbers.occupants, InferenceSettings().interval_level)
    return pl.DataFrame(
        {
            "case_id": numbers.cases["case_id"],
            "p": numbers.p_over,
            "mean": numbers.occupants @ np.arange(numbers.occupants.shape[1]),
            "low": low,
            "high": high,
            "distribution": numbers.occupants.tolist(),
            **{f"without_{source}": p for source, p in sorted(numbers.left_out.items())},
        }
    )


FEATURE = "x_"


def features(found: Assessment) -> pl.DataFrame:
    """case_id and x_ columns of the fullest part of each case: counts of candidates by level, and of the dwelling."""
    candidates, model = found.model.candidates, found.model
    levels = np.where(candidates.named[:, :, None], candidates.levels, -1)
    columns: dict[str, NDArray[Any]] = {}
    for index, source in enumerate(SOURCES):
        for level in range(len(LEVELS[source])):
            columns[f"{source}_{level}"] = (levels[:, :, index] == level).sum(axis=1)
    current = (levels[:, :, [SOURCES.index(s) for s in SOURCES if s != "elsewhere"]] == 1).sum(axis=2)
    for group in range(4):
        members = candidates.named & (candidates.member_of == group)
        columns[f"members_{group}"] = members.sum(axis=1)
        columns[f"current_{group}"] = (members & (current > 0)).sum(axis=1)
    columns |= {
        "once": (current >= 1).sum(axis=1),
        "twice": (current >= 2).sum(axis=1),
        "named": candidates.named.sum(axis=1),
        "prior": model.prior @ np.arange(model.prior.shape[1]),
        "tenure": model.tenure,
        "looks": model.looks,
        "untied": np.array([float(np.sum(cars)) for cars in model.untied]),
        "kin_1": candidates.kin_1,
        "kin_2": candidates.kin_2,
        **{f"claimed_{kind}": model.claims[:, at] for at, kind in enumerate(CLAIM_KINDS)},
        **{f"usage_{unit}": model.usage[:, unit] for unit in range(model.usage.shape[1])},
    }
    frame = pl.DataFrame({FEATURE + name: np.asarray(values, dtype=float) for name, values in columns.items()})
    return (
        frame.with_columns(found.situations.table["case_id"])
        .filter(found.situations.table["is_case"])
        .sort("case_id", FEATURE + "once", FEATURE + "named", descending=[False, True, True])
        .unique("case_id", keep="first", maintain_order=True)
    )


def reference(labelled: pl.DataFrame, asked: pl.DataFrame) -> Array:
    """p_over_limit of gradient boosting fitted to the labels of other towns."""
    names = sorted(c for c in labelled.columns if c.startswith(FEATURE))
    known = asked.with_columns(pl.lit(None, pl.Float64).alias(c) for c in names if c not in asked.columns)
    model = HistGradientBoostingClassifier(
        learning_rate=0.04, max_iter=200, max_leaf_nodes=8, min_samples_leaf=30, l2_regularization=5.0, random_state=0
    )
    model.fit(labelled.select(names).to_numpy(), labelled["over_limit"].to_numpy())
    said: Array = model.predict_proba(known.select(names).to_numpy())[:, 1]
    return said


def limit_figures(p: Array, over: NDArray[np.bool_]) -> Figures:
    """Ranking, squared error, calibration, and what is called at 0.75 and more."""
    sure = p >= 0.75
    return {
        "AUC": m.auc(p, over) or 0.0,
        "Brier": m.brier(p, over) or 0.0,
        "calibration error": m.calibration_error(p, over) or 0.0,
        "wrong at 0.75": m.mean((~over[sure]).astype(float)) or 0.0,
        "caught": m.mean(sure[over].astype(float)) or 0.0,
    }


def headcount_figures(rows: pl.DataFrame) -> Figures:
    """Point, interval and whole distribution of the number of occupants; `names`: the clerk's count of names."""
    real = rows["occupants"].to_numpy()
    said = np.array(rows["distribution"].to_list())
    at = said[np.arange(len(real)), np.minimum(real, said.shape[1] - 1)]
    below = np.where(np.arange(said.shape[1]) < real[:, None], said, 0.0).sum(axis=1)
    names = rows["distinct_names"].to_numpy()
    return {
        "covered by 90 %": m.coverage(rows["low"].to_numpy(), rows["high"].to_numpy(), real) or 0.0,
        "width": float(np.mean(rows["high"].to_numpy() - rows["low"].to_numpy())),
        "PIT distance": m.uniform_distance(below, at) or 0.0,
        "mean absolute error": m.mean_absolute_error(rows["mean"].to_numpy(), real) or 0.0,
        "log score": m.log_score(at) or 0.0,
        "mean absolute error, names": m.mean_absolute_error(names.astype(float), real) or 0.0,
        "log score, names": m.log_score(_around(names, real, said.shape[1])) or 0.0,
    }


def _around(names: NDArray[np.int64], real: NDArray[np.int64], width: int) -> Array:
    """P(truth) by a count of names read as generously as it can be: a Poisson distribution about it."""
    counts = np.arange(width)
    log_p = counts * np.log(np.maximum(names, 0.5))[:, None] - np.cumsum(np.log(np.maximum(counts, 1)))
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    chosen: Array = (p / p.sum(axis=1, keepdims=True))[np.arange(len(real)), np.minimum(real, width - 1)]
    return chosen


def without_time(found: Assessment, settings: InferenceSettings) -> Assessment:
    """An ablation: a listing is a listing, whenever it was made."""
    candidates = found.model.candidates
    levels = np.where(candidates.levels > 1, 1, candidates.levels).astype(np.int8)
    model = replace(found.model, candidates=replace(candidates, levels=levels))
    return replace(found, model=model, fitted=fit(model, found.training, settings))


def without_doubt(found: Assessment, settings: InferenceSettings) -> Assessment:
    """An ablation: linkage is taken for certain, every address for the likeliest dwelling and every name for itself."""
    candidates = found.model.candidates
    certain = replace(candidates, sure=np.ones_like(candidates.sure), merges=no_merges())
    model = replace(found.model, candidates=certain)
    return replace(found, model=model, fitted=fit(model, found.training, settings))


def without_claims(found: Assessment, settings: InferenceSettings) -> Assessment:
    """An ablation: what complaints claim is not read."""
    model = replace(found.model, claims=np.full_like(found.model.claims, np.nan))
    return replace(found, model=model, fitted=fit(model, found.training, settings))


WHOLE = InferenceSettings()
ABLATIONS: Mapping[str, tuple[InferenceSettings, Change | None]] = {
    "whole model": (WHOLE, None),
    "fixed listing rates": (replace(WHOLE, em_iterations=0), None),
    "one kind of rented household": (replace(WHOLE, student_share=1e-9), None),
    "one coverage for all dwellings": (replace(WHOLE, coverage_shifts=((0.0,), (1.0,))), None),
    "no staleness": (WHOLE, without_time),
    "linkage taken for certain": (WHOLE, without_doubt),
    "claims not read": (WHOLE, without_claims),
}


def pooled(towns: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The cases of several towns; meters that a town lacks are unknown there."""
    return pl.concat(towns, how="diagonal_relaxed")
