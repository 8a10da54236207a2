"""summary.json follows the published schema, and the published schema is that of the model."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from evidence import load
from evidence.pipeline import investigate
from evidence.summary_schema import schema
from evidence.synthetic import generate
from evidence.write import summary_json
from tests.evidence.sample_summary import SUMMARY

PUBLISHED = Path(__file__).parents[2] / "docs" / "summary.schema.json"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every summary of a tiny city under two packs, and one under a law that is no longer in force, as written."""
    city = load(generate(tmp_path_factory.mktemp("schema"), scale="tiny", seed=11).city)
    ids = city.frame("cases")["case_id"].to_list()
    runs = [investigate(city, case_ids=ids, pack=pack).results(ids) for pack in (None, "boulder-before-2023")]
    return [json.loads(summary_json(result.summary)) for results in runs for result in results]


def test_the_published_schema_is_current() -> None:
    assert json.loads(PUBLISHED.read_text("utf-8")) == schema(), (
        "run: python -m evidence.summary_schema > docs/summary.schema.json"
    )


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_every_summary_follows_it(written: list[dict[str, Any]]) -> None:
    validator = Draft202012Validator(schema())
    assert len({each["finding"] for each in written}) > 1
    for each in [*written, json.loads(summary_json(SUMMARY))]:
        assert [error.message for error in validator.iter_errors(each)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("finding",), "guilty"),
        (("p_over_limit",), "0.9"),
        (("window", "from"), None),
        (("evidence_against",), []),
        (("occupants", "mood"), "bad"),
    ],
)
def test_what_does_not_follow_it_is_refused(path: tuple[str, ...], value: object) -> None:
    document = json.loads(summary_json(SUMMARY))
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert not Draft202012Validator(schema()).is_valid(document)
