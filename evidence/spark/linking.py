"""The linking of persons as a plan of Spark: blocks -> pairs -> patterns -> weights -> components -> clusters.

No edge and no profile passes through the driver. What `matchers.persons.link_persons` does on arrays is done here
on frames, by the same functions batch by batch where a pair is judged, and by joins where pairs are found:

- Skew. A block is capped by its rule (150 or 60 profiles), before the join and by the count of the local run, so the
  largest key of the join makes 11,175 pairs, whatever the name; cities are spread by block and chunk of profiles.
- Every stage's result is kept in the shared folder, so an executor that dies takes only its running tasks with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from evidence.progress import Progress
from evidence.spark import batches, city_tasks, pair_tasks
from evidence.spark.components import bounded_components
from evidence.spark.failures import failing
from evidence.spark.store import Store
from matchers.judged import JUDGED_BITS
from matchers.settings import DEFAULT as SETTINGS

# Profiles whose pairs are compared in one task: at some ten pairs a profile a million pairs, a second of work, so that
# reading the tables of a city (a second for 600,000 profiles) is not most of it.
MOST_PROFILES, FEWEST_PROFILES = 131_072, 8_192
TASKS_PER_CORE = 4
_PAIR = ["city", "left", "right"]
NODES = 2**32  # profiles of a city are numbered below


@dataclass(frozen=True, slots=True)
class Engine:
    """A session with the shared folder of its run."""

    session: SparkSession
    store: Store

    @property
    def cores(self) -> int:
        """How many tasks run at once."""
        return max(self.session.sparkContext.defaultParallelism, 1)

    def keep(self, frame: DataFrame, name: str) -> DataFrame:
        """Compute a frame and read it from the shared folder from now on."""
        path = self.store.folder(name)
        frame.write.mode("overwrite").parquet(path)
        return self.session.read.schema(frame.schema).parquet(path)

    def cities(self, rows: Sequence[tuple[int, str, str]]) -> DataFrame:
        """city, name, folder: one task a city."""
        frame = self.session.createDataFrame(list(rows), "city int, name string, folder string")
        return frame.repartitionByRange(max(len(rows), 1), "city")


def link_persons(
    engine: Engine, cities: DataFrame, members: DataFrame, profiles: int, progress: Progress, *, judged: bool = False
) -> None:
    """Leave `kept` (pairs by city) and `moved` (profiles whose cluster is another's) in the shared folder.

    members: as from `city_tasks.prepare`. profiles: of all cities. judged: whether somebody decided on a pair of them.
    """
    store, keep = engine.store, engine.keep
    with progress.stage("pairs and their patterns"), failing("comparing names"):
        chunk = min(max(profiles // (TASKS_PER_CORE * engine.cores), FEWEST_PROFILES), MOST_PROFILES)
        edges = keep(_compared(_candidates(members, chunk, profiles // chunk + 1), store), "edges")
    with progress.stage("weights"), failing("learning how names agree"):
        counts = edges.groupBy("city", "code").agg(sf.count("*").alias("pairs"))
        fitted = cities.groupBy("city").cogroup(counts.groupBy("city"))
        keep(fitted.applyInArrow(partial(city_tasks.fit_city, store), batches.DONE), "fitted")
        scored = keep(_scored(edges, store), "scored")
        decided = _Decided.of(engine, cities) if judged else None
        if decided is not None:
            unseen = _scored(_compared(decided.unseen(edges), store), store)
            scored = scored.unionByName(keep(unseen, "unseen"))
    with progress.stage("components"), failing("finding components"):
        linking = (sf.col("p_match") >= SETTINGS.link_at_p) & (sf.col("against_bits") == 0)
        links = scored.where(linking).select(
            _node("left").alias("a"), _node("right").alias("b"), sf.col("match_weight_bits").alias("bits")
        )
        if decided is not None:
            links = links.unionByName(decided.links())
        labels = bounded_components(links, SETTINGS.max_component, keep, "components")
    with progress.stage("clusters"), failing("clustering"):
        among = keep(_labelled(scored, labels), "inside")
        missed = keep(_scored(_compared(_missing(labels, among), store), store), "missed")
        inside = among.unionByName(_labelled(missed, labels))
        if decided is not None:
            inside = keep(inside.mapInArrow(partial(pair_tasks.obey, store), inside.schema), "obeyed")
        clusters = keep(_clusters(inside, labels, store, TASKS_PER_CORE * engine.cores), "clusters")
        _leave(engine, scored.unionByName(missed), clusters, decided)


@dataclass(frozen=True, slots=True)
class _Decided:
    """Pairs of profiles on which somebody decided: city, left, right, same. `matchers.judged` says what follows."""

    pairs: DataFrame

    @staticmethod
    def of(engine: Engine, cities: DataFrame) -> "_Decided":
        pairs = cities.mapInArrow(partial(city_tasks.judged_of, engine.store), batches.JUDGED)
        return _Decided(engine.keep(pairs, "judged"))

    def unseen(self, edges: DataFrame) -> DataFrame:
        """Those that no block proposed."""
        return self.pairs.join(edges.select(*_PAIR), _PAIR, "left_anti")

    def links(self) -> DataFrame:
        """Those that must be one person, as links between nodes."""
        return self.pairs.where("same").select(
            _node("left").alias("a"), _node("right").alias("b"), sf.lit(JUDGED_BITS).alias("bits")
        )

    def apart(self, scored: DataFrame) -> DataFrame:
        """Scored pairs that must not be one person, with a column `apart` that says so, or null."""
        told = self.pairs.where("not same").select(*_PAIR, sf.lit(True).alias("apart"))
        return scored.join(sf.broadcast(told), _PAIR, "left")


def _node(side: str) -> Column:
    """A profile of a city as one number."""
    return sf.col("city").cast("long") * NODES + sf.col(side)


def _city(node: str) -> Column:
    return sf.shiftright(node, 32).cast("int")


def _profile(node: str) -> Column:
    return (sf.col(node) % NODES).cast("int")


def _candidates(members: DataFrame, chunk: int, chunks: int) -> DataFrame:
    """city, left, right: every pair of a block, each once; a chunk of profiles of one city in one task."""
    other = members.select("city", "block", sf.col("profile").alias("right"))
    pairs = members.withColumnRenamed("profile", "left").join(other, ["city", "block"])
    pairs = pairs.where(sf.col("left") < sf.col("right")).withColumn("chunk", sf.expr(f"`left` div {chunk}"))
    spread = pairs.select("city", "chunk", "left", "right").repartition(2 * chunks, "city", "chunk")
    return spread.dropDuplicates(["city", "chunk", "left", "right"])


def _compared(pairs: DataFrame, store: Store) -> DataFrame:
    return pairs.select(*_PAIR).mapInArrow(partial(pair_tasks.compare, store), batches.EDGES)


def _scored(edges: DataFrame, store: Store) -> DataFrame:
    return edges.mapInArrow(partial(pair_tasks.score, store), batches.SCORED)


def _labelled(scored: DataFrame, labels: DataFrame) -> DataFrame:
    """The pairs inside a component, with its label."""
    left = labels.select(sf.col("node").alias("left_node"), "label")
    right = labels.select(sf.col("node").alias("right_node"), sf.col("label").alias("right_label"))
    ends = scored.withColumn("left_node", _node("left")).withColumn("right_node", _node("right"))
    found = ends.join(left, "left_node").join(right, "right_node").where("label = right_label")
    return found.drop("left_node", "right_node", "right_label")


def _missing(labels: DataFrame, among: DataFrame) -> DataFrame:
    """city, left, right: pairs inside a component of three or more that no block proposed."""
    sizes = labels.groupBy("label").count().where("count >= 3").select("label")
    nodes = labels.join(sizes, "label")
    pairs = nodes.withColumnRenamed("node", "one").join(nodes.withColumnRenamed("node", "other"), "label")
    split = pairs.where("one < other").select(
        _city("one").alias("city"), _profile("one").alias("left"), _profile("other").alias("right")
    )
    return split.join(among.select(*_PAIR), _PAIR, "left_anti")


def _clusters(inside: DataFrame, labels: DataFrame, store: Store, buckets: int) -> DataFrame:
    """node, cluster of every node of a component: the component itself, but where something is put against it."""
    disputed = inside.where("against_bits > 0").select("label").distinct()

    def bucket(table: pa.Table) -> pa.Table:  # Spark reads what it is called with off these types
        return pair_tasks.cluster_bucket(store, table)

    cut = (
        inside.join(disputed, "label", "left_semi")
        .groupBy(sf.pmod(sf.xxhash64("label"), sf.lit(buckets)))
        .applyInArrow(bucket, batches.CLUSTERS)
    )
    whole = labels.join(disputed, "label", "left_anti").select("node", sf.col("label").alias("cluster"))
    return whole.unionByName(cut)


def _leave(engine: Engine, scored: DataFrame, clusters: DataFrame, decided: _Decided | None) -> None:
    """What `matchers.persons.name_persons` asks for, by city: pairs of one cluster, pairs with a chance, pairs judged
    apart, and what stands against joining two clusters that such a pair joins."""
    moved = clusters.where("node <> cluster")
    low = moved.select(sf.col("node").alias("left_node"), sf.col("cluster").alias("left_cluster"))
    high = moved.select(sf.col("node").alias("right_node"), sf.col("cluster").alias("right_cluster"))
    ends = scored.withColumn("left_node", _node("left")).withColumn("right_node", _node("right"))
    ends = ends.join(low, "left_node", "left").join(high, "right_node", "left")
    one, other = sf.coalesce("left_cluster", "left_node"), sf.coalesce("right_cluster", "right_node")
    shown = (sf.col("p_match") >= SETTINGS.keep_pair_at_p) | (one == other)
    if decided is not None:
        ends, shown = decided.apart(ends), shown | sf.coalesce("apart", sf.lit(False))
    ends = ends.select(
        "city",
        "left",
        "right",
        "code",
        sf.least(one, other).alias("low"),
        sf.greatest(one, other).alias("high"),
        (sf.col("against_bits") > 0).alias("disputed"),
        shown.alias("shown"),
    )
    ends = engine.keep(ends.where("shown or disputed"), "ends")
    worth = ends.where("shown")
    between = worth.where("low <> high").select("low", "high").distinct()
    held = ends.where("disputed and not shown").join(between, ["low", "high"], "left_semi")
    _by_city(engine, worth.unionByName(held).select("city", "left", "right", "code"), "kept")
    places = moved.select(
        _city("node").alias("city"), _profile("node").alias("profile"), _profile("cluster").alias("cluster")
    )
    _by_city(engine, places, "moved")


def _by_city(engine: Engine, frame: DataFrame, name: str) -> None:
    """Write a frame with a folder for each city, which its last task reads by itself."""
    frame.write.mode("overwrite").partitionBy("city").parquet(engine.store.folder(name))
