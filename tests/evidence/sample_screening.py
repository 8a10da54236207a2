"""A made-up screening of three cases, one with a hostile id, with the columns of the contract."""

from datetime import date

import networkx as nx
import polars as pl

from evidence.results import CaseResult, Screening
from tests.evidence.sample_summary import CASE_ID, SUMMARY

HOSTILE_ID = "../../=cmd|' /C calc'!A0<script>"
EXEMPT_ID = "C-2007-0007"
CASE_IDS = [CASE_ID, HOSTILE_ID, EXEMPT_ID]

SCREEN = pl.DataFrame(
    {
        "case_id": CASE_IDS,
        "address": ["1201 W PLUM ST APT 2", "=1+1", "14 OAK LN"],
        "rule_pack": ["fort-collins-2007"] * 3,
        "limit_text": ["one family and not more than one additional person"] * 3,
        "persons_named": [5, 4, 1],
        "persons_named_low": [5, 3, 1],
        "persons_named_high": [6, 5, 1],
        "occupants_mean": [4.27, 3.4, None],
        "occupants_low": [3, 2, None],
        "occupants_high": [5, 5, None],
        "p_over_limit": [0.87, 0.48, None],
        "finding": ["over_limit_shown", "insufficient_evidence", "exempt"],
        "guest_days_observed_max": [17, 0, 0],
        "guest_days_estimated_max": [44.0, None, None],
        "next_best_evidence": ["disclosure statement", "10 more watched nights", None],
        "value_of_evidence": [0.11, 0.2, None],
    }
)


def sample_screening() -> Screening:
    return Screening(
        screen=SCREEN,
        occupants=pl.DataFrame({"case_id": [CASE_ID] * 2, "occupants": [3, 4], "probability": [0.4, 0.6]}),
        persons=pl.DataFrame({"case_id": [CASE_ID], "person_id": ["p-0017"], "display_name": ["@Ana"]}),
        mentions=pl.DataFrame({"person_id": ["p-0017"], "source": ["lease_disclosures"], "row": [12]}),
        plates=pl.DataFrame({"case_id": [CASE_ID], "log_row": [501], "plate": ["482KXB"]}),
        vehicles=pl.DataFrame({"case_id": [CASE_ID], "vehicle_id": ["v-1"], "window_from": [date(2007, 7, 15)]}),
        quarantine=pl.DataFrame(
            {
                "source": ["vehicle_log"],
                "file": ["vehicle_log.csv"],
                "row": [610],
                "column": ["observed_at"],
                "value": ["-2007"],
                "reason": ["not a date"],
            }
        ),
        warnings=pl.DataFrame(
            {"source": [], "file": [], "row": [], "column": [], "value": [], "reason": []}, strict=False
        ),
        run={
            "version": "0.1.0",
            "rule_packs": ["fort-collins-2007"],
            "settings": {"window_before_days": 60},
            "inputs": {each.source: each.model_dump(exclude={"source"}) for each in SUMMARY.provenance.inputs},
        },
    )


def sample_result(case_id: str = CASE_ID) -> CaseResult:
    graph: nx.MultiGraph[str] = nx.MultiGraph(case_id="sample")
    graph.add_node("person:p-0017", kind="person", label="Ana M Ruiz")
    return CaseResult(summary=SUMMARY.model_copy(update={"case_id": case_id}), graph=graph)
