"""Registered plates whose owners may belong to a case: thousands a case, whoever is named there by a common surname."""

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.case_keys import Floats, Keys, greatest, keys_of
from matchers.vehicle_registry import Registry

_LEAST_AFFINITY_BITS = 1.0


def registered_to_case(affinity: pl.DataFrame, registry: Registry, cases: pl.DataFrame) -> tuple[Keys, Floats]:
    """Case and entity (`case_keys`) of the registrations whose owners belong to the case, and the affinity of each."""
    runs = (
        affinity["case_id"]
        .rle()
        .struct.unnest()
        .join(cases, left_on="value", right_on="case_id", how="left", maintain_order="left")
    )
    case = np.repeat(runs["case"].fill_null(len(cases)).to_numpy(), runs["len"].to_numpy())
    entity_of_row = np.full(1 + max(_last(registry.rows["dmv_row"]), _last(affinity["dmv_row"])), -1, dtype=np.int64)
    entity_of_row[registry.rows["dmv_row"].to_numpy()] = registry.rows["entity"].to_numpy()
    entity, bits = entity_of_row[affinity["dmv_row"].to_numpy()], affinity["bits"].to_numpy()
    mine = (bits >= _LEAST_AFFINITY_BITS) & (entity >= 0) & (case < len(cases))
    return greatest(keys_of(case[mine], entity[mine]), bits[mine])


def word_of_entity(registry: Registry) -> npt.NDArray[np.uint32]:
    """By entity. They are sorted by plate, so their plates are numbered as the index numbers them."""
    entity = registry.entities["entity"]
    words = np.zeros(1 + _last(entity), dtype=np.uint32)
    words[entity.to_numpy()] = registry.entities["plate"].rle_id().to_numpy()
    return words


def _last(numbers: pl.Series) -> int:
    """Greatest of these row numbers; -1 of none."""
    greatest_one = numbers.max()
    return -1 if greatest_one is None else int(greatest_one)  # type: ignore[arg-type]
