"""What plates a street holds before any reading: states, registered or not, and serial formats.

P(true plate) of a vehicle seen at a case is the product of three shares:

- its state: counted from the log's written states, smoothed by the registry;
- registered or not, given the state: a registry extract may hold one state only, and no registry is complete.
  Starts from the settings and is re-estimated from the decoded vehicles;
- the plate: one of the N registered plates of the state, or, not registered, any serial of the state's formats
  (each letter 1/26, each digit 1/10), or a personalised plate (any two to seven characters).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from loaders.normalize.plates import VANITY_LENGTHS, serial_formats, shape_of
from matchers.plate_channel import FLOOR_LOG2, PlateChannel, encode
from matchers.plate_settings import PlateSettings

JURISDICTIONS = 51
_STATE_PSEUDO_COUNT = 5.0  # vehicles; half a small log's worth, so that the registry speaks where states are blank
_REGISTRY_SHARE_FOR_FULL_PRIOR = 0.05  # a state with less than this share of the registry is an accident of it


@dataclass(frozen=True, slots=True)
class PlatePrior:
    """`states`: state, share (of the vehicles), registered (share of those in the registry), plates (registered).

    One row per state named in the log, the registry or the format tables, sorted; shares sum to 1.
    """

    states: pl.DataFrame
    personalised_share: float

    @classmethod
    def estimate(cls, log_states: pl.Series, registry_states: pl.Series, settings: PlateSettings) -> "PlatePrior":
        """From the state of each distinct logged plate and of each registered plate (nulls allowed)."""
        names = pl.concat([log_states, registry_states, serial_formats()["state"]]).drop_nulls().unique().sort()
        frame = (
            pl.DataFrame({"state": names})
            .join(
                log_states.drop_nulls().value_counts(name="seen").rename({log_states.name: "state"}),
                on="state",
                how="left",
            )
            .join(
                registry_states.drop_nulls().value_counts(name="plates").rename({registry_states.name: "state"}),
                on="state",
                how="left",
            )
            .with_columns(pl.col("seen", "plates").fill_null(0).cast(pl.Float64))
            .sort("state")
        )
        part = pl.col("plates") / pl.max_horizontal(pl.col("plates").sum(), 1.0)
        expected = 0.8 * part + (1 - 0.8 * part.sum()) / len(frame)
        near = (part / _REGISTRY_SHARE_FOR_FULL_PRIOR).clip(0.0, 1.0)
        elsewhere, home = settings.registered_prior_elsewhere, settings.registered_prior
        known = pl.when(pl.col("plates") > 0).then(elsewhere + (home - elsewhere) * near).otherwise(0.0)
        share = pl.col("seen") + _STATE_PSEUDO_COUNT * expected
        return cls(
            frame.select("state", share=share / share.sum(), registered=known, plates="plates"),
            settings.personalised_share,
        )

    def learned(self, vehicles: pl.DataFrame, start: "PlatePrior", settings: PlateSettings) -> "PlatePrior":
        """The same with registered shares from decoded vehicles (state, p_registered), smoothed by `start`'s."""
        weight = settings.registered_prior_weight
        counted = (
            vehicles.filter(pl.col("state").is_not_null())
            .group_by("state")
            .agg(found=pl.col("p_registered").sum(), vehicles=pl.len())
        )
        first = start.states.select("state", first="registered")
        updated = (
            self.states.join(counted, on="state", how="left")
            .join(first, on="state")
            .with_columns(
                registered=pl.when(pl.col("plates") > 0)
                .then(
                    (pl.col("found").fill_null(0.0) + weight * pl.col("first"))
                    / (pl.col("vehicles").fill_null(0) + weight)
                )
                .otherwise(0.0)
            )
        )
        return PlatePrior(updated.sort("state").select(self.states.columns), self.personalised_share)

    def registered_bits(self) -> pl.DataFrame:
        """state, bits: log2 P(a vehicle is this one registered plate), before any reading."""
        probability = pl.col("share") * pl.col("registered") / pl.col("plates")
        return self.states.filter(pl.col("plates") > 0).select("state", bits=probability.log(2))

    def unregistered_bits(self, reads: pl.DataFrame, channel: PlateChannel) -> pl.DataFrame:
        """log2 of the prior that a vehicle not in the registry has (about) this plate.

        reads: distinct plate, state (null: not known). Returns plate, state, bits. A reading that fits a format
        has that format's serial probability. One that does not takes the probability of all serials that could
        have been read so, as if it stood for them: the anonymous plate behind it.
        """
        formats = serial_formats().with_columns(formats=pl.len().over("state"))
        shapes = formats["shape"].unique().sort()
        distinct = reads["plate"].unique().sort()
        size = pl.col("plate").str.len_chars().cast(pl.Int64)
        pairs = pl.DataFrame({"plate": distinct}).join(pl.DataFrame({"shape": shapes}), how="cross")
        pairs = pairs.filter((size - pl.col("shape").str.len_chars().cast(pl.Int64)).abs() <= 1)
        true = pairs["shape"].str.replace_all("L", "@", literal=True).str.replace_all("D", "#", literal=True)
        marginal = channel.log2_probability(encode(pairs["plate"]), encode(true))
        codes = encode(pl.Series(distinct))
        faithful = pl.DataFrame({"plate": distinct, "faithful": channel.log2_probability(codes, codes)})
        fits = shape_of(pl.col("plate")) == pl.col("shape")
        letters = pl.col("shape").str.count_matches("L", literal=True)
        serial = -(letters * np.log2(26) + (pl.col("shape").str.len_chars() - letters) * np.log2(10))
        by_shape = (
            pairs.with_columns(marginal=pl.Series(marginal))
            .join(faithful, on="plate")
            .select(
                "plate", "shape", bits=pl.when(fits).then(serial).otherwise(pl.col("marginal") - pl.col("faithful"))
            )
        )
        weights = formats.join(
            self.states.select("state", away=pl.col("share") * (1 - pl.col("registered"))), on="state"
        ).with_columns(weight=pl.col("away") / pl.col("formats"))
        anywhere = weights.group_by("shape").agg(pl.col("weight").sum()).with_columns(state=pl.lit(None, pl.String))
        weights = pl.concat([weights.select("shape", "weight", "state"), anywhere.select("shape", "weight", "state")])
        formal = (
            reads.join(by_shape, on="plate")
            .join(weights, on=["shape", "state"], nulls_equal=True)
            .group_by("plate", "state")
            .agg(formal=(pl.col("weight") * pl.lit(2.0).pow(pl.col("bits"))).sum())
        )
        away = pl.concat(
            [
                self.states.select("state", away=pl.col("share") * (1 - pl.col("registered"))),
                self.states.select(
                    state=pl.lit(None, pl.String), away=(pl.col("share") * (1 - pl.col("registered"))).sum()
                ).head(1),
            ]
        )
        any_text = 1 / len(VANITY_LENGTHS) / pl.lit(36.0).pow(pl.col("plate").str.len_chars())
        total = (1 - self.personalised_share) * pl.col("formal").fill_null(0.0) + self.personalised_share * pl.col(
            "away"
        ).fill_null(0.0) * any_text
        return (
            reads.join(formal, on=["plate", "state"], how="left", nulls_equal=True)
            .join(away, on="state", how="left", nulls_equal=True)
            .select("plate", "state", bits=total.log(2).fill_nan(FLOOR_LOG2).clip(lower_bound=FLOOR_LOG2))
            .sort("plate", "state")
        )
