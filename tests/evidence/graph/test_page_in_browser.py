"""The page in a real browser (Debian's Chromium): it opens without a word on the console, and every control answers."""

import json
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest

from evidence.graph.model import CaseGraph
from evidence.graph.page import graph_page
from evidence.pipeline import Run
from matchers.graph_export import graph_graphml, graph_json
from tests.evidence.graph.graph_pages import ARABIC, BREAKOUT, LONG, SCRIPT, hostile_graph, largest, parsed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
# No sandbox: the tests may run as root in a container. The others keep the browser from calling home.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIOLATIONS = "addEventListener('securitypolicyviolation', (e) => console.error('POLICY', e.violatedDirective))"

COMMANDS = ("explains", "judges")
REASON = 'it\'s "worn"; $(touch owned) `id` \\ <b>'


@dataclass
class Opened:
    """A page that is open, what it was made of, and what it did besides."""

    page: "Page"
    graph: CaseGraph
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def words(self, selector: str) -> str:
        return str(self.page.inner_text(selector))

    def shown(self) -> tuple[int, int]:
        """Nodes and edges that the picture shows, by its own account."""
        numbers = [int(word) for word in self.words("#shown").split() if word.isdigit()]
        return numbers[0], numbers[2]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


def opened_in(browser: "Browser", graph: CaseGraph, path: Path, city: Path = Path("city")) -> Opened:
    path.write_bytes(graph_page(graph, city))
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    opened = Opened(page, graph)
    page.add_init_script(VIOLATIONS)
    page.on("console", lambda message: opened.said.append(message.text))
    page.on("pageerror", lambda error: opened.said.append(str(error)))
    page.on("request", lambda request: opened.asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    return opened


@pytest.fixture(scope="module")
def largest_case(tiny_run: Run) -> CaseGraph:
    return largest(tiny_run)


@pytest.fixture
def opened(browser: "Browser", largest_case: CaseGraph, tmp_path: Path) -> Iterator[Opened]:
    found = opened_in(browser, largest_case, tmp_path / "graph.html")
    yield found
    # Whatever a test did to the page: no message, no request but the page itself, nothing the policy had to stop.
    assert found.said == []
    assert [url for url in found.asked if not url.startswith("blob:")] == [(tmp_path / "graph.html").as_uri()]
    found.page.close()


def test_it_opens_with_a_picture_of_every_node(opened: Opened) -> None:
    assert opened.graph.summary.address in opened.words("h1")
    nodes, edges = opened.shown()
    assert len(opened.graph.nodes) - 3 <= nodes <= len(opened.graph.nodes)
    assert edges == sum(edge.family != "address" for edge in opened.graph.edges)
    painted = opened.page.evaluate(
        "() => [...document.querySelectorAll('#picture canvas')].some((c) => c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data.some((v) => v))"
    )
    assert painted


def test_an_edge_tells_its_comparison_and_its_waterfall(opened: Opened) -> None:
    edge = next(edge for edge in opened.graph.edges if edge.type == "same_person")
    opened.page.click(f"button[data-id='{edge.id}']")
    told = opened.words("#details")
    comparison = opened.graph.comparisons[edge.id]
    for line in comparison.lines:
        assert line.name in told
        assert line.shown.strip() in told
        assert line.words in told
    assert f"probability {comparison.probability}" in told
    label = opened.page.get_attribute("#details svg.waterfall", "aria-label")
    assert label == "Waterfall in bits: " + ", ".join(
        [*(f"{line.name} {line.shown}" for line in comparison.lines), f"total {comparison.total_shown}"]
    )


def test_an_edge_offers_commands_that_the_real_command_line_takes(opened: Opened) -> None:
    edge = next(edge for edge in opened.graph.edges if edge.type == "reading_of" and len(edge.rows) > 1)
    opened.page.click(f"button[data-id='{edge.id}']")
    explain, judge = (opened.page.locator(f"#details code[aria-label$='{verb} this link']") for verb in COMMANDS)
    copy = opened.page.locator("#details .command-line button")
    assert copy.nth(0).is_enabled()
    assert copy.nth(1).is_disabled()  # without a name and a reason
    opened.page.select_option("[data-judge=decision]", "reject")
    opened.page.fill("[data-judge=by]", "A. O'Auditor")
    opened.page.fill("[data-judge=reason]", REASON)
    words = {name: shlex.split(line.inner_text()) for name, line in (("explain", explain), ("judge", judge))}
    asked = {name: parsed(shlex.join(line)) for name, line in words.items()}
    assert [line[:2] for line in words.values()] == [["evidence", "explain"], ["evidence", "judge"]]
    assert asked["explain"]["case"] == asked["judge"]["case"] == opened.graph.summary.case_id
    assert asked["explain"]["a"] == asked["judge"]["link"][0] == f"vehicle_log:{words['explain'][3].split(':')[1]}"
    assert (asked["judge"]["by"], asked["judge"]["reason"]) == ("A. O'Auditor", REASON)
    assert asked["judge"]["decision"] == "reject"
    copy.nth(1).click()  # and what is copied is what is shown
    line = judge.inner_text()
    opened.page.focus("[data-judge=reason]")
    opened.page.keyboard.press("Control+A")
    opened.page.keyboard.press("Control+V")
    assert opened.page.input_value("[data-judge=reason]") == line


def test_whoever_judges_one_link_need_not_write_the_name_again(opened: Opened) -> None:
    first, second = [edge for edge in opened.graph.edges if edge.type == "same_person"][:2]
    opened.page.click(f"button[data-id='{first.id}']")
    opened.page.fill("[data-judge=by]", "A. Auditor")
    opened.page.fill("[data-judge=reason]", "worn")
    opened.page.click(f"button[data-id='{second.id}']")
    kept = [opened.page.input_value(f"[data-judge={name}]") for name in ("by", "reason")]
    assert kept == ["A. Auditor", ""]


def test_a_click_on_the_picture_chooses_what_lies_there(opened: Opened) -> None:
    person = next(node for node in opened.graph.nodes if node.kind == "person")
    where = opened.page.evaluate(
        "(id) => document.getElementById('picture')._cyreg.cy.getElementById(id).renderedPosition()", person.id
    )
    box = opened.page.locator("#picture").bounding_box()
    assert box is not None
    opened.page.mouse.click(box["x"] + where["x"], box["y"] + where["y"])
    assert person.label in opened.words("#details h2")
    assert "edge" in opened.words("#details")


def test_a_source_that_is_unticked_takes_its_rows_and_what_rests_on_them(opened: Opened) -> None:
    _, before = opened.shown()
    opened.page.uncheck("#sources input[data-value='vehicle_log']")
    _, after = opened.shown()
    gone = sum("vehicle_log" in edge.sources and edge.family != "address" for edge in opened.graph.edges)
    assert before - after == gone > 0
    assert "plate reading" not in opened.words("#tables-shown")
    opened.page.check("#sources input[data-value='vehicle_log']")
    assert opened.shown()[1] == before


def test_the_least_probability_leaves_only_surer_edges(opened: Opened) -> None:
    opened.page.fill("#least", "5")  # a quarter
    assert opened.shown()[1] == sum(e.p >= 0.25 and e.family != "address" for e in opened.graph.edges)
    assert "25%" in opened.words("#least-words")


def test_the_threshold_moves_the_number_of_persons(opened: Opened) -> None:
    steps = opened.graph.ladder.steps
    assert f"{opened.graph.summary.persons_named} distinct persons" in opened.words("#headcount")
    for place in (0, len(steps) // 2, len(steps) - 1):
        opened.page.fill("#threshold", str(place))
        number = steps[place].persons
        assert opened.words("#headcount") == f"{number} distinct person{'' if number == 1 else 's'}"
    assert "other than the run" in opened.words("#threshold-words")


def test_the_path_between_two_nodes_is_the_cheapest(opened: Opened) -> None:
    shown: nx.Graph[str] = nx.Graph()
    for edge in opened.graph.edges:
        if edge.family not in ("address", "rejected"):
            known = shown.get_edge_data(edge.a, edge.b, {"cost": float("inf")})
            shown.add_edge(edge.a, edge.b, cost=min(known["cost"], edge.cost))
    people = sorted(node.id for node in opened.graph.nodes if node.kind == "person" and node.id in shown)
    reading = next(node.id for node in opened.graph.nodes if node.kind == "reading")
    opened.page.select_option("#path-from", people[0])
    opened.page.select_option("#path-to", reading)
    opened.page.click("#find-path")
    assert opened.page.locator("#path-words li").count() == len(nx.dijkstra_path(shown, people[0], reading, "cost")) - 1
    assert "A chain is not identity" in opened.words("#path-words")
    opened.page.click("#clear-path")
    assert opened.words("#path-words") == ""


def test_the_tables_hold_all_that_the_picture_does(opened: Opened) -> None:
    opened.page.check("#families input[data-value='address']")
    ids = opened.page.eval_on_selector_all("#tables-shown button[data-id]", "(all) => all.map((b) => b.dataset.id)")
    assert set(ids) == {node.id for node in opened.graph.nodes} | {edge.id for edge in opened.graph.edges}
    fixed = opened.words("#tables-fixed")
    assert all(each.text.split(" are one")[0] in fixed for each in opened.graph.rejected)


def test_the_keyboard_alone_reaches_an_edge(opened: Opened) -> None:
    button = opened.page.locator("#tables-shown button").first
    button.focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("document.activeElement.matches('#details h2')")


def test_the_exports_are_the_graph_of_the_summary(opened: Opened, tmp_path: Path) -> None:
    saved = {}
    for name in ("json", "graphml", "png"):
        with opened.page.expect_download() as download:
            opened.page.click(f"#save-{name}")
        assert download.value.suggested_filename.startswith(opened.graph.summary.case_id)
        saved[name] = tmp_path / name
        download.value.save_as(saved[name])
    assert json.loads(saved["json"].read_bytes()) == json.loads(graph_json(opened.graph.graph))
    (tmp_path / "own").write_bytes(graph_graphml(opened.graph.graph))
    ours, theirs = (multigraph(path) for path in (tmp_path / "own", saved["graphml"]))
    assert dict(theirs.nodes(data=True)) == dict(ours.nodes(data=True))
    assert sorted(map(repr, theirs.edges(keys=True))) == sorted(map(repr, ours.edges(keys=True)))
    assert all(theirs.edges[a, b, key] == facts for a, b, key, facts in ours.edges(keys=True, data=True))
    assert saved["png"].read_bytes().startswith(b"\x89PNG")
    assert saved["png"].stat().st_size > 10_000


def multigraph(path: Path) -> "nx.MultiGraph[Any]":
    read = nx.read_graphml(path, force_multigraph=True)
    assert isinstance(read, nx.MultiGraph)
    return read


def test_hostile_names_are_shown_as_they_are_written_and_nothing_else_happens(
    browser: "Browser", tiny_folder: Path, largest_case: CaseGraph, tmp_path: Path
) -> None:
    graph = hostile_graph(tiny_folder, tmp_path / "city", largest_case.summary.case_id)
    opened = opened_in(browser, graph, tmp_path / "graph.html")
    text = opened.words("body")
    for name in (SCRIPT, BREAKOUT, ARABIC, LONG):
        assert name in text
    assert "\ufffdgnorw\ufffd RIGHT" in text  # marks that turn the order round are made visible
    assert "\u202e" not in text
    assert opened.page.title() == f"Case {graph.summary.case_id}: linkage graph"
    assert opened.page.locator("main img").count() == 0
    width = opened.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    first = next(node for node in graph.nodes if node.kind == "person" and "anastasia" in node.label.lower())
    opened.page.click(f"button[data-id='{first.id}']")
    assert opened.said == []
    assert opened.asked == [(tmp_path / "graph.html").as_uri()]
    opened.page.close()
