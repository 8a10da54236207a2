"""Outside record-linkage sets as city folders: the same records as rows of leases, registrations, student lists, bills.

Everything between a file and a person then takes part (headers, dates, names in one cell, addresses in one line), and
so does what the engine takes for granted of a source: one lease does not name a person twice, a student keeps one
number. These sets break both, as a folder of unknown making may.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.person_cases import febrl_files


@dataclass(frozen=True, slots=True)
class OutsideRecord:
    """One record of an outside set. Texts as given, empty where the set has none; records of one `truth` are one."""

    truth: str
    name: str
    address: str
    born: str


Layout = Callable[[int, OutsideRecord], dict[str, str]]


def _lease(_: int, record: OutsideRecord) -> dict[str, str]:
    return {
        "address": record.address,
        "name": record.name,
        "role": "tenant",
        "date_of_birth": record.born,
        "signed_on": "2022-08-01",
    }


def _registration(number: int, record: OutsideRecord) -> dict[str, str]:
    letters = "".join(chr(ord("A") + number // 1000 // 26**place % 26) for place in (2, 1, 0))
    return {
        "plate": f"{letters}{number % 1000:03d}",
        "plate_state": "CO",
        "owner_name": record.name,
        "owner_address": record.address,
        "owner_dob": record.born,
        "registered_from": "2022-06-01",
    }


def _student(number: int, record: OutsideRecord) -> dict[str, str]:
    return {
        "student_id": f"S{number}",
        "name": record.name,
        "address": record.address,
        "address_type": "local",
        "date_of_birth": record.born,
        "updated_on": "2022-09-01",
    }


def _bill(number: int, record: OutsideRecord) -> dict[str, str]:
    return {
        "account_id": f"A{number}",
        "service_address": record.address,
        "billing_name": record.name,
        "service_from": "2022-06-01",
    }


LAYOUTS: dict[str, Layout] = {
    "lease_disclosures": _lease,
    "dmv_registrations": _registration,
    "university_addresses": _student,
    "utility_billing": _bill,
}


def write_city(folder: Path, files: Sequence[tuple[str, Sequence[OutsideRecord]]]) -> pl.DataFrame:
    """Write a city with one open case; files: (source, its records), a source once. Returns source, row, truth."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = []
    for source, records in files:
        rows = [LAYOUTS[source](number, record) for number, record in enumerate(records, start=1)]
        pl.DataFrame(rows).write_csv(folder / f"{source}.csv")
        truth += [(source, number, record.truth) for number, record in enumerate(records, start=1)]
    subject = next(record.address for _, records in files for record in records if record.address)
    case = {"case_id": "C1", "subject_address": subject, "opened_on": "2023-03-01", "status": "open"}
    pl.DataFrame([case]).write_csv(folder / "cases.csv")
    return pl.DataFrame(truth, schema={"source": pl.String, "row": pl.UInt32, "truth": pl.String}, orient="row")


def shuffled_among(
    sources: Sequence[str], records: Sequence[OutsideRecord]
) -> list[tuple[str, Sequence[OutsideRecord]]]:
    """The records dealt out to the sources in turn, whatever person they are of."""
    return [(source, records[place :: len(sources)]) for place, source in enumerate(sources)]


def febrl_records(number: int) -> list[list[OutsideRecord]]:
    """The file of FEBRL 3 or the two files of FEBRL 4."""
    return [list(_febrl(frame)) for frame in febrl_files(number)]


def _febrl(frame: pl.DataFrame) -> Iterator[OutsideRecord]:
    for row in frame.with_columns(pl.all().fill_null("")).iter_rows(named=True):
        line = " ".join(filter(None, (row["street_number"], row["address_1"])))
        place = ", ".join(filter(None, (line, row["address_2"], row["suburb"])))
        day = row["date_of_birth"]
        yield OutsideRecord(
            truth=row["rec_id"].split("-")[1],
            name=" ".join(filter(None, (row["given_name"], row["surname"]))),
            address=f"{place} {row['state'].upper()} {row['postcode']}".strip(),
            born=f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else "",
        )
