"""Streets, buildings and dwellings, and what the assessor could know of them."""

import numpy as np
import polars as pl

from evidence.synthetic import pools
from evidence.synthetic.chance import Bools, Generator, choose, draw, hit, texts
from evidence.synthetic.settings import Scale, WorldSettings


def build_places(rng: Generator, scale: Scale, settings: WorldSettings) -> pl.DataFrame:
    """One row per dwelling: `dwelling` (position), `building`, the address parts, `kind`, rooms, tenure, parcel.

    `near` in (0, 1] says how close the street lies to the campus: students rent there first.
    Units are '' for houses; a basement unit is a second dwelling of a house (`unit_type` BSMT, no number).
    """
    buildings = _buildings(rng, scale.dwellings, settings)
    placed = _numbered(rng, buildings, _streets(rng, scale))
    return _facts(rng, _units(rng, placed).head(scale.dwellings), settings).with_row_index("dwelling")


def _streets(rng: Generator, scale: Scale) -> pl.DataFrame:
    wanted = max(14, scale.dwellings // 45)
    words, counts = pools.surnames()
    grown = [*pools.STREETS, *draw(rng, words[:3000], max(0, 2 * wanted - 2 * len(pools.STREETS)), counts[:3000])]
    names = draw(rng, texts(grown), wanted)
    streets = pl.DataFrame(
        {
            "predir": choose(rng, wanted, pools.DIRECTIONS),
            "street": names,
            "suffix": choose(rng, wanted, pools.SUFFIXES),
            "postdir": np.where(hit(rng, wanted, 0.015), "N", ""),
            "zip": draw(rng, pools.town_zips(), wanted),
            "near": np.clip(rng.beta(1.0, 2.2, wanted), 0.02, 1.0),
            "size": rng.gamma(1.5, 1.0, wanted) + 0.2,
            "start": 100 * rng.integers(1, 40, wanted),
        },
        schema_overrides={"predir": pl.String, "street": pl.String, "suffix": pl.String, "postdir": pl.String},
    )
    highways = max(1, wanted // 60)
    roads = streets.head(highways).with_columns(
        pl.Series("street", draw(rng, pools.HIGHWAYS, highways), dtype=pl.String),
        pl.lit("").alias("suffix"),
        pl.lit("").alias("postdir"),
    )
    return (
        pl.concat([roads, streets.slice(highways)])
        .unique(["predir", "street", "suffix", "postdir"], keep="first", maintain_order=True)
        .with_row_index("street_id")
    )


def _buildings(rng: Generator, dwellings: int, settings: WorldSettings) -> pl.DataFrame:
    """Kinds and unit counts; enough buildings that their units cover the number of dwellings wanted."""
    house = 1.0 - settings.apartment_share - settings.duplex_share - settings.basement_unit_share
    apartment_units = 4 + rng.geometric(1 / 9.0, max(2, int(dwellings * settings.apartment_share / 8)))
    apartment_units = apartment_units[np.cumsum(apartment_units) <= max(8, dwellings * settings.apartment_share)]
    duplexes = int(dwellings * settings.duplex_share / 2) + 1
    basements = int(dwellings * settings.basement_unit_share) + 1
    houses = int(dwellings * house) + 60
    kinds = np.repeat(
        texts(["apartment", "duplex", "basement", "house"]), [len(apartment_units), duplexes, basements, houses]
    )
    units = np.concatenate([apartment_units, np.full(duplexes, 2), np.full(basements, 2), np.ones(houses, int)])
    order = rng.permutation(len(kinds))
    keep = np.concatenate([order[units[order] > 1], order[units[order] == 1]])  # houses last: they fill up
    return pl.DataFrame({"kind": kinds[keep], "units": units[keep]}, schema={"kind": pl.String, "units": pl.Int64})


def _numbered(rng: Generator, buildings: pl.DataFrame, streets: pl.DataFrame) -> pl.DataFrame:
    """Put buildings on streets, and number them along each street without repeating."""
    size = buildings.height
    lots = draw(rng, np.arange(streets.height), size, streets["size"].to_numpy())
    return (
        buildings.with_columns(pl.Series("street_id", lots).cast(pl.UInt32))
        .with_row_index("building")
        .join(streets, on="street_id", how="left", maintain_order="left")
        .with_columns(
            pl.int_range(pl.len()).over("street_id").alias("lot"), pl.Series("jitter", rng.integers(0, 4, size))
        )
        .with_columns((pl.col("start") + pl.col("lot") * 4 + pl.col("jitter")).cast(pl.String).alias("number"))
        .with_columns(
            pl.when(pl.Series(hit(rng, size, 0.006)) & (pl.col("units") == 1))
            .then(pl.lit("1/2"))
            .otherwise(pl.lit(""))
            .alias("fraction"),
            pl.when(pl.Series(hit(rng, size, 0.004))).then(pl.col("number") + "A").otherwise("number").alias("number"),
        )
    )


def _units(rng: Generator, buildings: pl.DataFrame) -> pl.DataFrame:
    """One row per dwelling: buildings repeated by their units, each with its designator."""
    size = buildings.height
    style = choose(rng, size, {"plain": 0.55, "hundred": 0.30, "letter": 0.15})
    rows = (
        buildings.with_columns(pl.Series("style", style, dtype=pl.String))
        .select(pl.all().repeat_by("units").explode())
        .with_columns(pl.int_range(pl.len()).over("building").alias("j"))
    )
    j = pl.col("j")
    letter = pl.lit("ABCDEFGHIJKLMNOPQRSTUVWXYZ").str.slice(j % 26, 1)
    unit = (
        pl.when(pl.col("style") == "hundred")
        .then((100 * (j // 4 + 1) + j % 4 + 1).cast(pl.String))
        .when((pl.col("style") == "letter") & (pl.col("units") <= 26))
        .then(letter)
        .otherwise((j + 1).cast(pl.String))
    )
    return rows.with_columns(
        pl.when(pl.col("kind") == "apartment")
        .then(unit)
        .when(pl.col("kind") == "duplex")
        .then(letter)
        .otherwise(pl.lit(""))
        .alias("unit"),
        pl.when(pl.col("kind") == "apartment")
        .then(pl.lit("APT"))
        .when(pl.col("kind") == "duplex")
        .then(pl.lit("UNIT"))
        .when((pl.col("kind") == "basement") & (j == 1))
        .then(pl.lit("BSMT"))
        .otherwise(pl.lit(""))
        .alias("unit_type"),
    )


def _facts(rng: Generator, dwellings: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    size = dwellings.height
    kind = dwellings["kind"].to_numpy()
    small = dwellings["unit_type"].to_numpy() != ""
    near = dwellings["near"].to_numpy()
    condo = _per_building(rng, dwellings, settings.condominium_share) & (kind == "apartment")
    bedrooms = np.where(
        kind == "house",
        draw(rng, np.arange(1, 7), size, np.array([0.02, 0.13, 0.46, 0.28, 0.09, 0.02])),
        draw(rng, np.arange(1, 5), size, np.array([0.34, 0.44, 0.18, 0.04])),
    )
    bedrooms = np.where((kind == "basement") & ~small, 3, bedrooms).astype(np.int64)
    kinds = choose(rng, size, {"extra occupancy": 0.8, "group home": 0.2})
    of_houses = (settings.rented_share - float(np.mean(small & (kind != "basement")))) / float(np.mean(~small))
    odds = max(0.05, of_houses) / (1 - max(0.05, min(of_houses, 0.9))) * np.exp(1.6 * (near - near.mean()))
    rented = hit(rng, size, odds / (1 + odds)) | (small & ~condo) | (condo & hit(rng, size, 0.7))
    sqft = np.round((280 + 330 * bedrooms) * np.exp(rng.normal(0, 0.22, size)))
    below = np.where((kind == "house") & hit(rng, size, 0.4), np.round(sqft * rng.uniform(0.2, 0.5, size)), 0.0)
    parcel_of = np.where(condo, size + np.arange(size), dwellings["building"].to_numpy())
    return dwellings.with_columns(
        pl.Series("bedrooms", bedrooms),
        pl.Series("rented", rented),
        pl.Series("sqft", sqft),
        pl.Series("basement_sqft", below),
        pl.Series("condo", condo),
        pl.Series("parcel", parcel_of.astype(np.int64)),
        pl.Series("exempt", np.where(rented & hit(rng, size, settings.exempt_share), kinds, ""), dtype=pl.String),
        pl.Series("year_built", rng.integers(1905, 2006, size)),
        pl.lit("FORT COLLINS").alias("city"),
        pl.lit("CO").alias("state"),
    )


def _per_building(rng: Generator, dwellings: pl.DataFrame, share: float) -> Bools:
    """The same draw for all units of a building."""
    building = dwellings["building"].to_numpy()
    return np.asarray(hit(rng, int(building.max()) + 1, share)[building])


def canonical(places: pl.DataFrame) -> pl.Series:
    """The true name of each dwelling: '1201 W PLUM ST APT 2, FORT COLLINS, CO 80521'."""
    return places.select(
        line_one(pl.col("unit_type"), pl.col("unit")) + pl.lit(", FORT COLLINS, CO ") + pl.col("zip")
    ).to_series()


def line_one(unit_type: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """The street line, single spaced, parts that are empty left out."""
    parts = [*(pl.col(c) for c in ("number", "fraction", "predir", "street", "suffix", "postdir")), unit_type, unit]
    return pl.concat_str(parts, separator=" ").str.replace_all(r" {2,}", " ").str.strip_chars()


def far_addresses(rng: Generator, size: int, out_of_state: float) -> pl.DataFrame:
    """Addresses outside the town: `line`, `city`, `state`, `zip`; one row per address wanted."""
    far = hit(rng, size, out_of_state)
    near_places, far_places = pools.colorado_places(), pools.FAR
    pick_near = rng.integers(0, len(near_places), size)
    pick_far = rng.integers(0, len(far_places), size)
    where = [far_places[b] if f else near_places[a] for f, a, b in zip(far, pick_near, pick_far, strict=True)]
    line = [
        f"{n} {s} {x}"
        for n, s, x in zip(
            rng.integers(100, 9999, size),
            draw(rng, pools.STREETS, size),
            choose(rng, size, pools.SUFFIXES),
            strict=True,
        )
    ]
    return pl.DataFrame(
        {"line": line, "city": [w[0] for w in where], "state": [w[1] for w in where], "zip": [w[2] for w in where]},
        schema={"line": pl.String, "city": pl.String, "state": pl.String, "zip": pl.String},
    )
