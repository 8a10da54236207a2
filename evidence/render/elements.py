"""A page of our own templates as a tree of elements; their HTML is balanced, so nothing has to be guessed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "br", "hr", "link"})


@dataclass(slots=True)
class Element:
    """One element; `inside` holds elements and text in the order of the page."""

    tag: str
    attributes: dict[str, str]
    inside: list["Element | str"] = field(default_factory=list)
    source: str = ""

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())

    def all(self, *tags: str) -> Iterator["Element"]:
        """Elements of these tags at any depth, in the order of the page."""
        for each in self.inside:
            if isinstance(each, Element):
                if each.tag in tags:
                    yield each
                yield from each.all(*tags)

    def children(self, *tags: str) -> list["Element"]:
        return [each for each in self.inside if isinstance(each, Element) and (not tags or each.tag in tags)]

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.inside)


def read_page(page: str) -> Element:
    """The whole page as one element, which holds `html`."""
    return _Reader(page).root


class _Reader(HTMLParser):
    """A page as elements; drawings are kept as they are written."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("page", {})
        self._open = [self.root]
        self._drawing: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._drawing or tag == "svg":
            self._drawing.append(self.get_starttag_text() or "")
        if self._open[-1].tag == "svg":
            return
        made = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(made)
        if tag not in _VOID:
            self._open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._drawing:
            self._drawing.append(self.get_starttag_text() or "")
        else:
            self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self._drawing:
            self._drawing.append(f"</{tag}>")
            if tag != "svg":
                return
            self._open[-1].source = "".join(self._drawing)
            self._drawing = []
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._drawing:
            self._drawing.append(data.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
        else:
            self._open[-1].inside.append(data)
