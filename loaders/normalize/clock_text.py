"""How times of day are written: 24 and 12 hours, hhmm, noon, Excel fractions of a day."""

from typing import Final

import polars as pl

ZONE: Final = r"(?:z|utc|gmt|[ecmp][sd]?t|[+-]\d{2}:?\d{2}|[+-]\d{2})"
CLOCK: Final = (
    r"\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?\s*(?:[ap]\.?m?\.?)?|\d{1,2}\s*[ap]\.?m\.?|\d{4}(?:\s*h(?:ou)?rs?\.?)?|\d{6}"
)
STAMP: Final = rf"^(.*?\d)(?:\s*[t,;@_]\s*|\s+(?:at\s+)?|\s+-\s+)({CLOCK})\s*({ZONE})?$"
"""A day, a time behind it, perhaps a time zone: groups 1, 2, 3."""

_COLONS: Final = r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([ap])?$"
_HOUR: Final = r"^(\d{1,2})([ap])$"
_PACKED: Final = r"^(\d{1,2})(\d{2})([ap])?$"
_PACKED_SECONDS: Final = r"^(\d{2})(\d{2})(\d{2})$"
_DAY_FRACTION: Final = r"^0?\.(\d+)$"
_SECONDS_A_DAY: Final = 86_400


def read_times(frame: pl.DataFrame) -> pl.DataFrame:
    """`raw`, `text` (lower case) -> `raw`, `text`, `time`, `format`; time zones are dropped.

    A `format` without a `time` is a time that does not exist: 25:99, or 21:15 AM, which says two things.
    """
    text = pl.col("text")
    bare = frame.with_columns(
        text=text.str.replace(rf"\s*{ZONE}$", "")
        .str.replace(r"\s*h(?:ou)?rs?\.?$", "")
        .str.replace(r"[\s.]*([ap])\.?\s*(?:m\.?)?$", "$1")
        .replace({"noon": "12:00", "midnight": "00:00"})
    )
    half = _first((_COLONS, 5), (_HOUR, 2), (_PACKED, 3))
    hours = _first((_COLONS, 1), (_HOUR, 1), (_PACKED_SECONDS, 1), (_PACKED, 1)).cast(pl.Int32)
    minutes = _first((_COLONS, 2), (_PACKED_SECONDS, 2), (_PACKED, 2)).fill_null("00")
    seconds = _first((_COLONS, 3), (_PACKED_SECONDS, 3)).fill_null("00")
    hour = (
        pl.when((half == "p") & (hours < 12))
        .then(hours + 12)
        .when((half == "a") & (hours == 12))
        .then(0)
        .when((half == "a") & (hours > 12))
        .then(None)
        .otherwise(hours)
    )
    whole = pl.concat_str(hour.cast(pl.String).str.zfill(2), minutes, seconds, separator=":")
    written = pl.concat_str(whole, text.str.extract(_COLONS, 4).fill_null("0"), separator=".")
    is_fraction = text.str.contains(_DAY_FRACTION)
    fraction = pl.concat_str(pl.lit("0."), text.str.extract(_DAY_FRACTION, 1)).cast(pl.Float64, strict=False)
    seconds_of_day = (fraction * _SECONDS_A_DAY).round().cast(pl.Int64) % _SECONDS_A_DAY
    return bare.with_columns(
        time=pl.when(is_fraction)
        .then((seconds_of_day * 1_000_000_000).cast(pl.Time))
        .otherwise(written.str.to_time("%H:%M:%S%.f", strict=False)),
        format=pl.when(is_fraction)
        .then(pl.lit("Excel fraction"))
        .when(half.is_not_null())
        .then(pl.lit("12 h"))
        .when(text.str.contains(_COLONS))
        .then(pl.lit("24 h"))
        .when(text.str.contains(_PACKED) | text.str.contains(_PACKED_SECONDS))
        .then(pl.lit("hhmm")),
    )


def _first(*groups: tuple[str, int]) -> pl.Expr:
    """The first of several capture groups of `text` that matched."""
    return pl.coalesce(pl.col("text").str.extract(pattern, group) for pattern, group in groups)
