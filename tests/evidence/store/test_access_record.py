"""The record in a database: it only grows, and what is done to it behind its back is found and named."""

import json
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from evidence.errors import RecordDamaged, StoreUnavailable
from evidence.store import tables
from evidence.store.anchors import anchor
from evidence.store.database import Store, migrate, newest_form, opened
from evidence.store.log import ACCESS, append, logged
from evidence.store.people import Operator, SeenCase, release_hold, see_cases, set_hold, set_operator
from evidence.store.register import Disclosure, register
from evidence.store.retention import due, purge
from evidence.store.verification import marks_in, verify
from loaders.errors import SettingsError, UnreadableFile
from tests.conftest import PostgresServer

TEN = range(1, 11)


def fill(store: Store) -> None:
    for i in TEN:
        append(store, {"kind": "trial", "i": i}, {"reason": f"reason {i}"})


def behind_its_back(store: Store, *statements: str) -> None:
    """What somebody with the rights of the owner of the database can do: triggers are no obstacle to them."""
    with store.engine.connect() as connection:
        if store.engine.dialect.name == "postgresql":
            off = [f"DROP TRIGGER IF EXISTS access_log_{name} ON access_log" for name in ("only_grows", "next")]
        else:
            off = [f"DROP TRIGGER IF EXISTS access_log_{name}" for name in ("no_update", "no_delete", "next")]
        for statement in (*off, *statements):
            connection.exec_driver_sql(statement)
        connection.commit()


def named(store: Store, path: Path | None = None) -> list[tuple[int, str]]:
    """Entry and kind of every fault."""
    marks = marks_in(path, store.id) if path else None
    return [(fault.seq, fault.kind) for fault in verify(store, marks).faults]


def test_what_was_written_is_there_and_whole(store: Store) -> None:
    fill(store)
    assert [one.entry.seq for one in logged(store)] == list(TEN)
    assert [one.details["reason"] for one in logged(store) if one.details] == [f"reason {i}" for i in TEN]
    assert verify(store).entries == {ACCESS: 10, "disclosures": 0}
    assert named(store) == []


