"""Open cases per dwelling of each neighbourhood, for the question whether some are looked at more than others.

A rate is published where its count is (`small_cells`): with the number of dwellings, which is public, it tells the
count. Neighbourhoods are ZIP codes.
"""

from collections.abc import Mapping
from math import sqrt
from typing import Final

from evidence.protection.small_cells import total_of, withheld

PER: Final = 1000
_Z: Final = 1.6448536269514722
"""Standard normal deviate that a symmetric interval of 90 % reaches."""
Rate = dict[str, float | int | None]
WHOLE: Final = "whole city"


def rates_per_dwelling(cases: Mapping[str, int], dwellings: Mapping[str, int]) -> dict[str, Rate]:
    """Of each neighbourhood, in order of its name, and of the whole city: dwellings, and cases per 1,000 of them.

    per_1000 is null where withheld; low and high bound the rate that would give so many cases nine times in ten (Wilson
    1927): where intervals overlap, chance alone may be the difference.
    """
    every = {name: cases.get(name, 0) for name in sorted({*cases, *dwellings})}
    rates = {name: _rate(shown, dwellings.get(name, 0)) for name, shown in withheld(every).items()}
    return {**rates, WHOLE: _rate(total_of(every), sum(dwellings.values()))}


def _rate(count: int | None, dwellings: int) -> Rate:
    if count is None or dwellings < max(count, 1):  # none, or fewer than cases: their ZIP codes are not known
        return {"dwellings": dwellings, "per_1000": None, "low": None, "high": None}
    share, spread = count / dwellings, _Z * _Z / dwellings
    middle, half = share + spread / 2, _Z * sqrt(share * (1 - share) / dwellings + spread / (4 * dwellings))
    low, high = ((middle + side * half) / (1 + spread) for side in (-1, 1))
    return {
        "dwellings": dwellings,
        "per_1000": round(PER * share, 2),
        "low": round(PER * max(low, 0.0), 2),
        "high": round(PER * high, 2),
    }
