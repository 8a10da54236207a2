"""Evidence for and against, in sentences that each point at rows. Against is never empty: a search that found nothing
says so.
"""

import numpy as np
import polars as pl

from evidence.case_view import CaseView
from evidence.claims import CLAIM_KINDS
from evidence.inference import CLAIMS
from evidence.summary_model import EvidenceItem, SourceRow
from evidence.summary_people import namings
from evidence.summary_vehicles import merged_readings
from evidence.wording import percent

ROWS_SHOWN = 30


def evidence_for(view: CaseView) -> list[EvidenceItem]:
    """What speaks for more occupants than the limit allows."""
    items: list[EvidenceItem] = []
    _add(items, _lease_names(view, against=False))
    words, ending = "is an occupant with a probability of", "; no lease was disclosed"
    if view.persons["on_lease"].any():
        words, ending = f"is not on the disclosed lease and {words}", ""
    for row in view.persons.filter((pl.col("p_occupant") >= 0.5) & ~pl.col("on_lease")).iter_rows(named=True):
        name = row["display_name"] or "A driver whom no source names"
        rows = [n.row for n in namings(view, row["person_id"])][:ROWS_SHOWN]
        strength = "strong" if row["p_occupant"] >= 0.9 else "moderate"
        items.append(
            EvidenceItem(
                text=f"{name} {words} {percent(row['p_occupant'])}{ending}.",
                strength=strength,
                rows=rows or _vehicle_rows(view, row["vehicle_ids"]),
            )
        )
    for row in view.vehicles.filter(pl.col("nights_observed") > 0).sort("vehicle_id").iter_rows(named=True):
        items.append(
            EvidenceItem(
                text=f"Vehicle {row['plate'] or row['vehicle_id']} stood at the dwelling overnight on "
                f"{_counted(row['nights_observed'], 'proved night')}. A car is not a person.",
                strength="proof",
                rows=_vehicle_rows(view, [row["vehicle_id"]]),
            )
        )
    _add(items, _usage(view, high=True))
    _add(items, _claim(view, high=True))
    return items


def evidence_against(view: CaseView) -> list[EvidenceItem]:
    """What speaks for the occupants; at least one item, if only the statement of what was searched."""
    items: list[EvidenceItem] = []
    _add(items, _lease_names(view, against=True))
    _add(items, _merged_plates(view))
    items.extend(_stale_names(view))
    _add(items, _kin(view))
    missed = view.watched.filter(pl.col("settles")).join(view.proved.select("night").unique(), on="night", how="anti")
    if missed.height:
        rows = sorted({int(r) for listed in missed["rows"].to_list() for r in listed})
        items.append(
            EvidenceItem(
                text=f"On {_counted(missed.height, 'watched night')} no vehicle was proved to stay.",
                strength="moderate",
                rows=view.log_rows(rows[:ROWS_SHOWN]),
            )
        )
    _add(items, _usage(view, high=False))
    _add(items, _claim(view, high=False))
    _add(items, _complaint(view))
    if not items:
        searched = ", ".join(sorted(view.city.present))
        items.append(
            EvidenceItem(
                text="Searched for a lease with lawful numbers, misread plates, stale or double listings, kinship, "
                f"watched nights without vehicles and low usage in: {searched}. None was found.",
                strength="context",
                rows=[],
            )
        )
    return items


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _add(items: list[EvidenceItem], item: EvidenceItem | None) -> None:
    if item is not None:
        items.append(item)


def _vehicle_rows(view: CaseView, vehicle_ids: list[str]) -> list[SourceRow]:
    rows = view.sightings.filter(pl.col("vehicle_id").is_in(list(vehicle_ids)))["log_row"].sort().to_list()
    return view.log_rows(rows[:ROWS_SHOWN])


def _merged_plates(view: CaseView) -> EvidenceItem | None:
    """Misread plates: the log seems to show more vehicles than stood there."""
    merged = merged_readings(view)
    if not merged:
        return None
    written = sum(len(spellings) for _, spellings, _ in merged)
    parts = "; ".join(f"{plate} also written {_some(set(spellings) - {plate})}" for plate, spellings, _ in merged)
    rows = sorted({row for _, _, listed in merged for row in listed})
    return EvidenceItem(
        text=f"{written} different plates in the log are taken for {len(merged)} "
        f"vehicle{'s' if len(merged) != 1 else ''}, fewer than the log seems to show: {parts}.",
        strength="moderate",
        rows=view.log_rows(rows[:ROWS_SHOWN]),
    )


def _some(spellings: set[str], most: int = 3) -> str:
    shown = sorted(spellings)[:most]
    more = len(spellings) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _lease_names(view: CaseView, against: bool) -> EvidenceItem | None:
    """The lease in force names so many: more than the unrelated limit speaks for a violation, as few against it."""
    on_lease = view.persons.filter(pl.col("on_lease"))
    most = int(view.numbers.unrelated[view.index])
    if on_lease.is_empty() or most < 0 or (on_lease.height <= most) != against:
        return None
    rows = [
        n.row for p in on_lease["person_id"].to_list() for n in namings(view, p) if n.row.source == "lease_disclosures"
    ]
    return EvidenceItem(
        text=f"The disclosed lease in force names {on_lease.height} person{'s' if on_lease.height != 1 else ''}.",
        strength="strong",
        rows=rows[:ROWS_SHOWN],
    )


