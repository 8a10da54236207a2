"""Readings of the log on which somebody decided: this registered vehicle, or not this one, whatever the decoder says.

The evidence of a reading stays what it is, and so do the rates that are learned; only which vehicle it is taken for
obeys. A decision is a weight beyond any evidence on one sighting and one candidate, so that no merging of vehicles
undoes it, and every other sighting of the case votes and is voted for as ever.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.vehicle_candidates import Candidates
from matchers.vehicle_parts import Part
from matchers.vehicle_registry import Registry

JUDGED_PLATES: Final = pl.Schema({"log_row": pl.UInt32, "dmv_row": pl.UInt32, "same": pl.Boolean})
_DECIDED_BITS: Final = 1e5  # a sighting of evidence is worth tens of bits, a case of thousands of them less than this
_KEY: Final = ("case_id", "plate", "state", "entity")


@dataclass(frozen=True, slots=True)
class JudgedPlates:
    """`decided`: sighting, case_id, read, read_state, plate, state, entity, same; each sighting and entity once.
    `nowhere`: case_id, plate, state of plates that became candidates for rejected readings alone, in no registration.
    """

    decided: pl.DataFrame
    nowhere: pl.DataFrame

    @classmethod
    def of(cls, judged: pl.DataFrame | None, plated: pl.DataFrame, registry: Registry) -> "JudgedPlates":
        """judged: JUDGED_PLATES; plated: the sightings, by number. Rows that are not there bind nothing."""
        asked = pl.DataFrame(schema=JUDGED_PLATES) if judged is None else judged
        sightings = plated.select("sighting", "log_row", "case_id", read="plate", read_state="plate_state")
        return cls(
            asked.join(sightings, on="log_row")
            .join(registry.rows.select("dmv_row", "entity"), on="dmv_row")
            .join(registry.entities, on="entity")
            .select("sighting", "case_id", "read", "read_state", "plate", "state", "entity", "same")
            .unique()
            .sort("sighting", "entity"),
            pl.DataFrame(schema={"case_id": pl.String, "plate": pl.String, "state": pl.String}),
        )

    @property
    def readings(self) -> int:
        """How many sightings were judged."""
        return self.decided["sighting"].n_unique()

    def of_part(self, part: Part) -> "JudgedPlates":
        """The decisions on the sightings of a part of the log, by their numbers there."""
        if self.decided.is_empty():
            return self
        numbered = self.decided.with_columns(pl.col("sighting").cast(pl.Int64) - part.first_sighting)
        mine = numbered.filter(pl.col("sighting").is_between(0, part.plated.height, closed="left"))
        return replace(self, decided=mine.cast({"sighting": pl.UInt32}))

    def reachable(
        self, found: Candidates, affinity: pl.DataFrame, registry: Registry
    ) -> tuple[Candidates, "JudgedPlates"]:
        """The candidates, and those that decisions need: a confirmed vehicle out of reach of its reading; and beside a
        rejected one the reading as a plate that is not in the registry, which the registered one else stands for.
        """
        if self.decided.is_empty():
            return found, self
        rejected = self.decided.filter(~pl.col("same"))
        nowhere = rejected.select(
            "case_id", plate="read", state="read_state", entity=pl.lit(None, pl.UInt32), read="read"
        )
        wanted = pl.concat([self.decided.filter("same").select(*_KEY, "read"), nowhere]).unique()
        new = wanted.select(_KEY).unique().join(found.plates, on=_KEY, how="anti", nulls_equal=True)
        bonus = (
            affinity.join(registry.rows.select("dmv_row", "entity"), on="dmv_row")
            .group_by("case_id", "entity")
            .agg(affinity=pl.col("bits").max())
        )
        word = found.words.numbers(new["plate"]).select(plate="text", word="number")
        added = new.join(bonus, on=["case_id", "entity"], how="left").join(word, on="plate")
        last = pl.lit(found.plates.height, pl.UInt32)
        added = added.select(last.alias("candidate"), *_KEY, pl.col("affinity").fill_null(0.0), "word")
        every = pl.concat([found.plates, added])
        # By case as before, so that a log can be decoded case by case; the new ones behind the others of their case.
        plates = every.sort("case_id", "candidate", "plate", "state", "entity", nulls_last=True)
        plates = plates.rename({"candidate": "was"}).with_row_index("candidate")
        reading = found.readings.select("case_id", "read", "reading")
        number = plates.filter(pl.col("was") < found.plates.height).select("was", "candidate")
        kept = found.links.rename({"candidate": "was"}).join(number, on="was", maintain_order="left")
        wanted = wanted.join(plates, on=_KEY, nulls_equal=True).join(reading, on=["case_id", "read"])
        links = pl.concat([frame.select("reading", "candidate") for frame in (kept, wanted)])
        nowhere = new.filter(pl.col("entity").is_null()).select("case_id", "plate", "state")
        made = replace(found, plates=plates.drop("was"), links=links.unique().sort("reading", "candidate"))
        return made, replace(self, nowhere=nowhere)

    def bits(
        self, sighting: npt.NDArray[np.integer], candidate: npt.NDArray[np.integer], plates: pl.DataFrame
    ) -> npt.NDArray[np.float64]:
        """What is added to the bits of each pair of a sighting and a candidate, by number.

        A plate that is `nowhere` is there for rejected readings alone: others in the same words stay with the
        registered one as far as their own evidence goes.
        """
        if self.decided.is_empty():
            return np.zeros(len(sighting))
        told = self.decided.select("sighting", "entity", sign=pl.when("same").then(1.0).otherwise(-1.0))
        rejected = self.decided.filter(~pl.col("same"))["sighting"].unique()
        key = ["case_id", "plate", "state"]
        marked = plates.select(*_KEY).join(
            self.nowhere.with_columns(barred=pl.lit(value=True)),
            on=key,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        barred = (marked["barred"].fill_null(value=False) & marked["entity"].is_null()).gather(candidate)
        pairs = pl.DataFrame(
            {"sighting": pl.Series(sighting).cast(pl.UInt32), "entity": plates["entity"].gather(candidate)}
        )
        pairs = pairs.with_columns(barred=barred).join(
            told, on=["sighting", "entity"], how="left", maintain_order="left"
        )
        closed = pl.col("barred") & ~pl.col("sighting").is_in(rejected.implode())
        sign = pl.when(closed).then(-1.0).otherwise(pl.col("sign").fill_null(0.0))
        return pairs.select(sign * _DECIDED_BITS).to_series().to_numpy()

    def certain(self, p_owner: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """P(a sighting is of its vehicle), by sighting, where the confirmed ones surely are."""
        sure = p_owner.copy()
        sure[self.decided.filter("same")["sighting"].to_numpy()] = 1.0
        return sure

    def undecided(self, sightings: int) -> npt.NDArray[np.bool_]:
        """By sighting: those from which rates may be learned, as judged ones are no sample of all."""
        free = np.ones(sightings, dtype=np.bool_)
        free[self.decided["sighting"].to_numpy()] = False
        return free
