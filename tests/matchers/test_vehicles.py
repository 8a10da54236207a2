"""Logged plates -> vehicles -> registrations: what a house's log is taken to say."""

import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rapidfuzz.distance import OSA

from loaders.normalize.plates import normalize_plates, serial_formats
from matchers.vehicle_frames import BITS
from matchers.vehicles import Vehicles, decode_frames
from tests.matchers.plate_world import (
    DIGITS,
    LETTERS,
    Noise,
    World,
    log_frame,
    make_world,
    random_plates,
    registry_frame,
)

READS = Path(__file__).parents[2] / "../shared/cases"
NIGHT = dt.time(2, 0)
DAY = dt.date(2007, 3, 1)


@cache
def neighbours() -> tuple[str, ...]:
    """Plates of other people, so that a registry of a few rows is not the whole world."""
    return tuple(random_plates(np.random.default_rng(9), 400))


def registry(*rows: dict[str, object] | str) -> pl.DataFrame:
    mine: list[dict[str, object]] = [{"plate": row} if isinstance(row, str) else row for row in rows]
    others: list[dict[str, object]] = [{"plate": plate} for plate in neighbours()]
    return registry_frame(mine + others)


def read(*rows: dict[str, object] | str | None, state: str | None = "CO") -> pl.DataFrame:
    """A log of one case, one look a day: a plate, a row of cells, or None for a look that saw nothing."""
    cells: list[dict[str, object]] = [
        row if isinstance(row, dict) else {"plate": row, "plate_state": state if row else None} for row in rows
    ]
    return log_frame([{"observed_time": NIGHT, **cell} for cell in cells])


def plates_of(answer: Vehicles) -> list[tuple[str, bool]]:
    rows = answer.vehicles.select("plate", pl.col("p_registered") > 0.5).rows()
    return [(plate, registered) for plate, registered in rows]


@pytest.mark.parametrize(
    ("why", "log", "listed", "vehicles"),
    [
        ("a clean reading", ["ABC123"], ["ABC123"], [("ABC123", True)]),
        ("a look-alike", ["A8C123"], ["ABC123"], [("ABC123", True)]),
        ("a dropped character", ["ABC13"], ["ABC123"], [("ABC123", True)]),
        ("an unreadable character", ["AB?123"], ["ABC123"], [("ABC123", True)]),
        ("a plate of nobody's", ["QRS777"], ["ABC123"], [("QRS777", False)]),
        ("repeated readings vote", ["ABC123"] * 4 + ["AXC723"], ["ABC123"], [("ABC123", True)]),
        ("also for a plate not registered", ["QRS777"] * 4 + ["QR5777"], [], [("QRS777", False)]),
        ("two look-alike cars, each seen often", ["ABC123"] * 5 + ["A8C123"] * 5, ["ABC123", "A8C123"], None),
        ("a fragment of a plate often seen", ["QRS777"] * 4 + ["QRS"], [], [("QRS777", False)]),
    ],
)
def test_which_vehicles_a_log_shows(
    why: str, log: list[str], listed: list[str], vehicles: list[tuple[str, bool]] | None
) -> None:
    expected = vehicles or [(plate, True) for plate in sorted(listed)]
    assert plates_of(decode_frames(read(*log), registry(*listed))) == expected, why


def test_correction_that_lowers_the_number_of_vehicles_is_shown() -> None:
    vehicles = decode_frames(read("ABC123", "ABC123", "A8C123", "ABC12?"), registry("ABC123")).vehicles
    assert vehicles.select("plate", "sightings", "merged_reads").rows() == [("ABC123", 4, 3)]
    assert vehicles["vehicle_id"].to_list() == ["case-1/CO-ABC123"]


def test_two_plates_in_one_look_are_two_vehicles() -> None:
    one_by_one = ["QRS777", "QRS777", "QRS771"]
    assert len(decode_frames(read(*one_by_one), registry()).vehicles) == 1
    together: list[dict[str, object]] = [
        {"plate": plate, "plate_state": "CO", "observed_date": DAY, "observer": "R1"} for plate in ("QRS777", "QRS771")
    ]
    apart = decode_frames(read(*together, {**together[0], "observed_date": DAY + dt.timedelta(1)}), registry())
    assert [plate for plate, _ in plates_of(apart)] == ["QRS771", "QRS777"]


