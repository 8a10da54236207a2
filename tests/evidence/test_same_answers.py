"""One city kept in five ways: as generated, CSV in Windows-1252, a workbook, Parquet, a database. The answers are one.

The files hold what the agencies wrote, cell by cell; only the container differs. Tables are compared as bytes.
"""

import csv
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
import xlsxwriter

from evidence import load, screen
from evidence.synthetic import generate
from tests.conftest import PostgresServer

SCALE = os.environ.get("EVIDENCE_SAME_ANSWERS_SCALE", "tiny")  # `town` measures what the changelog claims
TABLES = ("screen", "occupants", "persons", "mentions", "plates", "vehicles")
Raw = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    """Every source as the text cells of its file, headers as the agency wrote them."""
    folder = generate(tmp_path_factory.mktemp("demo"), scale=SCALE, seed=11, formats="parquet").city
    return {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


@pytest.fixture(scope="module")
def expected(raw: Raw, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("parquet")
    for source, frame in raw.items():
        frame.write_parquet(folder / f"{source}.parquet")
    return answers(folder)


def answers(folder: Path) -> dict[str, bytes]:
    """The screening tables of a folder, as Parquet bytes."""
    city = load(folder)
    assert not city.failures
    result = screen(city)
    assert result.screen.height > 0
    return {name: _parquet(getattr(result, name)) for name in TABLES}


def _parquet(frame: pl.DataFrame) -> bytes:
    target = BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


def as_windows_csv(raw: Raw, folder: Path) -> None:
    for source, frame in raw.items():
        with (folder / f"{source}.csv").open("w", encoding="cp1252", newline="") as target:
            writer = csv.writer(target, lineterminator="\r\n")
            writer.writerow(frame.columns)
            writer.writerows([cell or "" for cell in row] for row in frame.iter_rows())


def as_semicolon_csv_with_mark(raw: Raw, folder: Path) -> None:
    for source, frame in raw.items():
        with (folder / f"{source}.csv").open("w", encoding="utf-8-sig", newline="") as target:
            writer = csv.writer(target, delimiter=";", lineterminator="\n")
            writer.writerow(frame.columns)
            writer.writerows([cell or "" for cell in row] for row in frame.iter_rows())


def as_workbooks(raw: Raw, folder: Path) -> None:
    for source, frame in raw.items():
        with xlsxwriter.Workbook(str(folder / f"{source}.xlsx"), {"constant_memory": True}) as book:
            sheet = book.add_worksheet(source)
            for column, header in enumerate(frame.columns):
                sheet.write_string(0, column, header)
            for number, row in enumerate(frame.iter_rows(), start=1):
                for column, cell in enumerate(row):
                    if cell is not None:
                        sheet.write_string(number, column, cell)


@pytest.mark.slow
@pytest.mark.parametrize("keep", [as_windows_csv, as_semicolon_csv_with_mark, as_workbooks])
def test_files_of_every_kind_give_the_same_answers(
    keep: Callable[[Raw, Path], None], raw: Raw, expected: dict[str, bytes], tmp_path: Path
) -> None:
    keep(raw, tmp_path)
    assert answers(tmp_path) == expected


@pytest.mark.slow
@pytest.mark.postgres
def test_a_database_gives_the_same_answers(
    raw: Raw, expected: dict[str, bytes], tmp_path: Path, postgres_server: PostgresServer
) -> None:
    engine = sa.create_engine(postgres_server.uri())
    settings = []
    with engine.begin() as connection:
        for source, frame in raw.items():
            columns = [sa.Column(header, sa.Text) for header in frame.columns]
            table = sa.Table(f"same_{source}", sa.MetaData(), sa.Column("line_no", sa.Integer), *columns)
            table.create(connection)
            rows = frame.with_row_index("line_no").to_dicts()
            for start in range(0, len(rows), 5_000):
                connection.execute(table.insert(), rows[start : start + 5_000])
            names = ", ".join(f'"{header}"' for header in frame.columns).replace('"', '\\"')
            settings.append(
                f"[sources.{source}]\ndatabase = '{postgres_server.uri()}'\n"
                f'query = "select {names} from same_{source} order by line_no"\n'
            )
    engine.dispose()
    (tmp_path / "evidence.toml").write_text("\n".join(settings), encoding="utf-8")
    assert answers(tmp_path) == expected
