"""What a person decides about a form, and when its periods end: dates, overrides with a reason, approval."""

from dataclasses import dataclass
from datetime import date

from evidence.forms.facts import CaseFacts
from evidence.forms.model import Approval, Section, Table
from evidence.rules.process import DEADLINES, counting_words, due
from loaders.errors import UserError


class FormRefused(UserError):
    """A form that the case does not support, or that what was said of it does not allow."""

    exit_code = 65


@dataclass(frozen=True, slots=True)
class Said:
    """What the person at the desk says of a form. due_on moves every period of the form, and needs a reason."""

    mailed_on: date | None = None
    due_on: date | None = None
    due_reason: str | None = None
    complied_on: date | None = None
    approval: Approval | None = None

    def __post_init__(self) -> None:
        if (self.due_on is None) != (not (self.due_reason or "").strip()):
            raise FormRefused("--due and --due-reason go together: a deadline set by hand needs its reason on the form")
        if self.due_on is not None and self.mailed_on is None:
            raise FormRefused("--due needs --date, the day on which the notice is mailed")


def said_approval(name: str | None, rationale: str | None) -> Approval | None:
    """An approval, or None for a draft. Raises FormRefused where a name or its reason is missing."""
    if name is None and rationale is None:
        return None
    if not (name or "").strip() or not (rationale or "").strip():
        raise FormRefused("--approved-by and --rationale go together: a person approves a form, and says why")
    return Approval(str(name).strip(), str(rationale).strip())


def periods(facts: CaseFacts, said: Said, names: tuple[str, ...]) -> Section:
    """The periods of a form as a section: each with its last day where the day of mailing is known.

    Raises FormRefused where a day set by hand would give less time than the rule pack.
    """
    rules = facts.pack.deadlines
    rows: list[tuple[str, str | None, str | None]] = []
    points: list[str] = []
    for name in names:
        days = getattr(rules, name)
        if days is None:
            rows.append((_first_capital(DEADLINES[name]), None, None))
            continue
        length = f"{days} {'business ' if rules.counts == 'business_days' else ''}days from mailing"
        if said.mailed_on is None:
            rows.append((_first_capital(DEADLINES[name]), length, None))
            continue
        found = due(rules, days, said.mailed_on)
        points.append(f"{_first_capital(DEADLINES[name])}: {'; '.join(found.steps)}.")
        last = found.day
        if said.due_on is not None:
            if said.due_on < found.day:
                raise FormRefused(
                    f"--due {said.due_on} gives less time than the rule pack, whose period ends on {found.day}: "
                    "a later day can be set, an earlier one cannot"
                )
            points.append(f"Set by hand to {said.due_on}, the rule pack giving {found.day}. Reason: {said.due_reason}.")
            last = said.due_on
        rows.append((_first_capital(DEADLINES[name]), length, last.isoformat()))
    if not points:
        points = [f"The last day is counted from the day of mailing: {', '.join(counting_words(rules))}."]
    if rules.text:
        points.append(f"Periods by: {rules.text}.")
    table = Table("Periods, and the last day of each", ("What is asked", "Period", "Last day"), tuple(rows))
    return Section("By when", tables=(table,), points=tuple(points))


def fine_words(facts: CaseFacts, name: str) -> str:
    """`a fine of 100 to 1,000 dollars`, empty where the pack gives none."""
    if name not in facts.pack.fines_usd:
        return ""
    least, most = facts.pack.fines_usd[name]
    amount = f"up to {most:,}" if least == 0 else f"{least:,} to {most:,}"
    return f"a fine of {amount} dollars"


def _first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]
