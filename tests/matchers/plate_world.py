"""A small seeded world of plates, for the tests: registry, houses, and a log read through another channel.

The misreading process here is written apart from `matchers.plate_channel` (edits drawn one by one, other rates,
own confusion pairs), so that a test of the decoder is no test of the channel against itself.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
LOOKS_LIKE = {
    **dict(zip("0ODQ", ["ODQ", "0DQ", "0OQ", "0OD"], strict=True)),
    **dict(zip("1IL", ["IL", "1L", "1I"], strict=True)),
    **dict(zip("2Z5S6G", "Z2S5G6", strict=True)),
    **dict(zip("8B3VYMNHW", ["B3", "83", "8B", "Y", "V", "NHW", "MHW", "MNW", "MNH"], strict=True)),
}
CARS = (
    ("HONDA", "CIVIC"),
    ("TOYOTA", "CAMRY"),
    ("FORD", "F150"),
    ("SUBARU", "OUTBACK"),
    ("CHEVROLET", "MALIBU"),
    ("JEEP", "WRANGLER"),
    ("NISSAN", "ALTIMA"),
)
COLORS = ("SILVER", "GRAY", "WHITE", "BLACK", "BLUE", "RED", "GREEN", "TAN")


@dataclass(frozen=True, slots=True)
class Noise:
    """Chance of each misreading of a whole plate (not per character), and of missing or wrong other cells."""

    look_alike: float = 0.06
    other_character: float = 0.02
    dropped: float = 0.02
    added: float = 0.005
    swapped: float = 0.01
    unreadable: float = 0.04
    blank_state: float = 0.2
    wrong_state: float = 0.02
    blank_description: float = 0.3
    wrong_color: float = 0.1


def random_plates(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct plates of the Colorado formats AAA111 and AAAA11."""
    found: dict[str, None] = {}
    while len(found) < count:
        need = count - len(found)
        letters = rng.integers(0, 26, (need, 4))
        digits = rng.integers(0, 10, (need, 3))
        old = rng.random(need) < 0.5
        for row in range(need):
            text = [LETTERS[i] for i in letters[row]]
            tail = [DIGITS[i] for i in digits[row]]
            found["".join(text[:3] + tail) if old[row] else "".join(text + tail[:2])] = None
    return list(found)


def misread(plate: str, rng: np.random.Generator, noise: Noise) -> str:
    """One reading of a plate."""
    text = list(plate)
    if rng.random() < noise.look_alike:
        places = [i for i, char in enumerate(text) if char in LOOKS_LIKE]
        if places:
            at = places[int(rng.integers(len(places)))]
            options = LOOKS_LIKE[text[at]]
            text[at] = options[int(rng.integers(len(options)))]
    if rng.random() < noise.other_character:
        text[int(rng.integers(len(text)))] = (LETTERS + DIGITS)[int(rng.integers(36))]
    if rng.random() < noise.swapped:
        at = int(rng.integers(len(text) - 1))
        text[at], text[at + 1] = text[at + 1], text[at]
    if rng.random() < noise.dropped:
        del text[int(rng.integers(len(text)))]
    if rng.random() < noise.added:
        text.insert(int(rng.integers(len(text) + 1)), (LETTERS + DIGITS)[int(rng.integers(36))])
    if rng.random() < noise.unreadable:
        text[int(rng.integers(len(text)))] = "?"
    return "".join(text)


def log_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """A canonical `vehicle_log` frame from rows that name only what matters."""
    schema = {
        "row": pl.UInt32,
        "duplicate_of": pl.UInt32,
        "case_id": pl.String,
        "observed_date": pl.Date,
        "observed_time": pl.Time,
        **dict.fromkeys(("plate", "plate_state", "make", "model", "color", "position", "observer", "note"), pl.String),
    }
    day = dt.date(2007, 3, 1)
    filled = [
        dict.fromkeys(schema)
        | {"row": number, "case_id": "case-1", "observed_date": day + dt.timedelta(days=number)}
        | row
        for number, row in enumerate(rows, 1)
    ]
    return pl.DataFrame(filled, schema=schema)


