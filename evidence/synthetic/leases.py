"""Leases disclosed to the city, and old ones from the files."""

import numpy as np
import polars as pl

from evidence.synthetic.chance import draw, hit, words
from evidence.synthetic.complaints import Cases
from evidence.synthetic.sources import Source, addresses, births, blank, days
from evidence.synthetic.spelling import in_orders, parts_written
from evidence.synthetic.world import World

_MINORS = ("child", "co_child", "lodger_child")
_COLUMNS = ("case_id", "person", "dwelling", "household", "role", "kin", "from", "to")


def leases(world: World, cases: Cases) -> Source:
    """Disclosure statements of the cases whose owner answered, and some old leases without a case.

    A statement lists the tenants of record, often their children, sometimes the owner or a manager. Who lives
    there unlisted is not on it, and now and then a tenant of record is left out.
    """
    rng, s = world.stream("leases"), world.settings
    answered = cases.cases.filter(pl.Series(hit(rng, cases.cases.height, s.disclosure)))
    stays = world.stays.select("person", "dwelling", "household", "role", "kin", "rented")
    listed = (
        cases.people.filter((pl.col("kind") == "resident") & pl.col("on_lease"))
        .join(answered.select("case_id"), on="case_id")
        .join(stays, on=["person", "dwelling"])
        .filter(pl.col("rented"))
        .unique(["case_id", "person"], keep="first", maintain_order=True)
    )
    of_cases = cases.cases["dwelling"].unique().sort()
    elsewhere = world.stays.filter(
        pl.col("rented") & pl.col("on_lease") & ~pl.col("dwelling").is_in(of_cases.implode())
    )
    files = elsewhere["household"].unique().sort()
    files = files.filter(pl.Series(hit(rng, len(files), 0.02)))
    old = elsewhere.filter(pl.col("household").is_in(files.implode())).with_columns(
        pl.lit(None, pl.String).alias("case_id"), pl.col("start").alias("from"), pl.col("end").alias("to")
    )
    tenants = pl.concat([listed.select(_COLUMNS), old.select(_COLUMNS)])
    minor = tenants["role"].is_in(_MINORS).to_numpy()
    left_out = hit(rng, tenants.height, np.where(minor, 0.35, s.disclosure_missing_row))
    rows = pl.concat([tenants.filter(pl.Series(~left_out)), _landlords(world, tenants)])
    return _written(world, rows.sort("household", "case_id", "person", nulls_last=True))


def _landlords(world: World, tenants: pl.DataFrame) -> pl.DataFrame:
    """The owner, or a manager, signs a share of the statements."""
    rng = world.stream("landlords on leases")
    one = tenants.unique(["case_id", "household"], keep="first", maintain_order=True)
    signed = one.filter(pl.Series(hit(rng, one.height, 0.35)))
    owner = world.owners[signed["dwelling"].to_numpy()]
    managers = draw(rng, world.owners[world.let], signed.height)
    manages = hit(rng, signed.height, 0.3)
    return signed.with_columns(
        pl.Series("person", np.where(manages, managers, owner)),
        pl.Series("role", words(np.where(manages, "manager", "owner")), dtype=pl.String),
        pl.lit(-1, pl.Int64).alias("kin"),
    )


def _written(world: World, rows: pl.DataFrame) -> Source:
    rng, s = world.stream("lease rows"), world.settings
    who, dwelling, household = (rows[c].to_numpy() for c in ("person", "dwelling", "household"))
    role = rows["role"].to_numpy()
    tenant = ~np.isin(role, ["owner", "manager"])
    top = int(household.max()) + 1
    liars = hit(rng, top, s.family_claim_false)[household]
    label = np.where(liars & tenant, household, rows["kin"].to_numpy())
    shared = (
        rows.with_columns(pl.Series("label", label)).select(pl.len().over("household", "label")).to_series().to_numpy()
    )
    tells = tenant & (shared > 1) & ~hit(rng, top, 0.25)[household]
    group = words([f"family {n % 97 + 1}" for n in label])
    parts = parts_written(rng, world.persons, who, s, own_hand=True)
    manner = rng.random(top)[household]
    begin = np.minimum(rows["from"].to_numpy(), world.extract)
    until = np.where(rows["to"].to_numpy() > world.extract + 400, begin + 365, rows["to"].to_numpy())
    shown = np.where(np.isin(role, _MINORS), "dependent", np.where(tenant, "tenant", role))
    frame = pl.DataFrame(
        {
            "address": addresses(rng, world, dwelling, who, care=1.2, title=True, tail=0.6),
            "case_id": rows["case_id"],
            "name": in_orders(
                rng, parts, {"given family": 0.85, "family, given": 0.12, "family given": 0.03}, title=0.9
            ),
        },
        schema={"address": pl.String, "case_id": pl.String, "name": pl.String},
    ).with_columns(
        blank(words(shown), hit(rng, top, 0.9)[household]).alias("role"),
        births(rng, world, who, tenant & (manner < 0.6)).alias("date_of_birth"),
        blank(group, tells).alias("family_group"),
        days(begin - 20).alias("signed_on"),
        days(begin).alias("lease_from"),
        days(until, manner < 0.9).alias("lease_to"),
        pl.Series("_dwelling", dwelling),
        pl.Series("_name_0", who),
    )
    return Source("lease_disclosures", frame, ("case_id", "address", "lease_from"))
