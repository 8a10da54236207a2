"""Movers: one person at two addresses in time, who stays in the records of the first."""

import numpy as np
import polars as pl

from evidence.synthetic.chance import Generator, hit
from evidence.synthetic.households import OPEN_END

_MOVER_SHARE = 0.35  # assumed: co-tenants who come from another dwelling of the town
_IDENTITY = ["given", "middle", "family", "suffix", "maiden", "style", "sex", "dob", "student"]


def move_within_town(rng: Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Make some co-tenants the same person as one who left another dwelling in the same fortnight.

    The later stay takes over the earlier person's number, name and birth date. Only unrelated co-tenants move, so
    that families stay whole, and nobody moves twice. Takes and gives the frame of `build_people`.
    """
    alone = people.filter(pl.col("role") == "cotenant").select("person", "start", "end", "dwelling")
    left = alone.filter(pl.col("end") < OPEN_END).with_columns((pl.col("end") // 14).alias("fortnight"))
    left = left.with_columns(pl.Series("u", rng.random(left.height))).sort("fortnight", "u")
    came = alone.filter(pl.Series(hit(rng, alone.height, _MOVER_SHARE)))
    came = came.with_columns((pl.col("start") // 14).alias("fortnight")).sort("fortnight", "person")
    place = pl.int_range(pl.len()).over("fortnight").alias("place")
    pairs = came.with_columns(place).join(left.with_columns(place), on=["fortnight", "place"], suffix="_before")
    pairs = pairs.filter(
        (pl.col("end_before") <= pl.col("start")) & (pl.col("dwelling") != pl.col("dwelling_before"))
    ).sort("person")
    later, former = pairs["person"].to_numpy(), pairs["person_before"].to_numpy()
    once = ~np.isin(later, former) & ~np.isin(former, later)
    identity = people["person"].to_numpy().copy()
    identity[later[once]] = former[once]
    return people.with_columns(people[_IDENTITY][identity].get_columns()).with_columns(
        pl.Series("person", identity), pl.Series("kin", identity[people["kin"].to_numpy()])
    )
