"""The truth folder: what the score is computed against. It never lies inside the city folder."""

from dataclasses import asdict

import numpy as np
import polars as pl

from evidence.synthetic.complaints import ADULT, Cases, kin_of
from evidence.synthetic.counts import headcount
from evidence.synthetic.guests import first_night
from evidence.synthetic.households import OPEN_END
from evidence.synthetic.places import canonical
from evidence.synthetic.registers import parcel_ids
from evidence.synthetic.rows import Written, mentions
from evidence.synthetic.watch import Watch
from evidence.synthetic.world import World


def truth_tables(world: World, cases: Cases, watch: Watch, files: dict[str, Written]) -> dict[str, pl.DataFrame]:
    """All truth tables by name; every one is sorted by its key."""
    names = canonical(world.places)
    named = pl.concat([mentions(files[name]) for name in sorted(files)])
    where = _named(named["_dwelling"], names)
    told = named.drop("_dwelling").with_columns(where.alias("true_dwelling")).sort("source", "row", "field", "part")
    counted = (
        told.filter(pl.col("true_person_id").is_not_null())
        .group_by("true_dwelling")
        .agg(pl.col("true_person_id").n_unique().cast(pl.Int64).alias("persons_named"))
    )
    case_rows = (
        cases.cases.with_columns(
            _named(cases.cases["dwelling"], names).alias("dwelling"), _date("opened").alias("opened_on")
        )
        .join(counted, left_on="dwelling", right_on="true_dwelling", how="left")
        .with_columns(pl.col("persons_named").fill_null(0))
        .select(
            "case_id", "dwelling", "opened_on", pl.col("status").replace("", "open"), "occupants", "over_limit",
            "guest_days_max", "persons_named", "lawful_reason",
        )
        .sort("case_id")
    )  # fmt: skip
    return {
        "cases": case_rows,
        "occupancy": _occupancy(world, cases, watch),
        "mentions": told,
        "log": _log(world, files),
        "vehicles": _vehicles(world, watch),
        "nights": _nights(world, cases),
        "dwellings": _dwellings(world, cases, names),
        "all_dwellings": _all_dwellings(world, names),
    }


def _named(dwelling: pl.Series, names: pl.Series) -> pl.Series:
    values = names.to_numpy().astype(object)[np.maximum(dwelling.to_numpy(), 0)]
    return pl.select(pl.when(dwelling >= 0).then(pl.Series(values, dtype=pl.String))).to_series()


def _date(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int32).cast(pl.Date)


def _display(world: World) -> pl.DataFrame:
    name = pl.concat_str([pl.col(c) for c in ("given", "middle", "family", "suffix")], separator=" ")
    return world.persons.select(
        pl.col("person").alias("true_person_id"),
        name.str.replace_all(r" {2,}", " ").str.strip_chars().alias("display_name"),
    )


def _occupancy(world: World, cases: Cases, watch: Watch) -> pl.DataFrame:
    lived = cases.people.select(
        "case_id", pl.col("person").alias("true_person_id"), "kind", "on_lease", _date("from"),
        pl.when(pl.col("to") < OPEN_END).then(_date("to")).alias("to"),
        pl.col("worst").alias("guest_nights"), (pl.col("passes") | (pl.col("kind") == "resident")).alias("counts"),
    )  # fmt: skip
    came = watch.cars.filter(pl.col("relation").is_in(["visitor", "neighbour"])).select(
        "case_id", pl.col("operator").alias("true_person_id"),
        pl.lit("visitor").alias("kind"), pl.lit(False).alias("on_lease"),
        pl.lit(None, pl.Date).alias("from"), pl.lit(None, pl.Date).alias("to"),
        pl.lit(0, pl.Int64).alias("guest_nights"), pl.lit(False).alias("counts"),
    )  # fmt: skip
    both = pl.concat([lived, came]).join(_display(world), on="true_person_id", how="left")
    return both.sort("case_id", "kind", "true_person_id", "from")


