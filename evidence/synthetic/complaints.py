"""Which dwellings are complained of, when, and the truth of each case."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from evidence.synthetic.chance import Bools, Generator, Ints, choose
from evidence.synthetic.counts import headcount, window_nights
from evidence.synthetic.guests import first_night, sleep
from evidence.synthetic.world import World

ADULT = int(18 * 365.25)


@dataclass(frozen=True, slots=True)
class Cases:
    """The complaints and their truth.

    `cases`: case_id, dwelling, opened (day), status, occupants, over_limit, lawful_reason, guest_days_max.
    `people`: one row per case and person: kind, on_lease, from, to, worst (nights), passes; row `i` has its nights
    in row `i` of `slept` (columns from `first_night`).
    """

    cases: pl.DataFrame
    people: pl.DataFrame
    slept: Bools


def build_cases(world: World) -> Cases:
    """Draw an opening day for every dwelling, find the truth of that window, and choose by apparent crowding."""
    rng = world.stream("cases")
    opened = _opened(rng, world)
    spans = _spans(world, opened)
    truth = headcount(spans.rename({"dwelling": "key"})).rename({"key": "dwelling"})
    truth = _exempted(world, truth)
    chosen = _choose(rng, world, truth)
    chosen = chosen.with_columns(pl.Series("opened", opened[chosen["dwelling"].to_numpy()])).sort("opened", "dwelling")
    chosen = _numbered(rng, chosen)
    people, slept = _people(rng, world, chosen)
    unlisted = people.filter(~pl.col("on_lease")).group_by("case_id").agg(pl.col("worst").max().alias("guest_days_max"))
    cases = chosen.join(unlisted, on="case_id", how="left", maintain_order="left").with_columns(
        pl.col("guest_days_max").fill_null(0)
    )
    return Cases(cases, people, slept)


def _exempted(world: World, truth: pl.DataFrame) -> pl.DataFrame:
    """An exempt dwelling is never over the limit; its `lawful_reason` is the exemption."""
    exempt = world.places.select(pl.col("dwelling").cast(pl.Int64), "exempt")
    return truth.join(exempt, on="dwelling", how="left", maintain_order="left").with_columns(
        (pl.col("over_limit") & (pl.col("exempt") == "")).alias("over_limit"),
        pl.when(pl.col("exempt") != "").then("exempt").otherwise("lawful_reason").alias("lawful_reason"),
    )


def _opened(rng: Generator, world: World) -> Ints:
    """Opening days over the year before the export; September is the peak (leases turn about 1 August)."""
    size = world.places.height
    latest, span = world.extract - 12, world.settings.cases_span_days
    tries = latest - rng.integers(0, span, (3, size))
    month = tries.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 + 1
    busy = np.isin(month, [9, 10]) | (rng.random((3, size)) < 0.45)
    return np.asarray(np.where(busy[0], tries[0], np.where(busy[1], tries[1], tries[2])))


def _spans(world: World, opened: Ints) -> pl.DataFrame:
    """Residents, and guests who pass the test, as spans in the window of their dwelling."""
    kin = kin_of(world)
    residents = world.stays.select(
        "dwelling", "person", pl.col("start").alias("from"), pl.col("end").alias("to"), "guardian"
    )
    guests = world.guests
    figures = window_nights(world.slept, first_night(world.settings), opened[guests["dwelling"].to_numpy()])
    passing = (
        guests.select("dwelling", "person")
        .hstack(figures)
        .filter(pl.col("passes"))
        .select(
            "dwelling", "person", pl.col("span_from").alias("from"), pl.col("span_to").alias("to"),
            pl.lit(-1, pl.Int64).alias("guardian"),
        )
    )  # fmt: skip
    both = pl.concat([residents, passing])
    where, who = both["dwelling"].to_numpy(), both["person"].to_numpy()
    dob = world.persons["dob"].to_numpy()[who]
    return both.with_columns(
        pl.Series("kin", kin[who]),
        pl.Series("opens", opened[where] - 60),
        pl.Series("closes", opened[where] + 30),
        pl.Series("adult", dob <= opened[where] - ADULT),
    )


def kin_of(world: World) -> Ints:
    """Kin group of every person, from the latest stay; who is kin to nobody is a group alone."""
    kin = np.arange(world.persons.height)
    stays = world.stays.sort("start", "person")
    kin[stays["person"].to_numpy()] = stays["kin"].to_numpy()
    return kin


def _choose(rng: Generator, world: World, truth: pl.DataFrame) -> pl.DataFrame:
    """About half violations; in both halves the crowded, rented and student dwellings draw more complaints."""
    facts = world.places.select(pl.col("dwelling").cast(pl.Int64), "kind", "rented", "near")
    pool = truth.join(facts, on="dwelling").sort("dwelling")
    n = pool["occupants"].to_numpy()
    weight = np.exp(0.55 * np.minimum(n, 7)) * np.where(pool["rented"].to_numpy(), 5.0, 1.0)
    weight = (
        weight * np.exp(1.5 * pool["near"].to_numpy()) * np.where(pool["kind"].to_numpy() == "apartment", 0.35, 1.0)
    )
    over = pool["over_limit"].to_numpy()
    weight = np.where(over, 1.0, weight)  # every violation is equally likely to be noticed: most are one over
    wanted = world.scale.cases
    violations = min(int(rng.binomial(wanted, world.settings.violation_share)), int(over.sum()))
    picks = []
    for mask, count in ((over, violations), (~over, wanted - violations)):
        index = np.flatnonzero(mask)
        p = weight[index] / weight[index].sum()
        picks.append(rng.choice(index, size=count, replace=False, p=p))
    return pool[np.sort(np.concatenate(picks))]


def _numbered(rng: Generator, chosen: pl.DataFrame) -> pl.DataFrame:
    size = chosen.height
    status = choose(rng, size, {"open": 0.80, "": 0.04, "reopened": 0.04, "pending": 0.05, "closed": 0.07})
    year = chosen["opened"].to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    ids = [f"OC-{y}-{i + 1:04d}" for i, y in enumerate(year)]
    return chosen.with_columns(pl.Series("case_id", ids), pl.Series("status", status, dtype=pl.String))


def _people(rng: Generator, world: World, chosen: pl.DataFrame) -> tuple[pl.DataFrame, Bools]:
    """Everybody who lived or slept at a case's dwelling in its window, with their nights."""
    keys = chosen.select("case_id", "dwelling", "opened")
    home = (
        world.stays.join(keys, on="dwelling")
        .filter((pl.col("start") <= pl.col("opened") + 30) & (pl.col("end") > pl.col("opened") - 60))
        .sort("case_id", "person")
    )
    away = home["student"].to_numpy() & (home["kind"].to_numpy() == "student")
    nights_week = np.where(away, rng.uniform(5.9, 6.9, home.height), rng.uniform(6.4, 7.0, home.height))
    slept_home = sleep(rng, home["start"].to_numpy(), home["end"].to_numpy(), nights_week, world.settings, away)
    visiting = world.guests.with_row_index("guest").join(keys, on="dwelling").sort("case_id", "person", "guest")
    slept_guest = world.slept[visiting["guest"].to_numpy()]
    columns = ["case_id", "dwelling", "opened", "person", "kind", "on_lease", "from", "to", "host"]
    people = pl.concat(
        [
            home.with_columns(
                pl.lit("resident").alias("kind"), pl.lit(-1, pl.Int64).alias("host"),
                pl.col("start").alias("from"), pl.col("end").alias("to"),
            ).select(columns),
            visiting.with_columns(
                pl.lit("guest").alias("kind"), pl.lit(False).alias("on_lease"),
                pl.col("start").alias("from"), pl.col("end").alias("to"),
            ).select(columns),
        ]
    )  # fmt: skip
    slept = np.concatenate([slept_home, slept_guest])
    figures = window_nights(slept, first_night(world.settings), people["opened"].to_numpy())
    people = people.hstack(figures)
    keep = ((people["kind"] == "resident") | (people["worst"] > 0)).to_numpy()
    return people.filter(pl.Series(keep)), slept[keep]
