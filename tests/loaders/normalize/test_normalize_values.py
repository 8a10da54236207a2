"""Numbers, yes and no, closed lists, blanks: what they read and what they leave alone."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.normalize.values import is_blank, parse_choice, parse_integers, parse_numbers, parse_yes_no


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", 1234.5),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567.0),
        ("-3", -3.0),
        ("+3", 3.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1.2E+03", 1200.0),
        ("1e400", None),
        ("inf", None),
        ("1,23", None),
        ("12,34,567", None),
        ("1 234", None),
        ("$5", None),
        ("5 gal", None),
        ("0x10", None),
        ("", None),
        ("one", None),
    ],
)
def test_numbers(text: str, value: float | None) -> None:
    assert parse_numbers(pl.Series([text])).get_column("value").item() == value


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("3.0", 3), ("1,962", 1962), ("2.5", None), ("1e30", None)])
def test_whole_numbers(text: str, value: int | None) -> None:
    assert parse_integers(pl.Series([text])).get_column("value").item() == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Y", True),
        ("yes", True),
        ("TRUE", True),
        ("1", True),
        ("N", False),
        (" no ", False),
        ("0", False),
        ("y/n", None),
    ],
)
def test_yes_and_no(text: str, value: bool | None) -> None:
    assert parse_yes_no(pl.Series([text])).get_column("value").item() is value


def test_closed_lists_ignore_case_and_punctuation() -> None:
    read = parse_choice(pl.Series(["Re-Opened", "REOPENED", "gone"]), {"re opened": "reopened"})
    assert dict(read.iter_rows()) == {"Re-Opened": "reopened", "REOPENED": "reopened", "gone": None}


@pytest.mark.parametrize(
    ("kind", "text", "blank"),
    [
        ("text", "?", True),
        ("log_plate", "?", False),
        ("plate", "?", True),
        ("text", "none", True),
        ("log_plate", "none", True),
        ("log_plate", "no vehicle", True),
        ("text", "no vehicle", False),
        ("log_plate", "unknown", False),
        ("date", "0000-00-00", True),
        ("text", "0000-00-00", False),
        ("date", "12/31/9999", True),
        ("date", "1900-01-01", False),
        ("text", "0", False),
    ],
)
def test_what_is_blank_depends_on_the_column(kind: str, text: str, blank: bool) -> None:
    assert pl.DataFrame({"text": [text]}).select(is_blank(pl.col("text"), kind)).item() is blank


@given(value=st.floats(-1e12, 1e12))
def test_law_every_number_is_read_back(value: float) -> None:
    assert parse_numbers(pl.Series([repr(value)])).get_column("value").item() == value
    assert parse_numbers(pl.Series([f"{value:,.3f}"])).get_column("value").item() == float(f"{value:.3f}")


@given(texts=st.lists(st.none() | st.text(max_size=12), max_size=12))
def test_law_no_text_raises_and_each_distinct_text_has_one_row(texts: list[str | None]) -> None:
    column = pl.Series(texts, dtype=pl.String)
    for parse in (parse_numbers, parse_integers, parse_yes_no):
        assert sorted(parse(column).get_column("raw")) == sorted({text for text in texts if text is not None})
