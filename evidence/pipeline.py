"""The program on one screen: link the city, gather the evidence, answer the cases, hand back tables or one summary."""

from dataclasses import asdict
from typing import Any

import polars as pl

from evidence.assess import Assessment, assess
from evidence.case_numbers import CaseNumbers, by_pack, number_cases
from evidence.headcount import Array
from evidence.linkage import Linked, link
from evidence.progress import NullProgress, Progress
from evidence.results import CaseResult, Screening
from evidence.settings import InferenceSettings
from evidence.situations import case_windows, dwelling_windows
from evidence.tables import (
    mentions_table,
    most_pressing_first,
    occupants_table,
    persons_table,
    screen_table,
    vehicles_table,
)
from loaders.city import City
from loaders.errors import MissingInput


def screen(
    city: City,
    *,
    all_addresses: bool = False,
    pack: str | None = None,
    progress: Progress | None = None,
    settings: InferenceSettings | None = None,
) -> Screening:
    """Every open case of a city, or with `all_addresses` every dwelling as well (`case_id` is then `dwelling:<id>`).

    pack: the id of a rule pack to use for all cases; by default a case's own, then the city's, then the default pack.
    Raises UnknownPack. The tables are those of contract outputs.md.
    """
    progress, settings = progress or NullProgress(), settings or InferenceSettings()
    linked = link(city, progress)
    cases = case_windows(city, linked.dwellings)
    asked = cases
    if all_addresses:
        every = dwelling_windows(city, linked.dwellings)
        asked = pl.concat([cases, every.filter(pl.col("opened_on").is_not_null())])
    assessment = assess(city, linked, asked, settings, progress)
    with progress.stage("answers"):
        answered = _answers(city, linked, assessment, asked, pack, settings)
    with progress.stage("tables"):
        persons = [persons_table(numbers, assessment) for numbers in answered]
        rows = [
            screen_table(numbers, table, assessment, linked, settings)
            for numbers, table in zip(answered, persons, strict=True)
        ]
        return Screening(
            screen=most_pressing_first(pl.concat(rows)),
            occupants=pl.concat([occupants_table(numbers) for numbers in answered]).sort("case_id", "occupants"),
            persons=pl.concat(persons).sort("case_id", "p_occupant", "person_id", descending=[False, True, False]),
            mentions=mentions_table(city, linked),
            plates=linked.vehicles.readings.join(asked.select("case_id"), on="case_id", how="semi"),
            vehicles=vehicles_table(assessment, asked),
            quarantine=city.quarantine,
            warnings=city.warnings,
            run=run_record(city, assessment, answered, settings),
        )


def summarize(
    city: City,
    case_id: str,
    *,
    pack: str | None = None,
    progress: Progress | None = None,
    settings: InferenceSettings | None = None,
) -> CaseResult:
    """One case, open or closed, with its reasons. The numbers are those of `screen`: the rates are learned from the
    same cases. Raises MissingInput when the city has no such case.
    """
    return summarize_many(city, [case_id], pack=pack, progress=progress, settings=settings)[0]


def summarize_many(
    city: City,
    case_ids: list[str],
    *,
    pack: str | None = None,
    progress: Progress | None = None,
    settings: InferenceSettings | None = None,
) -> list[CaseResult]:
    """Several cases of one city, linked and learned once; in the order asked for."""
    from evidence.summary import build_result

    progress, settings = progress or NullProgress(), settings or InferenceSettings()
    _require_cases(city, case_ids)
    linked = link(city, progress)
    cases = case_windows(city, linked.dwellings)
    closed = [c for c in case_ids if c not in set(cases["case_id"].to_list())]
    asked = pl.concat([cases, *(case_windows(city, linked.dwellings, only=c) for c in sorted(set(closed)))])
    assessment = assess(city, linked, asked, settings, progress)
    with progress.stage("answers"):
        wanted = asked.filter(pl.col("case_id").is_in(case_ids))
        answered = _answers(city, linked, assessment, wanted, pack, settings)
    with progress.stage("summaries", total=len(case_ids)):
        results: dict[str, CaseResult] = {}
        for numbers in answered:
            for name in numbers.cases["case_id"].to_list():
                results[name] = build_result(city, linked, assessment, numbers, name, settings)
                progress.advance()
    return [results[name] for name in case_ids]


def _require_cases(city: City, case_ids: list[str]) -> None:
    known = set(city.frame("cases")["case_id"].to_list())
    for name in case_ids:
        if name not in known:
            raise MissingInput(f"there is no case {name!r} in {city.folder}; `evidence check` lists what is there")


def _answers(
    city: City,
    linked: Linked,
    assessment: Assessment,
    asked: pl.DataFrame,
    pack: str | None,
    settings: InferenceSettings,
) -> list[CaseNumbers]:
    """Cases under their packs; dwellings without a case are answered without the sensitivity runs."""
    complaints = city.frame("cases").filter(pl.col("duplicate_of").is_null())
    kinds = complaints.select("case_id", "complaint_type", "witness_willing")
    answered = []
    for is_case in (True, False):
        part = asked.filter(pl.col("is_case") == is_case)
        for rule_pack, cases in by_pack(part, pack, city.settings.rule_pack):
            answered.append(
                number_cases(assessment, linked.dwellings.table, kinds, cases, rule_pack, settings, is_case)
            )
    return answered


def run_record(
    city: City, assessment: Assessment, answered: list[CaseNumbers], settings: InferenceSettings
) -> dict[str, Any]:
    """What `run.json` says of the run besides its time and memory: inputs, packs, settings and learned rates."""
    rates = assessment.fitted.rates
    return {
        "rule_packs": sorted({numbers.pack.id for numbers in answered}),
        "settings": {
            **{k: v for k, v in asdict(settings).items() if k != "levels"},
            "window_before_days": city.settings.window_before_days,
            "window_after_days": city.settings.window_after_days,
        },
        "inputs": {
            source: {
                "file": report.file,
                "sha256": report.sha256,
                "rows_read": report.rows_read,
                "rows_accepted": report.rows_accepted,
                "rows_quarantined": report.rows_quarantined,
            }
            for source, report in sorted(city.reports.items())
        },
        "learned_rates": {
            "dwellings": rates.dwellings,
            "iterations": rates.iterations,
            "occupant_levels": _level_record(rates.occupant),
            "other_levels": _level_record(rates.other),
            "stale_names_per_dwelling": {"owner": float(rates.stale[0]), "renter": float(rates.stale[1])},
            "crowded_share_of_cases": rates.crowded,
            "usage_fits": [[float(x) for x in f] for f in assessment.fitted.usage_fits],
        },
        "candidates_left_out": assessment.model.candidates.left_out,
        "lease_turn": {"month": assessment.turn.month, "day": assessment.turn.day},
    }


def _level_record(levels: dict[str, Array]) -> dict[str, dict[str, list[float]]]:
    """Level probabilities by source and tenure, in the order of `settings.LEVELS`."""
    tenures = ("owner", "renter")
    return {
        source: {name: [round(float(x), 6) for x in row] for name, row in zip(tenures, table, strict=True)}
        for source, table in sorted(levels.items())
    }
