"""A participant of an address confidentiality programme leaves no trace in anything that comes out.

A made-up person is put at the end of every source of a made-up city, at the dwelling of a case; what comes out with her
on the list is, byte for byte, what comes out of the city that never held her. (Elsewhere in a file her rows leave their
numbers unused: `tests/loaders/confidential/test_withheld.py`.)
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import pytest

from evidence.pipeline import Run, investigate
from evidence.prepared.pages import kept_pages
from evidence.spark.store import Store as SparkStore
from evidence.store.database import opened as opened_store
from evidence.store.log import logged
from evidence.write import case_files, json_bytes
from loaders.city import City, load
from tests.evidence.changed_city import read_rows, write_rows
from tests.evidence.prepared.test_prepared_city import TABLES, opened, prepared
from tests.evidence.test_cli import run

NAME = "Quimbley, Persephone Zoe"
LIST = "name,date_of_birth\nPersephone Z Quimbley,1981-02-03\n"
# What each source says of her; HERE stands for the address of the case, CASE for its number.
ROWS: Mapping[str, list[dict[str, str]]] = {
    "vehicle_log": [
        {"case_id": "CASE", "observed_at": f"04/0{day}/07 23:15", "plate": "QZX 901", "plate_state": "CO"}
        for day in range(1, 8)
    ],
    "dmv_registrations": [
        {
            "plate": "QZX901",
            "plate_state": "CO",
            "owner_name": NAME,
            "owner_address": "HERE",
            "owner_dob": "1981-02-03",
        },
    ],
    "lease_disclosures": [{"address": "HERE", "case_id": "CASE", "name": "Persephone Quimbley"}],
    "utility_billing": [
        {"account_id": "901901", "service_address": "HERE", "billing_name": "QUIMBLEY P", "service_from": "01/02/07"},
    ],
    "utility_usage": [{"account_id": "901901", "month": "2007-03", "usage": "4000", "unit": "gal"}],
    "university_addresses": [{"student_id": "901", "name": NAME, "address": "HERE", "address_type": "local"}],
}
# In no public table of names, which a prepared city keeps parts of.
TRACES = ("quimbley", "persephone", "qzx901", "qzx 901", "901901")


def with_her(clean: Path, to: Path, case: int) -> Path:
    """A copy of a city folder in which she lives at the dwelling of one of its cases."""
    city = load(clean)
    chosen = city.frame("cases").row(case, named=True)
    folder = shutil.copytree(clean, to)
    for source, rows in ROWS.items():
        columns = dict(city.reports[source].headers)
        header, lines = read_rows(folder / f"{source}.csv")
        header = [name.removeprefix("ï»¿") for name in header]
        for row in rows:
            told = {
                key: {"HERE": chosen["subject_address"], "CASE": chosen["case_id"]}.get(v, v) for key, v in row.items()
            }
            lines.append([_cell(told, columns.get(name.strip(), "")) for name in header])
        write_rows(folder / f"{source}.csv", header, lines)
    return folder


def _cell(row: Mapping[str, str], column: str) -> str:
    """Dates and times of a log stand in one column or in two."""
    at = row.get("observed_at", " ")
    return row.get(column) or {"observed_date": at.split()[0] if at.strip() else "", "observed_time": at[9:]}.get(
        column, ""
    )


def listed(folder: Path) -> Path:
    (folder / "address_confidentiality.csv").write_text(LIST)
    return folder


@pytest.fixture(scope="module")
def clean(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return listed(shutil.copytree(tiny_folder, tmp_path_factory.mktemp("clean") / "city"))


@pytest.fixture(scope="module")
def mixed(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return listed(with_her(tiny_folder, tmp_path_factory.mktemp("mixed") / "city", case=2))


def outputs(city: City) -> dict[str, bytes]:
    """Every table and every page of every case; the hashes of the files alone are left out."""
    reports = {name: replace(report, sha256="") for name, report in city.reports.items()}
    made: Run = investigate(replace(city, reports=MappingProxyType(reports)))
    screening = made.screening()
    counts = screening.run.pop("address_confidentiality")
    assert set(counts) == {"rows_withheld"}
    found = {"run.json": json_bytes(screening.run)}
    for name in TABLES:
        target = BytesIO()
        getattr(screening, name).write_parquet(target)
        found[name] = target.getvalue()
    for case_id, result in made.every_result():
        found |= {f"{case_id}/{name}": content for name, content in case_files(result).items()}
    return found


def test_she_was_there_before_she_was_listed(tiny_folder: Path, tmp_path: Path) -> None:
    city = load(with_her(tiny_folder, tmp_path / "city", case=2))
    for source, rows in ROWS.items():
        assert city.frame(source).height == load(tiny_folder).frame(source).height + len(rows)
    assert city.quarantine.height == load(tiny_folder).quarantine.height


def test_what_comes_out_is_what_the_city_without_her_gives(clean: Path, mixed: Path) -> None:
    with_list, without = outputs(load(mixed)), outputs(load(clean))
    assert with_list.keys() == without.keys()
    assert [name for name in with_list if with_list[name] != without[name]] == []
    for content in with_list.values():
        assert not any(trace in content.decode("latin-1").lower() for trace in TRACES)


def test_every_summary_says_the_same_of_the_list_and_no_number(mixed: Path) -> None:
    made = investigate(load(mixed))
    said = {
        (result.summary.limitations[-1], result.summary.provenance.settings["address_confidentiality"])
        for _, result in made.every_result()
    }
    ((limitation, applied),) = said
    assert "every dwelling alike" in limitation
    assert applied == "list applied"
    assert not any(
        character.isdigit() for character in limitation.replace("24", "").replace("30", "").replace("21", "")
    )


def test_the_commands_tell_a_number_for_the_city_and_nothing_else(mixed: Path, tmp_path: Path) -> None:
    done = run("check", mixed, "--json")
    told = {one["source"]: one["rows_withheld"] for one in json.loads(done.stdout)["sources"]}
    assert told["dmv_registrations"] == told["utility_billing"] == told["utility_usage"] == 1
    assert told["vehicle_log"] is told["lease_disclosures"] is told["cases"] is None
    case = load(mixed).frame("cases").row(2, named=True)["case_id"]
    for command in (
        ("check", mixed),
        ("screen", mixed, "-o", tmp_path / "out"),
        ("graph", mixed, "--case", case, "-o", tmp_path / "graphs"),
        ("explain", mixed, "plate:QZX901", "plate:QZX902", "--case", case),
    ):
        done = run(*command)
        assert not any(trace in (done.stdout + done.stderr).lower() for trace in TRACES if trace != "qzx901"), command
    assert json.loads((tmp_path / "out/run.json").read_text())["address_confidentiality"]["rows_withheld"] == {
        "assessor": 0,
        "dmv_registrations": 1,
        "university_addresses": 1,
        "utility_billing": 1,
        "utility_usage": 1,
    }
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert not any(trace in path.read_bytes().decode("latin-1").lower() for trace in TRACES), path


def test_a_submitted_case_is_under_the_citys_list(clean: Path, mixed: Path, tmp_path: Path) -> None:
    summaries = []
    for folder in (mixed, clean):
        new = tmp_path / folder.parent.name
        new.mkdir()
        for source in ("cases", "vehicle_log", "lease_disclosures"):
            shutil.copy(folder / f"{source}.csv", new)
        header, rows = read_rows(new / "cases.csv")
        write_rows(new / "cases.csv", header, rows[2:3])
        done = run("submit", mixed, new, "-o", tmp_path / f"out-{folder.parent.name}", "-q", "--no-pdf")
        assert done.returncode == 0, done.stderr
        (made,) = (tmp_path / f"out-{folder.parent.name}").rglob("summary.json")
        summary = json.loads(made.read_text())
        summary["content_sha256"] = None
        for one in summary["provenance"]["inputs"]:
            one.update(sha256="", file="")
        summaries.append(json.dumps(summary).replace(new.name, ""))
    assert summaries[0] == summaries[1]


def test_a_city_prepared_before_she_was_listed_never_serves_her(mixed: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(mixed, tmp_path / "city")
    (folder / "address_confidentiality.csv").write_text("name\n")
    prepared(folder, pages=True)
    case = load(folder).frame("cases").row(2, named=True)["case_id"]
    before = kept_pages(folder, folder / ".evidence", case)
    assert before is not None
    assert b"Persephone" in before.files["summary.html"]
    listed(folder)
    assert kept_pages(folder, folder / ".evidence", case) is None
    done = run("summarize", folder, "--case", case, "-o", tmp_path / "out", "-q", "--no-pdf")
    assert done.returncode == 0, done.stderr
    for path in (path for path in (tmp_path / "out").rglob("*") if path.is_file()):
        assert not any(trace in path.read_bytes().decode("latin-1").lower() for trace in TRACES), path
    kept = opened(folder)
    load(folder, keep=kept.source)
    assert {"source dmv_registrations", "source vehicle_log", "source utility_usage"} <= set(kept.made)
    prepared(folder)  # and then nothing of her is kept either
    for path in (path for path in (folder / ".evidence").rglob("*") if path.is_file()):
        assert not any(trace in path.read_bytes().decode("latin-1").lower() for trace in TRACES), path


def test_the_access_record_notes_how_many_and_not_who(mixed: Path, tmp_path: Path) -> None:
    records = tmp_path / "records.sqlite"
    assert run("audit", "setup", "--store", records, "--operator", "J. Inspector").returncode == 0
    who = ("--operator", "J. Inspector", "--purpose", "investigation", "--reason", "complaint", "--store", records)
    case = load(mixed).frame("cases").row(2, named=True)["case_id"]
    assert run("summarize", mixed, "--case", case, "-o", tmp_path / "out", "-q", "--no-pdf", *who).returncode == 0
    with opened_store(str(records)) as store:
        last = list(logged(store))[-1].content
    assert last["withheld"] == {
        "assessor": 0,
        "dmv_registrations": 1,
        "university_addresses": 1,
        "utility_billing": 1,
        "utility_usage": 1,
    }
    assert not any(trace in records.read_bytes().decode("latin-1").lower() for trace in TRACES)


def test_a_judgement_on_her_is_neither_obeyed_nor_shown(mixed: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(mixed, tmp_path / "city")
    (folder / "address_confidentiality.csv").unlink()
    city = load(folder)
    ends = []
    for source, column in (("lease_disclosures", "name"), ("dmv_registrations", "owner_name")):
        frame = city.frame(source)
        ends.append(f"{source}:{frame.filter(frame[column].str.contains('Quimbley'))['row'][0]}:{column}")
    judge = ("judge", folder, "--link", *ends, "--decision", "confirm", "--by", "A", "--reason", "Persephone said so")
    assert run(*judge).returncode == 0
    assert "A, 20" in run("judge", folder, "--list").stdout
    listed(folder)
    assert run("judge", folder, "--list").stdout == ""
    assert all(result.summary.judgements == [] for _, result in investigate(load(folder)).every_result())


def test_what_spark_keeps_of_a_city_holds_nothing_of_the_list(mixed: Path, tmp_path: Path) -> None:
    store = SparkStore(str(tmp_path))
    store.save(0, "places", load(mixed))
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert not any(trace in path.read_bytes().decode("latin-1").lower() for trace in TRACES), path
