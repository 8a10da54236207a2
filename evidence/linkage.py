"""Rows to dwellings, persons and vehicles for one city: the three resolvers in order."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from evidence.affinity import registration_affinity
from evidence.judging.binding import Decisions, NamingPair, decisions, judged_pairs
from evidence.keeping import NOTHING_KEPT, Keeping, Parts
from evidence.learned import HeldRates
from evidence.progress import Progress
from evidence.projections import DWELLINGS, PERSON_INDEX, PERSONS, PLATE_KEYS, REGISTRY
from loaders.city import City, narrowed
from loaders.memory import give_back
from loaders.normalize.plates import normalize_plates
from loaders.side_by_side import Begun
from matchers.judged_addresses import obeyed
from matchers.links import PersonLinks
from matchers.places import ADDRESS_COLUMNS, Dwellings
from matchers.registry_part import PlateKeys, entities_near
from matchers.vehicle_passes import Lesson
from matchers.vehicle_registry import Registry
from matchers.vehicles import Vehicles, decode_log

if TYPE_CHECKING:
    from matchers.dwellings_texts import Area
    from matchers.name_order import ReadAlone
    from matchers.person_index import PersonIndex

REGISTER = "dmv_registrations"

AS_JUDGED = "dwellings as judged"
"""The stage of dwellings where somebody decided on addresses."""

ADDRESSED = tuple(sorted({source for source, _ in ADDRESS_COLUMNS}))
"""The sources that give addresses and names: dwellings and persons are made of these alone."""


@dataclass(frozen=True, slots=True)
class Linked:
    """All that linkage found in one city."""

    dwellings: Dwellings
    links: PersonLinks
    vehicles: Vehicles


@dataclass(frozen=True, slots=True)
class Linking:
    """Dwellings, persons and registered plates of a city, of which only what is asked for is read."""

    city: City
    dwellings: Parts[Dwellings]
    links: Parts[PersonLinks]
    registry: Parts[Registry]
    held: HeldRates | None
    decided: Decisions

    def decoded(self, city: City) -> Vehicles:
        """The vehicles in the log of this city, which is this one as a stage sees it."""
        registry, log = self.registry.whole(), city.frame("vehicle_log")
        return decode_log(log, registry, self._affinity(city), lessons=self._lessons(), judged=self.decided.plates())

    def of_cases(self, case_ids: Collection[str], keep: Keeping) -> Vehicles:
        """The vehicles of some cases alone, with held rates: quicker made than read."""
        mine = pl.col("case_id").is_in(list(case_ids))
        city = self.city.with_frames({name: self.city.frame(name).filter(mine) for name in ("vehicle_log", "cases")})
        affinity, keys, rows = self._affinity(city), self.plate_keys(keep), self.registry.rows("rows")
        reads = normalize_plates(city.frame("vehicle_log")["plate"])["plate"]
        near = entities_near(reads, keys.rows("plates").whole(), keys.rows("reach"))
        judged = self.decided.plates()
        named = pl.concat([affinity["dmv_row"], judged["dmv_row"]])
        entities = pl.concat([near, rows.where("dmv_row", named, ("dmv_row", "entity"))["entity"]])
        part = {
            "entities": self.registry.rows("entities").where("entity", entities),
            "rows": rows.where("entity", entities),
        }
        registry, log = self.registry.holding(part), city.frame("vehicle_log")
        return decode_log(log, registry, affinity, lessons=self._lessons(), judged=judged)

    def plate_keys(self, keep: Keeping) -> Parts[PlateKeys]:
        """By which the part of the registry is found that a few readings can mean."""
        return keep.parts(
            "plate-keys",
            PlateKeys,
            lambda _: PlateKeys.of(self.registry.whole()),
            of=self.city,
            sources=(REGISTER,),
            projections=PLATE_KEYS,
        )

    def person_index(self, keep: Keeping) -> "Parts[PersonIndex]":
        """By what new mentions are linked to the persons of this city."""
        from matchers.name_order import orders_of
        from matchers.person_index import PersonIndex

        return keep.parts(
            "person-index",
            PersonIndex,
            lambda city: PersonIndex.of(self.links.whole(), orders_of(city)),
            of=self.city,
            sources=ADDRESSED,
            settings=(self.decided.dwellings, self.decided.persons),
            projections=PERSON_INDEX,
        )

    def area(self, keep: Keeping) -> "Area":
        """In the light of which the addresses of this city were read."""
        from matchers.dwellings_texts import Area

        return keep.stage("area", Area, _area, of=self.city, sources=ADDRESSED)

    def _affinity(self, city: City) -> pl.DataFrame:
        registrations = self.held.rates.registrations if self.held else count_registrations(city)
        best, mentions = self.dwellings.rows("best"), self.links.rows("mentions")
        return registration_affinity(city.distinct("cases"), best, mentions, registrations)

    def _lessons(self) -> tuple[Lesson, ...] | None:
        return self.held.rates.lessons if self.held else None

    def with_vehicles(self, vehicles: Vehicles) -> Linked:
        """The dwellings and persons of the whole city, read whole, with these vehicles."""
        return Linked(self.dwellings.whole(), self.links.whole(), vehicles)


def linking(city: City, progress: Progress, keep: Keeping = NOTHING_KEPT, held: HeldRates | None = None) -> Linking:
    """Resolve addresses, then persons, as far as they are not kept. held: rates to decode each case's plates with.

    A case laid over a city is linked to that city (`submitted`).
    """
    found = _linking(city.under or city, progress, keep, held)
    if city.under is None:
        return found
    from evidence.submitted import linked_to

    decided = decisions(city)
    with progress.stage("case to the city"):
        index, area = found.person_index(keep), found.area(keep)
        both = linked_to(city, decided, found.dwellings, found.links, index, area)
    if both is None:
        return _linking(city, progress, keep, held)
    return replace(found, city=city, decided=decided, dwellings=both[0], links=both[1])


def _linking(city: City, progress: Progress, keep: Keeping, held: HeldRates | None) -> Linking:
    decided = decisions(city)
    names = Begun(lambda: _read_alone(narrowed(city, ADDRESSED)))  # of no more than persons are made of
    with progress.stage("addresses to dwellings"):
        dwellings = dwellings_of(city, keep, decided, beside=names.begin)
    give_back()
    with progress.stage("names to persons"):
        links = keep.parts(
            "persons",
            PersonLinks,
            lambda city: _persons(city, dwellings.whole(), names, decided.persons),
            of=city,
            sources=ADDRESSED,
            settings=(decided.dwellings, decided.persons),
            projections=PERSONS,
        )
    give_back()
    registry = keep.parts(
        "plates",
        Registry,
        lambda city: Registry.build(city.frame(REGISTER)),
        of=city,
        sources=(REGISTER,),
        projections=REGISTRY,
    )
    return Linking(city, dwellings, links, registry, held, decided)


def dwellings_of(
    city: City,
    keep: Keeping = NOTHING_KEPT,
    decided: Decisions | None = None,
    beside: Callable[[], None] | None = None,
) -> Parts[Dwellings]:
    """Where every address is. What the sources say of it is kept by itself, and not made again for a judgement.

    beside: what else to begin when the addresses have to be read.
    """

    def made(city: City) -> Dwellings:
        if beside is not None:
            beside()
        return _dwellings(city)

    found = keep.parts("dwellings", Dwellings, made, of=city, sources=ADDRESSED, projections=DWELLINGS)
    if decided is None or not decided.dwellings:
        return found
    return keep.parts(
        AS_JUDGED,
        Dwellings,
        lambda _: obeyed(found.whole(), decided.addresses()),
        of=city,
        sources=ADDRESSED,
        settings=decided.dwellings,
        projections=DWELLINGS,
    )


def link(city: City, progress: Progress, keep: Keeping = NOTHING_KEPT, held: HeldRates | None = None) -> Linked:
    """Resolve addresses, then persons, then logged plates (which need both), of the whole city."""
    return link_all(linking(city, progress, keep, held), progress, keep)


def link_all(found: Linking, progress: Progress, keep: Keeping) -> Linked:
    """Dwellings, persons, and the vehicles of every case."""
    with progress.stage("plates to vehicles"):
        dwellings, links = found.dwellings.whole(), found.links.whole()
        vehicles = keep.stage(
            "vehicles",
            Vehicles,
            found.decoded,
            of=found.city,
            sources=(*ADDRESSED, "vehicle_log"),
            settings=(found.held and found.held.sha256, found.decided),
        )
    give_back()
    return Linked(dwellings, links, vehicles)


def count_registrations(city: City) -> int:
    """Rows written twice count once."""
    return max(city.distinct("dmv_registrations").height, 1)


def _dwellings(city: City) -> Dwellings:
    from matchers.dwellings import resolve_dwellings  # here and below: not loaded where the stage is kept

    return resolve_dwellings(city)


def _area(city: City) -> "Area":
    from matchers.dwellings_settings import DwellingSettings
    from matchers.dwellings_texts import address_cells, own_area

    return own_area(city, address_cells(city), DwellingSettings())


def _read_alone(city: City) -> "dict[str, ReadAlone]":
    from matchers.name_order import read_alone

    return read_alone(city)


def _persons(
    city: City, dwellings: Dwellings, names: "Begun[dict[str, ReadAlone]]", decided: Sequence[NamingPair]
) -> PersonLinks:
    """Persons by weight, but for the links on which somebody decided. names: of this city, as they read alone."""
    from matchers.mentions import build_mentions
    from matchers.persons import link_persons

    mentions = build_mentions(city, dwellings, names.take())
    return link_persons(mentions, judged=judged_pairs(decided, mentions))
