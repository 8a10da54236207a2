"""Guests: partners who live elsewhere and sleep over some nights a week, night by night."""

import numpy as np
import polars as pl

from evidence.synthetic.chance import Bools, Floats, Generator, Ints, hit
from evidence.synthetic.households import day
from evidence.synthetic.settings import WorldSettings

NIGHTS_BEFORE = 860  # nights simulated before the export: twelve months before the earliest case window
NIGHTS_AFTER = 45
# Relative attraction of the nights that begin on Monday .. Sunday (assumed: weekends most).
_WEEKDAY = np.array([0.80, 0.80, 0.85, 1.00, 1.45, 1.50, 0.85])


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
