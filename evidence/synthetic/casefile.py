"""The cases file: what the complaint said, and who is to answer it."""

import numpy as np
import polars as pl

from evidence.synthetic.chance import Generator, Ints, Texts, choose, hit, words
from evidence.synthetic.complaints import Cases
from evidence.synthetic.sources import Source, addresses, blank, days
from evidence.synthetic.spelling import in_orders, parts_written
from evidence.synthetic.world import World

_KINDS = {"signed": 0.45, "anonymous": 0.25, "phone": 0.20, "inspector": 0.10}


def case_file(world: World, cases: Cases, disclosed: pl.Series) -> Source:
    """One row per case; `disclosed` holds the case_ids that have a disclosure on file."""
    rng, s = world.stream("case file"), world.settings
    rows = cases.cases
    size = rows.height
    opened = rows["opened"].to_numpy()
    kind = choose(rng, size, _KINDS)
    willing = np.where(kind == "anonymous", "no", np.where(hit(rng, size, 0.6), "yes", "no")).astype(object)
    dwelling = rows["dwelling"].to_numpy()
    owner = world.owners[dwelling]
    names = in_orders(rng, parts_written(rng, world.persons, owner, s, own_hand=True), {"given family": 1.0}, title=1.0)
    told = rows["case_id"].is_in(disclosed.implode()).to_numpy()
    asked = told | hit(rng, size, 0.5)
    notice = opened + rng.integers(2, 25, size)
    frame = rows.select("case_id").with_columns(
        pl.Series(
            "subject_address",
            addresses(rng, world, dwelling, dwelling, care=0.6, title=True, tail=0.5),
            dtype=pl.String,
        ),
        days(opened).alias("opened_on"),
        blank(rows["status"].to_numpy(), np.ones(size, bool)).alias("status"),
        pl.Series("complaint_type", kind, dtype=pl.String),
        blank(willing, hit(rng, size, 0.85)).alias("witness_willing"),
        blank(names, hit(rng, size, 0.5)).alias("owner_manager_name"),
        days(notice, asked).alias("notice_sent_on"),
        days(notice + rng.integers(3, 20, size), told).alias("disclosure_received_on"),
        pl.Series("rule_pack", [None] * size, dtype=pl.String),
        blank(_observations(rng, rows["occupants"].to_numpy()), hit(rng, size, 0.7)).alias("observations"),
        pl.Series("_dwelling", dwelling),
        pl.Series("_owner_manager_name_0", owner),
    )
    return Source("cases", frame, ("case_id",))


def _observations(rng: Generator, occupants: Ints) -> Texts:
    """Free text; some of it claims a number, which is a neighbour's guess."""
    texts = (
        "at least {n} college kids living here", "Neighbor says {n} people, cars all over the lawn",
        "{n} different cars every night", "too many cars", "Loud parties, trash; maybe {n} tenants",
        "Complainant counted {n} people coming and going.\nLights on in the basement at night.",
        "couch on porch, bikes, many visitors", "Owner's son and friends live there", "rental, {n} unrelated",
        'Sign in window: "room for rent"',
    )  # fmt: skip
    guess = np.maximum(1, occupants + rng.integers(-1, 3, len(occupants)))
    return words([texts[int(rng.integers(0, len(texts)))].format(n=n) for n in guess])
