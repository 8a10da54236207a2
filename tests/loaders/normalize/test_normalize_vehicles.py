"""Makes and colours as observers and clerks write them."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.normalize.vehicles import color_code, make_code
from loaders.tables import table

CASES = Path(__file__).parents[3] / "../shared/cases"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("TOYT", "TOYT"), ("Toyota", "TOYT"), ("TOYOT", "TOYT"), ("Toyata", "TOYT"), ("toyota camry", "TOYT"),
        ("silver Civic", "HOND"), ("Honda Civic", "HOND"), ("CHEVR", "CHEV"), ("Chevy", "CHEV"), ("VW", "VOLK"),
        ("Volkswagon", "VOLK"), ("Hundai", "HYUN"), ("Suberu", "SUBA"), ("Porche", "PORS"), ("ME/BE", "MERZ"),
        ("Land Rover", "LNDR"), ("Range Rover", "LNDR"), ("mini cooper", "MNNI"), ("Ram 1500", "RAM"),
        ("Harley-Davidson", "HD"), ("F150", "FORD"), ("BMW", "BMW"),
        # MERC is the code of Mercury, though many files mean Mercedes by it; the names themselves are plain.
        ("MERC", "MERC"), ("Mercury", "MERC"), ("MERCU", "MERC"), ("Mercedes-Benz", "MERZ"), ("MERCE", "MERZ"),
        ("MERZ", "MERZ"), ("Benz", "MERZ"),
        ("MER", None), ("VOL", None), ("red", None), ("FRUEH", None), ("unknown", None), ("?", None), ("", None),
    ],
)  # fmt: skip
def test_makes(raw: str, code: str | None) -> None:
    assert make_code(pl.Series([raw]))["make"].item() == code


@pytest.mark.parametrize(
    ("raw", "code", "family"),
    [
        ("GRY", "GRY", "gray"), ("grey", "GRY", "gray"), ("Gray", "GRY", "gray"), ("charcoal", "GRY", "gray"),
        ("SILVER/GRAY", "SIL", "gray"), ("sliver", "SIL", "gray"), ("Slvr", "SIL", "gray"),
        ("light gray", "GRY", "gray"),
        ("Dark Blue", "DBL", "blue"), ("dk blue", "DBL", "blue"), ("DBL", "DBL", "blue"), ("navy", "DBL", "blue"),
        ("BLUE - LIGHT", "LBL", "blue"), ("lt. green", "LGR", "green"), ("WHT/BLK", "WHI", "white"),
        ("two tone white/blue", "WHI", "white"), ("burgundy", "MAR", "red"), ("gold", "GLD", "brown"),
        ("MUL/COL", "MUL/COL", "several"), ("multi", "MUL/COL", "several"),
        ("BL", None, None), ("GR", None, None), ("?", None, None), ("", None, None), ("dirty", None, None),
    ],
)  # fmt: skip
def test_colors(raw: str, code: str | None, family: str | None) -> None:
    found = color_code(pl.Series([raw])).row(0, named=True)
    assert (found["color"], found["color_family"]) == (code, family)


@pytest.mark.parametrize(("name", "code"), list(table("vehicle_makes").select("name", "code").iter_rows()))
def test_every_make_of_the_code_table_reads_by_name_and_by_code(name: str, code: str) -> None:
    assert set(make_code(pl.Series([name, code, name.lower()]))["make"]) == {code}


def test_every_color_of_the_code_table_reads_as_itself_and_has_a_family() -> None:
    found = color_code(table("vehicle_colors")["code"])
    assert found["color"].to_list() == found["raw"].to_list()
    assert found["color_family"].null_count() == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=16) | st.sampled_from(["Toyota", "blue/white", "MERC"]) | st.none(), max_size=10))
def test_any_text_gives_one_row_per_distinct_value_and_codes_read_as_themselves(raw: list[str | None]) -> None:
    series = pl.Series(raw, dtype=pl.String)
    for read, column in ((make_code, "make"), (color_code, "color")):
        found = read(series)
        assert found.height == len({text for text in raw if text is not None})
        again = read(found[column])
        assert again[column].to_list() == again["raw"].to_list()
        assert found.equals(read(series.reverse()))


def test_officers_spellings_of_makes_are_recognised() -> None:
    path = CASES / "parking_tickets_nyc/tickets.csv"
    if not path.exists():
        pytest.skip("ticket extract is not in this checkout")
    tickets = pl.read_csv(path, infer_schema=False).filter(
        pl.col("Vehicle Make").is_not_null() & (pl.col("Plate Type") == "PAS")
    )
    made = tickets.join(make_code(tickets["Vehicle Make"]), left_on="Vehicle Make", right_on="raw")
    assert made["make"].is_not_null().sum() >= 0.95 * made.height  # the rest are mostly trailers
