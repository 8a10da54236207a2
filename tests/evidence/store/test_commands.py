"""The access record as a user of the commands meets it: refused, granted, logged, looked up, handed out."""

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from evidence.store.database import migrate, opened
from evidence.store.log import logged
from evidence.store.people import Operator, SeenCase, see_cases, set_operator
from evidence.store.verification import verify
from loaders import files
from loaders.city import load
from tests.conftest import PASSWORD, PostgresServer
from tests.evidence.store.conftest import fresh_database
from tests.evidence.test_cli import one_sentence, run

CASE = "OC-2007-0006"
WHO = ("--operator", "J. Inspector", "--purpose", "investigation", "--reason", "complaint of 3 June")
ACTING = ("--operator", "J. Inspector")


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one operator, named by the environment."""
    path = tmp_path / "records.sqlite"
    done = run("audit", "setup", "--store", path, "--operator", "J. Inspector")
    assert done.returncode == 0, done.stderr
    monkeypatch.setenv("EVIDENCE_STORE", str(path))
    return path


def contents(path: Path) -> list[dict[str, Any]]:
    with opened(str(path)) as store:
        return [dict(one.content) for one in logged(store)]


def last(path: Path) -> dict[str, Any]:
    return contents(path)[-1]


# Without a store ----------------------------------------------------------------------------------------------


def test_without_a_store_the_run_says_that_no_record_is_kept(tiny_folder: Path, tmp_path: Path) -> None:
    done = run("screen", tiny_folder, "-o", tmp_path / "out", "--operator", "J. Inspector", "--purpose", "anything")
    assert done.returncode == 0
    assert "note: no access record is kept" in done.stderr
    written = json.loads((tmp_path / "out/run.json").read_text())
    assert (written["operator"], written["purpose"], written["reason"]) == ("J. Inspector", "anything", None)
    assert written["access_record"].startswith("none: no store is configured")


# The gate -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("check", "{city}"),
        ("prepare", "{city}", "--prepared", "{tmp}/kept"),
        ("screen", "{city}", "-o", "{tmp}/out"),
        ("summarize", "{city}", "--case", CASE, "-o", "{tmp}/out"),
        ("submit", "{city}", "{city}", "-o", "{tmp}/out"),
        ("explain", "{city}", "lease_disclosures:1", "lease_disclosures:2"),
    ],
)
def test_without_operator_case_purpose_and_reason_nothing_is_read(
    command: tuple[str, ...], tiny_folder: Path, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    read_table = files.read_table

    def watched(path: Path, *rest: Any) -> Any:
        read.append(path.stem)
        return read_table(path, *rest)

    monkeypatch.setattr(files, "read_table", watched)
    done = run(*(part.format(city=tiny_folder, tmp=tmp_path) for part in command))
    sentence = one_sentence(done, 77)
    assert "access refused, and logged as entry 3: no operator (--operator NAME); no purpose" in sentence
    assert set(read) <= {"cases"}
    assert not (tmp_path / "out").exists()
    entry = last(records)
    assert (entry["kind"], entry["action"], entry["outcome"]) == ("access", command[0], "refused")


def test_a_granted_access_is_logged_before_and_after(tiny_folder: Path, records: Path, tmp_path: Path) -> None:
    done = run("summarize", tiny_folder, "--case", CASE, "-o", tmp_path / "out", *WHO)
    assert done.returncode == 0, done.stderr
    assert "no access record" not in done.stderr
    granted, result = contents(records)[-2:]
    assert (granted["outcome"], granted["case"], granted["purpose"]) == ("granted", CASE, "investigation")
    assert granted["sources"]["dmv_registrations"] == "dppa.b1"
    assert (result["of"], result["outcome"], result["count"]) == (granted["seq"], "done", 1)
    with opened(str(records)) as store:
        details = [one.details for one in logged(store)][-2:]
    assert details[0] is not None
    assert details[0]["reason"] == "complaint of 3 June"
    assert details[1] is not None
    assert any(subject["name"] == "Taylor Jumper" for subject in details[1]["subjects"])
    assert b"Taylor Jumper" not in json.dumps(contents(records)).encode(), "the chain itself names no resident"


def test_a_screening_carries_its_entry_which_anchors_the_record(
    tiny_folder: Path, records: Path, tmp_path: Path
) -> None:
    assert run("screen", tiny_folder, "-o", tmp_path / "out", *WHO).returncode == 0
    record = json.loads((tmp_path / "out/run.json").read_text())["access_record"]
    assert contents(records)[record["seq"] - 1]["outcome"] == "granted"
    done = run("audit", "verify", "--noted", tmp_path / "out/run.json")
    assert (done.returncode, "1 noted elsewhere" in done.stdout) == (0, True)
    (tmp_path / "forged.json").write_text(json.dumps({"access_record": {**record, "hash": "0" * 64}}))
    done = run("audit", "verify", "--noted", tmp_path / "forged.json")
    assert done.returncode == 65
    assert f"entry {record['seq']} is not that of" in done.stdout


def test_a_summary_handed_over_from_a_prepared_city_passes_the_same_gate(
    tiny_folder: Path, records: Path, tmp_path: Path
) -> None:
    kept = ("--prepared", tmp_path / "kept")
    custody = ("--operator", "J. Inspector", "--purpose", "custody", "--reason", "new files")
    assert run("prepare", tiny_folder, *kept, *custody).returncode == 0
    assert run("summarize", tiny_folder, "--case", CASE, "-o", tmp_path / "out", *kept).returncode == 77
    assert run("summarize", tiny_folder, "--case", CASE, "-o", tmp_path / "out", *kept, *custody).returncode == 77
    assert run("summarize", tiny_folder, "--case", CASE, "-o", tmp_path / "out", *kept, *WHO).returncode == 0
    assert [c.get("outcome") for c in contents(records)[-4:]] == ["refused", "refused", "granted", "done"]


def test_a_search_that_finds_nothing_is_logged(tiny_folder: Path, records: Path, tmp_path: Path) -> None:
    one_sentence(run("summarize", tiny_folder, "--case", "C-NONE", "-o", tmp_path / "out", *WHO), 66)
    assert (last(records)["outcome"], last(records)["count"]) == ("zero hits", 0)
    done = run("explain", tiny_folder, "P999999", "P000001", "--case", CASE, *WHO)
    assert done.returncode == 66
    assert (last(records)["kind"], last(records)["outcome"]) == ("result", "zero hits")


def test_a_run_that_fails_is_logged_as_failed(tiny_folder: Path, records: Path, tmp_path: Path) -> None:
    done = run("screen", tiny_folder, "-o", tmp_path / "out", "--pack", "no-such-pack", *WHO)
    assert done.returncode != 0
    assert (last(records)["kind"], last(records)["outcome"] in ("failed", "zero hits")) == ("result", True)


def test_dwellings_without_a_case_are_not_looked_up(tiny_folder: Path, records: Path, tmp_path: Path) -> None:
    sentence = one_sentence(run("screen", tiny_folder, "--all-addresses", "-o", tmp_path / "out", *WHO), 77)
    assert "dwellings without a case" in sentence
    assert last(records)["outcome"] == "refused"


def test_an_engine_reads_nothing_where_a_store_is_kept(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVIDENCE_STORE", raising=False)
    shutil.copytree(tiny_folder, tmp_path / "cities" / "one")
    (tmp_path / "cities/one/evidence.toml").write_text('[audit]\nstore = "../records.sqlite"\n')
    for cities in (tmp_path / "cities", tmp_path / "cities/one"):
        done = run("screen", cities, "-o", tmp_path / "out", "--engine", "local[1]", *WHO)
        assert "leave --engine away" in one_sentence(done, 69)
    assert not (tmp_path / "out").exists()


def test_a_search_needs_a_case(tiny_folder: Path, records: Path) -> None:
    sentence = one_sentence(run("explain", tiny_folder, "name:Bob Baker", "name:Ann Lee", *WHO), 77)
    assert "no case (--case ID)" in sentence
    assert last(records)["outcome"] == "refused"
    with opened(str(records)) as store:
        *_, refused = logged(store)
    assert refused.details is not None
    assert refused.details["terms"]["a"] == "name:Bob Baker"


@pytest.mark.usefixtures("records")
def test_a_closed_case_is_read_only_under_a_hold(tiny_folder: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(tiny_folder, city)
    placed = {column: header for header, column in load(city).reports["cases"].headers.items()}
    with (city / "cases.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    status, name = rows[0].index(placed["status"]), rows[0].index(placed["case_id"])
    for row in rows[1:]:
        row[status] = "closed" if row[name] == CASE else row[status]
    with (city / "cases.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    command = ("summarize", city, "--case", CASE, "-o", tmp_path / "out", *WHO)
    assert "is not open" in one_sentence(run(*command), 77)
    assert run("audit", "hold", CASE, "--reason", "appeal", *ACTING).returncode == 0
    assert run(*command).returncode == 0
    assert run("audit", "hold", CASE, "--reason", "decided", "--release", *ACTING).returncode == 0
    assert run(*command).returncode == 77
    assert "knows no case" in one_sentence(run("audit", "hold", "C-9", "--reason", "x", *ACTING), 66)


def test_the_city_says_which_store_and_nobody_names_another(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVIDENCE_STORE", raising=False)
    city = tmp_path / "city"
    shutil.copytree(tiny_folder, city)
    (city / "evidence.toml").write_text('[audit]\nstore = "../records.sqlite"\n')
    command = ("check", city, *WHO)
    assert "there is no store" in one_sentence(run(*command), 69)
    assert run("audit", "setup", "--store", tmp_path / "records.sqlite", "--operator", "J. Inspector").returncode == 0
    assert run(*command).returncode == 0
    assert run("audit", "verify", "--city", city).returncode == 0
    assert run(*command, "--store", tmp_path / "records.sqlite").returncode == 0
    assert "names another" in one_sentence(run(*command, "--store", tmp_path / "mine.sqlite"), 78)
    monkeypatch.setenv("EVIDENCE_STORE", str(tmp_path / "mine.sqlite"))
    assert "names another" in one_sentence(run(*command), 78)


@pytest.mark.parametrize(
    "text", ["[audit]\n", '[audit]\nstore = ""\n', "[audit]\nstore = 1\n", "audit = 1\n", "[audit\n"]
)
def test_settings_that_cannot_be_understood_are_not_taken_for_none(
    tiny_folder: Path, tmp_path: Path, text: str
) -> None:
    city = tmp_path / "city"
    shutil.copytree(tiny_folder, city)
    (city / "evidence.toml").write_text(text)
    one_sentence(run("check", city), 78)


# The audit commands -------------------------------------------------------------------------------------------


def test_operators_are_let_in_and_leave(tiny_folder: Path, records: Path) -> None:
    assert run("audit", "operator", "M. Deputy", "--role", "deputy", *ACTING).returncode == 0
    assert run("audit", "operator", "M. Deputy", "--until", "2020-01-01", *ACTING).returncode == 0
    who = ("--operator", "M. Deputy", "--purpose", "custody", "--reason", "files")
    assert "may read from" in one_sentence(run("check", tiny_folder, *who), 77)
    assert "is no operator today" in one_sentence(run("audit", "log", "--operator", "M. Deputy"), 77)
    assert last(records)["outcome"] == "refused"
    assert run("audit", "operator", "X", "--until", "yesterday", *ACTING).returncode == 2


def test_an_auditor_judges_links_of_the_whole_city_and_reads_no_case(
    tiny_folder: Path, tmp_path: Path, records: Path
) -> None:
    assert run("audit", "operator", "A. Auditor", "--role", "auditor", *ACTING).returncode == 0
    assert run("audit", "operator", "A. Auditor", "--until", "2099-01-01", *ACTING).returncode == 0, (
        "and keeps the role"
    )
    who = ("--operator", "A. Auditor", "--purpose", "audit", "--reason", "first quarter")
    drawn = ("audit", "sample", tiny_folder, "-o", tmp_path / "audit", "--size", 20)
    assert "whose role is 'auditor'" in one_sentence(run(*drawn, *WHO), 77)
    assert run(*drawn, *who).returncode == 0
    with opened(str(records)) as store:
        seen = list(logged(store))[-1].details
    assert seen is not None
    assert len(seen["subjects"]) > 20, "a breach can be told to those whom the sample names"
    summary = ("summarize", tiny_folder, "--case", CASE, "-o", tmp_path / "case")
    assert "nothing else" in one_sentence(run(*summary, *who), 77)


@pytest.mark.parametrize("command", ["log", "misuse", "anchor", "report", "breach", "purge"])
def test_the_record_is_for_operators_only(command: str, records: Path, tmp_path: Path) -> None:
    more = {"anchor": ["-o", "x"], "report": ["-o", "x"], "breach": ["A", "-o", "x"]}.get(command, [])
    one_sentence(run("audit", command, *(tmp_path / m if m == "x" else m for m in more)), 77)
    assert last(records)["outcome"] == "refused"


def test_audit_needs_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVIDENCE_STORE", raising=False)
    assert "no store is named" in one_sentence(run("audit", "verify"), 66)


def test_a_changed_entry_is_named_at_the_command_line(records: Path) -> None:
    with opened(str(records)) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER access_log_no_update")
        connection.exec_driver_sql("UPDATE access_log SET body = replace(body, 'Inspector', 'Nobody') WHERE seq = 2")
    done = run("audit", "verify")
    assert done.returncode == 65
    assert "access_log: entry 2 was changed: its content does not give its hash" in done.stdout
    assert "the record is not what was written: 1 faults" in done.stderr


HOSTILE = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "<script>alert(1)</script>", "a\x1b[2Jb", "x'; --"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_harmless_in_log_and_exports(records: Path, tmp_path: Path, name: str) -> None:
    with opened(str(records)) as store:
        set_operator(store, Operator(name, name, "2020-01-01", None), by=name)
        see_cases(store, [SeenCase("../../etc/passwd", "open")])
    shown = run("audit", "log", "--operator", name)
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    assert run("audit", "log", "--csv", tmp_path / "log.csv", "--operator", name).returncode == 0
    with (tmp_path / "log.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell[:1] in "=+-@\t\r" for cell in cells if cell), "no cell that a spreadsheet would run"
    assert any(name in cell for cell in cells)
    assert run("audit", "misuse", "--operator", name).returncode == 0
    assert run("audit", "hold", "../../etc/passwd", "--reason", name, "--operator", name).returncode == 0
    with opened(str(records)) as store:
        assert verify(store).faults == ()


def test_a_purge_follows_no_link_out_of_its_folder(records: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "summary.json").write_text('{"schema": "occupancy-evidence/summary/1", "case_id": "../C-1"}')
    out = tmp_path / "cases"
    out.mkdir()
    os.symlink(elsewhere, out / "C-1")
    with opened(str(records)) as store:
        see_cases(store, [SeenCase("../C-1", "closed")])
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE cases SET closed_seen_on = '2000-01-01'")
    done = run("audit", "purge", "--outputs", out, "--do", *ACTING)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "0 destroyed, 0 kept by a legal hold.")
    assert (elsewhere / "summary.json").exists()


@pytest.mark.usefixtures("records")
def test_from_summary_to_disclosure(tiny_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("summarize", tiny_folder, "--case", CASE, "-o", out, *WHO).returncode == 0
    whole = out / CASE / "summary.json"
    assert run("redact", whole, "--audience", "owner", "-o", tmp_path / "copy").returncode == 77
    assert run("redact", whole, "--audience", "owner", "-o", tmp_path / "copy", *WHO).returncode == 0
    page = (tmp_path / "copy/summary.html").read_text()
    assert "Taylor Jumper" in (out / CASE / "summary.html").read_text()
    assert "Jumper" not in page
    disclosed = ("--case", CASE, "--to", "A. Owner", "--kind", "owner", "--reason", "notice served", *ACTING)
    copy = tmp_path / "copy/summary.json"
    assert run("audit", "disclose", copy, "--purpose", "nothing", *disclosed).returncode == 66
    assert run("audit", "disclose", copy, "--purpose", "investigation", *disclosed).returncode == 0
    report = tmp_path / "quarter.json"
    assert run("audit", "report", "-o", report, *ACTING).returncode == 0
    (entry,) = json.loads(report.read_text())["disclosures"]
    assert (entry["recipient"], entry["redacted_for"]) == ("A. Owner", "owner")
    assert entry["sources"]["dmv_registrations"] == "dppa.b1"
    assert run("audit", "breach", "J. Inspector", "-o", tmp_path / "told.csv", *ACTING).returncode == 0
    assert "Taylor Jumper" in (tmp_path / "told.csv").read_text()
    assert run("audit", "anchor", "-o", tmp_path / "anchors.jsonl", *ACTING).returncode == 0
    assert run("audit", "verify", "--noted", tmp_path / "anchors.jsonl").returncode == 0


@pytest.mark.usefixtures("records")
def test_the_council_gets_its_numbers(tiny_folder: Path, tmp_path: Path) -> None:
    assert run("screen", tiny_folder, "-o", tmp_path / "out", *WHO).returncode == 0
    council = ("--audience", "council", "--screening", tmp_path / "out")
    assert run("audit", "report", "-o", tmp_path / "council.json", *council, *ACTING).returncode == 0
    made = json.loads((tmp_path / "council.json").read_text())
    assert set(made["tables"]) == {
        "cases_by_status",
        "accesses_by_purpose",
        "accesses_by_outcome",
        "findings",
        "cases_by_zip",
    }
    small = [n for t in made["tables"].values() for n in t["counts"].values() if n is not None and 0 < n < 5]
    assert small == []
    rates = made["cases_per_1000_dwellings_by_zip"]
    dwellings = json.loads((tmp_path / "out/run.json").read_text())["dwellings_by_zip"]
    known = {name: rate["dwellings"] for name, rate in rates.items()}
    assert known == dwellings | {"whole city": sum(dwellings.values())}
    for name, count in made["tables"]["cases_by_zip"]["counts"].items():
        assert (count is None) is (rates[name]["per_1000"] is None)
    one_sentence(run("audit", "report", "-o", tmp_path / "c.json", *council[:3], tmp_path / "none", *ACTING), 66)


@pytest.mark.parametrize(("content", "code"), [(None, 66), (b"{}", 65), (b"\xff", 65), (b'{"schema": 1}', 65)])
def test_what_is_no_summary_is_one_sentence(tmp_path: Path, content: bytes | None, code: int) -> None:
    path = tmp_path / "summary.json"
    if content is not None:
        path.write_bytes(content)
    one_sentence(run("redact", path, "--audience", "owner", "-o", tmp_path / "copy"), code)


def test_a_purge_lists_what_of_the_files_is_for_their_custodian(
    tiny_folder: Path, records: Path, tmp_path: Path
) -> None:
    city = tmp_path / "city"
    shutil.copytree(tiny_folder, city)
    os.utime(city / "university_addresses.csv", (0, 0))
    before = {path.name: path.read_bytes() for path in city.iterdir()}
    with opened(str(records)) as store:
        see_cases(store, [SeenCase(CASE, "closed")])
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE cases SET closed_seen_on = '2000-01-01'")
    done = run("audit", "purge", "--files", city, "--do", *ACTING)
    assert f"vehicle_log.csv, 31 rows of case {CASE}, the first row 97, of 2000-01-01" in done.stdout
    assert "for its custodian to destroy: university_addresses.csv, the whole file, of 1970-01-01" in done.stdout
    assert {path.name: path.read_bytes() for path in city.iterdir()} == before


@pytest.mark.postgres
def test_the_record_of_a_city_in_postgresql(
    tiny_folder: Path, tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_PASSWORD", PASSWORD)
    monkeypatch.delenv("EVIDENCE_STORE", raising=False)
    city = tmp_path / "city"
    shutil.copytree(tiny_folder, city)
    place = postgres_server.uri(password="${STORE_PASSWORD}", database=fresh_database(postgres_server))
    (city / "evidence.toml").write_text(f'[audit]\nstore = "{place}"\n')
    made = run("audit", "setup", "--store", place, "--operator", "J. Inspector")
    assert made.returncode == 0, made.stderr
    assert run("check", city).returncode == 77
    assert run("check", city, *WHO).returncode == 0
    done = run("audit", "verify", "--city", city)
    assert (done.returncode, done.stdout.startswith("Whole: 5 in access_log")) == (0, True)
    assert "s3cret" not in made.stdout + made.stderr + done.stdout


def test_setting_up_twice_keeps_the_record(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    first = run("audit", "setup", "--store", path, "--operator", "A")
    again = run("audit", "setup", "--store", path, "--operator", "B")
    assert "New store" in first.stdout
    assert "newest form" in again.stdout
    assert not migrate(str(path))
    assert [c["kind"] for c in contents(path)] == ["made", "operator", "brought to the newest form"]
