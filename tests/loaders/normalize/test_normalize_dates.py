"""Written dates, times and months: what each shape means, what is impossible, and who decides on 03/04/2007."""

from datetime import date, datetime, time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.normalize.dates import decide_order, parse_dates, parse_datetimes, parse_months, parse_times

APRIL_3 = date(2007, 4, 3)


def one_date(text: str, **kwargs: object) -> tuple[date | None, str | None]:
    row = parse_dates(pl.Series([text]), **kwargs).row(0, named=True)  # type: ignore[arg-type]
    return row["date"], row["format"]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2007-04-03", "yyyy-mm-dd"),
        ("2007/4/3", "yyyy-mm-dd"),
        (" 2007.04.03 ", "yyyy-mm-dd"),
        ("4/3/2007", "m/d/yyyy"),
        ("04-03-2007", "m/d/yyyy"),
        ("04.03.2007", "m/d/yyyy"),
        ("4/3/07", "m/d/yy"),
        ("3-Apr-2007", "d-Mon-yyyy"),
        ("03APR2007", "d-Mon-yyyy"),
        ("3 April 2007", "d-Mon-yyyy"),
        ("3rd of April, 2007", "d-Mon-yyyy"),
        ("3-Apr-07", "d-Mon-yy"),
        ("3 Apr '07", "d-Mon-yy"),
        ("Apr 3, 2007", "Mon d, yyyy"),
        ("April 3rd 2007", "Mon d, yyyy"),
        ("Tuesday, April 3, 2007", "Mon d, yyyy"),
        ("Tue 4/3/2007", "m/d/yyyy"),
        ("2007-Apr-03", "yyyy-Mon-d"),
        ("20070403", "yyyymmdd"),
        ("04032007", "mmddyyyy"),
        ("39175", "Excel serial"),
        ("39175.75", "Excel serial"),
        ("2007-04-03 00:00:00", "yyyy-mm-dd"),
        ("2007-04-03T21:15:00Z", "yyyy-mm-dd"),
        ("4/3/2007 12:00:00 AM", "m/d/yyyy"),
        ("4/3/2007 2115", "m/d/yyyy"),
    ],
)
def test_each_shape_names_the_same_day(text: str, form: str) -> None:
    assert one_date(text) == (APRIL_3, form)


@pytest.mark.parametrize(
    "text",
    ["2007-02-30", "2007-13-01", "13/45/2007", "2/29/2007", "0207-04-03", "2917-04-03", "31-Apr-2007", "0/3/2007"],
)
def test_a_day_that_does_not_exist_has_a_format_and_no_date(text: str) -> None:
    day, form = one_date(text)
    assert day is None
    assert form is not None


@pytest.mark.parametrize("text", ["", "soon", "4/3", "2007", "12 Oak St", "1234567890", "4/3/207"])
def test_what_is_no_date_has_neither(text: str) -> None:
    assert one_date(text) == (None, None)


@pytest.mark.parametrize(
    ("column", "of_03_04"),
    [
        (["03/04/2007"], date(2007, 3, 4)),
        (["03/04/2007", "04/13/2007"], date(2007, 3, 4)),
        (["03/04/2007", "13/04/2007"], date(2007, 4, 3)),
        (["03/04/2007", "13/04/2007", "04/13/2007"], date(2007, 3, 4)),  # one each: the United States decide
        (["03/04/2007", "13/04/2007", "14/04/2007", "04/13/2007"], date(2007, 4, 3)),
        (["03/04/2007", "13/45/2007"], date(2007, 3, 4)),  # impossible both ways: no evidence
    ],
)
def test_the_whole_column_decides_which_way_round(column: list[str], of_03_04: date) -> None:
    read = parse_dates(pl.Series(column))
    assert read.filter(pl.col("raw") == "03/04/2007").get_column("date").item() == of_03_04


def test_the_losing_order_is_reported_and_not_turned_round() -> None:
    read = parse_dates(pl.Series(["04/13/2007", "04/14/2007", "13/04/2007"]))
    assert read.filter(pl.col("raw") == "13/04/2007").row(0) == ("13/04/2007", None, "m/d/yyyy")


def test_the_order_is_decided_over_all_date_columns_and_datetimes() -> None:
    ambiguous, telling = pl.Series(["03/04/2007"]), pl.Series(["13/04/2007 21:15", "3/4/2007 9:15 PM"])
    assert decide_order([ambiguous, telling]) == "day_first"
    assert decide_order([ambiguous]) == "month_first"


@pytest.mark.parametrize(
    ("text", "latest", "day"),
    [
        ("4/3/68", None, date(2068, 4, 3)),
        ("4/3/69", None, date(1969, 4, 3)),
        ("4/3/45", date(2007, 8, 1), date(1945, 4, 3)),
        ("4/3/07", date(2007, 8, 1), date(2007, 4, 3)),
        ("9/3/07", date(2007, 8, 1), date(1907, 9, 3)),
        ("2/29/08", date(2007, 8, 1), date(1908, 2, 29)),
    ],
)
def test_two_digit_years(text: str, latest: date | None, day: date) -> None:
    assert one_date(text, latest=latest)[0] == day


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("21:15", time(21, 15)),
        ("9:15 PM", time(21, 15)),
        ("9:15pm", time(21, 15)),
        ("9:15 p.m.", time(21, 15)),
        ("9:15 p", time(21, 15)),
        ("9 PM", time(21)),
        ("0915", time(9, 15)),
        ("915", time(9, 15)),
        ("2115 hrs", time(21, 15)),
        ("211530", time(21, 15, 30)),
        ("21:15:30", time(21, 15, 30)),
        ("21:15:30.5", time(21, 15, 30, 500_000)),
        ("12:05 AM", time(0, 5)),
        ("12:05 PM", time(12, 5)),
        ("21:15 PM", time(21, 15)),
        ("21:15 MDT", time(21, 15)),
        ("21:15-06:00", time(21, 15)),
        ("noon", time(12)),
        ("midnight", time(0)),
        ("0.885416667", time(21, 15)),
        ("1899-12-31 21:15:00", time(21, 15)),
        ("21:15 AM", None),
        ("24:00", None),
        ("25:99", None),
        ("9:75 PM", None),
        ("evening", None),
    ],
)
def test_times_of_day(text: str, at: time | None) -> None:
    assert parse_times(pl.Series([text])).get_column("time").item() == at


