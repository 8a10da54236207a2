"""What people decide: how decisions stand together, that the chain shows every change, and that they bind."""

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import networkx as nx
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.explanation import explain
from evidence.graph.model import case_graph
from evidence.judging.judge import record
from evidence.judging.records import FILE, SOURCE, Decision, Judgement, Review, chained, seal
from evidence.judging.standing import State, standings
from evidence.linkage import Linked, link
from evidence.pipeline import investigate
from evidence.progress import NullProgress
from evidence.render.explanation import lines
from evidence.render.html import summary_html
from evidence.summary_model import Summary
from evidence.write import case_files
from loaders.city import City, load
from loaders.errors import AmbiguousInput, MissingInput, UnreadableFile
from matchers.explain_words import address_of
from tests.evidence.test_cli import run as command

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
A, B = "lease_disclosures:1:name", "university_addresses:2:name"


def decided(decision: Decision, by: str = "Ann", review: Review = "single") -> Judgement:
    return Judgement(None, A, "Tom Ross", B, "Ross, T", decision, by, "because", review, "2026-11-22T12:00:00Z")


@pytest.mark.parametrize(
    ("judgements", "state", "same"),
    [
        ([decided("confirm")], "binds", True),
        ([decided("reject")], "binds", False),
        ([decided("unsure")], "unsure", None),
        # a later decision of the same reviewer stands in place of the earlier, whatever the capitals of the name
        ([decided("confirm"), decided("reject", "ANN")], "binds", False),
        ([decided("confirm"), decided("unsure")], "unsure", None),
        # nobody is outvoted; who cannot tell abstains
        ([decided("confirm"), decided("reject", "Bob")], "reviewers disagree", None),
        ([decided("confirm"), decided("confirm", "Bob"), decided("reject", "Cy")], "reviewers disagree", None),
        ([decided("confirm"), decided("reject", "Bob"), decided("confirm", "Bob")], "binds", True),
        ([decided("confirm"), decided("unsure", "Bob")], "binds", True),
        # a blind review binds when two are of one mind
        ([decided("confirm", review="blind")], "awaits a second reviewer", None),
        ([decided("confirm", review="blind"), decided("reject", review="blind")], "awaits a second reviewer", None),
        ([decided("confirm", review="blind"), decided("confirm", "Bob")], "binds", True),
        ([decided("confirm"), decided("confirm", "Bob", "blind")], "binds", True),
        ([decided("confirm", review="blind"), decided("reject", "Bob")], "reviewers disagree", None),
        ([decided("confirm", review="blind"), decided("unsure", "Bob")], "unsure", None),
    ],
)
def test_how_judgements_on_one_pair_stand(judgements: Sequence[Judgement], state: State, same: bool | None) -> None:
    [standing] = standings(judgements)
    assert (standing.state, standing.same) == (state, same)
    assert len(standing.judgements) + standing.superseded == len(judgements)


@given(st.lists(st.tuples(st.sampled_from(["confirm", "reject", "unsure"]), st.sampled_from(["Ann", "Bob"]))))
def test_what_binds_is_what_no_standing_reviewer_denies(said: list[tuple[Decision, str]]) -> None:
    for standing in standings([decided(decision, by) for decision, by in said]):
        last = {by: decision for decision, by in said}
        denied = {"confirm", "reject"} <= set(last.values())
        assert (standing.same is None) == (denied or set(last.values()) == {"unsure"})


def frame_of(judgements: Sequence[Judgement]) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    previous: str | None = None
    for number, judgement in enumerate(judgements, 1):
        words = {name: getattr(judgement, name) for name in Judgement.__slots__}
        rows.append({"row": number, **words, "previous": previous, "sha256": seal(judgement, previous)})
        previous = str(rows[-1]["sha256"])
    return pl.DataFrame(rows)


def test_a_whole_chain_reads_back() -> None:
    judgements = [decided("confirm"), decided("reject", "Bob"), decided("unsure", "Cy")]
    assert chained(frame_of(judgements)) == judgements


@pytest.mark.parametrize("column", [*Judgement.__slots__, "previous", "sha256"])
def test_a_changed_cell_breaks_the_chain(column: str) -> None:
    frame = frame_of([decided("confirm"), decided("reject", "Bob"), decided("unsure", "Cy")])
    second = pl.col("row") == 2
    changed = frame.with_columns(pl.when(second).then(pl.lit("changed")).otherwise(column).alias(column))
    with pytest.raises(UnreadableFile, match="row 2"):
        chained(changed)