@pytest.mark.parametrize(
    ("what", "cells", "plate"),
    [
        ("make", {"make": "Toyota"}, "ABD123"),
        ("colour", {"color": "red"}, "ABD123"),
        ("make and model", {"make": "HONDA", "model": "civic"}, "ABE123"),
    ],
)
def test_a_description_decides_between_plates_equally_near(what: str, cells: dict[str, object], plate: str) -> None:
    listed: list[dict[str, object]] = [
        {"plate": "ABD123", "make": "TOYT", "model": "CAMRY", "color": "RED"},
        {"plate": "ABE123", "make": "HOND", "model": "CIVIC", "color": "BLU"},
    ]
    log = read({"plate": "AB?123", "plate_state": "CO", **cells})
    best = decode_frames(log, registry(*listed)).readings.row(0, named=True)
    assert (best["plate"], best["p_match"] > 0.6) == (plate, True), what


def test_an_owner_who_belongs_to_the_case_decides_between_plates_equally_near() -> None:
    log, listed = read("AB?123"), registry("ABD123", "ABE123")
    before = decode_frames(log, listed).readings.filter(pl.col("dmv_row") == 2)["p_match"].item()
    affinity = pl.DataFrame({"case_id": ["case-1"], "dmv_row": [2], "bits": [8.0]})
    best = decode_frames(log, listed, affinity).readings.row(0, named=True)
    assert before < 0.6
    assert (best["plate"], best["bits_affinity"]) == ("ABE123", 8.0)
    assert best["p_match"] > 0.95


def test_the_written_state_decides_between_states() -> None:
    listed = registry("ABC123", {"plate": "ABC123", "plate_state": "WY"})
    best = decode_frames(read("ABC123", state="WY"), listed).readings.row(0, named=True)
    assert (best["plate_state"], best["dmv_row"]) == ("WY", 2)


@pytest.mark.parametrize(
    ("seen_on", "dmv_row"),
    [(dt.date(2005, 6, 1), 1), (dt.date(2007, 6, 1), 2), (dt.date(2009, 6, 1), 2), (dt.date(2001, 1, 1), 2)],
)
def test_the_registration_valid_on_the_day_speaks_else_the_latest(seen_on: dt.date, dmv_row: int) -> None:
    spans = [(dt.date(2004, 1, 1), dt.date(2005, 12, 31)), (dt.date(2007, 1, 1), dt.date(2007, 12, 31))]
    rows: list[dict[str, object]] = [
        {"plate": "ABC123", "registered_from": start, "registered_to": end} for start, end in spans
    ]
    log = read({"plate": "ABC123", "plate_state": "CO", "observed_date": seen_on})
    assert decode_frames(log, registry(*rows)).readings["dmv_row"].to_list()[0] == dmv_row


def test_rows_without_a_plate_are_effort_or_descriptions_or_unread() -> None:
    log = read(
        None,
        "NONE",
        "???",
        *["ABC123"] * 4,
        {"make": "HONDA", "model": "Civic", "color": "silver"},
        {"make": "FORD", "color": "red"},
    )
    listed = registry({"plate": "ABC123", "make": "HONDA", "model": "CIVIC", "color": "SILVER"})
    sightings = decode_frames(log, listed).sightings
    assert sightings["is_effort"].to_list() == [True, True] + [False] * 7
    assert sightings["vehicle_id"].to_list() == [None] * 3 + ["case-1/CO-ABC123"] * 5 + [None]


def test_a_description_is_not_given_to_a_car_that_stood_beside_it() -> None:
    rows: list[dict[str, object]] = [
        {"plate": "ABC123", "plate_state": "CO", "observed_date": DAY + dt.timedelta(day)} for day in range(3)
    ]
    beside = {"make": "HONDA", "color": "silver", "observed_date": DAY}
    listed = registry({"plate": "ABC123", "make": "HONDA", "color": "SILVER"})
    assert decode_frames(read(*rows, beside), listed).sightings["vehicle_id"].to_list()[-1] is None


def test_exact_duplicates_count_once_and_get_the_readings_of_the_first() -> None:
    log = read("ABC123", "ABC123").with_columns(duplicate_of=pl.Series([None, 1], dtype=pl.UInt32))
    answer = decode_frames(log, registry("ABC123"))
    assert answer.vehicles["sightings"].to_list() == [1]
    first, second = (answer.readings.filter(pl.col("log_row") == row).drop("log_row") for row in (1, 2))
    assert first.equals(second)


