"""Motor vehicle registry, university list and assessor's roll, as they saw the world."""

import numpy as np
import polars as pl

from evidence.synthetic.chance import Ints, Texts, choose, draw, hit, texts
from evidence.synthetic.sources import COMPANY, NOBODY, Homes, Source, addresses, births, blank, days
from evidence.synthetic.spelling import couple, in_orders, joined, parts_written
from evidence.synthetic.world import World


def dmv(world: World, where: Homes) -> Source:
    """Registrations: names family first; addresses as last reported, often of an earlier home."""
    rng, s = world.stream("dmv"), world.settings
    fleet = world.fleet
    known = hit(rng, fleet.height, np.where(fleet["state"].to_numpy() == "CO", s.dmv_in_state, s.dmv_out_of_state))
    current = fleet.filter(pl.Series(known)).with_columns(pl.lit(False).alias("earlier"))
    earlier = current.filter(pl.Series(hit(rng, current.height, 0.33))).with_columns(pl.lit(True).alias("earlier"))
    again = current.filter(pl.Series(hit(rng, current.height, s.near_duplicate)))
    rows = pl.concat([current, earlier, again])
    size = rows.height
    owner, co_owner = rows["owner"].to_numpy(), rows["co_owner"].to_numpy()
    company = owner < 0
    who = np.where(company, rows["operator"].to_numpy(), owner)
    old = rows["earlier"].to_numpy()
    stale = hit(rng, size, np.where(old, 0.7, s.dmv_stale))
    dwelling = np.where(stale, where.former[who], where.last[who])
    back_home = stale & (where.former[who] < 0) & (~world.persons["student"].to_numpy()[who] | hit(rng, size, 0.3))
    dwelling = np.where(back_home, where.last[who], dwelling)
    dwelling = np.where(company, -1, dwelling)
    parts = parts_written(rng, world.persons, who, s, own_hand=False)
    name = np.where(company, rows["company"].to_numpy(), joined(parts, "family given").to_numpy())
    partner = parts_written(rng, world.persons, np.maximum(co_owner, 0), s, own_hand=False)
    renewed = world.extract - rng.integers(0, 364, size)
    renewed = np.where(old, renewed - 365 * rng.integers(1, 4, size), renewed)
    lapsed = ~old & hit(rng, size, 0.06)
    renewed = np.where(lapsed, renewed - rng.integers(300, 900, size), renewed)
    frame = rows.select("plate", pl.col("state").alias("plate_state")).with_columns(
        pl.Series("owner_name", name, dtype=pl.String),
        pl.Series("owner_address", addresses(rng, world, dwelling, who, care=0.7), dtype=pl.String),
        blank(joined(partner, "family given").to_numpy(), (co_owner >= 0)).alias("co_owner_name"),
        births(rng, world, who, ~company & hit(rng, size, 0.97)).alias("owner_dob"),
        rows["vin"],
        rows["make"],
        rows["model"],
        rows["year"],
        rows["color"],
        days(renewed).alias("registered_from"),
        days(renewed + 365).alias("registered_to"),
        pl.Series("_dwelling", dwelling),
        pl.Series("_owner_name_0", np.where(company, COMPANY, owner)),
        pl.Series("_co_owner_name_0", np.where(co_owner >= 0, co_owner, NOBODY)),
        rows["vehicle"].cast(pl.Int64).alias("_vehicle"),
    )
    return Source("dmv_registrations", frame, ("plate", "registered_from"))


