"""Text cells before they have a type: trimmed, blank-like ones null, refused content withheld.

All judgements are made on the distinct texts of a column; the column itself is only touched where one of them
calls for it, so a clean column of a whole city costs one pass.
"""

from typing import Final

import polars as pl

from loaders.normalize.values import DAY_KINDS, MAY_BE_BLANK, is_blank
from loaders.refused import SSN, withhold

INVISIBLE: Final = " \t\r\n\u00a0\u200b\u200c\u200d\u2007\u202f\u2060\ufeff\x0b\x0c\x00"
"""Blanks and invisible characters that surround cells of office exports."""
_LONGEST_BLANK: Final = 32
"""No blank-like cell is longer, in bytes."""


def distinct(column: pl.Series) -> pl.Series:
    """The distinct texts of a column, without null, in no particular order."""
    return column.unique().drop_nulls()


def withheld(column: pl.Series, texts: pl.Series) -> pl.Series:
    """The column with every social security number inside its texts replaced by a mark.

    `texts`: its distinct texts, here and below; the same object comes back where nothing had to be changed.
    """
    dashed = texts.filter(texts.str.contains("-", literal=True))
    if not dashed.str.contains(SSN).any():
        return column
    return column.to_frame().select(withhold(pl.first())).to_series()


def cleaned(column: pl.Series, kind: str, texts: pl.Series) -> pl.Series:
    """Trimmed texts; null where a cell says nothing for a column of that kind."""
    trimmed = texts.str.replace_all("\x00", "", literal=True).str.strip_chars(INVISIBLE)
    if (trimmed != texts).any():
        column = column.str.replace_all("\x00", "", literal=True).str.strip_chars(INVISIBLE)
        texts = trimmed.unique()
    short = texts.filter(texts.str.len_bytes() <= _LONGEST_BLANK)
    if kind not in DAY_KINDS:
        short = short.filter(short.str.contains(MAY_BE_BLANK))
    blank = short.to_frame("text").filter(is_blank(pl.col("text"), kind)).to_series()
    if blank.is_empty():
        return column
    said = ~column.is_in(blank.implode())
    return column.to_frame("text").select(pl.when(said).then("text").alias(column.name)).to_series()
