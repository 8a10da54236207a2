"""The law of a prepared city: what it answers is what the sources give with its learned rates, byte for byte, whatever
changed; and where nothing changed, what they give from scratch.

And what makes it worth having: what did not change is not made again, and what was killed half-way is never served.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from evidence import load
from evidence.learning import learn
from evidence.named_packs import packs_named
from evidence.pipeline import Run, investigate, prepare_city
from evidence.prepared.city import PreparedCity
from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.manifest import STAGES, Entry, read_manifest, value_of
from evidence.prepared.pages import kept_pages
from evidence.prepared.store import Store
from evidence.write import case_files, json_bytes
from loaders.city import City
from loaders.overlay import overlay
from tests.evidence.changed_city import read_rows, write_rows

TABLES = ("screen", "occupants", "persons", "mentions", "plates", "vehicles", "quarantine", "warnings")


def prepared(folder: Path, *, pages: bool = False) -> PreparedCity:
    """Prepare a city in its own folder."""
    with PreparedCity.preparing(folder / ".evidence") as kept:
        city = load(folder, keep=kept.source)
        held = learn(city, kept)
        kept.hold(held)
        run = prepare_city(city, kept, held)
        if pages:
            kept.pages(
                city,
                (run.settings, held.sha256),
                packs_named(city),
                lambda: ((c, c, case_files(r)) for c, r in run.every_result()),
            )
    return kept


def opened(folder: Path) -> PreparedCity:
    kept = PreparedCity.opened(folder / ".evidence")
    assert kept is not None
    return kept


def reused(folder: Path, case_ids: list[str] | None = None) -> tuple[Run, PreparedCity]:
    kept = opened(folder)
    return investigate(load(folder, keep=kept.source), case_ids=case_ids, keep=kept, held=kept.rates()), kept


def from_scratch(folder: Path, case_ids: list[str] | None = None) -> Run:
    """The sources alone, with the rates that the city was prepared with."""
    return investigate(load(folder), case_ids=case_ids, held=opened(folder).rates())


def tables_of(run: Run) -> dict[str, bytes]:
    screening = run.screening()
    return {name: _parquet(getattr(screening, name)) for name in TABLES} | {"run": json_bytes(screening.run)}


def _parquet(frame: pl.DataFrame) -> bytes:
    target = BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


def pages_of(run: Run, case_id: str) -> dict[str, bytes]:
    return case_files(run.results([case_id])[0])


@pytest.fixture(scope="module")
def kept_folder(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared city; copy it to change it."""
    folder = shutil.copytree(tiny_folder, tmp_path_factory.mktemp("prepared") / "city")
    prepared(folder)
    return folder


