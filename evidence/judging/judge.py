"""Recording a decision: what was meant, checked against the city as it is, added at the end of the chain."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl

from evidence.errors import NotAvailable, OutputRefused
from evidence.judging.ends import link_ends
from evidence.judging.records import FILE, SOURCE, Decision, Judgement, Review, append, chained, last_hash
from evidence.judging.standing import Standing, standings
from evidence.keeping import NOTHING_KEPT, Keeping
from evidence.linkage import dwellings_of
from loaders.city import City
from loaders.errors import MissingInput, UserError


def record(
    city: City,
    link: tuple[str, str],
    decision: Decision,
    by: str,
    reason: str,
    *,
    at: datetime,
    case_id: str | None = None,
    review: Review = "single",
    keep: Keeping = NOTHING_KEPT,
) -> Standing:
    """Add a judgement to the city folder's chain and say how its pair now stands.

    link: two ends as `judging.ends` names them; at: now, UTC; keep: where dwellings may be kept from an earlier run.
    Raises UserError where the link is none, or the words cannot be kept as they are.
    """
    (left, left_says), (right, right_says) = link_ends(city, link, lambda: dwellings_of(city, keep).rows("table"))
    words = (case_id, left, left_says, right, right_says, decision, by.strip(), reason.strip(), review)
    judgement = Judgement(*words, f"{at:%Y-%m-%dT%H:%M:%SZ}")
    with _alone(city.folder):
        known = _recorded(city)
        before = chained(known)
        _check_readable(city, known, judgement)
        append(city.folder / FILE, judgement, last_hash(known))
    return next(one for one in standings([*before, judgement]) if one.pair == judgement.pair)


def _recorded(city: City) -> pl.DataFrame:
    """The judgements as they lie in the folder at this moment."""
    report = city.reports.get(SOURCE)
    if report is not None and report.file != FILE:
        raise NotAvailable(f"this city keeps its judgements in {report.file}, where this command cannot add to them")
    if any(failure.source == SOURCE for failure in city.failures):
        raise next(failure for failure in city.failures if failure.source == SOURCE)
    path = city.folder / FILE
    return _read_again(city, pl.read_ndjson(path, infer_schema_length=None)) if path.exists() else city.frame(SOURCE)


def _read_again(city: City, rows: pl.DataFrame) -> pl.DataFrame:
    cases = city.frame("cases").drop("row", "duplicate_of").head(1)
    return City.from_frames({"cases": cases, SOURCE: rows}).frame(SOURCE)


def _check_readable(city: City, known: pl.DataFrame, judgement: Judgement) -> None:
    """The words must come back from the file just as they were given."""
    row = {name: getattr(judgement, name) for name in Judgement.__slots__} | {"previous": None, "sha256": "0"}
    try:
        back = _read_again(city, pl.DataFrame([row], schema=dict.fromkeys(known.columns[2:], pl.String)))
        same = back.height == 1 and all(back[name][0] == getattr(judgement, name) for name in Judgement.__slots__)
    except UserError:
        same = False
    if not same:
        raise MissingInput(
            "a judgement needs a reviewer and a reason in plain words; one of them is blank or unreadable"
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one judgement is added at a time: a second waits for the first."""
    try:
        descriptor = os.open(folder / f".{FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise OutputRefused(f"{folder} cannot be written: {error.strerror or error}") from error
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
