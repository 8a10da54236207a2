"""Which header becomes which column, which may never come in, and what is said when one is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.errors import AmbiguousInput, MissingColumn
from loaders.headers import key, nearest, place, require, score, vocabulary
from loaders.refused import refusal_of_header
from loaders.sources import BY_NAME, SOURCES
from loaders.sources.base import Source

DMV = BY_NAME["dmv_registrations"]
REQUIRED = {
    "cases": {"case_id", "subject_address", "opened_on"},
    "vehicle_log": {"case_id", "observed_date"},
    "dmv_registrations": {"plate", "plate_state", "owner_name", "owner_address"},
    "lease_disclosures": {"name"},
    "utility_billing": {"account_id", "service_address", "billing_name", "service_from"},
    "utility_usage": {"account_id", "month", "usage", "unit"},
    "university_addresses": {"student_id", "name", "address"},
    "assessor": {"parcel_id", "situs_address"},
    "judgements": {
        "left", "left_says", "right", "right_says", "decision", "by", "reason", "review", "decided_at", "sha256"
    },
}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_the_required_columns_are_those_of_the_contract(source: Source) -> None:
    assert set(source.required()) == REQUIRED[source.name]


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("plate", "plate"), ("PLATE", "plate"), (" Plate ", "plate"), ("Plate #", "plate"), ("Tag", "plate"),
        ("License Plate", "plate"), ("license_plate", "plate"), ("Lic. Plate", "plate"), ("Plate-State", "plate_state"),
        ("Registered Owner", "owner_name"), ("OWNER NAME", "owner_name"), ("Address", "owner_address"),
        ("D.O.B.", "owner_dob"), ("Model Year", "year"), ("Colour", "color"), ("Expires", "registered_to"),
        ("owner’s name", None), ("Mileage", None),
    ],
)  # fmt: skip
def test_headers_of_a_registration_file(header: str, column: str | None) -> None:
    placement = place([header], DMV, {})
    assert dict(placement.columns) == ({column: 0} if column else {})
    assert placement.unplaced == (() if column else (header,))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_name_and_alias_of_a_source_finds_its_column(source: Source) -> None:
    words = vocabulary(source)
    for column, aliases in source.aliases.items():
        assert words[key(column)] == column
        for alias in aliases:
            assert words[key(alias)] == column, alias
            assert place([alias.upper()], source, {}).columns == {column: 0}


@given(
    header=st.sampled_from(sorted(DMV.accepts())),
    upper=st.booleans(),
    gap=st.sampled_from(["_", " ", "-", ".", "", "  "]),
)
def test_law_case_and_punctuation_do_not_matter(header: str, upper: bool, gap: str) -> None:
    spelled = header.replace("_", gap)
    assert place([spelled.upper() if upper else spelled.title()], DMV, {}).columns == {header: 0}


def test_the_canonical_name_wins_over_an_alias() -> None:
    placement = place(["Tag", "plate", "License Plate"], DMV, {})
    assert placement.columns == {"plate": 1}
    assert placement.unplaced == ("Tag", "License Plate")


def test_the_mapping_wins_over_the_canonical_name() -> None:
    placement = place(["Tag", "plate"], DMV, {"Tag": "plate"})
    assert placement.columns == {"plate": 0}
    assert placement.unplaced == ("plate",)


@pytest.mark.parametrize("headers", [["Tag", "License Plate"], ["plate", "Plate"], ["Tag", "Tag"]])
def test_two_headers_of_one_strength_are_an_error_that_names_both(headers: list[str]) -> None:
    with pytest.raises(AmbiguousInput) as caught:
        place(headers, DMV, {})
    for position, header in enumerate(headers, start=1):
        assert f"{header!r} (column {position})" in str(caught.value)


def test_a_header_that_belongs_nowhere_may_stand_twice() -> None:
    assert place(["x", "x", "plate"], DMV, {}).unplaced == ("x", "x")


def test_a_missing_column_is_named_with_its_nearest_alias() -> None:
    headers = ["Tagg", "St", "Owner", "Addr."]
    with pytest.raises(MissingColumn) as caught:
        require(place(headers, DMV, {}), headers, DMV, "dmv.csv")
    message = str(caught.value)
    for words in ("dmv.csv", "'plate'", "dmv_registrations", "'Tagg'", "'Owner'", "close to the alias 'tag'"):
        assert words in message


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        (["name", "address"], None),
        (["name", "case_id"], None),
        (["name"], "'address' or 'case_id'"),
        (["address"], "'name'"),
        (["Last Name", "First Name", "address"], None),
        (["Last Name", "address"], "'name'"),
    ],
)
def test_a_lease_needs_a_name_and_an_address_or_a_case(headers: list[str], missing: str | None) -> None:
    lease = BY_NAME["lease_disclosures"]
    if missing is None:
        require(place(headers, lease, {}), headers, lease, "x")
        return
    with pytest.raises(MissingColumn, match=missing):
        require(place(headers, lease, {}), headers, lease, "x")


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        (["case_id", "observed_at"], None),
        (["case_id", "Date", "Time"], None),
        (["case_id", "Time"], "'observed_at' or 'observed_date'"),
    ],
)
def test_a_log_needs_a_moment_or_a_date(headers: list[str], missing: str | None) -> None:
    log = BY_NAME["vehicle_log"]
    if missing is None:
        require(place(headers, log, {}), headers, log, "x")
        return
    with pytest.raises(MissingColumn, match=missing):
        require(place(headers, log, {}), headers, log, "x")


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("SSN", "social security"), ("ssn_last4", "social security"), ("Social Security No.", "social security"),
        ("OwnerSSN", "social security"), ("Soc Sec #", "social security"), ("Taxpayer ID", "social security"),
        ("Driver's License", "driver licence"), ("DL No", "driver licence"), ("DriverLicenseNumber", "driver licence"),
        ("OLN", "driver licence"), ("Operator License #", "driver licence"), ("dln", "driver licence"),
        ("Photo", "photograph"), ("owner_image", "photograph"), ("Mug Shot", "photograph"),
        ("Medical Restriction", "medical"), ("Disability", "medical"), ("Organ Donor", "medical"),
        ("License Plate", None), ("License Number", None), ("Lic No", None), ("plate", None), ("address", None),
        ("Class", None), ("Handle", None), ("Dlx Package", None), ("Assessor", None), ("Possession", None),
        ("exemption", None), ("term", None), ("parcel_id", None), ("Model", None), ("position", None), ("note", None),
    ],
)  # fmt: skip
def test_headers_of_what_may_never_come_in(header: str, what: str | None) -> None:
    found = refusal_of_header(header)
    assert (found is None) if what is None else (found is not None and found.startswith(what))


def test_no_column_or_alias_of_ours_is_refused() -> None:
    for source in SOURCES:
        for word in vocabulary(source):
            assert refusal_of_header(word) is None
        for aliases in source.aliases.values():
            assert [alias for alias in aliases if refusal_of_header(alias)] == []


def test_the_header_line_outscores_titles_and_data() -> None:
    header = score(DMV, {}, ["Plate", "State", "Owner Name", "Address"])
    assert header > score(DMV, {}, ["Department of Revenue", "Run date", "4/3/2007", ""])
    assert header > score(DMV, {}, ["ABC123", "CO", "SMITH, JOHN", "12 OAK ST"])


def test_nearest_gives_up_on_what_is_far() -> None:
    assert nearest("cases", ["cases.xls", "readme.txt"]) == "cases.xls"
    assert nearest("cases", ["zzz"]) is None
