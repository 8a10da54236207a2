"""Which pairs are compared: all that share a block which is not too large, each once."""

from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers.blocking import Proposed, candidate_pairs
from matchers.coded import Comparable
from matchers.profiles import profiles_of
from matchers.settings import DEFAULT
from tests.matchers.mention_towns import mention_frame, town

ROW = st.fixed_dictionaries(
    {
        "given": st.sampled_from(["JOHN", "MARY"]),
        "family": st.sampled_from(["SMITH", "SMYTH", "JONES"]),
        "dwelling_id": st.sampled_from(["a", "b", None]),
        "record_key": st.sampled_from([f"k{i}" for i in range(9)]),
    }
)


@given(st.lists(ROW, min_size=2, max_size=12))
def test_every_pair_of_a_place_or_a_name_is_proposed_once_in_order(rows: list[dict[str, object]]) -> None:
    profiles = profiles_of(mention_frame(rows), DEFAULT).table
    found = candidate_pairs(Comparable.of(profiles), DEFAULT).pairs
    pairs = list(found.iter_rows())
    assert pairs == sorted(set(pairs))
    assert all(left < right for left, right in pairs)
    for one, other in combinations(profiles.iter_rows(named=True), 2):
        together = one["place"] is not None and one["place"] == other["place"]
        namesakes = (one["given"], one["family"]) == (other["given"], other["family"])
        if together or namesakes or one["record_key"] == other["record_key"]:
            assert (one["profile"], other["profile"]) in pairs


@pytest.mark.parametrize("most", [1, 2, 50, 1_000_000])
def test_pairs_made_in_parts_are_the_pairs_whatever_the_size_of_a_part(most: int) -> None:
    people = Comparable.of(profiles_of(town(60, seed=5).drop("truth"), DEFAULT).table)
    parts = [part() for part in Proposed.of(people, DEFAULT).parts(most)]
    assert len(parts) > 10 if most < 100 else len(parts) == 1
    assert pl.concat(parts).equals(candidate_pairs(people, DEFAULT).pairs)
    ends = [part["left"].to_list() for part in parts if part.height]
    assert all(one[-1] < other[0] for one, other in pairwise(ends)), "cut between two values of left"


@pytest.mark.parametrize("most", [2, 4, 6])
def test_blocks_that_are_too_large_are_left_out_and_counted(most: int) -> None:
    profiles = profiles_of(town(60, seed=5).drop("truth"), DEFAULT).table
    found = candidate_pairs(Comparable.of(profiles), replace(DEFAULT, max_place_block=most, max_name_block=most))
    sizes = profiles["place"].drop_nulls().value_counts()["count"]
    large = sizes.filter(sizes > most).cast(pl.Float64)
    skipped = found.skipped.filter(pl.col("rule") == "same place").row(0, named=True)
    assert skipped["blocks"] == len(large)
    assert skipped["profiles"] == large.sum()
    assert skipped["pairs"] == (large * (large - 1) / 2).sum()
    assert len(found.pairs) < len(candidate_pairs(Comparable.of(profiles), DEFAULT).pairs)


def test_one_spelling_on_many_papers_is_compared_where_as_many_namesakes_are_not() -> None:
    """A landlord of forty dwellings, and forty people whose names sound alike, all at dwellings of their own."""
    spelled = [f"SM{a}TH{b}" for a in ("I", "Y", "E", "IY", "EI", "YE", "YI", "IE") for b in ("", "E", "H", "HE", "EH")]
    alone: list[dict[str, object]] = [{"given": "ROSAMUND", "family": "ABERNATHY", "zip": str(i)} for i in range(40)]
    alike: list[dict[str, object]] = [{"given": "JOHN", "family": name, "zip": name} for name in spelled]
    profiles = profiles_of(mention_frame([*alone, *alike]), DEFAULT).table
    assert len(profiles) == 80
    pairs = candidate_pairs(Comparable.of(profiles), DEFAULT).pairs
    family = profiles["family"]
    assert set(family.gather(pairs["left"])) == {"ABERNATHY"}
    assert len(pairs) == 40 * 39 / 2


def test_a_changed_surname_is_compared_by_birth_date_and_given_name_however_many_share_the_date() -> None:
    """Two dozen papers of one birth date and initial; two are of one Anna, who married and moved."""
    letters = "BCDEFGHIJLMOPQRSTUVXYZ"  # none that the two surnames begin with
    born = date(1980, 1, 1)
    others: list[dict[str, object]] = [
        {"given": f"A{letter}{letter}", "family": f"{letter}OR", "dob": born, "zip": letter} for letter in letters
    ]
    anna: list[dict[str, object]] = [
        {"given": "ANNA", "family": family, "dob": born, "zip": family} for family in ("KELLER", "WITTENBERG")
    ]
    profiles = profiles_of(mention_frame([*others, *anna]), DEFAULT).table
    pairs = candidate_pairs(Comparable.of(profiles), DEFAULT).pairs
    given = profiles["given"]
    assert [(given[left], given[right]) for left, right in pairs.iter_rows()] == [("ANNA", "ANNA")]
