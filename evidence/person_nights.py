"""Occupants of a case as a table: who, how surely, and how many nights, floor and estimate apart.

The floor of a person is the proved nights of the cars he or she almost certainly drives. The estimate follows the car
where there is one; for an occupant without a car it follows the listing: somebody who lives there is home nine nights
in ten. A person known only by a car has no name: `display_name` is null.
"""

import polars as pl

from evidence.guest_nights import METHOD
from evidence.operators import is_tied

PROOF_OPERATOR = 0.95  # the floor needs the driver, too: in practice a car in the person's own name, listed here
HOME_SHARE = 0.92  # of the nights of somebody who lives there: two or three trips a year and some weekends
LISTED_METHOD = "nights since the listing began, if the person lives there; 0 if that is unlikely (median of both)"
METHODS = {"car": METHOD, "listing": LISTED_METHOD}


def persons_of_cases(
    candidates: pl.DataFrame,
    residence: pl.DataFrame,
    situations: pl.DataFrame,
    operators: pl.DataFrame,
    vehicles: pl.DataFrame,
    begins: pl.DataFrame,
) -> pl.DataFrame:
    """One row a distinct person at a case.

    candidates: `Candidates.table`; residence: situation, slot, p_occupant; operators, vehicles: `Presence`; begins:
    situation, person_id, listed_on (earliest day of the listing), came_on (that day, or the earlier one on which the
    household came: papers follow a move by months). Returns case_id, person_id, display_name, on_lease,
    p_occupant, guest_days_observed, guest_days_estimated, guest_days_low, guest_days_high, nights_if_occupant (the
    estimate given that the person lives there), vehicle_ids, basis (car or
    listing), sorted by case_id, most probable first.
    """
    named = (
        candidates.join(residence, on=["situation", "slot"])
        .join(situations.select("situation", "case_id", "date_to"), on="situation")
        .join(begins, on=["situation", "person_id"], how="left")
        .sort("case_id", "person_id", "p_occupant", descending=[False, False, True])
    )
    one = named.group_by("case_id", "person_id", maintain_order=True).agg(
        pl.col("display_name").first(),
        pl.col("on_lease").any(),
        p_occupant=pl.col("p_occupant").first(),
        days=_days_since("came_on").max(),
        days_listed=_days_since("listed_on").max(),
    )
    cars = _cars_of_persons(operators, vehicles)
    persons = one.join(cars, on=["case_id", "person_id"], how="left")
    sure, unsure = pl.col("p_occupant") >= 0.95, pl.col("p_occupant") >= 0.05
    days, days_listed = (pl.col(c).fill_null(0).cast(pl.Float64) for c in ("days", "days_listed"))
    by_car = pl.col("car_estimated").is_not_null()
    by_listing = pl.col("p_occupant") * HOME_SHARE * days
    rows = persons.select(
        "case_id",
        "person_id",
        "display_name",
        "on_lease",
        "p_occupant",
        guest_days_observed=pl.col("car_floor").fill_null(0).cast(pl.UInt32),
        guest_days_estimated=pl.when(by_car).then("car_estimated").otherwise(by_listing),
        # The floor may come from another of the person's cars than the estimate.
        guest_days_low=pl.when(by_car)
        .then(pl.max_horizontal("car_low", "car_floor"))
        .when(sure)
        .then(0.75 * days_listed)
        .otherwise(0.0),
        guest_days_high=pl.when(by_car).then("car_high").when(unsure).then(0.98 * days).otherwise(by_listing),
        nights_if_occupant=pl.when(by_car).then("car_estimated").otherwise(HOME_SHARE * days),
        vehicle_ids=pl.col("vehicle_ids").fill_null([]),
        basis=pl.when(by_car).then(pl.lit("car")).otherwise(pl.lit("listing")),
    )
    return pl.concat([rows, _known_by_car(operators, vehicles)]).sort(
        "case_id", "p_occupant", "person_id", descending=[False, True, False]
    )


