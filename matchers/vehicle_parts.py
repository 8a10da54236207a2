"""A log in parts of whole cases: given the rates, no case asks anything of another.

Parts are decoded by themselves, so that their arrays stay near the processor and side by side on its threads; what
they teach is put together in the order of the log, so that it is to the bit what one pass over all of it gives.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

import polars as pl

from matchers.vehicle_candidates import Candidates

Given = TypeVar("Given")
Made = TypeVar("Made")

_SIGHTINGS = 8_000
_THREADS = 2


@dataclass(frozen=True, slots=True)
class Part:
    """Some cases of a log: their plated sightings and their candidates, both numbered from 0, and by how much these
    numbers fall short of those in the whole log.
    """

    plated: pl.DataFrame
    candidates: Candidates
    first_sighting: int
    first_candidate: int


def parts_of(plated: pl.DataFrame, candidates: Candidates) -> list[Part]:
    """All cases, in order; at least one part. plated: by case and `sighting`; candidates: by case and `candidate`."""
    sizes = plated.group_by("case_id").agg(size=pl.len()).sort("case_id")
    sizes = sizes.select("case_id", part=(pl.col("size").cum_sum() - 1) // _SIGHTINGS)
    last = sizes.group_by("part").agg(last=pl.col("case_id").max()).sort("part")["last"].to_list()
    bounds = [None, *last[:-1], None]
    return [_part(plated, candidates, after, upto) for after, upto in pairwise(bounds)]


def _part(plated: pl.DataFrame, candidates: Candidates, after: str | None, upto: str | None) -> Part:
    """Of the cases behind `after` up to `upto`; null: no bound."""
    case = pl.col("case_id")
    mine = (pl.lit(True) if after is None else case > after) & (pl.lit(True) if upto is None else case <= upto)
    sightings, plates = plated.filter(mine), candidates.plates.filter(mine)
    first = [
        int(frame[0, name]) if len(frame) else 0 for frame, name in ((sightings, "sighting"), (plates, "candidate"))
    ]
    here = replace(
        candidates,
        plates=plates.with_columns(pl.col("candidate") - first[1]),
        links=candidates.links.filter(mine).with_columns(pl.col("candidate") - first[1]),
    )
    return Part(sightings.with_columns(pl.col("sighting") - first[0]), here, *first)


def for_each(make: Callable[[Given], Made], parts: Iterable[Given]) -> list[Made]:
    """Of each part in order, made side by side as far as polars has threads."""
    with ThreadPoolExecutor(min(_THREADS, pl.thread_pool_size())) as pool:
        return list(pool.map(make, parts))


def whole(parts: Sequence[Part], frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One frame of those of all parts, where sightings, candidates and owners are numbered as in the whole log."""
    first = {"sighting": "first_sighting", "candidate": "first_candidate", "owner": "first_candidate"}
    numbered = [
        frame.with_columns(pl.col(name) + getattr(part, by) for name, by in first.items() if name in frame.columns)
        for part, frame in zip(parts, frames, strict=True)
    ]
    return pl.concat(numbered, rechunk=True)
