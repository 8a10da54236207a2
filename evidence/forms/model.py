"""A form as plain data: what its page, its PDF and its JSON say. Nothing here is computed.

A value of None is a blank for a person to fill in; it is never the same as “no” or “none found”.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evidence.case_files import FORM_SCHEMA

DRAFT: Final = "DRAFT - NOT ISSUED"
FormName = Literal["investigation", "investigation-notice", "violation-notice", "compliance-letter"]
Cell = str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a form; an empty one says `nothing` instead."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with facts (name, value, source), paragraphs, points and tables under it."""

    heading: str
    facts: tuple[tuple[str, Cell, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def blanks(self) -> tuple[str, ...]:
        """What is left to a person, by the names under which it stands."""
        cells = [row[0] for table in self.tables for row in table.rows if row[0] and None in row]
        return (*(name for name, value, _ in self.facts if value is None), *cells)


@dataclass(frozen=True, slots=True)
class Copy:
    """What one recipient gets, on pages of its own; the form has one copy without recipient where nobody gets it."""

    to: tuple[str, ...]
    sections: tuple[Section, ...]
    signed_by: str = "Inspector"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a form, and why: without it a form is a draft."""

    name: str
    rationale: str


@dataclass(frozen=True, slots=True)
class Form:
    """One filled form. before_issue: what the person who approves it ought to look at, on drafts only."""

    form: FormName
    title: str
    case_id: str
    address: str
    rule_pack: str
    dated: str | None
    summary_seal: str
    program: str
    copies: tuple[Copy, ...]
    before_issue: Sequence[str]
    approval: Approval | None
    schema: str = FORM_SCHEMA

    @property
    def mark(self) -> str:
        """What stands on every page of a draft."""
        return "" if self.approval else DRAFT
