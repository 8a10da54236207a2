"""Which sources name whom at a dwelling, and what each says about the time in question: one level per source.

A **candidate** is a person whom some source names at the dwelling within the last years, or whose car was seen there.
Levels are those of `settings.LEVELS`; -1 means that the source cannot tell (not asked, opted out, not in the folder),
which adds nothing for or against. Duplicate rows never add weight: a level is reached or not.
"""

from datetime import date

import polars as pl

from evidence.settings import InferenceSettings
from loaders.city import City

LISTING_SOURCES = ("lease_disclosures", "utility_billing", "university_addresses", "dmv_registrations", "assessor")
# A lease names its owner or manager because they sign it. An owner who lives there is so by the assessor's roll.
NOT_RESIDENT_ROLES = ("manager", "case_manager")
NOT_TENANT_ROLES = ("owner", *NOT_RESIDENT_ROLES)
LIKELIER_HERE = 0.5  # of the dwellings that an address may mean
# Papers are dated up to a month before the move they go with; an address given three weeks before the lease turn is
# that of the coming year.
PAPERWORK = "30d"
NEXT_YEAR = "21d"


def residence_mentions(mentions: pl.DataFrame, city: City) -> pl.DataFrame:
    """Mentions that say a person lives (or lived) at the row's address, with what their source adds about them.

    mentions: `PersonLinks.mentions`. Returns the same rows less bodies and managers, plus `listed_on` (the day the
    listing was made or began), `lives_at_owner` (assessor: the owner's mail goes to the dwelling itself; null unknown),
    `address_type`, `opted_out`.
    """
    lease = pl.col("source") == "lease_disclosures"
    signs = pl.col("role").is_in(NOT_RESIDENT_ROLES) | (lease & pl.col("role").is_in(NOT_TENANT_ROLES))
    persons = mentions.filter((pl.col("kind") == "person") & ~signs.fill_null(False))
    university = city.frame("university_addresses").select(
        pl.lit("university_addresses").alias("source"), "row", "address_type", opted_out="directory_opt_out"
    )
    assessor = city.frame("assessor").select(
        pl.lit("assessor").alias("source"), "row", "situs_address", "owner_mailing_address"
    )
    return (
        persons.join(university, on=["source", "row"], how="left")
        .join(assessor, on=["source", "row"], how="left")
        .with_columns(listed_on=pl.coalesce("listed_from", "as_of"))
    )


def owner_homes(city: City, address_dwellings: pl.DataFrame) -> pl.DataFrame:
    """Per assessor row: does the owner's mail go to the dwelling itself? row, owner_lives_here (null: no mailing
    address).

    address_dwellings: address_text, dwelling_id (the best of `Dwellings.best`).
    """
    best = address_dwellings.select("address_text", "dwelling_id")
    return (
        city.frame("assessor")
        .select("row", "situs_address", "owner_mailing_address")
        .join(best.rename({"dwelling_id": "situs"}), left_on="situs_address", right_on="address_text", how="left")
        .join(
            best.rename({"dwelling_id": "mail"}), left_on="owner_mailing_address", right_on="address_text", how="left"
        )
        .select(
            "row",
            owner_lives_here=pl.when(pl.col("owner_mailing_address").is_null())
            .then(None)
            .otherwise((pl.col("situs") == pl.col("mail")).fill_null(False)),
        )
        .sort("row")
    )


def listing_levels(
    table: pl.DataFrame, lived: pl.DataFrame, homes: pl.DataFrame, settings: InferenceSettings
) -> pl.DataFrame:
    """Level reached in each listing source by each person at each situation.

    table: `Situations.table`; lived: `residence_mentions`; homes: `owner_homes`. Returns situation, person_id, source,
    level (1.. of that source; the strongest one), sure (that a row of this level is of this dwelling), mention_ids
    (List), rows sorted by situation, person_id, source.
    """
    here = table.select(
        "situation", "case_id", "dwelling_id", "date_from", "date_to", "last_turn", "settled_on", "followed_on"
    ).join(
        lived.join(homes.rename({"row": "home_row"}), left_on="row", right_on="home_row", how="left"),
        on="dwelling_id",
        suffix="_mention",
    )
    # Where a unit is missing, a row is likelier a neighbour's than this dwelling's, but for a lease of this very case.
    likeliest = pl.col("p_dwelling").fill_null(1.0) >= LIKELIER_HERE
    of_case = (pl.col("case_id_mention") == pl.col("case_id")).fill_null(False)
    since = pl.col("date_from").dt.offset_by(f"-{settings.listing_years}y")
    # A listing made up to a year after the window may only renew an older one, so it is kept as a level of its own.
    until = pl.col("date_to").dt.offset_by("1y")
    recent = (pl.col("listed_to").is_null() | (pl.col("listed_to") >= since)) & (
        pl.col("listed_on").is_null() | (pl.col("listed_on") <= until)
    )
    levelled = (
        here.filter(recent & (likeliest | of_case))
        .with_columns(
            level=_level_expression(),
            sure=pl.when(of_case).then(1.0).otherwise(pl.col("p_dwelling").fill_null(1.0)),
        )
        .filter(pl.col("level").is_not_null())
    )
    return (
        levelled.group_by("situation", "person_id", "source")
        .agg(
            level=pl.col("level").min().cast(pl.Int8),
            sure=pl.col("sure").filter(pl.col("level") == pl.col("level").min()).max(),
            mention_ids=pl.col("mention_id").unique().sort(),
        )
        .sort("situation", "person_id", "source")
    )


