"""A page of `render/templates` on paper: its HTML is the template of the PDF too, so the two cannot disagree.

The elements that our templates use become Typst markup, each text a string literal: nothing that a source wrote is ever
read as markup. What an element looks like is in `paper.typ`. An element that is not known here is an error, not a gap.
"""

import re
from collections.abc import Callable
from typing import Final

from evidence.render.drawings import on_paper
from evidence.render.elements import Element, read_page

_SPACE = re.compile(r"[ \t\r\n\f]+")
# A word longer than this may be broken anywhere: a column must not be pushed off the page by one.
_LONGEST_WORD = 22
_WIDE_ROW = 90  # characters; a row longer than this shares the width by the text in it
_HASH_WIDTH = 36  # half a SHA-256 in small letters
# A table within both stays on one page: rows, and characters, so that none is ever taller than a page.
_ROWS_TOGETHER, _TEXT_TOGETHER = 14, 2400
_MARKS: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)


def typst_of(page: str, hidden: frozenset[str] = frozenset()) -> str:
    """Typst markup of a whole page, without what `paper.typ` says. hidden: characters that no font can draw."""
    root = read_page(page)
    body = next(root.all("body"))
    head = next(root.all("head"))
    about = {each.attributes.get("name", ""): each.attributes.get("content", "") for each in head.all("meta")}
    title = next(head.all("title")).text
    write = _Writer(hidden)
    drawn = write.inside(next(body.all("div")))
    return (
        f"#set document(title: {write.literal(title)}, date: none)\n"
        f"#show: dressed.with(kind: {write.literal(about.get('kind', title))}, "
        f"running: {write.literal(about.get('running', ''))}, mark: {write.literal(about.get('mark', ''))}, "
        f"numbered: {'true' if write.numbered else 'false'})\n"
        f"#{{\n{drawn}\n}}\n"
    )


