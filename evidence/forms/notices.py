"""The notices and the letter of compliance: who gets them, what they ask, by when, and what is left to a person.

A notice says what the rule pack gives and nothing in its place: an authority that the pack does not quote is a blank.
No notice names the sources, the vehicles or the persons behind a finding: registration and university records may not
be handed on to whoever opens the letter, and the complainant's name stands on none.
"""

from typing import Final

from evidence.forms.facts import CaseFacts
from evidence.forms.model import Copy, Section
from evidence.forms.process import FormRefused, Said, fine_words, periods
from evidence.render.words import FINDINGS, sentence
from evidence.rules.process import NoticeText

_NO_TEXT = NoticeText(text_status="memory")
# Not why: an exemption may tell who lives there, and the letter goes to the complainant too.
_NO_LIMIT: Final = (
    "The City found on the day named above that the limit on the number of occupants does not apply to this property. "
    "The case is closed.",
)


def investigation_notice(facts: CaseFacts, said: Said) -> tuple[Copy, ...]:
    """To the owner and the manager: a complaint is looked into, and what they must send."""
    text = facts.pack.notices.investigation_notice or _NO_TEXT
    sections = (
        Section(
            "Notice of investigation",
            facts=(
                ("Property", facts.summary.address, ""),
                ("Case", facts.summary.case_id, ""),
                ("Authority", text.authority or None, ""),
            ),
            paragraphs=(
                "A complaint says that more persons live at this property than the law allows. The City looks into it. "
                "Nothing has been decided: this notice is not a finding and not a citation.",
                f"The limit: {sentence(facts.summary.rule.limit_text)}",
            ),
        ),
        Section(
            "What you are asked for",
            facts=(("Please send", text.demand or None, ""),),
            points=_otherwise(text, fine_words(facts, "disclosure")),
        ),
        periods(facts, said, ("disclosure_days",)),
        _rights(),
    )
    return tuple(Copy(to, sections) for to in owner_and_manager(facts))


def violation_notice(facts: CaseFacts, said: Said) -> tuple[Copy, ...]:
    """To owner, manager and occupants. Raises FormRefused unless the finding is that the limit is exceeded."""
    s = facts.summary
    if s.finding != "over_limit_shown":
        raise FormRefused(
            f"no violation notice for case {s.case_id}: the finding is “{FINDINGS[s.finding][0]}”. "
            f"{s.finding_sentence} A notice needs evidence that meets the standard of proof"
        )
    text = facts.pack.notices.violation_notice or _NO_TEXT
    fine = fine_words(facts, "occupancy_per_day")
    sections = (
        Section(
            "Notice of violation",
            facts=(
                ("Property", s.address, ""),
                ("Case", s.case_id, ""),
                ("Authority", text.authority or None, ""),
                ("Days judged", f"{s.window.from_} to {s.window.to}", ""),
                ("Standard of proof", s.rule.standard_of_proof, ""),
            ),
            paragraphs=(
                f"The limit: {sentence(s.rule.limit_text)}",
                "The City has found, at the standard of proof named above, that on some day of these days more persons "
                "occupied this property than the limit allows.",
            ),
        ),
        Section(
            "What you must do",
            facts=(("Please", text.demand or None, ""),),
            points=_otherwise(text, f"{fine} for each day, to each occupant, owner and manager" if fine else ""),
        ),
        periods(facts, said, ("cure_days", "inspection_days", "hearing_request_days")),
        _rights(),
    )
    return tuple(Copy(to, sections) for to in (*owner_and_manager(facts), *occupants(facts)))


def compliance_letter(facts: CaseFacts, said: Said) -> tuple[Copy, ...]:
    """To owner, manager, occupants and the complainant, each on a page of its own that names no other."""
    s = facts.summary
    found = Section(
        "The property complies",
        facts=(
            ("Property", s.address, ""),
            ("Case", s.case_id, ""),
            ("Found to comply on", said.complied_on.isoformat() if said.complied_on else None, ""),
        ),
        paragraphs=_NO_LIMIT
        if not facts.limited
        else (
            f"The limit: {sentence(s.rule.limit_text)}",
            "The City found on the day named above that the number of occupants lies within the limit. The case is "
            "closed.",
            "Should the limit be exceeded again, a new case looks at that time on its own evidence.",
        ),
    )
    thanks = Section(
        "To the person who brought this to us",
        paragraphs=(
            "Thank you for your report. Who lives at the property, and on what records the City relied, cannot be told "
            "in this letter; your own name stands in no letter to others.",
        ),
    )
    parties = (*owner_and_manager(facts), *occupants(facts))
    complainant = (
        "The person who filed the complaint",
        "name and address: from the complaint file, for this copy alone",
    )
    return (*(Copy(to, (found, _rights())) for to in parties), Copy(complainant, (found, thanks)))


def owner_and_manager(facts: CaseFacts) -> list[tuple[str, ...]]:
    """The recorded owner with the address to write to, and whom the case file names, where it is another name."""
    owner, mailing = facts.assessor.get("owner_name"), facts.assessor.get("owner_mailing_address")
    named = facts.case.get("owner_manager_name")
    found = [(f"{owner}, owner of record", mailing or facts.summary.address)] if owner else []
    if named and (not owner or _letters(named) != _letters(owner)):
        found.append((f"{named}, owner or manager", "" if owner else facts.summary.address))
    return [tuple(line for line in to if line) for to in found] or [("The owner of", facts.summary.address)]


def occupants(facts: CaseFacts) -> list[tuple[str, ...]]:
    """Tenants by the names on their own lease, and one copy to whoever else lives there."""
    tenants = [(f"{name}, tenant", facts.summary.address) for name in facts.on_lease]
    return [*tenants, ("All other occupants of", facts.summary.address)]


def _otherwise(text: NoticeText, fine: str) -> tuple[str, ...]:
    points = [sentence(text.consequence)] if text.consequence else []
    return (*points, f"Otherwise the law provides for {fine}.") if fine else tuple(points)


def _rights() -> Section:
    return Section(
        "Questions and objections",
        facts=(("Inspector", None, ""), ("Telephone and address", None, "")),
        paragraphs=("You may see the evidence about yourself, correct it, and add to it.",),
    )


def _letters(text: str) -> str:
    return "".join(sorted(character for character in text.upper() if character.isalnum()))
