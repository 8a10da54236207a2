"""Spells: runs of parts of the window in which a person lives at a dwelling, from tables to arrays."""

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.headcount import Array
from evidence.situations import MOVE_SOURCES
from evidence.stay_grid import Ints


@dataclass(frozen=True, slots=True)
class Spells:
    """Runs of parts in which a person lives there, one row each; days since 1970, nan not known.

    person: row of the person; weight: probability; came: the household's coming; own: beginning of the person's own
    lease or account; listed: first listing; turn: last lease turn; begins, ends: first and last day of the run;
    window_from, window_to: of the case.
    """

    person: Ints
    weight: Array
    came: Array
    own: Array
    listed: Array
    turn: Array
    begins: Array
    ends: Array
    window_from: Array
    window_to: Array

    @property
    def final(self) -> NDArray[np.bool_]:
        """Whether each run reaches the end of the window."""
        result: NDArray[np.bool_] = self.ends >= self.window_to
        return result

    def only(self, chosen: NDArray[np.bool_]) -> "Spells":
        """Some of the spells."""
        return Spells(*(getattr(self, field.name)[chosen] for field in fields(self)))


def own_paper() -> pl.Expr:
    """Earliest day on which a lease or account of the person that was in force in the part began; an aggregate over
    source, listed_from, listed_to, date_from, date_to.
    """
    in_force = (
        pl.col("source").is_in(list(MOVE_SOURCES))
        & (pl.col("listed_from") <= pl.col("date_to"))
        & (pl.col("listed_to").is_null() | (pl.col("listed_to") >= pl.col("date_from")))
    )
    return pl.col("listed_from").filter(in_force).min()


def find_spells(named: pl.DataFrame, one: pl.DataFrame) -> pl.DataFrame:
    """Runs of parts in which each person lives there (see `resident_nights`), sorted by person: person, weight, came,
    own, listed, turn, begins, ends, window_from, window_to; days are dates, null where not known.
    """
    keys = ["case_id", "person_id"]
    unknown = pl.lit(0).cast(pl.Date)
    ordered = named.join(one.select(*keys, "person"), on=keys).sort(
        "person", "p_occupant", "date_from", descending=[False, True, False]
    )
    return ordered.select(
        "person",
        "window_from",
        "window_to",
        weight=pl.col("p_occupant") - pl.col("p_occupant").shift(-1).over("person").fill_null(0.0),
        # The household of the run's first part; its coming is not known if that part's is not.
        came=pl.col("settled_on").fill_null(unknown).cum_min().over("person").replace(date(1970, 1, 1), None),
        own=pl.col("own_from").cum_min().over("person"),
        listed=pl.col("listed_on").min().over("person"),
        turn=pl.col("last_turn").cum_min().over("person"),
        begins=pl.col("date_from").cum_min().over("person"),
        ends=pl.col("date_to").cum_max().over("person"),
    )


def as_arrays(spells: pl.DataFrame, offset: int) -> Spells:
    """The rows of `find_spells` as arrays, persons numbered from `offset`."""

    def days(column: str) -> Array:
        return spells[column].to_physical().cast(pl.Float64).fill_null(np.nan).to_numpy()

    dates = ("came", "own", "listed", "turn", "begins", "ends", "window_from", "window_to")
    return Spells(
        person=spells["person"].to_numpy().astype(np.int64) - offset,
        weight=spells["weight"].to_numpy(),
        **{name: days(name) for name in dates},
    )