def _stale_names(view: CaseView) -> list[EvidenceItem]:
    """Persons whom a list still names and who probably do not live there."""
    items = []
    for row in view.persons.filter((pl.col("p_occupant") < 0.2) & pl.col("display_name").is_not_null()).iter_rows(
        named=True
    ):
        here = [n for n in namings(view, row["person_id"]) if "here" in n.says]
        if here:
            items.append(
                EvidenceItem(
                    text=f"{row['display_name']} is named here by a list but probably does not live here "
                    f"(probability {percent(row['p_occupant'])}).",
                    strength="moderate",
                    rows=[n.row for n in here][:ROWS_SHOWN],
                )
            )
    return items


def _kin(view: CaseView) -> EvidenceItem | None:
    kin = float(view.assessment.model.candidates.kin_1[view.situation])
    members = view.slots.filter((pl.col("member_of") == 1) & (pl.col("p_occupant") >= 0.3))
    if kin <= 0 or members.height < 2:
        return None
    names = ", ".join(str(n) for n in members["display_name"].to_list())
    rows = [n.row for p in members["person_id"].to_list() for n in namings(view, p, limit=3)]
    return EvidenceItem(
        text=f"{names} may be one family (probability {percent(kin)}); a family is lawful whatever its size.",
        strength="moderate",
        rows=rows[:ROWS_SHOWN],
    )


def _usage(view: CaseView, high: bool) -> EvidenceItem | None:
    """Metered usage against the city's median of the same months."""
    usage = view.assessment.model.usage[view.situation]
    known = usage[np.isfinite(usage)]
    if not len(known):
        return None
    ratio = float(np.exp(known.mean()))
    if (high and ratio < 1.3) or (not high and ratio > 0.77):
        return None
    return EvidenceItem(
        text=f"Metered usage is {ratio:.1f} times the city's median of the same months. One household differs "
        "from the next by as much for other reasons.",
        strength="weak",
        rows=_account_rows(view),
    )


def _account_rows(view: CaseView) -> list[SourceRow]:
    best = view.linked.dwellings.best
    texts = best.filter(pl.col("dwelling_id") == (view.dwelling_id or ""))["address_text"]
    rows = view.city.frame("utility_billing").filter(pl.col("service_address").is_in(texts.implode()))["row"].to_list()
    return [view.source_row("utility_billing", int(r)) for r in rows[:ROWS_SHOWN]]


def claims_of(view: CaseView) -> dict[str, float]:
    """What the model takes the complaint to claim: kind (`claims.CLAIM_KINDS`, in order) -> number; empty: nothing."""
    own = view.assessment.situations.table["case_id"].to_numpy() == view.case["case_id"]
    said = view.assessment.model.claims[own]
    told = {kind: said[np.isfinite(said[:, place]), place] for place, kind in enumerate(CLAIM_KINDS)}
    return {kind: float(numbers[0]) for kind, numbers in told.items() if len(numbers)}


def _claim(view: CaseView, high: bool) -> EvidenceItem | None:
    """What the complaint claims, on the side to which it moves the probability; nothing where it claims no number.

    Where a dwelling is exempt nothing moves: then the number itself says on which side of the general limit it lies.
    """
    numbers, i, claimed = view.numbers, view.index, claims_of(view)
    raises = float(numbers.p_over[i]) > float(numbers.left_out.get(CLAIMS, numbers.p_over)[i])
    if numbers.findings[i] == "exempt":
        raises = max(claimed.values(), default=0.0) > int(numbers.unrelated[i])
    if not claimed or raises != high:
        return None
    right = view.assessment.fitted.claim_fits[CLAIM_KINDS.index(next(iter(claimed)))].right
    words = " and ".join(f"{number:g} {kind}" for kind, number in claimed.items())
    return EvidenceItem(
        text=f"The case file claims {words}. Such a number is taken to be about the occupants with a "
        f"chance of {percent(right)}, as this city's cases show; no finding rests on it.",
        strength="weak",
        rows=[view.source_row("cases", view.case["row"], "observations")],
    )


def _complaint(view: CaseView) -> EvidenceItem | None:
    kind = view.case["complaint_type"]
    if kind not in ("anonymous", "phone") or view.case["witness_willing"]:
        return None
    return EvidenceItem(
        text=f"The complaint is {'anonymous' if kind == 'anonymous' else 'by telephone'} and no witness is willing to "
        "testify: the vehicle log has nobody to speak for it.",
        strength="context",
        rows=[view.source_row("cases", view.case["row"], "complaint_type")],
    )


def dwelling_facts(view: CaseView) -> list[str]:
    """What the assessor's roll says of the dwelling."""
    facts = view.dwelling
    lines = []
    for key, words in (
        ("property_type", "Property type: {}"),
        ("bedrooms", "Bedrooms: {}"),
        ("finished_sqft", "Finished area: {:.0f} sq ft"),
        ("basement_finished_sqft", "Finished basement: {:.0f} sq ft"),
        ("year_built", "Built: {}"),
        ("zone", "Zone: {}"),
        ("permitted_use", "Permitted use: {}"),
        ("exemption", "Exemption recorded: {}"),
        ("parcel_id", "Parcel: {}"),
    ):
        if facts.get(key) is not None:
            lines.append(words.format(facts[key]))
    return lines
