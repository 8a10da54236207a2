"""`evidence.toml` -> settings of a city and where each source comes from; unknown keys are errors.

See docs/inputs.md for a whole file. Example::

    rule_pack = "fort-collins-2007"
    default_city = "Fort Collins"
    default_state = "CO"

    [window]
    before_days = 60
    after_days = 30

    [sources.dmv_registrations]
    path = "exports/dmv_2007.xlsx"
    name_order = "family_first"

    [sources.dmv_registrations.columns]
    "Lic Tag" = "plate"

    [sources.utility_billing]
    database = "postgresql+psycopg://reader:${UTILITY_PASSWORD}@db.city.example/utility"
    query = "select account, addr, name, start_date from billing"

    [audit]
    store = "../records/evidence.sqlite"

    [protection]
    address_confidentiality = "/srv/confidential/participants.csv"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from loaders.errors import SettingsError
from loaders.sources import BY_NAME

NameOrder = Literal["given_first", "family_first", "auto"]
DEFAULT_RULE_PACK = "fort-collins-2007"
DEFAULT_WINDOW_BEFORE_DAYS, DEFAULT_WINDOW_AFTER_DAYS = 60, 30
"""The case window of the output contract."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


@dataclass(frozen=True, slots=True)
class CitySettings:
    """What the user decided about a city.

    window_*_days: calendar days around `opened_on`; `window_is_set` says they come from evidence.toml, so that
    a rule pack's own window does not replace them. name_order: source -> order of names without a comma. columns:
    source -> agency header -> canonical column, as given, for the sources that have any.
    """

    rule_pack: str = DEFAULT_RULE_PACK
    window_before_days: int = DEFAULT_WINDOW_BEFORE_DAYS
    window_after_days: int = DEFAULT_WINDOW_AFTER_DAYS
    window_is_set: bool = False
    default_city: str | None = None
    default_state: str | None = None
    name_order: Mapping[str, NameOrder] = field(
        default_factory=lambda: MappingProxyType(dict.fromkeys(BY_NAME, "auto"))
    )
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Strict):
    """Where one source comes from and how its headers are read."""

    path: Text | None = None
    database: Text | None = None
    query: Text | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    name_order: NameOrder = "auto"

    @model_validator(mode="after")
    def _one_origin(self) -> "SourceSettings":
        if self.path and self.database:
            raise ValueError("give a path or a database, not both")
        if bool(self.database) != bool(self.query):
            raise ValueError("a database needs a query, and a query a database")
        return self


class _Window(_Strict):
    before_days: int = Field(DEFAULT_WINDOW_BEFORE_DAYS, ge=0, le=3660)
    after_days: int = Field(DEFAULT_WINDOW_AFTER_DAYS, ge=0, le=3660)


class Audit(_Strict):
    """Where the access record of the city is kept: a SQLite file, relative to the folder, or a database address."""

    store: Text


class ProtectionSettings(_Strict):
    """Where the list of participants of an address confidentiality programme is, relative to the folder or absolute."""

    address_confidentiality: Text


class CityFile(_Strict):
    """`evidence.toml` as a whole. `audit` is read by `evidence.store.place`, before any source is."""

    rule_pack: Text = DEFAULT_RULE_PACK
    default_city: Text | None = None
    default_state: (
        Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern="^[A-Za-z]{2}$")] | None
    ) = None
    window: _Window | None = None
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    audit: Audit | None = None
    protection: ProtectionSettings | None = None

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, sources: dict[str, SourceSettings]) -> dict[str, SourceSettings]:
        for name in sources:
            if name not in BY_NAME:
                raise ValueError(f"there is no source {name!r}; the sources are {', '.join(BY_NAME)}")
        return sources

    def settings(self) -> CitySettings:
        """What the later stages need of it."""
        window = self.window or _Window()
        return CitySettings(
            rule_pack=self.rule_pack,
            window_before_days=window.before_days,
            window_after_days=window.after_days,
            window_is_set=self.window is not None,
            default_city=self.default_city,
            default_state=self.default_state,
            name_order=MappingProxyType(
                {name: self.sources[name].name_order if name in self.sources else "auto" for name in BY_NAME}
            ),
            columns=MappingProxyType({name: given.columns for name, given in self.sources.items() if given.columns}),
        )


def parse(data: bytes, file: str) -> CityFile:
    """Read the bytes of an evidence.toml. Raises SettingsError with the first thing that is wrong."""
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}") from error
    try:
        return CityFile.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"{file}: {where}: {_in_words(first['type'], first['msg'])}") from error


def _in_words(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "no such setting (see docs/inputs.md for the settings there are)"
    return message.removeprefix("Value error, ")
