"""Kinship as a graph: families by links, sums against an enumeration of every world, and draws with their error."""

from itertools import product, zip_longest
from math import exp, factorial

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evidence import kinship
from evidence.headcount import Array, headcount
from evidence.kin_links import P_DECLARED, kin_links, permanent_homes, rich_graphs
from evidence.kinship import KinGraph, join
from evidence.rules.dwelling import Law, law_of
from evidence.rules.lawful import lawful
from evidence.rules.pack import load_pack
from evidence.worlds import ALONE, DEPENDENT, Households, over_limit_by_count, sampling_errors
from tests.evidence.beliefs import Belief, as_arrays, beliefs, surely, unnamed_kin

MOST = 6
LAWS = [law_of(load_pack(name)) for name in ("fort-collins-2007", "generic-3-unrelated", "ames-before-2018")]


@pytest.mark.parametrize(
    ("what", "persons", "links", "families"),
    [
        ("nobody is kin", 3, [], (0, 1, 2)),
        ("a couple", 3, [(0, 2)], (0, 1, 0)),
        ("two couples", 4, [(0, 1), (2, 3)], (0, 0, 2, 2)),
        ("two couples joined by one kin link", 4, [(0, 1), (2, 3), (1, 2)], (0, 0, 0, 0)),
        ("the link may come first", 4, [(1, 2), (0, 1), (2, 3)], (0, 0, 0, 0)),
        ("a family of four and a stranger", 5, [(0, 1, 2, 4)], (0, 0, 0, 3, 0)),
        ("a link of nobody", 2, [()], (0, 1)),
    ],
)
def test_persons_whom_links_join_also_through_others_are_one_family(
    what: str, persons: int, links: list[tuple[int, ...]], families: tuple[int, ...]
) -> None:
    assert join(persons, links) == families, what


chance = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.0, 1.0))
links_of = st.lists(
    st.tuples(st.sets(st.integers(0, 4), min_size=1, max_size=4).map(lambda s: tuple(sorted(s))), chance), max_size=4
)


@given(links_of)
def test_the_ways_to_fall_into_families_are_a_distribution(links: list[tuple[tuple[int, ...], float]]) -> None:
    ways = KinGraph(tuple(links)).families(5)
    assert sum(share for share, _ in ways) == pytest.approx(1.0)
    assert len({labels for _, labels in ways}) == len(ways)


def one_house(
    odds: list[float], dependent: list[bool], graph: KinGraph, log_prior: list[float], q0: float, belief: Belief
) -> Households:
    member = np.array([[DEPENDENT if d else ALONE for d in dependent]], dtype=np.int8).reshape(1, -1)
    zeros = np.zeros(1)
    return Households(
        np.array([odds]).reshape(1, -1),
        member,
        zeros,
        zeros,
        as_arrays([belief]),
        np.array([log_prior]),
        np.array([q0]),
        graphs={0: graph},
    )


def largest_family(present: list[int], dependent: list[bool], families: tuple[int, ...]) -> int:
    """By counting: a dependent has one adult at least; dependents of nobody are of the largest family."""
    sizes, loose = [1], 0
    for label in set(families):
        members = [i for i in present if families[i] == label]
        children = sum(dependent[i] for i in members)
        if families.count(label) > 1:
            sizes.append(max(len(members) - children, 1 if children else 0) + children)
        else:
            loose += children
    return max(sizes) + loose


def enumerated(h: Households, graph: KinGraph, law: Law, belief: Belief) -> Array:
    """P(N = n and over), over every set of residents, every outcome of every link and of the unnamed, and every N."""
    odds, dependent = h.odds[0].tolist(), (h.member_of[0] == DEPENDENT).tolist()
    over, total = np.zeros(MOST + 1), 0.0
    for bits in product((0, 1), repeat=len(odds)):
        present = [i for i, bit in enumerate(bits) if bit]
        weight = float(np.prod([odds[i] for i in present]))
        for n in range(len(present), MOST + 1):
            unnamed = n - len(present)
            mass = weight * exp(h.log_prior[0, n]) * factorial(n) / factorial(unnamed) * float(h.q0[0]) ** unnamed
            total += mass
            for outcome in product((0, 1), repeat=len(graph.links) + 1):
                held = [members for (members, _), o in zip(graph.links, outcome, strict=False) if o]
                children = sum(dependent[i] for i in present)
                family = largest_family(present, dependent, join(len(odds), held))
                joins = unnamed_kin(belief, len(present) - children, family >= 2 or children >= 1)
                coins = [(joins, outcome[-1])] + [(p, o) for (_, p), o in zip(graph.links, outcome, strict=False)]
                share = float(np.prod([p if o else 1.0 - p for p, o in coins]))
                if outcome[-1]:
                    family, children = family + unnamed, children + unnamed
                world = (np.array([n]), np.array([min(family, max(n, 1))]), np.array([children]))
                over[n] += mass * share * (not lawful(law, *world)[0, 0])
    return over / total


