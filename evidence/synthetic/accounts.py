"""Utility accounts and their monthly usage."""

import numpy as np
import polars as pl

from evidence.synthetic import pools
from evidence.synthetic.chance import Floats, Ints, hit
from evidence.synthetic.complaints import ADULT
from evidence.synthetic.sources import COMPANY, NOBODY, Source, addresses, days
from evidence.synthetic.spelling import couple, in_orders, parts_written
from evidence.synthetic.world import World

MONTHS = 14
GALLONS_PERSON_DAY = 48.0  # table prior_figures: 60.8 in 1997, 22 % less since
WATER_GSD = 1.8  # table prior_figures: between houses
KWH_GSD = 1.7  # table prior_figures: bills within one household size, 1.6 to 1.9


def utilities(world: World) -> tuple[Source, Source]:
    """Billing (one name per account and period) and monthly usage (water for all, power and gas for some)."""
    rng, s = world.stream("utilities"), world.settings
    accounts = _accounts(world)
    size = accounts.height
    who, second = accounts["payer"].to_numpy(), accounts["partner"].to_numpy()
    master = accounts["master"].to_numpy()
    parts = parts_written(rng, world.persons, who, s, own_hand=True)
    other = parts_written(rng, world.persons, np.maximum(second, 0), s, own_hand=True)
    pair = ~master & (second >= 0) & hit(rng, size, 0.15)
    names = in_orders(rng, parts, {"family, given": 0.55, "given family": 0.30, "family given": 0.15}, title=0.3)
    names = np.where(pair, couple(parts, other).to_numpy(), names)
    business = ~master & hit(rng, size, 0.01)
    bodies = np.array(
        [pools.COMPANIES[i % len(pools.COMPANIES)] for i in accounts["dwelling"].to_numpy()], dtype=object
    )
    managers = np.array(
        [f"{n} APARTMENTS LLC" for n in world.places["street"].to_numpy()[accounts["dwelling"].to_numpy()]],
        dtype=object,
    )
    names = np.where(master, managers, np.where(business, bodies, names))
    dwelling = accounts["dwelling"].to_numpy()
    written = np.where(
        master,
        addresses(rng, world, dwelling, who, care=0.5, tail=0.0, unit=False),
        addresses(rng, world, dwelling, who, care=0.8, tail=0.25),
    )
    end = accounts["end"].to_numpy()
    billing = accounts.select("account_id").with_columns(
        pl.Series("service_address", written, dtype=pl.String),
        pl.Series("billing_name", names, dtype=pl.String),
        days(accounts["start"].to_numpy()).alias("service_from"),
        days(np.minimum(end, world.extract), end <= world.extract).alias("service_to"),
        accounts["service"].alias("service_type"),
        pl.Series("_dwelling", np.where(master, -1, dwelling)),
        pl.Series("_billing_name_0", np.where(master | business, COMPANY, who)),
        pl.Series("_billing_name_1", np.where(pair, second, NOBODY)),
    )
    return Source("utility_billing", billing, ("account_id", "service_from")), _usage(world, accounts)


def _accounts(world: World) -> pl.DataFrame:
    """One row per account: `account_id`, `dwelling`, `service`, `start`, `end`, `payer`, `partner`, `master`."""
    rng, s = world.stream("accounts"), world.settings
    grown = world.stays.filter(
        (pl.col("dob") < world.extract - ADULT)
        & (pl.col("on_lease") | pl.Series(hit(rng, world.stays.height, 0.15)))  # some unlisted tenants pay a bill
        & (pl.col("end") > world.extract - 700)
        & (pl.col("start") < world.extract)
    )
    order = grown.with_columns(pl.Series("u", rng.random(grown.height))).sort("household", "u")
    homes = order.group_by("household", maintain_order=True).agg(
        pl.col("dwelling").first(),
        pl.col("person").first().alias("payer"),
        pl.col("person").get(1, null_on_oob=True).fill_null(-1).alias("second"),
        pl.col("kin").first() == pl.col("kin").get(1, null_on_oob=True),
        pl.col("start").min(),
        pl.col("end").max(),
    )
    homes = homes.with_columns(
        pl.when(pl.col("kin").fill_null(False)).then("second").otherwise(-1).alias("partner"),
        pl.lit(False).alias("master"),
    ).sort("dwelling", "start", "household")
    following = (homes["dwelling"].to_numpy() == np.roll(homes["dwelling"].to_numpy(), -1)) & (
        np.arange(homes.height) < homes.height - 1
    )
    carried = following & hit(rng, homes.height, s.utility_old_name)
    swallowed = np.roll(carried, 1)
    end = np.where(carried, np.roll(homes["end"].to_numpy(), -1), homes["end"].to_numpy())
    homes = homes.with_columns(pl.Series("end", end)).filter(pl.Series(~swallowed))
    building = world.places["building"].to_numpy()[homes["dwelling"].to_numpy()]
    flats = (world.places["kind"].to_numpy() == "apartment") & ~world.places["condo"].to_numpy()
    mastered = hit(rng, int(world.places["building"].max()) + 1, 0.4)  # type: ignore[arg-type]
    under_master = flats[homes["dwelling"].to_numpy()] & mastered[building]
    water = homes.filter(pl.Series(~under_master & hit(rng, homes.height, s.utility))).with_columns(
        pl.lit("water").alias("service")
    )
    electric = homes.filter(pl.Series(hit(rng, homes.height, 0.75 * s.utility))).with_columns(
        pl.lit("electric").alias("service")
    )
    electric = electric.with_columns(
        pl.when(pl.Series(hit(rng, electric.height, 0.5)) & (pl.col("second") >= 0))
        .then("second")
        .otherwise("payer")
        .alias("payer"),
        pl.lit(-1, pl.Int64).alias("partner"),
    )
    gas = homes.filter(pl.Series(hit(rng, homes.height, 0.3 * s.utility))).with_columns(pl.lit("gas").alias("service"))
    first_units = (
        world.places.with_row_index("d").filter(pl.Series(flats)).unique("building", keep="first", maintain_order=True)
    )
    first_units = first_units.filter(pl.Series(mastered[first_units["building"].to_numpy()]))
    whole = pl.DataFrame({"dwelling": first_units["d"].cast(pl.Int64)}).with_columns(
        pl.lit(0, pl.UInt32).alias("household"), pl.lit(0, pl.Int64).alias("payer"),
        pl.lit(-1, pl.Int64).alias("second"),
        pl.lit(None, pl.Boolean).alias("kin"), pl.lit(world.extract - 4000, pl.Int64).alias("start"),
        pl.lit(2_000_000, pl.Int64).alias("end"), pl.lit(-1, pl.Int64).alias("partner"), pl.lit(True).alias("master"),
        pl.lit("water").alias("service"),
    )  # fmt: skip
    every = pl.concat([water, electric, gas, whole.select(water.columns)])
    numbers = 1_000_000 + rng.permutation(every.height) * 3
    return every.with_columns(
        pl.Series("account_id", numbers).cast(pl.String),
        (pl.col("start") + pl.Series(rng.integers(-3, 5, every.height))).alias("start"),
    )


