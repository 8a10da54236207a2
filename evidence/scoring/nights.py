"""Guest-nights: the proved floor must never exceed the truth; the estimate should be near it. And who drives."""

from datetime import date

import numpy as np
import polars as pl

from evidence.scoring import measures as m

Figures = dict[str, float | int | None]


def guest_scores(
    persons: pl.DataFrame, screen: pl.DataFrame, members: pl.DataFrame, occupancy: pl.DataFrame, truth: pl.DataFrame
) -> tuple[Figures, pl.DataFrame]:
    """Figures, and the floor violations one by one.

    `members`: person_id, true_person_id. Where a person was made of several true ones, the one of them who slept
    most at the case is meant: linkage is scored elsewhere. Persons known by no name cannot be matched with anybody,
    and are left out. A floor violation is a person whose `guest_days_observed` exceeds the true most nights in any
    twelve months that end in the window (0 for somebody who never slept there).

    `guests`: persons off the lease who did sleep there. `everybody`: all persons whom the screening lists, tenants and
    those who never slept there included: no choice by the truth. `quoting_median`: the error of quoting one number for
    all, the median of the truth.
    """
    nights = occupancy.group_by("case_id", "true_person_id").agg(
        pl.col("guest_nights").max().alias("true_nights"),
        pl.col("on_lease").any().alias("truly_listed"),
        (pl.col("kind") == "resident").any().alias("lives_there"),
    )
    rows = (
        persons.with_columns(pl.col("person_id").cast(pl.String))
        .join(members, on="person_id")
        .join(truth.select("case_id"), on="case_id", how="semi")
        .join(nights, on=["case_id", "true_person_id"], how="left")
        .with_columns(pl.col("true_nights").fill_null(0), pl.col("truly_listed").fill_null(False))
        .sort("case_id", "person_id", "true_nights", "true_person_id", descending=[False, False, True, False])
        .unique(["case_id", "person_id"], keep="first", maintain_order=True)
    )
    wanted = ("guest_days_estimated", "guest_days_low", "guest_days_high")
    floor = rows.filter(pl.col("guest_days_observed") > pl.col("true_nights"))
    guests = rows.filter(
        ~pl.col("truly_listed") & (pl.col("true_nights") > 0) & pl.col("guest_days_estimated").is_not_null()
    )
    real = guests["true_nights"].cast(pl.Float64).to_numpy()
    estimate, low, high = _columns(guests, wanted)
    visits = ~guests["lives_there"].to_numpy().astype(bool)
    everybody = rows.drop_nulls("guest_days_estimated")
    slept = everybody["true_nights"].cast(pl.Float64).to_numpy()
    by_everybody = _estimate_figures(_columns(everybody, wanted), slept)
    cases = truth.join(screen, on="case_id", suffix="_said").drop_nulls("guest_days_estimated_max")
    figures: Figures = {
        "persons": rows.height,
        "floors_shown": rows.filter(pl.col("guest_days_observed") > 0).height,
        "floor_violations": floor.height,
        "floor_violation_nights": int((floor["guest_days_observed"] - floor["true_nights"]).sum()),
        "guests_estimated": guests.height,
        **_estimate_figures([estimate, low, high], real),
        "everybody": everybody.height,
        **{f"{name}_everybody": figure for name, figure in by_everybody.items()},
        "guests_living_elsewhere": int(visits.sum()),
        "coverage_90_living_elsewhere": m.coverage(low[visits], high[visits], real[visits]),
        "mean_absolute_error_living_elsewhere": m.mean_absolute_error(estimate[visits], real[visits]),
        "case_max_error": m.mean_absolute_error(
            cases["guest_days_estimated_max"].cast(pl.Float64).to_numpy(),
            cases["guest_days_max"].cast(pl.Float64).to_numpy(),
        ),
    }
    columns = ("case_id", "person_id", "true_person_id", "guest_days_observed", "true_nights")
    return figures, floor.select(columns)


