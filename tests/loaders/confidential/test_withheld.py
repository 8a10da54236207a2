"""The law: a city with a participant's rows loads as the city without them, whatever their number and place.

The participant's rows are put into a made-up city at random places; nothing of them may be left, and every other row
keeps its number in the file.
"""

import csv
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from loaders.city import City, load
from loaders.overlay import overlay

HEADERS = {
    "cases": "case_id,subject_address,opened_on,owner_manager_name,observations",
    "vehicle_log": "case_id,observed_at,plate,plate_state,observer,note",
    "dmv_registrations": "plate,plate_state,owner_name,owner_address,co_owner_name,owner_dob,vin",
    "lease_disclosures": "address,case_id,name,date_of_birth",
    "utility_billing": "account_id,service_address,billing_name,service_from",
    "utility_usage": "account_id,month,usage,unit",
    "university_addresses": "student_id,name,address,date_of_birth",
    "assessor": "parcel_id,situs_address,owner_name,owner_mailing_address,bedrooms,exemption",
}
OTHERS = {
    "cases": ["C1|12 Oak St|2007-04-03|Sue Poe|two cars", "C2|14 Oak St|2007-05-03||"],
    "vehicle_log": [
        "C1|2007-04-05 22:00|AAA111|CO|neighbor|",
        "C1|2007-04-06 22:00|A?A11?|CO|neighbor|late",
        "C1|2007-04-07 22:00||||nobody",
        "C2|2007-13-07 22:00|AAA112|CO||",
    ],
    "dmv_registrations": ["AAA111|CO|Poe, Sue|12 Oak St|Poe, Joe|1970-01-02|V1", "AAA111|WY|Roe, Jane|3 Elm St|||V2"],
    "lease_disclosures": ["12 Oak St|C1|Sue Poe|1970-01-02", "14 Oak St|C2|Jane Roe|"],
    "utility_billing": ["A1|12 Oak St|Poe S|2006-01-01", "A2|14 Oak St|Roe Jane|2006-02-30"],
    "utility_usage": ["A1|2007-01|3000|gal", "A2|2007-01|2000|gal"],
    "university_addresses": ["S1|Roe, Jane|14 Oak St|1985-05-05", "S2|Doe, John|16 Oak St|"],
    "assessor": ["P1|12 Oak St|Poe Sue|12 Oak St|3|", "P2|14 Oak St|Roe Jane|14 Oak St|2|"],
}
# What there is of Margaret Doe, born 4 March 1980, plate XYZ789 CO, account 77, student S9, box 1234: every row alone
# is to be known by something on the list, or by another of these rows.
HERS = {
    "vehicle_log": [
        "C1|2007-04-08 23:00|XYZ789|CO|neighbor|",
        "C2|2007-04-08|XYZ-78?||neighbor|blue",
        "C1|2007-04-09 23:00|DEF456|CO|neighbor|",  # the plate is known from the register alone
        "C1|2007-14-09 23:00|XYZ789|CO|neighbor|",  # a row that could not be accepted either
    ],
    "dmv_registrations": [
        "XYZ789|CO|Somebody Else|9 Elm St||1960-06-06|",
        "DEF456|CO|Doe, Margaret Q|12 Oak St||1980-03-04|V8",
        "DEF456|CO|DEO MARGRET|12 Oak St||1980-03-04|V8",  # misspelled, and known by the plate of the row before
        "GHI111|WY|Poe, Tom|12 Oak St|Peg Doe||V9",
        "GHI112|WY|Unknown Person|PO Box 1234, Denver CO 80203||1999-09-09|V7",
        "|CO|Doe, Margaret|12 Oak St|||",
    ],
    "lease_disclosures": [
        "12 Oak St|C1|Margaret Doe|1980-04-03",
        "14 Oak St|C2|M. Doe|",
        "12 Oak St|C1|Doe|31/31/1980",
    ],
    "utility_billing": ["A9|12 Oak St|DOE MARGARET|2006-01-01", "0077|14 Oak St|Box Holder|2006-01-01"],
    "utility_usage": ["A9|2007-01|4321|gal", "A9|2007-02|4322|gal", "77|2007-01|999|gal", "A9|2007-02|many|gal"],
    "university_addresses": ["S9|Doe, Marge|12 Oak St|", "S7|Doe, Margaret|12 Oak St|", "S7|Deo, Margret|12 Oak St|"],
}
LISTED = [
    "name,date_of_birth,plate,plate_state,account_id,student_id,address",
    "Margaret Q Doe,1980-03-04,,,,,",
    ",,xyz 789,CO,,,",
    ",,,,77,S9,",
    ',,,,,,"P.O. Box 1234, Denver, CO 80203"',
]
BLANKED = {
    "cases": ("C3|16 Oak St|2007-06-03|Margaret Doe|Margaret Doe opened, five beds", "C3|16 Oak St|2007-06-03||"),
    "vehicle_log": ("C1|2007-04-10 23:00|AAA111|CO|Doe, Margaret|saw XYZ789 too", "C1|2007-04-10 23:00|AAA111|CO||"),
    "assessor": ("P3|16 Oak St|Doe Margaret & Poe T|PO Box 1234|4|none", "P3|16 Oak St|||4|none"),
}


