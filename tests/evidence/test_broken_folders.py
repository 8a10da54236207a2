"""Broken inputs, end to end: each ends in one clear sentence and its exit code, none in a traceback; good rows survive.

`tests/loaders/test_hostile_inputs.py` has the loader's own table; here the command is run as an inspector runs it.
"""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

PROGRAM = Path(sys.executable).parent / "evidence"
CASES = "case_id,subject_address,opened_on\n"


def _replace(name: str, old: str, new: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_bytes()
        assert old.encode() in text, f"{name} has no {old!r} to break"
        path.write_bytes(text.replace(old.encode(), new.encode()))

    return change


def _write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def _rename(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / old).rename(folder / new)


def _cut_gzip(folder: Path) -> None:
    packed = gzip.compress((folder / "assessor.csv").read_bytes())
    (folder / "assessor.csv").unlink()
    (folder / "assessor.csv.gz").write_bytes(packed[: len(packed) // 2])


def _folder_for_file(folder: Path) -> None:
    (folder / "assessor.csv").unlink()
    (folder / "assessor.csv").mkdir()


def _link_loop(folder: Path) -> None:
    (folder / "assessor.csv").unlink()
    os.symlink("assessor.csv", folder / "assessor.csv")


def _long_line(folder: Path) -> None:
    (folder / "assessor.csv").write_bytes(b"parcel_id,situs_address\n" + b"x" * (11 << 20))


def _second_file(folder: Path) -> None:
    shutil.copy(folder / "cases.csv", folder / "cases.tsv")


# what, how it is broken, exit code, words of the one sentence, are results written?
BROKEN: list[tuple[str, Callable[[Path], object], int, str, bool]] = [
    ("a folder without cases", lambda f: (f / "cases.csv").unlink(), 66, "has no cases file", False),
    ("empty cases", _write("cases.csv", b""), 65, "cases.csv is empty", False),
    ("cases with a header only", _write("cases.csv", CASES.encode()), 65, "cases.csv", False),
    ("no usable case", _write("cases.csv", f"{CASES}A,,2007-01-01\n".encode()), 65, "none of its 1 rows", False),
    ("cases twice", _second_file, 65, "cases is there more than once", False),
    ("cases in no encoding", _write("cases.csv", bytes(range(1, 256)) * 40), 65, "cases.csv", False),
    ("a settings file that is no TOML", _write("evidence.toml", b"rule_pack = ["), 78, "not valid TOML", False),
    ("an unknown setting", _write("evidence.toml", b"rulepack = 'x'"), 78, "no such setting", False),
    ("an unknown rule pack", _write("evidence.toml", b"rule_pack = 'atlantis'"), 65, "no rule pack 'atlantis'", False),
    ("an empty source", _write("assessor.csv", b""), 65, "assessor.csv is empty", True),
    ("binary junk", _write("assessor.csv", b"\x00\x01\xfe\xff" * 5000), 65, "assessor.csv is not text", True),
    ("a missing column", _replace("assessor.csv", "Parcel Id", "Shoe Size"), 65, "required column 'parcel_id'", True),
    ("a line of eleven megabytes", _long_line, 65, "longer than 10 MB", True),
    ("half a gzip", _cut_gzip, 65, "damaged gzip", True),
    ("CSV that says XLSX", _rename("assessor.csv", "assessor.xlsx"), 65, "not a readable XLSX", True),
    ("CSV that says Parquet", _rename("assessor.csv", "assessor.parquet"), 65, "not a readable Parquet", True),
    ("a folder that says CSV", _folder_for_file, 65, "is a folder", True),
    ("a link to itself", _link_loop, 65, "cannot be read", True),
    (
        "a database that is not there",
        _write("evidence.toml", b"[sources.assessor]\ndatabase='sqlite:///no/where.db'\nquery='select 1'\n"),
        69,
        "",
        True,
    ),
    (
        "a path that is not there",
        _write("evidence.toml", b"[sources.assessor]\npath='gone.csv'\n"),
        66,
        "gone.csv",
        True,
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("what", "break_it", "code", "words", "written"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_folder_ends_in_one_sentence_and_its_exit_code(
    what: str,
    break_it: Callable[[Path], object],
    code: int,
    words: str,
    written: bool,
    tiny_folder: Path,
    tmp_path: Path,
) -> None:
    city = tmp_path / "city"
    shutil.copytree(tiny_folder, city)
    break_it(city)
    out = tmp_path / "out"
    done = subprocess.run(
        [PROGRAM, "screen", city, "-o", out, "--quiet"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, f"{what}: {done.stderr}"
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert words in lines[0]
    assert "Traceback" not in done.stderr
    assert (out / "screen.parquet").exists() == written
    if written:
        assert pl.read_parquet(out / "screen.parquet").height > 0
    assert not [path for path in tmp_path.iterdir() if path.name not in ("city", "out")], "nothing half-written is left"
