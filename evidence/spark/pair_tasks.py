"""What runs in the executors on pairs of names: the functions of the local run on one batch, or some components.

Every task takes Arrow batches and yields Arrow batches (`batches`); what it needs of a city is in the shared folder
(`store`).
"""

import numpy as np
import polars as pl
import pyarrow as pa

from evidence.spark.batches import Batches, by_city, frame_of, naming, scored_pairs, signed
from evidence.spark.store import Store
from matchers.clusters import CLUSTERED_BY, cluster
from matchers.patterns import encode
from matchers.settings import DEFAULT as SETTINGS


def compare(store: Store, batches: Batches) -> Batches:
    """Pairs (city, left, right) -> EDGES: the comparison pattern of each."""
    for number, pairs in by_city(batches):
        with naming(store, number, "comparing names"):
            ends = pairs.select(pl.col("left", "right").cast(pl.UInt32))
            codes = encode(store.cached(number, "comparer").levels(ends, SETTINGS))
            coded = pairs.select("city", "left", "right").with_columns(signed(codes))
        yield from coded.to_arrow().to_batches()


def score(store: Store, batches: Batches) -> Batches:
    """EDGES -> SCORED: the weight of every pair."""
    for number, edges in by_city(batches):
        with naming(store, number, "weighing pairs"):
            weighed = scored_pairs(store, number, edges).frame(CLUSTERED_BY)
            columns = edges.with_columns(weighed.select(CLUSTERED_BY))
        yield from columns.to_arrow().to_batches()


def obey(store: Store, batches: Batches) -> Batches:
    """The scored pairs of components -> the same, with what was decided in place of what was weighed."""
    for number, rows in by_city(batches):
        with naming(store, number, "obeying judgements"):
            told = store.cached(number, "judged").told(rows)
        yield from told.select(rows.columns).to_arrow().to_batches()


def cluster_bucket(store: Store, table: pa.Table) -> pa.Table:
    """The scored pairs of some components (SCORED and label) -> CLUSTERS: components with something against them, cut
    best link first."""
    frame = frame_of(table)
    found = [_clusters(store, number, rows) for (number,), rows in frame.partition_by("city", as_dict=True).items()]
    schema = {"node": pl.Int64, "cluster": pl.Int64}
    return pl.concat([pl.DataFrame(schema=schema), *found]).to_arrow()


def _clusters(store: Store, number: int, rows: pl.DataFrame) -> pl.DataFrame:
    """node, cluster of the components of one city. Profiles are numbered anew, in their order, which changes no choice:
    it is made by weight, by size, and by the order of the whole city (`rank`)."""
    with naming(store, number, "clustering"):
        rows = rows.sort("left", "right")
        profiles = np.unique(np.concatenate([rows["left"].to_numpy(), rows["right"].to_numpy()]))
        left, right = (np.searchsorted(profiles, rows[side].to_numpy()) for side in ("left", "right"))
        labels = np.empty(len(profiles), dtype=np.int64)
        labels[left] = labels[right] = np.unique(rows["label"].to_numpy(), return_inverse=True)[1]
        local = rows.select(
            pl.Series("left", left, dtype=pl.UInt32), pl.Series("right", right, dtype=pl.UInt32), *CLUSTERED_BY
        )
        order = np.argsort(store.cached(number, "rank")[profiles])
        found = profiles[cluster(labels, local, order, SETTINGS)].astype(np.int64)
        city = number << 32
        return pl.DataFrame({"node": city | profiles.astype(np.int64), "cluster": city | found})
