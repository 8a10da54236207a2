"""How many pairs of profiles there are, compared or not, at each kind of address: what matches are a share of."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.coded import Codes, Comparable, Floats, combined, distinct
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


def pairs_of_grounds(people: Comparable, at_random: pl.Series, compared: Floats) -> Floats:
    """Number of pairs of profiles, compared or not, by level of address and size of place.

    at_random: levels of address of random pairs; compared: candidate pairs of each level. Equal places, buildings and
    ZIP codes are counted; how many pairs live at like addresses or on one street is told by the random pairs.
    """
    place, building, zip_code = people.place.codes, people.building.codes, people.zip.codes
    n, known = float(len(place)), float(((place >= 0) | (building >= 0) | (zip_code >= 0)).sum())
    total, all_known = n * (n - 1) / 2, known * (known - 1) / 2
    size = len(LEVELS["address"])
    drawn = np.bincount(at_random.to_numpy(), minlength=size) * (total / max(len(at_random), 1))
    same_zip = _within(zip_code) - _within(place, zip_code) - _within(building, zip_code)
    counted = {
        "missing": total - all_known,
        "same": _within(place),
        "building": _within(building) - _within(place, building),
        "alike": drawn[level("address", "alike")],
        "street": drawn[level("address", "street")],
        "zip": same_zip + _within(place, building, zip_code),
    }
    counted["different"] = all_known - sum(counted[name] for name in LEVELS["address"][1:-1])
    by_level = np.maximum(np.array([counted[name] for name in LEVELS["address"]]), compared)
    by_level[level("address", "same")] = 0.0  # counted by size of place
    sizes = _sizes(place)
    by_size = np.bincount(size_class(sizes), weights=sizes * (sizes - 1) / 2, minlength=CROWDS + 1)[1:]
    return np.append(by_level, by_size)


def _sizes(*columns: Codes) -> Codes:
    """How many profiles share each combination of known values."""
    known = np.logical_and.reduce([column >= 0 for column in columns])
    key = combined([column[known] for column in columns])
    return np.bincount(key if len(columns) == 1 else distinct(key)[1])


def _within(*columns: Codes) -> float:
    """Pairs of profiles that agree on all columns."""
    sizes = _sizes(*columns).astype(np.float64)
    return float((sizes * (sizes - 1) / 2).sum())
