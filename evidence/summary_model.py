"""The evidence summary of one case as plain data: what `summary.json` holds and what every page renders.

One source of truth: JSON, HTML and PDF are renderings of `Summary` and compute nothing of their own. Proof (a floor
that needs no model) and estimate (with interval, level, unit and method) are separate fields and never mix.
Probabilities are in [0, 1]; days and nights are calendar days, a night is named by the date on which it begins;
bits are log2 of a likelihood ratio (positive: for residence or for the limit being exceeded). None means not known.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evidence.case_files import SCHEMA_FAMILY

SCHEMA = f"{SCHEMA_FAMILY}/1"

FindingWord = Literal["over_limit_shown", "not_shown", "insufficient_evidence", "exempt"]


class Plain(BaseModel):
    """Base of every part: frozen, no field that is not declared, `from` written as in the contract."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class SourceRow(Plain):
    """A row of an input file: `row` is the 1-based number of the data row, `field` the cell that matters."""

    source: str
    file: str
    row: int
    field: str | None = None


class Window(Plain):
    """A span of days, both ends included."""

    from_: date = Field(alias="from")
    to: date


class OccupantCount(Plain):
    occupants: int
    probability: float


class Occupants(Plain):
    """Distribution of the greatest number of distinct occupants at one time in the window."""

    distribution: list[OccupantCount]
    mean: float
    low: int
    high: int
    level: float = 0.90
    unit: str = "persons"
    method: str
    proved_at_least: int = Field(description="floor: distinct persons shown without any model, possible links merged")
    proved_by: str


class Contribution(Plain):
    """One reason in a person's residence odds; the bits of all contributions add up to the person's total."""

    text: str
    bits: float
    rows: list[SourceRow]


class Naming(Plain):
    """One row that names the person, as written there."""

    row: SourceRow
    text: str
    p_member: float
    says: str


class GuestDays(Plain):
    """Nights of one person (or one vehicle) in the 12 months, ending in the window, that hold most of them."""

    subject_id: str
    display_name: str | None
    on_lease: bool
    observed: int = Field(description="proved floor, nights")
    observed_window: Window | None
    estimated: float | None = Field(description="estimate, nights")
    low: float | None
    high: float | None
    level: float = 0.90
    unit: str = "nights"
    method: str
    limit_readings: list[str] = Field(description="each reading of the guest test and whether it is met")
    nights_still_needed: int | None = Field(description="more proved nights that would meet the test; 0 when met")
    rows: list[SourceRow]


class Person(Plain):
    person_id: str
    display_name: str | None
    on_lease: bool
    p_occupant: float
    contributions: list[Contribution]
    named_by: list[Naming]
    vehicles: list[str]
    guest_days_observed: int
    guest_days_estimated: float | None
    guest_days_low: float | None
    guest_days_high: float | None


class Night(Plain):
    """One night at the dwelling; `how`: a sighting between 01:00 and 05:00, or evening and morning."""

    night: date
    how: str
    rows: list[SourceRow]


class WatchedNight(Plain):
    """A night on which somebody looked; `seen` False is evidence of absence, a night not listed is not known."""

    night: date
    state: Literal["overnight", "seen", "looked_not_seen"]


class Reading(Plain):
    """One logged plate as written and the plate it is taken for."""

    row: SourceRow
    written: str
    taken_for: str
    p_match: float
    edits: int


class Operator(Plain):
    """One hypothesis about who drives a vehicle; the hypotheses of one vehicle sum to 1."""

    who: Literal["owner", "kin of owner", "other occupant", "unknown person", "visitor", "neighbour"]
    person_id: str | None
    display_name: str | None
    probability: float
    reason: str


class Vehicle(Plain):
    vehicle_id: str
    plate: str | None
    plate_state: str | None
    description: str
    p_registered: float
    registration: SourceRow | None
    registered_owner: str | None
    registered_address: str | None
    operators: list[Operator]
    nights_observed: int
    nights_window_max: int
    window: Window | None
    nights: list[Night]
    watched: list[WatchedNight]
    readings: list[Reading]


class EvidenceItem(Plain):
    text: str
    strength: Literal["proof", "strong", "moderate", "weak", "context"]
    rows: list[SourceRow]


