"""Plates that stand in no registry: how likely is a serial that nobody listed?

Three kinds, in shares that are learned from the city's own reads: a serial of one of the state's own formats (each
letter 1/26, each digit 1/10); a serial of a format that only other states' tables hold, or none (older issues, special
series, a wrong state written); any text of two to seven characters (personalised). Without the second kind a sound
serial of a series that the tables lack would be rarer than a misreading of some registered plate, and be claimed as it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.normalize.plates import serial_formats, shape_of
from matchers.ordered_sums import grouped_sum, ratio
from matchers.plate_channel import FLOOR_LOG2, Codes, PlateChannel, encode
from matchers.plate_settings import PlateSettings

_SHAPE_PSEUDO_COUNT = 20.0  # plates; a registry of a few hundred already shows its state's formats
_COMMON_SHAPE = 0.02  # a shape with this share of a state's registry is a format, table or not
_LENGTHS = {2: 0.005, 3: 0.025, 4: 0.09, 5: 0.19, 6: 0.29, 7: 0.40}
"""Lengths of personalised plates: most owners use the room there is. No public figure; ours, and rough."""
_ODD_LENGTH = 2e-4  # of personalised plates: one character, or more than seven (a few states allow eight)
LEAST_LOST = 2
"""Characters missing that are called a lost end: one missing is called dropped."""
_MOST_ADDED, _MOST_MISSING = 2, 4  # characters: a reading farther off a format in length did not come from it
_NO_TABLE = 0.2  # of the second kind: a series of letters and digits in an order that no table gives; ours
_SMALL_WEIGHT = 1e-3  # of a state's formats: too rare to be what a misfit was meant to be
_BITS_OF_LETTER, _BITS_OF_DIGIT = float(np.log2(26)), float(np.log2(10))


@dataclass(frozen=True, slots=True)
class UnlistedPlates:
    """`shapes`: state, shape (`LLLDDD`), weight (1 a state). `kinds`: shares of own formats, others' formats and
    personalised plates, adding up to 1. `away`: state, away: P(a vehicle is of this state and in no registry)."""

    shapes: pl.DataFrame
    kinds: tuple[float, float, float]
    away: pl.DataFrame

    def masses(self, reads: pl.DataFrame, channel: PlateChannel) -> pl.DataFrame:
        """Prior that a vehicle is not in the registry and has a plate that could have been read as this one.

        reads: distinct plate, state (null: not known). Returns plate, state, bits, p_exact, p_other, p_personal,
        p_lost, by plate, state. 2**bits is the prior mass of all such plates, each weighed by how well it explains the
        reading against the plate as read itself; p_exact is the part of that mass which is the plate exactly as read
        (none if it holds a `?`), p_other and p_personal the parts of the second and third kind, p_lost that of plates
        of which an end was lost.
        """
        total = self.away.select(state=pl.lit(None, pl.String), away=pl.col("away").sum())
        frame = (
            reads.join(pl.concat([self.away, total]), on="state", how="left", nulls_equal=True, maintain_order="left")
            .with_row_index("asked")
            .with_columns(seen=shape_of(pl.col("plate")), size=_size(pl.col("plate")))
        )
        codes = encode(frame["plate"])
        faithful = channel.log2_probability(codes, codes)
        for kind, scored in (("own", self._own_formats(frame)), ("other", self._other_formats(frame))):
            asked = scored["asked"].to_numpy()
            parts = scored.with_columns(_format_chances(scored, codes[asked], faithful[asked], channel)).with_columns(
                mass=pl.col("weight") * pl.col("chance"), exact=pl.col("weight") * pl.col("chance_exact")
            )
            shorter = pl.col("size") <= pl.col("shape_size") - LEAST_LOST
            parts = parts.with_columns(lost=pl.col("mass") * shorter)
            for column in ("mass", "exact", "lost"):
                summed = grouped_sum(parts, ["asked"], column).rename({column: f"{column}_{kind}"})
                frame = frame.join(summed, on="asked", how="left", maintain_order="left")
        size = pl.col("plate").str.len_chars()
        length = size.replace_strict(_LENGTHS, default=_ODD_LENGTH, return_dtype=pl.Float64)
        text = ratio(length, pl.lit(36.0).pow(size))
        letters, digits = (pl.col("plate").str.count_matches(of).cast(pl.Float64) for of in ("[A-Z]", "[0-9]"))
        series = _NO_TABLE * length * pl.lit(2.0).pow(-(size + letters * _BITS_OF_LETTER + digits * _BITS_OF_DIGIT))
        # any text read so, not only this one: the readings of all texts of one length spread as evenly as the texts
        frame = frame.with_columns(right=pl.Series(np.exp2(faithful)))
        own, other, personal = self.kinds
        away = pl.col("away").fill_null(0.0)
        frame = frame.with_columns(
            own=own * pl.col("mass_own").fill_null(0.0),
            other=other * away * (pl.col("mass_other").fill_null(0.0) + ratio(series, "right")),
            personal=ratio(personal * away * text, "right"),
        ).with_columns(mass=pl.col("own") + pl.col("other") + pl.col("personal"))
        exact = (
            own * pl.col("exact_own").fill_null(0.0)
            + other * away * (pl.col("exact_other").fill_null(0.0) + series)
            + personal * away * text
        )
        readable = ~pl.col("plate").str.contains("?", literal=True)
        return frame.select(
            "plate",
            "state",
            bits=pl.col("mass").log(2).clip(lower_bound=FLOOR_LOG2),
            p_exact=ratio(exact, "mass").fill_nan(0.0).clip(0.0, 1.0) * readable,
            p_other=ratio("other", "mass").fill_nan(0.0),
            p_personal=ratio("personal", "mass").fill_nan(0.0),
            p_lost=ratio(own * pl.col("lost_own").fill_null(0.0), "mass").fill_nan(0.0),
        ).sort("plate", "state")

    def _own_formats(self, reads: pl.DataFrame) -> pl.DataFrame:
        """asked, plate, seen, size, shape, shape_size, weight: the formats of its state that can matter for each
        reading; all, without one. reads: asked, plate, state, seen (its shape), size.

        Those about its length; of formats that it does not fit, only those of some weight. The weight includes `away`.
        """
        weighed = self.shapes.join(self.away, on="state").select(
            "shape", "state", weight=pl.col("weight") * pl.col("away")
        )
        anywhere = grouped_sum(weighed, ["shape"], "weight").select(
            "shape", pl.lit(None, pl.String).alias("state"), "weight"
        )
        weights = pl.concat([weighed, anywhere]).with_columns(
            common=pl.col("weight") >= _SMALL_WEIGHT * pl.col("weight").sum().over("state"),
            shape_size=_size(pl.col("shape")),
        )
        added = pl.col("size") - pl.col("shape_size")
        fits = pl.col("seen") == pl.col("shape")
        return (
            reads.join(weights, on="state", nulls_equal=True)
            .filter(fits | (pl.col("common") & added.is_between(-_MOST_MISSING, _MOST_ADDED)))
            .select(_SCORED)
        )

    def _other_formats(self, reads: pl.DataFrame) -> pl.DataFrame:
        """The same columns: formats of any state which a reading fits. One misread out of such a format is left to
        the orders that no table gives: rarer still."""
        states = max(self.shapes["state"].n_unique(), 1)
        pooled = grouped_sum(self.shapes, ["shape"], "weight")
        pooled = pooled.with_columns(pl.col("weight") * (1 - _NO_TABLE) / states, shape_size=_size(pl.col("shape")))
        partly = pl.col("seen").str.contains("?", literal=True)
        whole = reads.filter(~partly).join(pooled, left_on="seen", right_on="shape", coalesce=False)
        unread = reads.filter(partly)
        pairs = unread.select("seen").unique().join(pooled, how="cross")
        like = pl.col("seen").str.len_chars() == pl.col("shape").str.len_chars()
        return pl.concat([whole.select(_SCORED), unread.join(pairs.filter(like), on="seen").select(_SCORED)])


_SCORED = ("asked", "plate", "seen", "size", "shape", "shape_size", "weight")


def learned_kinds(counts: tuple[float, float, float], settings: PlateSettings) -> tuple[float, float, float]:
    """Shares of the kinds from the number of unlisted vehicles, of those in other formats, and of personalised ones,
    smoothed by the settings."""
    pull, vehicles = settings.unlisted_kinds_weight, counts[0]
    first = settings.other_format_share, settings.personalised_share
    other, personal = ((n + pull * share) / (vehicles + pull) for n, share in zip(counts[1:], first, strict=True))
    return 1 - other - personal, other, personal


def _size(text: pl.Expr) -> pl.Expr:
    return text.str.len_chars().cast(pl.Int64)


def _format_chances(
    scored: pl.DataFrame, codes: Codes, faithful: npt.NDArray[np.float64], channel: PlateChannel
) -> list[pl.Series]:
    """Of each reading (its codes, and log2 P(read right)) and format: chance (P(read as this plate | a plate of the
    format) over P(read right)) and chance_exact (the part of the plate exactly as read)."""
    shapes = scored.select(pl.col("shape").unique().sort()).with_row_index("number")
    number = scored.select("shape").join(shapes, on="shape", maintain_order="left")["number"].to_numpy()
    true = shapes["shape"].str.replace_all("L", "@", literal=True).str.replace_all("D", "#", literal=True)
    marginal = pl.Series(channel.log2_probability(codes, encode(true)[number]) - faithful)
    serial = shapes.select(bits=_serial_bits())["bits"].gather(number)
    fits = scored["seen"] == scored["shape"]
    return pl.select(
        chance=pl.lit(2.0).pow(marginal), chance_exact=pl.when(fits).then(pl.lit(2.0).pow(-serial)).otherwise(0.0)
    ).get_columns()


def _serial_bits() -> pl.Expr:
    """log2 of the number of serials of the format in column `shape`."""
    letters = pl.col("shape").str.count_matches("L", literal=True).cast(pl.Float64)
    return letters * _BITS_OF_LETTER + (pl.col("shape").str.len_chars() - letters) * _BITS_OF_DIGIT


def format_weights(registry: pl.DataFrame) -> pl.DataFrame:
    """state, shape, weight (adds up to 1 a state), from the registered plates (plate, state; nulls allowed).

    Formats of a state are as common among its unregistered plates as among its registered ones; elsewhere roomier
    formats have more. Shapes common in the registry count as formats.
    """
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
    room = pl.lit(2.0).pow(_serial_bits() / 2)  # half-way between even shares and shares by the number of serials
    even = _SHAPE_PSEUDO_COUNT * room / room.sum().over("state")
    weight = (pl.col("n") + even) / (known + _SHAPE_PSEUDO_COUNT)
    return counts.select("state", "shape", weight=weight).sort("state", "shape")
