"""The tables of `evidence screen`, with the columns of the contract first and our own after them."""

from dataclasses import replace

import numpy as np
import polars as pl

from evidence.assess import Assessment
from evidence.case_numbers import CaseNumbers
from evidence.headcount import credible_interval
from evidence.linkage import Linked
from evidence.listings import disclosed_situations
from evidence.next_evidence import best_request, requests
from evidence.occupancy_prior import RENTER
from evidence.person_nights import PersonNightSettings, persons_of_cases
from evidence.ranking import ranked
from evidence.row_sums import mean_number
from evidence.settings import InferenceSettings
from evidence.spells import own_paper
from evidence.worst_guest import worst_guest
from loaders.city import City
from matchers.counting import count_named

FINDING_ORDER = ("over_limit_shown", "insufficient_evidence", "not_shown", "exempt")


def screen_table(
    numbers: CaseNumbers, persons: pl.DataFrame, linked: Linked, settings: InferenceSettings
) -> pl.DataFrame:
    """One row a case; see contract outputs.md. Not yet sorted across packs."""
    cases, assessment = numbers.cases, numbers.assessment
    low, high = credible_interval(numbers.occupants, settings.interval_level)
    request, value = best_request(
        numbers.joint_over,
        numbers.occupants,
        requests(assessment.fitted.rates, settings),
        sources_at(assessment, cases),
    )
    named = named_at(linked, cases)
    absent, current = assessment.fitted.rates.occupant["lease_disclosures"][RENTER, :2]
    off_lease = float(absent / (absent + current))  # of occupants whose dwelling's lease in force is disclosed
    guests = worst_guest(persons, disclosed_cases(assessment), off_lease)
    return (
        cases.select("case_id", "dwelling_id", "subject_address")
        .join(
            linked.dwellings.table.select("dwelling_id", "address"), on="dwelling_id", how="left", maintain_order="left"
        )
        .join(named, on="case_id", how="left", maintain_order="left")
        .join(guests, on="case_id", how="left", maintain_order="left")
        .select(
            "case_id",
            address=pl.coalesce("address", "subject_address"),
            rule_pack=pl.lit(numbers.pack.id),
            limit_text=pl.lit(numbers.pack.limit_text),
            persons_named=pl.col("persons_named").fill_null(0),
            persons_named_low=pl.col("low").fill_null(0),
            persons_named_high=pl.col("high").fill_null(0),
            occupants_mean=pl.Series(mean_number(numbers.occupants)),
            occupants_low=pl.Series(low),
            occupants_high=pl.Series(high),
            p_over_limit=pl.Series(numbers.p_over),
            finding=pl.Series(numbers.findings, dtype=pl.String),
            guest_days_observed_max=pl.col("guest_days_observed_max").fill_null(0),
            guest_days_estimated_max=pl.col("guest_days_estimated_max").fill_null(0.0),
            next_best_evidence=pl.Series(request, dtype=pl.String),
            value_of_evidence=pl.Series(value),
            p_over_limit_low=pl.Series(numbers.p_low),
            p_over_limit_high=pl.Series(numbers.p_high),
            dwelling_id="dwelling_id",
        )
    )


def most_pressing_first(table: pl.DataFrame) -> pl.DataFrame:
    """Findings shown first, then by probability; exempt dwellings last; ties by case id."""
    rank = pl.col("finding").replace_strict({word: i for i, word in enumerate(FINDING_ORDER)}, return_dtype=pl.Int8)
    shown = pl.when(rank == 0).then(0).when(rank == 3).then(2).otherwise(1)
    return (
        table.with_columns(order=shown)
        .sort(
            "order",
            ranked("p_over_limit"),
            ranked("value_of_evidence"),
            "case_id",
            descending=[False, True, True, False],
        )
        .drop("order")
    )


def occupants_table(numbers: CaseNumbers) -> pl.DataFrame:
    """case_id, occupants, probability: every value with a probability above 1e-6, each case summing to 1."""
    c, width = numbers.occupants.shape
    shown = np.where(numbers.occupants > 1e-6, numbers.occupants, 0.0)
    shown = shown / shown.sum(axis=1, keepdims=True)
    return (
        pl.DataFrame(
            {
                "case_id": np.repeat(numbers.cases["case_id"].to_numpy(), width),
                "occupants": np.tile(np.arange(width), c),
                "probability": shown.ravel(),
            },
            schema_overrides={"case_id": pl.String},
        )
        .filter(pl.col("probability") > 0)
        .sort("case_id", "occupants")
    )


