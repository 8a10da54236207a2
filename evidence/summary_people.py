"""The persons of a case in words: who names them, what each listing is worth, and how many nights."""

import math
from typing import Any

import polars as pl

from evidence.candidates import SOURCES
from evidence.case_view import CaseView
from evidence.headcount import Array
from evidence.person_nights import METHODS, PROOF_OPERATOR
from evidence.summary_model import Contribution, GuestDays, Naming, Person, Window
from evidence.window_counts import counts_by_test

LEVEL_WORDS: dict[str, tuple[str, ...]] = {
    "lease_disclosures": (
        "the disclosed lease does not name this person",
        "on the lease in force",
        "on a lease in force, but another household came since it began",
        "on a lease that has ended; no paper shows a household since",
        "on a lease that ended before the present household came",
        "on a lease that begins later only",
    ),
    "utility_billing": (
        "no utility account here in this name",
        "holds a utility account here in the window",
        "holds a utility account here, but another household came since it began",
        "held a utility account here; no paper shows a household since",
        "held a utility account here before the present household came",
        "opens a utility account here later only",
    ),
    "university_addresses": (
        "not in the university's list at this address",
        "gave the university this address since the last lease turn",
        "gave the university this address in the lease year before",
        "gave the university this address after the window, before leases turn again",
        "gave the university this address longer ago",
        "gave the university this address before the present household came",
        "gives this address to the university as permanent home",
        "gave the university this address only after leases had turned again",
    ),
    "dmv_registrations": (
        "no car registered at this address",
        "has registered a car at this address since the present household came",
        "has a car registered at this address",
        "registered a car at this address after the window",
        "a registration at this address has expired",
        "registered a car at this address before the present household came",
        "registered a car at this address only after the next household came",
    ),
    "assessor": (
        "not the recorded owner",
        "recorded owner whose mail goes to this dwelling",
        "recorded owner whose mail goes elsewhere",
    ),
    "vehicle_log": (
        "registers a car here that the watch did not see",
        "a car registered here was seen, few nights likely",
        "a car registered here was seen, thirty nights possible",
        "a car registered here was seen, thirty nights likely",
    ),
    "other_car": (
        "registers a car elsewhere that the watch did not see here",
        "a car of this person was seen, few nights likely",
        "a car of this person was seen, thirty nights possible",
        "a car of this person was seen, thirty nights likely",
    ),
    "unlisted_driver": (
        "known here otherwise than by a car",
        "known here by a car alone, few nights likely",
        "known here by a car alone, thirty nights possible",
        "known here by a car alone, thirty nights likely",
    ),
    "elsewhere": (
        "not listed at another dwelling of the city",
        "listed at another dwelling more recently than here",
        "listed at another dwelling before being listed here",
    ),
}
SAYS = {
    "lease_disclosures": "lease",
    "utility_billing": "utility account",
    "university_addresses": "university list",
    "dmv_registrations": "vehicle registration",
    "assessor": "assessor's roll",
    "cases": "case file",
}


def people(view: CaseView, bits: dict[int, Array], base_bits: float) -> list[Person]:
    """Persons, most probable first. bits: (K, S) by situation of the case; base_bits: before any source is read.

    A person's reasons are those of the part of the window in which he or she is likeliest to live there.
    """
    persons = []
    for row in view.persons.iter_rows(named=True):
        slot = view.likeliest.filter(pl.col("person_id") == row["person_id"])
        contributions = _contributions(view, row, slot, bits, base_bits) if slot.height else []
        persons.append(
            Person(
                person_id=row["person_id"],
                display_name=row["display_name"],
                on_lease=row["on_lease"],
                p_occupant=row["p_occupant"],
                contributions=contributions,
                named_by=namings(view, row["person_id"]),
                vehicles=list(row["vehicle_ids"]),
                guest_days_observed=row["guest_days_observed"],
                guest_days_estimated=row["guest_days_estimated"],
                guest_days_low=row["guest_days_low"],
                guest_days_high=row["guest_days_high"],
            )
        )
    return persons


def _contributions(
    view: CaseView, row: dict[str, object], slot: pl.DataFrame, bits: dict[int, Array], base_bits: float
) -> list[Contribution]:
    facts = slot.row(0, named=True)
    k, situation = int(facts["slot"]), int(facts["situation"])
    items = [
        Contribution(
            text="before any source: the chance that an occupant can be listed at all",
            bits=base_bits,
            rows=[],
        )
    ]
    for index, source in enumerate(SOURCES):
        level = int(facts[source])
        if level < 0:
            continue
        rows = view.levels.filter(
            (pl.col("situation") == situation)
            & (pl.col("person_id") == row["person_id"])
            & (pl.col("source") == source)
        )
        ids = rows["mention_ids"].to_list()[0] if rows.height else []
        items.append(
            Contribution(
                text=LEVEL_WORDS[source][level],
                bits=float(bits[situation][k, index]),
                rows=view.mention_rows([int(i) for i in ids]),
            )
        )
    # What the listings do not say comes from the dwelling as a whole: its size, usage, cars and the other names.
    p = min(max(float(facts["p_occupant"]), 1e-9), 1.0 - 1e-9)
    rest = math.log2(p / (1.0 - p)) - sum(item.bits for item in items)
    items.append(
        Contribution(
            text="the dwelling as a whole: bedrooms, usage, cars, other names, and how many stale ones to expect",
            bits=rest,
            rows=[],
        )
    )
    return items


