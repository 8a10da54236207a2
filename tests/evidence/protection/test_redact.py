"""Copies for readers outside: nothing that they may not see is in any of them, and each is still a whole summary."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from evidence.pipeline import Run
from evidence.protection.fields import tags_of_facts, tags_of_field
from evidence.protection.pseudonyms import Mask, letters
from evidence.protection.redact import KEPT, audiences, redact, withheld_facts
from evidence.render.html import summary_html
from evidence.summary_model import Summary
from loaders.sources import SOURCES

EVERYBODY = sorted(audiences())
Json = dict[str, Any]


@pytest.fixture(scope="module")
def summaries(tiny_run: Run) -> list[Json]:
    """Every open case of the tiny city as JSON."""
    return [json.loads(result.summary.model_dump_json()) for _, result in tiny_run.every_result()]


def names_of(summary: Json, *, only_from: frozenset[str] | None = None) -> Iterator[str]:
    """Names as written; of those sources only that are given."""
    for person in summary["persons"]:
        for naming in person["named_by"]:
            if only_from is None or naming["row"]["source"] in only_from:
                yield naming["text"]
    if only_from is None:
        yield from (p["display_name"] for p in summary["persons"] if p["display_name"])
        yield from (v["registered_owner"] for v in summary["vehicles"] if v["registered_owner"])


def plates_of(summary: Json) -> set[str]:
    found = {v["plate"] for v in summary["vehicles"] if v["plate"]}
    return found | {r["written"] for v in summary["vehicles"] for r in v["readings"]}


def has(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) is not None


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def test_the_cases_have_something_to_hide(summaries: list[Json]) -> None:
    assert sum(1 for s in summaries for _ in names_of(s)) > 100
    assert sum(len(plates_of(s)) for s in summaries) > 20


@pytest.mark.parametrize("audience", EVERYBODY)
def test_every_copy_is_a_whole_summary_and_can_be_drawn(summaries: list[Json], audience: str) -> None:
    for summary in summaries:
        copy = Summary.model_validate(redact(summary, audience))
        assert len(copy.evidence_for) == len(summary["evidence_for"])
        assert len(copy.evidence_against) == len(summary["evidence_against"])
        assert [item.strength for item in copy.evidence_against] == [i["strength"] for i in summary["evidence_against"]]
        assert copy.finding == summary["finding"]
        page = summary_html(copy)
        assert "redacted_for" in page
        if not audiences()[audience].persons:
            assert "No source names anybody" not in page, "a copy does not deny what it withholds"


@pytest.mark.parametrize("audience", EVERYBODY)
def test_no_copy_holds_a_name_that_only_shut_sources_write(summaries: list[Json], audience: str) -> None:
    reader = audiences()[audience]
    for summary in summaries:
        seen = {
            naming["text"].casefold()
            for person in summary["persons"]
            for naming in person["named_by"]
            if reader.persons and tags_of_field(naming["row"]["source"], naming["row"]["field"]) <= reader.sees
        }
        text = "\n".join(strings(redact(summary, audience)))
        for name in names_of(summary):
            if name.casefold() not in seen and not any(has(one, name) for one in seen):
                assert not has(text, name), f"{name} in the copy for the {audience}"


@pytest.mark.parametrize("audience", EVERYBODY)
def test_no_copy_holds_a_plate_or_an_address_of_the_registry(summaries: list[Json], audience: str) -> None:
    for summary in summaries:
        text = "\n".join(strings(redact(summary, audience)))
        for plate in plates_of(summary):
            assert len(plate) < 3 or not has(text, plate), plate
        for vehicle in summary["vehicles"]:
            if vehicle["registered_address"] and vehicle["registered_address"] != summary["address"]:
                assert not has(text, vehicle["registered_address"])


@pytest.mark.parametrize("audience", EVERYBODY)
def test_nobody_outside_learns_how_the_complaint_came(summaries: list[Json], audience: str) -> None:
    assert all(redact(summary, audience)["complaint_type"] is None for summary in summaries)
    for summary in summaries:
        for before, after in zip(
            summary["evidence_against"], redact(summary, audience)["evidence_against"], strict=True
        ):
            if any(row["source"] == "cases" and row["field"] == "complaint_type" for row in before["rows"]):
                assert after["text"].startswith("Withheld from this copy")


@pytest.mark.parametrize("audience", ["council", "public"])
def test_council_and_public_learn_of_no_dwelling_and_no_person(summaries: list[Json], audience: str) -> None:
    for summary in summaries:
        copy = redact(summary, audience)
        assert (copy["persons"], copy["vehicles"], copy["guest_days"], copy["dwelling_facts"]) == ([], [], [], [])
        text = "\n".join(strings(copy))
        assert summary["address"] not in text
        assert summary["case_id"] not in text


def test_an_owner_sees_whom_the_lease_names(summaries: list[Json]) -> None:
    shown = 0
    for summary in summaries:
        copy = redact(summary, "owner")
        for person, before in zip(copy["persons"], summary["persons"], strict=True):
            lease = {n["text"] for n in before["named_by"] if n["row"]["source"] == "lease_disclosures"}
            if lease:
                shown += 1
                assert not person["display_name"].startswith("Person ")
    assert shown > 0


def test_an_occupant_sees_all_that_is_held_of_himself_and_nothing_of_the_others(summaries: list[Json]) -> None:
    tried = 0
    for summary in summaries:
        for person in summary["persons"]:
            if person["display_name"] is None:
                continue
            tried += 1
            copy = redact(summary, "occupant", person["person_id"])
            (own,) = [p for p in copy["persons"] if p["person_id"] == person["person_id"]]
            assert own["display_name"] == person["display_name"]
            assert [n["text"] for n in own["named_by"]] == [n["text"] for n in person["named_by"]]
            assert len(own["contributions"]) == len(person["contributions"])
            assert all(p["contributions"] == [] for p in copy["persons"] if p is not own)
    assert tried > 0


def test_a_pseudonym_is_the_same_throughout_a_copy(summaries: list[Json]) -> None:
    for summary in summaries:
        copy = redact(summary, "occupant")
        by_position = {
            before["person_id"]: after["person_id"]
            for before, after in zip(summary["persons"], copy["persons"], strict=True)
        }
        assert len(set(by_position.values())) == len(by_position)
        for before, after in zip(summary["guest_days"], copy["guest_days"], strict=True):
            assert after["subject_id"] == by_position.get(before["subject_id"], "Person")
        cars = {v["vehicle_id"]: c["vehicle_id"] for v, c in zip(summary["vehicles"], copy["vehicles"], strict=True)}
        for before, after in zip(summary["persons"], copy["persons"], strict=True):
            assert after["vehicles"] == [cars[v] for v in before["vehicles"] if v in cars]


def test_a_copy_depends_on_nothing_else_and_changes_nothing(summaries: list[Json]) -> None:
    for summary in summaries:
        before = json.dumps(summary)
        assert redact(summary, "owner") == redact(summary, "owner")
        assert json.dumps(summary) == before


def test_a_field_that_nobody_decided_about_is_not_copied(summaries: list[Json]) -> None:
    copy = redact({**summaries[0], "social_security_number": "123-45-6789"}, "owner")
    assert "social_security_number" not in copy
    assert set(KEPT) <= set(copy)


def test_what_was_withheld_is_listed_with_its_law(summaries: list[Json]) -> None:
    summary = next(s for s in summaries if any(v["registration"] for v in s["vehicles"]))
    listed = withheld_facts(summary, "public")
    assert any("dmv.personal" in one["tags"] for one in listed)
    assert all(one["law"] and one["tags"] for one in listed)
    assert any("18 USC 2721" in law for one in listed for law in one["law"])


def test_what_is_held_of_oneself_is_not_withheld(summaries: list[Json]) -> None:
    tried = 0
    for summary in summaries:
        for index, person in enumerate(summary["persons"]):
            if any(n["row"]["source"] == "dmv_registrations" for n in person["named_by"]):
                tried += 1
                mine = f"/persons/{index}/named_by"
                facts = {one["fact"] for one in withheld_facts(summary, "occupant", person["person_id"])}
                assert not any(fact.startswith(mine) for fact in facts)
                assert any(one["fact"].startswith(mine) for one in withheld_facts(summary, "occupant"))
    assert tried > 0


# Sensitivity that travels -------------------------------------------------------------------------------------


def test_every_column_of_every_source_has_a_sensitivity() -> None:
    from evidence.protection.purposes import rows_of

    tagged = {(row["source"], row["column"]) for row in rows_of("fields.csv")}
    columns = {
        (source.name, column)
        for source in SOURCES
        for column in source.schema.columns()
        if column not in ("row", "duplicate_of")
    }
    assert columns <= tagged, sorted(columns - tagged)
    assert {(source.name, "*") for source in SOURCES} <= tagged
    assert tagged <= columns | {(source.name, "*") for source in SOURCES}


def test_a_fact_carries_the_tags_of_every_row_behind_it(summaries: list[Json]) -> None:
    for summary in summaries:
        tags = tags_of_facts(summary)
        for index, item in enumerate(summary["evidence_for"]):
            sources = {row["source"] for row in item["rows"]}
            mine = tags.get(f"/evidence_for/{index}", frozenset())
            assert ("dmv_registrations" in sources) == ("dmv.personal" in mine)
            assert ("utility_billing" in sources) == ("utility.customer" in mine)
        assert "dmv.personal" in tags[""], "the numbers rest on every source that was read"


def test_an_unknown_source_has_no_sensitivity_by_accident() -> None:
    with pytest.raises(KeyError):
        tags_of_field("mystery", "name")


# Masks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Bob Baker lives here", "Person A lives here"),
        ("BAKER,  BOB lives", "BAKER,  BOB lives".replace("BAKER,  BOB", "[name],  [name]")),
        ("bob baker", "Person A"),
        ("the baker", "the baker"),
        ("a Baker", "a [name]"),
        ("Bob Bakerson", "[name] Bakerson"),
        ("car ABC123 and XABC123", "car V1 and XABC123"),
        ("", ""),
    ],
)
def test_masks(text: str, masked: str) -> None:
    mask = Mask({"Bob Baker": "Person A", "ABC123": "V1"}, frozenset({"bob", "baker"}))
    assert mask(text) == masked


@pytest.mark.parametrize(("number", "word"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")])
def test_letters(number: int, word: str) -> None:
    assert letters(number) == word
