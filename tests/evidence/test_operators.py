"""Who drives a car: hypotheses that sum to one, and which outranks which."""

from collections.abc import Sequence

import polars as pl
import pytest

from evidence.operator_ties import owners_of
from evidence.operators import assign_operators, untied_guests, vehicle_levels

HOME = "1-elm-st"
MENTIONS = {
    "source": pl.String, "row": pl.UInt32, "field": pl.String, "person_id": pl.String, "family": pl.String,
    "kind": pl.String, "dwelling_id": pl.String, "address_key": pl.String, "raw_name": pl.String,
}  # fmt: skip
STREETS = pl.DataFrame({"dwelling_id": [HOME, "3-elm-st", "9-oak-st"], "street_key": ["elm st", "elm st", "oak st"]})


def owner(
    person: str,
    family: str,
    lives: str | None,
    field: str = "owner_name",
    kind: str = "person",
    address: str | None = None,
) -> dict[str, object]:
    return {
        "source": "dmv_registrations", "row": 1, "field": field, "person_id": person, "family": family, "kind": kind,
        "dwelling_id": lives, "address_key": address, "raw_name": family,
    }  # fmt: skip


def hypotheses(
    *owners: dict[str, object],
    named: dict[str, str] | None = None,
    p_guest: float | None = 0.9,
    registered: float = 1.0,
    listed: Sequence[tuple[str, str | None, str | None]] = (),
) -> dict[tuple[str, str | None], float]:
    """Probability by (who, person) of one car at HOME. named: person_id -> family of those named there.

    listed: (person, dwelling, address) of listings anywhere.
    """
    vehicles = pl.DataFrame(
        {
            "case_id": ["c"],
            "vehicle_id": ["v"],
            "case_dwelling_id": [HOME],
            "p_registered": [registered if owners else 0.0],
            "dmv_row": [1 if owners else None],
            "p_guest": [p_guest],
        },
        schema_overrides={"dmv_row": pl.UInt32, "p_guest": pl.Float64},
    )
    people = named or {}
    candidates = pl.DataFrame(
        {"case_id": ["c"] * len(people), "person_id": list(people), "family": list(people.values())},
        schema={"case_id": pl.String, "person_id": pl.String, "family": pl.String},
    )
    found = assign_operators(
        vehicles,
        owners_of(vehicles, pl.DataFrame(list(owners), schema=MENTIONS)),
        candidates,
        STREETS,
        pl.DataFrame(
            list(listed),
            schema={"person_id": pl.String, "dwelling_id": pl.String, "address_key": pl.String},
            orient="row",
        ),
        set(),
    )
    assert found["probability"].sum() == pytest.approx(1.0)
    assert found["reason"].null_count() == 0
    return {(who, person): p for who, person, p in found.select("who", "person_id", "probability").iter_rows()}


def best(found: dict[tuple[str, str | None], float]) -> tuple[str, str | None]:
    return max(found, key=lambda key: found[key])


@pytest.mark.parametrize(
    ("what", "owners", "named", "expected"),
    [
        ("the owner is named at the dwelling", [owner("p1", "LEE", HOME)], {"p1": "LEE"}, ("owner", "p1")),
        (
            "an out-of-town parent: kin of the owner drives",
            [owner("p9", "LEE", None)],
            {"p1": "LEE", "p2": "COX"},
            ("kin of owner", "p1"),
        ),
        (
            "one of two owners is named here",
            [owner("p1", "LEE", HOME), owner("p2", "LEE", None, "co_owner_name")],
            {"p1": "LEE"},
            ("owner", "p1"),
        ),
    ],
)
def test_the_likeliest_driver(
    what: str, owners: list[dict[str, object]], named: dict[str, str], expected: tuple[str, str | None]
) -> None:
    assert best(hypotheses(*owners, named=named)) == expected, what


def test_an_owner_named_here_is_likelier_than_one_elsewhere_in_the_city_and_he_than_one_outside() -> None:
    p = [
        hypotheses(owner("p1", "LEE", HOME), named={"p1": "LEE"})["owner", "p1"],
        hypotheses(owner("p1", "LEE", "9-oak-st"))["owner", "p1"],
        hypotheses(owner("p1", "LEE", None))["owner", "p1"],
    ]
    assert p == sorted(p, reverse=True)
    assert p[0] > 0.6


def test_kin_share_what_speaks_for_kin() -> None:
    one = hypotheses(owner("p9", "LEE", None), named={"p1": "LEE"})
    two = hypotheses(owner("p9", "LEE", None), named={"p1": "LEE", "p2": "LEE"})
    assert two["kin of owner", "p1"] == two["kin of owner", "p2"] < one["kin of owner", "p1"]


