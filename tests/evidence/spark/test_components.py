"""Connected components on Spark are those of the local run, whatever the graph, and are cut as there."""

from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest
from pyspark.sql import SparkSession

from evidence.spark.components import bounded_components, components
from evidence.spark.engine import session
from evidence.spark.linking import Engine
from evidence.spark.store import Store
from matchers import clusters
from matchers.settings import LinkSettings
from tests.evidence.spark.conftest import QUICK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("spark_runs"),
    pytest.mark.filterwarnings("ignore"),  # pyspark leaves sockets to the collector
]
Edges = list[tuple[int, int, float]]


@pytest.fixture(scope="module")
def spark(spark_runs: None) -> Iterator[SparkSession]:  # noqa: ARG001 - asked for first
    with session("local[2]", QUICK, threads=1) as spark:
        yield spark


def random_graph(nodes: int, edges: int, seed: int) -> Edges:
    random = np.random.default_rng(seed)
    ends = random.integers(0, nodes, (edges, 2)).tolist()
    return [(a, b, float(bits)) for (a, b), bits in zip(ends, random.uniform(0, 6, edges), strict=True)]


# Each beside the others in one graph, so that a test is one run.
GRAPHS: dict[str, Edges] = {
    "a chain of 200 in no order": [
        (int(a), int(b), 5.0) for a, b in np.random.default_rng(1).permutation(200)[np.c_[0:199, 1:200]]
    ],
    "a star around the greatest": [(99, leaf, 3.0) for leaf in range(99)],
    "a loop and a double edge": [(1, 1, 2.0), (2, 3, 2.0), (3, 2, 4.0)],
    "sparse": random_graph(400, 220, 2),
    "dense": random_graph(60, 300, 3),
}
APART = 2**32  # as the profiles of two cities


def beside(graphs: dict[str, Edges]) -> Edges:
    return [(at * APART + a, at * APART + b, bits) for at, edges in enumerate(graphs.values()) for a, b, bits in edges]


def test_every_node_has_the_least_of_its_component(spark: SparkSession, tmp_path: Path) -> None:
    edges = [edge[:2] for edge in beside(GRAPHS)]
    frame = spark.createDataFrame(edges, "a long, b long")
    found = {row.node: row.label for row in components(frame, Engine(spark, Store(str(tmp_path))).keep, "c").collect()}
    graph = nx.Graph(edge for edge in edges if edge[0] != edge[1])
    assert found == {node: min(part) for part in nx.connected_components(graph) for node in part}


def test_what_is_too_large_is_cut_as_in_the_local_run(spark: SparkSession, tmp_path: Path) -> None:
    edges = [edge for edge in beside(GRAPHS) if edge[0] != edge[1]]
    frame = spark.createDataFrame(edges, "a long, b long, bits double")
    engine, largest = Engine(spark, Store(str(tmp_path))), 40
    found = {row.node: row.label for row in bounded_components(frame, largest, engine.keep, "b").collect()}
    nodes = sorted({node for edge in edges for node in edge[:2]})
    place = {node: at for at, node in enumerate(nodes)}
    links = pl.DataFrame(
        [(place[a], place[b], bits) for a, b, bits in edges],
        schema=["left", "right", "match_weight_bits"],
        orient="row",
    )
    labels = clusters.bounded_components(len(nodes), links, LinkSettings(max_component=largest))
    least: dict[int, int] = {}
    for node, label in zip(nodes, labels.tolist(), strict=True):
        least.setdefault(label, node)
    assert [found.get(node, node) for node in nodes] == [least[label] for label in labels.tolist()]
    assert len(set(labels.tolist())) > len(GRAPHS), "some component was cut"
