"""Pairs -> clusters: best link first, never across what cannot be one person.

Two profiles are kept apart for good when a paper names them side by side (in a city whose papers name a person once,
which is learned), or one is Jr and the other Sr.
A pair that by itself speaks against a match on a name or date that both give counts against joining their clusters
with the bits of that contradiction: `JOHN - J - JAMES` does not become one man through the initial, but a garbled
name with the right birth date and address still joins its owner's other names.
"""

from dataclasses import dataclass

import networkx as nx
import numpy as np
import polars as pl

from matchers.blocking import pairs_of_groups
from matchers.coded import Codes, contains
from matchers.comparison import level
from matchers.settings import LinkSettings

CLUSTERED_BY = ("match_weight_bits", "p_match", "against_bits", "contrary")  # what `cluster` asks of a pair
CONTRARY_FEATURES = ("given", "family", "dob", "suffix", "identifier")  # of which one may differ plainly
FEW = 10_000  # profiles of a case and its surroundings: told by networkx before scipy is loaded
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
    two_on_one_paper = (pl.col("bits_document") <= CONTRARY_BITS) & ~repeated
    junior_and_senior = (pl.col("suffix") == level("suffix", "different")) & ~same_date
    impossible = two_on_one_paper | (junior_and_senior & ~same_identifier)
    against = (pl.col("match_weight_bits") < 0) & contrary() & ~same_identifier
    bits = pl.when(impossible).then(float("inf")).when(against).then(-_weakest()).otherwise(0.0)
    return scored.select(bits.alias("against_bits")).to_series()


def _weakest() -> pl.Expr:
    return pl.min_horizontal(f"bits_{feature}" for feature in CONTRARY_FEATURES)


def contrary() -> pl.Expr:
    """Whether some feature that both sides give differs plainly."""
    return _weakest() <= CONTRARY_BITS


def components(size: int, left: Codes, right: Codes) -> Codes:
    """Number of each profile's connected component, in order of the least profile of each."""
    if size <= FEW:
        graph = nx.empty_graph(size)
        graph.add_edges_from(zip(left.tolist(), right.tolist(), strict=True))
        labels = np.empty(size, dtype=np.int64)
        for number, members in enumerate(nx.connected_components(graph)):
            labels[list(members)] = number
        return labels
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


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


def pairs_inside(labels: Codes, compared: pl.DataFrame) -> pl.DataFrame:
    """left < right, sorted: every pair of profiles of one component of three or more that is not among those compared
    (left, right)."""
    grouped = np.where(np.bincount(labels, minlength=1)[labels] >= 3, labels, -1).astype(np.int32)
    asked = pl.Series(pairs_of_groups(grouped)).sort().to_numpy()
    left, right = (compared[side].to_numpy() for side in ("left", "right"))
    of_left = grouped[left]
    inside = np.flatnonzero((of_left >= 0) & (of_left == grouped[right]))  # a fraction of those compared
    known = pl.Series(left[inside].astype(np.int64) << 32 | right[inside]).sort().to_numpy()
    missing = asked[~contains(known, asked)]
    return pl.DataFrame({"left": (missing >> 32).astype(np.uint32), "right": missing.astype(np.uint32)})


def cluster(labels: Codes, scored: pl.DataFrame, order: Codes, settings: LinkSettings) -> Codes:
    """Cluster number (= its least profile) of each profile.

    scored: every pair inside a component (left, right and CLUSTERED_BY). order: the profiles in an order of their own,
    which settles ties. A component with nothing against it is a cluster as it is. In the others links are taken best
    first, and a link joins two clusters only where its bits exceed the most that any pair across them puts against it.
    A contradiction that one of the clusters already holds within itself (two surnames, one birth date) is not held
    against a third paper.
    """
    left = scored["left"].to_numpy()
    disputed = np.zeros(int(labels.max(initial=-1)) + 1, dtype=np.bool_)
    disputed[labels[left[scored["against_bits"].to_numpy() > 0]]] = True
    smallest = np.full(len(disputed), len(labels), dtype=np.int64)
    np.minimum.at(smallest, labels, np.arange(len(labels)))
    result = smallest[labels]
    if disputed.any():
        profiles = np.flatnonzero(disputed[labels])
        rank = np.argsort(order)
        merging = _Merging.of(profiles, scored.filter(pl.Series(disputed[labels[left]])), rank, settings)
        result[profiles] = merging.least_of_each(profiles)
    return np.asarray(result)


Contradiction = tuple[int, int, float]  # two profiles and the bits that they put against being one person


