"""How often two people at random agree: u of every level, counted on pairs drawn at random, with a prior."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from matchers.coded import Codes, Comparable, Floats
from matchers.comparison import LEVELS, level
from matchers.settings import LinkSettings

COMPARED = ("given", "family", "middle", "suffix", "dob", "identifier")
LEARNED = ("given", "family", "middle", "dob")  # u of the others is the prior: too few random pairs give both sides
_ENDS = {"left": pl.UInt32, "right": pl.UInt32}
LEVEL_PAIRS = 0.5  # Jeffreys' half a pair per level: what was never seen is rare, not impossible


def content_order(people: Comparable) -> Codes:
    """Positions of the profiles sorted by what they say, whatever order the rows came in; no two say the same."""
    columns = (people.source, people.given, people.middle, people.family, people.suffix, people.dob, people.place,
               people.building, people.zip, people.record_key)  # matchers.profiles.KEY  # fmt: skip
    packed: list[Codes] = []
    size = 0
    for column in columns:  # the last weighs most: as many columns to a number as it can hold are sorted at once
        radix = len(column.values) + 1
        if not packed or size * radix >= 2**62:
            packed.append(column.codes + 1)
            size = radix
        else:
            packed[-1] = packed[-1] + size * (column.codes + 1)
            size *= radix
    return np.lexsort(packed).astype(np.int64)


def draw_pairs(order: Codes, settings: LinkSettings) -> pl.DataFrame:
    """left < right: pairs of different profiles drawn at random from `content_order`."""
    size = len(order)
    drawn = np.random.default_rng(settings.seed).integers(0, max(size, 1), (2, settings.u_random_pairs))
    pairs = order[drawn[:, drawn[0] != drawn[1]]]
    return pl.DataFrame({"left": pairs.min(axis=0), "right": pairs.max(axis=0)}, schema=_ENDS, strict=False)


def random_agreement(levels: pl.DataFrame, settings: LinkSettings) -> dict[str, Floats]:
    """u per feature and level from pairs drawn at random (`levels` as from `compare`), with a prior.

    In a small town some random pairs are one person: pairs that agree exactly on two of given name, surname and
    birth date, or on an identifier, are left out.
    """
    exact = pl.sum_horizontal(
        *((pl.col(name) == level(name, "exact")).cast(pl.Int8) for name in ("given", "family", "dob")),
        (pl.col("identifier") == level("identifier", "same")).cast(pl.Int8) * 2,
    )
    levels = levels.filter(exact < 2)
    u = {feature: prior_of(feature, settings.u_prior) for feature in COMPARED}
    for feature in LEARNED:
        counts = np.bincount(levels[feature].to_numpy(), minlength=len(LEVELS[feature])).astype(np.float64)
        counts[0] = 0.0
        added = np.where(np.arange(len(counts)) > 0, LEVEL_PAIRS, 0.0)
        u[feature] = normalised(counts + settings.u_prior_pairs * u[feature] + added)
    return u


def prior_of(feature: str, table: Mapping[str, Mapping[str, float]]) -> Floats:
    """A prior of `settings` as shares by level; level 0 (missing) has none."""
    return normalised(np.array([0.0] + [table[feature][name] for name in LEVELS[feature][1:]]))


def normalised(counts: Floats) -> Floats:
    """Counts as shares."""
    return np.asarray(counts / counts.sum())
