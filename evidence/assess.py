"""All situations of a run put together and answered: the bridge from linked frames to the arrays of `inference`."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.candidates import CAR_SOURCES, SOURCES, build_candidates, candidate_table, lease_facts, person_facts
from evidence.claims import claimed_numbers, claims_by_situation
from evidence.guest_nights import GuestNightSettings, LeaseTurn, StayRates
from evidence.headcount import Array
from evidence.inference import Fitted, Model, fit
from evidence.kin_links import permanent_homes
from evidence.learned import LearnedRates
from evidence.likelihoods import MOST_LOOKS, monthly_medians, usage_levels
from evidence.linkage import Linked
from evidence.listings import (
    disclosed_situations,
    elsewhere_levels,
    listing_levels,
    owner_homes,
    residence_mentions,
)
from evidence.occupancy_prior import OWNER, RENTER, occupant_prior
from evidence.operator_ties import owners_of
from evidence.operators import untied_guests, vehicle_levels
from evidence.presence import (
    Presence,
    cars_by_situation,
    find_presence,
    settled_situations,
    vehicles_by_situation,
)
from evidence.progress import Progress
from evidence.settings import InferenceSettings
from evidence.situations import Situations, dwelling_windows, household_moves, lease_turn_of, split_at_turns
from loaders.city import City
from loaders.normalize.names import surname_frequency


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything known about the situations of a run before a rule is applied.

    lived (`residence_mentions`) and facts (`person_facts`) are of the persons concerned: those named at the dwellings
    of the situations, and the owners of the vehicles seen there.
    training: rows of the situations that the rates were learned from. guest_nights: the nights in some 12 months that
    make a guest an occupant here (`under_guest_limit`). units: of usage, and medians: month, unit, median.
    """

    situations: Situations
    presence: Presence
    lived: pl.DataFrame
    levels: pl.DataFrame
    facts: pl.DataFrame
    model: Model
    fitted: Fitted
    asked: NDArray[np.bool_]
    turn: LeaseTurn
    training: NDArray[np.int64]
    guest_nights: int
    units: tuple[str, ...]
    medians: pl.DataFrame


def assess(
    city: City,
    linked: Linked,
    asked_cases: pl.DataFrame,
    settings: InferenceSettings,
    progress: Progress,
    learned: LearnedRates | None = None,
) -> Assessment:
    """Gather evidence for the asked cases and for the dwellings the rates are learned from, and learn the rates.

    asked_cases: `case_windows` and, for a whole-city run, `dwelling_windows`. learned: rates that are held instead of
    learned; each case then depends on its own rows alone.
    """
    turn = learned.turn if learned else lease_turn_of(city)
    with progress.stage("situations and listings"):
        # The rates come from the cases and a sample of the other dwellings, whichever of these are also asked for:
        # a case has the same answer in a screening of the cases and of the whole city.
        is_case = asked_cases.filter("is_case")
        learned_from = is_case.clear() if learned else _training_dwellings(city, linked, is_case, settings)
        others = learned_from.join(asked_cases, on="case_id", how="anti")
        windows = pl.concat([asked_cases, others])
        concerned = _of_persons_concerned(linked, windows)
        lived = residence_mentions(concerned, city)
        situations = split_at_turns(windows, turn, household_moves(lived))
        table = situations.table
        homes = owner_homes(city, linked.dwellings.best)
        levels = listing_levels(table, lived, homes, settings)
        facts = person_facts(concerned)
    with progress.stage("nights and operators"):
        guests = GuestNightSettings()
        presence = find_presence(
            city, linked, situations, levels, facts, turn, guests, learned.stays if learned else None
        )
    with progress.stage("rates of this city"):
        medians = learned.medians if learned else monthly_medians(city.frame("utility_usage"))
        usage, units = _usage_array(city, linked, table, medians, learned.units if learned else None, settings)
        model = _model(city, linked, situations, presence, lived, levels, facts, homes, usage, settings)
        training = pl.col("is_case") | pl.col("case_id").is_in(learned_from["case_id"].implode())
        rows = np.flatnonzero(table.select(training).to_series().to_numpy())
        if learned:
            model, fitted = replace(model, present=learned.present, case_prior=learned.case_prior), learned.fitted
        else:
            fitted = fit(model, rows, settings)
    asked = table["case_id"].is_in(asked_cases["case_id"].implode()).to_numpy()
    return Assessment(
        situations,
        presence,
        lived,
        levels,
        facts,
        model,
        fitted,
        asked,
        turn,
        rows,
        guests.guest_limit_nights,
        units,
        medians,
    )


def _of_persons_concerned(linked: Linked, windows: pl.DataFrame) -> pl.DataFrame:
    """All mentions of whoever may be named in an answer: somewhere named at a dwelling of `windows`, or owner of a
    vehicle seen at one.
    """
    mentions = linked.links.mentions
    named = mentions.join(windows.select("dwelling_id").drop_nulls().unique(), on="dwelling_id", how="semi")
    seen = linked.vehicles.vehicles.join(windows.select("case_id"), on="case_id", how="semi")
    persons = pl.concat([named["person_id"], owners_of(seen, mentions)["person_id"]]).unique()
    return mentions.join(persons.to_frame(), on="person_id", how="semi")


