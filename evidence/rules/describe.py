"""A rule pack in plain words: the law, who says so, what is run both ways, what it needs, what is not known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import floor

from evidence.rules.area import dwelling_persons
from evidence.rules.forms import ByZone, FloorArea, Form, RoomsTimes
from evidence.rules.pack import RulePack
from evidence.rules.presumption import MAJORITY_READINGS, VehiclePresumption
from evidence.rules.process import DEADLINES, counting_words

STATUS = {
    "quoted": "the law's own words were read",
    "secondary": "reports of the law were read, not the law itself",
    "memory": "unverified: from general knowledge, no text was read",
    "default": "not law: the program's own default",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines."""

    heading: str
    lines: tuple[str, ...]


def describe(pack: RulePack, on: date | None = None) -> list[Section]:
    """The pack in sections, for a terminal. on: also say whether it is the law of that day."""
    sections = [
        Section(f"{pack.id}: {pack.title}", (pack.jurisdiction, f"Source: {pack.citation}", _status(pack.text_status))),
        Section("In force", tuple(_validity(pack, on))),
        Section("A household is lawful if", (*_forms(pack.limit), *_scope(pack), f"In short: {pack.limit_text}.")),
        Section("A guest is an occupant if", tuple(_guests(pack))),
        Section("Exempt", (pack.exempt.text, *_exempt_words(pack))),
        Section("Presumptions, reported apart from the probability", tuple(_presumptions(pack))),
        Section("Standard of proof", (_standard(pack),)),
        Section("Run both ways", tuple(_both_ways(pack))),
        Section("Inputs it needs", tuple(_inputs_needed(pack))),
        Section("What the sources do not give", pack.not_given),
        Section("Notes", pack.notes),
        Section("Deadlines and fines", (*_deadlines(pack), *_fines(pack))),
    ]
    return [section for section in sections if section.lines]


def _status(status: str) -> str:
    return f"Standing of the text: {status} ({STATUS[status]})"


def _validity(pack: RulePack, on: date | None) -> Iterator[str]:
    since = f"from {pack.valid_from}" if pack.valid_from else "from a day that the sources do not give"
    yield f"{since}{f' to {pack.valid_to}' if pack.valid_to else ', with no end given'}"
    if pack.preempted_by and pack.valid_to:
        yield f"pre-empted from {pack.valid_to + timedelta(days=1)} by {pack.preempted_by}: later cases are exempt"
    if pack.supersedes or pack.superseded_by:
        yield ", ".join(
            f"{word} {other}"
            for word, other in (("after", pack.supersedes), ("followed by", pack.superseded_by))
            if other
        )
    if on is not None:
        yield f"On {on}: {_standing_on(pack, on)}"


def _standing_on(pack: RulePack, on: date) -> str:
    """Is the pack the law of this day? In words."""
    if pack.ended(on):
        return (f"pre-empted by {pack.preempted_by}" if pack.preempted_by else "no longer the law") + pack.hint_for(on)
    if pack.valid_from and on < pack.valid_from:
        if pack.supersedes:
            return f"not yet the law{pack.hint_for(on)}"
        return "before this wording; an earlier wording of the limit was in force"
    return "in force"


def _forms(forms: Sequence[Form]) -> Iterator[str]:
    for at, form in enumerate(forms):
        yield f"{'or ' if at else ''}{form.words}{f' [{form.citation}]' if form.citation else ''}"


def _scope(pack: RulePack) -> Iterator[str]:
    if pack.applies_to:
        yield f"Only where {pack.applies_to.text}: a dwelling of another recorded use is not evaluated."


def _guests(pack: RulePack) -> Iterator[str]:
    test = pack.guest_test
    yield test.text
    yield f"Source: {test.citation or pack.citation}; {_status(test.text_status)}"


def _exempt_words(pack: RulePack) -> Iterator[str]:
    if pack.exempt.permitted_use:
        yield f"by the assessor's permitted use: {', '.join(pack.exempt.permitted_use)}"


def _presumptions(pack: RulePack) -> Iterator[str]:
    for presumption in pack.presumption:
        rebuttable = "rebuttable" if presumption.rebuttable else "not rebuttable"
        done = "evaluated" if isinstance(presumption, VehiclePresumption) else f"not evaluated: {presumption.facts}"
        yield f"{presumption.name} ({rebuttable}; {done})"
        yield f"“{presumption.text}” [{presumption.citation}]"


