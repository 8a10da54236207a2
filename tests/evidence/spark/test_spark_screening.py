"""A screening on Spark: the tables of every city are those of the local run, byte for byte, come what may."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from evidence.deliver import deliver
from evidence.judging.binding import decisions
from evidence.judging.judge import record
from evidence.judging.records import Decision
from evidence.pipeline import investigate
from evidence.progress import NullProgress
from evidence.spark.city_tasks import Asked
from evidence.spark.screening import EngineOptions, screen_on
from evidence.synthetic import generate
from loaders.city import load
from loaders.errors import NoUsableRows
from matchers.explain_words import address_of
from tests.evidence.judging.test_judged_places import NOON, links_of
from tests.evidence.judging.test_judgements import pair
from tests.evidence.spark.conftest import QUICK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("spark_runs"),
    pytest.mark.filterwarnings("ignore"),  # pyspark leaves sockets to the collector
]
ASKED = Asked(summaries=2)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cities in Parquet, of which one has judgements, and one whose cases have a header only."""
    folder = tmp_path_factory.mktemp("state")
    for seed, name in ((7, "city=ashford"), (8, "city=brule")):
        made = generate(tmp_path_factory.mktemp("made"), scale="tiny", seed=seed, formats="parquet").city
        shutil.copytree(made, folder / name)
    decide(folder / "city=brule")
    broken = folder / "city=calhoun"
    broken.mkdir()
    (broken / "cases.csv").write_text("case_id,subject_address,opened_on\n")
    return folder


def decide(folder: Path) -> None:
    """Judge links of every kind against what the engine says: names as one person, as two, and as one although nobody
    would compare them; a reading of the log; an address."""
    run = investigate(load(folder))
    plain, tables = run.linked, run.screening()
    # two, each named in one way, so that nothing else brings them together; one is of a case that is printed
    once = plain.links.mentions.filter((pl.col("kind") == "person") & (pl.n_unique("profile").over("person_id") == 1))
    printed = pl.col("person_id").is_in(
        tables.persons.filter(pl.col("case_id") == tables.screen["case_id"][0])["person_id"].implode()
    )
    first, stranger = (once.filter(of).sort("mention_id").row(-1, named=True) for of in (printed, ~printed))
    reading, address = links_of(plain)
    links: list[tuple[tuple[str, str], Decision]] = [
        (pair(plain, "same person"), "reject"),
        (pair(plain, "kept apart"), "confirm"),
        ((address_of(first), address_of(stranger)), "confirm"),
        (reading, "reject"),
        (address, "confirm"),
    ]
    for (one, other), decision in links:
        record(load(folder), (one, other), decision, "Ann", "seen the papers", at=NOON)
    decided = decisions(load(folder))
    assert [len(of) for of in (decided.persons, decided.vehicles, decided.dwellings)] == [3, 1, 1]


@pytest.fixture(scope="module")
def local(state: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What the local run writes for each city."""
    out = tmp_path_factory.mktemp("local")
    for name in ("ashford", "brule"):
        deliver(investigate(load(state / f"city={name}")), out / name, summaries=ASKED.summaries)
    return {name: files(out / name) for name in ("ashford", "brule")}


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a screening but the record of the run, which has its times."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "run.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def on_spark(folder: Path, out: Path, master: str = "local[2]") -> list[str]:
    outcomes = screen_on(EngineOptions(master, QUICK, threads=1), folder, out, ASKED, NullProgress())
    return [outcome.city.name for outcome in outcomes if outcome.error is None]


def test_every_city_of_a_state_has_the_tables_of_its_local_run(
    state: Path, local: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert on_spark(state, out) == ["ashford", "brule"]
    for name, expected in local.items():
        assert files(out / name) == expected
    record = {city["city"]: city["error"] for city in json.loads((out / "state.json").read_bytes())["cities"]}
    assert record == {"ashford": None, "brule": None, "calhoun": "cases.csv has a header and no rows"}
    listed = pl.read_parquet(out / "screen.parquet")
    assert listed["p_over_limit"].is_sorted(descending=True)
    assert set(listed["city"]) == {"ashford", "brule"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"], "the shared folder is cleared away"


def test_one_city_is_written_as_the_local_run_writes_it(
    state: Path, local: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    """Over a former output, which it replaces."""
    out = tmp_path / "out"
    deliver(investigate(load(state / "city=ashford")), out)
    on_spark(state / "city=brule", out)
    assert files(out) == local["brule"]
    assert json.loads((out / "run.json").read_bytes())["engine"]["master"] == "local[2]"


def test_a_city_that_cannot_be_screened_leaves_the_former_output(state: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(NoUsableRows):
        on_spark(state / "city=calhoun", tmp_path / "out")
    assert files(tmp_path / "out") == {}


def test_an_executor_killed_in_mid_run_changes_nothing(
    state: Path, local: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    """Two executors in processes of their own; the one that is killed is reading a city."""
    out = tmp_path / "out"
    options = [f"--engine-option={name}={value}" for name, value in QUICK.items()]
    command = [sys.executable, "-m", "evidence.cli", "screen", str(state), "-o", str(out), "--quiet", *options]
    command += ["--engine", "local-cluster[2,1,1024]", "--summaries", str(ASKED.summaries)]
    with (tmp_path / "said").open("w+") as said:
        running = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            reading = tmp_path / f".out.spark-{running.pid}" / "frames" / "members"
            wait_until(lambda: reading.exists() or running.poll() is not None)
            assert running.poll() is None, said_by(said.name)
            victim = executors_of(running.pid)[0]
            os.kill(victim, signal.SIGKILL)
            assert not (reading / "_SUCCESS").exists(), "killed too late to matter"
            assert running.wait(timeout=600) == NoUsableRows.exit_code, said_by(said.name)  # that of calhoun
        finally:
            running.kill()
    for name, expected in local.items():
        assert files(out / name) == expected


def wait_until(true: Callable[[], bool], seconds: float = 300.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def executors_of(process: int) -> list[int]:
    """The JVMs among the descendants of a process that run tasks."""
    parents, commands = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat, command = (folder / "stat").read_text(), (folder / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        commands[int(folder.name)] = command
    found = []
    for child, command in commands.items():
        ancestor = child
        while ancestor in parents and ancestor != process:
            ancestor = parents[ancestor]
        if ancestor == process and b"CoarseGrainedExecutorBackend" in command and b"java" in command.split(b"\0")[0]:
            found.append(child)
    return found


def said_by(path: str) -> str:
    return Path(path).read_text()[-3000:]
