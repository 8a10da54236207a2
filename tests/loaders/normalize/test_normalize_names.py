"""Names as agencies write them: who is named, in which order, and who must never vanish from the count."""

from pathlib import Path

import nameparser
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from loaders.normalize import names as column_path
from loaders.normalize.names import (
    Order,
    given_frequency,
    nickname_pairs,
    normalize_names,
    surname_frequency,
)
from loaders.normalize.names_columns import read_columns
from loaders.normalize.names_parse import parse_name
from loaders.normalize.names_tables import given_sexes
from loaders.normalize.names_words import COMPANY_WORDS, PLACEHOLDER_FILLERS, ROLE_WORDS, SPECIAL_WORDS, TRUST_WORDS

CASES = Path(__file__).parents[3] / "../shared/cases"
ORDERS: tuple[Order, ...] = ("given_first", "family_first", "auto")
Parts = tuple[str | None, str | None, str | None, str | None]


def read(raw: str, order: Order) -> list[dict[str, object]]:
    return normalize_names(pl.Series([raw]), order).to_dicts()


def person(raw: str, order: Order) -> tuple[object, ...]:
    (row,) = read(raw, order)
    assert row["kind"] == "person"
    return tuple(row[part] for part in ("given", "middle", "family", "suffix"))


def keys(raw: str, order: Order) -> list[object]:
    return [row["key"] for row in read(raw, order)]


REGISTRATION = [
    ("SMITH JOHN", ("JOHN", None, "SMITH", None)),
    ("SMITH JOHN Q", ("JOHN", "Q", "SMITH", None)),
    ("Smith John Quincy", ("JOHN", "QUINCY", "SMITH", None)),
    ("SMITH, JOHN Q JR", ("JOHN", "Q", "SMITH", "JR")),
    ("SMITH JR JOHN Q", ("JOHN", "Q", "SMITH", "JR")),
    ("SMITH JOHN 2ND", ("JOHN", None, "SMITH", "II")),
    ("SMITH JOHN V", ("JOHN", "V", "SMITH", None)),
    ("SMITH JOHN ESQ", ("JOHN", None, "SMITH", None)),
    ("VAN DER BERG ANNA", ("ANNA", None, "VAN DER BERG", None)),
    ("DE LA CRUZ MARIA E", ("MARIA", "E", "DE LA CRUZ", None)),
    ("VAN JOHN Q", ("JOHN", "Q", "VAN", None)),
    ("O'BRIEN PAT", ("PAT", None, "OBRIEN", None)),
    ("O BRIEN PAT", ("PAT", None, "OBRIEN", None)),
    ("MC DONALD JIM", ("JIM", None, "MCDONALD", None)),
    ("ST CLAIR MARY", ("MARY", None, "ST CLAIR", None)),
    ("DOCTOR JOHN", ("JOHN", None, "DOCTOR", None)),
    ("PRICE JOHN", ("JOHN", None, "PRICE", None)),
    ("PARK MIN JI", ("MIN", "JI", "PARK", None)),
    ("BANKS TYRA", ("TYRA", None, "BANKS", None)),
    ("CHURCH FRANCIS", ("FRANCIS", None, "CHURCH", None)),
]
FREE_TEXT = [
    ("John Smith", ("JOHN", None, "SMITH", None)),
    ("JOHN Q SMITH", ("JOHN", "Q", "SMITH", None)),
    ("Smith, John", ("JOHN", None, "SMITH", None)),
    ("John Smith, Jr.", ("JOHN", None, "SMITH", "JR")),
    ("John Q. Smith III", ("JOHN", "Q", "SMITH", "III")),
    ("John Q Public V", ("JOHN", "Q", "PUBLIC", "V")),
    ("Dr. Jane Doe MD", ("JANE", None, "DOE", None)),
    ("J.R. Smith", ("J", "R", "SMITH", None)),
    ("Jean-Luc Picard", ("JEAN LUC", None, "PICARD", None)),
    ("van der Berg, Anna", ("ANNA", None, "VAN DER BERG", None)),
    ("Vincent van Gogh", ("VINCENT", None, "VAN GOGH", None)),
    ("Mary-Kate O’Neil", ("MARY KATE", None, "ONEIL", None)),
    ("John Clark Smith", ("JOHN", "CLARK", "SMITH", None)),
    ("DOE, JANE (TENANT)", ("JANE", None, "DOE", None)),
    ("Jane Doe - spouse", ("JANE", None, "DOE", None)),
    ("Tenant: Jane Doe", ("JANE", None, "DOE", None)),
    ("C/O John Smith", ("JOHN", None, "SMITH", None)),
    ("JOHN SMITH C/O ABC MGMT", ("JOHN", None, "SMITH", None)),
    ("Igor Sech1n", ("IGOR", None, "SECHIN", None)),
    ("Сергей Лавров", ("SERGEI", None, "LAVROV", None)),
]


