"""How many persons a group names: certain links give one number, doubtful links and addresses a distribution."""

import numpy as np
import polars as pl
import pytest

from matchers.counting import named_distribution
from matchers.persons import PersonLinks, count_named, link_persons
from tests.matchers.mention_towns import mention_frame, town

NAMES = [("XIOMARA", "ZABRISKIE"), ("KEVIN", "NGUYEN"), ("ROSA", "GARCIA")]


@pytest.fixture(scope="module")
def three() -> PersonLinks:
    """Three people of quite different names at one place, the first of them named twice."""
    rows: list[dict[str, object]] = [{"given": g, "family": f, "dwelling_id": "a"} for g, f in (NAMES[0], *NAMES)]
    return link_persons(mention_frame(rows))


def counted(links: PersonLinks, p_here: list[float | None] | None) -> tuple[int, int, int]:
    groups = pl.DataFrame({"group_id": "case", "mention_id": pl.Series(range(4), dtype=pl.UInt32)})
    if p_here is not None:
        groups = groups.with_columns(pl.Series("p_here", p_here, dtype=pl.Float64))
    return count_named(links, groups).row(0)[1:]


@pytest.mark.parametrize(
    ("p_here", "expected"),
    [
        pytest.param(None, (3, 3, 3), id="all here"),
        pytest.param([1.0, 1.0, 1.0, None], (3, 3, 3), id="not said: here"),
        pytest.param([1.0, 1.0, 1.0, 0.4], (2, 2, 3), id="likelier elsewhere"),
        pytest.param([1.0, 1.0, 1.0, 0.6], (3, 2, 3), id="likelier here"),
        pytest.param([1.0, 1.0, 1.0, 0.04], (2, 2, 2), id="hardly here"),
        pytest.param([0.1, 1.0, 1.0, 1.0], (3, 3, 3), id="the surest address of a person counts"),
        pytest.param([0.5, 0.5, 0.5, 0.5], (3, 1, 3), id="all in doubt: somebody is named"),
        pytest.param([0.1, 0.1, 0.1, 0.1], (0, 0, 1), id="nobody likely here"),
    ],
)
def test_an_uncertain_address_widens_the_count(
    three: PersonLinks, p_here: list[float | None] | None, expected: tuple[int, int, int]
) -> None:
    assert counted(three, p_here) == expected


def test_the_distribution_sums_to_one_and_has_the_interval() -> None:
    mentions = town(200, seed=6)
    links = link_persons(mentions)
    groups = mentions.drop_nulls("dwelling_id").select("mention_id", group_id="dwelling_id")
    groups = groups.with_columns(p_here=0.3 + 0.7 * (pl.col("mention_id") % 5).cast(pl.Float64) / 4)
    law = named_distribution(links, groups).sort("group_id", "persons")
    assert law.group_by("group_id").agg(pl.col("probability").sum())["probability"].to_numpy() == pytest.approx(
        1.0, abs=1e-4
    )
    both = law.join(count_named(links, groups), on="group_id")
    inside = both.filter(pl.col("persons").is_between("low", "high")).group_by("group_id")
    assert float(inside.agg(pl.col("probability").sum())["probability"].to_numpy().min()) >= 0.9 - 1e-4
    spread = both.filter(pl.col("high") > pl.col("low"))
    assert 0 < spread["group_id"].n_unique() < both["group_id"].n_unique()


def test_an_interval_of_whole_numbers_holds_more_than_it_must_and_the_chance_itself_is_even() -> None:
    """Nine intervals in ten must hold the true number; that more do is for want of half persons.

    The place of the truth in its distribution, drawn at random inside its own step (Dawid 1984; Czado et al. 2009),
    tells the two apart: too wide a distribution would bunch it in the middle.
    """
    mentions = town(1500, seed=12)
    links = link_persons(mentions)
    groups = mentions.filter(pl.col("dwelling_id").str.starts_with("d-")).select(
        "mention_id", "truth", group_id="dwelling_id"
    )
    true = groups.group_by("group_id").agg(pl.col("truth").n_unique().alias("true"))
    whole = count_named(links, groups).join(true, on="group_id")
    assert whole.select(pl.col("true").is_between("low", "high").mean()).item() >= 0.9
    law = named_distribution(links, groups).join(true, on="group_id")
    at = law.group_by("group_id").agg(
        pl.col("probability").filter(pl.col("persons") < pl.col("true")).sum().alias("below"),
        pl.col("probability").filter(pl.col("persons") == pl.col("true")).sum().alias("step"),
    )
    at = at.sort("group_id")
    place = at["below"].to_numpy() + np.random.default_rng(3).random(len(at)) * at["step"].to_numpy()
    assert float(((place >= 0.05) & (place <= 0.95)).mean()) == pytest.approx(0.9, abs=0.04)
