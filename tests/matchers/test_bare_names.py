"""Two bare names: what counts as one person's name, what does not, and what the parts say."""

from itertools import permutations
from math import fsum

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.bare_name_settings import BareNameSettings
from matchers.bare_names import compare_names
from matchers.name_likeness import LEVELS
from matchers.name_parts import LEVEL_WORDS, Part


def compared(left: str | None, right: str | None, rules: BareNameSettings | None = None) -> dict[str, object]:
    one, other = (pl.Series([side], dtype=pl.String) for side in (left, right))
    return compare_names(one, other, rules or BareNameSettings()).row(0, named=True)


def p_match(left: str, right: str) -> float:
    p = compared(left, right)["p_match"]
    assert isinstance(p, float)
    return p


def levels(left: str, right: str) -> list[tuple[str | None, str | None, str]]:
    parts = compared(left, right)["parts"]
    assert isinstance(parts, list)
    return [(part["left"], part["right"], part["level"]) for part in parts if part["level"] != "prior"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hall, Robert", "Robert Hall"),
        ("ROSS THOMAS Q", "Thomas Quincy Ross"),
        ("Robert Hall", "Bob Hall"),
        ("J. K. Harrison", "Jane Kate Harrison"),
        ("Dr. Ana Lopez", "Ana López"),
        ("Maria de la Cruz", "Maria Delacruz"),
        ("Abdul Aziz Khan", "Abdulaziz Khan"),
        ("Abd al-Rahman Haddad", "Abdulrahman Haddad"),
        ("Omar bin Khalid Al Harthi", "Omar Khalid Alharthi"),
        ("Xiaoming Wang", "Wang Xiao Ming"),
        ("Hyun-woo Park", "Park Hyunwoo"),
        ("Mohammed Al-Rashid", "Muhammad Alrashid"),
        ("Yelena Karimov", "Elena Karimoff"),
        ("Dmitriy Sokolov", "Dmitri Sokolow"),
        ("Иван Петров", "Ivan Petrov"),
        ("Müller, Jürgen", "Juergen Mueller"),
        ("Sergei Rachmaninov", "Sergey Rakhmaninoff"),
        ("Priya Venkataraman", "Priya Venkatraman"),
        ("Fernando Garcia Lopez", "Fernando Garcia"),
        ("Pvael Novak", "Pavel Novak"),
        ("Jennifer Wilson", "Jenifer Wilsn"),
        ("Thomas Wright Jr", "Thomas Wright"),
        ("محمد علي حداد", "حداد محمد علي"),
    ],
)
def test_one_name(one: str, other: str) -> None:
    assert p_match(one, other) >= BareNameSettings().match_at_p


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("John Smith", "James Smith"),
        ("Zbigniew Brzezicki", "Agata Brzezicki"),
        ("Thomas Wright Jr", "Thomas Wright Sr"),
        ("John Michael Smith", "John Andrew Smith"),
        ("Maria Garcia Lopez", "Juana Garcia Lopez"),
        ("Ahmed Hassan Ali", "Khalid Hassan Ali"),
        ("Mohammed Khan", "Mohammed Rahman"),
        ("Nguyen Thi Lan", "Nguyen Thi Hoa"),
        ("Angelo Russo", "Angela Russo"),
        ("Daniel Moore", "Danielle Moore"),
        ("Kim Jones", "Tim Jones"),
        ("Wang Fang", "Wang Feng"),
        ("Xiaoming Wang", "Xiaoqing Wang"),
        ("Ivan Petrov", "Ivan Pavlov"),
        ("David Miller", "David Muller"),
        ("R. Hall", "Thomas Hall"),
        ("Robert Hall", "Mary Jones"),
    ],
)
def test_two_names(one: str, other: str) -> None:
    assert p_match(one, other) < BareNameSettings().match_at_p


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            "Bob M. Hall",
            "Hall Robert",
            [("BOB", "ROBERT", "nickname"), ("M", None, "missing"), ("HALL", "HALL", "exact"),
             (None, None, "shared_rest"), ("BOB M HALL", "HALL ROBERT", "order")],
        ),
        (
            "Jon Al Hadad Jr",
            "John P. Haddad III",
            [("JON", "JOHN", "variant"), ("HADAD", "HADDAD", "variant"), (None, "P", "missing"),
             ("JR", "III", "suffix"), (None, None, "shared_rest")],
        ),
    ],
)  # fmt: skip
def test_parts_in_the_order_of_the_left_name(one: str, other: str, expected: list[object]) -> None:
    assert levels(one, other) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Part("BOB", "ROBERT", "nickname", 5.5), "BOB and ROBERT: one is a short form of the other"),
        (Part("HALL", "HALL", "exact", 10.0), "HALL, both: the same"),
        (Part(None, "M", "missing", 0.0), "M: written in one name only: says nothing"),
        (Part(None, None, "prior", 0.0), "of the pairs that somebody asks about"),
    ],
)
def test_a_part_in_words(part: Part, expected: str) -> None:
    assert part.words == expected


def test_every_level_has_words() -> None:
    assert set(LEVELS) < set(LEVEL_WORDS)


@pytest.mark.parametrize(
    ("one", "other"),
    [(None, "Robert Hall"), ("", "Robert Hall"), ("Current occupant", "Robert Hall"), ("Иван", "金正恩"), (None, None)],
)
def test_nothing_is_said_where_a_name_is_missing_or_the_letters_differ(one: str | None, other: str | None) -> None:
    row = compared(one, other)
    assert (row["left"], row["right"]) == (one, other)
    assert row["match_weight_bits"] is row["p_match"] is row["parts"] is None


