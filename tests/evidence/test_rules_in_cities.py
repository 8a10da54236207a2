"""Rule packs through the whole program: a city's own, a day outside the law, facts not held, one anonymous source."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from evidence.check import check_city
from evidence.pipeline import investigate, screen, summarize
from evidence.results import Screening
from evidence.rules.pack import InvalidPack, UnknownPack
from evidence.summary_model import Summary
from loaders.city import City, load
from loaders.errors import MissingInput, NotPermitted
from tests.evidence.changed_city import case_folder, write_rows

ADDRESS = "1201 W Plum St, Fort Collins, CO 80521"
CASE = {"case_id": "C-1", "subject_address": ADDRESS, "opened_on": "2007-09-01"}
NAMES = ("Archer", "Baker", "Cooper", "Dyer", "Elder", "Fuller")
OWN = """
schema = "occupancy-evidence/rule-pack/1"
id = "anytown"
jurisdiction = "Anytown"
title = "Five persons"
citation = "Anytown Code 1"
text_status = "quoted"
limit_text = "not more than five persons"
[[limit]]
type = "unrelated_max"
n = 5
[exempt]
permitted_use = []
any_exemption_recorded = false
text = "none"
"""


def city(folder: Path, *cases: dict[str, str], settings: str = "") -> City:
    made = case_folder(folder, *cases)
    (made / "anytown.toml").write_text(OWN)
    (made / "evidence.toml").write_text(settings)
    return load(made)


def by_case(found: Screening) -> dict[str, dict[str, object]]:
    return {row["case_id"]: row for row in found.screen.to_dicts()}


def test_a_city_brings_its_own_pack_in_its_settings_or_in_a_case(tmp_path: Path) -> None:
    own = {**CASE, "case_id": "own", "rule_pack": "anytown.toml"}
    shipped = {**CASE, "case_id": "shipped", "rule_pack": "generic-3-unrelated"}
    found = screen(city(tmp_path / "a", own, shipped, CASE, settings='rule_pack = "fort-collins-2007"'))
    packs = {case: row["rule_pack"] for case, row in by_case(found).items()}
    assert packs == {"own": "anytown", "shipped": "generic-3-unrelated", "C-1": "fort-collins-2007"}
    everywhere = screen(city(tmp_path / "b", CASE, settings='rule_pack = "anytown.toml"'))
    assert everywhere.screen["rule_pack"].to_list() == ["anytown"]
    asked = screen(city(tmp_path / "c", CASE), pack=str(tmp_path / "b" / "anytown.toml"))
    assert asked.screen["limit_text"].to_list() == ["not more than five persons"]


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("atlantis", UnknownPack, "there is no rule pack 'atlantis'"),
        ("nowhere.toml", MissingInput, "there is no rule pack file .*nowhere.toml"),
        ("../b/anytown.toml", NotPermitted, "lies outside the city folder"),
        ("/etc/anytown.toml", NotPermitted, "lies outside the city folder"),
        ("wrong.toml", InvalidPack, "wrong.toml: limit: is missing: add it"),
    ],
)
def test_a_pack_file_that_cannot_be_used(name: str, error: type[Exception], says: str, tmp_path: Path) -> None:
    made = city(tmp_path / "a", {**CASE, "rule_pack": name})
    own = city(tmp_path / "own", CASE, settings=f'rule_pack = "{name}"')
    wrong = OWN.replace('[[limit]]\ntype = "unrelated_max"\nn = 5\n', "").replace('"anytown"', '"wrong"')
    for folder in ("a", "own"):
        (tmp_path / folder / "wrong.toml").write_text(wrong)
    with pytest.raises(error, match=says):
        screen(own)
    (warning,) = screen(made).warnings.to_dicts()
    assert re.search(says, warning["reason"]), "a case that names it is not lost, and says so"
    (failure,) = check_city(own).failures
    assert re.search(says, failure.message)
    (cases,) = (source for source in check_city(made).sources if source.source == "cases")
    assert [remark.reason for remark in cases.warnings] == [warning["reason"]]


OUTSIDE = [  # pack, opened_on, finding, words
    ("fort-collins-2007", "2024-07-01", "exempt", "pre-empted by Colorado HB24-1007"),
    ("san-marcos-tx", "2025-09-01", "exempt", "pre-empted by Texas SB 1567"),
    ("ames-before-2018", "2018-01-01", "exempt", "pre-empted by Iowa HF 134"),
    ("boulder-2023", "2024-07-01", "exempt", "pre-empted by Colorado HB24-1007"),
    ("boulder-before-2023", "2023-09-01", "insufficient_evidence", "the pack for that day is boulder-2023"),
    ("boulder-2023", "2023-08-31", "insufficient_evidence", "the pack for that day is boulder-before-2023"),
    ("fort-collins-2024", "2024-06-30", "insufficient_evidence", "the pack for that day is fort-collins-2007"),
]
OPEN = [  # pack, what the assessor records, words; four tenants of four names
    ("ipmc-area", {"finished_sqft": "1400", "bedrooms": "3"}, "measure the rooms"),
    ("fort-collins-2024", {"finished_sqft": "1400", "bedrooms": "3"}, "measure the rooms"),
    ("rosemont-il", {"finished_sqft": "1400"}, "habitable rooms"),
    ("bloomington-in", {"zone": "RM"}, "zone"),
    ("state-college-pa", {"property_type": "Multi-Family"}, "records 'Multi-Family'"),
    ("east-lansing-mi", {"bedrooms": "3"}, "domestic unit"),
]
SMALL = {"finished_sqft": "140", "basement_finished_sqft": "0"}
FACTS = ["bedrooms", "finished_sqft", "basement_finished_sqft", "zone", "property_type"]


@pytest.fixture(scope="module")
def summaries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Summary]:
    """One case each of OUTSIDE, OPEN, and six tenants in a very small house, at addresses of their own; by case id."""
    specs: list[tuple[str, str, str, dict[str, str], int]]
    specs = [(f"outside-{pack}-{day}", pack, day, {}, 0) for pack, day, _, _ in OUTSIDE]
    specs += [(f"open-{pack}", pack, "2024-09-01", facts, 4) for pack, facts, _ in OPEN]
    specs += [("small", "fort-collins-2024", "2024-09-01", SMALL, 6)]
    where = {name: f"{1201 + 2 * at} W Plum St, Fort Collins, CO 80521" for at, (name, *_) in enumerate(specs)}
    folder = case_folder(
        tmp_path_factory.mktemp("rules") / "city",
        *(
            {"case_id": name, "subject_address": where[name], "opened_on": day, "rule_pack": pack}
            for name, pack, day, _, _ in specs
        ),
    )
    parcels = [[name, where[name], *(facts.get(fact, "") for fact in FACTS)] for name, _, _, facts, _ in specs]
    write_rows(folder / "assessor.csv", ["parcel_id", "situs_address", *FACTS], parcels)
    leases = [
        [name, f"{'ABCDEF'[at]}nn {NAMES[at]}", "tenant", "2024-01-01", "2024-12-31"]
        for name, _, _, _, tenants in specs
        for at in range(tenants)
    ]
    write_rows(folder / "lease_disclosures.csv", ["case_id", "name", "role", "lease_from", "lease_to"], leases)
    names = [name for name, *_ in specs]
    results = investigate(load(folder)).results(names)
    return {name: result.summary for name, result in zip(names, results, strict=True)}


@pytest.mark.parametrize(("pack", "opened_on", "finding", "says"), OUTSIDE)
def test_a_pack_outside_its_days_is_exempt_only_where_it_is_pre_empted(
    pack: str, opened_on: str, finding: str, says: str, summaries: dict[str, Summary]
) -> None:
    summary = summaries[f"outside-{pack}-{opened_on}"]
    assert summary.finding == finding
    assert says in summary.finding_sentence
    assert (summary.p_over_limit == 0.0) or finding != "exempt"
    assert summary.evidence_against


@pytest.mark.parametrize(("pack", "facts", "says"), OPEN)
def test_facts_that_nobody_holds_leave_the_case_open_and_are_named(
    pack: str, facts: dict[str, str], says: str, summaries: dict[str, Summary]
) -> None:
    summary = summaries[f"open-{pack}"]
    assert summary.finding == "insufficient_evidence", facts
    assert any(says in reason for reason in summary.rule.undecided)
    assert says in summary.finding_sentence
    assert summary.p_over_limit_low < 0.5 < summary.p_over_limit_high


def test_more_persons_than_the_whole_floor_can_hold_are_over_without_measuring(summaries: dict[str, Summary]) -> None:
    assert summaries["small"].finding == "over_limit_shown"


@pytest.mark.parametrize(
    ("complaint", "finding"),
    [
        ({"complaint_type": "anonymous"}, "insufficient_evidence"),
        ({"complaint_type": "signed"}, "over_limit_shown"),
        ({"complaint_type": "anonymous", "witness_willing": "yes"}, "over_limit_shown"),
    ],
)
def test_one_anonymous_source_never_shows_a_violation_however_much_it_says(
    complaint: dict[str, str], finding: str, tmp_path: Path
) -> None:
    """Six cars stand there night after night, in one neighbour's log and in no other source."""
    folder = case_folder(tmp_path / "city", {**CASE, **complaint})
    rows = [
        ["C-1", (date(2007, 7, 10) + timedelta(days=night)).isoformat(), "02:00", f"ABC{car * 111}", "CO", "me"]
        for night in range(60)
        for car in range(1, 7)
    ]
    header = ["case_id", "observed_date", "observed_time", "plate", "plate_state", "observer"]
    write_rows(folder / "vehicle_log.csv", header, rows)
    (row,) = screen(load(folder)).screen.to_dicts()
    assert row["p_over_limit"] > 0.75, "the log alone says as much as the standard asks for"
    assert row["finding"] == finding


def test_the_run_says_which_text_of_a_pack_it_used(tmp_path: Path) -> None:
    summary = summarize(city(tmp_path / "a", {**CASE, "rule_pack": "san-marcos-tx"}), "C-1").summary
    told = json.loads(summary.model_dump_json(by_alias=True))["rule"]
    assert [reading["reading"] for reading in told["readings"]] == [
        "30 or more nights in any 12 months",
        "three unrelated persons, as Council agreed to in 2022-23",
    ]
    (presumption,) = told["presumptions"]
    assert len(presumption["readings"]) == 4
    assert not any(reading["met"] for reading in presumption["readings"])
