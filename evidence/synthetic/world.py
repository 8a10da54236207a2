"""The world: dwellings, persons, stays, guests' nights and vehicles, before any agency saw them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from evidence.synthetic.chance import Bools, Generator, Ints, draw, hit, stream, texts
from evidence.synthetic.fleet import build_fleet
from evidence.synthetic.guests import build_guests, sleep
from evidence.synthetic.households import build_households, day
from evidence.synthetic.movers import move_within_town
from evidence.synthetic.people import build_names, build_people
from evidence.synthetic.places import build_places, far_addresses
from evidence.synthetic.settings import Scale, WorldSettings

_PERSON = ["person", "given", "middle", "family", "suffix", "maiden", "style", "sex", "dob", "student"]


@dataclass(frozen=True, slots=True)
class World:
    """What is true. Row `i` of `persons` is person `i`; row `i` of `places` is dwelling `i`.

    `stays`: residents' spells (person, dwelling, household, role, kin, guardian, on_lease, start, end).
    `guests`: guest spells; row `i` of `slept` holds the nights of guest `i`, a column per night.
    `owners`: the person who owns each dwelling; `let`: it is owned by a landlord (or company, or trust), not lived in.
    """

    seed: int
    scale: Scale
    settings: WorldSettings
    places: pl.DataFrame
    persons: pl.DataFrame
    stays: pl.DataFrame
    guests: pl.DataFrame
    slept: Bools
    fleet: pl.DataFrame
    owners: Ints
    let: Bools

    def stream(self, stage: str) -> Generator:
        """The random stream of a stage of this world."""
        return stream(self.seed, self.scale.name, stage)

    @property
    def extract(self) -> int:
        """Day number of the export."""
        return day(self.settings.extract_on)


def build_world(seed: int, scale: Scale, settings: WorldSettings) -> World:
    """Simulate the town; the same three arguments give the same world."""

    def rng(stage: str) -> Generator:
        return stream(seed, scale.name, stage)

    places = build_places(rng("places"), scale, settings)
    households = build_households(rng("households"), places, scale, settings)
    stays = move_within_town(rng("movers"), build_people(rng("people"), households, settings))
    guests = build_guests(rng("guests"), stays, settings)
    size = int(stays["person"].max()) + 1  # type: ignore[arg-type]
    residents = stays.select(_PERSON).unique("person", keep="first").sort("person")
    parents_of = _parents(rng("parents"), residents, settings)
    landlord_count = max(4, int(places["rented"].sum()) // 5)
    strangers = max(20, int(scale.dwellings / 2.5))
    guest_out = guests["person"].to_numpy() < 0
    outside, ids = _outsiders(
        rng("outsiders"), parents_of, size, int(guest_out.sum()), landlord_count, strangers, settings
    )
    persons = _persons(rng("homes"), residents, outside, parents_of, ids, size, settings)
    guest_person = guests["person"].to_numpy().copy()
    guest_person[guest_out] = ids["guests"]
    guests = guests.with_columns(pl.Series("person", guest_person))
    slept = sleep(
        rng("nights"), guests["start"].to_numpy(), guests["end"].to_numpy(), guests["nights_week"].to_numpy(), settings
    )
    fleet = build_fleet(rng("fleet"), _drivers(rng("drivers"), stays, persons, parents_of, ids, settings), settings)
    owners, let = _owners(rng("landlords"), places, stays, ids["landlords"])
    return World(seed, scale, settings, places, persons, stays, guests, slept, fleet, owners, let)


def _owners(rng: Generator, places: pl.DataFrame, stays: pl.DataFrame, landlords: Ints) -> tuple[Ints, Bools]:
    """Who owns each dwelling, and whether a landlord does; a parcel belongs to one owner, with all its dwellings."""
    parcel = places["parcel"].to_numpy()
    _, first, of_parcel = np.unique(parcel, return_index=True, return_inverse=True)
    heads = stays.filter(pl.col("role") == "head").sort("start", "person").unique("dwelling", keep="last")
    head = np.full(places.height, -1, dtype=np.int64)
    head[heads["dwelling"].to_numpy()] = heads["person"].to_numpy()
    let = places["rented"].to_numpy()[first] | (head[first] < 0)
    owner = np.where(let, draw(rng, landlords, len(first)), head[first])
    return np.asarray(owner[of_parcel]), np.asarray(let[of_parcel])


def _parents(rng: Generator, residents: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """Students whose cars stand in their parents' names: `person`, and whether the surname differs."""
    young = residents.filter(pl.col("student"))
    chosen = young.filter(pl.Series(hit(rng, young.height, settings.parent_registered)))
    return chosen.with_columns(pl.Series("other", hit(rng, chosen.height, settings.parent_other_surname)))


