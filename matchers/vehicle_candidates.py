"""For every plated sighting, the plates that may stand behind it, with the evidence for each.

Candidates of a case: registered plates in reach of one of its readings, registered plates of people who belong to the
case, and the readings themselves as plates that are not in the registry. Every reading of the case is scored
against every candidate, so that a plate found by one reading is weighed for the others too.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.plate_channel import FLOOR_LOG2, SIZE, PlateChannel, encode
from matchers.plate_index import PlateIndex
from matchers.plate_prior import PlatePrior
from matchers.plate_settings import PlateSettings
from matchers.vehicle_descriptions import description_bits
from matchers.vehicle_registry import Registry

FARTHEST_BITS = 34.0
"""A reading this much less likely from a plate than from the plate exactly as read is not looked at: beyond three
unlike errors, rarer than another unregistered plate."""

_LEAST_AFFINITY_BITS = 1.0
_LONGEST_LOSS = 4
_PAIRS_IN_BATCH = 4_000_000
_PLATE = ("case_id", "plate", "state", "entity")


@dataclass(frozen=True, slots=True)
class Candidates:
    """`plates`: candidate (number), case_id, plate, state, entity (null: not registered), affinity.

    `links`: case_id, read, candidate, plate: pairs worth scoring. `rest`: read, bits_rest (plates not
    listed). `hidden`: read, state, hidden (number of longer plates not listed).
    """

    plates: pl.DataFrame
    links: pl.DataFrame
    rest: pl.DataFrame
    hidden: pl.DataFrame


def _class_masks(plates: pl.Series) -> np.ndarray:
    """One bit for each character that a plate holds."""
    codes = encode(plates)
    bit = np.where(codes < SIZE, np.uint64(1) << np.minimum(codes, SIZE).astype(np.uint64), np.uint64(0))
    return np.asarray(np.bitwise_or.reduce(bit, axis=1))


def _comparable(pairs: pl.DataFrame) -> pl.DataFrame:
    """Drop pairs that differ in more than three of their characters: a cheap bound before the exact channel."""
    texts = pl.concat([pairs["read"], pairs["plate"]]).unique().sort()
    known = pl.DataFrame({"text": texts, "mask": _class_masks(texts), "size": texts.str.len_chars().cast(pl.Int64)})
    wide = pairs.join(known, left_on="read", right_on="text").join(
        known, left_on="plate", right_on="text", suffix="_true"
    )
    common = (pl.col("mask") & pl.col("mask_true")).bitwise_count_ones().cast(pl.Int64)
    fewer = pl.min_horizontal(pl.col("mask").bitwise_count_ones(), pl.col("mask_true").bitwise_count_ones()).cast(
        pl.Int64
    )
    near = (common >= fewer - 3) & ((pl.col("size") - pl.col("size_true")).abs() <= _LONGEST_LOSS)
    return wide.filter(near).select(pairs.columns)


def _within_cases(
    reads: pl.DataFrame, texts: pl.DataFrame, channel: PlateChannel, settings: PlateSettings
) -> pl.DataFrame:
    """Pairs of a reading and a candidate text of the same case worth scoring: case_id, read, plate.

    All pairs of a case, a batch of cases at a time, so that memory stays bounded. A case with thousands of different
    plates (a lot, a street, a wrong case number) is answered by an index of its own instead.
    """
    sizes = (
        reads.group_by("case_id")
        .agg(reads=pl.len())
        .join(texts.group_by("case_id").agg(texts=pl.len()), on="case_id")
        .with_columns(pairs=pl.col("reads").cast(pl.Int64) * pl.col("texts"))
        .sort("case_id")
        .with_columns(batch=pl.col("pairs").cum_sum() // _PAIRS_IN_BATCH, crowded=pl.col("pairs") > _PAIRS_IN_BATCH)
    )
    found = [pl.DataFrame(schema={"case_id": pl.String, "read": pl.String, "plate": pl.String})]
    for cases in sizes.filter(~pl.col("crowded")).partition_by("batch", maintain_order=True):
        batch = reads.join(cases.select("case_id"), on="case_id")
        found.append(_comparable(batch.join(texts, on="case_id")).select("case_id", "read", "plate"))
    for case in sizes.filter("crowded")["case_id"]:
        index = PlateIndex.build(texts.filter(pl.col("case_id") == case)["plate"])
        near = index.nearest(reads.filter(pl.col("case_id") == case)["read"], channel, settings)
        found.append(near.select(pl.lit(case).alias("case_id"), "read", "plate"))
    return pl.concat(found)


def find_candidates(
    sightings: pl.DataFrame,
    registry: Registry,
    index: PlateIndex,
    affinity: pl.DataFrame,
    channel: PlateChannel,
    settings: PlateSettings,
) -> Candidates:
    """sightings: case_id, plate, plate_state (normalised, plate not null); affinity: case_id, dmv_row, bits."""
    reads = sightings.select("case_id", read="plate").unique().sort("case_id", "read")
    near = index.nearest(reads["read"], channel, settings)
    bonus = (
        affinity.filter(pl.col("bits") >= _LEAST_AFFINITY_BITS)
        .join(registry.rows.select("dmv_row", "entity"), on="dmv_row")
        .group_by("case_id", "entity")
        .agg(affinity=pl.col("bits").max())
    )
    parts, hidden = _from_fragments(sightings, registry, index, settings)
    found = pl.concat(
        [
            reads.join(near.select("read", "plate"), on="read").join(registry.entities, on="plate").select(_PLATE),
            parts,
        ]
    )
    owned = (
        bonus.join(reads.select("case_id").unique(), on="case_id").join(registry.entities, on="entity").select(_PLATE)
    )
    stated = sightings.select("case_id", "plate", state="plate_state").unique()
    has_state = stated.filter(pl.col("state").is_not_null()).select("case_id", "plate").unique()
    blank = stated.filter(pl.col("state").is_null()).join(has_state, on=["case_id", "plate"], how="anti")
    known = pl.concat([found, owned]).unique()
    unlisted = (
        pl.concat([stated.filter(pl.col("state").is_not_null()), blank])
        .join(known, on=["case_id", "plate", "state"], how="anti", nulls_equal=True)
        .with_columns(entity=pl.lit(None, pl.UInt32))
    )
    plates = (
        pl.concat([known, unlisted])
        .join(bonus, on=["case_id", "entity"], how="left")
        .with_columns(pl.col("affinity").fill_null(0.0))
        .sort("case_id", "plate", "state", "entity", nulls_last=True)
        .with_row_index("candidate")
    )
    texts = plates.select("case_id", "plate").unique()
    pairs = _within_cases(reads, texts, channel, settings)
    scored = pairs.select("read", "plate").unique().sort("read", "plate")
    bits = channel.log2_probability(encode(scored["read"]), encode(scored["plate"]))
    texts_read = encode(scored["read"])
    kept = scored.filter(pl.Series(bits >= channel.log2_probability(texts_read, texts_read) - FARTHEST_BITS))
    own = reads.select("case_id", "read", plate="read")
    links = (
        pl.concat([pairs.join(kept, on=["read", "plate"], how="semi"), own])
        .unique()
        .join(plates.select("case_id", "plate", "candidate"), on=["case_id", "plate"])
        .sort("case_id", "read", "candidate")
    )
    cut = near.select("read", "bits_rest").unique()
    return Candidates(plates, links, cut.sort("read"), hidden)


def _from_fragments(
    sightings: pl.DataFrame, registry: Registry, index: PlateIndex, settings: PlateSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Registered plates of which a short reading is the beginning or the end, in the state written if one was.

    Returns the candidates, where few enough, and read, state, hidden: how many plates there are where too many.
    """
    asked = sightings.select("case_id", read="plate", read_state="plate_state").unique()
    fits = index.beginning_or_ending(asked["read"]).join(registry.entities, on="plate")
    any_state = fits.with_columns(read_state=pl.lit(None, pl.String))
    known = pl.concat([fits.with_columns(read_state="state"), any_state])
    known = known.with_columns(hidden=pl.len().over("read", "read_state"))
    few = known.filter(pl.col("hidden") <= settings.candidates_per_read)
    many = known.filter(pl.col("hidden") > settings.candidates_per_read)
    parts = asked.join(few, on=["read", "read_state"], nulls_equal=True).select(_PLATE)
    hidden = many.group_by("read", "read_state").agg(pl.col("hidden").first())
    return parts, hidden.select("read", "hidden", state="read_state").sort("read", "state", nulls_last=True)


