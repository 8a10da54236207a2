"""How many pairs of profiles there are, compared or not, at each kind of address: what matches are a share of."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.coded import Codes, Floats
from matchers.comparison import LEVELS, level
from matchers.patterns import CROWDS, size_class


@dataclass(frozen=True, slots=True)
class Possible:
    """Number of pairs of profiles, compared or not: `by_ground` as `Weights.match_share` is laid out (levels of
    address, sizes of place), `by_sources` per pair of sources; and the number of profiles.
    """

    by_ground: Floats
    by_sources: Floats
    profiles: int


def pairs_of_sources(source: Codes, source_pair: Codes) -> Floats:
    """Number of pairs of profiles per pair of sources. source: code of each profile; source_pair: of two codes."""
    sizes = np.bincount(source, minlength=len(source_pair)).astype(np.float64)
    both = np.outer(sizes, sizes)
    np.fill_diagonal(both, sizes * (sizes - 1))
    pairs = max(int(source_pair.max(initial=0)) + 1, 1)
    return np.bincount(source_pair.ravel(), both.ravel() / 2, pairs).astype(np.float64)


def pairs_of_grounds(profiles: pl.DataFrame, at_random: pl.Series, compared: pl.Series) -> Floats:
    """Number of pairs of profiles, compared or not, by level of address and size of place.

    at_random, compared: levels of address of random and of candidate pairs. Equal places, buildings and ZIP codes
    are counted; how many pairs live at like addresses or on one street is told by the random pairs.
    """

    def within(*columns: str) -> float:
        sizes = profiles.select(columns).drop_nulls().group_by(columns).len()["len"].cast(pl.Float64)
        return float((sizes * (sizes - 1) / 2).sum())

    n, place, building, zip_code = float(len(profiles)), "place", "building_key", "zip"
    known = float(profiles.filter(pl.any_horizontal(pl.col(place, building, zip_code).is_not_null())).height)
    total, all_known = n * (n - 1) / 2, known * (known - 1) / 2
    size = len(LEVELS["address"])
    drawn = np.bincount(at_random.to_numpy(), minlength=size) * (total / max(len(at_random), 1))
    least = np.bincount(compared.to_numpy(), minlength=size).astype(np.float64)
    same_zip = within(zip_code) - within(place, zip_code) - within(building, zip_code)
    counted = {
        "missing": total - all_known,
        "same": within(place),
        "building": within(building) - within(place, building),
        "alike": drawn[level("address", "alike")],
        "street": drawn[level("address", "street")],
        "zip": same_zip + within(place, building, zip_code),
    }
    counted["different"] = all_known - sum(counted[name] for name in LEVELS["address"][1:-1])
    by_level = np.maximum(np.array([counted[name] for name in LEVELS["address"]]), least)
    by_level[level("address", "same")] = 0.0  # counted by size of place
    sizes = profiles["place"].drop_nulls().value_counts()["count"].to_numpy().astype(np.int64)
    by_size = np.bincount(size_class(sizes), weights=sizes * (sizes - 1) / 2, minlength=CROWDS + 1)[1:]
    return np.append(by_level, by_size)
