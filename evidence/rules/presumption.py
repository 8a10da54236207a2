"""Is a vehicle presumption met by the proved nights? Apart from the probability, in every reading of a majority.

No driver is named: the presumption speaks of vehicles and of whom they are registered to. A vehicle whose registration,
owner's surname or address is not known cannot meet it. Windows of `of_nights` nights are tried from every first night.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field

from evidence.rules.forms import MOST_PERSONS, Part

# Sets of vehicles are tried one by one; a driveway has few that stay, and beyond this many the rarest are left out.
MOST_VEHICLES = 12
# Readings of a majority: what it is of (the nights watched, or all), and whether the vehicles count together.
MAJORITY_READINGS = {
    "a majority of the calendar nights, all vehicles on the same nights": (False, True),
    "a majority of the calendar nights, each vehicle on its own": (False, False),
    "a majority of the nights watched, all vehicles on the same nights": (True, True),
    "a majority of the nights watched, each vehicle on its own": (True, False),
}


class VehiclePresumption(Part):
    """A number of occupants is presumed from vehicles parked overnight; no driver need be known.

    Met where the same `vehicles` or more stand there overnight on a majority of the nights of some `of_nights` nights
    in a row, registered to persons with surnames (and addresses) that differ in every pair.
    """

    type: Literal["vehicles_overnight"]
    name: str
    text: str
    citation: str
    rebuttable: bool
    vehicles: int = Field(ge=1, le=MOST_PERSONS)
    of_nights: int = Field(ge=1, le=366)
    different_surnames: bool
    different_addresses: bool


class OtherPresumption(Part):
    """A presumption that turns on facts no source holds: it is shown to the reader and not evaluated."""

    type: Literal["needs_facts"]
    name: str
    text: str
    citation: str
    rebuttable: bool
    facts: str


Presumption = Annotated[VehiclePresumption | OtherPresumption, Field(discriminator="type")]


@dataclass(frozen=True, slots=True)
class ParkedVehicle:
    """One vehicle of a case: its proved nights, and the surnames and addresses of its registration (empty: unknown)."""

    vehicle_id: str
    nights: frozenset[date]
    surnames: frozenset[str]
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Held:
    """One reading of the presumption: whether it is met, and the window that comes nearest.

    nights: of the least of the vehicles there (or of all together), needed: a majority of that window; both 0 where no
    set of vehicles has registrations that differ.
    """

    reading: str
    met: bool
    vehicles: tuple[str, ...]
    window_from: date | None
    window_to: date | None
    nights: int
    needed: int


def evaluate(presumption: VehiclePresumption, parked: Sequence[ParkedVehicle], watched: frozenset[date]) -> list[Held]:
    """Each reading of MAJORITY_READINGS. watched: nights on which a look could have proved a vehicle's stay."""
    sets = _sets(presumption, parked)
    starts = _starts(presumption, [night for vehicle in parked for night in vehicle.nights])
    found = []
    for reading, (of_watched, together) in MAJORITY_READINGS.items():
        best = Held(reading, False, (), None, None, 0, 0)
        for start in starts:
            end = start + timedelta(days=presumption.of_nights - 1)
            span = frozenset(start + timedelta(days=day) for day in range(presumption.of_nights))
            needed = (len(span & watched) if of_watched else presumption.of_nights) // 2 + 1
            for chosen in sets:
                nights = _nights([vehicle.nights & span for vehicle in chosen], together=together)
                tried = Held(reading, nights >= needed, tuple(v.vehicle_id for v in chosen), start, end, nights, needed)
                if best.needed == 0 or _rank(tried) > _rank(best):
                    best = tried
        found.append(best)
    return found


def _rank(held: Held) -> tuple[bool, int, int]:
    """Met before not met, then the fewest nights lacking, then the most nights."""
    return held.met, held.nights - held.needed, held.nights


def _nights(stays: list[frozenset[date]], *, together: bool) -> int:
    return len(frozenset.intersection(*stays)) if together else min(map(len, stays))


def _starts(presumption: VehiclePresumption, nights: Sequence[date]) -> list[date]:
    """First nights of every window that holds a proved night."""
    if not nights:
        return []
    first = min(nights) - timedelta(days=presumption.of_nights - 1)
    return [first + timedelta(days=day) for day in range((max(nights) - first).days + 1)]


def _sets(presumption: VehiclePresumption, parked: Sequence[ParkedVehicle]) -> list[tuple[ParkedVehicle, ...]]:
    """Sets of so many vehicles whose registrations differ in every pair, those with the most nights first."""
    known = [v for v in parked if v.nights and v.surnames and v.addresses]
    known = sorted(known, key=lambda v: (-len(v.nights), v.vehicle_id))[:MOST_VEHICLES]
    return [
        chosen
        for chosen in combinations(known, presumption.vehicles)
        if all(_differ(presumption, one, other) for one, other in combinations(chosen, 2))
    ]


def _differ(presumption: VehiclePresumption, one: ParkedVehicle, other: ParkedVehicle) -> bool:
    names = not presumption.different_surnames or one.surnames.isdisjoint(other.surnames)
    return names and (not presumption.different_addresses or one.addresses.isdisjoint(other.addresses))


def parked_vehicles(
    nights: Mapping[str, frozenset[date]],
    surnames: Mapping[str, frozenset[str]],
    addresses: Mapping[str, frozenset[str]],
) -> list[ParkedVehicle]:
    """Vehicles with a proved night, by vehicle_id."""
    none: frozenset[str] = frozenset()
    return [
        ParkedVehicle(vehicle, dates, surnames.get(vehicle, none), addresses.get(vehicle, none))
        for vehicle, dates in sorted(nights.items())
    ]
