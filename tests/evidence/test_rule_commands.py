"""`evidence rules list | show | check`: what a city reads of a pack, and what it is told of a wrong one."""

import json
import re
from pathlib import Path

import pytest

from evidence.rules.pack import TEMPLATE, InvalidPack, RulePack, load_pack, pack_names, parse_pack
from evidence.rules.schema import schema
from tests.evidence.test_cli import Done, run
from tests.evidence.test_rules import GOOD

ROOT = Path(__file__).parents[2]


def written(folder: Path, text: str, name: str = "a-pack.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_list_names_every_pack_with_its_place_days_and_standing() -> None:
    done = run("rules", "list")
    assert done.returncode == 0
    for name in pack_names():
        shown = "generic-3-unrelated" if name == TEMPLATE else name
        pack = load_pack(shown)
        assert f"{pack.id}  ({pack.jurisdiction}" in done.stdout
        assert pack.limit_text in done.stdout
    assert "fort-collins-2007  (Fort Collins, Colorado; 2007-01-01 to 2024-06-30; quoted)" in done.stdout
    assert {entry["id"] for entry in json.loads(run("rules", "list", "--json").stdout)} >= {"ipmc-area", "rosemont-il"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fort-collins-2007"], "or it is 2 adults with their dependents and not more than 1 other [LUC 3.8.16(A)(2)]"),
        (["fort-collins-2007"], "guests: more than 30 nights in any 12 months [Coloradoan, 19 July 2014"),
        (["fort-collins-2007", "--date", "2010-05-01"], "On 2010-05-01: in force"),
        (["fort-collins-2007", "--date", "2006-05-01"], "an earlier wording of the limit was in force"),
        (["fort-collins-2007", "--date", "2025-05-01"], "the pack for that day is fort-collins-2024"),
        (["boulder-before-2023", "--date", "2023-10-01"], "no longer the law; the pack for that day is boulder-2023"),
        (["ames-2018", "--date", "2017-10-01"], "not yet the law; the pack for that day is ames-before-2018"),
        (["san-marcos-tx"], "Prima facie proof of occupancy"),
        (["san-marcos-tx"], "preponderance (the program's default: the sources of this pack give none)"),
        (["boulder-2023"], "an advertisement above the legal occupancy (rebuttable; not evaluated"),
        (["bloomington-in"], "its adults are not more than 3 in R1, 3 in R2, 3 in R3, 3 in R4, 3 to 5 elsewhere"),
        (["ames-2018"], "bedrooms in assessor"),
        (["east-lansing-mi"], "a domestic unit (never decided by the program"),
        (["state-college-pa"], "the limit speaks of one-family dwellings and duplexes"),
        (
            ["rosemont-il", "--rooms", "5", "--child", "0", "--child", "7"],
            "not more than 15/2 persons; children of 0, 7",
        ),
        (["ipmc-area", "--bedroom", "120", "--bedroom", "90"], "bedrooms of 120 + 90 square feet: not more than 3"),
        (["ipmc-area", "--bedroom", "69"], "not more than 0 persons"),
        (["generic-4-unrelated", "--rooms", "3"], "no form of generic-4-unrelated turns on what was measured"),
    ],
)
def test_show_says_the_law_in_plain_words(arguments: list[str], says: str) -> None:
    done = run("rules", "show", *arguments)
    assert done.returncode == 0, done.stderr
    assert says in done.stdout


