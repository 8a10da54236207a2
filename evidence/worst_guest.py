"""The worst guest of a case: the greatest floor and the greatest estimate over persons who are not on the lease."""

import polars as pl


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
