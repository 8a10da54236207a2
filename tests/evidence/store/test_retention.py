"""The retention clock: what is due, what a hold keeps, and that the record stays whole when its details go."""

import json
import os
import shutil
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.case_files import FORM_SCHEMA, GRAPH_PAGE, GRAPH_PAGE_MARK
from evidence.errors import UnknownCase
from evidence.folders import folder_names
from evidence.store.custody import due_rows
from evidence.store.database import Store, opened
from evidence.store.log import append, logged
from evidence.store.people import Operator, SeenCase, all_cases, release_hold, see_cases, set_hold, set_operator
from evidence.store.register import Disclosure, register
from evidence.store.report import Period, access_row, audit_pack, council_statistics, people_seen
from evidence.store.retention import due, keep_days, purge
from evidence.store.verification import verify
from loaders.city import load

START = datetime(2020, 1, 1, tzinfo=UTC)
LATER = START + timedelta(days=keep_days("access_details") + 1)
PERIOD = Period("2000-01-01", "2100-01-01")


def at(place: str, when: datetime) -> AbstractContextManager[Store]:
    return opened(place, clock=lambda: when)


def fill(place: str) -> None:
    """Two closed cases, each looked up once, long ago."""
    with at(place, START) as store:
        see_cases(store, [SeenCase("C-1", "closed"), SeenCase("C-2", "closed")])
        for case in ("C-1", "C-2"):
            said = {"kind": "access", "action": "summarize", "operator": "A", "outcome": "granted", "case": case}
            seq = append(store, said, {"reason": "why", "cases": [case]}).seq
            subjects = [{"name": f"Resident of {case}", "case": case, "address": "1 Elm St, Lima, OH", "state": "OH"}]
            result = {"kind": "result", "of": seq, "operator": "A", "outcome": "done", "count": 1}
            append(store, result, {"subjects": subjects})


def case_folder(out: Path, case_id: str) -> Path:
    folder = out / case_id
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps({"schema": "occupancy-evidence/summary/1", "case_id": case_id}))
    (folder / "summary.html").write_text("<p>")
    return folder


def test_nothing_is_due_before_its_time(sqlite_place: str) -> None:
    fill(sqlite_place)
    with at(sqlite_place, LATER - timedelta(days=2)) as store:
        assert due(store) == []


def test_details_are_cleared_and_the_record_stays_whole(place: str) -> None:
    fill(place)
    with at(place, LATER) as store:
        listed = due(store)
        assert [(one.what, one.case_id, one.held) for one in listed] == [
            ("1", "C-1", False),
            ("2", "C-1", False),
            ("3", "C-2", False),
            ("4", "C-2", False),
        ]
        assert [one.entry.seq for one in logged(store) if one.details] == [1, 2, 3, 4], "a dry run destroys nothing"
        purge(store, listed, "A")
        assert [one.entry.seq for one in logged(store) if one.details] == []
        assert verify(store).faults == ()
        assert due(store) == []
        assert list(logged(store))[-1].content["cleared"] == [1, 2, 3, 4]


def test_a_legal_hold_keeps_everything_of_its_case(sqlite_place: str) -> None:
    fill(sqlite_place)
    with at(sqlite_place, LATER) as store:
        set_hold(store, "C-2", "appeal", "A")
        purge(store, due(store), "A")
        kept = [one.content.get("case") or one.content.get("of") for one in logged(store) if one.details]
        assert kept[:2] == ["C-2", 3]
        release_hold(store, "C-2", "appeal decided", "A")
        assert [one.held for one in due(store)] == [False, False]
        assert verify(store).faults == ()


def test_a_hold_is_for_a_known_case(sqlite_place: str) -> None:
    with opened(sqlite_place) as store:
        with pytest.raises(UnknownCase):
            set_hold(store, "C-9", "x", "A")
        with pytest.raises(UnknownCase):
            release_hold(store, "C-9", "x", "A")