@pytest.mark.parametrize("name", [n for n in pack_names() if n != TEMPLATE])
def test_show_tells_what_the_sources_do_not_give(name: str) -> None:
    told = run("rules", "show", name).stdout
    pack = load_pack(name)
    assert pack.citation in told
    assert all(gap in told for gap in pack.not_given)
    assert RulePack.model_validate(json.loads(run("rules", "show", name, "--json").stdout)) == pack


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["show", "fort-colins-2007"], 65, "did you mean fort-collins-2007?"),
        (["show", "nowhere.toml"], 66, "there is no rule pack file nowhere.toml"),
        (["show", "ipmc-area", "--date", "yesterday"], 2, "is no date: write YYYY-MM-DD"),
        (["check", "nowhere.toml"], 66, "there is no rule pack file nowhere.toml"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], code: int, says: str) -> None:
    done = run("rules", *arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert says in done.stderr


def test_check_of_a_sound_pack_says_what_is_left_to_defaults(tmp_path: Path) -> None:
    done = run("rules", "check", written(tmp_path, GOOD))
    assert done.returncode == 0
    assert "sound; a-pack: no more than three" in done.stdout
    assert "text_status is memory" in done.stdout
    told = json.loads(run("rules", "check", written(tmp_path, GOOD), "--json").stdout)
    assert told["sound"] is True


def test_check_names_every_wrong_key_and_what_to_do(tmp_path: Path) -> None:
    wrong = GOOD.replace("n = 3", 'n = 0\nzone = "R1"').replace('citation = "Code 1"\n', "")
    done: Done = run("rules", "check", written(tmp_path, wrong))
    assert done.returncode == 65
    assert "citation: is missing: add it" in done.stdout
    assert "limit.0.unrelated_max.n: Input should be greater than or equal to 1" in done.stdout
    assert "limit.0.unrelated_max.zone: no such key here; take it out" in done.stdout
    assert json.loads(run("rules", "check", tmp_path / "a-pack.toml", "--json").stdout)["sound"] is False


@pytest.mark.parametrize(
    ("what", "name", "data", "says"),
    [
        (
            "the id of a shipped pack",
            "ipmc-area.toml",
            GOOD.replace('"a-pack"', '"ipmc-area"').encode(),
            "give your own",
        ),
        ("a byte order mark is nothing", "a-pack.toml", b"\xef\xbb\xbf" + GOOD.encode(), "sound"),
        ("no text", "a-pack.toml", b"\xff\xfe\x00", "not UTF-8 text: save it as UTF-8"),
        ("no TOML", "a-pack.toml", b"[[limit", "not valid TOML"),
        ("a hash of its own", "a-pack.toml", b'sha256 = "0"\n' + GOOD.encode(), "sha256: no such key"),
        ("an endless file", "a-pack.toml", b"#" * 1_000_001, "above 1 MB"),
    ],
)
def test_files_that_are_no_packs(what: str, name: str, data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert says in run("rules", "check", tmp_path / name).stdout, what


WHOLE = GOOD.replace("n = 3", "%s")


@pytest.mark.parametrize(
    ("what", "keys", "says"),
    [
        ("neither a number nor zones", "", "give either n, or elsewhere"),
        ("both", "n = 3\nelsewhere = [3, 4]", "give either n, or elsewhere"),
        ("zones without the rest", "by_zone = {R1 = 3}", "give either n, or elsewhere"),
        ("least above most", "elsewhere = [5, 4]", "least not above most"),
    ],
)
def test_numbers_by_zone(what: str, keys: str, says: str) -> None:
    with pytest.raises(InvalidPack, match=says):
        parse_pack("a-pack", WHOLE % keys)
    assert parse_pack("a-pack", WHOLE % "by_zone = {R1 = 2}\nelsewhere = [3, 3]").limit, what


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("valid_from = 2020-01-01\nvalid_to = 2019-01-01", "valid_from lies after valid_to"),
        ('preempted_by = "a law"', "preempted_by needs valid_to"),
    ],
)
def test_days_that_cannot_be(line: str, says: str) -> None:
    with pytest.raises(InvalidPack, match=says):
        parse_pack("a-pack", GOOD.replace('title = "Occupancy"', f'title = "Occupancy"\n{line}'))


def test_the_published_schema_is_what_the_program_checks() -> None:
    published = json.loads((ROOT / "docs" / "rule-pack.schema.json").read_text(encoding="utf-8"))
    assert published == schema(), "make it anew: python -m evidence.rules.schema"


def test_the_whole_pack_of_the_documentation_is_sound(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "rule-packs.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert run("rules", "check", written(tmp_path, example, "anytown.toml")).returncode == 0
    for form in ("family_plus", "bedroom_table", "vehicles_overnight", "needs_facts"):
        assert form in page
