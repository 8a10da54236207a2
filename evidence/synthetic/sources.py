"""What every agency file has in common before it is written: cells, and beside them the truth about each name."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from evidence.synthetic.addressing import write_dwellings, write_far
from evidence.synthetic.chance import Bools, Generator, Ints, Texts, draw, hit
from evidence.synthetic.world import World

COMPANY = -1  # the cell names a body, not a person
NOBODY = -2  # the cell names no one here (blank, or one person where two would fit)


@dataclass(frozen=True, slots=True)
class Source:
    """One agency file to be.

    `frame`: the columns of the data dictionary (text, `Date`, numbers) and hidden ones, which start with '_':
    `_dwelling` (true dwelling of the row, -1 outside) and `_<field>_<part>` (person, COMPANY or NOBODY).
    `keys`: columns that sort the file as the agency keeps it.
    """

    name: str
    frame: pl.DataFrame
    keys: tuple[str, ...]


def days(values: Ints, known: Bools | None = None) -> pl.Series:
    """Day numbers as dates; null where not `known`."""
    series = pl.Series(np.asarray(values, dtype=np.int64)).cast(pl.Int32).cast(pl.Date)
    if known is None:
        return series
    return pl.select(pl.when(pl.Series(known)).then(series)).to_series()


def blank(values: Texts, known: Bools) -> pl.Series:
    """Text, null where not `known` or empty."""
    series = pl.Series(np.asarray(values, dtype=object), dtype=pl.String)
    return pl.select(pl.when(pl.Series(known) & (series != "")).then(series)).to_series()


@dataclass(frozen=True, slots=True)
class Homes:
    """Per person: the dwelling at the export (`now`), the `last` one, the one before (`former`), `since` when."""

    now: Ints
    last: Ints
    former: Ints
    since: Ints


def homes(world: World) -> Homes:
    """Addresses of every person over time; -1 where there is none."""
    total = world.persons.height
    now, last, former = (np.full(total, -1, dtype=np.int64) for _ in range(3))
    since = np.zeros(total, dtype=np.int64)
    begun = world.stays.filter(pl.col("start") <= world.extract).sort("start", "person", "dwelling")
    grouped = begun.group_by("person", maintain_order=True).agg("dwelling", "start", pl.col("end").last())
    who = grouped["person"].to_numpy()
    last[who] = grouped["dwelling"].list.last().to_numpy()
    since[who] = grouped["start"].list.last().to_numpy()
    before = grouped["dwelling"].list.get(-2, null_on_oob=True).fill_null(-1).to_numpy()
    former[who] = before
    here = grouped["end"].to_numpy() > world.extract
    now[who[here]] = last[who[here]]
    return Homes(now, last, former, since)


def addresses(rng: Generator, world: World, dwelling: Ints, who: Ints, **style: object) -> Texts:
    """Written addresses: of `dwelling`, or where that is negative the far home of person `who`."""
    out = np.full(len(dwelling), "", dtype=object)
    local = np.flatnonzero(dwelling >= 0)
    out[local] = write_dwellings(rng, world.places, dwelling[local], world.settings, **style)  # type: ignore[arg-type]
    far = np.flatnonzero(dwelling < 0)
    out[far] = write_far(world.persons, who[far])
    return out


def births(rng: Generator, world: World, who: Ints, known: Bools) -> pl.Series:
    """Birth dates as a source has them: often missing, sometimes with day and month exchanged or a year out."""
    s = world.settings
    size = len(who)
    true = world.persons["dob"].to_numpy()[who]
    frame = pl.DataFrame({"true": days(true)}).with_columns(
        pl.col("true").dt.day().alias("d"), pl.col("true").dt.month().alias("m"), pl.col("true").dt.year().alias("y")
    )
    shift = pl.Series(draw(rng, np.array([-10, -1, 1, 10]), size))
    exchanged = pl.date(pl.col("y"), pl.col("d").clip(1, 12), pl.col("m"))
    moved = pl.date(pl.col("y") + shift, pl.col("m"), pl.col("d").clip(1, 28))
    other = pl.date(pl.col("y"), pl.col("m"), (pl.col("d") + shift.abs()).clip(1, 28))
    kind = pl.Series(np.where(hit(rng, size, s.birth_wrong), rng.integers(1, 4, size), 0))
    seen = pl.Series(known & ~hit(rng, size, s.birth_missing))
    written = pl.when(kind == 1).then(exchanged).when(kind == 2).then(moved).when(kind == 3).then(other)
    return frame.select(pl.when(seen).then(written.otherwise("true")).alias("born")).to_series()
