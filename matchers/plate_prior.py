"""What plates a street holds before any reading: states, registered or not, and serial formats.

P(true plate) of a vehicle seen at a case is the product of three shares:

- its state: counted from the log's written states, smoothed by the registry;
- registered or not, given the state: a registry extract may hold one state only, and no registry is complete.
  Starts from the settings and is re-estimated from the decoded vehicles;
- the plate: one of the N registered plates of the state, or, not registered, any serial of the state's formats
  (each letter 1/26, each digit 1/10), or a personalised plate (any two to seven characters).
"""

import math
from dataclasses import dataclass

import polars as pl

from loaders.normalize.plates import VANITY_LENGTHS, serial_formats, shape_of
from matchers.ordered_sums import grouped_sum
from matchers.plate_channel import FLOOR_LOG2, PlateChannel, encode
from matchers.plate_settings import PlateSettings

_REGISTRY_PULL = 0.8  # how far the registry's states foretell the log's: a registry extract is of the city's own state
_SHAPE_PSEUDO_COUNT = 20.0  # plates; a registry of a few hundred already shows its state's formats
_COMMON_SHAPE = 0.02  # a shape with this share of a state's registry is a format, table or not
_ODD_LENGTH = 1e-3  # of personalised plates: one or more than seven characters
_LENGTH_REACH = 2  # a reading that differs more in length than this from a format did not come from it
_SMALL_WEIGHT = 1e-3  # of a state's formats: too rare to be what a misfit was meant to be
_BITS_OF_LETTER, _BITS_OF_DIGIT = math.log2(26), math.log2(10)
_STATE_PSEUDO_COUNT = 5.0  # vehicles; half a small log's worth, so that the registry speaks where states are blank
_REGISTRY_SHARE_FOR_FULL_PRIOR = 0.05  # a state with less than this share of the registry is an accident of it


@dataclass(frozen=True, slots=True)
class PlatePrior:
    """`states`: state, share (of the vehicles), registered (share of those in the registry), plates (registered).

    One row per state named in the log, the registry or the format tables, sorted; shares sum to 1.
    `shapes`: state, shape (`LLLDDD`), weight: serial formats of plates that are not in the registry; the weights of
    a state leave room for its personalised plates.
    """

    states: pl.DataFrame
    shapes: pl.DataFrame

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
        near = (part / _REGISTRY_SHARE_FOR_FULL_PRIOR).clip(0.0, 1.0)
        elsewhere, home = settings.registered_prior_elsewhere, settings.registered_prior
        known = pl.when(pl.col("plates") > 0).then(elsewhere + (home - elsewhere) * near).otherwise(0.0)
        share = pl.col("seen") + _STATE_PSEUDO_COUNT * expected
        return cls(
            frame.select("state", share=share / share.sum(), registered=known, plates="plates"),
            _shape_weights(registry, settings),
        )

    def learned(self, vehicles: pl.DataFrame, start: "PlatePrior", settings: PlateSettings) -> "PlatePrior":
        """The same with registered shares from decoded vehicles (state, p_registered), smoothed by `start`'s."""
        weight = settings.registered_prior_weight
        stated = vehicles.filter(pl.col("state").is_not_null())
        counted = grouped_sum(stated.rename({"p_registered": "found"}), ["state"], "found").join(
            stated.group_by("state").agg(vehicles=pl.len()), on="state"
        )
        nameless = vehicles["state"].null_count()  # unregistered, no state written: of any state, in proportion
        away = pl.col("share") * (1 - pl.col("registered"))
        updated = (
            self.states.join(counted, on="state", how="left", maintain_order="left")
            .join(start.states.select("state", first="registered"), on="state", maintain_order="left")
            .with_columns(vehicles=pl.col("vehicles").fill_null(0) + nameless * away / away.sum())
            .with_columns(
                registered=pl.when(pl.col("plates") > 0)
                .then((pl.col("found").fill_null(0.0) + weight * pl.col("first")) / (pl.col("vehicles") + weight))
                .otherwise(0.0)
            )
        )
        return PlatePrior(updated.sort("state").select(self.states.columns), self.shapes)

    def registered_bits(self) -> pl.DataFrame:
        """state, bits: log2 P(a vehicle is this one registered plate), before any reading."""
        probability = pl.col("share") * pl.col("registered") / pl.col("plates")
        return self.states.filter(pl.col("plates") > 0).select("state", bits=probability.log(2))

    def unregistered_bits(self, reads: pl.DataFrame, channel: PlateChannel) -> pl.DataFrame:
        """Prior that a vehicle is not in the registry and has a plate that could have been read as this one.

        reads: distinct plate, state (null: not known). Returns plate, state, bits, p_exact. 2**bits is the prior mass
        of all such plates, each weighed by how well it explains the reading against the plate as read itself; p_exact
        is the part of that mass which is the plate exactly as read (none if it holds a `?`).
        """
        away = self.states.select("state", away=pl.col("share") * (1 - pl.col("registered")))
        weights = self.shapes.join(away, on="state", maintain_order="left").with_columns(
            weight=pl.col("weight") * pl.col("away")
        )
        vanity = grouped_sum(self.shapes, ["state"], "weight").select("state", vanity=1 - pl.col("weight"))
        vanity = away.join(vanity, on="state", maintain_order="left").select(
            "state", vanity=pl.col("vanity") * pl.col("away")
        )
        anywhere = pl.lit(None, pl.String).alias("state")
        weights = pl.concat(
            [
                weights.select("shape", "state", "weight"),
                grouped_sum(weights, ["shape"], "weight").select("shape", anywhere, "weight"),
            ]
        )
        vanity = pl.concat([vanity, vanity.select(anywhere, pl.col("vanity").sum())])
        fits = pl.col("size").is_between(VANITY_LENGTHS.start, VANITY_LENGTHS.stop - 1)
        any_text = pl.col("vanity").fill_null(0.0) / len(VANITY_LENGTHS) / pl.lit(36.0).pow(pl.col("size"))
        any_text = any_text * pl.when(fits).then(1.0).otherwise(_ODD_LENGTH)
        wanted = _worth_scoring(reads, weights)
        parts = (
            wanted.join(_format_chances(wanted.select("plate", "shape").unique(), channel), on=["plate", "shape"])
            .join(weights, on=["shape", "state"], nulls_equal=True)
            .with_columns(mass=pl.col("weight") * pl.col("chance"), exact=pl.col("weight") * pl.col("chance_exact"))
        )
        by_format = grouped_sum(parts, ["plate", "state"], "mass").join(
            grouped_sum(parts, ["plate", "state"], "exact"), on=["plate", "state"], nulls_equal=True
        )
        return (
            reads.with_columns(
                size=pl.col("plate").str.len_chars(), readable=~pl.col("plate").str.contains("?", literal=True)
            )
            .join(by_format, on=["plate", "state"], how="left", nulls_equal=True)
            .join(vanity, on="state", how="left", nulls_equal=True)
            .with_columns(pl.col("mass", "exact").fill_null(0.0) + any_text)
            .select(
                "plate",
                "state",
                bits=pl.col("mass").log(2).clip(lower_bound=FLOOR_LOG2),
                p_exact=(pl.col("exact") / pl.col("mass")).clip(0.0, 1.0) * pl.col("readable"),
            )
            .sort("plate", "state")
        )