houses = st.integers(1, 5).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(1e-2, 1e2), min_size=k, max_size=k),
        st.lists(st.booleans(), min_size=k, max_size=k),
        st.lists(
            st.tuples(st.sets(st.integers(0, k - 1), min_size=1).map(lambda s: tuple(sorted(s))), chance), max_size=3
        ).map(lambda links: KinGraph(tuple(links))),
        st.lists(st.floats(-4.0, 0.0), min_size=MOST + 1, max_size=MOST + 1),
        st.floats(0.05, 0.95),
        beliefs,
    )
)


@given(houses, st.sampled_from(LAWS))
@settings(max_examples=40, deadline=None)
def test_it_equals_the_enumeration_of_every_world(
    house: tuple[list[float], list[bool], KinGraph, list[float], float, Belief], law: Law
) -> None:
    h = one_house(*house)
    assert_allclose(over_limit_by_count(h, law)[0], enumerated(h, house[2], law, house[-1]), atol=1e-9)
    assert sampling_errors(h, law).tolist() == [0.0]


@given(houses, st.tuples(st.sets(st.integers(0, 4), min_size=2), st.floats(0.0, 1.0)))
@settings(max_examples=40, deadline=None)
def test_one_more_link_never_speaks_for_a_violation(
    house: tuple[list[float], list[bool], KinGraph, list[float], float, Belief], link: tuple[set[int], float]
) -> None:
    members = tuple(sorted(m for m in link[0] if m < len(house[0])))
    more = KinGraph((*house[2].links, (members, link[1])))
    before = over_limit_by_count(one_house(*house), LAWS[0]).sum()
    odds, dependent, _, log_prior, q0, belief = house
    after = over_limit_by_count(one_house(odds, dependent, more, log_prior, q0, belief), LAWS[0]).sum()
    assert after <= before + 1e-9


def test_rows_with_a_graph_and_rows_without_do_not_disturb_one_another() -> None:
    rng = np.random.default_rng(3)
    h = Households(
        rng.uniform(0.1, 9.0, (4, 5)),
        rng.integers(0, 4, (4, 5)).astype(np.int8),
        rng.uniform(0, 1, 4),
        rng.uniform(0, 1, 4),
        as_arrays([tuple(rng.uniform(0, 1, 3).tolist()) for _ in range(4)]),
        rng.normal(0, 1, (4, MOST + 1)),
        rng.uniform(0.1, 0.9, 4),
        graphs={2: KinGraph((((0, 1), 0.5), ((1, 4), 0.3), ((2, 3), 0.7)))},
    )
    together = over_limit_by_count(h, LAWS[0])
    for row in range(4):
        assert_allclose(over_limit_by_count(h.take(np.array([row])), LAWS[0])[0], together[row], atol=1e-12)
    occupants = headcount(h.odds, h.log_prior, h.q0).occupants
    assert (together <= occupants + 1e-9).all()


def many_links() -> tuple[Households, KinGraph]:
    rng = np.random.default_rng(11)
    links = tuple(
        ((int(a), int(b)), float(p))
        for (a, b), p in zip([(i, j) for i in range(6) for j in range(i)][:13], rng.uniform(0.05, 0.6, 13), strict=True)
    )
    graph = KinGraph(links)
    return one_house([4.0] * 6, [False] * 6, graph, [0.0] * (MOST + 3), 0.3, surely(0.1)), graph


def test_many_links_are_drawn_and_the_error_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    h, graph = many_links()
    assert not graph.is_enumerated
    drawn, (error,) = over_limit_by_count(h, LAWS[0]).sum(), sampling_errors(h, LAWS[0])
    assert 0.0 < error < 0.5 / np.sqrt(kinship.DRAWS) + 1e-12
    assert over_limit_by_count(h, LAWS[0]).sum() == drawn, "the same draws every time"
    monkeypatch.setattr(kinship, "MOST_ENUMERATED", 13)
    kinship._families.cache_clear()
    exact = over_limit_by_count(h, LAWS[0]).sum()
    assert sampling_errors(h, LAWS[0]).tolist() == [0.0]
    assert abs(drawn - exact) < 4.0 * error


SHARES = pl.DataFrame({"family": ["SMITH", "ZABRISKIE"], "share": [0.008, 1e-6]})


def rows(*persons: tuple[str, str | None, bool], homes: tuple[str | None, ...] = ()) -> pl.DataFrame:
    """(surname, declared family, dependent) of each person of situation 0, as `kin_links` takes them."""
    table = [
        (0, slot, name, f"declared:{declared}" if declared else f"surname:{name}", dependent, home)
        for slot, ((name, declared, dependent), home) in enumerate(zip_longest(persons, homes))
    ]
    columns = ["situation", "slot", "family", "group", "dependent"]
    return pl.DataFrame(table, schema={**dict.fromkeys(columns), "home": pl.String}, orient="row").with_columns(
        pl.col("situation").cast(pl.UInt32)
    )