def under_guest_limit(
    city: City, linked: Linked, assessment: Assessment, least_nights: int, settings: InferenceSettings
) -> Assessment:
    """The same run with another number of nights that makes a guest an occupant; rates stay as learned.

    For a pack's own guest test, and for the other reading of an ambiguous one (> 30 against >= 30).
    """
    if least_nights == assessment.guest_nights:
        return assessment
    situations, levels, facts = assessment.situations, assessment.levels, assessment.facts
    guests = GuestNightSettings(guest_limit_nights=least_nights)
    fit_before = assessment.presence.stays
    stays = StayRates(fit_before.detection, fit_before.shares)
    presence = find_presence(city, linked, situations, levels, facts, assessment.turn, guests, stays)
    homes = owner_homes(city, linked.dwellings.best)
    before = assessment.model
    model = _model(city, linked, situations, presence, assessment.lived, levels, facts, homes, before.usage, settings)
    model = replace(model, present=before.present, case_prior=before.case_prior)
    return replace(assessment, presence=presence, model=model, guest_nights=least_nights)


def _training_dwellings(city: City, linked: Linked, cases: pl.DataFrame, settings: InferenceSettings) -> pl.DataFrame:
    """Dwellings to learn listing rates from, beside the cases: a fixed sample in order of a hash of the dwelling id."""
    every = dwelling_windows(city, linked.dwellings)
    rest = every.join(cases.select("dwelling_id").unique(), on="dwelling_id", how="anti")
    rest = rest.filter(pl.col("opened_on").is_not_null())
    return (
        rest.with_columns(key=pl.col("dwelling_id").hash(seed=20070814))
        .sort("key", "dwelling_id")
        .head(settings.em_max_dwellings)
        .drop("key")
        .sort("case_id")
    )


def _model(
    city: City,
    linked: Linked,
    situations: Situations,
    presence: Presence,
    lived: pl.DataFrame,
    levels: pl.DataFrame,
    facts: pl.DataFrame,
    homes: pl.DataFrame,
    usage: Array,
    settings: InferenceSettings,
) -> Model:
    table = situations.table
    cases = city.distinct("cases")
    parts = vehicles_by_situation(table, presence)
    driving = vehicle_levels(presence.operators, parts)
    settled = settled_situations(table, presence)
    owners = linked.links.mentions.filter(pl.col("source") == "dmv_registrations").select("person_id").unique()
    people = pl.concat(
        [
            levels.select("situation", "person_id"),
            driving.select("situation", "person_id"),
        ]
    ).unique()
    rows = candidate_table(
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
        table,
        rows,
        facts,
        lease_facts(table, lived),
        shares,
        settings.kin_prior_pair,
        settings.kin_shares_surname,
        permanent_homes(linked.links.mentions, city.frame("university_addresses")),
        levels,
        linked.links.possible_merges,
    )
    tenure, bedrooms = _dwelling_arrays(table, linked, homes)
    cars = untied_guests(presence.operators, parts)
    guests = parts.select("situation", "vehicle_id", p_untied=pl.col("p_guest").fill_null(0.0))
    cars_seen = candidates.levels[:, :, [SOURCES.index(s) for s in CAR_SOURCES]].max(axis=2)
    prior, is_case = occupant_prior(bedrooms, tenure, settings), table["is_case"].to_numpy()
    return Model(
        candidates=candidates,
        prior=prior,
        tenure=tenure,
        is_case=is_case,
        watched=table["situation"].is_in(settled["situation"].implode()).to_numpy(),
        looks=_looks(table, presence),
        usage=usage,
        claims=claims_by_situation(table, situations.cases, claimed_numbers(cases)),
        untied=cars_by_situation(cars, table),
        untied_blind=cars_by_situation(guests, table),
        tied=(cars_seen >= 2).sum(axis=1).astype(np.int64),
        present=np.asarray((candidates.levels >= 0).any(axis=(0, 1)), dtype=np.bool_),
        case_prior=prior[is_case],
    )


def _looks(table: pl.DataFrame, presence: Presence) -> NDArray[np.int64]:
    """(n,) nights of each situation on which somebody looked, up to MOST_LOOKS."""
    nights = presence.nights.watched.select("case_id", "night").unique()
    counted = (
        table.select("situation", "case_id", "date_from", "date_to")
        .join(nights, on="case_id")
        .filter(pl.col("night").is_between("date_from", "date_to"))
        .group_by("situation")
        .len()
    )
    looks = table.select("situation").join(counted, on="situation", how="left").sort("situation")["len"]
    return looks.fill_null(0).clip(0, MOST_LOOKS).cast(pl.Int64).to_numpy()


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


def _usage_array(
    city: City,
    linked: Linked,
    table: pl.DataFrame,
    medians: pl.DataFrame,
    units: tuple[str, ...] | None,
    settings: InferenceSettings,
) -> tuple[Array, tuple[str, ...]]:
    """(n, units) relative log usage, nan where unknown; and the units, by default those found, sorted."""
    accounts = (
        city.frame("utility_billing")
        .select("account_id", "service_address")
        .unique()
        .join(linked.dwellings.best, left_on="service_address", right_on="address_text")
        .join(table.select("dwelling_id").drop_nulls().unique(), on="dwelling_id", how="semi")
        .sort("account_id", "dwelling_id")
    )
    found = usage_levels(table, accounts, city.frame("utility_usage"), medians, settings)
    if units is None:
        units = tuple(sorted(found["unit"].drop_nulls().unique().to_list()))
    result = np.full((table.height, len(units)), np.nan)
    for column, unit in enumerate(units):
        rows = found.filter(pl.col("unit") == unit)
        result[rows["situation"].to_numpy(), column] = rows["relative"].to_numpy()
    return result, units
