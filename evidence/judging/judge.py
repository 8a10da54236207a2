"""Recording a decision: what was meant, checked against the city as it is, added at the end of the chain."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl

from evidence.errors import NotAvailable, OutputRefused
from evidence.judging.records import FILE, SOURCE, Decision, Judgement, Review, append, chained, last_hash
from evidence.judging.standing import Standing, standings
from loaders.city import City
from loaders.errors import AmbiguousInput, MissingInput, UserError
from matchers.mentions import NAMINGS


def naming_in(city: City, text: str) -> tuple[str, str]:
    """`source:row:field` (with `:part` where one was given) of a naming as somebody writes it, and what its cell says.

    Raises MissingInput where the city has no such row or no name in it, AmbiguousInput where the row names several.
    """
    source, *rest = text.strip().removeprefix("row:").split(":")
    fields = [naming.field for naming in NAMINGS if naming.source == source]
    if not fields:
        known = ", ".join(sorted({naming.source for naming in NAMINGS}))
        raise MissingInput(f"{text!r} names nobody: write SOURCE:ROW or SOURCE:ROW:FIELD, with one of {known}")
    if (
        not rest
        or len(rest) > 3
        or not rest[0].isdecimal()
        or len(rest[0]) > 9
        or (rest[2:] and not rest[2].isdecimal())
    ):
        raise MissingInput(f"{text!r} is no row: write {source}:ROW or {source}:ROW:FIELD", source=source)
    found = city.frame(source).filter(pl.col("row") == int(rest[0]))
    if found.is_empty():
        raise MissingInput(f"{source} has no accepted row {rest[0]}", source=source)
    row = found.row(0, named=True)
    if row["duplicate_of"] is not None:  # a repeated row counts once, as its first
        row = city.frame(source).row(by_predicate=pl.col("row") == row["duplicate_of"], named=True)
    field = rest[1] if len(rest) > 1 else _only_field(row, fields, text)
    if field not in fields or row[field] is None:
        raise MissingInput(f"row {rest[0]} of {source} names nobody in {field!r}", source=source)
    part = f":{int(rest[2])}" if rest[2:] and int(rest[2]) else ""
    return f"{source}:{row['row']}:{field}{part}", str(row[field])


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
) -> Standing:
    """Add a judgement to the city folder's chain and say how its pair now stands.

    at: now, UTC. Raises UserError where the link is none, or the words cannot be kept as they are.
    """
    ends = sorted(naming_in(city, text) for text in link)
    if ends[0][0] == ends[1][0]:
        raise AmbiguousInput(f"{link[0]!r} and {link[1]!r} are the same naming: there is no link to judge")
    (left, left_says), (right, right_says) = ends
    words = (case_id, left, left_says, right, right_says, decision, by.strip(), reason.strip(), review)
    judgement = Judgement(*words, f"{at:%Y-%m-%dT%H:%M:%SZ}")
    with _alone(city.folder):
        known = _recorded(city)
        before = chained(known)
        _check_readable(city, known, judgement)
        append(city.folder / FILE, judgement, last_hash(known))
    return next(one for one in standings([*before, judgement]) if one.pair == judgement.pair)


def _only_field(row: dict[str, object], fields: list[str], text: str) -> str:
    named = [field for field in fields if row[field] is not None]
    if len(named) == 1:
        return named[0]
    raise AmbiguousInput(f"{text!r} names {'several' if named else 'nobody'}: say which of {', '.join(fields)}")


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
