"""What plates a street holds before any reading: states, registered or not, and serial formats.

P(true plate) of a vehicle seen at a case is the product of three shares:

- its state: counted from the log's written states, smoothed by the registry;
- registered or not, given the state: a registry extract may hold one state only, and no registry is complete.
  Starts from the settings and is re-estimated from the decoded vehicles;
- the plate: one of the N registered plates of the state, or, not registered, as `matchers.plate_unlisted` says.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.normalize.plates import serial_formats
from matchers.ordered_sums import grouped_sum
from matchers.plate_channel import PlateChannel
from matchers.plate_settings import PlateSettings
from matchers.plate_unlisted import UnlistedPlates, format_weights, learned_kinds

_REGISTRY_PULL = 0.8  # how far the registry's states foretell the log's: a registry extract is of the city's own state
_STATE_PSEUDO_COUNT = 5.0  # vehicles; half a small log's worth, so that the registry speaks where states are blank
_EM_STEPS = 30  # of the registered shares: cheap, on a few numbers a vehicle
_MOST_REGISTERED = 0.995  # no registry holds every vehicle: new, borrowed, visiting


@dataclass(frozen=True, slots=True)
class PlatePrior:
    """`states`: state, share (of the vehicles), registered (share of those in the registry), plates (registered),
    covered (its part of the registry over its share of the vehicles, at most 1: an extract of one state's plates
    covers that state, a few stray plates of another do not cover theirs).

    One row per state named in the log, the registry or the format tables, sorted; shares sum to 1.
    `shapes`, `kinds`: of the plates that are not in the registry, see `UnlistedPlates`.
    """

    states: pl.DataFrame
    shapes: pl.DataFrame
    kinds: tuple[float, float, float]

    @classmethod
    def estimate(cls, log_states: pl.Series, registry: pl.DataFrame, settings: PlateSettings) -> "PlatePrior":
        """From the state of each distinct logged plate and the registered plates (plate, state; nulls allowed)."""
        listed = registry["state"].drop_nulls()
        names = pl.concat([log_states.drop_nulls(), listed, serial_formats()["state"]]).unique().sort()
        seen = pl.DataFrame({"state": log_states.drop_nulls()}).group_by("state").agg(seen=pl.len())
        counted = pl.DataFrame({"state": listed}).group_by("state").agg(plates=pl.len())
        frame = (
            pl.DataFrame({"state": names})
            .join(seen, on="state", how="left")
            .join(counted, on="state", how="left")
            .with_columns(pl.col("seen", "plates").fill_null(0).cast(pl.Float64))
            .sort("state")
        )
        part = pl.col("plates") / pl.max_horizontal(pl.col("plates").sum(), 1.0)
        expected = _REGISTRY_PULL * part + (1 - _REGISTRY_PULL * part.sum()) / len(frame)
        share = pl.col("seen") + _STATE_PSEUDO_COUNT * expected
        frame = frame.select("state", "plates", share=share / share.sum(), part=part)
        covered = pl.when(pl.col("part") > 0).then((pl.col("part") / pl.col("share")).clip(0.0, 1.0)).otherwise(0.0)
        return cls(
            frame.select(
                "state", "share", registered=covered * settings.registered_prior, plates="plates", covered=covered
            ),
            format_weights(registry),
            learned_kinds((0.0, 0.0, 0.0), settings),
        )

    def learned(self, vehicles: pl.DataFrame, settings: PlateSettings) -> "PlatePrior":
        """The same with registered shares re-estimated from decoded vehicles, by EM.

        vehicles: owner, state (null: not known), registered, probability, p_other, p_personal: what may stand behind
        each vehicle at the present shares; probability sums to 1 an owner. A state's share is smoothed by the city's
        share (times how far the registry covers that state), the city's by the settings: an extract that holds none
        of the plates seen is recognised from all states together, however few vehicles each of them has.
        """
        state = self.states["state"]
        position = pl.DataFrame({"state": state, "position": np.arange(len(state))})
        parts = vehicles.with_columns(
            other=pl.col("probability") * pl.col("p_other"), personal=pl.col("probability") * pl.col("p_personal")
        )
        key = ["owner", "state", "registered"]
        frame = grouped_sum(parts, key, "probability")
        for column in ("other", "personal"):
            frame = frame.join(grouped_sum(parts, key, column), on=key, nulls_equal=True)
        frame = (
            frame.sort(key)
            .join(position, on="state", how="left", maintain_order="left")
            .with_columns(pl.col("owner").rank("dense") - 1)
        )
        owner = frame["owner"].to_numpy().astype(np.int64)
        found = frame["registered"].to_numpy()
        place = frame["position"].fill_null(len(state)).to_numpy().astype(np.int64)  # the last: state not known
        weight = frame["probability"].to_numpy()
        owners = int(owner.max(initial=-1)) + 1
        share, covered, first = (self.states[name].to_numpy() for name in ("share", "covered", "registered"))
        now, pull = first, settings.registered_prior_weight
        for _ in range(_EM_STEPS):
            mass = weight * _change(found, place, share, first, now)
            mass /= np.bincount(owner, mass, owners)[owner]
            seen = np.bincount(place[found], mass[found], len(state) + 1)[:-1]
            away = np.bincount(place[~found], mass[~found], len(state) + 1)
            elsewhere = share * (1 - now)
            total = seen + away[:-1] + away[-1] * elsewhere / elsewhere.sum()
            city = (seen.sum() + pull * settings.registered_prior) / (float(covered @ total) + pull)
            expected = covered * min(city, _MOST_REGISTERED)
            now = np.where(covered > 0, (seen + pull * expected) / (total + pull), 0.0)
        unlisted = np.where(found, 0.0, mass / np.maximum(weight, 1e-300))
        other, personal = (float(unlisted @ frame[part].to_numpy()) for part in ("other", "personal"))
        kinds = learned_kinds((float((mass * ~found).sum()), other, personal), settings)
        return PlatePrior(self.states.with_columns(registered=pl.Series(now)), self.shapes, kinds)

    def registered_bits(self) -> pl.DataFrame:
        """state, bits: log2 P(a vehicle is this one registered plate), before any reading."""
        probability = pl.col("share") * pl.col("registered") / pl.col("plates")
        return self.states.filter(pl.col("plates") > 0).select("state", bits=probability.log(2))

    def unregistered_bits(self, reads: pl.DataFrame, channel: PlateChannel) -> pl.DataFrame:
        """`UnlistedPlates.masses` at the present shares."""
        away = self.states.select("state", away=pl.col("share") * (1 - pl.col("registered")))
        return UnlistedPlates(self.shapes, self.kinds, away).masses(reads, channel)


def _change(
    found: npt.NDArray[np.bool_],
    place: npt.NDArray[np.int64],
    share: npt.NDArray[np.float64],
    before: npt.NDArray[np.float64],
    now: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Factor by which the prior of each hypothesis changes with the registered shares. place: state, last = unknown."""
    home = np.append(now / np.maximum(before, 1e-12), 1.0)
    any_state = float(share @ (1 - now)) / float(share @ (1 - before))
    away = np.append((1 - now) / (1 - before), any_state)
    return np.where(found, home[place], away[place])
