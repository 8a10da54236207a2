"""A log decoded in parts of whole cases is decoded as in one: the same frames, and the same things learned."""

import pytest
from polars.testing import assert_frame_equal

from matchers import vehicle_parts
from matchers.vehicles import decode_frames
from tests.matchers.plate_world import Noise, World, make_world

BADLY_SEEN = Noise(look_alike=0.3, dropped=0.1, added=0.05, swapped=0.05, unreadable=0.5)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(cases=9, registered=2_000, noise=BADLY_SEEN)


@pytest.mark.parametrize("sightings", [1, 150])
def test_parts_of_a_log_are_the_log(sightings: int, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = decode_frames(world.vehicle_log, world.dmv)
    monkeypatch.setattr(vehicle_parts, "_SIGHTINGS", sightings)
    parts = decode_frames(world.vehicle_log, world.dmv)
    for frame in ("sightings", "readings", "vehicles", "states"):
        assert_frame_equal(getattr(whole, frame), getattr(parts, frame), check_exact=True)
    assert whole.rates == parts.rates


def test_a_log_without_rows_is_one_part_without_rows(world: World) -> None:
    nothing = decode_frames(world.vehicle_log.clear(), world.dmv)
    assert nothing.sightings.is_empty()
    assert nothing.readings.is_empty()
    assert nothing.vehicles.is_empty()
