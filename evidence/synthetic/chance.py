"""Seeded randomness: one independent stream per stage, so that changing one stage leaves the others alone."""

from collections.abc import Sequence
from typing import Any, TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Value = TypeVar("Value", bound=np.generic)


def stream(seed: int, scale: str, stage: str) -> Generator:
    """The generator of one stage; it depends on nothing but its three arguments."""
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(scale.encode()), crc32(stage.encode())]))


def hit(rng: Generator, size: int, p: float | Floats) -> Bools:
    """True with probability p, independently."""
    return np.asarray(rng.random(size) < p)


def texts(values: Sequence[str] | Sequence[str | None]) -> Texts:
    """An object array of text (numpy's own text arrays are padded and slow to slice)."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def draw(rng: Generator, values: NDArray[Value], size: int, weights: Floats | None = None) -> NDArray[Value]:
    """`size` draws with replacement, by weight when weights are given."""
    if weights is None:
        return np.asarray(values[rng.integers(0, len(values), size)])
    edges = np.cumsum(weights)
    index = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return np.asarray(values[np.minimum(index, len(values) - 1)])


def choose(rng: Generator, size: int, shares: dict[str, float]) -> Texts:
    """`size` labels drawn by their shares."""
    return draw(rng, texts(list(shares)), size, np.array(list(shares.values()), dtype=float))


def words(values: Any) -> Texts:
    """Any array or list of text as an object array, so that text of any length can be put into it."""
    return np.asarray(values, dtype=object)
