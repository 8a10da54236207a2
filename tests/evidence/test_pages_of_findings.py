"""What the page and the PDF of a case say under each finding, and what they must not say: read as a hearing reads them.

The exempt dwelling is one of the made-up city with a use that the assessor's roll exempts; the others are as made.
"""

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from evidence.forms.facts import CaseFacts
from evidence.forms.fill import fill
from evidence.forms.process import Said
from evidence.pipeline import Run, investigate
from evidence.render.html import IndexRow, driver_name, headcount_words, summary_html, vehicle_name
from evidence.render.pdf import pdf_of
from evidence.rules.pack import load_pack
from evidence.summary_model import FindingWord, OccupantCount, Summary
from loaders.city import load
from tests.evidence.sample_screening import SCREEN
from tests.evidence.sample_summary import SUMMARY
from tests.evidence.test_forms import ASSESSOR, CASE, words
from tests.evidence.test_pdf import letters, text_of
from tests.evidence.test_render import Page, index

OVER_SAID = ("the limit was exceeded on some day of the window", "Standard of proof: preponderance of the evidence.")
# finding -> what must stand on its page, what must not.
GOLDEN: Mapping[FindingWord, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "over_limit_shown": (
        ("The evidence shows, by a preponderance of the evidence, that the dwelling was over the limit", *OVER_SAID),
        ("does not show", "exempt from the limit"),
    ),
    "not_shown": (
        (
            "Finding: Over the limit not shown",
            "The evidence does not show that the dwelling was over the limit (probability",
            "Against: within the limit",
            "Probability of being over the limit when one source is left out",
            *OVER_SAID,
        ),
        ("The evidence shows", "insufficient", "exempt from the limit", "violation"),
    ),
    "insufficient_evidence": (
        ("The evidence is insufficient to say whether the dwelling was over the limit", *OVER_SAID),
        ("The evidence shows", "exempt from the limit"),
    ),
    "exempt": (
        (
            "Finding: Exempt",
            "The dwelling is exempt from the limit: the assessor records the use “group home” (",
            "No limit applies, so no probability of exceeding one is given.",
            "is no evidence of a violation",
            "For: more occupants",
            "Against: fewer occupants",
            "The dwelling is exempt, so no limit is drawn.",
            "no limit applies, whatever a source says",
            "whether the exemption held on the days of the window",
        ),
        (
            "For: over the limit",
            "or the limit was not in force",
            "the limit was exceeded",
            "Probability of being over the limit",
            "The rule can be read in more than one way",
            "hatched",
            "0%",
            "the case rests on one",
            "'group home'",
        ),
    ),
}
# Names of the program, which no page shows to a reader.
INTERNAL = ("driver:", "p >=", "over_limit", "not_shown", "None", "nan")


