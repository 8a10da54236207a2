"""An explanation as lines of text. Bits are rounded so that what is printed adds up to the printed total."""

from collections.abc import Iterator

from evidence.explanation import Explanation
from evidence.judging.shown import words
from evidence.render.rounding import DIGITS, rounded_to_add_up
from evidence.wording import percent
from matchers.bare_name_settings import DEFAULT
from matchers.explain import Compared, Contribution, PairScore
from matchers.explain_addresses import AddressExplained
from matchers.explain_chain import Step, is_identity
from matchers.explain_names import NamesExplained
from matchers.explain_persons import PersonsExplained
from matchers.explain_plates import BIT_WORDS, ReadingExplained
from matchers.explain_words import feature_name

_VOTERS = 12
_PLACES = 8
_NAME, _SMALL = 21, 9
_LEVELS = {"prior": "before looking", "shared_rest": "all but one", "order": "order", "suffix": "suffix (Jr, Sr)"}


def lines(explanation: Explanation) -> Iterator[str]:
    """The whole explanation for a terminal, one line at a time."""
    yield f"A  {explanation.a.label}"
    if explanation.b is not None:
        yield f"B  {explanation.b.label}"
    if explanation.persons is not None:
        yield ""
        yield from _persons(explanation.persons)
    for link in explanation.judgements:
        yield f"Judged: {link.left} and {link.right}: {words(link)}"
    if "name" in (explanation.a.kind, explanation.b.kind if explanation.b is not None else ""):
        yield from _bare_names(explanation)
        return
    for reading in explanation.readings:
        yield ""
        yield from _reading(reading)
    for address in explanation.addresses:
        yield ""
        yield from _address(address)
    if explanation.chain == () and explanation.persons is None:
        yield ""
        yield "Both names mean one and the same thing."
    if explanation.b is not None and explanation.chain != ():
        yield ""
        yield from _chain(explanation)


def signed(bits: float) -> str:
    """`+3.10`, `−0.25`, `0.00`: a sign that reads aloud, a true minus."""
    return f"{'+' if bits > 0 else '−' if bits < 0 else ' '}{abs(bits):.{DIGITS}f}"


def _persons(told: PersonsExplained) -> Iterator[str]:
    yield told.verdict
    if told.pair is not None:
        chances = " and ".join(map(percent, told.p_member))
        yield f"Chance that each name belongs to its person: {chances}."
    if told.p_one_after_all is not None:
        yield f"Chance that the two are one person after all: {percent(told.p_one_after_all)}."
    if told.pair is not None:
        yield ""
        yield from _pair(told.pair)
    if told.compared is not None:
        yield from _compared(told.compared)
    if told.through:
        yield ""
        yield "What links them, step by step:"
        for number, step in enumerate(told.through, 1):
            yield f"{number}."
            yield from (f"   {line}" for line in _pair(step))
    for objection in told.kept_apart_by:
        yield ""
        yield f"What forbids it: {'; '.join(objection.objections)}."
        yield from (f"   {line}" for line in _pair(objection))


def _bare_names(explanation: Explanation) -> Iterator[str]:
    if not explanation.names:
        yield ""
        yield "No two of these names can be compared: one has no readable part, or they share no alphabet."
        return
    for told in explanation.names:
        yield ""
        yield from _two_names(told)
    yield ""
    yield f"Names alone: no address, no date. {percent(DEFAULT.prior_p)} of pairs that somebody asks about are taken"
    yield "to be one person's before looking."


def _two_names(told: NamesExplained) -> Iterator[str]:
    whose = f" ({told.person_id})" if told.person_id is not None else ""
    yield f"{told.left!r}  with  {told.right!r}{whose}"
    bits, total = rounded_to_add_up([part.bits for part in told.parts])
    for part, shown in zip(told.parts, bits, strict=True):
        if part.bits != 0 or part.level == "missing":
            yield f"  {_LEVELS.get(part.level, 'part'):<{_NAME}}{signed(shown):>{_SMALL}}  {part.words}"
    yield f"  {'total':<{_NAME}}{signed(total):>{_SMALL}}  probability {probability(told.p_match)}"


def _pair(pair: PairScore) -> Iterator[str]:
    yield f"{pair.left_words}  with  {pair.right_words}"
    spoken = [c for c in pair.contributions if c.bits != 0 or c.level not in ("missing", None)]
    silent = [feature_name(c.feature) for c in pair.contributions if c.level == "missing" and c.bits == 0]
    bits, total = rounded_to_add_up([c.bits for c in spoken])
    yield f"  {'comparison':<{_NAME}}{'bits':>{_SMALL}}{'m':>{_SMALL}}{'u':>{_SMALL}}  found"
    for contribution, shown in zip(spoken, bits, strict=True):
        m, u = (chance(value) for value in (contribution.m, contribution.u))
        rarer = rarity(contribution)
        yield (
            f"  {feature_name(contribution.feature):<{_NAME}}{signed(shown):>{_SMALL}}{m:>{_SMALL}}{u:>{_SMALL}}"
            f"  {contribution.words}{rarer}"
        )
    yield f"  {'total':<{_NAME}}{signed(total):>{_SMALL}}{'':>{2 * _SMALL}}  probability {probability(pair.p_match)}"
    if silent:
        yield f"  no weight either way, since one side says nothing: {', '.join(silent)}"
    for objection in pair.objections:
        yield f"  against it: {objection}"


