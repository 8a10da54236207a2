"""Order by probability in which the last bits of a sum do not decide."""

import polars as pl

_DIGITS = 9


def ranked(column: str) -> pl.Expr:
    """What to sort a probability (or another number of about that size) by: numbers alike to nine digits are a tie.

    Two persons who show the same are equally probable, but for rounding of the last bit; which of them stands first
    should follow their names, not the order in which a program adds.
    """
    return pl.col(column).round(_DIGITS)
