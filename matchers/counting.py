"""How many distinct persons a group of mentions names, with the 90 % interval that linkage uncertainty leaves."""

import numpy as np
import polars as pl

from matchers.links import PersonLinks

LOW, HIGH = 0.05, 0.95


def count_named(links: PersonLinks, groups: pl.DataFrame) -> pl.DataFrame:
    """Count persons per group.

    groups: group_id (any type), mention_id; a mention may be in several groups. Returns group_id, persons_named
    (clusters, UInt32), low, high (UInt32; 90 % interval), sorted by group_id; a group that names bodies only counts 0.

    The number is clusters + splits - merges. A profile leaves its cluster with probability 1 - p_member (the surest
    profile of a cluster stays); two clusters of the group are one person with the probability of their best pair.
    Both are taken as independent, so each is a Poisson-binomial, summed exactly.
    """
    people = links.mentions.filter(pl.col("kind") == "person").select("mention_id", "person_id", "profile", "p_member")
    members = groups.select("group_id", "mention_id").unique().join(people, on="mention_id")
    profiles = members.group_by("group_id", "person_id", "profile").agg(pl.col("p_member").max())
    named = profiles.group_by("group_id").agg(pl.col("person_id").n_unique().cast(pl.Int64).alias("persons_named"))
    splits = (
        profiles.sort("group_id", "person_id", "p_member", "profile", descending=[False, False, True, False])
        .filter(pl.int_range(pl.len()).over("group_id", "person_id") > 0)
        .select("group_id", pl.lit(1, pl.Int64).alias("step"), (1 - pl.col("p_member")).alias("p"))
    )
    merges = _merges(links.possible_merges, members).select("group_id", pl.lit(-1, pl.Int64).alias("step"), "p")
    events = pl.concat([splits, merges]).filter(pl.col("p") > 1e-6)
    ends = _interval(named, events)
    every = groups.select("group_id").unique()
    return (
        every.join(ends, on="group_id", how="left")
        .with_columns(pl.col("persons_named", "low", "high").fill_null(0).cast(pl.UInt32))
        .sort("group_id")
    )


def _merges(possible: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """group_id, p: possible merges of two persons of one group, in a spanning forest (n persons, n - 1 merges)."""
    here = members.select("group_id", "person_id").unique()
    pairs = (
        possible.join(here, on="person_id")
        .join(here.rename({"person_id": "other_person_id"}), on=["group_id", "other_person_id"])
        .rename({"person_id": "low", "other_person_id": "high"})
    )
    nodes = pl.concat([pairs.select("group_id", pl.col(side).alias("person")) for side in ("low", "high")])
    nodes = nodes.unique().sort("group_id", "person").with_row_index("node")
    edges = (
        pairs.join(nodes.rename({"person": "low", "node": "i"}), on=["group_id", "low"])
        .join(nodes.rename({"person": "high", "node": "j"}), on=["group_id", "high"])
        .sort("p", "i", "j", descending=[True, False, False])
    )
    return edges.filter(pl.Series(_forest(len(nodes), edges["i"].to_list(), edges["j"].to_list()), dtype=pl.Boolean))


def _forest(size: int, left: list[int], right: list[int]) -> list[bool]:
    """Which edges, taken in the order given, join two trees (Kruskal)."""
    parent = list(range(size))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    taken = []
    for a, b in zip(left, right, strict=True):
        root_a, root_b = root(a), root(b)
        taken.append(root_a != root_b)
        parent[root_b] = root_a
    return taken


def _interval(named: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """group_id, persons_named, low, high: the sum of independent steps of +1 or -1, convolved group by group."""
    named = named.sort("group_id").with_row_index("position")
    events = events.join(named.select("group_id", "position"), on="group_id").sort("position", "step", "p")
    events = events.with_columns(pl.int_range(pl.len()).over("position").alias("turn"))
    widest = int(events.group_by("position").len()["len"].max() or 0)  # type: ignore[arg-type]
    mass = np.zeros((len(named), 2 * widest + 1))
    mass[:, widest] = 1.0
    for (_,), turn in events.sort("turn", "position").group_by("turn", maintain_order=True):
        rows, step, p = (turn[name].to_numpy() for name in ("position", "step", "p"))
        before = mass[rows]
        up, down = np.zeros_like(before), np.zeros_like(before)
        up[:, 1:], down[:, :-1] = before[:, :-1], before[:, 1:]
        moved = np.where((step > 0)[:, None], up, down)
        mass[rows] = before * (1 - p)[:, None] + moved * p[:, None]
    total = np.cumsum(mass, axis=1)
    low = (total < LOW - 1e-12).sum(axis=1) - widest
    high = (total < HIGH - 1e-12).sum(axis=1) - widest
    least = np.minimum(named["persons_named"].to_numpy(), 1)
    count = named["persons_named"].to_numpy()
    return named.drop("position").with_columns(
        pl.Series("low", np.maximum(count + low, least)), pl.Series("high", count + high)
    )