@pytest.mark.parametrize(
    ("text", "day", "at", "zone"),
    [
        ("2007-04-03 21:15", APRIL_3, time(21, 15), None),
        ("2007-04-03T21:15:00.250", APRIL_3, time(21, 15, 0, 250_000), None),
        ("2007-04-03T21:15:00-06:00", APRIL_3, time(21, 15), "-06:00"),
        ("2007-04-03T21:15Z", APRIL_3, time(21, 15), "z"),
        ("4/3/2007 9:15 PM", APRIL_3, time(21, 15), None),
        ("4/3/07 2115", APRIL_3, time(21, 15), None),
        ("4/3/2007, 9:15 pm", APRIL_3, time(21, 15), None),
        ("Apr 3, 2007 at 9:15 pm", APRIL_3, time(21, 15), None),
        ("3-Apr-2007 21:15:00 MDT", APRIL_3, time(21, 15), "mdt"),
        ("20070403T211500", APRIL_3, time(21, 15), None),
        ("39175.885416667", APRIL_3, time(21, 15), None),
        ("2007-04-03 00:00", APRIL_3, time(0), None),
        ("2007-04-03", APRIL_3, None, None),
        ("Apr 3 2007", APRIL_3, None, None),
        ("39175", APRIL_3, None, None),
        ("2007-04-03 25:99", None, None, None),
        ("2007-02-30 21:15", None, None, None),
        ("last night", None, None, None),
    ],
)
def test_dates_with_times(text: str, day: date | None, at: time | None, zone: str | None) -> None:
    row = parse_datetimes(pl.Series([text])).row(0, named=True)
    assert (row["date"], row["time"], row["zone"]) == (day, at, zone)


@pytest.mark.parametrize(
    "text",
    [
        "2007-04",
        "2007/4",
        "04/2007",
        "4-2007",
        "Apr 2007",
        "April-07",
        "200704",
        "2007 Apr",
        "2007-04-30",
        "4/1/2007",
        "39175",
    ],
)
def test_months(text: str) -> None:
    assert parse_months(pl.Series([text])).get_column("month").item() == date(2007, 4, 1)


@pytest.mark.parametrize("text", ["2007-13", "13/2007", "2007", "spring 2007", "2007-00"])
def test_what_is_no_month(text: str) -> None:
    assert parse_months(pl.Series([text])).get_column("month").item() is None


days = st.dates(date(1850, 1, 1), date(2099, 12, 31))


@given(day=days, form=st.sampled_from(["%Y-%m-%d", "%m/%d/%Y", "%d-%b-%Y", "%B %d, %Y", "%Y%m%d", "%A, %b %d %Y"]))
def test_law_every_written_day_is_read_back(day: date, form: str) -> None:
    assert one_date(day.strftime(form))[0] == day


@given(day=st.dates(date(1927, 5, 19), date(2099, 12, 31)))
def test_law_excel_serials_are_read_back(day: date) -> None:
    assert one_date(str((day - date(1899, 12, 30)).days))[0] == day


@given(column=st.lists(days, min_size=1, max_size=20), day_first=st.booleans())
def test_law_one_column_is_never_read_two_ways(column: list[date], day_first: bool) -> None:
    written = [day.strftime("%d/%m/%Y" if day_first else "%m/%d/%Y") for day in column]
    read = dict(parse_dates(pl.Series(written)).select("raw", "date").iter_rows())
    expected = "%d/%m/%Y" if decide_order([pl.Series(written)]) == "day_first" else "%m/%d/%Y"
    for text, day in read.items():
        assert day is None or day == datetime.strptime(text, expected).date()


@given(at=st.times(), form=st.sampled_from(["%H:%M", "%I:%M %p", "%H:%M:%S", "%H%M"]))
def test_law_every_written_time_is_read_back(at: time, form: str) -> None:
    read = parse_times(pl.Series([at.strftime(form)])).get_column("time").item()
    assert read == at.replace(microsecond=0, second=at.second if "S" in form else 0)


@given(moment=st.datetimes(datetime(1900, 1, 1), datetime(2099, 1, 1)), hours=st.integers(-12, 14))
def test_law_iso_moments_keep_their_wall_clock(moment: datetime, hours: int) -> None:
    text = f"{moment.isoformat()}{'+' if hours >= 0 else '-'}{abs(hours):02d}:00"
    row = parse_datetimes(pl.Series([text])).row(0, named=True)
    assert datetime.combine(row["date"], row["time"]) == moment


@given(texts=st.lists(st.none() | st.text(max_size=30), max_size=20))
def test_law_no_text_raises_and_each_distinct_text_has_one_row(texts: list[str | None]) -> None:
    column = pl.Series(texts, dtype=pl.String)
    for parse in (parse_dates, parse_times, parse_datetimes, parse_months):
        assert parse(column).get_column("raw").to_list() == sorted(
            {text for text in texts if text is not None}, key=str.encode
        )


@given(day=days)
def test_law_reading_its_own_output_changes_nothing(day: date) -> None:
    first = one_date(day.strftime("%m/%d/%Y"))[0]
    assert one_date(str(first))[0] == first
