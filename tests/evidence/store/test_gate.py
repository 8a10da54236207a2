"""Who may read: a table of what is said at the command line and what the gate answers."""

import pytest

from evidence.protection.purposes import bases, purposes
from evidence.store.gate import Request, Who, decide
from evidence.store.people import Operator, SeenCase, StoredCase
from loaders.sources import SOURCES

TODAY = "2026-06-15"
OPERATORS = [
    Operator("J. Inspector", "inspector", "2026-01-01", None),
    Operator("A. Auditor", "auditor", "2026-01-01", None),
    Operator("Gone Person", "inspector", "2026-01-01", "2026-05-31"),
    Operator("New Person", "inspector", "2026-07-01", None),
]
SEEN = [SeenCase("C-1", "open"), SeenCase("C-2", "closed"), SeenCase("C-3", "closed"), SeenCase("C-4", "reopened")]
STORED = [StoredCase("C-3", "closed", None, "2026-01-01", None, held=True)]
ALL = frozenset(source.name for source in SOURCES)
WHO = Who("J. Inspector", "investigation", "complaint of 3 June")
AUDITING = Who("A. Auditor", "audit", "first quarter")


def request(
    action: str = "summarize",
    cases: tuple[str, ...] | None = ("C-1",),
    *,
    every_dwelling: bool = False,
    looks_up_persons: bool = True,
) -> Request:
    return Request(action, "/city", ALL, cases, every_dwelling, looks_up_persons)


@pytest.mark.parametrize(
    ("who", "asked", "objection"),
    [
        (WHO, request(), None),
        (WHO, request(cases=None), None),
        (WHO, request(cases=("C-4",)), None),
        (WHO, request(cases=("C-3",)), None),
        (Who("J. Inspector", "proceeding", "hearing"), request(), None),
        (Who("J. Inspector", "custody", "new files"), request("prepare", None, looks_up_persons=False), None),
        (Who("J. Inspector", "custody", "new files"), request("check", (), looks_up_persons=False), None),
        (Who(), request(), "no operator"),
        (Who("  ", "investigation", "x"), request(), "no operator"),
        (Who("Nobody", "investigation", "x"), request(), "not among the operators"),
        (Who("j. inspector", "investigation", "x"), request(), "not among the operators"),
        (Who("Gone Person", "investigation", "x"), request(), "may read from 2026-01-01 to 2026-05-31 only"),
        (Who("New Person", "investigation", "x"), request(), "may read from 2026-07-01 only"),
        (Who("J. Inspector", None, "x"), request(), "no purpose (--purpose, one of investigation"),
        (Who("J. Inspector", "curiosity", "x"), request(), "'curiosity' is no permitted purpose"),
        (Who("J. Inspector", "investigation", None), request(), "no reason"),
        (Who("J. Inspector", "investigation", " \t"), request(), "no reason"),
        (Who("J. Inspector", "custody", "x"), request(), "looks nobody up, and summarize does"),
        (WHO, request(cases=("C-2",)), "case 'C-2' is not open"),
        (WHO, request(cases=("C-1", "C-2")), "case 'C-2' is not open"),
        (WHO, request(cases=()), "no case (--case ID)"),
        (WHO, request(every_dwelling=True), "dwellings without a case are not looked up"),
        (AUDITING, request("audit sample", None, every_dwelling=True), None),
        (AUDITING, request("judge", None, every_dwelling=True), None),
        (AUDITING, request(), "opens audit sample and judge without a case, and nothing else"),
        (AUDITING, request("screen", None, every_dwelling=True), "and nothing else"),
        (AUDITING, request("judge"), "and nothing else"),
        (WHO, request("judge"), None),
        (WHO, request("judge", None, every_dwelling=True), "whose role is 'auditor'"),
        (Who("J. Inspector", "audit", "x"), request("audit sample", None, every_dwelling=True), "role is 'auditor'"),
        (
            Who("A. Auditor", "investigation", "x"),
            request("audit sample", None, every_dwelling=True),
            "for the purpose",
        ),
    ],
)
def test_the_gate(who: Who, asked: Request, objection: str | None) -> None:
    decision = decide(who, asked, OPERATORS, SEEN, STORED, TODAY)
    assert decision.granted == (objection is None), decision.objections
    if objection is not None:
        assert any(objection in text for text in decision.objections), decision.objections


def test_every_objection_is_said_at_once() -> None:
    decision = decide(Who(), request(cases=("C-2",)), OPERATORS, SEEN, STORED, TODAY)
    assert len(decision.objections) == 4


def test_a_screening_is_for_every_open_case() -> None:
    assert decide(WHO, request(cases=None), OPERATORS, SEEN, STORED, TODAY).cases == ("C-1", "C-4")
    closed = [SeenCase("C-2", "closed")]
    assert "no case is open" in decide(WHO, request(cases=None), OPERATORS, closed, STORED, TODAY).objections


def test_an_unknown_case_is_a_search_without_hits_and_no_refusal() -> None:
    decision = decide(WHO, request(cases=("C-9",)), OPERATORS, SEEN, STORED, TODAY)
    assert decision.granted
    assert decision.unknown == ("C-9",)


def test_a_granted_access_names_the_ground_for_each_source() -> None:
    grounds = decide(WHO, request(), OPERATORS, SEEN, STORED, TODAY).bases
    assert set(grounds) == ALL
    assert grounds["dmv_registrations"] == "dppa.b1"
    assert grounds["university_addresses"] == "ferpa.directory"


def test_every_purpose_names_a_known_ground_for_every_source() -> None:
    for purpose in purposes().values():
        assert set(purpose.bases) == ALL
        assert set(purpose.bases.values()) <= set(bases())
    assert {basis.text_status for basis in bases().values()} <= {"quoted", "secondary", "memory", "project"}


def test_a_source_that_a_purpose_does_not_open_stays_shut() -> None:
    asked = Request("summarize", "/city", frozenset({"cases", "camera"}), ("C-1",))
    assert decide(WHO, asked, OPERATORS, SEEN, STORED, TODAY).objections == (
        "the purpose 'investigation' does not open camera",
    )
