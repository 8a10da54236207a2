"""How far a plate may lie from the readings of a case to be weighed, by whose it is."""

import polars as pl
import pytest

from matchers.plate_channel import PlateChannel, encode
from matchers.plate_index import PlateIndex
from matchers.plate_settings import PlateSettings
from matchers.vehicle_candidates import find_candidates
from matchers.vehicle_registry import Registry
from matchers.vehicles import AFFINITY_SCHEMA, read_log
from tests.matchers.plate_world import log_frame, registry_frame

SETTINGS = PlateSettings()
CHANNEL = PlateChannel.of(SETTINGS)
READ, THEIRS = "ABC123", "TBC129"  # two unlike errors: out of reach of the index


def behind(read: str, plate: str) -> float:
    """Bits."""
    own, other = encode(pl.Series([read])), encode(pl.Series([plate]))
    return float(CHANNEL.log2_probability(own, own)[0] - CHANNEL.log2_probability(own, other)[0])


def links(reads: list[str], tie: float) -> set[tuple[str, str]]:
    """Reading and registered plate of every pair to be scored; the registrant belongs to the case by `tie` bits."""
    log = log_frame([{"plate": read, "plate_state": "CO"} for read in reads])
    registry = Registry.build(registry_frame([{"plate": THEIRS}]))
    affinity = pl.DataFrame({"case_id": ["case-1"], "dmv_row": [1], "bits": [tie]}, schema=AFFINITY_SCHEMA)
    index = PlateIndex.build(registry.entities["plate"])
    sightings = read_log(log).with_row_index("sighting")
    found = find_candidates(sightings, registry, index, affinity, CHANNEL, SETTINGS)
    listed = found.plates.filter(pl.col("entity").is_not_null())
    named = found.links.join(listed.select("candidate"), on="candidate")
    return set(named.select("read", "plate").rows())


@pytest.mark.parametrize(
    ("why", "reads", "spare", "found"),
    [
        ("likely enough to be theirs for so far a reading", [READ], 0.1, {READ}),
        ("a bit too far", [READ], -0.1, set()),
        ("near to one reading of the case, so weighed for the far one too", [READ, "TBC123"], -5.0, {READ, "TBC123"}),
    ],
)
def test_a_plate_may_lie_as_much_farther_as_it_is_likelier_to_be_somebodys_of_the_case(
    why: str, reads: list[str], spare: float, found: set[str]
) -> None:
    tie = behind(READ, THEIRS) - SETTINGS.candidate_drop_bits + spare
    assert links(reads, tie) == {(read, THEIRS) for read in found}, why
