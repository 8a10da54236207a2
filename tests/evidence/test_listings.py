"""What each source's row says of the time in question: one level per source, the strongest."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.listings import disclosed_situations, elsewhere_levels, listing_levels, residence_mentions
from evidence.settings import LEVELS, InferenceSettings
from loaders.city import City
from loaders.config import CitySettings

SETTINGS = InferenceSettings()
FROM, TO = date(2007, 7, 3), date(2007, 10, 1)
LAST_TURN = date(2007, 8, 1)
HOMES = pl.DataFrame(
    {"row": [1, 2, 3], "owner_lives_here": [True, False, None]},
    schema={"row": pl.UInt32, "owner_lives_here": pl.Boolean},
)
SCHEMA = {
    "mention_id": pl.UInt32, "person_id": pl.String, "source": pl.String, "row": pl.UInt32, "dwelling_id": pl.String,
    "case_id": pl.String, "listed_from": pl.Date, "listed_to": pl.Date, "as_of": pl.Date, "listed_on": pl.Date,
    "address_type": pl.String, "opted_out": pl.Boolean, "p_dwelling": pl.Float64,
}  # fmt: skip


def situation(settled_on: date | None = None, followed_on: date | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "situation": [0],
            "case_id": ["c"],
            "dwelling_id": ["home"],
            "date_from": [FROM],
            "date_to": [TO],
            "last_turn": [LAST_TURN],
            "settled_on": [settled_on],
            "followed_on": [followed_on],
        },
        schema_overrides={"situation": pl.UInt32, "settled_on": pl.Date, "followed_on": pl.Date},
    )


def row(
    source: str, *, starts: date | None = None, ends: date | None = None, as_of: date | None = None, **more: object
) -> dict[str, object]:
    return {
        "mention_id": 0, "person_id": "p", "source": source, "row": 1, "dwelling_id": "home", "case_id": None,
        "listed_from": starts, "listed_to": ends, "as_of": as_of, "listed_on": starts or as_of, "address_type": None,
        "opted_out": None, "p_dwelling": 1.0, **more,
    }  # fmt: skip


def lived(rows: list[dict[str, object]]) -> pl.DataFrame:
    numbered = [{**each, "mention_id": number} for number, each in enumerate(rows)]
    return pl.DataFrame(numbered, schema=SCHEMA)


def level(*rows: dict[str, object], settled_on: date | None = None, followed_on: date | None = None) -> str | None:
    """Name of the level that these rows of one source reach, None where they name nobody who matters."""
    found = listing_levels(situation(settled_on, followed_on), lived(list(rows)), HOMES, SETTINGS)
    return LEVELS[str(rows[0]["source"])][found["level"][0]] if found.height else None


D = date
LEASE, BILLS, UNIVERSITY, DMV, ASSESSOR = (
    "lease_disclosures", "utility_billing", "university_addresses", "dmv_registrations", "assessor",
)  # fmt: skip


@pytest.mark.parametrize(
    ("what", "mention", "reached"),
    [
        ("a lease over the window", row(LEASE, starts=D(2007, 8, 1), ends=D(2008, 7, 31)), "current"),
        ("a lease without an end", row(LEASE, starts=D(2007, 5, 1)), "current"),
        (
            "a lease that ended before",
            row(LEASE, starts=D(2006, 8, 1), ends=D(2007, 6, 30)),
            "ended, nobody came since",
        ),
        (
            "a lease that ends in the window's first week",
            row(LEASE, starts=D(2006, 8, 1), ends=D(2007, 7, 9)),
            "ended, nobody came since",
        ),
        ("a lease that begins at its end", row(LEASE, starts=D(2007, 9, 25), ends=D(2008, 7, 31)), "begins later"),
        ("an undated lease signed this year", row(LEASE, as_of=D(2007, 7, 20)), "current"),
        ("an undated lease signed years ago", row(LEASE, as_of=D(2005, 7, 20)), "ended, nobody came since"),
        ("an account that runs", row(BILLS, starts=D(2006, 1, 1)), "current"),
        (
            "an account closed before",
            row(BILLS, starts=D(2006, 1, 1), ends=D(2007, 3, 1)),
            "ended, nobody came since",
        ),
        ("an account closed seven years ago", row(BILLS, starts=D(1999, 1, 1), ends=D(2000, 3, 1)), None),
        ("given since the turn", row(UNIVERSITY, as_of=D(2007, 8, 20)), "since last turn"),
        ("given in the weeks before the turn", row(UNIVERSITY, as_of=D(2007, 7, 15)), "since last turn"),
        ("given a year ago", row(UNIVERSITY, as_of=D(2006, 9, 1)), "one turn old"),
        ("given two years ago", row(UNIVERSITY, as_of=D(2005, 9, 1)), "older"),
        ("no date", row(UNIVERSITY), "one turn old"),
        ("given after the window", row(UNIVERSITY, as_of=D(2007, 11, 1)), "after the window"),
        ("given after leases turned again", row(UNIVERSITY, as_of=D(2008, 8, 10)), "after the next turn"),
        ("given two years after the window", row(UNIVERSITY, as_of=D(2009, 11, 1)), None),
        ("a permanent home", row(UNIVERSITY, as_of=D(2007, 8, 20), address_type="permanent"), "permanent home"),
        ("opted out: an old address, neutral", row(UNIVERSITY, as_of=D(2007, 8, 20), opted_out=True), "older"),
        ("a registration in force", row(DMV, starts=D(2007, 2, 1), ends=D(2008, 1, 31)), "current"),
        ("a registration without dates", row(DMV), "current"),
        ("an expired registration", row(DMV, starts=D(2005, 2, 1), ends=D(2006, 1, 31)), "expired"),
        ("registered after the window", row(DMV, starts=D(2007, 12, 1)), "after the window"),
        ("the owner's mail goes to the dwelling", row(ASSESSOR), "owner lives here"),
        ("the owner's mail goes elsewhere", row(ASSESSOR, row=2), "owner elsewhere"),
        ("no mailing address", row(ASSESSOR, row=3), "owner elsewhere"),
    ],
)
def test_the_level_of_one_row(what: str, mention: dict[str, object], reached: str | None) -> None:
    assert level(mention) == reached, what


@pytest.mark.parametrize(
    ("mention", "alone", "outdated"),
    [
        (row(UNIVERSITY, as_of=D(2007, 7, 15)), "since last turn", "before this household"),
        (row(DMV, starts=D(2006, 11, 1)), "current", "before this household"),
        (row(LEASE, starts=D(2006, 8, 1)), "current", "current, another household came since"),
        (
            row(BILLS, starts=D(2005, 8, 1), ends=D(2006, 7, 1)),
            "ended, nobody came since",
            "ended before this household",
        ),
    ],
)
def test_what_was_written_before_the_household_came_is_worth_less(
    mention: dict[str, object], alone: str, outdated: str
) -> None:
    assert level(mention) == alone
    assert level(mention, settled_on=D(2007, 8, 20)) == outdated


@pytest.mark.parametrize(
    ("mention", "alone", "next_household"),
    [
        (row(UNIVERSITY, as_of=D(2007, 11, 20)), "after the window", "after the next turn"),
        (row(DMV, starts=D(2007, 12, 1)), "after the window", "after the next household came"),
    ],
)
def test_what_was_written_after_the_next_household_came_may_name_that_one(
    mention: dict[str, object], alone: str, next_household: str
) -> None:
    assert level(mention) == alone
    assert level(mention, followed_on=D(2007, 11, 25)) == next_household


def test_a_registration_since_the_household_came_is_worth_more() -> None:
    mention = row(DMV, starts=D(2007, 2, 1), ends=D(2008, 1, 31))
    assert level(mention, settled_on=D(2006, 8, 1)) == "current, since this household came"


@pytest.mark.parametrize(("role", "source", "kept"), [
    ("tenant", LEASE, 1), (None, LEASE, 1), ("owner", LEASE, 0), ("manager", LEASE, 0), ("case_manager", "cases", 0),
    ("registered_owner", DMV, 1),
])  # fmt: skip
def test_who_signs_a_lease_as_its_owner_or_manager_is_no_tenant(role: str | None, source: str, kept: int) -> None:
    mention = {"kind": "person", "role": role, "source": source, "row": 1, "listed_from": None, "as_of": None}
    types = {"role": pl.String, "row": pl.UInt32, "listed_from": pl.Date, "as_of": pl.Date}
    nobody = {"row": pl.UInt32, "address_type": pl.String, "directory_opt_out": pl.Boolean}
    parcels = {"row": pl.UInt32, "situs_address": pl.String, "owner_mailing_address": pl.String}
    frames = {"university_addresses": pl.DataFrame(schema=nobody), "assessor": pl.DataFrame(schema=parcels)}
    city = City(Path("nowhere"), frames, {}, pl.DataFrame(), pl.DataFrame(), CitySettings())
    assert residence_mentions(pl.DataFrame([mention], schema_overrides=types), city).height == kept


@pytest.mark.parametrize(
    ("what", "mention", "reached"),
    [
        ("the unit is missing: one of many", row(BILLS, starts=D(2007, 1, 1), p_dwelling=0.1), None),
        ("one of two", row(BILLS, starts=D(2007, 1, 1), p_dwelling=0.5), "current"),
        ("not known how sure", row(BILLS, starts=D(2007, 1, 1), p_dwelling=None), "current"),
        ("a lease of this case", row(LEASE, starts=D(2007, 1, 1), p_dwelling=0.1, case_id="c"), "current"),
        ("a lease of another case", row(LEASE, starts=D(2007, 1, 1), p_dwelling=0.1, case_id="d"), None),
    ],
)
def test_a_row_that_is_likelier_a_neighbours_lists_nobody_here(
    what: str, mention: dict[str, object], reached: str | None
) -> None:
    assert level(mention) == reached, what


def test_the_strongest_row_of_a_source_counts_and_all_are_pointed_at() -> None:
    rows = [row(BILLS, starts=D(2004, 1, 1), ends=D(2006, 1, 1)), row(BILLS, starts=D(2006, 1, 2))]
    found = listing_levels(situation(), lived(rows), HOMES, SETTINGS)
    assert found.select("level", "mention_ids").rows() == [(1, [0, 1])]


mentions = st.builds(
    lambda source, starts, length, address: row(
        source, starts=starts, ends=date.fromordinal(starts.toordinal() + length), address_type=address
    ),
    st.sampled_from([LEASE, BILLS, UNIVERSITY, DMV]),
    st.dates(D(2003, 1, 1), D(2008, 12, 31)),
    st.integers(0, 900),
    st.sampled_from([None, "local", "permanent"]),
)


@given(st.lists(mentions, min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_rows_written_twice_and_in_another_order_reach_the_same_levels(rows: list[dict[str, object]]) -> None:
    once, twice = (
        listing_levels(situation(), lived(each), HOMES, SETTINGS).drop("mention_ids") for each in (rows, rows[::-1] * 2)
    )
    assert once.equals(twice)


@given(st.lists(mentions, min_size=1, max_size=5), mentions)
@settings(max_examples=50, deadline=None)
def test_a_further_row_never_weakens_a_source(rows: list[dict[str, object]], more: dict[str, object]) -> None:
    before, after = (
        dict(listing_levels(situation(), lived(each), HOMES, SETTINGS).select("source", "level").iter_rows())
        for each in (rows, [*rows, more])
    )
    assert all(after[source] <= reached for source, reached in before.items())


def away(source: str, **facts: object) -> list[dict[str, object]]:
    return [row(source, **{"dwelling_id": "away", **facts})]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "elsewhere", "reached"),
    [
        ("nowhere else", [], "no"),
        ("a newer address elsewhere", away(UNIVERSITY, as_of=D(2007, 9, 1)), "newer listing elsewhere"),
        ("an older one", away(BILLS, starts=D(2004, 1, 1)), "older listing elsewhere"),
        ("an older one, given up", away(BILLS, starts=D(2004, 1, 1), ends=D(2005, 1, 1)), "no"),
        ("a permanent home", away(UNIVERSITY, as_of=D(2007, 9, 1), address_type="permanent"), "no"),
        ("a landlord's other houses", away(ASSESSOR, as_of=D(2007, 9, 1)), "no"),
        ("out of the city", away(DMV, starts=D(2007, 9, 1), dwelling_id=None), "no"),
        ("only after the window", away(UNIVERSITY, as_of=D(2007, 12, 1)), "no"),
    ],
)
def test_listings_elsewhere(what: str, elsewhere: list[dict[str, object]], reached: str) -> None:
    here = row(UNIVERSITY, as_of=D(2006, 9, 1))
    candidates = pl.DataFrame(
        {"situation": [0], "person_id": ["p"]}, schema={"situation": pl.UInt32, "person_id": pl.String}
    )
    (found,) = elsewhere_levels(candidates, situation(), lived([here, *elsewhere]))["level"]
    assert LEVELS["elsewhere"][found] == reached, what


def test_only_a_lease_in_force_makes_absence_from_the_lease_speak() -> None:
    for mention, disclosed in (
        (row(LEASE, starts=FROM), [0]),
        (row(LEASE, starts=D(2004, 1, 1), ends=D(2005, 1, 1)), []),
    ):
        levels = listing_levels(situation(), lived([mention]), HOMES, SETTINGS)
        assert disclosed_situations(levels)["situation"].to_list() == disclosed
