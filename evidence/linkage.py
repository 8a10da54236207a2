"""Rows to dwellings, persons and vehicles for one city: the three resolvers in order, and what ties a car to a case."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from evidence.judging.records import SOURCE as JUDGEMENTS
from evidence.keeping import NOTHING_KEPT, Keeping
from evidence.learned import HeldRates
from evidence.progress import Progress
from loaders.city import City
from loaders.memory import give_back
from matchers.links import PersonLinks
from matchers.ordered_sums import ratio
from matchers.places import ADDRESS_COLUMNS, Dwellings
from matchers.vehicle_registry import Registry
from matchers.vehicles import Vehicles, decode_log

# A car seen at a case belongs to a registrant named there about half the time, to his or her kin in a fifth
# (student cars in a parent's name); else to anybody. Shares of sightings, not of cars; wide of what any city shows.
OWNER_NAMED_SHARE = 0.5
OWNER_KIN_SHARE = 0.2

ADDRESSED = tuple(sorted({source for source, _ in ADDRESS_COLUMNS}))
"""The sources that give addresses and names: dwellings and persons are made of these alone."""


@dataclass(frozen=True, slots=True)
class Linked:
    """All that linkage found in one city."""

    dwellings: Dwellings
    links: PersonLinks
    vehicles: Vehicles


def link(
    city: City,
    progress: Progress,
    keep: Keeping = NOTHING_KEPT,
    held: HeldRates | None = None,
    only: Collection[str] | None = None,
) -> Linked:
    """Resolve addresses, then persons, then logged plates (which need both).

    held: rates with which each case's plates are decoded by themselves; only: the cases whose plates are, with these.
    """
    with progress.stage("addresses to dwellings"):
        dwellings = keep.stage("dwellings", Dwellings, _dwellings, of=city, sources=ADDRESSED)
    give_back()
    with progress.stage("names to persons"):
        links = keep.stage(
            "persons",
            PersonLinks,
            lambda city: _persons(city, dwellings),
            of=city,
            sources=(*ADDRESSED, JUDGEMENTS),
        )
    give_back()
    with progress.stage("plates to vehicles"):
        registry = _registry(city, keep)
        if held is not None and only is not None:  # of a few cases: quicker made than read
            vehicles = _vehicles(_logged_at(city, only), dwellings, links, held, registry)
        else:
            vehicles = keep.stage(
                "vehicles",
                Vehicles,
                lambda city: _vehicles(city, dwellings, links, held, registry),
                of=city,
                sources=(*ADDRESSED, JUDGEMENTS, "vehicle_log"),
                settings=held and held.sha256,
            )
    give_back()
    return Linked(dwellings, links, vehicles)


def _registry(city: City, keep: Keeping) -> Registry:
    """The registered plates, normalised; kept, because a new row in a log does not change them."""
    source = "dmv_registrations"
    return keep.stage("plates", Registry, lambda city: Registry.build(city.frame(source)), of=city, sources=(source,))


def _vehicles(
    city: City, dwellings: Dwellings, links: PersonLinks, held: HeldRates | None, registry: Registry
) -> Vehicles:
    registrations = held.rates.registrations if held else count_registrations(city)
    affinity = registration_affinity(city, dwellings, links, registrations)
    return decode_log(city.frame("vehicle_log"), registry, affinity, lessons=held.rates.lessons if held else None)


def _logged_at(city: City, case_ids: Collection[str]) -> City:
    """The city with the log and the case rows of these cases alone."""
    mine = pl.col("case_id").is_in(list(case_ids))
    frames = {name: city.frame(name).filter(mine) for name in ("vehicle_log", "cases")}
    return replace(city, frames=MappingProxyType({**city.frames, **frames}))


def count_registrations(city: City) -> int:
    """Rows written twice count once."""
    return max(city.distinct("dmv_registrations").height, 1)


def _dwellings(city: City) -> Dwellings:
    from matchers.dwellings import resolve_dwellings  # here and below: not loaded where the stage is kept

    return resolve_dwellings(city)


def _persons(city: City, dwellings: Dwellings) -> PersonLinks:
    """Persons by weight, but for the links on which somebody decided."""
    from evidence.judging.binding import judged_pairs
    from matchers.mentions import build_mentions
    from matchers.persons import link_persons

    mentions = build_mentions(city, dwellings)
    return link_persons(mentions, judged=judged_pairs(city, mentions))


def registration_affinity(city: City, dwellings: Dwellings, links: PersonLinks, registrations: int) -> pl.DataFrame:
    """How much likelier each registration is to be seen at each case for whose it is: case_id, dmv_row, bits.

    A registrant named at the case's dwelling, or sharing the surname of somebody named there, is one of few; any other
    car is one of all R `registrations`: bits = log2(share * R / number of such registrations), at least 0. The share
    constants above are this module's only assumption.
    """
    cases = (
        city.distinct("cases")
        .join(dwellings.best, left_on="subject_address", right_on="address_text")
        .filter(pl.col("dwelling_id").is_not_null())
        .select("case_id", "dwelling_id")
    )
    named = (
        links.mentions.filter(
            (pl.col("kind") == "person") & pl.col("dwelling_id").is_in(cases["dwelling_id"].unique().implode())
        )
        .join(cases, on="dwelling_id")
        .select("case_id", "person_id", "family")
        .unique()
    )
    theirs = pl.col("person_id").is_in(named["person_id"].drop_nulls().unique().implode()) | pl.col("family").is_in(
        named["family"].drop_nulls().unique().implode()
    )
    registered = links.mentions.filter(
        (pl.col("source") == "dmv_registrations") & (pl.col("kind") == "person") & theirs.fill_null(False)
    ).select("person_id", "family", dmv_row="row")
    owned = named.select("case_id", "person_id").join(registered, on="person_id").select("case_id", "dmv_row").unique()
    families = named.select("case_id", "family").drop_nulls().unique()
    kin = (
        families.join(registered.select("family", "dmv_row").drop_nulls(), on="family")
        .select("case_id", "dmv_row")
        .unique()
        .join(owned, on=["case_id", "dmv_row"], how="anti")
    )
    return pl.concat([_bits(owned, OWNER_NAMED_SHARE, registrations), _bits(kin, OWNER_KIN_SHARE, registrations)]).sort(
        "case_id", "dmv_row"
    )


def _bits(rows: pl.DataFrame, share: float, total: int) -> pl.DataFrame:
    odds = ratio(pl.lit(share * total), pl.len().over("case_id"))
    return rows.with_columns(bits=odds.log(2.0).clip(0.0)).filter(pl.col("bits") > 0)
