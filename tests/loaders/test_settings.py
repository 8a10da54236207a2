"""evidence.toml: what it sets, and the one sentence each mistake in it ends in."""

from pathlib import Path

import pytest

from loaders.city import load
from loaders.config import CitySettings
from loaders.errors import DatabaseError, MissingColumn, MissingInput, SettingsError, UnreadableFile, UserError

GOOD = "case_id,subject_address,opened_on\nC1,12 Oak St,2007-04-03\n"


def city_folder(tmp_path: Path, toml: str | bytes) -> Path:
    (tmp_path / "cases.csv").write_text(GOOD)
    (tmp_path / "evidence.toml").write_bytes(toml.encode() if isinstance(toml, str) else toml)
    return tmp_path


def test_without_the_file_the_contract_holds(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(GOOD)
    settings = load(tmp_path).settings
    assert settings == CitySettings()
    assert (settings.window_before_days, settings.window_after_days, settings.window_is_set) == (60, 30, False)
    assert settings.rule_pack == "fort-collins-2007"


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    folder = city_folder(
        tmp_path,
        """
        rule_pack = "san-marcos"
        default_city = "Fort Collins"
        default_state = "co"
        [window]
        before_days = 90
        after_days = 0
        [sources.dmv_registrations]
        path = "exports/dmv.txt.csv"
        name_order = "family_first"
        [sources.dmv_registrations.columns]
        "Kennzeichen" = "plate"
        owner_name = "Halter"
        """,
    )
    (folder / "exports").mkdir()
    (folder / "exports" / "dmv.txt.csv").write_text(
        "Kennzeichen,State,Halter,Address\nABC123,CO,SMITH JOHN,12 Oak St\n"
    )
    city = load(folder, within_folder=True)
    assert city.failures == ()
    assert city.settings.rule_pack == "san-marcos"
    assert (city.settings.default_city, city.settings.default_state) == ("Fort Collins", "CO")
    assert (city.settings.window_before_days, city.settings.window_after_days) == (90, 0)
    assert city.settings.window_is_set
    assert city.settings.name_order["dmv_registrations"] == "family_first"
    assert city.settings.name_order["assessor"] == "auto"
    assert city.frame("dmv_registrations").select("plate", "owner_name").row(0) == ("ABC123", "SMITH JOHN")
    assert city.reports["dmv_registrations"].headers["Kennzeichen"] == "plate"


MISTAKES: list[tuple[str, str | bytes, type[UserError], int, tuple[str, ...]]] = [
    ("not TOML", "rule_pack = ", SettingsError, 78, ("evidence.toml", "not valid TOML")),
    ("not text", b"\xff\xfe\x00", SettingsError, 78, ("not UTF-8",)),
    ("unknown key", "rulepack = 'x'", SettingsError, 78, ("rulepack", "no such setting")),
    ("unknown key of a source", "[sources.cases]\nfile = 'x.csv'", SettingsError, 78, ("sources.cases.file",)),
    ("unknown source", "[sources.dmv]\npath = 'x.csv'", SettingsError, 78, ("'dmv'", "dmv_registrations")),
    ("unknown column", "[sources.cases.columns]\n'opened_on' = 'opened'", SettingsError, 78, ("'opened'", "opened_on")),
    ("header that is not there", "[sources.cases.columns]\nTag = 'status'", SettingsError, 78, ("'Tag'", "'case_id'")),
    ("unknown name order", "[sources.cases]\nname_order = 'backwards'", SettingsError, 78, ("name_order",)),
    ("window below zero", "[window]\nbefore_days = -1", SettingsError, 78, ("window.before_days",)),
    ("window in words", "[window]\nbefore_days = 'sixty'", SettingsError, 78, ("window.before_days",)),
    ("state of three letters", "default_state = 'COL'", SettingsError, 78, ("default_state",)),
    ("path and database", "[sources.cases]\npath='a.csv'\ndatabase='sqlite:///a.db'\nquery='select 1'",
     SettingsError, 78, ("not both",)),
    ("database without query", "[sources.cases]\ndatabase='sqlite:///a.db'", SettingsError, 78, ("query",)),
    ("path to nowhere", "[sources.cases]\npath='gone.csv'", MissingInput, 66, ("gone.csv",)),
    ("path of no known format", "[sources.cases]\npath='/etc/hostname'", UnreadableFile, 65, ("format is not known",)),
    ("address that is none", "[sources.cases]\ndatabase='nonsense'\nquery='select 1'", SettingsError, 78, ("dialect://",)),
    ("unknown dialect", "[sources.cases]\ndatabase='foo://u:pw@h/d'\nquery='select 1'",
     SettingsError, 78, ("foo://u:***@h/d",)),
    ("no such database file", "[sources.cases]\ndatabase='sqlite:///gone.db'\nquery='select 1'",
     DatabaseError, 69, ("gone.db",)),
    ("environment variable not set",
     "[sources.cases]\ndatabase='postgresql+psycopg://u:${NO_SUCH_VARIABLE_}@h/d'\nquery='select 1'",
     SettingsError, 78, ("NO_SUCH_VARIABLE_",)),
]  # fmt: skip


@pytest.mark.parametrize(("toml", "error", "code", "words"), [pytest.param(*case[1:], id=case[0]) for case in MISTAKES])
def test_a_mistake_is_one_clear_sentence(
    tmp_path: Path, toml: str | bytes, error: type[UserError], code: int, words: tuple[str, ...]
) -> None:
    with pytest.raises(UserError) as caught:
        load(city_folder(tmp_path, toml))
    assert type(caught.value) is error
    assert caught.value.exit_code == code
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "toml",
    ["[sources.assessor]\npath = '../outside.csv'", "[sources.assessor]\npath = '/tmp/outside.csv'",
     "[sources.assessor]\ndatabase = 'sqlite:///x.db'\nquery = 'select 1'"],
)  # fmt: skip
def test_a_folder_that_is_not_trusted_stays_within_itself(tmp_path: Path, toml: str) -> None:
    with pytest.raises(SettingsError, match=r"sources\.assessor\.(path|database)"):
        load(city_folder(tmp_path, toml), within_folder=True)


def test_a_path_may_lead_out_of_a_trusted_folder(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    (tmp_path / "assessor.csv").write_text("parcel_id,situs_address\n1,12 Oak St\n")
    city = load(city_folder(folder, "[sources.assessor]\npath = '../assessor.csv'"))
    assert city.frame("assessor").height == 1


def test_a_mapping_wins_over_the_canonical_name(tmp_path: Path) -> None:
    (tmp_path / "assessor.csv").write_text("parcel_id,situs_address,Real Address\n1,wrong,12 Oak St\n")
    city = load(city_folder(tmp_path, "[sources.assessor.columns]\n'Real Address' = 'situs_address'"))
    assert city.frame("assessor").get_column("situs_address").item() == "12 Oak St"
    assert city.reports["assessor"].unplaced_headers == ("situs_address",)


def test_a_failed_source_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "assessor.csv").write_text("a,b\n1,2\n")
    failures = load(city_folder(tmp_path, "")).failures
    assert [(type(failure), failure.source) for failure in failures] == [(MissingColumn, "assessor")]
