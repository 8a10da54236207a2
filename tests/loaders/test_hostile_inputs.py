"""What goes wrong in real folders: each case ends in one clear sentence and its exit code, never in a traceback,
and the good rows survive wherever there are any."""

import gzip
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from loaders.city import load
from loaders.errors import (
    AmbiguousInput,
    MissingColumn,
    MissingInput,
    NoUsableRows,
    TooLarge,
    UnreadableFile,
    UserError,
    exit_code_of,
)
from loaders.files import Limits, read_table

GOOD = "case_id,subject_address,opened_on\nC1,12 Oak St,2007-04-03\nC2,14 Oak St,2007-04-04\n"


def write(folder: Path, content: str | bytes, name: str = "cases.csv") -> None:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def workbook(*sheets: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for rows in sheets:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"case_id": ["C1"], "subject_address": ["12 Oak St"], "opened_on": ["2007-04-03"]}).write_parquet(
        buffer
    )
    return buffer.getvalue()


GOOD_WORKBOOK = workbook([["case_id", "subject_address", "opened_on"], ["C1", "12 Oak St", "2007-04-03"]])
HEADER = "case_id,subject_address,opened_on\n"


# name, file name, content, error, exit code, words of the sentence
WHOLE_FILE: list[tuple[str, str, str | bytes, type[UserError], int, tuple[str, ...]]] = [
    ("empty file", "cases.csv", "", UnreadableFile, 65, ("cases.csv", "is empty")),
    ("only blank lines", "cases.csv", "\n\r\n  \n", UnreadableFile, 65, ("is empty",)),
    ("only a byte order mark", "cases.csv", b"\xef\xbb\xbf", UnreadableFile, 65, ("is empty",)),
    ("header only", "cases.csv", HEADER, NoUsableRows, 65, ("a header and no rows",)),
    ("header only, xlsx", "cases.xlsx", workbook([["case_id", "subject_address", "opened_on"]]), NoUsableRows, 65,
     ("cases.xlsx", "no rows")),
    ("random bytes", "cases.csv", bytes(range(256)) * 40, UnreadableFile, 65, ("cases.csv",)),
    ("text full of NUL", "cases.csv", b"a\x00b\x00c\x00" * 99, UnreadableFile, 65, ("not text",)),
    ("a workbook named csv", "cases.csv", GOOD_WORKBOOK, UnreadableFile, 65, ("Excel workbook", "extension")),
    ("a PDF named csv", "cases.csv", b"%PDF-1.4 ...", UnreadableFile, 65, ("a PDF",)),
    ("a csv named xlsx", "cases.xlsx", GOOD, UnreadableFile, 65, ("cases.xlsx", "workbook")),
    ("a csv named parquet", "cases.parquet", GOOD, UnreadableFile, 65, ("cases.parquet", "Parquet")),
    ("a csv named gz", "cases.csv.gz", GOOD, UnreadableFile, 65, ("cases.csv.gz", "gzip")),
    ("truncated xlsx", "cases.xlsx", GOOD_WORKBOOK[:3000], UnreadableFile, 65, ("cut short",)),
    ("truncated parquet", "cases.parquet", parquet()[:-20], UnreadableFile, 65, ("cut short",)),
    ("truncated gz", "cases.csv.gz", gzip.compress(os.urandom(9000))[:4000], UnreadableFile, 65, ("cut short",)),
    ("workbook without a row", "cases.xlsx", workbook([], []), UnreadableFile, 65, ("without a row",)),
    ("bytes of no encoding", "cases.csv", HEADER.encode() + b"C1,\x81\x8d Oak,2007-04-03\n", UnreadableFile, 65,
     ("no encoding", "UTF-8")),
    ("broken UTF-16", "cases.csv", b"\xff\xfe" + b"a\x00b", UnreadableFile, 65, ("UTF-16",)),
    ("missing column", "cases.csv", "case_id,addres,opened_on\nC1,x,2007-04-03\n", MissingColumn, 65,
     ("cases.csv", "'subject_address'", "'addres'", "'address'", "evidence.toml")),
    ("no header line", "cases.csv", "C1,12 Oak St,2007-04-03\n", MissingColumn, 65, ("'case_id'", "'C1'")),
    ("one header twice", "cases.csv", "case_id,case_id,subject_address,opened_on\n1,2,x,2007-04-03\n",
     AmbiguousInput, 65, ("'case_id' (column 1)", "'case_id' (column 2)")),
    ("two headers, one column", "cases.csv", "case_id,Address,Location,opened_on\n1,2,x,2007-04-03\n",
     AmbiguousInput, 65, ("'Address'", "'Location'", "'subject_address'")),
    ("all rows bad", "cases.csv", HEADER + "C1,12 Oak,never\nC2,14 Oak,13/45/2007\n", NoUsableRows, 65,
     ("none of its 2 rows", "row 1", "opened_on", "not a date")),
    ("social security numbers as key", "cases.csv", HEADER + "123-45-6789,12 Oak,2007-04-03\n", MissingColumn, 65,
     ("case_id", "refused", "social security")),
    ("json that is none", "cases.jsonl", "hello\nworld\n", UnreadableFile, 65, ("no line that is a JSON object",)),
    ("a json array", "cases.jsonl", json.dumps([{"case_id": "C1"}]), UnreadableFile, 65, ("JSON object",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "error", "code", "words"),
    [pytest.param(*case[1:], id=case[0]) for case in WHOLE_FILE],
)
def test_an_unusable_cases_file_is_one_clear_sentence(
    tmp_path: Path, name: str, content: str | bytes, error: type[UserError], code: int, words: tuple[str, ...]
) -> None:
    write(tmp_path, content, name)
    with pytest.raises(UserError) as caught:
        load(tmp_path)
    message = str(caught.value)
    assert type(caught.value) is error
    assert caught.value.exit_code == code
    assert "\n" not in message
    assert "123-45-6789" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    "content", [pytest.param(case[2], id=case[0]) for case in WHOLE_FILE if case[1] == "cases.csv"]
)
def test_the_same_file_as_another_source_stops_that_source_alone(tmp_path: Path, content: str | bytes) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, content, "assessor.csv")
    city = load(tmp_path)
    assert city.frame("cases").height == 2
    assert city.frame("assessor").is_empty()
    assert "assessor" not in city.present
    assert [failure.source for failure in city.failures] == ["assessor"]
    assert exit_code_of(city.failures) == 65
    with pytest.raises(UserError):
        load(tmp_path, strict=True)


