"""Counts that may be published: small cells are withheld, and others with them where the total would give them away.

Fewer than `LEAST` persons in a cell could be told who they are by those who know the street. A withheld cell can be
worked out from the total and the rest, so cells are withheld together until at least two are, of at least `LEAST` in
all: then several pairs of numbers fit. Zero is published: it is about nobody. Tables here have one margin; cross tables
are not published.
"""

from collections.abc import Mapping
from typing import Final

LEAST: Final = 5
"""Smallest count shown. The usual figure of statistical offices is 3 to 10; no law for this one was found."""


def withheld(counts: Mapping[str, int], least: int = LEAST) -> dict[str, int | None]:
    """The counts of one table in the order given, None where withheld. The total may be published beside them.

    Where even all cells together are fewer than `least`, all that are not zero are withheld, and so must the total be.
    """
    hidden = {name for name, count in counts.items() if 0 < count < least}
    others = sorted((count, name) for name, count in counts.items() if count >= least)
    while hidden and others and (len(hidden) < 2 or sum(counts[name] for name in hidden) < least):
        hidden.add(others.pop(0)[1])
    return {name: None if name in hidden else count for name, count in counts.items()}


def total_of(counts: Mapping[str, int], least: int = LEAST) -> int | None:
    """The total that may stand beside `withheld`: None where it would give a withheld cell away."""
    shown = withheld(counts, least)
    hidden = [name for name, count in shown.items() if count is None]
    safe = not hidden or (len(hidden) > 1 and sum(counts[name] for name in hidden) >= least)
    return sum(counts.values()) if safe else None
