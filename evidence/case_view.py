"""One case out of a run: the frames a summary is written from, filtered once."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from evidence.assess import Assessment
from evidence.case_numbers import CaseNumbers
from evidence.linkage import Linked
from evidence.ranking import ranked
from evidence.row_sums import mean_number
from evidence.summary_model import SourceRow
from loaders.city import City
from loaders.overlay import CASE_FOLDER
from matchers.ordered_sums import grouped_sum


@dataclass(frozen=True, slots=True)
class CaseView:
    """Frames of one case. `case`: its canonical row as a dict; `index`: its position in `numbers`; `slots`: its
    candidates of the fullest situation with p_occupant; `likeliest`: each candidate in the situation where he or she
    is likeliest to live there; `persons`: its rows of `persons_table`.
    """

    city: City
    linked: Linked
    assessment: Assessment
    numbers: CaseNumbers
    case_id: str
    index: int
    case: dict[str, Any]
    dwelling_id: str | None
    dwelling: dict[str, Any]
    window_from: date
    window_to: date
    situation: int
    persons: pl.DataFrame
    slots: pl.DataFrame
    likeliest: pl.DataFrame
    levels: pl.DataFrame
    mentions: pl.DataFrame
    vehicles: pl.DataFrame
    operators: pl.DataFrame
    proved: pl.DataFrame
    seen: pl.DataFrame
    watched: pl.DataFrame
    readings: pl.DataFrame
    sightings: pl.DataFrame

    def source_row(self, source: str, row: int, field: str | None = None) -> SourceRow:
        """A pointer to a row of an input file."""
        laid_over = self.city.reports.get(f"{source}{CASE_FOLDER}")
        report = laid_over if laid_over and row >= laid_over.first_row else self.city.reports.get(source)
        if report is None:
            return SourceRow(source=source, file=source, row=row, field=field)
        return SourceRow(source=source, file=report.file, row=row - report.first_row + 1, field=field)

    def log_rows(self, rows: list[int]) -> list[SourceRow]:
        """Pointers to rows of the vehicle log."""
        return [self.source_row("vehicle_log", int(row)) for row in rows]

    def mention_rows(self, mention_ids: list[int]) -> list[SourceRow]:
        """Pointers to the rows of these mentions, in order."""
        chosen = self.mentions.filter(pl.col("mention_id").is_in(mention_ids)).sort("source", "row", "field")
        return [self.source_row(m["source"], m["row"], m["field"]) for m in chosen.iter_rows(named=True)]


def view_case(city: City, linked: Linked, numbers: CaseNumbers, case_id: str, persons: pl.DataFrame) -> CaseView:
    """Gather the frames of one case. persons: `persons_table(numbers)`, made once for all cases."""
    assessment = numbers.assessment
    index = numbers.cases["case_id"].to_list().index(case_id)
    case = numbers.cases.row(index, named=True)
    row = city.distinct("cases").filter(pl.col("case_id") == case_id)
    table = assessment.situations.table.filter(pl.col("case_id") == case_id)
    situation = _fullest(numbers, table)
    mine = pl.col("case_id") == case_id
    presence = assessment.presence
    case_persons = persons.filter(mine)
    candidates = assessment.model.candidates.table.join(table.select("situation"), on="situation", how="semi").join(
        numbers.residence, on=["situation", "slot"]
    )
    people = linked.links.mentions.filter(pl.col("person_id").is_in(case_persons["person_id"].implode()))
    owners = linked.links.mentions.filter(
        (pl.col("source") == "dmv_registrations")
        & pl.col("row").is_in(presence.vehicles.filter(mine)["dmv_row"].drop_nulls().implode())
    )
    facts = linked.dwellings.table.filter(pl.col("dwelling_id") == (case["dwelling_id"] or ""))
    return CaseView(
        city=city,
        linked=linked,
        assessment=assessment,
        numbers=numbers,
        case_id=case_id,
        index=index,
        case=row.row(0, named=True),
        dwelling_id=case["dwelling_id"],
        dwelling=facts.row(0, named=True) if facts.height else {},
        window_from=case["window_from"],
        window_to=case["window_to"],
        situation=situation,
        persons=case_persons,
        slots=candidates.filter(pl.col("situation") == situation),
        likeliest=candidates.sort(
            "person_id", ranked("p_occupant"), "situation", descending=[False, True, False]
        ).unique("person_id", keep="first", maintain_order=True),
        levels=assessment.levels.filter(pl.col("situation").is_in(table["situation"].implode())),
        mentions=pl.concat([people, owners]).unique("mention_id").sort("mention_id"),
        vehicles=presence.vehicles.filter(mine),
        operators=presence.operators.filter(mine),
        proved=presence.nights.proved.filter(mine),
        seen=presence.nights.seen.filter(mine),
        watched=presence.nights.watched.filter(mine),
        readings=linked.vehicles.readings.filter(mine),
        sightings=linked.vehicles.sightings.filter(mine),
    )


def _fullest(numbers: CaseNumbers, table: pl.DataFrame) -> int:
    """The situation of this case with the greatest expected number of named occupants."""
    ours = numbers.residence.filter(pl.col("situation").is_in(table["situation"].implode()))
    means = grouped_sum(ours, ["situation"], "p_occupant").sort(
        ranked("p_occupant"), "situation", descending=[True, False]
    )
    return int(means["situation"][0])


def expected(pmf: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Mean of a distribution over 0..M."""
    return float(mean_number(pmf[None])[0])