@pytest.fixture(scope="module")
def run_of_findings(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = shutil.copytree(tiny_folder, tmp_path_factory.mktemp("exempt") / "city")
    with (folder / "assessor.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["Situs Address"].startswith("349 11TH ST"):
            row["Permitted Use"] = "group home"
    with (folder / "assessor.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return investigate(load(folder))


@pytest.fixture(scope="module")
def summaries(run_of_findings: Run) -> dict[str, Summary]:
    """The first case of each finding in the list."""
    found: dict[str, str] = {}
    for case_id, finding in run_of_findings.screening().screen.select("case_id", "finding").iter_rows():
        found.setdefault(finding, case_id)
    results = run_of_findings.results(list(found.values()))
    return {result.summary.finding: result.summary for result in results}


@pytest.mark.parametrize("finding", sorted(GOLDEN))
def test_a_page_and_its_pdf_say_the_finding_and_nothing_of_another(
    finding: FindingWord, summaries: dict[str, Summary]
) -> None:
    page = summary_html(summaries[finding])
    said, paper = Page(page).words, text_of(pdf_of(page))
    must, must_not = GOLDEN[finding]
    assert [words for words in must if words not in said] == []
    assert [words for words in must if letters(words) not in paper] == []
    body = said.split("How this was worked out")[0]
    assert [words for words in (*must_not, *INTERNAL) if words in body.replace("100%", "")] == []


def with_distribution(p_over: float, **update: object) -> Summary:
    """The sample with three occupants as probable as four, whose limit is three."""
    even = [OccupantCount(occupants=n, probability=0.5) for n in (3, 4)]
    occupants = SUMMARY.occupants.model_copy(update={"distribution": even})
    return SUMMARY.model_copy(update={"p_over_limit": p_over, "occupants": occupants, **update})


@pytest.mark.parametrize(
    ("p_over", "said"),
    [(0.2, "more than 3 have a probability of 50% together, and the limit is exceeded with one of 20%"), (0.5, "")],
)
def test_a_column_above_the_limit_that_may_be_lawful_is_explained(p_over: float, said: str) -> None:
    words_said = headcount_words(with_distribution(p_over))
    assert (said or "hatched") in words_said
    assert ("in the rest they may all live here lawfully" in words_said) == bool(said)


def test_vehicles_and_their_drivers_are_known_by_the_plate() -> None:
    vehicle = SUMMARY.vehicles[0]
    assert vehicle_name(SUMMARY, vehicle.vehicle_id) == vehicle.plate
    assert vehicle_name(SUMMARY, "V9") == "V9"
    assert driver_name(SUMMARY, f"driver:{vehicle.vehicle_id}") == f"driver of {vehicle.plate}"
    assert driver_name(SUMMARY, "p17") == "p17"


def test_a_redacted_copy_says_that_rows_are_withheld_and_not_that_there_are_none() -> None:
    settings = {**SUMMARY.provenance.settings, "redacted_for": "owner"}
    bare = [p.model_copy(update={"named_by": [], "contributions": []}) for p in SUMMARY.persons]
    provenance = SUMMARY.provenance.model_copy(update={"settings": settings})
    said = Page(summary_html(SUMMARY.model_copy(update={"persons": bare, "provenance": provenance}))).words
    assert said.count("The rows about this person are withheld from this copy.") == len(bare)
    assert "No source names this person" not in said


def test_one_reading_of_a_rule_is_not_called_several() -> None:
    rule = SUMMARY.rule.model_copy(update={"readings": SUMMARY.rule.readings[:1]})
    assert "more than one way" not in Page(summary_html(SUMMARY.model_copy(update={"rule": rule}))).words


def test_a_plate_that_was_not_read_does_not_count_as_unchanged() -> None:
    vehicle = SUMMARY.vehicles[0]
    blind = vehicle.readings[0].model_copy(update={"written": "4?2 K??", "edits": 0})
    said = summary_html(SUMMARY.model_copy(update={"vehicles": [vehicle.model_copy(update={"readings": [blind]})]}))
    assert "none, 3 not read" in said


@pytest.mark.parametrize("finding", ["not_shown", "exempt"])
def test_whoever_approves_a_letter_of_compliance_is_told_the_finding(finding: FindingWord) -> None:
    facts = CaseFacts(SUMMARY.model_copy(update={"finding": finding}), load_pack("fort-collins-2007"), CASE, ASSESSOR)
    said = words(fill("compliance-letter", facts, Said()))
    assert "Blanks to be filled in: found to comply on, inspector" in said
    assert ("whoever approves it must have found so" in said) == (finding == "not_shown")
    assert ("It says that the limit does not apply here, and not why." in said) == (finding == "exempt")


def test_the_list_gives_an_exempt_dwelling_no_probability() -> None:
    row = {**dict(SCREEN.row(0, named=True)), "finding": "exempt", "p_over_limit": 0.0, "next_best_evidence": None}
    cells = Page(index([IndexRow(row, None)])).words
    assert "no limit" in cells
    assert "nothing: exempt" in cells
