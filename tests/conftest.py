"""What all tests share: hypothesis without deadlines, and a real PostgreSQL server for the tests that ask for one.

Where $CI is set, hypothesis draws the same examples each time: a change is not stopped by an example that chance found
elsewhere. On a desk examples are drawn anew, and a law that breaks there is mended there. The server lives for one
test run and listens on 127.0.0.1.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no counterexample.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

USER, PASSWORD = "tester", "s3cret/pa:ss@word"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """Where the server listens; `uri()` is ready for SQLAlchemy, password quoted."""

    port: int

    def uri(self, password: str = "s3cret%2Fpa%3Ass%40word", database: str = "postgres") -> str:
        return f"postgresql+psycopg://{USER}:{password}@127.0.0.1:{self.port}/{database}"


def _binaries() -> Path | None:
    """Folder of initdb and pg_ctl: from PATH, else the newest of Debian's."""
    found = shutil.which("initdb")
    if found and shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server in a fresh folder, as the postgres user when the tests run as root, and stop it at the end."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server (initdb, pg_ctl) on this machine")
    as_user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="evidence-pg-"))
    if as_user:
        shutil.chown(folder, as_user)

    def run(*command: str) -> None:
        with (folder / "out.log").open("ab") as log:  # a pipe would stay open as long as the server runs
            subprocess.run(command, check=True, user=as_user, cwd=folder, stdout=log, stderr=log, timeout=60)

    (folder / "password").write_text(PASSWORD)
    data, port = str(folder / "data"), _free_port()
    run(
        str(binaries / "initdb"),
        "-D",
        data,
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        "--pwfile",
        "password",
        "-N",
        "-E",
        "UTF8",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -F"
    run(str(binaries / "pg_ctl"), "-D", data, "-o", options, "-w", "start")
    try:
        yield PostgresServer(port)
    finally:
        run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
