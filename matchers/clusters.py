"""Pairs -> clusters: best link first, never across what cannot be one person.

Two profiles are kept apart for good when a paper names them side by side, or birth dates or Jr and Sr contradict.
A pair that by itself speaks against a match on a name or date that both give counts against joining their clusters
with the bits of that contradiction: `JOHN - J - JAMES` does not become one man through the initial, but a garbled
name with the right birth date and address still joins its owner's other names.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matchers.coded import Codes
from matchers.comparison import level
from matchers.settings import LinkSettings

CLUSTERED_BY = ("match_weight_bits", "p_match", "against_bits", "contrary")  # what `cluster` asks of a pair
CONTRARY_BITS = -4.0  # one feature at 16 to 1 against: what a plainly different given name or date weighs


def against_bits(scored: pl.DataFrame) -> pl.Series:
    """What a scored pair (levels, bits and match_weight_bits) puts against one person: infinite, a number, or 0."""
    same_identifier = pl.col("identifier") == level("identifier", "same")
    same_date = pl.col("dob") == level("dob", "exact")
    names_exact = (pl.col("given") == level("given", "exact")) & (pl.col("family") == level("family", "exact"))
    short_name = pl.col("given").is_in([level("given", "nickname"), level("given", "initial")]) & (
        pl.col("family") == level("family", "exact")
    )
    repeated = (names_exact | (short_name & same_date)) & (pl.col("middle") != level("middle", "different"))
    two_on_one_paper = (pl.col("document") == level("document", "same")) & ~repeated
    junior_and_senior = (pl.col("suffix") == level("suffix", "different")) & ~same_date
    impossible = two_on_one_paper | (junior_and_senior & ~same_identifier)
    against = (pl.col("match_weight_bits") < 0) & contrary() & ~same_identifier
    bits = pl.when(impossible).then(float("inf")).when(against).then(-pl.col("match_weight_bits")).otherwise(0.0)
    return scored.select(bits.alias("against_bits")).to_series()


def _weakest() -> pl.Expr:
    return pl.min_horizontal("bits_given", "bits_family", "bits_dob", "bits_suffix", "bits_identifier")


def contrary() -> pl.Expr:
    """Whether some feature that both sides give differs plainly."""
    return _weakest() <= CONTRARY_BITS


def components(size: int, left: Codes, right: Codes) -> Codes:
    """Number of each profile's connected component."""
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def bounded_components(size: int, links: pl.DataFrame, settings: LinkSettings) -> Codes:
    """Components over links (left, right, match_weight_bits); one above `max_component` is cut at ever higher bits."""
    left, right = (links[side].to_numpy().astype(np.int64) for side in ("left", "right"))
    bits = links["match_weight_bits"].to_numpy()
    kept = np.ones(len(links), dtype=np.bool_)
    threshold = 0.0
    while True:
        labels = components(size, left[kept], right[kept])
        too_large = np.bincount(labels, minlength=1) > settings.max_component
        if not too_large.any() or not kept.any():
            return labels
        threshold += 2.0
        kept &= ~(too_large[labels[left]] & (bits < threshold))


def pairs_inside(labels: Codes) -> pl.DataFrame:
    """left < right: every pair of profiles of one component of three or more."""
    frame = pl.DataFrame({"left": np.arange(len(labels), dtype=np.uint32), "label": labels})
    frame = frame.filter(pl.len().over("label") >= 3)
    joined = frame.join(frame.rename({"left": "right"}), on="label", how="inner")
    return joined.filter(pl.col("left") < pl.col("right")).select("left", "right").sort("left", "right")


def cluster(labels: Codes, scored: pl.DataFrame, settings: LinkSettings) -> Codes:
    """Cluster number (= its least profile) of each profile.

    scored: every pair inside a component (left, right and CLUSTERED_BY). A
    component with nothing against it is a cluster as it is. In the others links are taken best first, and a link
    joins two clusters only where its bits exceed the most that any pair across them puts against it. A contradiction
    that one of the clusters already holds within itself (two surnames, one birth date) is not held against a third
    paper.
    """
    left = scored["left"].to_numpy()
    disputed = np.zeros(int(labels.max(initial=-1)) + 1, dtype=np.bool_)
    disputed[labels[left[scored["against_bits"].to_numpy() > 0]]] = True
    smallest = np.full(len(disputed), len(labels), dtype=np.int64)
    np.minimum.at(smallest, labels, np.arange(len(labels)))
    result = smallest[labels]
    if disputed.any():
        profiles = np.flatnonzero(disputed[labels])
        merging = _Merging.of(profiles, scored.filter(pl.Series(disputed[labels[left]])), settings)
        result[profiles] = merging.least_of_each(profiles)
    return np.asarray(result)


