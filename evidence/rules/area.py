"""How many persons the floor area allows: the area rules, each by its own formula (they differ; none is shared).

Areas in square feet. IPMC: International Property Maintenance Code 404.4.1 and table 404.5 as reproduced in domain
sources (Roseville MN record; Bellefontaine OH 1418.16). The Texas and the older BOCA formulas give other numbers for
the same room, so they would be other functions.
"""

from collections.abc import Sequence

BEDROOM_ONE, BEDROOM_EACH = 70.0, 50.0
# Table 404.5: persons from which a room of this kind must have this area; one and two persons need none.
LIVING = ((6, 150.0), (3, 120.0))
DINING = ((6, 100.0), (3, 80.0))
NO_LIMIT = 100


def bedroom_persons(area: float) -> int:
    """Persons whom one bedroom may hold by IPMC 404.4.1: none below 70 sq ft, else one for each 50, at least one."""
    return 0 if area < BEDROOM_ONE else max(1, int(area // BEDROOM_EACH))


def table_404_5_persons(area: float, table: tuple[tuple[int, float], ...]) -> int:
    """Persons whom a living or dining room of this area allows; NO_LIMIT where it is large enough for any number."""
    allowed = NO_LIMIT
    for persons, needed in table:
        if area < needed:
            allowed = persons - 1
    return allowed


def dwelling_persons(bedrooms: Sequence[float], living: float | None = None, dining: float | None = None) -> int:
    """Persons whom these rooms allow; living and dining rooms only count where given (404.5), bedrooms always."""
    allowed = sum(bedroom_persons(area) for area in bedrooms)
    if living is not None:
        allowed = min(allowed, table_404_5_persons(living, LIVING))
    if dining is not None:
        allowed = min(allowed, table_404_5_persons(dining, DINING))
    return allowed


def most_in_floor_area(total: float, *, living: bool) -> int:
    """The most persons that any division of `total` sq ft into rooms allows: what floor area alone can rule out.

    living: the living room of table 404.5 must fit beside the bedrooms.
    """
    if total < BEDROOM_ONE:
        return 0
    most = max(1, int(min(total, NO_LIMIT * BEDROOM_EACH) // BEDROOM_EACH))
    if not living:
        return most
    while most > 2:
        needed = next(area for persons, area in LIVING if most >= persons)
        if most * BEDROOM_EACH + needed <= total:
            break
        most -= 1
    return most
