"""A log in parts of whole cases: given the rates, no case asks anything of another.

Parts are decoded by themselves, so that their arrays stay near the processor and side by side on its threads; what
they teach is put together in the order of the log, so that it is to the bit what one pass over all of it gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import polars as pl

from matchers.vehicle_candidates import Candidates

_SIGHTINGS = 20_000  # of a part: a city of 70,000 dwellings is one, as more parts cost it a tenth more


@dataclass(frozen=True, slots=True)
class Part:
    """Some cases of a log: their plated sightings, their readings and their candidates, all numbered from 0, and by how
    much these numbers fall short of those in the whole log (of readings nobody asks).
    """

    plated: pl.DataFrame
    candidates: Candidates
    first_sighting: int
    first_candidate: int


def parts_of(plated: pl.DataFrame, candidates: Candidates) -> list[Part]:
    """All cases, in order; at least one part. plated: by case and `sighting`; candidates: by case and `candidate`."""
    sizes = plated.group_by("case_id").agg(size=pl.len()).sort("case_id")
    sizes = sizes.select("case_id", part=(pl.col("size").cum_sum() - 1) // _SIGHTINGS)
    last = sizes.group_by("part").agg(last=pl.col("case_id").max()).sort("part")["last"]
    frames = (plated, candidates.plates, candidates.readings)
    ends = [[0, *frame["case_id"].search_sorted(last[:-1], side="right"), len(frame)] for frame in frames]
    return [_part(plated, candidates, *bounds) for bounds in zip(*(pairwise(one) for one in ends), strict=True)]


def _part(plated: pl.DataFrame, candidates: Candidates, *bounds: tuple[int, int]) -> Part:
    """Of the sightings, candidates and readings between these bounds."""
    sightings, plates, readings = (
        frame.slice(start, stop - start).with_columns(pl.col(number) - start)
        for frame, number, (start, stop) in zip(
            (plated, candidates.plates, candidates.readings), ("sighting", "candidate", "reading"), bounds, strict=True
        )
    )
    (first_sighting, _), (first_candidate, _), (first_reading, last_reading) = bounds
    begin, end = candidates.links["reading"].search_sorted(pl.Series([first_reading, last_reading]))
    links = candidates.links.slice(begin, end - begin).select(
        pl.col("reading") - first_reading, pl.col("candidate") - first_candidate
    )
    here = replace(candidates, plates=plates, readings=readings, links=links)
    return Part(sightings, here, first_sighting, first_candidate)


def whole(parts: Sequence[Part], frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One frame of those of all parts, where sightings, candidates and owners are numbered as in the whole log."""
    first = {"sighting": "first_sighting", "candidate": "first_candidate", "owner": "first_candidate"}
    numbered = [
        frame.with_columns(pl.col(name) + getattr(part, by) for name, by in first.items() if name in frame.columns)
        for part, frame in zip(parts, frames, strict=True)
    ]
    return pl.concat(numbered, rechunk=True)
