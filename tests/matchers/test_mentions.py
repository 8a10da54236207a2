"""Every naming of a person or body becomes one mention, with what its row says and nothing else."""

from datetime import date

import polars as pl
import pytest

from loaders.city import City
from matchers.dwellings import resolve_dwellings
from matchers.mentions import SCHEMA, build_mentions
from matchers.name_order import Known, NameOrder, ReadAlone, detect, put_right, read_mixed, read_one_order

HOUSE = "1201 W Plum St, Fort Collins, CO 80521"

CASES = pl.DataFrame(
    {
        "case_id": ["A1"],
        "subject_address": [HOUSE],
        "opened_on": ["2007-03-01"],
        "owner_manager_name": ["Acme Rentals LLC"],
    }
)


def mentions_of(**sources: pl.DataFrame) -> pl.DataFrame:
    city = City.from_frames({"cases": CASES, **sources})
    return build_mentions(city, resolve_dwellings(city))


def people(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    return frame.filter(pl.col("source") == source)


def dmv(*rows: dict[str, str | None]) -> pl.DataFrame:
    columns = ("plate", "plate_state", "owner_name", "owner_address", "co_owner_name", "owner_dob", "registered_from")
    usual = {"plate": "123ABC", "plate_state": "CO", "owner_address": HOUSE}
    return pl.DataFrame(
        [{name: {**usual, **row}.get(name) for name in columns} for row in rows],
        schema=dict.fromkeys(columns, pl.String),
    )


def test_columns_and_order() -> None:
    frame = mentions_of(
        dmv_registrations=dmv({"owner_name": "SMITH JOHN Q"}, {"owner_name": "DOE, JANE", "plate": "9"})
    )
    assert dict(frame.schema) == SCHEMA
    assert frame["mention_id"].to_list() == list(range(len(frame)))
    assert frame.select("source", "row", "field", "part").rows() == sorted(
        frame.select("source", "row", "field", "part").rows()
    )


def test_an_empty_city_has_the_case_manager_only() -> None:
    frame = mentions_of()
    assert frame.select("source", "kind", "role", "case_id", "as_of").rows() == [
        ("cases", "company", "case_manager", "A1", date(2007, 3, 1))
    ]


def test_owner_and_co_owner_are_two_persons_of_one_document() -> None:
    row = {"owner_name": "SMITH JOHN Q", "co_owner_name": "SMITH MARY", "owner_dob": "1985-03-07"}
    cars = dmv({**row, "registered_from": "2006-08-01"})
    frame = people(mentions_of(dmv_registrations=cars), "dmv_registrations")
    assert frame.select("field", "given", "middle", "family", "role", "dob").rows() == [
        ("co_owner_name", "MARY", None, "SMITH", "co_owner", None),
        ("owner_name", "JOHN", "Q", "SMITH", "registered_owner", date(1985, 3, 7)),
    ]
    assert frame["group_key"].n_unique() == 1
    assert frame["listed_from"].to_list() == [date(2006, 8, 1)] * 2
    assert frame["dwelling_id"].null_count() == 0


def test_two_persons_in_one_cell_and_the_date_is_the_first_ones() -> None:
    frame = people(
        mentions_of(dmv_registrations=dmv({"owner_name": "SMITH JOHN & MARY", "owner_dob": "1985-03-07"})),
        "dmv_registrations",
    )
    assert frame.select("part", "given", "family", "dob").rows() == [
        (0, "JOHN", "SMITH", date(1985, 3, 7)),
        (1, "MARY", "SMITH", None),
    ]
    assert frame["group_key"].null_count() == 0


def test_rows_that_repeat_another_are_left_out() -> None:
    frame = mentions_of(dmv_registrations=dmv({"owner_name": "SMITH JOHN"}, {"owner_name": "SMITH JOHN"}))
    assert people(frame, "dmv_registrations")["row"].to_list() == [1]


def test_a_lease_without_address_stands_at_its_cases_dwelling() -> None:
    leases = pl.DataFrame(
        {
            "case_id": ["A1", "A1", None], "address": [None, None, "1201 W. PLUM STREET"],
            "name": ["Ann Lee", "Bo Ray", "Cy Fox"],
            "role": ["tenant", None, "dependent"], "family_group": [None, "f1", None], "signed_on": ["2007-03-09"] * 3,
        }
    )  # fmt: skip
    frame = people(mentions_of(lease_disclosures=leases), "lease_disclosures")
    assert frame["dwelling_id"].n_unique() == 1
    assert frame["group_key"].n_unique() == 1  # one paper, wherever its address was written
    assert frame.select("role", "family_group", "as_of").rows() == [
        ("tenant", None, date(2007, 3, 9)), (None, "f1", date(2007, 3, 9)), ("dependent", None, date(2007, 3, 9)),
    ]  # fmt: skip


def test_a_students_number_travels_and_an_address_elsewhere_is_no_dwelling() -> None:
    students = pl.DataFrame(
        {
            "student_id": ["7", "7"], "name": ["Lee, Ann M", "Lee, Ann"], "address_type": ["local", "permanent"],
            "address": [HOUSE, "9 Elm St, Reno, NV 89501"], "updated_on": ["2006-09-01"] * 2,
        }
    )  # fmt: skip
    frame = people(mentions_of(university_addresses=students), "university_addresses")
    assert frame["record_key"].to_list() == ["student:7"] * 2
    assert [dwelling is None for dwelling in frame["dwelling_id"]] == [False, True]
    assert frame["address_key"].null_count() == 0


LAST_FIRST = [
    f"{family} {given}"
    for family in ("MILLER", "JOHNSON", "NGUYEN", "GARCIA", "PETERSON")
    for given in ("JENNIFER", "MICHAEL", "AMANDA", "JOSHUA", "SARAH")
]
FIRST_LAST = [" ".join(reversed(text.split())).title() for text in LAST_FIRST]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (LAST_FIRST, "family_first"),
        (FIRST_LAST, "given_first"),
        (LAST_FIRST + FIRST_LAST, "auto"),
        (LAST_FIRST[:3], "given_first"),  # too few to tell: the usual order
        ([f"{name.split()[0]}, {name.split()[1]}" for name in LAST_FIRST], "given_first"),  # commas settle it anyway
        ([], "given_first"),
    ],
    ids=["family first", "given first", "mixed", "few", "commas", "none"],
)
def test_the_order_of_a_source_shows_in_its_names(texts: list[str], expected: str) -> None:
    assert detect(pl.Series(texts, dtype=pl.String), "given_first").order == expected


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("MILLER JENNIFER", "JENNIFER", "MILLER"),
        ("Jennifer Miller", "JENNIFER", "MILLER"),
        ("TOLIVER JAVIER M", "JAVIER", "TOLIVER"),  # an initial is no surname
        ("TAYLOR ALLISON", "ALLISON", "TAYLOR"),  # either could be both: another paper at the dwelling says
    ],
)
def test_mixed_sources_are_read_name_by_name(text: str, given: str, family: str) -> None:
    texts = pl.DataFrame({"raw_name": [text], "place": ["here"]})
    certain = pl.DataFrame({"place": ["here"], "given": ["ALLISON"], "family": ["TAYLOR"]})
    read = read_mixed(texts, ReadAlone.of(texts["raw_name"], NameOrder("auto", 0.5)), Known.of(certain))
    assert read.select("given", "family").rows() == [(given, family)]


