"""What is known of a plate before it is read: who is registered, and which serials stand in no registry."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.plate_channel import ALPHABET, PlateChannel
from matchers.plate_prior import PlatePrior
from matchers.plate_settings import PlateSettings
from matchers.plate_unlisted import learned_kinds
from matchers.vehicle_rates import learn_lost_end, lost_ends
from matchers.vehicles import decode_frames
from tests.matchers.plate_world import log_frame, random_plates, registry_frame

SETTINGS = PlateSettings()
CHANNEL = PlateChannel.of(SETTINGS)
STATES = ("CO", "KS", "NE", "NM", "UT", "WY")


def prior(states: tuple[str, ...] = ("CO",), plates: int = 600) -> PlatePrior:
    """States of the registry, as many plates of each; the log was written in the same."""
    listed = pl.DataFrame({"plate": random_plates(np.random.default_rng(1), plates)})
    listed = listed.with_columns(state=pl.Series([states[i % len(states)] for i in range(plates)]))
    return PlatePrior.estimate(pl.Series([*states] * 3), listed, SETTINGS)


def vehicles(states: list[str | None], p_registered: float) -> pl.DataFrame:
    """One vehicle a state, registered there with this probability, else unlisted in the usual kinds."""
    both = [(owner, state, True, p_registered) for owner, state in enumerate(states)]
    both += [(owner, state, False, 1 - p_registered) for owner, state in enumerate(states)]
    schema = {"owner": pl.Int64, "state": pl.String, "registered": pl.Boolean, "probability": pl.Float64}
    frame = pl.DataFrame(both, schema=schema, orient="row")
    return frame.with_columns(p_other=pl.lit(0.1), p_personal=pl.lit(0.05))


def share(states: pl.DataFrame) -> float:
    return float(states.select((pl.col("share") * pl.col("registered")).sum()).item())


@pytest.mark.parametrize(
    ("why", "found", "low", "high"),
    [
        ("each vehicle surely found", 1 - 1e-9, 0.9, 1.0),
        ("none found", 1e-9, 0.0, 0.1),
        (
            "chance neighbours only: likelier registered than not at the prior share, in no vehicle for sure",
            0.3,
            0.0,
            0.2,
        ),
    ],
)
def test_a_few_vehicles_of_each_state_together_tell_how_many_are_registered(
    why: str, found: float, low: float, high: float
) -> None:
    learned = prior(STATES).learned(vehicles([*STATES] * 8, found), SETTINGS)
    assert low <= share(learned.states) <= high, why


def test_an_extract_of_one_state_says_nothing_of_the_others() -> None:
    learned = prior(("CO",)).learned(vehicles(["CO"] * 40, 1 - 1e-9), SETTINGS)
    registered = dict(learned.states.select("state", "registered").iter_rows())
    assert registered["CO"] > 0.9
    assert registered["WY"] == 0.0


@given(st.lists(st.sampled_from([*STATES, None]), min_size=1, max_size=20), st.floats(0.0, 1.0))
@settings(max_examples=25, deadline=None)
def test_learned_shares_are_shares(states: list[str | None], found: float) -> None:
    learned = prior(STATES).learned(vehicles(states, found), SETTINGS)
    assert learned.states["registered"].is_between(0.0, 1.0).all()
    assert sum(learned.kinds) == pytest.approx(1.0)
    assert min(learned.kinds) > 0


def masses(*plates: str, state: str | None = "CO") -> dict[str, dict[str, float]]:
    reads = pl.DataFrame(
        {"plate": plates, "state": [state] * len(plates)}, schema={"plate": pl.String, "state": pl.String}
    )
    return {row["plate"]: row for row in prior().unregistered_bits(reads, CHANNEL).iter_rows(named=True)}


@pytest.mark.parametrize(
    ("likelier", "rarer", "why"),
    [
        ("ABC123", "12ABC3", "a format of the state, before a series of no table"),
        ("123ABCD", "1A2B3C4", "a format of some other state, before a series of no table"),
        ("1A2345", "BQXWKZ", "a series of no table has few serials, personalised plates have all"),
    ],
)
def test_which_unlisted_plate_is_likelier(likelier: str, rarer: str, why: str) -> None:
    found = masses(likelier, rarer)
    assert found[likelier]["bits"] > found[rarer]["bits"], why


@pytest.mark.parametrize("state", ["CO", None])
def test_a_fragment_is_more_probably_the_end_of_a_longer_plate(state: str | None) -> None:
    found = masses("123", "ABC123", state=state)
    assert found["123"]["p_lost"] > 0.5
    assert found["123"]["p_exact"] < 0.5
    assert found["ABC123"]["p_exact"] > 0.7


@given(st.text(ALPHABET + "?", min_size=1, max_size=9), st.sampled_from(["CO", "TX", None]))
@settings(max_examples=25, deadline=None)
def test_the_parts_of_an_unlisted_mass_are_parts(plate: str, state: str | None) -> None:
    row = masses(plate, state=state)[plate]
    assert row["bits"] < 0
    for part in ("p_exact", "p_other", "p_personal", "p_lost"):
        assert 0 <= row[part] <= 1 + 1e-9, part
    assert row["p_other"] + row["p_personal"] + row["p_lost"] <= 1 + 1e-9
    assert (row["p_exact"] == 0) == ("?" in plate)


@given(st.floats(0, 500), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_kinds_move_from_the_settings_to_what_is_counted(vehicles: float, other: float, personal: float) -> None:
    other, personal = other / 2, personal / 2
    own, now, text = learned_kinds((vehicles, vehicles * other, vehicles * personal), SETTINGS)
    assert own + now + text == pytest.approx(1.0)
    first = SETTINGS.other_format_share
    assert min(first, other) - 1e-9 <= now <= max(first, other) + 1e-9


def test_ends_that_are_lost_are_counted_though_no_plate_can_be_named() -> None:
    pairs = pl.DataFrame(
        {
            "missing": [None, None, 3, None],  # read: ABC, ABC123, 123 of ABC123, XYZ123
            "weight": [1.0, 1.0, 1.0, 1.0],
            "p_lost": [0.9, 0.0, 0.0, 0.0],
        }
    )
    expected = (1.9 + 1) / (2 * 4 + 1 / SETTINGS.rates.lost_end)
    assert learn_lost_end(lost_ends(pairs), 4, SETTINGS) == pytest.approx(expected)


def test_a_registry_of_other_people_claims_none_of_the_cars_of_a_street() -> None:
    """Cars of a series that no table gives, each seen once, none registered; one in four has a neighbour by chance."""
    rng = np.random.default_rng(4)
    letters, digits = list("ABCDEFGHKLM"), list("0123456789")
    street = ["".join([*rng.choice(digits, 2), *rng.choice(letters, 3), *rng.choice(digits, 1)]) for _ in range(120)]
    listed: list[dict[str, object]] = [
        {"plate": plate, "plate_state": STATES[i % 6]} for i, plate in enumerate(random_plates(rng, 30_000))
    ]
    listed += [
        {"plate": f"{plate[:-1]}X", "plate_state": STATES[i % 6]} for i, plate in enumerate(street) if i % 4 == 0
    ]
    log = log_frame(
        [{"case_id": f"c{i}", "plate": plate, "plate_state": STATES[(i + 1) % 6]} for i, plate in enumerate(street)]
    )
    answer = decode_frames(log, registry_frame(listed))
    claims = answer.readings.filter(pl.col("dmv_row").is_not_null() & (pl.col("p_match") >= 0.5))
    assert claims.height <= 0.02 * len(street)
    assert share(answer.states) < 0.1
    assert answer.rates.channel.substitution < 0.04  # chance neighbours do not teach that the street is misread


def test_the_first_reading_of_a_row_is_the_one_with_the_highest_p_match() -> None:
    log = log_frame([{"plate": plate, "plate_state": "CO"} for plate in ("ABC", "AB?123", "ABC123")])
    readings = decode_frames(log, registry_frame([{"plate": f"AB{c}123"} for c in "CDE"])).readings
    for _, rows in readings.group_by("log_row"):
        assert rows["p_match"].is_sorted(descending=True)
