"""Who drives a vehicle seen at a case: hypotheses with probabilities, never a bare name.

A parked car is not a person present, and its registered owner need not be its driver: student cars stand in parents'
names. Hypotheses: the owner; kin of the owner (a person named at the dwelling with the owner's surname, or listed at
the owner's address elsewhere); another occupant; a person no source names; a visitor; a neighbour. Relative weights are
settings; the cars of a case that share a possible driver are then judged together (`evidence.joint_operators`).
"""

from dataclasses import asdict, dataclass

import polars as pl

from evidence.joint_operators import joint_weights
from evidence.operator_ties import kin_of_owners, neighbours_cars
from matchers.ordered_sums import grouped_sum, ratio

UNNAMED_HYPOTHESES = ("other occupant", "unknown person")


@dataclass(frozen=True, slots=True)
class Weights:
    """Relative weights of the hypotheses for a car whose registration stands in one relation to the case."""

    owner: float
    kin: float
    other_occupant: float
    unknown_person: float
    visitor: float  # times the probability that the vehicle is no regular guest
    neighbour: float
    neighbour_same_street: float


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """How often each kind of driver goes with each relation of the registration; only ratios within a relation matter.

    Each weight is (share of cars seen at a dwelling that such a driver brings) x (share of his cars registered so).
    Cars seen: about 45 % in an occupant's own name, 20 % in a relative's (56-70 % of students have the use of a car,
    'many' in a parent's name, says the City without a figure), 5 % borrowed or a company's, 10 % of occupants in no
    list, 15 % visitors', 5 % neighbours'. A visitor's or stranger's car is registered to a name of this very dwelling,
    or to its surname, by coincidence only: one or two in a hundred. An owner who is listed at another dwelling of the
    street, too, may have moved next door: the neighbour's weight is then that of any car of the street.
    """

    named_here: Weights = Weights(36.0, 0.0, 1.0, 0.2, 0.15, 0.03, 4.5)
    kin_here: Weights = Weights(0.5, 16.0, 1.0, 0.2, 0.15, 0.03, 4.5)
    in_city: Weights = Weights(8.0, 0.0, 1.5, 2.0, 9.75, 0.5, 4.5)
    outside: Weights = Weights(2.0, 0.0, 1.5, 1.5, 3.0, 0.1, 0.1)
    unregistered: Weights = Weights(0.0, 0.0, 1.0, 2.0, 2.0, 0.5, 0.5)
    # One person brings two cars to one place for the night: two cars a driver are one driver in ten (NHTS), and he
    # would have to fetch the other. A pair of cars seen on one night is his by so much less than by their papers.
    two_cars_one_night: float = 0.15


# A car is tied to a person who is likelier than not its driver.
TIED_AT = 0.5
RELATIONS = ("named_here", "kin_here", "in_city", "outside", "unregistered")


SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "case_id": pl.String,
    "vehicle_id": pl.String,
    "who": pl.String,
    "person_id": pl.String,
    "probability": pl.Float64,
    "reason": pl.String,
}


def assign_operators(
    vehicles: pl.DataFrame,
    owners: pl.DataFrame,
    candidates: pl.DataFrame,
    streets: pl.DataFrame,
    listed: pl.DataFrame,
    together: set[tuple[str, str, str]],
    settings: OperatorSettings | None = None,
) -> pl.DataFrame:
    """Probability of each operator hypothesis of each vehicle; the rows of one vehicle sum to 1.

    vehicles: case_id, vehicle_id, case_dwelling_id, p_registered, p_guest (null: never watched long enough);
    owners: `owners_of`; candidates: case_id, person_id, family (persons named at the case's dwelling);
    streets: dwelling_id, street_key; listed: person_id, dwelling_id, address_key (where sources list whom, in the city
    and out of it); together: `same_night_pairs`. Returns SCHEMA, sorted by case_id, vehicle_id, most probable first.
    """
    settings = settings or OperatorSettings()
    kin = kin_of_owners(vehicles, owners, candidates, listed)
    weighed = _weighed(vehicles, owners, candidates, kin, settings)
    rows = pl.concat(
        [
            _owner_rows(weighed, owners, candidates),
            _kin_rows(weighed, kin),
            _other_rows(weighed, streets, neighbours_cars(vehicles, owners, streets, listed)),
        ]
    ).filter(pl.col("weight") > 0)
    keys = ["case_id", "vehicle_id"]
    distinct = rows.sort(*keys, "weight", "who", "person_id", descending=[False, False, True, False, False]).unique(
        [*keys, "who", "person_id"], keep="first", maintain_order=True
    )
    distinct = joint_weights(distinct, together, settings.two_cars_one_night)
    return (
        distinct.join(grouped_sum(distinct, keys, "weight").rename({"weight": "total"}), on=keys)
        .with_columns(probability=ratio("weight", "total"))
        .select(list(SCHEMA))
        .sort(*keys, "probability", "who", "person_id", descending=[False, False, True, False, False])
    )