@pytest.mark.parametrize("log", [read(), read(None), read("ABC123", None)])
@pytest.mark.parametrize("listed", [registry_frame([]), registry_frame([{"plate": "ABC123"}])])
def test_empty_sources_give_frames_with_the_same_columns(log: pl.DataFrame, listed: pl.DataFrame) -> None:
    full, answer = decode_frames(read("ABC123"), registry("ABC123")), decode_frames(log, listed)
    for name in ("sightings", "readings", "vehicles"):
        assert getattr(answer, name).schema == getattr(full, name).schema
    assert len(answer.sightings) == len(log)


@cache
def noisy_world() -> tuple[World, Vehicles]:
    """Reads twice as bad as the prior says, a third of the cars not registered."""
    noise = Noise(look_alike=0.15, other_character=0.06, dropped=0.04, unreadable=0.1, blank_state=0.3)
    world = make_world(cases=60, registered=40_000, noise=noise, looks=12, seed=5, registered_share=0.65)
    return world, decode_frames(world.vehicle_log, world.dmv)


def judged(world: World, answer: Vehicles) -> pl.DataFrame:
    """The readings with `right`: this plate, and registered if and only if it is."""
    same = (pl.col("plate") == pl.col("true_plate")) & (pl.col("dmv_row").is_not_null() == pl.col("registered"))
    return answer.readings.join(world.truth, on=["case_id", "log_row"], maintain_order="left").with_columns(right=same)


def first_right(rows: pl.DataFrame) -> float:
    return float(rows.group_by("case_id", "log_row").agg(pl.col("right").first())["right"].mean())  # type: ignore[arg-type]


def calibration_error(rows: pl.DataFrame) -> float:
    """Expected calibration error over ten bins."""
    bins = rows.group_by((pl.col("p_match") * 10).floor().clip(0, 9)).agg(
        pl.len(), stated=pl.col("p_match").mean(), true=pl.col("right").mean()
    )
    return float(
        bins.select((pl.col("len") * (pl.col("stated") - pl.col("true")).abs()).sum() / pl.col("len").sum()).item()
    )


def test_probabilities_of_a_row_sum_to_at_most_one_and_follow_from_the_bits() -> None:
    readings = noisy_world()[1].readings
    totals = readings.group_by("case_id", "log_row").agg(pl.col("p_hypothesis").sum(), pl.col("p_match").sum())
    assert totals["p_hypothesis"].max() <= 1 + 1e-9  # type: ignore[operator]
    assert (readings["p_match"] <= readings["p_hypothesis"]).all()
    assert np.allclose(readings.select(pl.sum_horizontal(BITS)).to_series(), readings["bits_total"])
    odds = readings.select(
        pl.col("p_hypothesis").log(2) - pl.col("bits_total"),
        row=pl.struct("case_id", "log_row"),
    )
    spread = odds.group_by("row").agg(pl.col("p_hypothesis").max() - pl.col("p_hypothesis").min())
    assert spread["p_hypothesis"].max() == pytest.approx(0.0, abs=1e-6)


def test_stated_probabilities_hold_in_a_city_with_other_error_rates() -> None:
    rows = judged(*noisy_world())
    assert calibration_error(rows) < 0.03
    assert first_right(rows) > 0.97
    false_claims = rows.filter(
        pl.col("dmv_row").is_not_null() & (pl.col("p_match") >= 0.5) & ~pl.col("registered")
    ).height
    assert false_claims / rows.filter(~pl.col("registered")).n_unique(["case_id", "log_row"]) < 0.02


def test_the_city_teaches_its_rates() -> None:
    world, answer = noisy_world()
    # 0.15 * 0.77 (plates with a look-alike) + 0.06, over 6 characters
    assert answer.rates.channel.substitution == pytest.approx(0.03, rel=0.4)
    assert answer.rates.channel.unreadable == pytest.approx(0.1 / 6, rel=0.3)
    known = answer.states.filter(pl.col("state") == "CO")["registered"].item()
    cars = world.truth.drop_nulls("car").unique("car")
    assert known == pytest.approx(cars["registered"].mean(), abs=0.05)


def test_decoding_a_case_together_beats_reading_by_reading() -> None:
    world, together = noisy_world()
    alone = world.vehicle_log.with_columns(case_id=pl.format("{}:{}", "case_id", "row"))
    truth = world.truth.with_columns(case_id=pl.format("{}:{}", "case_id", "log_row"))
    singly = decode_frames(alone, world.dmv)
    errors_together = 1 - first_right(judged(world, together))
    errors_singly = 1 - first_right(judged(World(alone, world.dmv, truth), singly))
    assert errors_together < 0.25 * errors_singly
    cars = world.truth["car"].n_unique() - 1
    assert len(together.vehicles) == pytest.approx(cars, rel=0.02)
    assert world.vehicle_log.select("case_id", "plate").n_unique() > 1.8 * cars