def _usual_descriptions(sightings: pl.DataFrame) -> pl.DataFrame:
    """Per sighting and candidate text equal to some reading: what the *other* sightings with that reading say.

    Returns case_id, plate and, for each of make, model, color: the commonest value, its count, the runner-up.
    """
    frame = sightings.select("case_id", "plate").unique().sort("case_id", "plate")
    for name in ("make", "model", "color"):
        counts = (
            sightings.filter(pl.col(name).is_not_null())
            .group_by("case_id", "plate", name)
            .agg(n=pl.len())
            .sort("case_id", "plate", "n", name, descending=[False, False, True, False])
            .group_by("case_id", "plate", maintain_order=True)
            .agg(
                pl.col(name).first().alias(f"{name}_1"),
                pl.col("n").first().alias(f"{name}_n"),
                pl.col(name).get(1, null_on_oob=True).alias(f"{name}_2"),
                pl.col("n").get(1, null_on_oob=True).alias(f"{name}_m"),
            )
        )
        frame = frame.join(counts, on=["case_id", "plate"], how="left")
    return frame


def _left_out(name: str) -> pl.Expr:
    """Commonest value without the sighting's own (rows whose reading is the candidate's text)."""
    own = (pl.col("read") == pl.col("plate")) & (pl.col(name) == pl.col(f"{name}_1")).fill_null(False)
    left = pl.col(f"{name}_n").cast(pl.Int64) - own.cast(pl.Int64)
    second = pl.col(f"{name}_m").fill_null(0).cast(pl.Int64)
    return (
        pl.when(left.is_null() | ((left <= 0) & (second <= 0)))
        .then(None)
        .when(left >= second)
        .then(f"{name}_1")
        .otherwise(f"{name}_2")
        .alias(f"usual_{name}")
    )