@pytest.mark.parametrize(("raw", "parts"), REGISTRATION)
def test_registrations_write_the_family_name_first(raw: str, parts: Parts) -> None:
    assert person(raw, "family_first") == parts


@pytest.mark.parametrize(("raw", "parts"), FREE_TEXT)
def test_free_text_is_given_name_first_unless_a_comma_says_otherwise(raw: str, parts: Parts) -> None:
    assert person(raw, "auto") == parts


# A parser that fails on these makes tenants vanish from the count, so each group has its own table.
@pytest.mark.parametrize(
    ("raw", "order", "parts"),
    [
        # Vietnamese
        ("NGUYEN THI LAN", "family_first", ("LAN", "THI", "NGUYEN", None)),
        ("NGUYEN THI LAN", "auto", ("LAN", "THI", "NGUYEN", None)),
        ("Nguyễn Thị Lan", "auto", ("LAN", "THI", "NGUYEN", None)),
        ("Lan Thi Nguyen", "auto", ("LAN", "THI", "NGUYEN", None)),
        ("Hung Van Nguyen", "auto", ("HUNG", "VAN", "NGUYEN", None)),
        ("Do Van Hung", "family_first", ("HUNG", "VAN", "DO", None)),
        ("LE ANNA", "family_first", ("ANNA", None, "LE", None)),
        ("TRAN, ANH", "auto", ("ANH", None, "TRAN", None)),
        # Spanish, two surnames
        ("Maria Garcia Lopez", "auto", ("MARIA", None, "GARCIA LOPEZ", None)),
        ("GARCIA LOPEZ MARIA", "family_first", ("MARIA", None, "GARCIA LOPEZ", None)),
        ("GARCIA LOPEZ MARIA ELENA", "family_first", ("MARIA", "ELENA", "GARCIA LOPEZ", None)),
        ("María García-López", "auto", ("MARIA", None, "GARCIA LOPEZ", None)),
        ("José de la Cruz García", "auto", ("JOSE", None, "DE LA CRUZ GARCIA", None)),
        # hyphenated
        ("SMITH-JONES ANNA", "family_first", ("ANNA", None, "SMITH JONES", None)),
        ("Smith-Jones, Mary-Ann", "auto", ("MARY ANN", None, "SMITH JONES", None)),
        # Arabic
        ("AL HASSAN OMAR", "family_first", ("OMAR", None, "AL HASSAN", None)),
        ("Omar Al-Hassan", "auto", ("OMAR", None, "AL HASSAN", None)),
        ("ABDUL RAHMAN MOHAMMED", "family_first", ("MOHAMMED", None, "ABDUL RAHMAN", None)),
        ("Abdul Rahman", "auto", ("ABDUL", None, "RAHMAN", None)),
        ("Abdul Rahman Khan", "auto", ("ABDUL RAHMAN", None, "KHAN", None)),
        ("Ahmed bin Khalid al Saud", "auto", ("AHMED", "BIN KHALID", "AL SAUD", None)),
        # one word
        ("Suharto", "auto", (None, None, "SUHARTO", None)),
        ("Mary", "auto", ("MARY", None, None, None)),
        ("MADHU", "family_first", (None, None, "MADHU", None)),
    ],
)
def test_names_of_every_tradition_survive_as_persons(raw: str, order: Order, parts: Parts) -> None:
    assert person(raw, order) == parts


