"""Delimited text: the fast path and the careful path are two ways to the same table."""

import csv
import io
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from loaders.formats import delimited
from loaders.formats.delimited import parse

HEADERS = ["case_id", "subject_address", "opened_on"]


def score(line: Sequence[str]) -> int:
    return sum(cell in HEADERS for cell in line)


def written(rows: list[list[str]], delimiter: str = ",", ending: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=ending, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([HEADERS, *rows])
    return buffer.getvalue()


cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=8
) | st.sampled_from(["", '"', 'a"b', "a,b", "x;y", "a\nb", " pad ", "12 Oak", '""', ","])
tables = st.lists(
    st.lists(cells, min_size=3, max_size=3).filter(lambda row: any(cell.strip() for cell in row)), max_size=8
)


@given(rows=tables, delimiter=st.sampled_from([",", ";", "\t", "|"]), ending=st.sampled_from(["\n", "\r\n"]))
@example(rows=[["a", '"', "b"]], delimiter=",", ending="\n")
@settings(max_examples=200)
def test_law_what_a_program_writes_is_read_back(rows: list[list[str]], delimiter: str, ending: str) -> None:
    table = parse(written(rows, delimiter, ending, csv.QUOTE_ALL).encode(), score)
    assert table.headers == tuple(HEADERS)
    assert table.rejected == ()
    read = [[cell or "" for cell in row] for row in table.cells.rows()]
    assert read == rows


@given(rows=tables, quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_law_the_fast_path_agrees_with_the_careful_one(rows: list[list[str]], quoting: int) -> None:
    text = written(rows, quoting=quoting)
    body = text.split("\n", 1)[1].strip("\n")
    layout = delimited._Layout(",", tuple(HEADERS), 0, 0)
    fast = delimited._fast(body.encode(), layout)
    careful = delimited._careful(body, layout, ())
    if fast is not None and not careful.rejected:
        assert_frame_equal(fast.fill_null(""), careful.cells.fill_null(""))


@given(lines=st.lists(st.text(st.sampled_from('ab,"; \r'), max_size=12), max_size=12))
@settings(max_examples=300)
def test_law_no_line_is_lost_whatever_it_holds(lines: list[str]) -> None:
    text = ",".join(HEADERS) + "\n" + "\n".join(lines)
    table = parse(text.encode(), score)
    assert table.rows_read == table.cells.height + len(table.rejected)
    assert table.rows.len() == table.cells.height
    numbers = sorted([*table.rows.to_list(), *(remark.row for remark in table.rejected)])
    assert numbers == list(range(1, table.rows_read + 1))


@pytest.mark.parametrize("count", [0, 1, 5, 2000])
def test_a_clean_file_takes_the_fast_path(count: int) -> None:
    body = "\n".join(f'C{number},"12 Oak, Unit {number}",2007-04-03' for number in range(count))
    assert delimited._fast(body.encode(), delimited._Layout(",", tuple(HEADERS), 0, 0)) is not None


@pytest.mark.parametrize("body", ["a,b", "a,b,c,d", "a,b,c\n\na,b,c", 'a,"b,c', 'a,b "x" y,c', 'a,"b" y,c'])
def test_a_doubtful_file_takes_the_careful_path(body: str) -> None:
    assert delimited._fast(body.encode(), delimited._Layout(",", tuple(HEADERS), 0, 0)) is None


def test_short_rows_are_blanks_with_a_note() -> None:
    table = parse(b"case_id,subject_address,opened_on\nC1,12 Oak\nC2,14 Oak,2007-04-03\n", score)
    assert table.cells.rows() == [("C1", "12 Oak", None), ("C2", "14 Oak", "2007-04-03")]
    assert table.notes == ("1 row with fewer cells than headers: the missing cells are blank",)


def test_one_column_is_a_table_too() -> None:
    table = parse(b"case_id\nC1\n\nC2\n", score)
    assert table.cells.rows() == [("C1",), ("C2",)]
    assert table.notes == ("1 empty line skipped",)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("Peña".encode(), "UTF-8"),
        ("Peña".encode("utf-8-sig"), "UTF-8"),
        ("Peña “x”".encode("cp1252"), "Windows-1252"),
        ("Peña".encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + "Peña".encode("utf-16-be"), "UTF-16"),
    ],
)
def test_encodings(data: bytes, name: str) -> None:
    text, encoding = delimited.decode(data)
    assert text.startswith("Peña")
    assert encoding == name


def test_a_cell_of_many_lines_is_read_whole() -> None:
    note = "\n".join(f"line {number}" for number in range(50))
    table = parse(written([["C1", note, "2007-04-03"], ["C2", 'x"y', "z"]]).replace('"x""y"', 'x"y').encode(), score)
    assert table.cells.rows() == [("C1", note, "2007-04-03"), ("C2", 'x"y', "z")]


def test_the_header_may_be_wider_than_a_screen() -> None:
    extra = [f"column number {number}" for number in range(20_000)]
    data = ",".join([*HEADERS, *extra]) + "\nC1,x,2007-04-03" + "," * len(extra)
    assert parse(data.encode(), score).cells.select(pl.col("0", "1", "2")).row(0) == ("C1", "x", "2007-04-03")
