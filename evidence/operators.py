"""Who drives a vehicle seen at a case: hypotheses with probabilities, never a bare name.

A parked car is not a person present, and its registered owner need not be its driver: student cars stand in parents'
names. Hypotheses: the owner; kin of the owner (a person named at the dwelling with the owner's surname); another
occupant; a person no source names; a visitor; a neighbour. Relative weights are settings; this first model judges each
vehicle by itself (docs/decisions/0004): joint assignment over a case's vehicles is the next step.
"""

from dataclasses import dataclass

import polars as pl

from matchers.ordered_sums import grouped_sum

PERSON_HYPOTHESES = ("owner", "kin of owner")
UNNAMED_HYPOTHESES = ("other occupant", "unknown person")


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """Relative weights of the hypotheses before a vehicle's nights are looked at; only their ratios matter.

    Reasons: an owner listed at the dwelling nearly always drives his own car there; 56-70 % of students have the use of
    a car while 'many' (city staff, no figure) stand in a parent's name, so kin outweighs an out-of-town owner himself.
    """

    owner_listed_here: float = 12.0
    owner_in_city: float = 1.0
    owner_outside: float = 0.25
    kin: float = 6.0
    other_occupant_owner_outside: float = 1.0
    other_occupant: float = 0.4
    unknown_person: float = 0.8
    visitor: float = 3.0  # times the probability that the vehicle is no regular guest
    neighbour: float = 0.25
    neighbour_same_street: float = 3.0


SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "case_id": pl.String,
    "vehicle_id": pl.String,
    "who": pl.String,
    "person_id": pl.String,
    "probability": pl.Float64,
    "reason": pl.String,
}


