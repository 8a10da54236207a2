"""The audit of a city: the sample to judge, and the estimates from what was judged of it.

The linkage that is audited is the engine's own: judgements bind in every other run, and would make it look better here.
Only judgements on pairs of the sample count, because links that somebody looked up on a suspicion are no sample.
"""

from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from evidence.auditing.estimate import Estimate, Judged, estimates
from evidence.auditing.sample import STRATA, Sample, draw
from evidence.judging.records import SOURCE, spoken
from evidence.judging.standing import standings
from evidence.keeping import NOTHING_KEPT, Keeping
from evidence.linkage import ADDRESSED
from evidence.progress import Progress
from loaders.city import City
from matchers.dwellings import Dwellings, resolve_dwellings
from matchers.mentions import build_mentions
from matchers.persons import link_persons

SCHEMA: Final = "occupancy-evidence/linkage-audit/1"


@dataclass(frozen=True, slots=True)
class Audit:
    """`rows`: the sample with `judged`: one person, two persons, or null."""

    size: int
    seed: int
    rows: pl.DataFrame
    strata: tuple[Judged, ...]
    precision: Estimate
    recall: Estimate

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": SCHEMA,
            "size": self.size,
            "seed": self.seed,
            "strata": [{**asdict(one), "meaning": STRATA[one.stratum]} for one in self.strata],
            "precision": asdict(self.precision),
            "recall": asdict(self.recall),
        }


def audit(city: City, size: int, seed: int, progress: Progress, keep: Keeping = NOTHING_KEPT) -> Audit:
    """Draw the sample and estimate from what is judged of it so far. The same city, size and seed give the same."""
    with progress.stage("addresses to dwellings"):
        dwellings = keep.stage("dwellings", Dwellings, resolve_dwellings, of=city, sources=ADDRESSED)
    unjudged = replace(city, frames=MappingProxyType({**city.frames, SOURCE: city.frame(SOURCE).clear()}))
    with progress.stage("names to persons"):
        links = link_persons(build_mentions(unjudged, dwellings))
    with progress.stage("sample"):
        sample = draw(links, size, seed)
        rows = _with_decisions(city, sample)
        strata = tuple(_judged(sample, rows, name) for name in sample.strata["stratum"].to_list())
    return Audit(size, seed, rows, strata, *estimates(strata))


def _with_decisions(city: City, sample: Sample) -> pl.DataFrame:
    """The sample with what binds, or would bind, on each of its pairs, where the rows still say what was judged."""
    found = [
        (one.pair[0], one.pair[1], one.judgements[-1].left_says, one.judgements[-1].right_says, one.same)
        for one in standings(spoken(city))
    ]
    columns = ["left_name", "right_name", "left_says", "right_says"]
    schema = {**dict.fromkeys(columns, pl.String), "same": pl.Boolean}
    decided = pl.DataFrame(found, schema=schema, orient="row")
    words = pl.when("same").then(pl.lit("one person")).when(~pl.col("same")).then(pl.lit("two persons"))
    return sample.rows.join(decided, on=columns, how="left", maintain_order="left").select(
        pl.exclude("same", "left", "right"), words.alias("judged")
    )


def _judged(sample: Sample, rows: pl.DataFrame, stratum: str) -> Judged:
    counts = sample.strata.row(by_predicate=pl.col("stratum") == stratum, named=True)
    mine = rows.filter(pl.col("stratum") == stratum)["judged"].drop_nulls()
    return Judged(stratum, counts["pairs"], counts["drawn"], len(mine), int((mine == "one person").sum()))
