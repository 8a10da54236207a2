"""The command line as a user meets it: help, results, mistakes in one sentence, exit codes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import polars as pl
import pytest

from evidence.cli import main
from evidence.errors import unknown_case
from evidence.reference import commands_markdown
from evidence.synthetic import generate

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "check", "screen", "summarize", "submit", "form", "verify", "replay", "explain", "redact", "demo", "score",
)  # fmt: skip
AUDIT = ("setup", "operator", "hold", "verify", "anchor", "log", "misuse", "report", "breach", "disclose", "purge")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Done:
    """The command line in this process, through the same door as the installed program."""
    out, err = StringIO(), StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["evidence", *map(str, arguments)])
        patch.setenv("COLUMNS", "120")
        with pytest.raises(SystemExit) as end:
            main()
    signal.signal(signal.SIGTERM, handler)
    return Done(int(end.value.code or 0), out.getvalue(), err.getvalue())


def process(*arguments: object, **environment: str) -> Done:
    """The command line in a process of its own: for what depends on a fresh start."""
    command = [sys.executable, "-m", "evidence.cli", *map(str, arguments)]
    env = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, timeout=120, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny made-up city; holds city/ and truth/."""
    out = tmp_path_factory.mktemp("town")
    generate(out, scale="tiny", seed=5)
    return out


@pytest.fixture(scope="module")
def screened(town: Path) -> Path:
    done = run("screen", town / "city", "-o", town / "out", "--summaries", 2, "--operator", "J. Inspector")
    assert done.returncode == 0, done.stderr
    return town / "out"


