"""What `run.json` says of a run besides its time and memory."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from evidence.assess import Assessment
from evidence.case_numbers import CaseNumbers
from evidence.claims import CLAIM_KINDS
from evidence.headcount import Array
from evidence.learned import HeldRates
from evidence.results import NO_ZIP
from evidence.settings import InferenceSettings
from loaders.city import City

KIND_NAMES = ("owner", "renter", "student")


def run_record(
    city: City,
    assessment: Assessment,
    answered: Sequence[CaseNumbers],
    settings: InferenceSettings,
    held: HeldRates | None = None,
) -> dict[str, Any]:
    """Inputs, packs, settings and learned rates."""
    rates = assessment.fitted.rates
    return {
        "rates_sha256": held and held.sha256,
        "rule_packs": sorted({numbers.pack.id for numbers in answered}),
        "rule_pack_sha256": {numbers.pack.id: numbers.pack.sha256 for numbers in answered},
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
        **({"address_confidentiality": {"rows_withheld": city.rows_withheld}} if city.confidential else {}),
        "learned_rates": {
            "dwellings": rates.dwellings,
            "iterations": rates.iterations,
            "occupant_levels": _level_record(rates.occupant),
            "other_levels": _level_record(rates.other),
            "student_share_of_rentals": rates.students,
            "listing_anchor_nats": _by_kind(rates.anchor),
            "stale_names_shape": _by_kind(rates.stale_shape),
            "stale_names_per_dwelling": _by_kind(rates.stale),
            "crowded_share_of_cases": rates.crowded,
            "complaint_factor": {numbers.pack.id: numbers.complaint_factor for numbers in answered},
            "untied_car_share": _by_kind(np.array(assessment.fitted.untied_share)),
            "stray_regular_cars": assessment.fitted.stray_regulars,
            "usage_fits": [[float(x) for x in f] for f in assessment.fitted.usage_fits],
            "claims": {kind: asdict(fit) for kind, fit in zip(CLAIM_KINDS, assessment.fitted.claim_fits, strict=True)},
            "families": {
                kind: asdict(families) for kind, families in zip(KIND_NAMES, assessment.fitted.families, strict=True)
            },
        },
        "candidates_left_out": assessment.model.candidates.left_out,
        "lease_turn": {"month": assessment.turn.month, "day": assessment.turn.day},
    }


def dwellings_by_zip(dwellings: pl.DataFrame) -> dict[str, int]:
    """Dwellings of each ZIP code, so that cases can be told per dwelling."""
    return dict(dwellings["zip"].fill_null(NO_ZIP).value_counts().sort("zip").iter_rows())


def _by_kind(values: Array) -> dict[str, float]:
    return dict(zip(KIND_NAMES, (float(value) for value in values), strict=True))


def _level_record(levels: dict[str, Array]) -> dict[str, dict[str, list[float]]]:
    """Level probabilities by source and kind of household, in the order of `settings.LEVELS`."""
    return {
        source: {name: [round(float(x), 6) for x in row] for name, row in zip(KIND_NAMES, table, strict=True)}
        for source, table in sorted(levels.items())
    }
