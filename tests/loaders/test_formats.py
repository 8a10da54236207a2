"""One city in every format an agency may send it in: the canonical frames are the same to the last cell."""

import gzip
import io
import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pytest
import sqlalchemy as sa
import xlsxwriter
from polars.testing import assert_frame_equal

from loaders.city import City, load
from loaders.errors import DatabaseError


class PostgresServer(Protocol):
    """What tests/conftest.py hands out."""

    @property
    def port(self) -> int: ...
    def uri(self, password: str = ..., database: str = ...) -> str: ...


DAY = date(2007, 4, 3)
CITY: dict[str, dict[str, list[Any]]] = {
    "cases": {
        "Case #": ["C1", "C2", "C3"],
        "Address": ["1201 W Plum St, Apt 2\nFort Collins, CO 80521", "12 Oak St", "14 Peña “Ct”"],
        "Date Opened": [DAY, date(2007, 5, 14), date(2007, 6, 30)],
        "Status": ["Open", None, "Closed"],
        "Witness Willing": [True, False, None],
        "Observations": ["=SUM(A1)", 'said "no, never"', " padded "],
    },
    "vehicle_log": {
        "case_id": ["C1", "C1", "C1", "C2"],
        "observed_at": [
            datetime(2007, 4, 20, 22, 15),
            datetime(2007, 4, 21, 0, 0),
            datetime(2007, 4, 22, 5, 30, 15),
            datetime(2007, 5, 1, 9),
        ],
        "plate": ["ABC123", "NONE", "A?C123", None],
    },
    "dmv_registrations": {
        "plate": ["ABC123", "XYZ987"],
        "plate_state": ["CO", "WY"],
        "owner_name": ["O'BRIEN, SEÁN", "NULL, JOHN"],
        "owner_address": ["1201 W PLUM ST # 2", "12 OAK ST"],
        "year": [1999, None],
        "registered_from": [DAY, DAY],
    },
    "utility_usage": {
        "account_id": [80521, 80522, 80523],
        "month": ["2007-04", "2007-05", "2007-06"],
        "usage": [1234.5, 0.0, 17.0],
        "unit": ["gal", "gal", "therm"],
    },
    "assessor": {
        "parcel_id": ["007", "008"],
        "situs_address": ["12 Oak St", "14 Oak St"],
        "bedrooms": [3, 4],
        "finished_sqft": [1250.0, 980.5],
    },
}


def shown(value: Any) -> str:
    """A cell as a spreadsheet program of an American office shows it in a CSV export."""
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case datetime():
            return value.strftime("%m/%d/%Y %I:%M:%S %p")
        case date():
            return f"{value.month}/{value.day}/{value.year}"
        case float() if value.is_integer():
            return f"{int(value):,}"
        case float():
            return f"{value:,}"
        case _:
            return str(value)


def delimited(encoding: str, delimiter: str = ",", ending: str = "\r\n") -> Callable[[dict[str, list[Any]]], bytes]:
    def make(table: dict[str, list[Any]]) -> bytes:
        lines = [list(table), *([shown(value) for value in row] for row in zip(*table.values(), strict=True))]
        quoted = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
        return ending.join(quoted).encode(encoding)

    return make


