"""Who and what was seen at each case: nights, vehicles, drivers, and for which part of a window each speaks."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from evidence.guest_nights import GuestNightSettings, LeaseTurn, StayRates, estimate_nights, watch_record
from evidence.headcount import Array
from evidence.joint_operators import same_night_pairs
from evidence.linkage import Linked
from evidence.nights import Nights, find_nights
from evidence.operator_ties import owners_of
from evidence.operators import assign_operators
from evidence.situations import Situations
from evidence.stays import StayFit
from evidence.window_counts import best_windows
from loaders.city import City

# Fewer settled nights than this cannot tell that a car is not there or that no other car comes.
WATCHED_NIGHTS = 5
# Moves are dated by papers to about a week.
DATING_SLACK = "7d"


@dataclass(frozen=True, slots=True)
class Presence:
    """Vehicles of the asked cases and their nights.

    `nights`: see `evidence.nights`; `vehicles`: case_id, vehicle_id, plate ..., nights_observed, nights_window_max,
    window_from, window_to, shared_building (the dwelling has others in its building), stay (row of `stays`),
    nights_estimated, nights_low, nights_high, p_guest; `operators`: hypotheses a vehicle; `stays`: what the looks say
    of each vehicle's stay.
    """

    nights: Nights
    vehicles: pl.DataFrame
    operators: pl.DataFrame
    stays: StayFit


def find_presence(
    city: City,
    linked: Linked,
    situations: Situations,
    levels: pl.DataFrame,
    facts: pl.DataFrame,
    turn: LeaseTurn,
    guests: GuestNightSettings,
    learned: StayRates | None = None,
) -> Presence:
    """Nights, vehicles with their estimates, and operator hypotheses of all cases of a run.

    levels: `listing_levels`; facts: `person_facts`; turn: the city's lease turn; guests: with the guest limit to test;
    learned: what the logs of the city teach, where it is not learned from these.
    """
    cases = situations.cases.select("case_id", "dwelling_id", "window_from", "window_to")
    observers = city.frame("vehicle_log").select(log_row="row", observer="observer")
    sightings = linked.vehicles.sightings.join(cases.select("case_id"), on="case_id", how="semi").join(
        observers, on="log_row", how="left"
    )
    nights = find_nights(sightings)
    windows = cases.select("case_id", "window_from", "window_to")
    best = best_windows(nights.proved, windows, "vehicle_id")
    observed = nights.proved.group_by("case_id", "vehicle_id").agg(nights_observed=pl.len().cast(pl.UInt32))
    vehicles = (
        linked.vehicles.vehicles.join(cases, on="case_id")
        .join(observed, on=["case_id", "vehicle_id"], how="left")
        .join(
            best.rename({"nights": "nights_window_max", "from": "best_from", "to": "best_to"}),
            on=["case_id", "vehicle_id"],
            how="left",
        )
        .with_columns(pl.col("nights_observed", "nights_window_max").fill_null(0))
        .join(linked.dwellings.table.select("dwelling_id", "units_in_building"), on="dwelling_id", how="left")
        .with_columns(shared_building=(pl.col("units_in_building") > 1).fill_null(False))
        .drop("units_in_building")
        .rename({"dwelling_id": "case_dwelling_id"})
    )
    record = watch_record(nights.seen, nights.proved, nights.watched, windows)
    floors = vehicles.select("case_id", "vehicle_id", floor="nights_window_max")
    households = situations.table.select("case_id", came_on="settled_on").join(windows, on="case_id", how="semi")
    estimates, stays = estimate_nights(record, floors, windows, households, turn, guests, learned)
    vehicles = vehicles.join(estimates, on=["case_id", "vehicle_id"], how="left").sort("case_id", "vehicle_id")
    named = (
        levels.join(situations.table.select("situation", "case_id"), on="situation")
        .join(facts.select("person_id", "family"), on="person_id")
        .select("case_id", "person_id", "family")
        .unique()
    )
    streets = linked.dwellings.table.select("dwelling_id", street_key=_street_key())
    columns = ("person_id", "dwelling_id", "address_key")
    listed = linked.links.mentions.lazy().filter(pl.col("kind") == "person").select(columns).collect()
    operators = assign_operators(
        vehicles,
        owners_of(vehicles, linked.links.mentions),
        named,
        streets,
        listed,
        same_night_pairs(nights.seen.filter("late")),
    )
    return Presence(nights, vehicles, operators, stays)


def _street_key() -> pl.Expr:
    """The building key less its house number: dwellings of one street share it."""
    return pl.col("building_key").str.replace(r"^\S+\s*", "")


def vehicles_by_situation(table: pl.DataFrame, presence: Presence) -> pl.DataFrame:
    """The vehicles of each situation: situation, case_id, vehicle_id, p_guest, sorted by situation, vehicle_id.

    In a window of one part, the case's vehicles. Where a change of household cuts the window, a vehicle that was not
    seen in a part has p_guest 0 there if the part was watched, and no row if it was not: nothing is known then.
    """
    spans = table.select(
        "situation",
        "case_id",
        parts=pl.len().over("case_id"),
        begins=pl.col("date_from").dt.offset_by(f"-{DATING_SLACK}"),
        ends=pl.col("date_to").dt.offset_by(DATING_SLACK),
    )
    inside = pl.col("night").is_between("begins", "ends")
    seen = (
        spans.join(presence.nights.seen.select("case_id", "vehicle_id", "night"), on="case_id")
        .filter(inside)
        .select("situation", "vehicle_id", here=pl.lit(True))
        .unique()
    )
    looked = (
        spans.join(presence.nights.watched.select("case_id", "night"), on="case_id")
        .filter(inside)
        .group_by("situation")
        .agg(looks=pl.len())
    )
    here = (pl.col("parts") == 1) | pl.col("here").fill_null(False)
    return (
        spans.join(presence.vehicles.select("case_id", "vehicle_id", "p_guest"), on="case_id")
        .join(seen, on=["situation", "vehicle_id"], how="left")
        .join(looked, on="situation", how="left")
        .filter(here | (pl.col("looks").fill_null(0) >= WATCHED_NIGHTS))
        .select(
            "situation", "case_id", "vehicle_id", p_guest=pl.when(here).then("p_guest").otherwise(0.0), seen_here=here
        )
        .sort("situation", "vehicle_id")
    )


def settled_situations(table: pl.DataFrame, presence: Presence) -> pl.DataFrame:
    """Situations watched on enough nights for an unseen car to mean something: one column, situation."""
    settled = presence.nights.watched.filter("settles").select("case_id", "night")
    spans = table.select("situation", "case_id", "date_from", "date_to", parts=pl.len().over("case_id"))
    inside = (pl.col("parts") == 1) | pl.col("night").is_between(
        pl.col("date_from").dt.offset_by(f"-{DATING_SLACK}"), pl.col("date_to").dt.offset_by(DATING_SLACK)
    )
    return (
        spans.join(settled, on="case_id")
        .filter(inside)
        .group_by("situation")
        .len()
        .filter(pl.col("len") >= WATCHED_NIGHTS)
        .select("situation")
        .sort("situation")
    )


def cars_by_situation(cars: pl.DataFrame, table: pl.DataFrame) -> list[Array]:
    """Probabilities of the unattributed cars of each situation, in order of situation."""
    listed = (
        table.select("situation")
        .join(cars.filter(pl.col("p_untied") > 0.01), on="situation", how="left")
        .group_by("situation")
        .agg(pl.col("p_untied").drop_nulls().sort(descending=True))
        .sort("situation")
    )
    return [np.asarray(p, dtype=float) for p in listed["p_untied"].to_list()]
