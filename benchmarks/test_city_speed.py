"""What a user waits for: a whole screening at three sizes, and one case of a prepared city; cold processes all.

`make bench`. Each round is the command in a process of its own, start and imports included. Processor seconds and the
most memory are noted beside wall time, and the stages as run.json gives them; `benchmarks/compare.py` holds them
against the last baseline of this machine. Peers link the persons of the same city in the same run.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import race
from benchmarks.alone import Alone, run_alone
from benchmarks.cities import evidence, made_city
from evidence.situations import OPEN_STATUSES
from loaders.city import load
from matchers.dwellings import resolve_dwellings
from matchers.mentions import build_mentions

ROUNDS = {"town": 3, "city": 2, "metro": 1}
# recordlinkage blocks on whole columns, so its pairs grow with the square of the rows: it cannot finish the city, and
# is raced on as many rows as it can.
FEW_ROWS = 40_000
RACES = (
    ("evidence", None),
    ("splink_strict", None),
    ("splink_lean", None),
    ("evidence", FEW_ROWS),
    ("recordlinkage_ecm", FEW_ROWS),
)

pytestmark = pytest.mark.slow


def measure(benchmark: BenchmarkFixture, arguments: list[str], errors: Path, rounds: int = 1) -> Alone:
    """The round with the least processor time, noted with the benchmark."""
    ran: list[Alone] = []
    benchmark.pedantic(lambda: ran.append(run_alone(arguments, errors)), rounds=rounds, iterations=1)  # type: ignore[no-untyped-call]
    best = min(ran, key=lambda alone: alone.cpu_seconds)
    benchmark.extra_info |= best.facts()
    return best


def noted_run(benchmark: BenchmarkFixture, out: Path) -> None:
    """Sizes and stages of a screening, from its run.json."""
    run = json.loads((out / "run.json").read_text())
    benchmark.extra_info |= {
        "stages_cpu_seconds": run["cpu_seconds"],
        "cases": pl.scan_parquet(out / "screen.parquet").select(pl.len()).collect().item(),
        "registrations": run["inputs"]["dmv_registrations"]["rows_accepted"],
    }


@pytest.mark.parametrize("scale", ROUNDS)
def test_screen_open_cases(benchmark: BenchmarkFixture, scale: str, tmp_path: Path) -> None:
    benchmark.group = "screen"
    city, out = made_city(scale), tmp_path / "out"
    measure(
        benchmark, [*evidence(), "screen", str(city), "-o", str(out), "-q", "--fresh"], tmp_path / "log", ROUNDS[scale]
    )
    noted_run(benchmark, out)
    assert benchmark.extra_info["cases"] > 0


@pytest.mark.parametrize("scale", ["town", "city"])
def test_screen_all_addresses(benchmark: BenchmarkFixture, scale: str, tmp_path: Path) -> None:
    benchmark.group = "screen --all-addresses"
    city, out = made_city(scale), tmp_path / "out"
    measure(
        benchmark,
        [*evidence(), "screen", str(city), "--all-addresses", "-o", str(out), "-q", "--fresh"],
        tmp_path / "log",
    )
    noted_run(benchmark, out)


@pytest.mark.parametrize("threads", [1, 2])
def test_screen_on_so_many_threads(benchmark: BenchmarkFixture, threads: int, tmp_path: Path) -> None:
    benchmark.group = "screen a town on so many threads"
    arguments = [*evidence(), "screen", str(made_city("town")), "-o", str(tmp_path / "out"), "-q", "--fresh"]
    measure(benchmark, [*arguments, "--threads", str(threads)], tmp_path / "log", 3)


@pytest.fixture(scope="module")
def mentions() -> pl.DataFrame:
    """Every mention of a person in the city, as linkage gets them."""
    city = load(made_city("city"))
    return build_mentions(city, resolve_dwellings(city))


@pytest.mark.parametrize(("program", "most"), RACES, ids=lambda one: str(one or "all"))
def test_link_the_persons_of_the_city(
    benchmark: BenchmarkFixture, mentions: pl.DataFrame, program: str, most: int | None, tmp_path: Path
) -> None:
    if program.startswith("splink"):
        pytest.importorskip("splink", reason="Splink is installed by `make bench`")
    rows = mentions.head(most or mentions.height)
    file = tmp_path / "rows.parquet"
    rows.write_parquet(file)
    benchmark.group = "link the city's persons"
    lap: race.Lap = benchmark.pedantic(race.run, args=(program, file, tmp_path), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info |= {
        "program": lap.program,
        "rows": rows.height,
        "seconds": lap.seconds,
        "cpu_seconds": lap.cpu_seconds,
        "memory_gb": round(lap.memory / 1e9, 3),
        "persons": lap.said["person_id"].n_unique(),
    }
    assert lap.said.height == rows.height


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `city`, a copy of the made-up one, and `kept`, what was prepared of it."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copytree(made_city("city"), folder / "city")
    arguments = [*evidence(), "prepare", str(folder / "city"), "--prepared", str(folder / "kept"), "-q"]
    run_alone(arguments, folder / "log")
    return folder


@dataclass(frozen=True, slots=True)
class Sample:
    """An open case with a vehicle log, and how this city's files call `case_id` and `plate` in each source."""

    case_id: str
    case_column: Mapping[str, str]
    plate_column: str


