"""Tampering: a number changed in a summary, a page, or an input file is found, and named."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from evidence.render.pdf import can_print
from evidence.replay import differences
from evidence.summary_seal import FIELD, content_sha256
from evidence.synthetic import generate
from evidence.verify import read_document, verify
from tests.evidence.test_cli import one_sentence, run

Document = dict[str, Any]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny city, screened, with the summary of every case."""
    out = tmp_path_factory.mktemp("replayed")
    generate(out, scale="tiny", seed=12)
    arguments = (
        "screen",
        out / "city",
        "-o",
        out / "out",
        "--summaries",
        99,
        "-q",
        *(["--pdf"] if can_print() else []),
    )
    assert run(*arguments).returncode == 0
    return out


@pytest.fixture(scope="module")
def cases(town: Path) -> list[Path]:
    return sorted((town / "out" / "cases").glob("*/summary.json"))


@pytest.fixture(scope="module")
def rich(cases: list[Path]) -> Path:
    """The case with the most proved nights."""
    return max(cases, key=lambda path: sum(len(v["nights"]) for v in json.loads(path.read_bytes())["vehicles"]))


@pytest.fixture
def document(rich: Path) -> Document:
    return read_document(rich)


def parked(document: Document) -> Document:
    found: Document = next(v for v in document["vehicles"] if v["nights"])
    return found


# Verify -------------------------------------------------------------------------------------------------------


def test_what_the_engine_writes_holds(cases: list[Path]) -> None:
    for path in cases:
        assert verify(read_document(path)) == []
        assert run("verify", path).returncode == 0
        assert run("verify", path.parent).stdout.strip().endswith(read_document(path)[FIELD])


def change_p(d: Document) -> None:
    d["p_over_limit"] = d["p_over_limit"] / 2


def change_distribution(d: Document) -> None:
    d["occupants"]["distribution"][0]["probability"] += 0.05


def drop_night(d: Document) -> None:
    parked(d)["nights"].pop()


def add_night(d: Document) -> None:
    nights = parked(d)["nights"]
    nights.append({**nights[-1], "night": "2031-01-01"})
    parked(d)["nights_observed"] += 1


def more_nights(d: Document) -> None:
    parked(d)["nights_window_max"] += 5


def change_reason(d: Document) -> None:
    next(p for p in d["persons"] if p["contributions"])["contributions"][0]["bits"] += 2


def change_person(d: Document) -> None:
    next(p for p in d["persons"] if p["contributions"])["p_occupant"] = 0.5001


def change_driver(d: Document) -> None:
    next(v for v in d["vehicles"] if v["operators"])["operators"][0]["probability"] *= 0.9


def change_sensitivity(d: Document) -> None:
    d["sensitivity"][0]["p_over_limit"] += 0.1


def change_rows(d: Document) -> None:
    d["provenance"]["inputs"][0]["rows_accepted"] -= 1


def point_beyond_the_file(d: Document) -> None:
    parked(d)["nights"][0]["rows"][0]["row"] = 10**6


def point_at_no_file(d: Document) -> None:
    parked(d)["nights"][0]["rows"][0]["file"] = "other.csv"


def change_mean(d: Document) -> None:
    d["occupants"]["mean"] += 1


def empty_against(d: Document) -> None:
    d["evidence_against"] = []


def misspell(d: Document) -> None:
    d["finding"] = "guilty"


def add_field(d: Document) -> None:
    d["verdict"] = "guilty"


