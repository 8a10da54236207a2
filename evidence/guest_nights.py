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
from evidence.night_counts import interval
from evidence.stay_grid import PERIODS, SAW, Detection, Ints, Trials
from evidence.stays import VISITOR, StayFit, StayPriors, fit_stays


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


@dataclass(frozen=True, slots=True)
class StayRates:
    """What the logs of a city teach of all cars: how often a look sees one, and the shares of the kinds of comers."""

    detection: Detection
    shares: Array


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
    households: pl.DataFrame,
    turn: LeaseTurn,
    settings: GuestNightSettings | None = None,
    learned: StayRates | None = None,
) -> tuple[pl.DataFrame, StayFit]:
    """Estimated nights in the worst 12 months ending in the window, per vehicle, and the fit behind them.

    record: `watch_record`; floors: case_id, vehicle_id, floor (proved nights in the best window, null or absent: 0);
    windows: case_id, window_from, window_to; households: case_id, came_on (days on which a household came, as papers
    say). Returns case_id, vehicle_id, stay (row of the fit), nights_estimated (median), nights_low, nights_high (90 %),
    p_guest (P(nights >= the guest limit)), nightly_rate (posterior mean), nights_to_watch (`nights_to_watch`), sorted.
    """
    settings = settings or GuestNightSettings()
    vehicles = (
        record.select("case_id", "vehicle_id")
        .unique()
        .join(floors.select("case_id", "vehicle_id", "floor"), on=["case_id", "vehicle_id"], how="left")
        .join(windows.select("case_id", "window_from", "window_to"), on="case_id")
        .join(_came_by_case(households), on="case_id", how="left")
        .with_columns(pl.col("floor").fill_null(0))
        .sort("case_id", "vehicle_id")
        .with_row_index("stay")
    )
    detection = learned.detection if learned else learn_detection(record, settings)
    floor = vehicles["floor"].to_numpy().astype(np.int64)
    fit = fit_stays(
        _trials(record, vehicles),
        _day(vehicles["window_from"]),
        _day(vehicles["window_to"]),
        floor,
        (turn.month, turn.day),
        _padded(vehicles["came"]),
        detection,
        settings.priors,
        learned.shares if learned else None,
    )
    pmf = fit.mixed()
    median, low, high = interval(pmf)
    passes = pmf[:, settings.guest_limit_nights :].sum(axis=1)
    return vehicles.select("case_id", "vehicle_id", "stay").with_columns(
        nights_estimated=pl.Series(median, dtype=pl.Float64),
        nights_low=pl.Series(low, dtype=pl.Float64),
        nights_high=pl.Series(high, dtype=pl.Float64),
        p_guest=pl.Series(np.clip(passes, 0.0, 1.0), dtype=pl.Float64),
        nightly_rate=pl.Series((fit.weights * fit.rate).sum(axis=1), dtype=pl.Float64),
        nights_to_watch=pl.Series(
            nights_to_watch(settings.guest_limit_nights, floor, fit, detection), dtype=pl.Float64, nan_to_null=True
        ),
    ), fit


# A car that stays less than one night in twenty is not proved to stay by watching: 600 nights for thirty.
LEAST_RATE = 0.05


def nights_to_watch(least: int, floor: Ints, fit: StayFit, detection: Detection) -> Array:
    """(n,) further nights with a look between 01:00 and 05:00 that would prove the limit, on average; nan: no number.

    (least - floor) / (q * p): q is the nightly rate if it stays at all, p the chance that such a look sees it. The
    nights must fall into one window with those proved so far.
    """
    staying = fit.weights[:, :VISITOR]
    rate = (staying * fit.rate[:, :VISITOR]).sum(axis=1) / np.maximum(staying.sum(axis=1), 1e-300)
    nights = np.ceil(np.maximum(least - floor, 0) / np.maximum(rate * detection.deep, 1e-9))
    result: Array = np.where(floor >= least, 0.0, np.where(rate >= LEAST_RATE, nights, np.nan))
    return result


def _came_by_case(households: pl.DataFrame) -> pl.DataFrame:
    """case_id, came: the distinct days on which a household came, as days since 1970, in order."""
    days = households.drop_nulls("came_on").select("case_id", came=pl.col("came_on").to_physical().cast(pl.Float64))
    return days.unique().group_by("case_id").agg(pl.col("came").sort())


def _padded(lists: pl.Series) -> Array:
    """(n, longest) numbers of a list column, nan behind shorter and missing lists."""
    rows = [values if values is not None else [] for values in lists.to_list()]
    result = np.full((len(rows), max((len(r) for r in rows), default=0)), np.nan)
    for index, values in enumerate(rows):
        result[index, : len(values)] = values
    return result


def _trials(record: pl.DataFrame, vehicles: pl.DataFrame) -> Trials:
    """The record as arrays, vehicles numbered as in `vehicles`."""
    rows = record.join(vehicles.select("case_id", "vehicle_id", "stay"), on=["case_id", "vehicle_id"]).sort(
        "stay", "night"
    )
    return Trials(
        vehicle=rows["stay"].to_numpy().astype(np.int64),
        night=_day(rows["night"]),
        state=rows.select(PERIODS).to_numpy().astype(np.int64).reshape(-1, len(PERIODS)),
        p_reading=rows["p_reading"].fill_null(0.0).to_numpy(),
        proved=rows["proved"].to_numpy(),
        vehicles=vehicles.height,
    )


def _day(dates: pl.Series) -> Array:
    """Days since 1970-01-01 as floats."""
    return dates.to_physical().to_numpy().astype(float)