def xlsx(table: dict[str, list[Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    forms = {
        datetime: book.add_format({"num_format": "m/d/yy h:mm"}),
        date: book.add_format({"num_format": "m/d/yyyy"}),
    }
    for position, (header, values) in enumerate(table.items()):
        sheet.write(0, position, header)
        for row, value in enumerate(values, start=1):
            sheet.write(row, position, value, forms.get(type(value)))
    book.close()
    return buffer.getvalue()


def parquet(table: dict[str, list[Any]]) -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame(table).write_parquet(buffer)
    return buffer.getvalue()


def json_lines(table: dict[str, list[Any]]) -> bytes:
    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    rows = zip(*table.values(), strict=True)
    return "\n".join(
        json.dumps({key: plain(value) for key, value in zip(table, row, strict=True)}) for row in rows
    ).encode()


FORMATS: dict[str, tuple[str, Callable[[dict[str, list[Any]]], bytes]]] = {
    "Windows-1252 CSV": ("csv", delimited("cp1252")),
    "UTF-8 CSV with a byte order mark": ("csv", delimited("utf-8-sig")),
    "UTF-16 CSV": ("csv", delimited("utf-16")),
    "semicolons": ("csv", delimited("utf-8", ";", "\n")),
    "pipes": ("csv", delimited("utf-8", "|", "\n")),
    "tabs": ("tsv", delimited("utf-8", "\t")),
    "gzip": ("csv.gz", lambda table: gzip.compress(delimited("utf-8")(table))),
    "workbook": ("xlsx", xlsx),
    "Parquet": ("parquet", parquet),
    "JSON lines": ("jsonl", json_lines),
}


def without_file(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop("file")


def assert_same_city(found: City, expected: City) -> None:
    for name in expected.frames:
        left, right = found.frame(name), expected.frame(name)
        text = [column for column, dtype in right.schema.items() if dtype == pl.String]
        unfolded = [pl.col(text).str.replace_all("\r\n", "\n")]
        assert_frame_equal(left.with_columns(unfolded), right.with_columns(unfolded))
    assert_frame_equal(without_file(found.quarantine), without_file(expected.quarantine))
    assert_frame_equal(without_file(found.warnings), without_file(expected.warnings))
    assert found.failures == expected.failures == ()


@pytest.fixture(scope="module")
def expected() -> City:
    return City.from_frames({name: pl.DataFrame(table) for name, table in CITY.items()})


def test_the_expected_city_itself(expected: City) -> None:
    log = expected.frame("vehicle_log")
    assert log.get_column("observed_time").to_list() == [time(22, 15), time(0), time(5, 30, 15), time(9)]
    assert log.get_column("plate").to_list() == ["ABC123", None, "A?C123", None]
    assert expected.frame("utility_usage").get_column("account_id").to_list() == ["80521", "80522", "80523"]
    assert expected.frame("assessor").get_column("parcel_id").to_list() == ["007", "008"]
    assert expected.frame("cases").get_column("observations").to_list() == ["=SUM(A1)", 'said "no, never"', "padded"]
    assert expected.frame("cases").get_column("witness_willing").to_list() == [True, False, None]
    assert expected.frame("dmv_registrations").get_column("owner_name").to_list() == ["O'BRIEN, SEÁN", "NULL, JOHN"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_frames(name: str, tmp_path: Path, expected: City) -> None:
    extension, make = FORMATS[name]
    for source, table in CITY.items():
        (tmp_path / f"{source}.{extension}").write_bytes(make(table))
    assert_same_city(load(tmp_path), expected)


def settings_for(folder: Path, uri: str) -> Path:
    lines = [f"[sources.{name}]\ndatabase = '{uri}'\nquery = 'select * from {name} order by line'\n" for name in CITY]
    (folder / "evidence.toml").write_text("\n".join(lines))
    return folder


def fill(uri: str) -> None:
    """Tables with real types; `line` keeps the order."""
    engine = sa.create_engine(uri)
    types = {str: sa.Text, bool: sa.Boolean, datetime: sa.DateTime, date: sa.Date, int: sa.Integer}
    metadata = sa.MetaData()
    with engine.begin() as connection:
        for name, columns in CITY.items():
            kinds = {
                header: next(type(value) for value in values if value is not None) for header, values in columns.items()
            }
            parts = [sa.Column(header, types.get(kind, sa.Numeric(12, 3))) for header, kind in kinds.items()]
            made = sa.Table(name, metadata, sa.Column("line", sa.Integer), *parts)
            made.create(connection)
            for number, row in enumerate(zip(*columns.values(), strict=True), start=1):
                values = {
                    key: Decimal(str(value)) if isinstance(value, float) else value
                    for key, value in zip(columns, row, strict=True)
                }
                connection.execute(made.insert().values(line=number, **values))
    engine.dispose()


def test_sqlite_gives_the_same_frames(tmp_path: Path, expected: City) -> None:
    fill(f"sqlite:///{tmp_path}/agency.db")
    assert_same_city(load(settings_for(tmp_path, "sqlite:///agency.db")), expected)


@pytest.mark.postgres
def test_postgresql_gives_the_same_frames_and_shows_no_password(
    tmp_path: Path, expected: City, postgres_server: PostgresServer
) -> None:
    fill(postgres_server.uri())
    city = load(settings_for(tmp_path, postgres_server.uri()))
    assert_same_city(city, expected)
    report = city.reports["cases"]
    assert report.file.startswith(f"postgresql+psycopg://tester:***@127.0.0.1:{postgres_server.port}")
    assert len(report.sha256) == 64
    assert report.unplaced_headers == ("line",)
    assert "s3cret" not in repr(city.reports) + str(city.quarantine)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "query", "words"),
    [
        ({}, "select * from nothing_here", "nothing_here"),
        ({}, "selekt 1", "syntax error"),
        ({}, "select nextval('counter')", "read-only transaction"),
        ({}, "create table t (a int)", "syntax error"),
        ({"password": "wr0ng"}, "select 1", "password authentication failed"),
        ({"database": "absent"}, "select 1", "does not exist"),
    ],
)
def test_what_a_database_refuses_is_one_sentence_without_the_password(
    tmp_path: Path, postgres_server: PostgresServer, change: dict[str, str], query: str, words: str
) -> None:
    engine = sa.create_engine(postgres_server.uri())
    with engine.begin() as connection:
        connection.execute(sa.text("create sequence if not exists counter"))
    engine.dispose()
    uri = postgres_server.uri(**change)
    (tmp_path / "evidence.toml").write_text(f"[sources.cases]\ndatabase = '{uri}'\nquery = \"{query}\"\n")
    with pytest.raises(DatabaseError) as caught:
        load(tmp_path)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "wr0ng" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 69


def test_an_unreachable_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "evidence.toml").write_text(
        "[sources.cases]\ndatabase = 'postgresql+psycopg://u:hidden@127.0.0.1:9/city'\nquery = 'select 1'\n"
    )
    with pytest.raises(DatabaseError, match=r"127\.0\.0\.1") as caught:
        load(tmp_path)
    assert "hidden" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_DB", "agency.db")
    fill(f"sqlite:///{tmp_path}/agency.db")
    assert load(settings_for(tmp_path, "sqlite:///${CITY_DB}")).frame("cases").height == 3


def test_a_database_is_only_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "agency.db") as connection:
        connection.execute("create table cases (case_id text)")
    connection.close()
    (tmp_path / "evidence.toml").write_text(
        "[sources.cases]\ndatabase = 'sqlite:///agency.db'\nquery = 'drop table cases'\n"
    )
    with pytest.raises(DatabaseError, match="readonly"):
        load(tmp_path)


def test_pictures_in_typed_columns_never_come_in(tmp_path: Path) -> None:
    frame = pl.DataFrame({"parcel_id": ["1"], "situs_address": ["12 Oak"], "zone": [b"\xff\xd8\xff"]})
    frame.write_parquet(tmp_path / "assessor.parquet")
    (tmp_path / "cases.csv").write_text("case_id,subject_address,opened_on\nC1,12 Oak St,2007-04-03\n")
    city = load(tmp_path)
    assert city.frame("assessor").get_column("zone").item() is None
    assert city.reports["assessor"].refused_headers == {"zone": "bytes (a photograph?)"}


def test_the_hash_of_a_query_depends_on_its_content_alone() -> None:
    frame = pl.DataFrame({"case_id": ["C1"], "subject_address": ["x"], "opened_on": [DAY]})
    other = frame.with_columns(subject_address=pl.lit("y"))
    first, again, changed = (City.from_frames({"cases": one}).reports["cases"].sha256 for one in (frame, frame, other))
    assert first == again != changed
