"""Given names and surnames that go together: agreement on both then says less than the product of the two.

`Omar` and `Abdullah` are rare in most cities, yet four men may be called Omar Abdullah: parents choose given names
that suit the surname. Taken as independent, the two rare names would link strangers, and would do so to some
communities and not to others. The dependence is learned from the city's own names alone, without lists or labels:
how often a walk surname -> given name -> surname -> given name, from person to person, ends at the given name,
against how common that name is. The walk may not use the very pair of names it judges.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from matchers.coded import Codes, Floats
from matchers.frequencies import Bearers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# A walk is trusted as far as the name it passes has bearers: with one bearer's weight of doubt. Of 1, 2, 5, 10 and 20
# it predicted held-out names of two simulated towns best (mean log2 lift 0.15 and 0.11; at 5: 0.11 and 0.09).
DOUBT_BEARERS = 1.0
FEWEST_BEARERS = 3  # a name with fewer has no company to be judged by
MOST_FAMILY, MOST_GIVEN = 6000, 3000  # commonest names kept: the table of walks stays under 100 MB


def learn(bearers: Bearers, given_names: int, family_names: int) -> Floats:
    """log2 of P(both names) / (P(given) P(family)), at least 0, of every whole name of `bearers`, in their order.

    0 for names too rare to judge. *_names: how many distinct ones there are.
    """
    from scipy.sparse import csr_array, diags_array  # slow to load, and only where persons are linked

    shape = (family_names, given_names)
    borne = csr_array((bearers.places, (bearers.family, bearers.given)), shape=shape)
    of_family, of_given = np.asarray(borne.sum(axis=1)), np.asarray(borne.sum(axis=0))
    rows, columns = _commonest(of_family, MOST_FAMILY), _commonest(of_given, MOST_GIVEN)
    result = np.zeros(len(bearers.places))
    if not len(rows) or not len(columns):
        return result
    kept = csr_array(borne[rows][:, columns]).sorted_indices()
    step_family, step_given = 1 / (of_family[rows] + DOUBT_BEARERS), 1 / (of_given[columns] + DOUBT_BEARERS)
    to_given = csr_array((step_family[kept.nonzero()[0]] * kept.data, kept.indices, kept.indptr), shape=kept.shape)
    to_family = csr_array(diags_array(step_given) @ kept.T)
    round_trip = (to_family @ to_given).toarray()
    walks = _product_where_known(to_given, round_trip)
    # take out the walks over the pair itself, as first or as last step (and give back those counted twice)
    pair = kept.tocoo()
    first, back = step_family[pair.row] * pair.data, step_given[pair.col] * pair.data
    at_home = np.asarray(to_given.multiply(csr_array(to_family.T)).sum(axis=1))  # of to_given @ to_family the diagonal
    itself = first * (round_trip.diagonal()[pair.col] + at_home[pair.row] - first * back)
    trusted = to_given @ round_trip.sum(axis=1) - np.bincount(pair.row, itself, len(rows))
    share = of_given[columns] / of_given.sum()
    lift = (walks - itself) / share[pair.col] + 1 - trusted[pair.row]  # a walk that is not trusted ends anywhere
    family_at, given_at = _positions(rows, shape[0]), _positions(columns, shape[1])
    judged = (family_at[bearers.family] >= 0) & (given_at[bearers.given] >= 0)
    # as sorted as the whole names are: by family name, then by given name
    result[judged] = np.log2(np.maximum(lift.astype(np.float32), np.float32(1.0)).astype(np.float64))
    return result


def _product_where_known(sparse: "csr_array", dense: Floats) -> Floats:
    """`sparse @ dense` at the cells that `sparse` holds, in their order: one in some hundred of the whole product."""
    found = np.empty(sparse.nnz)
    for start, end in pairwise(sparse.indptr.tolist()):
        columns = sparse.indices[start:end]
        found[start:end] = (sparse.data[start:end, None] * dense[columns[:, None], columns]).sum(axis=0)
    return found


def _commonest(bearers: Floats, most: int) -> Codes:
    order = np.argsort(-bearers, kind="stable")[:most]
    return np.sort(order[bearers[order] >= FEWEST_BEARERS])


def _positions(kept: Codes, size: int) -> Codes:
    """Code of a name -> its position among the kept ones; -1 if not kept."""
    positions = np.full(size, -1, dtype=np.int64)
    positions[kept] = np.arange(len(kept))
    return positions