def test_what_was_purged_is_nowhere_in_the_file(sqlite_place: str) -> None:
    fill(sqlite_place)
    assert b"Resident of C-1" in Path(sqlite_place).read_bytes()
    with at(sqlite_place, LATER) as store:
        purge(store, due(store), "A")
    left = b"".join(path.read_bytes() for path in Path(sqlite_place).parent.glob("records.sqlite*"))
    assert b"Resident of C-1" not in left


def test_summaries_of_closed_cases_are_destroyed_with_proof(sqlite_place: str, tmp_path: Path) -> None:
    fill(sqlite_place)
    out = tmp_path / "cases"
    folders = {case: case_folder(out, case) for case in ("C-1", "C-2", "C-3")}
    (folders["C-1"] / "notes.txt").write_text("not ours")
    with at(sqlite_place, START + timedelta(days=keep_days("case_outputs") + 1)) as store:
        set_hold(store, "C-2", "appeal", "A")
        listed = due(store, [out])
        assert {(one.case_id, one.held) for one in listed} == {("C-1", False), ("C-2", True)}
        purge(store, listed, "A")
        begun = next(one.content for one in logged(store) if one.content.get("outcome") == "begun")
    assert [path.name for path in folders["C-1"].iterdir()] == ["notes.txt"]
    assert (folders["C-2"] / "summary.html").exists(), "held"
    assert (folders["C-3"] / "summary.html").exists(), "the store does not know that it is closed"
    assert all(len(proof["sha256"]) == 64 for proof in begun["destroyed"])


def test_forms_copies_and_graph_pages_of_closed_cases_are_destroyed_too(sqlite_place: str, tmp_path: Path) -> None:
    fill(sqlite_place)
    out, copies = tmp_path / "cases", tmp_path / "copies"
    forms = out / "C-1" / "forms"
    forms.mkdir(parents=True)
    (forms / "investigation.json").write_text(json.dumps({"schema": FORM_SCHEMA, "case_id": "C-1"}))
    (forms / "investigation.pdf").write_text("%PDF")
    (out / "C-2").mkdir()
    (out / "C-2" / GRAPH_PAGE).write_bytes(b"<p>" + GRAPH_PAGE_MARK)
    copy = case_folder(copies, "C-1")
    made = {"schema": "occupancy-evidence/summary/1", "case_id": "C-1", "provenance": {"settings": {"redacted_for": 1}}}
    (copy / "summary.json").write_text(json.dumps(made))
    (copy / "withheld.json").write_text("{}")
    with at(sqlite_place, START + timedelta(days=keep_days("case_outputs") + 1)) as store:
        purge(store, due(store, [out, copies]), "A")
    assert not any(path.is_file() for folder in (out, copies) for path in folder.rglob("*"))
    assert not list(out.iterdir())


def test_a_graph_page_alone_is_of_the_case_whose_folder_it_lies_in(sqlite_place: str, tmp_path: Path) -> None:
    """Two ids that differ only by case have folders with digits added."""
    with at(sqlite_place, START) as store:
        see_cases(store, [SeenCase("ab-1", "open"), SeenCase("AB-1", "closed")])
    for name in folder_names(["ab-1", "AB-1"]).values():
        (tmp_path / name).mkdir()
        (tmp_path / name / GRAPH_PAGE).write_bytes(b"<p>" + GRAPH_PAGE_MARK)
    with at(sqlite_place, START + timedelta(days=keep_days("case_outputs") + 1)) as store:
        assert [(one.case_id, Path(one.what).parent.name) for one in due(store, [tmp_path])] == [
            ("AB-1", folder_names(["ab-1", "AB-1"])["AB-1"])
        ]


def test_a_case_that_is_reopened_is_not_due(sqlite_place: str, tmp_path: Path) -> None:
    fill(sqlite_place)
    case_folder(tmp_path / "cases", "C-1")
    with at(sqlite_place, LATER) as store:
        see_cases(store, [SeenCase("C-1", "reopened")])
        assert due(store, [tmp_path / "cases"], details_days=9999) == []
        assert [case.closed_seen_on for case in all_cases(store)] == [None, "2020-01-01"]


