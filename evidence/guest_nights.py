"""How many nights a vehicle stayed in the worst 12 months: an estimate, apart from the proved floor.

Nights on which nobody looked are missing, not zero. A night on which somebody looked is a trial (MacKenzie et al. 2002:
effort, not presence only), and looking is not seeing: cars are overlooked, come after the evening look and leave before
the morning look. How often is learned from nights seen more than once. When the stay began and ended, and how many
nights a week it is, is not known but has a posterior (`evidence.stays`); the nights of the best 12 months are what was
proved, and a binomial number of the nights nobody settled. The floor never enters as more than it is.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from evidence.headcount import Array
from evidence.stays import DAYS, PERIODS, Detection, StayPriors, Trials, nights_distribution

METHOD = (
    "posterior over the beginning, end and nightly rate of the stay given every look, seen and not seen; "
    "nights nobody watched are missing, not zero"
)
LOOKED, SAW = 1, 2


@dataclass(frozen=True, slots=True)
class GuestNightSettings:
    """Priors of the estimate. `detection` is learned where nights were seen more than once."""

    guest_limit_nights: int = 30
    priors: StayPriors = field(default_factory=StayPriors)
    detection: Detection = field(default_factory=Detection)
    detection_strength: float = 20.0  # pseudo-nights behind each detection rate: a case's worth of looks
    sure_reading: float = 0.95  # only such readings teach detection


@dataclass(frozen=True, slots=True)
class LeaseTurn:
    """Day of the year on which leases turn; about 1 August in Fort Collins (domain.md 4.5), learned from the city."""

    month: int = 8
    day: int = 1


def watch_record(
    seen: pl.DataFrame, proved: pl.DataFrame, watched: pl.DataFrame, windows: pl.DataFrame
) -> pl.DataFrame:
    """One row a vehicle-night on which somebody looked, in the year before the window or in it.

    seen, proved, watched: `nights.Nights`; windows: case_id, window_from, window_to. Returns case_id, vehicle_id,
    night, day, evening, deep, morning (0 nobody looked, 1 looked and did not see it, 2 saw it), p_reading (null: not
    seen), proved; sorted by the first three.
    """
    span = windows.select("case_id", "window_to", reach=pl.col("window_from").dt.offset_by("-12mo"))
    looked = watched.join(span, on="case_id").filter(pl.col("night").is_between("reach", "window_to"))
    keys = ["case_id", "vehicle_id", "night"]
    found = seen.select(*keys, "p_reading", *(pl.col(p).alias(f"saw_{p}") for p in PERIODS))
    return (
        seen.select("case_id", "vehicle_id")
        .unique()
        .join(looked.select("case_id", "night", *PERIODS), on="case_id")
        .join(found, on=keys, how="left")
        .join(proved.select(*keys, proved=pl.lit(True)), on=keys, how="left")
        .select(
            *keys,
            *(
                pl.when(pl.col(f"saw_{p}").fill_null(False)).then(SAW).otherwise(pl.col(p).cast(pl.Int8)).alias(p)
                for p in PERIODS
            ),
            "p_reading",
            pl.col("proved").fill_null(False),
        )
        .cast(dict.fromkeys(PERIODS, pl.Int8))
        .sort(keys)
    )


def learn_detection(record: pl.DataFrame, settings: GuestNightSettings) -> Detection:
    """How often a look sees a car that is there, by part of the night, from nights that another look proved.

    A car seen deep in the night was there that evening and morning (it may have come late or left early: that is part
    of the rate); one seen in the evening and the morning was there between. record: `watch_record`.
    """
    sure = record.filter(pl.col("p_reading") >= settings.sure_reading)
    deep, around = pl.col("deep") == SAW, (pl.col("evening") == SAW) & (pl.col("morning") == SAW)
    rates = {}
    for period, there in (("day", deep | around), ("evening", deep), ("deep", around), ("morning", deep)):
        tried = sure.filter(there & (pl.col(period) > 0))[period]
        prior, strength = getattr(settings.detection, period), settings.detection_strength
        rates[period] = prior + float((tried == SAW).sum() - len(tried) * prior) / (len(tried) + strength)
    return Detection(**rates)


def estimate_nights(
    record: pl.DataFrame,
    floors: pl.DataFrame,
    windows: pl.DataFrame,
    turn: LeaseTurn,
    settings: GuestNightSettings | None = None,
) -> pl.DataFrame:
    """Estimated nights in the worst 12 months ending in the window, per vehicle.

    record: `watch_record`; floors: case_id, vehicle_id, floor (proved nights in the best window, null or absent: 0);
    windows: case_id, window_from, window_to. Returns case_id, vehicle_id, nights_estimated (mean), nights_low,
    nights_high (90 %), p_guest (P(nights >= the guest limit)), nightly_rate (posterior mean), sorted.
    """
    settings = settings or GuestNightSettings()
    vehicles = (
        record.select("case_id", "vehicle_id")
        .unique()
        .join(floors.select("case_id", "vehicle_id", "floor"), on=["case_id", "vehicle_id"], how="left")
        .join(windows.select("case_id", "window_from", "window_to"), on="case_id")
        .with_columns(pl.col("floor").fill_null(0))
        .sort("case_id", "vehicle_id")
        .with_row_index("vehicle")
    )
    trials = _trials(record, vehicles)
    floor = vehicles["floor"].to_numpy().astype(np.int64)
    pmf, rate = nights_distribution(
        trials,
        _day(vehicles["window_from"]),
        _day(vehicles["window_to"]),
        floor,
        (turn.month, turn.day),
        learn_detection(record, settings),
        settings.priors,
    )
    cumulative = pmf.cumsum(axis=1)
    mean = pmf @ np.arange(DAYS + 1)
    # A small chance of many (or few) nights can move the mean out of the interval: it is widened to hold its estimate.
    low = np.minimum((cumulative < 0.05).sum(axis=1), np.floor(mean + 1e-9))
    high = np.maximum((cumulative < 0.95).sum(axis=1), np.ceil(mean)).clip(max=DAYS)
    return vehicles.select("case_id", "vehicle_id").with_columns(
        nights_estimated=pl.Series(mean, dtype=pl.Float64),
        nights_low=pl.Series(low, dtype=pl.Float64),
        nights_high=pl.Series(high, dtype=pl.Float64),
        p_guest=pl.Series(np.clip(1.0 - cumulative[:, settings.guest_limit_nights - 1], 0.0, 1.0), dtype=pl.Float64),
        nightly_rate=pl.Series(rate, dtype=pl.Float64),
    )


def _trials(record: pl.DataFrame, vehicles: pl.DataFrame) -> Trials:
    """The record as arrays, vehicles numbered as in `vehicles`."""
    rows = record.join(vehicles.select("case_id", "vehicle_id", "vehicle"), on=["case_id", "vehicle_id"]).sort(
        "vehicle", "night"
    )
    return Trials(
        vehicle=rows["vehicle"].to_numpy().astype(np.int64),
        night=_day(rows["night"]),
        state=rows.select(PERIODS).to_numpy().astype(np.int64).reshape(-1, len(PERIODS)),
        p_reading=rows["p_reading"].fill_null(0.0).to_numpy(),
        proved=rows["proved"].to_numpy(),
        vehicles=vehicles.height,
    )


def _day(dates: pl.Series) -> Array:
    """Days since 1970-01-01 as floats."""
    return dates.to_physical().to_numpy().astype(float)