@pytest.mark.parametrize("gone", [1, 2])
def test_a_row_taken_out_breaks_the_chain(gone: int) -> None:
    frame = frame_of([decided("confirm"), decided("reject", "Bob"), decided("unsure", "Cy")])
    with pytest.raises(UnreadableFile):
        chained(frame.filter(pl.col("row") != gone))


@pytest.fixture(scope="module")
def plain(tiny_folder: Path) -> Linked:
    return link(load(tiny_folder), NullProgress())


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "city"))


def judged(folder: Path, one: str, other: str, decision: Decision, by: str = "Ann", review: Review = "single") -> None:
    record(load(folder), (one, other), decision, by, "seen the papers", at=NOON, review=review)


def pair(linked: Linked, decision: str) -> tuple[str, str]:
    """Two namings of different rows with this decision, in different words."""
    rows = linked.links.mentions
    ends = {m["mention_id"]: m for m in rows.iter_rows(named=True)}
    for left, right in linked.links.pairs.filter(pl.col("decision") == decision).select("left", "right").iter_rows():
        one, other = ends[left], ends[right]
        if one["profile"] != other["profile"] and (one["source"], one["row"]) != (other["source"], other["row"]):
            return address_of(one), address_of(other)
    raise AssertionError(decision)


def person_of(linked: Linked, name: str) -> str:
    found = (m for m in linked.links.mentions.iter_rows(named=True) if address_of(m) == name)
    return str(next(found)["person_id"])


@pytest.mark.parametrize(("before", "decision"), [("same person", "reject"), ("kept apart", "confirm")])
def test_a_judgement_binds_in_every_later_run(before: str, decision: Decision, folder: Path, plain: Linked) -> None:
    one, other = pair(plain, before)
    judged(folder, one, other, decision)
    now = link(load(folder), NullProgress())
    together = decision == "confirm"
    assert (person_of(now, one) == person_of(now, other)) == together
    assert (person_of(plain, one) == person_of(plain, other)) != together
    if not together:  # and no chance is left that they are one after all
        ids = {person_of(now, one), person_of(now, other)}
        merges = now.links.possible_merges.select("person_id", "other_person_id").rows()
        assert not [row for row in merges if set(row) == ids]


@pytest.mark.parametrize(("decision", "review"), [("unsure", "single"), ("reject", "blind")])
def test_what_does_not_bind_changes_no_link(decision: Decision, review: Review, folder: Path, plain: Linked) -> None:
    one, other = pair(plain, "same person")
    judged(folder, one, other, decision, review=review)
    now = link(load(folder), NullProgress())
    for name in ("mentions", "pairs", "possible_merges"):
        assert getattr(now.links, name).equals(getattr(plain.links, name))


def test_contradictory_judgements_are_refused(folder: Path, plain: Linked) -> None:
    groups = plain.links.mentions.filter(pl.col("kind") == "person").unique(
        ["person_id", "profile"], maintain_order=True
    )
    person = groups.group_by("person_id", maintain_order=True).len().filter(pl.col("len") >= 3)["person_id"][0]
    a, b, c = (address_of(m) for m in groups.filter(pl.col("person_id") == person).head(3).iter_rows(named=True))
    judged(folder, a, b, "confirm")
    judged(folder, b, c, "confirm")
    judged(folder, a, c, "reject")
    with pytest.raises(AmbiguousInput, match="contradict"):
        link(load(folder), NullProgress())


def test_a_judgement_on_rows_that_say_something_else_now_binds_nothing(folder: Path, plain: Linked) -> None:
    one, other = pair(plain, "same person")
    judged(folder, one, other, "reject")
    recorded = json.loads((folder / FILE).read_text("utf-8"))
    assert {recorded["left"], recorded["right"]} == {one, other}
    words = Judgement(**{name: recorded[name] for name in Judgement.__slots__})
    other_words = Judgement(**{**{n: getattr(words, n) for n in Judgement.__slots__}, "left_says": "Somebody Else"})
    recorded |= {"left_says": "Somebody Else", "sha256": seal(other_words, None)}
    (folder / FILE).write_text(json.dumps(recorded) + "\n", "utf-8")
    assert link(load(folder), NullProgress()).links.mentions.equals(plain.links.mentions)


