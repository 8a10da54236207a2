"""Lawful forms of a household as data: each is a count that must not pass a number. Any one form makes it lawful.

Numbers that hang on the dwelling (zone, bedrooms, floor area) come from the assessor; where a fact is not held, the
form gives the least and the most it could be (`dwelling.Bound`), and nothing is guessed. The keys of each form are the
keys of `[[limit]]` in a pack file; docs/rule-packs.md has an example of each. Each form also has its own words.
"""

from abc import abstractmethod
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from loaders.errors import EngineFault

# Nobody is made to write "a house of 51 bedrooms"; numbers beyond this are slips of the pen.
MOST_PERSONS = 100


class Part(BaseModel):
    """Base of everything in a pack: frozen, and a key that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Form(Part):
    """One lawful form. counts_ages: does it count adults, or weigh children?"""

    counts_ages: ClassVar[bool] = False

    citation: str = ""

    @property
    @abstractmethod
    def words(self) -> str:
        """The form as a clause: a household is lawful if ..."""

    @property
    @abstractmethod
    def inputs(self) -> str | None:
        """What it reads beyond who lives there and their ages, or what no source gives; None: nothing."""

    @property
    @abstractmethod
    def why_undecided(self) -> str:
        """Why facts may leave it open how many persons it allows."""


class _ByKinship(_Form):
    """Decided by who lives there alone."""

    @property
    def inputs(self) -> str:
        return "kinship: family_group and role in lease_disclosures, surnames in all sources"

    @property
    def why_undecided(self) -> str:
        raise EngineFault(f"{type(self).__name__} is decided by who lives there, never by facts of the dwelling")


def _and_others(extra: int) -> str:
    return f" and not more than {extra} other{'s' * (extra != 1)}" if extra else ""


class FamilyPlus(_ByKinship):
    """One family and not more than `extra` additional persons.

    A family is everybody whom kinship links, also through others: two couples of whom two are siblings are one family.
    """

    type: Literal["family_plus"]
    extra: int = Field(ge=0, le=MOST_PERSONS)

    @property
    def words(self) -> str:
        return f"it is one family{_and_others(self.extra)}"


class AdultsWithDependentsPlus(_ByKinship):
    """`adults` adults with their dependents, and not more than `extra` additional persons."""

    counts_ages: ClassVar[bool] = True

    type: Literal["adults_with_dependents_plus"]
    adults: int = Field(ge=1, le=MOST_PERSONS)
    extra: int = Field(ge=0, le=MOST_PERSONS)

    @property
    def words(self) -> str:
        return f"it is {self.adults} adults with their dependents{_and_others(self.extra)}"


class ByZone(_Form):
    """Not more than `n`; or a number for each zone in `by_zone` and `elsewhere` = [least, most] for every other zone.

    Zones compare by their letters and digits: R-1, r1 and R 1 are one zone.
    """

    n: int | None = Field(default=None, ge=1, le=MOST_PERSONS)
    by_zone: dict[str, Annotated[int, Field(ge=1, le=MOST_PERSONS)]] = Field(default_factory=dict)
    elsewhere: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _one_number(self) -> "ByZone":
        if (self.n is None) == (self.elsewhere is None) or (self.by_zone and self.elsewhere is None):
            raise ValueError("give either n, or elsewhere = [least, most] (with by_zone where zones are known)")
        if self.elsewhere is not None and not 1 <= self.elsewhere[0] <= self.elsewhere[1] <= MOST_PERSONS:
            raise ValueError("elsewhere is [least, most], with least not above most")
        return self

    @property
    def number(self) -> str:
        """The number, or those of the zones, in words."""
        if self.elsewhere is None:
            return str(self.n)
        zones = ", ".join(f"{n} in {zone}" for zone, n in self.by_zone.items())
        least, most = self.elsewhere
        return (
            f"{zones}, {least} to {most} elsewhere" if zones else f"{least} to {most} (by zone, which the pack lacks)"
        )

    @property
    def inputs(self) -> str | None:
        return None if self.elsewhere is None else "zone in assessor"

    @property
    def why_undecided(self) -> str:
        return "the number hangs on the zone, and the zone is not known or the pack gives no number for it"


class UnrelatedMax(ByZone):
    """Not more than so many persons in all, whoever they are."""

    type: Literal["unrelated_max"]

    @property
    def words(self) -> str:
        return f"it is not more than {self.number} persons, whoever they are"


class AdultsMax(ByZone):
    """Not more than so many adults; dependents and persons under 18 are not counted."""

    counts_ages: ClassVar[bool] = True

    type: Literal["adults_max"]

    @property
    def words(self) -> str:
        return f"its adults are not more than {self.number} (dependents and persons under 18 are not counted)"


class BedroomTable(_Form):
    """So many persons (or adults) by the number of bedrooms; `more` where there are more bedrooms than the table has.

    A dwelling with fewer bedrooms than the table's first, or with an unknown number of them, is not decided by it.
    """

    type: Literal["bedroom_table"]
    counts: Literal["adults", "persons"]
    by_bedrooms: dict[Annotated[int, Field(ge=0, le=MOST_PERSONS)], Annotated[int, Field(ge=0, le=MOST_PERSONS)]] = (
        Field(min_length=1)
    )
    more: int | None = Field(default=None, ge=0, le=MOST_PERSONS)

    @property
    def words(self) -> str:
        table = ", ".join(f"{n} in {b} bedroom{'s' * (b != 1)}" for b, n in sorted(self.by_bedrooms.items()))
        more = "" if self.more is None else f", {self.more} in more"
        return f"it has not more {self.counts} than the bedrooms allow: {table}{more}"

    @property
    def inputs(self) -> str:
        return "bedrooms in assessor"

    @property
    def why_undecided(self) -> str:
        return "the number hangs on the bedrooms, and the assessor does not give a number of them that the law names"


class FloorArea(_Form):
    """As many persons as the rooms' floor area allows.

    `ipmc_404_4_1`: bedrooms alone, 70 sq ft for one person, 50 for each of several. `ipmc_404_5`: that, and living
    and dining rooms of the size that table 404.5 asks for so many persons.
    """

    type: Literal["floor_area"]
    rule: Literal["ipmc_404_4_1", "ipmc_404_5"]

    @property
    def has_living_rooms(self) -> bool:
        """Does table 404.5, of living and dining rooms, count beside the bedrooms?"""
        return self.rule == "ipmc_404_5"

    @property
    def words(self) -> str:
        living = " and table 404.5 for living and dining rooms" if self.has_living_rooms else ""
        return (
            "the bedrooms' floor area allows so many persons (IPMC 404.4.1: 70 square feet for one, "
            f"50 for each of several){living}"
        )

    @property
    def inputs(self) -> str:
        return "the area of each bedroom: no source gives it; finished_sqft in assessor bounds it"

    @property
    def why_undecided(self) -> str:
        return "the number hangs on the floor area of each room, which no source gives: measure the rooms"


def _fraction(text: str) -> str:
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{text!r} is no fraction: write for instance '3/2'") from error
    if value < 0:
        raise ValueError("a fraction below zero makes no sense here")
    return text


FractionText = Annotated[str, AfterValidator(_fraction)]


class AgeWeight(Part):
    """A person below `under` years of age counts as `weight` of a person."""

    under: int = Field(ge=1, le=18)
    weight: FractionText


class RoomsTimes(_Form):
    """`per_room` persons for each habitable room (rooms above `least_sqft`), children counted by `weights`.

    Compared as exact fractions: limits of this kind are not whole.
    """

    counts_ages: ClassVar[bool] = True

    type: Literal["rooms_times"]
    per_room: FractionText
    least_sqft: int = Field(ge=1)
    weights: tuple[AgeWeight, ...] = ()

    def weight(self, age: int | None) -> Fraction:
        """What a person of this age counts for; an unknown age counts as an adult's."""
        fits = [w for w in self.weights if age is not None and age < w.under]
        return Fraction(min(fits, key=lambda w: w.under).weight) if fits else Fraction(1)

    @property
    def words(self) -> str:
        weights = "".join(f"; a child below {w.under} counts for {w.weight}" for w in self.weights)
        return f"it has not more than {self.per_room} persons a room of more than {self.least_sqft} sq ft{weights}"

    @property
    def inputs(self) -> str:
        return "the number of habitable rooms: no source gives it; finished_sqft in assessor bounds it"

    @property
    def why_undecided(self) -> str:
        return "the number hangs on the habitable rooms and the children's ages, which no source gives"


class NeedsFacts(_Form):
    """A lawful form that turns on facts no source holds (a household's shared budget, say): it is never decided.

    Whoever it may cover, `over_limit_shown` is out of reach until a person has looked into it; the reason is given.
    """

    type: Literal["needs_facts"]
    name: str
    facts: str

    @property
    def words(self) -> str:
        return f"it is {self.name} (never decided by the program: {self.facts})"

    @property
    def inputs(self) -> str:
        return f"what shows {self.name}: no source gives it"

    @property
    def why_undecided(self) -> str:
        return f"{self.name} would be lawful, and no source can show it: {self.facts}"


Form = Annotated[
    FamilyPlus
    | AdultsWithDependentsPlus
    | UnrelatedMax
    | AdultsMax
    | BedroomTable
    | FloorArea
    | RoomsTimes
    | NeedsFacts,
    Field(discriminator="type"),
]