def _level_expression() -> pl.Expr:
    """The level of one mention in one situation; strongest level has the lowest number. Order as in LEVELS."""
    covers, turn, listed = covers_most(), pl.col("last_turn"), pl.col("listed_on")
    # What was written before this household came may name the one before it; after the next one came, that one.
    before = (listed < pl.col("settled_on").dt.offset_by(f"-{PAPERWORK}")).fill_null(False)
    later = (listed > pl.col("date_to")).fill_null(False)
    turned = (listed >= turn.dt.offset_by("1y").dt.offset_by(f"-{NEXT_YEAR}")).fill_null(False)
    next_household = (listed >= pl.col("followed_on").dt.offset_by(f"-{PAPERWORK}")).fill_null(False)
    # A lease without dates speaks for the year in which it was signed or disclosed.
    undated = pl.col("listed_from").is_null() & pl.col("listed_to").is_null()
    signed_long_ago = (undated & (pl.col("as_of") < pl.col("date_from").dt.offset_by("-13mo"))).fill_null(False)
    in_force = covers & ~signed_long_ago
    begins_later = (pl.col("listed_from") > pl.col("date_from")).fill_null(False)
    paper = (
        pl.when(in_force & ~before)
        .then(1)
        .when(in_force)
        .then(2)
        .when(begins_later)
        .then(5)
        .when(before)
        .then(4)
        .otherwise(3)
    )
    # An address given in the weeks before the turn is that of the coming year.
    fresh = listed >= turn.dt.offset_by(f"-{NEXT_YEAR}")
    one_old = (listed >= turn.dt.offset_by("-1y").dt.offset_by(f"-{NEXT_YEAR}")) | listed.is_null()
    university = (
        pl.when(later & (next_household | turned))
        .then(7)
        .when(later)
        .then(3)
        .when(pl.col("address_type") == "permanent")
        .then(6)
        .when(before)
        .then(5)
        .when(pl.col("opted_out").fill_null(False))
        .then(4)
        .when(fresh)
        .then(1)
        .when(one_old)
        .then(2)
        .otherwise(4)
    )
    dmv = (
        pl.when(later & next_household)
        .then(6)
        .when(later)
        .then(3)
        .when(before)
        .then(5)
        .when(~covers)
        .then(4)
        .when(pl.col("settled_on").is_not_null())
        .then(1)
        .otherwise(2)
    )
    assessor = pl.when(pl.col("owner_lives_here")).then(1).otherwise(2)
    return (
        pl.when(pl.col("source").is_in(["lease_disclosures", "utility_billing"]))
        .then(paper)
        .when(pl.col("source") == "university_addresses")
        .then(university)
        .when(pl.col("source") == "dmv_registrations")
        .then(dmv)
        .when(pl.col("source") == "assessor")
        .then(assessor)
        .otherwise(None)
    )


def covers_most() -> pl.Expr:
    """Does listed_from..listed_to cover at least half of date_from..date_to? A missing end is open."""
    begins = pl.max_horizontal(pl.coalesce("listed_from", "date_from"), "date_from")
    ends = pl.min_horizontal(pl.coalesce("listed_to", "date_to"), "date_to")
    overlap = (ends - begins).dt.total_days() + 1
    return overlap * 2 >= (pl.col("date_to") - pl.col("date_from")).dt.total_days() + 1


def elsewhere_levels(candidates: pl.DataFrame, table: pl.DataFrame, lived: pl.DataFrame) -> pl.DataFrame:
    """Is the person listed at another dwelling of the city, and is that listing newer than the ones here?

    candidates: situation, person_id. Returns situation, person_id, level (0 no, 1 newer elsewhere, 2 older elsewhere).
    Permanent homes and registrations out of the city are left out: students keep both while living in town.
    """
    listed = lived.filter(
        pl.col("dwelling_id").is_not_null()
        & (pl.col("address_type").fill_null("local") != "permanent")
        & (pl.col("source") != "assessor")
    ).select("person_id", "dwelling_id", "listed_on", "listed_to")
    pairs = candidates.select("situation", "person_id").join(
        table.select("situation", "dwelling_id", "date_from", "date_to"), on="situation"
    )
    seen = pairs.join(listed, on="person_id", suffix="_listed").filter(
        pl.col("listed_on").is_null() | (pl.col("listed_on") <= pl.col("date_to"))
    )
    here = pl.col("dwelling_id_listed") == pl.col("dwelling_id")
    gone = (pl.col("listed_to") < pl.col("date_from")).fill_null(False)
    newest = seen.group_by("situation", "person_id").agg(
        here=pl.col("listed_on").filter(here).max(),
        there=pl.col("listed_on").filter(~here & ~gone).max(),
        any_there=(~here & ~gone).any(),
    )
    level = (
        pl.when(~pl.col("any_there").fill_null(False))
        .then(0)
        .when((pl.col("there") > pl.col("here").fill_null(date(1900, 1, 1))).fill_null(False))
        .then(1)
        .otherwise(2)
    )
    return (
        candidates.select("situation", "person_id")
        .unique()
        .join(newest, on=["situation", "person_id"], how="left")
        .select("situation", "person_id", level=level.cast(pl.Int8))
        .sort("situation", "person_id")
    )


def disclosed_situations(levels: pl.DataFrame) -> pl.DataFrame:
    """Situations whose own lease was disclosed: only there does a name's absence from the lease say anything."""
    return (
        levels.filter((pl.col("source") == "lease_disclosures") & (pl.col("level") == 1))
        .select("situation")
        .unique()
        .sort("situation")
    )
