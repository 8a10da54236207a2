"""What is asked of each dwelling: a case's window, split where leases turn; or the city's reference day.

A tenant who leaves on 31 July and one who comes on 1 August were never there at one time, so a window that holds a lease
turn is two **situations**, and the case's number is that of the fuller one (outputs.md: the greatest number at one time).
"""

from dataclasses import dataclass

import polars as pl

from evidence.guest_nights import LeaseTurn
from loaders.city import City
from matchers.dwellings import Dwellings

OPEN_STATUSES = ("open", "pending", "reopened")


@dataclass(frozen=True, slots=True)
class Situations:
    """`cases`: case_id, dwelling_id, p_dwelling, window_from, window_to, opened_on, rule_pack (null: default), is_case, row.

    `table`: situation (UInt32, position), case_id, dwelling_id, date_from, date_to, last_turn (Date of the latest
    lease turn on or before date_to), is_case. Sorted by case_id, date_from.
    """

    cases: pl.DataFrame
    table: pl.DataFrame


def lease_turn_of(city: City) -> LeaseTurn:
    """The day on which most leases of this city begin; the first of August where leases are few.

    Taken from the commonest month of lease_from (at least 20 leases and a third of them in one month).
    """
    starts = city.frame("lease_disclosures")["lease_from"].drop_nulls()
    if len(starts) < 20:
        return LeaseTurn()
    months = starts.dt.month().value_counts().sort("count", "lease_from", descending=[True, False])
    month, count = months.row(0)
    return LeaseTurn(month=int(month), day=1) if count >= len(starts) / 3 else LeaseTurn()


def case_windows(city: City, dwellings: Dwellings, only: str | None = None) -> pl.DataFrame:
    """Cases to be answered: every open one, or the one named, with its window and its dwelling.

    A case whose address is no dwelling of the city keeps a null dwelling_id.
    """
    cases = city.frame("cases").filter(pl.col("duplicate_of").is_null())
    wanted = pl.col("case_id") == only if only is not None else pl.col("status").fill_null("open").is_in(OPEN_STATUSES)
    before, after = city.settings.window_before_days, city.settings.window_after_days
    return (
        cases.filter(wanted)
        .join(
            dwellings.best.select("address_text", "dwelling_id", "p_dwelling"),
            left_on="subject_address",
            right_on="address_text",
            how="left",
        )
        .select(
            "case_id",
            "dwelling_id",
            "p_dwelling",
            window_from=pl.col("opened_on").dt.offset_by(f"-{before}d"),
            window_to=pl.col("opened_on").dt.offset_by(f"{after}d"),
            opened_on="opened_on",
            rule_pack="rule_pack",
            subject_address="subject_address",
            is_case=pl.lit(True),
            row="row",
        )
        .sort("case_id")
    )


def dwelling_windows(city: City, dwellings: Dwellings) -> pl.DataFrame:
    """Every dwelling of the city as if a case had been opened on the reference day: same columns as `case_windows`.

    The reference day is the median day on which cases were opened, so that all sources are about equally old.
    """
    days = city.frame("cases")["opened_on"].drop_nulls()
    day = days.sort()[len(days) // 2] if len(days) else None
    before, after = city.settings.window_before_days, city.settings.window_after_days
    return dwellings.table.select(
        pl.format("dwelling:{}", "dwelling_id").alias("case_id"),
        "dwelling_id",
        p_dwelling=pl.lit(1.0),
        window_from=pl.lit(day, pl.Date).dt.offset_by(f"-{before}d"),
        window_to=pl.lit(day, pl.Date).dt.offset_by(f"{after}d"),
        opened_on=pl.lit(day, pl.Date),
        rule_pack=pl.lit(None, pl.String),
        subject_address="address",
        is_case=pl.lit(False),
        row=pl.lit(None, pl.UInt32),
    ).sort("case_id")


def split_at_turns(cases: pl.DataFrame, turn: LeaseTurn) -> Situations:
    """Cut each window at the lease turn inside it; parts shorter than a fortnight are not cut off."""
    turned = cases.with_columns(
        turn_this=pl.date(pl.col("window_to").dt.year(), turn.month, turn.day),
        turn_before=pl.date(pl.col("window_to").dt.year() - 1, turn.month, turn.day),
    ).with_columns(
        last_turn=pl.when(pl.col("turn_this") <= pl.col("window_to")).then("turn_this").otherwise("turn_before")
    )
    inside = (pl.col("last_turn") > pl.col("window_from").dt.offset_by("14d")) & (
        pl.col("last_turn") <= pl.col("window_to").dt.offset_by("-14d")
    )
    keys = ("case_id", "dwelling_id", "is_case")
    whole = turned.filter(~inside).select(*keys, date_from="window_from", date_to="window_to", last_turn="last_turn")
    early = turned.filter(inside).select(
        *keys,
        date_from="window_from",
        date_to=pl.col("last_turn").dt.offset_by("-1d"),
        last_turn=pl.col("last_turn").dt.offset_by("-1y"),
    )
    late = turned.filter(inside).select(*keys, date_from="last_turn", date_to="window_to", last_turn="last_turn")
    table = pl.concat([whole, early, late]).sort("case_id", "date_from").with_row_index("situation")
    return Situations(cases.sort("case_id"), table)
