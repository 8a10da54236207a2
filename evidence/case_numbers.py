"""Situations joined back into cases: one headcount distribution, one probability, one finding a case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.answers import Answer, Under, answer, complaint_factor, p_over_under, perturbed_rates
from evidence.assess import Assessment
from evidence.candidates import SOURCES
from evidence.findings import WEAK_COMPLAINTS, Standing, exemptions, find, in_force
from evidence.headcount import Array, latest_of
from evidence.inference import CLAIMS, LEFT_OUT_SOURCES
from evidence.listings import LISTING_SOURCES
from evidence.named_packs import IN_DOUBT
from evidence.row_sums import mean_number
from evidence.rules.dwelling import Law, law_of
from evidence.rules.lawful import most_unrelated
from evidence.rules.pack import RulePack
from evidence.settings import InferenceSettings
from evidence.summary_model import FindingWord

FINDING_NEEDS = ("vehicle_log", CLAIMS)  # left out, they decide what a finding rests on


@dataclass(frozen=True, slots=True)
class CaseNumbers:
    """All arrays have one row a case, in the order of `cases` (case_id).

    assessment: what was answered, with the guest test of the pack.
    occupants: (c, M + 1); joint_over: (c, M + 1) P(N, over) of the fullest situation; p_over, p_low, p_high: (c,);
    left_out: source -> (c,) p_over without it; unnamed_mean: (c,); residence: situation, slot, p_occupant;
    unrelated: (c,) most unrelated adults that are lawful there, -1 where the law or its facts give no such number;
    exempt: why a case is exempt, None where it is not; kin_error: (c,) standard error of p_over from drawn kinship.
    """

    cases: pl.DataFrame
    assessment: Assessment
    pack: RulePack
    occupants: Array
    joint_over: Array
    p_over: Array
    p_low: Array
    p_high: Array
    unrelated: NDArray[np.int64]
    left_out: dict[str, Array]
    unnamed_mean: Array
    residence: pl.DataFrame
    findings: list[FindingWord]
    exempt: list[str | None]
    kin_error: Array
    complaint_factor: float


@dataclass(frozen=True, slots=True)
class _Fold:
    """Which rows of the answer belong to each case: (c, parts), -1 where a case has fewer situations."""

    rows: NDArray[np.int64]

    def greatest(self, values: Array) -> Array:
        """(c,) the greatest of a per-situation number over the situations of each case."""
        padded = np.where(self.rows >= 0, values[self.rows], -np.inf)
        result: Array = padded.max(axis=1)
        return result

    def fullest(self, values: Array) -> NDArray[np.int64]:
        """(c,) the row in which a per-situation number is greatest."""
        padded = np.where(self.rows >= 0, values[self.rows], -np.inf)
        chosen: NDArray[np.int64] = self.rows[np.arange(len(self.rows)), padded.argmax(axis=1)]
        return chosen


def number_cases(
    assessment: Assessment,
    dwellings: pl.DataFrame,
    complaint_types: pl.DataFrame,
    cases: pl.DataFrame,
    pack: RulePack,
    settings: InferenceSettings,
    sensitivity: bool = True,
    leave_out: Sequence[str] = LEFT_OUT_SOURCES,
    complaint: float | None = None,
) -> CaseNumbers:
    """Answer the given cases under one pack. cases: rows of `Situations.cases`; complaint_types: case_id,
    complaint_type, witness_willing; dwellings: `Dwellings.table`. Without `sensitivity` (whole-city runs) the interval
    is the point, and no source is left out; with it each of `leave_out` is in turn (a finding needs FINDING_NEEDS).
    complaint: the `complaint_factor` of all cases of the city, where the assessment holds some of them only.
    """
    table = assessment.situations.table
    asked = table["case_id"].is_in(cases["case_id"].implode()).to_numpy()
    fold = _fold(table.filter(asked), cases)
    model, fitted = assessment.model, assessment.fitted
    facts = table.select("dwelling_id").join(dwellings, on="dwelling_id", how="left", maintain_order="left")
    law = law_of(pack, facts)
    if complaint is None:
        complaint = complaint_factor(model, fitted, law, settings) if cases["is_case"].any() else 1.0
    base = answer(model, fitted, law, settings, asked, complaint)
    p_over = fold.greatest(base.p_over)
    left_out, low, high = (
        _sensitivity(assessment, law, settings, asked, complaint, fold, p_over, leave_out)
        if sensitivity
        else ({}, p_over, p_over)
    )
    if law.undecided.any():
        # What facts nobody holds could change: from lawful by a form no source can show, to over by the least allowed.
        possibly = answer(model, fitted, law, settings, asked, complaint, how="possibly").p_over
        surely = answer(model, fitted, law, settings, asked, complaint, how="surely").p_over
        low, high = np.minimum(low, fold.greatest(possibly)), np.maximum(high, fold.greatest(surely))
    kin_error = base.error[fold.fullest(base.p_over)]
    low, high = np.maximum(low - 2.0 * kin_error, 0.0), np.minimum(high + 2.0 * kin_error, 1.0)
    why_exempt = exemptions(cases, dwellings, pack)
    exempt = np.array([why is not None for why in why_exempt], dtype=bool)
    p_over = np.where(exempt, 0.0, p_over)
    weak = (
        cases.select("case_id")
        .join(complaint_types, on="case_id", how="left", maintain_order="left")
        .select(
            pl.col("complaint_type").is_in(list(WEAK_COMPLAINTS)).fill_null(False)
            & ~pl.col("witness_willing").fill_null(False)
        )
        .to_series()
        .to_numpy()
    )
    standing = Standing(
        p_over,
        np.where(exempt, 0.0, low),
        np.where(exempt, 0.0, high),
        np.where(exempt, 0.0, left_out.get("vehicle_log", p_over)),
        np.where(exempt, 0.0, left_out.get(CLAIMS, p_over)),
        weak,
        *_informed(assessment, asked, fold),
        exempt,
        in_force(cases["opened_on"], pack) & cases[IN_DOUBT].is_null().to_numpy(),
    )
    fullest = fold.fullest(mean_number(base.head.occupants))
    return CaseNumbers(
        cases=cases,
        assessment=assessment,
        pack=pack,
        occupants=_occupants(base, fold),
        joint_over=np.where(exempt[:, None], 0.0, base.over[fold.fullest(base.p_over)]),
        p_over=p_over,
        p_low=standing.low,
        p_high=standing.high,
        unrelated=np.broadcast_to(most_unrelated(law), len(table))[np.flatnonzero(asked)[fold.rows[:, 0]]],
        left_out=left_out,
        unnamed_mean=base.head.unnamed_mean[fullest],
        residence=_residence(asked, base),
        findings=find(standing, pack),
        exempt=why_exempt,
        kin_error=kin_error,
        complaint_factor=complaint,
    )


def _fold(asked_table: pl.DataFrame, cases: pl.DataFrame) -> _Fold:
    position = asked_table.with_row_index("position").group_by("case_id").agg(pl.col("position").sort())
    listed = (
        cases.select("case_id").join(position, on="case_id", how="left", maintain_order="left")["position"].to_list()
    )
    most = max((len(positions) for positions in listed), default=1)
    rows = np.full((len(listed), most), -1, dtype=np.int64)
    for index, positions in enumerate(listed):
        rows[index, : len(positions)] = positions
    return _Fold(rows)


def _occupants(base: Answer, fold: _Fold) -> Array:
    pmf = base.head.occupants
    result: Array = pmf[fold.rows[:, 0]].copy()
    for index in np.flatnonzero((fold.rows[:, 1:] >= 0).any(axis=1)):
        rows = fold.rows[index]
        result[index] = latest_of(pmf[rows[rows >= 0]])
    return result


def _sensitivity(
    assessment: Assessment,
    law: Law,
    settings: InferenceSettings,
    asked: NDArray[np.bool_],
    complaint: float,
    fold: _Fold,
    p_over: Array,
    leave_out: Sequence[str],
) -> tuple[dict[str, Array], Array, Array]:
    model, fitted = assessment.model, assessment.fitted
    without = [Under(fitted, settings, complaint, source) for source in leave_out]
    # How far each move shifts the log-odds, at the middle coverage alone: the mixture over coverages answers the case.
    middle = replace(settings, coverage_shifts=((0.0,), (1.0,)))
    moves = [Under(moved, middle, complaint) for _, moved in perturbed_rates(fitted)]
    # Complaints that are right less or more often than the mode says: about a factor of two in odds for 100 cases.
    moves += [Under(fitted, middle, complaint * factor) for factor in (0.5, 2.0)]
    runs = [*without, Under(fitted, middle, complaint), *moves]
    found = [fold.greatest(p) for p in p_over_under(model, law, asked, runs)]
    left_out = dict(zip(leave_out, found, strict=False))
    base, *moved = map(_log_odds, found[len(left_out) :])
    here = _log_odds(p_over)
    low, high = p_over.copy(), p_over.copy()
    for log_odds in moved:
        moved_p = 1.0 / (1.0 + np.exp(-(here + log_odds - base)))
        low, high = np.minimum(low, moved_p), np.maximum(high, moved_p)
    return left_out, low, high


def _log_odds(p: Array) -> Array:
    clipped: Array = np.clip(p, 1e-9, 1.0 - 1e-9)
    odds: Array = np.log(clipped / (1.0 - clipped))
    return odds


def _informed(
    assessment: Assessment, asked: NDArray[np.bool_], fold: _Fold
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Does anything but the prior speak: a named candidate, or nights on which somebody watched? And without the log:
    a listing, or metered usage?
    """
    model = assessment.model
    listed = [i for i, source in enumerate(SOURCES) if source in LISTING_SOURCES]
    papers = (model.candidates.levels[asked][:, :, listed] > 0).any(axis=(1, 2))
    anything = model.candidates.named[asked].any(axis=1) | model.watched[asked]
    without_log = papers | np.isfinite(model.usage[asked]).any(axis=1)
    return fold.greatest(anything.astype(float)) > 0, fold.greatest(without_log.astype(float)) > 0


def _residence(asked: NDArray[np.bool_], base: Answer) -> pl.DataFrame:
    """situation, slot, p_occupant of the asked situations."""
    situations = np.flatnonzero(asked)
    n, k = base.head.residence.shape
    return pl.DataFrame(
        {
            "situation": np.repeat(situations, k).astype(np.uint32),
            "slot": np.tile(np.arange(k), n),
            "p_occupant": base.head.residence.ravel(),
        }
    )