def owners_of(vehicles: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """Registered owners and co-owners of each vehicle: case_id, vehicle_id, person_id, family, kind, dwelling_id,
    field.

    mentions: `PersonLinks.mentions`. A vehicle without a registration has no row.
    """
    registered = mentions.filter(pl.col("source") == "dmv_registrations").select(
        "row", "field", "person_id", "family", "kind", "dwelling_id", "raw_name"
    )
    return (
        vehicles.filter(pl.col("dmv_row").is_not_null())
        .select("case_id", "vehicle_id", "dmv_row", "p_registered")
        .join(registered, left_on="dmv_row", right_on="row")
        .sort("case_id", "vehicle_id", "field", "person_id")
    )


def assign_operators(
    vehicles: pl.DataFrame,
    owners: pl.DataFrame,
    candidates: pl.DataFrame,
    streets: pl.DataFrame,
    settings: OperatorSettings | None = None,
) -> pl.DataFrame:
    """Probability of each operator hypothesis of each vehicle; the rows of one vehicle sum to 1.

    vehicles: case_id, vehicle_id, case_dwelling_id, p_registered, p_guest (null: never watched long enough);
    owners: `owners_of`; candidates: case_id, person_id, family (persons named at the case's dwelling);
    streets: dwelling_id, street_key. Returns SCHEMA, sorted by case_id, vehicle_id, then most probable first.
    """
    weights = settings or OperatorSettings()
    parts = [
        _owner_rows(owners, candidates, weights),
        _kin_rows(owners, candidates, weights),
        _other_rows(vehicles, owners, streets, weights),
    ]
    rows = pl.concat(parts).filter(pl.col("weight") > 0)
    keys = ["case_id", "vehicle_id"]
    distinct = rows.sort(*keys, "weight", "who", "person_id", descending=[False, False, True, False, False]).unique(
        [*keys, "who", "person_id"], keep="first", maintain_order=True
    )
    return (
        distinct.join(grouped_sum(distinct, keys, "weight").rename({"weight": "total"}), on=keys)
        .with_columns(probability=pl.col("weight") / pl.col("total"))
        .select(list(SCHEMA))
        .sort(*keys, "probability", "who", "person_id", descending=[False, False, True, False, False])
    )


def _owner_rows(owners: pl.DataFrame, candidates: pl.DataFrame, weights: OperatorSettings) -> pl.DataFrame:
    listed = candidates.select("case_id", "person_id", listed=pl.lit(True)).unique()
    rows = (
        owners.filter(pl.col("kind") == "person")
        .join(listed, on=["case_id", "person_id"], how="left")
        .with_columns(pl.col("listed").fill_null(False), shared=pl.len().over("case_id", "vehicle_id"))
    )
    weight = (
        pl.when("listed")
        .then(weights.owner_listed_here)
        .when(pl.col("dwelling_id").is_not_null())
        .then(weights.owner_in_city)
        .otherwise(weights.owner_outside)
    )
    reason = (
        pl.when("listed")
        .then(pl.lit("the registered owner is named at this dwelling"))
        .when(pl.col("dwelling_id").is_not_null())
        .then(pl.lit("registered to this person at another address in the city"))
        .otherwise(pl.lit("registered to this person out of the city"))
    )
    return rows.select(
        "case_id",
        "vehicle_id",
        who=pl.lit("owner"),
        person_id="person_id",
        weight=weight * pl.col("p_registered") / pl.col("shared"),
        reason=reason,
    )


def _kin_rows(owners: pl.DataFrame, candidates: pl.DataFrame, weights: OperatorSettings) -> pl.DataFrame:
    """Persons named at the dwelling who share the owner's surname, the owner himself not being named there."""
    named = candidates.select("case_id", "person_id", "family").unique()
    owner_named = owners.join(named.select("case_id", "person_id"), on=["case_id", "person_id"], how="semi")
    away = owners.filter(pl.col("kind") == "person").join(
        owner_named.select("case_id", "vehicle_id").unique(), on=["case_id", "vehicle_id"], how="anti"
    )
    pairs = away.join(named, on=["case_id", "family"], suffix="_kin").unique(
        ["case_id", "vehicle_id", "person_id_kin"], keep="first", maintain_order=True
    )
    shared = pl.len().over("case_id", "vehicle_id")
    return pairs.select(
        "case_id",
        "vehicle_id",
        who=pl.lit("kin of owner"),
        person_id="person_id_kin",
        weight=weights.kin * pl.col("p_registered") / shared,
        reason=pl.format("has the surname {} of the registered owner, who lives elsewhere", "family"),
    )


def _other_rows(
    vehicles: pl.DataFrame, owners: pl.DataFrame, streets: pl.DataFrame, weights: OperatorSettings
) -> pl.DataFrame:
    """The hypotheses that name nobody."""
    place = owners.select("case_id", "vehicle_id", owner_dwelling="dwelling_id").unique(
        ["case_id", "vehicle_id"], keep="first", maintain_order=True
    )
    rows = (
        vehicles.select("case_id", "vehicle_id", "case_dwelling_id", "p_registered", "p_guest")
        .join(place, on=["case_id", "vehicle_id"], how="left")
        .join(
            streets.rename({"street_key": "case_street"}),
            left_on="case_dwelling_id",
            right_on="dwelling_id",
            how="left",
        )
        .join(
            streets.rename({"street_key": "owner_street"}), left_on="owner_dwelling", right_on="dwelling_id", how="left"
        )
        .with_columns(p_guest=pl.col("p_guest").fill_null(0.0))
    )
    outside = pl.col("owner_dwelling").is_null()
    near = (pl.col("case_street") == pl.col("owner_street")).fill_null(False) & (
        pl.col("owner_dwelling") != pl.col("case_dwelling_id")
    ).fill_null(False)
    other = pl.when(outside).then(weights.other_occupant_owner_outside).otherwise(weights.other_occupant)
    hypotheses = (
        ("other occupant", other, "an occupant may drive a car registered to somebody else"),
        ("unknown person", pl.lit(weights.unknown_person), "nobody named by any source is tied to this car"),
        ("visitor", weights.visitor * (1.0 - pl.col("p_guest")), "its proved nights do not show a stay"),
        (
            "neighbour",
            pl.when(near).then(weights.neighbour_same_street).otherwise(weights.neighbour),
            "cars of nearby dwellings park on the street",
        ),
    )
    return pl.concat(
        [
            rows.select(
                "case_id",
                "vehicle_id",
                who=pl.lit(who),
                person_id=pl.lit(None, pl.String),
                weight=weight.cast(pl.Float64),
                reason=pl.lit(reason),
            )
            for who, weight, reason in hypotheses
        ]
    )


def vehicle_levels(operators: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Level of `vehicle_log` evidence for each person to whom a car is attributed (p >= 0.5), per situation.

    parts: `presence.vehicles_by_situation`. Returns situation, person_id, level (0 looked for and not seen in this part
    of the window, 1 few nights, 2 thirty nights possible, 3 likely). Halves: at p >= 0.5 the person is likelier than
    not its driver.
    """
    tied = operators.filter(pl.col("person_id").is_not_null() & (pl.col("probability") >= 0.5)).join(
        parts, on=["case_id", "vehicle_id"]
    )
    level = (
        pl.when(~pl.col("seen_here"))
        .then(0)
        .when(pl.col("p_guest") >= 0.75)
        .then(3)
        .when(pl.col("p_guest") >= 0.25)
        .then(2)
        .otherwise(1)
    )
    return (
        tied.with_columns(level=level.cast(pl.Int8))
        .group_by("situation", "person_id")
        .agg(pl.col("level").max())
        .sort("situation", "person_id")
    )


def untied_guests(operators: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Vehicles that some occupant drives whom the car does not name: situation, vehicle_id, p_untied (and staying)."""
    nameless = operators.filter(pl.col("who").is_in(UNNAMED_HYPOTHESES))
    unnamed = grouped_sum(nameless, ["case_id", "vehicle_id"], "probability").rename({"probability": "p_unnamed"})
    return (
        parts.join(unnamed, on=["case_id", "vehicle_id"])
        .select("situation", "vehicle_id", p_untied=pl.col("p_unnamed") * pl.col("p_guest").fill_null(0.0))
        .sort("situation", "vehicle_id")
    )