def gather_evidence(
    sightings: pl.DataFrame, candidates: Candidates, registry: Registry, settings: PlateSettings
) -> pl.DataFrame:
    """All pairs of a sighting and a candidate in reach with what does not depend on learned rates.

    Returns sighting, candidate, read, plate, read_state, state, dmv_row (on the day of the sighting), bits_make,
    bits_model, bits_color; sorted by sighting, candidate.
    """
    pairs = (
        sightings.select(
            "sighting", "case_id", "observed_date", "make", "model", "color", read="plate", read_state="plate_state"
        )
        .join(candidates.links, on=["case_id", "read"])
        .join(candidates.plates.select("candidate", "state", "entity"), on="candidate")
    )
    asked = pairs.filter(pl.col("entity").is_not_null()).select("entity", day="observed_date")
    speaks = registry.on_day(asked).rename({"make": "reg_make", "model": "reg_model", "color": "reg_color"})
    pairs = (
        pairs.join(
            speaks, left_on=["entity", "observed_date"], right_on=["entity", "day"], how="left", nulls_equal=True
        )
        .join(_usual_descriptions(sightings), on=["case_id", "plate"], how="left")
        .with_columns(_left_out(name) for name in ("make", "model", "color"))
        .select(
            *("sighting", "candidate", "read", "plate", "read_state", "state", "dmv_row", "make", "model", "color"),
            true_make=pl.coalesce("reg_make", "usual_make"),
            true_model=pl.coalesce("reg_model", "usual_model"),
            true_color=pl.coalesce("reg_color", "usual_color"),
        )
    )
    described = description_bits(pairs, registry.rows.select("make", "model", "color"), settings)
    return described.drop("make", "model", "color", "true_make", "true_model", "true_color").sort(
        "sighting", "candidate"
    )


