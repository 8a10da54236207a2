"""What the forms need of a case beside its summary: its row of the case file, and the assessor's of its dwelling."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from evidence.render.words import rows_words
from evidence.rules.pack import RulePack
from evidence.summary_model import Naming, SourceRow, Summary
from loaders.city import City


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as its forms see it. case, assessor: rows as loaded, by column; assessor is empty where there is none."""

    summary: Summary
    pack: RulePack
    case: Mapping[str, Any]
    assessor: Mapping[str, Any]

    def given(self, source: str) -> bool:
        """Was the source there to be searched?"""
        return any(each.source == source for each in self.summary.provenance.inputs)

    @property
    def limited(self) -> bool:
        """Does a limit apply to the dwelling? Of one that is exempt no probability of exceeding it is given."""
        return self.summary.finding != "exempt"

    def namings(self, source: str) -> list[tuple[str, Naming]]:
        """Who is named at this dwelling by a source: the person's name, and the row as written, by row."""
        found = [
            (person.display_name or person.person_id, naming)
            for person in self.summary.persons
            for naming in person.named_by
            if naming.row.source == source and " here" in naming.says
        ]
        return sorted(found, key=lambda each: (each[1].row.row, each[1].row.field or "", each[0]))

    @property
    def on_lease(self) -> list[str]:
        """Names on the lease in force, as the summary displays them."""
        return sorted(p.display_name for p in self.summary.persons if p.on_lease and p.display_name)

    @property
    def notice_sent_on(self) -> date | None:
        sent: date | None = self.case.get("notice_sent_on")
        return sent

    @property
    def disclosure_received_on(self) -> date | None:
        received: date | None = self.case.get("disclosure_received_on")
        return received


def case_facts(city: City, dwellings: pl.DataFrame, summary: Summary, pack: RulePack) -> CaseFacts:
    """Gather them. dwellings: `Dwellings.table`."""
    cases = city.frame("cases").filter((pl.col("case_id") == summary.case_id) & pl.col("duplicate_of").is_null())
    rows = dwellings.filter(pl.col("dwelling_id") == (summary.dwelling_id or ""))["assessor_row"].drop_nulls()
    assessor = city.frame("assessor").filter(pl.col("row").is_in(rows.implode()))
    return CaseFacts(
        summary=summary,
        pack=pack,
        case=cases.row(0, named=True),
        assessor=assessor.row(0, named=True) if assessor.height else {},
    )


def rows_text(rows: list[SourceRow]) -> str:
    """`vehicle_log rows 17, 18`."""
    return "; ".join(f"{source} {numbers}" for source, numbers, _ in rows_words(rows))
