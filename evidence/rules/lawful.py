"""Is a household lawful? Each form of a pack on arrays of possible worlds.

A world has N occupants, of whom the largest family holds `family` (1: nobody is kin) and `dependents` are dependants of
the adults there. Any lawful form suffices. Counts are integers; arrays broadcast.
"""

import numpy as np
from numpy.typing import NDArray

from evidence.rules.pack import AdultsWithDependentsPlus, FamilyPlus, RulePack, UnrelatedMax

Counts = NDArray[np.int64]


def lawful(pack: RulePack, occupants: Counts, family: Counts, dependents: Counts) -> NDArray[np.bool_]:
    """True where at least one lawful form of the pack holds; an empty dwelling is lawful."""
    holds = np.asarray(occupants <= 0)
    for branch in pack.limit:
        match branch:
            case FamilyPlus(extra=extra):
                holds = holds | (occupants - np.maximum(family, 1) <= extra)
            case AdultsWithDependentsPlus(adults=adults, extra=extra):
                holds = holds | (occupants - dependents <= adults + extra)
            case UnrelatedMax(n=n):
                holds = holds | (occupants <= n)
    return holds


def most_unrelated(pack: RulePack) -> int:
    """The greatest number of unrelated adults that the pack allows."""
    counts = np.arange(100)
    ones, none = np.ones_like(counts), np.zeros_like(counts)
    return int(np.flatnonzero(lawful(pack, counts, ones, none)).max())
