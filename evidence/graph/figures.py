"""What stands behind an edge, as a table that adds up: the figures and the rounding of `evidence explain`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.render.explanation import chance, probability, rarity, signed
from evidence.render.rounding import rounded_to_add_up
from matchers.explain import PairScore
from matchers.explain_plates import BIT_WORDS, Candidate, ReadingExplained
from matchers.explain_words import feature_name

_FACTORS: Mapping[str, str] = {
    "address": "that the address means this dwelling",
    "name": "that the name is this person's",
    "registration": "that the plate is that of this registration",
    "building": "that the address means this building",
    "unit": "that it means this unit of the building",
    "declared": "they declared themselves one family",
    "group": "one of the families that the papers of the dwelling suggest",
    "kin_link": "the papers suggest that they are kin",
}
WEIGHT = "Bits are log2 of the odds: their sum is the weight for one person, or against."
FACTORS = "The probability is a product; each line is log2 of a factor, and 0 bits is certainty."
CANDIDATES = "Compared between the candidates of one row: the difference of two totals is the log2 of their odds."


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution. `bits` is rounded as it is shown; m and u are blank where there is no comparison."""

    name: str
    bits: float
    shown: str
    m: str = ""
    u: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The lines add up to `total`, which gives `probability`. `silent`: features of which one side says nothing."""

    left: str
    right: str
    lines: tuple[Line, ...]
    total: float
    total_shown: str
    probability: str
    meaning: str
    silent: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


def of_pair(pair: PairScore) -> Comparison:
    """Two names, feature by feature."""
    spoken = [c for c in pair.contributions if c.bits != 0 or c.level not in ("missing", None)]
    bits, total = rounded_to_add_up([c.bits for c in spoken])
    lines = tuple(
        Line(feature_name(c.feature), shown, signed(shown), chance(c.m), chance(c.u), c.words + rarity(c))
        for c, shown in zip(spoken, bits, strict=True)
    )
    silent = tuple(feature_name(c.feature) for c in pair.contributions if c.level == "missing" and c.bits == 0)
    return _summed(pair.left_words, pair.right_words, lines, total, pair.p_match, WEIGHT, silent, pair.objections)


def of_candidate(told: ReadingExplained, candidate: Candidate) -> Comparison:
    """One plate that may stand behind a row of the log."""
    parts = [(name, bits) for name, bits in candidate.bits.items() if bits != 0]
    lines, total = _lines([(name, bits, BIT_WORDS.get(name, name)) for name, bits in parts])
    return _summed(reading_words(told), candidate_words(candidate), lines, total, candidate.p_hypothesis, CANDIDATES)


def of_facts(left: str, right: str, facts: Mapping[str, Any], p: float, *, odds: bool) -> Comparison | None:
    """Any other edge of the graph from its own `bits_*`; None where it is a fact without a weight."""
    parts = [(name.removeprefix("bits_"), bits) for name, bits in facts.items() if name.startswith("bits_")]
    shown = [(name, bits, _FACTORS.get(name, name.replace("_", " "))) for name, bits in parts if name != "total"]
    if not shown:
        return None
    lines, total = _lines(shown)
    return _summed(left, right, lines, total, p, WEIGHT if odds else FACTORS)


def reading_words(told: ReadingExplained) -> str:
    """What a row of the log says: row, time, plate and look as written."""
    written = " ".join(part for part in (told.written_plate or "no plate", told.written_state) if part)
    look = f", {told.described}" if told.described else ""
    return f"vehicle_log:{told.log_row} {told.observed}: {written}{look}"


def candidate_words(candidate: Candidate) -> str:
    """The plate and where it is registered."""
    state = f" {candidate.plate_state}" if candidate.plate_state else ""
    where = f"registration row {candidate.dmv_row}" if candidate.dmv_row is not None else "not in the registry"
    return f"{candidate.plate}{state}, {where}, {candidate.edits} edit{'' if candidate.edits == 1 else 's'}"


def _lines(parts: Sequence[tuple[str, float, str]]) -> tuple[tuple[Line, ...], float]:
    rounded, total = rounded_to_add_up([bits for _, bits, _ in parts])
    named = zip(parts, rounded, strict=True)
    return tuple(
        Line(name.replace("_", " "), bits, signed(bits), words=words) for (name, _, words), bits in named
    ), total


def _summed(
    left: str,
    right: str,
    lines: tuple[Line, ...],
    total: float,
    p: float,
    meaning: str,
    silent: tuple[str, ...] = (),
    against: tuple[str, ...] = (),
) -> Comparison:
    return Comparison(left, right, lines, total, signed(total), probability(p), meaning, silent, against)