def registry_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """A canonical `dmv_registrations` frame."""
    text = ("plate", "plate_state", "owner_name", "owner_address", "co_owner_name")
    schema = {
        "row": pl.UInt32,
        "duplicate_of": pl.UInt32,
        **dict.fromkeys(text, pl.String),
        "owner_dob": pl.Date,
        **dict.fromkeys(("vin", "make", "model"), pl.String),
        "year": pl.Int16,
        "color": pl.String,
        "registered_from": pl.Date,
        "registered_to": pl.Date,
    }
    filled = [dict.fromkeys(schema) | {"row": number, "plate_state": "CO"} | row for number, row in enumerate(rows, 1)]
    return pl.DataFrame(filled, schema=schema)


@dataclass(frozen=True, slots=True)
class World:
    """The two canonical frames; `truth`: case_id, log_row, true_plate, car (number), registered."""

    vehicle_log: pl.DataFrame
    dmv: pl.DataFrame
    truth: pl.DataFrame


def make_world(
    cases: int = 40,
    registered: int = 20_000,
    noise: Noise | None = None,
    looks: int = 25,
    seed: int = 1,
    registered_share: float = 0.7,
) -> World:
    """Houses with two to six cars, seen with chance 0.15 to 0.9 a look, and one-off visitors."""
    rng, noise = np.random.default_rng(seed), noise or Noise()
    plates = random_plates(rng, registered + cases * 40)
    listed, unlisted = plates[:registered], iter(plates[registered:])
    cars_of = rng.integers(0, len(CARS), registered)
    colors_of = rng.integers(0, len(COLORS), registered)
    dmv = registry_frame(
        [
            {
                "plate": plate,
                "owner_name": "A",
                "owner_address": "B",
                "make": CARS[cars_of[i]][0],
                "model": CARS[cars_of[i]][1],
                "color": COLORS[colors_of[i]],
            }
            for i, plate in enumerate(listed)
        ]
    )

    def draw() -> tuple[str, str, str, str, bool]:
        if rng.random() < registered_share:
            i = int(rng.integers(registered))
            return listed[i], *CARS[cars_of[i]], COLORS[colors_of[i]], True
        car = CARS[int(rng.integers(len(CARS)))]
        return next(unlisted), *car, COLORS[int(rng.integers(len(COLORS)))], False

    rows: list[dict[str, object]] = []
    truth: list[dict[str, object]] = []
    number = 0
    for case in range(cases):
        cars = [(draw(), rng.uniform(0.15, 0.9), number + i) for i in range(int(rng.integers(2, 7)))]
        number += len(cars)
        for look in range(looks):
            here = [(car, n) for car, chance, n in cars if rng.random() < chance]
            if rng.random() < 0.15:
                here.append((draw(), number))
                number += 1
            when = {
                "case_id": f"case-{case}",
                "observed_date": dt.date(2007, 1, 1) + dt.timedelta(days=look),
                "observed_time": dt.time(2, 15),
                "observer": "R1",
            }
            if not here:
                rows.append(when)
                truth.append({"true_plate": None, "car": None, "registered": None})
            for (plate, make, model, color, known), n in here:
                blank = rng.random() < noise.blank_description
                if rng.random() < noise.wrong_color:
                    color = COLORS[int(rng.integers(len(COLORS)))]
                state = None if rng.random() < noise.blank_state else "CO"
                if state and rng.random() < noise.wrong_state:
                    state = "WY"
                rows.append(
                    when
                    | {
                        "plate": misread(plate, rng, noise),
                        "plate_state": state,
                        "make": None if blank else make,
                        "model": None if blank or rng.random() < 0.3 else model,
                        "color": None if blank else color,
                    }
                )
                truth.append({"true_plate": plate, "car": n, "registered": known})
    log = log_frame(rows)
    facts = pl.DataFrame(truth, schema={"true_plate": pl.String, "car": pl.Int64, "registered": pl.Boolean})
    return World(log, dmv, pl.concat([log.select("case_id", log_row="row"), facts], how="horizontal"))
