"""Score a screening against the truth of a synthetic city.

`score(out, truth)` reads the tables that `evidence screen` wrote and the truth folder that the generator wrote.
It imports nothing of the pipeline and nothing of the generator: only the two file formats.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import polars as pl

from evidence.scoring.cases import distinct_names, headcount_scores, limit_scores, named_scores
from evidence.scoring.clusters import Agreement, b_cubed, pairwise
from evidence.scoring.identities import dwelling_accuracy, matched_mentions, members, person_map
from evidence.scoring.nights import guest_scores, vehicle_night_scores, vehicle_scores
from evidence.scoring.plates import plate_scores

Figures = dict[str, float | int | None]


class ScoreError(ValueError):
    """A table that the score needs is absent or lacks a column; the message names it."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures by group and name (None: nothing to measure), and the tables behind them.

    `frames`: `limit_calibration` (bin, n, mean_p, share_true), `plates_by_edits` (edits, rows, share_right),
    `floor_violations` (case_id, person_id, true_person_id, guest_days_observed, true_nights).
    """

    figures: Mapping[str, Mapping[str, float | int | None]]
    frames: Mapping[str, pl.DataFrame]

    def table(self) -> str:
        """All figures as aligned text, one a line."""
        width = max(len(name) for group in self.figures.values() for name in group)
        lines: list[str] = []
        for group, figures in self.figures.items():
            lines.append(group)
            lines.extend(f"  {name:<{width}}  {_shown(value)}" for name, value in figures.items())
        by_edits = self.frames["plates_by_edits"]
        lines.append("plates by edits (rows, share right)")
        lines.extend(f"  {e:<{width}}  {n:>6}  {s:.3f}" for e, n, s in by_edits.iter_rows())
        lines.append("over the limit, calibration (cases, mean p, share true)")
        lines.extend(
            f"  {b / 10:.1f}-{(b + 1) / 10:.1f}{'':<{max(0, width - 7)}}  {n:>6}  {p:.3f}  {t:.3f}"
            for b, n, p, t in self.frames["limit_calibration"].iter_rows()
        )
        return "\n".join(lines)

    def as_dict(self) -> dict[str, dict[str, float | int | None]]:
        """The figures as plain dictionaries, for JSON."""
        return {group: dict(figures) for group, figures in self.figures.items()}


_OUT = {
    "screen": ("case_id", "persons_named", "persons_named_low", "persons_named_high", "occupants_mean", "occupants_low",
               "occupants_high", "p_over_limit", "finding", "guest_days_estimated_max"),
    "occupants": ("case_id", "occupants", "probability"),
    "persons": ("case_id", "person_id", "guest_days_observed", "guest_days_estimated", "guest_days_low",
                "guest_days_high"),
    "mentions": ("person_id", "source", "row", "field", "dwelling_id"),
    "plates": ("case_id", "log_row", "plate", "plate_state", "dmv_row", "p_match"),
    "vehicles": ("case_id", "vehicle_id", "plate", "plate_state", "operator_person_id", "p_operator",
                 "nights_observed"),
}  # fmt: skip
_TRUTH = {
    "cases": ("case_id", "dwelling", "occupants", "over_limit", "guest_days_max", "persons_named"),
    "occupancy": ("case_id", "true_person_id", "kind", "on_lease", "guest_nights"),
    "mentions": ("source", "row", "field", "part", "true_person_id", "true_dwelling", "written"),
    "log": ("case_id", "log_row", "read_plate", "true_plate", "true_dmv_rows", "true_vehicle_id", "effort"),
    "vehicles": ("case_id", "plate", "plate_state", "operator_person_id", "relation", "nights"),
}


def score(out: Path, truth: Path) -> Scores:
    """Compare the tables in `out` with those in `truth`; cases that were not screened are counted as such.

    Raises ScoreError when a table or one of its columns is absent.
    """
    said = {name: _read(out, name, columns) for name, columns in _OUT.items()}
    real = {name: _read(truth, name, columns) for name, columns in _TRUTH.items()}
    cases = real["cases"]
    matched = matched_mentions(said["mentions"], real["mentions"])
    people = person_map(matched)
    limit, bins = limit_scores(said["screen"], cases, distinct_names(real["mentions"], cases))
    log = real["log"].join(said["screen"], on="case_id", how="semi")
    plates, by_edits = plate_scores(said["plates"], log)
    guests, floor = guest_scores(said["persons"], said["screen"], members(matched), real["occupancy"], cases)
    figures: dict[str, Figures] = {
        "cases": {
            "true_cases": cases.height,
            "screened": cases.join(said["screen"], on="case_id", how="semi").height,
            "screened_unknown": said["screen"].join(cases, on="case_id", how="anti").height,
        },
        "over the limit": limit,
        "headcount": headcount_scores(said["screen"], said["occupants"], cases),
        "persons named": named_scores(said["screen"], cases),
        "persons": _person_scores(matched, cases),
        "plates": plates,
        "vehicles": vehicle_scores(said["vehicles"], people, real["vehicles"], log),
        "vehicle-nights": vehicle_night_scores(said["vehicles"], real["vehicles"], cases),
        "guest-nights": guests,
        "dwellings": dwelling_accuracy(matched),
    }
    frames = {"limit_calibration": bins, "plates_by_edits": by_edits, "floor_violations": floor}
    return Scores(MappingProxyType(figures), MappingProxyType(frames))


def _person_scores(matched: pl.DataFrame, cases: pl.DataFrame) -> Figures:
    """B-cubed and pairwise agreement over all mentions; B-cubed inside one dwelling; and inside the cases' own."""
    inside = matched.filter(pl.col("true_dwelling").is_not_null())
    at_cases = inside.join(cases.select(pl.col("dwelling").alias("true_dwelling")), on="true_dwelling", how="semi")
    out: Figures = {"mentions": matched.height, "mentions_left_out": matched.height - int(matched["found"].sum())}
    _spread(out, "bcubed", b_cubed(matched, ["true_person_id"], ["person_id"]))
    _spread(out, "pairwise", pairwise(matched, ["true_person_id"], ["person_id"]))
    keys = ["true_dwelling", "true_person_id"], ["true_dwelling", "person_id"]
    _spread(out, "bcubed_one_dwelling", b_cubed(inside, *keys))
    _spread(out, "bcubed_case_dwellings", b_cubed(at_cases, *keys))
    return out


def _spread(out: Figures, name: str, agreement: Agreement) -> None:
    out[f"{name}_precision"] = agreement.precision
    out[f"{name}_recall"] = agreement.recall
    out[f"{name}_f1"] = agreement.f1


def _read(folder: Path, name: str, columns: tuple[str, ...]) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise ScoreError(f"{path} is not there: give the folder that `evidence screen` or `evidence demo` wrote")
    frame = pl.read_parquet(path)
    absent = [c for c in columns if c not in frame.columns]
    if absent:
        raise ScoreError(f"{path} lacks the column(s) {', '.join(absent)}; it has {', '.join(frame.columns)}")
    return frame


def _shown(value: float | int | None) -> str:
    if value is None:
        return "     -"
    return f"{value:>6}" if isinstance(value, int) else f"{value:>10.3f}"
