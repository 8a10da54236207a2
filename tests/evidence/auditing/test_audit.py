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
from evidence.auditing.estimate import Judged, estimates, true_pairs
from evidence.auditing.sample import STRATA, allocated, draw
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
    assert recall.value == 39 / 40
    assert (recall.low, recall.high) == pytest.approx((39 / 40, 39 / 40), abs=1e-9)


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


@given(st.data())
def test_the_limits_of_a_stratum_hold_its_estimate_and_what_was_seen(data: st.DataObject) -> None:
    pairs = data.draw(st.integers(1, 3000))
    judged = data.draw(st.integers(1, min(pairs, 60)))
    confirmed = data.draw(st.integers(0, judged))
    low, high = true_pairs(pairs, judged, confirmed)
    assert confirmed <= low <= pairs * confirmed / judged <= high <= pairs - judged + confirmed
    # who asks for the wrong pairs instead of the right ones gets the same answer
    assert true_pairs(pairs, judged, judged - confirmed) == (pairs - high, pairs - low)


@pytest.mark.parametrize(
    ("stratum", "limits"),
    [  # limits of mid-P by hand: the chance of what was seen or less (more), half of what was seen, is 1 in 20
        ((100_000, 10, 0), (0, 20_567)),  # 0.5 (1 - p)^10 = 0.05
        ((100_000, 10, 10), (79_433, 100_000)),
        ((2, 1, 1), (1, 2)),
        ((5, 5, 3), (3, 3)),
    ],
)
def test_limits_of_a_stratum(stratum: tuple[int, int, int], limits: tuple[int, int]) -> None:
    assert true_pairs(*stratum) == pytest.approx(limits, abs=5)


def test_a_stratum_that_nobody_judged_may_hold_any_number_of_true_pairs() -> None:
    linked, apart = Judged("linked: sure", 900, 30, 30, 30), Judged("apart: unlikely", 900, 30, 0, 0)
    precision, recall = estimates([linked, apart])
    assert precision.value == 1.0
    assert recall.value is None
    assert recall.low <= 900 / (900 + 900)
    assert recall.high == 1.0


# Pairs and true pairs of the strata of two synthetic towns (base and misread regimes), and of a city whose few missed
# pairs lie scattered in its largest stratum: there a prior says more than the judgements.
TOWNS = {
    "base": [(126, 108), (5951, 4754), (53, 46), (20359, 20347), (539, 237), (2242, 259), (12528, 127)],
    "misread": [(197, 178), (6435, 5835), (0, 0), (18871, 18850), (496, 342), (7338, 516), (5736, 126)],
    "few missed": [(100, 70), (5000, 4900), (0, 0), (20000, 20000), (300, 30), (3000, 30), (30000, 30)],
}


@pytest.mark.parametrize("size", [50, 100, 400])
@pytest.mark.parametrize("town", TOWNS)
def test_the_intervals_hold_the_truth_nine_times_in_ten(town: str, size: int) -> None:
    """Sampled over and over: the binomial error of 300 trials at 90 % is 1.7 points."""
    random = np.random.default_rng(7)
    cells = [(name, pairs, true) for name, (pairs, true) in zip(STRATA, TOWNS[town], strict=True) if pairs]
    drawn = allocated([pairs for _, pairs, _ in cells], size)
    right = sum(true for name, _, true in cells if name.startswith("linked"))
    precision = right / sum(pairs for name, pairs, _ in cells if name.startswith("linked"))
    recall = right / sum(true for *_, true in cells)
    held = np.zeros(2)
    for _ in range(300):
        strata = [
            Judged(name, pairs, n, n, int(random.hypergeometric(true, pairs - true, n)))
            for (name, pairs, true), n in zip(cells, drawn, strict=True)
        ]
        for place, (found, truth) in enumerate(zip(estimates(strata), (precision, recall), strict=True)):
            assert found.value is not None
            assert found.low - 1e-9 <= found.value <= found.high + 1e-9
            held[place] += found.low <= truth <= found.high
    assert (held / 300 >= 0.87).all(), held / 300


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
