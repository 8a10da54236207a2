"""A screening on Spark: one city folder, or a folder of them; the tables of each are those of the local run."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evidence.atomic import owned_or_refuse, replaced_folder, scratch_folder
from evidence.progress import Progress
from evidence.spark import batches
from evidence.spark.city_tasks import Asked, Finished, Prepared, finish, prepare
from evidence.spark.engine import probe, session
from evidence.spark.failures import failing
from evidence.spark.linking import Engine, link_persons
from evidence.spark.states import CityFolder, Outcome, cities_of, is_state, owned_state, write_state
from evidence.spark.store import Store
from evidence.write import json_bytes, owned_screening


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Where to run: the master, settings of Spark by name, threads of polars in each task (None: as it chooses)."""

    master: str
    spark: Mapping[str, str]
    threads: int | None = None


def screen_on(
    engine: EngineOptions,
    cities_folder: Path,
    out: Path,
    asked: Asked,
    progress: Progress,
    *,
    force: bool = False,
) -> list[Outcome]:
    """Screen a city folder, or every city of a state folder, and write `out` whole or not at all.

    One city: `out` as `evidence screen` writes it. A state: a folder for each city that could be screened, one list of
    all, and what became of each. Raises UserError (of one city; where no city of a state could be screened, of the
    first), NotAvailable, ClusterFailed; then `out` is as it was.
    """
    cities, owned = cities_of(cities_folder), owned_state if is_state(cities_folder) else owned_screening
    out = Path(os.path.realpath(out))
    owned_or_refuse(out, owned, force=force)
    threads = engine.threads or (1 if len(cities) > 1 else None)  # tasks of many cities fill the cores by themselves
    # beside the output, which must lie where all machines see it, so that a rename is all that is left to do
    with scratch_folder(out, "spark") as shared, ExitStack() as stack:
        with progress.stage("start of Spark"):
            spark = stack.enter_context(session(engine.master, engine.spark, threads))
            store = Store(str(shared))
            probe(spark, store)
        run = Engine(spark, store)
        outcomes = _screened(run, cities, asked, progress)
        errors = [outcome.error for outcome in outcomes if outcome.error is not None]
        if len(errors) == len(outcomes):
            raise errors[0]
        with replaced_folder(out, owned, force=force) as folder, progress.stage("put in place"):
            _put(outcomes, folder, _record(run, engine, progress), state=is_state(cities_folder))
    return outcomes


def _screened(engine: Engine, cities: Sequence[CityFolder], asked: Asked, progress: Progress) -> list[Outcome]:
    store = engine.store
    with progress.stage("read, addresses, names"), failing("reading the cities"):
        rows = engine.cities([(city.number, city.name, str(city.folder)) for city in cities])
        members = engine.keep(rows.mapInArrow(partial(prepare, store), batches.MEMBERS), "members")
    prepared: list[Prepared] = [store.load(city.number, "prepared") for city in cities]
    usable = [city for city, found in zip(cities, prepared, strict=True) if found.error is None]
    finished: dict[int, Finished] = {}
    if usable:
        rows = engine.cities([(city.number, city.name, str(city.folder)) for city in usable])
        profiles, judged = sum(found.profiles for found in prepared), any(found.judged for found in prepared)
        link_persons(engine, rows, members, profiles, progress, judged=judged)
        with progress.stage("plates, rates, answers, tables"), failing("answering the cases"):
            engine.keep(rows.mapInArrow(partial(finish, store, asked), batches.DONE), "finished")
        finished = {city.number: store.load(city.number, "finished") for city in usable}
    return [
        _outcome(city, found, finished.get(city.number, Finished(error=found.error)))
        for city, found in zip(cities, prepared, strict=True)
    ]


def _outcome(city: CityFolder, prepared: Prepared, finished: Finished) -> Outcome:
    folder = None if finished.error else Path(finished.folder)
    return Outcome(city, folder, finished.error, prepared.failures)


def _put(outcomes: Sequence[Outcome], folder: Path, record: Mapping[str, Any], *, state: bool) -> None:
    """Move what the tasks wrote into the new folder; `run.json` also says where and how long it ran."""
    for outcome in outcomes:
        if outcome.folder is None:
            continue
        run = outcome.folder / "run.json"
        run.write_bytes(json_bytes({**json.loads(run.read_bytes()), "engine": record}))
        target = folder / outcome.city.name if state else folder
        target.mkdir(exist_ok=True)
        for path in sorted(outcome.folder.iterdir()):
            path.rename(target / path.name)
    if state:
        write_state(outcomes, folder)


def _record(engine: Engine, options: EngineOptions, progress: Progress) -> dict[str, Any]:
    return {
        "master": options.master,
        "spark": engine.session.version,
        "tasks_at_once": engine.cores,
        "timings_seconds": {stage: round(seconds, 3) for stage, seconds in progress.timings.items()},
    }
