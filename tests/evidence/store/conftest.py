"""A fresh store for each test, on SQLite and on PostgreSQL."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from evidence.store.database import Store, migrate, opened
from tests.conftest import PostgresServer


def fresh_database(server: PostgresServer) -> str:
    """Name of a new database: the server is shared with other tests."""
    name = f"store_{uuid.uuid4().hex}"
    admin = sa.create_engine(server.uri(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a fresh store is; its tables are made."""
    if request.param == "sqlite":
        made = str(tmp_path / "records.sqlite")
    else:
        server = request.getfixturevalue("postgres_server")
        made = server.uri(database=fresh_database(server))
    assert migrate(made)
    return made


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """The store, open."""
    with opened(place) as made:
        yield made


@pytest.fixture
def sqlite_place(tmp_path: Path) -> str:
    """A fresh SQLite store, where the database does not matter."""
    made = str(tmp_path / "records.sqlite")
    migrate(made)
    return made