def test_the_order_of_the_rows_does_not_matter() -> None:
    world, answer = noisy_world()
    again = decode_frames(world.vehicle_log.reverse(), world.dmv.sample(fraction=1.0, shuffle=True, seed=1))
    for name in ("sightings", "readings", "vehicles"):
        assert getattr(answer, name).equals(getattr(again, name)), name


def test_a_case_with_thousands_of_plates_is_decoded_in_bounded_time() -> None:
    plates = random_plates(np.random.default_rng(12), 3_000)
    log = log_frame([{"plate": plate, "plate_state": "CO"} for plate in plates])
    answer = decode_frames(log, registry(*plates[:1_000]))
    claims = answer.readings.filter(pl.col("dmv_row").is_not_null() & (pl.col("p_match") > 0.5))
    assert claims.height == pytest.approx(1_000, abs=10)
    assert len(answer.vehicles) > 2_980


@pytest.mark.parametrize("text", ["?", "A", "A" * 500, "ÄÖÜ-12", "🚗 ABC", "';--", "0", "A?", "ABC123 \n ABC"])
def test_no_text_in_the_plate_cell_stops_the_decoder(text: str) -> None:
    answer = decode_frames(read(text, "ABC123", text), registry("ABC123"))
    assert answer.sightings["log_row"].to_list() == [1, 2, 3]
    assert answer.readings.filter(pl.col("log_row") == 2)["dmv_row"].to_list()[0] == 1


def random_registry(count: int) -> list[dict[str, object]]:
    """Plates of all states' formats."""
    rng = np.random.default_rng(11)
    formats = serial_formats().rows()
    letters, digits = rng.integers(0, 26, (count, 8)), rng.integers(0, 10, (count, 8))
    chosen = rng.integers(0, len(formats), count)
    rows: list[dict[str, object]] = []
    for row, (state, shape) in enumerate(formats[i] for i in chosen):
        text = [LETTERS[letters[row, i]] if kind == "L" else DIGITS[digits[row, i]] for i, kind in enumerate(shape)]
        rows.append({"plate": "".join(text), "plate_state": state})
    return rows


@pytest.mark.skipif(not READS.exists(), reason="test-only readings are not beside the repository")
def test_real_machine_readings_find_their_plates_among_100_000_others() -> None:
    trained = pl.read_csv(READS / "plate_reads_openalpr/reads.csv", infer_schema=False)
    general = pl.read_csv(READS / "plate_reads_rapidocr/reads.csv", infer_schema=False)
    rows = pl.concat(
        [
            trained.select("plate_state", "true_plate", read="ocr_read"),
            general.select("plate_state", "true_plate", read="raw_read"),
        ]
    ).drop_nulls("read")
    for name in ("true_plate", "read"):
        clean = normalize_plates(rows[name]).select("raw", "plate")
        rows = rows.join(clean.rename({"raw": name, "plate": f"{name}_norm"}), on=name, maintain_order="left")
    rows = rows.drop_nulls(["true_plate_norm"]).with_row_index("n")
    owned = rows.select("true_plate", "plate_state").unique(maintain_order=True).rows()
    listed = [{"plate": plate, "plate_state": state} for plate, state in owned]
    log = log_frame(
        [{"case_id": f"{n:05d}", "plate": text, "plate_state": state} for n, state, _, text, *_ in rows.iter_rows()]
    )
    answer = decode_frames(log, registry_frame([*listed, *random_registry(100_000)]))
    first = answer.readings.group_by("case_id", maintain_order=True).first().select("case_id", "plate", "p_match")
    judged_rows = rows.with_columns(case_id=pl.col("n").cast(pl.String).str.zfill(5)).join(
        first, on="case_id", how="left", maintain_order="left"
    )
    edits = [
        OSA.distance(text or "", true) for text, true in judged_rows.select("read_norm", "true_plate_norm").iter_rows()
    ]
    right = (judged_rows["plate"] == judged_rows["true_plate_norm"]).fill_null(False)
    near = pl.Series(edits) <= 1
    assert right.filter(near).mean() >= 0.97  # type: ignore[operator]
    assert right.mean() >= 0.85  # type: ignore[operator]
    assert (
        calibration_error(
            judged_rows.drop_nulls("p_match").with_columns(right=right.filter(judged_rows["p_match"].is_not_null()))
        )
        < 0.05
    )
