"""Households in time: who held each dwelling at the export and before, and how many they were."""

from datetime import date

import numpy as np
import polars as pl

from evidence.synthetic.chance import Bools, Generator, Ints, draw, hit
from evidence.synthetic.settings import Scale, WorldSettings
from loaders.tables import table

OPEN_END = 2_000_000  # day number of "still there"
_TURN = (8, 1)  # lease turn, month and day: about 1 August in a college town


def day(value: date) -> int:
    """A date as days since 1970-01-01."""
    return (value - date(1970, 1, 1)).days


def build_households(rng: Generator, places: pl.DataFrame, scale: Scale, settings: WorldSettings) -> pl.DataFrame:
    """One row per household and stay: `household`, `dwelling`, `kind`, `start`, `end`, `np`, `npf`, `hht`, `r18`.

    Days are counted from 1970; `end` is the first day no longer there. Up to three households follow one another
    in a dwelling, newest first made; sizes of ordinary households are drawn from the survey of a college region.
    """
    extract = day(settings.extract_on)
    rented = places["rented"].to_numpy()
    near = places["near"].to_numpy()
    weight = scale.student_share / max(1e-9, float(np.mean(near[rented] ** 0.7)))
    student = rented & hit(rng, places.height, np.minimum(0.95, near**0.7 * weight))
    occupied = ~hit(rng, places.height, settings.vacant_share)
    frames = []
    index = np.flatnonzero(occupied)
    end = np.full(len(index), OPEN_END, dtype=np.int64)
    for level in range(3):
        start = _starts(rng, end, rented[index], student[index], extract, settings, level)
        frames.append(_compose(rng, places, index, student[index], start, end, settings))
        gap = rng.integers(0, 25, len(index))
        again = start > extract - 860
        index, end = index[again], (start - gap)[again]
    return pl.concat(frames).with_row_index("household")


def _starts(
    rng: Generator,
    end: Ints,
    rented: Bools,
    student: Bools,
    extract: int,
    settings: WorldSettings,
    level: int,
) -> Ints:
    size = len(end)
    year = settings.extract_on.year
    turns = np.array([day(date(y, *_TURN)) for y in range(year - 12, year + 1)])
    latest = np.minimum(end, extract + 30 if level == 0 else end)
    last_turn = turns[np.maximum(np.searchsorted(turns, latest - 120, side="right") - 1, 0)]
    if level == 0:  # the newest tenancy may have begun at the turn just past
        last_turn = np.full(size, turns[turns <= extract][-1])
    years_on = (
        rng.geometric(1.0 - np.where(student, settings.stay_on_share, settings.stay_on_share * 1.3).clip(0, 0.9)) - 1
    )
    at_turn = last_turn - np.round(365.25 * years_on).astype(np.int64) + rng.integers(-4, 9, size)
    other = latest - 20 - rng.exponential(np.where(rented, 500.0, 4000.0), size).astype(np.int64)
    by_turn = rented & hit(rng, size, np.where(student, 0.85, 0.35))
    start = np.where(by_turn, at_turn, other)
    return np.asarray(np.minimum(start, latest - 30).astype(np.int64))


def _compose(
    rng: Generator,
    places: pl.DataFrame,
    index: Ints,
    student: Bools,
    start: Ints,
    end: Ints,
    settings: WorldSettings,
) -> pl.DataFrame:
    bedrooms = places["bedrooms"].to_numpy()[index]
    rented = places["rented"].to_numpy()[index]
    survey = _survey_draw(rng, rented, bedrooms)
    size = len(index)
    persons = np.where(student, _student_size(rng, bedrooms, settings), survey["np"])
    family = np.where(student, 0, survey["npf"])
    lodgers = np.where(
        ~student & rented & (bedrooms >= 2) & hit(rng, size, settings.lodger_share), rng.integers(1, 4, size), 0
    )
    persons = persons + lodgers
    kind = np.where(student, "student", np.where((family <= 1) & (persons >= 2), "mixed", "family"))
    return pl.DataFrame(
        {
            "dwelling": index,
            "kind": kind,
            "rented": rented,
            "start": start,
            "end": end,
            "np": persons,
            "npf": family,
            "hht": np.where(student, 5, survey["hht"]),
            "r18": np.where(student, 0, survey["r18"]),
        },
        schema_overrides={"kind": pl.String},
    )


def _student_size(rng: Generator, bedrooms: Ints, settings: WorldSettings) -> Ints:
    """One to three, no more than a bedroom and one; a share go over, most of them by one."""
    size = len(bedrooms)
    lawful = np.minimum(draw(rng, np.array([1, 2, 3]), size, np.array([0.10, 0.30, 0.60])), bedrooms + 1)
    rest = (1 - settings.over_by_one_share) / 0.36
    over = draw(
        rng, np.array([4, 5, 6, 7]), size, np.array([settings.over_by_one_share, 0.22 * rest, 0.10 * rest, 0.04 * rest])
    )
    roomy = settings.student_over_share * np.array([0.0, 0.05, 0.6, 1.25, 1.9, 2.2, 2.4])[np.minimum(bedrooms, 6)]
    return np.asarray(np.where(hit(rng, size, roomy), np.minimum(over, bedrooms + 2), lawful).astype(np.int64))


def _survey_draw(rng: Generator, rented: Bools, bedrooms: Ints) -> dict[str, Ints]:
    """Survey households (persons, family persons, type, children) drawn by weight within tenure and bedrooms."""
    survey = table("pums_households").with_columns(
        pl.col("wgtp", "np", "bds", "ten", "npf", "hht", "r18", "type").cast(pl.Int64, strict=False)
    )
    survey = survey.filter((pl.col("type") == 1) & (pl.col("np") > 0)).with_columns(pl.col("npf").fill_null(1))
    columns = {name: survey[name].fill_null(0).to_numpy() for name in ("np", "npf", "hht", "r18")}
    renter = survey["ten"].is_in([3, 4]).fill_null(False).to_numpy()
    rooms = survey["bds"].fill_null(0).to_numpy()
    weight = survey["wgtp"].to_numpy().astype(float)
    chosen = np.zeros(len(rented), dtype=np.int64)
    for tenure in (False, True):
        for count in range(1, 6):
            here = np.flatnonzero((rented == tenure) & (np.minimum(bedrooms, 5) == count))
            pool = np.flatnonzero((renter == tenure) & (rooms == count))
            chosen[here] = draw(rng, pool, len(here), weight[pool])
    return {name: values[chosen].astype(np.int64) for name, values in columns.items()}