def test_a_source_with_a_header_and_no_rows_is_absent_and_noted(tmp_path: Path) -> None:
    """A list without names must not read as evidence that nobody lives anywhere."""
    write(tmp_path, GOOD)
    write(tmp_path, "student_id,name,address\n", "university_addresses.csv")
    city = load(tmp_path)
    assert city.failures == ()
    assert city.present == {"cases"}
    assert "counted as absent" in city.reports["university_addresses"].notes[0]


# name, file name, content, case numbers that survive, (row, words of the reason) of what does not
ROWS: list[tuple[str, str, str | bytes, list[str], list[tuple[int, str]]]] = [
    ("a row with too many cells", "cases.csv", GOOD + "C3,1 Elm St, Unit 2,2007-04-05\nC4,x,2007-04-06\n",
     ["C1", "C2", "C4"], [(3, "4 cells under 3 headers")]),
    ("a row with too few cells", "cases.csv", GOOD + "C3,1 Elm\nC4,x,2007-04-06\n", ["C1", "C2", "C4"], [(3, "blank")]),
    ("a footer", "cases.csv", GOOD + "Total: 2 cases\n", ["C1", "C2"], [(3, "blank")]),
    ("a quotation mark never closed", "cases.csv", HEADER + 'C0,"12 Oak,2007-04-03\n' + GOOD.split("\n", 1)[1],
     ["C1", "C2"], [(1, "never closed")]),
    ("inches in an address", "cases.csv", GOOD + 'C3,5" pipe on Oak,2007-04-05\n', ["C1", "C2", "C3"], []),
    ("a NUL byte in a row", "cases.csv", GOOD + "C\x003,x,2007-04-05\nC4,x,2007-04-06\n",
     ["C1", "C2", "C4"], [(3, "NUL")]),
    ("dates that do not exist", "cases.csv", GOOD + "C3,x,2007-02-30\nC4,x,2007-13-01\n", ["C1", "C2"],
     [(3, "no such date"), (4, "no such date")]),
    ("blank-like required cells", "cases.csv", GOOD + "N/A,x,2007-04-05\nC4,--,2007-04-05\nC5,x,#N/A\n,,\n",
     ["C1", "C2"], [(3, "blank"), (4, "blank"), (5, "blank"), (6, "blank")]),
    ("a case number used twice", "cases.csv", GOOD + "C1,99 Elm,2007-05-01\n", ["C1", "C2"], [(3, "in row 1")]),
    ("an exact repeat", "cases.csv", GOOD + "C1,12 Oak St,2007-04-03\n", ["C1", "C2", "C1"], []),
    ("title lines above the header", "cases.csv", "City of Example\nRun 4/5/2007\n\n" + GOOD, ["C1", "C2"], []),
    ("empty lines between rows", "cases.csv", GOOD.replace("\nC2", "\n\n\nC2"), ["C1", "C2"], []),
    ("trailing delimiters", "cases.csv", GOOD.replace("\n", ",,\n"), ["C1", "C2"], []),
    ("old Macintosh line ends", "cases.csv", GOOD.replace("\n", "\r"), ["C1", "C2"], []),
    ("an end-of-file mark", "cases.csv", GOOD + "\x1a", ["C1", "C2"], []),
    ("a delimiter line", "cases.csv", "sep=;\n" + GOOD.replace(",", ";"), ["C1", "C2"], []),
    ("formulas are text", "cases.csv", GOOD + "C3,=1+1,2007-04-05\n", ["C1", "C2", "C3"], []),
    ("broken JSON lines", "cases.jsonl",
     '{"case_id":"C1","subject_address":"x","opened_on":"2007-04-03"}\n{"case_id":"C2",\n[1]\n\n',
     ["C1"], [(2, "not valid JSON"), (3, "not a JSON object")]),
    ("nested JSON values", "cases.jsonl",
     '{"case_id":"C1","subject_address":"x","opened_on":"2007-04-03","observations":["a"]}\n'
     '{"case_id":"C2","subject_address":{"a":1},"opened_on":"2007-04-03"}\n', ["C1"], [(2, "nested")]),
    ("JSON numbers", "cases.jsonl", '{"case_id":17,"subject_address":"x","opened_on":20070403}\n', ["17"], []),
    ("a workbook with an empty first sheet", "cases.xlsx",
     workbook([], [["Case #", "Address", "Opened"], ["C1", "x", "4/3/2007"]]), ["C1"], []),
    ("thousands of columns", "cases.csv",
     HEADER.strip() + "," + ",".join(f"x{i}" for i in range(3000)) + "\nC1,x,2007-04-03" + "," * 3000 + "\n",
     ["C1"], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "kept", "lost"), [pytest.param(*case[1:], id=case[0]) for case in ROWS])
