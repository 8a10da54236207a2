"""Which written names may be a participant's: in doubt they are."""

from datetime import date

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loaders.confidential.names import born_together, incomplete, listed_names, naming

LISTED = "Doe, Margaret Quinn"


def listed(*names: str) -> pl.DataFrame:
    return listed_names(pl.DataFrame({"name": names, "date_of_birth": [None] * len(names)}, schema_overrides=BORN))


BORN = {"date_of_birth": pl.Date}


def found(text: str, *names: str) -> bool:
    return not naming(pl.Series([text]), listed(*(names or (LISTED,)))).is_empty()


@pytest.mark.parametrize(
    "text",
    [
        "Margaret Quinn Doe",
        "DOE MARGARET Q",  # without a comma a name is read in both orders
        "doe, margaret",
        "M DOE",
        "Doe M Q",
        "Peggy Doe",  # a nickname of Margaret
        'Ann "Peggy" Doe',
        "Margaret Doe-Smith",
        "DOE",  # a family name alone
        "SMITH JOHN & MARGARET DOE",
        "Doe, John & Margaret",
        "Margaret Doe Revocable Trust",
        "Ann Roe aka Margaret Doe",
        "Márgaret  Döe",
        "MARGARET DOE C/O JOHN ROE",
    ],
)
def test_may_be_the_participant(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "John Doe",
        "Margaret Roe",
        "Margaret Anne Doe",  # another middle name
        "Doe Properties LLC",
        "Margaret Doering",
        "CURRENT OCCUPANT",
        "",
    ],
)
def test_is_somebody_else(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("Jane O'Brien", "OBRIEN, JANE", True),
        ("Jane O'Brien", "O BRIEN JANE", True),
        ("Ana de la Cruz", "CRUZ, ANA", True),
        ("Ana de la Cruz", "DE LA ROSA, ANA", False),
        ("Ana Garcia Lopez", "Garcia, Ana", True),
        ("John Doe Jr", "Doe, John Sr", False),
        ("John Doe Jr", "Doe, John", True),
        ("Иванова, Анна", "IVANOVA ANNA", True),
        ("Null, Anna", "A NULL", True),  # elsewhere this is nobody's name
        ("Null, Anna", "NULL", True),
        ("Null, Anna", "CURRENT OCCUPANT", False),
    ],
)
def test_families_of_several_words_and_suffixes(name: str, text: str, same: bool) -> None:
    assert found(text, name) is same


@pytest.mark.parametrize(
    ("mine", "together"),
    [
        (date(1980, 3, 4), True),
        (None, True),
        (date(1981, 3, 4), True),  # a slip in one part
        (date(1980, 4, 3), True),  # day and month exchanged
        (date(1981, 3, 5), False),
        (date(1962, 11, 30), False),
    ],
)
def test_a_date_of_birth_excludes_only_where_it_is_another(mine: date | None, together: bool) -> None:
    frame = pl.DataFrame({"mine": [mine], "listed": [date(1980, 3, 4)]}, schema_overrides={"mine": pl.Date})
    assert frame.select(born_together(pl.col("mine"), pl.col("listed"))).item() is together
    assert frame.select(born_together(pl.col("listed"), pl.lit(None, pl.Date))).item() is True


def test_a_name_on_the_list_needs_a_given_and_a_family_name() -> None:
    names = pl.Series(["Jane Doe", "Doe", "Acme LLC", "?", "Doe, J"])
    assert incomplete(names).to_list() == ["Doe", "Acme LLC", "?"]


word = st.text("ABCDEFGHKLMNORSTUVWYZ", min_size=3, max_size=9)


@settings(max_examples=15)
@example("AAA", "NULL")
@given(word, word)
def test_whatever_the_name_every_usual_way_to_write_it_is_found(given_name: str, family: str) -> None:
    name = f"{family}, {given_name}"
    if incomplete(pl.Series([name])).len():  # a word with a meaning of its own (TRUST, INC) makes it no person's name
        return
    swapped = [f"{given_name} {family}", f"{family} {given_name}", f"{given_name[0]} {family}"]
    texts = sorted({name, name.title(), *swapped})
    assert naming(pl.Series(texts), listed(name)).get_column("raw").sort().to_list() == texts


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("Margaret Harlow", "Harlwo, Margaret", True),  # two letters exchanged
        ("Margaret Harlow", "MARGARET HARLLOW", True),  # one more
        ("Margaret Harlow", "HALOW MARGARET Q", True),  # one less
        ("Margaret Harlow", "JOHN & MARGARET HARLAW", True),  # another
        ("Margaret Harlow", "Margaret Harrlaw", False),  # two slips
        ("Margaret Harlow", "Margarte Harlaw", False),  # one in each name
        ("Margaret Harlow", "M Harlaw", False),  # and an initial
        ("Margaret Q Harlow", "Margaret A Harlaw", False),  # another middle name
        ("Margaret Doe", "Margaret Dow", False),  # too short: one letter off too many names
    ],
)
def test_one_slip_in_a_family_name_is_the_participant_s(name: str, text: str, same: bool) -> None:
    assert found(text, name) == same
