"""How many households are families' and how often their named adults show it: learned from the city, by kind."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.candidates import Candidates
from evidence.family import likelihood_of, unseen_chance
from evidence.headcount import Array
from evidence.rates import KINDS
from evidence.row_sums import multiplied_in_order, summed_in_order
from evidence.settings import InferenceSettings
from evidence.worlds import DEPENDENT, GROUP_1, GROUP_2


def shown_kin(candidates: Candidates, residence: Array, rows: NDArray[np.int64]) -> tuple[Array, Array]:
    """(n,) chance that two or more of the named occupants are seen to be kin, and how many named adults there are.

    residence: (n, K) P(candidate is an occupant) of these rows of the candidates.
    """
    member, nobody = candidates.member_of[rows], np.ones(len(rows))
    for group, kin in ((GROUP_1, candidates.kin_1[rows]), (GROUP_2, candidates.kin_2[rows])):
        p = np.where(member == group, residence, 0.0)
        none = multiplied_in_order(1.0 - p)
        one = none * summed_in_order(p / np.maximum(1.0 - p, 1e-9))
        nobody = nobody * (1.0 - kin * np.clip(1.0 - none - one, 0.0, 1.0))
    childless = multiplied_in_order(np.where(member == DEPENDENT, 1.0 - residence, 1.0))
    return 1.0 - nobody * childless, summed_in_order(residence * (member != DEPENDENT))


GRID = tuple(float(share) for share in np.linspace(0.02, 0.98, 25))
LEAST_ADULTS = 1.5  # one named adult shows nothing


@dataclass(frozen=True, slots=True)
class Families:
    """Of one kind of household: `share`: of families among those of several adults, `of_cases`: among those complained
    of; `shows`: chance that a further named adult of a family is seen to be of it.
    """

    share: float
    of_cases: float
    shows: float


def learn_families(
    shown: list[tuple[Array, Array]], weight: Array, is_case: NDArray[np.bool_], settings: InferenceSettings
) -> tuple[Families, ...]:
    """Per kind of household, what the named adults of this city show.

    shown: `shown_kin` of the same dwellings by kind; weight: (n, kinds); is_case: (n,). The modes on a grid of the
    likelihood, with Beta priors. Families show it alike in all kinds of household; complaints are of other households
    than most, so their share is learned by itself, from that of all as a weak prior.
    """
    of_most, of_cases = (
        [_Shown.of(*kin, weight[:, kind], is_case == case) for kind, kin in enumerate(shown)] for case in (False, True)
    )
    strength = settings.family_prior_strength

    def best(kind: int, shows: float) -> tuple[float, float]:
        prior, fit = settings.family_household[kind], of_most[kind].under(shows)
        return max((fit(share) + _beta(share, prior, strength), share) for share in GRID)

    by_shows = [
        (sum(best(kind, shows)[0] for kind in KINDS) + _beta(shows, settings.kin_shares_surname, strength), shows)
        for shows in GRID
    ]
    shows = max(by_shows)[1]
    found = []
    for kind in KINDS:
        share = best(kind, shows)[1]
        fit = of_cases[kind].under(shows)
        by_case = [fit(at) + _beta(at, share, settings.family_case_strength) for at in GRID]
        found.append(Families(share, GRID[int(np.argmax(by_case))], shows))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the named adults of dwellings show, were these of one kind (`shown_kin`), and how likely that is."""

    seen: Array
    adults: Array
    weight: Array

    @staticmethod
    def of(seen: Array, adults: Array, weight: Array, chosen: NDArray[np.bool_]) -> "_Shown":
        rows = (adults >= LEAST_ADULTS) & chosen
        return _Shown(seen[rows], adults[rows], weight[rows])

    def under(self, shows: float) -> Callable[[float], float]:
        """Log-likelihood of each share of families, where families show it so often."""
        unseen = unseen_chance(np.full(len(self.adults), shows), self.adults)
        return lambda share: float(self.weight @ np.log(likelihood_of(self.seen, unseen, share)))


def _beta(value: float, mean: float, strength: float) -> float:
    return strength * (mean * float(np.log(value)) + (1.0 - mean) * float(np.log(1.0 - value)))


def prior_families(kind: int, settings: InferenceSettings) -> Families:
    """What is believed before a city is seen."""
    share = settings.family_household[kind]
    return Families(share, share, settings.kin_shares_surname)
