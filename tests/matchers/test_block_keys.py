"""Hashed block keys: which kept profiles a rule puts beside new ones."""

import polars as pl
import pytest

from matchers.block_keys import BlockKeys, beside
from matchers.coded import Comparable
from matchers.profiles import coded_profiles
from matchers.settings import DEFAULT
from tests.matchers.mention_towns import Faults, town

FAULTS = Faults(typo=0.08, swap=0.04, initial=0.1, dob_missing=0.5)


def keys_of(mentions: pl.DataFrame) -> BlockKeys:
    profiles = coded_profiles(mentions.lazy(), DEFAULT)
    return BlockKeys.of(Comparable.of(profiles.table, profiles.coded))


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("some", [1, 4, 30])
def test_profiles_beside_new_ones_are_all_that_share_a_block(seed: int, some: int) -> None:
    mentions = town(60, seed=seed, faults=FAULTS).drop("truth")
    new, kept = keys_of(mentions.head(some)), keys_of(mentions.tail(-some))
    near: set[int] = set()
    for (rule, key, _), (_, kept_key, profile) in zip(new.by_rule(DEFAULT), kept.by_rule(DEFAULT), strict=True):
        for one in set(key.tolist()):
            block = profile[kept_key == one].tolist()
            if len(block) + key.tolist().count(one) <= rule.largest:
                near |= set(block)
    found, _ = beside(new, kept, DEFAULT)
    assert near
    assert set(found.to_list()) == near


def test_a_missing_value_puts_nobody_beside_anybody() -> None:
    mentions = town(20, seed=3, faults=FAULTS).drop("truth")
    nobody = mentions.with_columns(
        pl.lit(None).cast(mentions.schema[name]).alias(name)
        for name in (
            "given",
            "family",
            "middle",
            "dob",
            "dwelling_id",
            "building_key",
            "address_key",
            "zip",
            "record_key",
        )
    )
    found, too_large = beside(keys_of(nobody), keys_of(mentions), DEFAULT)
    assert found.is_empty()
    assert too_large.is_empty()