class LeftOut(Plain):
    """p_over_limit when one source is left out of the whole computation."""

    source: str
    p_over_limit: float
    change: float


class NextEvidence(Plain):
    """What could be asked for next; `expected_change` is the expected absolute change of p_over_limit."""

    request: str
    why: str
    expected_change: float
    p_settles: float = Field(description="probability that the finding would no longer be insufficient_evidence")
    hours: float
    method: str


class RuleReading(Plain):
    """One reading of an ambiguous threshold, and what it makes of the case."""

    reading: str
    p_over_limit: float
    finding: FindingWord


class PresumptionReading(Plain):
    """One reading of a presumption; the window and vehicles are those that come nearest to meeting it."""

    reading: str
    met: bool
    vehicles: list[str]
    window: Window | None
    nights: int = Field(description="proved nights in the window: of all vehicles together, or of the least of them")
    nights_needed: int


class PresumptionText(Plain):
    """What the ordinance presumes; it never enters p_over_limit."""

    name: str
    text: str
    citation: str
    rebuttable: bool
    not_evaluated: str | None = Field(description="the facts it would need, where no source holds them")
    readings: list[PresumptionReading]
    readings_matter: bool


class RuleText(Plain):
    pack: str
    title: str
    citation: str
    text_status: str
    limit_text: str
    persons_if_unrelated: int | None = Field(
        default=None, description="most persons lawful here when none are related; None: the rule is no number"
    )
    guest_text: str
    guest_nights: int | None = Field(
        default=None, description="nights that the guest test speaks of, for the drawings; None: no such number"
    )
    standard_of_proof: str
    readings: list[RuleReading]
    readings_matter: bool
    not_given: list[str] = Field(default=[], description="what the pack's sources do not say")
    undecided: list[str] = Field(default=[], description="why the law is not decided here; empty where it is")
    guest_estimate: str = Field(default="", description="how the guest test enters the probability")
    kinship: str = Field(default="", description="whether kinship was summed exactly or drawn, and its standard error")
    presumptions: list[PresumptionText] = []


class AbsentSource(Plain):
    source: str
    consequence: str


class InputFile(Plain):
    source: str
    file: str
    sha256: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int


class Provenance(Plain):
    program: str
    version: str
    inputs: list[InputFile]
    settings: dict[str, str | int | float | bool | None]


class JudgedBy(Plain):
    """What one reviewer decided; `decision` and `reason` are None until a blind review has its second reviewer."""

    by: str
    decided_at: str
    decision: str | None
    reason: str | None


class JudgedLink(Plain):
    """A link on which people decided. `about`: whether two namings are one person, a reading of the log is a registered
    vehicle, an address as written is a dwelling; `same`: that they are, or not; None where nothing binds.
    """

    about: Literal["person", "vehicle", "dwelling"] = "person"
    left: str
    left_says: str
    right: str
    right_says: str
    state: str
    same: bool | None
    judgements: list[JudgedBy]


class Summary(Plain):
    """Everything a reader of one case sees."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    case_id: str
    address: str
    dwelling_id: str | None
    opened_on: date | None
    complaint_type: str | None
    rule_pack: str
    rule: RuleText
    window: Window
    finding: FindingWord
    finding_sentence: str
    p_over_limit: float
    p_over_limit_low: float
    p_over_limit_high: float
    occupants: Occupants
    persons_named: int
    persons_named_low: int
    persons_named_high: int
    dwelling_facts: list[str]
    persons: list[Person]
    unknown_occupants_mean: float
    vehicles: list[Vehicle]
    guest_days: list[GuestDays]
    evidence_for: list[EvidenceItem]
    evidence_against: list[EvidenceItem] = Field(min_length=1)
    sensitivity: list[LeftOut]
    next_evidence: list[NextEvidence]
    absent_sources: list[AbsentSource]
    quarantined_rows: list[str]
    limitations: list[str] = Field(min_length=1)
    judgements: list[JudgedLink] = Field(default_factory=list, description="empty: nobody judged a link")
    provenance: Provenance
    content_sha256: str = Field(
        default="", description="the seal: SHA-256 of all the rest (evidence/summary_seal.py); empty: not sealed"
    )