@pytest.mark.parametrize(
    ("raw", "order", "expected"),
    [
        ("SMITH JOHN & MARY", "family_first", ["JOHN SMITH", "MARY SMITH"]),
        ("SMITH JOHN & MARY ANN", "family_first", ["JOHN SMITH", "MARY ANN SMITH"]),
        ("SMITH JOHN A & JONES MARY B", "family_first", ["JOHN A SMITH", "MARY B JONES"]),
        ("SMITH JOHN A & MARY B JONES", "family_first", ["JOHN A SMITH", "MARY B JONES"]),
        ("SMITH JOHN OR JONES MARY", "family_first", ["JOHN SMITH", "MARY JONES"]),
        ("SMITH JOHN AND/OR MARY", "family_first", ["JOHN SMITH", "MARY SMITH"]),
        ("NGUYEN HUNG & THI LAN", "family_first", ["HUNG NGUYEN", "LAN THI NGUYEN"]),
        ("SMITH, JOHN & MARY", "family_first", ["JOHN SMITH", "MARY SMITH"]),
        ("SMITH, JOHN & JONES, MARY", "auto", ["JOHN SMITH", "MARY JONES"]),
        ("John and Mary Smith", "auto", ["JOHN SMITH", "MARY SMITH"]),
        ("JOHN Q & MARY SMITH", "auto", ["JOHN Q SMITH", "MARY SMITH"]),
        ("ROBERT OR LINDA SMITH", "auto", ["ROBERT SMITH", "LINDA SMITH"]),
        ("John Smith & Mary", "auto", ["JOHN SMITH", "MARY SMITH"]),
        ("John Smith/Mary Jones", "auto", ["JOHN SMITH", "MARY JONES"]),
        ("John Smith, Mary Jones", "auto", ["JOHN SMITH", "MARY JONES"]),
        ("John, Mary and Peter Smith", "auto", ["JOHN SMITH", "MARY SMITH", "PETER SMITH"]),
        ("John Smith Jr & Mary Smith", "auto", ["JOHN SMITH JR", "MARY SMITH"]),
        ("JOHN & MARY SMITH", "family_first", ["JOHN SMITH", "MARY SMITH"]),
        ("SMITH JOHN & MARY B ROSE", "family_first", ["JOHN SMITH", "MARY B ROSE"]),
        ("SMITH JOHN & PRIYA RAMASWAMY", "family_first", ["JOHN SMITH", "PRIYA RAMASWAMY"]),
        ("GARCIA LOPEZ MARIA & JOSE", "family_first", ["MARIA GARCIA LOPEZ", "JOSE GARCIA LOPEZ"]),
        ("SMITH & JONES", "family_first", ["SMITH", "JONES"]),
        ("Smith, John; Jones, Mary", "auto", ["JOHN SMITH", "MARY JONES"]),
        ("John Smith Jr., Mary Jones", "auto", ["JOHN SMITH JR", "MARY JONES"]),
        # Titles and placeholders beside a name name nobody of their own.
        ("Mr. & Mrs. John Smith", "auto", ["JOHN SMITH"]),
        ("John Smith & current resident", "auto", ["JOHN SMITH"]),
        ("SMITH JOHN ET AL", "family_first", ["JOHN SMITH"]),
    ],
)
def test_couples_are_one_row_each(raw: str, order: Order, expected: list[str]) -> None:
    rows = read(raw, order)
    assert [row["key"] for row in rows] == expected
    assert [row["part"] for row in rows] == list(range(len(expected)))
    assert {row["kind"] for row in rows} == {"person"}