def _standard(pack: RulePack) -> str:
    words = pack.proof_standard.replace("_", " ")
    return words if pack.standard_given else f"{words} (the program's default: the sources of this pack give none)"


def _both_ways(pack: RulePack) -> Iterator[str]:
    if len(pack.guest_test.readings) > 1:
        for at, reading in enumerate(pack.guest_test.readings):
            source = f" [{reading.source}]" if reading.source else ""
            yield f"guests: {reading.name}{source}{' (decides)' if at == 0 else ''}"
    for alternative in pack.alternative:
        yield f"limit: {alternative.name} [{alternative.source}]"
    for presumption in pack.presumption:
        if isinstance(presumption, VehiclePresumption):
            yield from (f"{presumption.name}: {reading}" for reading in MAJORITY_READINGS)
    for form in pack.limit:
        if isinstance(form, ByZone) and form.elsewhere is not None:
            yield f"the least and the most that the zone may allow: {form.number}"


def _inputs_needed(pack: RulePack) -> list[str]:
    """What the pack reads beyond who lives there, and what no source gives."""
    needs = [form.inputs for form in pack.limit if form.inputs is not None]
    if any(form.counts_ages for form in pack.limit):
        needs.append("ages: date_of_birth, or role dependent, in lease_disclosures")
    if pack.applies_to:
        needs.append("permitted_use or property_type in assessor")
    needs.append("nights of guests: vehicle_log, with looks that saw nothing, and dmv_registrations")
    if any(isinstance(p, VehiclePresumption) for p in pack.presumption):
        needs.append("owner_name and owner_address in dmv_registrations, for the vehicle presumption")
    return list(dict.fromkeys(needs))


def _deadlines(pack: RulePack) -> Iterator[str]:
    rules = pack.deadlines
    given = [(name, getattr(rules, name)) for name in DEADLINES if getattr(rules, name) is not None]
    for name, days in given:
        yield f"{name.removesuffix('_days').replace('_', ' ')}: {days} days {DEADLINES[name]}"
    if given:
        yield "; ".join(counting_words(rules)) + (f" [{rules.text}]" if rules.text else "")


def _fines(pack: RulePack) -> Iterator[str]:
    for name, (least, most) in pack.fines_usd.items():
        amount = f"up to {most:,}" if least == 0 else f"{least:,} to {most:,}"
        yield f"{name.replace('_', ' ')}: {amount} dollars"


@dataclass(frozen=True, slots=True)
class Measured:
    """Rooms of one dwelling as an inspector measured them: areas in square feet, habitable rooms, children's ages."""

    bedrooms: tuple[float, ...] = ()
    living: float | None = None
    dining: float | None = None
    rooms: int | None = None
    children: tuple[int, ...] = ()


def measured_words(pack: RulePack, measured: Measured) -> list[str]:
    """What measured rooms allow under each form of the pack that turns on rooms; a sentence where none does."""
    lines = []
    for form in pack.limit:
        if isinstance(form, FloorArea) and measured.bedrooms:
            lines.append(_area_words(form, measured))
        if isinstance(form, RoomsTimes) and measured.rooms is not None:
            lines.append(_weight_words(form, measured.rooms, measured.children))
    return lines or [f"no form of {pack.id} turns on what was measured"]


def _area_words(form: FloorArea, measured: Measured) -> str:
    other = form.has_living_rooms
    living, dining = (measured.living, measured.dining) if other else (None, None)
    allowed = dwelling_persons(measured.bedrooms, living, dining)
    rooms = " + ".join(f"{area:g}" for area in measured.bedrooms)
    lacking = " (the living room was not measured, so table 404.5 is left out)" if other and living is None else ""
    return f"bedrooms of {rooms} square feet: not more than {allowed} person{'s' * (allowed != 1)}{lacking}"


def _weight_words(form: RoomsTimes, rooms: int, children: Sequence[int]) -> str:
    allowed = Fraction(form.per_room) * rooms
    taken = sum((form.weight(age) for age in children), Fraction(0))
    whole = f"{rooms} habitable rooms: not more than {allowed} persons"
    if not children:
        return whole
    ages = ", ".join(map(str, children))
    left = f"so not more than {floor(allowed - taken)} adults" if taken <= allowed else "more than the rooms allow"
    return f"{whole}; children of {ages} years count for {taken}, {left}"
