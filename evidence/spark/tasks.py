"""What runs in the executors: the functions of the local run on one city, one batch of pairs, one bucket of components.

Every task takes Arrow batches and yields Arrow batches; whole cities go through the shared folder (`store`). Pairs are
numbered as in `matchers.persons`: left < right are profiles of a city. A pattern's code is unsigned there and travels
with the same bits as a signed one.
"""

import socket
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from evidence.access import Access
from evidence.deliver import deliver
from evidence.errors import NotAvailable
from evidence.judging.records import SOURCE as JUDGEMENTS
from evidence.keeping import MadeParts, Parts, Projections
from evidence.pipeline import investigate
from evidence.spark.store import Store
from evidence.write import PROGRAM
from loaders.city import City, load
from loaders.errors import UserError
from matchers.blocking import blocks_by_rule
from matchers.blocking_rules import Skipped, skipped_table
from matchers.clusters import CLUSTERED_BY, cluster
from matchers.dwellings import resolve_dwellings
from matchers.judged import Judged
from matchers.mentions import build_mentions
from matchers.patterns import Patterns, encode
from matchers.persons import People, fit_weights, name_persons
from matchers.scored import Scored
from matchers.settings import DEFAULT as SETTINGS

MEMBERS = "city int, block long, profile int"
EDGES = "city int, left int, right int, code long"
SCORED = f"{EDGES}, match_weight_bits double, p_match double, against_bits double, contrary boolean"
CLUSTERS = "node long, cluster long"
DONE = "city int"

_MEMBERS_BATCH = 1_000_000  # rows of 16 bytes
Batches = Iterator[pa.RecordBatch]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every city, as the options of `evidence screen`."""

    all_addresses: bool = False
    pack: str | None = None
    summaries: int = 0
    access: Access | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the driver hears of a city after its first stage: `error`, where it cannot be screened at all; the sources
    that failed; how many profiles it has."""

    error: UserError | None = None
    failures: tuple[UserError, ...] = ()
    profiles: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """What the driver hears of a city at the end: the folder written, or why there is none."""

    folder: str = ""
    error: UserError | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """Stages (`evidence.keeping`) of a city that other tasks have made, by name; the rest is made here."""

    values: Mapping[str, Any]

    def stage(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str] | None = None,  # noqa: ARG002 - they are of this very city
        settings: Any = None,  # noqa: ARG002
        given: Mapping[type, object] | None = None,  # noqa: ARG002
    ) -> T:
        value = self.values.get(name)
        return value if isinstance(value, kind) else make(of)

    def parts(
        self,
        name: str,
        kind: type[T],
        make: Callable[[City], T],
        *,
        of: City,
        sources: Collection[str],  # noqa: ARG002
        projections: Projections,  # noqa: ARG002 - nothing is written
        settings: Any = None,  # noqa: ARG002
    ) -> Parts[T]:
        return MadeParts(self.stage(name, kind, make, of=of))


@contextmanager
def naming(store: Store, number: int, doing: str) -> Iterator[None]:
    """Say in an error which city it struck, for the one line that the user reads."""
    try:
        yield
    except Exception as error:
        name = store.load(number, "name")
        raise RuntimeError(f"[city {name}: {doing}] {type(error).__name__}: {error}") from error


def prepare(store: Store, batches: Batches) -> Batches:
    """Cities (city, name, folder) -> MEMBERS: load, resolve addresses, read names; the profiles of every block that is
    to be compared. A user's mistake is reported, not raised: trying again would not mend it."""
    for row in _rows(batches):
        number = row["city"]
        store.save(number, "name", row["name"])
        with naming(store, number, "reading it"):
            try:
                city = load(Path(row["folder"]))
            except UserError as error:
                store.save(number, "prepared", Prepared(error=error))
                continue
            dwellings = resolve_dwellings(city)
            people = People.of(build_mentions(city, dwellings), SETTINGS)
            store.save(number, "places", (city, dwellings))
            store.save(number, "people", (people.mentions, people.profiles, people.order))
            store.save(number, "comparer", people.comparer)
            store.save(number, "rank", np.argsort(people.order))
            skipped: dict[str, Skipped] = {}
            for position, (rule, blocks) in enumerate(blocks_by_rule(people.comparer.people, SETTINGS)):
                skipped[rule.name] = blocks.skipped
                yield from _members(number, position, blocks.block, blocks.profile)
            store.save(number, "skipped", skipped_table(skipped, SETTINGS))
            store.save(number, "prepared", Prepared(None, city.failures, len(people.profiles.table)))


def compare(store: Store, batches: Batches) -> Batches:
    """Pairs (city, left, right) -> EDGES: the comparison pattern of each."""
    for number, pairs in _by_city(batches):
        with naming(store, number, "comparing names"):
            ends = pairs.select(pl.col("left", "right").cast(pl.UInt32))
            codes = encode(store.cached(number, "comparer").levels(ends, SETTINGS))
            coded = pairs.select("city", "left", "right").with_columns(_signed(codes))
        yield from coded.to_arrow().to_batches()


def fit_city(store: Store, cities: pa.Table, counts: pa.Table) -> pa.Table:
    """A city and its patterns (city, code, pairs) -> its weights, kept in the shared folder."""
    frame = _frame(counts)
    for number in cities.column("city").to_pylist():
        with naming(store, number, "learning how names agree"):
            each = np.repeat(np.arange(len(frame), dtype=np.int32), frame["pairs"].to_numpy())
            patterns = Patterns.merged([(frame["code"].to_numpy(), each)])
            store.save(number, "weights", fit_weights(_people(store, number), patterns, SETTINGS))
    return cities.select(["city"])


