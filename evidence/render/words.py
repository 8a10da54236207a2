"""Numbers and codes as words that a hearing can read: percentages, odds, source rows, findings, terms."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from evidence.summary_model import SourceRow

# A number of occupants less probable than this is left out of the chart and its table.
LEAST_SHOWN = 0.0005

# Finding -> (label, what it means to somebody who has never seen the program).
FINDINGS: dict[str, tuple[str, str]] = {
    "over_limit_shown": (
        "Over the limit shown",
        "The evidence meets the rule's standard of proof that more persons lived here than the rule allows.",
    ),
    "insufficient_evidence": (
        "Evidence insufficient",
        "The evidence at hand can neither show nor dispel it; see what to ask for next.",
    ),
    "not_shown": (
        "Over the limit not shown",
        "The evidence at hand points to a lawful number of occupants.",
    ),
    "exempt": ("Exempt", "The rule does not limit this dwelling; nothing is concluded about who lives there."),
}

SOURCES: dict[str, str] = {
    "cases": "case file",
    "vehicle_log": "vehicle log",
    "dmv_registrations": "vehicle registrations",
    "lease_disclosures": "lease disclosures",
    "utility_billing": "utility billing names",
    "utility_usage": "utility usage",
    "university_addresses": "university addresses",
    "assessor": "assessor's record",
}

STRENGTHS: dict[str, str] = {
    "proof": "Proof",
    "strong": "Strong",
    "moderate": "Moderate",
    "weak": "Weak",
    "context": "Context",
}

WATCHED: dict[str, str] = {
    "overnight": "stayed overnight (proved)",
    "seen": "seen, but not shown to stay overnight",
    "looked_not_seen": "somebody looked, vehicle not there",
}

JUDGED: dict[str, tuple[str, str]] = {
    "person": ("taken for one person", "kept apart as two persons"),
    "vehicle": ("confirmed by judgement as this vehicle", "rejected by judgement: not this vehicle"),
    "dwelling": ("confirmed by judgement as this dwelling", "rejected by judgement: not this dwelling"),
}
"""What a judgement that binds came to: where confirmed, and where rejected."""
OPERATORS: dict[str, str] = {
    "owner": "the registered owner",
    "kin of owner": "a relative of the owner",
    "other occupant": "another occupant",
    "unknown person": "a person not known",
    "visitor": "a visitor",
    "neighbour": "a neighbour",
}

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Proved",
        "follows from the rows quoted, without any assumption about rates. A proved number is a floor: "
        "the true number may be higher.",
    ),
    (
        "Estimated",
        "the most probable value given everything known, always with the range that holds the true value "
        "nine times in ten. An estimate is never proof.",
    ),
    (
        "Occupants",
        "residents, and guests who stay long enough to count under the rule, at one time in the case window.",
    ),
    (
        "Case window",
        "the days around the opening of the case for which the number of occupants is judged.",
    ),
    (
        "Night",
        "an overnight stay, named by the date on which the night begins. A visit in the evening is not a night.",
    ),
    (
        "Watched night",
        "a night on which somebody looked. A night on which nobody looked is not known: it counts neither way.",
    ),
    (
        "Bits",
        "the unit of weight of evidence: each bit for doubles the odds, each bit against halves them. "
        "Bits add up; ten bits are odds of about a thousand to one.",
    ),
    (
        "Source row",
        "“vehicle_log row 17” is the 17th row of data, after the headings, in the file listed under Provenance.",
    ),
)


# Sections of a summary: anchor -> name, in their order.
CONTENTS: tuple[tuple[str, str], ...] = (
    ("weighing", "Evidence for and against"),
    ("headcount", "How many persons"),
    ("rule", "The rule"),
    ("persons", "Persons"),
    ("vehicles", "Vehicles"),
    ("nights", "Guest-nights"),
    ("sensitivity", "What the finding rests on"),
    ("next", "What to ask for next"),
    ("missing", "What is missing"),
    ("limitations", "Limitations"),
    ("method", "How this was worked out"),
    ("provenance", "Provenance"),
    ("terms", "Terms"),
)

# What the engine does, for somebody who will never read it.
METHOD: tuple[str, ...] = (
    "Every address in the files was matched to a dwelling of the city; where an address could mean several, each got "
    "its share of probability.",
    "Every plate in the log was read as a person may have misread or miswritten it. Sightings of one vehicle were read "
    "together, and “not registered” was always among the answers.",
    "Names in the files were compared with one another: spelling, rarity, birth dates, addresses. Names that are "
    "probably one person's were counted once, and the doubt that remains was kept.",
    "A night was called proved only where rows of the log show the vehicle at the dwelling across it. Nights on which "
    "nobody looked count neither way.",
    "For each person, the lists that name him or her here, elsewhere, or nowhere were weighed by how complete and how "
    "out of date such lists are in this city, which was learned from the files themselves.",
    "From this, and from bedrooms, usage and vehicles, the probability of each number of occupants was worked out, "
    "those whom no list names among them.",
    "The rule was applied to every combination of who may live here and who may be related, and the probabilities of "
    "the combinations over the limit were added up.",
    "The whole was repeated with each source left out, and with rates moved as far as the data allow.",
)


def points(change: float) -> str:
    """A change of probability in percentage points, signed.

    >>> points(-0.35), points(0.0021)
    ('−35 points', 'no change to speak of')
    """
    whole = round(change * 100)
    if whole == 0:
        return "no change to speak of"
    return f"{'+' if whole > 0 else '−'}{abs(whole)} point{'s' if abs(whole) != 1 else ''}"


def number(value: float) -> str:
    """A number with at most one decimal, none where it is whole."""
    return f"{value:.1f}".removesuffix(".0")


def nights(value: float) -> str:
    """Estimated nights: whole ones, because a tenth of a night would feign a precision that is not there."""
    return f"{value:.0f}"


def ranged(value: float, low: float, high: float) -> str:
    """`4.3 (3–5)`; only the value where the range has no width."""
    return number(value) if low == high == value else f"{number(value)} ({number(low)}–{number(high)})"


def sentence(text: str) -> str:
    """Text that begins with a capital and ends with a full stop."""
    stripped = text.strip()
    return stripped[:1].upper() + stripped[1:] + ("" if not stripped or stripped[-1] in ".!?" else ".")


def count(quantity: int, singular: str, plural: str | None = None) -> str:
    """`1 night`, `2 nights`."""
    return f"{quantity:,} {singular if quantity == 1 else plural or singular + 's'}"


def weight(bits: float) -> str:
    """What a contribution does to the odds, in words.

    >>> weight(5.0), weight(-1.0), weight(0.01), weight(40)
    ('odds ×\\xa032', 'odds ÷\\xa02', 'hardly any effect', 'odds ×\\xa0more than 1,000')
    """
    if abs(bits) < 0.1:
        return "hardly any effect"
    factor = 2 ** min(abs(bits), 20.0)
    shown = f"{factor:,.0f}" if factor >= 9.95 else number(factor)
    return f"odds {'×' if bits > 0 else '÷'}\u00a0{'more than 1,000' if factor > 1000 else shown}"


def signed_bits(bits: float) -> str:
    """Bits with a sign, one decimal, a true minus."""
    return f"{'+' if bits >= 0 else '−'}{abs(bits):.1f}"


def rows_words(rows: Iterable[SourceRow]) -> list[tuple[str, str, str]]:
    """Source rows as (source, rows in words, file), runs of neighbours drawn together, one entry per source and file.

    `vehicle_log row 17`, `vehicle_log rows 501–517, 540`.
    """
    ordered = sorted({(row.source, row.file, row.row) for row in rows})
    words = []
    for (source, file), group in groupby(ordered, key=lambda row: row[:2]):
        numbers = [row for _, _, row in group]
        words.append((source, f"row{'s' if len(numbers) > 1 else ''} {ranges(numbers)}", file))
    return words


def ranges(numbers: Sequence[int]) -> str:
    """Ascending whole numbers with runs of three or more drawn together.

    >>> ranges([1, 2, 3, 5, 6, 9])
    '1–3, 5, 6, 9'
    """
    parts: list[str] = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [value for _, value in run]
        parts += [f"{members[0]}–{members[-1]}"] if len(members) > 2 else [str(value) for value in members]
    return ", ".join(parts)
