"""Two candidates of one dwelling who may be one person: the count of persons that linkage leaves open, carried through.

With probability q candidates a and b are one person, whose listings then are those of both. Let o_a, o_b and o_ab be
the odds of living there (`headcount`). How many of the two live there has the weights

    1,  (1 - q) (o_a + o_b) + q o_ab,  (1 - q) o_a o_b

for none, one and two. Where o_ab is at least as great as either (listings of one person rarely speak against him) this
polynomial has real roots: it is that of two independent candidates with other odds, which go through the same exact
sums as all others. No world is enumerated. Each candidate is in one pair at most, the likeliest first.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.headcount import Array

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Merges:
    """rows, one, other: (m,) dwelling and its two candidates; p: (m,) that they are one person; share_one, share_other:
    (m,) chance of each to be the one who lives there, where one of the two does (0 before `apart`).
    """

    rows: Places
    one: Places
    other: Places
    p: Array
    share_one: Array
    share_other: Array

    def take(self, rows: Places) -> "Merges":
        """Those of the dwellings at these positions, renumbered."""
        place = np.full(1 + max(int(self.rows.max(initial=0)), int(rows.max(initial=0))), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        moved = place[self.rows]
        kept = moved >= 0
        return Merges(
            moved[kept], self.one[kept], self.other[kept], self.p[kept], self.share_one[kept], self.share_other[kept]
        )

    def combined(self, levels: NDArray[np.int8], greatest: NDArray[np.bool_]) -> NDArray[np.int8]:
        """(m, S) levels of the two taken together: in each source the stronger, which is the lesser code of those that
        say something, or the greater one where `greatest`, (S,), says so.
        """
        a, b = levels[self.rows, self.one], levels[self.rows, self.other]
        both = (a > 0) & (b > 0)
        result: NDArray[np.int8] = np.where(both & ~greatest, np.minimum(a, b), np.maximum(a, b))
        return result

    def apart(self, odds: Array, together: Array) -> tuple[Array, "Merges"]:
        """Odds of independent candidates in place of each pair's, the greater for the likelier; and the pairs
        with their shares.

        odds: (n, K); together: (m,) odds of each pair as one person.
        """
        o_a, o_b = odds[self.rows, self.one], odds[self.rows, self.other]
        alone_a, alone_b = (1.0 - self.p) * o_a + self.p * together, (1.0 - self.p) * o_b + self.p * together
        one = alone_a + (1.0 - self.p) * o_b
        two = (1.0 - self.p) * o_a * o_b
        # Together not stronger than apart: the roots are complex, and the nearest real ones are alike.
        root = np.sqrt(np.maximum(one * one - 4.0 * two, 0.0))
        greater = (one + root) / 2.0
        lesser = np.minimum(np.divide(two, greater, where=greater > 0, out=np.zeros_like(two)), greater)
        # Each keeps his place: who the kin are and whom a source leaves unnamed is told by the candidate.
        ahead = o_a >= o_b
        result = odds.copy()
        result[self.rows, self.one] = np.where(ahead, greater, lesser)
        result[self.rows, self.other] = np.where(ahead, lesser, greater)
        shares = (np.divide(alone, one, where=one > 0, out=np.zeros_like(one)) for alone in (alone_a, alone_b))
        return result, replace(self, share_one=next(shares), share_other=next(shares))

    def persons(self, residence: Array) -> Array:
        """(n, K) each candidate's probability of living there. residence: that of the candidates of `apart`."""
        r_a, r_b = residence[self.rows, self.one], residence[self.rows, self.other]
        both = r_a * r_b
        single = r_a + r_b - 2.0 * both
        result = residence.copy()
        result[self.rows, self.one] = np.minimum(both + single * self.share_one, 1.0)
        result[self.rows, self.other] = np.minimum(both + single * self.share_other, 1.0)
        return result


def no_merges() -> Merges:
    """Every candidate is somebody else."""
    nothing, none = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Merges(nothing, nothing, nothing, none, none, none)


def joined_merges(parts: list[Merges], sizes: list[int]) -> Merges:
    """Those of several batches of dwellings one after another. sizes: dwellings of each batch."""
    starts = np.cumsum([0, *sizes[:-1]])
    return Merges(
        np.concatenate([part.rows + start for part, start in zip(parts, starts, strict=True)]).astype(np.int64),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("one", "other", "p", "share_one", "share_other")
        ),
    )


def merges_of(candidates: pl.DataFrame, possible: pl.DataFrame) -> Merges:
    """Pairs of candidates of one situation who may be one person.

    candidates: situation, slot, person_id; possible: `PersonLinks.possible_merges` (person_id, other_person_id, p).
    """
    here = candidates.select("situation", "slot", "person_id")
    other = here.rename({"slot": "other", "person_id": "other_person_id"})
    pairs = (
        possible.join(here, on="person_id")
        .join(other, on=["situation", "other_person_id"])
        .select("situation", pl.min_horizontal("slot", "other").alias("one"), pl.max_horizontal("slot", "other"), "p")
        .rename({"slot": "other"})
        .group_by("situation", "one", "other")
        .agg(pl.col("p").max())
        .sort("situation", "p", "one", "other", descending=[False, True, False, False])
    )
    taken: set[tuple[int, int]] = set()
    kept = []
    for situation, one, two in pairs.select("situation", "one", "other").iter_rows():
        free = (situation, one) not in taken and (situation, two) not in taken
        taken |= {(situation, one), (situation, two)} if free else set()
        kept.append(free)
    chosen = pairs.filter(pl.Series(kept, dtype=pl.Boolean))
    none = np.zeros(chosen.height)
    rows, one_, other_ = (chosen[name].to_numpy().astype(np.int64) for name in ("situation", "one", "other"))
    return Merges(rows, one_, other_, chosen["p"].to_numpy().astype(np.float64), none, none)
