"""Rule packs: an ordinance as data, read from TOML and checked at birth. How to write one: docs/rule-packs.md.

`text_status` says how far the words were seen: quoted, secondary (a report of them) or memory (unverified), and
`not_given` lists what the sources do not say; nothing is put in its place but the program's own defaults, named as
such. A pack with `preempted_by` gives `exempt` for a case opened after `valid_to`.
"""

import hashlib
import re
import tomllib
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from evidence.rules.forms import Form, Part
from evidence.rules.presumption import Presumption
from evidence.rules.process import Deadlines, Notices
from evidence.rules.stay import DEFAULT_GUEST_TEST, GuestTest
from loaders.errors import MissingInput, NotPermitted, UserError

DEFAULT_PACK = "fort-collins-2007"
SCHEMA = "occupancy-evidence/rule-pack/1"
# A template, so that "4 unrelated" needs no file of its own: `generic-4-unrelated`.
TEMPLATE, _GENERIC = "generic-n-unrelated", re.compile(r"generic-([1-9]|1[0-9]|20)-unrelated")
_LARGEST_FILE = 1_000_000  # bytes; the longest shipped pack has 5,000


class UnknownPack(UserError):
    """The rule pack asked for is not among the packs shipped."""


class InvalidPack(UserError):
    """A rule pack does not follow the schema; `wrong` has one line for each key."""

    def __init__(self, file: str, wrong: tuple[str, ...]) -> None:
        super().__init__(f"rule pack {file}: {'; '.join(wrong)}")
        self.file = file
        self.wrong = wrong


class Exempt(Part):
    """Dwellings to which the limit does not apply, by what the assessor records."""

    permitted_use: tuple[str, ...]
    any_exemption_recorded: bool
    text: str


class AppliesTo(Part):
    """Dwellings that the limit speaks of: the recorded use or property type contains one of these words.

    A dwelling of another recorded use is not evaluated; one of unknown use is.
    """

    use: tuple[str, ...] = Field(min_length=1)
    text: str


class Alternative(Part):
    """Another limit that the sources leave open; it is run beside the pack's own, and the result says if it matters."""

    name: str
    source: str
    limit: tuple[Form, ...] = Field(min_length=1)


class RulePack(Part):
    """One ordinance. `sha256`: of the pack's file, set by the reader and never written in it."""

    schema_: Literal["occupancy-evidence/rule-pack/1"] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    jurisdiction: str
    title: str
    citation: str = Field(min_length=1)
    text_status: Literal["quoted", "secondary", "memory"]
    not_given: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    preempted_by: str | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    limit_text: str = Field(min_length=1)
    proof_standard: Literal["preponderance", "clear_and_convincing", "beyond_reasonable_doubt"] = "preponderance"
    limit: tuple[Form, ...] = Field(min_length=1)
    alternative: tuple[Alternative, ...] = ()
    applies_to: AppliesTo | None = None
    guest_test: GuestTest = DEFAULT_GUEST_TEST
    exempt: Exempt
    presumption: tuple[Presumption, ...] = ()
    deadlines: Deadlines = Deadlines()
    notices: Notices = Notices()
    fines_usd: dict[str, tuple[int, int]] = Field(default_factory=dict)
    sha256: str = ""

    @model_validator(mode="after")
    def _dates(self) -> "RulePack":
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError("valid_from lies after valid_to: exchange them")
        if self.preempted_by and not self.valid_to:
            raise ValueError("preempted_by needs valid_to, the last day on which the limit was law")
        return self

    @property
    def standard_given(self) -> bool:
        """Do the pack's sources say the standard of proof? Else it is the program's default, preponderance."""
        return "proof_standard" in self.model_fields_set

    def ended(self, on: date | None) -> bool:
        """Is this day after the last one in force? A day that is not known is not."""
        return on is not None and self.valid_to is not None and on > self.valid_to

    def hint_for(self, on: date | None) -> str:
        """For a day on which this pack is not the law: `; the pack for that day is ...`, empty where it names none."""
        other = self.superseded_by if self.ended(on) else self.supersedes
        return f"; the pack for that day is {other}" if other else ""

    def under(self, alternative: Alternative) -> "RulePack":
        """This pack with another limit in place of its own."""
        return self.model_copy(update={"limit": alternative.limit, "alternative": ()})


