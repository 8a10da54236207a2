"""What a city teaches as a whole, as a value of its own: with it, a case depends on nothing but its own rows.

How plates are misread, how often a look finds a car, how long stays are, coverage and staleness of the lists, what a
complaint is worth: these are learned from all logs and all open cases. Learned anew with every row, they move every
case of the city in the fifth digit whenever somebody writes down a car. So they are learned when a city is prepared,
named by the SHA-256 of their content, and held until it is prepared again (docs/decisions/0022-learned-rates.md).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.guest_nights import GuestNightSettings, LeaseTurn, StayRates
from evidence.headcount import Array
from evidence.inference import Fitted
from evidence.prepared import codec
from evidence.rules.pack import RulePack
from loaders.errors import MissingInput, UserError
from matchers.vehicle_passes import Lesson

FORMAT: Final = 1


class BadRates(UserError):
    """A file of learned rates cannot be used."""

    exit_code = 65


class RatesNotLearned(UserError):
    """Rates are held that were not learned for a rule pack."""

    def __init__(self, pack: str) -> None:
        super().__init__(
            f"the learned rates hold no factor of complaints under the rule pack {pack!r}: prepare a city that "
            "names it in evidence.toml or in a case, or take --fresh, which learns from the sources"
        )
        self.pack = pack


@dataclass(frozen=True, slots=True)
class Complaints:
    """The factor of the complaints of the whole city (`answers.complaint_factor`) under one pack and guest limit."""

    pack: str
    guest_nights: int
    factor: float


@dataclass(frozen=True, slots=True)
class LearnedFrom:
    """A source as it was when it was learned from."""

    source: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class LearnedRates:
    """lessons: of the plate decoder, one a pass; registrations: how many there are; turn: of the leases; stays, fitted:
    see there; present: (S,) sources that say something; case_prior: (c, M + 1) prior of every open case; units: of
    usage, and medians: month, unit, median (log usage); complaints: by pack and guest limit.
    """

    lessons: tuple[Lesson, ...]
    registrations: int
    turn: LeaseTurn
    stays: StayRates
    fitted: Fitted
    present: NDArray[np.bool_]
    case_prior: Array
    units: tuple[str, ...]
    medians: pl.DataFrame
    complaints: tuple[Complaints, ...]
    learned_from: tuple[LearnedFrom, ...]


@dataclass(frozen=True, slots=True)
class HeldRates:
    """Learned rates and their name: the SHA-256 of the file that holds them."""

    rates: LearnedRates
    sha256: str

    def complaint(self, pack: RulePack, guest_nights: int) -> float | None:
        """The factor under this pack and limit; None where it was not learned."""
        wanted = pack_key(pack)
        found = (c.factor for c in self.rates.complaints if c.pack == wanted and c.guest_nights == guest_nights)
        return next(found, None)

    def knows(self, pack: RulePack) -> bool:
        """Whether every factor that answers under this pack are made with was learned."""
        return all(self.complaint(one, least) is not None for one, least in limits_of(pack))


def limits_of(pack: RulePack) -> list[tuple[RulePack, int]]:
    """The packs and guest limits under which cases of this pack are answered: readings and alternatives included."""
    own = pack.guest_test.nights if pack.guest_test.nights is not None else GuestNightSettings().guest_limit_nights
    readings = [r.nights_in_12_months for r in pack.guest_test.readings if r.nights_in_12_months is not None]
    limits = [(pack, least) for least in dict.fromkeys((own, *readings))]
    return limits + [(pack.under(other), own) for other in pack.alternative]


def pack_key(pack: RulePack) -> str:
    """A pack by its content."""
    return hashlib.sha256(json.dumps(pack.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def rates_bytes(rates: LearnedRates) -> bytes:
    """The rates as a file: JSON with every number in full, the same bytes for the same rates."""
    written = codec.write(rates, LearnedRates)
    frames = [[_column(column) for column in frame.get_columns()] for frame in written.frames]
    content = {"format": FORMAT, "rates": written.tree, "frames": frames}
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def rates_from(content: bytes, place: object) -> HeldRates:
    """The rates of such a file. Raises BadRates."""
    try:
        held: Mapping[str, Any] = json.loads(content)
        if held["format"] != FORMAT:
            raise ValueError("another release wrote it")
        frames = [pl.DataFrame([_series(*column) for column in frame]) for frame in held["frames"]]
        rates = codec.read(held["rates"], LearnedRates, frames)
    except (ValueError, KeyError, TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise BadRates(f"{place} holds no learned rates ({error!s:.200}); `evidence prepare` writes them") from error
    return HeldRates(rates, hashlib.sha256(content).hexdigest())


def read_rates(path: Path) -> HeldRates:
    """The rates of a file; one that bears a hash in its name must have it. Raises MissingInput, BadRates."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MissingInput(f"{path} cannot be read: {error.strerror or error}") from error
    named = re.fullmatch(r"learned-([0-9a-f]{16})\.json", path.name)
    if named and not hashlib.sha256(content).hexdigest().startswith(named[1]):
        raise BadRates(f"{path} was changed since it was written: its name is no longer that of its content")
    return rates_from(content, path)


_DTYPES: Final[Mapping[str, Any]] = {
    str(dtype): dtype for dtype in (pl.String, pl.Boolean, pl.Date, pl.Float64, pl.Int8, pl.Int64, pl.UInt32)
}


def _column(column: pl.Series) -> tuple[str, str, list[Any]]:
    """Name, type and values; a day is days since 1970."""
    return column.name, str(column.dtype), (column.to_physical() if column.dtype == pl.Date else column).to_list()


def _series(name: str, dtype: str, values: list[Any]) -> pl.Series:
    return pl.Series(name, values, dtype=pl.Int32 if dtype == "Date" else _DTYPES[dtype]).cast(_DTYPES[dtype])
