"""Writing results: safe names, guarded spreadsheets, whole folders or none, nobody else's files touched."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.access import Access
from evidence.atomic import replaced_folder
from evidence.case_files import CASE_FILES
from evidence.errors import OutputRefused
from evidence.folders import folder_name, folder_names
from evidence.write import (
    csv_bytes,
    fill_case_folder,
    owned_screening,
    refresh_index,
    write_case,
    write_parquet,
    write_screening,
)
from tests.evidence.sample_screening import CASE_IDS, HOSTILE_ID, sample_result, sample_screening
from tests.evidence.sample_summary import CASE_ID

CONTRACT_FILES = {
    "screen.parquet",
    "screen.csv",
    "occupants.parquet",
    "persons.parquet",
    "mentions.parquet",
    "plates.parquet",
    "vehicles.parquet",
    "quarantine.csv",
    "warnings.csv",
    "run.json",
    "index.html",
}


def write(out: Path, *, force: bool = False) -> None:
    write_screening(sample_screening(), out, case_ids=CASE_IDS, force=force)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# Folder names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case_id", ["C-2007-0042", "42", "a.b_c-D", "x" * 64])
def test_an_ordinary_id_is_its_own_folder(case_id: str) -> None:
    assert folder_name(case_id) == case_id


@pytest.mark.parametrize(
    "case_id",
    [
        *["", " ", ".", "..", "../../x", "/", "/etc/passwd", "a/b", "a\\b", "C:\\x", "\x00", "a\nb", "-rf"],
        *["CON", "con", "nul.txt", "LPT1", "a.", "~", "~/x", ".hidden", "x" * 65, "x" * 9000, "é", "案件", "\ud800"],
    ],
)
def test_any_other_id_gets_a_safe_folder(case_id: str) -> None:
    name = folder_name(case_id)
    assert name != case_id
    assert "~" in name
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~")
    assert 0 < len(name) <= 64


def test_ids_that_differ_only_in_case_do_not_share_a_folder_on_any_system() -> None:
    names = folder_names(["c-1", "C-1", "C-2"])
    assert names["C-2"] == "C-2"
    assert len({name.casefold() for name in names.values()}) == 3


@given(st.lists(st.text(max_size=12), max_size=12))
def test_no_two_ids_share_a_folder(case_ids: list[str]) -> None:
    names = folder_names(case_ids)
    assert set(names) == set(case_ids)
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert all(Path(name).name == name for name in names.values())


# Spreadsheets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_a_text_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    read = pl.read_csv(csv_bytes(pl.DataFrame({"text": [cell]})), infer_schema=False)
    assert read.item() == "'" + cell


@pytest.mark.parametrize("cell", ["Ana", "a=b", "1-2", "", None, "'=1"])
def test_any_other_text_cell_stays(cell: str | None) -> None:
    read = pl.read_csv(csv_bytes(pl.DataFrame({"text": [cell], "n": [1]}, schema={"text": pl.String, "n": pl.Int64})))
    assert read["text"].to_list() == [cell or None] or read["text"].to_list() == [cell]


def test_numbers_keep_their_minus_and_parquet_keeps_the_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({"change": [-0.5], "case_id": ["=1"]})
    assert csv_bytes(frame) == b"change,case_id\r\n-0.5,'=1\r\n"
    write_parquet(frame, tmp_path / "x.parquet")
    assert pl.read_parquet(tmp_path / "x.parquet").equals(frame)


# A screening --------------------------------------------------------------------------------------------------


def test_a_screening_is_the_files_of_the_contract(tmp_path: Path) -> None:
    write(tmp_path / "out")
    assert set(contents(tmp_path / "out")) == CONTRACT_FILES
    assert os.listdir(tmp_path) == ["out"]
    assert pl.read_parquet(tmp_path / "out/screen.parquet")["case_id"].to_list() == CASE_IDS


def test_the_run_record_says_who_why_what_and_how_long(tmp_path: Path) -> None:
    access = Access(purpose="complaint 42", operator="j. inspector")
    write_screening(sample_screening(), tmp_path / "out", case_ids=CASE_IDS, access=access)
    run = json.loads((tmp_path / "out/run.json").read_text())
    assert (run["purpose"], run["operator"], run["version"]) == ("complaint 42", "j. inspector", "0.1.0")
    assert set(run["inputs"]["cases"]) == {"file", "sha256", "rows_read", "rows_accepted", "rows_quarantined"}
    assert run["timings_seconds"]["write tables"] >= 0
    assert run["cpu_seconds"].keys() == run["timings_seconds"].keys()
    assert run["case_folders"] == {HOSTILE_ID: folder_name(HOSTILE_ID)}


def test_equal_results_give_equal_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b")
    a, b = contents(tmp_path / "a"), contents(tmp_path / "b")
    runs = [json.loads(each.pop("run.json")) for each in (a, b)]
    assert a == b
    for run in runs:
        run.pop("timings_seconds")
        run.pop("cpu_seconds")
        run.pop("peak_memory_bytes")
    assert runs[0] == runs[1]


def test_the_index_links_only_pages_that_exist(tmp_path: Path) -> None:
    write(tmp_path / "out")
    assert '<a href="cases' not in (tmp_path / "out/index.html").read_text()
    write_case(sample_result(HOSTILE_ID), tmp_path / "out/cases" / folder_name(HOSTILE_ID))
    assert refresh_index(tmp_path / "out")
    page = (tmp_path / "out/index.html").read_text()
    (link,) = [part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("cases")]
    from urllib.parse import unquote

    assert (tmp_path / "out" / unquote(link)).is_file()


def test_a_folder_that_is_no_screening_has_no_index_to_refresh(tmp_path: Path) -> None:
    assert not refresh_index(tmp_path)
    assert not list(tmp_path.iterdir())


# Whole or not at all -----------------------------------------------------------------------------------------


def test_a_former_output_is_replaced_and_other_peoples_files_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out)
    (out / "notes.txt").write_text("mine")
    (out / "sub").mkdir()
    (out / "sub/photo.jpg").write_text("mine too")
    write_case(sample_result(), out / "cases/old")
    write(out)
    assert set(contents(out)) == CONTRACT_FILES | {"notes.txt", "sub/photo.jpg"}, "an old summary is not kept"
    assert (out / "notes.txt").read_text() == "mine"


def test_a_folder_with_other_peoples_files_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"program": "another"}')
    (tmp_path / "thesis.docx").write_text("years of work")
    before = contents(tmp_path)
    with pytest.raises(OutputRefused, match="is not empty and was not made by this program"):
        write(tmp_path)
    assert contents(tmp_path) == before


def test_with_force_our_files_are_written_beside_theirs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.docx").write_text("years of work")
    write(out, force=True)
    assert set(contents(out)) == CONTRACT_FILES | {"thesis.docx"}


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    for _ in range(2):
        write(tmp_path / "out")
        assert (tmp_path / "out").is_symlink()
        assert set(contents(tmp_path / "disk")) == CONTRACT_FILES


@pytest.mark.parametrize("kind", ["file", "below a file"])
def test_an_impossible_folder_is_a_clear_refusal(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputRefused):
        write(tmp_path / "file" if kind == "file" else tmp_path / "file/out")


def test_a_run_that_fails_leaves_the_former_output_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "out")
    before = contents(tmp_path)

    def fails(_folder: Path) -> dict[str, str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_screening(sample_screening(), tmp_path / "out", case_ids=CASE_IDS, summaries=fails)
    assert contents(tmp_path) == before
    assert os.listdir(tmp_path) == ["out"]


_SLOW_RUN = """
import signal, sys, time
from pathlib import Path
from evidence.atomic import replaced_folder
if sys.argv[2] == "polite":
    def stop(number, frame):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, stop)