def test_good_rows_survive_bad_ones(
    tmp_path: Path, name: str, content: str | bytes, kept: list[str], lost: list[tuple[int, str]]
) -> None:
    write(tmp_path, content, name)
    city = load(tmp_path)
    report = city.reports["cases"]
    assert city.frame("cases").get_column("case_id").to_list() == kept
    assert report.rows_read == report.rows_accepted + report.rows_quarantined
    quarantined = city.quarantine.select("file", "row", "reason").rows()
    assert [(file, row) for file, row, _ in quarantined] == [(name, row) for row, _ in lost]
    for (_, _, reason), (_, words) in zip(quarantined, lost, strict=True):
        assert words in reason


def build_missing(folder: Path) -> Path:
    return folder / "nowhere"


def build_a_file(folder: Path) -> Path:
    write(folder, GOOD, "city.txt")
    return folder / "city.txt"


def build_without_cases(folder: Path) -> Path:
    write(folder, GOOD, "cases.xls")
    return folder


def build_twice(folder: Path) -> Path:
    write(folder, GOOD)
    write(folder, GOOD_WORKBOOK, "cases.xlsx")
    return folder


def build_directory(folder: Path) -> Path:
    (folder / "cases.csv").mkdir()
    return folder


def build_link_loop(folder: Path) -> Path:
    (folder / "cases.csv").symlink_to(folder / "cases.csv")
    return folder


