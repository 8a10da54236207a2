"""The PDF of a page: it holds what the page holds, is tagged, is the same each time, and no text can do more than stand
there.
"""

import io
import re
import socket
import unicodedata
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from evidence.errors import NotAvailable
from evidence.render import pdf
from evidence.render.drawings import on_paper
from evidence.render.html import summary_html
from evidence.render.paper import typst_of
from evidence.render.pdf import pdf_of
from evidence.render.svg import bar_chart
from evidence.summary_model import Summary
from evidence.summary_seal import sealed
from tests.evidence.sample_summary import SUMMARY
from tests.evidence.test_render import HOSTILE, Page, hostile_summary

pytest.importorskip("typst", reason="the extra `pdf` is not installed")

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")
PAGE = summary_html(sealed(SUMMARY))


def letters(text: str) -> str:
    """Text without blanks, ligatures and places to break: what must be equal on screen and on paper."""
    return re.sub(r"[\s\u00ad\u200b\u2060-]+", "", unicodedata.normalize("NFKC", text))


def read(made: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(made))


def text_of(made: bytes) -> str:
    return letters("".join(page.extract_text() for page in read(made).pages))


def tags(made: bytes) -> list[str]:
    """The structure of a tagged PDF: names of its elements, in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, DictionaryObject):
            if "/S" in node:
                found.append(str(node["/S"]))
            if "/K" in node:
                walk(node["/K"])
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(read(made).root_object["/StructTreeRoot"]["/K"])  # type: ignore[index]
    return found


@pytest.fixture(scope="module")
def printed() -> bytes:
    return pdf_of(PAGE)


# What it holds ------------------------------------------------------------------------------------------------


def test_every_cell_heading_and_sentence_of_the_page_is_on_paper(printed: bytes) -> None:
    head, foot = "Evidencesummary,caseC20070042", re.compile(r"occupancyevidence0\.1\.0,seal\w{16}page\d+of\d+")
    pages = [letters(page.extract_text()).replace(head, "", 1) for page in read(printed).pages]
    paper = "".join(foot.sub("", page) for page in pages)
    for_the_screen = r"<title.*?</title>|<svg.*?</svg>|<nav.*?</nav>|<a class=\"skip\".*?</a>"
    said = Page(re.sub(for_the_screen, "", PAGE, flags=re.DOTALL)).text
    # Text that runs from right to left is read off a PDF word by word from the left.
    pieces = [letters(word) for piece in said for word in (piece.split() if RIGHT_TO_LEFT.search(piece) else [piece])]
    assert len(pieces) > 500
    assert [piece for piece in pieces if piece not in paper] == []


def test_the_figures_in_the_drawings_are_on_paper(printed: bytes) -> None:
    paper = text_of(printed)
    for label in ("limit", "witheverysource", "opened", "estimated"):
        assert label in paper


def test_it_is_tagged_and_says_its_title_and_language(printed: bytes) -> None:
    root = read(printed).root_object
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert str(root["/Lang"]).startswith("en")
    assert read(printed).metadata.title == f"Case {SUMMARY.case_id}: evidence summary"  # type: ignore[union-attr]
    names = tags(printed)
    assert {"/H1", "/H2", "/H3", "/P", "/L", "/LI", "/Table", "/TH", "/TD", "/Figure", "/Caption"} <= set(names)
    assert names.count("/Table") == PAGE.count("<table")
    assert names.count("/H1") == 1


def test_every_drawing_says_in_words_what_it_shows(printed: bytes) -> None:
    said: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, DictionaryObject):
            if node.get("/S") == "/Figure" and "/Alt" in node:
                said.append(str(node["/Alt"]))
            walk(node.get("/K"))
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(read(printed).root_object["/StructTreeRoot"])
    assert len(said) == PAGE.count('<svg role="img"')
    assert any("without utility billing names" in each for each in said)


# The same each time -------------------------------------------------------------------------------------------


def test_the_same_page_gives_the_same_bytes(printed: bytes) -> None:
    pdf._typesetter.cache_clear()
    assert pdf_of(PAGE) == printed


def test_no_clock_and_nothing_from_the_network(printed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a PDF reaches for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    page = PAGE.replace("<main", '<p>file:///etc/passwd #image("/etc/passwd")</p><main')
    assert text_of(pdf_of(page)).count('#image("/etc/passwd")') == 1
    about = read(printed).metadata
    assert about is not None
    assert about.creation_date is None


def test_all_its_fonts_come_with_the_typesetter(printed: bytes) -> None:
    fonts = {
        str(font.get_object()["/BaseFont"]).split("+")[-1]
        for page in read(printed).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert all(name.startswith(("LibertinusSerif", "DejaVuSansMono", "NewCM")) for name in fonts), fonts


# Hostile text -------------------------------------------------------------------------------------------------


def with_name(name: str) -> str:
    person = SUMMARY.persons[0].model_copy(update={"display_name": name})
    return summary_html(SUMMARY.model_copy(update={"persons": [person], "guest_days": [], "vehicles": []}))


def test_hostile_text_stays_text() -> None:
    made = pdf_of(summary_html(hostile_summary()))
    assert letters("<script>alert(1)</script>") in text_of(made)
    assert "/JavaScript" not in made.decode("latin-1")
    assert "[U+202E]" in text_of(made)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('#read("/etc/passwd")', '#read("/etc/passwd")'),
        ('" + read("x") + "', '"+read("x")+"'),
        ("\\u{41} \\n *b* _e_ $x$ @x <l> // c", "\\u{41}\\n*b*_e_$x$@x<l>//c"),
        ("evil \u202egnp.exe", "[U+202E]"),
        ("zero\u0000\u0007", "[U+0007]"),
        ("日本 太郎", "[U+65E5][U+672C]"),
        ("😀", "[U+1F600]"),
        ("Zoë Łukasz Ćosić Ñandú", letters("Zoë Łukasz Ćosić Ñandú")),
    ],
)
def test_a_name_is_shown_and_never_obeyed(name: str, shown: str) -> None:
    assert letters(shown) in text_of(pdf_of(with_name(name)))


@pytest.mark.parametrize(("name", "noted"), [("日本 太郎", True), ("evil \u202egnp.exe", True), ("Zoë Łukasz", False)])
def test_a_page_with_a_number_for_a_character_says_what_it_stands_for(name: str, noted: bool) -> None:
    pages = [letters(page.extract_text()) for page in read(pdf_of(with_name(name))).pages]
    note = "thefontsofthisPDFcannotdraw"
    with_number = [bool(re.search(r"\[U\+(?!65E5\]stands)", page)) for page in pages]
    assert any(with_number) == noted
    assert [note in page for page in pages] == with_number


@pytest.mark.parametrize("name", ["אברהם כהן", "Иван Петров", "Γιώργος"])
def test_other_alphabets_that_the_fonts_have_are_drawn(name: str) -> None:
    assert "[U+" not in text_of(pdf_of(with_name(name)))


def test_a_very_long_word_stays_inside_the_page() -> None:
    long = "W" * 3000
    made = read(pdf_of(with_name(long)))
    widths: list[float] = []
    for page in made.pages:
        page.extract_text(visitor_text=lambda text, cm, tm, font, size: widths.append(cm[4] + tm[4]))  # noqa: ARG005
    assert max(widths) < float(made.pages[0].mediabox.width) - 50


@pytest.mark.parametrize("length", [0, 1, 40])
def test_a_case_of_any_size_prints(length: int) -> None:
    bare = SUMMARY.model_copy(
        update={
            "persons": list(SUMMARY.persons) * length, "vehicles": [], "guest_days": [], "evidence_for": [],
            "sensitivity": [], "next_evidence": [], "absent_sources": [], "quarantined_rows": [], "dwelling_facts": [],
            "opened_on": None, "complaint_type": None, "finding": "insufficient_evidence",
            "occupants": SUMMARY.occupants.model_copy(update={"distribution": []}),
        }
    )  # fmt: skip
    assert read(pdf_of(summary_html(_checked(bare)))).pages


def _checked(summary: Summary) -> Summary:
    return Summary.model_validate_json(summary.model_dump_json())


# The way there ------------------------------------------------------------------------------------------------


def test_an_element_without_a_form_on_paper_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(ValueError, match="<marquee> has no form on paper"):
        typst_of(PAGE.replace("<main", "<marquee>x</marquee><main"))


def test_a_drawing_on_paper_stands_alone() -> None:
    drawn = on_paper(str(bar_chart("x", [(2, 0.25), (4, 0.75)], 3, "Title & more")))
    assert "var(" not in drawn.markup
    assert drawn.says == "Title & more: 2: 25%; 4: 75%"
    assert drawn.width_pt > 50


def test_without_the_typesetter_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "can_print", lambda: False)
    with pytest.raises(NotAvailable, match="pip install typst"):
        pdf_of(PAGE)


def test_hostile_sample_is_hostile() -> None:
    assert "\u202e" in HOSTILE