def _outsiders(
    rng: Generator,
    parents_of: pl.DataFrame,
    first: int,
    guest_count: int,
    landlord_count: int,
    stranger_count: int,
    settings: WorldSettings,
) -> tuple[pl.DataFrame, dict[str, Ints]]:
    """Persons who live elsewhere: two parents per student chosen, guests, landlords, and other registrants."""
    pairs = parents_of.height
    sizes = {
        "fathers": pairs,
        "mothers": pairs,
        "guests": guest_count,
        "landlords": landlord_count,
        "strangers": stranger_count,
    }
    ids, at = {}, first
    for name, count in sizes.items():
        ids[name] = np.arange(at, at + count)
        at += count
    total = at - first
    extract = day(settings.extract_on)
    age = np.concatenate(
        [
            rng.uniform(41, 60, 2 * pairs),
            rng.uniform(18.5, 27, guest_count),
            rng.uniform(25, 75, landlord_count + stranger_count),
        ]
    )
    sex = np.where(rng.random(total) < 0.5, "F", "M").astype(object)
    sex[:pairs], sex[pairs : 2 * pairs] = "M", "F"
    dob = (extract - np.round(age * 365.25)).astype(np.int64)
    kin = np.arange(total)
    names = build_names(rng, dob, sex, kin, texts(["head"] * total), settings)
    family = names["family"].to_numpy().copy()
    theirs = parents_of["family"].to_numpy()
    other = parents_of["other"].to_numpy()
    family[:pairs] = np.where(other, family[:pairs], theirs)
    family[pairs : 2 * pairs] = np.where(hit(rng, pairs, 0.12), family[pairs : 2 * pairs], family[:pairs])
    frame = names.with_columns(
        pl.Series("family", family, dtype=pl.String),
        pl.Series("person", np.arange(first, at)),
        pl.Series("sex", sex, dtype=pl.String),
        pl.Series("dob", dob),
        pl.lit(False).alias("student"),
    ).select(_PERSON)
    return frame, ids


def _persons(
    rng: Generator,
    residents: pl.DataFrame,
    outside: pl.DataFrame,
    parents_of: pl.DataFrame,
    ids: dict[str, Ints],
    size: int,
    settings: WorldSettings,
) -> pl.DataFrame:
    """All persons in one frame whose row number is the person; movers leave gaps, which are filled with blanks."""
    both = pl.concat([residents, outside])
    total = size + outside.height
    persons = pl.DataFrame({"person": np.arange(total)}).join(both, on="person", how="left", maintain_order="left")
    homes = far_addresses(rng, total, settings.parent_out_of_state).rename(
        {"city": "home_city", "state": "home_state", "zip": "home_zip"}
    )
    same = np.arange(total)
    for group in ("fathers", "mothers"):
        same[ids[group]] = parents_of["person"].to_numpy()
    return persons.hstack(homes[same]).with_columns(
        (pl.col("person") >= size).alias("outside"),
        *(pl.col(c).fill_null("") for c in ("given", "middle", "family", "suffix", "maiden", "sex")),
        pl.col("style").fill_null(0),
        pl.col("dob").fill_null(0),
        pl.col("student").fill_null(False),
    )


def _drivers(
    rng: Generator,
    stays: pl.DataFrame,
    persons: pl.DataFrame,
    parents_of: pl.DataFrame,
    ids: dict[str, Ints],
    settings: WorldSettings,
) -> pl.DataFrame:
    extract = day(settings.extract_on)
    total = persons.height
    father, mother, spouse = (np.full(total, -1, dtype=np.int64) for _ in range(3))
    father[parents_of["person"].to_numpy()] = ids["fathers"]
    mother[parents_of["person"].to_numpy()] = ids["mothers"]
    couples = stays.filter(pl.col("role").is_in(["head", "spouse"])).sort("household", "role", "start")
    couples = (
        couples.group_by("household", maintain_order=True)
        .agg(pl.col("person"))
        .filter(pl.col("person").list.len() == 2)
    )
    one, two = couples["person"].list.get(0).to_numpy(), couples["person"].list.get(1).to_numpy()
    spouse[one], spouse[two] = two, one
    present = np.zeros(total, dtype=bool)
    present[stays["person"].to_numpy()] = True
    present[ids["guests"]] = hit(rng, len(ids["guests"]), 0.75)
    present[ids["strangers"]] = True
    grown = persons["dob"].to_numpy() < extract - int(16.6 * 365.25)
    who = np.flatnonzero(present & grown)
    home = persons["home_state"].to_numpy()[who]
    local = ~persons["outside"].to_numpy()[who]
    return pl.DataFrame(
        {
            "person": who,
            "student": persons["student"].to_numpy()[who],
            "outside": ~local,
            "state": np.where(local, "CO", home),
            "parent_a": father[who],
            "parent_b": mother[who],
            "spouse": spouse[who],
            "parent_state": home,
        },
        schema_overrides={"state": pl.String, "parent_state": pl.String},
    )
