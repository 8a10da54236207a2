"""Connected components of a graph that no machine holds: alternating large-star and small-star.

Each round hangs every node's neighbours on the least node it knows, first the greater ones, then the lesser ones,
until no edge moves: every component is then a star around its least node. An edge list is all that travels.

Source: Kiveris, Lattanzi, Mirrokni, Rastogi & Vassilvitskii 2014, Connected Components in MapReduce and Beyond (SoCC).
"""

from collections.abc import Callable

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

Keep = Callable[[DataFrame, str], DataFrame]  # a frame and a name for it -> the same, computed and kept


def components(edges: DataFrame, keep: Keep, name: str) -> DataFrame:
    """node, label (the least node of its component) for every node of `edges` (a, b; longs, either order)."""
    stars = keep(
        edges.where("a <> b").select(sf.greatest("a", "b").alias("node"), sf.least("a", "b").alias("label")), name
    )
    signature, turn = _signature(stars), 0
    while True:
        turn += 1
        stars = keep(_small_star(_large_star(stars)), f"{name}-{turn}")
        moved, signature = signature, _signature(stars)
        if moved == signature:
            break
    return stars.unionByName(stars.select(sf.col("label").alias("node"), "label").distinct())


def bounded_components(links: DataFrame, largest: int, keep: Keep, name: str) -> DataFrame:
    """node, label: components over links (a, b, bits); one of more than `largest` nodes is cut at ever higher bits.

    The rule of `matchers.clusters.bounded_components`; only what is too large is joined anew.
    """
    done: list[DataFrame] = []
    threshold, turn = 0.0, 0
    while True:
        labels = keep(components(links, keep, f"{name}-{turn}"), f"{name}-{turn}-labels")
        large = labels.groupBy("label").count().where(sf.col("count") > largest).select("label")
        if large.isEmpty():
            break
        done.append(labels.join(large, "label", "left_anti").select("node", "label"))
        inside = labels.join(large, "label", "left_semi").select(sf.col("node").alias("a"))
        threshold, turn = threshold + 2.0, turn + 1
        links = keep(links.join(inside, "a", "left_semi").where(sf.col("bits") >= threshold), f"{name}-{turn}-links")
    if done:
        for part in done:
            labels = labels.unionByName(part)
        labels = keep(labels, f"{name}-labels")
    return labels


def _large_star(stars: DataFrame) -> DataFrame:
    """Every neighbour greater than a node moves to the least the node knows (itself included)."""
    both = stars.select(sf.col("node").alias("u"), sf.col("label").alias("v")).unionByName(
        stars.select(sf.col("label").alias("u"), sf.col("node").alias("v"))
    )
    least = sf.least("u", sf.min("v").over(Window.partitionBy("u")))
    moved = both.withColumn("least", least).where("v > u")
    return moved.select(sf.col("v").alias("node"), sf.col("least").alias("label")).distinct()


def _small_star(stars: DataFrame) -> DataFrame:
    """A node and its lesser neighbours move to the least of these."""
    least = sf.min("label").over(Window.partitionBy("node"))
    known = stars.withColumn("least", least)
    lesser = known.where("label <> least").select(sf.col("label").alias("node"), sf.col("least").alias("label"))
    return lesser.unionByName(known.select("node", sf.col("least").alias("label"))).distinct()


def _signature(stars: DataFrame) -> tuple[int, int]:
    """Number of edges and a sum over them that another set of edges does not have."""
    row = stars.agg(sf.count("*"), sf.sum(sf.xxhash64("node", "label").cast("decimal(38,0)"))).collect()[0]
    return int(row[0]), int(row[1] or 0)
