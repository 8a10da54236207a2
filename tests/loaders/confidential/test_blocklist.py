"""The list itself: what may stand in it, and that a list that protects nobody, or not all, stops everything."""

from pathlib import Path

import pytest

from loaders.city import load
from loaders.confidential.blocklist import plate_tokens, read_list
from loaders.config import CitySettings
from loaders.errors import AmbiguousInput, MissingColumn, MissingInput, SettingsError, UserError

CASES = "case_id,subject_address,opened_on\nC1,12 Oak St,2007-04-03\n"
SECRET = "Zyxwvut"


def city(folder: Path, listed: str | None, name: str = "address_confidentiality.csv", toml: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "cases.csv").write_text(CASES)
    if listed is not None:
        (folder / name).write_text(listed)
    if toml:
        (folder / "evidence.toml").write_text(toml)
    return folder


def test_headers_and_names_are_read_as_those_of_a_source(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        f"Last Name,First Name,DOB,Tag,Plate State,Account No,Notes\n{SECRET},Ann,3/4/80,ABC-123,co,0017,x\n"
    )
    listed = read_list(path, CitySettings())
    assert listed.names.height
    assert "ABC123|CO" in listed.plates
    assert listed.identifiers["account_id"] == {"17"}
    assert SECRET not in repr(listed)


@pytest.mark.parametrize(
    ("listed", "error", "says"),
    [
        ("", UserError, "is empty"),
        ("Nmae\nAnn Zyxwvut\n", MissingColumn, "'Nmae' is not one of name, date_of_birth"),
        ("name,expires\nAnn Zyxwvut,2030\n", MissingColumn, "'expires' is not one of"),
        ("name,ssn\nAnn Zyxwvut,x\n", MissingColumn, "'ssn' is not one of"),
        ("note\nx\n", MissingColumn, "no header for the required column"),
        ("name,date_of_birth\nAnn Zyxwvut,1980-02-31\n", UserError, "row 1: date_of_birth: no such date"),
        ("name,date_of_birth,plate\n,1980-02-03,ABC123\n", UserError, "row 1: date_of_birth without a name"),
        ("name\nAnn Zyxwvut\nZyxwvut\n", UserError, "row 2: name: no given and family name can be read"),
        ("name,note\nAnn Zyxwvut,\n,why\n", UserError, "account_id and student_id are all blank"),
        ("plate\nABC?23\n", UserError, "row 1: plate: no whole plate can be read"),
        ("plate,plate_state\nABC123,Atlantis\n", UserError, "row 1: plate_state: no such state"),
        ("plate,plate_state,name\n,CO,Ann Zyxwvut\n", UserError, "row 1: plate: no whole plate can be read"),
        ("address\nsomewhere\n", UserError, "row 1: address: none that can be read"),
        ("name\nAnn Zyxwvut,1980\n", UserError, "row 1: the whole row: "),
    ],
)
def test_a_list_that_is_not_understood_in_full_stops_the_load(
    tmp_path: Path, listed: str, error: type[UserError], says: str
) -> None:
    with pytest.raises(error) as raised:
        load(city(tmp_path / "city", listed))
    assert says in str(raised.value)
    assert SECRET not in str(raised.value)
    assert raised.value.exit_code == 65


def test_a_list_without_participants_is_a_list(tmp_path: Path) -> None:
    assert load(city(tmp_path / "city", "name\n")).confidential is not None
    assert load(city(tmp_path / "bare", None)).confidential is None


def test_a_list_outside_the_folder_is_named_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text("name\nAnn Zyxwvut\n")
    toml = '[protection]\naddress_confidentiality = "../kept.csv"\n'
    loaded = load(city(tmp_path / "city", None, toml=toml))
    assert loaded.confidential is not None
    with pytest.raises(SettingsError, match="leads out of the city folder"):
        load(tmp_path / "city", within_folder=True)


def test_a_named_list_that_is_missing_is_never_passed_over(tmp_path: Path) -> None:
    toml = '[protection]\naddress_confidentiality = "../gone.csv"\n'
    with pytest.raises(MissingInput, match=r"gone\.csv"):
        load(city(tmp_path / "city", None, toml=toml))


@pytest.mark.parametrize(
    "name", ["Address Confidentiality.csv", "address_confidentiality.doc", "Confidential Addresses.csv"]
)
def test_a_file_that_may_be_meant_as_the_list_is_not_passed_over(tmp_path: Path, name: str) -> None:
    with pytest.raises(AmbiguousInput, match="is called address_confidentiality"):
        load(city(tmp_path / "city", "name\nAnn Zyxwvut\n", name))


def test_there_is_one_list(tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text("name\nAnn Zyxwvut\n")
    toml = '[protection]\naddress_confidentiality = "../kept.csv"\n'
    with pytest.raises(AmbiguousInput, match="may be another; keep one"):
        load(city(tmp_path / "city", "name\nAnn Zyxwvut\n", toml=toml))


@pytest.mark.parametrize(
    ("seen", "is_his"),
    [("ABC123|CO", True), ("ABC1?3|CO", True), ("A?C1?3|", True), ("A?C??3|CO", False), ("ABC123|WY", False)],
)
def test_a_plate_half_read_may_be_the_participants(seen: str, is_his: bool) -> None:
    assert (seen in plate_tokens("ABC123", "CO")) is is_his
