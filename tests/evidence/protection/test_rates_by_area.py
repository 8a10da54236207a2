"""Cases per dwelling of a neighbourhood: what is told, and what a reader could work out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.protection.rates import WHOLE, rates_per_dwelling
from evidence.protection.small_cells import LEAST, withheld

counts = st.dictionaries(st.sampled_from(["80521", "80524", "80525", "80526"]), st.integers(0, 40))


def test_rates_of_a_city() -> None:
    told = rates_per_dwelling({"80521": 30, "80524": 10}, {"80521": 3000, "80524": 5000, "80525": 2000})
    assert told == {
        "80521": {"dwellings": 3000, "per_1000": 10.0, "low": 7.42, "high": 13.46},
        "80524": {"dwellings": 5000, "per_1000": 2.0, "low": 1.2, "high": 3.34},
        "80525": {"dwellings": 2000, "per_1000": 0.0, "low": 0.0, "high": 1.35},  # nobody: withholds nothing
        WHOLE: {"dwellings": 10000, "per_1000": 4.0, "low": 3.09, "high": 5.18},
    }


@pytest.mark.parametrize(
    ("cases", "dwellings", "shown"),
    [
        ({"A": 4, "B": 30, "C": 20}, {"A": 100, "B": 100, "C": 100}, {"B", WHOLE}),  # C goes with A
        ({"A": 4}, {"A": 100}, set()),  # the whole would give it away
        ({"A": 6}, {}, set()),  # a ZIP code in which no dwelling is known
    ],
)
def test_what_few_people_are_behind_is_withheld(
    cases: dict[str, int], dwellings: dict[str, int], shown: set[str]
) -> None:
    told = rates_per_dwelling(cases, dwellings)
    assert {name for name, rate in told.items() if rate["per_1000"] is not None} == shown


@given(counts)
def test_a_rate_is_told_only_where_its_count_may_be_and_lies_in_its_interval(cases: dict[str, int]) -> None:
    told = rates_per_dwelling(cases, dict.fromkeys(cases, 500))
    for name, count in withheld(cases).items():
        rate = told[name]
        assert (rate["per_1000"] is None) is (count is None)
        if count is not None:
            assert rate["per_1000"] == pytest.approx(1000 * count / 500)
            assert rate["low"] is not None
            assert rate["high"] is not None
            assert rate["low"] <= 1000 * count / 500 <= rate["high"]
        assert count is None or count == 0 or count >= LEAST
