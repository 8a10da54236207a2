"""The decoder's answer as the frames of docs/frames.md: sightings, readings, vehicles."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from matchers.ordered_sums import grouped_sum, ratio, sum_in_order
from matchers.plate_settings import PlateSettings
from matchers.runs import Floats, Ids
from matchers.vehicle_descriptions import description_bits
from matchers.vehicle_registry import Registry

BITS = (
    "bits_channel",
    "bits_prior",
    "bits_affinity",
    "bits_votes",
    "bits_state",
    "bits_make",
    "bits_model",
    "bits_color",
)
"""They add up to `bits_total`; p_hypothesis is 2**bits_total over its sum for the log row."""

ALTERNATIVE = pl.Struct({"plate": pl.String, "plate_state": pl.String, "dmv_row": pl.UInt32, "probability": pl.Float64})


@dataclass(frozen=True, slots=True)
class Decoded:
    """Everything the three frames are made of. `plated` is numbered by `sighting`, `plates` by `candidate`.

    `pairs`: those that are likely enough to be told. `owner`, `p_owner`, `identity`: as in `Solution`.
    """

    log: pl.DataFrame
    plated: pl.DataFrame
    plates: pl.DataFrame
    pairs: pl.DataFrame
    owner: Ids
    p_owner: Floats
    identity: pl.DataFrame
    registry: Registry


def _named_vehicles(decoded: Decoded) -> pl.DataFrame:
    """owner, candidate (its most probable plate), probability, p_registered, vehicle_id; by owner."""
    plates = decoded.plates.with_columns(pl.col("candidate").cast(pl.Int64))
    best = (
        decoded.identity.join(plates, on="candidate")
        .sort("owner", "probability", "candidate", descending=[False, True, False])
        .group_by("owner", maintain_order=True)
        .agg(
            pl.col("candidate", "case_id", "plate", "state", "entity", "probability").first(),
        )
    )
    found = decoded.identity.join(plates, on="candidate").filter(pl.col("entity").is_not_null())
    found = grouped_sum(found, ["owner"], "probability").rename({"probability": "p_registered"})
    best = best.join(found, on="owner", how="left", maintain_order="left")
    name = pl.concat_str(pl.col("case_id"), pl.lit("/"), pl.concat_str("state", pl.lit("-")).fill_null(""), "plate")
    best = best.with_columns(vehicle_id=name, p_registered=pl.col("p_registered").fill_null(0.0).clip(0.0, 1.0))
    again = pl.int_range(pl.len()).over("vehicle_id")
    suffix = pl.when(again > 0).then(pl.concat_str(pl.lit("~"), again + 1)).otherwise(pl.lit(""))
    return best.with_columns(vehicle_id=pl.concat_str("vehicle_id", suffix)).sort("owner")


def _owned(decoded: Decoded) -> pl.DataFrame:
    """Plated sightings with owner, vehicle_id, p_vehicle and the vehicle's own columns."""
    owners = pl.DataFrame({"owner": decoded.owner, "p_vehicle": decoded.p_owner})
    return pl.concat([decoded.plated, owners], how="horizontal").join(
        _named_vehicles(decoded).drop("case_id", "plate"), on="owner", maintain_order="left"
    )


def vehicles_frame(decoded: Decoded, settings: PlateSettings) -> pl.DataFrame:
    """One row per decoded vehicle: case_id, vehicle_id, plate, plate_state, dmv_row (on the day of the last
    sighting; null: not registered), p_registered, make, model, color (the registry's, else the commonest written),
    sightings, first_seen, last_seen, merged_reads (different plates as read that became this vehicle),
    alternatives (other plates: plate, plate_state, dmv_row, probability). By case_id, vehicle_id.
    """
    names = _named_vehicles(decoded)
    seen = (
        _owned(decoded)
        .group_by("owner")
        .agg(
            *(pl.col(c).drop_nulls().mode().sort().first().alias(f"usual_{c}") for c in ("make", "model", "color")),
            sightings=pl.len().cast(pl.UInt32),
            first_seen=pl.col("observed_date").min(),
            last_seen=pl.col("observed_date").max(),
            merged_reads=pl.col("plate").n_unique().cast(pl.UInt32),
        )
    )
    frame = names.join(seen, on="owner")
    asked = frame.filter(pl.col("entity").is_not_null()).select("entity", day="last_seen")
    rows = decoded.registry.on_day(asked)
    frame = frame.join(rows, left_on=["entity", "last_seen"], right_on=["entity", "day"], how="left")
    frame = frame.join(_alternatives(decoded, names, settings), on="owner", how="left")
    return frame.select(
        "case_id",
        "vehicle_id",
        "plate",
        pl.col("state").alias("plate_state"),
        "dmv_row",
        "p_registered",
        *(pl.coalesce(c, f"usual_{c}").alias(c) for c in ("make", "model", "color")),
        "sightings",
        "first_seen",
        "last_seen",
        "merged_reads",
        pl.col("alternatives").fill_null([]),
    ).sort("case_id", "vehicle_id")