with replaced_folder(Path(sys.argv[1]), lambda folder: frozenset({"a"})) as folder:
    (folder / "a").write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("manner", "number"), [("polite", signal.SIGINT), ("polite", signal.SIGTERM), ("", signal.SIGKILL)]
)
def test_a_killed_run_leaves_nothing_half_written(tmp_path: Path, manner: str, number: int) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a").write_text("whole")
    command = [sys.executable, "-c", _SLOW_RUN, str(out), manner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        run.send_signal(number)
        assert run.wait(timeout=20) != 0
    assert contents(out) == {"a": b"whole"}
    if number != signal.SIGKILL:
        assert os.listdir(tmp_path) == ["out"]
    # Whatever a kill left behind, the next run clears away.
    with replaced_folder(out, lambda _: frozenset({"a"})) as folder:
        (folder / "a").write_text("new")
    assert contents(tmp_path) == {"out/a": b"new"}


def test_a_run_killed_between_the_two_renames_is_put_right_by_the_next(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    (tmp_path / f".out.replaced-{gone.pid}").mkdir()
    (tmp_path / f".out.replaced-{gone.pid}/theirs.txt").write_text("kept")
    with replaced_folder(tmp_path / "out", lambda _: frozenset()) as folder:
        (folder / "a").write_text("new")
    assert contents(tmp_path) == {"out/a": b"new", "out/theirs.txt": b"kept"}


def test_a_folder_of_a_run_that_still_lives_is_left_alone(tmp_path: Path) -> None:
    living = tmp_path / f".out.partial-{os.getppid()}"
    living.mkdir()
    with replaced_folder(tmp_path / "out", lambda _: frozenset()):
        pass
    assert living.is_dir()


# One case ----------------------------------------------------------------------------------------------------


def test_a_case_is_four_files_and_replaces_itself(tmp_path: Path) -> None:
    folder = tmp_path / CASE_ID
    write_case(sample_result(), folder)
    first = contents(folder)
    assert set(first) == set(CASE_FILES)
    assert json.loads(first["summary.json"])["window"] == {"from": "2007-07-01", "to": "2007-09-29"}
    write_case(sample_result(), folder)
    assert contents(folder) == first


def test_a_hundred_case_pages_take_well_under_a_second_each(tmp_path: Path) -> None:
    began = time.perf_counter()
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        fill_case_folder(sample_result(), folder)
    assert time.perf_counter() - began < 2.0


def test_what_is_ours_is_known_by_the_run_record_alone(tmp_path: Path) -> None:
    write(tmp_path / "out")
    assert set(owned_screening(tmp_path / "out") or ()) == CONTRACT_FILES
    (tmp_path / "out/run.json").write_text("[]")
    assert owned_screening(tmp_path / "out") is None
