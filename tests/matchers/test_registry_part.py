"""A case decoded with the part of the registry that its readings can mean is decoded as with the whole registry."""

from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from loaders.normalize.plates import normalize_plates
from loaders.rows import FrameRows
from matchers.plate_channel import PlateChannel
from matchers.plate_index import PlateIndex
from matchers.plate_settings import PlateSettings
from matchers.registry_part import PlateKeys, entities_near
from matchers.vehicle_registry import Registry
from matchers.vehicles import decode_log
from tests.matchers.plate_world import Noise, World, log_frame, make_world, registry_frame

BADLY_SEEN = Noise(look_alike=0.3, dropped=0.1, added=0.05, swapped=0.05, unreadable=0.5)
SETTINGS = PlateSettings()


@pytest.fixture(scope="module")
def world() -> World:
    made = make_world(cases=12, registered=4_000, noise=BADLY_SEEN)
    cut = pl.when(pl.col("row") % 9 == 0).then(pl.col("plate").str.slice(0, 4)).otherwise("plate")  # an end hidden
    return replace(made, vehicle_log=made.vehicle_log.with_columns(plate=cut))


@pytest.fixture(scope="module")
def registry(world: World) -> Registry:
    return Registry.build(world.dmv)


def part_of(registry: Registry, reads: pl.Series) -> Registry:
    keys = PlateKeys.of(registry)
    near = entities_near(reads, keys.plates, FrameRows(keys.reach)).implode()
    mine = pl.col("entity").is_in(near)
    return replace(registry, entities=registry.entities.filter(mine), rows=registry.rows.filter(mine))


def test_each_case_has_the_same_vehicles(world: World, registry: Registry) -> None:
    lessons = decode_log(world.vehicle_log, registry).lessons
    for _, log in world.vehicle_log.group_by("case_id", maintain_order=True):
        part = part_of(registry, normalize_plates(log["plate"])["plate"])
        assert 0 < part.entities.height < registry.registered // 4
        whole, cut = (decode_log(log, found, lessons=lessons) for found in (registry, part))
        for frame in ("sightings", "readings", "vehicles"):
            assert_frame_equal(getattr(whole, frame), getattr(cut, frame), check_exact=True)


READS = [
    "ABC123",
    "A8C123",
    "ABC12",
    "ABC1234",
    "ACB123",
    "AB?123",
    "A??123",
    "???123",
    "?????3",
    "ABC",
    "C123",
    "",
    "??",
]


@pytest.mark.parametrize("read", READS)
def test_no_plate_that_the_index_finds_is_left_out(read: str) -> None:
    listed = [
        "ABC123",
        "A8C123",
        "ABC12",
        "ABC1234",
        "ABX123",
        "XYZ789",
        "AB?123",
        "A??123",
        "ZABC123",
        "QQ",
        "?",
        None,
    ]
    rows = registry_frame([{"plate": plate, "plate_state": state} for plate in listed for state in ("CO", None)])
    registry = Registry.build(rows)
    index = PlateIndex.build(registry.entities["plate"])
    reads = pl.Series([read])
    found = index.nearest(reads, PlateChannel.of(SETTINGS), SETTINGS)["plate"]
    expected = {*found, *index.beginning_or_ending(reads)["plate"]} | ({read} & set(registry.entities["plate"]))
    assert expected <= set(part_of(registry, reads).entities["plate"])


def test_nothing_read_finds_nothing() -> None:
    registry = Registry.build(registry_frame([{"plate": "ABC123"}]))
    assert part_of(registry, log_frame([{"plate": None}])["plate"]).entities.is_empty()
