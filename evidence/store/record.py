"""One access from the question to what came of it: decided, logged, done, and logged again.

The grant is logged before a protected source is read, the result before anything is handed out: a run that is killed
leaves an entry without a result, never a result without an entry.
"""

import getpass
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from evidence.access import Access
from evidence.errors import AccessRefused
from evidence.store.chain import Entry
from evidence.store.database import Store
from evidence.store.gate import Request, Who, decide
from evidence.store.log import append
from evidence.store.people import SeenCase, all_cases, all_operators, see_cases
from loaders.errors import UserError

NOT_THERE: Final = 66
"""Exit code of a search that found nothing: an unknown case, plate, row or person."""


@dataclass(slots=True)
class Recording:
    """A granted access. `access` goes into run.json; `found` is called once, before results are handed out."""

    store: Store
    granted: Entry
    access: Access
    done: bool = False
    withheld: Mapping[str, int] | None = None

    def left_out(self, rows: Mapping[str, int]) -> None:
        """Note in the result how many rows of each source were withheld, and nothing of whose."""
        self.withheld = dict(rows)

    def found(self, count: int, subjects: Sequence[Mapping[str, Any]] = ()) -> None:
        """Log what came of it. subjects: the people whose records are about to be shown."""
        self.done = True
        outcome = "done" if count else "zero hits"
        self._result({"outcome": outcome, "count": count}, {"subjects": list(subjects)})

    def failed(self, error: BaseException) -> None:
        """Log that nothing came of it. A search for what is not there is a query without hits."""
        code = getattr(error, "exit_code", None)
        zero = isinstance(error, UserError) and code == NOT_THERE and not self.done
        content = {"outcome": "zero hits", "count": 0} if zero else {"outcome": "failed", "why": type(error).__name__}
        self._result(content, None)

    def _result(self, content: Mapping[str, Any], details: Mapping[str, Any] | None) -> None:
        said = {"kind": "result", "of": self.granted.seq, "operator": self.access.operator, **content}
        if self.withheld is not None:
            said["withheld"] = self.withheld
        append(self.store, said, details)


@contextmanager
def recording(
    store: Store,
    who: Who,
    request: Request,
    cases: Callable[[], Collection[SeenCase]],
    unknown: Callable[[str, list[str]], UserError],
) -> Iterator[Recording]:
    """The gate before a piece of work, and its record. cases: reads the cases of the city, nothing else.

    unknown: the error for a case that is not among them. Raises AccessRefused and what `cases` raises; both are logged.
    """
    said: dict[str, Any] = {
        "kind": "access",
        "action": request.action,
        "city": request.city,
        "operator": who.operator,
        "account": _account(),
        "local_time": store.clock().astimezone().isoformat(timespec="minutes"),
        "purpose": who.purpose,
        "program": version("occupancy-evidence"),
    }
    details: dict[str, Any] = {"reason": who.reason, "terms": dict(request.terms)}
    try:
        seen = list(cases())
    except UserError as error:
        append(store, {**said, "outcome": "failed", "why": type(error).__name__}, details)
        raise
    see_cases(store, seen)
    operators = all_operators(store)
    decision = decide(who, request, operators, seen, all_cases(store), store.today())
    details["cases"] = list(decision.cases)
    said |= {
        "role": next((one.role for one in operators if one.name == who.operator), None),
        "case": decision.cases[0] if len(decision.cases) == 1 else None,
        "cases": len(decision.cases),
        "sources": dict(decision.bases),
    }
    if not decision.granted:
        entry = append(store, {**said, "outcome": "refused", "why": list(decision.objections)}, details)
        raise AccessRefused(f"access refused, and logged as entry {entry.seq}: {'; '.join(decision.objections)}")
    if decision.unknown:
        append(store, {**said, "outcome": "zero hits", "count": 0}, details)
        raise unknown(decision.unknown[0], [one.case_id for one in seen])
    entry = append(store, {**said, "outcome": "granted"}, details)
    record = Recording(store, entry, Access(who.purpose, who.operator, who.reason, (store.id, entry.seq, entry.hash)))
    try:
        yield record
    except BaseException as error:
        record.failed(error)
        raise
    if not record.done:
        record.found(0)


def _account() -> str:
    """Who the operating system says is at the keyboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else ""