def written(folder: Path, rows: dict[str, list[str]]) -> Path:
    folder.mkdir(parents=True)
    for source, lines in rows.items():
        with (folder / f"{source}.csv").open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADERS[source].split(","))
            out.writerows(line.split("|") for line in lines)
    (folder / "address_confidentiality.csv").write_text("\n".join(LISTED) + "\n")
    return folder


def same(one: City, other: City, stands_at: dict[str, list[int]]) -> None:
    """stands_at: source -> number in the files of `one` of each row of `other`."""

    def moved(frame: pl.DataFrame, source: str) -> pl.DataFrame:
        numbers = dict(enumerate(stands_at[source], 1))
        return frame.with_columns(
            pl.col("^(row|duplicate_of)$").replace_strict(numbers, default=None, return_dtype=pl.UInt32)
        )

    assert one.frames.keys() == other.frames.keys()
    for source in stands_at:
        assert_frame_equal(one.frame(source), moved(other.frame(source), source))
        for name in ("quarantine", "warnings"):
            ours, theirs = (getattr(city, name).filter(source=source) for city in (one, other))
            assert_frame_equal(ours, moved(theirs, source))
    for source, report in one.reports.items():
        there = other.reports[source]
        assert (report.rows_read, report.rows_quarantined) == (there.rows_read, there.rows_quarantined)
        assert (dict(report.date_formats), report.notes) == (dict(there.date_formats), there.notes)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), data=st.data())
def test_a_city_with_a_participant_loads_as_the_city_without(
    tmp_path_factory: pytest.TempPathFactory, seed: int, data: st.DataObject
) -> None:
    random, root = Random(seed), tmp_path_factory.mktemp("law")
    mixed: dict[str, list[str]] = {}
    clean: dict[str, list[str]] = {}
    stands_at: dict[str, list[int]] = {}
    for source, others in OTHERS.items():
        hers = HERS.get(source, [])
        # Rows are known by each other within the register, so that these go in together.
        some = hers if source == "dmv_registrations" else data.draw(st.lists(st.sampled_from(hers))) if hers else []
        shown, blanked = BLANKED.get(source, ("", ""))
        lines = [(line, line) for line in others] + [(line, None) for line in some] + [(shown, blanked)] * bool(shown)
        random.shuffle(lines)
        if source == "university_addresses" and "S7|Doe, Margaret|12 Oak St|" not in some:
            lines = [pair for pair in lines if not pair[0].startswith("S7")]
        if source == "utility_usage" and not any(line.startswith("A9") for line in mixed["utility_billing"]):
            lines = [pair for pair in lines if not pair[0].startswith("A9")]
        mixed[source] = [line for line, _ in lines]
        clean[source] = [line for _, line in lines if line is not None]
        stands_at[source] = [place for place, (_, line) in enumerate(lines, 1) if line is not None]
    same(load(written(root / "mixed", mixed)), load(written(root / "clean", clean)), stands_at)


def test_whatever_came_in_nothing_of_a_participant_is_in_the_city(tmp_path: Path) -> None:
    rows = {source: [*lines, *HERS.get(source, [])] for source, lines in OTHERS.items()}
    city = load(written(tmp_path / "city", rows))
    everything = "\n".join(frame.write_csv() for frame in (*city.frames.values(), city.quarantine, city.warnings))
    for trace in (
        "Margaret",
        "DOE M",
        "XYZ",
        "DEF456",
        "GHI11",
        "1234",
        "1980-03-04",
        "A9",
        "S9",
        "4321",
        "V9",
        "31/31",
    ):
        assert trace not in everything
    assert "Doe, John" in everything


def test_numbers_are_told_of_the_whole_citys_sources_alone(tmp_path: Path) -> None:
    rows = {source: [*lines, *HERS.get(source, [])] for source, lines in OTHERS.items()}
    told = load(written(tmp_path / "city", rows)).rows_withheld
    registers = ("dmv_registrations", "utility_billing", "utility_usage", "university_addresses")
    assert told == {source: len(HERS[source]) for source in registers} | {"assessor": 0}


def test_cells_that_cannot_be_read_are_not_shown_where_there_is_a_list(tmp_path: Path) -> None:
    folder = written(tmp_path / "city", OTHERS)
    with (folder / "lease_disclosures.csv").open("a") as file:
        file.write("12 Oak St,C1,Margaret Doe,,one cell too many\n")
    quarantine = load(folder).quarantine.filter(pl.col("source") == "lease_disclosures")
    assert quarantine.get_column("value").to_list() == ["[withheld]"]


def test_a_case_folder_is_under_the_citys_list(tmp_path: Path) -> None:
    registers = {source: [*lines, *HERS.get(source, [])] for source, lines in OTHERS.items()}
    city = load(written(tmp_path / "city", registers))
    new = tmp_path / "new"
    for name, hers in (("mixed", HERS), ("clean", {})):
        case = {
            source: [*OTHERS[source], *hers.get(source, [])] for source in ("cases", "vehicle_log", "lease_disclosures")
        }
        written(new / name, case)
        (new / name / "address_confidentiality.csv").unlink()
    laid = [overlay(city, load(new / name, under=city)) for name in ("mixed", "clean")]
    assert_frame_equal(laid[0].frame("vehicle_log"), laid[1].frame("vehicle_log"))
    assert_frame_equal(laid[0].frame("lease_disclosures"), laid[1].frame("lease_disclosures"))
    assert [r.rows_withheld for s, r in laid[0].reports.items() if s.endswith("(case folder)")] == [None] * 3