def build_dangling_link(folder: Path) -> Path:
    (folder / "cases.csv").symlink_to(folder / "gone.csv")
    return folder


def build_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "cases.csv")
    return folder


@pytest.mark.parametrize(
    ("build", "error", "code", "words"),
    [
        (build_missing, MissingInput, 66, "there is no folder"),
        (build_a_file, MissingInput, 66, "is a file; give the city folder"),
        (build_without_cases, MissingInput, 66, "is it 'cases.xls'?"),
        (build_twice, AmbiguousInput, 65, "cases.csv and cases.xlsx"),
        (build_directory, UnreadableFile, 65, "cases.csv is a folder"),
        (build_link_loop, UnreadableFile, 65, "cases.csv cannot be read"),
        (build_dangling_link, MissingInput, 66, "there is no file"),
        (build_pipe, UnreadableFile, 65, "not an ordinary file"),
    ],
)
def test_folders_that_cannot_be_a_city(
    tmp_path: Path, build: Callable[[Path], Path], error: type[UserError], code: int, words: str
) -> None:
    with pytest.raises(UserError, match=r".") as caught:
        load(build(tmp_path))
    assert type(caught.value) is error
    assert caught.value.exit_code == code
    assert words in str(caught.value)


def test_a_file_without_permission(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "cases.csv").chmod(0)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:  # a private folder of the test run, however deep, must let the other user through
        if parent.owner() == tmp_path.owner() and parent.stat().st_mode & 0o077 == 0:
            parent.chmod(0o755)
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from loaders.city import load\nfrom loaders.errors import UserError\n"
        "if os.geteuid() == 0: os.setegid(65534); os.seteuid(65534)\n"
        "try: load(Path(sys.argv[1]))\n"
        "except UserError as error: print(error); sys.exit(error.exit_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (77, "cases.csv may not be read by this user"), done.stderr


@pytest.mark.parametrize("name", ["cases.csv", "cases.csv.gz", "cases.jsonl"])
def test_an_endless_line_is_refused_in_little_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with gzip.open(path, "wb", compresslevel=1) if name.endswith("gz") else path.open("wb") as out:
        out.write(HEADER.encode())
        for _ in range(300):
            out.write(b"x" * 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge, match="a line longer than 10 MB"):
        load(tmp_path)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 120


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(GOOD)
    with pytest.raises(TooLarge, match="holds more than"):
        read_table(path, lambda _: 1, Limits(file_bytes=50))


def test_strangers_in_the_folder_are_noted_and_harmless(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, "anything", "readme.txt")
    write(tmp_path, "anything", "old_cases.csv")
    city = load(tmp_path)
    assert city.strangers == ("old_cases.csv", "readme.txt")
    assert city.failures == ()


def test_sheets_that_were_not_read_and_titles_are_noted(tmp_path: Path) -> None:
    book = workbook([["City of Example"], ["Case #", "Address", "Opened"], ["C1", "x", "4/3/2007"]], [["other"]])
    write(tmp_path, book, "cases.xlsx")
    notes = load(tmp_path).reports["cases"].notes
    assert notes == ("1 line above the header skipped", "sheet 'Sheet1' read; not read: 'Sheet2'")
