"""Figures rounded for print so that what is printed adds up."""

import math
from collections.abc import Sequence

DIGITS = 2  # of a bit: a hundredth changes the odds by less than one per cent


def rounded_to_add_up(values: Sequence[float], digits: int = DIGITS) -> tuple[list[float], float]:
    """Values rounded to `digits`, and their total rounded alike, such that the former add up to the latter.

    Each is at most one unit of the last digit off: the units that plain rounding lacks or has too many go to the
    values that lost or gained most by it (largest remainder).
    """
    unit = 10**digits
    scaled = [value * unit for value in values]
    total = round(math.fsum(scaled))
    floors = [math.floor(value) for value in scaled]
    by_rest = sorted(range(len(values)), key=lambda i: (floors[i] - scaled[i], i))
    for position in by_rest[: max(total - sum(floors), 0)]:
        floors[position] += 1
    return [value / unit for value in floors], total / unit
