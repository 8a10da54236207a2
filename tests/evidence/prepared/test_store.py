"""Stages on disk: whole or not there, their owner's alone, and noticed when they are not as they were written."""

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.fingerprint import Fingerprints, key_of
from evidence.prepared.manifest import STAGES, Entry, Manifest, publish, read_manifest
from evidence.prepared.store import Store


@dataclass(frozen=True, slots=True)
class Rows:
    rows: pl.DataFrame


FRAME = pl.DataFrame({"n": range(400_000)})  # beyond a megabyte: not hashed whole when it is read
SMALL = pl.DataFrame({"n": range(10)})
KEY = key_of("made from this")


def stored(folder: Path, frame: pl.DataFrame) -> tuple[Store, Entry]:
    store = Store(folder / "kept")
    with store.locked():
        entry = store.write("rows", KEY, Rows(frame), Rows)
        publish(store.folder, Manifest({KEY: entry}, {}))
    return store, entry


@pytest.mark.parametrize("frame", [FRAME, SMALL, SMALL.clear()])
def test_a_stage_is_read_as_it_was_written(frame: pl.DataFrame, tmp_path: Path) -> None:
    store, entry = stored(tmp_path, frame)
    manifest = read_manifest(store.folder)
    assert manifest is not None
    assert manifest.stages == {KEY: entry}
    assert_frame_equal(store.read(entry, Rows).rows, frame)
    store.verify(entry)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    store, _ = stored(tmp_path, SMALL)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [store.folder, *store.folder.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def turn_first_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def turn_last_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [cut_short, empty, turn_first_byte, turn_last_byte, Path.unlink])
@pytest.mark.parametrize("name", ["0.arrow", "value.json"])
@pytest.mark.parametrize("frame", [FRAME, SMALL], ids=["large", "small"])
def test_a_harmed_file_is_named(harm: Callable[[Path], None], name: str, frame: pl.DataFrame, tmp_path: Path) -> None:
    store, entry = stored(tmp_path, frame)
    path = store.folder / STAGES / entry.folder / name
    harm(path)
    with pytest.raises(DamagedPreparation) as caught:
        store.read(entry, Rows)
    assert str(path) in str(caught.value)
    assert "evidence prepare" in str(caught.value)
    assert caught.value.exit_code == 65
    with pytest.raises(DamagedPreparation):
        store.verify(entry)


def test_a_byte_in_the_middle_of_a_long_file_is_found_when_all_is_verified(tmp_path: Path) -> None:
    store, entry = stored(tmp_path, FRAME)
    path = store.folder / STAGES / entry.folder / "0.arrow"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedPreparation, match=r"0\.arrow"):
        store.verify(entry)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 3}', b"\xff\xfe", b'{"format": 3, "stages": 3}'])
def test_a_harmed_list_of_stages_is_named(content: bytes, tmp_path: Path) -> None:
    store, _ = stored(tmp_path, SMALL)
    (store.folder / "manifest.json").write_bytes(content)
    with pytest.raises(DamagedPreparation, match=r"manifest\.json"):
        read_manifest(store.folder)


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    store, entry = stored(tmp_path, SMALL)
    left = store.folder / STAGES / ".rows-abc.partial-1-0a"
    left.mkdir()
    (left / "0.arrow").write_bytes(b"half")
    old = store.folder / STAGES / "rows-of-yesterday"
    old.mkdir()
    store.clear_away(Manifest({KEY: entry}, {}))
    assert [path.name for path in (store.folder / STAGES).iterdir()] == [entry.folder]


def test_a_file_changed_in_place_has_another_fingerprint_whatever_its_times_say(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"a,b\n1,2\n")
    facts = path.stat()
    long_ago = facts.st_mtime_ns - 10_000_000_000
    os.utime(path, ns=(long_ago, long_ago))
    time.sleep(2.1)  # younger stamps are not trusted
    first = Fingerprints({})
    before = first.of(path)
    assert len(first.found) == 1
    assert Fingerprints(first.found).of(path) == before
    path.write_bytes(b"a,b\n1,3\n")
    os.utime(path, ns=(long_ago, long_ago))
    assert Fingerprints(first.found).of(path) != before


def test_the_stamp_of_a_file_written_a_moment_ago_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"a\n")
    prints = Fingerprints({})
    assert prints.of(path) is not None
    assert not prints.found
