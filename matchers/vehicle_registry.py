"""The registry as the decoder needs it: one entity per plate and state, and its row on a given day.

The same plate and state may stand in several rows (renewals, a plate moved to another car, duplicates). They are one
entity to look for; which row speaks depends on the day: the one valid then, else the one registered latest.
"""

from dataclasses import dataclass

import polars as pl

from loaders.normalize.plates import normalize_plates, normalize_states
from loaders.normalize.vehicles import color_code, make_code


def coded_vehicles(frame: pl.DataFrame) -> pl.DataFrame:
    """Replace plate, plate_state, make, color as written by their normalised values; add no_vehicle.

    A state written in the plate cell fills a blank plate_state. Unrecognised text becomes null.
    """
    plates = normalize_plates(frame["plate"]).select("raw", "no_vehicle", "written_state", norm="plate")
    states = normalize_states(frame["plate_state"]).select("raw", norm_state="state")
    makes = make_code(frame["make"]).select("raw", norm_make="make")
    colors = color_code(frame["color"]).select("raw", norm_color="color")
    return (
        frame.join(plates, left_on="plate", right_on="raw", how="left", maintain_order="left")
        .join(states, left_on="plate_state", right_on="raw", how="left", maintain_order="left")
        .join(makes, left_on="make", right_on="raw", how="left", maintain_order="left")
        .join(colors, left_on="color", right_on="raw", how="left", maintain_order="left")
        .with_columns(
            plate="norm",
            plate_state=pl.coalesce("norm_state", "written_state"),
            make="norm_make",
            color="norm_color",
            no_vehicle=pl.col("no_vehicle").fill_null(False),
        )
        .drop("norm", "norm_state", "written_state", "norm_make", "norm_color")
    )


@dataclass(frozen=True, slots=True)
class Registry:
    """`entities`: entity UInt32, plate, state. `rows`: entity, dmv_row, registered_from, registered_to, make,
    model, color. Rows without a readable plate are left out; exact duplicates too. Both sorted by their key.
    `registered`: number of entities, and `descriptions`: about (make, model or color), value, count, of the whole
    registry, also where `part` has taken some of its entities.
    """

    entities: pl.DataFrame
    rows: pl.DataFrame
    registered: int
    descriptions: pl.DataFrame

    @classmethod
    def build(cls, dmv: pl.DataFrame) -> "Registry":
        """From the canonical `dmv_registrations` frame."""
        rows = (
            coded_vehicles(dmv.filter(pl.col("duplicate_of").is_null()))
            .filter(pl.col("plate").is_not_null())
            .rename({"plate_state": "state", "row": "dmv_row"})
        )
        entities = rows.select("plate", "state").unique().sort("plate", "state").with_row_index("entity")
        kept = rows.join(entities, on=["plate", "state"], nulls_equal=True).select(
            "entity", "dmv_row", "registered_from", "registered_to", "make", "model", "color"
        )
        counted = [
            kept.select(about=pl.lit(name), value=name).drop_nulls().group_by("about", "value").agg(count=pl.len())
            for name in ("make", "model", "color")
        ]
        descriptions = pl.concat(counted).sort("about", "value")
        return cls(entities, kept.sort("entity", "dmv_row"), entities.height, descriptions)

    def on_day(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Distinct entity, day (Date, null allowed) -> those and dmv_row, make, model, color of the row that speaks.

        Valid on the day first, then registered latest by that day, then the lowest row number.
        """
        before = pl.col("registered_from").is_null() | (pl.col("registered_from") <= pl.col("day"))
        after = pl.col("registered_to").is_null() | (pl.col("registered_to") >= pl.col("day"))
        return (
            asked.select("entity", "day")
            .unique()
            .join(self.rows, on="entity")
            .with_columns(
                valid=(before & after).fill_null(False),
                begun=before.fill_null(False),
            )
            .sort(
                "entity",
                "day",
                "valid",
                "begun",
                "registered_from",
                "dmv_row",
                descending=[False, False, True, True, True, False],
                nulls_last=True,
            )
            .unique(["entity", "day"], keep="first", maintain_order=True)
            .select("entity", "day", "dmv_row", "make", "model", "color")
        )
