"""The pages: what a reader must find on them, and what hostile text must not do to them."""

import itertools
import json
import re
from collections import Counter
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest

from evidence.render import svg, words
from evidence.render.charts import left_out_chart
from evidence.render.html import IndexRow, index_html, printed_bits, set_aside, spellings, summary_html, windows
from evidence.summary_model import SourceRow, Summary
from evidence.wording import percent
from evidence.write import summary_json
from tests.evidence.sample_screening import SCREEN
from tests.evidence.sample_summary import SUMMARY, source_row

VOID = {"meta", "link", "br", "img", "input", "hr"}
RUN = {
    "version": "0.1.0",
    "rule_packs": ["fort-collins-2007"],
    "purpose": "complaint <42>",
    "operator": None,
    "inputs": {
        "cases": {"file": "c.csv", "sha256": "0" * 64, "rows_read": 3, "rows_accepted": 3, "rows_quarantined": 0}
    },
}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}&amp;\u202e'


class Page(HTMLParser):
    """Tags, headings, tables and references of a page; an unbalanced page fails at once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.text: list[str] = []
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def index(rows: list[IndexRow] | None = None) -> str:
    if rows is None:
        rows = [IndexRow(row, None) for row in SCREEN.iter_rows(named=True)]
    findings = Counter(row.values["finding"] for row in rows)
    return index_html(rows, RUN, "evidence summarize CITY --case CASE -o OUT/cases", findings)


def hostile_summary() -> Summary:
    """The sample with hostile text wherever a source could have put it."""
    data = SUMMARY.model_dump(mode="json")

    def poison(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {name: poison(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [poison(inner, key) for inner in value]
        keep = {"finding", "state", "who", "strength", "schema", "night", "from", "to", "opened_on"}
        return HOSTILE if isinstance(value, str) and key not in keep else value

    return Summary.model_validate(poison(data))


PAGES = pytest.mark.parametrize("page", [summary_html(SUMMARY), index()], ids=["summary", "index"])


# Every page ---------------------------------------------------------------------------------------------------


@PAGES
def test_a_page_has_one_h1_and_no_gap_in_its_headings(page: str) -> None:
    headings = Page(page).headings
    assert headings.count(1) == 1
    assert headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(headings))


@PAGES
def test_a_page_stands_alone_and_runs_nothing(page: str) -> None:
    parsed = Page(page)
    tags = {tag for tag, _ in parsed.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "form"}
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert not [name for _, attrs in parsed.tags for name in attrs if name.startswith("on") or name in ("src", "style")]
    assert all((attrs["href"] or "").startswith("#") for attrs in parsed.named("a"))


@PAGES
def test_a_page_is_accessible(page: str) -> None:
    parsed = Page(page)
    assert parsed.named("html")[0]["lang"] == "en"
    assert parsed.named("a")[0] == {"class": "skip", "href": "#main"}
    assert page.count("<table") == page.count("<caption")
    assert all(attrs.get("scope") in ("row", "col") for attrs in parsed.named("th"))
    for attrs in parsed.named("svg"):
        if attrs.get("aria-hidden") != "true":
            assert attrs["role"] == "img"
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    pointed = [name for _, attrs in parsed.tags for name in (attrs.get("aria-labelledby") or "").split()]
    assert set(pointed) <= set(ids)
    assert all(attrs.get("aria-label") for _, attrs in parsed.tags if attrs.get("tabindex") == "0")


def test_colours_of_text_keep_a_contrast_of_at_least_four_and_a_half() -> None:
    style = summary_html(SUMMARY).split("<style>")[1].split("</style>")[0]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name in ("ink", "soft", "deed", "limit"):
        for ground in ("#ffffff", colours["fill"]):
            contrast = (luminance(ground) + 0.05) / (luminance(colours[name]) + 0.05)
            assert contrast >= 4.5, f"{name} on {ground}: {contrast:.1f}"


def test_hostile_text_stays_text() -> None:
    for page in (
        summary_html(hostile_summary()),
        index(
            [
                IndexRow({**r, "case_id": HOSTILE, "address": HOSTILE, "next_best_evidence": HOSTILE}, None)
                for r in SCREEN.iter_rows(named=True)
            ]
        ),
    ):
        parsed = Page(page)
        assert "script" not in {tag for tag, _ in parsed.tags}
        assert "onerror" not in {name for _, attrs in parsed.tags for name in attrs}
        assert "{{7*7}}" in parsed.words
        assert "&amp;amp;" in page


@pytest.mark.parametrize("name", ["אברהם כהן", "علي", "\u202eevil"])
def test_a_name_that_runs_right_to_left_is_isolated(name: str) -> None:
    person = SUMMARY.persons[0].model_copy(update={"display_name": name})
    page = summary_html(SUMMARY.model_copy(update={"persons": [person]}))
    assert f"<bdi>{name}</bdi>" in page


# The summary --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        SUMMARY.finding_sentence,
        "Standard of proof: preponderance of the evidence",
        "What is proved",
        "What is estimated",
        "For: over the limit",
        "Against: within the limit",
        "On 7 watched nights the fourth person's car was not there.",
        "Utility usage not given",
        "vehicle_log row 610: observed_at '2007-02-30' is not a date",
        "A car at the dwelling is not a person at the dwelling.",
        "13 more proved nights would meet the guest test without any estimate.",
        "The finding is the same under each.",
        "−35 points",
        "odds × 34",
        "odds ÷ 3",
        "48Z-KXB",
        "lease_disclosures rows 12–14",
        "Person not known by name",
    ],
)
def test_a_reader_finds(sentence: str) -> None:
    assert sentence in Page(summary_html(SUMMARY)).words


def test_printed_reasons_add_up_to_the_printed_total() -> None:
    for person in SUMMARY.persons:
        shown, total = printed_bits(person)
        assert round(sum(shown), 6) == total
        assert all(abs(one - each.bits) <= 0.1 + 1e-9 for one, each in zip(shown, person.contributions, strict=True))


def test_rows_set_aside_stand_together_by_source_and_reason() -> None:
    rows = ["assessor row 9: no number", "assessor row 3: no number", "cases row 1: a: b", "something else"]
    assert set_aside(SUMMARY.model_copy(update={"quarantined_rows": rows})) == [
        "assessor rows 3, 9: no number",
        "cases row 1: a: b",
        "something else",
    ]


def test_the_windows_are_drawn_and_tabled_alike() -> None:
    spans = windows(SUMMARY)
    page = summary_html(SUMMARY)
    assert spans[0].name == "case window"
    assert sum(span.proof for span in spans) == sum(bool(v.window and v.nights) for v in SUMMARY.vehicles)
    assert page.count('class="tick-night"') == sum(len(span.nights) for span in spans)
    assert page.count('class="span-proof"') == len(spans) - 1


def test_the_probability_without_each_source_is_drawn_where_it_lies() -> None:
    drawn = left_out_chart("x", 0.5, [("a log", 0.25), ("<b>", 1.0)], "t")
    assert re.findall(r'cx="([\d.]+)"', drawn) == ["250", "550"]
    assert "&lt;b&gt;" in drawn
    assert "without a log 25%" in drawn


def test_proof_and_estimate_stand_in_separate_parts() -> None:
    page = summary_html(SUMMARY)
    proved = page.split('<section class="proved"')[1].split("</section>")[0]
    estimated = page.split('<section class="estimated"')[1].split("</section>")[0]
    assert ">17<" in proved
    assert "44" not in proved
    assert ">44<" in estimated
    assert ">17<" not in estimated


def test_evidence_against_is_shown_as_prominently_as_evidence_for() -> None:
    page = Page(summary_html(SUMMARY))
    sections = [attrs.get("aria-labelledby") for attrs in page.named("section")]
    assert sections.index("against") == sections.index("for") + 1
    classes = [
        attrs.get("class") for attrs in page.named("section") if attrs.get("aria-labelledby") in ("for", "against")
    ]
    assert classes == [None, None]


def test_every_input_hash_is_on_the_page() -> None:
    page = summary_html(SUMMARY)
    assert all(each.sha256 in page for each in SUMMARY.provenance.inputs)


def test_a_case_with_next_to_nothing_still_makes_a_page() -> None:
    bare = SUMMARY.model_copy(
        update={
            "persons": [], "vehicles": [], "guest_days": [], "evidence_for": [], "sensitivity": [],
            "next_evidence": [], "absent_sources": [], "quarantined_rows": [], "dwelling_facts": [],
            "opened_on": None, "complaint_type": None, "dwelling_id": None, "finding": "insufficient_evidence",
            "occupants": SUMMARY.occupants.model_copy(update={"distribution": []}),
            "rule": SUMMARY.rule.model_copy(update={"readings": [], "persons_if_unrelated": None}),
        }
    )  # fmt: skip
    text = Page(summary_html(bare)).words
    assert "No source names anybody" in text
    assert "No vehicle was logged" in text
    assert "The rule sets no single number" in text


def test_json_is_the_summary_whole() -> None:
    assert Summary.model_validate_json(summary_json(SUMMARY)) == SUMMARY
    assert json.loads(summary_json(SUMMARY))["schema"] == "occupancy-evidence/summary/1"


def test_a_plate_written_alike_in_many_rows_is_one_line() -> None:
    vehicle = SUMMARY.vehicles[0]
    again = [
        vehicle.readings[1].model_copy(update={"row": source_row("vehicle_log", row), "p_match": p})
        for row, p in ((508, 0.9), (509, 0.95))
    ]
    lines = spellings(vehicle.model_copy(update={"readings": [*again, *vehicle.readings]}))
    assert [(line.written, line.edits, line.p_match) for line in lines] == [
        ("482 KXB", 0, 0.99),
        ("482 KX8", 1, 0.9),
        ("48Z-KXB", 1, 0.95),
    ]
    assert words.rows_words(lines[1].rows)[0][1] == "rows 507–509"


# The index ----------------------------------------------------------------------------------------------------


def test_the_index_explains_its_words_counts_and_says_how_to_make_a_summary() -> None:
    text = Page(index()).words
    assert "The evidence at hand can neither show nor dispel it" in text
    assert "evidence summarize CITY --case CASE -o OUT/cases" in text
    assert "complaint <42>" in text


def test_the_index_of_a_whole_city_lists_the_most_pressing_and_counts_all() -> None:
    rows = [IndexRow(row, None) for row in SCREEN.iter_rows(named=True)]
    text = Page(index_html(rows, RUN, "make it", {"not_shown": 60_000, "over_limit_shown": 1})).words
    assert "60,001 dwellings or cases" in text
    assert "The 3 most pressing are listed here; all 60,001 stand in screen.csv" in text


def test_an_empty_screening_is_a_page_too() -> None:
    assert "No open case." in Page(index([])).words


# Words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "0%"),
        (0.004, "less than 1%"),
        (0.5, "50%"),
        (0.125, "13%"),
        (0.994, "more than 99%"),
        (1.0, "more than 99%"),
    ],
)
def test_what_rounds_to_certainty_is_not_called_certain(probability: float, said: str) -> None:
    assert percent(probability) == said


@pytest.mark.parametrize(
    ("rows", "said"),
    [([17], "row 17"), ([1, 2], "rows 1, 2"), ([3, 1, 2, 2, 9], "rows 1–3, 9")],
)
def test_rows_are_cited_once_and_runs_are_drawn_together(rows: list[int], said: str) -> None:
    cited: list[SourceRow] = [source_row("vehicle_log", row) for row in rows]
    assert words.rows_words(cited) == [("vehicle_log", said, "vehicle_log.xlsx")]


# Drawings -----------------------------------------------------------------------------------------------------


def test_columns_above_the_limit_differ_by_pattern_and_not_by_colour_alone() -> None:
    drawn = svg.bar_chart("x", [(2, 0.25), (3, 0.5), (4, 0.25)], 3, "t")
    assert drawn.count('fill="url(#x-h)"') == 1
    assert drawn.count('class="limit"') == 1
    assert 'class="limit"' not in svg.bar_chart("x", [(2, 1.0)], None, "t")


def test_a_calendar_draws_every_night_of_its_span_once() -> None:
    first = date(2007, 12, 30)
    states = {first: "overnight", first + timedelta(days=1): "seen", first + timedelta(days=40): "looked_not_seen"}
    drawn = svg.night_calendar("c", states, "t", "d")
    assert drawn.count('class="night overnight"') == 1
    assert drawn.count('class="night seen"') == 1
    assert drawn.count('class="night looked"') == 1
    assert drawn.count('class="unwatched"') == 38
    assert ">2008<" in drawn


def test_titles_in_drawings_are_escaped() -> None:
    assert "<script>" not in svg.bar_chart("x", [(1, 1.0)], None, "<script>")
