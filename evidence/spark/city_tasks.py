"""What runs in the executors on a whole city: before its persons are linked, and after.

A city goes from task to task through the shared folder (`store`), never through the driver.
"""

import socket
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from evidence.access import Access
from evidence.deliver import deliver
from evidence.judging.binding import decisions, judged_pairs
from evidence.keeping import NothingKept
from evidence.linkage import AS_JUDGED, dwellings_of
from evidence.pipeline import investigate
from evidence.spark.batches import Batches, frame_of, naming, rows_of, scored_pairs
from evidence.spark.store import Store
from evidence.write import PROGRAM
from loaders.city import City, load
from loaders.errors import UserError
from matchers.blocking import blocks_by_rule
from matchers.blocking_rules import Skipped, skipped_table
from matchers.dwellings import resolve_dwellings
from matchers.judged import Judged
from matchers.mentions import build_mentions
from matchers.patterns import Patterns
from matchers.persons import People, fit_weights, name_persons
from matchers.settings import DEFAULT as SETTINGS

_MEMBERS_BATCH = 1_000_000  # rows of 16 bytes
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
    that failed; how many profiles it has, and pairs of them on which somebody decided."""

    error: UserError | None = None
    failures: tuple[UserError, ...] = ()
    profiles: int = 0
    judged: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """What the driver hears of a city at the end: the folder written, or why there is none."""

    folder: str = ""
    error: UserError | None = None


@dataclass(frozen=True, slots=True)
class Made(NothingKept):
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


def prepare(store: Store, batches: Batches) -> Batches:
    """Cities (city, name, folder) -> MEMBERS: load, resolve addresses, read names; the profiles of every block that is
    to be compared. A user's mistake is reported, not raised: trying again would not mend it."""
    for row in rows_of(batches):
        number = row["city"]
        store.save(number, "name", row["name"])
        with naming(store, number, "reading it"):
            try:
                people = _read(store, number, Path(row["folder"]))
            except UserError as error:
                store.save(number, "prepared", Prepared(error=error))
                continue
            skipped: dict[str, Skipped] = {}
            for position, (rule, blocks) in enumerate(blocks_by_rule(people.comparer.people, SETTINGS)):
                skipped[rule.name] = blocks.skipped
                yield from _members(number, position, blocks.block, blocks.profile)
            store.save(number, "skipped", skipped_table(skipped, SETTINGS))


def _read(store: Store, number: int, folder: Path) -> People:
    """Who is named in a city, kept in the shared folder with all that later tasks ask of it."""
    city = load(folder)
    decided = decisions(city)
    made = {"dwellings": resolve_dwellings(city)}
    dwellings = dwellings_of(city, Made(made), decided).whole()
    people = People.of(build_mentions(city, dwellings), SETTINGS)
    size = len(people.profiles.table)
    judged = Judged.of(judged_pairs(decided.persons, people.mentions), people.profiles.of_mention, size)
    store.save(number, "places", (city, {**made, AS_JUDGED: dwellings}))
    store.save(number, "people", (people.mentions, people.profiles, people.order))
    store.save(number, "comparer", people.comparer)
    store.save(number, "rank", np.argsort(people.order))
    store.save(number, "judged", judged)
    store.save(number, "prepared", Prepared(None, city.failures, size, len(judged.pairs)))
    return people


def judged_of(store: Store, batches: Batches) -> Batches:
    """Cities (city, name, folder) -> JUDGED: the pairs on which somebody decided."""
    for row in rows_of(batches):
        pairs = store.load(row["city"], "judged").pairs
        city = pl.lit(row["city"], pl.Int32).alias("city")
        ends = pl.col("left", "right").cast(pl.Int32)
        yield from pairs.select(city, ends, "same").to_arrow().to_batches()


def fit_city(store: Store, cities: pa.Table, counts: pa.Table) -> pa.Table:
    """A city and its patterns (city, code, pairs) -> its weights, kept in the shared folder."""
    frame = frame_of(counts)
    for number in cities.column("city").to_pylist():
        with naming(store, number, "learning how names agree"):
            each = np.repeat(np.arange(len(frame), dtype=np.int32), frame["pairs"].to_numpy())
            patterns = Patterns.merged([(frame["code"].to_numpy(), each)])
            store.save(number, "weights", fit_weights(_people(store, number), patterns, SETTINGS))
    return cities.select(["city"])


def finish(store: Store, asked: Asked, batches: Batches) -> Batches:
    """Cities (city, name, folder) -> DONE: persons, plates, rates and answers, written to a folder of this attempt."""
    for row in rows_of(batches):
        with naming(store, row["city"], "screening it"):
            store.save(row["city"], "finished", _finish(store, asked, row["city"]))
        yield pa.RecordBatch.from_pydict({"city": pa.array([row["city"]], pa.int32())})


def _finish(store: Store, asked: Asked, number: int) -> Finished:
    city, places = store.load(number, "places")
    kept = _part(store, "kept", number, {"left": pl.Int32, "right": pl.Int32, "code": pl.Int64}).sort("left", "right")
    moved = _part(store, "moved", number, {"profile": pl.Int32, "cluster": pl.Int32})
    people = _people(store, number)
    clusters = np.arange(len(people.profiles.table), dtype=np.int64)
    clusters[moved["profile"].to_numpy()] = moved["cluster"].to_numpy()
    weights, skipped, judged = (store.load(number, name) for name in ("weights", "skipped", "judged"))
    scored = scored_pairs(store, number, kept)
    links = name_persons(people, scored, clusters, weights, skipped, SETTINGS, judged)
    folder = store.city_file(number, f"out-{uuid.uuid4().hex}")  # two attempts may run at once: each writes its own
    try:
        made = Made({**places, "persons": links})
        run = investigate(city, all_addresses=asked.all_addresses, pack=asked.pack, keep=made)
        deliver(run, folder, summaries=asked.summaries, access=asked.access)
    except UserError as error:
        return Finished(error=error)
    return Finished(folder=str(folder))


def _people(store: Store, number: int) -> People:
    mentions, profiles, order = store.load(number, "people")
    return People(mentions, profiles, store.load(number, "comparer"), order)


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


def probe(store: Store, batches: Batches) -> Batches:
    """What is wrong with this executor, in words; an empty text where it can work for the run."""
    for _ in batches:
        said, ours = "", version(PROGRAM)
        if not store.has(0, "token"):
            said = f"{socket.gethostname()} does not see {store.root}: write to a folder that all machines share"
        elif store.load(0, "token") != ours:
            said = f"{socket.gethostname()} has version {ours} of this program, the driver {store.load(0, 'token')}"
        yield pa.RecordBatch.from_pydict({"said": [said]})
