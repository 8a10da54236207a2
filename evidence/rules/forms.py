"""Lawful forms of a household as data: each is a count that must not pass a number. Any one form makes it lawful.

Numbers that hang on the dwelling (zone, bedrooms, floor area) come from the assessor; where a fact is not held, the
form gives the least and the most it could be (`dwelling_facts`), and nothing is guessed. The keys of each form are the
keys of `[[limit]]` in a pack file; docs/rule-packs.md has an example of each.
"""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

# Nobody is made to write "a house of 51 bedrooms"; numbers beyond this are slips of the pen.
MOST_PERSONS = 100


class Part(BaseModel):
    """Base of everything in a pack: frozen, and a key that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Form(Part):
    citation: str = ""


class FamilyPlus(_Form):
    """One family and not more than `extra` additional persons.

    A family is everybody whom kinship links, also through others: two couples of whom two are siblings are one family.
    """

    type: Literal["family_plus"]
    extra: int = Field(ge=0, le=MOST_PERSONS)


class AdultsWithDependentsPlus(_Form):
    """`adults` adults with their dependents, and not more than `extra` additional persons."""

    type: Literal["adults_with_dependents_plus"]
    adults: int = Field(ge=1, le=MOST_PERSONS)
    extra: int = Field(ge=0, le=MOST_PERSONS)


class _ByZone(_Form):
    """Not more than `n`; or a number for each zone in `by_zone` and `elsewhere` = [least, most] for every other zone.

    Zones compare by their letters and digits: R-1, r1 and R 1 are one zone.
    """

    n: int | None = Field(default=None, ge=1, le=MOST_PERSONS)
    by_zone: dict[str, Annotated[int, Field(ge=1, le=MOST_PERSONS)]] = Field(default_factory=dict)
    elsewhere: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _one_number(self) -> "_ByZone":
        if (self.n is None) == (self.elsewhere is None) or (self.by_zone and self.elsewhere is None):
            raise ValueError("give either n, or elsewhere = [least, most] (with by_zone where zones are known)")
        if self.elsewhere is not None and not 1 <= self.elsewhere[0] <= self.elsewhere[1] <= MOST_PERSONS:
            raise ValueError("elsewhere is [least, most], with least not above most")
        return self


class UnrelatedMax(_ByZone):
    """Not more than so many persons in all, whoever they are."""

    type: Literal["unrelated_max"]


class AdultsMax(_ByZone):
    """Not more than so many adults; dependents and persons under 18 are not counted."""

    type: Literal["adults_max"]


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


class FloorArea(_Form):
    """As many persons as the rooms' floor area allows.

    `ipmc_404_4_1`: bedrooms alone, 70 sq ft for one person, 50 for each of several. `ipmc_404_5`: that, and living
    and dining rooms of the size that table 404.5 asks for so many persons.
    """

    type: Literal["floor_area"]
    rule: Literal["ipmc_404_4_1", "ipmc_404_5"]


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

    type: Literal["rooms_times"]
    per_room: FractionText
    least_sqft: int = Field(ge=1)
    weights: tuple[AgeWeight, ...] = ()

    def weight(self, age: int | None) -> Fraction:
        """What a person of this age counts for; an unknown age counts as an adult's."""
        fits = [w for w in self.weights if age is not None and age < w.under]
        return Fraction(min(fits, key=lambda w: w.under).weight) if fits else Fraction(1)


class NeedsFacts(_Form):
    """A lawful form that turns on facts no source holds (a household's shared budget, say): it is never decided.

    Whoever it may cover, `over_limit_shown` is out of reach until a person has looked into it; the reason is given.
    """

    type: Literal["needs_facts"]
    name: str
    facts: str


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


class VehiclePresumption(Part):
    """A number of occupants is presumed from vehicles parked overnight; no driver need be known.

    Met where the same `vehicles` or more stand there overnight on a majority of the nights of some `of_nights` nights
    in a row, registered to persons with surnames (and addresses) that differ in every pair.
    """

    type: Literal["vehicles_overnight"]
    name: str
    text: str
    citation: str
    rebuttable: bool
    vehicles: int = Field(ge=1, le=MOST_PERSONS)
    of_nights: int = Field(ge=1, le=366)
    different_surnames: bool
    different_addresses: bool


class OtherPresumption(Part):
    """A presumption that turns on facts no source holds: it is shown to the reader and not evaluated."""

    type: Literal["needs_facts"]
    name: str
    text: str
    citation: str
    rebuttable: bool
    facts: str


Presumption = Annotated[VehiclePresumption | OtherPresumption, Field(discriminator="type")]
