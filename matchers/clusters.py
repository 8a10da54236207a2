"""Pairs -> clusters: best link first, never across what cannot be one person.

Two profiles are kept apart for good when a paper names them side by side, or birth dates or Jr and Sr contradict.
A pair that by itself speaks against a match on a name or date that both give counts against joining their clusters
with the bits of that contradiction: `JOHN - J - JAMES` does not become one man through the initial, but a garbled
name with the right birth date and address still joins its owner's other names.
"""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matchers.coded import Codes
from matchers.comparison import level
from matchers.settings import LinkSettings

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
    dates = pl.col("dob").is_in([level("dob", "different"), level("dob", "year")])
    junior_and_senior = (pl.col("suffix") == level("suffix", "different")) & ~same_date
    impossible = two_on_one_paper | ((dates | junior_and_senior) & ~same_identifier)
    against = (pl.col("match_weight_bits") < 0) & contrary() & ~same_identifier
    bits = pl.when(impossible).then(float("inf")).when(against).then(-_weakest()).otherwise(0.0)
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

    scored: every pair inside the components (left, right, match_weight_bits, p_match, against_bits). A component
    with nothing against it is a cluster as it is. In the others links are taken best first, and a link joins two
    clusters only where its bits exceed the most that any pair across them puts against it. A contradiction that one
    of the clusters already holds within itself (two surnames, one birth date) is not held against a third paper.
    """
    left, right = (scored[side].to_numpy().astype(np.int64) for side in ("left", "right"))
    inside = labels[left] == labels[right]
    disputed = np.unique(labels[left[inside & (scored["against_bits"].to_numpy() > 0)]])
    smallest = np.full(int(labels.max(initial=-1)) + 1, len(labels), dtype=np.int64)
    np.minimum.at(smallest, labels, np.arange(len(labels)))
    result = smallest[labels]
    if not len(disputed):
        return np.asarray(result)
    members = {int(profile): [int(profile)] for profile in np.flatnonzero(np.isin(labels, disputed))}
    result[list(members)] = list(members)
    rows = scored.filter(pl.Series(inside & np.isin(labels[left], disputed)))
    against: dict[int, dict[int, float]] = {}
    for a, b, bits in rows.filter(pl.col("against_bits") > 0).select("left", "right", "against_bits").iter_rows():
        against.setdefault(a, {})[b] = bits
        against.setdefault(b, {})[a] = bits
    unlike: set[tuple[int, int]] = set()  # pairs of one person that differ as plainly: she changed her name
    for a, b in rows.filter((pl.col("against_bits") == 0) & contrary()).select("left", "right").iter_rows():
        unlike |= {(a, b), (b, a)}
    linked = set(rows.filter(pl.col("match_weight_bits") > 0).select("left", "right").iter_rows())
    linked |= {(b, a) for a, b in linked}

    def resistance(x: int, y: int, beside_y: list[int]) -> float:
        bits = against.get(x, {}).get(y, 0.0)
        if not 0 < bits < np.inf:
            return bits
        explained = any((z, y) in unlike and (x, z) in linked for z in beside_y)
        return 0.0 if explained else bits

    links = rows.filter((pl.col("against_bits") == 0) & (pl.col("p_match") >= settings.link_at_p)).sort(
        ["match_weight_bits", "left", "right"], descending=[True, False, False]
    )
    for a, b, bits in links.select("left", "right", "match_weight_bits").iter_rows():
        keep, drop = sorted((int(result[a]), int(result[b])))
        if keep == drop:
            continue
        ours, theirs = members[keep], members[drop]
        resisting = (min(resistance(x, y, theirs), resistance(y, x, ours)) for x in ours for y in theirs)
        if max(resisting) >= bits:
            continue
        members[keep] += members.pop(drop)
        result[members[keep]] = keep
    return np.asarray(result)