@dataclass(frozen=True, slots=True)
class _Merging:
    """Clusters under way. Every cluster is named after one of its profiles; the larger one keeps its name."""

    owner: dict[int, int]  # profile -> cluster
    members: dict[int, list[int]]
    against: dict[int, dict[int, float]]  # cluster -> other -> the most bits that stand against joining the two
    explicable: dict[int, dict[int, list[Contradiction]]]  # the same for contradictions that a member may explain
    unlike: dict[int, list[int]]  # profile -> those of one person that differ as plainly: she changed her name
    linked: set[int]  # pairs (x * 2^32 + z) likelier one person than not, where z is unlike somebody

    @staticmethod
    def of(profiles: Codes, rows: pl.DataFrame, rank: Codes, settings: LinkSettings) -> "_Merging":
        names = profiles.tolist()
        unlike: dict[int, list[int]] = {}
        for a, b in rows.filter((pl.col("against_bits") == 0) & pl.col("contrary")).select("left", "right").iter_rows():
            unlike.setdefault(a, []).append(b)
            unlike.setdefault(b, []).append(a)
        against: dict[int, dict[int, float]] = {name: {} for name in names}
        explicable: dict[int, dict[int, list[Contradiction]]] = {name: {} for name in names}
        held = rows.filter(pl.col("against_bits") > 0).select("left", "right", "against_bits")
        for a, b, bits in zip(*(column.to_list() for column in held), strict=True):
            if (a in unlike or b in unlike) and bits < np.inf:
                explicable[a][b] = explicable[b][a] = [(a, b, bits)]
            else:
                against[a][b] = against[b][a] = bits
        doubted = pl.Series(sorted(unlike), dtype=pl.UInt32)
        likely = rows.filter(pl.col("match_weight_bits") > 0).select(pl.col("left", "right").cast(pl.UInt64))
        linked: set[int] = set()
        for x, z in (("left", "right"), ("right", "left")):
            near = likely.filter(pl.col(z).is_in(doubted.implode()))
            linked.update(near.select(pl.col(x) * 2**32 + pl.col(z)).to_series().to_list())
        members = {name: [name] for name in names}
        merging = _Merging(dict(zip(names, names, strict=True)), members, against, explicable, unlike, linked)
        links = rows.filter((pl.col("against_bits") == 0) & (pl.col("p_match") >= settings.link_at_p))
        ranks = [rank[links[side].to_numpy()] for side in ("left", "right")]
        ties = (pl.Series("one", np.minimum(*ranks)), pl.Series("other", np.maximum(*ranks)))
        links = links.with_columns(ties).sort(["match_weight_bits", "one", "other"], descending=[True, False, False])
        merging._take(*(links[name].to_list() for name in ("left", "right", "match_weight_bits")))
        return merging

    def _take(self, left: list[int], right: list[int], weights: list[float]) -> None:
        owner, against = self.owner, self.against
        refused: dict[tuple[int, int], int] = {}  # two clusters -> their size: refused again until one of them grows
        for a, b, bits in zip(left, right, weights, strict=True):
            one, other = owner[a], owner[b]
            if one == other or against[one].get(other, 0.0) >= bits:
                continue
            held = self.explicable[one].get(other)
            if held is not None:
                size = len(self.members[one]) + len(self.members[other])
                if refused.get((one, other)) == size:
                    continue
                if any(pair[2] >= bits and not self._explained(pair) for pair in held):
                    refused[one, other] = refused[other, one] = size
                    continue
            self._join(one, other)

    def _explained(self, pair: Contradiction) -> bool:
        """Whether the cluster of one of the two holds a paper that differs from it as plainly, and is the other's."""
        return self._answers(pair[0], pair[1]) or self._answers(pair[1], pair[0])

    def _answers(self, x: int, y: int) -> bool:
        mine = self.owner[y]
        return any(self.owner[z] == mine and x * 2**32 + z in self.linked for z in self.unlike.get(y, ()))

    def _join(self, one: int, other: int) -> None:
        keep, drop = (one, other) if len(self.members[one]) >= len(self.members[other]) else (other, one)
        for profile in self.members[drop]:
            self.owner[profile] = keep
        self.members[keep] += self.members.pop(drop)
        ours = self.against[keep]
        for third, bits in self.against.pop(drop).items():
            theirs = self.against[third]
            del theirs[drop]
            if third != keep and ours.get(third, 0.0) < bits:
                ours[third] = theirs[keep] = bits
        for third, pairs in self.explicable.pop(drop).items():
            beside = self.explicable[third]
            del beside[drop]
            if third != keep:
                self.explicable[keep][third] = beside[keep] = self.explicable[keep].get(third, []) + pairs

    def least_of_each(self, profiles: Codes) -> Codes:
        least = {name: min(members) for name, members in self.members.items()}
        return np.array([least[self.owner[profile]] for profile in profiles.tolist()], dtype=np.int64)