@pytest.mark.parametrize("chain", ["access_log", "disclosures"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET hash = 'x' WHERE seq = 1", "DELETE FROM {}", "INSERT INTO {} VALUES (7, 'x', 'y')"],
)
def test_the_database_itself_refuses_to_change_a_chain(store: Store, chain: str, statement: str) -> None:
    fill(store)
    document = Path(str(tables.__file__))
    register(store, Disclosure(document, "C-1", "A. Owner", "owner", "investigation", "notice", "J. Inspector"))
    with (
        pytest.raises(sa.exc.DatabaseError, match=r"only grows|takes only its next entry"),
        store.engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement.format(chain))
    assert named(store) == []


@pytest.mark.postgres
def test_postgresql_refuses_to_empty_a_chain(store: Store) -> None:
    if store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(sa.exc.DatabaseError, match="only grows"), store.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE access_log")


@pytest.mark.postgres
def test_a_role_as_the_documentation_makes_it_can_work_and_cannot_tamper(
    place: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    if not place.startswith("postgresql"):
        pytest.skip("SQLite has no roles")
    page = (Path(__file__).parents[3] / "docs" / "data-protection.md").read_text("utf-8")
    sql = page.partition("```sql\n")[2].partition("```")[0]
    owner = sa.create_engine(place)
    with owner.begin() as connection:
        for statement in filter(None, map(str.strip, sql.split(";"))):
            connection.exec_driver_sql(statement)
    database = sa.make_url(place).database
    theirs = f"postgresql+psycopg://evidence_user:choose%20one@127.0.0.1:{postgres_server.port}/{database}"
    with opened(theirs) as store:
        set_operator(store, Operator("A", "inspector", "2020-01-01", None), by="A")
        see_cases(store, [SeenCase("C-1", "open")])
        see_cases(store, [SeenCase("C-1", "closed")])
        set_hold(store, "C-1", "appeal", "A")
        release_hold(store, "C-1", "decided", "A")
        register(store, Disclosure(Path(__file__), "C-1", "B", "court", "proceeding", "hearing", "A"))
        fill(store)
        anchor(store, tmp_path / "anchors.jsonl", "A")
        for statement in (
            "UPDATE access_log SET body = 'x' WHERE seq = 1",
            "DELETE FROM disclosures",
            "TRUNCATE access_log",
            "DROP TRIGGER access_log_only_grows ON access_log",
            "ALTER TABLE access_log DISABLE TRIGGER ALL",
            "DELETE FROM chain_heads",
        ):
            with pytest.raises(sa.exc.ProgrammingError), store.engine.begin() as connection:
                connection.exec_driver_sql(statement)
        assert named(store) == []
    with opened(theirs, clock=lambda: datetime(2100, 1, 1, tzinfo=UTC)) as store:
        assert len(purge(store, due(store), "A")) > 10
        assert named(store) == []
    with owner.begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY evidence_user")
        connection.exec_driver_sql("DROP ROLE evidence_user")
    owner.dispose()


SWAP = [
    "UPDATE access_log SET seq = 100 WHERE seq = 4",
    "UPDATE access_log SET seq = 4 WHERE seq = 7",
    "UPDATE access_log SET seq = 7 WHERE seq = 100",
]
HEAD_BACK = (
    "UPDATE chain_heads SET seq = 8, hash = (SELECT hash FROM access_log WHERE seq = 8) WHERE chain = 'access_log'"
)


@pytest.mark.parametrize(
    ("statements", "faults"),
    [
        (["UPDATE access_log SET body = replace(body, '\"i\":5', '\"i\":6') WHERE seq = 5"], [(5, "changed")]),
        (["UPDATE access_log SET hash = 'x' WHERE seq = 5"], [(5, "changed")]),
        (["DELETE FROM access_log WHERE seq = 3"], [(3, "missing"), (3, "details added")]),
        (["DELETE FROM access_log WHERE seq > 8"], [(9, "truncated"), (9, "details added"), (10, "details added")]),
        (SWAP, [(4, "moved"), (7, "moved"), (4, "details changed"), (7, "details changed")]),
        (["UPDATE access_details SET content = '{}' WHERE seq = 6"], [(6, "details changed")]),
        (["DELETE FROM access_details WHERE seq = 6"], [(6, "details missing")]),
        (["INSERT INTO access_details VALUES (11, '{}')"], [(11, "details added")]),
        (["DELETE FROM chain_heads WHERE chain = 'access_log'"], [(10, "head")]),
        (["UPDATE chain_heads SET seq = 4 WHERE chain = 'access_log'"], [(10, "head")]),
    ],
    ids=lambda value: value[0][:40] if isinstance(value[0], str) else "",
)
def test_tampering_is_found_and_named(store: Store, statements: list[str], faults: list[tuple[int, str]]) -> None:
    fill(store)
    behind_its_back(store, *statements)
    assert sorted(named(store)) == sorted(faults)


@pytest.mark.parametrize("table", ["access_log SET body", "access_details SET content"])
def test_an_entry_that_is_no_longer_readable_is_said_where_the_log_is_read(store: Store, table: str) -> None:
    fill(store)
    behind_its_back(store, f"UPDATE {table} = '{{' WHERE seq = 6")
    with pytest.raises(RecordDamaged, match="entry 6 of access_log"):
        list(logged(store))


def test_a_file_of_bytes_that_are_no_text_is_no_store(sqlite_place: str) -> None:
    content = Path(sqlite_place).read_bytes()
    Path(sqlite_place).write_bytes(content.replace(b"CREATE TABLE", b"CREATE \xff\xfe\xba\xfdLE"))
    with pytest.raises(StoreUnavailable), opened(sqlite_place) as store:
        append(store, {"kind": "trial"})


def test_a_log_cut_off_together_with_its_count_is_found_against_an_anchor(store: Store, tmp_path: Path) -> None:
    fill(store)
    path = tmp_path / "anchors.jsonl"
    anchor(store, path, "J. Inspector")
    cut = ["DELETE FROM access_log WHERE seq > 8", "DELETE FROM access_details WHERE seq > 8", HEAD_BACK]
    behind_its_back(store, *cut)
    assert named(store) == [], "it looks like a shorter log"
    assert named(store, path) == [(9, "truncated")]
    assert "entries 9 to 11 are missing at the end" in str(verify(store, marks_in(path, store.id)).faults[0])


def test_a_log_written_anew_is_found_against_an_anchor(store: Store, tmp_path: Path) -> None:
    fill(store)
    path = tmp_path / "anchors.jsonl"
    anchor(store, path, None)
    behind_its_back(
        store,
        "DELETE FROM access_log WHERE seq > 4",
        "DELETE FROM access_details WHERE seq > 4",
        HEAD_BACK.replace("8", "4"),
    )
    for i in range(8):
        append(store, {"kind": "trial", "i": i})
    assert named(store) == []
    assert named(store, path) == [(11, "not as anchored")]


def test_the_register_cannot_be_shortened_alone(store: Store) -> None:
    document = Path(str(tables.__file__))
    for name in ("A. Owner", "B. Court"):
        register(store, Disclosure(document, "C-1", name, "owner", "proceeding", "hearing", "J. Inspector"))
    assert named(store) == []
    off = "DROP TRIGGER disclosures_no_delete"
    if store.engine.dialect.name == "postgresql":
        off = "DROP TRIGGER disclosures_only_grows ON disclosures"
    shorter = "UPDATE chain_heads SET seq = 1, hash = (SELECT hash FROM disclosures WHERE seq = 1)"
    with store.engine.begin() as connection:
        for statement in (off, "DELETE FROM disclosures WHERE seq = 2", f"{shorter} WHERE chain = 'disclosures'"):
            connection.exec_driver_sql(statement)
    assert named(store) == [(2, "truncated")]


def test_an_anchor_of_another_store_is_refused(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    line = {"store": "other", "chain": ACCESS, "seq": 1, "hash": "0" * 64}
    path.write_text(json.dumps(line))
    with pytest.raises(UnreadableFile, match="another store"):
        marks_in(path, store.id)


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"store": "x"}\n{'])
def test_a_file_that_notes_nothing_is_no_anchor(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "anchors.jsonl"
    path.write_text(text)
    if text:
        with pytest.raises(UnreadableFile):
            marks_in(path, store.id)
    else:
        assert marks_in(path, store.id) == {}


@pytest.mark.parametrize(
    "text", ["<b>x</b>", "=cmd|' /C calc'!A0", "\x00\x01", "\ud800", "😀", "' OR 1=1 --", "a" * 9999]
)
def test_any_text_can_be_logged(store: Store, text: str) -> None:
    append(store, {"kind": "trial", "operator": text}, {"reason": text})
    (one,) = logged(store)
    assert one.content["operator"] == text
    assert one.details is not None
    assert one.details["reason"] == text
    assert named(store) == []


# Opening ------------------------------------------------------------------------------------------------------


def test_a_store_is_made_once(place: str) -> None:
    assert not migrate(place)


def test_migrations_make_the_tables_that_the_program_uses(store: Store) -> None:
    made = sa.MetaData()
    made.reflect(store.engine)
    assert set(made.tables) - {"alembic_version"} == set(tables.metadata.tables)
    for name, table in tables.metadata.tables.items():
        columns = {c.name: (str(c.type), bool(c.nullable), bool(c.primary_key)) for c in made.tables[name].columns}
        wanted = {c.name: (str(c.type), bool(c.nullable), bool(c.primary_key)) for c in table.columns}
        assert columns == wanted, name


def test_migrations_are_numbered_one_after_another() -> None:
    folder = Path(str(tables.__file__)).parent / "migrations" / "versions"
    numbers = sorted(path.name[:4] for path in folder.glob("[0-9]*.py"))
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
    assert newest_form() == numbers[-1]
    for number, path in zip(numbers, sorted(folder.glob("[0-9]*.py")), strict=True):
        before = "None" if number == "0001" else f'"{int(number) - 1:04d}"'
        text = path.read_text("utf-8")
        assert f'revision = "{number}"' in text
        assert f"down_revision = {before}" in text


def test_a_store_that_is_not_there_is_not_made_in_silence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="audit setup"), opened(str(tmp_path / "gone.sqlite")):
        pass
    assert not (tmp_path / "gone.sqlite").exists()


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + b"\xff" * 500])
def test_a_file_that_is_no_store_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable) as caught, opened(str(path)):
        pass
    assert "\n" not in str(caught.value)


def test_a_store_of_another_form_is_refused(store: Store, place: str) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match="form 9999"), opened(place):
        pass


@pytest.mark.parametrize("place", ["mysql://x/y", "sqlite://", "nonsense://"])
def test_a_place_where_no_store_can_be_is_refused(place: str) -> None:
    with pytest.raises(SettingsError), opened(place):
        pass


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreUnavailable) as caught, opened("postgresql+psycopg://u:hidden@127.0.0.1:9/city"):
        pass
    assert "hidden" not in str(caught.value)


def test_only_its_owner_reads_a_sqlite_store(sqlite_place: str) -> None:
    assert stat.S_IMODE(Path(sqlite_place).stat().st_mode) == 0o600


def test_sqlite_flushes_every_commit(sqlite_place: str) -> None:
    with opened(sqlite_place) as store, store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert sqlite3.connect(sqlite_place).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_times_are_utc(sqlite_place: str) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with opened(sqlite_place, clock=lambda: noon) as store:
        append(store, {"kind": "trial"})
        assert next(logged(store)).content["at"] == "2026-03-01T12:00:00.000000Z"