@pytest.fixture(scope="module")
def sample() -> Sample:
    """The first such case."""
    city = load(made_city("city"))
    watched = city.frame("vehicle_log").select("case_id")
    still = pl.col("status").fill_null("open").is_in(OPEN_STATUSES)
    case_id = city.frame("cases").filter(still).join(watched, on="case_id", how="semi")["case_id"].min()
    called = {
        source: {column: header for header, column in city.reports[source].headers.items()}
        for source in ("cases", "vehicle_log", "lease_disclosures")
    }
    return Sample(
        str(case_id),
        {source: columns["case_id"] for source, columns in called.items()},
        called["vehicle_log"]["plate"],
    )


def test_help(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.group = "one case of a prepared city"
    measure(benchmark, [*evidence(), "--help"], tmp_path / "log", 5)


def test_summarize_unchanged(benchmark: BenchmarkFixture, prepared: Path, sample: Sample, tmp_path: Path) -> None:
    benchmark.group = "one case of a prepared city"
    measure(benchmark, _summarize(prepared, sample, tmp_path), tmp_path / "log", 3)


def test_summarize_after_one_row_in_the_log(
    benchmark: BenchmarkFixture, prepared: Path, sample: Sample, tmp_path: Path
) -> None:
    benchmark.group = "one case of a prepared city"
    file = prepared / "city" / "vehicle_log.parquet"
    before = pl.read_parquet(file)
    mine = before.filter(pl.col(sample.case_column["vehicle_log"]) == sample.case_id).head(1)
    pl.concat([before, mine.with_columns(pl.lit("ZZZ999").alias(sample.plate_column))]).write_parquet(file)
    try:
        measure(benchmark, _summarize(prepared, sample, tmp_path), tmp_path / "log")
    finally:
        before.write_parquet(file)


def test_submit_a_case(benchmark: BenchmarkFixture, prepared: Path, sample: Sample, tmp_path: Path) -> None:
    benchmark.group = "one case of a prepared city"
    city, case = prepared / "city", tmp_path / "case"
    case.mkdir()
    for source, column in sample.case_column.items():
        rows = pl.read_parquet(city / f"{source}.parquet").filter(pl.col(column) == sample.case_id)
        rows.with_columns(pl.lit("NEW-1").alias(column)).write_parquet(case / f"{source}.parquet")
    submitted = [*evidence(), "submit", str(city), str(case), "--prepared", str(prepared / "kept")]
    measure(benchmark, [*submitted, "-o", str(tmp_path / "out"), "-q"], tmp_path / "log")


def _summarize(prepared: Path, sample: Sample, tmp_path: Path) -> list[str]:
    summarized = [*evidence(), "summarize", str(prepared / "city"), "--case", sample.case_id]
    return [*summarized, "--prepared", str(prepared / "kept"), "-o", str(tmp_path / "out"), "-q", "--force"]