@dataclass(frozen=True, slots=True)
class _Merging:
    """Clusters under way. Every cluster is named after one of its profiles; the larger one keeps its name."""

    owner: dict[int, int]  # profile -> cluster
    members: dict[int, list[int]]
    banned: dict[int, set[int]]  # clusters that are somebody else for good
    against: dict[int, dict[int, list[tuple[int, int, float]]]]  # cluster -> other -> contradicting pairs, with bits
    unlike: dict[int, list[int]]  # profile -> those of one person that differ as plainly: she changed her name
    linked: set[int]  # pairs (x * 2^32 + z) likelier one person than not, where z is unlike somebody

    @staticmethod
    def of(profiles: Codes, rows: pl.DataFrame, settings: LinkSettings) -> "_Merging":
        owner = {int(profile): int(profile) for profile in profiles}
        banned: dict[int, set[int]] = {profile: set() for profile in owner}
        against: dict[int, dict[int, list[tuple[int, int, float]]]] = {profile: {} for profile in owner}
        held = rows.filter(pl.col("against_bits") > 0).select("left", "right", "against_bits")
        for a, b, bits in zip(*(column.to_list() for column in held), strict=True):
            if bits == np.inf:
                banned[a].add(b)
                banned[b].add(a)
            else:
                against[a][b] = against[b][a] = [(a, b, bits)]
        unlike: dict[int, list[int]] = {}
        for a, b in rows.filter((pl.col("against_bits") == 0) & pl.col("contrary")).select("left", "right").iter_rows():
            unlike.setdefault(a, []).append(b)
            unlike.setdefault(b, []).append(a)
        doubted = pl.Series(sorted(unlike), dtype=pl.UInt32)
        likely = rows.filter(pl.col("match_weight_bits") > 0).select(pl.col("left", "right").cast(pl.UInt64))
        linked: set[int] = set()
        for x, z in (("left", "right"), ("right", "left")):
            near = likely.filter(pl.col(z).is_in(doubted.implode()))
            linked.update(near.select(pl.col(x) * 2**32 + pl.col(z)).to_series().to_list())
        merging = _Merging(owner, {p: [p] for p in owner}, banned, against, unlike, linked)
        links = rows.filter((pl.col("against_bits") == 0) & (pl.col("p_match") >= settings.link_at_p)).sort(
            ["match_weight_bits", "left", "right"], descending=[True, False, False]
        )
        merging._take(*(links[name].to_list() for name in ("left", "right", "match_weight_bits")))
        return merging

    def _take(self, left: list[int], right: list[int], weights: list[float]) -> None:
        refused: set[tuple[int, int]] = set()  # as long as neither grows: later links weigh less
        for a, b, bits in zip(left, right, weights, strict=True):
            one, other = self.owner[a], self.owner[b]
            if one == other or other in self.banned[one] or (one, other) in refused:
                continue
            held = self.against[one].get(other)
            if held is not None and max(self._resistance(pair) for pair in held) >= bits:
                refused |= {(one, other), (other, one)}
                continue
            self._join(one, other, refused)

    def _resistance(self, pair: tuple[int, int, float]) -> float:
        x, y, bits = pair
        return 0.0 if self._explained(x, y) or self._explained(y, x) else bits

    def _explained(self, x: int, y: int) -> bool:
        """Whether y's cluster holds a paper z that differs from y as plainly, and x is likely z's."""
        mine = self.owner[y]
        return any(self.owner[z] == mine and x * 2**32 + z in self.linked for z in self.unlike.get(y, ()))

    def _join(self, one: int, other: int, refused: set[tuple[int, int]]) -> None:
        keep, drop = (one, other) if len(self.members[one]) >= len(self.members[other]) else (other, one)
        for profile in self.members[drop]:
            self.owner[profile] = keep
        self.members[keep] += self.members.pop(drop)
        for third in self.banned.pop(drop):
            self.banned[third].discard(drop)
            self.banned[third].add(keep)
            self.banned[keep].add(third)
        for third, pairs in self.against.pop(drop).items():
            del self.against[third][drop]
            if third == keep:
                continue
            self.against[keep][third] = self.against[third][keep] = self.against[keep].get(third, []) + pairs
        refused.difference_update([pair for third in self.against[keep] for pair in ((keep, third), (third, keep))])

    def least_of_each(self, profiles: Codes) -> Codes:
        least = {name: min(members) for name, members in self.members.items()}
        return np.array([least[self.owner[int(profile)]] for profile in profiles], dtype=np.int64)
