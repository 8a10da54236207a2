"""The vehicle log: who watched when, which cars stood there, and what was written."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from evidence.synthetic.chance import Bools, Generator, hit
from evidence.synthetic.complaints import Cases
from evidence.synthetic.guests import first_night
from evidence.synthetic.misread import car_written, make_names, plate_written, state_written
from evidence.synthetic.sources import Source
from evidence.synthetic.world import World

_MORNING = 12 * 60  # a look before noon belongs to the night that began the evening before


@dataclass(frozen=True, slots=True)
class Car:
    """One vehicle that comes to a case's dwelling, and the nights it stood there (a column per simulated night)."""

    vehicle: int
    operator: int
    nights: Bools
    evening_share: float  # evenings on which it stands there without staying
    position: str


@dataclass(frozen=True, slots=True)
class Watch:
    """The log as a source (hidden `_vehicle`, -1 none; `_effort`), and the cars of each case."""

    source: Source
    cars: pl.DataFrame  # case_id, vehicle, operator, relation, nights (dates on which it stayed)


def watch(world: World, cases: Cases) -> Watch:
    """Simulate the log of every case."""
    garage = _Garage(world, cases)
    rows: list[tuple[object, ...]] = []
    cars: list[tuple[object, ...]] = []
    first = first_night(world.settings)
    for case_id, dwelling, opened in cases.cases.select("case_id", "dwelling", "opened").iter_rows():
        standing = garage.of_case(world.stream("cars " + case_id), case_id, dwelling)
        for car, relation in standing:
            nights = (first + np.flatnonzero(car.nights)).tolist() if relation != "visitor" else []
            cars.append((case_id, car.vehicle, car.operator, relation, nights))
        rng = world.stream("watch " + case_id)
        if rng.random() < world.settings.watch_none:
            continue
        rows.extend(_log(rng, world, case_id, opened, [car for car, _ in standing]))
    schema = {
        "case_id": pl.String, "observed_day": pl.Int64, "minute": pl.Int64, "plate": pl.String,
        "plate_state": pl.String,
        "make": pl.String, "model": pl.String, "color": pl.String, "position": pl.String, "observer": pl.String,
        "note": pl.String, "_vehicle": pl.Int64,
    }  # fmt: skip
    log = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col(pl.String).replace("", None), pl.lit(-1, pl.Int64).alias("_dwelling")
    )
    table = pl.DataFrame(
        cars,
        schema={
            "case_id": pl.String,
            "vehicle": pl.Int64,
            "operator": pl.Int64,
            "relation": pl.String,
            "nights": pl.List(pl.Int32),
        },
        orient="row",
    )
    return Watch(Source("vehicle_log", log, ("case_id", "observed_day", "minute")), table)


class _Garage:
    """Finds the cars of a case: occupants', guests', evening visitors' and a neighbour's."""

    def __init__(self, world: World, cases: Cases) -> None:
        self.world, self.cases = world, cases
        self.of_person: dict[int, list[int]] = {}
        for vehicle, operator in world.fleet.select("vehicle", "operator").iter_rows():
            self.of_person.setdefault(operator, []).append(vehicle)
        self.people: dict[str, list[tuple[int, int, str]]] = {}
        for i, (case_id, person, kind) in enumerate(cases.people.select("case_id", "person", "kind").iter_rows()):
            self.people.setdefault(case_id, []).append((i, person, kind))
        here = world.stays.filter(pl.col("end") > world.extract).sort("dwelling", "person")
        self.residents: dict[int, list[int]] = {}
        for dwelling, person in here.select("dwelling", "person").iter_rows():
            self.residents.setdefault(dwelling, []).append(person)

    def of_case(self, rng: Generator, case_id: str, dwelling: int) -> list[tuple[Car, str]]:
        out: list[tuple[Car, str]] = []
        known: set[int] = set()
        for row, person, kind in self.people.get(case_id, []):
            slept = self.cases.slept[row]
            for k, vehicle in enumerate(self.of_person.get(person, [])):
                if vehicle in known:
                    continue
                known.add(vehicle)
                drove = hit(rng, len(slept), 0.95 if k == 0 else 0.6)
                place = ("driveway", "street front", "garage", "alley")[
                    int(np.searchsorted([0.5, 0.88, 0.95], rng.random()))
                ]
                out.append((Car(vehicle, person, slept & drove, 0.12 if kind == "guest" else 0.02, place), kind))
        for _ in range(int(rng.poisson(self.world.settings.visitors_mean))):
            vehicle = int(rng.integers(0, self.world.fleet.height))
            if vehicle not in known:
                known.add(vehicle)
                none = np.zeros(self.cases.slept.shape[1], dtype=bool)
                share = float(rng.beta(1.2, 6.0))
                out.append(
                    (Car(vehicle, int(self.world.fleet["operator"][vehicle]), none, share, "street front"), "visitor")
                )
        if rng.random() < self.world.settings.neighbour_parks:
            out.extend(self._neighbour(rng, dwelling, known))
        return out

    def _neighbour(self, rng: Generator, dwelling: int, known: set[int]) -> list[tuple[Car, str]]:
        for beside in (dwelling + 1, dwelling - 1, dwelling + 2, dwelling - 2):
            for person in self.residents.get(beside, []):
                for vehicle in self.of_person.get(person, []):
                    if vehicle not in known:
                        known.add(vehicle)
                        nights = hit(rng, self.cases.slept.shape[1], float(rng.uniform(0.15, 0.8)))
                        return [(Car(vehicle, person, nights, 0.1, "street front"), "neighbour")]
        return []


