"""How alike two mentions are: graded levels, and `missing` wherever one side says nothing."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.coded import Coded, Comparable
from matchers.comparer import letters_of
from matchers.comparison import LEVELS, Ends, compare
from matchers.profiles import profiles_of
from matchers.settings import DEFAULT
from matchers.traits import Traits
from tests.matchers.mention_towns import mention_frame


def levels_of(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, str]:
    """The level names of a pair, in the order given."""
    rows: list[dict[str, object]] = [{"source": "left", **one}, {"source": "right", **other}]
    profiles = profiles_of(mention_frame(rows), DEFAULT).table
    left = profiles.filter(pl.col("source") == one.get("source", "left"))["profile"]
    right = profiles.filter(pl.col("source") == other.get("source", "right"))["profile"]
    pairs = pl.DataFrame({"left": left.head(1), "right": right.tail(1)})
    found = compare(Ends.of(pairs, Traits.of(Comparable.of(profiles))), DEFAULT)
    return {feature: LEVELS[feature][int(codes[0])] for feature, codes in found.items()}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("MICHAEL", "MICHAEL", "exact"),
        ("MARY ANN", "MARYANN", "exact"),
        ("ROBERT", "BOB", "nickname"),
        ("ELIZABETH", "LIZ", "nickname"),
        ("J", "JOHN", "initial"),
        ("J", "MARY", "different"),
        ("MARY ANN", "MARY", "part"),
        ("MICHAEL", "MICHEAL", "typo"),
        ("JENNIFER", "JENIFER", "typo"),
        ("JOHN", "MARY", "different"),
        ("JOHN", None, "missing"),
    ],
)
def test_given_name(one: str, other: str | None, expected: str) -> None:
    assert levels_of({"given": one, "family": "A"}, {"given": other, "family": "B"})["given"] == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("SMITH", "SMITH", "exact"),
        ("O BRIEN", "OBRIEN", "exact"),
        ("GARCIA LOPEZ", "GARCIA", "part"),
        ("GARCIA LOPEZ", "LOPEZ", "part"),
        ("JOHNSON", "JOHNSTON", "typo"),
        ("SMITH", "NGUYEN", "different"),
        (None, "NGUYEN", "missing"),
    ],
)
def test_family_name(one: str | None, other: str, expected: str) -> None:
    assert levels_of({"given": "KIM", "family": one}, {"given": "LEE", "family": other})["family"] == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("JOHN", "SMITH"), ("SMITH", "JOHN")),
        (("TALISSA", "MATOGA"), ("MATOGA", "TALISA")),
    ],
)
def test_names_in_the_other_order(one: tuple[str, str], other: tuple[str, str]) -> None:
    found = levels_of({"given": one[0], "family": one[1]}, {"given": other[0], "family": other[1]})
    assert (found["given"], found["family"]) == ("swapped", "swapped")


def test_going_by_the_middle_name() -> None:
    one = {"given": "WILLIAM", "middle": "TYLER", "family": "HART"}
    assert levels_of(one, {"given": "TYLER", "family": "HART"})["given"] == "middle_used"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (date(1985, 3, 7), date(1985, 3, 7), "exact"),
        (date(1985, 3, 7), date(1985, 7, 3), "day_month"),
        (date(1985, 3, 7), date(1985, 3, 17), "one_digit"),
        (date(1985, 3, 12), date(1985, 3, 21), "one_digit"),
        (date(1985, 3, 7), date(1958, 3, 7), "one_digit"),
        (date(1985, 3, 7), date(1977, 3, 7), "one_part"),
        (date(1985, 3, 7), date(1985, 11, 28), "year"),
        (date(1985, 3, 7), date(1961, 12, 24), "generation"),
        (date(1985, 3, 7), date(1977, 12, 24), "different"),
        (date(1985, 3, 7), None, "missing"),
    ],
)
def test_birth_date(one: date, other: date | None, expected: str) -> None:
    assert levels_of({"given": "A", "dob": one}, {"given": "B", "dob": other})["dob"] == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"dwelling_id": "a"}, {"dwelling_id": "a"}, "same"),
        ({"dwelling_id": "a", "p_dwelling": 0.1}, {"dwelling_id": "a"}, "missing"),
        ({"dwelling_id": "a", "building_key": "b"}, {"dwelling_id": "c", "building_key": "b"}, "building"),
        ({"dwelling_id": "a", "zip": "80521"}, {"dwelling_id": "c", "zip": "80521"}, "zip"),
        ({"dwelling_id": "a"}, {"dwelling_id": "c"}, "different"),
        ({"building_key": "27 KITSON PL"}, {"building_key": "27 KITSOM PL"}, "alike"),
        ({"building_key": "27 KITSON PL"}, {"building_key": "72 KITSON PL"}, "alike"),
        ({"building_key": "27 KITSON PL"}, {"building_key": "104 KITSON PL"}, "street"),
        ({"building_key": "9 ELM ST", "zip": "80525"}, {"building_key": "9 ELM ST", "zip": "89501"}, "alike"),
        ({"address_key": "9 ELM ST", "zip": "80525"}, {"address_key": "9 ELM ST", "zip": "89501"}, "different"),
        ({"address_key": "9 ELM ST RENO"}, {"address_key": "9 ELM ST RENO"}, "same"),
        ({"dwelling_id": None}, {"dwelling_id": "c"}, "missing"),
    ],
)
def test_address(one: dict[str, object], other: dict[str, object], expected: str) -> None:
    assert levels_of({"given": "A", **one}, {"given": "B", **other})["address"] == expected


def test_identifiers_of_two_sources_say_nothing_of_each_other() -> None:
    one, other = {"given": "A", "record_key": "student:1"}, {"given": "A", "record_key": "student:2"}
    assert levels_of(one, other)["identifier"] == "missing"
    same_source = {"source": "university_addresses"}
    assert levels_of(one | same_source, other | same_source)["identifier"] == "different"


names = st.one_of(st.none(), st.text("ABEINORST ", min_size=1, max_size=9).filter(lambda text: text.strip() == text))
people = st.fixed_dictionaries(
    {
        "given": names,
        "middle": names,
        "family": names,
        "suffix": st.sampled_from([None, "JR", "SR"]),
        "dob": st.one_of(st.none(), st.dates(date(1940, 1, 1), date(2007, 12, 31))),
        "dwelling_id": st.sampled_from([None, "a", "b"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(people, people)
def test_the_order_of_a_pair_does_not_matter(one: dict[str, object], other: dict[str, object]) -> None:
    assert levels_of(one, other) == levels_of(other, one)


@settings(max_examples=60, deadline=None)
@given(people, people)
def test_missing_is_missing_and_nothing_else(one: dict[str, object], other: dict[str, object]) -> None:
    found = levels_of(one, other)
    for feature in ("given", "middle", "family", "suffix", "dob"):
        told = one[feature] is not None and other[feature] is not None
        # where words changed places, a surname may stand for a middle name
        moved = feature == "middle" and "swapped" in (found["given"], found["family"])
        assert (found[feature] == "missing") == (not told or moved)


@given(st.lists(st.text(alphabet="ABÉ\U0001f600", max_size=5), max_size=12))
def test_names_have_a_number_in_common_where_they_have_the_same_letters(names: list[str]) -> None:
    coded = Coded.of(pl.Series("name", names, dtype=pl.String))
    sizes, letters = letters_of(coded)
    of_each = [*coded.values, ""]
    assert sizes.tolist() == [len(name) for name in of_each]
    for one, number in zip(of_each, letters, strict=True):
        assert [number == other for other in letters] == [sorted(one) == sorted(other) for other in of_each]
