"""Occupants of a case as a table: who, how surely, and how many nights, floor and estimate apart.

The floor of a person is the proved nights of the cars he or she almost certainly drives. The estimate is a mixture:
whether the person lives there, when he came and went (`evidence.resident_nights`), whether a car seen there is his,
and, if he does not live there, what that car's looks say of a guest. Its median is quoted, with the interval that holds
90 % of it; a car that may not be his, or a person who may not live there, widens it. A person known only by a car has
no name: `display_name` is null.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from evidence.headcount import Array
from evidence.night_counts import DAYS, at_least, interval
from evidence.operators import is_tied
from evidence.presence import Presence
from evidence.ranking import ranked
from evidence.resident_nights import HomeSettings, nights_by_looks, nights_by_papers
from evidence.row_sums import weighed
from evidence.spells import Spells, as_arrays, find_spells
from evidence.stay_grid import Ints
from evidence.stays import LIVES

OTHER_LISTS = ("lease_disclosures", "utility_billing", "university_addresses", "assessor")
PROOF_OPERATOR = 0.95  # the floor needs the driver, too: in practice a car in the person's own name, listed here
LISTED_METHOD = (
    "if the person lives there, the nights since the household or the person came, as papers say; "
    "none if not (median of both)"
)
CAR_METHOD = (
    "whether the person lives there and drives this car, when he or she came and went as papers and looks say, and "
    "every look at the car, seen and not seen; nights nobody watched are missing, not zero (median of all)"
)
METHODS = {"car": CAR_METHOD, "listing": LISTED_METHOD}
CHUNK = 4_000  # spells at a time: about 12 MB of distributions


@dataclass(frozen=True, slots=True)
class PersonNightSettings:
    """`listed_guest`: odds that a person whom a source lists here, given that he is an occupant, is a guest rather than
    a resident: guests keep their own address.
    """

    guest_limit_nights: int = 30
    listed_guest: float = 0.05
    home: HomeSettings = field(default_factory=HomeSettings)


def persons_of_cases(
    candidates: pl.DataFrame,
    residence: pl.DataFrame,
    situations: pl.DataFrame,
    presence: Presence,
    begins: pl.DataFrame,
    settings: PersonNightSettings,
) -> pl.DataFrame:
    """One row a distinct person at a case.

    candidates: `Candidates.table` (a level by source); residence: situation, slot, p_occupant; situations: situation,
    case_id, date_from, date_to, last_turn, settled_on, window_from, window_to; presence: of these cases; begins:
    situation, person_id, listed_on (earliest day of the listing), own_from (`spells.own_paper`).
    Returns case_id, person_id, display_name, on_lease, p_occupant, guest_days_observed, guest_days_estimated (median),
    guest_days_low, guest_days_high (90 %), nights_if_occupant (the median given that the person is an occupant),
    vehicle_ids, basis (car or listing), sorted by case_id, most probable first.
    """
    named = (
        candidates.join(residence, on=["situation", "slot"])
        .join(situations, on="situation")
        .join(begins, on=["situation", "person_id"], how="left")
        .sort("case_id", "person_id", "date_from")
    )
    one = named.group_by("case_id", "person_id", maintain_order=True).agg(
        pl.col("display_name").sort_by(ranked("p_occupant"), descending=True, maintain_order=True).first(),
        pl.col("on_lease").any(),
        pl.col("p_occupant").max(),
        listed=pl.col("listed_on").is_not_null().any(),
        corroborated=pl.any_horizontal(pl.col(s) > 0 for s in OTHER_LISTS).any(),
    )
    one = (
        one.join(_cars_of_persons(presence, one), on=["case_id", "person_id"], how="left")
        .with_columns(pl.col("car_floor").fill_null(0))
        .sort("case_id", "person_id")
        .with_row_index("person")
    )
    spells = find_spells(named, one)
    rows = []
    for start in range(0, max(one.height, 1), CHUNK):
        part = one.slice(start, CHUNK)
        rows.append(_with_nights(part, spells, presence, settings))
    persons = pl.concat(rows).select(
        "case_id",
        "person_id",
        "display_name",
        "on_lease",
        "p_occupant",
        guest_days_observed=pl.col("car_floor").cast(pl.UInt32),
        guest_days_estimated="estimated",
        guest_days_low="low",
        guest_days_high="high",
        nights_if_occupant="if_occupant",
        vehicle_ids=pl.col("vehicle_ids").fill_null([]),
        basis=pl.when(pl.col("stay").is_not_null()).then(pl.lit("car")).otherwise(pl.lit("listing")),
    )
    return pl.concat([persons, _known_by_car(presence.operators, presence.vehicles)]).sort(
        "case_id", ranked("p_occupant"), "person_id", descending=[False, True, False]
    )


def _with_nights(
    persons: pl.DataFrame, spells: pl.DataFrame, presence: Presence, settings: PersonNightSettings
) -> pl.DataFrame:
    """Add estimated, low, high and if_occupant to some persons (consecutive rows of `person`)."""
    n = persons.height
    if n == 0:
        return persons.with_columns(pl.lit(0.0).alias(c) for c in ("estimated", "low", "high", "if_occupant"))
    offset = int(persons["person"][0])
    mine = spells.filter(pl.col("person").is_between(offset, offset + n - 1))
    s = as_arrays(mine, offset)
    p = persons["p_occupant"].to_numpy().copy()
    floor = persons["car_floor"].to_numpy().astype(np.int64)
    stay = persons["stay"].fill_null(-1).to_numpy().astype(np.int64)
    occupant = _by_person(s.person, s.weight, nights_by_papers(s, settings.home), n)
    other = np.zeros_like(occupant)
    other[:, 0] = 1.0
    rows = np.flatnonzero(stay >= 0)
    if len(rows):
        theirs = _by_car(s, stay, rows, persons, presence, settings)
        listed = persons["listed"].to_numpy()[rows]
        drives = persons["drives"].to_numpy()[rows]
        # Whom no source lists here is judged by the looks of the car alone: if it is not his, nothing puts him here.
        p[rows] = np.where(listed, p[rows], drives * theirs.stays)
        of_occupant = np.where(listed, drives, 1.0)[:, None]
        away = (1.0 - drives * theirs.stays).clip(1e-12)
        of_other = np.where(listed, drives, drives * (1.0 - theirs.stays) / away)[:, None]
        occupant[rows] = of_occupant * theirs.occupant + (1.0 - of_occupant) * occupant[rows]
        other[rows] = of_other * theirs.other + (1.0 - of_other) * other[rows]
    pmf = at_least(p[:, None] * occupant + (1.0 - p)[:, None] * other, floor)
    median, low, high = interval(pmf)
    return persons.with_columns(
        estimated=pl.Series(median),
        low=pl.Series(low),
        high=pl.Series(high),
        if_occupant=pl.Series(interval(at_least(occupant, floor))[0]),
    )


@dataclass(frozen=True, slots=True)
class _Drivers:
    """Drivers of watched cars, if the car is theirs: (m,) probability that they stay as occupants do, by the looks
    alone, and (m, DAYS + 1) distributions of the nights of an occupant and of somebody who is none.
    """

    stays: Array
    occupant: Array
    other: Array


def _by_car(
    s: Spells, stay: Ints, rows: Ints, persons: pl.DataFrame, presence: Presence, settings: PersonNightSettings
) -> _Drivers:
    """An occupant lives there or is a guest who passes the guest test; else the car is that of a guest who does not
    pass it, or of a visitor.
    """
    fit, limit = presence.stays, settings.guest_limit_nights
    n = len(stay)
    d = s.only(stay[s.person] >= 0)
    car = stay[d.person]
    pmf, likelihood = nights_by_looks(d, fit.lived[car], fit.first[car], fit.last[car], settings.home)
    weight = np.maximum(d.weight, 1e-12)
    resident = _by_person(d.person, weight * likelihood, pmf, n)[rows]
    of_resident = np.bincount(d.person, weight * likelihood, n)[rows] / np.bincount(d.person, weight, n)[rows]
    at = stay[rows]
    kinds = fit.evidence[at] * fit.shares
    kinds[:, LIVES] = 0.0
    guests = weighed([fit.nights[at, kind] for kind in range(kinds.shape[1])], kinds)
    passing, falling = guests.copy(), guests.copy()
    passing[:, :limit], falling[:, limit:] = 0.0, 0.0
    odds = np.where(persons["listed"].to_numpy()[rows], settings.listed_guest, 1.0)
    lives, passes, falls = fit.shares[LIVES] * of_resident, odds * passing.sum(axis=1), falling.sum(axis=1)
    share = (passes / np.maximum(passes + lives, 1e-300))[:, None]
    occupant = (1.0 - share) * resident + share * _scaled(passing)
    return _Drivers((lives + passes) / np.maximum(lives + passes + falls, 1e-300), occupant, _scaled(falling))


def _scaled(pmf: Array) -> Array:
    """Rows scaled to sum to 1; a row without mass is no night at all."""
    total = pmf.sum(axis=1, keepdims=True)
    none = np.zeros_like(pmf)
    none[:, 0] = 1.0
    result: Array = np.where(total > 0, pmf / np.maximum(total, 1e-300), none)
    return result


def _by_person(person: Ints, weight: Array, pmf: Array, n: int) -> Array:
    """(n, DAYS + 1) mean of the spells' distributions by weight; spells are sorted by person, each has at least one."""
    result = np.zeros((n, DAYS + 1))
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    least = np.maximum(weight, 1e-12)[:, None]  # who lives there in no part: his spells count alike
    result[person[starts]] = np.add.reduceat(least * pmf, starts) / np.add.reduceat(least, starts)
    return result


