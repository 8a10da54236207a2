"""`vehicle_log`: looks at a dwelling. A row with a blank plate is a look that saw no vehicle, not an error."""

from datetime import time

import polars as pl

from loaders.normalize.dates import DateOrder, parse_datetimes
from loaders.schema import VehicleLog
from loaders.sources.base import Ruled, Source, phrases


def _split_moment(frame: pl.DataFrame, order: DateOrder) -> Ruled:
    """`observed_at` -> `observed_date` and `observed_time`; an `observed_date` with times in it is split alike.

    Where `observed_at` is blank, or holds a date alone, the separate columns stand in. A column of nothing but
    midnights is a column of dates. Times are the local time of the wall clock: a time zone behind them is
    ignored, and noted.
    """
    moment = "observed_at" if "observed_at" in frame.columns else "observed_date"
    read = parse_datetimes(frame.get_column(moment), order).rename({"date": "_date", "time": "_time"})
    if (read.get_column("_time").drop_nulls() == time(0)).all():
        read = read.with_columns(_time=pl.lit(None, pl.Time))
    joined = frame.join(read, left_on=moment, right_on="raw", how="left", maintain_order="left")
    nothing = pl.lit(None, pl.String)
    own_date = pl.col("observed_date") if "observed_date" in frame.columns else nothing
    own_time = pl.col("observed_time") if "observed_time" in frame.columns else nothing
    written = pl.col(moment).is_not_null()
    blank = ~written & own_date.is_null()
    faults = joined.filter(blank | (written & pl.col("_date").is_null())).select(
        "row",
        column=pl.lit(moment),
        value=pl.col(moment),
        reason=pl.when(blank)
        .then(pl.lit("required and blank"))
        .when(pl.col("format").is_null())
        .then(pl.lit("not a date and time"))
        .otherwise(pl.format("no such date or time (read as {})", "format")),
    )
    day, clock = pl.col("_date").dt.to_string("%Y-%m-%d"), pl.col("_time").dt.to_string("%H:%M:%S%.f")
    split = joined.with_columns(
        observed_date=pl.coalesce(day, pl.when(~written).then(own_date)),
        observed_time=pl.coalesce(clock, own_time) if moment == "observed_at" else pl.coalesce(own_time, clock),
    )
    others = [column for column in frame.columns if column not in ("observed_at", "observed_date", "observed_time")]
    zones = read.get_column("zone").drop_nulls().unique().sort().to_list()
    formats = ", ".join(read.get_column("format").drop_nulls().unique().sort())
    return Ruled(
        split.select(*others, "observed_date", "observed_time"),
        faults=faults,
        notes=(f"time zone marks ignored, times read as local: {', '.join(zones).upper()}",) if zones else (),
        judged=frozenset({"observed_date"}),
        date_formats={moment: formats} if formats else {},
    )


def _described_without_plate(frame: pl.DataFrame) -> Ruled:
    """Remark on rows that describe a vehicle and give no plate."""
    described = frame.filter(
        pl.col("plate").is_null() & pl.any_horizontal(pl.col("make", "model", "color").is_not_null())
    )
    remarks = described.select(
        "row",
        column=pl.lit("plate"),
        value=pl.concat_str("color", "make", "model", separator=" ", ignore_nulls=True),
        reason=pl.lit("a vehicle is described and no plate is given: it can only be matched by its description"),
    )
    return Ruled(frame, remarks=remarks)


SOURCE = Source(
    name="vehicle_log",
    schema=VehicleLog,
    aliases=phrases(
        case_id=("case | case number | case no | case num | case # | complaint number | complaint id | file number"),
        observed_at=(
            "date time | datetime | date and time | observed | time stamp | timestamp | observation time stamp | "
            "observed on | seen at | observed datetime | observation date time | when observed | when"
        ),
        observed_date="date | observation date | date observed | log date | date seen | seen on | day",
        observed_time="time | observation time | time observed | log time | time seen | hour",
        plate=(
            "tag | license plate | plate number | plate # | plate no | tag number | tag # | lic plate | "
            "license | licence plate | license number | license no | lic | lic no | vehicle plate | "
            "registration plate | reg plate | plate id | lp | lpn"
        ),
        plate_state=(
            "state | plate st | tag state | license state | st | registration state | lic state | "
            "issuing state | lp state"
        ),
        make="vehicle make | veh make | car make",
        model="vehicle model | veh model | car model",
        color="colour | vehicle color | veh color | vehicle colour | car color",
        position="where parked | parked | parking position | parking location | location | parked at | where",
        observer="observed by | seen by | inspector | logged by | officer | witness | recorded by | by",
        note="notes | remarks | comments | comment | remark",
    ),
    one_of=(("observed_at", "observed_date"),),
    input_only={"observed_at": "datetime"},
    before=_split_moment,
    after=_described_without_plate,
)