def prior_of(candidates: Candidates, prior: PlatePrior, channel: PlateChannel, registered: int) -> pl.DataFrame:
    """candidate, bits_prior (log2 P(a new vehicle has this plate), affinity apart), bits_affinity, p_exact, p_other,
    p_personal, p_lost (see `UnlistedPlates.masses`; 0 for registered plates).

    By candidate. p_exact: for a plate that is not in the registry, the share of its hypothesis that is the plate as
    read, rather than another unregistered plate read so; 1 for registered plates.

    The mass of registered plates that were in reach but not listed goes to the reading's own text.
    """
    plates = candidates.plates
    away = plates.filter(pl.col("entity").is_null())
    unlisted = prior.unregistered_bits(away.select("plate", "state").unique(), channel)
    home = prior.registered_bits()
    texts = away["plate"].unique().sort()
    codes = encode(texts)
    faithful = pl.DataFrame({"plate": texts, "faithful": channel.log2_probability(codes, codes)})
    rest = candidates.rest.rename({"read": "plate"})
    listed = prior.states.select((pl.col("share") * pl.col("registered")).sum()).item()
    anyone = float(np.log2(max(listed, 1e-6) / max(registered, 1)))
    away = (
        away.select("candidate", "plate", "state")
        .join(unlisted, on=["plate", "state"], how="left", nulls_equal=True)
        .join(rest, on="plate", how="left")
        .join(faithful, on="plate", how="left")
        .join(home.rename({"bits": "home"}), on="state", how="left", nulls_equal=True)
        .join(candidates.hidden.rename({"read": "plate"}), on=["plate", "state"], how="left", nulls_equal=True)
    )
    hidden = pl.col("bits_rest") - pl.col("faithful") + pl.col("home").fill_null(anyone)
    end_lost = pl.col("hidden").log(2) + float(np.log2(channel.rates.lost_end / 4)) + pl.col("home").fill_null(anyone)
    cut = pl.lit(2.0).pow(end_lost.fill_null(FLOOR_LOG2))
    mass = pl.lit(2.0).pow("bits") + pl.lit(2.0).pow(hidden.fill_null(FLOOR_LOG2)) + cut
    unlisted_part = pl.lit(2.0).pow("bits") / mass
    away = away.select(
        "candidate",
        mass.log(2).alias("bits_prior"),
        *(pl.col(part) * unlisted_part for part in ("p_exact", "p_other", "p_personal")),
        p_lost=pl.col("p_lost") * unlisted_part + cut / mass,
    )
    found = (
        plates.filter(pl.col("entity").is_not_null())
        .select("candidate", "state")
        .join(home, on="state", how="left", nulls_equal=True)
        .select(
            "candidate",
            bits_prior=pl.col("bits").fill_null(anyone - 1.0),
            p_exact=1.0,
            **dict.fromkeys(("p_other", "p_personal", "p_lost"), 0.0),
        )
    )
    return (
        pl.concat([away, found])
        .join(plates.select("candidate", bits_affinity="affinity"), on="candidate")
        .sort("candidate")
    )


def state_bits(pairs: pl.DataFrame, prior: PlatePrior, wrong_rate: float) -> pl.Series:
    """log2 P(written state | state of the candidate); 0 where no state was written."""
    share = prior.states.select(read_state="state", share="share")
    frame = pairs.select("read_state", "state").join(share, on="read_state", how="left", maintain_order="left")
    any_state = pl.col("share").fill_null(1e-4)
    bits = (
        pl.when(pl.col("read_state").is_null())
        .then(0.0)
        .when(pl.col("state").is_null())
        .then(any_state.log(2))
        .when(pl.col("state") == pl.col("read_state"))
        .then(np.log2(1 - wrong_rate))
        .otherwise((wrong_rate * (0.5 * any_state + 0.5 / 51)).log(2))
    )
    return frame.select(bits=bits).to_series()
