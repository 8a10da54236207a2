"""The whole program on a tiny synthetic city: what it hands out, and what must not change the answer."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from evidence.errors import UnknownCase
from evidence.pipeline import Run, screen, summarize
from evidence.results import Screening
from evidence.rules.pack import UnknownPack
from loaders.city import City, load
from tests.evidence.changed_city import case_folder, changed, read_rows, repeated, shuffled, without

SOURCES = (
    "vehicle_log",
    "dmv_registrations",
    "lease_disclosures",
    "utility_billing",
    "utility_usage",
    "university_addresses",
    "assessor",
)
FINDINGS = ("over_limit_shown", "not_shown", "insufficient_evidence", "exempt")

# Columns of contract outputs.md; "?" marks those that may be null there.
CONTRACT = {
    "screen": "case_id address rule_pack limit_text persons_named persons_named_low persons_named_high occupants_mean "
    "occupants_low occupants_high p_over_limit finding guest_days_observed_max guest_days_estimated_max "
    "next_best_evidence value_of_evidence",
    "occupants": "case_id occupants probability",
    "persons": "case_id person_id display_name? on_lease p_occupant guest_days_observed guest_days_estimated "
    "guest_days_low guest_days_high",
    "mentions": "person_id source row field p_member dwelling_id?",
    "plates": "case_id log_row plate plate_state? dmv_row? p_match",
    "vehicles": "case_id vehicle_id plate? plate_state? operator_person_id? p_operator nights_observed "
    "nights_window_max window_from? window_to?",
    "quarantine": "source file row column value? reason",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_every_table_has_the_columns_of_the_contract_first(table: str, tiny_screening: Screening) -> None:
    columns = CONTRACT[table].split()
    frame: pl.DataFrame = getattr(tiny_screening, table)
    assert frame.height, "the tiny city fills every table"
    names = [column.rstrip("?") for column in columns]
    assert set(names) <= set(frame.columns)
    required = [column for column in columns if not column.endswith("?")]
    assert frame.select(required).null_count().sum_horizontal().item() == 0


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("screen", "p_over_limit"),
        ("screen", "p_over_limit_low"),
        ("screen", "p_over_limit_high"),
        ("screen", "value_of_evidence"),
        ("occupants", "probability"),
        ("persons", "p_occupant"),
        ("mentions", "p_member"),
        ("plates", "p_match"),
        ("vehicles", "p_operator"),
    ],
)
def test_probabilities_are_between_zero_and_one(table: str, column: str, tiny_screening: Screening) -> None:
    values = getattr(tiny_screening, table)[column]
    assert values.is_between(0.0, 1.0).all()


@pytest.mark.parametrize(
    ("table", "low", "middle", "high"),
    [
        ("screen", "persons_named_low", "persons_named", "persons_named_high"),
        ("screen", "p_over_limit_low", "p_over_limit", "p_over_limit_high"),
        ("persons", "guest_days_low", "guest_days_estimated", "guest_days_high"),
        ("persons", "guest_days_observed", "guest_days_estimated", "guest_days_high"),
        ("vehicles", "nights_low", "nights_estimated", "nights_high"),
        ("vehicles", "nights_window_max", "nights_estimated", "nights_high"),
    ],
)
def test_intervals_hold_their_estimates(
    table: str, low: str, middle: str, high: str, tiny_screening: Screening
) -> None:
    rows = getattr(tiny_screening, table).drop_nulls(middle)
    outside = rows.filter((pl.col(low) > pl.col(middle) + 1e-9) | (pl.col(middle) > pl.col(high) + 1e-9))
    assert outside.select("case_id", low, middle, high).rows() == []


def test_every_open_case_has_one_row_and_one_distribution(tiny_city: City, tiny_screening: Screening) -> None:
    cases = tiny_city.frame("cases").filter(pl.col("duplicate_of").is_null() & (pl.col("status") != "closed"))
    assert sorted(tiny_screening.screen["case_id"]) == sorted(cases["case_id"])
    assert set(tiny_screening.occupants["case_id"]) == set(cases["case_id"])


def test_the_distribution_of_occupants_sums_to_one_and_has_the_mean_of_the_list(tiny_screening: Screening) -> None:
    totals = tiny_screening.occupants.group_by("case_id").agg(
        total=pl.col("probability").sum(), mean=(pl.col("probability") * pl.col("occupants")).sum()
    )
    rows = tiny_screening.screen.join(totals, on="case_id")
    np.testing.assert_allclose(rows["total"], 1.0, atol=1e-9)
    np.testing.assert_allclose(rows["mean"], rows["occupants_mean"], atol=1e-4)
    low, high = tiny_screening.screen["occupants_low"], tiny_screening.screen["occupants_high"]
    assert (low <= high).all()


def test_the_most_pressing_case_comes_first(tiny_screening: Screening) -> None:
    """Findings shown, then the rest by probability, exempt dwellings last."""
    group = {"over_limit_shown": 0, "insufficient_evidence": 1, "not_shown": 1, "exempt": 2}
    keys = [(group[f], -p) for f, p in tiny_screening.screen.select("finding", "p_over_limit").iter_rows()]
    assert keys == sorted(keys)


def test_findings_agree_with_their_probabilities(tiny_screening: Screening) -> None:
    """At preponderance nothing is shown below one half, and nothing above one half is called not shown."""
    for finding, p, low, high in tiny_screening.screen.select(
        "finding", "p_over_limit", "p_over_limit_low", "p_over_limit_high"
    ).iter_rows():
        assert finding in FINDINGS
        if finding == "over_limit_shown":
            assert low >= 0.5
        elif finding == "not_shown":
            assert high < 0.5
        elif finding == "exempt":
            assert p == 0.0


def test_a_vehicles_operator_and_a_persons_vehicles_belong_to_the_case(tiny_screening: Screening) -> None:
    vehicles = tiny_screening.vehicles.select("case_id", "vehicle_id")
    driven = tiny_screening.persons.select("case_id", vehicle_id="vehicle_ids").explode("vehicle_id").drop_nulls()
    assert driven.join(vehicles, on=["case_id", "vehicle_id"], how="anti").is_empty()
    assert vehicles.is_unique().all()
    assert tiny_screening.persons.select("case_id", "person_id").is_unique().all()


def test_every_pointer_points_at_a_row_that_was_accepted(tiny_city: City, tiny_screening: Screening) -> None:
    for source in tiny_city.present:
        rows = tiny_city.frame(source).select("row")
        named = tiny_screening.mentions.filter(pl.col("source") == source)
        assert named.join(rows, on="row", how="anti").is_empty()
    log = tiny_city.frame("vehicle_log").select("case_id", log_row="row")
    assert tiny_screening.plates.join(log, on=["case_id", "log_row"], how="anti").is_empty()
    registered = tiny_screening.plates.drop_nulls("dmv_row").select(row="dmv_row")
    assert registered.join(tiny_city.frame("dmv_registrations"), on="row", how="anti").is_empty()


def test_rows_are_accounted_for_in_the_run_record(tiny_city: City, tiny_screening: Screening) -> None:
    inputs = tiny_screening.run["inputs"]
    assert set(inputs) == set(tiny_city.present)
    for source, record in inputs.items():
        assert record["rows_read"] == record["rows_accepted"] + record["rows_quarantined"]
        assert record["rows_accepted"] == tiny_city.frame(source).height


def test_the_worst_guest_is_no_worse_than_the_persons_table_says(tiny_screening: Screening) -> None:
    guests = tiny_screening.persons.filter(~pl.col("on_lease")).group_by("case_id").agg(
        observed=pl.col("guest_days_observed").max(), estimated=pl.col("nights_if_occupant").max()
    )  # fmt: skip
    rows = tiny_screening.screen.join(guests, on="case_id")
    assert (rows["guest_days_observed_max"] <= rows["observed"]).all()
    assert (rows["guest_days_estimated_max"] <= rows["estimated"] + 1e-9).all()


NUMBERS = [
    "persons_named", "persons_named_low", "persons_named_high", "occupants_mean", "occupants_low", "occupants_high",
    "p_over_limit", "finding", "guest_days_observed_max", "guest_days_estimated_max", "next_best_evidence",
    "value_of_evidence",
]  # fmt: skip


def assert_same_numbers(found: Screening, expected: Screening, within: float = 1e-6) -> None:
    """The lists agree but for the last digits of sums whose terms came in another order."""
    sides = (s.screen.sort("case_id").select("case_id", *NUMBERS) for s in (found, expected))
    assert_frame_equal(*sides, rel_tol=within, abs_tol=within)


def test_the_order_of_rows_in_the_files_changes_nothing(
    tiny_folder: Path, tiny_screening: Screening, tmp_path: Path
) -> None:
    # Chance agreement of names is estimated from pairs drawn by position, so its last digits move with the order.
    found = screen(load(changed(tiny_folder, tmp_path / "city", shuffled(3))))
    assert_same_numbers(found, tiny_screening, within=0.02)


def test_rows_written_twice_count_once(tiny_folder: Path, tiny_screening: Screening, tmp_path: Path) -> None:
    assert_same_numbers(screen(load(changed(tiny_folder, tmp_path / "city", repeated))), tiny_screening)


SCRIPT = """
import hashlib, sys
from pathlib import Path
from evidence import load, screen
tables = screen(load(Path(sys.argv[1])))
for name in ("screen", "occupants", "persons", "mentions", "plates", "vehicles"):
    print(name, hashlib.sha256(getattr(tables, name).write_json().encode()).hexdigest())
