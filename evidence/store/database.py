"""A store is opened: SQLite by default, PostgreSQL by its address. One writer at a time, readers see one moment.

SQLite: write-ahead log, every commit flushed to the disk before it counts, the file readable by its owner alone.
PostgreSQL: a writer holds the row of the chain's head until it commits.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from evidence.errors import StoreUnavailable
from evidence.store import tables
from evidence.store.chain import GENESIS
from loaders.database import parsed_url, said
from loaders.errors import SettingsError

BUSY_SECONDS: Final = 60
"""How long a writer waits for the others before it gives up."""
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of the access record."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Store:
    """An open store. label: its address as it may be shown, without a password."""

    engine: sa.Engine
    label: str
    id: str
    clock: Clock = utc_now

    def now(self) -> str:
        """The time as the tables hold it."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def today(self) -> str:
        """The day, in UTC, as the tables hold it."""
        return self.now()[:10]

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes: all of it or nothing, one at a time. Raises StoreUnavailable."""
        with self._said(), self.engine.connect() as connection:
            writer = connection.execution_options(writing=True)
            with writer.begin():
                if self.engine.dialect.name == "postgresql":
                    heads = tables.chain_heads
                    writer.execute(sa.select(heads.c.seq).where(heads.c.chain == "access_log").with_for_update())
                yield writer

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one moment of the store. Raises StoreUnavailable."""
        with self._said(), self.engine.connect() as connection:
            if self.engine.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            raise StoreUnavailable(f"the store {self.label}: {said(error, self.engine.url)}") from error
        except UnicodeDecodeError as error:
            raise _garbled(self.label) from error


@contextmanager
def opened(place: str, clock: Clock = utc_now) -> Iterator[Store]:
    """The store at a place. Raises StoreUnavailable where there is none or it has an older form."""
    url = _url(place)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        # An empty store in the place of one that was moved or removed would be a record without a past.
        raise StoreUnavailable(
            f"there is no store {url.database}: `evidence audit setup --store ...` makes one; if there was one, "
            "find out where it went first"
        )
    engine = _engine(url)
    label = url.render_as_string(hide_password=True)
    try:
        found = _identity(engine, label)
        yield Store(engine, label, found, clock)
    finally:
        engine.dispose()


def migrate(place: str, clock: Clock = utc_now) -> bool:
    """Make the store at a place, or bring it to the newest form; True where it is new. Raises StoreUnavailable."""
    from alembic import command
    from alembic.config import Config

    url = _url(place)
    if url.get_backend_name() == "sqlite":
        _own_file(Path(str(url.database)))
    engine = _engine(url)
    label = url.render_as_string(hide_password=True)
    try:
        with engine.connect() as connection, connection.execution_options(writing=True).begin():
            config = Config()
            config.set_main_option("script_location", str(resources.files("evidence.store") / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if connection.scalar(sa.select(tables.store.c.id)) is not None:
                return False
            now = clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            connection.execute(tables.store.insert().values(id=str(uuid.uuid4()), created_at=now))
            for chain in tables.CHAINS:
                connection.execute(tables.chain_heads.insert().values(chain=chain, seq=0, hash=GENESIS))
            return True
    except sa.exc.SQLAlchemyError as error:
        raise StoreUnavailable(f"the store {label}: {said(error, url)}") from error
    except UnicodeDecodeError as error:
        raise _garbled(label) from error
    finally:
        engine.dispose()


def newest_form() -> str:
    """Revision of the newest migration, the four digits its file name begins with."""
    versions = resources.files("evidence.store") / "migrations" / "versions"
    return max(path.name[:4] for path in versions.iterdir() if path.name[:4].isdigit())


def _identity(engine: sa.Engine, label: str) -> str:
    """Id of the store. Raises StoreUnavailable where it is none, or not of this program's form."""
    try:
        with engine.connect() as connection:
            form = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            found = connection.scalar(sa.select(tables.store.c.id))
    except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
        raise StoreUnavailable(
            f"{label} cannot be used as a store ({said(error, engine.url)}); `evidence audit setup` makes one"
        ) from error
    except sa.exc.DatabaseError as error:  # SQLite: a file that is no database, or a damaged one
        raise StoreUnavailable(f"{label} cannot be used as a store: {said(error, engine.url)}") from error
    except UnicodeDecodeError as error:
        raise _garbled(label) from error
    if form != newest_form() or found is None:
        raise StoreUnavailable(
            f"the store {label} has form {form}, this program {newest_form()}: run `evidence audit setup` with the "
            "newer of the two programs"
        )
    return str(found)


def _garbled(label: str) -> StoreUnavailable:
    """SQLite quotes what it cannot read, and its driver cannot read the quotation."""
    return StoreUnavailable(f"the store {label} is damaged: it holds bytes that are no text")


def _url(place: str) -> sa.URL:
    url = parsed_url(place) if "://" in place else sa.URL.create("sqlite", database=os.path.realpath(place))
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(f"a store is kept in SQLite or PostgreSQL, not in {url.get_backend_name()}")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError("a store is a file: name one, an access record in memory is none")
    return url


def _engine(url: sa.URL) -> sa.Engine:
    try:
        if url.get_backend_name() == "postgresql":
            return sa.create_engine(url, connect_args={"connect_timeout": 10}, pool_size=1)
        engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=1)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise SettingsError(
            f"{said(error, url)}; PostgreSQL needs `pip install occupancy-evidence[postgres]` and an address "
            "postgresql+psycopg://user@host/name"
        ) from error
    sa.event.listen(engine, "connect", _sqlite_connected)
    sa.event.listen(engine, "begin", _sqlite_begins)
    return engine


def _sqlite_connected(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin as `_sqlite_begins` says, not as the driver guesses
    for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):  # what is purged is overwritten
        connection.execute(f"PRAGMA {setting}").close()


def _sqlite_begins(connection: sa.Connection) -> None:
    # A writer takes the lock before it reads the head: two that read the same head could not both go on.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _own_file(path: Path) -> None:
    """An empty file that its owner alone may read, unless one is there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the store {path} cannot be made: {error.strerror or error}") from error