def one_sentence(done: Done, code: int) -> str:
    """The error of a run: one line on standard error, nothing that looks like a traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    *progress, sentence = done.stderr.strip().splitlines()
    assert sentence.startswith("evidence: ")
    assert all(line.endswith(" s") for line in progress), "only progress before it"
    return sentence


# Help ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["", *COMMANDS, "rules list", "rules show", "rules check", *(f"audit {name}" for name in AUDIT)]
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.returncode == 0
    if command:
        assert f"Example: evidence {command}" in done.stdout
    else:
        assert all(name in done.stdout for name in COMMANDS)


_HEAVY = "sqlalchemy alembic polars pandas recordlinkage scipy numpy networkx jinja2 sklearn usaddress"


@pytest.mark.parametrize("arguments", [["--help"], ["screen", "--help"], ["audit", "log", "--help"], ["--version"]])
def test_help_imports_no_heavy_library(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from evidence.cli import app\n"
        f"try: app({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', [m for m in {_HEAVY!r}.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "HEAVY []" in done.stdout


def test_the_reference_page_is_what_the_program_says() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert page == commands_markdown(), "run: python -m evidence.reference > docs/commands.md"


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert run("--version").stdout == f"evidence {version('occupancy-evidence')}\n"


# Results ------------------------------------------------------------------------------------------------------


def test_check_reports_every_source(town: Path) -> None:
    done = run("check", town / "city", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["absent"] == []
    assert len(report["sources"]) == 8
    for source in report["sources"]:
        assert source["rows_read"] == source["rows_accepted"] + source["rows_quarantined"]


def test_check_says_what_absent_sources_would_be_worth_and_fails_for_a_damaged_one(town: Path, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_bytes((town / "city/cases.csv").read_bytes())
    (tmp_path / "vehicle_log.csv").write_text("when,what\n1,2\n")
    done = run("check", tmp_path)
    assert done.returncode == 65
    assert "lease_disclosures: would give who is on the lease" in done.stdout
    assert "vehicle_log: NOT READ" in done.stdout
    assert "Traceback" not in done.stderr


def test_screen_writes_the_files_of_the_contract_and_shows_the_list(screened: Path) -> None:
    written = {path.name for path in screened.iterdir()}
    assert written == {
        *("screen.parquet", "screen.csv", "occupants.parquet", "persons.parquet", "mentions.parquet"),
        *("plates.parquet", "vehicles.parquet", "quarantine.csv", "warnings.csv", "run.json", "index.html", "cases"),
    }  # fmt: skip
    run_record = json.loads((screened / "run.json").read_text())
    assert run_record["operator"] == "J. Inspector"
    assert run_record["peak_memory_bytes"] > 10_000_000
    assert "load" in run_record["timings_seconds"]


def test_every_link_of_the_index_leads_to_a_page(screened: Path) -> None:
    page = (screened / "index.html").read_text()
    links = [part.split('"')[0] for part in page.split('href="')[1:] if not part.startswith("#")]
    assert len(links) == 2
    assert all((screened / link).is_file() for link in links)


@pytest.mark.slow
def test_screen_gives_the_same_bytes_on_any_number_of_threads(town: Path, screened: Path) -> None:
    # A terminal that knows only ASCII, for good measure: a dash it cannot show is no bug.
    done = process("screen", town / "city", "-o", town / "again", "--threads", 1, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "most pressing first" in done.stdout
    for path in sorted((town / "again").glob("*.parquet")) + sorted((town / "again").glob("*.csv")):
        assert path.read_bytes() == (screened / path.name).read_bytes(), path.name


def test_summarize_writes_its_files_and_links_them_in_the_index(town: Path, screened: Path) -> None:
    last = pl.read_parquet(screened / "screen.parquet")["case_id"].to_list()[-1]
    done = run("summarize", town / "city", "--case", last, "-o", screened / "cases")
    assert done.returncode == 0, done.stderr
    assert {p.name for p in (screened / "cases" / last).iterdir()} == {
        *("summary.json", "summary.html", "summary.pdf", "graph.json", "graph.graphml")
    }
    assert f'href="cases/{last}/summary.html"' in (screened / "index.html").read_text()


def test_a_screening_and_a_summary_of_one_case_agree(screened: Path) -> None:
    top = pl.read_parquet(screened / "screen.parquet").row(0, named=True)
    summary = json.loads((screened / "cases" / top["case_id"] / "summary.json").read_text())
    assert summary["p_over_limit"] == pytest.approx(top["p_over_limit"], abs=1e-9)
    assert summary["finding"] == top["finding"]


def test_submit_goes_straight_to_a_summary(town: Path, tmp_path: Path) -> None:
    header, first, *_ = (town / "city/cases.csv").read_text().splitlines()
    (tmp_path / "new").mkdir()
    (tmp_path / "new/cases.csv").write_text(f"{header}\n{first}\n")
    done = run("submit", town / "city", tmp_path / "new", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "out").iterdir()
    assert (folder / "summary.html").is_file()


def test_demo_then_score(town: Path, screened: Path, tmp_path: Path) -> None:
    done = run("demo", "-o", tmp_path / "demo", "--scale", "tiny", "--seed", 5)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo/city/cases.csv").read_bytes() == (town / "city/cases.csv").read_bytes()
    scores = run("score", screened, town / "truth", "--json")
    assert scores.returncode == 0, scores.stderr
    assert json.loads(scores.stdout)["cases"]["screened"] > 0


# Mistakes -----------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "nowhere" in one_sentence(run("screen", tmp_path / "nowhere", "-o", tmp_path / "out"), 66)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_refused_before_the_work(town: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("x")
    sentence = one_sentence(run("screen", town / "city", "-o", tmp_path), 73)
    assert "--force" in sentence
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


def test_an_unknown_case_names_the_nearest(town: Path, tmp_path: Path) -> None:
    sentence = one_sentence(run("summarize", town / "city", "--case", "oc-2007-0001 ", "-o", tmp_path / "out"), 66)
    assert "the nearest id" in sentence
    assert "OC-2007-" in sentence


def test_an_unknown_rule_pack(town: Path, tmp_path: Path) -> None:
    one_sentence(run("screen", town / "city", "-o", tmp_path / "out", "--pack", "atlantis-1066"), 65)
    assert not (tmp_path / "out").exists()


def test_without_the_typesetter_a_pdf_asked_for_is_refused_and_else_left_out_in_one_line(
    town: Path, screened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = pl.read_parquet(screened / "screen.parquet")["case_id"][0]
    monkeypatch.setattr("evidence.render.pdf.can_print", lambda: False)
    done = run("summarize", town / "city", "--case", case_id, "-o", tmp_path / "out", "--pdf")
    assert "pip install typst" in one_sentence(done, 69)
    assert not (tmp_path / "out").exists()
    done = run("summarize", town / "city", "--case", case_id, "-o", tmp_path / "out", "-q")
    assert done.returncode == 0
    assert done.stderr.startswith("note: no summary.pdf, since the typesetter typst is not installed")
    assert not (tmp_path / "out" / case_id / "summary.pdf").exists()


def test_a_summary_has_its_pdf_beside_it_and_a_later_run_without_leaves_no_old_one(
    town: Path, screened: Path, tmp_path: Path
) -> None:
    case_id = pl.read_parquet(screened / "screen.parquet")["case_id"][0]
    folder = tmp_path / "out" / case_id
    assert run("summarize", town / "city", "--case", case_id, "-o", tmp_path / "out", "-q").returncode == 0
    assert (folder / "summary.pdf").read_bytes().startswith(b"%PDF-")
    assert (folder / "summary.html").read_bytes() == (screened / "cases" / case_id / "summary.html").read_bytes()
    assert run("summarize", town / "city", "--case", case_id, "-o", tmp_path / "out", "-q", "--no-pdf").returncode == 0
    assert not (folder / "summary.pdf").exists()


def test_a_screening_prints_its_summaries_where_asked(town: Path, tmp_path: Path) -> None:
    done = run("screen", town / "city", "-o", tmp_path / "out", "--summaries", 2, "--pdf")
    assert done.returncode == 0
    assert "write summaries: " in done.stderr
    assert len(list((tmp_path / "out" / "cases").glob("*/summary.pdf"))) == 2


def test_a_wrong_option_is_a_usage_error() -> None:
    done = run("screen", "--no-such-option")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_says_so_and_shows_its_traceback_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    def broken(_folder: Path) -> None:
        raise RuntimeError("the \x1b[31mlaw of thermodynamics")

    monkeypatch.setattr("loaders.city.load", broken)
    done = run(*(["--debug"] if debug else []), "check", tmp_path)
    assert done.returncode == 70
    assert "a bug in this program" in done.stderr
    assert ("Traceback" in done.stderr) == debug
    assert "\x1b" not in done.stderr or debug


@pytest.mark.slow
def test_ctrl_c_leaves_the_former_output_whole(town: Path, screened: Path) -> None:
    before = {path.name: path.read_bytes() for path in screened.iterdir() if path.is_file()}
    command = [sys.executable, "-m", "evidence.cli", "screen", str(town / "city"), "-o", str(screened)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        while "names to persons" not in running.stderr.readline():
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 130
    assert {path.name: path.read_bytes() for path in screened.iterdir() if path.is_file()} == before
    assert not [path for path in screened.parent.iterdir() if path.name.startswith(".out.")]


HOSTILE_IDS = ["../../x", "/", "CON", "=1+1", "<script>alert(1)</script>", "c-1", "C-1", "é" * 300]


@pytest.mark.slow
def test_hostile_case_ids_go_through_every_file(town: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(town / "city", city)
    cases = pl.read_csv(city / "cases.csv", infer_schema=False)
    header = cases.columns[0]
    ids = [*HOSTILE_IDS, *cases[header].to_list()][: cases.height]
    cases.with_columns(pl.Series(header, ids)).write_csv(city / "cases.csv")
    done = run("screen", city, "-o", tmp_path / "out", "--summaries", 50, "--quiet")
    assert done.returncode == 0, done.stderr
    listed = pl.read_parquet(tmp_path / "out/screen.parquet")["case_id"].to_list()
    folders = json.loads((tmp_path / "out/run.json").read_text())["case_folders"]
    made = {folders.get(case_id, case_id) for case_id in listed}
    assert {path.name for path in (tmp_path / "out/cases").iterdir()} == made
    assert len({name.casefold() for name in made}) == len(listed)
    page = (tmp_path / "out/index.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "'=1+1" in (tmp_path / "out/screen.csv").read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city", "out"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("C-2", "'C-20'"),
        ("c-20", "'C-20'"),
        ("zzzzzz", "there are 2 cases, the first is 'C-20'"),
        ("x" * 5000, "there are 2 cases"),
        ("", "there are 2 cases"),
    ],
)
def test_nearest_ids(asked: str, said: str) -> None:
    message = str(unknown_case(asked, ["D-31", "C-20"]))
    assert said in message
    assert len(message) < 200


def test_nearest_of_none() -> None:
    assert "no case at all" in str(unknown_case("C-1", []))