def university(world: World, where: Homes) -> Source:
    """Students' addresses: local (often last year's), permanent (the family's), mailing; opt-outs are absent."""
    rng, s = world.stream("university"), world.settings
    persons = world.persons
    student = persons["student"].to_numpy() & (where.last >= 0)
    enrolled = student & ((where.now >= 0) | hit(rng, persons.height, 0.12))
    hidden = enrolled & hit(rng, persons.height, s.university_opt_out)
    flagged = hidden & hit(rng, persons.height, 0.15)
    listed = np.flatnonzero(enrolled & (~hidden | flagged))
    ids = 820_000_000 + rng.permutation(persons.height) * 7
    local = listed[hit(rng, len(listed), s.university_local)]
    home = listed[hit(rng, len(listed), 0.80)]
    mail = listed[hit(rng, len(listed), 0.08)]
    twice = local[hit(rng, len(local), 0.012)]
    who = np.concatenate([local, home, mail, twice])
    kind = np.repeat(texts(["local", "permanent", "mailing", "local"]), [len(local), len(home), len(mail), len(twice)])
    size = len(who)
    stale = hit(rng, size, s.university_stale)
    dwelling = np.where(stale, where.former[who], where.last[who])
    never = stale & (where.former[who] < 0) & hit(rng, size, 0.5)  # a neighbour's number, a friend's old house
    dwelling = np.where(never, rng.integers(0, world.places.height, size), dwelling)
    dwelling = np.where((kind == "permanent") | ((kind == "mailing") & hit(rng, size, 0.5)), -1, dwelling)
    since = np.where(
        stale, where.since[who] - rng.integers(60, 500, size), where.since[who] + rng.integers(-10, 45, size)
    )
    updated = np.minimum(since, world.extract - 1)
    term = _terms(updated)
    again = np.arange(size) >= size - len(twice)
    parts = parts_written(rng, persons, who, s, own_hand=True)
    frame = pl.DataFrame(
        {
            "student_id": np.where(again, ids[who] + 3, ids[who]).astype(str).astype(object),
            "name": in_orders(rng, parts, {"family, given": 0.97, "given family": 0.03}, title=1.0),
            "address": addresses(rng, world, dwelling, who, care=1.3, title=True, tail=0.95),
            "address_type": kind,
        },
        schema=dict.fromkeys(("student_id", "name", "address", "address_type"), pl.String),
    ).with_columns(
        births(rng, world, who, hit(rng, size, 0.97)).alias("date_of_birth"),
        days(updated, hit(rng, size, 0.92)).alias("updated_on"),
        pl.Series("term", term, dtype=pl.String),
        pl.Series("directory_opt_out", np.where(flagged[who], "yes", "no").astype(object), dtype=pl.String),
        pl.Series("_dwelling", dwelling),
        pl.Series("_name_0", who),
    )
    return Source("university_addresses", frame, ("student_id", "address_type", "address"))


def _terms(updated: Ints) -> Texts:
    dates = updated.astype("datetime64[D]")
    year = dates.astype("datetime64[Y]").astype(int) + 1970
    month = dates.astype("datetime64[M]").astype(int) % 12 + 1
    season = np.where(month >= 7, "Fall ", np.where(month <= 5, "Spring ", "Summer "))
    return np.asarray(np.char.add(season, year.astype(str)).astype(object))


