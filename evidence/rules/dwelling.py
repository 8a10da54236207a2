"""The number that each lawful form allows in each dwelling: as the assessor's facts give it, or the least and the most.

Facts that no source holds (the area of each bedroom, a household's shared budget) leave a form undecided: it may allow
any number between `least` and `most`. Nothing is guessed; `reasons` says in words what is lacking.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.rules.area import most_in_floor_area
from evidence.rules.forms import (
    MOST_PERSONS,
    AdultsMax,
    AdultsWithDependentsPlus,
    BedroomTable,
    ByZone,
    FamilyPlus,
    FloorArea,
    Form,
    NeedsFacts,
    RoomsTimes,
    UnrelatedMax,
)
from evidence.rules.pack import AppliesTo, RulePack
from evidence.wording import RECORDED

Numbers = NDArray[np.int64]
FACTS = ("bedrooms", "finished_sqft", "basement_finished_sqft", "zone", "property_type", "permitted_use")


@dataclass(frozen=True, slots=True)
class Bound:
    """One form on n dwellings (or on all alike: n = 1): a count that must not pass a number.

    of: who is counted: `persons`, `adults`, or `outside` the largest family. least, most: (n,) the number times
    `scale`, equal where the facts decide it. child: what a dependent counts for, times scale, at the least (at the
    most it is a whole person); only the adults' count leaves dependents out altogether. evaluated: false for a form
    that no source can decide.
    """

    of: str
    least: Numbers
    most: Numbers
    scale: int = 1
    child: int = 1
    evaluated: bool = True

    @property
    def undecided(self) -> NDArray[np.bool_]:
        """(n,) or (1,): do facts that nobody holds leave the number open?"""
        left_open: NDArray[np.bool_] = (self.least < self.most) | (not self.evaluated)
        return left_open

    def take(self, rows: Numbers) -> "Bound":
        """The bound of these dwellings."""
        if len(self.least) == 1:
            return self
        return Bound(self.of, self.least[rows], self.most[rows], self.scale, self.child, self.evaluated)


@dataclass(frozen=True, slots=True)
class Law:
    """A pack on n dwellings. applies: (n,) false where the limit does not speak of such a dwelling, so that nothing is
    decided; one value stands for all where n does not matter.
    """

    bounds: tuple[Bound, ...]
    applies: NDArray[np.bool_]

    def take(self, rows: Numbers) -> "Law":
        """The law of these dwellings."""
        applies = self.applies if len(self.applies) == 1 else self.applies[rows]
        return Law(tuple(bound.take(rows) for bound in self.bounds), applies)

    @property
    def undecided(self) -> NDArray[np.bool_]:
        """(n,) or (1,): do facts that nobody holds leave some number of occupants undecided?"""
        unsure = ~self.applies
        for bound in self.bounds:
            unsure = unsure | bound.undecided
        return unsure


def law_of(pack: RulePack, facts: pl.DataFrame | None = None) -> Law:
    """The pack on dwellings. facts: FACTS, one row a dwelling (null: not known); None: a dwelling of which nothing is
    known.
    """
    known = pl.DataFrame({name: [None] for name in FACTS}) if facts is None else facts.select(FACTS)
    applies = _applies(pack.applies_to, known)
    return Law(tuple(_bound(form, known) for form in pack.limit), applies)


def _applies(to: AppliesTo | None, facts: pl.DataFrame) -> NDArray[np.bool_]:
    if to is None:
        return np.ones(1, dtype=bool)
    return np.array([all(use is None for use in uses) or _is_of(to, uses) for uses in _uses(facts)], dtype=bool)


def _uses(facts: pl.DataFrame) -> list[tuple[str | None, str | None]]:
    return list(zip(facts["permitted_use"].to_list(), facts["property_type"].to_list(), strict=True))


def _is_of(to: AppliesTo, uses: tuple[str | None, str | None]) -> bool:
    written = " ".join(_letters(use) for use in uses if use)
    return any(_letters(word) in written for word in to.use)


def _letters(text: str) -> str:
    """Letters and digits alone: 'R-1' and 'r 1', 'One-Family' and 'one family' are the same."""
    return "".join(filter(str.isalnum, text)).casefold()


def _bound(form: Form, facts: pl.DataFrame) -> Bound:
    match form:
        case FamilyPlus(extra=extra):
            return Bound("outside", *_fixed(extra))
        case AdultsWithDependentsPlus(adults=adults, extra=extra):
            return Bound("adults", *_fixed(adults + extra))
        case UnrelatedMax():
            return Bound("persons", *_by_zone(form, facts))
        case AdultsMax():
            return Bound("adults", *_by_zone(form, facts))
        case BedroomTable():
            return Bound(form.counts, *_each([_of_bedrooms(form, rooms) for rooms in facts["bedrooms"].to_list()]))
        case FloorArea():
            living = form.has_living_rooms
            return Bound("persons", *_each([(0, _of_area(area, living)) for area in _most_area(facts)]))
        case RoomsTimes():
            return _of_rooms(form, facts)
        case NeedsFacts():
            return Bound("persons", *_each([(0, MOST_PERSONS)]), evaluated=False)


def _fixed(number: int) -> tuple[Numbers, Numbers]:
    return np.array([number]), np.array([number])


def _each(pairs: list[tuple[int, int]]) -> tuple[Numbers, Numbers]:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _by_zone(form: ByZone, facts: pl.DataFrame) -> tuple[Numbers, Numbers]:
    if form.n is not None:
        return _fixed(form.n)
    elsewhere = form.elsewhere or (1, MOST_PERSONS)
    zones = {_letters(zone): (n, n) for zone, n in form.by_zone.items()}
    numbers = [*elsewhere, *(n for n, _ in zones.values())]
    anywhere = min(numbers), max(numbers)
    return _each(
        [anywhere if zone is None else zones.get(_letters(zone), elsewhere) for zone in facts["zone"].to_list()]
    )


def _of_bedrooms(form: BedroomTable, bedrooms: int | None) -> tuple[int, int]:
    numbers = [*form.by_bedrooms.values(), *([] if form.more is None else [form.more])]
    if bedrooms is None:
        return min(numbers), max(numbers) if form.more is not None else MOST_PERSONS
    if bedrooms in form.by_bedrooms:
        return form.by_bedrooms[bedrooms], form.by_bedrooms[bedrooms]
    if bedrooms > max(form.by_bedrooms):
        return (0, MOST_PERSONS) if form.more is None else (form.more, form.more)
    return 0, max(numbers)


def _most_area(facts: pl.DataFrame) -> list[float | None]:
    """The most finished floor area that the dwelling can have, sq ft; None: not known.

    A basement of unknown area is at most as large as the floors above it.
    """
    return [
        None if above is None else above + (above if below is None else below)
        for above, below in zip(
            facts["finished_sqft"].to_list(), facts["basement_finished_sqft"].to_list(), strict=True
        )
    ]


def _of_area(area: float | None, living: bool) -> int:
    return MOST_PERSONS if area is None else most_in_floor_area(area, living=living)


def _of_rooms(form: RoomsTimes, facts: pl.DataFrame) -> Bound:
    per_room = Fraction(form.per_room)
    weights = [Fraction(w.weight) for w in form.weights] or [Fraction(1)]
    scale = lcm(per_room.denominator, *(w.denominator for w in weights))
    most = [
        (0, scale * MOST_PERSONS if area is None else int(_most_rooms(area, form.least_sqft) * per_room * scale))
        for area in _most_area(facts)
    ]
    return Bound("persons", *_each(most), scale=scale, child=int(min(weights) * scale))


def _most_rooms(area: float, least_sqft: int) -> int:
    """The most rooms, each of more than `least_sqft`, that fit into the area."""
    return max(ceil(area / least_sqft) - 1, 0)


def reasons(pack: RulePack, facts: dict[str, Any]) -> list[str]:
    """Why the law is not decided for one dwelling, in words; empty where it is. facts: FACTS of the dwelling."""
    row = pl.DataFrame({name: [facts.get(name)] for name in FACTS})
    law = law_of(pack, row)
    if pack.applies_to is not None and not law.applies[0]:
        recorded = facts.get("permitted_use") or facts.get("property_type")
        return [f"{pack.applies_to.text}{RECORDED}{recorded!r}"]
    found = [form.why_undecided for form, bound in zip(pack.limit, law.bounds, strict=True) if bound.undecided[0]]
    return list(dict.fromkeys(found))
