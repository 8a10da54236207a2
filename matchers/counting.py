"""How many distinct persons a group of mentions names, with the 90 % interval that linkage uncertainty leaves."""

import numpy as np
import polars as pl

from matchers.coded import Codes, Floats
from matchers.links import PersonLinks

LOW, HIGH = 0.05, 0.95
LIKELY = 0.5  # a person is counted where she is likelier here than not
SMALLEST = 1e-6  # what is less likely moves no interval


def count_named(links: PersonLinks, groups: pl.DataFrame) -> pl.DataFrame:
    """Count persons per group.

    groups: group_id (any type), mention_id, and `p_here` where it is not certain that the mention is of the group (the
    probability of its address being this one; null: 1). A mention may be in several groups. Returns group_id,
    persons_named (those likelier here than not, UInt32), low, high (UInt32; 90 % interval), sorted by group_id; a
    group that names bodies only counts 0. See `named_distribution` for what is taken to be uncertain.
    """
    named, mass, least = _summed(links, groups)
    total = np.cumsum(mass, axis=1)
    low, high = ((total < at - 1e-12).sum(axis=1) + least for at in (LOW, HIGH))
    counted = named.select("group_id", "persons_named", pl.Series("low", low), pl.Series("high", high))
    every = groups.select("group_id").unique()
    return (
        every.join(counted, on="group_id", how="left")
        .with_columns(pl.col("persons_named", "low", "high").fill_null(0).cast(pl.UInt32))
        .sort("group_id")
    )


def named_distribution(links: PersonLinks, groups: pl.DataFrame) -> pl.DataFrame:
    """group_id, persons (UInt32), probability: the whole distribution of the number of persons, likely values only.

    groups as for `count_named`; one that names bodies only has no rows. The number is persons here + splits - merges.
    A person is here with the probability of the surest of her addresses. A profile leaves its cluster with
    probability 1 - p_member (the surest profile of a cluster stays); two clusters of the group are one person with
    the probability of their best pair. All are taken as independent, so each is a Poisson-binomial, summed exactly.
    """
    named, mass, least = _summed(links, groups)
    row, column = np.nonzero(mass > SMALLEST)
    return named.select("group_id")[row].with_columns(
        pl.Series("persons", column + least[row]).cast(pl.UInt32), pl.Series("probability", mass[row, column])
    )


def _summed(links: PersonLinks, groups: pl.DataFrame) -> tuple[pl.DataFrame, Floats, Codes]:
    """group_id and persons_named, sorted by group_id; the mass of each number, and the number of the first column."""
    people = links.mentions.filter(pl.col("kind") == "person").select("mention_id", "person_id", "profile", "p_member")
    here = pl.col("p_here").fill_null(1.0) if "p_here" in groups.columns else pl.lit(1.0)
    members = groups.with_columns(here.alias("p_here")).join(people, on="mention_id")
    profiles = members.group_by("group_id", "person_id", "profile").agg(pl.col("p_member", "p_here").max())
    persons = profiles.group_by("group_id", "person_id").agg(pl.col("p_here").max())
    likely = pl.col("p_here") >= LIKELY
    named = persons.group_by("group_id").agg(likely.sum().cast(pl.Int64).alias("persons_named")).sort("group_id")
    presence = persons.select(
        "group_id",
        pl.when(likely).then(-1).otherwise(1).cast(pl.Int64).alias("step"),
        pl.when(likely).then(1 - pl.col("p_here")).otherwise("p_here").alias("p"),
    )
    splits = (
        profiles.sort("group_id", "person_id", "p_member", "profile", descending=[False, False, True, False])
        .filter(pl.int_range(pl.len()).over("group_id", "person_id") > 0)
        .select("group_id", pl.lit(1, pl.Int64).alias("step"), ((1 - pl.col("p_member")) * pl.col("p_here")).alias("p"))
    )
    merges = _merges(links.possible_merges, persons).select("group_id", pl.lit(-1, pl.Int64).alias("step"), "p")
    mass, least = _convolved(named, pl.concat([presence, splits, merges]).filter(pl.col("p") > SMALLEST))
    return named, mass, least


def _merges(possible: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """group_id, p: possible merges of two persons of one group, in a spanning forest (n persons, n - 1 merges).

    A merge takes one from the number only where both are here.
    """
    pairs = (
        possible.join(persons, on="person_id")
        .join(
            persons.rename({"person_id": "other_person_id", "p_here": "p_other_here"}),
            on=["group_id", "other_person_id"],
        )
        .rename({"person_id": "low", "other_person_id": "high"})
        .with_columns(pl.col("p") * pl.col("p_here") * pl.col("p_other_here"))
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


def _convolved(named: pl.DataFrame, events: pl.DataFrame) -> tuple[Floats, Codes]:
    """Per row of `named` the mass of persons_named plus independent steps of +1 or -1; the number of column 0.

    At least one person is named where somebody is likely to be: what would go below is put there.
    """
    named = named.with_row_index("position")
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
    count = named["persons_named"].to_numpy()
    floor = widest - count + np.minimum(count, 1)  # column of the least number that can be
    columns = np.arange(mass.shape[1])
    below = (mass * (columns < floor[:, None])).sum(axis=1)
    mass = np.where(columns < floor[:, None], 0.0, mass)
    rows = np.arange(len(mass))
    mass[rows, np.clip(floor, 0, mass.shape[1] - 1)] += below
    return mass, count - widest