def assessor(world: World) -> Source:
    """One row per parcel. Let houses belong to landlords, companies or trusts with an address of their own."""
    rng, s = world.stream("assessor"), world.settings
    parcels = world.places.unique("parcel", keep="first", maintain_order=True)
    size = parcels.height
    index = parcels["dwelling"].cast(pl.Int64).to_numpy()
    wife = _wives(world)
    let, who = world.let[index], world.owners[index]
    body = choose(rng, size, {"person": 0.55, "llc": 0.27, "trust": 0.18})
    parts = parts_written(rng, world.persons, who, s, own_hand=False)
    single = joined(parts, "family given").to_numpy()
    both = couple(parts, parts_written(rng, world.persons, np.maximum(wife[index], 0), s, own_hand=False)).to_numpy()
    together = ~let & (wife[index] >= 0) & hit(rng, size, 0.75)
    family = parts["family"].to_numpy()
    company = let & (body == "llc")
    trust = let & (body == "trust")
    street = parcels["street"].to_numpy()
    names = np.where(together, both, single)
    names = np.where(
        company,
        np.array([f"{a} PROPERTIES LLC" for a in np.where(hit(rng, size, 0.5), family, street)], dtype=object),
        names,
    )
    named_trust = trust & hit(rng, size, 0.5)
    names = np.where(trust, np.array([f"{a} FAMILY TRUST" for a in family], dtype=object), names)
    names = np.where(named_trust, np.array([f"{a} TRUSTEE" for a in single], dtype=object), names)
    whole = ~parcels["condo"].to_numpy() & (parcels["units"].to_numpy() > 1)
    situs = np.where(
        whole & (parcels["kind"].to_numpy() != "basement"),
        addresses(rng, world, index, who, care=0.05, tail=0.0, unit=False),
        addresses(rng, world, index, who, care=0.05, tail=0.0),
    )
    types = {"house": "Single Family", "basement": "Single Family", "duplex": "Duplex", "apartment": "Multi-Family"}
    kind = np.array([types[k] for k in parcels["kind"]], dtype=object)
    kind = np.where(parcels["condo"].to_numpy(), "Condominium", kind)
    use = np.where(kind == "Duplex", "duplex", np.where(kind == "Multi-Family", "multi-family", "single family"))
    exempt = parcels["exempt"].to_numpy()
    use = np.where(exempt == "extra occupancy", "extra occupancy", use)
    many = kind == "Multi-Family"
    zone = np.where(
        many, draw(rng, texts(["MMN", "HMN", "CC"]), size), draw(rng, texts(["RL", "NCL", "NCM", "LMN"]), size)
    )
    mailing = np.where(let, addresses(rng, world, np.full(size, -1), who), addresses(rng, world, index, who, care=0.1))
    frame = pl.DataFrame(
        {
            "parcel_id": parcel_ids(parcels["parcel"]),
            "situs_address": situs,
            "owner_name": names,
            "owner_mailing_address": mailing,
            "property_type": kind,
        },
        schema=dict.fromkeys(
            ("parcel_id", "situs_address", "owner_name", "owner_mailing_address", "property_type"), pl.String
        ),
    ).with_columns(
        parcels["year_built"],
        pl.select(pl.when(pl.Series(~many & hit(rng, size, 0.97))).then(parcels["bedrooms"]))
        .to_series()
        .alias("bedrooms"),
        parcels["sqft"].cast(pl.Int64).alias("finished_sqft"),
        pl.select(pl.when(parcels["basement_sqft"] > 0).then(parcels["basement_sqft"].cast(pl.Int64)))
        .to_series()
        .alias("basement_finished_sqft"),
        pl.Series("zone", zone, dtype=pl.String),
        pl.Series("permitted_use", use, dtype=pl.String),
        blank(exempt, exempt == "group home").alias("exemption"),
        pl.Series("_dwelling", np.where(whole & (parcels["kind"].to_numpy() != "basement"), -1, index)),
        pl.Series("_owner_name_0", np.where(company | (trust & ~named_trust), COMPANY, who)),
        pl.Series("_owner_name_1", np.where(together, wife[index], NOBODY)),
    )
    return Source("assessor", frame, ("parcel_id",))


def _wives(world: World) -> Ints:
    """Per dwelling: the spouse of the owner who lives there, -1 where there is none."""
    heads = world.stays.filter(pl.col("role") == "head").select("household", "dwelling", "person")
    spouses = world.stays.filter(pl.col("role") == "spouse").select("household", pl.col("person").alias("spouse"))
    couples = heads.join(spouses, on="household").sort("household", "spouse")
    owners = world.owners[couples["dwelling"].to_numpy()]
    couples = couples.filter(pl.col("person") == pl.Series(owners))
    out = np.full(world.places.height, -1, dtype=np.int64)
    out[couples["dwelling"].to_numpy()] = couples["spouse"].to_numpy()
    return out


def parcel_ids(parcel: pl.Series) -> pl.Series:
    """Parcel numbers in the county's way of writing, '97142-08-033'."""
    p = parcel.cast(pl.Int64)
    text = (
        (97000 + p // 1000).cast(pl.String)
        + "-"
        + (p // 10 % 100).cast(pl.String).str.zfill(2)
        + "-"
        + p.cast(pl.String).str.zfill(6)
    )
    return text.alias("parcel_id")
