"""A query of a database -> `RawTable`; values come as the text a CSV export of the query would hold.

Connections are opened read-only. A password is never shown: error texts are built from the URI with the
password masked, and the driver's own message is cut to its first line and searched for it.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import polars as pl
import sqlalchemy as sa

from loaders.errors import DatabaseError, SettingsError
from loaders.formats.raw import RawTable, Remark, position_schema, row_numbers, table_digest, tidy_stamps

CONNECT_SECONDS = 10
_CHUNK = 20_000
_ENV = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A table, how its origin is named in reports (never with a password), and the hash of its canonical bytes."""

    table: RawTable
    label: str
    sha256: str


def read(uri: str, query: str, folder: Path) -> QueryResult:
    """Run a query. A relative sqlite path is relative to the city folder.

    Raises SettingsError (the URI or an environment variable), DatabaseError (everything the database says).
    """
    url = _url(uri, folder)
    label = url.render_as_string(hide_password=True)
    try:
        engine = sa.create_engine(url, connect_args=_connect_args(url), poolclass=sa.NullPool)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise SettingsError(
            f"{label}: {said(error, url)}; use sqlite:///file or postgresql+psycopg://user@host/name"
        ) from error
    try:
        with engine.connect().execution_options(stream_results=True, postgresql_readonly=True) as connection:
            result = connection.execute(sa.text(query))
            if not result.returns_rows:
                raise DatabaseError(f"{label}: the query returns no rows: it must be a SELECT")
            headers = tuple(map(str, result.keys()))
            table = _table(headers, (list(chunk) for chunk in result.partitions(_CHUNK)))
    except sa.exc.SQLAlchemyError as error:
        raise DatabaseError(f"{label}: {said(error, url)}") from error
    finally:
        engine.dispose()
    return QueryResult(table, label, table_digest(table))


def parsed_url(uri: str) -> sa.URL:
    """A database address with ${VARIABLES} of the environment put in. Raises SettingsError, which shows no password."""

    def expand(match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if value is None:
            raise SettingsError(f"the database address needs the environment variable {match[1]}, which is not set")
        return quote(value, safe="")

    try:
        return sa.make_url(_ENV.sub(expand, uri))
    except (sa.exc.ArgumentError, ValueError) as error:
        raise SettingsError(
            "the database address cannot be read; write it as dialect://user:password@host/name"
        ) from error


def _url(uri: str, folder: Path) -> sa.URL:
    url = parsed_url(uri)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        path = folder / url.database
        if not path.is_file():
            raise DatabaseError(f"sqlite:///{url.database}: no such database file in {folder}")
        return url.set(database=f"file:{quote(str(path.resolve()))}", query={"mode": "ro", "uri": "true"})
    return url


def _connect_args(url: sa.URL) -> dict[str, int]:
    return {"connect_timeout": CONNECT_SECONDS} if url.get_backend_name() == "postgresql" else {}


def said(error: Exception, url: sa.URL) -> str:
    """The first line of what the driver said, without the password."""
    origin = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(origin).splitlines() if line.strip()]
    line = lines[0] if lines else type(origin).__name__
    password = str(url.password) if url.password else ""
    return line.replace(password, "***") if password else line


def _table(headers: tuple[str, ...], chunks: Iterator[Sequence[sa.Row[tuple[object, ...]]]]) -> RawTable:
    schema = position_schema(len(headers))
    frames: list[pl.DataFrame] = []
    faults: list[Remark] = []
    binary: set[int] = set()
    before = 0
    for chunk in chunks:
        columns: dict[str, list[str | None]] = {}
        for position, values in enumerate(zip(*chunk, strict=True)):
            texts: list[str | None] = []
            for offset, value in enumerate(values):
                if isinstance(value, bytes | bytearray | memoryview):
                    binary.add(position)
                    value = None
                elif isinstance(value, dict | list | tuple | set):
                    faults.append(
                        Remark(
                            before + offset + 1, headers[position], str(value)[:80], "a nested value, not a single one"
                        )
                    )
                    value = None
                texts.append(_text(value))
            columns[str(position)] = texts
        frames.append(pl.DataFrame(columns, schema=schema))
        before += len(chunk)
    cells = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
    cells = cells.with_columns(tidy_stamps(column) for column in cells.get_columns())
    return RawTable(
        headers, cells, row_numbers(cells.height), cells.height, faults=tuple(faults), binary=frozenset(binary)
    )


def _text(value: object) -> str | None:
    """One database value as a CSV would show it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)
