"""What ties a registered car to a case: whose it is, and whom the papers of the case name."""

import polars as pl

from evidence.projections import MENTION_NAMED
from loaders.rows import Rows
from matchers.case_keys import Keys, case_of, distinct, frame_keys, held, number_of
from matchers.ordered_sums import ratio

# A car seen at a case belongs to a registrant named there about half the time, to his or her kin in a fifth
# (student cars in a parent's name); else to anybody. Shares of sightings, not of cars; wide of what any city shows.
OWNER_NAMED_SHARE = 0.5
OWNER_KIN_SHARE = 0.2


def registration_affinity(cases: pl.DataFrame, best: Rows, mentions: Rows, registrations: int) -> pl.DataFrame:
    """How much likelier each registration is to be seen at each case for whose it is: case_id, dmv_row, bits.

    A registrant whom a paper of the case names at a case's dwelling, or who shares the surname of somebody named so, is
    one of few; any other car is one of all R `registrations`: bits = log2(share * R / number of such registrations), at
    least 0. The share constants above are this module's only assumption. best: of `Dwellings`; mentions: of
    `PersonLinks`.
    """
    meant = best.where("address_text", cases["subject_address"], ("address_text", "dwelling_id"))
    places = cases.join(meant, left_on="subject_address", right_on="address_text")["dwelling_id"]
    of_case = (pl.col("kind") == "person") & pl.col("case_id").is_not_null()
    named = (
        mentions.where("dwelling_id", places, MENTION_NAMED)
        .filter(of_case)
        .select("case_id", "person_id", "family")
        .unique()
    )
    cases_named = named.select(pl.col("case_id").unique().sort()).with_row_index("case")
    named = named.join(cases_named, on="case_id")
    owned = _of_cases(_registrations(mentions, "person_id", named), named.select("case", "person_id"))
    kin = _of_cases(_registrations(mentions, "family", named), named.select("case", "family"))
    kin = kin[~held(kin, owned)]
    tied = pl.concat([_bits(owned, OWNER_NAMED_SHARE, registrations), _bits(kin, OWNER_KIN_SHARE, registrations)])
    tied = tied.sort("key")
    return tied.select(cases_named["case_id"].gather(tied["case"]), "dmv_row", "bits")


def _of_cases(registrations: pl.DataFrame, named: pl.DataFrame) -> Keys:
    """Case and dmv_row (`case_keys`), distinct and sorted. named: `case` and what it has in common with registrations.

    Kin are thousands a case, tens of millions in all cases of a metro.
    """
    by = named.columns[-1]
    named = named.drop_nulls().unique()
    return distinct(frame_keys(registrations.select(by, "dmv_row").join(named, on=by), "dmv_row"))


def _registrations(mentions: Rows, column: str, named: pl.DataFrame) -> pl.DataFrame:
    """person_id, family, dmv_row of the registrations of natural persons that share this column with somebody named."""
    return (
        mentions.where(column, named[column], MENTION_NAMED)
        .filter((pl.col("source") == "dmv_registrations") & (pl.col("kind") == "person"))
        .select("person_id", "family", dmv_row="row")
    )


def _bits(keys: Keys, share: float, total: int) -> pl.DataFrame:
    rows = pl.DataFrame({"key": keys, "case": case_of(keys), "dmv_row": number_of(keys)})
    odds = ratio(pl.lit(share * total), pl.len().over("case"))
    return rows.with_columns(bits=odds.log(2.0).clip(0.0)).filter(pl.col("bits") > 0)
