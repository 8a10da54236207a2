"""Are the occupants whom nobody names kin of those who are named? By what the named show of being one family.

A household is a family's (with others, perhaps) or it is not. Of a family's household each further named adult shows it
by the surname or a declaration; where several adults are named and none shows it, the household is hardly a family's,
and where some do, it is. Children are in no list: those nobody names are mostly of the family, if there is one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.headcount import Array

Counts = NDArray[np.int64]
CHANCE_RESEMBLANCE = 0.02  # of named adults who are no family and look like one: namesakes, clerks' errors


@dataclass(frozen=True, slots=True)
class FamilyBelief:
    """Of each household, (n,): `is_family`: chance that it is a family's; given that, `shows`: chance that a further
    named adult is seen to be of the family; `more`: chance that those whom nobody names are of it.
    """

    is_family: Array
    shows: Array
    more: Array

    def take(self, rows: NDArray[np.int64]) -> "FamilyBelief":
        """The beliefs of these households."""
        return FamilyBelief(self.is_family[rows], self.shows[rows], self.more[rows])

    def unnamed_join(self, size: Counts, adults: Counts, dependents: Counts) -> Array:
        """(n, worlds) P(the occupants nobody names belong to the largest family).

        size, adults, dependents: (worlds,) persons of the largest named family (1: nobody is kin), named adults, and
        named dependents among the occupants.
        """
        unseen = (1.0 - self.shows[:, None]) ** np.maximum(adults - 1, 0)
        family, other = self.is_family[:, None] * unseen, 1.0 - self.is_family[:, None]
        after = np.divide(family, family + other, out=np.ones_like(family), where=family + other > 0)
        seen = (size >= 2) | (dependents >= 1)
        result: Array = np.where(seen, 1.0, after) * self.more[:, None]
        return result

    def likelihood(self, shown: Array, adults: Array) -> Array:
        """(n,) how likely it is that the named show what they show. shown: (n,) chance that two or more of them are
        kin; adults: (n,) named adults who live there, on average.
        """
        return likelihood_of(shown, unseen_chance(self.shows, adults), self.is_family)


def unseen_chance(shows: Array, adults: Array) -> Array:
    """(n,) chance that so many named adults of a family, on average, show nothing of it."""
    unseen: Array = (1.0 - shows) ** np.maximum(adults - 1.0, 0.0)
    return unseen


def likelihood_of(shown: Array, unseen: Array, is_family: Array | float) -> Array:
    """(n,) `FamilyBelief.likelihood` where `unseen_chance` is known."""
    as_family = is_family * (1.0 - unseen) + (1.0 - is_family) * CHANCE_RESEMBLANCE
    as_others = is_family * unseen + (1.0 - is_family)
    result: Array = shown * as_family + (1.0 - shown) * as_others
    return result


def joined_beliefs(parts: list[FamilyBelief]) -> FamilyBelief:
    """The households of several one after another."""
    return FamilyBelief(
        np.concatenate([part.is_family for part in parts]),
        np.concatenate([part.shows for part in parts]),
        np.concatenate([part.more for part in parts]),
    )
