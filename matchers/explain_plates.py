"""Why a logged plate was read so: what was written, every candidate with its bits, and the sightings that voted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from matchers.plate_settings import PlateSettings
from matchers.vehicle_frames import BITS
from matchers.vehicles import Vehicles

BIT_WORDS: Mapping[str, str] = {
    "channel": "how likely this plate is written as it was",
    "prior": "how common such plates are, before any sighting of the case",
    "affinity": "the owner, or kin of the owner, is named at the case",
    "votes": "other sightings of the case point to this plate",
    "state": "the state written, given the plate's state",
    "make": "the make written, given the vehicle's make",
    "model": "the model written, given the vehicle's model",
    "color": "the color written, given the vehicle's color",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One plate that may stand behind a log row. The bits add up to `bits_total`; p_hypothesis is 2^bits_total over
    the sum for the row. `dmv_row` null: a plate that is not in the registry.
    """

    plate: str
    plate_state: str | None
    dmv_row: int | None
    edits: int
    p_match: float
    p_hypothesis: float
    bits: Mapping[str, float]
    bits_total: float


@dataclass(frozen=True, slots=True)
class Voter:
    """Another sighting of the same vehicle."""

    log_row: int
    observed_date: str | None
    read_plate: str | None
    p_vehicle: float


@dataclass(frozen=True, slots=True)
class ReadingExplained:
    """Why one row of the vehicle log was read so. `p_not_registered`: all candidates outside the registry together;
    `p_not_reported`: candidates each below the smallest probability that is reported.
    """

    case_id: str
    log_row: int
    observed: str
    written_plate: str | None
    written_state: str | None
    described: str | None
    read_plate: str | None
    vehicle_id: str | None
    p_vehicle: float | None
    verdict: str
    candidates: tuple[Candidate, ...]
    p_not_registered: float
    p_not_reported: float
    least_reported: float
    voters: tuple[Voter, ...]
    asked_plate: str | None = None


def explain_reading(
    vehicles: Vehicles, vehicle_log: pl.DataFrame, log_row: int, asked_plate: str | None = None
) -> ReadingExplained:
    """Explain a row of the log (one that is in the canonical frame). asked_plate: a plate that the reader has in mind;
    the verdict then says how it fared.
    """
    written = vehicle_log.row(by_predicate=pl.col("row") == log_row, named=True)
    distinct = written["duplicate_of"] or log_row  # a repeated row was seen once
    sighting = vehicles.sightings.row(by_predicate=pl.col("log_row") == distinct, named=True)
    rows = vehicles.readings.filter(pl.col("log_row") == log_row).sort(
        "p_hypothesis", descending=True, maintain_order=True
    )
    candidates = tuple(_candidate(row) for row in rows.iter_rows(named=True))
    mine = vehicles.sightings.filter(
        pl.col("vehicle_id").eq(pl.lit(sighting["vehicle_id"], pl.String)) & (pl.col("log_row") != distinct)
    )
    voters = tuple(
        Voter(r["log_row"], _text(r["observed_date"]), r["read_plate"], r["p_vehicle"])
        for r in mine.sort("log_row").iter_rows(named=True)
    )
    described = " ".join(str(written[c]) for c in ("color", "make", "model") if written[c] is not None)
    when = " ".join(str(part) for part in (written["observed_date"], written["observed_time"]) if part is not None)
    return ReadingExplained(
        case_id=written["case_id"],
        log_row=log_row,
        observed=when,
        written_plate=written["plate"],
        written_state=written["plate_state"],
        described=described or None,
        read_plate=sighting["read_plate"],
        vehicle_id=sighting["vehicle_id"],
        p_vehicle=sighting["p_vehicle"],
        verdict=_verdict(sighting, candidates, asked_plate),
        candidates=candidates,
        p_not_registered=sum(c.p_hypothesis for c in candidates if c.dmv_row is None),
        p_not_reported=max(0.0, 1.0 - sum(c.p_hypothesis for c in candidates)) if candidates else 0.0,
        least_reported=PlateSettings().report_floor,
        voters=voters,
        asked_plate=asked_plate,
    )


def _candidate(row: Mapping[str, Any]) -> Candidate:
    bits = {name.removeprefix("bits_"): float(row[name]) + 0.0 for name in BITS}
    return Candidate(
        plate=row["plate"],
        plate_state=row["plate_state"],
        dmv_row=row["dmv_row"],
        edits=row["edits"],
        p_match=row["p_match"],
        p_hypothesis=row["p_hypothesis"],
        bits=bits,
        bits_total=row["bits_total"],
    )


def _verdict(sighting: Mapping[str, Any], candidates: tuple[Candidate, ...], asked: str | None) -> str:
    if sighting["is_effort"]:
        return "The observer looked and saw no vehicle: there is no plate to read."
    if not candidates:
        if sighting["vehicle_id"] is not None:
            return "No plate was read; make, model and color point to this vehicle of the case."
        return "Too little was written to tell which vehicle it was."
    best = candidates[0]
    how = (
        "as written"
        if best.edits == 0
        else f"{best.edits} character{'s' if best.edits > 1 else ''} off what was written"
    )
    where = f"registration row {best.dmv_row}" if best.dmv_row is not None else "no plate of the registry"
    said = f"Read as {best.plate}, {how}; {where}."
    if asked is None or asked == best.plate:
        return said
    other = next((c for c in candidates if c.plate == asked), None)
    if other is None:
        floor = PlateSettings().report_floor
        return f"{said} {asked} is no candidate worth reporting (less likely than {floor:g})."
    behind = best.bits_total - other.bits_total
    return f"{said} {asked} is {behind:.2f} bits behind: {2 ** min(behind, 60):,.0f} times less likely."


def _text(value: object) -> str | None:
    return None if value is None else str(value)