@pytest.mark.parametrize(
    ("what", "persons", "links"),
    [
        ("three strangers", [("SMITH", None, False), ("LEE", None, False), ("DIAZ", None, False)], []),
        ("a declared couple of two names", [("SMITH", "A", False), ("LEE", "A", False)], [((0, 1), "declared")]),
        ("one surname", [("SMITH", None, False), ("SMITH", None, False)], [((0, 1), "surname")]),
        ("a child alone is no group", [("SMITH", None, True), ("SMITH", None, True)], []),
        (
            "two couples declared apart, of whom two share a surname",
            [("SMITH", "A", False), ("LEE", "A", False), ("SMITH", "B", False), ("DIAZ", "B", False)],
            [((0, 1), "declared"), ((2, 3), "declared"), ((0, 2), "across")],
        ),
        (
            "a declared family, and one of its name whom the lease does not list",
            [("SMITH", "A", False), ("SMITH", "A", True), ("SMITH", None, False)],
            [((0, 1), "declared"), ((0, 1, 2), "across")],
        ),
    ],
)
def test_what_is_evidence_of_kinship(
    what: str, persons: list[tuple[str, str | None, bool]], links: list[tuple[tuple[int, ...], str]]
) -> None:
    found = kin_links(rows(*persons), SHARES, 0.5, 0.7)
    assert sorted((tuple(s), k) for s, k in found.select("slots", "kind").iter_rows()) == sorted(links), what


@pytest.mark.parametrize(
    ("what", "persons", "homes", "links"),
    [
        ("of two surnames", [("SMITH", None, False), ("LEE", None, False)], ("1 A ST", "1 A ST"), [(0, 1)]),
        ("of two homes", [("SMITH", None, False), ("LEE", None, False)], ("1 A ST", "2 A ST"), []),
        ("nothing given", [("SMITH", None, False), ("LEE", None, False)], (None, None), []),
        ("one family already", [("SMITH", "A", False), ("LEE", "A", False)], ("1 A ST", "1 A ST"), []),
        ("two of three", [(n, None, False) for n in ("SMITH", "LEE", "DIAZ")], ("1 A ST", None, "1 A ST"), [(0, 2)]),
    ],
)
def test_students_of_one_permanent_home_are_probably_kin(
    what: str, persons: list[tuple[str, str | None, bool]], homes: tuple[str | None, ...], links: list[tuple[int, ...]]
) -> None:
    found = kin_links(rows(*persons, homes=homes), SHARES, 0.5, 0.7).filter(pl.col("kind") == "home")
    assert [tuple(slots) for slots in found["slots"].to_list()] == links, what
    assert found["p_kin"].is_between(0.9, P_DECLARED).all()


def test_a_permanent_home_is_one_that_few_give_and_a_person_gives_once() -> None:
    given = [
        ("a", "permanent", "1 A ST"), ("b", "Permanent", "1 A ST"), ("b", "local", "9 Z ST"), ("c", "local", "1 A ST"),
        *((f"hall {n}", "permanent", "HALL") for n in range(5)),
        ("d", "permanent", "2 A ST"), ("d", "permanent", "3 A ST"), ("e", "permanent", None),
    ]  # fmt: skip
    university = pl.DataFrame({"row": range(1, len(given) + 1), "address_type": [kind for _, kind, _ in given]})
    mentions = pl.DataFrame(
        {
            "source": ["university_addresses"] * len(given),
            "row": range(1, len(given) + 1),
            "person_id": [person for person, _, _ in given],
            "address_key": [home for _, _, home in given],
            "dwelling_id": [None] * len(given),
        }
    )
    found = permanent_homes(mentions, university)
    assert found.select("person_id", "home").rows() == [("a", "1 A ST"), ("b", "1 A ST")]


def test_a_rare_surname_says_more_than_a_common_one_and_a_declaration_more_than_neither() -> None:
    common, rare = (
        kin_links(rows((name, None, False), (name, None, False)), SHARES, 0.5, 0.7)["p_kin"][0]
        for name in ("SMITH", "ZABRISKIE")
    )
    assert 0.5 < common < rare < 1.0
    assert kin_links(rows(("SMITH", "A", False), ("LEE", "A", False)), SHARES, 0.5, 0.7)["p_kin"][0] == P_DECLARED


@pytest.mark.parametrize(
    ("what", "persons", "rich"),
    [
        ("one family", [("SMITH", "A", False), ("SMITH", "A", False), ("LEE", None, False)], False),
        ("two groups of adults", [("SMITH", None, False)] * 2 + [("LEE", None, False)] * 2, False),
        ("three groups", [(n, None, False) for n in ("SMITH", "LEE", "DIAZ") for _ in range(2)], True),
        (
            "children of the smaller group",
            [("LEE", None, False)] * 3 + [("SMITH", "A", False), ("SMITH", "A", True)],
            True,
        ),
        ("children of the larger group", [("SMITH", "A", False)] * 2 + [("SMITH", "A", True)], False),
        ("groups that share a name", [("SMITH", "A", False), ("LEE", "A", False), ("SMITH", None, False)], True),
    ],
)
def test_only_kinship_that_two_groups_do_not_tell_has_a_graph(
    what: str, persons: list[tuple[str, str | None, bool]], rich: bool
) -> None:
    assert bool(rich_graphs(kin_links(rows(*persons), SHARES, 0.5, 0.7))) is rich, what
