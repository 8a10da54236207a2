"""Judgements on readings of the log and on addresses: recorded by the names of the graph page, binding, and shown."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from evidence.explanation import explain
from evidence.graph.model import case_graph
from evidence.judging.binding import Bound
from evidence.judging.judge import record
from evidence.judging.records import FILE, Decision, Judgement, Review, seal
from evidence.judging.shown import stale_links
from evidence.judging.standing import Standing, standings
from evidence.linkage import Linked, link
from evidence.pipeline import Run, investigate
from evidence.progress import NullProgress
from evidence.render.explanation import lines
from evidence.render.html import summary_html
from evidence.write import case_files
from loaders.city import City, load
from loaders.errors import AmbiguousInput, MissingInput
from tests.evidence.changed_city import read_rows, write_rows
from tests.evidence.prepared.test_prepared_city import from_scratch, pages_of, prepared, reused, tables_of
from tests.evidence.test_cli import run as command

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Link = tuple[str, str]


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "city"))


@pytest.fixture(scope="module")
def plain(tiny_run: Run) -> Linked:
    return tiny_run.uncut()


def judged(folder: Path, ends: Link, decision: Decision, by: str = "Ann", review: Review = "single") -> Standing:
    return record(load(folder), ends, decision, by, "seen on the spot", at=NOON, review=review)


def again(folder: Path) -> Linked:
    return link(load(folder), NullProgress())


def sure_reading(plain: Linked) -> tuple[str, int, int]:
    """case_id, row of the log and registration of a reading that is surely one registered vehicle."""
    sure = plain.vehicles.readings.filter(pl.col("dmv_row").is_not_null() & (pl.col("p_match") > 0.99))
    seen = sure.join(plain.vehicles.sightings.select("case_id", "log_row"), on=["case_id", "log_row"])
    case_id, row, dmv_row = seen.sort("case_id", "log_row").select("case_id", "log_row", "dmv_row").row(0)
    return case_id, row, dmv_row


def other_registration(city: City, dmv_row: int) -> int:
    plates = city.distinct("dmv_registrations").select("row", "plate")
    mine = plates.filter(pl.col("row") == dmv_row)["plate"][0]
    return int(plates.filter((pl.col("plate") != mine) & pl.col("plate").is_not_null())["row"][0])


def of_row(linked: Linked, row: int) -> tuple[int | None, float]:
    """The registration that a row of the log is taken for, and the probability of its vehicle."""
    vehicles = linked.vehicles.vehicles.select("case_id", "vehicle_id", "dmv_row")
    found = linked.vehicles.sightings.filter(pl.col("log_row") == row)
    found = found.join(vehicles, on=["case_id", "vehicle_id"], how="left")
    return found["dmv_row"][0], found["p_vehicle"][0]


def doubtful_address(plain: Linked) -> tuple[str, str]:
    """A text that may mean several dwellings, and the second of them."""
    several = plain.dwellings.links.drop_nulls("dwelling_id").sort(
        "address_text", "p_dwelling", descending=[False, True]
    )
    text, dwelling = (
        several.filter(pl.len().over("address_text") > 1)
        .group_by("address_text", maintain_order=True)
        .agg(pl.col("dwelling_id").get(1))
        .row(0)
    )
    return text, dwelling


def test_a_confirmed_reading_is_that_vehicle_whatever_the_decoder_says(folder: Path, plain: Linked) -> None:
    _, row, dmv_row = sure_reading(plain)
    other = other_registration(load(folder), dmv_row)
    standing = judged(folder, (f"vehicle_log:{row}", f"dmv_registrations:{other}"), "confirm")
    assert standing.pair == (f"dmv_registrations:{other}:plate", f"vehicle_log:{row}:plate")
    now = again(folder)
    taken, p = of_row(now, row)
    register = load(folder).frame("dmv_registrations").filter(pl.col("row").is_in([taken, other]))
    assert register["plate"].n_unique() == 1
    assert p == 1.0


def test_a_rejected_vehicle_is_no_candidate_of_that_reading(folder: Path, plain: Linked) -> None:
    _, row, dmv_row = sure_reading(plain)
    judged(folder, (f"row:vehicle_log:{row}", f"row:dmv_registrations:{dmv_row}"), "reject")
    now = again(folder)
    left = now.vehicles.readings.filter(pl.col("log_row") == row)
    assert dmv_row not in left["dmv_row"].to_list()
    assert left["p_hypothesis"].sum() == pytest.approx(1.0, abs=0.01)
    assert of_row(now, row)[0] != dmv_row


def test_a_vehicle_is_named_as_the_tables_name_it(folder: Path, plain: Linked) -> None:
    _, row, dmv_row = sure_reading(plain)
    car = plain.vehicles.vehicles.filter(pl.col("dmv_row") == dmv_row)["vehicle_id"][0]
    for name in (f"vehicle:{car}", car):
        standing = judged(folder, (f"vehicle_log:{row}:plate", name), "reject")
        assert standing.pair[1] == f"vehicle_log:{row}:plate"
    assert of_row(again(folder), row)[0] != dmv_row


def test_a_confirmed_address_means_that_dwelling_and_a_rejected_one_any_other(folder: Path, plain: Linked) -> None:
    text, dwelling = doubtful_address(plain)
    others = plain.dwellings.links.filter((pl.col("address_text") == text) & (pl.col("dwelling_id") != dwelling))
    source, row, field = (
        plain.dwellings.cells.filter(pl.col("address_text") == text).select("source", "row", "field").row(0)
    )
    standing = judged(folder, (f"{source}:{row}:{field}", f"dwelling:{dwelling}"), "confirm")
    assert standing.pair == (f"address:{text}", f"dwelling:{dwelling}")
    now = again(folder).dwellings.links.filter(pl.col("address_text") == text)
    assert now.select("dwelling_id", "p_dwelling", "method").rows() == [(dwelling, 1.0, "confirmed by judgement")]
    judged(folder, (f"dwelling:{dwelling}", f"address:{text}"), "reject")  # stands in place of the first
    now = again(folder).dwellings.links.filter(pl.col("address_text") == text)
    assert dwelling not in now["dwelling_id"].to_list()
    assert now["p_dwelling"].sum() == pytest.approx(1.0)
    shares = now.join(others, on="dwelling_id", nulls_equal=True)
    ratios = (shares["p_dwelling"] / shares["p_dwelling_right"]).to_list()
    assert ratios == pytest.approx([ratios[0]] * len(ratios))


def links_of(plain: Linked) -> list[Link]:
    _, row, dmv_row = sure_reading(plain)
    text, dwelling = doubtful_address(plain)
    return [(f"vehicle_log:{row}", f"dmv_registrations:{dmv_row}"), (f"address:{text}", f"dwelling:{dwelling}")]


@pytest.mark.parametrize(("decision", "review"), [("unsure", "single"), ("reject", "blind")])
def test_what_does_not_bind_changes_nothing(decision: Decision, review: Review, folder: Path, plain: Linked) -> None:
    for ends in links_of(plain):
        judged(folder, ends, decision, review=review)
    now = again(folder)
    assert now.dwellings.links.equals(plain.dwellings.links)
    assert now.vehicles.sightings.equals(plain.vehicles.sightings)
    assert now.vehicles.readings.equals(plain.vehicles.readings)


def test_a_blind_review_binds_when_two_are_of_one_mind(folder: Path, plain: Linked) -> None:
    reading, address = links_of(plain)
    for by in ("Ann", "Bob"):
        standings = [judged(folder, ends, "reject", by, "blind") for ends in (reading, address)]
        assert {one.state for one in standings} == {"awaits a second reviewer" if by == "Ann" else "binds"}
    now = again(folder)
    assert not now.dwellings.links.equals(plain.dwellings.links)
    assert not now.vehicles.readings.equals(plain.vehicles.readings)


@pytest.mark.slow
def test_contradictions_are_refused(folder: Path, plain: Linked) -> None:
    _, row, dmv_row = sure_reading(plain)
    judged(folder, (f"vehicle_log:{row}", f"dmv_registrations:{dmv_row}"), "confirm")
    other = other_registration(load(folder), dmv_row)
    judged(folder, (f"vehicle_log:{row}", f"dmv_registrations:{other}"), "confirm")
    with pytest.raises(AmbiguousInput, match=f"vehicle_log:{row} was judged to be two vehicles"):
        again(folder)
    judged(folder, (f"vehicle_log:{row}", f"dmv_registrations:{other}"), "unsure")
    text, dwelling = doubtful_address(plain)
    elsewhere = plain.dwellings.table.filter(pl.col("dwelling_id") != dwelling)["dwelling_id"][0]
    for place in (dwelling, elsewhere):
        judged(folder, (f"address:{text}", f"dwelling:{place}"), "confirm")
    with pytest.raises(AmbiguousInput, match="two dwellings"):
        again(folder)


def test_a_row_that_is_another_by_now_is_not_judged(folder: Path, plain: Linked) -> None:
    """An export that grew by a line at its top must not hand the judgement to the sighting before."""
    _, row, dmv_row = sure_reading(plain)
    judged(folder, (f"vehicle_log:{row}", f"dmv_registrations:{dmv_row}"), "reject")
    header, rows = read_rows(folder / "vehicle_log.csv")
    write_rows(folder / "vehicle_log.csv", header, [[*rows[-1][:1], "2031-01-01", *rows[-1][2:]], *rows])
    run = investigate(load(folder))
    assert of_row(run.uncut(), row + 1)[0] == dmv_row
    case_id = run.asked["case_id"][0]
    [stale] = run.results([case_id])[0].summary.judgements
    assert "something else than when it was judged" in stale.state
    assert stale.same is None


def test_where_a_list_of_participants_is_applied_a_plate_that_is_gone_is_not_told() -> None:
    seen = ("dmv_registrations:7:plate", "ABC123 CO", "vehicle_log:1:plate", "ABC123, C-1, 2007-03-01")
    said = Judgement(None, *seen, "confirm", "Ann", "seen", "single", "2026-11-23T12:00:00Z")
    gone = [Bound(one, why_not="dmv_registrations:7:plate is no row of its own now") for one in standings([said])]
    assert len(stale_links(gone, persons_only=False)) == 1
    assert stale_links(gone, persons_only=True) == []


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (("vehicle_log:1", "lease_disclosures:1"), "is no registered vehicle"),
        (("vehicle_log:1", "vehicle_log:2"), "is no registered vehicle"),
        (("vehicle_log:99999", "dmv_registrations:1"), "no accepted row"),
        (("vehicle_log:1:color", "dmv_registrations:1"), "no plate that was read"),
        (("vehicle_log:1", "vehicle:C-1/CO-NOSUCH1"), "in no registration"),
        (("assessor:1", "dwelling:nowhere-at-all"), "no dwelling 'nowhere-at-all'"),
        (("address:12 Nowhere Ln", "dwelling:{home}"), "no row gives the address"),
        (("assessor:1", "dwelling:{home}"), "gives several"),
        (("assessor:1:zone", "dwelling:{home}"), "gives no address in"),
        (("vehicle_log:1", "dwelling:{home}"), "gives no address"),
        (("dwelling:{home}", "dwelling:{home}"), "gives no address"),
    ],
)
def test_a_link_that_is_none_is_refused(ends: Link, why: str, tiny_city: City, plain: Linked) -> None:
    home = plain.dwellings.table["dwelling_id"][0]
    with pytest.raises((MissingInput, AmbiguousInput), match=why):
        record(tiny_city, (ends[0].format(home=home), ends[1].format(home=home)), "confirm", "Ann", "why", at=NOON)
    assert not (tiny_city.folder / FILE).exists()


def test_a_judged_reading_is_said_in_summary_graph_and_explanation(folder: Path, plain: Linked) -> None:
    case_id, row, dmv_row = sure_reading(plain)
    judged(folder, (f"vehicle_log:{row}", f"dmv_registrations:{dmv_row}"), "confirm")
    other = other_registration(load(folder), dmv_row)
    judged(folder, (f"vehicle_log:{row}", f"dmv_registrations:{other}"), "reject", "Bob")
    city = load(folder)
    run = investigate(city, case_ids=[case_id])
    result = run.results([case_id])[0]
    assert [(one.about, one.same) for one in result.summary.judgements] == [("vehicle", True), ("vehicle", False)]
    page = summary_html(result.summary)
    assert "(confirmed by judgement)" in page
    assert "confirmed by judgement as this vehicle" in page
    assert "rejected by judgement: not this vehicle" in page
    saved = json.loads(case_files(result)["graph.json"])
    marks = [edge["judged"] for edge in saved["edges"] if edge["type"] == "reading_of" and "judged" in edge]
    assert any("confirmed by judgement: Ann 2026-11-23, this vehicle: seen on the spot" in mark for mark in marks)
    drawn = case_graph(run.uncut(), city.frame("vehicle_log"), result)
    assert any("rejected by judgement: Bob" in each.why for each in drawn.rejected)
    assert any("confirmed by judgement" in str(edge.facts.get("judged")) for edge in drawn.edges)
    told = "\n".join(lines(explain(city, f"vehicle_log:{row}", None, case_id=None, progress=NullProgress())))
    assert "confirmed by judgement: Ann 2026-11-23, this vehicle: seen on the spot" in told


def test_a_judged_address_is_said_in_summary_graph_and_explanation(folder: Path, tiny_run: Run) -> None:
    case_id, result = next(tiny_run.every_result())
    city = load(folder)
    home = result.summary.dwelling_id
    text = city.frame("cases").filter(pl.col("case_id") == case_id)["subject_address"][0]
    judged(folder, (f"address:{text}", f"dwelling:{home}"), "confirm")
    run = investigate(load(folder), case_ids=[case_id])
    result = run.results([case_id])[0]
    assert [(one.about, one.same) for one in result.summary.judgements] == [("dwelling", True)]
    assert "confirmed by judgement as this dwelling" in summary_html(result.summary)
    marks = [facts.get("judged") for *_, facts in result.graph.edges(data=True) if facts["type"] == "address"]
    assert any("confirmed by judgement: Ann" in str(mark) for mark in marks)
    told = "\n".join(lines(explain(load(folder), f"address:{text}", None, case_id=None, progress=NullProgress())))
    assert "100%        " + str(home) + ": confirmed by judgement" in told
    assert "Ann 2026-11-23, this dwelling: seen on the spot" in told
    judged(folder, (f"address:{text}", f"dwelling:{home}"), "reject")
    city = load(folder)
    run = investigate(city, case_ids=[case_id])
    result = run.results([case_id])[0]
    assert result.summary.dwelling_id != home
    assert "rejected by judgement: not this dwelling" in summary_html(result.summary)
    drawn = case_graph(run.uncut(), city.frame("vehicle_log"), result)
    assert any("rejected by judgement: Ann" in each.why for each in drawn.rejected)


@pytest.mark.slow
def test_a_prepared_city_makes_again_what_a_judgement_moves_and_nothing_before_it(folder: Path, plain: Linked) -> None:
    prepared(folder)
    reading, address = links_of(plain)
    judged(folder, reading, "reject")
    made = set(prepared(folder).made)
    assert "vehicles" in made
    assert not made.intersection({"dwellings", "persons", "plates", "plate-keys"})
    judged(folder, address, "confirm")
    made = set(prepared(folder).made)
    assert {"dwellings as judged", "persons", "vehicles"} <= made
    assert not made.intersection({"dwellings", "plates", "plate-keys"})


@pytest.mark.slow
def test_a_prepared_city_with_judgements_gives_what_its_sources_give(folder: Path, plain: Linked) -> None:
    """Judged before and after preparing; of the case asked about and of others; binding and not."""
    case_id, row, dmv_row = sure_reading(plain)
    reading, address = links_of(plain)
    judged(folder, address, "confirm")
    prepared(folder)
    other = other_registration(load(folder), dmv_row)
    rows = plain.vehicles.readings.filter((pl.col("case_id") != case_id) & pl.col("dmv_row").is_not_null())
    judged(folder, reading, "reject")
    judged(folder, (f"vehicle_log:{row}", f"dmv_registrations:{other}"), "confirm")
    judged(folder, (f"vehicle_log:{rows['log_row'][0]}", f"dmv_registrations:{rows['dmv_row'][0]}"), "reject", "Bob")
    owner = load(folder).frame("assessor")["owner_mailing_address"].drop_nulls()[0]
    home = plain.dwellings.best.filter(pl.col("dwelling_id").is_not_null())["dwelling_id"][-1]
    judged(folder, (f"address:{owner}", f"dwelling:{home}"), "confirm")
    scratch, (run, kept) = from_scratch(folder), reused(folder)
    assert tables_of(run) == tables_of(scratch)
    assert "dwellings" not in kept.made
    for one in (case_id, rows["case_id"][0]):
        alone, _ = reused(folder, [one])
        assert pages_of(alone, one) == pages_of(scratch, one)


def test_the_command_takes_all_three_kinds_of_links(folder: Path, plain: Linked) -> None:
    for ends in links_of(plain):
        said = command("judge", folder, "--link", *ends, "--decision", "reject", "--by", "Ann", "--reason", "seen")
        assert said.returncode == 0, said.stderr
        assert "binds" in said.stdout
    listed = command("judge", folder, "--list").stdout
    assert "vehicle_log:" in listed
    assert "dwelling:" in listed
    rows = [json.loads(line) for line in (folder / FILE).read_text("utf-8").splitlines()]
    told = [Judgement(**{name: row[name] for name in Judgement.__slots__}) for row in rows]
    assert [seal(one, row["previous"]) for one, row in zip(told, rows, strict=True)] == [r["sha256"] for r in rows]