def persons_table(numbers: CaseNumbers) -> pl.DataFrame:
    """Distinct persons of each case with guest-days; see `person_nights`."""
    assessment = numbers.assessment
    table = assessment.situations.table
    ours = table.join(numbers.cases.select("case_id"), on="case_id", how="semi")
    begins = (
        assessment.levels.join(ours.select("situation", "date_from", "date_to"), on="situation")
        .explode("mention_ids")
        .join(
            assessment.lived.select("mention_id", "listed_on", "listed_from", "listed_to"),
            left_on="mention_ids",
            right_on="mention_id",
            how="left",
        )
        .group_by("situation", "person_id")
        .agg(pl.col("listed_on").min(), own_from=own_paper())
    )
    presence = assessment.presence
    mine = numbers.cases.select("case_id")
    return persons_of_cases(
        assessment.model.candidates.table,
        numbers.residence,
        ours.join(numbers.cases.select("case_id", "window_from", "window_to"), on="case_id"),
        replace(
            presence,
            operators=presence.operators.join(mine, on="case_id", how="semi"),
            vehicles=presence.vehicles.join(mine, on="case_id", how="semi"),
        ),
        begins,
        PersonNightSettings(guest_limit_nights=assessment.guest_nights),
    )


def mentions_table(city: City, linked: Linked) -> pl.DataFrame:
    """Every mention of the city, repeated rows included: they name the person of the row they repeat."""
    base = linked.links.mentions.select(
        "person_id", "source", "row", "field", "part", "p_member", "dwelling_id", "raw_name", "kind"
    )
    by_source = base.partition_by("source", as_dict=True)
    parts = [base.clear()]
    for (source,), own in sorted(by_source.items()):
        again = city.frame(source).filter(pl.col("duplicate_of").is_not_null()).select("duplicate_of", repeat="row")
        repeats = own.join(again, left_on="row", right_on="duplicate_of").with_columns(row="repeat")
        fields = pl.Enum(own["field"].unique().sort())  # sorted as numbers
        rows = pl.concat([own, repeats.select(base.columns)])
        parts.append(rows[rows.select(pl.arg_sort_by("row", pl.col("field").cast(fields), "part")).to_series()])
    return pl.concat(parts)


def vehicles_table(numbers: CaseNumbers) -> pl.DataFrame:
    """Distinct vehicles of each case with their most probable operator and proved nights."""
    presence = numbers.assessment.presence
    best = presence.operators.unique(["case_id", "vehicle_id"], keep="first", maintain_order=True)
    return (
        presence.vehicles.join(numbers.cases.select("case_id"), on="case_id", how="semi")
        .join(
            best.select("case_id", "vehicle_id", "who", "person_id", "probability"),
            on=["case_id", "vehicle_id"],
            how="left",
        )
        .select(
            "case_id",
            "vehicle_id",
            "plate",
            "plate_state",
            operator_person_id="person_id",
            p_operator="probability",
            nights_observed="nights_observed",
            nights_window_max="nights_window_max",
            window_from="best_from",
            window_to="best_to",
            operator="who",
            nights_estimated="nights_estimated",
            nights_low="nights_low",
            nights_high="nights_high",
            nights_to_watch="nights_to_watch",
            p_registered="p_registered",
            make="make",
            model="model",
            color="color",
            sightings="sightings",
        )
        .sort("case_id", "vehicle_id")
    )


def named_at(linked: Linked, cases: pl.DataFrame) -> pl.DataFrame:
    """case_id, persons_named, low, high: distinct persons named at the case's dwelling, linkage uncertainty alone:
    which names are one person, and which addresses are this dwelling.
    """
    groups = (
        linked.links.mentions.filter(pl.col("kind") == "person")
        .select("mention_id", "dwelling_id", p_here="p_dwelling")
        .join(cases.select("case_id", "dwelling_id"), on="dwelling_id")
        .select("mention_id", "p_here", group_id="case_id")
    )
    return count_named(linked.links, groups).rename({"group_id": "case_id"})


def sources_at(assessment: Assessment, cases: pl.DataFrame) -> list[frozenset[str]]:
    """Per case the sources that already name somebody at the dwelling, or watched it."""
    table = assessment.situations.table.select("situation", "case_id")
    listed = assessment.levels.join(table, on="situation").select("case_id", "source")
    watched = assessment.presence.nights.watched.select("case_id", source=pl.lit("vehicle_log"))
    grouped = pl.concat([listed, watched]).unique().group_by("case_id").agg(pl.col("source"))
    rows = cases.select("case_id").join(grouped, on="case_id", how="left", maintain_order="left")
    return [frozenset(sources or ()) for sources in rows["source"].to_list()]


def disclosed_cases(assessment: Assessment) -> pl.DataFrame:
    """case_id of the cases whose own lease was disclosed."""
    table = assessment.situations.table.select("situation", "case_id")
    return disclosed_situations(assessment.levels).join(table, on="situation").select("case_id").unique()