def _days_since(column: str) -> pl.Expr:
    return ((pl.col("date_to") - pl.col(column)).dt.total_days() + 1).clip(0, 365)


def _cars_of_persons(operators: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    tied = operators.filter(is_tied()).join(vehicles, on=["case_id", "vehicle_id"])
    proof = pl.when(pl.col("probability") >= PROOF_OPERATOR).then(pl.col("nights_window_max")).otherwise(0)
    # Two cars of one person: the fuller one, since their nights may be the same nights.
    return (
        tied.sort(
            "case_id",
            "person_id",
            "nights_estimated",
            "vehicle_id",
            nulls_last=True,
            descending=[False, False, True, False],
        )
        .group_by("case_id", "person_id", maintain_order=True)
        .agg(
            car_floor=proof.max(),
            car_estimated=pl.col("nights_estimated").first(),
            car_low=pl.col("nights_low").first(),
            car_high=pl.col("nights_high").first(),
            vehicle_ids=pl.col("vehicle_id"),
        )
    )


def _known_by_car(operators: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    """Drivers whom no source names: one row for each car that probably stays and that names nobody at the case.

    A car that is likelier than not a named person's adds no second, nameless one.
    """
    tied = operators.filter(is_tied())
    nameless = (
        operators.filter(pl.col("who") == "unknown person")
        .join(tied.select("case_id", "vehicle_id"), on=["case_id", "vehicle_id"], how="anti")
        .join(vehicles, on=["case_id", "vehicle_id"])
        .with_columns(p_occupant=pl.col("probability") * pl.col("p_guest").fill_null(0.0))
        .filter(pl.col("p_occupant") >= 0.05)
    )
    return nameless.select(
        "case_id",
        person_id=pl.format("driver:{}", "vehicle_id"),
        display_name=pl.lit(None, pl.String),
        on_lease=pl.lit(False),
        p_occupant="p_occupant",
        guest_days_observed=pl.col("nights_window_max").cast(pl.UInt32),
        guest_days_estimated="nights_estimated",
        guest_days_low="nights_low",
        guest_days_high="nights_high",
        nights_if_occupant="nights_estimated",
        vehicle_ids=pl.concat_list("vehicle_id"),
        basis=pl.lit("car"),
    )


def worst_guest(persons: pl.DataFrame, disclosed: pl.DataFrame, off_lease_share: float) -> pl.DataFrame:
    """Per case the greatest floor and the greatest estimate over persons not on the lease.

    disclosed: case_id of cases whose lease is known. Where it is not, nobody is proved to be off the lease, so the
    floor is 0, and an occupant is off it with `off_lease_share` (learned where leases are known); a driver whom nobody
    names may be a tenant, so he proves nothing either. The estimate is the median of the greatest number of nights
    over those who live there and are off the lease. Returns case_id, guest_days_observed_max,
    guest_days_estimated_max.
    """
    known = persons.join(disclosed.with_columns(disclosed=pl.lit(True)), on="case_id", how="left").with_columns(
        pl.col("disclosed").fill_null(False)
    )
    proves = pl.col("disclosed") & pl.col("display_name").is_not_null()
    nights = pl.col("nights_if_occupant").fill_null(0.0)
    counts = pl.col("p_occupant") * pl.when(pl.col("disclosed")).then(1.0).otherwise(off_lease_share)
    ranked = (
        known.filter(~pl.col("on_lease"))
        .with_columns(nights=nights, counts=counts)
        .sort("case_id", "nights", "person_id", descending=[False, True, False])
        .with_columns(reached=1.0 - (1.0 - pl.col("counts")).cum_prod().over("case_id"))
    )
    return (
        ranked.group_by("case_id")
        .agg(
            guest_days_observed_max=pl.when(proves).then("guest_days_observed").otherwise(0).max().cast(pl.UInt32),
            guest_days_estimated_max=pl.col("nights").filter(pl.col("reached") >= 0.5).max().fill_null(0.0),
        )
        .sort("case_id")
    )
