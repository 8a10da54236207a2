"""A mention joined to a linked city: persons come out as if it had been there from the start, and nobody else moves.

The law, on made-up towns: mentions taken out and joined again leave every person, probability, pair and possible merge
as the whole linkage made them, to the last bit, under whatever numbers the mentions come back.
"""

from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from evidence.keeping import MadeParts
from matchers.joining import Joined, Kept, join_mentions
from matchers.links import PersonLinks
from matchers.name_order import NameOrder
from matchers.person_index import PersonIndex
from matchers.persons import link_persons
from tests.matchers.mention_towns import Faults, town

ADDED = ("profile", "p_member", "person_id")
SEEDS = (3, 4, 5)
FAULTS = Faults(typo=0.08, swap=0.04, initial=0.1, dob_missing=0.5)


@cache
def linked(seed: int) -> tuple[PersonLinks, Kept]:
    mentions = town(60, seed=seed, faults=FAULTS).drop("truth")
    links = link_persons(mentions)
    order = NameOrder("given_first", 1.0)
    index = PersonIndex.of(links, dict.fromkeys(sorted(set(mentions["source"])), order))
    return links, Kept(MadeParts(links), MadeParts(index), index, links.weights, links.judged)


def as_written(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop(ADDED)


def joined(kept: Kept, gone: pl.DataFrame, new: pl.DataFrame) -> Joined:
    found = join_mentions(kept, gone.select("mention_id", "kind", "person_id"), new)
    assert found is not None
    return found


def patched(links: PersonLinks, found: Joined) -> pl.DataFrame:
    left = links.mentions.filter(~pl.col("mention_id").is_in(found.replaced.implode()))
    return pl.concat([left, found.mentions.select(left.columns)]).sort("mention_id")


def partition(mentions: pl.DataFrame) -> list[list[int]]:
    return sorted(mentions.group_by("person_id").agg(pl.col("mention_id").sort())["mention_id"].to_list())


@given(seed=st.sampled_from(SEEDS), draw=st.data())
@settings(max_examples=40, deadline=None)
def test_mentions_taken_out_and_joined_again_change_nothing(seed: int, draw: st.DataObject) -> None:
    links, kept = linked(seed)
    ids = draw.draw(st.lists(st.integers(0, links.mentions.height - 1), min_size=1, max_size=12, unique=True))
    rows = links.mentions[sorted(ids)]
    found = joined(kept, rows, as_written(rows))
    after = patched(links, found)
    assert partition(after) == partition(links.mentions)
    assert_frame_equal(
        after.select("mention_id", "p_member"), links.mentions.select("mention_id", "p_member"), check_exact=True
    )
    settled = pl.any_horizontal(pl.col("left", "right").is_in(found.settled.implode()))
    assert_frame_equal(
        found.pairs.sort("left", "right"), links.pairs.filter(settled).sort("left", "right"), check_exact=True
    )
    merged = pl.any_horizontal(pl.col("person_id", "other_person_id").is_in(found.persons.implode()))
    assert sorted(found.possible_merges["p"]) == sorted(links.possible_merges.filter(merged)["p"])


@given(seed=st.sampled_from(SEEDS), draw=st.data())
@settings(max_examples=20, deadline=None)
def test_under_other_numbers_too_and_every_person_who_still_has_a_mention_keeps_their_name(
    seed: int, draw: st.DataObject
) -> None:
    links, kept = linked(seed)
    ids = draw.draw(st.lists(st.integers(0, links.mentions.height - 1), min_size=1, max_size=6, unique=True))
    rows = links.mentions[sorted(ids)]
    number = dict(zip(rows["mention_id"], range(10_000, 10_000 + len(rows)), strict=True))
    new = as_written(rows).with_columns(pl.col("mention_id").replace_strict(number, return_dtype=pl.UInt32))
    after = patched(links, joined(kept, rows, new))
    renumbered = links.mentions.with_columns(pl.col("mention_id").replace(number))
    assert partition(after) == partition(renumbered)
    staying = links.mentions.join(rows, on="mention_id", how="anti")
    both = staying.join(after.select("mention_id", now="person_id"), on="mention_id")
    assert both["person_id"].to_list() == both["now"].to_list()


def one_more(links: PersonLinks, row: pl.DataFrame, **changes: object) -> pl.DataFrame:
    number = pl.lit(links.mentions.height + 100, pl.UInt32)
    changed = [pl.lit(value).cast(row.schema[name]).alias(name) for name, value in changes.items()]
    return as_written(row).with_columns(mention_id=number, row=pl.lit(9_999, pl.UInt32)).with_columns(changed)


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_whom_nobody_named_is_a_new_person_with_the_next_number(seed: int) -> None:
    links, kept = linked(seed)
    home = links.mentions.filter(pl.col("dwelling_id").is_not_null())[:1]
    new = one_more(
        links, home, given="ZEBULON", middle=None, family="FARNSWORTHY", dob=None, record_key=None, group_key=None
    )
    found = joined(kept, home[:0], new)
    mine = found.mentions.filter(pl.col("mention_id") == new["mention_id"][0])
    assert mine["person_id"].item() == f"P{kept.facts.persons + 1:06}"
    assert partition(
        patched(links, found).filter(pl.col("mention_id") < 10_000 - 1).head(links.mentions.height)
    ) == partition(links.mentions)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_paper_of_somebody_is_theirs(seed: int) -> None:
    links, kept = linked(seed)
    dated = links.mentions.filter(
        pl.col("dob").is_not_null() & (pl.col("source") == "dmv_registrations") & pl.col("dwelling_id").is_not_null()
    )[:1]
    new = one_more(links, dated, source="utility_billing", dob=None, group_key=None)
    found = joined(kept, dated[:0], new)
    mine = found.mentions.filter(pl.col("mention_id") == new["mention_id"][0])
    assert mine["person_id"].item() == dated["person_id"].item()


def test_a_company_is_known_by_its_spelling() -> None:
    links, kept = linked(SEEDS[0])
    template = links.mentions[:1]
    name: dict[str, object] = dict.fromkeys(("given", "middle", "family", "suffix", "dob", "record_key", "group_key"))
    new = one_more(links, template, kind="company", raw_name="Old Town Lettings LLC", **name)
    first = joined(kept, template[:0], new).mentions["person_id"].item()
    assert first == f"B{kept.facts.bodies + 1:06}"


def test_a_source_that_the_weights_do_not_know_is_left_to_the_whole_linkage() -> None:
    links, kept = linked(SEEDS[0])
    new = one_more(links, links.mentions[:1], source="hotel_register")
    assert join_mentions(kept, links.mentions[:0].select("mention_id", "kind", "person_id"), new) is None
