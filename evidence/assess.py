"""All situations of a run put together and answered: the bridge from linked frames to the arrays of `inference`."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.candidates import SOURCES, build_candidates, candidate_table, lease_facts, person_facts
from evidence.guest_nights import GuestNightSettings, LeaseTurn, estimate_nights, watch_record
from evidence.headcount import Array
from evidence.inference import Fitted, Model, fit
from evidence.likelihoods import usage_levels
from evidence.linkage import Linked
from evidence.listings import (
    disclosed_situations,
    elsewhere_levels,
    listing_levels,
    owner_homes,
    residence_mentions,
)
from evidence.nights import Nights, best_windows, find_nights
from evidence.occupancy_prior import OWNER, RENTER, occupant_prior
from evidence.operators import assign_operators, owners_of, untied_guests, vehicle_levels
from evidence.progress import Progress
from evidence.settings import InferenceSettings
from evidence.situations import Situations, dwelling_windows, lease_turn_of, split_at_turns
from loaders.city import City
from loaders.normalize.names import surname_frequency

# Fewer settled nights than this cannot tell that a car is not there or that no other car comes.
WATCHED_NIGHTS = 5


@dataclass(frozen=True, slots=True)
class Presence:
    """Vehicles of the asked cases and their nights.

    `nights`: see `evidence.nights`; `vehicles`: case_id, vehicle_id, plate ..., nights_observed, nights_window_max,
    window_from, window_to, nights_estimated, nights_low, nights_high, p_guest; `operators`: hypotheses a vehicle.
    """

    nights: Nights
    vehicles: pl.DataFrame
    operators: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything known about the situations of a run before a rule is applied."""

    situations: Situations
    presence: Presence
    lived: pl.DataFrame
    levels: pl.DataFrame
    facts: pl.DataFrame
    model: Model
    fitted: Fitted
    asked: NDArray[np.bool_]
    turn: LeaseTurn


def assess(
    city: City, linked: Linked, asked_cases: pl.DataFrame, settings: InferenceSettings, progress: Progress
) -> Assessment:
    """Gather evidence for the asked cases and for the dwellings the rates are learned from, and learn the rates.

    asked_cases: `case_windows` and, for a whole-city run, `dwelling_windows`.
    """
    turn = lease_turn_of(city)
    with progress.stage("situations and listings"):
        others = _training_dwellings(city, linked, asked_cases, settings)
        situations = split_at_turns(pl.concat([asked_cases, others]), turn)
        table = situations.table
        lived = residence_mentions(linked.links.mentions, city)
        homes = owner_homes(city, linked.dwellings.best)
        levels = listing_levels(table, lived, homes, settings)
        facts = person_facts(linked.links.mentions)
    with progress.stage("nights and operators"):
        presence = _presence(city, linked, situations, levels, facts, turn, GuestNightSettings())
    with progress.stage("rates of this city"):
        model = _model(city, linked, situations, presence, lived, levels, facts, homes, settings)
        fitted = fit(model, settings)
    asked = table["case_id"].is_in(asked_cases["case_id"].implode()).to_numpy()
    return Assessment(situations, presence, lived, levels, facts, model, fitted, asked, turn)


def under_guest_limit(
    city: City, linked: Linked, assessment: Assessment, least_nights: int, settings: InferenceSettings
) -> Assessment:
    """The same run with another number of nights that makes a guest an occupant; rates stay as learned.

    For the other reading of an ambiguous guest test (> 30 against >= 30).
    """
    situations, levels, facts = assessment.situations, assessment.levels, assessment.facts
    guests = GuestNightSettings(guest_limit_nights=least_nights)
    presence = _presence(city, linked, situations, levels, facts, assessment.turn, guests)
    homes = owner_homes(city, linked.dwellings.best)
    model = _model(city, linked, situations, presence, assessment.lived, levels, facts, homes, settings)
    return replace(assessment, presence=presence, model=model)


def _training_dwellings(city: City, linked: Linked, asked: pl.DataFrame, settings: InferenceSettings) -> pl.DataFrame:
    """Dwellings to learn listing rates from, beside the asked: a fixed sample in order of a hash of the dwelling id."""
    every = dwelling_windows(city, linked.dwellings)
    rest = every.join(asked.select("dwelling_id").unique(), on="dwelling_id", how="anti")
    rest = rest.filter(pl.col("opened_on").is_not_null())
    return (
        rest.with_columns(key=pl.col("dwelling_id").hash(seed=20070814))
        .sort("key", "dwelling_id")
        .head(settings.em_max_dwellings)
        .drop("key")
        .sort("case_id")
    )


