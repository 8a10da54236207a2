"""What of the agency's own files is past its time: listed for their custodian, never touched by this program.

Rows of closed cases by the case's clock; extracts of whole registers by the age of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from evidence.store.database import Store
from evidence.store.people import StoredCase, all_cases
from evidence.store.retention import keep_days
from loaders.city import City

BY_CASE: Final = ("vehicle_log", "lease_disclosures")
BY_FILE: Final = ("dmv_registrations", "utility_billing", "utility_usage", "university_addresses")


@dataclass(frozen=True, slots=True)
class DueRows:
    """Rows past their time, by 1-based number, or a whole file where there are none; held: by a legal hold."""

    source: str
    file: str
    case_id: str | None
    rows: tuple[int, ...]
    since: str
    held: bool


def due_rows(store: Store, city: City) -> list[DueRows]:
    """What of a city's files is past its time today; city: loaded with at least `BY_CASE`."""
    today = date.fromisoformat(store.today())
    cases = {case.case_id: case for case in all_cases(store)}
    by_case = [one for source in BY_CASE for one in _of_cases(city, source, cases, today)]
    return [*by_case, *(one for source in BY_FILE for one in _of_file(city.folder, source, today))]


def _of_cases(city: City, source: str, cases: Mapping[str, StoredCase], today: date) -> list[DueRows]:
    if source not in city.present:
        return []
    until = (today - timedelta(days=keep_days(f"source.{source}"))).isoformat()
    rows = city.frame(source).drop_nulls("case_id").group_by("case_id").agg(pl.col("row").sort()).sort("case_id")
    found = []
    for case_id, numbers in rows.iter_rows():
        case = cases.get(case_id)
        if case is not None and case.closed_seen_on is not None and case.closed_seen_on < until:
            file = city.reports[source].file
            found.append(DueRows(source, file, case_id, tuple(numbers), case.closed_seen_on, case.held))
    return found


def _of_file(folder: Path, source: str, today: date) -> list[DueRows]:
    until = (today - timedelta(days=keep_days(f"source.{source}"))).isoformat()
    found = []
    for path in sorted(folder.glob(f"{source}.*")):
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
        if changed < until:
            found.append(DueRows(source, path.name, None, (), changed, held=False))
    return found
