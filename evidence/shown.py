"""What the candidates of many dwellings show, each way of showing it once: of 43,000 candidates some 1,500 ways."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.headcount import Array

CERTAIN = 0.995  # what is surer than this is not told apart from certain


@dataclass(frozen=True, slots=True)
class Shown:
    """codes, sure: (p, S) levels of each pattern and how sure they are; number: (c,) the pattern of each named
    candidate; tells: (n, S) `Evidence.tells`.
    """

    codes: NDArray[np.int8]
    sure: Array
    number: NDArray[np.int64]
    tells: NDArray[np.bool_]


def shown_by(levels: NDArray[np.int8], named: NDArray[np.bool_], sure: Array, tells: NDArray[np.bool_]) -> Shown:
    """Patterns of the named candidates: equal levels, all of them certain; whoever is listed in doubt has his own."""
    codes, certain = levels[named], sure[named]
    doubtful = ((certain < CERTAIN) & (codes > 0)).any(axis=1)
    own = np.where(doubtful, np.arange(1, len(codes) + 1), 0).astype(np.int32)
    keys = np.concatenate([codes.view(np.uint8), own[:, None].view(np.uint8).reshape(len(codes), 4)], axis=1)
    bytes_of = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.shape[1]))).ravel()
    _, first, number = np.unique(bytes_of, return_index=True, return_inverse=True)
    return Shown(codes[first], certain[first], number, tells)