@pytest.mark.parametrize(
    ("raw", "kind", "key"),
    [
        ("PLUM STREET HOLDINGS LLC", "company", "PLUM STREET HOLDINGS LLC"),
        ("Plum St. Holdings, L.L.C.", "company", "PLUM ST HOLDINGS LLC"),
        ("SMITH PROPERTIES", "company", "SMITH PROPERTIES"),
        ("Smith & Sons", "company", "SMITH & SONS"),
        ("Hughes and Co.", "company", "HUGHES & CO"),
        ("RAM LANDSCAPE CO", "company", "RAM LANDSCAPE CO"),
        ("CITY OF FORT COLLINS", "company", "CITY OF FORT COLLINS"),
        ("FIRST BAPTIST CHURCH", "company", "FIRST BAPTIST CHURCH"),
        ("COLORADO STATE UNIVERSITY", "company", "COLORADO STATE UNIVERSITY"),
        ("Wells Fargo Bank NA", "company", "WELLS FARGO BANK NA"),
        ("SMITH FAMILY TRUST", "trust", "SMITH FAMILY TRUST"),
        ("THE SMITH LIVING TRUST DTD 1/2/2003", "trust", "THE SMITH LIVING TRUST DTD 1 2 2003"),
        ("JOHN SMITH TRUSTEE", "trust", "JOHN SMITH"),
        ("SMITH JOHN Q TR", "trust", "JOHN Q SMITH"),
        ("SMITH JOHN TRUSTEE OF THE SMITH FAMILY TRUST", "trust", "JOHN SMITH"),
        ("PLUM STREET TRUST", "trust", "PLUM STREET TRUST"),
        ("ESTATE OF JOHN SMITH", "estate", "JOHN SMITH"),
        ("SMITH JOHN EST", "estate", "JOHN SMITH"),
        ("SMITH JOHN (DECEASED)", "estate", "JOHN SMITH"),
        ("CURRENT OCCUPANT", "unknown", None),
        ("RESIDENT", "unknown", None),
        ("Tenant 1", "unknown", None),
        ("TENANT A", "unknown", None),
        ("Vacant", "unknown", None),
        ("N/A", "unknown", None),
        ("Property owner", "unknown", None),
        ("12345", "unknown", None),
        ("", "unknown", None),
    ],
)
def test_bodies_and_placeholders_are_not_persons(raw: str, kind: str, key: str | None) -> None:
    (row,) = read(raw, "family_first")
    assert (row["kind"], row["key"]) == (kind, key)


def test_a_last_co_is_a_company_s_only_behind_a_word_that_is_no_name() -> None:
    (row,) = read("Anna Marie Co", "given_first")
    assert (row["kind"], row["key"]) == ("person", "ANNA MARIE CO")


def test_a_trust_keeps_its_family() -> None:
    assert read("THE SMITH LIVING TRUST", "auto")[0]["family"] == "SMITH"
    assert keys("JOHN & MARY SMITH REVOCABLE TRUST", "auto") == ["JOHN SMITH", "MARY SMITH"]


@pytest.mark.parametrize(
    ("raw", "key", "nickname", "alias"),
    [
        ('ROBERT "BOB" SMITH', "ROBERT SMITH", "BOB", None),
        ("Robert (Bob) Smith", "ROBERT SMITH", "BOB", None),
        ("Robert 'Bob' O'Brien", "ROBERT OBRIEN", "BOB", None),
        ("John Smith AKA Johnny Smyth", "JOHN SMITH", None, "JOHNNY SMYTH"),
        ("Mary Smith nee Jones", "MARY SMITH", None, "JONES"),
        ("Mary Smith (Kowalczyk)", "MARY SMITH", None, "KOWALCZYK"),
        ("Victor Nee", "VICTOR NEE", None, None),
    ],
)
def test_other_names_are_kept_beside_the_name(raw: str, key: str, nickname: str | None, alias: str | None) -> None:
    (row,) = read(raw, "auto")
    assert (row["key"], row["nickname"], row["alias"]) == (key, nickname, alias)


def test_display_is_given_name_first_and_bodies_stay_as_written() -> None:
    assert read("SMITH JOHN Q JR", "family_first")[0]["display"] == "John Q Smith Jr"
    assert read("Plum  Holdings LLC", "auto")[0]["display"] == "Plum Holdings LLC"


@pytest.mark.parametrize("pattern", ["{} JOHN", "{} JOHN Q", "{}, JOHN"])
def test_no_surname_of_the_census_turns_a_person_into_something_else(pattern: str) -> None:
    surnames = surname_frequency()["family"]
    found = normalize_names(pl.Series([pattern.format(name) for name in surnames]), "family_first")
    lost = found.filter((pl.col("kind") != "person") | (pl.col("given") != "JOHN"))["raw"].to_list()
    # CORP is a company's word more often than a surname; JUNIOR and SENIOR before two words read as suffixes.
    assert {raw.split()[0].strip(",") for raw in lost} <= {"CORP", "JUNIOR", "SENIOR"}


