"""Rows to dwellings, persons and vehicles for one city: the three resolvers in order, and what ties a car to a case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from evidence.judging.binding import Decisions, NamingPair, decisions, judged_pairs
from evidence.keeping import NOTHING_KEPT, Keeping, Parts
from evidence.learned import HeldRates
from evidence.progress import Progress
from evidence.projections import DWELLINGS, MENTION_NAMED, PERSON_INDEX, PERSONS, PLATE_KEYS, REGISTRY
from loaders.city import City
from loaders.memory import give_back
from loaders.normalize.plates import normalize_plates
from loaders.rows import Rows
from matchers.case_keys import Keys, case_of, distinct, frame_keys, held, number_of
from matchers.judged_addresses import obeyed
from matchers.links import PersonLinks
from matchers.ordered_sums import ratio
from matchers.places import ADDRESS_COLUMNS, Dwellings
from matchers.registry_part import PlateKeys, entities_near
from matchers.vehicle_passes import Lesson
from matchers.vehicle_registry import Registry
from matchers.vehicles import Vehicles, decode_log

if TYPE_CHECKING:
    from matchers.dwellings_texts import Area
    from matchers.person_index import PersonIndex

# A car seen at a case belongs to a registrant named there about half the time, to his or her kin in a fifth
# (student cars in a parent's name); else to anybody. Shares of sightings, not of cars; wide of what any city shows.
OWNER_NAMED_SHARE = 0.5
OWNER_KIN_SHARE = 0.2

REGISTER = "dmv_registrations"

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
    with progress.stage("addresses to dwellings"):
        dwellings = dwellings_of(city, keep, decided)
    give_back()
    with progress.stage("names to persons"):
        links = keep.parts(
            "persons",
            PersonLinks,
            lambda city: _persons(city, dwellings.whole(), decided.persons),
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


def dwellings_of(city: City, keep: Keeping = NOTHING_KEPT, decided: Decisions | None = None) -> Parts[Dwellings]:
    """Where every address is. What the sources say of it is kept by itself, and not made again for a judgement."""
    found = keep.parts("dwellings", Dwellings, _dwellings, of=city, sources=ADDRESSED, projections=DWELLINGS)
    if decided is None or not decided.dwellings:
        return found
    return keep.parts(
        "dwellings as judged",
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


def _persons(city: City, dwellings: Dwellings, decided: Sequence[NamingPair]) -> PersonLinks:
    """Persons by weight, but for the links on which somebody decided."""
    from matchers.mentions import build_mentions
    from matchers.persons import link_persons

    mentions = build_mentions(city, dwellings)
    return link_persons(mentions, judged=judged_pairs(decided, mentions))


def registration_affinity(cases: pl.DataFrame, best: Rows, mentions: Rows, registrations: int) -> pl.DataFrame:
    """How much likelier each registration is to be seen at each case for whose it is: case_id, dmv_row, bits.

    A registrant whom a paper of the case names at a case's dwelling, or who shares the surname of somebody named so, is
    one of few; any other car is one of all R `registrations`: bits = log2(share * R / number of such registrations), at
    least 0. The share constants above are this module's only assumption. best: of `Dwellings`; mentions: of
    `PersonLinks`.
    """
    meant = best.where("address_text", cases["subject_address"], ("address_text", "dwelling_id"))
    places = cases.join(meant, left_on="subject_address", right_on="address_text")["dwelling_id"]
    of_case = (pl.col("kind") == "person") & pl.col("case_id").is_not_null()
    named = (
        mentions.where("dwelling_id", places, MENTION_NAMED)
        .filter(of_case)
        .select("case_id", "person_id", "family")
        .unique()
    )
    cases_named = named.select(pl.col("case_id").unique().sort()).with_row_index("case")
    named = named.join(cases_named, on="case_id")
    owned = _of_cases(_registrations(mentions, "person_id", named), named.select("case", "person_id"))
    kin = _of_cases(_registrations(mentions, "family", named), named.select("case", "family"))
    kin = kin[~held(kin, owned)]
    tied = pl.concat([_bits(owned, OWNER_NAMED_SHARE, registrations), _bits(kin, OWNER_KIN_SHARE, registrations)])
    tied = tied.sort("key")
    return tied.select(cases_named["case_id"].gather(tied["case"]), "dmv_row", "bits")


def _of_cases(registrations: pl.DataFrame, named: pl.DataFrame) -> Keys:
    """Case and dmv_row (`case_keys`), distinct and sorted. named: `case` and what it has in common with registrations.

    Kin are thousands a case, tens of millions in all cases of a metro.
    """
    by = named.columns[-1]
    named = named.drop_nulls().unique()
    return distinct(frame_keys(registrations.select(by, "dmv_row").join(named, on=by), "dmv_row"))


def _registrations(mentions: Rows, column: str, named: pl.DataFrame) -> pl.DataFrame:
    """person_id, family, dmv_row of the registrations of natural persons that share this column with somebody named."""
    return (
        mentions.where(column, named[column], MENTION_NAMED)
        .filter((pl.col("source") == "dmv_registrations") & (pl.col("kind") == "person"))
        .select("person_id", "family", dmv_row="row")
    )


def _bits(keys: Keys, share: float, total: int) -> pl.DataFrame:
    rows = pl.DataFrame({"key": keys, "case": case_of(keys), "dmv_row": number_of(keys)})
    odds = ratio(pl.lit(share * total), pl.len().over("case"))
    return rows.with_columns(bits=odds.log(2.0).clip(0.0)).filter(pl.col("bits") > 0)