@pytest.fixture
def folder(kept_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(kept_folder, tmp_path / "city")


def first_case(folder: Path) -> str:
    header, rows = read_rows(folder / "cases.csv")
    del header
    return rows[0][0]


def test_an_unchanged_city_gives_the_same_tables_and_pages_and_makes_nothing(folder: Path, tiny_run: Run) -> None:
    run, kept = reused(folder)
    assert tables_of(run) == tables_of(from_scratch(folder))
    assert {**tables_of(run), "run": b""} == {**tables_of(tiny_run), "run": b""}  # which names the rates
    case_id = first_case(folder)
    alone, kept_alone = reused(folder, [case_id])
    assert pages_of(alone, case_id) == pages_of(from_scratch(folder, [case_id]), case_id)
    assert (kept.made, kept_alone.made) == ([], [])


def test_one_case_reads_no_large_frame_whole_and_the_links_of_the_city_only_when_asked(folder: Path) -> None:
    case_id = first_case(folder)
    expected = pages_of(from_scratch(folder, [case_id]), case_id)
    for stage in (folder / ".evidence" / STAGES).iterdir():
        for number in {path.name.split(".")[0] for path in stage.glob("*.blocks")}:
            (stage / f"{number}.arrow").unlink()
    run, kept = reused(folder, [case_id])
    assert pages_of(run, case_id) == expected
    assert kept.made == []
    with pytest.raises(DamagedPreparation, match=r"cannot be read|No such file"):
        run.uncut()


def test_the_uncut_links_of_one_case_are_those_of_the_city(folder: Path) -> None:
    uncut = reused(folder, [first_case(folder)])[0].uncut()
    whole = from_scratch(folder).linked
    for frame in ("mentions", "pairs", "possible_merges"):
        assert_frame_equal(getattr(uncut.links, frame), getattr(whole.links, frame))
    for frame in ("table", "links", "best", "cells"):
        assert_frame_equal(getattr(uncut.dwellings, frame), getattr(whole.dwellings, frame))


def one_more_sighting(folder: Path) -> None:
    header, rows = read_rows(folder / "vehicle_log.csv")
    rows.append(list(rows[0]))
    rows[-1][header.index("Observed Time" if "Observed Time" in header else header[2])] = "03:12"
    write_rows(folder / "vehicle_log.csv", header, rows)


def one_lease_name_changed(folder: Path) -> None:
    header, rows = read_rows(folder / "lease_disclosures.csv")
    at = next(i for i, name in enumerate(header) if "name" in name.lower())
    rows[0][at] = "Persephone Quimby"
    write_rows(folder / "lease_disclosures.csv", header, rows)


def one_more_case(folder: Path) -> None:
    header, rows = read_rows(folder / "cases.csv")
    _, leases = read_rows(folder / "assessor.csv")
    header_assessor, _ = read_rows(folder / "assessor.csv")
    situs = next(i for i, name in enumerate(header_assessor) if "situs" in name.lower() or "address" in name.lower())
    case = list(rows[0])
    case[0], case[1] = "OC-2007-9999", leases[-1][situs]
    write_rows(folder / "cases.csv", header, [*rows, case])


def one_source_gone(folder: Path) -> None:
    (folder / "utility_usage.csv").unlink()


def one_case_closed(folder: Path) -> None:
    header, rows = read_rows(folder / "cases.csv")
    rows[1][header.index("Status")] = "closed"
    write_rows(folder / "cases.csv", header, rows)


CHANGES = [one_more_sighting, one_lease_name_changed, one_more_case, one_source_gone, one_case_closed]


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_the_answers_are_those_from_scratch(change: Callable[[Path], None], folder: Path) -> None:
    change(folder)
    scratch = from_scratch(folder)
    run, kept = reused(folder)
    assert tables_of(run) == tables_of(scratch)
    assert kept.made
    case_id = first_case(folder)
    alone, _ = reused(folder, [case_id])
    assert pages_of(alone, case_id) == pages_of(scratch, case_id)


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES[:3])
def test_preparing_again_leaves_what_preparing_anew_leaves(
    change: Callable[[Path], None], folder: Path, tmp_path: Path
) -> None:
    change(folder)
    prepared(folder, pages=True)
    anew = shutil.copytree(folder, tmp_path / "anew" / "city", ignore=shutil.ignore_patterns(".evidence"))
    prepared(anew, pages=True)
    again, fresh = read_manifest(folder / ".evidence"), read_manifest(anew / ".evidence")
    assert again is not None
    assert fresh is not None
    assert again.stages.keys() == fresh.stages.keys()
    for key, entry in again.stages.items():
        assert_same_stage(entry, folder / ".evidence", fresh.stages[key], anew / ".evidence")
    assert {path.name for path in (folder / ".evidence" / STAGES).iterdir()} == {
        e.folder for e in again.stages.values()
    }


def assert_same_stage(entry: Entry, folder: Path, other: Entry, other_folder: Path) -> None:
    """The same value: the same tree, equal frames (polars may lay equal text out otherwise), the same pages."""
    here, there = value_of(folder, entry), value_of(other_folder, other)
    assert (here["value"], here.get("blob")) == (there["value"], there.get("blob"))
    places = folder / STAGES / entry.folder, other_folder / STAGES / other.folder
    for index in range(len(here["frames"])):
        left, right = (pl.read_ipc(place / f"{index}.arrow") for place in places)
        assert_frame_equal(left, right, check_exact=True)


def test_a_new_sighting_leaves_dwellings_persons_and_the_other_sources_alone(folder: Path) -> None:
    one_more_sighting(folder)
    kept = prepared(folder)
    assert sorted(set(kept.reused)) == [
        "area",
        "dwellings",
        "person-index",
        "persons",
        "plate-keys",
        "plates",
        "source",
    ]
    assert kept.reused.count("source") == len(list(folder.glob("*.csv"))) - 1
    assert "source vehicle_log" in kept.made
    assert "vehicles" in kept.made


def test_a_case_folder_laid_over_a_prepared_city_gives_what_it_gives_from_scratch(folder: Path, tmp_path: Path) -> None:
    """`submit`: a night more for a case that the city has."""
    case_id = first_case(folder)
    new = tmp_path / "new"
    new.mkdir()
    for source in ("cases", "vehicle_log"):
        header, rows = read_rows(folder / f"{source}.csv")
        mine = [row for row in rows if row[0] == case_id]
        write_rows(new / f"{source}.csv", header, mine + mine[:1] if source == "vehicle_log" else mine)

    def submitted(city: City) -> City:
        return overlay(city, load(new))

    kept = opened(folder)
    run = investigate(submitted(load(folder, keep=kept.source)), case_ids=[case_id], keep=kept, held=kept.rates())
    scratch = investigate(submitted(load(folder)), case_ids=[case_id], held=kept.rates())
    assert pages_of(run, case_id) == pages_of(scratch, case_id)
    assert kept.reused.count("source") == len(list(folder.glob("*.csv")))