def pack_names() -> list[str]:
    """Names of the packs shipped, sorted; the template stands for generic-1-unrelated to generic-20-unrelated."""
    folder = files("evidence.rules").joinpath("packs")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


@cache
def load_pack(name: str) -> RulePack:
    """Read one shipped pack. Raises UnknownPack, with the names there are, for any other name."""
    generic = _GENERIC.fullmatch(name)
    stem = TEMPLATE if generic else name
    if stem not in pack_names() or name == TEMPLATE:
        near = get_close_matches(name, [n for n in pack_names() if n != TEMPLATE], n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise UnknownPack(
            f"there is no rule pack {name!r}{hint}; the packs are: {', '.join(pack_names())}; "
            "or give the path of a pack of your own, which ends in .toml"
        )
    text = files("evidence.rules").joinpath("packs", f"{stem}.toml").read_text(encoding="utf-8")
    return parse_pack(name, text.replace('"{n}"', generic[1]).replace("{n}", generic[1]) if generic else text)


def read_pack(path: Path) -> RulePack:
    """Read a pack of the user's own. Raises MissingInput, NotPermitted or InvalidPack with what to do."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InvalidPack(str(path), ("the file is above 1 MB: a pack is a short text",))
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidPack(str(path), ("the file is not UTF-8 text: save it as UTF-8",)) from error
    except PermissionError as error:
        raise NotPermitted(f"rule pack {path} may not be read by this user") from error
    except OSError as error:
        raise MissingInput(f"there is no rule pack file {path}: {error.strerror}") from error
    pack = parse_pack(path.name.removesuffix(".toml"), text, str(path))
    if pack.id in pack_names() or _GENERIC.fullmatch(pack.id):
        raise InvalidPack(
            str(path), (f"id: {pack.id!r} is a pack of the program; give your own another id and file name",)
        )
    return pack


def is_pack_file(name: str) -> bool:
    """Does this name of a rule pack mean a file? Names of shipped packs have no dot and no slash."""
    return name.endswith(".toml") or "/" in name or "\\" in name


def pack_asked_for(name: str) -> RulePack:
    """The pack that the user names on the command line or in a call: a shipped one, or any .toml file."""
    return read_pack(Path(name)) if is_pack_file(name) else load_pack(name)


def find_pack(name: str, folder: Path) -> RulePack:
    """The pack that a city names: a shipped one, or a .toml file inside the city folder (never outside of it)."""
    if not is_pack_file(name):
        return load_pack(name)
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise NotPermitted(
            f"rule pack {name!r} lies outside the city folder {folder}: copy it into the folder, or name it with --pack"
        )
    return read_pack(path)


def parse_pack(name: str, text: str, file: str | None = None) -> RulePack:
    """A pack from the text of its file. Raises InvalidPack with each key that is wrong and what to do.

    name: what its id must be, the name of the file without .toml; file: as the message calls it.
    """
    where = file or name
    try:
        document = tomllib.loads(text)
        if "sha256" in document:
            raise InvalidPack(where, ("sha256: no such key; the program works it out itself",))
        pack = RulePack.model_validate(document)
    except tomllib.TOMLDecodeError as error:
        raise InvalidPack(where, (f"not valid TOML: {error}",)) from error
    except ValidationError as error:
        raise InvalidPack(where, tuple(_in_words(dict(e)) for e in error.errors(include_url=False))) from error
    if pack.id != name:
        raise InvalidPack(
            where, (f"id: the pack calls itself {pack.id!r}: its id must be the name of its file, {name!r}",)
        )
    return pack.model_copy(update={"sha256": hashlib.sha256(text.encode()).hexdigest()})


def _in_words(error: dict[str, Any]) -> str:
    """One mistake: the key, what is wrong with it and what to do."""
    kind, context = error["type"], error.get("ctx", {})
    key = ".".join(str(part) for part in error["loc"]) or "the file"
    if kind == "extra_forbidden":
        return f"{key}: no such key here; take it out, or see docs/rule-packs.md for the keys there are"
    if kind == "missing":
        return f"{key}: is missing: add it (docs/rule-packs.md says what it means)"
    if kind == "union_tag_invalid":
        return f"{key}.type: there is no {context['tag']!r}; write one of {context['expected_tags']}"
    if kind == "union_tag_not_found":
        return f"{key}.type: is missing: add it, it says which form this is"
    return f"{key}: {str(error['msg']).removeprefix('Value error, ')}"
