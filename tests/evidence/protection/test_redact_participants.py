"""Copies made after somebody was put on the list of participants, of summaries made before it; and exemptions."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evidence.pipeline import Run, investigate
from evidence.protection.redact import PARTICIPANTS, audiences, participants_in, redact
from evidence.render.html import summary_html
from evidence.summary_model import Summary
from evidence.write import case_files
from loaders.city import load, participants
from loaders.confidential.spoken import Participants
from tests.evidence.test_cli import run as command

EVERYBODY = sorted(audiences())
Json = dict[str, Any]


@pytest.fixture(scope="module")
def summary(tiny_run: Run) -> Json:
    """A summary whose lease names persons, whom an owner sees."""
    for _, result in tiny_run.every_result():
        made: Json = json.loads(result.summary.model_dump_json())
        if _on_lease(made):
            return made
    raise AssertionError("no lease")


def _on_lease(summary: Json) -> list[str]:
    return [
        naming["text"]
        for person in summary["persons"]
        for naming in person["named_by"]
        if naming["row"]["source"] == "lease_disclosures"
    ]


def listed(folder: Path, name: str) -> Participants:
    (folder / "address_confidentiality.csv").write_text(f'name\n"{name}"\n', "utf-8")
    found = participants(folder)
    assert found is not None
    return found


def said(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False).casefold()


@pytest.mark.parametrize("audience", EVERYBODY)
def test_a_name_on_the_list_is_in_no_copy(audience: str, summary: Json, tmp_path: Path) -> None:
    name = _on_lease(summary)[0]
    found = listed(tmp_path, name)
    names = participants_in(summary, found)
    assert name in names
    text = said(redact(summary, audience, listed=found))
    assert not [one for one in names if one.casefold() in text]


def test_the_rest_of_an_owner_s_copy_stays_and_the_summary_is_whole(summary: Json, tmp_path: Path) -> None:
    hers, *others = dict.fromkeys(_on_lease(summary))
    found = listed(tmp_path, hers)
    copy = Summary.model_validate(redact(summary, "owner", listed=found))
    seen = said(copy.model_dump(mode="json"))
    left = [name for name in others if name not in participants_in(summary, found)]
    assert left
    assert all(name.casefold() in seen for name in left)
    assert summary_html(copy)


def test_a_participant_s_own_copy_is_that_of_anybody(summary: Json, tmp_path: Path) -> None:
    """Who asks in her name may be the one she is protected from."""
    name = _on_lease(summary)[0]
    [hers] = [p["person_id"] for p in summary["persons"] if name in [naming["text"] for naming in p["named_by"]]][:1]
    found = listed(tmp_path, name)
    assert redact(summary, "occupant", hers, found) == redact(summary, "occupant", None, found)


def test_a_free_text_that_names_one_is_withheld(summary: Json, tmp_path: Path) -> None:
    told = {**summary, "limitations": [*summary["limitations"], "Seen with Persephone Quimby, twice."]}
    text = said(redact(told, "owner", listed=listed(tmp_path, "Quimby, Persephone")))
    assert "quimby" not in text
    assert "[withheld]" in text


def test_the_same_is_said_of_every_dwelling(summary: Json, tmp_path: Path) -> None:
    """A copy that counts would tell that a participant is there."""
    nobody = listed(tmp_path, "Xanthippe Quillfeather")
    assert participants_in(summary, nobody) == frozenset()
    plain, copy = redact(summary, "owner"), redact(summary, "owner", listed=nobody)
    assert PARTICIPANTS in copy.pop("limitations")
    assert PARTICIPANTS not in plain.pop("limitations")
    assert copy == plain


def test_the_command_asks_the_list_of_the_city_and_tells_the_operator(tiny_run: Run, tmp_path: Path) -> None:
    _, result = next(
        each for each in tiny_run.every_result() if _on_lease(json.loads(each[1].summary.model_dump_json()))
    )
    made = tmp_path / "made"
    made.mkdir()
    for file, content in case_files(result).items():
        (made / file).write_bytes(content)
    name = _on_lease(json.loads((made / "summary.json").read_text("utf-8")))[0]
    city = tmp_path / "city"
    city.mkdir()
    listed(city, name)
    done = command("redact", made / "summary.json", "--audience", "owner", "--city", city, "-o", tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    assert "destroy that summary" in done.stderr
    assert name not in done.stderr
    for path in (tmp_path / "copy").iterdir():
        assert name.casefold() not in path.read_text("utf-8").casefold()


@pytest.mark.slow
@pytest.mark.parametrize("audience", EVERYBODY)
def test_a_permitted_use_does_not_tell_what_an_exemption_may_not(audience: str, group_home: Json) -> None:
    assert group_home["finding"] == "exempt"
    assert "Permitted use: group home" in group_home["dwelling_facts"]
    copy = redact(group_home, audience)
    assert copy["finding_sentence"] == "The dwelling is exempt from the limit."
    assert "group home" not in said({**copy, "rule": None})  # the law names group homes, of every dwelling alike


@pytest.fixture(scope="module")
def group_home(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Json:
    folder = Path(shutil.copytree(tiny_folder, tmp_path_factory.mktemp("group") / "city"))
    with (folder / "assessor.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["Situs Address"].startswith("349 11TH ST"):
            row["Permitted Use"] = "group home"
    with (folder / "assessor.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    run = investigate(load(folder))
    exempt = run.screening().screen.filter(finding="exempt")["case_id"][0]
    made: Json = json.loads(run.results([exempt])[0].summary.model_dump_json())
    return made