def _presence(
    city: City,
    linked: Linked,
    situations: Situations,
    levels: pl.DataFrame,
    facts: pl.DataFrame,
    turn: LeaseTurn,
    guests: GuestNightSettings,
) -> Presence:
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
        .rename({"dwelling_id": "case_dwelling_id"})
    )
    record = watch_record(nights.seen, nights.proved, nights.watched, windows).join(
        vehicles.select("case_id", "vehicle_id", floor="nights_window_max"), on=["case_id", "vehicle_id"]
    )
    estimates = estimate_nights(record, windows, turn, guests)
    vehicles = vehicles.join(estimates, on=["case_id", "vehicle_id"], how="left").sort("case_id", "vehicle_id")
    named = (
        levels.join(situations.table.select("situation", "case_id"), on="situation")
        .join(facts.select("person_id", "family"), on="person_id")
        .select("case_id", "person_id", "family")
        .unique()
    )
    streets = linked.dwellings.table.select("dwelling_id", street_key=_street_key())
    operators = assign_operators(vehicles, owners_of(vehicles, linked.links.mentions), named, streets)
    return Presence(nights, vehicles, operators)


def _street_key() -> pl.Expr:
    """The building key less its house number: dwellings of one street share it."""
    return pl.col("building_key").str.replace(r"^\S+\s*", "")


def _model(
    city: City,
    linked: Linked,
    situations: Situations,
    presence: Presence,
    lived: pl.DataFrame,
    levels: pl.DataFrame,
    facts: pl.DataFrame,
    homes: pl.DataFrame,
    settings: InferenceSettings,
) -> Model:
    table = situations.table
    driving = vehicle_levels(presence.operators, presence.vehicles)
    settled = (
        presence.nights.watched.filter("settles").group_by("case_id").len().filter(pl.col("len") >= WATCHED_NIGHTS)
    )
    owners = linked.links.mentions.filter(pl.col("source") == "dmv_registrations").select("person_id").unique()
    people = pl.concat(
        [
            levels.select("situation", "person_id"),
            table.join(driving, on="case_id").select("situation", "person_id"),
        ]
    ).unique()
    rows = candidate_table(
        table,
        levels,
        elsewhere_levels(people, table, lived),
        driving,
        disclosed_situations(levels),
        settled,
        owners,
        city.present,
    )
    shares = surname_frequency().select("family", "share")
    candidates = build_candidates(
        table, rows, facts, lease_facts(table, lived), shares, settings.kin_prior_pair, settings.kin_shares_surname
    )
    tenure, bedrooms = _dwelling_arrays(table, linked, homes)
    cars = untied_guests(presence.operators, presence.vehicles)
    guests = presence.vehicles.select("case_id", "vehicle_id", p_untied=pl.col("p_guest").fill_null(0.0))
    vehicle_level = candidates.levels[:, :, SOURCES.index("vehicle_log")]
    return Model(
        candidates=candidates,
        prior=occupant_prior(bedrooms, tenure, settings),
        tenure=tenure,
        is_case=table["is_case"].to_numpy(),
        watched=table["case_id"].is_in(settled["case_id"].implode()).to_numpy(),
        usage=_usage_array(city, linked, table, settings),
        untied=_by_situation(cars, table),
        untied_blind=_by_situation(guests, table),
        tied=(vehicle_level >= 2).sum(axis=1).astype(np.int64),
        training=np.ones(table.height, dtype=bool),
    )


def _dwelling_arrays(
    table: pl.DataFrame, linked: Linked, homes: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tenure (owner only where the owner's mail goes to the dwelling) and bedrooms (-1 not known) per situation."""
    facts = linked.dwellings.table.select("dwelling_id", "assessor_row", "bedrooms").join(
        homes, left_on="assessor_row", right_on="row", how="left"
    )
    rows = table.select("situation", "dwelling_id").join(facts, on="dwelling_id", how="left").sort("situation")
    tenure = np.where(rows["owner_lives_here"].fill_null(False).to_numpy(), OWNER, RENTER).astype(np.int64)
    return tenure, rows["bedrooms"].cast(pl.Int64).fill_null(-1).to_numpy()


def _by_situation(cars: pl.DataFrame, table: pl.DataFrame) -> list[Array]:
    """Probabilities of the unattributed cars of each situation, in order of situation."""
    listed = (
        table.select("situation", "case_id")
        .join(cars.filter(pl.col("p_untied") > 0.01), on="case_id", how="left")
        .group_by("situation")
        .agg(pl.col("p_untied").drop_nulls().sort(descending=True))
        .sort("situation")
    )
    return [np.asarray(p, dtype=float) for p in listed["p_untied"].to_list()]


def _usage_array(city: City, linked: Linked, table: pl.DataFrame, settings: InferenceSettings) -> Array:
    """(n, units) relative log usage, nan where unknown; units in alphabetical order."""
    accounts = (
        city.frame("utility_billing")
        .select("account_id", "service_address")
        .unique()
        .join(linked.dwellings.best, left_on="service_address", right_on="address_text")
        .filter(pl.col("dwelling_id").is_not_null())
        .sort("account_id", "dwelling_id")
    )
    found = usage_levels(table, accounts, city.frame("utility_usage"), settings)
    units = sorted(found["unit"].drop_nulls().unique().to_list())
    result = np.full((table.height, len(units)), np.nan)
    for column, unit in enumerate(units):
        rows = found.filter(pl.col("unit") == unit)
        result[rows["situation"].to_numpy(), column] = rows["relative"].to_numpy()
    return result
