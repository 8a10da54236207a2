"""What is asked of each dwelling: a case's window, split where leases turn; or the city's reference day.

A tenant who leaves on 31 July and one who comes on 1 August were never there at one time, so a window that holds a
lease turn is two **situations**, and the case's number is that of the fuller one (outputs.md: the greatest number at
one time).
"""

from dataclasses import dataclass

import polars as pl

from evidence.guest_nights import LeaseTurn
from loaders.city import City
from loaders.rows import Rows
from matchers.places import Dwellings

OPEN_STATUSES = ("open", "pending", "reopened")


@dataclass(frozen=True, slots=True)
class Situations:
    """`cases`: case_id, dwelling_id, p_dwelling, window_from, window_to, opened_on, rule_pack (null: default), is_case,
    row.

    `table`: situation (UInt32, position), case_id, dwelling_id, date_from, date_to, last_turn (Date of the latest
    lease turn on or before date_to), is_case, settled_on and followed_on (when the household came, and the next one
    after it; null not known). Sorted by case_id, date_from.
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


def case_windows(city: City, best: Rows, only: str | None = None) -> pl.DataFrame:
    """Cases to be answered: every open one, or the one named, with its window and its dwelling. best: of `Dwellings`.

    A case whose address is no dwelling of the city keeps a null dwelling_id.
    """
    cases = city.distinct("cases")
    wanted = pl.col("case_id") == only if only is not None else pl.col("status").fill_null("open").is_in(OPEN_STATUSES)
    before, after = city.settings.window_before_days, city.settings.window_after_days
    cases = cases.filter(wanted)
    return (
        cases.join(
            best.where("address_text", cases["subject_address"], ("address_text", "dwelling_id", "p_dwelling")),
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
        pl.format("{}{}", pl.lit(WITHOUT_CASE), "dwelling_id").alias("case_id"),
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


WITHOUT_CASE = "dwelling:"
"""How `case_id` begins where a dwelling without a case is asked about."""

# Moves less than three weeks apart are one change of household; a part shorter than ten days is not cut off.
SAME_CHANGE_DAYS = 21
LEAST_PART_DAYS = 10
MAX_PARTS = 4
MOVE_SOURCES = ("lease_disclosures", "utility_billing")
# A paper whose unit is missing may be a neighbour's: it dates no household here.
FIRM_ADDRESS = 0.9


def split_at_turns(cases: pl.DataFrame, turn: LeaseTurn, moves: pl.DataFrame) -> Situations:
    """Cut each window where the city's leases turn and where this dwelling's own papers show a change of household.

    moves: dwelling_id, day (the first day of a new state: a lease or account begins, or the day after it ends), begins.
    A change is cut at its first beginning, else after its last end. At most MAX_PARTS parts, the widest gaps first
    kept.
    """
    keys = ("case_id", "dwelling_id", "is_case", "window_from", "window_to")
    turned = cases.select(keys).with_columns(
        turn_this=pl.date(pl.col("window_to").dt.year(), turn.month, turn.day),
        turn_before=pl.date(pl.col("window_to").dt.year() - 1, turn.month, turn.day),
    )
    events = pl.concat(
        [turned.select(*keys, day=name, begins=pl.lit(True)) for name in ("turn_this", "turn_before")]
        + [cases.select(keys).join(moves, on="dwelling_id").select(*keys, "day", "begins")]
    ).filter(
        pl.col("day").is_between(
            pl.col("window_from").dt.offset_by(f"{LEAST_PART_DAYS}d"),
            pl.col("window_to").dt.offset_by(f"-{LEAST_PART_DAYS}d"),
        )
    )
    cuts = _changes(events)
    starts = pl.concat([cases.select(*keys, date_from="window_from"), cuts.select(*keys, date_from="cut")]).sort(
        "case_id", "date_from"
    )
    last_turn = (
        pl.when(pl.date(pl.col("date_to").dt.year(), turn.month, turn.day) <= pl.col("date_to"))
        .then(pl.date(pl.col("date_to").dt.year(), turn.month, turn.day))
        .otherwise(pl.date(pl.col("date_to").dt.year() - 1, turn.month, turn.day))
    )
    table = (
        starts.with_columns(
            date_to=pl.col("date_from").shift(-1).over("case_id").dt.offset_by("-1d").fill_null(pl.col("window_to"))
        )
        .select("case_id", "dwelling_id", "is_case", "date_from", "date_to", last_turn=last_turn)
        .sort("case_id", "date_from")
        .with_row_index("situation")
    )
    return Situations(cases.sort("case_id"), _with_settled_on(table, moves))


def _with_settled_on(table: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """Add `settled_on` and `followed_on`: when the household of each situation came, and when the next one did.

    By the latest lease or account begun before the situation, and by the first one begun after it. Null where no paper
    says. A fortnight of grace: accounts are opened around the move.
    """
    begun = table.select("situation", "dwelling_id", "date_from", "date_to").join(
        moves.filter("begins").select("dwelling_id", "day"), on="dwelling_id"
    )
    by_then = pl.col("day") <= pl.col("date_from").dt.offset_by("14d")
    came = begun.group_by("situation").agg(
        settled_on=pl.col("day").filter(by_then).max(),
        followed_on=pl.col("day").filter(pl.col("day") > pl.col("date_to").dt.offset_by("-14d")).min(),
    )
    return table.join(came, on="situation", how="left").sort("situation")


def _changes(events: pl.DataFrame) -> pl.DataFrame:
    """One `cut` for each cluster of events of a case."""
    ordered = events.sort("case_id", "day", "begins")
    gap = (pl.col("day") - pl.col("day").shift(1).over("case_id")).dt.total_days()
    clustered = ordered.with_columns(
        cluster=(gap.fill_null(10_000) > SAME_CHANGE_DAYS).cast(pl.UInt32).cum_sum().over("case_id")
    )
    keys = ["case_id", "dwelling_id", "is_case", "window_from", "window_to"]
    return (
        clustered.group_by(*keys, "cluster")
        .agg(
            cut=pl.coalesce(pl.col("day").filter("begins").min(), pl.col("day").max()),
            events=pl.len(),
        )
        .sort("case_id", "events", "cut", descending=[False, True, False])
        .group_by("case_id", maintain_order=True)
        .head(MAX_PARTS - 1)
        .sort("case_id", "cut")
    )


def household_moves(lived: pl.DataFrame) -> pl.DataFrame:
    """Days on which a lease or an account begins, or has ended the day before: dwelling_id, day, begins; distinct.

    lived: `listings.residence_mentions`. Registrations and student lists are dated by paperwork, not by moves.
    """
    firm = pl.col("dwelling_id").is_not_null() & (pl.col("p_dwelling").fill_null(1.0) >= FIRM_ADDRESS)
    papers = lived.filter(pl.col("source").is_in(list(MOVE_SOURCES)) & firm)
    begins = papers.select("dwelling_id", day="listed_from", begins=pl.lit(True))
    ends = papers.select("dwelling_id", day=pl.col("listed_to").dt.offset_by("1d"), begins=pl.lit(False))
    return pl.concat([begins, ends]).drop_nulls("day").unique().sort("dwelling_id", "day", "begins")