def _log(world: World, files: dict[str, Written]) -> pl.DataFrame:
    fleet = world.fleet.select(
        pl.col("vehicle").cast(pl.Int64), pl.col("plate").alias("true_plate"), pl.col("state").alias("true_state")
    )
    registered = (
        files["dmv_registrations"].rows.filter(~pl.col("_broken"))
        .group_by("_vehicle")
        .agg(pl.col("row").sort().alias("true_dmv_rows"))
    )  # fmt: skip
    log = files["vehicle_log"].rows.filter(~pl.col("_broken"))
    return (
        log.select("case_id", pl.col("row").alias("log_row"), "_vehicle", pl.col("plate").alias("read_plate"))
        .join(fleet, left_on="_vehicle", right_on="vehicle", how="left")
        .join(registered, on="_vehicle", how="left")
        .select(
            "case_id", "log_row", "read_plate", "true_plate", "true_state", "true_dmv_rows",
            pl.when(pl.col("_vehicle") >= 0).then("_vehicle").alias("true_vehicle_id"),
            (pl.col("_vehicle") < 0).alias("effort"),
        )
        .sort("log_row")
    )  # fmt: skip


def _vehicles(world: World, watch: Watch) -> pl.DataFrame:
    fleet = world.fleet.select(pl.col("vehicle").cast(pl.Int64), "plate", "state")
    return (
        watch.cars.join(fleet, on="vehicle", how="left")
        .select(
            "case_id", pl.col("vehicle").alias("true_vehicle_id"), "plate", pl.col("state").alias("plate_state"),
            pl.col("operator").alias("operator_person_id"), "relation", pl.col("nights").cast(pl.List(pl.Date)),
        )
        .sort("case_id", "true_vehicle_id")
    )  # fmt: skip


def _nights(world: World, cases: Cases) -> pl.DataFrame:
    row, column = np.nonzero(cases.slept)
    opened = cases.people["opened"].to_numpy()[row]
    night = first_night(world.settings) + column
    near = (night > opened - 60 - 366) & (night <= opened + 30)
    people = cases.people.select("case_id", "person")[row[near]]
    return people.select(
        "case_id",
        pl.col("person").alias("true_person_id"),
        pl.Series("night", night[near]).cast(pl.Int32).cast(pl.Date),
    ).sort("case_id", "true_person_id", "night")


def _dwellings(world: World, cases: Cases, names: pl.Series) -> pl.DataFrame:
    every = _all_dwellings(world, names)
    mine = cases.cases["dwelling"].unique().sort()
    return every[mine.to_list()].sort("dwelling")


def _all_dwellings(world: World, names: pl.Series) -> pl.DataFrame:
    """Every dwelling with its residents and their lawfulness on the day of the export (guests left out)."""
    who = world.stays["person"].to_numpy()
    at = world.extract
    spans = world.stays.select(
        pl.col("dwelling").alias("key"), "person", pl.col("start").alias("from"), pl.col("end").alias("to"), "guardian"
    ).with_columns(
        pl.lit(at, pl.Int64).alias("opens"),
        pl.lit(at, pl.Int64).alias("closes"),
        pl.Series("kin", kin_of(world)[who]),
        pl.Series("adult", world.persons["dob"].to_numpy()[who] <= at - ADULT),
    )
    counted = headcount(spans)
    return (
        world.places.select(
            pl.col("dwelling").cast(pl.Int64).alias("key"),
            names.alias("dwelling"),
            parcel_ids(world.places["parcel"]),
            "kind",
            "bedrooms",
            "rented",
        )
        .join(counted, on="key", how="left", maintain_order="left")
        .with_columns(pl.col("occupants").fill_null(0), pl.col("over_limit").fill_null(False))
        .drop("key", "lawful_reason")
    )


def settings_record(world: World) -> dict[str, object]:
    """What made this world, for `settings.json`."""
    rates = {key: str(value) if key == "extract_on" else value for key, value in asdict(world.settings).items()}
    return {"seed": world.seed, "scale": world.scale.name, "settings": rates}