def vehicle_scores(vehicles: pl.DataFrame, person_map: pl.DataFrame, truth: pl.DataFrame, log: pl.DataFrame) -> Figures:
    """Vehicles by true plate: nights proved and nights stayed, operators, and how many vehicles the log became."""
    real = truth.with_columns(pl.col("nights").list.len().cast(pl.Int64).alias("true_nights"))
    found = vehicles.join(
        real.select(
            "case_id",
            "plate",
            "plate_state",
            "true_nights",
            pl.col("operator_person_id").alias("true_operator"),
            "relation",
        ),
        on=["case_id", "plate", "plate_state"],
    ).sort("case_id", "vehicle_id")
    floor = found.filter(pl.col("nights_observed") > pl.col("true_nights"))
    told = (
        found.with_columns(pl.col("operator_person_id").cast(pl.String))
        .join(person_map, left_on="operator_person_id", right_on="person_id", how="left")
        .filter(pl.col("operator_person_id").is_not_null())
        .with_columns((pl.col("true_person_id") == pl.col("true_operator")).fill_null(False).alias("right"))
    )
    seen = log.filter(pl.col("true_vehicle_id").is_not_null() & pl.col("read_plate").is_not_null())
    real_count = seen.group_by("case_id").agg(pl.col("true_vehicle_id").n_unique().cast(pl.Int64).alias("real"))
    said_count = vehicles.group_by("case_id").agg(pl.len().cast(pl.Int64).alias("said"))
    counts = (
        real_count.join(said_count, on="case_id", how="left").with_columns(pl.col("said").fill_null(0)).sort("case_id")
    )
    return {
        "vehicles": vehicles.height,
        "vehicles_identified": found.height,
        "floor_violations": floor.height,
        "operators_named": told.height,
        "operator_right": m.mean(told["right"].cast(pl.Float64).to_numpy()),
        "operator_calibration_error": m.calibration_error(
            told["p_operator"].cast(pl.Float64).fill_null(0.0).to_numpy(), told["right"].to_numpy()
        ),
        "count_error": m.mean_absolute_error(
            counts["said"].cast(pl.Float64).to_numpy(), counts["real"].cast(pl.Float64).to_numpy()
        ),
        "count_bias": m.mean((counts["said"] - counts["real"]).cast(pl.Float64).to_numpy()),
    }


def vehicle_night_scores(vehicles: pl.DataFrame, truth: pl.DataFrame, cases: pl.DataFrame) -> Figures:
    """Nights of vehicles in the fullest twelve months: floor and estimate against where the vehicle truly stood.

    vehicles: case_id, plate, plate_state, nights_window_max, nights_estimated, nights_low, nights_high; cases: case_id,
    opened_on; the window is 60 days before to 30 days after. No figures where a screening has no such columns.
    """
    wanted = ("nights_window_max", "nights_estimated", "nights_low", "nights_high")
    if not set(wanted) <= set(vehicles.columns) or "opened_on" not in cases.columns:
        return {}
    found = (
        vehicles.join(truth.select("case_id", "plate", "plate_state", "nights"), on=["case_id", "plate", "plate_state"])
        .join(cases.select("case_id", "opened_on"), on="case_id")
        .drop_nulls("nights_estimated")
        .sort("case_id", "vehicle_id")
    )
    opened = found["opened_on"].cast(pl.Date).to_physical().to_list()
    nights = found["nights"].cast(pl.List(pl.Date)).to_list()
    real = np.array([_most_in_a_year(n or [], day) for n, day in zip(nights, opened, strict=True)], dtype=float)
    floor, *estimates = _columns(found, wanted)
    return {
        "vehicles": found.height,
        "floors_shown": int((floor > 0).sum()),
        "floor_violations": int((floor > real).sum()),
        **_estimate_figures(estimates, real),
    }


def _columns(rows: pl.DataFrame, names: tuple[str, ...]) -> list[m.Floats]:
    return [rows[name].cast(pl.Float64).to_numpy() for name in names]


def _estimate_figures(said: list[m.Floats], real: m.Floats) -> Figures:
    """Estimates, their lower and their upper ends against the truth, beside one number for all: the truth's median."""
    estimate, low, high = said
    median = np.full(len(real), np.median(real)) if len(real) else real
    return {
        "coverage_90": m.coverage(low, high, real),
        "mean_width": m.mean(high - low),
        "mean_absolute_error": m.mean_absolute_error(estimate, real),
        "quoting_median": m.mean_absolute_error(median, real),
    }


def _most_in_a_year(nights: list[date], opened: int) -> int:
    """Most nights in any 365 days that end from 60 days before to 30 days after a day (days since 1970)."""
    days = np.sort(np.array([(night - date(1970, 1, 1)).days for night in nights], dtype=np.int64))
    ends = opened + np.arange(-60, 31)
    counts = np.searchsorted(days, ends, side="right") - np.searchsorted(days, ends - 365, side="right")
    return int(counts.max())