def _weighed(
    vehicles: pl.DataFrame,
    owners: pl.DataFrame,
    candidates: pl.DataFrame,
    kin: pl.DataFrame,
    settings: OperatorSettings,
) -> pl.DataFrame:
    """Each vehicle with the relation of its registration to the case and that relation's weights as columns.

    The weights of the registered relation count with p_registered, those of an unregistered car with the rest.
    """
    named = candidates.select("case_id", "person_id").unique()
    keys = ["case_id", "vehicle_id"]
    persons = owners.filter(pl.col("kind") == "person")
    named_here = persons.join(named, on=["case_id", "person_id"], how="semi").select(keys).unique()
    kin_here = kin.select(keys).unique()
    place = owners.sort(*keys, "dwelling_id", nulls_last=True).unique(keys, keep="first", maintain_order=True)
    relation = (
        pl.when(pl.col("named").fill_null(False))
        .then(pl.lit("named_here"))
        .when(pl.col("kin").fill_null(False))
        .then(pl.lit("kin_here"))
        .when(pl.col("owner_dwelling").is_not_null())
        .then(pl.lit("in_city"))
        .when(pl.col("owned").fill_null(False))
        .then(pl.lit("outside"))
        .otherwise(pl.lit("unregistered"))
    )
    table = pl.DataFrame([{"relation": name, **asdict(getattr(settings, name))} for name in RELATIONS])
    blank = {f"{name}_blank": value for name, value in asdict(settings.unregistered).items()}
    registered = pl.col("p_registered").fill_null(0.0)
    return (
        vehicles.select(*keys, "case_dwelling_id", "p_registered", pl.col("p_guest").fill_null(0.0))
        .join(named_here.with_columns(named=pl.lit(True)), on=keys, how="left")
        .join(kin_here.with_columns(kin=pl.lit(True)), on=keys, how="left")
        .join(place.select(*keys, owner_dwelling="dwelling_id", owned=pl.lit(True)), on=keys, how="left")
        .with_columns(relation=relation)
        .drop("named", "kin", "owned")
        .join(table, on="relation", how="left")
        .with_columns(
            (registered * pl.col(name) + (1.0 - registered) * blank[f"{name}_blank"]).alias(name)
            for name in asdict(settings.unregistered)
        )
        .sort(keys)
    )


def _owner_rows(weighed: pl.DataFrame, owners: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """The registered owners: those named at the dwelling, or all of them where none is."""
    listed = candidates.select("case_id", "person_id", listed=pl.lit(True)).unique()
    keys = ["case_id", "vehicle_id"]
    rows = (
        owners.filter(pl.col("kind") == "person")
        .join(listed, on=["case_id", "person_id"], how="left")
        .with_columns(pl.col("listed").fill_null(False))
        .join(weighed.select(*keys, "relation", weight="owner"), on=keys)
        .filter(pl.col("listed") | (pl.col("relation") != "named_here"))
        .unique([*keys, "person_id"], keep="first", maintain_order=True)
        .with_columns(shared=pl.len().over(keys))
    )
    reason = (
        pl.when("listed")
        .then(pl.lit("the registered owner is named at this dwelling"))
        .when(pl.col("dwelling_id").is_not_null())
        .then(pl.lit("registered to this person at another address in the city"))
        .otherwise(pl.lit("registered to this person out of the city"))
    )
    return rows.select(
        *keys, who=pl.lit("owner"), person_id="person_id", weight=ratio("weight", "shared"), reason=reason
    )


def _kin_rows(weighed: pl.DataFrame, kin: pl.DataFrame) -> pl.DataFrame:
    """Kin named at the dwelling share what speaks for kin, the owner himself not being named there."""
    keys = ["case_id", "vehicle_id"]
    pairs = kin.join(weighed.filter(pl.col("relation") == "kin_here").select(*keys, weight="kin"), on=keys)
    return pairs.select(
        *keys,
        who=pl.lit("kin of owner"),
        person_id="person_id",
        weight=ratio("weight", pl.len().over(keys)),
        reason="reason",
    )


def _other_rows(weighed: pl.DataFrame, streets: pl.DataFrame, neighbours: pl.DataFrame) -> pl.DataFrame:
    """The hypotheses that name nobody."""
    here, there = streets.rename({"street_key": "case_street"}), streets.rename({"street_key": "owner_street"})
    rows = (
        weighed.join(here, left_on="case_dwelling_id", right_on="dwelling_id", how="left")
        .join(there, left_on="owner_dwelling", right_on="dwelling_id", how="left")
        .join(neighbours.with_columns(beside=pl.lit(True)), on=["case_id", "vehicle_id"], how="left")
    )
    near = (
        (pl.col("case_street") == pl.col("owner_street")).fill_null(False)
        & (pl.col("owner_dwelling") != pl.col("case_dwelling_id")).fill_null(False)
    ) | pl.col("beside").fill_null(False)
    hypotheses = (
        ("other occupant", pl.col("other_occupant"), "an occupant may drive a car registered to somebody else"),
        ("unknown person", pl.col("unknown_person"), "nobody named by any source is tied to this car"),
        ("visitor", pl.col("visitor") * (1.0 - pl.col("p_guest")), "its proved nights do not show a stay"),
        (
            "neighbour",
            pl.when(near).then("neighbour_same_street").otherwise("neighbour"),
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


def is_tied() -> pl.Expr:
    """Is this hypothesis a person to whom the car is attributed?"""
    return pl.col("person_id").is_not_null() & (pl.col("probability") >= TIED_AT)


def vehicle_levels(operators: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Level of `vehicle_log` evidence for each person to whom a car is attributed (p >= TIED_AT), per situation.

    parts: `presence.vehicles_by_situation`. Returns situation, person_id, level (0 looked for and not seen in this part
    of the window, 1 few nights, 2 thirty nights possible, 3 likely). Halves: at p >= 0.5 the person is likelier than
    not its driver.
    """
    tied = operators.filter(is_tied()).join(parts, on=["case_id", "vehicle_id"])
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
