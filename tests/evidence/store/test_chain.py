"""The chain: what was written verifies; whatever is done to it afterwards is found, and the entry is named."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.store.chain import GENESIS, Entry, Fault, Mark, canonical, digest, faults, linked

WORDS = st.text(max_size=12)
CONTENTS = st.lists(st.dictionaries(WORDS, WORDS | st.integers() | st.none(), max_size=4), min_size=2, max_size=12)


def chain_of(contents: Sequence[dict[str, object]]) -> list[Entry]:
    entries: list[Entry] = []
    for content in contents:
        entries.append(linked(len(entries) + 1, entries[-1].hash if entries else GENESIS, content))
    return entries


def found(entries: Sequence[Entry], written: Sequence[Entry], marks: Sequence[Mark] = ()) -> list[Fault]:
    """Faults of what is there, against the head of what was written."""
    head = Mark(written[-1].seq, written[-1].hash, "the store")
    return list(faults("access_log", entries, head, marks))


TEN = chain_of([{"i": i} for i in range(10)])


def test_the_hash_of_an_entry_is_that_of_its_text() -> None:
    first = linked(1, GENESIS, {"operator": "Zoë", "at": "2026-01-01T00:00:00Z"})
    assert first.body == (
        '{"at":"2026-01-01T00:00:00Z","operator":"Zo\\u00eb",' + f'"previous":"{GENESIS}","seq":1' + "}"
    )
    assert first.hash == digest(first.body)
    assert linked(2, first.hash, {}).content()["previous"] == first.hash


@given(CONTENTS)
def test_what_was_written_is_whole(contents: list[dict[str, object]]) -> None:
    entries = chain_of(contents)
    assert found(entries, entries, [Mark(e.seq, e.hash, "anchors") for e in entries]) == []


@given(CONTENTS, st.data())
def test_a_changed_entry_is_named(contents: list[dict[str, object]], data: st.DataObject) -> None:
    entries = chain_of(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    changed = canonical({**entries[at].content(), "changed": True})
    there = [*entries[:at], replace(entries[at], body=changed), *entries[at + 1 :]]
    assert [(f.seq, f.kind) for f in found(there, entries)] == [(at + 1, "changed")]


@given(CONTENTS, st.data())
def test_a_changed_entry_with_a_hash_to_match_is_named_all_the_same(
    contents: list[dict[str, object]], data: st.DataObject
) -> None:
    entries = chain_of(contents)
    at = data.draw(st.integers(0, len(entries) - 2))
    changed = canonical({**entries[at].content(), "changed": True})
    there = [*entries[:at], Entry(at + 1, changed, digest(changed)), *entries[at + 1 :]]
    assert [(f.seq, f.kind) for f in found(there, entries)] == [(at + 1, "broken")]


@given(CONTENTS, st.data())
def test_a_removed_entry_is_named(contents: list[dict[str, object]], data: st.DataObject) -> None:
    entries = chain_of(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    kind = "missing" if at < len(entries) - 1 else "truncated"
    assert [(f.seq, f.kind) for f in found(entries[:at] + entries[at + 1 :], entries)] == [(at + 1, kind)]


@given(CONTENTS, st.data())
def test_two_entries_that_changed_places_are_named(contents: list[dict[str, object]], data: st.DataObject) -> None:
    entries = chain_of(contents)
    a, b = sorted(data.draw(st.sets(st.integers(0, len(entries) - 1), min_size=2, max_size=2)))
    there = list(entries)
    there[a], there[b] = replace(entries[b], seq=a + 1), replace(entries[a], seq=b + 1)
    moved = {f.seq for f in found(there, entries) if f.kind == "moved"}
    assert moved == {a + 1, b + 1}


@given(CONTENTS, st.data())
def test_a_chain_cut_off_and_its_head_set_back_is_found_against_an_anchor(
    contents: list[dict[str, object]], data: st.DataObject
) -> None:
    entries = chain_of(contents)
    left = data.draw(st.integers(1, len(entries) - 1))
    there = entries[:left]
    assert found(there, there) == [], "without an anchor it is a shorter chain"
    anchor = Mark(entries[-1].seq, entries[-1].hash, "anchors.jsonl line 1")
    assert [(f.seq, f.kind) for f in found(there, there, [anchor])] == [(left + 1, "truncated")]


@given(CONTENTS, st.data())
def test_a_chain_written_anew_from_some_entry_on_is_found_against_an_anchor(
    contents: list[dict[str, object]], data: st.DataObject
) -> None:
    entries = chain_of(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    anew = chain_of([{**content, "changed": True} if i >= at else content for i, content in enumerate(contents)])
    assert found(anew, anew) == [], "without an anchor it is another chain"
    anchors = [Mark(e.seq, e.hash, "anchors") for e in entries]
    assert [f.seq for f in found(anew, anew, anchors)] == list(range(at + 1, len(entries) + 1))


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        (TEN[:7], "entries 8 to 10 are missing at the end: the store says that 10 were written"),
        (TEN[:9], "entry 10 is missing at the end: the store says that 10 were written"),
        ([*TEN[:3], *TEN[5:]], "entries 4 to 5 are missing"),
        ([*TEN[:4], replace(TEN[4], body="{"), *TEN[5:]], "entry 5 was changed: it is no JSON object"),
        (TEN[::-1], "entries 1 to 9 are missing"),
        ([], "entries 1 to 10 are missing at the end: the store says that 10 were written"),
    ],
)
def test_faults_are_sentences(there: list[Entry], sentence: str) -> None:
    assert f"access_log: {sentence}" in [str(fault) for fault in found(there, TEN)]


def test_an_entry_put_before_its_time_is_named() -> None:
    forged = linked(5, "f" * 64, {"i": 4})
    assert [(f.seq, f.kind) for f in found([*TEN[:4], forged, *TEN[5:]], TEN)] == [(4, "broken"), (5, "broken")]


def test_bodies_are_plain_json_that_any_tool_can_check() -> None:
    assert all(json.loads(entry.body)["seq"] == entry.seq for entry in TEN)
    assert all(entry.body.isascii() for entry in TEN)
