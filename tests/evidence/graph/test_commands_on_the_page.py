"""The commands that an edge's panel offers: each is taken by the real command line and means the ends of that edge."""

import shlex
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.graph.commands import Commands, commands_of
from evidence.graph.model import CaseGraph
from evidence.judging.ends import link_ends
from evidence.keeping import NOTHING_KEPT
from evidence.linkage import dwellings_of
from evidence.naming import resolve
from evidence.pipeline import Run
from tests.evidence.graph.graph_pages import largest, parsed
from tests.evidence.test_cli import run

JUDGED = {"same_person", "compared", "names", "address", "reading_of"}


@pytest.fixture(scope="module")
def case(tiny_run: Run) -> CaseGraph:
    return largest(tiny_run)


@pytest.fixture(scope="module")
def offered(case: CaseGraph, tiny_folder: Path) -> dict[str, list[Commands]]:
    return commands_of(case, tiny_folder)


def test_every_edge_offers_a_command_that_explains_its_two_ends(
    case: CaseGraph, offered: dict[str, list[Commands]], tiny_run: Run
) -> None:
    case_id = case.summary.case_id
    for edge in case.edges:
        assert len(offered[edge.id]) == max(len(edge.rows), 1)
        for each in offered[edge.id]:
            asked = parsed(each.explain)
            assert asked["case"] == case_id
            ends = [resolve(tiny_run.city, tiny_run.linked, str(asked[side]), case_id).node for side in ("a", "b")]
            assert set(ends) == {f"row:{each.about}" if each.about else edge.a, edge.b}


def test_every_link_that_is_judged_offers_its_command_and_no_other_does(
    case: CaseGraph, offered: dict[str, list[Commands]], tiny_run: Run
) -> None:
    judged = set()
    dwellings = dwellings_of(tiny_run.city, NOTHING_KEPT).rows("table")
    for edge in case.edges:
        for each in offered[edge.id]:
            if each.judge is None:
                continue
            asked = parsed(f"{each.judge} --decision unsure --by 'A. Auditor' --reason worn")
            link = asked["link"]
            assert isinstance(link, tuple)
            named = {name for name, _ in link_ends(tiny_run.city, link, lambda: dwellings)}
            meant = {*link, *(f"{end}:plate" for end in link), f"address:{edge.facts.get('address_text')}"}
            assert named <= meant
            assert all(end in each.asks for end in link)
            judged.add(edge.type)
    assert judged == JUDGED


def test_what_ties_a_row_to_its_person_is_the_pair_that_the_panel_shows(
    case: CaseGraph, offered: dict[str, list[Commands]]
) -> None:
    tied = [edge for edge in case.edges if edge.type == "names" and edge.id in case.comparisons]
    assert tied
    for edge in tied:
        asked = parsed(f"{offered[edge.id][0].judge} --decision unsure --by A --reason worn")
        shown = case.comparisons[edge.id].left + case.comparisons[edge.id].right
        assert all(end in shown for end in asked["link"])


@pytest.mark.parametrize(
    "name",
    ["plain", "two words", "o'brien", '"quoted"', "$(touch owned)", "a;b", "-rf", "back`tick`", "ünï", "!bang", "a\nb"],
)
def test_the_folder_is_one_word_of_the_shell_whatever_its_name(
    name: str, case: CaseGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    for several in commands_of(case, Path(name)).values():
        for each in several:
            assert Path(str(parsed(each.explain)["city"])) == Path(name)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_no_name_of_a_folder_ends_its_word(case: CaseGraph, name: str) -> None:
    edge = next(edge for edge in case.edges if edge.type == "lives_at")
    [command] = commands_of(case, Path(name))[edge.id]
    assert Path(shlex.split(command.explain)[2]) == Path(name)


def test_the_rates_that_the_figures_rest_on_are_asked_for_again(case: CaseGraph, tmp_path: Path) -> None:
    rates = tmp_path / "held rates"
    several = commands_of(case, tmp_path, {"--prepared": None, "--learned": rates})
    words = [shlex.split(each.explain) for all_of in several.values() for each in all_of]
    assert words
    assert all(each[-2:] == ["--learned", str(rates)] and "--prepared" not in each for each in words)


def test_a_shown_command_judges_the_link_for_good(case: CaseGraph, tiny_folder: Path, tmp_path: Path) -> None:
    city = shutil.copytree(tiny_folder, tmp_path / "the city's own")
    edge = next(edge for edge in case.edges if edge.type == "same_person")
    [command] = commands_of(case, city)[edge.id]
    judge = f"{command.judge} --decision reject --by 'A. Auditor' --reason 'not the same hand'"
    assert run(*shlex.split(judge)[1:]).returncode == 0
    told = run(*shlex.split(command.explain)[1:])
    assert "not the same hand" in told.stdout


def test_a_blank_name_or_reason_is_refused(case: CaseGraph, tiny_folder: Path, tmp_path: Path) -> None:
    city = shutil.copytree(tiny_folder, tmp_path / "city")
    edge = next(edge for edge in case.edges if edge.type == "same_person")
    [command] = commands_of(case, city)[edge.id]
    refused = run(*shlex.split(f"{command.judge} --decision reject --by '' --reason ''")[1:])
    assert refused.returncode != 0
    assert not (city / "judgements.jsonl").exists()
