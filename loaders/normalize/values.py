"""Blank-like cells, yes/no, numbers and enumerations: written text -> values, over distinct values.

What counts as blank depends on what the column holds. "NULL" alone in a cell is what a database prints for
nothing; a Mr Null has a given name beside it. "?" in a plate is a character that could not be read, so it is
no blank there, and "NONE" in a plate column says that no vehicle stood there.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

BLANK_WORDS: Final = frozenset(
    """n/a|n.a.|n.a|na|#n/a|n\\a|nil|null|(null)|<null>|[null]|\\n|none|(none)|nan|-nan|<na>|(blank)|blank|[blank]|empty
    |(empty)|unknown|(unknown)|unk|not known|not available|not applicable|not recorded|not provided|not given
    |not on file|no data|no record|tbd|missing|#null!|#value!|#ref!|#div/0!|#name?|#num!""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)
"""Compared in lower case, blanks and underscores folded to single spaces."""

BLANK_MARKS: Final = r"^[-\u2010-\u2015_.?*/\\~\s]*$"
"""Cells of nothing but dashes, dots, question marks: `--`, `?`, `...`."""

_SEEN_UNREAD: Final = frozenset({"unknown", "(unknown)", "unk", "not known", "not recorded", "missing"})
PLATE_BLANK_WORDS: Final = (BLANK_WORDS - _SEEN_UNREAD) | frozenset(
    """no vehicle|no vehicles|no car|no cars|no veh|no vehs|novehicle|nocar|no one|nobody|nothing|nothing seen|none seen
    |none observed|none present|not present|no vehicle present|no vehicles present|no vehicle seen|no vehicles seen
    |no vehicle observed|no vehicles observed|no cars seen|no cars present|no car seen|no car present|empty driveway
    |driveway empty|vacant|no activity|no vehicle on site|no vehicles on site""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)
"""In `vehicle_log.plate`: looked, saw no vehicle. `UNKNOWN` is not here: a vehicle stood there, unread."""

PLATE_BLANK_MARKS: Final = r"^[-\u2010-\u2015./\\~\s]*$"
DAY_KINDS: Final = ("date", "birth_date", "month")
_BEGINNINGS: Final = "".join(sorted({word[0] for word in BLANK_WORDS | PLATE_BLANK_WORDS if word[0].isalpha()}))
MAY_BE_BLANK: Final = rf"^(?:$|[^A-Za-z0-9]|[{_BEGINNINGS}{_BEGINNINGS.upper()}])"
"""How every blank-like cell begins, in columns that hold no days: most texts are told from one by a letter."""
ZERO_DATES: Final = r"^(?:0{1,4}[-/.]0{1,2}[-/.]0{1,4}|1900-01-00|9999[-/]12[-/]31|12/31/9999|0)(?:[ T]0{1,2}:.*)?$"
"""How databases write "no date" (0000-00-00) and "no end" (9999-12-31)."""

_TRUE = frozenset({"y", "yes", "true", "t", "1", "1.0", "x", "si", "on", "\u2713", "\u2714", "checked"})
_FALSE = frozenset({"n", "no", "false", "f", "0", "0.0", "off", "unchecked"})

_PLAIN = r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$"
_GROUPED = r"^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$"


def is_blank(text: pl.Expr, kind: str = "text") -> pl.Expr:
    """Whether a trimmed cell says nothing, for a column of that kind ("plate", "log_plate", "date", any other)."""
    folded = text.str.to_lowercase().str.replace_all(r"[\s_]+", " ")
    if kind == "log_plate":
        return folded.is_in(sorted(PLATE_BLANK_WORDS)) | text.str.contains(PLATE_BLANK_MARKS)
    blank = folded.is_in(sorted(BLANK_WORDS)) | text.str.contains(BLANK_MARKS)
    if kind in DAY_KINDS:
        blank = blank | text.str.contains(ZERO_DATES)
    return blank


def parse_yes_no(raw: pl.Series) -> pl.DataFrame:
    """raw -> `raw`, `value` (Boolean; null: neither yes nor no)."""
    folded = pl.col("raw").str.strip_chars().str.to_lowercase()
    return _distinct(raw).with_columns(
        value=pl.when(folded.is_in(sorted(_TRUE))).then(True).when(folded.is_in(sorted(_FALSE))).then(False)
    )


def parse_numbers(raw: pl.Series) -> pl.DataFrame:
    """raw -> `raw`, `value` (Float64; null: no number). `1,234.5` is a number, `1,23` is not."""
    text = pl.col("raw").str.strip_chars().str.to_lowercase()
    bare = text.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    return _distinct(raw).with_columns(
        value=pl.when((text.str.contains(_PLAIN) | text.str.contains(_GROUPED)) & bare.is_finite()).then(bare)
    )


def parse_integers(raw: pl.Series) -> pl.DataFrame:
    """raw -> `raw`, `value` (Int64; null: no whole number). `1962.0` is whole."""
    return parse_numbers(raw).with_columns(
        value=pl.when((pl.col("value") % 1 == 0) & (pl.col("value").abs() < 2**53)).then(pl.col("value")).cast(pl.Int64)
    )


def parse_choice(raw: pl.Series, synonyms: Mapping[str, str]) -> pl.DataFrame:
    """raw -> `raw`, `value` (one of the synonyms' targets; null: none of them).

    `synonyms`: folded spelling (lower case, single blanks, no punctuation) -> canonical value.
    """
    folded = pl.col("raw").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars()
    table = dict(synonyms) | {target.lower(): target for target in synonyms.values()}
    return _distinct(raw).with_columns(value=folded.replace_strict(table, default=None, return_dtype=pl.String))


def _distinct(raw: pl.Series) -> pl.DataFrame:
    return raw.cast(pl.String).drop_nulls().unique().sort().to_frame("raw")
