"""What a decision on a reading makes of it: this registered vehicle, or any but this one."""

import datetime as dt

import polars as pl
import pytest

from matchers.judged_plates import JUDGED_PLATES
from matchers.vehicle_registry import Registry
from matchers.vehicles import Vehicles, decode_log
from tests.matchers.plate_world import log_frame, registry_frame

DAY = dt.date(2007, 3, 1)
LISTED = ["ABC123", "ABC128", "XYZ789"]
"""Registrations 1, 2 (one character off the first) and 3 (far from both)."""


def decoded(reads: list[str], *decisions: tuple[int, int, bool], lessons: bool = False) -> Vehicles:
    """A log of one case, one look a day, with decisions: log row, registration, whether it is."""
    rows: list[dict[str, object]] = [
        {"plate": read, "plate_state": "CO", "observed_date": DAY + dt.timedelta(number), "observed_time": dt.time(2)}
        for number, read in enumerate(reads)
    ]
    registry = Registry.build(registry_frame([{"plate": plate} for plate in LISTED]))
    judged = pl.DataFrame(decisions, schema=JUDGED_PLATES, orient="row")
    taught = decode_log(log_frame(rows), registry).lessons if lessons else None
    return decode_log(log_frame(rows), registry, judged=judged, lessons=taught)


def taken_for(found: Vehicles, log_row: int) -> tuple[int | None, float]:
    """The registration of the vehicle that a row of the log is taken for, and how surely it is that vehicle's."""
    row = found.sightings.filter(pl.col("log_row") == log_row).join(
        found.vehicles.select("case_id", "vehicle_id", "dmv_row"), on=["case_id", "vehicle_id"], how="left"
    )
    return row["dmv_row"][0], float(row["p_vehicle"][0])


@pytest.mark.parametrize("lessons", [False, True], ids=["learned here", "learned elsewhere"])
@pytest.mark.parametrize(
    ("why", "reads", "decisions", "log_row", "dmv_row"),
    [
        ("as read, without a decision", ["ABC123"], [], 1, 1),
        ("a likelier neighbour gives way", ["ABC123"], [(1, 2, True)], 1, 2),
        ("a plate out of all reach is taken", ["ABC123"], [(1, 3, True)], 1, 3),
        ("against any number of other sightings", ["ABC123"] * 30, [(7, 3, True)], 7, 3),
        ("which keep theirs", ["ABC123"] * 30, [(7, 3, True)], 8, 1),
        ("a rejected one is not taken", ["ABC123"], [(1, 1, False), (1, 2, False)], 1, None),
        ("nor with all its company", ["ABC123"] * 30, [(7, 1, False), (7, 2, False)], 7, None),
        ("which stays what it was", ["ABC123"] * 30, [(7, 1, False), (7, 2, False)], 8, 1),
        ("confirmed and others rejected", ["ABC123"], [(1, 1, False), (1, 2, True)], 1, 2),
        ("a row that is not there binds nothing", ["ABC123"], [(9, 3, True)], 1, 1),
        ("a registration that is not there binds nothing", ["ABC123"], [(1, 9, True)], 1, 1),
    ],
)
def test_which_vehicle_a_judged_reading_is(
    why: str, reads: list[str], decisions: list[tuple[int, int, bool]], log_row: int, dmv_row: int | None, lessons: bool
) -> None:
    found = decoded(reads, *decisions, lessons=lessons)
    taken, p = taken_for(found, log_row)
    assert taken == dmv_row, why
    if any(same and row == log_row for row, _, same in decisions):
        assert p == 1.0


@pytest.mark.parametrize("decision", [(1, 3, True), (1, 1, False), (1, 2, False)])
def test_what_is_left_of_a_reading_adds_up_and_its_evidence_is_as_it_was(decision: tuple[int, int, bool]) -> None:
    before, found = (decoded(["ABC12?"], *decisions, lessons=True) for decisions in ((), (decision,)))
    shares = found.readings["p_hypothesis"].sum()
    assert shares == pytest.approx(1.0, abs=1e-3)
    rejected = [] if decision[2] else [decision[1]]
    assert not set(rejected).intersection(found.readings["dmv_row"].drop_nulls())
    same = ["plate", "bits_channel", "bits_make"]
    both = found.readings.select(same).join(before.readings.select(same), on="plate")
    assert both["bits_channel"].to_list() == both["bits_channel_right"].to_list()


def test_a_rejected_plate_leaves_the_reading_as_another_car_of_that_plate() -> None:
    found = decoded(["ABC123"], (1, 1, False), (1, 2, False))
    [car] = found.vehicles.to_dicts()
    assert (car["plate"], car["p_registered"]) == ("ABC123", 0.0)


def test_no_rate_is_learned_from_a_judged_reading() -> None:
    reads = ["ABC123"] * 12 + ["XYZ789"] * 12
    assert decoded(reads, (1, 3, True)).rates.channel == decoded(reads[1:]).rates.channel