def test_rows_of_closed_cases_and_old_extracts_are_listed_for_their_custodian(
    sqlite_place: str, tiny_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "city"
    shutil.copytree(tiny_folder, folder)
    os.utime(folder / "dmv_registrations.csv", (START.timestamp(), START.timestamp()))
    city = load(folder)
    counts = dict(city.frame("vehicle_log")["case_id"].value_counts().iter_rows())
    old, held, still_open = sorted(counts)[:3]
    with at(sqlite_place, START) as store:
        see_cases(store, [SeenCase(old, "closed"), SeenCase(held, "closed"), SeenCase(still_open, "open")])
    with at(sqlite_place, START + timedelta(days=keep_days("source.vehicle_log") + 1)) as store:
        set_hold(store, held, "appeal", "A")
        listed = due_rows(store, city)
    log = {one.case_id: (len(one.rows), one.held) for one in listed if one.source == "vehicle_log"}
    assert log == {old: (counts[old], False), held: (counts[held], True)}
    assert [(one.source, one.rows) for one in listed if one.case_id is None] == [("dmv_registrations", ())]


# Reports ------------------------------------------------------------------------------------------------------


def test_the_audit_pack_says_what_an_auditor_asks(sqlite_place: str) -> None:
    fill(sqlite_place)
    with at(sqlite_place, START) as store:
        set_operator(store, Operator("A", "inspector", "2019-01-01", "2020-03-01"), by="A")
        pack = audit_pack(store, PERIOD, verify(store), sample=1)
    assert pack["operators"] == [
        {"name": "A", "role": "inspector", "active_from": "2019-01-01", "active_until": "2020-03-01"}
    ]
    assert pack["accesses"]["by_outcome"] == {"granted": 2}
    assert len(pack["sample"]) == 1
    assert pack["sample"][0]["reason"] == "why"
    assert pack["verification"]["faults"] == []
    assert json.dumps(pack)


def test_a_breach_is_told_person_by_person(sqlite_place: str) -> None:
    fill(sqlite_place)
    with opened(sqlite_place) as store:
        told = people_seen(store, "A", PERIOD)
        assert [(row["name"], row["state"], row["entries"]) for row in told] == [
            ("Resident of C-1", "OH", 1),
            ("Resident of C-2", "OH", 1),
        ]
        assert people_seen(store, "B", PERIOD) == []
        assert people_seen(store, "A", Period("2021-01-01", "2021-12-31")) == []


def test_the_council_gets_no_small_number(sqlite_place: str) -> None:
    fill(sqlite_place)
    with opened(sqlite_place) as store:
        findings = {"over_limit_shown": 3, "not_shown": 40, "insufficient_evidence": 30}
        made = council_statistics(PERIOD, logged(store), all_cases(store), {"findings": findings})
    assert made["tables"]["findings"]["counts"] == {
        "over_limit_shown": None,
        "not_shown": 40,
        "insufficient_evidence": None,
    }
    assert made["tables"]["cases_by_status"] == {"counts": {"closed": None}, "total": None}
    assert "Resident" not in json.dumps(made)


def test_the_register_outlives_the_case(sqlite_place: str, tmp_path: Path) -> None:
    fill(sqlite_place)
    document = tmp_path / "summary.json"
    document.write_text(json.dumps({"provenance": {"inputs": [{"source": "dmv_registrations"}], "settings": {}}}))
    with at(sqlite_place, START) as store:
        register(store, Disclosure(document, "C-1", "City Attorney", "city attorney", "proceeding", "hearing", "A"))
    with at(sqlite_place, LATER) as store:
        purge(store, due(store), "A")
        (entry,) = audit_pack(store, PERIOD, verify(store), sample=0)["disclosures"]
        assert verify(store).faults == ()
    assert entry["recipient"] == "City Attorney"
    assert entry["sources"] == {"dmv_registrations": "dppa.b4"}
    assert len(entry["document_sha256"]) == 64


def test_rows_of_the_log_are_flat(sqlite_place: str) -> None:
    fill(sqlite_place)
    with opened(sqlite_place) as store:
        rows = [access_row(one) for one in logged(store)]
    assert all(isinstance(value, str | int | None) for row in rows for value in row.values())