def namings(view: CaseView, person_id: str, limit: int = 40) -> list[Naming]:
    """Rows that name the person: those at this dwelling first, then others, as written."""
    rows = (
        view.mentions.filter(pl.col("person_id") == person_id)
        .with_columns(here=(pl.col("dwelling_id") == (view.dwelling_id or "")).fill_null(False))
        .sort("here", "source", "row", "field", descending=[True, False, False, False])
        .head(limit)
    )
    return [
        Naming(
            row=view.source_row(m["source"], m["row"], m["field"]),
            text=m["raw_name"],
            p_member=m["p_member"],
            says=_says(m),
        )
        for m in rows.iter_rows(named=True)
    ]


def _says(mention: dict[str, object]) -> str:
    words = SAYS.get(str(mention["source"]), str(mention["source"]))
    place = "here" if mention["here"] else "at another address"
    dates = [f"{label} {mention[key]}" for label, key in (("from", "listed_from"), ("to", "listed_to")) if mention[key]]
    if not dates and mention["as_of"]:
        dates = [f"as of {mention['as_of']}"]
    role = f" as {str(mention['role']).replace('_', ' ')}" if mention["role"] else ""
    return f"{words} {place}{role}{', ' + ' '.join(dates) if dates else ''}"


def guest_days(view: CaseView) -> list[GuestDays]:
    """Nights of each person who may be an occupant and has any, floor and estimate apart; most nights first."""
    result = []
    for row in view.persons.iter_rows(named=True):
        if row["p_occupant"] < 0.05 or (not row["guest_days_estimated"] and not row["guest_days_observed"]):
            continue
        cars = view.vehicles.filter(pl.col("vehicle_id").is_in(list(row["vehicle_ids"])))
        best = cars.sort("nights_window_max", "vehicle_id", descending=[True, False]).head(1)
        window = None
        rows: list[int] = []
        if row["guest_days_observed"] and best.height:
            window = Window(from_=best["best_from"][0], to=best["best_to"][0])
            nights = view.proved.filter(
                (pl.col("vehicle_id") == best["vehicle_id"][0]) & pl.col("night").is_between(window.from_, window.to)
            )
            rows = sorted({int(r) for listed in nights["rows"].to_list() for r in listed})
        result.append(
            GuestDays(
                subject_id=row["person_id"],
                display_name=row["display_name"],
                on_lease=row["on_lease"],
                observed=row["guest_days_observed"],
                observed_window=window,
                estimated=row["guest_days_estimated"],
                low=row["guest_days_low"],
                high=row["guest_days_high"],
                method=METHODS[row["basis"]],
                limit_readings=_readings(view, row),
                nights_still_needed=_still_needed(view, row["guest_days_observed"]),
                rows=view.log_rows(rows),
            )
        )
    return sorted(result, key=lambda g: (-g.observed, -(g.estimated or 0.0), g.subject_id))


def _still_needed(view: CaseView, observed: int) -> int | None:
    """More proved nights that would meet the deciding reading; None where it does not count nights in 12 months."""
    needed = view.numbers.pack.guest_test.nights
    return None if needed is None else max(needed - observed, 0)


def _readings(view: CaseView, row: dict[str, Any]) -> list[str]:
    """Each reading of the guest test, counted in its own window on the proved nights of the cars that prove."""
    drives = pl.col("probability") >= PROOF_OPERATOR
    sure = view.operators.filter((pl.col("person_id") == row["person_id"]) & drives)["vehicle_id"].to_list()
    cars = row["vehicle_ids"] if row["display_name"] is None else sure if row["guest_days_observed"] else []
    nights = view.proved.filter(pl.col("vehicle_id").is_in(list(cars)))
    window = pl.DataFrame({"case_id": [view.case_id], "window_from": [view.window_from], "window_to": [view.window_to]})
    words = []
    for reading in view.numbers.pack.guest_test.readings:
        counts = counts_by_test(nights, window, "vehicle_id", reading.tests)
        met = counts.filter(pl.col("nights") >= pl.col("least")).height > 0
        words.append(f"{reading.name}: {'met by proved nights' if met else 'not met by proved nights alone'}")
    return words


def proved_at_least(view: CaseView) -> tuple[int, str]:
    """A floor without any model: persons on the lease in force, and registered owners whose cars proved the nights.

    Two names are counted once where they could be one person (same surname and no contradicting given name).
    """
    on_lease = view.persons.filter(pl.col("on_lease"))
    needed = view.numbers.pack.guest_test.nights
    by_nights = view.persons.filter(
        ~pl.col("on_lease")
        & (pl.col("guest_days_observed") >= needed if needed is not None else pl.lit(False))
        & pl.col("display_name").is_not_null()
    )
    names = pl.concat([on_lease, by_nights])["person_id"].to_list()
    mentions = view.mentions.filter(pl.col("person_id").is_in(names))
    initials = (
        mentions.select("family", initial=pl.col("given").fill_null("?").str.slice(0, 1)).unique().drop_nulls("family")
    )
    least = min(len(set(names)), max(initials.height, 1)) if names else 0
    words = f"{on_lease.height} on the lease in force"
    if needed is not None:
        words += f", {by_nights.height} by {needed} or more proved nights of a car that is theirs to drive"
        words += f" (probability {PROOF_OPERATOR:.0%} or more)"
    return least, f"{words}; names that may be one person's are counted once"