"""


def test_the_same_bytes_on_any_number_of_threads(tiny_folder: Path) -> None:
    def digests(threads: int) -> str:
        environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "PYTHONHASHSEED": str(threads)}
        command = [sys.executable, "-c", SCRIPT, str(tiny_folder)]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=120).stdout

    assert digests(1) == digests(2) != ""


@pytest.mark.parametrize("source", SOURCES)
def test_any_source_may_be_missing(source: str, tiny_folder: Path, tiny_screening: Screening, tmp_path: Path) -> None:
    city = load(without(tiny_folder, tmp_path / "city", source))
    found = screen(city)
    assert sorted(found.screen["case_id"]) == sorted(tiny_screening.screen["case_id"])
    assert found.screen["p_over_limit"].is_between(0, 1).all()
    assert source not in found.run["inputs"]
    if source == "vehicle_log":
        assert found.vehicles.is_empty()
        assert found.screen["guest_days_observed_max"].sum() == 0
    if source == "lease_disclosures":
        assert not found.persons["on_lease"].any()


PLAIN_CASE = {"case_id": "C-1", "subject_address": "1201 W Plum St, Fort Collins, CO 80521", "opened_on": "2007-09-01"}


def test_a_city_of_cases_alone_is_answered_with_the_prior_and_says_so(tmp_path: Path) -> None:
    city = load(case_folder(tmp_path / "city", PLAIN_CASE))
    found = screen(city)
    (row,) = found.screen.to_dicts()
    assert row["finding"] == "insufficient_evidence"
    assert row["persons_named"] == 0
    assert 0.05 < row["p_over_limit"] < 0.95
    assert row["occupants_low"] < row["occupants_high"]
    assert found.persons.is_empty()
    summary = summarize(city, "C-1").summary
    assert {absent.source for absent in summary.absent_sources} == set(SOURCES)
    assert summary.evidence_against


def test_no_open_case_gives_empty_tables(tmp_path: Path) -> None:
    found = screen(load(case_folder(tmp_path / "city", {**PLAIN_CASE, "status": "closed"})))
    for table, columns in CONTRACT.items():
        frame: pl.DataFrame = getattr(found, table)
        assert frame.is_empty()
        assert {column.rstrip("?") for column in columns.split()} <= set(frame.columns)


ODD_ADDRESSES = {"box": "PO Box 12, Fort Collins", "words": "behind the barn", "away": "9999 Nowhere Rd, Laramie, WY"}


def test_addresses_that_are_no_dwelling_are_answered_too(tiny_folder: Path, tmp_path: Path) -> None:
    header, _ = read_rows(tiny_folder / "cases.csv")
    written_as = {column: name for name, column in load(tiny_folder).reports["cases"].headers.items()}

    def with_odd_cases(rows: list[list[str]]) -> list[list[str]]:
        odd = [
            {"case_id": case_id, "subject_address": address, "opened_on": "2007-09-01", "status": "open"}
            for case_id, address in ODD_ADDRESSES.items()
        ]
        cells = [{written_as[column]: text for column, text in case.items()} for case in odd]
        return [*rows, *([case.get(name, "") for name in header] for case in cells)]

    city = load(changed(tiny_folder, tmp_path / "city", with_odd_cases, "cases"))
    rows = {row["case_id"]: row for row in screen(city).screen.to_dicts()}
    for case_id, address in ODD_ADDRESSES.items():
        assert rows[case_id]["address"] == address
        assert rows[case_id]["persons_named"] == 0
        assert rows[case_id]["finding"] == "insufficient_evidence"
    assert summarize(city, "words").summary.address == "behind the barn"


def test_cases_are_judged_under_their_own_pack(tmp_path: Path) -> None:
    cases = [
        {**PLAIN_CASE, "case_id": "default"},
        {**PLAIN_CASE, "case_id": "own", "rule_pack": "generic-3-unrelated"},
        {**PLAIN_CASE, "case_id": "after the law ended", "opened_on": "2024-09-01"},
        {**PLAIN_CASE, "case_id": "before the wording of 2007", "opened_on": "2006-11-01"},
    ]
    city = load(case_folder(tmp_path / "city", *cases))
    rows = {row["case_id"]: row for row in screen(city).screen.to_dicts()}
    assert rows["default"]["rule_pack"] == "fort-collins-2007"
    assert rows["own"]["rule_pack"] == "generic-3-unrelated"
    assert (rows["after the law ended"]["finding"], rows["after the law ended"]["p_over_limit"]) == ("exempt", 0.0)
    assert rows["before the wording of 2007"]["finding"] != "exempt"
    assert set(screen(city, pack="generic-3-unrelated").screen["rule_pack"]) == {"generic-3-unrelated"}


def test_a_case_whose_pack_does_not_exist_stays_and_nothing_is_found_of_it(tmp_path: Path) -> None:
    named = {"own": "generic-3-unrelated", "misnamed": "atlantis", "city": ""}
    cases = [{**PLAIN_CASE, "case_id": case_id, "rule_pack": name} for case_id, name in named.items()]
    city = load(case_folder(tmp_path / "city", *cases))
    found = screen(city)
    rows = {row["case_id"]: row for row in found.screen.to_dicts()}
    assert {case_id: row["rule_pack"] for case_id, row in rows.items()} == {
        "own": "generic-3-unrelated",
        "misnamed": "fort-collins-2007",
        "city": "fort-collins-2007",
    }
    assert rows["misnamed"]["finding"] == "insufficient_evidence"
    assert rows["misnamed"]["p_over_limit"] == rows["city"]["p_over_limit"]
    (warning,) = found.warnings.to_dicts()
    assert [warning[name] for name in ("source", "row", "column", "value")] == ["cases", 2, "rule_pack", "atlantis"]
    assert "the packs are: " in warning["reason"]
    rule = summarize(city, "misnamed").summary.rule
    assert "names the rule pack 'atlantis', which cannot be used" in rule.undecided[0]
    assert summarize(city, "city").summary.rule.undecided == []


def test_a_pack_asked_for_that_does_not_exist_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownPack, match=r"no rule pack 'atlantis'; the packs are: .*fort-collins-2007"):
        screen(load(case_folder(tmp_path / "city", PLAIN_CASE)), pack="atlantis")


def test_a_case_that_does_not_exist_is_one_clear_error(tiny_city: City) -> None:
    with pytest.raises(UnknownCase, match="no case 'C-0'"):
        summarize(tiny_city, "C-0")


def test_every_address_of_the_city_can_be_screened(tiny_city: City, tiny_run: Run, tiny_screening: Screening) -> None:
    found = screen(tiny_city, all_addresses=True)
    dwellings = tiny_run.linked.dwellings.table
    expected = {*tiny_screening.screen["case_id"], *(f"dwelling:{name}" for name in dwellings["dwelling_id"])}
    assert set(found.screen["case_id"]) == expected
    assert found.screen["case_id"].is_unique().all()
    # The rates are those of the whole city either way, so a case is answered alike.
    cases_only = replace(found, screen=found.screen.filter(~pl.col("case_id").str.starts_with("dwelling:")))
    assert_same_numbers(cases_only, tiny_screening)


def test_dwellings_answered_some_at_a_time_have_the_same_bits(
    tiny_city: City, tiny_screening: Screening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.answers.ROWS_AT_ONCE", 2)
    found = screen(tiny_city)
    for table in ("screen", "occupants", "persons", "vehicles"):
        assert_frame_equal(getattr(found, table), getattr(tiny_screening, table), check_exact=True)
