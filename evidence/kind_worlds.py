"""The worlds that a dwelling may be: a household of each kind, at each coverage of the lists.

A row of the model (a situation) is answered as the mixture of these worlds, and the rule looks at the households of
all of them in one call.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.family import FamilyBelief, joined_beliefs
from evidence.family_learning import shown_kin
from evidence.headcount import Array
from evidence.inference import Fitted, Model
from evidence.kinds import Count, Counted, KindSums, kind_posteriors, weights_of
from evidence.one_person import joined_merges
from evidence.rates import KINDS, Evidence, shifted
from evidence.settings import InferenceSettings
from evidence.worlds import Households


@dataclass(frozen=True, slots=True)
class Worlds:
    """Some rows, were their households of each kind at each coverage, one such world after another.

    at: of each world the positions of the rows that may be of its kind; households: of all worlds in order;
    log_weight: (rows, worlds), -inf where a row cannot be of that kind.
    """

    at: tuple[NDArray[np.int64], ...]
    households: Households
    log_weight: Array

    @property
    def positions(self) -> NDArray[np.int64]:
        """The row of each of the households."""
        return np.concatenate(self.at)

    def spread(self, values: Array, elsewhere: float = 0.0) -> list[Array]:
        """Values of the households as one array (rows, ...) for each world."""
        parts = np.split(values, np.cumsum([len(at) for at in self.at])[:-1])
        spread = [np.full((len(self.log_weight), *values.shape[1:]), elsewhere) for _ in parts]
        for whole, at, part in zip(spread, self.at, parts, strict=True):
            whole[at] = part
        return spread

    def weight(self, gain: Array) -> Array:
        """(rows, worlds) the probability of each world. gain: of the households, by the complaint: that speaks for the
        kinds of household of which more are over the limit.
        """
        return weights_of(self.log_weight + np.log(np.stack(self.spread(gain, 1.0), axis=1)))


def worlds_of(
    model: Model,
    fitted: Fitted,
    settings: InferenceSettings,
    rows: NDArray[np.int64],
    evidence: Evidence,
    count: Count[Counted],
) -> tuple[Worlds, list[Counted]]:
    """The worlds of some rows of a model, and the posterior of all these rows in each. evidence: of these rows; count:
    `headcount.headcount` or `headcount.margins`.
    """
    cars = np.array([float(np.sum(model.untied[row])) for row in rows])
    places, households, logs = [], [], []
    found: list[Counted] = []
    for shift, share in zip(*settings.coverage_shifts, strict=True):
        heads, log_weight, sums = kind_posteriors(count, evidence, shifted(fitted.rates, shift), settings)
        for kind, head in zip(KINDS, heads, strict=True):
            at = np.flatnonzero(np.isfinite(log_weight[:, kind]))
            belief = family_belief(model, fitted, rows[at], cars[at], kind, settings)
            of_kind = _households(model, sums[kind].at(at), rows[at], belief)
            log_kin = np.zeros(len(rows))
            shown = shown_kin(model.candidates, head.residence[at], rows[at])
            log_kin[at] = np.log(belief.likelihood(*shown))
            places.append(at)
            households.append(of_kind)
            logs.append(log_weight[:, kind] + log_kin + np.log(share))
        found += heads
    return Worlds(tuple(places), joined_households(households), np.stack(logs, axis=1)), found


def _households(model: Model, sums: KindSums, rows: NDArray[np.int64], family: FamilyBelief) -> Households:
    """What the rule needs of these rows, were their households of one kind. sums: of the same rows and kind."""
    c = model.candidates
    return Households(
        sums.odds,
        c.member_of[rows],
        c.kin_1[rows],
        c.kin_2[rows],
        family,
        sums.log_prior,
        sums.q0,
        sums.log_stale,
        sums.merges,
        {at: c.graphs[row] for at, row in enumerate(rows.tolist()) if row in c.graphs},
    )


def joined_households(parts: Sequence[Households]) -> Households:
    """The rows of several one after another."""
    starts = np.cumsum([0, *(len(part.q0) for part in parts)])
    by_named = [part.log_by_named for part in parts if part.log_by_named is not None]
    return Households(
        np.concatenate([part.odds for part in parts]),
        np.concatenate([part.member_of for part in parts]),
        np.concatenate([part.kin_1 for part in parts]),
        np.concatenate([part.kin_2 for part in parts]),
        joined_beliefs([part.family for part in parts]),
        np.concatenate([part.log_prior for part in parts]),
        np.concatenate([part.q0 for part in parts]),
        np.concatenate(by_named),
        joined_merges([part.merges for part in parts], [len(part.q0) for part in parts]),
        {int(s) + at: graph for s, part in zip(starts, parts, strict=False) for at, graph in part.graphs.items()},
    )


def family_belief(
    model: Model, fitted: Fitted, rows: NDArray[np.int64], cars: Array, kind: int, settings: InferenceSettings
) -> FamilyBelief:
    """What is believed of the kinship of these households, were they of this kind.

    cars: (n,) unattributed cars; each speaks for an adult who is none of the family.
    """
    families = fitted.families[kind]
    return FamilyBelief(
        np.where(model.is_case[rows], families.of_cases, families.share),
        np.full(len(rows), families.shows),
        settings.all_kin_of_family[kind] * settings.kin_kept_per_car**cars,
    )
