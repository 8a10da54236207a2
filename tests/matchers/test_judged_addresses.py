"""What a decision on an address makes of the distribution of its text, and of no other."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers.judged_addresses import CONFIRMED, JUDGED_ADDRESSES, REJECTED, obeyed
from matchers.places import Dwellings

# Building A of three units, building B of one, and none of them.
HOMES = {"a-1": "A", "a-2": "A", "a-3": "A", "b": "B"}


def dwellings(shares: dict[str | None, tuple[float, float]], text: str = "1 ELM") -> Dwellings:
    """A text with these dwellings (p_building, p_unit), and another text that is surely `b`."""
    rows = [
        (text, home, building * unit, building, unit, "nearest street", 1) for home, (building, unit) in shares.items()
    ]
    schema = {"address_text": pl.String, "dwelling_id": pl.String, "p_dwelling": pl.Float64, "p_building": pl.Float64,
              "p_unit": pl.Float64, "method": pl.String, "edits": pl.UInt8}  # fmt: skip
    links = pl.DataFrame([*rows, ("OTHER", "b", 1.0, 1.0, 1.0, "exact", 0)], schema=schema, orient="row")
    links = links.sort("address_text", "dwelling_id", nulls_last=True)
    best = links.sort("p_dwelling", descending=True).unique("address_text", keep="first").sort("address_text")
    best = best.select("address_text", "dwelling_id", "p_dwelling", address_key=pl.lit("K"))
    table = pl.DataFrame({"dwelling_id": list(HOMES), "building_key": list(HOMES.values())})
    return Dwellings(table.with_columns(city=pl.lit(None, pl.String), zip=pl.lit("80521")), links, best, pl.DataFrame())


def judged(*decisions: tuple[str, str, bool]) -> pl.DataFrame:
    return pl.DataFrame(decisions, schema=JUDGED_ADDRESSES, orient="row")


def told(found: Dwellings, text: str = "1 ELM") -> dict[str | None, float]:
    return dict(found.links.filter(pl.col("address_text") == text).select("dwelling_id", "p_dwelling").iter_rows())


ABOUT: dict[str | None, tuple[float, float]] = {"a-1": (0.6, 0.5), "a-2": (0.6, 0.5), "b": (0.3, 1.0), None: (0.1, 1.0)}

AS_IT_WAS: dict[str | None, float] = {"a-1": 0.3, "a-2": 0.3, "b": 0.3, None: 0.1}


@pytest.mark.parametrize(
    ("why", "decisions", "left"),
    [
        ("a confirmed dwelling is the only one", [("1 ELM", "a-2", True)], {"a-2": 1.0}),
        ("also where nothing proposed it", [("1 ELM", "a-3", True)], {"a-3": 1.0}),
        ("confirmed stands above rejected others", [("1 ELM", "b", True), ("1 ELM", "a-1", False)], {"b": 1.0}),
        ("a rejected one leaves the rest", [("1 ELM", "b", False)], {"a-1": 3 / 7, "a-2": 3 / 7, None: 1 / 7}),
        ("of a building too", [("1 ELM", "a-1", False)], {"a-2": 3 / 7, "b": 3 / 7, None: 1 / 7}),
        ("a whole building", [("1 ELM", "a-1", False), ("1 ELM", "a-2", False)], {"b": 0.75, None: 0.25}),
        ("one that was never meant is no loss", [("1 ELM", "a-3", False)], AS_IT_WAS),
        ("a dwelling that is gone binds nothing", [("1 ELM", "c", True)], AS_IT_WAS),
    ],
)  # fmt: skip
def test_what_is_left_of_an_address(
    why: str, decisions: list[tuple[str, str, bool]], left: dict[str | None, float]
) -> None:
    assert told(obeyed(dwellings(ABOUT), judged(*decisions))) == pytest.approx(left), why


def test_where_the_only_dwelling_is_rejected_none_is_meant() -> None:
    found = obeyed(dwellings({"a-1": (1.0, 1.0)}), judged(("1 ELM", "a-1", False)))
    [link] = found.links.filter(pl.col("address_text") == "1 ELM").to_dicts()
    assert (link["dwelling_id"], link["p_dwelling"], link["method"]) == (None, 1.0, REJECTED)
    assert found.best.filter(pl.col("address_text") == "1 ELM")["dwelling_id"].to_list() == [None]


def test_a_confirmed_address_says_how_it_was_found_and_keeps_its_own_words() -> None:
    before = dwellings(ABOUT)
    found = obeyed(before, judged(("1 ELM", "b", True)))
    mine = pl.col("address_text") == "1 ELM"
    assert found.links.filter(mine)["method"].to_list() == [CONFIRMED]
    assert found.best.filter(mine).select("dwelling_id", "p_dwelling", "address_key").rows() == [("b", 1.0, "K")]


@given(
    st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5),
    st.lists(st.tuples(st.sampled_from(list(HOMES)), st.booleans()), max_size=4, unique_by=lambda one: one[0]),
)
def test_what_is_left_adds_up_and_keeps_its_proportions(
    weights: list[float], decisions: list[tuple[str, bool]]
) -> None:
    total = math.fsum(weights)
    units = math.fsum(weights[:3])
    shares: dict[str | None, tuple[float, float]] = {
        home: (units / total, weight / units) for home, weight in zip(["a-1", "a-2", "a-3"], weights, strict=False)
    }
    shares |= {"b": (weights[3] / total, 1.0), None: (weights[4] / total, 1.0)}
    before = dwellings(shares)
    once = [("1 ELM", home, same) for home, same in decisions]
    kept = [one for one in once if not one[2]] + [one for one in once if one[2]][:1]
    found = obeyed(before, judged(*kept))
    mine = found.links.filter(pl.col("address_text") == "1 ELM")
    assert mine["p_dwelling"].sum() == pytest.approx(1.0)
    assert (mine["p_building"] * mine["p_unit"]).to_list() == pytest.approx(mine["p_dwelling"].to_list())
    assert mine.select(pl.col("p_building", "p_unit").max()).row(0) <= (1.0 + 1e-9, 1.0 + 1e-9)
    assert not {home for _, home, same in kept if not same}.intersection(mine["dwelling_id"].drop_nulls())
    if not any(same for *_, same in kept):
        old = told(before)
        ratios = [p / old[home] for home, p in told(found).items()]
        assert ratios == pytest.approx([ratios[0]] * len(ratios))
    other = pl.col("address_text") == "OTHER"
    assert found.links.filter(other).equals(before.links.filter(other))
    assert found.best.filter(other).equals(before.best.filter(other))
