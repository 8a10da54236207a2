"""Summary, graph and list lead to one another where they lie beside each other, and nowhere else."""

from pathlib import Path
from shutil import copytree

import pytest

from evidence.case_files import GRAPH_PAGE
from evidence.deliver import deliver
from evidence.pipeline import Run
from evidence.summary_model import Summary
from evidence.verify import read_document, verify_pages
from evidence.write import link_graph
from tests.evidence.test_cli import run
from tests.evidence.test_render import Page


@pytest.fixture(scope="module")
def screened(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("linked") / "out"
    deliver(tiny_run, out, summaries=2, pdf=True)
    return out


def links(page: Path) -> list[str]:
    hrefs = (attrs["href"] for attrs in Page(page.read_text("utf-8")).named("a"))
    return [href for href in hrefs if href and not href.startswith("#")]


def test_the_three_pages_lead_to_one_another(screened: Path, tiny_folder: Path, tmp_path: Path) -> None:
    out = copytree(screened, tmp_path / "out")
    first, second = sorted((out / "cases").iterdir())
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    done = run("graph", str(tiny_folder), "--case", first.name, "-o", str(out / "cases"), "-q")
    assert done.returncode == 0, done
    assert links(first / "summary.html") == ["graph.html"]
    assert '<a href="summary.html">' in (first / GRAPH_PAGE).read_text("utf-8")
    assert f"cases/{first.name}/graph.html" in links(out / "index.html")
    assert f"cases/{second.name}/graph.html" not in links(out / "index.html")
    moved = {path.relative_to(out).as_posix() for path, was in before.items() if path.read_bytes() != was}
    assert moved == {f"cases/{first.name}/summary.html", "index.html"}
    found = Summary.model_validate(read_document(first / "summary.json"))
    assert verify_pages(found, first) == []


def test_a_summary_made_again_takes_the_links_away_with_the_graph(
    screened: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    out = copytree(screened, tmp_path / "out")
    first = min((out / "cases").iterdir())
    for command in ("graph", "summarize"):
        assert run(command, str(tiny_folder), "--case", first.name, "-o", str(out / "cases"), "-q").returncode == 0
    assert not (first / GRAPH_PAGE).exists()
    assert links(first / "summary.html") == []
    assert f"cases/{first.name}/graph.html" not in links(out / "index.html")


def test_a_page_that_somebody_changed_is_left_as_it_is(screened: Path, tmp_path: Path) -> None:
    folder = copytree(screened / "cases", tmp_path / "elsewhere") / min(
        path.name for path in (screened / "cases").iterdir()
    )
    changed = (folder / "summary.html").read_text("utf-8").replace("Finding:", "Finding!:")
    (folder / "summary.html").write_text(changed, "utf-8", newline="\n")
    assert not link_graph(folder)
    assert (folder / "summary.html").read_text("utf-8") == changed


def test_a_graph_page_that_lies_alone_leads_nowhere(tiny_folder: Path, tmp_path: Path, screened: Path) -> None:
    case = min(path.name for path in (screened / "cases").iterdir())
    assert run("graph", str(tiny_folder), "--case", case, "-o", str(tmp_path / "alone"), "-q").returncode == 0
    assert "summary.html" not in (tmp_path / "alone" / case / GRAPH_PAGE).read_text("utf-8").split("<main>")[0]
