"""The ordinance as data: published examples of Fort Collins, packs that are refused, and when a pack is law."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.findings import exemptions, in_force
from evidence.rules.dwelling import law_of
from evidence.rules.lawful import lawful, most_unrelated
from evidence.rules.pack import (
    DEFAULT_PACK,
    TEMPLATE,
    InvalidPack,
    RulePack,
    UnknownPack,
    load_pack,
    pack_names,
    parse_pack,
)
from evidence.rules.stay import GuestReading, StayTest, Unit

FORT_COLLINS = load_pack("fort-collins-2007")
GENERIC = load_pack("generic-3-unrelated")


def is_lawful(pack: RulePack, occupants: int, family: int = 1, dependents: int = 0) -> bool:
    return bool(lawful(law_of(pack), np.array([occupants]), np.array([family]), np.array([dependents]))[0, 0])


# The city's own worked examples (Colorado State University off-campus life pages, quoting the city).
@pytest.mark.parametrize(
    ("household", "occupants", "family", "dependents", "allowed"),
    [
        ("a family of four and a nanny", 5, 4, 2, True),
        ("two single parents, their three children and a friend", 6, 3, 3, True),
        ("two siblings and one friend", 3, 2, 0, True),
        ("two couples whom kinship links", 4, 4, 0, True),
        ("two unrelated couples", 4, 2, 0, False),
        ("two siblings and two friends", 4, 2, 0, False),
        ("a family of four, a caretaker and an exchange student", 6, 4, 2, False),
        ("nobody", 0, 1, 0, True),
        ("one person", 1, 1, 0, True),
        ("three unrelated adults", 3, 1, 0, True),
        ("four unrelated adults", 4, 1, 0, False),
        ("a couple, their five children and the grandmother", 8, 8, 5, True),
        ("two single parents, their children and two friends", 7, 3, 3, False),
    ],
)
def test_the_published_examples_of_fort_collins(
    household: str, occupants: int, family: int, dependents: int, allowed: bool
) -> None:
    assert is_lawful(FORT_COLLINS, occupants, family, dependents) is allowed, household


@pytest.mark.parametrize(
    ("household", "occupants", "family", "allowed"),
    [
        ("a family of six", 6, 6, True),
        ("a family of four and a nanny", 5, 4, False),
        ("three unrelated", 3, 1, True),
        ("four unrelated", 4, 1, False),
        ("a couple and a friend", 3, 2, True),
    ],
)
def test_the_generic_pack(household: str, occupants: int, family: int, allowed: bool) -> None:
    assert is_lawful(GENERIC, occupants, family) is allowed, household


households = st.integers(1, 9).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(0, n - 1))
)  # occupants, largest family, dependents


@given(st.sampled_from([FORT_COLLINS, GENERIC]), households)
def test_one_more_unrelated_person_never_makes_a_household_lawful(
    pack: RulePack, household: tuple[int, int, int]
) -> None:
    occupants, family, dependents = household
    if not is_lawful(pack, occupants, family, dependents):
        assert not is_lawful(pack, occupants + 1, family, dependents)


@given(st.sampled_from([FORT_COLLINS, GENERIC]), households)
def test_a_child_of_the_family_never_makes_a_household_unlawful(
    pack: RulePack, household: tuple[int, int, int]
) -> None:
    # The generic pack counts heads where nobody is kin, so there the child belongs to a family that fills the house.
    occupants, family, dependents = household
    family = family if pack is FORT_COLLINS else occupants
    if is_lawful(pack, occupants, family, dependents):
        assert is_lawful(pack, occupants + 1, family + 1, dependents + 1)


@pytest.mark.parametrize(("pack", "most"), [(FORT_COLLINS, 3), (GENERIC, 3)])
def test_the_most_unrelated_adults(pack: RulePack, most: int) -> None:
    assert most_unrelated(law_of(pack)).tolist() == [most]


@pytest.mark.parametrize("name", [n for n in pack_names() if n != TEMPLATE] + ["generic-4-unrelated"])
def test_every_shipped_pack_cites_its_law_and_is_named_after_its_file(name: str) -> None:
    pack = load_pack(name)
    assert pack.id == name
    assert pack.citation
    assert pack.limit_text


def test_the_contested_thirtieth_night_has_both_readings() -> None:
    readings = FORT_COLLINS.guest_test.readings
    assert [reading.nights_in_12_months for reading in readings] == [30, 31, 30, None]
    assert FORT_COLLINS.guest_test.nights == 30


@pytest.mark.parametrize(("nights", "at_least", "least"), [(30, True, 30), (30, False, 31), (1, True, 1)])
def test_the_least_nights_of_a_reading(nights: int, at_least: bool, least: int) -> None:
    threshold = {"at_least": nights} if at_least else {"more_than": nights}
    test = StayTest(unit="nights", window="rolling 12 months", **threshold)
    assert GuestReading(tests=(test,)).main.least == least


@pytest.mark.parametrize(
    ("unit", "window", "nights"),
    [
        ("nights", "rolling 12 months", 31),
        ("days", "rolling 12 months", 30),  # an unbroken stay of 30 nights is 31 days
        ("nights", "calendar year", None),
        ("nights", "rolling 30 days", None),
        ("days", "consecutive", None),
    ],
)
def test_only_nights_in_12_months_are_estimated(unit: Unit, window: str, nights: int | None) -> None:
    reading = GuestReading(tests=(StayTest(unit=unit, more_than=30, window=window),))
    assert reading.nights_in_12_months == nights


GOOD = """
schema = "occupancy-evidence/rule-pack/1"
id = "a-pack"
jurisdiction = "Anytown"
title = "Occupancy"
citation = "Code 1"
text_status = "memory"
limit_text = "no more than three"
proof_standard = "preponderance"
[[limit]]
type = "unrelated_max"
n = 3
[guest_test]
text = "30 nights"
text_status = "memory"
[[guest_test.readings]]
tests = [{unit = "nights", at_least = 30, window = "rolling 12 months"}]
[exempt]
permitted_use = []
any_exemption_recorded = true
text = "none"
"""


def test_a_pack_is_a_text_file() -> None:
    assert parse_pack("a-pack", GOOD).limit[0].type == "unrelated_max"


@pytest.mark.parametrize(
    ("what", "old", "new", "says"),
    [
        ("an unknown key", 'title = "Occupancy"', 'title = "Occupancy"\nfine = 3', "fine: no such key here"),
        ("an unknown form", '"unrelated_max"', '"bedrooms_max"', "limit.0.type: there is no 'bedrooms_max'"),
        ("an unknown key in a form", "n = 3", "n = 3\nm = 4", "limit.0.unrelated_max.m: no such key here"),
        ("a limit of nobody", "n = 3", "n = 0", "limit.0.unrelated_max.n: Input should be greater"),
        ("no form at all", '[[limit]]\ntype = "unrelated_max"\nn = 3\n', "", "limit: is missing"),
        ("an unknown standard", '"preponderance"', '"a hunch"', "proof_standard: Input should be"),
        ("a test of no nights", "at_least = 30", "at_least = 0", "tests.0.at_least: Input should be greater"),
        ("two thresholds", "at_least = 30", "at_least = 30, more_than = 30", "give either at_least or more_than"),
        ("an unknown window", '"rolling 12 months"', '"a year"', "'a year' is no window: write 'rolling N months'"),
        ("no citation", 'citation = "Code 1"\n', "", "citation: is missing"),
        ("another name than its file", '"a-pack"', '"b-pack"', "calls itself 'b-pack'"),
        ("no TOML", "[[limit]]", "[[limit", "not valid TOML"),
    ],
)
def test_a_wrong_pack_is_refused_with_its_name_and_the_key(what: str, old: str, new: str, says: str) -> None:
    with pytest.raises(InvalidPack, match="rule pack a-pack") as refusal:
        parse_pack("a-pack", GOOD.replace(old, new))
    assert says in str(refusal.value), what


def test_an_unknown_pack_is_a_users_mistake_and_the_answer_lists_the_packs() -> None:
    with pytest.raises(UnknownPack, match=f"no rule pack 'atlantis'.*{DEFAULT_PACK}"):
        load_pack("atlantis")


@pytest.mark.parametrize(
    ("opened_on", "law"),
    [
        (date(2006, 12, 31), True),  # before the wording of 2007 an earlier wording of the limit was law
        (date(2007, 8, 14), True),
        (date(2024, 6, 30), True),
        (date(2024, 7, 1), False),  # Colorado HB24-1007
        (None, True),
    ],
)
def test_a_pack_is_law_until_it_is_pre_empted(opened_on: date | None, law: bool) -> None:
    assert in_force(pl.Series([opened_on], dtype=pl.Date), FORT_COLLINS).tolist() == [law]
    assert in_force(pl.Series([opened_on], dtype=pl.Date), GENERIC).tolist() == [True]


@pytest.mark.parametrize(
    ("dwelling", "use", "exemption", "exempt"),
    [
        ("a", "single family", None, False),
        ("a", None, None, False),
        ("a", "Extra Occupancy Rental House", None, True),
        ("a", "GROUP HOME", None, True),
        ("a", "single family", "licensed by the state", True),
        (None, None, None, False),  # an address that is no dwelling of the city is not exempt
    ],
)
def test_a_dwelling_is_exempt_by_what_the_assessor_records(
    dwelling: str | None, use: str | None, exemption: str | None, exempt: bool
) -> None:
    cases = pl.DataFrame(
        {"dwelling_id": [dwelling], "opened_on": [date(2007, 8, 14)]},
        schema={"dwelling_id": pl.String, "opened_on": pl.Date},
    )
    dwellings = pl.DataFrame(
        {"dwelling_id": ["a"], "permitted_use": [use], "exemption": [exemption]},
        schema={"dwelling_id": pl.String, "permitted_use": pl.String, "exemption": pl.String},
    )
    (why,) = exemptions(cases, dwellings, FORT_COLLINS)
    assert (why is not None) is exempt
