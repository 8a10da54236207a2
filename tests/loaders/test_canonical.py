"""From text cells to canonical frames: blanks, types, quarantine and warnings, duplicates, refused content."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.city import City, load
from loaders.dictionary import describe, describe_text
from loaders.errors import MissingColumn, NoUsableRows, SettingsError
from loaders.overlay import overlay
from loaders.sources import BY_NAME, SOURCES

CASES = {"case_id": ["C1"], "subject_address": ["12 Oak St"], "opened_on": ["2007-04-03"]}
DMV = {"plate": "ABC123", "plate_state": "CO", "owner_name": "SMITH, JOHN", "owner_address": "12 Oak St"}


def city_of(**frames: dict[str, list[Any]]) -> City:
    """A city of text frames; `cases` is filled in."""
    tables = {name: pl.DataFrame(columns, strict=False) for name, columns in ({"cases": CASES} | frames).items()}
    return City.from_frames(tables)


def one_row(source: str, base: dict[str, Any], **cells: Any) -> City:
    return city_of(**{source: {name: [value] for name, value in (base | cells).items()}})


BLANKS = (
    "|  |N/A|n/a|NA|#N/A|null|NULL|None|-|--|—|?|.|unknown|(blank)|nan|\u00a0|\\N|Not Available|NOT_AVAILABLE|#REF!"
)


@pytest.mark.parametrize("text", BLANKS.split("|"))
def test_blank_like_cells_are_null(text: str) -> None:
    city = one_row("dmv_registrations", DMV, make=text, owner_dob=text, co_owner_name=text, year=text, color="RED")
    row = city.frame("dmv_registrations").row(0, named=True)
    assert (row["make"], row["owner_dob"], row["co_owner_name"], row["year"], row["color"]) == (
        None,
        None,
        None,
        None,
        "RED",
    )
    assert city.warnings.is_empty()


@pytest.mark.parametrize(
    "name", ["NULL, JOHN", "John Null", "NA, SOO JIN", "Na Soo Jin", "NONE, MARY", "Unknown Soldier LLC", "X"]
)
def test_a_name_with_more_to_it_is_a_name(name: str) -> None:
    assert (
        one_row("dmv_registrations", DMV, owner_name=name).frame("dmv_registrations").get_column("owner_name").item()
        == name
    )


@pytest.mark.parametrize(
    "text",
    ["", "NONE", "none", "NO VEHICLE", "no vehicles", "N/A", "-", "--", "No car present", "NIL", "vacant", "none seen"],
)
def test_a_log_row_that_saw_no_vehicle_is_kept_with_a_null_plate(text: str) -> None:
    log = city_of(vehicle_log={"case_id": ["C1"], "observed_at": ["4/20/2007 22:15"], "plate": [text]}).frame(
        "vehicle_log"
    )
    assert log.select("plate", "observed_date").row(0) == (None, date(2007, 4, 20))


@pytest.mark.parametrize("text", ["?", "???", "ABC?23", "UNKNOWN", "unk", "NOPLATE", "TEMP", "0", "NO PLATE", "NOVAK"])
def test_a_vehicle_whose_plate_was_not_read_is_not_turned_into_an_empty_look(text: str) -> None:
    log = city_of(vehicle_log={"case_id": ["C1"], "observed_at": ["4/20/2007 22:15"], "plate": [text]}).frame(
        "vehicle_log"
    )
    assert log.get_column("plate").item() == text


def test_midnight_is_an_hour_where_other_looks_have_one() -> None:
    moments = ["4/20/2007 0:00", "4/20/2007 22:15", "4/21/2007"]
    log = city_of(vehicle_log={"case_id": ["C1"] * 3, "observed_at": moments}).frame("vehicle_log")
    assert log.get_column("observed_time").to_list() == [time(0), time(22, 15), None]


def test_a_described_vehicle_without_plate_is_remarked_on() -> None:
    city = city_of(
        vehicle_log={"case_id": ["C1"], "observed_at": ["4/20/2007 22:15"], "color": ["silver"], "model": ["Civic"]}
    )
    assert city.frame("vehicle_log").height == 1
    assert city.warnings.select("row", "column", "value").row(0) == (1, "plate", "silver Civic")


@pytest.mark.parametrize(
    ("columns", "day", "at"),
    [
        ({"observed_at": "2007-04-20 22:15"}, date(2007, 4, 20), time(22, 15)),
        ({"observed_at": "2007-04-20"}, date(2007, 4, 20), None),
        ({"observed_at": "2007-04-20", "observed_time": "10:15 PM"}, date(2007, 4, 20), time(22, 15)),
        ({"observed_date": "4/20/07", "observed_time": "2215"}, date(2007, 4, 20), time(22, 15)),
        ({"observed_date": "4/20/07"}, date(2007, 4, 20), None),
        ({"observed_date": "4/20/07", "observed_time": "N/A"}, date(2007, 4, 20), None),
        ({"observed_date": "4/20/2007 10:15 PM"}, date(2007, 4, 20), time(22, 15)),
        ({"observed_date": "4/20/2007 0:00", "observed_time": "22:15"}, date(2007, 4, 20), time(22, 15)),
        ({"observed_date": "4/20/2007 12:00:00 AM"}, date(2007, 4, 20), None),
        ({"observed_at": "", "observed_date": "4/20/07", "observed_time": "22:15"}, date(2007, 4, 20), time(22, 15)),
    ],
)
def test_the_moment_of_a_look(columns: dict[str, str], day: date, at: time | None) -> None:
    log = one_row("vehicle_log", {"case_id": "C1"}, **columns).frame("vehicle_log")
    assert log.select("observed_date", "observed_time").row(0) == (day, at)


BAD_CELLS = [
    ("cases", "opened_on", "2007-02-30", "no such date (read as yyyy-mm-dd)"),
    ("cases", "opened_on", "soon", "not a date"),
    ("cases", "case_id", "N/A", "required and blank"),
    ("vehicle_log", "observed_at", "2007-04-03 25:99", "no such date or time (read as yyyy-mm-dd 24 h)"),
    ("vehicle_log", "observed_at", "--", "required and blank"),
    ("dmv_registrations", "plate", "none", "required and blank"),
    ("utility_usage", "month", "2007-13", "no such month (read as yyyy-mm)"),
    ("utility_usage", "usage", "many", "not a number"),
    ("utility_usage", "usage", "1,23", "not a number"),
    ("utility_usage", "usage", "-5", "impossible: below 0"),
    ("utility_usage", "unit", "furlong", "not one of gal, kWh, therm"),
    ("utility_billing", "service_from", "13/45/2007", "no such date (read as m/d/yyyy)"),
    ("university_addresses", "student_id", "", "required and blank"),
    ("assessor", "situs_address", "unknown", "required and blank"),
]
GOOD_ROWS: dict[str, dict[str, str]] = {
    "cases": {"case_id": "C9", "subject_address": "x", "opened_on": "2007-04-03"},
    "vehicle_log": {"case_id": "C1", "observed_at": "2007-04-03"},
    "dmv_registrations": DMV,
    "lease_disclosures": {"address": "12 Oak St", "case_id": "C1", "name": "John Smith"},
    "utility_billing": {"account_id": "1", "service_address": "x", "billing_name": "y", "service_from": "4/13/2007"},
    "utility_usage": {"account_id": "1", "month": "2007-04", "usage": "1,234.5", "unit": "Gallons"},
    "university_addresses": {"student_id": "1", "name": "x", "address": "y"},
    "assessor": {"parcel_id": "1", "situs_address": "x"},
}


@pytest.mark.parametrize(("source", "column", "value", "reason"), BAD_CELLS)
def test_a_bad_required_cell_costs_its_row(source: str, column: str, value: str, reason: str) -> None:
    good = GOOD_ROWS[source]
    bad = good | {column: value}
    city = city_of(**{source: {name: [good[name], bad[name]] for name in good}})
    assert city.quarantine.rows() == [(source, "memory", 2, column, value, reason)]
    assert city.frame(source).get_column("row").to_list() == [1]
    assert city.warnings.is_empty()


@pytest.mark.parametrize(
    ("source", "column", "value", "reason"),
    [
        ("cases", "notice_sent_on", "2007-02-30", "no such date (read as yyyy-mm-dd)"),
        ("cases", "status", "limbo", "not one of open, pending, closed, reopened"),
        ("cases", "witness_willing", "maybe", "neither yes nor no"),
        ("vehicle_log", "observed_time", "25:99", "no such time of day (read as 24 h)"),
        ("dmv_registrations", "year", "19999", "impossible: outside 1885 to 2100"),
        ("dmv_registrations", "year", "'99", "not a whole number"),
        ("lease_disclosures", "role", "king", "not one of tenant, owner, dependent, manager"),
        ("assessor", "bedrooms", "2.5", "not a whole number"),
        ("assessor", "finished_sqft", "-10", "impossible: below 0"),
    ],
)
def test_a_bad_optional_cell_becomes_missing_and_is_reported(source: str, column: str, value: str, reason: str) -> None:
    city = one_row(source, GOOD_ROWS[source], **{column: value})
    assert city.quarantine.is_empty()
    frame = city.frame(source)
    assert frame.height == 1
    assert frame.get_column(column).item() == ("open" if column == "status" else None)
    assert city.warnings.rows() == [(source, "memory", 1, column, value, reason)]


@pytest.mark.parametrize(
    ("source", "column", "written", "read"),
    [
        ("cases", "status", "RE-OPENED", "reopened"),
        ("cases", "status", "", "open"),
        ("cases", "status", "Under Investigation", "open"),
        ("cases", "complaint_type", "Telephone", "phone"),
        ("cases", "witness_willing", "Y", True),
        ("cases", "witness_willing", "FALSE", False),
        ("lease_disclosures", "role", "Lessee", "tenant"),
        ("lease_disclosures", "role", "Minor Child", "dependent"),
        ("utility_billing", "service_type", "Natural Gas", "gas"),
        ("utility_usage", "unit", "KWH", "kWh"),
        ("utility_usage", "unit", "therms", "therm"),
        ("university_addresses", "address_type", "Perm", "permanent"),
        ("university_addresses", "directory_opt_out", "1", True),
        ("dmv_registrations", "year", "1999.0", 1999),
        ("dmv_registrations", "registered_to", "12/31/9999", None),
        ("dmv_registrations", "owner_dob", "0000-00-00", None),
        ("assessor", "finished_sqft", "1,250.5", 1250.5),
        ("assessor", "year_built", "1,962", 1962),
        ("utility_billing", "service_to", "present", None),
    ],
)
def test_written_values(source: str, column: str, written: str, read: object) -> None:
    assert one_row(source, GOOD_ROWS[source], **{column: written}).frame(source).get_column(column).item() == read


@pytest.mark.parametrize(
    ("usage", "unit", "read"),
    [("1.5", "kgal", (1500.0, "gal")), ("2", "Dth", (20.0, "therm")), ("1", "MWh", (1000.0, "kWh"))],
)
def test_multiples_of_a_unit_are_scaled_and_reported(usage: str, unit: str, read: tuple[float, str]) -> None:
    city = one_row("utility_usage", GOOD_ROWS["utility_usage"], usage=usage, unit=unit)
    assert city.frame("utility_usage").select("usage", "unit").row(0) == read
    assert city.warnings.get_column("value").to_list() == [unit]


def test_two_faults_of_one_row_are_one_line() -> None:
    city = city_of(cases={"case_id": ["C1", ""], "subject_address": ["x", "-"], "opened_on": ["2007-04-03", "never"]})
    assert city.quarantine.height == 1
    assert city.quarantine.row(0, named=True)["reason"] == "not a date; also at fault: case_id, subject_address"


@pytest.mark.parametrize(
    ("ids", "addresses", "kept", "repeats", "lost"),
    [
        (["C1", "C1"], ["x", "x"], [1, 2], [None, 1], []),
        (["C1", "C1"], ["x", "y"], [1], [None], [2]),
        (["C1", "C1", "C1"], ["x", "y", "x"], [1, 3], [None, 1], [2]),
        (["C1", "C2", "C1", "C2"], ["x", "x", "x", "z"], [1, 2, 3], [None, None, 1], [4]),
    ],
)
def test_a_case_number_says_one_thing(
    ids: list[str], addresses: list[str], kept: list[int], repeats: list[int | None], lost: list[int]
) -> None:
    city = city_of(cases={"case_id": ids, "subject_address": addresses, "opened_on": ["2007-04-03"] * len(ids)})
    assert city.frame("cases").get_column("row").to_list() == kept
    assert city.frame("cases").get_column("duplicate_of").to_list() == repeats
    assert city.quarantine.get_column("row").to_list() == lost
    assert all("in row" in reason for reason in city.quarantine.get_column("reason"))


def test_repeats_are_judged_by_what_they_say_not_by_how_it_is_written() -> None:
    log = {
        "case_id": ["C1", " C1 ", "C1"],
        "observed_at": ["4/20/2007 22:15", "2007-04-20 10:15 PM", "4/20/2007 22:16"],
    }
    assert city_of(vehicle_log=log).frame("vehicle_log").get_column("duplicate_of").to_list() == [None, 1, None]


def test_a_lease_row_needs_an_address_or_a_case() -> None:
    lease = {"address": ["12 Oak", "", "N/A"], "case_id": ["", "C1", "-"], "name": ["a", "b", "c"]}
    city = city_of(lease_disclosures=lease)
    assert city.frame("lease_disclosures").get_column("row").to_list() == [1, 2]
    assert city.quarantine.get_column("reason").to_list() == ["address and case_id are both blank"]


def test_names_and_addresses_in_parts_are_put_together() -> None:
    students: dict[str, list[Any]] = {
        "Student ID": ["1", "2"], "Last Name": ["Null", "O'Brien"], "First Name": ["John", "Seán"], "MI": ["Q", None],
        "Street No": ["12", "14"], "Street": ["Oak St", "2nd Ave"], "Apt": ["2", None], "City": ["Fort Collins", None],
        "State": ["CO", "CO"], "Zip": ["80521", "80524"],
    }  # fmt: skip
    city = city_of(university_addresses=students)
    assert city.frame("university_addresses").select("name", "address").rows() == [
        ("Null, John Q", "12 Oak St, # 2, Fort Collins, CO 80521"),
        ("O'Brien, Seán", "14 2nd Ave, CO 80524"),
    ]
    assert len(city.reports["university_addresses"].notes) == 2


def test_a_city_column_completes_an_address_only_where_it_is_missing() -> None:
    columns = {
        "parcel_id": ["1", "2"],
        "situs_address": ["12 Oak St", "14 Oak St, Fort Collins"],
        "City": ["Fort Collins"] * 2,
    }
    addresses = city_of(assessor=columns).frame("assessor").get_column("situs_address").to_list()
    assert addresses == ["12 Oak St, Fort Collins", "14 Oak St, Fort Collins"]


def test_refused_content_never_comes_in_and_is_never_shown() -> None:
    city = city_of(
        dmv_registrations={
            **{name: [value] * 3 for name, value in DMV.items()},
            "SSN": ["123-45-6789"] * 3,
            "vin": ["123-45-6789", "234-56-7890", "345-67-8901"],
            "color": ["data:image/png;base64,AAAA"] * 3,
            "model": ["Civic of 123-45-6789", "Civic", "F-150"],
            "registered_from": ["123-45-6789", None, None],
        }
    )
    report = city.reports["dmv_registrations"]
    assert report.refused_headers == {
        "SSN": "social security number", "vin": "social security number", "color": "photograph or image",
        "registered_from": "social security number",
    }  # fmt: skip
    frame = city.frame("dmv_registrations")
    assert frame.get_column("model").to_list() == ["Civic of [withheld]", "Civic", "F-150"]
    assert frame.get_column("vin").null_count() == 3
    everything = frame.write_csv() + city.quarantine.write_csv() + city.warnings.write_csv() + repr(report)
    assert "123-45" not in everything
    assert "base64" not in everything


def test_a_required_key_that_is_a_social_security_number_stops_the_source() -> None:
    with pytest.raises(MissingColumn, match=r"student_id.*social security"):
        city_of(university_addresses={"student_id": ["123-45-6789"], "name": ["x"], "address": ["y"]})


def test_zip_plus_four_phones_and_parcels_are_no_social_security_numbers() -> None:
    parcels = ["97152-05-010", "000-12-3456", "666-12-3456", "912-34-5678", "123-00-4567"]
    city = city_of(assessor={"parcel_id": parcels, "situs_address": ["12 Oak, Fort Collins CO 80521-1234"] * 5})
    assert city.frame("assessor").get_column("parcel_id").to_list() == parcels


def test_births_with_two_digit_years_lie_before_the_other_dates() -> None:
    row = one_row("lease_disclosures", GOOD_ROWS["lease_disclosures"], date_of_birth="9/30/45", signed_on="8/1/2007")
    assert row.frame("lease_disclosures").get_column("date_of_birth").item() == date(1945, 9, 30)
    row = one_row("lease_disclosures", GOOD_ROWS["lease_disclosures"], date_of_birth="2/3/05", signed_on="8/1/2007")
    assert row.frame("lease_disclosures").get_column("date_of_birth").item() == date(2005, 2, 3)


def test_columns_of_any_type_have_a_text() -> None:
    frame = pl.DataFrame(
        {
            "parcel_id": pl.Series([1, 2], dtype=pl.UInt8),
            "situs_address": pl.Series(["12 Oak", "14 Oak"], dtype=pl.Categorical),
            "zone": pl.Series([timedelta(days=1), None]),
            "bedrooms": pl.Series([3.0, float("nan")]),
            "exemption": pl.Series([None, None]),
            "permitted_use": pl.Series([{"a": 1}, None]),
            "finished_sqft": pl.Series(["1250.50", "900.00"]).cast(pl.Decimal(10, 2)),
        }
    )
    city = City.from_frames({"cases": pl.DataFrame(CASES), "assessor": frame})
    assert city.frame("assessor").select("parcel_id", "situs_address", "bedrooms", "finished_sqft").rows() == [
        ("1", "12 Oak", 3, 1250.5),
        ("2", "14 Oak", None, 900.0),
    ]
    assert city.warnings.select("row", "column", "reason").rows() == [
        (1, "permitted_use", "a nested value, not a single one")
    ]


def test_one_file_is_read_one_way_round() -> None:
    dates = {"opened_on": ["13/04/2007", "03/04/2007"], "notice_sent_on": ["05/04/2007", "06/04/2007"]}
    city = city_of(cases={"case_id": ["C1", "C2"], "subject_address": ["x", "y"], **dates})
    assert city.frame("cases").get_column("notice_sent_on").to_list() == [date(2007, 4, 5), date(2007, 4, 6)]
    assert city.reports["cases"].date_formats == {"opened_on": "d/m/yyyy", "notice_sent_on": "d/m/yyyy"}


dates = ["2007-04-03", "13/45/2007", "4/3/2007", "2007-04-20 22:15"]
cells = st.sampled_from(["", "N/A", "C1", "C2", "12 Oak", "x", "-", "no vehicle", "1,234", "gal", *dates])


@given(data=st.data(), source=st.sampled_from([source.name for source in SOURCES]))
def test_law_every_row_is_accepted_or_quarantined_once(data: st.DataObject, source: str) -> None:
    columns = sorted(BY_NAME[source].accepts())
    height = data.draw(st.integers(1, 12))
    table = {column: data.draw(st.lists(cells, min_size=height, max_size=height)) for column in columns}
    try:
        city = city_of(**{source: table})
    except NoUsableRows:
        return
    report = city.reports[source]
    accepted = city.frame(source).get_column("row").to_list()
    quarantined = city.quarantine.filter(pl.col("source") == source).get_column("row").to_list()
    assert sorted(accepted + quarantined) == list(range(1, height + 1))
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined) == (
        height,
        len(accepted),
        len(quarantined),
    )
    assert set(city.warnings.filter(pl.col("source") == source).get_column("row")) <= set(accepted)
    assert city.frame(source).columns == ["row", "duplicate_of", *BY_NAME[source].columns()]


@given(data=st.data())
def test_law_canonical_frames_are_read_back_unchanged(data: st.DataObject) -> None:
    height = data.draw(st.integers(1, 6))
    table = {
        column: data.draw(st.lists(cells, min_size=height, max_size=height)) for column in BY_NAME["cases"].columns()
    }
    try:
        first = city_of(cases=table).frame("cases")
    except NoUsableRows:
        return
    again = City.from_frames({"cases": first.drop("row", "duplicate_of")}).frame("cases")
    assert again.drop("row", "duplicate_of").equals(first.drop("row", "duplicate_of"))


def test_an_absent_source_is_an_empty_frame_with_its_columns() -> None:
    city = city_of()
    assert city.present == {"cases"}
    for source in SOURCES:
        assert city.frame(source.name).columns == ["row", "duplicate_of", *source.columns()]
        assert source.schema.is_valid(city.frame(source.name))


def test_an_unknown_source_in_memory_is_an_error() -> None:
    with pytest.raises(SettingsError, match="no source 'dmv'"):
        City.from_frames({"dmv": pl.DataFrame()})


def test_a_case_folder_is_laid_over_a_city(tmp_path: Path) -> None:
    city = city_of(
        cases={"case_id": ["C1", "C2"], "subject_address": ["x", "y"], "opened_on": ["2007-04-03"] * 2},
        vehicle_log={"case_id": ["C1", "C2", "C2"], "observed_at": ["4/20/2007 22:15"] * 3, "plate": ["A", "B", "B"]},
        lease_disclosures={"name": ["a", "b"], "case_id": ["C1", None], "address": [None, "12 Oak"]},
        assessor={"parcel_id": ["1"], "situs_address": ["12 Oak"]},
    )
    (tmp_path / "cases.csv").write_text("case_id,subject_address,opened_on\nC2,new,2007-05-01\n,bad,2007-05-01\n")
    (tmp_path / "vehicle_log.csv").write_text("case_id,observed_at,plate\nC2,5/1/2007 22:15,C\nC2,5/1/2007 22:15,C\n")
    both = overlay(city, load(tmp_path))
    assert both.frame("cases").select("case_id", "subject_address").rows() == [("C1", "x"), ("C2", "new")]
    assert both.frame("vehicle_log").select("case_id", "plate").rows() == [("C1", "A"), ("C2", "C"), ("C2", "C")]
    assert both.frame("vehicle_log").get_column("duplicate_of").to_list()[:2] == [None, None]
    assert both.frame("vehicle_log").get_column("row").is_unique().all()
    assert both.frame("lease_disclosures").height == 2
    assert both.frame("assessor").height == 1
    assert both.frame("vehicle_log").get_column("row").to_list() == [1, 2, 3]
    assert both.reports["cases (case folder)"].notes == ("its row 1 is row 2 of the city's frame, and so on",)
    assert both.quarantine.select("file", "row", "reason").rows() == [
        (f"{tmp_path.name}/cases.csv", 2, "required and blank")
    ]
    assert both.settings == city.settings


def test_the_dictionary_describes_every_column() -> None:
    table = describe()
    assert table.height == sum(len(source.columns()) for source in SOURCES)
    assert table.get_column("meaning").null_count() == 0
    needed = table.filter(pl.col("required") == "address or case_id").get_column("column").to_list()
    assert needed == ["address", "case_id"]
    text = describe_text()
    for source in SOURCES:
        assert source.name in text
    assert "Known biases" in text