def _looks(rng: Generator, world: World, opened: int) -> list[tuple[int, int]]:
    """Days and minutes of the looks at one case, in order."""
    s = world.settings
    last = min(opened + 30, world.extract - 1)
    begin = opened - int(rng.integers(4, 90)) - (int(rng.integers(0, 200)) if rng.random() < 0.12 else 0)
    wanted = int(min(1 + rng.gamma(1.1, s.looks_mean / 1.1), 160))
    every = np.arange(begin, last + 1)
    weekday = (every + 3) % 7
    keen = np.where(weekday >= 4, float(rng.uniform(0.8, 2.0)), 1.0)
    count = min(max(1, int(wanted / (1 + s.watch_pairs))), len(every))
    chosen = np.sort(rng.choice(every, size=count, replace=False, p=keen / keen.sum()))
    out: list[tuple[int, int]] = []
    for night in chosen.tolist():
        u = rng.random()
        evening = int(rng.integers(20 * 60 + 5, 23 * 60 + 50))
        morning = int(rng.integers(5 * 60 + 20, 8 * 60 + 50))
        if u < s.looks_night:
            out.append((night + 1, int(rng.integers(62, 298))))
        elif u < s.looks_night + s.watch_pairs:
            out.extend([(night, evening), (night + 1, morning)])
        elif u < s.looks_night + s.watch_pairs + 0.25:
            out.append((night, evening))
        elif u < s.looks_night + s.watch_pairs + 0.35:
            out.append((night + 1, morning))
        else:
            out.append((night, int(rng.integers(9 * 60 + 10, 19 * 60 + 30))))
    return sorted(set(out))


def _present(
    rng: Generator, car: Car, day: int, minute: int, first: int, hours: dict[tuple[int, int], tuple[int, int]]
) -> bool:
    """Whether the car stands there at that minute. A car that stays arrives before midnight and leaves after five."""
    night = day if minute >= _MORNING else day - 1
    column = night - first
    if not 0 <= column < len(car.nights):
        return False
    key = (car.vehicle, night)
    if key not in hours:
        arrive = int(np.clip(rng.normal(19.3, 1.9), 13.0, 24.4) * 60)
        leave = int(np.clip(rng.normal(8.2, 1.3), 5.3, 11.9) * 60)
        visit = int(rng.integers(17 * 60, 21 * 60)) if rng.random() < car.evening_share else -1
        hours[key] = (arrive, leave) if car.nights[column] else (visit, 0)
    arrive, leave = hours[key]
    clock = minute if minute >= _MORNING else minute + 1440
    if car.nights[column]:
        return arrive <= clock <= leave + 1440
    return arrive >= 0 and arrive <= clock <= min(arrive + 210, 1440 + 40)  # gone by 00:40 at the latest


def _log(rng: Generator, world: World, case_id: str, opened: int, cars: list[Car]) -> list[tuple[object, ...]]:
    s = world.settings
    first = first_night(s)
    names = make_names()
    fleet = {
        car.vehicle: world.fleet.select("plate", "state", "make", "model", "color").row(car.vehicle) for car in cars
    }
    care = float(np.exp(rng.normal(0.0, 0.8)))
    keeps_empty = rng.random() < s.logs_empty
    observer = ("neighbor", "complainant", "anonymous", "J. Ortiz", "R. Weaver")[int(rng.integers(0, 5))]
    hours: dict[tuple[int, int], tuple[int, int]] = {}
    out: list[tuple[object, ...]] = []
    for day, minute in _looks(rng, world, opened):
        official = rng.random() < 0.12
        who, factor = ("Inspector Hale", 0.3 * care) if official else (observer, care)
        wrote = False
        for car in cars:
            seen = s.seen * (0.25 if car.position == "garage" else 1.0)
            if not (_present(rng, car, day, minute, first, hours) and rng.random() < seen):
                continue
            wrote = True
            plate, state, make, model, color = fleet[car.vehicle]
            without = rng.random() < s.plate_absent * factor
            unread = "" if rng.random() < 0.5 else "?" * len(plate)  # nothing written, or every place unreadable
            written = unread if without else plate_written(rng, plate, s, factor)
            told = "" if without else state_written(rng, state, s, factor)
            made, modelled, shown = car_written(rng, make, model, color, names)
            if without and not (made or modelled):
                made = names.get(make, make.title())
            note = (
                ""
                if rng.random() < 0.9
                else ("same as last week", "parked on grass", "frost on windshield", 'sticker "CSU"')[
                    int(rng.integers(0, 4))
                ]
            )
            place = car.position if rng.random() < 0.8 else ""
            out.append((case_id, day, minute, written, told, made, modelled, shown, place, who, note, car.vehicle))
        if not wrote and keeps_empty:
            mark = ("NONE", "", "none", "NONE")[int(rng.integers(0, 4))]
            out.append((case_id, day, minute, mark, "", "", "", "", "", who, "no cars" if mark == "" else "", -1))
    return out
