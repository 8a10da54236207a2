"""The part of a registry that a few readings can mean: what is decoded with it is what the whole gives, to the bit.

A registered plate matters to a case where it is in reach of one of its readings (`plate_index`), where a short reading
may be one end of it, or where its registrant belongs to the case. Which these are is told by keys made once for the
registry: those of each plate are looked through, those with one character left out are looked up.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from loaders.rows import Rows
from matchers.plate_channel import encode, lengths
from matchers.plate_index import (
    collapsed_keys,
    ends_of,
    fragments,
    masked_pairs,
    reading_keys,
    with_one_left_out,
)
from matchers.vehicle_registry import Registry


@dataclass(frozen=True, slots=True)
class PlateKeys:
    """`plates`: key (`plate_index.collapsed_keys`) and size of each entity of a registry, in its order. `reach`: key,
    entity of the same keys and of those with one character left out.
    """

    plates: pl.DataFrame
    reach: pl.DataFrame

    @classmethod
    def of(cls, registry: Registry) -> "PlateKeys":
        codes = encode(registry.entities["plate"])
        keys, sizes = collapsed_keys(codes), lengths(codes)
        shorter, owners = with_one_left_out(keys, sizes)
        entity = np.concatenate([np.arange(len(keys)), owners]).astype(np.uint32)
        reach = pl.DataFrame({"key": np.concatenate([keys, shorter]), "entity": entity})
        return cls(pl.DataFrame({"key": keys, "size": sizes}), reach.unique().sort("key", "entity"))


def entities_near(reads: pl.Series, plates: pl.DataFrame, reach: Rows) -> pl.Series:
    """The entities whose plates may lie behind these readings (normalised plates, nulls and repeats allowed).

    plates, reach: the frames of the `PlateKeys` of their registry.
    """
    reads = reads.drop_nulls().unique().sort()
    codes = encode(reads)
    found = [reach.where("key", pl.Series(reading_keys(codes)[0], dtype=pl.UInt64))["entity"].to_numpy()]
    keys, sizes = plates["key"].to_numpy(), plates["size"].to_numpy()
    found.append(masked_pairs(codes, keys, sizes)[1])
    short = fragments(reads)
    for size in short.str.len_chars().unique().sort():
        wanted = collapsed_keys(encode(short.filter(short.str.len_chars() == size)))
        found += [theirs[np.isin(key, wanted)] for theirs, key in ends_of(size, keys, sizes)]
    return pl.Series("entity", np.unique(np.concatenate(found)).astype(np.uint32))
