"""No copy tells what a dwelling is used for, since that may tell who lives there: disability, age, children, refuge."""

import copy as copies
import json
from typing import Any

import pytest

from evidence.pipeline import Run
from evidence.protection.fields import tags_of_field
from evidence.protection.redact import audiences, redact
from evidence.protection.uses import facts_without_use, without_use
from evidence.rules.dwelling import FACTS, reasons
from evidence.rules.pack import load_pack
from evidence.summary_model import Summary
from tests.evidence.protection.test_redact import strings

Json = dict[str, Any]
EVERYBODY = sorted(audiences())
TELLING = (
    "group home", "GROUP HOME - 8 BEDS", "Sober Living", "Oxford House", "halfway house", "assisted living",
    "Senior Housing 55+", "Foster family home", "Residential care for the disabled", "women's shelter", "convent",
)  # fmt: skip


@pytest.fixture(scope="module")
def summary(tiny_run: Run) -> Json:
    made: Json = json.loads(next(iter(tiny_run.every_result()))[1].summary.model_dump_json())
    return made


def used_as(summary: Json, use: str | None) -> Json:
    """The summary of the same dwelling, had the assessor recorded this as property type, use and exemption, and were
    the law in doubt for it.
    """
    made = copies.deepcopy(summary)
    facts = dict.fromkeys(FACTS) | {"property_type": use}
    [reason] = reasons(load_pack("state-college-pa"), facts | {"property_type": use or "Multi-Family"})
    others = facts_without_use(made["dwelling_facts"])
    names = ("Property type", "Permitted use", "Exemption recorded") if use else ()
    made["dwelling_facts"] = [*(f"{name}: {use}" for name in names), *others]
    made["rule"]["undecided"] = ["Something else", reason]
    made["finding_sentence"] = f"The evidence is insufficient. Not decided: Something else. Not decided: {reason}."
    return made


@pytest.mark.parametrize("use", TELLING)
@pytest.mark.parametrize("audience", EVERYBODY)
def test_a_copy_does_not_tell_a_telling_use(audience: str, use: str, summary: Json) -> None:
    told = used_as(summary, use)
    assert sum(use in text for text in strings(told)) >= 5
    made = redact(told, audience)
    assert not any(use.casefold() in text.casefold() for text in strings(made))
    assert "Something else" in made["finding_sentence"]
    assert "withheld from this copy" in made["finding_sentence"]
    Summary.model_validate(made)


@pytest.mark.parametrize("use", [*TELLING, None])
@pytest.mark.parametrize("audience", EVERYBODY)
def test_nor_does_what_is_left_out_tell_it(audience: str, use: str | None, summary: Json) -> None:
    assert redact(used_as(summary, use), audience) == redact(used_as(summary, "Multi-Family"), audience)


@pytest.mark.parametrize("column", ["property_type", "permitted_use", "exemption"])
def test_evidence_that_rests_on_a_use_is_withheld_from_everybody(column: str) -> None:
    assert all(tags_of_field("assessor", column) - reader.sees for reader in audiences().values())


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        ("Bedrooms: 4", True),
        ("Finished area: 1400 sq ft", True),
        ("Built: 1948", True),
        ("Zone: RL", True),
        ("Property type: Single Family", False),
        ("Permitted use: single family", False),
        ("Exemption recorded: none", False),
        ("Parcel: 97000-1", False),
    ],
)
def test_what_whoever_knows_the_dwelling_may_read_of_it(fact: str, shown: bool) -> None:
    assert facts_without_use([fact]) == ([fact] if shown else [])


def test_another_reason_is_told_as_it_is() -> None:
    assert without_use("the size of the rooms is not known") == "the size of the rooms is not known"
