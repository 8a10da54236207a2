"""The law of learned rates: a case depends on them and on its own rows, and on nothing else.

With the rates that a city taught, a case is answered byte for byte as that city answers it: alone, beside the others,
and when somebody else's street was watched since. And the rates are what their file says, to the last bit.
"""

import shutil
from pathlib import Path
from types import MappingProxyType

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evidence import load
from evidence.cli import app
from evidence.keeping import NOTHING_KEPT
from evidence.learned import BadRates, HeldRates, RatesNotLearned, rates_bytes, rates_from, read_rates
from evidence.learning import learn
from evidence.pipeline import Run, investigate
from evidence.prepared.city import PreparedCity
from evidence.write import case_files
from loaders.city import City
from tests.evidence.changed_city import read_rows, write_rows


@pytest.fixture(scope="module")
def city(tiny_folder: Path) -> City:
    return load(tiny_folder)


@pytest.fixture(scope="module")
def held(city: City) -> HeldRates:
    return learn(city, NOTHING_KEPT)


@pytest.fixture(scope="module")
def together(city: City, held: HeldRates) -> Run:
    return investigate(city, held=held)


def files_of(run: Run, case_id: str) -> dict[str, bytes]:
    return case_files(run.results([case_id])[0])


def numbers_of(run: Run, case_id: str) -> str:
    return run.results([case_id])[0].summary.model_dump_json(exclude={"provenance", "content_sha256"})


def case_ids(run: Run) -> list[str]:
    return [c for numbers in run.answered for c in numbers.cases["case_id"].to_list()]


def test_held_rates_give_what_learning_them_gives(tiny_run: Run, together: Run) -> None:
    for case_id in case_ids(together):
        assert numbers_of(together, case_id) == numbers_of(tiny_run, case_id)


def test_a_case_alone_is_the_case_beside_all_others(city: City, held: HeldRates, together: Run) -> None:
    for case_id in case_ids(together):
        assert files_of(investigate(city, case_ids=[case_id], held=held), case_id) == files_of(together, case_id)


def test_a_closed_case_too(tiny_folder: Path, tmp_path: Path, held: HeldRates, together: Run) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "city")
    header, rows = read_rows(folder / "cases.csv")
    rows[1][header.index("Status")] = "closed"
    write_rows(folder / "cases.csv", header, rows)
    alone = investigate(load(folder), case_ids=[rows[1][0]], held=held)
    assert numbers_of(alone, rows[1][0]) == numbers_of(together, rows[1][0])


@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_rows_of_other_cases_move_nothing(data: st.DataObject, city: City, held: HeldRates, together: Run) -> None:
    log = city.frame("vehicle_log")
    case_id = data.draw(st.sampled_from(case_ids(together)))
    others = log.filter(pl.col("case_id") != case_id)["row"].to_list()
    gone = data.draw(st.lists(st.sampled_from(others), min_size=1, max_size=len(others), unique=True))
    fewer = log.filter(~pl.col("row").is_in(gone))
    watched_less = _with(city, vehicle_log=fewer)
    assert files_of(investigate(watched_less, case_ids=[case_id], held=held), case_id) == files_of(together, case_id)


def _with(city: City, **frames: pl.DataFrame) -> City:
    from dataclasses import replace

    return replace(city, frames=MappingProxyType({**city.frames, **frames}))


def test_rates_are_what_their_file_says(held: HeldRates, tmp_path: Path) -> None:
    content = rates_bytes(held.rates)
    again = rates_from(content, "here")
    assert (rates_bytes(again.rates), again.sha256) == (content, held.sha256)
    (tmp_path / "rates.json").write_bytes(content)
    assert read_rates(tmp_path / "rates.json").sha256 == held.sha256


def test_a_file_that_bears_its_hash_is_that_file(held: HeldRates, tmp_path: Path) -> None:
    content = rates_bytes(held.rates)
    file = tmp_path / f"learned-{held.sha256[:16]}.json"
    file.write_bytes(content)
    assert read_rates(file).sha256 == held.sha256
    file.write_bytes(content.replace(b"1", b"2", 1))
    with pytest.raises(BadRates, match="changed since it was written"):
        read_rates(file)


@pytest.mark.parametrize("harmed", [b"", b"[]", b"{}", b'{"format": 1, "rates": {}, "frames": []}', b'{"format": 99}'])
def test_what_holds_no_rates_is_refused(harmed: bytes) -> None:
    with pytest.raises(BadRates, match="learned rates"):
        rates_from(harmed, "here")


def test_a_rule_pack_that_was_not_learned_for_is_said(city: City, held: HeldRates) -> None:
    with pytest.raises(RatesNotLearned, match="boulder"):
        investigate(city, held=held, pack="boulder-2023")


def test_a_prepared_city_answers_what_its_rates_replayed_on_the_sources_answer(
    tiny_folder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "city")
    run = CliRunner()
    assert run.invoke(app, ["prepare", str(folder), "-q", "--no-pages"]).exit_code == 0
    header, rows = read_rows(folder / "vehicle_log.csv")
    write_rows(folder / "vehicle_log.csv", header, [*rows, rows[0]])
    (rates,) = folder.glob(".evidence/learned-*.json")
    case_id = read_rows(folder / "cases.csv")[1][0][0]
    asked = ["summarize", str(folder), "--case", case_id, "-o"]
    told = run.invoke(app, [*asked, str(tmp_path / "kept")])
    assert "learned before" in told.stderr
    accepted = load(folder).reports["vehicle_log"].rows_accepted
    assert f"({accepted - 1:,} rows then, {accepted:,} now)" in told.stderr
    assert run.invoke(app, [*asked, str(tmp_path / "replayed"), "--fresh", "--learned", str(rates)]).exit_code == 0
    kept, replayed = (
        {p.name: p.read_bytes() for p in (tmp_path / d / case_id).iterdir()} for d in ("kept", "replayed")
    )
    assert kept == replayed
    held = PreparedCity.opened(folder / ".evidence").rates()  # type: ignore[union-attr]
    assert held is not None
    assert held.sha256.encode() in kept["summary.json"]
