"""Beliefs about the occupants nobody names, in plain numbers: the definition that the arrays are held against."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from evidence.family import FamilyBelief

Belief = tuple[float, float, float]  # a family's household, shows it, the unnamed are of it
probability = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.0, 1.0))
beliefs = st.tuples(probability, probability, probability)


def surely(more: float) -> Belief:
    """A family's household for certain: the unnamed are of it with this chance, whatever the named show."""
    return 1.0, 0.0, more


def as_arrays(several: Sequence[Belief]) -> FamilyBelief:
    return FamilyBelief(*np.array(several, dtype=float).reshape(-1, 3).T)


def unnamed_kin(belief: Belief, adults: int, seen: bool) -> float:
    """P(the unnamed are kin) in a world with so many named adults, two of whom are seen to be kin or not: by Bayes."""
    is_family, shows, more = belief
    if seen:
        return more
    as_family, as_others = is_family * (1.0 - shows) ** max(adults - 1, 0), 1.0 - is_family
    return more * (as_family / (as_family + as_others) if as_family + as_others > 0 else 1.0)
