"""Cars of a case judged together: small cases by hand, then laws."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.joint_operators import joint_weights, same_night_pairs

Row = tuple[str, str | None, float]  # vehicle, person (None: somebody unnamed), weight


def table(*rows: Row, case: str = "c") -> pl.DataFrame:
    return pl.DataFrame(
        [(case, vehicle, "owner" if person else "unknown person", person, weight) for vehicle, person, weight in rows],
        schema={
            "case_id": pl.String, "vehicle_id": pl.String, "who": pl.String, "person_id": pl.String,
            "weight": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def shares(rows: pl.DataFrame, *pairs: tuple[str, str], factor: float = 0.1) -> dict[tuple[str, str | None], float]:
    """Probability by (vehicle, person)."""
    found = joint_weights(rows, {("c", *pair) for pair in pairs}, factor).with_columns(
        pl.col("weight") / pl.col("weight").sum().over("case_id", "vehicle_id")
    )
    return {(v, p): w for v, p, w in found.select("vehicle_id", "person_id", "weight").iter_rows()}


COUPLE = table(
    *((v, p, w) for v, first in (("v", "ann"), ("w", "ann")) for p, w in ((first, 3.0), ("bob", 1.0), (None, 1.0)))
)


def test_two_cars_on_one_night_are_seldom_one_persons() -> None:
    """Of the first car: hers with the second too 9 x 0.1, with his 3, with nobody's 3; his likewise 0.1, 3 and 1."""
    found = shares(COUPLE, ("v", "w"))
    hers, his = 9 * 0.1 + 3 + 3, 0.1 + 3 + 1
    assert found["v", "ann"] == found["w", "ann"] == pytest.approx(0.8 * hers / (hers + his))
    assert found["v", None] == pytest.approx(0.2), "the second car is no sign of one more person"


def test_a_car_that_took_the_others_place_may_well_be_hers() -> None:
    assert shares(COUPLE)["v", "ann"] == pytest.approx(0.6)


def test_an_owner_of_two_cars_parks_both() -> None:
    rows = table(("v", "ann", 3.0), ("v", None, 1.0), ("w", "ann", 3.0), ("w", None, 1.0))
    assert shares(rows, ("v", "w"))["w", "ann"] == pytest.approx(0.75)


def test_the_better_papers_win() -> None:
    rows = table(("v", "ann", 30.0), ("v", "bob", 1.0), ("w", "ann", 3.0), ("w", "bob", 1.0))
    found = shares(rows, ("v", "w"))
    assert found["v", "ann"] > 0.9
    assert found["w", "ann"] < 0.5


def test_siblings_share_the_cars_of_their_parents_one_each() -> None:
    rows = table(*((v, p, 1.0) for v in ("v", "w") for p in ("ann", "bob")))
    found = shares(rows, ("v", "w"))
    assert found["v", "ann"] == pytest.approx(0.5)
    known = table(("v", "ann", 9.0), ("v", "bob", 1.0), ("w", "ann", 1.0), ("w", "bob", 1.0))
    assert shares(known, ("v", "w"))["w", "bob"] > 0.8, "Ann has hers, so the other is Bob's"


def test_two_unnamed_drivers_may_be_two_persons() -> None:
    rows = table(("v", None, 1.0), ("w", None, 1.0))
    assert joint_weights(rows, {("c", "v", "w")}, 0.1).equals(rows)


def test_cases_are_kept_apart() -> None:
    rows = pl.concat([table(("v", "ann", 3.0), ("v", None, 1.0)), table(("w", "ann", 3.0), case="d")])
    assert joint_weights(rows, {("c", "v", "w")}, 0.1).equals(rows)


def test_a_fleet_keeps_its_weights() -> None:
    people = [f"p{n}" for n in range(9)]
    rows = table(*((f"v{n}", person, 1.0) for n in range(9) for person in people))
    pairs = {("c", f"v{i}", f"v{j}") for i in range(9) for j in range(i + 1, 9)}
    assert joint_weights(rows, pairs, 0.1).equals(rows)


def test_pairs_seen_on_one_night() -> None:
    seen = pl.DataFrame(
        {"case_id": ["c", "c", "c", "d"], "vehicle_id": ["w", "v", "x", "v"], "night": [1, 1, 2, 1]},
    )
    assert same_night_pairs(seen) == {("c", "v", "w")}


weights = st.floats(0.01, 50.0)
people = st.sampled_from(["ann", "bob", "cy", None])
tables = st.lists(
    st.tuples(st.sampled_from("uvw"), people, weights), min_size=1, max_size=10, unique_by=lambda r: r[:2]
).map(lambda rows: table(*rows))


@given(tables, st.permutations(range(10)))
@settings(max_examples=60, deadline=None)
def test_probabilities_stay_probabilities_and_the_order_of_rows_changes_nothing(
    rows: pl.DataFrame, order: list[int]
) -> None:
    pairs = [("u", "v"), ("u", "w"), ("v", "w")]
    found = shares(rows, *pairs)
    assert all(0.0 < p <= 1.0 + 1e-12 for p in found.values())
    shuffled = rows[[place for place in order if place < rows.height]]
    assert shares(shuffled, *pairs) == pytest.approx(found)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_without_a_penalty_the_cars_are_judged_one_by_one(rows: pl.DataFrame) -> None:
    alone = rows.with_columns(pl.col("weight") / pl.col("weight").sum().over("vehicle_id"))
    expected = {(v, p): w for v, p, w in alone.select("vehicle_id", "person_id", "weight").iter_rows()}
    assert shares(rows, ("u", "v"), ("v", "w"), factor=1.0) == pytest.approx(expected)
