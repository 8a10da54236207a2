"""Which word of one name stands for which of the other: the assignment of greatest total weight, in any order."""

from functools import cache
from itertools import permutations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

_MOST_TRIED = 720  # assignments tried one by one, for all pairs of a shape at once: all of six words to six


def best_assignment(bits: Floats) -> Places:
    """Exact optimum of many small assignments.

    bits: pairs x fewer words x more words (as many or more). Returns pairs x fewer words: the place of each word's
    partner. Of equal totals the first in lexical order of places, where all are tried.
    """
    pairs, fewer, more = bits.shape
    if np.prod(np.arange(more - fewer + 1, more + 1, dtype=np.float64)) > _MOST_TRIED:
        from scipy.optimize import linear_sum_assignment  # rare, and slow to load

        return np.array([linear_sum_assignment(one, maximize=True)[1] for one in bits]).reshape(pairs, fewer)
    tried = _assignments(fewer, more)
    totals = np.zeros((pairs, len(tried)))
    for word in range(fewer):
        totals += bits[:, word, :][:, tried[:, word]]
    return np.asarray(tried[np.argmax(totals, axis=1)])


@cache
def _assignments(fewer: int, more: int) -> Places:
    return np.array(list(permutations(range(more), fewer)), dtype=np.int64)