def test_kin_are_those_who_were_at_the_owners_address_whatever_their_name() -> None:
    parents = [("p2", None, "4 far rd denver")]
    found = hypotheses(
        owner("p9", "LEE", None, address="4 far rd denver"), named={"p1": "LEE", "p2": "COX"}, listed=parents
    )
    assert best(found) == ("kin of owner", "p2")
    assert ("kin of owner", "p1") not in found, "an address says more than a surname"


def test_having_been_listed_at_this_very_dwelling_makes_nobody_kin() -> None:
    found = hypotheses(
        owner("p9", "LEE", HOME, address="1 elm st"), named={"p2": "COX"}, listed=[("p2", HOME, "1 elm st")]
    )
    assert not any(who == "kin of owner" for who, _ in found)


def test_an_owner_who_is_also_listed_next_door_may_have_moved_there() -> None:
    here, beside, away = (
        hypotheses(owner("p1", "LEE", HOME), named={"p1": "LEE"}, listed=listed)
        for listed in ([("p1", HOME, None)], [("p1", "3-elm-st", None)], [("p1", "9-oak-st", None)])
    )
    assert beside["owner", "p1"] < 0.95 <= here["owner", "p1"] == away["owner", "p1"]
    assert best(beside) == ("owner", "p1")


def test_an_owner_named_here_leaves_nothing_for_his_kin() -> None:
    found = hypotheses(owner("p1", "LEE", HOME), named={"p1": "LEE", "p2": "LEE"})
    assert ("kin of owner", "p2") not in found


def test_a_company_names_no_driver() -> None:
    found = hypotheses(owner("x", "ACME", None, kind="company"))
    assert all(person is None for _, person in found)


def test_an_unregistered_car_names_nobody() -> None:
    assert {person for _, person in hypotheses(named={"p1": "LEE"})} == {None}


def test_a_neighbours_car_is_likelier_a_neighbours() -> None:
    near, far = (hypotheses(owner("p1", "LEE", at))["neighbour", None] for at in ("3-elm-st", "9-oak-st"))
    assert near > far


def test_a_car_that_never_stays_is_likelier_a_visitors() -> None:
    stays, visits, unknown = (hypotheses(owner("p1", "LEE", None), p_guest=p) for p in (0.95, 0.05, None))
    assert visits["visitor", None] > stays["visitor", None]
    assert unknown["visitor", None] > stays["visitor", None], "no proof of a stay without a watch"


def test_a_doubtful_registration_weakens_its_owner() -> None:
    sure, doubtful = (
        hypotheses(owner("p1", "LEE", HOME), named={"p1": "LEE"}, registered=r)["owner", "p1"] for r in (1.0, 0.3)
    )
    assert doubtful < sure


PARTS = pl.DataFrame(
    {
        "situation": [0, 1],
        "case_id": ["c", "c"],
        "vehicle_id": ["v", "v"],
        "p_guest": [0.8, 0.0],
        "seen_here": [True, False],
    },
    schema_overrides={"situation": pl.UInt32},
)
OPERATORS = pl.DataFrame(
    {
        "case_id": ["c"] * 4,
        "vehicle_id": ["v"] * 4,
        "who": ["owner", "unknown person", "other occupant", "visitor"],
        "person_id": ["p1", None, None, None],
        "probability": [0.6, 0.2, 0.1, 0.1],
    }
)


@pytest.mark.parametrize(("p_guest", "level"), [(0.1, 1), (0.25, 2), (0.5, 2), (0.75, 3), (1.0, 3)])
def test_levels_of_a_drivers_nights(p_guest: float, level: int) -> None:
    parts = PARTS.head(1).with_columns(p_guest=pl.lit(p_guest))
    assert vehicle_levels(OPERATORS, parts).rows() == [(0, "p1", level)]


def test_a_driver_is_named_only_where_he_is_likelier_than_not() -> None:
    unsure = OPERATORS.with_columns(probability=pl.Series([0.4, 0.4, 0.1, 0.1]))
    assert vehicle_levels(unsure, PARTS).is_empty()


def test_a_car_looked_for_in_vain_in_a_part_of_the_window_speaks_against_its_driver_there() -> None:
    assert vehicle_levels(OPERATORS, PARTS).rows() == [(0, "p1", 3), (1, "p1", 0)]


def test_a_car_counts_as_an_unnamed_occupants_as_far_as_it_stays_and_names_nobody() -> None:
    found = untied_guests(OPERATORS, PARTS)
    assert found["p_untied"].to_list() == pytest.approx([0.3 * 0.8, 0.0])