@pytest.mark.parametrize(
    ("text", "known_given", "known_family", "given", "family"),
    [
        # A rare given name that is a surname, too, and three words: who is known there decides.
        ("Camden Jose Shelton", "CAMDEN", "SHELON", "CAMDEN", "SHELTON"),
        ("CAMDEN JOSE SHELTON", "JOSE", "CAMDEN", "JOSE", "CAMDEN"),
        # A slip of the pen in the paper that is read, or in the one that is known.
        ("BRANDON CRAIG PAEE", "BRANDON", "PAGE", "BRANDON", "PAEE"),
        ("PAEE BRANDON CRAIG", "BRANDON", "PAGE", "BRANDON", "PAEE"),
    ],
)
def test_who_is_known_at_the_dwelling_decides_a_doubtful_order(
    text: str, known_given: str, known_family: str, given: str, family: str
) -> None:
    texts = pl.DataFrame({"raw_name": [text], "place": ["here"]})
    certain = pl.DataFrame({"place": ["here"], "given": [known_given], "family": [known_family]})
    alone = ReadAlone.of(texts["raw_name"], NameOrder("auto", 0.4))
    assert read_mixed(texts, alone, Known.of(certain)).select("given", "family").rows() == [(given, family)]


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("KRISTIE, RENTERIA M", "KRISTIE", "RENTERIA"),  # the comma stands where it should not
        ("RENTERIA, KRISTIE M", "KRISTIE", "RENTERIA"),
        ("THOMAS, JAMES", "JAMES", "THOMAS"),  # either way round: as written
        ("JAMES, THOMAS", "THOMAS", "JAMES"),
        ("ZQXV, ZZYK", "ZZYK", "ZQXV"),  # in no table: as written
        ("SOTO PEREZ, ANTONIO", "ANTONIO", "SOTO PEREZ"),
        ("KRISTIE", "KRISTIE", None),
    ],
)
def test_a_name_written_the_wrong_way_round_is_put_right_where_the_tables_are_plain(
    text: str, given: str, family: str | None
) -> None:
    read = put_right(read_one_order(pl.Series([text]), "given_first"), 0.02)
    assert read.select("given", "family").rows() == [(given, family)]
