"""The audit: a sample with known chances that holds the weak links, and estimates whose intervals hold the truth."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.auditing.audit import audit
from evidence.auditing.estimate import Judged, estimates
from evidence.auditing.sample import STRATA, draw
from evidence.judging.judge import record
from evidence.linkage import Linked, link
from evidence.progress import NullProgress
from loaders.city import City, load
from tests.evidence.test_cli import run as command

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def linked(tiny_city: City) -> Linked:
    return link(tiny_city, NullProgress())


def test_every_stratum_is_looked_at_and_the_weak_ones_hardest(linked: Linked) -> None:
    sample = draw(linked.links, 70, seed=1)
    assert set(sample.strata["stratum"]) <= set(STRATA)
    assert (sample.strata["drawn"] > 0).all()
    assert sample.rows.height == sample.strata["drawn"].sum() == 70
    chance = dict(sample.rows.select(pl.col("stratum").cast(pl.String), "inclusion_probability").iter_rows())
    assert chance["linked: near threshold"] > chance["linked: sure"]


def test_a_larger_sample_holds_the_smaller_one(linked: Linked) -> None:
    small, large = (
        set(draw(linked.links, size, seed=1).rows.select("left_name", "right_name").rows()) for size in (40, 160)
    )
    assert small < large
    other = set(draw(linked.links, 40, seed=2).rows.select("left_name", "right_name").rows())
    assert other != small


def test_the_weights_of_the_sample_add_up_to_the_population(linked: Linked) -> None:
    sample = draw(linked.links, 100, seed=3)
    total = (1.0 / sample.rows["inclusion_probability"]).sum()
    assert total == pytest.approx(sample.strata["pairs"].sum())


def test_a_census_is_exact() -> None:
    strata = [Judged("linked: sure", 40, 40, 40, 39), Judged("apart: likely", 10, 10, 10, 1)]
    precision, recall = estimates(strata)
    assert precision.value == precision.low == precision.high == 39 / 40
    assert recall.value == recall.low == recall.high == 39 / 40


def test_without_judgements_there_is_no_estimate_and_hardly_a_bound() -> None:
    precision, recall = estimates([Judged("linked: sure", 500, 20, 0, 0), Judged("apart: unlikely", 500, 20, 0, 0)])
    assert precision.value is recall.value is None
    assert precision.low < 0.05 < 0.95 < precision.high


def test_a_weak_stratum_does_not_outweigh_the_many_sure_links() -> None:
    precision, _ = estimates([Judged("linked: sure", 9000, 50, 50, 50), Judged("linked: bridge", 100, 50, 50, 25)])
    assert precision.value == pytest.approx((9000 + 50) / 9100)


@given(st.integers(0, 30))
def test_one_more_confirmed_link_never_lowers_precision(confirmed: int) -> None:
    one, more = (
        estimates([Judged("linked: sure", 300, 31, 31, n), Judged("linked: bridge", 9, 9, 9, 5)])[0]
        for n in (confirmed, confirmed + 1)
    )
    assert one.value is not None
    assert more.value is not None
    assert one.value < more.value


def test_the_intervals_hold_the_truth_about_nine_times_in_ten() -> None:
    """Strata of known truth, sampled over and over: binomial error of 300 trials at 90 % is 1.7 points."""
    random = np.random.default_rng(7)
    shares = {"linked: sure": (4000, 0.995), "linked: near threshold": (300, 0.8), "apart: possible": (900, 0.1)}
    true = {name: round(pairs * share) for name, (pairs, share) in shares.items()}
    right = true["linked: sure"] + true["linked: near threshold"]
    precision, recall = right / 4300, right / sum(true.values())
    held = np.zeros(2)
    for _ in range(300):
        strata = [
            Judged(name, pairs, 40, 40, int(random.hypergeometric(true[name], pairs - true[name], 40)))
            for name, (pairs, _) in shares.items()
        ]
        for place, (found, truth) in enumerate(zip(estimates(strata), (precision, recall), strict=True)):
            held[place] += found.low <= truth <= found.high
    assert (held / 300 >= 0.86).all()


def test_judgements_of_the_sample_count_and_do_not_change_what_is_audited(tiny_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "city"))
    before = audit(load(folder), 30, 1, NullProgress())
    row = before.rows.filter(pl.col("stratum") == "linked: sure").row(0, named=True)
    record(load(folder), (row["left_name"], row["right_name"]), "reject", "Ann", "two hands", at=NOON)
    after = audit(load(folder), 30, 1, NullProgress())
    assert after.rows.drop("judged").equals(before.rows.drop("judged"))
    assert [one.judged for one in after.strata if one.stratum == "linked: sure"] == [1]
    assert sum(one.judged for one in after.strata) == 1
    done = command("audit", "sample", folder, "--out", tmp_path / "audit", "--size", 30, "--quiet")
    assert done.returncode == 0
    written = json.loads((tmp_path / "audit" / "audit.json").read_text("utf-8"))
    assert written["precision"]["low"] == after.precision.low
    listed = pl.read_csv(tmp_path / "audit" / "sample.csv")
    assert listed["judged"].drop_nulls().to_list() == ["two persons"]
    assert command("audit", "sample", folder, "--out", tmp_path / "audit", "--size", 30, "--quiet").returncode == 0
