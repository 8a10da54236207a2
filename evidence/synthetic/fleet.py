"""Vehicles: who drives them, in whose name they stand, and under which plate."""

import numpy as np
import polars as pl

from evidence.synthetic import pools
from evidence.synthetic.chance import Generator, Ints, Texts, choose, draw, hit, texts
from evidence.synthetic.households import day
from evidence.synthetic.settings import WorldSettings

_LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_DIGITS = np.array(list("0123456789"))


def build_fleet(rng: Generator, drivers: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """One row per vehicle.

    `drivers`: `person`, `student`, `outside`, `state` (of the home), `parent_a`, `parent_b` (-1 none), `spouse`
    (-1 none), `parent_state`. Returns `vehicle`, `operator`, `owner` (person, -1 company), `co_owner` (-1 none),
    `company`, `registrant`, `state`, `plate`, `make`, `model`, `color`, `year`, `vin`, `since` (day registered).
    """
    size = drivers.height
    outside = drivers["outside"].to_numpy()
    student = drivers["student"].to_numpy()
    has = hit(rng, size, np.where(outside, 1.0, np.where(student, settings.student_car, settings.adult_car)))
    more = has & ~student & ~outside & hit(rng, size, settings.second_car)
    index = np.concatenate([np.flatnonzero(has), np.flatnonzero(more)])
    rows = drivers[index]
    count = rows.height
    parent_a, parent_b, spouse = (rows[c].to_numpy() for c in ("parent_a", "parent_b", "spouse"))
    by_parent = parent_a >= 0
    company = ~by_parent & ~rows["outside"].to_numpy() & hit(rng, count, settings.company_car)
    by_spouse = ~by_parent & ~company & (spouse >= 0) & hit(rng, count, 0.18)
    owner = np.where(by_parent, parent_a, np.where(company, -1, np.where(by_spouse, spouse, rows["person"].to_numpy())))
    partner = np.where(by_parent, parent_b, np.where(by_spouse, rows["person"].to_numpy(), spouse))
    co_owner = np.where(~company & hit(rng, count, settings.co_owner), partner, -1)
    state = np.where(by_parent, rows["parent_state"].to_numpy(), rows["state"].to_numpy()).astype(object)
    car = rng.integers(0, len(pools.CARS), count)
    extract = day(settings.extract_on)
    since = extract - rng.integers(5, 2200, count)
    plate = plates(rng, state, since, settings)
    registrant = np.where(by_parent, "parent", np.where(company, "company", np.where(by_spouse, "spouse", "self")))
    return pl.DataFrame(
        {
            "operator": rows["person"],
            "owner": owner,
            "co_owner": co_owner,
            "company": np.where(company, draw(rng, pools.COMPANIES, count), ""),
            "registrant": registrant,
            "state": state,
            "plate": plate,
            "make": [pools.CARS[c][0] for c in car],
            "model": [pools.CARS[c][1] for c in car],
            "color": choose(rng, count, pools.COLORS),
            "year": np.clip(settings.extract_on.year - rng.gamma(2.5, 3.4, count).astype(np.int64), 1978, None),
            "vin": _vins(rng, count),
            "since": since,
        },
        schema_overrides=dict.fromkeys(
            ("company", "registrant", "state", "plate", "make", "model", "color", "vin"), pl.String
        ),
    ).with_row_index("vehicle")


def plates(rng: Generator, state: Texts, since: Ints, settings: WorldSettings) -> Texts:
    """One plate per vehicle, unique inside its state, in a serial format that the state used at the time."""
    size = len(state)
    out = np.full(size, "", dtype=object)
    todo = np.arange(size)
    taken: np.ndarray = np.array([], dtype=object)
    for _ in range(30):
        out[todo] = _plates_once(rng, state[todo], since[todo], settings)
        keys = np.array([f"{s}{p}" for s, p in zip(state, out, strict=True)], dtype=object)
        _, first = np.unique(keys.astype(str), return_index=True)
        taken = np.zeros(size, dtype=bool)
        taken[first] = True
        todo = np.flatnonzero(~taken)
        if len(todo) == 0:
            return out
    raise RuntimeError("no free plates left: too many vehicles for one state's serial formats")


def _plates_once(rng: Generator, state: Texts, since: Ints, settings: WorldSettings) -> Texts:
    size = len(state)
    patterns = pools.plate_patterns()
    pattern = np.full(size, "###???", dtype=object)
    year = 1970 + since / 365.25
    home = choose(rng, size, {"###???": 0.62, "???###": 0.24, "???####": 0.14})
    pattern = np.where(state == "CO", np.where(year >= 2019, "????##", home), pattern)
    for code in sorted(set(state) - {"CO"}):
        here = np.flatnonzero(state == code)
        pattern[here] = draw(rng, texts(patterns.get(code, ("###???",))), len(here))
    out = np.full(size, "", dtype=object)
    for form in sorted(set(pattern)):
        here = np.flatnonzero(pattern == form)
        parts = [
            _LETTERS[rng.integers(0, 26, len(here))]
            if c == "?"
            else _DIGITS[rng.integers(0, 10, len(here))]
            if c == "#"
            else np.full(len(here), c)
            for c in form
        ]
        joined = parts[0]
        for part in parts[1:]:
            joined = np.char.add(joined, part)
        out[here] = joined
    vanity = np.flatnonzero(hit(rng, size, settings.vanity_plate))
    words = draw(rng, pools.VANITY_PLATES, len(vanity))
    tails = rng.integers(0, 400, len(vanity))
    out[vanity] = [f"{w[: 7 - len(str(t))]}{t or ''}" for w, t in zip(words, tails, strict=True)]
    return out


def _vins(rng: Generator, size: int) -> list[str]:
    alphabet = np.array(list("ABCDEFGHJKLMNPRSTUVWXYZ0123456789"))
    codes = alphabet[rng.integers(0, len(alphabet), (size, 17))]
    return list(codes.astype("U1").view("U17").ravel())
