"""The persons who may be occupants of each situation, as arrays for the inference.

A candidate is a person named at the dwelling by a source that lists residents, or the named driver of a car seen there.
A landlord whose mail goes elsewhere and whom nothing else puts there is no candidate: he is named, but not as an
occupant.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.headcount import Array
from evidence.kin_links import BETWEEN_GROUPS, kin_links, rich_graphs
from evidence.kinship import KinGraph
from evidence.listings import LISTING_SOURCES, covers_most
from evidence.one_person import Merges, merges_of
from evidence.rates import UNKNOWN
from evidence.settings import LEVELS
from evidence.worlds import ALONE, DEPENDENT, GROUP_1, GROUP_2

SOURCES = tuple(LEVELS)
# What the watch saw of a person's car, by how the person and the car are listed at the dwelling.
CAR_SOURCES = ("vehicle_log", "other_car", "unlisted_driver")
MAX_CANDIDATES = 24  # more names than this at one dwelling: the oldest listings are left out, and counted in `run`


@dataclass(frozen=True, slots=True)
class Candidates:
    """`table`: situation, slot, person_id, one level column a source (Int8, -1 cannot tell), family, on_lease,
    dependent.

    `levels`: (n, K, S) in the order of SOURCES; `sure`: (n, K, S) that the listing is of this dwelling, 1
    where there is none; `merges`: candidates who may be one person; `named`: (n, K); `member_of`: (n, K) kin sets of
    `worlds`; `kin_1`, `kin_2`: (n,) probability that each group is one family; `graphs`: situation -> its kinship,
    where two groups do not tell it; `left_out`: listings beyond MAX_CANDIDATES.
    """

    table: pl.DataFrame
    levels: NDArray[np.int8]
    sure: Array
    merges: Merges
    named: NDArray[np.bool_]
    member_of: NDArray[np.int8]
    kin_1: Array
    kin_2: Array
    graphs: dict[int, KinGraph]
    left_out: int


def candidate_table(
    levels: pl.DataFrame,
    elsewhere: pl.DataFrame,
    driving: pl.DataFrame,
    disclosed: pl.DataFrame,
    watched: pl.DataFrame,
    car_owners: pl.DataFrame,
    present: frozenset[str],
) -> pl.DataFrame:
    """One row a candidate: situation, person_id and a level per source.

    levels: `listing_levels`; elsewhere: `elsewhere_levels`; driving: situation, person_id, level; disclosed: situations
    with a disclosed lease; watched: situations looked at on enough nights; car_owners: person_id of registered owners
    (only of them is "car never seen" evidence); present: sources in the folder.
    """
    wide = levels.pivot(on="source", index=["situation", "person_id"], values="level", on_columns=list(LISTING_SOURCES))
    rows = wide.join(
        driving.select("situation", "person_id", seen="level"), on=["situation", "person_id"], how="full", coalesce=True
    )
    rows = rows.join(elsewhere.rename({"level": "elsewhere"}), on=["situation", "person_id"], how="left")
    rows = (
        rows.join(watched.with_columns(watched=pl.lit(True)), on="situation", how="left")
        .join(disclosed.with_columns(disclosed=pl.lit(True)), on="situation", how="left")
        .join(car_owners.select("person_id", owns=pl.lit(True)).unique(), on="person_id", how="left")
    )
    looked = pl.col("watched").fill_null(False) & pl.col("owns").fill_null(False)
    listed = pl.any_horizontal(pl.col(s).is_not_null() for s in LISTING_SOURCES)
    here = pl.col("dmv_registrations").is_not_null()
    seen = pl.coalesce("seen", pl.when(looked).then(0).otherwise(UNKNOWN))
    absent = {
        "lease_disclosures": pl.when(pl.col("disclosed").fill_null(False)).then(0).otherwise(UNKNOWN),
    }
    filled = [
        pl.coalesce(
            pl.col(source).cast(pl.Int8),
            absent.get(source, pl.lit(0 if source in present or source == "elsewhere" else UNKNOWN)).cast(pl.Int8),
        ).alias(source)
        for source in (*LISTING_SOURCES, "elsewhere")
    ]
    cars = {
        "vehicle_log": pl.when(listed & here).then(seen).otherwise(UNKNOWN),
        "other_car": pl.when(listed & ~here).then(seen).otherwise(UNKNOWN),
        "unlisted_driver": pl.when(~listed)
        .then(seen)
        .when(pl.lit("vehicle_log" in present))
        .then(0)
        .otherwise(UNKNOWN),
    }
    landlord_only = (pl.col("assessor") == 2) & pl.all_horizontal(
        pl.col(s) <= 0 for s in (*LISTING_SOURCES[:4], *CAR_SOURCES)
    )
    return (
        rows.with_columns(**{name: level.cast(pl.Int8) for name, level in cars.items()})
        .with_columns(filled)
        .filter(~landlord_only & pl.any_horizontal(pl.col(s) > 0 for s in (*LISTING_SOURCES, *CAR_SOURCES)))
        .select("situation", "person_id", *SOURCES)
        .sort("situation", "person_id")
    )


def person_facts(mentions: pl.DataFrame) -> pl.DataFrame:
    """Per person: family (commonest surname written), display_name (the fullest spelling), dob (commonest).

    mentions: `PersonLinks.mentions`, all of each person who is asked about.
    """
    persons = mentions.filter(pl.col("kind") == "person")
    display = (
        persons.with_columns(
            shown=pl.concat_str(
                [pl.col(c).str.to_titlecase() for c in ("given", "middle", "family")] + [pl.col("suffix")],
                separator=" ",
                ignore_nulls=True,
            )
        )
        .group_by("person_id", "shown")
        .agg(times=pl.len())
        .sort("person_id", pl.col("shown").str.len_chars(), "times", "shown", descending=[False, True, True, False])
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", display_name="shown")
    )
    commonest = [pl.col(c).drop_nulls().mode().sort().first().alias(c) for c in ("family", "dob")]
    return persons.group_by("person_id").agg(commonest).join(display, on="person_id", how="left").sort("person_id")


def lease_facts(situations: pl.DataFrame, lived: pl.DataFrame) -> pl.DataFrame:
    """Per situation and person on a lease in force: situation, person_id, on_lease, dependent, family_group.

    lived: `residence_mentions`. A lease names dependents; the roles manager and owner are no tenancy.
    """
    lease = lived.filter((pl.col("source") == "lease_disclosures") & pl.col("dwelling_id").is_not_null())
    return (
        situations.select("situation", "dwelling_id", "date_from", "date_to")
        .join(lease, on="dwelling_id")
        .filter(covers_most())
        .group_by("situation", "person_id")
        .agg(
            on_lease=pl.col("role").fill_null("tenant").is_in(["tenant", "dependent"]).any(),
            dependent=(pl.col("role") == "dependent").fill_null(False).any(),
            family_group=pl.col("family_group").drop_nulls().sort().first(),
        )
        .sort("situation", "person_id")
    )


def build_candidates(
    situations: pl.DataFrame,
    table: pl.DataFrame,
    facts: pl.DataFrame,
    lease: pl.DataFrame,
    surname_share: pl.DataFrame,
    kin_prior: float,
    kin_shares_surname: float,
    homes: pl.DataFrame,
    listed: pl.DataFrame,
    possible: pl.DataFrame,
) -> Candidates:
    """Arrays of all situations. facts: `person_facts`; lease: `lease_facts`; surname_share: family, share (nation);
    homes: `kin_links.permanent_homes`, of which those at the dwelling itself say nothing of kinship; listed:
    `listing_levels`; possible: `PersonLinks.possible_merges`.
    """
    rows = (
        table.join(facts, on="person_id", how="left")
        .join(lease, on=["situation", "person_id"], how="left")
        .join(situations.select("situation", "dwelling_id", "date_from"), on="situation")
        .join(homes, on="person_id", how="left")
        .with_columns(pl.col("on_lease", "dependent").fill_null(False))
        .with_columns(
            dependent=pl.col("dependent") | (pl.col("dob") > pl.col("date_from").dt.offset_by("-18y")).fill_null(False),
            home=pl.when(~pl.col("home_dwelling").eq_missing(pl.col("dwelling_id"))).then("home"),
            group=pl.coalesce(pl.format("declared:{}", "family_group"), pl.format("surname:{}", "family")),
        )
    )
    rows = _with_slots(rows)
    left_out = rows.filter(pl.col("slot") >= MAX_CANDIDATES).height
    rows = rows.filter(pl.col("slot") < MAX_CANDIDATES)
    links = kin_links(rows, surname_share, kin_prior, kin_shares_surname)
    groups = (
        links.filter(~pl.col("kind").is_in(BETWEEN_GROUPS))
        .with_columns(rank=pl.int_range(pl.len()).over("situation"))
        .filter(pl.col("rank") < 2)
    )
    rows = rows.join(groups.select("situation", "group", "rank"), on=["situation", "group"], how="left").with_columns(
        member_of=pl.when(pl.col("dependent"))
        .then(DEPENDENT)
        .when(pl.col("rank") == 0)
        .then(GROUP_1)
        .when(pl.col("rank") == 1)
        .then(GROUP_2)
        .otherwise(ALONE)
        .cast(pl.Int8)
    )
    n, k = situations.height, int(rows["slot"].max() or 0) + 1  # type: ignore[arg-type]
    at = (rows["situation"].to_numpy(), rows["slot"].to_numpy())
    levels = np.full((n, k, len(SOURCES)), UNKNOWN, dtype=np.int8)
    levels[at] = rows.select(SOURCES).to_numpy()
    sure = _sureness(rows, listed, (n, k, len(SOURCES)))
    named = np.zeros((n, k), dtype=bool)
    named[at] = True
    member_of = np.zeros((n, k), dtype=np.int8)
    member_of[at] = rows["member_of"].to_numpy()
    kin = np.zeros((2, n))
    for rank in (0, 1):
        chosen = groups.filter(pl.col("rank") == rank)
        kin[rank, chosen["situation"].to_numpy()] = chosen["p_kin"].to_numpy()
    columns = ("situation", "slot", "person_id", "display_name", "family", "dob", "on_lease", "dependent", "group")
    table = rows.select(*columns, "member_of", *SOURCES)
    merges = merges_of(table, possible)
    return Candidates(table, levels, sure, merges, named, member_of, kin[0], kin[1], rich_graphs(links), left_out)


def _sureness(rows: pl.DataFrame, listed: pl.DataFrame, shape: tuple[int, int, int]) -> Array:
    of_source = pl.DataFrame({"source": SOURCES, "column": range(len(SOURCES))})
    at = (
        rows.select("situation", "slot", "person_id")
        .join(listed.select("situation", "person_id", "source", "sure"), on=["situation", "person_id"])
        .join(of_source, on="source")
    )
    sure = np.ones(shape)
    sure[tuple(at[name].to_numpy() for name in ("situation", "slot", "column"))] = at["sure"].to_numpy()
    return sure


def _with_slots(rows: pl.DataFrame) -> pl.DataFrame:
    """Number the candidates of each situation, the most firmly listed first (so that a cap drops the stalest)."""
    firm = pl.sum_horizontal((pl.col(s) == 1).cast(pl.Int32) for s in LISTING_SOURCES) + pl.max_horizontal(CAR_SOURCES)
    listed = pl.sum_horizontal((pl.col(s) > 0).cast(pl.Int32) for s in LISTING_SOURCES)
    return (
        rows.with_columns(firm=firm, listed=listed)
        .sort("situation", "firm", "listed", "person_id", descending=[False, True, True, False])
        .with_columns(slot=pl.int_range(pl.len()).over("situation"))
        .drop("firm", "listed")
    )