def test_finished_pages_are_those_of_summarize_and_end_with_the_first_change(folder: Path) -> None:
    place, case_id = folder / ".evidence", first_case(folder)
    assert kept_pages(folder, place, case_id) is None  # not asked for so far
    prepared(folder, pages=True)
    pages = kept_pages(folder, place, case_id)
    assert pages is not None
    assert dict(pages.files) == pages_of(from_scratch(folder, [case_id]), case_id)
    assert kept_pages(folder, place, "no such case") is None
    (folder / "notes.txt").write_text("another file", encoding="utf-8")
    assert kept_pages(folder, place, case_id) is None
    (folder / "notes.txt").unlink()
    assert kept_pages(folder, place, case_id) is not None
    one_more_sighting(folder)
    assert kept_pages(folder, place, case_id) is None


def test_harmed_pages_are_not_handed_over(folder: Path) -> None:
    prepared(folder, pages=True)
    (blob,) = folder.glob(".evidence/stages/pages-*/blob.bin")
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    found = []
    for row in read_rows(folder / "cases.csv")[1]:
        try:
            kept_pages(folder, folder / ".evidence", row[0])
        except DamagedPreparation as error:
            found.append(str(error))
    assert len(found) == 1
    assert str(blob) in found[0]


def test_a_harmed_stage_stops_an_answer_and_is_made_again_by_prepare(folder: Path) -> None:
    (value,) = folder.glob(".evidence/stages/persons-*/value.json")
    value.write_bytes(value.read_bytes()[:-100])
    with pytest.raises(DamagedPreparation, match="persons"):
        reused(folder)
    assert "persons" in prepared(folder).made
    assert tables_of(reused(folder)[0]) == tables_of(from_scratch(folder))


def test_harmed_rates_stop_an_answer_and_are_learned_again_by_prepare(folder: Path) -> None:
    (rates,) = folder.glob(".evidence/learned-*.json")
    rates.write_bytes(rates.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(DamagedPreparation, match="learned-"):
        opened(folder).rates()
    rates.unlink()
    with pytest.raises(DamagedPreparation, match="learned-"):
        opened(folder).rates()
    prepared(folder)
    assert opened(folder).rates() is not None


def test_a_program_that_differs_uses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.prepared.fingerprint.Fingerprints.of_program", lambda _: "another release")
    _, kept = reused(folder)
    assert kept.reused == []


def start_prepare(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "evidence.cli", "prepare", str(folder), "-q"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"POLARS_MAX_THREADS": "1"},
    )


def served(folder: Path) -> int:
    """How many stages would be served; each of them whole."""
    manifest = read_manifest(folder / ".evidence")
    if manifest is None:
        return 0
    for entry in manifest.stages.values():
        Store(folder / ".evidence").verify(entry)
    return len(manifest.stages)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.parametrize("before", [False, True], ids=["nothing prepared", "an older city prepared"])
def test_a_killed_prepare_never_serves_a_half(before: bool, kept_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(kept_folder, tmp_path / "city")
    if before:
        one_more_sighting(folder)
        old = served(folder)
    else:
        shutil.rmtree(folder / ".evidence")
        old = 0
    draw = random.Random(20070814)
    for _ in range(int(os.environ.get("EVIDENCE_KILLS", "4")) // 2):
        process = start_prepare(folder)
        time.sleep(draw.uniform(0.3, 6.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert served(folder) >= old
    if (folder / ".evidence" / "manifest.json").exists():
        assert tables_of(reused(folder)[0]) == tables_of(from_scratch(folder))
    whole = start_prepare(folder)
    whole.communicate()
    assert whole.returncode == 0
    assert tables_of(reused(folder)[0]) == tables_of(from_scratch(folder))
    assert not list(folder.glob(".evidence/stages/.*"))


@pytest.mark.slow
def test_two_prepares_at_once_both_end_well(folder: Path) -> None:
    shutil.rmtree(folder / ".evidence")
    both = [start_prepare(folder) for _ in range(2)]
    ends = [(*process.communicate(), process.returncode) for process in both]
    assert [end[2] for end in ends] == [0, 0], ends
    run, kept = reused(folder)
    assert kept.made == []
    assert tables_of(run) == tables_of(from_scratch(folder))


IMPORTED = """
import sys
from evidence.cli import app
try:
    app(sys.argv[1:])
except SystemExit:
    pass
print(*sorted(sys.modules), file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", IMPORTED, *arguments], capture_output=True, check=True, text=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_help_and_finished_pages_start_without_the_data_libraries(folder: Path, tmp_path: Path) -> None:
    heavy = {"polars", "pandas", "recordlinkage", "numpy", "scipy", "networkx", "sqlalchemy"}
    assert imported("--help") & heavy == set()
    prepared(folder, pages=True)
    case_id = first_case(folder)
    handed = imported("summarize", str(folder), "--case", case_id, "-o", str(tmp_path / "out"), "-q")
    assert (tmp_path / "out" / case_id / "summary.html").is_file()
    assert handed & heavy == set()
