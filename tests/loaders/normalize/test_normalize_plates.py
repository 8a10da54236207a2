"""Plates and states as people write them, and the states whose serials a plate fits."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.normalize import plates
from loaders.normalize.plates import VANITY_LENGTHS, format_states, normalize_plates, normalize_states, serial_formats
from loaders.normalize.text import distinct

CASES = Path(__file__).parents[3] / "../shared/cases"


def read(raw: str) -> dict[str, object]:
    return normalize_plates(pl.Series([raw])).row(0, named=True)


def state_of(raw: str) -> object:
    return normalize_states(pl.Series([raw]))["state"].item()


@pytest.mark.parametrize(
    ("raw", "plate", "state"),
    [
        ("ABC-123", "ABC123", None),
        (" abc 123 ", "ABC123", None),
        ("abc·123", "ABC123", None),
        ("1-12345A", "112345A", None),
        ("ABC\n123", "ABC123", None),
        ("ＡＢＣ１２３", "ABC123", None),  # full width
        ("АВС123", "ABC123", None),  # Cyrillic letters drawn like Latin ones
        ("Ñbc 1", "NBC1", None),
        ("A?C*1_3", "A?C?1?3", None),
        ("=2247", "2247", None),
        ("SKI BUM", "SKIBUM", None),
        ("Plate # ABC123", "ABC123", None),
        ("partial ABC1", "ABC1", None),
        ("ABC1?? (partial)", "ABC1??", None),
        ("CO ABC-123", "ABC123", "CO"),
        ("CO ABC12", "ABC12", "CO"),
        ("ABC123 (CO)", "ABC123", "CO"),
        ("ABC123/CO", "ABC123", "CO"),
        ("TX: BBB0001", "BBB0001", "TX"),
        ("Colorado ABC-D12", "ABCD12", "CO"),
        ("7abc123 Calif.", "7ABC123", "CA"),
        ("New Mexico 123-ABC", "123ABC", "NM"),
        ("ABC-123 blue Honda Civic", "ABC123", None),
        ("1TAR HEELS", "1TARHEELS", None),
        # A serial may itself begin or end with two letters that are a state's code.
        ("IL 12345", "IL12345", None),
        ("CO 1234", "CO1234", None),
        ("1234 ME", "1234ME", None),
        ("TAG 123", "TAG123", None),
    ],
)
def test_a_plate_loses_separators_and_gives_up_the_state_written_with_it(
    raw: str, plate: str, state: str | None
) -> None:
    found = read(raw)
    assert (found["plate"], found["written_state"]) == (plate, state)


@pytest.mark.parametrize(
    ("raw", "no_vehicle", "temporary"),
    [
        ("NONE", True, False),
        ("None seen", True, False),
        ("no vehicle", True, False),
        ("No cars in driveway", True, False),
        ("0 cars", True, False),
        ("N/A", True, False),
        ("-", True, False),
        ("", True, False),
        ("empty driveway", True, False),
        ("no plate", False, False),
        ("No front plate", False, False),
        ("unreadable", False, False),
        ("could not read it", False, False),
        ("???", False, False),
        ("2 cars parked in drive at 10pm", False, False),
        ("blue sedan", False, False),
        ("TEMP TAG", False, True),
        ("paper plate", False, True),
    ],
)
def test_no_plate_is_null_and_only_an_empty_look_is_effort(raw: str, no_vehicle: bool, temporary: bool) -> None:
    found = read(raw)
    assert (found["plate"], found["no_vehicle"], found["temporary"]) == (None, no_vehicle, temporary)


def test_a_temporary_tag_keeps_its_number() -> None:
    found = read("CO temp tag 1234567")
    assert (found["plate"], found["written_state"], found["temporary"]) == ("1234567", "CO", True)


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ("CO", "CO"), ("colorado", "CO"), ("Colo.", "CO"), ("Colorodo", "CO"), ("CO - Colorado", "CO"),
        ("US-CO", "CO"), ("Calif", "CA"), ("Virgina", "VA"), ("Virginia (VA)", "VA"), ("West Virginia", "WV"),
        ("W. Va.", "WV"), ("Washington", "WA"), ("Washington, D.C.", "DC"), ("D.C.", "DC"), ("N.Y.", "NY"),
        ("Ontario", "ON"), ("Ont.", "ON"), ("Québec", "QC"), ("BC", "BC"), ("Mexico", "MX"), ("Sonora", "SO"),
        ("Puerto Rico", "PR"),
        ("99", None), ("XX", None), ("CO/WY", None), ("unknown", None), ("", None), ("C", None),
    ],
)  # fmt: skip
def test_states_and_provinces_become_two_letters(raw: str, state: str | None) -> None:
    assert state_of(raw) == state


@pytest.mark.parametrize(
    ("plate", "some", "others"),
    [
        ("ABC123", ["CO", "IA", "MN"], ["CA", "NY"]),
        ("ABCD12", ["CO"], ["TX", "WY"]),
        ("7ABC123", ["CA"], ["CO"]),
        ("BBB0001", ["TX", "NY"], ["CA"]),
        ("1A12345", ["ID"], ["NE"]),
        ("112345", ["WY"], ["CO"]),
        ("1234GA", ["ME"], ["CO"]),
        ("?ABC123", ["CA"], ["CO"]),
        ("SKIBUM1", [], ["CO"]),
    ],
)
def test_formats_name_the_states_that_a_plate_fits(plate: str, some: list[str], others: list[str]) -> None:
    states = format_states(pl.Series([plate]))["states"].item().to_list()
    assert set(some) <= set(states)
    assert not set(others) & set(states)
    assert states == sorted(states)


def test_unreadable_characters_only_widen_the_states() -> None:
    known = set(format_states(pl.Series(["ABC123"]))["states"].item())
    assert known < set(format_states(pl.Series(["???123"]))["states"].item())


def test_serial_formats_cover_every_state_and_stay_within_a_plate() -> None:
    formats = serial_formats()
    assert formats["state"].n_unique() >= 51
    assert formats.equals(formats.unique().sort("state", "shape"))
    assert formats["shape"].str.contains(r"^[LD]+$").all()
    assert formats["shape"].str.len_chars().max() in VANITY_LENGTHS
    colorado = formats.filter(pl.col("state") == "CO")["shape"].to_list()
    assert {"DDDLLL", "LLLDDD", "LLLLDD", "LLLDDDD"} <= set(colorado)


plate_like = st.text(alphabet=" -.?*_/(),:#ABCOTXZ0189éПＡ\n", max_size=14) | st.text(max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(plate_like | st.none(), max_size=12))
def test_any_text_reads_once_per_distinct_value_and_reads_again_as_itself(raw: list[str | None]) -> None:
    series = pl.Series(raw, dtype=pl.String)
    found = normalize_plates(series)
    assert found["raw"].to_list() == sorted({text for text in raw if text is not None}, key=str.encode)
    known_plates = found["plate"].drop_nulls()
    assert known_plates.str.contains(r"^[A-Z0-9?]+$").all()
    again = normalize_plates(known_plates)
    assert again["plate"].to_list() == again["raw"].to_list()
    states = normalize_states(series)
    assert states.height == found.height
    known = states["state"].drop_nulls()
    assert normalize_states(known)["state"].to_list() == known.unique().sort().to_list()
    assert found.equals(normalize_plates(series.reverse()))
    assert format_states(series)["states"].null_count() == 0


serial_like = st.text(alphabet="ABCOTX0189?- ·", min_size=2, max_size=8) | st.sampled_from(
    ["0CARS", "TAG 123", "123 COLO"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(serial_like, min_size=1, max_size=30))
def test_clean_serials_read_the_same_on_the_short_path(raw: list[str]) -> None:
    series = pl.Series(raw)
    assert normalize_plates(series).equals(plates._read_irregular(distinct(series)))


def test_tickets_keep_their_plates_and_fit_the_registering_state() -> None:
    path = CASES / "parking_tickets_nyc/tickets.csv"
    if not path.exists():
        pytest.skip("ticket extract is not in this checkout")
    tickets = pl.read_csv(path, infer_schema=False).filter(pl.col("Plate Type") == "PAS")
    read_plates = normalize_plates(tickets["Plate ID"])
    assert read_plates["plate"].to_list() == read_plates["raw"].to_list()
    fits = tickets.join(format_states(tickets["Plate ID"]), left_on="Plate ID", right_on="plate")
    new_york = fits.filter(pl.col("Registration State") == "NY")
    assert new_york["states"].list.contains("NY").sum() >= 0.97 * new_york.height


def test_machine_reads_keep_every_letter_and_digit_of_the_plate() -> None:
    path = CASES / "plate_reads_rapidocr/reads.csv"
    if not path.exists():
        pytest.skip("machine reads are not in this checkout")
    reads = pl.read_csv(path, infer_schema=False).filter(pl.col("raw_read").is_not_null())
    found = reads.join(normalize_plates(reads["raw_read"]), left_on="raw_read", right_on="raw")
    truth = found.filter(pl.col("raw_read").str.replace_all("[^A-Z0-9]", "") == pl.col("true_plate"))
    assert truth.height > 150
    assert truth["plate"].to_list() == truth["true_plate"].to_list()
