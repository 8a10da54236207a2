"""Rule packs: an ordinance as data, read from TOML and checked at birth.

`text_status` says how far the words were seen: quoted, secondary (a report of them) or memory (unverified). A pack
with `preempted_by` gives `exempt` for a case opened after `valid_to`. Sources: each pack's citation.
"""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from loaders.errors import UserError

DEFAULT_PACK = "fort-collins-2007"


class UnknownPack(UserError):
    """The rule pack asked for is not among the packs shipped."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FamilyPlus(_Part):
    """One family and not more than `extra` additional persons."""

    type: Literal["family_plus"]
    extra: int = Field(ge=0)


class AdultsWithDependentsPlus(_Part):
    """`adults` adults with their dependents, and not more than `extra` additional persons."""

    type: Literal["adults_with_dependents_plus"]
    adults: int = Field(ge=1)
    extra: int = Field(ge=0)


class UnrelatedMax(_Part):
    """Not more than `n` persons in all."""

    type: Literal["unrelated_max"]
    n: int = Field(ge=1)


Branch = Annotated[FamilyPlus | AdultsWithDependentsPlus | UnrelatedMax, Field(discriminator="type")]


class GuestReading(_Part):
    """One reading of the guest test: nights >= `nights`, or > when `at_least` is false."""

    name: str
    nights: int = Field(ge=1)
    at_least: bool

    @property
    def least_nights(self) -> int:
        """The smallest number of nights that makes a guest an occupant."""
        return self.nights if self.at_least else self.nights + 1


class GuestTest(_Part):
    text: str
    nights: int = Field(ge=1)
    at_least: bool
    window: Literal["rolling 12 months"]
    readings: tuple[GuestReading, ...] = Field(min_length=1)


class Exempt(_Part):
    permitted_use: tuple[str, ...]
    any_exemption_recorded: bool
    text: str


class RulePack(_Part):
    id: str
    jurisdiction: str
    title: str
    citation: str
    text_status: Literal["quoted", "secondary", "memory"]
    valid_from: date | None = None
    valid_to: date | None = None
    preempted_by: str | None = None
    limit_text: str
    proof_standard: Literal["preponderance", "clear_and_convincing", "beyond_reasonable_doubt"]
    limit: tuple[Branch, ...] = Field(min_length=1)
    guest_test: GuestTest
    exempt: Exempt
    deadlines: dict[str, int] = {}
    fines_usd: dict[str, tuple[int, int]] = {}


def pack_names() -> list[str]:
    """Names of the packs shipped, sorted."""
    folder = files("evidence.rules").joinpath("packs")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


@cache
def load_pack(name: str) -> RulePack:
    """Read one shipped pack. Raises UnknownPack, with the names there are, for any other name."""
    if name not in pack_names():
        raise UnknownPack(f"there is no rule pack {name!r}; the packs are: {', '.join(pack_names())}")
    return parse_pack(name, files("evidence.rules").joinpath("packs", f"{name}.toml").read_text(encoding="utf-8"))


def parse_pack(name: str, text: str) -> RulePack:
    """A pack from the text of its file. Raises ValueError that names the pack and each key that is wrong.

    Not a UserError: packs are shipped, so a wrong one is a bug of the program.
    """
    try:
        pack = RulePack.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"rule pack {name} is not valid TOML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ValueError(f"rule pack {name} does not follow the schema: {wrong}") from error
    if pack.id != name:
        raise ValueError(f"rule pack {name} calls itself {pack.id!r}: its id must be the name of its file")
    return pack