# What is changed, and the place that is named even where the seal was made anew.
CONTRADICTS = [
    (change_p, "p_over_limit"), (change_distribution, "occupants.distribution"), (drop_night, "nights_observed"),
    (add_night, "watched"), (more_nights, "nights_window_max"), (change_reason, "contributions"),
    (change_person, "contributions"), (change_driver, "operators"), (change_sensitivity, "sensitivity.0.change"),
    (change_rows, "provenance.inputs.0"), (point_beyond_the_file, "nights"), (point_at_no_file, "nights"),
    (change_mean, "occupants.mean"), (empty_against, "evidence_against"), (misspell, "finding"),
    (add_field, "verdict"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "where"), CONTRADICTS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_changed_figure_breaks_the_seal_and_a_sum(
    document: Document, change: Callable[[Document], None], where: str
) -> None:
    change(document)
    assert any(where in fault.where for fault in verify(document))
    document[FIELD] = content_sha256(document)
    again = verify(document)
    assert any(where in fault.where for fault in again)
    assert not any(fault.where == FIELD for fault in again)


@pytest.mark.parametrize(
    "path",
    [
        ("address",),
        ("finding_sentence",),
        ("rule", "citation"),
        ("provenance", "inputs", 0, "sha256"),
        ("limitations", 0),
    ],
    ids=str,
)
def test_a_changed_word_breaks_the_seal(document: Document, path: tuple[str | int, ...]) -> None:
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = f"{inner[path[-1]]} "
    (fault,) = verify(document)
    assert fault.where == FIELD
    assert "something was changed" in fault.says


def test_a_summary_without_a_seal_is_said_to_have_none(document: Document) -> None:
    del document[FIELD]
    assert [fault.where for fault in verify(document)] == [FIELD]


def test_the_seal_does_not_hang_on_the_form_of_the_json(document: Document) -> None:
    turned = json.loads(json.dumps(dict(reversed(document.items())), ensure_ascii=True))
    assert content_sha256(turned) == document[FIELD]


@pytest.mark.parametrize("name", ["summary.html", "summary.pdf"])
def test_a_changed_page_is_named(rich: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "case"
    shutil.copytree(rich.parent, folder)
    if not (folder / name).exists():
        pytest.skip("the extra `pdf` is not installed")
    page = (folder / name).read_bytes()
    (folder / name).write_bytes(page.replace(b"Finding:", b"Finding?", 1) if name.endswith("l") else page + b"\n")
    done = run("verify", folder)
    assert done.returncode == 1
    assert f"{name}: is not the page of this summary" in done.stdout


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"{", 65, "is not JSON"),
        (b"[]", 65, "is no summary of this program"),
        (b'{"schema": "x"}', 65, "is no summary of this program"),
        (b"[" * 100_000, 65, "is not JSON"),
        (None, 66, "there is no summary"),
    ],
)
def test_what_is_no_summary_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes | None, code: int, says: str
) -> None:
    file = tmp_path / "summary.json"
    if content is not None:
        file.write_bytes(content)
    assert says in one_sentence(run("verify", file), code)


