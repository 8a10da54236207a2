"""Whom a car's registration ties to a dwelling: its owners, their kin among those named there, and neighbours."""

import polars as pl

KEYS = ["case_id", "vehicle_id"]


def owners_of(vehicles: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """Registered owners and co-owners of each vehicle: case_id, vehicle_id, person_id, family, kind, dwelling_id,
    address_key, field.

    mentions: `PersonLinks.mentions`. A vehicle without a registration has no row.
    """
    registered = mentions.filter(pl.col("source") == "dmv_registrations").select(
        "row", "field", "person_id", "family", "kind", "dwelling_id", "address_key"
    )
    return (
        vehicles.filter(pl.col("dmv_row").is_not_null())
        .select(*KEYS, "dmv_row")
        .join(registered, left_on="dmv_row", right_on="row")
        .sort(*KEYS, "field", "person_id")
    )


def kin_of_owners(
    vehicles: pl.DataFrame, owners: pl.DataFrame, candidates: pl.DataFrame, listed: pl.DataFrame
) -> pl.DataFrame:
    """Persons named at the dwelling who are kin of an owner, as far as papers show: case_id, vehicle_id, person_id,
    reason.

    Kin are listed at the owner's address elsewhere (the parents' home, whatever the surname), or share the surname.
    Where an address shows kin, the surname alone shows no others.
    """
    named = candidates.select("case_id", "person_id", "family").unique()
    persons = owners.filter(pl.col("kind") == "person").select(
        *KEYS, "family", "address_key", "dwelling_id", owner="person_id"
    )
    away = persons.join(vehicles.select(*KEYS, "case_dwelling_id"), on=KEYS).filter(
        (pl.col("dwelling_id") != pl.col("case_dwelling_id")).fill_null(True)
    )
    of_named = listed.select("person_id", "address_key").join(named, on="person_id", how="semi")
    homes = of_named.drop_nulls().unique().join(named, on="person_id")
    by_address = (
        away.drop_nulls("address_key")
        .join(homes.select("case_id", "person_id", "address_key"), on=["case_id", "address_key"])
        .filter(pl.col("person_id") != pl.col("owner"))
        .select(*KEYS, "person_id", reason=pl.lit("is listed at the address of the registered owner, too"))
    )
    by_name = (
        persons.join(named, on=["case_id", "family"])
        .join(by_address.select(KEYS), on=KEYS, how="anti")
        .select(
            *KEYS,
            "person_id",
            reason=pl.format("has the surname {} of the registered owner, who lives elsewhere", "family"),
        )
    )
    both = pl.concat([by_address, by_name]).sort(*KEYS, "person_id", "reason")
    return both.unique([*KEYS, "person_id"], keep="first", maintain_order=True)


def neighbours_cars(
    vehicles: pl.DataFrame, owners: pl.DataFrame, streets: pl.DataFrame, listed: pl.DataFrame
) -> pl.DataFrame:
    """case_id, vehicle_id of cars an owner of which is listed at another dwelling of the case's street."""
    here = streets.select("street_key", case_dwelling_id="dwelling_id").drop_nulls()
    homes = (
        listed.select("person_id", lives_at="dwelling_id")
        .join(owners, on="person_id", how="semi")  # a few of the whole city
        .drop_nulls()
        .unique()
        .join(streets.rename({"dwelling_id": "lives_at"}), on="lives_at")
    )
    return (
        owners.filter(pl.col("kind") == "person")
        .select(*KEYS, "person_id")
        .join(vehicles.select(*KEYS, "case_dwelling_id"), on=KEYS)
        .join(here, on="case_dwelling_id")
        .join(homes, on=["person_id", "street_key"])
        .filter(pl.col("lives_at") != pl.col("case_dwelling_id"))
        .select(KEYS)
        .unique()
    )