def _alternatives(decoded: Decoded, names: pl.DataFrame, settings: PlateSettings) -> pl.DataFrame:
    """owner, alternatives: its other possible plates, most probable first."""
    plates = decoded.plates.with_columns(pl.col("candidate").cast(pl.Int64))
    last = decoded.registry.rows.group_by("entity").agg(pl.col("dmv_row").max())
    return (
        decoded.identity.filter(pl.col("probability") >= settings.report_floor)
        .join(names.select("owner", "candidate"), on=["owner", "candidate"], how="anti")
        .join(plates, on="candidate")
        .join(last, on="entity", how="left")
        .sort("owner", "probability", "candidate", descending=[False, True, False])
        .group_by("owner", maintain_order=True)
        .agg(
            alternatives=pl.struct("plate", pl.col("state").alias("plate_state"), "dmv_row", "probability").head(
                settings.report_top
            )
        )
        .with_columns(pl.col("alternatives").cast(pl.List(ALTERNATIVE)))
    )


def readings_frame(decoded: Decoded, vehicle_log: pl.DataFrame, settings: PlateSettings) -> pl.DataFrame:
    """One row per candidate plate of a plated log row, highest p_match first: the likeliest few hypotheses.

    case_id, log_row, plate, plate_state, dmv_row (null: not in the registry), p_match (this is the plate, as spelled
    here), p_hypothesis (for a plate not in the registry: this one or another unregistered plate read so; sums to at
    most 1 a row), edits (characters changed, added, dropped or swapped), the bits and bits_total. Exact duplicates of
    a log row get the same readings.
    """
    pairs = decoded.pairs
    edits = cpdist(pairs["read"].to_list(), pairs["plate"].to_list(), scorer=OSA.distance, dtype=np.int64)
    copies = pl.concat(
        [
            decoded.plated.select("sighting", "case_id", "log_row"),
            vehicle_log.filter(pl.col("duplicate_of").is_not_null())
            .select(pl.col("duplicate_of").alias("log_row"), again="row")
            .join(decoded.plated.select("sighting", "case_id", "log_row"), on="log_row")
            .select("sighting", "case_id", pl.col("again").alias("log_row")),
        ]
    )
    return (
        pairs.with_columns(edits=pl.Series(edits).cast(pl.UInt8), bits_total=sum_in_order(BITS))
        .join(copies, on="sighting")
        .sort("case_id", "log_row", "p_hypothesis", "candidate", descending=[False, False, True, False])
        .filter(pl.int_range(pl.len()).over("case_id", "log_row") < settings.report_top)
        .sort("case_id", "log_row", "p_match", "candidate", descending=[False, False, True, False])
        .select(
            "case_id",
            "log_row",
            "plate",
            pl.col("state").alias("plate_state"),
            "dmv_row",
            "p_match",
            "p_hypothesis",
            "edits",
            *BITS,
            "bits_total",
        )
    )


def sightings_frame(decoded: Decoded, settings: PlateSettings) -> pl.DataFrame:
    """One row per distinct log row: case_id, log_row, observed_date, observed_time, observer, read_plate, read_state,
    vehicle_id (null: no vehicle, or not assigned), p_vehicle (null with it), is_effort. By case_id, log_row.
    """
    plated = _owned(decoded).select("case_id", "log_row", "vehicle_id", "p_vehicle")
    described = _place_descriptions(decoded, settings)
    assigned = pl.concat([plated, described])
    return (
        decoded.log.join(assigned, on=["case_id", "log_row"], how="left")
        .select(
            "case_id",
            "log_row",
            "observed_date",
            "observed_time",
            "observer",
            pl.col("plate").alias("read_plate"),
            pl.col("plate_state").alias("read_state"),
            "vehicle_id",
            "p_vehicle",
            is_effort=pl.col("kind") == "effort",
        )
        .sort("case_id", "log_row")
    )


def _place_descriptions(decoded: Decoded, settings: PlateSettings) -> pl.DataFrame:
    """Sightings without a plate: the known vehicle of the case that fits make, model and colour, if one does."""
    waiting = decoded.log.filter(pl.col("kind") == "described").select(
        "case_id", "log_row", "look", "make", "model", "color"
    )
    vehicles = vehicles_frame(decoded, settings).select(
        "case_id", "vehicle_id", "sightings", true_make="make", true_model="model", true_color="color"
    )
    pairs = description_bits(waiting.join(vehicles, on="case_id"), decoded.registry.descriptions, settings)
    busy = (
        _owned(decoded)
        .filter(pl.col("look") >= 0)
        .select("look", "vehicle_id", busy=pl.lit(1 - settings.same_look_conflict))
        .unique()
    )
    bits = pl.col("bits_make") + pl.col("bits_model") + pl.col("bits_color")
    weight = pl.col("sightings") * pl.lit(2.0).pow(bits) * pl.col("busy").fill_null(1.0)
    weighed = pairs.join(busy, on=["look", "vehicle_id"], how="left").with_columns(weight=weight)
    whole = grouped_sum(weighed, ["log_row"], "weight").rename({"weight": "whole"})
    none = settings.unassigned_weight
    return (
        weighed.join(whole, on="log_row")
        .with_columns(p_vehicle=ratio("weight", pl.col("whole") + none))
        .sort("case_id", "log_row", "p_vehicle", "vehicle_id", descending=[False, False, True, False])
        .unique(["case_id", "log_row"], keep="first", maintain_order=True)
        .filter(pl.col("weight") > none)
        .select("case_id", "log_row", "vehicle_id", "p_vehicle")
    )