def test_one_row_per_row_in_the_order_given() -> None:
    left = pl.Series(["Robert Hall", None, "Ann Lee", "Robert Hall"])
    right = pl.Series(["Bob Hall", "Ann Lee", "Anne Lee", "Bob Hall"])
    found = compare_names(left, right)
    assert found["left"].to_list() == left.to_list()
    assert found["right"].to_list() == right.to_list()
    assert found["p_match"].is_null().to_list() == [False, True, False, False]
    assert found.row(0) == found.row(3)


def test_no_rows() -> None:
    nothing = pl.Series([], dtype=pl.String)
    assert compare_names(nothing, nothing).columns == ["left", "right", "match_weight_bits", "p_match", "parts"]


def test_series_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="side by side: 1 left, 2 right"):
        compare_names(pl.Series(["A B"]), pl.Series(["A B", "C D"]))


words = st.sampled_from(
    ["JOHN", "JON", "MARY", "SMITH", "SMYTH", "MOHAMMED", "MUHAMMAD", "XIAOMING", "GARCIA", "LOPEZ", "J", "DE", "ABDUL",
     "AZIZ", "ABDULAZIZ", "BOB", "ROBERT", "OKAFOR"]
)  # fmt: skip
names = st.lists(words, min_size=1, max_size=7).map(" ".join)
some_pairs = st.lists(st.tuples(names, names), min_size=20, max_size=40)


def sides(pairs: list[tuple[str, str]]) -> tuple[pl.Series, pl.Series]:
    left, right = zip(*pairs, strict=True)
    return pl.Series(left), pl.Series(right)


@settings(max_examples=6, deadline=None)
@given(some_pairs)
def test_which_name_is_left_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    left, right = sides(pairs)
    said = ["match_weight_bits", "p_match"]
    assert compare_names(left, right).select(said).equals(compare_names(right, left).select(said))


@settings(max_examples=6, deadline=None)
@given(some_pairs)
def test_parts_add_up_and_hold_every_word_once(pairs: list[tuple[str, str]]) -> None:
    whole_name = {"shared_rest", "order", "suffix", "prior"}
    for row in compare_names(*sides(pairs)).rows(named=True):
        assert fsum(part["bits"] for part in row["parts"]) == row["match_weight_bits"]
        for side in ("left", "right"):
            said = [part[side] for part in row["parts"] if part["level"] not in whole_name and part[side]]
            written = row[side].split()
            assert len("".join(said)) + 2 * written.count("DE") >= len("".join(written))  # a particle may be left out
            assert all(word in "".join(written) for word in said)


def test_the_order_of_words_matters_by_its_own_part_only() -> None:
    orders = [" ".join(order) for order in permutations(["PRIYA", "ANJALI", "IYER"])]
    found = compare_names(pl.Series(["Priya Anjali Iyer"] * len(orders)), pl.Series(orders))
    parts = [[part for part in said if part["level"] != "order"] for said in found["parts"]]
    assert all(said == parts[0] for said in parts)
    assert found["match_weight_bits"].n_unique() == 2


@pytest.mark.parametrize(("first", "last"), [("Robert", "Smith"), ("Xiaoming", "Hall"), ("Ngozi", "Okafor")])
def test_missing_is_not_different(first: str, last: str) -> None:
    shorter, longer = f"{first} {last}", f"{first} Quentin {last}"
    assert p_match(shorter, longer) > BareNameSettings().match_at_p > p_match(f"{first} Walter {last}", longer)
    parts = compared(shorter, longer)["parts"]
    assert isinstance(parts, list)
    assert [part["bits"] for part in parts if part["level"] == "missing"] == [0.0]


def test_the_prior_shifts_the_weight_by_its_own_bits() -> None:
    even, doubtful = (compared("Ann Lee", "Anne Lee", BareNameSettings(prior_p=p)) for p in (0.5, 0.2))
    assert isinstance(even["match_weight_bits"], float)
    assert doubtful["match_weight_bits"] == pytest.approx(even["match_weight_bits"] - 2)


@pytest.mark.parametrize(
    "ranked",
    [
        [("Ann Lee", "Ann Lee"), ("Ann Lee", "Anne Lee"), ("Ann Lee", "Amy Lee"), ("Ann Lee", "Mary Jones")],
        [("Zbigniew Okafor", "Okafor Zbigniew"), ("John Smith", "Smith John")],
        [("Sergei Sokolov", "Sergei Sokolov"), ("Sergei Sokolov", "Sergey Sokolov"), ("Sergei Sokolov", "S Sokolov"),
         ("Sergei Sokolov", "Sokolov"), ("Sergei Sokolov", "Stepan Sokolov")],
        [("Thomas Wright Jr", "Thomas Wright Jr"), ("Thomas Wright Jr", "Thomas Wright"),
         ("Thomas Wright Jr", "Thomas Wright Sr")],
        [("Priya Iyer", "Priya Iyre"), ("Marta Iyer", "Maria Iyer"), ("Priya Iyer", "Pryam Ayers")],
        [("Ahmed Hassan Ali", "Ahmed Hassan"), ("Ahmed Hassan Ali", "Ahmed"), ("Ahmed Hassan Ali", "Ahmed Khalil Ali")],
    ],
)  # fmt: skip
def test_better_outranks_worse(ranked: list[tuple[str, str]]) -> None:
    found = [p_match(*pair) for pair in ranked]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)
