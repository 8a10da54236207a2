"""P(over the limit): the sums over sets against an enumeration of who lives there and who is kin."""

from dataclasses import dataclass, replace
from itertools import product
from math import exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evidence.headcount import Array, headcount
from evidence.rules.dwelling import Law, law_of
from evidence.rules.lawful import lawful
from evidence.rules.pack import load_pack
from evidence.worlds import ALONE, DEPENDENT, GROUP_1, GROUP_2, Households, over_limit_by_count
from tests.evidence.beliefs import Belief, as_arrays, beliefs, probability, surely, unnamed_kin

MOST = 6
LAWS = [law_of(load_pack("fort-collins-2007")), law_of(load_pack("generic-3-unrelated"))]


@dataclass(frozen=True, slots=True)
class House:
    """One dwelling in plain numbers; `people`: odds and set of each candidate."""

    people: tuple[tuple[float, int], ...]
    kin: tuple[float, float]  # of group 1, of group 2
    belief: Belief
    log_prior: tuple[float, ...]
    q0: float
    by_named: tuple[float, ...] = (0.0,) * 6  # log weight of so many named occupants, by the names left over


houses = st.builds(
    House,
    people=st.lists(
        st.tuples(st.floats(1e-3, 1e3), st.sampled_from([ALONE, GROUP_1, GROUP_2, DEPENDENT])), max_size=5
    ).map(tuple),
    kin=st.tuples(probability, probability),
    belief=beliefs,
    log_prior=st.lists(st.floats(-6.0, 0.0), min_size=MOST + 1, max_size=MOST + 1).map(tuple),
    q0=st.floats(0.05, 0.95),
    by_named=st.lists(st.floats(-3.0, 3.0), min_size=6, max_size=6).map(tuple),
)


def together(several: list[House]) -> Households:
    widest = max(1, *(len(h.people) for h in several))
    odds, member = np.zeros((len(several), widest)), np.zeros((len(several), widest), dtype=np.int8)
    for row, house in enumerate(several):
        for column, (o, group) in enumerate(house.people):
            odds[row, column], member[row, column] = o, group
    kin = np.array([h.kin for h in several])
    log_prior = np.array([h.log_prior for h in several])
    q0, by_named = np.array([h.q0 for h in several]), np.array([h.by_named for h in several])
    belief = as_arrays([h.belief for h in several])
    return Households(odds, member, kin[:, 0], kin[:, 1], belief, log_prior, q0, by_named)


def largest_family(present: list[int], kin: tuple[int, ...]) -> int:
    """Adults of the largest family in one world: a group is one family or nobody of it is kin to another."""
    first, second = present.count(GROUP_1), present.count(GROUP_2)
    adults = (first if kin[0] else min(first, 1), second if kin[1] else min(second, 1))
    return max(*adults, 1)


def enumerated(house: House, law: Law) -> Array:
    """P(N = n and over), adding up every set of residents, every N and every outcome of the three kinship coins."""
    over, total = np.zeros(MOST + 1), 0.0
    for chosen in product((0, 1), repeat=len(house.people)):
        present = [group for (_, group), bit in zip(house.people, chosen, strict=True) if bit]
        chance = float(np.prod([o for (o, _), bit in zip(house.people, chosen, strict=True) if bit]))
        chance *= exp(house.by_named[len(present)])
        for n in range(len(present), MOST + 1):
            unnamed = n - len(present)
            weight = chance * exp(house.log_prior[n]) * factorial(n) / factorial(unnamed) * house.q0**unnamed
            total += weight
            for *kin, joined in product((0, 1), repeat=3):
                adults, children = largest_family(present, tuple(kin)), present.count(DEPENDENT)
                joins = unnamed_kin(house.belief, len(present) - children, adults >= 2 or children >= 1)
                coins = zip((*house.kin, joins), (*kin, joined), strict=True)
                coin = float(np.prod([p if k else 1 - p for p, k in coins]))
                dependents = children + (unnamed if joined else 0)
                family = min(adults + dependents, max(n, 1))
                if not lawful(law, np.array([n]), np.array([family]), np.array([dependents])):
                    over[n] += weight * coin
    return over / total


@given(houses, st.sampled_from(LAWS))
@settings(max_examples=60, deadline=None)
def test_it_equals_the_enumeration_of_every_world(house: House, law: Law) -> None:
    assert_allclose(over_limit_by_count(together([house]), law)[0], enumerated(house, law), atol=1e-9)


@given(st.lists(houses, min_size=1, max_size=5), st.integers(1, 500))
@settings(max_examples=40, deadline=None)
def test_the_size_of_the_chunks_changes_nothing(several: list[House], cells: int) -> None:
    whole = over_limit_by_count(together(several), LAWS[0])
    assert_allclose(over_limit_by_count(together(several), LAWS[0], cells=cells), whole, atol=1e-12)


@given(houses)
@settings(max_examples=40, deadline=None)
def test_being_over_with_n_occupants_is_no_likelier_than_having_n_occupants(house: House) -> None:
    h = together([house])
    occupants = headcount(h.odds, h.log_prior, h.q0, h.log_by_named).occupants
    assert (over_limit_by_count(h, LAWS[0]) <= occupants + 1e-9).all()


@pytest.mark.parametrize("where", [0, 1, "unnamed"])
@given(house=houses, kin=st.floats(0.0, 0.9))
@settings(max_examples=25, deadline=None)
def test_kinship_never_speaks_for_a_violation(where: int | str, house: House, kin: float) -> None:
    def over(p: float) -> float:
        one, two = (p if i == where else k for i, k in enumerate(house.kin))
        belief = (*house.belief[:2], p) if where == "unnamed" else house.belief
        return float(over_limit_by_count(together([replace(house, kin=(one, two), belief=belief)]), LAWS[0]).sum())

    assert over(min(kin + 0.1, 1.0)) <= over(kin) + 1e-9


SURE = 1e9
NOBODY_ELSE = 1e-6


@pytest.mark.parametrize(
    ("household", "groups", "kin", "p_over"),
    [
        ("three friends", [ALONE] * 3, (0.0, 0.0), 0.0),
        ("four friends", [ALONE] * 4, (0.0, 0.0), 1.0),
        ("a family of five", [GROUP_1] * 5, (1.0, 0.0), 0.0),
        ("five who share a name and perhaps no more", [GROUP_1] * 5, (0.3, 0.0), 0.7),
        ("two unrelated couples", [GROUP_1, GROUP_1, GROUP_2, GROUP_2], (1.0, 1.0), 1.0),
        ("two siblings and two friends", [GROUP_1, GROUP_1, ALONE, ALONE], (1.0, 0.0), 1.0),
        ("two siblings and one friend", [GROUP_1, GROUP_1, ALONE], (1.0, 0.0), 0.0),
        ("two single parents, two children, a friend", [ALONE, ALONE, ALONE, DEPENDENT, DEPENDENT], (0.0, 0.0), 0.0),
    ],
)
def test_households_known_for_certain(
    household: str, groups: list[int], kin: tuple[float, float], p_over: float
) -> None:
    people = tuple((SURE, group) for group in groups)
    house = House(people, kin, surely(0.0), (0.0,) * (MOST + 1), NOBODY_ELSE)
    assert over_limit_by_count(together([house]), LAWS[0]).sum() == pytest.approx(p_over, abs=1e-3), household
