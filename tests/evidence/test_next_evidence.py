"""What to ask for next: the worth of an answer before it is given."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.headcount import Array
from evidence.next_evidence import Request, best_request, requests, worth
from evidence.rates import prior_rates
from evidence.settings import InferenceSettings

SETTINGS = InferenceSettings()
MOST = 6


def dwelling(pmf: list[float], over_from: int = 4) -> tuple[Array, Array]:
    """Joint of (N, over) and distribution of N, where every number from `over_from` is over the limit."""
    occupants = np.array([pmf]) / sum(pmf)
    return np.where(np.arange(len(pmf)) >= over_from, occupants, 0.0), occupants


UNSURE = [0.0, 0.0, 0.1, 0.4, 0.4, 0.1, 0.0]

weights = st.lists(st.floats(0.01, 1.0), min_size=MOST + 1, max_size=MOST + 1)


@pytest.mark.parametrize(
    ("what", "pmf"),
    [("certainly three", [0, 0, 0, 1, 0, 0, 0]), ("certainly over", [0, 0, 0, 0, 0.5, 0.5, 0])],
)
def test_nothing_is_worth_asking_where_the_answer_is_known(what: str, pmf: list[float]) -> None:
    change, settled = worth(*dwelling(pmf), per_occupant=0.9)
    assert change[0] == pytest.approx(0.0, abs=1e-9), what
    assert settled[0] == pytest.approx(1.0)


def test_an_answer_that_names_nearly_everybody_settles_an_even_case() -> None:
    change, settled = worth(*dwelling(UNSURE), per_occupant=0.99)
    assert change[0] > 0.45, "from one half to almost 0 or 1"
    assert settled[0] > 0.9


def test_an_answer_that_names_nobody_is_worth_nothing() -> None:
    assert worth(*dwelling(UNSURE), per_occupant=0.01)[0][0] < 0.02


@given(weights)
def test_the_worth_of_a_question_rises_with_what_it_finds(pmf: list[float]) -> None:
    changes = [float(worth(*dwelling(pmf), per_occupant=p)[0][0]) for p in (0.1, 0.4, 0.7, 0.95)]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(changes))


@given(weights, st.floats(0.05, 0.95))
def test_no_answer_can_change_more_than_there_is(pmf: list[float], per_occupant: float) -> None:
    """The expected absolute change is at most 2 p (1 - p): that of an answer that tells everything."""
    over, occupants = dwelling(pmf)
    p = float(over.sum())
    change, settled = worth(over, occupants, per_occupant)
    assert 0.0 <= change[0] <= 2 * p * (1 - p) + 1e-9
    assert 0.0 <= settled[0] <= 1.0


def ask(name: str, source: str, per_occupant: float, hours: float) -> Request:
    return Request(name, source, "", per_occupant, hours)


@pytest.mark.parametrize(
    ("what", "choices", "have", "best"),
    [
        ("the better at the same cost", [ask("a", "x", 0.4, 1), ask("b", "y", 0.8, 1)], set(), "b"),
        ("the cheaper of two alike", [ask("a", "x", 0.8, 5), ask("b", "y", 0.8, 0.5)], set(), "b"),
        ("not what was answered already", [ask("a", "x", 0.8, 1), ask("b", "y", 0.7, 1)], {"x"}, "b"),
    ],
)
def test_the_best_request(what: str, choices: list[Request], have: set[str], best: str) -> None:
    over, occupants = dwelling(UNSURE)
    names, value = best_request(over, occupants, tuple(choices), [frozenset(have)])
    assert names == [best], what
    assert value[0] > 0


def test_the_requests_there_are_can_be_asked() -> None:
    listed = requests(prior_rates(SETTINGS), SETTINGS)
    assert len({request.name for request in listed}) == len(listed)
    for request in listed:
        assert 0.0 < request.per_occupant < 1.0
        assert request.hours > 0
        assert request.why
