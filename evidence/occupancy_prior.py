"""Prior distribution of the number of occupants of a dwelling, before any source is read.

From ACS PUMS households of a college region by tenure and bedrooms (`occupants_by_bedrooms.csv`), shrunk towards the
tenure's mean where a row rests on few households. A complained-of address is likelier to be crowded: its prior is
tilted, by so much a person that P(N >= 4) has the share of complaints that turn out crowded, a rate learned from the
city's own cases.
"""

from functools import cache, lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.headcount import Array
from evidence.settings import InferenceSettings
from loaders.tables import table

VACANT_SHARE = 0.04  # of dwellings with an address: the usual rental vacancy of a college town is 3-5 %
TAIL_RATIO = 0.35  # the table's last cell is "7 or more": each further person is about a third as common
OWNER, RENTER = 0, 1


@cache
def _table(max_occupants: int, pseudo: float) -> Array:
    """(2 tenures, 7 bedroom rows, M + 1): rows 0-5 bedrooms (5 = five or more), row 6 = bedrooms not known."""
    raw = table("occupants_by_bedrooms").with_columns(
        pl.exclude("tenure").str.strip_chars().cast(pl.Float64, strict=False)
    )
    result = np.zeros((2, 7, max_occupants + 1))
    for index, tenure in enumerate(("owner", "renter")):
        rows = raw.filter(pl.col("tenure") == tenure)
        shares = rows.select("p_1", "p_2", "p_3", "p_4", "p_5", "p_6", "p_7plus").to_numpy()
        sample = rows["sample"].to_numpy()
        mean = (shares * sample[:, None]).sum(axis=0) / sample.sum()
        for bedrooms in range(7):
            match = rows["bedrooms"].to_numpy() == min(bedrooms, 5)
            seen = shares[match][0] * sample[match][0] if bedrooms < 6 and match.any() else np.zeros(7)
            total = seen + pseudo * mean
            result[index, bedrooms] = _spread(total / total.sum(), max_occupants)
    return result


def _spread(shares: Array, max_occupants: int) -> Array:
    """Shares of 1..6 and 7+ persons -> distribution over 0..M."""
    tail: Array = TAIL_RATIO ** np.arange(max_occupants - 6, dtype=float)
    pmf: Array = np.concatenate([[0.0], shares[:6], shares[6] * tail / tail.sum()])
    pmf = (1.0 - VACANT_SHARE) * pmf / pmf.sum()
    pmf[0] = VACANT_SHARE
    return pmf


def occupant_prior(bedrooms: NDArray[np.int64], tenure: NDArray[np.int64], settings: InferenceSettings) -> Array:
    """(n, M + 1) prior for each dwelling. bedrooms: -1 not known, 5 and more are one row; tenure: OWNER or RENTER."""
    rows = np.where(bedrooms < 0, 6, np.minimum(bedrooms, 5))
    prior: Array = _table(settings.max_occupants, settings.occupants_prior_pseudo)[tenure, rows]
    return prior


MOST_NOTICED = 6  # a house of six is noticed as much as one of eight


def crowding_slope(prior: Array, share: float, crowded_from: int) -> float:
    """The slope of `tilt_to_crowded` under which N >= crowded_from is true of `share` of these rows on average."""
    return _slope(np.ascontiguousarray(prior).tobytes(), prior.shape[1], share, crowded_from)


@lru_cache(maxsize=64)  # asked for again in every run of every case, with one of a few shares
def _slope(prior_bytes: bytes, width: int, share: float, crowded_from: int) -> float:
    prior = np.frombuffer(prior_bytes).reshape(-1, width)
    low, high = -3.0, 4.0
    for _ in range(26):  # to 1e-7 of the slope
        middle = (low + high) / 2.0
        reached = float(tilt_to_crowded(prior, middle)[:, crowded_from:].sum(axis=1).mean())
        low, high = (middle, high) if reached < share else (low, middle)
    return (low + high) / 2.0


def tilt_to_crowded(prior: Array, slope: float) -> Array:
    """Each further person makes a dwelling likelier to be complained of by the factor exp(slope); rows sum to 1 again.

    Neighbours notice a crowd by degrees: nothing happens between the third and the fourth person but the ordinance,
    and what that adds is the business of `inference.complaint_factor`.
    """
    tilted = prior * np.exp(slope * np.minimum(np.arange(prior.shape[1]), MOST_NOTICED))
    result: Array = tilted / tilted.sum(axis=1, keepdims=True)
    return result
