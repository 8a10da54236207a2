"""The PDF read by the rules of PDF/UA-1 (ISO 14289-1), by another program than made it: pypdf, and this reading of the
structure tree. Clauses as in the Matterhorn Protocol 1.1; no full validator (veraPDF, PAC) stands behind it.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream, DictionaryObject

from evidence.forms.fill import FORMS, fill
from evidence.forms.render import form_html
from evidence.render.html import summary_html
from evidence.render.pdf import pdf_of
from evidence.summary_seal import sealed
from tests.evidence.sample_summary import SUMMARY
from tests.evidence.test_forms import FACTS, MAILED

pytest.importorskip("typst", reason="the extra `pdf` is not installed")

# ISO 32000-1, 14.8.4: what a reader knows without a role map.
_STANDARD_NAMES = """
    Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody
    Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Figure Formula Form
"""
STANDARD = frozenset(_STANDARD_NAMES.split())
ROWS_OF = {"Table": {"THead", "TBody", "TFoot", "TR", "Caption"}, "TR": {"TH", "TD"}, "L": {"LI", "Caption"}}


@dataclass
class Tag:
    """An element of the structure tree. marked: (page, number of marked content) under it, in reading order."""

    name: str
    facts: DictionaryObject
    inside: list["Tag"] = field(default_factory=list)
    marked: list[tuple[int, int]] = field(default_factory=list)

    def all(self, *names: str) -> Iterator["Tag"]:
        for each in self.inside:
            if each.name in names:
                yield each
            yield from each.all(*names)


@dataclass
class Document:
    """page: the HTML that it was made from."""

    reader: PdfReader
    tree: Tag
    page: str


def _read(page: str) -> Document:
    reader = PdfReader(io.BytesIO(pdf_of(page)))
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages)}  # type: ignore[union-attr]
    root: Any = reader.root_object["/StructTreeRoot"]
    roles = {str(name)[1:]: str(role)[1:] for name, role in (root.get("/RoleMap") or {}).items()}

    def walk(node: Any, above: Tag, page: int) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for each in node:
                walk(each, above, page)
        elif isinstance(node, DictionaryObject) and "/S" in node:
            if "/Pg" in node:
                page = pages[node.raw_get("/Pg").idnum]
            name = str(node["/S"])[1:]
            tag = Tag(roles.get(name, name), node)
            above.inside.append(tag)
            walk(node.get("/K", []), tag, page)
        elif isinstance(node, DictionaryObject):
            above.marked.append((pages[node.raw_get("/Pg").idnum] if "/Pg" in node else page, int(str(node["/MCID"]))))
        else:
            above.marked.append((page, int(node)))

    tree = Tag("root", root)
    walk(root["/K"], tree, 0)
    return Document(reader, tree, page)


@pytest.fixture(scope="module", params=["summary", *sorted(FORMS)])
def document(request: pytest.FixtureRequest) -> Document:
    if request.param == "summary":
        return _read(summary_html(sealed(SUMMARY)))
    return _read(form_html(fill(request.param, FACTS, MAILED)))


def test_it_says_that_it_is_pdf_ua_with_a_title_that_is_shown_and_a_language(document: Document) -> None:
    root: Any = document.reader.root_object
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata  # 06-002
    assert "<dc:title>" in metadata  # 06-003
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value  # 07-002
    assert str(root["/Lang"]).startswith("en")  # 11-006
    assert root["/MarkInfo"]["/Marked"].value
    assert "/Suspects" not in root["/MarkInfo"] or not root["/MarkInfo"]["/Suspects"].value
    assert all(str(page["/Tabs"]) == "/S" for page in document.reader.pages if page.get("/Annots"))  # 28-010


def test_every_tag_is_standard_or_mapped_to_one_that_is(document: Document) -> None:
    assert {tag.name for tag in walk_all(document.tree)} <= STANDARD  # 02-001


def walk_all(tag: Tag) -> Iterator[Tag]:
    for each in tag.inside:
        yield each
        yield from walk_all(each)


def test_all_that_is_drawn_is_tagged_once_or_an_artifact(document: Document) -> None:
    said = [place for tag in [document.tree, *walk_all(document.tree)] for place in tag.marked]
    assert len(said) == len(set(said))
    drawn: list[tuple[int, int]] = []
    for number, page in enumerate(document.reader.pages):
        open_: list[object] = []
        for operands, operator in ContentStream(page["/Contents"], document.reader).operations:
            if operator in (b"BDC", b"BMC"):
                facts = operands[1] if len(operands) > 1 and isinstance(operands[1], dict) else {}
                open_.append("artifact" if operands[0] == "/Artifact" else facts.get("/MCID"))
                if facts.get("/MCID") is not None:
                    drawn.append((number, int(facts["/MCID"])))
            elif operator == b"EMC":
                open_.pop()
            elif operator in (b"Tj", b"TJ", b"Do", b"f", b"S", b"B"):
                assert any(each is not None for each in open_), (number, operator)  # 01-005
        assert not open_
    assert sorted(drawn) == sorted(said)


def test_headings_begin_with_one_and_leave_none_out(document: Document) -> None:
    levels = [int(tag.name[1]) for tag in walk_all(document.tree) if tag.name in {f"H{n}" for n in range(1, 7)}]
    assert levels[0] == 1  # 14-002
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))  # 14-003


def test_tables_are_rows_of_equal_width_with_header_cells_of_a_scope(document: Document) -> None:
    tables = list(document.tree.all("Table"))
    assert len(tables) == document.page.count("<thead")  # a table of row headers alone is a list here, see below
    for table in tables:
        assert all(child.name in ROWS_OF["Table"] for child in table.inside)
        rows = list(table.all("TR"))
        assert all(child.name in ROWS_OF["TR"] for row in rows for child in row.inside)
        assert len({len(row.inside) for row in rows}) == 1  # 15
        headers = list(table.all("TH"))
        assert len(headers) >= len(rows[0].inside)
        for header in headers:  # 15-003
            attributes: Any = header.facts["/A"]
            assert any(str(each.get("/Scope")) in ("/Column", "/Row", "/Both") for each in attributes)


def test_lists_hold_items_with_a_body(document: Document) -> None:
    for listing in document.tree.all("L"):
        assert all(child.name in ROWS_OF["L"] for child in listing.inside)
        assert all("LBody" in {part.name for part in item.inside} for item in listing.all("LI"))


def test_the_items_of_a_letter_are_terms_with_what_they_name(document: Document) -> None:
    """The typesetter tags a header cell of a column but none of a row, so on paper such a table is a list of terms."""
    items = [item for listing in document.tree.all("L") for item in listing.all("LI")]
    labelled = [item for item in items if any(part.name == "Lbl" and list(part.all("Span")) for part in item.inside)]
    bare = [part.split("</table>")[0] for part in document.page.split('<table class="form letter">')[1:]]
    assert len(labelled) == sum(part.count('<th scope="row">') for part in bare)


def test_every_figure_says_in_words_what_it_shows(document: Document) -> None:
    figures = list(document.tree.all("Figure"))
    assert all(len(str(figure.facts.get("/Alt", ""))) > 20 for figure in figures)  # 13-004
    assert all(figure.facts["/A"] for figure in figures)  # a bounding box


def test_every_font_is_embedded_and_leads_back_to_unicode(document: Document) -> None:
    for page in document.reader.pages:
        resources: Any = page["/Resources"]
        for font in resources.get("/Font", {}).values():
            facts = font.get_object()
            assert "/ToUnicode" in facts  # 10-001
            below = facts["/DescendantFonts"][0].get_object() if "/DescendantFonts" in facts else facts
            descriptor = below["/FontDescriptor"].get_object()
            assert any(f"/FontFile{n}" in descriptor for n in ("", "2", "3"))  # 31-009
