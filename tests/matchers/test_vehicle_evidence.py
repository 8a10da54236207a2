"""Pairs of a sighting and a plate in numbers: what they stand for is what the rows of the log and the registry say."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from matchers.judged_plates import JudgedPlates
from matchers.plate_channel import PlateChannel, channel_bits
from matchers.plate_index import PlateIndex
from matchers.plate_settings import PlateSettings
from matchers.vehicle_candidates import find_candidates
from matchers.vehicle_descriptions import description_bits
from matchers.vehicle_evidence import FixedPairs
from matchers.vehicle_log import read_log
from matchers.vehicle_parts import Part
from matchers.vehicle_registry import Registry
from matchers.vehicles import AFFINITY_SCHEMA
from tests.matchers.plate_world import log_frame, registry_frame

DAY = dt.date(2007, 3, 1)
SETTINGS = PlateSettings()
CHANNEL = PlateChannel.of(SETTINGS)
ROWS: list[dict[str, object]] = [
    {"plate": "ABC123", "plate_state": "CO", "make": "Ford", "model": "Focus", "color": "blue"},
    {"plate": "ABC123", "plate_state": None, "make": "Ford", "model": None, "color": "red"},
    {"plate": "ABC128", "plate_state": "WY", "make": None, "model": None, "color": None},
    {"plate": "ZZZ99", "plate_state": "CO", "make": "Honda", "model": "Civic", "color": "red"},
    {"plate": "ZZZ99", "plate_state": "CO", "make": "Toyota", "model": "Civic LX", "color": None},
    {"plate": "ZZZ98", "plate_state": None, "make": "Honda", "model": "Civic", "color": "green"},
]


@pytest.fixture(scope="module")
def part() -> Part:
    rows = [{**row, "observed_date": DAY, "observed_time": dt.time(number)} for number, row in enumerate(ROWS)]
    plated = read_log(log_frame(rows)).filter(pl.col("kind") == "plated").with_row_index("sighting")
    index = PlateIndex.build(REGISTRY.entities["plate"])
    affinity = pl.DataFrame(schema=AFFINITY_SCHEMA)
    return Part(plated, find_candidates(plated, REGISTRY, index, affinity, CHANNEL, SETTINGS), 0, 0)


REGISTRY = Registry.build(
    registry_frame([{"plate": "ABC123", "make": "FORD", "color": "BLU"}, {"plate": "ABC128", "plate_state": None}])
)


@pytest.fixture(scope="module")
def fixed(part: Part) -> FixedPairs:
    return FixedPairs.of(part, REGISTRY, SETTINGS, JudgedPlates.of(None, part.plated, REGISTRY))


def in_words(part: Part, fixed: FixedPairs) -> pl.DataFrame:
    """The pairs with what their numbers stand for, looked up in the rows of the log and of the candidates."""
    rows = part.plated.select("sighting", "make", "model", "color", read="plate", read_state="plate_state")
    plates = part.candidates.plates.select("candidate", "plate", "state", "entity")
    pairs = pl.DataFrame({"sighting": fixed.sighting, "candidate": fixed.candidate})
    return pairs.join(rows, on="sighting", maintain_order="left").join(plates, on="candidate", maintain_order="left")


def test_every_reading_is_paired_with_every_plate_that_its_case_links_it_with(part: Part, fixed: FixedPairs) -> None:
    readings = part.candidates.readings.join(part.candidates.links, on="reading").select("read", "candidate")
    expected = part.plated.select("sighting", read="plate").join(readings, on="read").select("sighting", "candidate")
    pairs = in_words(part, fixed)
    assert pairs.select("sighting", "candidate").rows() == sorted(expected.rows())
    assert pairs["entity"].is_null().any()
    assert pairs["entity"].is_not_null().any()


def test_texts_and_states_come_back_as_they_are_written_and_nulls_as_null(part: Part, fixed: FixedPairs) -> None:
    pairs = in_words(part, fixed)
    assert fixed.channel_bits(part.candidates.words, CHANNEL)[fixed.text] == pytest.approx(
        channel_bits(pairs["read"], pairs["plate"], CHANNEL).to_numpy()
    )
    assert fixed.state_pairs[fixed.states.astype(np.int64)].rows() == pairs.select("read_state", "state").rows()
    assert pairs["read_state"].is_null().any()
    assert pairs["state"].is_null().any()


def test_characters_missing_are_unknown_where_the_plate_is_the_reading(part: Part, fixed: FixedPairs) -> None:
    pairs = in_words(part, fixed)
    missing = fixed.missing.gather(fixed.text)
    longer = pairs["plate"].str.len_chars().cast(pl.Int32) - pairs["read"].str.len_chars().cast(pl.Int32)
    assert missing.is_null().to_list() == (pairs["read"] == pairs["plate"]).to_list()
    assert missing.drop_nulls().to_list() == longer.filter(missing.is_not_null()).to_list()


def test_a_sighting_is_described_by_the_registration_else_by_the_others_with_the_reading(
    part: Part, fixed: FixedPairs
) -> None:
    registered = {"ABC123": ("FORD", None, "BLU")}
    others = {  # by plate and sighting: what the other sightings with the plate's reading say
        ("ABC123", 0): (None, None, "RED"),
        ("ABC123", 1): (None, "Focus", None),
        ("ZZZ99", 3): ("TOYT", "Civic LX", None),
        ("ZZZ99", 4): ("HOND", "Civic", "RED"),
        ("ZZZ99", 5): ("HOND", "Civic", "RED"),
        ("ZZZ98", 3): ("HOND", "Civic", "GRN"),
        ("ZZZ98", 4): ("HOND", "Civic", "GRN"),
    }
    pairs = in_words(part, fixed)
    nothing = (None, None, None)
    true = []
    for sighting, plate, entity in pairs.select("sighting", "plate", "entity").iter_rows():
        said = registered.get(plate, nothing) if entity is not None else nothing
        usual = others.get((plate, sighting), USUAL_OF_ALL.get(plate, nothing) if sighting not in (0, 1) else nothing)
        true.append([one if one is not None else other for one, other in zip(said, usual, strict=True)])
    names = ["true_make", "true_model", "true_color"]
    asked = pl.concat(
        [pairs, pl.DataFrame(true, schema=dict.fromkeys(names, pl.String), orient="row")], how="horizontal"
    )
    expected = description_bits(asked, REGISTRY.descriptions, SETTINGS)
    for name in ("bits_make", "bits_model", "bits_color"):
        bits = fixed.descriptions[name].to_numpy()[fixed.description]
        assert bits.tolist() == expected[name].to_list(), name
    assert (expected["bits_make"] != 0).any()


USUAL_OF_ALL = {"ABC123": ("FORD", "Focus", "BLU")}
"""What all sightings with this reading say, the first in order of text of two as common: asked by another reading."""
