"""What a city folder gives, and what it lacks: `evidence check`, as plain data.

Nothing is linked or counted here; the report is what the loaders saw, source by source, with the rows set aside
and the cells that became missing counted by column and reason.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl
from pydantic import BaseModel, ConfigDict

from loaders.errors import UserError

if TYPE_CHECKING:
    from loaders.city import City

# Source -> (what it gives, what asking for it would be worth where it is absent).
WORTH: dict[str, tuple[str, str]] = {
    "cases": (
        "which dwellings are complained of, and when",
        "without it there is nothing to screen but the dwellings of the city (--all-addresses)",
    ),
    "vehicle_log": (
        "which vehicles stood there, on which nights, and when somebody looked and saw none",
        "without it no night can be proved: ask the complainant for every night watched, empty ones included",
    ),
    "dmv_registrations": (
        "whose the vehicles are, and who gives the dwelling as home address",
        "without it vehicles have no owners: ask for the plates that were logged",
    ),
    "lease_disclosures": (
        "who is on the lease, and who declared to be one family",
        "without it nobody is shown to be a tenant: send the disclosure notice, often the most telling answer",
    ),
    "utility_billing": (
        "who pays for water or power, and since when",
        "without it one independent list of names is missing: worth asking where the lease is silent",
    ),
    "utility_usage": (
        "how much water or power was used, month by month",
        "without it usage cannot hint at the number of persons: worth little in a single case",
    ),
    "university_addresses": (
        "which students give the dwelling as local address",
        "without it unlisted students stay unseen: worth asking in a college town, with the date of each update",
    ),
    "assessor": (
        "bedrooms, zone, owner, owner's mailing address, exemptions",
        "without it bedrooms, owner-occupation and exemptions are not known: public, and quick to get",
    ),
}
# Made by this program, not asked of an agency: never missing.
_OWN: dict[str, str] = {"judgements": "what people decided on single links, binding where they stand"}


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Remark(_Plain):
    """So many cells or rows of one column, for one reason, with an example."""

    column: str | None
    reason: str
    number: int
    first_row: int | None
    example: str | None


class SourceCheck(_Plain):
    """One source that was given. `headers`: agency header -> column; `refused_headers`: header -> why.

    `rows_withheld`: records of participants of an address confidentiality programme, which are counted nowhere else;
    null without a list of them, and for the sources of which it is not told.
    """

    source: str
    gives: str
    file: str
    sha256: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_repeated: int
    rows_withheld: int | None
    headers: dict[str, str]
    unplaced_headers: list[str]
    refused_headers: dict[str, str]
    date_formats: dict[str, str]
    notes: list[str]
    quarantined: list[Remark]
    warnings: list[Remark]


class Absent(_Plain):
    source: str
    would_give: str
    worth: str


class Failure(_Plain):
    """A source that could not be read at all; without a source, why the city cannot be screened."""

    source: str | None
    message: str
    exit_code: int


class CheckReport(_Plain):
    """`exit_code` is that of the first failure, 0 when every source given could be read."""

    folder: str
    sources: list[SourceCheck]
    absent: list[Absent]
    failures: list[Failure]
    other_files: list[str]
    exit_code: int


def check_city(city: "City") -> CheckReport:
    """The report of a loaded city."""
    doubts, unlawful = _laws(city)
    failures = [
        Failure(source=failure.source, message=str(failure), exit_code=failure.exit_code)
        for failure in (*city.failures, *unlawful)
    ]
    failed = {failure.source for failure in failures}
    warnings = pl.concat([city.warnings, doubts])
    return CheckReport(
        folder=str(city.folder),
        sources=[_source(city, source, warnings) for source in (*WORTH, *_OWN) if source in city.reports],
        absent=[
            Absent(source=source, would_give=gives, worth=worth)
            for source, (gives, worth) in WORTH.items()
            if source not in city.present and source not in failed
        ],
        failures=failures,
        other_files=list(city.strangers),
        exit_code=failures[0].exit_code if failures else 0,
    )


def _laws(city: "City") -> tuple[pl.DataFrame, list[UserError]]:
    """A warning for each case that names a rule pack which cannot be used; and why the city's own cannot."""
    from evidence.named_packs import by_pack, doubts, packs_of

    try:
        packs_of(city, ())
        parts = [doubts(city, cases) for _, cases in by_pack(city.frame("cases"), None, city)]
    except UserError as error:
        return city.warnings.clear(), [error]
    return pl.concat([city.warnings.clear(), *parts]), []


def _source(city: "City", source: str, warnings: pl.DataFrame) -> SourceCheck:
    report = city.reports[source]
    frame = city.frame(source)
    return SourceCheck(
        source=source,
        gives=WORTH[source][0] if source in WORTH else _OWN[source],
        file=str(report.file),
        sha256=report.sha256,
        rows_read=report.rows_read,
        rows_accepted=report.rows_accepted,
        rows_quarantined=report.rows_quarantined,
        rows_withheld=report.rows_withheld,
        rows_repeated=frame.get_column("duplicate_of").drop_nulls().len(),
        headers=dict(report.headers),
        unplaced_headers=list(report.unplaced_headers),
        refused_headers=dict(report.refused_headers),
        date_formats=dict(report.date_formats),
        notes=list(report.notes),
        quarantined=_remarks(city.quarantine, source),
        warnings=_remarks(warnings, source),
    )


def _remarks(frame: pl.DataFrame, source: str) -> Sequence[Remark]:
    """Rows of a quarantine or warnings frame by column and reason, most frequent first."""
    counted = (
        frame.filter(pl.col("source") == source)
        .sort("row", "column", "reason")
        .group_by("column", "reason", maintain_order=True)
        .agg(number=pl.len(), first_row=pl.col("row").first(), example=pl.col("value").first())
        .sort("number", "column", "reason", descending=[True, False, False])
    )
    return [Remark.model_validate(row) for row in counted.iter_rows(named=True)]
