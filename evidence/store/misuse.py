"""Uses that ask for a look: own name, same surname, no work on the case, many readers of one person, idle access.

After Minnesota's Legislative Auditor (2013), who found these to be the usual misuse of driver records. A line of this
report is a question to ask, not a finding: an inspector's namesake may well live in the street. Screenings name
everybody, so only what an operator chose to look up is compared.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from evidence.store.log import Logged
from evidence.store.people import Operator, StoredCase

CHOSEN: Final = ("explain", "form", "graph", "redact", "replay", "submit", "summarize")
"""Actions about cases that the operator names."""
_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})


@dataclass(frozen=True, slots=True)
class MisuseSettings:
    """quiet_days: without an event on the case, and without use by an operator; a quarter, as audits are quarterly.

    many_readers: of one person; an inspector, a second opinion and a supervisor are three. work_hours: local hours of
    an office and of an evening's field work, Monday to Friday; burst: look-ups on one day outside them.
    """

    quiet_days: int = 90
    many_readers: int = 4
    many_refusals: int = 5
    work_hours: tuple[int, int] = (6, 21)
    burst: int = 10


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask about. seq: the entries it rests on."""

    kind: str
    operator: str
    text: str
    seq: tuple[int, ...]


def questions(
    log: Iterable[Logged],
    operators: Iterable[Operator],
    cases: Iterable[StoredCase],
    today: str,
    settings: MisuseSettings | None = None,
) -> list[Question]:
    """What to ask about a log, by kind and entry. today: YYYY-MM-DD."""
    settings = settings or MisuseSettings()
    entries = list(log)
    granted = {e.entry.seq: e for e in entries if _is(e, "access", "granted")}
    results = {int(e.content["of"]): e for e in entries if e.content.get("kind") == "result"}
    found = [
        *_names(granted, results),
        *_quiet_cases(granted, {case.case_id: case for case in cases}, settings),
        *_many_readers(granted, results, settings),
        *_off_hours(granted, settings),
        *_refusals(entries, settings),
        *_idle(granted, operators, today, settings),
    ]
    return sorted(found, key=lambda q: (q.kind, q.seq, q.operator, q.text))


def _is(one: Logged, kind: str, outcome: str) -> bool:
    return one.content.get("kind") == kind and one.content.get("outcome") == outcome


def _names(granted: Mapping[int, Logged], results: Mapping[int, Logged]) -> Iterator[Question]:
    """Searched for, or shown in a case of one's choice: the operator's own name or surname."""
    for seq, access in granted.items():
        if access.content["action"] not in CHOSEN:
            continue
        operator = str(access.content["operator"])
        own = _words(operator)
        if not own:
            continue
        for name in dict.fromkeys([*_terms(access), *_subjects(results.get(seq))]):
            words = _words(name)
            if _surname(operator) not in words:
                continue
            same = _is_self(own, words)
            kind = "own name" if same else "same surname"
            yield Question(kind, operator, f"{access.content['action']} showed or sought {name!r:.80}", (seq,))


def _quiet_cases(
    granted: Mapping[int, Logged], cases: Mapping[str, StoredCase], settings: MisuseSettings
) -> Iterator[Question]:
    for seq, access in granted.items():
        case = cases.get(str(access.content.get("case")))
        if access.content["action"] not in CHOSEN or case is None or case.last_event_on is None:
            continue
        day = str(access.content["at"])[:10]
        quiet = (date.fromisoformat(day) - date.fromisoformat(case.last_event_on)).days
        if quiet > settings.quiet_days:
            text = f"case {case.case_id!r:.60} was looked up {quiet} days after its last known event"
            yield Question("no case activity", str(access.content["operator"]), text, (seq,))


def _many_readers(
    granted: Mapping[int, Logged], results: Mapping[int, Logged], settings: MisuseSettings
) -> Iterator[Question]:
    readers: dict[str, dict[str, int]] = defaultdict(dict)
    for seq, access in granted.items():
        if access.content["action"] in CHOSEN:
            for name in _subjects(results.get(seq)):
                readers[" ".join(sorted(_words(name)))].setdefault(str(access.content["operator"]), seq)
    for name, by in sorted(readers.items()):
        if name and len(by) >= settings.many_readers:
            text = f"{name!r:.80} was looked up by {len(by)} operators: {', '.join(sorted(by))}"
            yield Question("many readers", "", text, tuple(sorted(by.values())))


def _off_hours(granted: Mapping[int, Logged], settings: MisuseSettings) -> Iterator[Question]:
    bursts: dict[tuple[str, str], list[int]] = defaultdict(list)
    first, last = settings.work_hours
    for seq, access in granted.items():
        local = datetime.fromisoformat(str(access.content.get("local_time", access.content["at"])))
        worked = local.weekday() < 5 and first <= local.hour < last
        if access.content["action"] in CHOSEN and not worked:
            bursts[str(access.content["operator"]), local.date().isoformat()].append(seq)
    for (operator, day), seqs in sorted(bursts.items()):
        if len(seqs) >= settings.burst:
            yield Question("off hours", operator, f"{len(seqs)} look-ups outside working hours on {day}", tuple(seqs))


def _refusals(entries: Iterable[Logged], settings: MisuseSettings) -> Iterator[Question]:
    refused: dict[str, list[int]] = defaultdict(list)
    for one in entries:
        if _is(one, "access", "refused"):
            refused[str(one.content.get("operator") or one.content.get("account") or "")].append(one.entry.seq)
            if any("may read from" in why for why in one.content.get("why", ())):
                name = str(one.content["operator"])
                yield Question("after the end of access", name, "tried to read after the last day", (one.entry.seq,))
    for name, seqs in sorted(refused.items()):
        if len(seqs) >= settings.many_refusals:
            yield Question("many refusals", name, f"{len(seqs)} accesses were refused", tuple(seqs))


def _idle(
    granted: Mapping[int, Logged], operators: Iterable[Operator], today: str, settings: MisuseSettings
) -> Iterator[Question]:
    since = (date.fromisoformat(today) - timedelta(days=settings.quiet_days)).isoformat()
    used = Counter(str(a.content["operator"]) for a in granted.values() if str(a.content["at"])[:10] >= since)
    for one in operators:
        if one.active_on(today) and one.active_from < since and not used[one.name]:
            yield Question("idle access", one.name, f"may read and has not since {since}: is the access needed?", ())


def _terms(access: Logged) -> list[str]:
    terms = (access.details or {}).get("terms", {})
    return [str(value).removeprefix("name:") for value in terms.values() if isinstance(value, str)]


def _subjects(result: Logged | None) -> list[str]:
    details: Mapping[str, Any] = (result.details if result else None) or {}
    return [str(subject["name"]) for subject in details.get("subjects", ())]


def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in re.findall(r"[^\W\d_]+", name.casefold()) if word not in _SUFFIXES)


def _surname(name: str) -> str:
    """`First Last` and `LAST, First`."""
    before, comma, _ = name.partition(",")
    words = _words(before if comma and _words(before) else name)
    return words[-1] if words else ""


def _is_self(own: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """The surname is shared; another word agrees, or is the initial of one."""
    rest = list(words)
    others = list(own)
    shared = next((word for word in own[::-1] if word in rest), None)
    if shared is None:
        return False
    rest.remove(shared)
    others.remove(shared)
    return any(a == b or (1 in (len(a), len(b)) and a[0] == b[0]) for a in others for b in rest)
