"""`cases`: one row per investigation; a case number says one thing only."""

import polars as pl

from loaders.schema import Cases
from loaders.sources.base import Ruled, Source, phrases, spellings


def _one_row_per_case(frame: pl.DataFrame) -> Ruled:
    """A later row that contradicts the first row of its case is rejected; an exact repeat is not.

    A blank status is an open case.
    """
    frame = frame.with_columns(status=pl.col("status").fill_null("open"))
    content = [column for column in frame.columns if column not in ("row", "duplicate_of")]
    first = frame.group_by("case_id").agg(pl.col("row").min().alias("first_row"))
    later = frame.join(first, on="case_id").filter(pl.col("row") != pl.col("first_row"))
    firsts = frame.join(first, left_on=["case_id", "row"], right_on=["case_id", "first_row"], how="semi")
    conflicting = later.join(firsts, on=content, how="anti", nulls_equal=True)
    faults = conflicting.select(
        "row",
        column=pl.lit("case_id"),
        value="case_id",
        reason=pl.format("the case number is already used, with other particulars, in row {}", "first_row"),
    )
    return Ruled(frame, faults=faults)


SOURCE = Source(
    name="cases",
    schema=Cases,
    aliases=phrases(
        case_id=(
            "case | case number | case no | case num | case # | case nbr | complaint number | complaint id | "
            "complaint no | file number | file no | record number | record id | caseid | investigation number"
        ),
        subject_address=(
            "address | property address | site address | location | subject property | case address | "
            "complaint address | violation address | street address | dwelling address | premises | "
            "premises address | situs address | situs"
        ),
        opened_on=(
            "opened | date opened | open date | opened date | case opened | case date | complaint date | "
            "date of complaint | received | date received | received on | start date | intake date | filed on | "
            "date filed"
        ),
        status="case status | disposition | state of case",
        complaint_type=(
            "type of complaint | complaint source | source of complaint | intake | how received | complainant type"
        ),
        witness_willing=(
            "willing witness | witness | will testify | willing to testify | complainant will testify | witness y/n"
        ),
        owner_manager_name=(
            "owner manager | owner | owner name | manager | manager name | property owner | property manager | "
            "owner or manager | landlord | responsible party"
        ),
        notice_sent_on=(
            "notice sent | notice date | date notice sent | disclosure requested | notice mailed | notice on"
        ),
        disclosure_received_on=(
            "disclosure received | disclosure date | date disclosure received | statement received | "
            "disclosure returned"
        ),
        rule_pack="rules | ordinance | rule set",
        observations=("inspector notes | notes | remarks | comments | observation | field notes | inspector comments"),
    ),
    synonyms={
        "status": spellings(
            open=("open | opened | active | new | in progress | under investigation | o | investigating | assigned"),
            pending="pending | p | on hold | hold | awaiting | waiting",
            closed="closed | c | resolved | complete | completed | done | no violation | dismissed",
            reopened="reopened | re opened | reopen | re open | r",
        ),
        "complaint_type": spellings(
            signed="signed | written | named | signed complaint | letter",
            anonymous="anonymous | anon | unsigned",
            phone="phone | telephone | call | phone call | hotline",
            inspector="inspector | officer | staff | city | field | self initiated | proactive",
        ),
    },
    after=_one_row_per_case,
)