class _Writer:
    """Elements as Typst code; every method gives an expression or statements that join to content."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self._hidden = hidden
        self.numbered = False
        """Does a character stand as its number somewhere? Then the pages with one say what that means."""

    def inside(self, element: Element) -> str:
        """Everything in an element, one piece a line; `[]` where there is nothing."""
        pieces = []
        for at, each in enumerate(element.inside):
            if isinstance(each, Element):
                drawn = self.piece(each)
                pieces.append(f"block(sticky: true, {drawn})" if _leads_to_figure(element.inside, at) else drawn)
            elif each.strip():
                pieces.append(self.literal(_trimmed(each, first=at == 0, last=at == len(element.inside) - 1)))
            elif pieces and _inline(element.inside, at):
                pieces.append('" "')
        return "\n".join(piece for piece in pieces if piece) or "[]"

    def piece(self, element: Element) -> str:
        if element.tag not in _PIECES:
            raise ValueError(f"<{element.tag}> has no form on paper: add it to evidence/render/paper.py")
        return _PIECES[element.tag](self, element)

    def call(self, function: str, element: Element) -> str:
        return f"{function}({{\n{self.inside(element)}\n}})"

    def literal(self, text: str) -> str:
        """Text as a string literal; characters that reverse or hide others stand as numbers, long words may break."""
        shown = "".join(self._shown(character) for character in _SPACE.sub(" ", text))
        broken = re.sub(rf"\S{{{_LONGEST_WORD},}}", lambda word: _breakable(word[0]), shown)
        return '"' + broken.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def _shown(self, character: str) -> str:
        code = ord(character)
        unseen = code < 0x20 or 0x7F <= code < 0xA0 or code in _MARKS or 0xD800 <= code < 0xE000
        if not unseen and character not in self._hidden:
            return character
        self.numbered = True
        return f"[U+{code:04X}]"

    def section(self, element: Element) -> str:
        kinds = element.classes
        if "finding" in kinds:
            return self.call("framed", element)
        if "copy" in kinds:
            return f"pagebreak(weak: true)\n{self.inside(element)}"
        return self.call("card", element) if "card" in kinds else self.inside(element)

    def division(self, element: Element) -> str:
        kinds = element.classes
        if "pair" in kinds:
            sides = ",\n".join(
                f"panel({self.literal(next(iter(side.classes), ''))}, {{\n{self.inside(side)}\n}})"
                for side in element.children()
            )
            return f"pair({sides})"
        if "signature" in kinds:
            return self.call("signed", element)
        return self.inside(element)

    def paragraph(self, element: Element) -> str:
        kinds = element.classes
        how = "lead" if "sentence" in kinds else "small" if kinds & {"note", "kicker", "soft"} else ""
        return f"par({{\n{self.call(how, element) if how else self.inside(element)}\n}})"

    def span(self, element: Element) -> str:
        kinds = element.classes
        for kind, function in (("src", "small"), ("strength", "strong"), ("raw", "written"), ("tag", "tag")):
            if kind in kinds:
                return self.call(function, element)
        if "blank" in kinds:
            return "blank(14em)"
        return self.inside(element) if element.inside else ""

    def listing(self, element: Element) -> str:
        items = element.children("li")
        if element.classes & {"facts", "key"}:
            inside = ' + h(1.1em, weak: true) + " " + '.join(f"box({{\n{self.inside(item)}\n}})" for item in items)
            return f"par(small({inside or '[]'}))"
        marker = ", marker: none, indent: 0pt, body-indent: 0pt" if element.classes & {"plain"} else ""
        function = "enum" if element.tag == "ol" else "list"
        return f"{function}(tight: false{marker}, " + ", ".join(f"{{\n{self.inside(item)}\n}}" for item in items) + ")"

    def terms(self, element: Element) -> str:
        """A description list: names with their value at the right, remarks below; or terms with their meaning."""
        parts = []
        waiting: Element | None = None
        for each in element.children("dt", "dd"):
            if "terms" in element.classes:
                parts.append(self.call("strong", each) if each.tag == "dt" else self.inside(each))
                parts.append("linebreak()" if each.tag == "dt" else "parbreak()")
            elif each.tag == "dt":
                waiting = each
            elif waiting is not None:
                parts.append(f"row({{\n{self.inside(waiting)}\n}}, {{\n{self.inside(each)}\n}})")
                waiting = None
            else:
                parts.append(f"block(above: 0.4em, {self.call('small', each)})")
        return "\n".join(parts)

    def figure(self, element: Element) -> str:
        drawings = element.children("svg")
        if not drawings:
            return "\n".join(f"par({self.call('small', caption)})" for caption in element.children("figcaption"))
        caption = "".join(f", caption: {{\n{self.inside(each)}\n}}" for each in element.children("figcaption"))
        return f"figure({self.drawing(drawings[0])}{caption}, kind: image)"

    def drawing(self, element: Element) -> str:
        drawn = on_paper(element.source)
        image = f'image(bytes({_quoted(drawn.markup)}), format: "svg", width: {drawn.width_pt:g}pt'
        if element.attributes.get("aria-hidden") == "true":
            return f"pdf.artifact(box(baseline: 20%, {image})))"
        return f"{image}, alt: {self.literal(drawn.says)})"

    def table(self, element: Element) -> str:
        head = [row.children("th", "td") for part in element.children("thead") for row in part.children("tr")]
        rows = [row.children("th", "td") for part in element.children("tbody") for row in part.children("tr")]
        if not head and all([cell.tag for cell in row] == ["th", "td"] for row in rows):
            return self.named(rows)
        columns = max((len(row) for row in [*head, *rows]), default=1)
        header = "".join(
            f"table.header({', '.join(self._cell(cell, name=False) for cell in row)}),\n" for row in head[:1]
        )
        cells = ",\n".join(self._cell(cell, name=cell.tag == "th") for row in rows for cell in row)
        widths = ", ".join(_widths(rows, head, columns))
        aligned = ", ".join("right" if "n" in cell.classes else "left" for cell in (head or rows or [[]])[0])
        made = f"table(columns: ({widths},), align: ({aligned},),\n{header}{cells})"
        # The items of a form stand under a heading that says what they are.
        said = [] if "form" in element.classes else element.children("caption")
        caption = "".join(f", caption: {{\n{self.inside(each)}\n}}" for each in said)
        together = len(rows) <= _ROWS_TOGETHER and len(element.text) <= _TEXT_TOGETHER
        return f"{'together' if together else ''}(figure({made}{caption}, kind: table))"

    def named(self, rows: list[list[Element]]) -> str:
        """Names with what they name, as terms: the typesetter tags a header cell of a column, but none of a row."""
        items = ",\n".join(
            f"terms.item({{\n{self.inside(name)}\n}}, {{\n{self.inside(said)}\n}})" for name, said in rows
        )
        return f"named({items})"

    def _cell(self, cell: Element, *, name: bool) -> str:
        content = self.inside(cell)
        if name:
            content = f"strong({{\n{content}\n}})"
        if "hash" in cell.classes:
            content = f"hash({{\n{content}\n}})"
        return f"[#{{\n{content}\n}}]"


_PIECES: dict[str, Callable[[_Writer, Element], str]] = {
    **{f"h{level}": lambda w, e: f"heading(level: {e.tag[1]}, {{\n{w.inside(e)}\n}})" for level in (1, 2, 3)},
    **dict.fromkeys(("header", "main", "body", "footer"), _Writer.inside),
    "nav": lambda _, __: "",  # the way around a page on a screen
    "section": _Writer.section,
    "div": _Writer.division,
    "p": _Writer.paragraph,
    "span": _Writer.span,
    "bdi": _Writer.span,
    "a": _Writer.inside,
    "strong": lambda w, e: w.call("strong", e),
    "em": lambda w, e: w.call("emph", e),
    "code": lambda w, e: w.call("written", e),
    "br": lambda _, __: "linebreak()",
    "ul": _Writer.listing,
    "ol": _Writer.listing,
    "dl": _Writer.terms,
    "table": _Writer.table,
    "figure": _Writer.figure,
    "svg": _Writer.drawing,
}
_INLINE = frozenset({"span", "bdi", "a", "strong", "em", "code", "svg"})


def _inline(inside: list[Element | str], at: int) -> bool:
    """Does the blank at this place stand between two pieces of one line?"""
    if at == 0 or at == len(inside) - 1:
        return False
    return all(isinstance(each, Element) and each.tag in _INLINE for each in (inside[at - 1], inside[at + 1]))


def _leads_to_figure(inside: list[Element | str], at: int) -> bool:
    """Is this a paragraph that speaks of the drawing or table right after it?"""
    here = inside[at]
    if not isinstance(here, Element) or here.tag != "p":
        return False
    after = next((each for each in inside[at + 1 :] if isinstance(each, Element) or each.strip()), None)
    return isinstance(after, Element) and (after.tag in ("figure", "table") or bool(after.classes & {"scroll", "side"}))


def _trimmed(text: str, *, first: bool, last: bool) -> str:
    shown = text.lstrip() if first else text
    return shown.rstrip() if last else shown


def _breakable(word: str) -> str:
    return "\u200b".join(word[at : at + _LONGEST_WORD // 2] for at in range(0, len(word), _LONGEST_WORD // 2))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _widths(rows: list[list[Element]], head: list[list[Element]], columns: int) -> list[str]:
    """Widths of the columns: as they come where all fits; else figures as they come, the rest shared by their text."""
    longest, typical, figures = [], [], []
    for column in range(columns):
        cells = [row[column] for row in [*head, *rows] if column < len(row)]
        lengths = sorted(len(_SPACE.sub(" ", cell.text).strip()) for cell in cells)
        longest.append(lengths[-1] if lengths else 0)
        word = max((len(part) for cell in cells for part in cell.text.split()), default=0)
        size = max(lengths[(len(lengths) * 3) // 4], min(word + 4, _LONGEST_WORD)) if lengths else 0
        typical.append(_HASH_WIDTH if any("hash" in cell.classes for cell in cells) else size)
        figures.append(bool(cells) and all(cell.classes & {"n"} for cell in cells))
    if sum(longest) <= _WIDE_ROW:
        return ["auto"] * columns
    return ["auto" if number else f"{min(max(size, 9), 60)}fr" for number, size in zip(figures, typical, strict=True)]