def _worth_scoring(reads: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """plate, state, shape: the formats that can matter for each reading.

    Those of its state and about its length; of formats that it does not fit, only those of some weight.
    """
    size = pl.col("plate").str.len_chars().cast(pl.Int64)
    length = pl.col("shape").str.len_chars().cast(pl.Int64)
    common = pl.col("weight") >= _SMALL_WEIGHT * pl.col("weight").sum().over("state")
    fits = shape_of(pl.col("plate")) == pl.col("shape")
    return (
        reads.join(weights.with_columns(common=common), on="state", nulls_equal=True)
        .filter(fits | (pl.col("common") & ((size - length).abs() <= _LENGTH_REACH)))
        .select("plate", "state", "shape")
    )


def _format_chances(pairs: pl.DataFrame, channel: PlateChannel) -> pl.DataFrame:
    """Adds to plate, shape: chance (P(read as this plate | a plate of the format) over P(read right)) and
    chance_exact (the part of the plate exactly as read)."""
    pairs = pairs.sort("plate", "shape")
    plates = pairs["plate"].unique().sort()
    length = pl.col("shape").str.len_chars().cast(pl.Int64)
    true = pairs["shape"].str.replace_all("L", "@", literal=True).str.replace_all("D", "#", literal=True)
    marginal = channel.log2_probability(encode(pairs["plate"]), encode(true))
    codes = encode(plates)
    faithful = pl.DataFrame({"plate": plates, "faithful": channel.log2_probability(codes, codes)})
    letters = pl.col("shape").str.count_matches("L", literal=True).cast(pl.Int64)
    serial = -(letters * _BITS_OF_LETTER + (length - letters) * _BITS_OF_DIGIT)
    return (
        pairs.with_columns(marginal=pl.Series(marginal))
        .join(faithful, on="plate")
        .select(
            "plate",
            "shape",
            chance=pl.lit(2.0).pow(pl.col("marginal") - pl.col("faithful")),
            chance_exact=pl.when(shape_of(pl.col("plate")) == pl.col("shape"))
            .then(pl.lit(2.0).pow(serial))
            .otherwise(0.0),
        )
    )


def _shape_weights(registry: pl.DataFrame, settings: PlateSettings) -> pl.DataFrame:
    """state, shape, weight. Formats of a state are as common among its unregistered plates as among its registered
    ones; elsewhere roomier formats have more. Shapes common in the registry count as formats."""
    counted = (
        registry.drop_nulls("state")
        .group_by("state", shape_of(pl.col("plate")).alias("shape"))
        .agg(n=pl.len())
        .filter(~pl.col("shape").str.contains("?", literal=True))
        .with_columns(total=pl.col("n").sum().over("state"))
    )
    common = counted.filter(pl.col("n") >= pl.max_horizontal(_COMMON_SHAPE * pl.col("total"), 10.0))
    shapes = pl.concat([serial_formats(), common.select("state", "shape")]).unique().sort("state", "shape")
    counts = shapes.join(counted, on=["state", "shape"], how="left").with_columns(pl.col("n").fill_null(0))
    known = pl.col("n").sum().over("state")
    odd = pl.col("total").max().over("state").fill_null(0) - known
    personalised = (odd + settings.personalised_share * _SHAPE_PSEUDO_COUNT) / (odd + known + _SHAPE_PSEUDO_COUNT)
    letters = pl.col("shape").str.count_matches("L", literal=True).cast(pl.Float64)
    bits = letters * _BITS_OF_LETTER + (pl.col("shape").str.len_chars() - letters) * _BITS_OF_DIGIT
    room = pl.lit(2.0).pow(bits / 2)  # half-way between even shares and shares by the number of serials
    even = _SHAPE_PSEUDO_COUNT * room / room.sum().over("state")
    weight = (pl.col("n") + even) / (known + _SHAPE_PSEUDO_COUNT) * (1 - personalised)
    return counts.select("state", "shape", weight=weight).sort("state", "shape")