@pytest.fixture(scope="module")
def shown(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[City, Summary, str]:
    """The city after a rejection in a case, the case's summary, and its link."""
    folder = Path(shutil.copytree(tiny_folder, tmp_path_factory.mktemp("judged") / "city"))
    run = investigate(load(folder))
    case_id, result = max(run.every_result(), key=lambda each: each[1].graph.number_of_edges())
    here = run.linked.links.mentions.filter(pl.col("dwelling_id") == result.summary.dwelling_id)["mention_id"].to_list()
    compared = [facts for _, _, facts in result.graph.edges(data=True) if facts["type"] == "same_person"]
    pairs = [[facts[f"{side}_mention"] for side in ("left", "right")] for facts in compared]
    ends = next(ends for ends in pairs if set(ends) <= set(here))
    one, other = (address_of(run.linked.links.mentions.row(end, named=True)) for end in ends)
    judged(folder, one, other, "reject")
    city = load(folder)
    again = investigate(city, case_ids=[case_id])
    found = case_graph(again.linked, city.frame("vehicle_log"), again.results([case_id])[0])
    assert [step.groups for step in found.ladder.steps if step.bits == found.ladder.run_bits] == [()]
    assert any("two persons" in str(edge.facts.get("judged")) for edge in found.edges)
    files = case_files(again.results([case_id])[0])
    saved = nx.node_link_graph(json.loads(files["graph.json"]), edges="edges")
    marks = [facts.get("judged") for _, _, facts in saved.edges(data=True)]
    assert any("Ann 2026-11-22, two persons" in str(mark) for mark in marks)
    told = "\n".join(lines(explain(city, one, other, case_id=None, progress=NullProgress())))
    assert "because somebody judged a link between them so" in told
    assert "Ann 2026-11-22, two persons: seen the papers" in told
    return city, found.summary, one


def test_a_summary_says_what_was_decided_and_what_it_was_made_from(shown: tuple[City, Summary, str]) -> None:
    city, summary, one = shown
    [said] = summary.judgements
    assert said.same is False
    assert one in (said.left, said.right)
    assert [(by.by, by.decision, by.reason) for by in said.judgements] == [("Ann", "two persons", "seen the papers")]
    assert "kept apart as two persons" in summary_html(summary)
    assert city.reports[SOURCE].sha256 in {each.sha256 for each in summary.provenance.inputs}
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


def test_a_summary_without_judgements_says_nothing_of_them(tiny_folder: Path) -> None:
    run = investigate(load(tiny_folder))
    _, result = next(run.every_result())
    assert json.loads(case_files(result)["summary.json"])["judgements"] == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        (("lease_disclosures:1", "lease_disclosures:1"), "same naming"),
        (("lease_disclosures:1", "utility_usage:1"), "names nobody"),
        (("lease_disclosures:1", "lease_disclosures:99999"), "no accepted row"),
        (("lease_disclosures:1", "lease_disclosures:x"), "is no row"),
        (("lease_disclosures:1", "lease_disclosures:2:role"), "names nobody in"),
    ],
)
def test_a_link_that_is_none_is_refused(link: tuple[str, str], why: str, tiny_city: City) -> None:
    with pytest.raises((MissingInput, AmbiguousInput), match=why):
        record(tiny_city, link, "confirm", "Ann", "because", at=NOON)
    assert not (tiny_city.folder / FILE).exists()


@pytest.mark.parametrize(("by", "reason"), [("", "because"), ("Ann", "  "), ("Ann", "n/a"), ("Ann", "a\x00b")])
def test_words_that_would_not_come_back_are_refused(by: str, reason: str, folder: Path) -> None:
    with pytest.raises(MissingInput, match="plain words"):
        record(load(folder), ("lease_disclosures:1", "lease_disclosures:2"), "confirm", by, reason, at=NOON)
    assert not (folder / FILE).exists()


def test_the_command_hides_a_first_blind_decision_and_keeps_every_row(folder: Path) -> None:
    link = ("--link", "lease_disclosures:1", "lease_disclosures:2")
    first = command("judge", folder, *link, "--decision", "reject", "--by", "Ann", "--reason", "two hands", "--blind")
    assert first.returncode == 0
    listed = command("judge", folder, "--list").stdout
    assert "awaits a second reviewer" in listed
    assert "reject" not in listed
    assert "two hands" not in listed
    second = command("judge", folder, *link, "--decision", "confirm", "--by", "Bob", "--reason", "one hand").stdout
    assert "reviewers disagree" in second
    assert "two hands" in second
    assert len((folder / FILE).read_text("utf-8").splitlines()) == 2
    assert command("judge", folder, "--decision", "confirm").returncode == 2
