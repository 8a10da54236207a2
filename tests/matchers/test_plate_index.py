"""The registry index: what it must find, whatever the registry's size and order."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.plate_channel import ALPHABET, PlateChannel, encode
from matchers.plate_index import PlateIndex
from matchers.plate_settings import PlateSettings
from tests.matchers.plate_world import LOOKS_LIKE, Noise, misread, random_plates

SETTINGS = PlateSettings()
CHANNEL = PlateChannel.of(SETTINGS)


def nearest(plates: list[str], reads: list[str | None]) -> pl.DataFrame:
    return PlateIndex.build(pl.Series(plates)).nearest(pl.Series(reads, dtype=pl.String), CHANNEL, SETTINGS)


def found(plates: list[str], read: str) -> list[str]:
    return nearest(plates, [read])["plate"].to_list()


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ("ABC123", "right"),
        ("A8C123", "one look-alike"),
        ("A8CI2B", "three look-alikes"),
        ("AXC123", "one other character"),
        ("AXC1Z3", "another character and a look-alike"),
        ("ABC13", "one dropped"),
        ("A8C13", "one dropped and a look-alike"),
        ("BC123", "first dropped"),
        ("ABCX123", "one added"),
        ("BAC123", "neighbours swapped"),
        ("ABC12?", "one unreadable"),
        ("A8C1?3", "one unreadable and a look-alike"),
        ("?B?1?3", "several unreadable"),
    ],
)
def test_a_plate_is_found_behind(read: str, why: str) -> None:
    assert found(["ABC123", "XYZ789", "QQQ111"], read) == ["ABC123"], why


@pytest.mark.parametrize("read", ["XYZ123", "AXX123", "ABC", "??????", "A?????"])
def test_a_plate_out_of_reach_is_not_a_candidate(read: str) -> None:
    assert found(["ABC123"], read) == []


def test_nearer_plates_come_first() -> None:
    assert found(["ABC123", "A8C123", "ABX123"], "ABC123") == ["ABC123", "A8C123", "ABX123"]


@pytest.mark.parametrize(
    ("read", "expected"),
    [("ABC", ["ABC123"]), ("123", ["ABC123"]), ("I23", ["ABC123"]), ("BC1", []), ("AB", []), ("ABC12", [])],
)
def test_a_short_reading_may_be_the_beginning_or_the_end(read: str, expected: list[str]) -> None:
    index = PlateIndex.build(pl.Series(["ABC123", "XYZ789"]))
    assert index.beginning_or_ending(pl.Series([read, None]))["plate"].to_list() == expected


@pytest.mark.parametrize(("plates", "reads"), [([], ["ABC123"]), (["ABC123"], []), (["ABC123"], [None])])
def test_nothing_to_find_is_an_empty_frame(plates: list[str], reads: list[str | None]) -> None:
    index = PlateIndex.build(pl.Series(plates, dtype=pl.String))
    answer = index.nearest(pl.Series(reads, dtype=pl.String), CHANNEL, SETTINGS)
    assert answer.is_empty()
    assert answer.columns == ["read", "plate", "bits_channel", "bits_rest"]


def test_plates_equally_near_that_are_not_listed_are_accounted_for() -> None:
    plates = [f"AB{char}123" for char in ALPHABET]
    answer = nearest(plates, ["AB?123"])
    assert len(answer) == SETTINGS.candidates_per_read
    listed = float(np.exp2(answer["bits_channel"].to_numpy()).sum())
    rest = 2.0 ** answer["bits_rest"][0]
    assert listed / (listed + rest) == pytest.approx(SETTINGS.candidates_per_read / 36, rel=0.02)


edits = st.sampled_from(["keep", "drop", "add", "change", "swap", "unknown"])


@given(st.text(ALPHABET, min_size=5, max_size=8), edits, st.integers(0, 7), st.sampled_from(ALPHABET), st.data())
@settings(max_examples=200, deadline=None)
def test_one_edit_and_any_look_alikes_are_always_in_reach(
    plate: str, edit: str, at: int, char: str, data: st.DataObject
) -> None:
    at %= len(plate) - 1
    text = [data.draw(st.sampled_from(LOOKS_LIKE.get(c, "") + c)) for c in plate]
    if edit == "drop":
        del text[at]
    elif edit == "add":
        text.insert(at, char)
    elif edit == "change":
        text[at] = char
    elif edit == "unknown":
        text[at] = "?"
    elif edit == "swap":
        text[at], text[at + 1] = text[at + 1], text[at]
    assert plate in found([plate], "".join(text))


def test_the_first_candidate_is_the_one_that_comparing_with_every_plate_gives() -> None:
    rng = np.random.default_rng(3)
    plates = random_plates(rng, 2_000)
    reads = sorted({misread(plate, rng, Noise()) for plate in plates[:300]})
    answer = nearest(plates, list(reads)).group_by("read", maintain_order=True).first()
    true = encode(pl.Series(plates))
    for read, plate, bits in answer.select("read", "plate", "bits_channel").iter_rows():
        every = CHANNEL.log2_probability(np.repeat(encode(pl.Series([read])), len(plates), axis=0), true)
        if every.max() > -16.0:  # below that, two unlike errors, which the index does not promise
            assert bits == pytest.approx(every.max()), (read, plate)


def test_the_answer_does_not_depend_on_which_side_is_the_larger() -> None:
    rng = np.random.default_rng(5)
    plates = random_plates(rng, 400)
    reads: list[str | None] = [misread(plate, rng, Noise(unreadable=0.3)) for plate in plates * 3]
    index = PlateIndex.build(pl.Series(plates))
    distinct = pl.Series(reads).unique().sort()
    assert len(distinct) > len(plates)  # so the registry is sorted here, and the readings of each part are below
    parts = [index.nearest(distinct.slice(at, 100), CHANNEL, SETTINGS) for at in range(0, len(distinct), 100)]
    assert index.nearest(distinct, CHANNEL, SETTINGS).equals(pl.concat(parts))


def test_the_answer_does_not_depend_on_the_order_of_the_registry_or_the_reads() -> None:
    rng = np.random.default_rng(4)
    plates = random_plates(rng, 3_000)
    reads: list[str | None] = [misread(plate, rng, Noise(unreadable=0.3)) for plate in plates[:500]]
    again = nearest(plates[::-1] + plates[:10], reads[::-1])
    assert nearest(plates, reads).equals(again)