def _cars_of_persons(presence: Presence, persons: pl.DataFrame) -> pl.DataFrame:
    """case_id, person_id, car_floor, stay (of the car with most nights), drives (p that it is his), vehicle_ids.

    persons: case_id, person_id, corroborated. In a building of several dwellings a registration that lost its unit
    names the neighbour here: there a floor needs another list than the registrations that names the person.
    """
    tied = (
        presence.operators.filter(is_tied())
        .join(presence.vehicles, on=["case_id", "vehicle_id"])
        .join(persons.select("case_id", "person_id", "corroborated"), on=["case_id", "person_id"])
    )
    proves = (pl.col("probability") >= PROOF_OPERATOR) & (pl.col("corroborated") | ~pl.col("shared_building"))
    proof = pl.when(proves).then(pl.col("nights_window_max")).otherwise(0)
    # Two cars of one person: the fuller one, since their nights may be the same nights.
    return (
        tied.sort(
            "case_id",
            "person_id",
            "nights_estimated",
            "vehicle_id",
            nulls_last=True,
            descending=[False, False, True, False],
        )
        .group_by("case_id", "person_id", maintain_order=True)
        .agg(
            car_floor=proof.max(),
            stay=pl.col("stay").first(),
            drives=pl.col("probability").first(),
            vehicle_ids=pl.col("vehicle_id"),
        )
    )


def _known_by_car(operators: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    """Drivers whom no source names: one row for each car that probably stays and that names nobody at the case.

    A car that is likelier than not a named person's adds no second, nameless one.
    """
    tied = operators.filter(is_tied())
    nameless = (
        operators.filter(pl.col("who") == "unknown person")
        .join(tied.select("case_id", "vehicle_id"), on=["case_id", "vehicle_id"], how="anti")
        .join(vehicles, on=["case_id", "vehicle_id"])
        .with_columns(p_occupant=pl.col("probability") * pl.col("p_guest").fill_null(0.0))
        .filter(pl.col("p_occupant") >= 0.05)
    )
    return nameless.select(
        "case_id",
        person_id=pl.format("driver:{}", "vehicle_id"),
        display_name=pl.lit(None, pl.String),
        on_lease=pl.lit(False),
        p_occupant="p_occupant",
        guest_days_observed=pl.col("nights_window_max").cast(pl.UInt32),
        guest_days_estimated="nights_estimated",
        guest_days_low="nights_low",
        guest_days_high="nights_high",
        nights_if_occupant="nights_estimated",
        vehicle_ids=pl.concat_list("vehicle_id"),
        basis=pl.lit("car"),
    )
