"""The forms of the process: what each holds, who gets it, when it is refused; a draft is marked on every page."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from evidence import load
from evidence.case_files import GRAPH_PAGE, GRAPH_PAGE_MARK, owned_case
from evidence.forms.facts import CaseFacts
from evidence.forms.fill import FORMS, fill
from evidence.forms.model import DRAFT, Approval, Form
from evidence.forms.process import FormRefused, Said, said_approval
from evidence.forms.render import form_html, form_json, write_form
from evidence.render.pdf import pdf_of
from evidence.rules.pack import load_pack
from evidence.summary_model import FindingWord, Summary
from evidence.summary_seal import sealed
from tests.evidence.sample_summary import CASE_ID, SUMMARY
from tests.evidence.test_cli import Done, one_sentence, run, town  # noqa: F401 - a fixture
from tests.evidence.test_pdf import letters, text_of
from tests.evidence.test_render import HOSTILE, Page

PACK = load_pack("fort-collins-2007")
CASE = {
    "case_id": CASE_ID,
    "opened_on": date(2007, 8, 30),
    "complaint_type": "signed",
    "witness_willing": True,
    "owner_manager_name": "Front Range Rentals",
    "notice_sent_on": date(2007, 9, 4),
    "disclosure_received_on": None,
    "observations": "six cars most nights",
}
ASSESSOR = {
    "row": 640,
    "parcel_id": "97000-1",
    "owner_name": "OWNER OLIVIA",
    "owner_mailing_address": "9 Far Rd, Aspen, CO 81611",
    "zone": "RL",
    "permitted_use": "single family",
    "property_type": "Single Family",
    "bedrooms": 3,
    "finished_sqft": 1400.0,
    "basement_finished_sqft": None,
    "year_built": 1948,
    "exemption": None,
}


def at_this_address(summary: Summary) -> Summary:
    """The sample with every naming said to be at the dwelling, as `summary_people` says it."""
    persons = [
        person.model_copy(
            update={"named_by": [each.model_copy(update={"says": f"{each.says} here"}) for each in person.named_by]}
        )
        for person in summary.persons
    ]
    return summary.model_copy(update={"persons": persons})


FACTS = CaseFacts(sealed(at_this_address(SUMMARY)), PACK, CASE, ASSESSOR)
MAILED = Said(mailed_on=date(2007, 9, 4))
APPROVED = Said(mailed_on=date(2007, 9, 4), approval=Approval("Chief I. Nspector", "lease and log agree"))
EACH = pytest.mark.parametrize("name", sorted(FORMS))


def words(form: Form) -> str:
    return Page(form_html(form)).words


def recipients(form: Form) -> list[str]:
    return [copy.to[0] for copy in form.copies if copy.to]


def with_finding(finding: FindingWord) -> CaseFacts:
    return replace(FACTS, summary=SUMMARY.model_copy(update={"finding": finding}))


# Draft and approval -------------------------------------------------------------------------------------------


@EACH
def test_a_form_that_nobody_approved_is_marked_on_every_page(name: str) -> None:
    form = fill(name, FACTS, MAILED)
    assert DRAFT in words(form)
    assert DRAFT in Page(form_html(form)).text[0] + form_html(form).split("</title>")[0]
    pages = PdfReader(io.BytesIO(pdf_of(form_html(form)))).pages
    assert all(letters(DRAFT) in letters(page.extract_text()) for page in pages)
    assert json.loads(form_json(form))["approval"] is None
    assert "Before this is issued" in words(form)


@EACH
def test_an_approved_form_names_who_and_is_marked_nowhere(name: str) -> None:
    form = fill(name, FACTS, APPROVED)
    assert DRAFT not in form_html(form)
    assert "DRAFT" not in text_of(pdf_of(form_html(form)))
    assert "Approved by Chief I. Nspector" in words(form)
    assert "Before this is issued" not in words(form)
    assert json.loads(form_json(form))["approval"] == {"name": "Chief I. Nspector", "rationale": "lease and log agree"}


def test_the_reason_of_an_approval_stays_in_the_file_and_out_of_the_letters() -> None:
    assert "lease and log agree" in words(fill("investigation", FACTS, APPROVED))
    assert "lease and log agree" not in words(fill("violation-notice", FACTS, APPROVED))


@pytest.mark.parametrize(("name", "reason"), [("A", None), (None, "b"), ("  ", "b"), ("A", " ")])
def test_an_approval_needs_a_name_and_a_reason(name: str | None, reason: str | None) -> None:
    with pytest.raises(FormRefused, match="go together"):
        said_approval(name, reason)


# What each holds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "Zoning", "Assessor", "Vehicle registrations", "Utilities", "University", "Disclosure", "Field interview",
        "OWNER OLIVIA", "9 Far Rd, Aspen, CO 81611", "assessor row 640", "six cars most nights", "none recorded",
        "Over the limit shown", "The program recommends; the inspector decides.", "lease_disclosures row 12",
        "A vehicle at the dwelling is not a person at the dwelling.", "Proved nights of all vehicles",
        "a name that is not in it shows nothing",
    ],
)  # fmt: skip
def test_the_investigation_form_holds(sentence: str) -> None:
    assert sentence in words(fill("investigation", FACTS, MAILED))


def test_a_source_that_was_not_given_is_not_a_source_that_found_nobody() -> None:
    inputs = [each for each in SUMMARY.provenance.inputs if each.source != "utility_billing"]
    provenance = SUMMARY.provenance.model_copy(update={"inputs": inputs})
    facts = replace(FACTS, summary=SUMMARY.model_copy(update={"provenance": provenance}))
    text = words(fill("investigation", facts, MAILED))
    utilities = text.split("Utilities")[1].split("University")[0]
    assert "was not given: it was not searched" in utilities
    assert "nobody is named" not in utilities


@EACH
def test_only_the_investigation_form_is_a_table_of_items_and_entries(name: str) -> None:
    page = form_html(fill(name, FACTS, MAILED))
    assert ('<th scope="col">Item</th><th scope="col">Entry</th>' in page) == (name == "investigation")
    assert ('<table class="form letter">' in page) == (name != "investigation")
    assert page.count('<th scope="row">') == sum(
        len(section.facts) for copy in fill(name, FACTS, MAILED).copies for section in copy.sections
    )


@EACH
def test_every_letter_says_what_it_is_at_its_head(name: str) -> None:
    form = fill(name, FACTS, APPROVED)
    letters_of = form_html(form).split('<section class="mailed')[1:]
    assert len(letters_of) == len(recipients(form))
    assert all(form.title in each.split("<h2>")[0] for each in letters_of[1:])


@pytest.mark.parametrize(
    "sentence",
    [
        "Fort Collins City Code 5-264",
        "Occupancy Limits Disclosure Statement for Property Lease",
        "a fine of 100 to 1,000 dollars",
        "10 days from mailing",
        "2007-09-17",
        "3 days more for the mail (the program's default",
        "this notice is not a finding and not a citation",
    ],
)
def test_the_investigation_notice_holds(sentence: str) -> None:
    assert sentence in words(fill("investigation-notice", FACTS, MAILED))


@pytest.mark.parametrize(
    "sentence",
    ["a fine of 500 to 1,000 dollars for each day", "2007-09-14", "Land Use Code 3.8.16", "preponderance"],
)
def test_the_violation_notice_holds(sentence: str) -> None:
    assert sentence in words(fill("violation-notice", FACTS, MAILED))


def test_without_a_day_of_mailing_the_last_day_is_a_blank_and_no_clock_is_asked() -> None:
    page = form_html(fill("investigation-notice", FACTS, Said()))
    assert 'Mailed on: <span class="blank">' in page
    assert "The last day is counted from the day of mailing" in page


def test_what_a_pack_does_not_give_is_a_blank_and_nothing_of_another_city_stands_in() -> None:
    facts = replace(FACTS, pack=load_pack("generic-3-unrelated"))
    for name in ("investigation-notice", "violation-notice"):
        page = form_html(fill(name, facts, MAILED))
        assert "5-264" not in page
        assert "dollars" not in page
        assert "Blanks to be filled in: authority, " in Page(page).words
        assert '<th scope="row">Authority</th><td><span class="blank">' in page


# Who gets it --------------------------------------------------------------------------------------------------


def test_each_party_gets_a_copy_and_the_complainant_only_the_letter_of_compliance() -> None:
    owner = ["OWNER OLIVIA, owner of record", "Front Range Rentals, owner or manager"]
    assert recipients(fill("investigation", FACTS, MAILED)) == []
    assert recipients(fill("investigation-notice", FACTS, MAILED)) == owner
    tenants = [f"{name}, tenant" for name in FACTS.on_lease]
    assert len(tenants) == 3
    everybody = [*owner, *tenants, "All other occupants of"]
    assert recipients(fill("violation-notice", FACTS, MAILED)) == everybody
    assert recipients(fill("compliance-letter", FACTS, MAILED)) == [*everybody, "The person who filed the complaint"]


def test_an_owner_named_in_both_places_gets_one_copy() -> None:
    facts = replace(FACTS, case={**CASE, "owner_manager_name": "Olivia Owner"})
    assert recipients(fill("investigation-notice", facts, MAILED)) == ["OWNER OLIVIA, owner of record"]
    nobody = replace(FACTS, case={**CASE, "owner_manager_name": None}, assessor={})
    assert recipients(fill("investigation-notice", nobody, MAILED)) == ["The owner of"]


@pytest.mark.parametrize("name", ["investigation-notice", "violation-notice", "compliance-letter"])
def test_no_letter_tells_of_registrations_students_plates_or_who_complained(name: str) -> None:
    for copy in fill(name, FACTS, APPROVED).copies:
        text = json.dumps([[s.facts, s.paragraphs, s.points] for s in copy.sections], default=str)
        assert not [v.plate for v in SUMMARY.vehicles if v.plate and v.plate in text]
        assert not [p.display_name for p in SUMMARY.persons if p.display_name and p.display_name in text]
        assert "signed" not in text


# What is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("finding", ["not_shown", "insufficient_evidence", "exempt"])
def test_a_violation_notice_needs_a_finding_that_supports_it(finding: FindingWord) -> None:
    with pytest.raises(FormRefused, match="needs evidence that meets the standard of proof"):
        fill("violation-notice", with_finding(finding), APPROVED)
    assert fill("investigation", with_finding(finding), MAILED).copies


def test_of_an_exempt_dwelling_no_form_speaks_of_exceeding_a_limit() -> None:
    why = "The dwelling is exempt from the limit: the assessor records the use “group home”."
    told = SUMMARY.model_copy(update={"finding": "exempt", "finding_sentence": why})
    exempt = replace(FACTS, summary=told)
    form = words(fill("investigation", exempt, MAILED))
    assert "Limit, which does not apply here" in form
    assert "Probability of being over the limit none is given: no limit applies" in form
    letter = fill("compliance-letter", exempt, APPROVED)
    for copy in letter.copies:
        text = " ".join(paragraph for section in copy.sections for paragraph in section.paragraphs)
        assert "the limit on the number of occupants does not apply to this property" in text
        assert "lies within the limit" not in text
    assert "group home" not in words(letter)  # it may tell who lives there
    assert "says that the limit does not apply here, and not why" in words(fill("compliance-letter", exempt, MAILED))
    assert "speaks of a limit that does not apply" in words(fill("investigation-notice", exempt, MAILED))


def test_a_draft_of_a_violation_notice_says_what_speaks_against_it() -> None:
    text = words(fill("violation-notice", FACTS, MAILED))
    assert "Proved without any estimate: 3 occupants" in text
    assert "Against: " in text


def test_a_notice_mailed_before_its_last_day_says_so() -> None:
    last = date.fromisoformat(str(SUMMARY.window.to))
    early, late = (words(fill("violation-notice", FACTS, Said(mailed_on=last + timedelta(days)))) for days in (0, 1))
    assert f"judges days up to {last}: a notice can rest only on days before it" in early
    assert "a notice can rest only" not in late


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: fill("fine", FACTS, MAILED), "there is no form 'fine'"),
        (lambda: Said(mailed_on=date(2007, 9, 4), due_on=date(2007, 10, 1)), "needs its reason"),
        (lambda: Said(due_on=date(2007, 10, 1), due_reason="x"), "needs --date"),
        (
            lambda: fill("investigation-notice", FACTS, replace(MAILED, due_on=date(2007, 9, 10), due_reason="hurry")),
            "gives less time than the rule pack",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(make: Callable[[], object], says: str) -> None:
    with pytest.raises(FormRefused, match=says):
        make()


def test_a_deadline_set_by_hand_stands_with_its_reason_and_with_what_the_pack_gives() -> None:
    said = replace(MAILED, due_on=date(2007, 10, 1), due_reason="owner is abroad")
    text = words(fill("investigation-notice", FACTS, said))
    assert "Set by hand to 2007-10-01, the rule pack giving 2007-09-17. Reason: owner is abroad." in text


# Hostile text, files, the command -----------------------------------------------------------------------------


@EACH
def test_hostile_text_stays_text(name: str) -> None:
    facts = replace(
        FACTS,
        case={**CASE, "owner_manager_name": HOSTILE, "observations": HOSTILE},
        assessor={**ASSESSOR, "owner_name": '#read("/etc/passwd")' + HOSTILE, "owner_mailing_address": HOSTILE},
    )
    page = form_html(fill(name, facts, MAILED))
    assert not {"script", "img"} & {tag for tag, _ in Page(page).tags}
    assert letters('#read("/etc/passwd")') in text_of(pdf_of(page))


@EACH
def test_the_same_form_gives_the_same_bytes(name: str) -> None:
    first, second = (form_html(fill(name, FACTS, MAILED)) for _ in range(2))
    assert first == second
    assert pdf_of(first) == pdf_of(second)


def test_forms_of_one_case_stand_side_by_side_and_only_ours_are_replaced(tmp_path: Path) -> None:
    case, folder = tmp_path / "C", tmp_path / "C" / "forms"
    write_form(fill("investigation", FACTS, MAILED), case, pdf=True)
    (folder / "note.txt").write_text("mine")
    write_form(fill("investigation-notice", FACTS, MAILED), case, pdf=False)
    write_form(fill("investigation", FACTS, APPROVED), case, pdf=False)
    names = {f"{form}.{ending}" for form in ("investigation", "investigation-notice") for ending in ("html", "json")}
    assert {path.name for path in folder.iterdir()} == {*names, "note.txt"}
    assert DRAFT not in (folder / "investigation.html").read_text("utf-8")


def test_a_summary_may_be_written_where_forms_or_a_graph_page_of_the_case_were_before_it(tmp_path: Path) -> None:
    write_form(fill("investigation", FACTS, MAILED), tmp_path, pdf=False)
    assert owned_case(tmp_path) == frozenset({GRAPH_PAGE}), "forms stay"
    (tmp_path / GRAPH_PAGE).write_bytes(b"<p>" + GRAPH_PAGE_MARK)
    assert owned_case(tmp_path) == frozenset({GRAPH_PAGE})
    (tmp_path / "forms" / "note.txt").write_text("mine")
    assert owned_case(tmp_path) is None, "not a folder of ours"


def test_the_command_fills_a_form_beside_the_summary(town: Path, tmp_path: Path) -> None:  # noqa: F811
    case_id = load(town / "city").frame("cases")["case_id"][0]

    def form(*more: object) -> Done:
        return run("form", town / "city", "--case", case_id, "-o", tmp_path / "out", *more)

    done = form("--form", "investigation", "--date", "2007-04-02")
    assert done.returncode == 0, done.stderr
    assert "A draft, marked on every page." in done.stdout
    made = json.loads((tmp_path / "out" / case_id / "forms" / "investigation.json").read_text("utf-8"))
    assert made["case_id"] == case_id
    assert made["mark"] == DRAFT
    assert "go together" in one_sentence(form("--form", "investigation", "--approved-by", "X"), 65)
    assert "there is no form" in one_sentence(form("--form", "../x"), 65)
    assert form("--form", "investigation", "--date", "4/2/2007").returncode == 2
