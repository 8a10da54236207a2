"""The vehicles of a case in words: plate and readings, registration, who may drive it, and its nights."""

import polars as pl

from evidence.case_view import CaseView
from evidence.summary_model import Night, Operator, Reading, Vehicle, WatchedNight, Window


def vehicles(view: CaseView) -> list[Vehicle]:
    """Vehicles with most proved nights first."""
    registry = {
        m["row"]: m
        for m in view.mentions.filter(
            (pl.col("source") == "dmv_registrations") & (pl.col("field") == "owner_name")
        ).iter_rows(named=True)
    }
    names = dict(view.persons.select("person_id", "display_name").iter_rows())
    result = []
    ordered = view.vehicles.sort("nights_observed", "sightings", "vehicle_id", descending=[True, True, False])
    for row in ordered.iter_rows(named=True):
        owner = registry.get(row["dmv_row"])
        registered = row["dmv_row"] is not None
        result.append(
            Vehicle(
                vehicle_id=row["vehicle_id"],
                plate=row["plate"],
                plate_state=row["plate_state"],
                description=_description(row),
                p_registered=row["p_registered"],
                registration=view.source_row("dmv_registrations", row["dmv_row"]) if registered else None,
                registered_owner=owner["raw_name"] if owner else None,
                registered_address=_address(view, row["dmv_row"]) if registered else None,
                operators=_operators(view, row["vehicle_id"], names),
                nights_observed=row["nights_observed"],
                nights_window_max=row["nights_window_max"],
                window=Window(from_=row["best_from"], to=row["best_to"]) if row["best_from"] else None,
                nights=_nights(view, row["vehicle_id"]),
                watched=_calendar(view, row["vehicle_id"]),
                readings=_readings(view, row["vehicle_id"]),
            )
        )
    return result


def _description(row: dict[str, object]) -> str:
    words = [str(row[key]) for key in ("color", "make", "model") if row[key]]
    return " ".join(words) or "no description"


def _address(view: CaseView, dmv_row: int) -> str | None:
    found = view.city.frame("dmv_registrations").filter(pl.col("row") == dmv_row)["owner_address"]
    return str(found[0]) if len(found) else None


def _operators(view: CaseView, vehicle_id: str, names: dict[str, str | None]) -> list[Operator]:
    rows = view.operators.filter((pl.col("vehicle_id") == vehicle_id) & (pl.col("probability") >= 0.01))
    total = float(rows["probability"].sum()) or 1.0
    return [
        Operator(
            who=row["who"],
            person_id=row["person_id"],
            display_name=names.get(row["person_id"]) or _owner_name(view, row["person_id"]),
            probability=row["probability"] / total,
            reason=row["reason"],
        )
        for row in rows.iter_rows(named=True)
    ]


def _owner_name(view: CaseView, person_id: str | None) -> str | None:
    """Display name of a registered owner who is no candidate of the case."""
    if person_id is None:
        return None
    found = view.assessment.facts.filter(pl.col("person_id") == person_id)["display_name"]
    return found[0] if len(found) else None


def _nights(view: CaseView, vehicle_id: str) -> list[Night]:
    rows = view.proved.filter(pl.col("vehicle_id") == vehicle_id).sort("night")
    return [Night(night=r["night"], how=r["how"], rows=view.log_rows(r["rows"])) for r in rows.iter_rows(named=True)]


def _calendar(view: CaseView, vehicle_id: str) -> list[WatchedNight]:
    """Every watched night: stayed, seen, or looked for and not seen."""
    mine = pl.col("vehicle_id") == vehicle_id
    proved = set(view.proved.filter(mine)["night"].to_list())
    seen = set(view.seen.filter(mine)["night"].to_list())
    nights = sorted(set(view.watched["night"].to_list()) | seen | proved)
    return [
        WatchedNight(
            night=night,
            state="overnight" if night in proved else "seen" if night in seen else "looked_not_seen",
        )
        for night in nights
    ]


def _readings(view: CaseView, vehicle_id: str) -> list[Reading]:
    """Each logged plate taken for this vehicle, as written."""
    mine = view.sightings.filter(pl.col("vehicle_id") == vehicle_id).select("log_row", "p_vehicle")
    plate = view.vehicles.filter(pl.col("vehicle_id") == vehicle_id)["plate"][0]
    written = view.city.frame("vehicle_log").select(log_row="row", written="plate")
    edits = view.readings.filter(pl.col("plate") == plate).group_by("log_row").agg(pl.col("edits").min())
    rows = (
        mine.join(written, on="log_row", how="left")
        .join(edits, on="log_row", how="left")
        .filter(pl.col("written").is_not_null())
        .sort("log_row")
    )
    return [
        Reading(
            row=view.source_row("vehicle_log", r["log_row"], "plate"),
            written=r["written"],
            taken_for=plate or "",
            p_match=r["p_vehicle"],
            edits=int(r["edits"] or 0),
        )
        for r in rows.iter_rows(named=True)
    ]


def merged_readings(view: CaseView) -> list[tuple[str, list[str], list[int]]]:
    """Vehicles that were logged under several spellings: plate, the spellings, the rows."""
    merged = []
    for row in view.vehicles.sort("vehicle_id").iter_rows(named=True):
        readings = _readings(view, row["vehicle_id"])
        spellings = sorted({r.written.upper().replace(" ", "").replace("-", "") for r in readings})
        if len(spellings) > 1 and row["plate"]:
            merged.append((row["plate"], spellings, [r.row.row for r in readings]))
    return merged
