"""Given names and surnames that go together: agreement on both then says less than the product of the two.

`Omar` and `Abdullah` are rare in most cities, yet four men may be called Omar Abdullah: parents choose given names
that suit the surname. Taken as independent, the two rare names would link strangers, and would do so to some
communities and not to others. The dependence is learned from the city's own names alone, without lists or labels:
how often a walk surname -> given name -> surname -> given name, from person to person, ends at the given name,
against how common that name is. The walk may not use the very pair of names it judges.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array

from matchers.coded import Codes, Floats
from matchers.frequencies import Bearers

# A walk is trusted as far as the name it passes has bearers: with one bearer's weight of doubt. Of 1, 2, 5, 10 and 20
# it predicted held-out names of two simulated towns best (mean log2 lift 0.15 and 0.11; at 5: 0.11 and 0.09).
DOUBT_BEARERS = 1.0
FEWEST_BEARERS = 3  # a name with fewer has no company to be judged by
MOST_FAMILY, MOST_GIVEN = 6000, 3000  # commonest names kept: the table of walks stays under 100 MB


@dataclass(frozen=True, slots=True)
class NameAffinity:
    """`lift`: P(both names) / (P(given) P(family)) by row of family and column of given; positions, -1 not kept."""

    lift: npt.NDArray[np.float32]
    family_at: Codes
    given_at: Codes

    def log2_lift(self, given: Codes, family: Codes) -> Floats:
        """log2 of the lift, at least 0; 0 for names too rare to judge and for missing ones (code -1)."""
        rows, columns = self.family_at[family], self.given_at[given]
        known = (rows >= 0) & (columns >= 0)
        found = np.ones(len(rows))
        found[known] = self.lift[rows[known], columns[known]]
        return np.log2(np.maximum(found, 1.0))


def learn(bearers: Bearers, given_names: int, family_names: int) -> NameAffinity:
    """Learn from the whole names and how many places bear each; *_names: how many distinct ones there are."""
    shape = (family_names, given_names)
    borne = csr_array((bearers.places, (bearers.family, bearers.given)), shape=shape)
    of_family, of_given = np.asarray(borne.sum(axis=1)), np.asarray(borne.sum(axis=0))
    rows, columns = _commonest(of_family, MOST_FAMILY), _commonest(of_given, MOST_GIVEN)
    family_at, given_at = _positions(rows, shape[0]), _positions(columns, shape[1])
    if not len(rows) or not len(columns):
        return NameAffinity(np.ones((0, 0), dtype=np.float32), family_at, given_at)
    kept = csr_array(borne[rows][:, columns])
    step_family, step_given = 1 / (of_family[rows] + DOUBT_BEARERS), 1 / (of_given[columns] + DOUBT_BEARERS)
    to_given = csr_array(diags_array(step_family) @ kept)
    to_family = csr_array(diags_array(step_given) @ kept.T)
    round_trip = (to_family @ to_given).toarray()
    walks = to_given @ round_trip
    # take out the walks over the pair itself, as first or as last step (and give back those counted twice)
    pair = kept.tocoo()
    first, back = step_family[pair.row] * pair.data, step_given[pair.col] * pair.data
    at_home = np.asarray(to_given.multiply(csr_array(to_family.T)).sum(axis=1))  # of to_given @ to_family the diagonal
    walks[pair.row, pair.col] -= first * (round_trip.diagonal()[pair.col] + at_home[pair.row] - first * back)
    share = of_given[columns] / of_given.sum()
    lift = walks / share + 1 - walks.sum(axis=1, keepdims=True)  # a walk that is not trusted ends anywhere
    return NameAffinity(lift.astype(np.float32), family_at, given_at)


def _commonest(bearers: Floats, most: int) -> Codes:
    order = np.argsort(-bearers, kind="stable")[:most]
    return np.sort(order[bearers[order] >= FEWEST_BEARERS])


def _positions(kept: Codes, size: int) -> Codes:
    """Code of a name -> its position among the kept ones; -1 if not kept, and for code -1 (the last entry)."""
    positions = np.full(size + 1, -1, dtype=np.int64)
    positions[kept] = np.arange(len(kept))
    return positions
