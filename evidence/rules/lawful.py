"""Is a household lawful? The forms of a law on arrays of possible worlds; any form suffices.

A world has N occupants, of whom the largest family holds `family` (1: nobody is kin) and `dependents` are dependants of
the adults there. Counts are integers, also where children count for half: both sides are multiplied. The law may leave
a world undecided for want of facts (`dwelling.Bound`), so there are three readings of lawful, each the next one's
superset: by its forms at the least they allow, at the most they allow, and with forms that no source can decide.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evidence.rules.dwelling import Bound, Law, Numbers

Certainty = Literal["surely", "by what is known", "possibly"]


def lawful(
    law: Law, occupants: Numbers, family: Numbers, dependents: Numbers, how: Certainty = "by what is known"
) -> NDArray[np.bool_]:
    """True where some form holds; an empty dwelling is lawful.

    occupants, family, dependents: (w,) worlds. Returns (n, w) for the n dwellings of the law, (1, w) where all are
    alike. `surely`: whatever the facts not held are; `by what is known`: at the most that a form may allow, without
    forms that no source can decide; `possibly`: with them.
    """
    holds: NDArray[np.bool_] = np.broadcast_to(occupants <= 0, (1, len(occupants)))
    for bound in law.bounds:
        if not bound.evaluated and how != "possibly":
            continue
        number, adult, child = _count(bound, occupants, family, dependents, most=how != "surely")
        holds = holds | (adult * bound.scale + child <= number[:, None])
    if how == "surely":
        holds = (holds & law.applies[:, None]) | (occupants <= 0)
    elif not law.applies.all():
        holds = holds | ~law.applies[:, None]
    return holds


def _count(
    bound: Bound, occupants: Numbers, family: Numbers, dependents: Numbers, *, most: bool
) -> tuple[Numbers, Numbers, Numbers]:
    """The number not to be passed, whole persons counted, and what the children count for, times scale."""
    number = bound.most if most else bound.least
    none = np.zeros_like(occupants)
    if bound.of == "outside":
        return number, occupants - np.maximum(family, 1), none
    adults = occupants - dependents
    if bound.of == "adults":
        return number, adults, none
    return number, adults, dependents * (bound.child if most else bound.scale)


def most_unrelated(law: Law) -> Numbers:
    """(n,) or (1,): the greatest number of unrelated adults that is surely lawful; -1 where facts leave it open."""
    counts = np.arange(100)
    ones, none = np.ones_like(counts), np.zeros_like(counts)
    found: Numbers = np.where(lawful(law, counts, ones, none, "surely"), counts, 0).max(axis=1)
    open_to: Numbers = np.where(lawful(law, counts, ones, none), counts, 0).max(axis=1)
    return np.where(found == open_to, found, -1)