def test_a_summary_that_is_almost_one_is_told_where_it_fails(tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    file.write_text('{"schema": "occupancy-evidence/summary/1", "p_over_limit": NaN}')
    done = run("verify", file)
    assert done.returncode == 1
    assert "case_id: Field required" in done.stdout


def test_nobody_is_given_a_copy_of_a_summary_that_was_changed(document: Document, tmp_path: Path) -> None:
    document["p_over_limit"] = document["p_over_limit"] / 2
    (tmp_path / "summary.json").write_text(json.dumps(document))
    done = run("redact", tmp_path / "summary.json", "--audience", "owner", "-o", tmp_path / "copy")
    assert "was changed since it was written" in one_sentence(done, 65)
    assert not (tmp_path / "copy").exists()


# Replay -------------------------------------------------------------------------------------------------------


def test_the_same_sources_give_the_same_bytes(town: Path, rich: Path) -> None:
    done = run("replay", rich, town / "city", "-q")
    assert done.returncode == 0, done.stdout
    assert "the same, byte for byte" in done.stdout


def test_a_changed_number_is_named_with_what_it_was(town: Path, rich: Path, tmp_path: Path) -> None:
    document = read_document(rich)
    document["p_over_limit"] = 0.123
    document["vehicles"][0]["plate"] = "ALTERED"
    document[FIELD] = content_sha256(document)
    file = tmp_path / "summary.json"
    file.write_text(json.dumps(document))
    done = run("replay", file, town / "city", "-q")
    assert done.returncode == 1
    assert "p_over_limit: was 0.123, is " in done.stdout
    assert "vehicles.0.plate: was ALTERED, is " in done.stdout
    assert "the summary itself was changed" in done.stdout


def test_a_changed_input_file_is_named(town: Path, rich: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(town / "city", city)
    log = city / "vehicle_log.csv"
    log.write_bytes(b"\n".join(log.read_bytes().split(b"\n")[:-3]) + b"\n")
    done = run("replay", rich, city, "-q")
    assert done.returncode == 1
    assert "Other input files:" in done.stdout
    assert "vehicle_log (vehicle_log.csv): was " in done.stdout
    assert "  cases (" not in done.stdout


def test_a_missing_file_and_another_pack_are_named(town: Path, rich: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(town / "city", city)
    (city / "university_addresses.csv").unlink()
    done = run("replay", rich, city, "-q", "--pack", "generic-3-unrelated")
    assert "university_addresses (university_addresses.csv): was read, is not there" in done.stdout
    assert "rule_pack: was fort-collins-2007, is generic-3-unrelated" in done.stdout


def test_a_changed_mapping_of_columns_is_named(town: Path, rich: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(town / "city", city)
    header = (city / "utility_billing.csv").read_text("utf-8").splitlines()[0].split(",")
    name = next(column for column in header if "name" in column.lower())
    (city / "evidence.toml").write_text(f'[sources.utility_billing.columns]\n"{name}" = "billing_name"\n')
    done = run("replay", rich, city, "-q")
    assert done.returncode == 1
    assert "Other settings:" in done.stdout
    assert f"columns of utility_billing: was not set, is {name} = billing_name" in done.stdout
    assert "Other input files:" not in done.stdout


def test_another_version_is_named() -> None:
    one: Document = {"provenance": {"program": "p", "version": "0.1.0", "inputs": [], "settings": {}}, "a": 1}
    other = copy.deepcopy(one)
    other["provenance"]["version"] = "0.2.0"
    other["a"] = 1.5
    assert [each.words for each in differences(one, other)] == ["version: was 0.1.0, is 0.2.0", "a: was 1, is 1.5"]
    assert differences(one, copy.deepcopy(one)) == []


def test_a_case_that_the_city_does_not_have_is_a_mistake_and_no_difference(
    town: Path, rich: Path, tmp_path: Path
) -> None:
    document = {**read_document(rich), "case_id": "../../etc/passwd"}
    file = tmp_path / "summary.json"
    file.write_text(json.dumps(document))
    assert "there is no case '../../etc/passwd'" in one_sentence(run("replay", file, town / "city", "-q"), 66)


def test_a_submitted_case_points_at_the_rows_of_its_own_folder_and_replays_with_it(
    town: Path, rich: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new-case"
    new.mkdir()
    for name in ("cases", "vehicle_log"):
        header, *lines = (town / "city" / f"{name}.csv").read_text("utf-8").splitlines(keepends=True)
        (new / f"{name}.csv").write_text(header + "".join(each for each in lines if rich.parent.name in each), "utf-8")
    assert run("submit", town / "city", new, "-o", tmp_path / "out", "-q", "--no-pdf").returncode == 0
    path = tmp_path / "out" / rich.parent.name / "summary.json"
    document = read_document(path)
    assert verify(document) == []
    log = (new / "vehicle_log.csv").read_text("utf-8").splitlines()[1:]
    readings = [reading for vehicle in document["vehicles"] for reading in vehicle["readings"]]
    assert readings
    for reading in readings:
        assert reading["row"]["file"] == "new-case/vehicle_log.csv"
        assert reading["written"] in log[reading["row"]["row"] - 1]
    assert run("replay", path, town / "city", "--submitted", new, "-q").returncode == 0
    done = run("replay", path, town / "city", "-q")
    assert "cases (case folder) (new-case/cases.csv): was read, is not there" in done.stdout


def test_a_prepared_city_replays_the_same(town: Path, rich: Path, tmp_path: Path) -> None:
    assert run("prepare", town / "city", "--prepared", tmp_path / "kept", "-q").returncode == 0
    done = run("replay", rich, town / "city", "--prepared", tmp_path / "kept", "-q")
    assert done.returncode == 0
    assert pl.read_parquet(town / "out" / "screen.parquet").height > 0
