"""Rows in groups that lie together, as pairs lie by sighting: found once, then asked in every pass."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.uint32]


def spans(first: Ids, count: Ids) -> tuple[Ids, Ids]:
    """`count` rows from `first` on, of each that asks, one after another: who asks (its position), and the row."""
    whose = np.repeat(np.arange(len(count)), count)
    return whose, np.arange(len(whose)) - np.repeat(np.cumsum(count) - count - first, count)


@dataclass(frozen=True, slots=True)
class Runs:
    """`starts`: the first row of each group; `sizes`: its rows; `number`: by row, that of its group, from 0."""

    starts: Ids
    sizes: Ids
    number: Ids

    @classmethod
    def of(cls, groups: Ids) -> "Runs":
        """groups: by row; equal ones lie together, none is below 0."""
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        sizes = np.diff(starts, append=len(groups))
        return cls(starts, sizes, np.repeat(np.arange(len(starts)), sizes))

    def greatest(self, values: Floats) -> Floats:
        """By row, the greatest value of its group."""
        return np.repeat(np.maximum.reduceat(values, self.starts), self.sizes) if len(self.starts) else values

    def normalised(self, bits: Floats) -> Floats:
        """2**bits scaled to sum to one within each group."""
        weight = np.exp2(bits - self.greatest(bits))
        return np.asarray(weight / np.repeat(np.bincount(self.number, weight, len(self.sizes)), self.sizes))

    def likeliest(self, share: Floats) -> Ids:
        """The row of the greatest share of each group; the first of several."""
        if not len(self.starts):
            return self.starts
        rows = np.where(share == self.greatest(share), np.arange(len(share)), len(share))
        return np.minimum.reduceat(rows, self.starts)