VOCABULARY = sorted(SPECIAL_WORDS | PLACEHOLDER_FILLERS | ROLE_WORDS | TRUST_WORDS)
ordinary = st.sampled_from(surname_frequency()["family"].to_list()[:2000] + given_frequency()["given"].to_list()[:1000])
word = ordinary | st.sampled_from([*VOCABULARY, *"ABDOVZ", "GARCIA-LOPEZ", "O'BRIEN", "2ND", "12"])
made_up = st.lists(word, min_size=1, max_size=5).flatmap(
    lambda words: st.lists(
        st.sampled_from([" ", " ", " ", ", ", " & ", ". ", " AND ", " - ", " ("]),
        min_size=len(words),
        max_size=len(words),
    ).map(lambda gaps: "".join(w + gap for w, gap in zip(words, gaps, strict=True)))
)
regular = st.lists(ordinary, min_size=2, max_size=4).map(" ".join)
initialled = st.tuples(regular, st.sampled_from(["", " J", " T.", " D", " V"])).map("".join)
couple = st.tuples(initialled | ordinary, st.sampled_from([" & ", " AND "]), initialled | ordinary).map("".join)
suffixed = st.sampled_from(["", " JR", ", III"])
comma = st.tuples(regular | ordinary, st.just(", "), initialled | ordinary, suffixed).map("".join)
company = st.lists(ordinary | st.sampled_from(sorted(COMPANY_WORDS)), min_size=2, max_size=4).map(" ".join)


@settings(max_examples=120, deadline=None)
@given(st.lists(made_up | regular | st.text(max_size=25) | st.none(), max_size=12), st.sampled_from(ORDERS))
def test_any_text_is_read_and_what_was_read_reads_as_itself(raw: list[str | None], order: Order) -> None:
    series = pl.Series(raw, dtype=pl.String)
    found = normalize_names(series, order)
    assert set(found["raw"]) == {text for text in raw if text is not None}
    assert found.filter(pl.col("part") == 0).height == found["raw"].n_unique()
    assert found.filter((pl.col("kind") == "unknown") & pl.col("key").is_not_null()).is_empty()
    assert found.filter(pl.col("kind").is_in(["person", "company"]) & pl.col("key").is_null()).is_empty()
    assert found.equals(normalize_names(series.reverse(), order))
    # A key is written given name first, and so is a person's display.
    named = found.filter(pl.col("key").is_not_null())
    again = normalize_names(named["key"], "given_first")
    assert again["key"].to_list() == again["raw"].to_list()
    shown = normalize_names(found.filter(pl.col("kind") == "person")["display"], "given_first")
    assert shown["display"].to_list() == shown["raw"].to_list()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(made_up | initialled | couple | comma | company, min_size=1, max_size=20, unique=True),
    st.sampled_from(ORDERS),
)
def test_the_column_path_is_a_shortcut_and_never_another_opinion(raw: list[str], order: Order) -> None:
    texts = pl.Series("raw", raw)
    quick, rest = read_columns(pl.DataFrame([texts, column_path._clean(texts).alias("_clean")]), order)
    assert sorted({*quick["raw"], *rest["raw"]}) == sorted(raw)
    assert quick.join(rest, on="raw").is_empty()
    cleaned = dict(zip(raw, column_path._clean(texts), strict=True))
    for (text,), rows in quick.sort("raw", "part").group_by("raw", maintain_order=True):
        read_slowly = parse_name(cleaned[str(text)], order)
        assert rows["part"].to_list() == list(range(len(read_slowly)))
        for row, named in zip(rows.iter_rows(named=True), read_slowly, strict=True):
            one = named.person
            assert (row["kind"], row["key"], named.nickname, named.alias) == (named.kind, named.key, "", "")
            assert (one.given, one.middle, one.family, one.suffix) == tuple(
                row[part] or "" for part in ("given", "middle", "family", "suffix")
            )


