"""The quarterly audit pack as plain data, the council's statistics, and the list of those whose data somebody saw."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evidence.protection.rates import rates_per_dwelling
from evidence.protection.small_cells import LEAST, total_of, withheld
from evidence.store.database import Store
from evidence.store.log import Logged, disclosed, logged
from evidence.store.misuse import questions
from evidence.store.people import StoredCase, all_cases, all_operators
from evidence.store.verification import Verified

AUDIT_SCHEMA = "occupancy-evidence/audit/1"
COUNCIL_SCHEMA = "occupancy-evidence/council/1"


@dataclass(frozen=True, slots=True)
class Period:
    """Days YYYY-MM-DD, both included."""

    first: str
    last: str

    def holds(self, at: str) -> bool:
        """Whether a time falls into the period."""
        return self.first <= at[:10] <= self.last


def audit_pack(store: Store, period: Period, verified: Verified, sample: int) -> dict[str, Any]:
    """What an auditor asks for: who may read and until when, counts, a sample with reasons, questions, verification.

    The sample is chosen by the hashes of the entries, which nobody can choose beforehand.
    """
    log = list(logged(store))
    operators = all_operators(store)
    accesses = [one for one in log if one.content.get("kind") == "access" and period.holds(str(one.content["at"]))]
    drawn = sorted(accesses, key=lambda one: hashlib.sha256(one.entry.hash.encode()).hexdigest())[:sample]
    asked = questions(log, operators, all_cases(store), period.last)
    handed_out = [one for one in disclosed(store) if period.holds(str(one["at"]))]
    return {
        "schema": AUDIT_SCHEMA,
        "store": store.id,
        "period": asdict(period),
        "operators": [asdict(one) for one in operators],
        "accesses": {
            "total": len(accesses),
            "by_outcome": _counts(accesses, "outcome"),
            "by_purpose": _counts(accesses, "purpose"),
            "by_action": _counts(accesses, "action"),
            "by_operator": _counts(accesses, "operator"),
        },
        "sample": [access_row(one) for one in sorted(drawn, key=lambda one: one.entry.seq)],
        "disclosures": [dict(one) for one in handed_out],
        "questions": [asdict(one) for one in asked],
        "verification": {
            "entries": dict(verified.entries),
            "noted_elsewhere": verified.marks,
            "faults": [str(fault) for fault in verified.faults],
        },
    }


def access_row(one: Logged) -> dict[str, Any]:
    """An entry of the log as one flat row."""
    content, details = one.content, one.details or {}
    return {
        "seq": one.entry.seq,
        "at": content["at"],
        "kind": content["kind"],
        "action": content.get("action"),
        "operator": content.get("operator") or content.get("by"),
        "account": content.get("account"),
        "case": content.get("case"),
        "cases": content.get("cases"),
        "purpose": content.get("purpose"),
        "reason": details.get("reason"),
        "terms": _terms(details.get("terms")),
        "outcome": content.get("outcome"),
        "count": content.get("count"),
        "of": content.get("of"),
        "why": "; ".join(content["why"]) if isinstance(content.get("why"), list) else content.get("why"),
        "hash": one.entry.hash,
    }


def council_statistics(
    period: Period,
    log: Iterable[Logged],
    cases: Iterable[StoredCase],
    screened: Mapping[str, Mapping[str, int]],
    dwellings_by_zip: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Numbers without persons, small cells withheld. screened: tables read off a screening, by name.

    dwellings_by_zip: of the whole city; with it, `cases_by_zip` is also told per dwelling.
    """
    accesses = [one for one in log if one.content.get("kind") == "access" and period.holds(str(one.content["at"]))]
    tables = {
        "cases_by_status": dict(sorted(Counter(case.status for case in cases).items())),
        "accesses_by_purpose": _counts(accesses, "purpose"),
        "accesses_by_outcome": _counts(accesses, "outcome"),
        **screened,
    }
    return {
        "schema": COUNCIL_SCHEMA,
        "period": asdict(period),
        "smallest_count_shown": LEAST,
        "tables": {name: {"counts": withheld(counts), "total": total_of(counts)} for name, counts in tables.items()},
        "cases_per_1000_dwellings_by_zip": (
            None if dwellings_by_zip is None else rates_per_dwelling(screened["cases_by_zip"], dwellings_by_zip)
        ),
    }


def people_seen(store: Store, operator: str, period: Period) -> list[dict[str, Any]]:
    """Every person whose data an operator was shown in a period, once per case: whom to tell of a breach.

    name, case, address, state (null: not known), sources, first and last time, entries. State law counts residents.
    """
    seen: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in logged(store):
        content = one.content
        mine = content.get("kind") == "result" and content.get("operator") == operator
        if not mine or not period.holds(str(content["at"])):
            continue
        for subject in (one.details or {}).get("subjects", ()):
            key = (str(subject["name"]), str(subject["case"]), str(subject["address"]))
            row = seen.setdefault(
                key,
                {
                    "name": key[0],
                    "case": key[1],
                    "address": key[2],
                    "state": subject.get("state"),
                    "sources": " ".join(subject.get("sources", ())),
                    "first_at": content["at"],
                    "last_at": content["at"],
                    "entries": 0,
                },
            )
            row["last_at"] = content["at"]
            row["entries"] += 1
    return [seen[key] for key in sorted(seen)]


def _counts(accesses: Sequence[Logged], field: str) -> dict[str, int]:
    return dict(sorted(Counter(str(one.content.get(field) or "not given") for one in accesses).items()))


def _terms(terms: object) -> str | None:
    if not isinstance(terms, Mapping):
        return None
    return "; ".join(f"{name}={value}" for name, value in terms.items() if value is not None) or None