def _compared(compared: Compared) -> Iterator[str]:
    if compared.kept:
        if compared.rules:
            yield f"  compared by the run, because of: {'; '.join(compared.rules)}"
        return
    if compared.block_too_large:
        yield f"  never compared by the run: too many share {'; '.join(compared.rules)}. Scored here with its weights."
    elif compared.rules:
        yield f"  compared by the run ({'; '.join(compared.rules)}) and not kept, being so unlikely. Scored here again."
    else:
        yield "  never compared by the run: no blocking rule proposes the pair. Scored here with its weights."
        for words, rule in compared.lacking:
            yield f"    it would have been, had {words} agreed (rule: {rule})"
        if not compared.lacking:
            yield "    no single agreement would have been enough"


def _reading(told: ReadingExplained) -> Iterator[str]:
    yield told.verdict
    written = told.written_plate or "no plate"
    state = f" {told.written_state}" if told.written_state else ""
    look = f", {told.described}" if told.described else ""
    yield f"  written in vehicle_log row {told.log_row} ({told.observed}, case {told.case_id}): {written}{state}{look}"
    for candidate in told.candidates:
        where = f"registration row {candidate.dmv_row}" if candidate.dmv_row is not None else "not in the registry"
        state = f" {candidate.plate_state}" if candidate.plate_state else ""
        yield (
            f"  {candidate.plate}{state}, {where}: {candidate.edits} edit{'' if candidate.edits == 1 else 's'}, "
            f"probability {probability(candidate.p_hypothesis)}"
        )
        parts = [(name, bits) for name, bits in candidate.bits.items() if bits != 0]
        shown, total = rounded_to_add_up([bits for _, bits in parts])
        for (name, _), bits in zip(parts, shown, strict=True):
            yield f"    {name:<{_NAME - 2}}{signed(bits):>{_SMALL}}  {BIT_WORDS.get(name, name)}"
        yield f"    {'total':<{_NAME - 2}}{signed(total):>{_SMALL}}"
    if told.candidates:
        away = [c for c in told.candidates if c.dmv_row is None]
        least = f"no such plate reaches the {told.least_reported:g} from which candidates are listed"
        yield f"  not in the registry at all: {probability(told.p_not_registered) if away else least}"
        yield f"  any plate not listed here: {probability(told.p_not_reported)}"
    if told.vehicle_id is not None:
        yield f"  vehicle {told.vehicle_id}, probability {probability(told.p_vehicle or 0.0)}"
    if told.voters:
        yield f"  other sightings of this vehicle, which voted: {len(told.voters)}"
        for voter in told.voters[:_VOTERS]:
            yield f"    row {voter.log_row}, {voter.observed_date}: {voter.read_plate or 'plate not read'}"
        if len(told.voters) > _VOTERS:
            yield f"    and {len(told.voters) - _VOTERS} more"


def _address(told: AddressExplained) -> Iterator[str]:
    yield f"The address {told.text!r}{f' ({told.field})' if told.field else ''} may mean:"
    for place in told.places[:_PLACES]:
        yield f"  {probability(place.p_dwelling):<12}{place.dwelling_id or 'no dwelling of the city'}: {place.words}"
        if place.p_building is not None and place.p_unit is not None and place.p_unit < 1:
            yield f"{'':14}{probability(place.p_building)} the building x {probability(place.p_unit)} the unit"
    rest = told.places[_PLACES:]
    if rest:
        shared = probability(sum(place.p_dwelling for place in rest))
        yield f"  {shared:<12}{len(rest)} more, none likelier than these"


def _chain(explanation: Explanation) -> Iterator[str]:
    steps = explanation.chain
    if steps is None:
        yield "Nothing in the linkage graph ties the two."
    elif steps:
        yield "The chain between them:"
        yield f"  {steps[0].a}"
        for step in steps:
            yield from _step(step)
        if not is_identity(steps) and any(node.startswith("person:") for step in steps for node in (step.a, step.b)):
            yield "  A chain is not identity: only 'names' says who somebody is."


def _step(step: Step) -> Iterator[str]:
    yield f"    {step.type}: {step.reason}; probability {probability(step.probability)}"
    yield f"  {step.b}"


def rarity(contribution: Contribution) -> str:
    """How common the agreeing value is beside the city's average."""
    u, usual = contribution.u, contribution.usual_u
    if contribution.level != "exact" or not u or not usual or 0.5 < usual / u < 2:
        return ""
    return f" (a {'rare' if usual > u else 'common'} one: u is {chance(usual)} on average)"


def chance(value: float | None) -> str:
    """An m or u with the two digits that matter; blank where there is none."""
    return "" if value is None else f"{value:.2g}"


def probability(p: float) -> str:
    """`97%`; near the ends with the digits that matter, so that a table can be checked."""
    if 0.01 <= p <= 0.99 or p in (0.0, 1.0):
        return percent(p) if p < 1 else "100%"
    return f"{p:.2g}" if p < 0.5 else f"1 − {1 - p:.2g}" if 1 - p > 1e-12 else "100%"
