"""From a probability to a word: the standard of proof, its margin, and who complained."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.findings import STANDARDS, Standing, find
from evidence.rules.pack import RulePack, load_pack

PACK = load_pack("fort-collins-2007")


def finding(
    p: float,
    low: float | None = None,
    high: float | None = None,
    without_log: float | None = None,
    without_claim: float | None = None,
    weak: bool = False,
    informed: bool = True,
    papers: bool = True,
    in_force: bool = True,
    exempt: bool = False,
    pack: RulePack = PACK,
) -> str:
    def one(value: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([value])

    standing = Standing(
        one(p),
        one(p if low is None else low),
        one(p if high is None else high),
        one(p if without_log is None else without_log),
        one(p if without_claim is None else without_claim),
        np.array([weak]),
        np.array([informed]),
        np.array([papers]),
        np.array([exempt]),
        np.array([in_force]),
    )
    (word,) = find(standing, pack)
    return word


@pytest.mark.parametrize(
    ("what", "facts", "word"),
    [
        ("clear", {"p": 0.9}, "over_limit_shown"),
        ("clear, but not under every rate", {"p": 0.9, "low": 0.45}, "insufficient_evidence"),
        ("likelier than not, within the margin", {"p": 0.6}, "insufficient_evidence"),
        ("at the standard", {"p": 0.5}, "insufficient_evidence"),
        ("below", {"p": 0.2}, "not_shown"),
        ("below, but not under every rate", {"p": 0.4, "high": 0.55}, "insufficient_evidence"),
        ("nothing but the prior", {"p": 0.9, "informed": False}, "insufficient_evidence"),
        ("nothing but the prior, low", {"p": 0.1, "informed": False}, "insufficient_evidence"),
        ("a number claimed and little else", {"p": 0.9, "without_claim": 0.4}, "insufficient_evidence"),
        ("a small number claimed and little else", {"p": 0.2, "without_claim": 0.6}, "insufficient_evidence"),
        ("one anonymous log alone", {"p": 0.9, "without_log": 0.3, "weak": True}, "insufficient_evidence"),
        (
            "one anonymous log where the prior is high",
            {"p": 0.9, "without_log": 0.7, "weak": True, "papers": False},
            "insufficient_evidence",
        ),
        ("a pack that is not the law of the day", {"p": 0.9, "in_force": False}, "insufficient_evidence"),
        ("a pack that is not the law of the day, low", {"p": 0.1, "in_force": False}, "insufficient_evidence"),
        ("an anonymous log and papers", {"p": 0.9, "without_log": 0.7, "weak": True}, "over_limit_shown"),
        ("a signed log alone", {"p": 0.9, "without_log": 0.3}, "over_limit_shown"),
        ("exempt", {"p": 0.99, "exempt": True}, "exempt"),
    ],
)
def test_findings_at_preponderance(what: str, facts: dict[str, float], word: str) -> None:
    assert finding(**facts) == word, what  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standard", "enough", "too_little"),
    [("preponderance", 0.76, 0.74), ("clear_and_convincing", 0.88, 0.87), ("beyond_reasonable_doubt", 0.98, 0.97)],
)
def test_a_higher_standard_asks_for_more(standard: str, enough: float, too_little: float) -> None:
    pack = PACK.model_copy(update={"proof_standard": standard})
    assert finding(enough, pack=pack) == "over_limit_shown"
    assert finding(too_little, pack=pack) == "insufficient_evidence"
    assert STANDARDS[standard] < enough


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_more_probability_never_weakens_a_finding(p: float, low: float, high: float, weak: bool) -> None:
    order = ["not_shown", "insufficient_evidence", "over_limit_shown"]
    low, high = min(low, p), max(high, p)
    more, more_low, more_high = (min(1.0, value + 0.05) for value in (p, low, high))
    before, after = finding(p, low, high, weak=weak), finding(more, more_low, more_high, weak=weak)
    assert order.index(after) >= order.index(before)
