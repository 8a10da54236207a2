"""Who may read: an operator who is listed, a permitted purpose that opens the sources, a reason, and an open case.

The gate decides from what was said and what the store knows, before any protected source is read. It is no lock: who
may read the agency's files can read them without this program. It makes every use of the program accountable.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from evidence.protection.purposes import Purpose, purposes
from evidence.store.people import Operator, SeenCase, StoredCase

WITHOUT_CASE: Final = ("check",)
"""Actions that show no person's record, and so need no case: rows are counted, cells that cannot be read are shown."""
AUDITS: Final = ("audit sample", "judge")
"""Actions on links that the program draws from the whole city: open without a case to an auditor, for that purpose."""
AUDITOR: Final = "auditor"
AUDIT: Final = "audit"


@dataclass(frozen=True, slots=True)
class Who:
    """What the person at the keyboard says: name, purpose code, reason in words."""

    operator: str | None = None
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read. cases: the ids asked about, None for every open case; sources: those that would be read.

    terms: what was searched for, as typed. looks_up_persons: results name people (`check` and `prepare` show none).
    """

    action: str
    city: str
    sources: frozenset[str]
    cases: tuple[str, ...] | None = None
    every_dwelling: bool = False
    looks_up_persons: bool = True
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says: the cases the access is for and the ground for each source, or why it is refused.

    unknown: cases asked about that the city does not have.
    """

    cases: tuple[str, ...]
    unknown: tuple[str, ...]
    bases: Mapping[str, str]
    objections: tuple[str, ...]

    @property
    def granted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.objections


def decide(
    who: Who,
    request: Request,
    operators: Iterable[Operator],
    seen: Collection[SeenCase],
    stored: Iterable[StoredCase],
    today: str,
) -> Decision:
    """Whether the access is granted. seen: the cases of the city now; stored: what the store knows of cases."""
    purpose = purposes().get(who.purpose or "")
    operators = list(operators)
    auditing = request.every_dwelling and request.action in AUDITS
    objections = [
        *_operator(who, operators, today),
        *_purpose(who, request, purpose),
        *([] if (who.reason or "").strip() else ["no reason (--reason TEXT)"]),
    ]
    chosen: tuple[str, ...] = ()
    if auditing or who.purpose == AUDIT:
        objections += _auditing(who, operators, auditing=auditing)
    elif request.action not in WITHOUT_CASE:
        chosen, about_cases = _cases(request, seen, stored)
        objections += about_cases
    unknown = tuple(name for name in chosen if name not in {one.case_id for one in seen})
    return Decision(chosen, unknown, purpose.opens(request.sources) if purpose else {}, tuple(objections))


def _operator(who: Who, operators: Iterable[Operator], today: str) -> list[str]:
    if not (who.operator or "").strip():
        return ["no operator (--operator NAME)"]
    known = next((one for one in operators if one.name == who.operator), None)
    if known is None:
        return [f"{who.operator!r:.80} is not among the operators (`evidence audit operator`)"]
    if not known.active_on(today):
        until = f" to {known.active_until}" if known.active_until else ""
        return [f"{who.operator!r:.80} may read from {known.active_from}{until} only"]
    return []


def _purpose(who: Who, request: Request, purpose: Purpose | None) -> list[str]:
    codes = ", ".join(purposes())
    if purpose is None:
        if not who.purpose:
            return [f"no purpose (--purpose, one of {codes})"]
        return [f"{who.purpose!r:.60} is no permitted purpose; there are {codes}"]
    if request.looks_up_persons and not purpose.looks_up_persons:
        return [f"the purpose {purpose.code!r} looks nobody up, and {request.action} does"]
    shut = sorted(request.sources - purpose.bases.keys())
    return [f"the purpose {purpose.code!r} does not open {', '.join(shut)}"] if shut else []


def _auditing(who: Who, operators: Iterable[Operator], *, auditing: bool) -> list[str]:
    if not auditing:
        return [f"the purpose {AUDIT!r} opens {' and '.join(AUDITS)} without a case, and nothing else"]
    role = next((one.role for one in operators if one.name == who.operator), None)
    if role == AUDITOR and who.purpose == AUDIT:
        return []
    return [f"without --case only an operator whose role is {AUDITOR!r} judges links, for the purpose {AUDIT!r}"]


def _cases(
    request: Request, seen: Collection[SeenCase], stored: Iterable[StoredCase]
) -> tuple[tuple[str, ...], list[str]]:
    if request.every_dwelling:
        return (), ["dwellings without a case are not looked up (leave --all-addresses away)"]
    if request.cases is None:
        every = tuple(sorted(one.case_id for one in seen if one.is_open))
        return every, [] if every else ["no case is open"]
    if not request.cases:
        return (), ["no case (--case ID)"]
    held = {one.case_id for one in stored if one.held}
    status = {one.case_id: one for one in seen}
    shut = [name for name in request.cases if name in status and not status[name].is_open and name not in held]
    text = "case {!r:.80} is not open and under no legal hold: reopen it, or set a hold for an appeal or a court"
    return request.cases, [text.format(name) for name in shut]