@pytest.mark.parametrize(
    ("raw", "order"),
    [
        ("SMITH JOHN & MARY", "family_first"),
        ("SMITH JOHN A & JONES MARY B", "family_first"),
        ("GARCIA LOPEZ MARIA J & JUAN", "family_first"),
        ("JOHN & MARY SMITH", "given_first"),
        ("JESUS M LOPEZ TORRES", "given_first"),
        ("LOPEZ GONZALEZ, CARLOS M", "auto"),
        ("DOYLE PROPERTIES LLC", "auto"),
    ],
)
def test_common_shapes_of_names_need_no_word_by_word_reading(raw: str, order: Order) -> None:
    texts = pl.Series("raw", [raw])
    assert read_columns(pl.DataFrame([texts, texts.alias("_clean")]), order)[1].is_empty()


@pytest.mark.parametrize(
    "cell", ["(" * 10**6, "(a)" * 10**5, "'a' " * 10**5, " AND ".join(["X"] * 10**5), "AKA " * 10**5]
)
def test_no_cell_takes_long_to_read(cell: str) -> None:
    assert read(cell, "auto")[0]["part"] == 0


ascii_names = ordinary.filter(lambda name: name not in SPECIAL_WORDS)


@settings(max_examples=60, deadline=None)
@given(ascii_names, ascii_names, st.sampled_from("ABCEFGHJKLMNPQRSTW"), st.sampled_from(["", " JR", " III"]))
def test_family_first_agrees_with_an_independent_parser(family: str, first: str, initial: str, suffix: str) -> None:
    oracle = nameparser.Parser(policy=nameparser.Policy(name_order=nameparser.FAMILY_FIRST))
    theirs = oracle.parse(f"{family} {first} {initial}{suffix}")
    assume(not theirs.title)  # it takes surnames such as KING for titles
    ours = person(f"{family} {first} {initial}{suffix}", "family_first")
    assert ours == (theirs.given, theirs.middle, theirs.family, theirs.suffix or None)


def test_frequencies_are_shares_and_the_common_names_lead() -> None:
    for frame, name, first in ((surname_frequency(), "family", "SMITH"), (given_frequency(), "given", "MICHAEL")):
        assert frame["share"].sum() == pytest.approx(1.0)
        assert frame[name][0] == first
        assert frame[name].is_unique().all()
        assert frame[name].str.contains(r"^[A-Z]+$").all()


def test_given_names_by_sex() -> None:
    male = dict(given_sexes().iter_rows())
    assert male["MICHAEL"] > 0.95 > male["CASEY"] > 0.05 > male["JENNIFER"]
    assert set(male) == set(given_frequency()["given"])


def test_nicknames_come_in_both_orders() -> None:
    pairs = set(nickname_pairs().iter_rows())
    assert {("ROBERT", "BOB"), ("BOB", "ROBERT"), ("ELIZABETH", "LIZ")} <= pairs
    assert all((b, a) in pairs and a != b for a, b in pairs)


def test_names_of_many_countries_are_persons_with_all_their_letters() -> None:
    path = CASES / "person_name_pairs/pairs.csv"
    if not path.exists():
        pytest.skip("name pairs are not in this checkout")
    pairs = pl.read_csv(path, infer_schema=False)
    found = normalize_names(pl.concat([pairs["name1"], pairs["name2"].rename("name1")]), "auto")
    assert found.filter(pl.col("kind") != "person")["raw"].str.ends_with("LLC").all()
    assert found["part"].max() == 0

    def letters(text: pl.Expr) -> pl.Expr:
        return text.str.extract_all(r"[A-Z]").list.sort().list.join("")

    latin = found.filter(pl.col("raw").str.contains(r"^[\p{Latin} .,'-]+$") & ~pl.col("raw").str.contains(r"^Dr\."))
    assert latin.height > 400
    spelt = latin.with_columns(column_path._clean(latin["raw"]).alias("clean"))
    assert spelt.filter(letters(pl.col("clean")) != letters(pl.col("key")))["raw"].to_list() == []