def score(store: Store, batches: Batches) -> Batches:
    """EDGES -> SCORED: the weight of every pair."""
    for number, edges in _by_city(batches):
        with naming(store, number, "weighing pairs"):
            scored = _scored(store, number, edges).frame(CLUSTERED_BY)
            columns = edges.with_columns(scored.select(CLUSTERED_BY))
        yield from columns.to_arrow().to_batches()


def cluster_bucket(store: Store, table: pa.Table) -> pa.Table:
    """The scored pairs of some components (SCORED and label) -> CLUSTERS: components with something against them, cut
    best link first."""
    frame = _frame(table)
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


def finish(store: Store, asked: Asked, batches: Batches) -> Batches:
    """Cities (city, name, folder) -> DONE: persons, plates, rates and answers, written to a folder of this attempt."""
    for row in _rows(batches):
        with naming(store, row["city"], "screening it"):
            store.save(row["city"], "finished", _finish(store, asked, row["city"]))
        yield pa.RecordBatch.from_pydict({"city": pa.array([row["city"]], pa.int32())})


def _refuse_judgements(city: City) -> None:
    """Better no answer than one that does not obey what people decided."""
    if not city.frame(JUDGEMENTS).is_empty():
        raise NotAvailable(
            f"{city.folder} holds judgements on links, which bind only where a city is screened without Spark",
            source=JUDGEMENTS,
        )


def _finish(store: Store, asked: Asked, number: int) -> Finished:
    city, dwellings = store.load(number, "places")
    kept = _part(store, "kept", number, {"left": pl.Int32, "right": pl.Int32, "code": pl.Int64}).sort("left", "right")
    moved = _part(store, "moved", number, {"profile": pl.Int32, "cluster": pl.Int32})
    people = _people(store, number)
    clusters = np.arange(len(people.profiles.table), dtype=np.int64)
    clusters[moved["profile"].to_numpy()] = moved["cluster"].to_numpy()
    weights, skipped = store.load(number, "weights"), store.load(number, "skipped")
    scored = _scored(store, number, kept)
    links = name_persons(people, scored, clusters, weights, skipped, SETTINGS, Judged.nothing(len(clusters)))
    folder = store.city_file(number, f"out-{uuid.uuid4().hex}")  # two attempts may run at once: each writes its own
    try:
        _refuse_judgements(city)
        made = Made({"dwellings": dwellings, "persons": links})
        run = investigate(city, all_addresses=asked.all_addresses, pack=asked.pack, keep=made)
        deliver(run, folder, summaries=asked.summaries, access=asked.access)
    except UserError as error:
        return Finished(error=error)
    return Finished(folder=str(folder))


def _people(store: Store, number: int) -> People:
    mentions, profiles, order = store.load(number, "people")
    return People(mentions, profiles, store.load(number, "comparer"), order)


def _scored(store: Store, number: int, edges: pl.DataFrame) -> Scored:
    pairs = edges.select(pl.col("left", "right").cast(pl.UInt32))
    weights = store.load(number, "weights")
    return Scored.of(pairs, Patterns.of(_unsigned(edges["code"])), weights, SETTINGS)


def _part(store: Store, name: str, number: int, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """A city's part of a frame that Spark wrote by city; no rows where it has none."""
    files = sorted(Path(store.folder(name), f"city={number}").glob("*.parquet"))
    parts = [pl.read_parquet(file, hive_partitioning=False).select(list(schema)) for file in files]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def _members(
    number: int, rule: int, block: np.typing.NDArray[np.int32], profile: np.typing.NDArray[np.int64]
) -> Batches:
    for start in range(0, len(block), _MEMBERS_BATCH):
        part = slice(start, start + _MEMBERS_BATCH)
        blocks = rule << 32 | block[part].astype(np.int64)
        columns = [np.full(len(blocks), number, dtype=np.int32), blocks, profile[part].astype(np.int32)]
        yield pa.RecordBatch.from_arrays([pa.array(column) for column in columns], ["city", "block", "profile"])


def _rows(batches: Batches) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from batch.to_pylist()


def _by_city(batches: Batches) -> Iterator[tuple[int, pl.DataFrame]]:
    """City by city what the batches hold."""
    for batch in batches:
        for (number,), rows in _frame(batch).partition_by("city", as_dict=True, maintain_order=True).items():
            yield number, rows


def _frame(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _signed(codes: pl.Series) -> pl.Series:
    return pl.Series("code", codes.to_numpy().view(np.int64))


def _unsigned(codes: pl.Series) -> pl.Series:
    return pl.Series("code", codes.to_numpy().view(np.uint64))


def probe(store: Store, batches: Batches) -> Batches:
    """What is wrong with this executor, in words; an empty text where it can work for the run."""
    for _ in batches:
        said, ours = "", version(PROGRAM)
        if not store.has(0, "token"):
            said = f"{socket.gethostname()} does not see {store.root}: write to a folder that all machines share"
        elif store.load(0, "token") != ours:
            said = f"{socket.gethostname()} has version {ours} of this program, the driver {store.load(0, 'token')}"
        yield pa.RecordBatch.from_pydict({"said": [said]})
