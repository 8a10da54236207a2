"""Any form of a case, filled: one door for the command and for programs."""

from collections.abc import Callable, Sequence
from typing import get_args

from evidence.forms import investigation, notices
from evidence.forms.facts import CaseFacts
from evidence.forms.model import Copy, Form, FormName
from evidence.forms.process import FormRefused, Said
from evidence.render.words import FINDINGS
from evidence.summary_model import Summary
from evidence.wording import percent

FORMS: dict[FormName, tuple[str, Callable[[CaseFacts, Said], tuple[Copy, ...]]]] = {
    "investigation": (investigation.TITLE, investigation.copies),
    "investigation-notice": ("Occupancy Investigation Notice", notices.investigation_notice),
    "violation-notice": ("Occupancy Violation Notice", notices.violation_notice),
    "compliance-letter": ("Letter of compliance", notices.compliance_letter),
}


def fill(name: str, facts: CaseFacts, said: Said) -> Form:
    """Fill a form. Raises FormRefused where there is none of this name, or the case does not support it."""
    known = next((each for each in get_args(FormName) if each == name), None)
    if known is None:
        raise FormRefused(f"there is no form {name!r}; the forms are: {', '.join(FORMS)}")
    title, make = FORMS[known]
    s = facts.summary
    copies = make(facts, said)
    return Form(
        form=known,
        title=title,
        case_id=s.case_id,
        address=s.address,
        rule_pack=s.rule_pack,
        dated=said.mailed_on.isoformat() if said.mailed_on else None,
        summary_seal=s.content_sha256,
        program=f"{s.provenance.program} {s.provenance.version}",
        copies=copies,
        before_issue=() if said.approval else tuple(_to_look_at(known, s, copies, said)),
        approval=said.approval,
    )


def _to_look_at(name: FormName, s: Summary, copies: Sequence[Copy], said: Said) -> list[str]:
    """What the person who approves ought to have read first."""
    remarks = ["A person must approve it by name and say why; the program issues nothing."]
    if s.rule.text_status != "quoted":
        remarks.append(f"The text of the rule is {s.rule.text_status}: have it compared with the law itself.")
    if s.rule.undecided:
        remarks += [f"The law is not decided here: {reason}." for reason in s.rule.undecided]
    if name == "investigation-notice" and s.finding == "exempt":
        remarks.append(f"It speaks of a limit that does not apply here. {s.finding_sentence}")
    elif name == "compliance-letter" and s.finding == "exempt":
        remarks.append(f"It says that the limit does not apply here, and not why. {s.finding_sentence}")
    elif name == "compliance-letter":
        remarks.append(
            f"It says that the number of occupants lies within the limit. The summary's finding is "
            f"“{FINDINGS[s.finding][0]}” (probability of being over the limit: {percent(s.p_over_limit)}): whoever "
            "approves it must have found so, and on which day."
        )
    blanks = [name for copy in copies if copy.to for section in copy.sections for name in section.blanks]
    if blanks:
        remarks.append(f"Blanks to be filled in: {', '.join(dict.fromkeys(blanks)).lower()}.")
    if name != "violation-notice":
        return remarks
    if said.mailed_on and said.mailed_on.isoformat() <= str(s.window.to):
        remarks.append(
            f"It is mailed on {said.mailed_on} and judges days up to {s.window.to}: a notice can rest only on days "
            "before it. Mail it later, or shorten the window (window_after_days in evidence.toml) and look again."
        )
    if s.rule.readings_matter:
        remarks.append("The finding hangs on how the rule is read: see the readings in the summary.")
    if s.occupants.proved_at_least <= (s.rule.persons_if_unrelated or 0):
        remarks.append(
            f"Proved without any estimate: {s.occupants.proved_at_least} occupants. The finding rests on probability "
            f"({percent(s.p_over_limit)}), not on a count."
        )
    hang = [each.source.replace("_", " ") for each in s.sensitivity if each.p_over_limit < 0.5 <= s.p_over_limit]
    if hang:
        remarks.append(f"Without one of these sources the finding would not hold: {', '.join(hang)}.")
    against = [each for each in s.evidence_against if each.strength in ("proof", "strong", "moderate")]
    remarks += [f"Against: {each.text}" for each in against[:3]]
    return remarks