def _usage(world: World, accounts: pl.DataFrame) -> Source:
    rng = world.stream("usage")
    first = np.datetime64(world.settings.extract_on, "M") - np.timedelta64(MONTHS - 1, "M")
    starts = (first + np.arange(MONTHS).astype("timedelta64[M]")).astype("datetime64[D]").astype(np.int64)
    persons = _present(world, starts + 15)
    read = accounts.filter(
        pl.Series(hit(rng, accounts.height, np.where(accounts["service"].to_numpy() == "water", 0.985, 0.30)))
    ).filter(pl.col("end") > int(starts[0]) + 15)
    where, master = read["dwelling"].to_numpy(), read["master"].to_numpy()
    building = world.places["building"].to_numpy()
    by_building = np.zeros((int(building.max()) + 1, MONTHS))
    np.add.at(by_building, building, persons)
    people = np.where(master[:, None], by_building[building[where]], persons[where])
    lawn = (world.places["kind"].to_numpy() == "house")[where]
    size = read.height
    month = (first + np.arange(MONTHS)).astype(int) % 12 + 1
    summer = np.select([np.isin(month, [7, 8]), np.isin(month, [6, 9]), np.isin(month, [5, 10])], [1.0, 0.8, 0.35], 0.0)
    winter = np.select(
        [np.isin(month, [12, 1, 2]), np.isin(month, [11, 3]), np.isin(month, [10, 4])], [1.0, 0.7, 0.4], 0.1
    )
    factor = np.exp(rng.normal(0, np.log(WATER_GSD), size))[:, None]
    wobble = np.exp(rng.normal(0, 0.15, (size, MONTHS)))
    water = 30.4 * GALLONS_PERSON_DAY * people**0.85 * factor * wobble
    garden = np.where(lawn, np.exp(rng.normal(8.9, 0.8, size)), 0.0)[:, None] * summer[None, :] * wobble
    water = water + garden + np.exp(rng.normal(3.0, 1.0, (size, MONTHS)))
    power = (
        (180 + 190 * people**0.75)
        * np.exp(rng.normal(0, np.log(KWH_GSD), size))[:, None]
        * wobble
        * (1 + 0.25 * summer)
    )
    gas = (8 + 4 * people**0.5 + 90 * winter[None, :]) * np.exp(rng.normal(0, 0.4, size))[:, None] * wobble
    service = read["service"].to_numpy()[:, None]
    value = np.where(
        service == "water", np.round(water, -1), np.where(service == "electric", np.round(power), np.round(gas, 1))
    )
    mid = starts + 15
    active = (read["start"].to_numpy()[:, None] <= mid[None, :]) & (read["end"].to_numpy()[:, None] > mid[None, :])
    active &= (starts[None, :] + 27 <= world.extract) & hit(rng, size * MONTHS, 0.995).reshape(size, MONTHS)
    row, column = np.nonzero(active)
    units = {"water": "gal", "electric": "kWh", "gas": "therm"}
    frame = pl.DataFrame(
        {
            "account_id": read["account_id"].to_numpy()[row],
            "month": (first + np.arange(MONTHS)).astype(str).astype(object)[column],
            "usage": value[row, column],
            "unit": np.array([units[v] for v in read["service"]], dtype=object)[row],
        },
        schema={"account_id": pl.String, "month": pl.String, "usage": pl.Float64, "unit": pl.String},
    ).with_columns(pl.Series("_dwelling", np.where(master[row], -1, where[row])))
    return Source("utility_usage", frame, ("account_id", "month"))


def _present(world: World, at: Ints) -> Floats:
    """Persons in each dwelling on each of the days `at`; a guest counts by nights a week."""
    out = np.zeros((world.places.height, len(at)))
    for frame, share in (
        (world.stays, np.ones(world.stays.height)),
        (world.guests, world.guests["nights_week"].to_numpy() / 7),
    ):
        begin, end = frame["start"].to_numpy()[:, None], frame["end"].to_numpy()[:, None]
        there = ((begin <= at[None, :]) & (end > at[None, :])) * share[:, None]
        np.add.at(out, frame["dwelling"].to_numpy(), there)
    return out
