"""`evidence audit`, what is read off the record: the log, misuse, the audit pack, disclosures, breaches."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evidence.commands.access import StorePlace
from evidence.commands.audit import By, Noted, OfCity, Since, Until, acting, opened_store, verified_against
from evidence.commands.options import day, plain, say

if TYPE_CHECKING:
    from evidence.store.database import Store
    from evidence.store.report import Period

_QUARTER_DAYS = 92


class Audience(StrEnum):
    """For whom a report is."""

    auditor = "auditor"
    council = "council"


class Recipient(StrEnum):
    """Who received a document."""

    owner = "owner"
    occupant = "occupant"
    complainant = "complainant"
    council = "council"
    city_attorney = "city attorney"
    court = "court"
    agency = "agency"
    public = "public"


def log(
    case: Annotated[str | None, typer.Option("--case", metavar="ID", help="Entries of this case only.")] = None,
    of: Annotated[str | None, typer.Option("--of", metavar="NAME", help="Entries of this operator only.")] = None,
    as_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write them to a CSV file instead.")
    ] = None,
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """Show the access record, the newest last. Looking at it is itself an entry.

    Example: evidence audit log --operator "J. Inspector" --store records.sqlite
    """
    from evidence.store.log import append, logged
    from evidence.store.report import access_row

    with opened_store(city, store) as opened:
        who = acting(opened, by)
        append(opened, {"kind": "audit", "action": "log", "operator": who}, {"terms": {"case": case, "of": of}})
        rows = [access_row(one) for one in logged(opened) if _about(one.content, one.details or {}, case, of)]
    if as_csv is not None:
        _write_csv(as_csv, rows)
        say(f"{len(rows):,} entries: {as_csv}")
        return
    for row in rows:
        words = (f"{name}={value!s}" for name, value in row.items() if value is not None and name not in _OWN_PLACE)
        say(plain(f"{row['seq']:>6}  {row['at'][:19]}  {row['kind']}  {'  '.join(words)}"))


_OWN_PLACE = ("seq", "at", "kind", "hash")


def misuse(
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """List uses that ask for a look: own name, same surname, no work on the case, many readers, off hours.

    Each line is a question, not a finding.

    Example: evidence audit misuse --operator "J. Inspector" --store records.sqlite
    """
    from evidence.store.log import append, logged
    from evidence.store.misuse import questions
    from evidence.store.people import all_cases, all_operators

    with opened_store(city, store) as opened:
        append(opened, {"kind": "audit", "action": "misuse", "operator": acting(opened, by)})
        found = questions(logged(opened), all_operators(opened), all_cases(opened), opened.today())
    for one in found:
        entries = f" (entry {', '.join(map(str, one.seq[:10]))})" if one.seq else ""
        say(plain(f"{one.kind}: {f'{one.operator}: ' if one.operator else ''}{one.text}{entries}"))
    say(f"{len(found)} to ask about.")


def report(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="JSON file to write.")],
    audience: Annotated[Audience, typer.Option(help="For an auditor, or numbers for the council.")] = Audience.auditor,
    screening: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="A screening: the council's findings, cases by ZIP code and per dwelling."),
    ] = None,
    sample: Annotated[int, typer.Option(metavar="N", min=0, help="Accesses drawn for the auditor.")] = 25,
    since: Since = None,
    until: Until = None,
    noted: Noted = None,
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """Write the audit pack of a quarter, or the council's numbers with small cells withheld.

    The pack: operators and their last days, counts by purpose and outcome, a sample of accesses with their reasons,
    disclosures, questions about misuse, and whether the record is whole.

    Example: evidence audit report -o quarter.json --operator "J. Inspector" --store records.sqlite
    """
    from evidence.store.log import append, logged
    from evidence.store.people import all_cases
    from evidence.store.report import audit_pack, council_statistics

    with opened_store(city, store) as opened:
        who = acting(opened, by)
        append(opened, {"kind": "audit", "action": "report", "audience": audience.value, "operator": who})
        period = _period(opened, since, until)
        if audience is Audience.auditor:
            made = audit_pack(opened, period, verified_against(opened, noted), sample)
        else:
            screened, dwellings = _screened(screening) if screening is not None else ({}, None)
            made = council_statistics(period, logged(opened), all_cases(opened), screened, dwellings)
    _write(out, (json.dumps(made, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
    say(f"{period.first} to {period.last}: {out}")


def breach(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The operator whose account was misused.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="CSV file to write.")],
    since: Since = None,
    until: Until = None,
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """List every person whose data an operator was shown in a period, with address and state where known.

    Example: evidence audit breach "J. Inspector" -o told.csv --operator "J. Inspector" --store records.sqlite
    """
    from evidence.store.log import append
    from evidence.store.report import people_seen

    with opened_store(city, store) as opened:
        append(opened, {"kind": "audit", "action": "breach", "operator": acting(opened, by), "of": name})
        period = _period(opened, since, until)
        rows = people_seen(opened, name, period)
    _write_csv(out, rows)
    say(f"{len(rows):,} persons in {period.first} to {period.last}: {out}")


def disclose(
    document: Annotated[Path, typer.Argument(metavar="FILE", help="The document that was handed out.")],
    case: Annotated[str, typer.Option("--case", metavar="ID", help="The case_id.")],
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Who received it.")],
    kind: Annotated[Recipient, typer.Option("--kind", help="What the receiver is to the case.")],
    purpose: Annotated[str, typer.Option(metavar="CODE", help="Permitted purpose (`evidence audit purposes`).")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in words.")],
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """Enter into the disclosure register that a document left the unit: to whom, for what purpose, and its SHA-256.

    Example: evidence audit disclose notice.txt --case C-2007-0042 --to "A. Owner" --kind owner \
    --purpose investigation --reason "notice served" --operator "J. Inspector" --store records.sqlite
    """
    from evidence.protection.purposes import purposes
    from evidence.store.register import Disclosure, register
    from loaders.errors import MissingInput

    if purpose not in purposes():
        raise MissingInput(f"{purpose!r:.60} is no permitted purpose; there are {', '.join(purposes())}")
    with opened_store(city, store) as opened:
        who = acting(opened, by)
        entry = register(opened, Disclosure(document, case, to, kind.value, purpose, reason, who))
        say(f"Entry {entry.seq} of the disclosure register: {plain(document.name)} to {plain(to)}")


def _about(content: Any, details: Any, case: str | None, of: str | None) -> bool:
    of_case = case is None or content.get("case") == case or case in details.get("cases", ())
    return of_case and (of is None or content.get("operator") == of)


def _period(store: "Store", since: str | None, until: str | None) -> "Period":
    from datetime import date, timedelta

    from evidence.store.report import Period

    last = day(until, "--to") or date.fromisoformat(store.today())
    first = day(since, "--from") or last - timedelta(days=_QUARTER_DAYS)
    return Period(first.isoformat(), last.isoformat())


def _screened(screening: Path) -> tuple[dict[str, dict[str, int]], dict[str, int] | None]:
    """Cases of a screening by finding, and by ZIP code of the address, so that it shows where cases are opened.

    And the dwellings of the city by ZIP code, where the screening says them.
    """
    import polars as pl

    from evidence.results import NO_ZIP
    from evidence.situations import WITHOUT_CASE
    from loaders.errors import MissingInput

    try:
        found = pl.read_parquet(screening / "screen.parquet", columns=["case_id", "finding", "address"])
        dwellings = json.loads((screening / "run.json").read_bytes()).get("dwellings_by_zip")
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise MissingInput(f"{screening} holds no screening: {error!s:.200}") from error
    found = found.filter(~pl.col("case_id").str.starts_with(WITHOUT_CASE))
    zips = found["address"].str.extract(r"(\d{5})(?:-\d{4})?\s*$").fill_null(NO_ZIP).alias("zip")
    tables = {
        "findings": dict(found["finding"].value_counts().sort("finding").iter_rows()),
        "cases_by_zip": dict(zips.value_counts().sort("zip").iter_rows()),
    }
    return tables, dwellings


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    import polars as pl

    from evidence.write import csv_bytes

    _write(path, csv_bytes(pl.DataFrame(rows, infer_schema_length=None)))


def _write(path: Path, content: bytes) -> None:
    from evidence.atomic import replaced_file
    from evidence.errors import OutputRefused

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced_file(path) as partial:
            partial.touch(mode=0o600)
            partial.write_bytes(content)
    except OSError as error:
        raise OutputRefused(f"{path} cannot be written: {error.strerror or error}") from error
