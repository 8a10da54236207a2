"""Guests: partners who live elsewhere and sleep over some nights a week, night by night; and movers inside the town."""

import numpy as np
import polars as pl

from evidence.synthetic.chance import Bools, Floats, Generator, Ints, hit
from evidence.synthetic.households import day
from evidence.synthetic.settings import WorldSettings

NIGHTS_BEFORE = 860  # nights simulated before the export: twelve months before the earliest case window
NIGHTS_AFTER = 45
# Relative attraction of the nights that begin on Monday .. Sunday (assumed: weekends most).
_WEEKDAY = np.array([0.80, 0.80, 0.85, 1.00, 1.45, 1.50, 0.85])


def move_within_town(rng: Generator, people: pl.DataFrame, share: float = 0.35) -> pl.DataFrame:
    """Let some co-tenants be the same person as one who left another dwelling shortly before.

    The later stay takes over the earlier person's number, name and birth date: one person, two addresses in time.
    """
    movable = pl.col("role").is_in(["cotenant"]) & (pl.col("guardian") < 0)
    left = people.filter(movable & (pl.col("end") < 1_000_000)).select("person", "end", "dwelling")
    came = people.filter(movable & (pl.col("start") > left["end"].min())).select("person", "start", "dwelling")
    left = left.sample(fraction=1.0, shuffle=True, seed=int(rng.integers(2**31))).sort("end", maintain_order=True)
    came = came.filter(pl.Series(hit(rng, came.height, share))).sort("start", "person")
    pairs = (
        came.join_asof(left.rename({"person": "former", "dwelling": "from"}), left_on="start", right_on="end")
        .filter((pl.col("start") - pl.col("end") < 40) & (pl.col("dwelling") != pl.col("from")))
        .unique("former", keep="first", maintain_order=True)
    )
    pairs = _spread(pairs, left, came)
    identity = people["person"].to_numpy().copy()
    later, former = pairs["person"].to_numpy(), pairs["former"].to_numpy()
    free = ~np.isin(later, former)  # no chains: a former person keeps its own identity
    identity[later[free]] = former[free]
    columns = ["given", "middle", "family", "suffix", "maiden", "style", "sex", "dob", "student"]
    return people.with_columns(people[columns][identity].get_columns()).with_columns(
        pl.Series("person", identity), pl.Series("kin", identity[people["kin"].to_numpy()])
    )


def _spread(pairs: pl.DataFrame, left: pl.DataFrame, came: pl.DataFrame) -> pl.DataFrame:
    """Match by position inside each fortnight: an as-of join alone gives every arrival the same last leaver."""
    left = left.with_columns((pl.col("end") // 14).alias("slot")).with_columns(
        pl.int_range(pl.len()).over("slot").alias("place")
    )
    came = came.with_columns((pl.col("start") // 14).alias("slot")).with_columns(
        pl.int_range(pl.len()).over("slot").alias("place")
    )
    matched = came.join(
        left.rename({"person": "former", "dwelling": "from"}), on=["slot", "place"], how="inner"
    ).filter((pl.col("end") <= pl.col("start")) & (pl.col("dwelling") != pl.col("from")))
    both = pl.concat([matched.select("person", "former"), pairs.select("person", "former")])
    return both.unique("former", keep="first", maintain_order=True).unique("person", keep="first", maintain_order=True)


def build_guests(rng: Generator, people: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """One row per guest: `person` (-1: somebody from outside), `dwelling`, `host`, `start`, `end`, `nights_week`."""
    extract = day(settings.extract_on)
    grown = people.filter((pl.col("dob") < extract - int(17.9 * 365.25)) & (pl.col("end") > extract - 700))
    campus = grown["kind"].to_numpy() != "family"
    per_person = np.where(campus, settings.guest_share_student / 2.3, settings.guest_share_other / 2.0)
    single = grown["role"].is_in(["head", "cotenant", "lodger", "adult_child", "co_sibling"]).to_numpy()
    hosts = grown.filter(pl.Series(hit(rng, grown.height, per_person) & single))
    size = hosts.height
    pool = people.filter(pl.col("student") & (pl.col("role") == "cotenant")).select("person", "dwelling")
    picked = pool[rng.integers(0, pool.height, size)]
    local = hit(rng, size, 0.55) & (picked["dwelling"].to_numpy() != hosts["dwelling"].to_numpy())
    came_after = rng.exponential(150, size)
    start = np.maximum(hosts["start"].to_numpy(), extract - 700) + came_after.astype(np.int64)
    length = np.clip(rng.lognormal(5.0, 0.7, size), 25, 500).astype(np.int64)
    end = np.minimum(np.minimum(start + length, hosts["end"].to_numpy()), extract + NIGHTS_AFTER)
    week = np.clip(rng.normal(settings.guest_nights_mean, 1.6, size), 0.7, 6.5)
    out = pl.DataFrame(
        {
            "person": np.where(local, picked["person"].to_numpy(), -1),
            "dwelling": hosts["dwelling"],
            "host": hosts["person"],
            "start": start,
            "end": end,
            "nights_week": week,
        }
    ).filter(pl.col("end") > pl.col("start") + 7)
    return out.unique(["person", "dwelling", "host"], keep="first", maintain_order=True)


def sleep(
    rng: Generator,
    start: Ints,
    end: Ints,
    nights_week: Floats,
    settings: WorldSettings,
    leaves: Bools | None = None,
) -> Bools:
    """Nights slept: a row per person, a column per night from `first_night`; True where the person was there.

    Residents are given `nights_week` near seven. University holidays (Thanksgiving, Christmas, spring) empty beds.
    """
    first = first_night(settings)
    nights = np.arange(first, first + NIGHTS_BEFORE + NIGHTS_AFTER + 1)
    weekday = (nights + 3) % 7  # 1970-01-01 was a Thursday
    attraction = _WEEKDAY[weekday] / _WEEKDAY.mean()
    share = (nights_week / 7.0)[:, None]
    pull = np.where(share > 0.8, share, np.minimum(0.98, share * attraction[None, :]))
    leaving = np.ones(len(start), dtype=bool) if leaves is None else leaves
    pull = np.where(_holiday(nights)[None, :] & leaving[:, None], pull * 0.35, pull)
    there = (nights[None, :] >= start[:, None]) & (nights[None, :] < end[:, None])
    return np.asarray((rng.random(pull.shape) < pull) & there)


def first_night(settings: WorldSettings) -> int:
    """Day number of the first simulated night."""
    return day(settings.extract_on) - NIGHTS_BEFORE


def _holiday(nights: Ints) -> Bools:
    dates = nights.astype("datetime64[D]")
    month = dates.astype("datetime64[M]").astype(int) % 12 + 1
    of_month = (dates - dates.astype("datetime64[M]")).astype(int) + 1
    return np.asarray(
        ((month == 12) & (of_month >= 20)) | ((month == 1) & (of_month <= 12)) | ((month == 11) & (of_month // 7 == 3))
    )
