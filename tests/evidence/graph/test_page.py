"""The page as text: it stands alone, says by hash what may run, and keeps hostile names in their data block."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.case_files import CASE_FILES, GRAPH_PAGE, GRAPH_PAGE_MARK, owned_graph_page
from evidence.graph.page import data_block, graph_page, policy
from evidence.pipeline import Run
from tests.evidence.graph.graph_pages import largest


@pytest.fixture(scope="module")
def page(tiny_run: Run) -> str:
    return graph_page(largest(tiny_run), Path("city")).decode()


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_equal_graphs_give_equal_bytes(page: str, tiny_run: Run) -> None:
    assert graph_page(largest(tiny_run), Path("city")).decode() == page


def test_the_page_fetches_nothing_and_has_no_handler_in_its_markup(page: str) -> None:
    for tag, attributes in Tags(page).tags:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base"}
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "src"}]
        assert attributes.get("href", "#") in {"#tables", "#"}


def test_the_policy_names_the_hash_of_each_script_and_style_and_allows_nothing_else(page: str) -> None:
    [said] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    directives = dict(part.strip().split(" ", 1) for part in unescape(said).split(";"))
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        inline = re.findall(rf"<{element}(?: id=\"[^\"]*\")?>(.*?)</{element}>", page, re.DOTALL)
        hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline}
        assert set(directives[directive].split()) == hashes
    assert "unsafe" not in said


def test_no_name_of_a_script_is_left_out_of_the_policy() -> None:
    assert policy(("a", "b"), ("c",)).count("sha256-") == 3


@given(st.recursive(st.text() | st.integers() | st.booleans(), st.lists, max_leaves=6))
def test_a_data_block_cannot_end_its_script_element_and_reads_back(value: object) -> None:
    block = data_block(value)
    assert not set(block) & set("<>&\u2028\u2029")
    assert json.loads(block) == value


def test_the_vendored_library_is_the_one_that_is_written_down() -> None:
    vendor = resources.files("evidence.graph") / "vendor"
    library = (vendor / "cytoscape.min.js").read_bytes()
    record = (vendor / "README.md").read_text("utf-8")
    assert hashlib.sha256(library).hexdigest() in record
    [version] = re.findall(r'\.version="(\d+\.\d+\.\d+)"', library.decode())
    assert f"| {version} |" in record
    assert "Permission is hereby granted" in (vendor / "cytoscape-LICENSE.txt").read_text("utf-8")


def test_a_graph_page_goes_beside_a_summary_and_nobody_elses_file_is_overwritten(tmp_path: Path) -> None:
    assert owned_graph_page(tmp_path) is None
    (tmp_path / GRAPH_PAGE).write_bytes(b"<p>" + GRAPH_PAGE_MARK)
    assert owned_graph_page(tmp_path) == frozenset({GRAPH_PAGE})
    (tmp_path / "notes.txt").write_text("mine")
    assert owned_graph_page(tmp_path) is None
    (tmp_path / CASE_FILES[0]).write_text('{"schema": "occupancy-evidence/summary/1"}')
    assert owned_graph_page(tmp_path) == frozenset({GRAPH_PAGE})
