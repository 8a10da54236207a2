"""Every `evidence` command shown in the README and in docs/ runs as written, and every `make` target exists.

In a fenced ```console block a line that starts with `$ ` is a command. Commands of one file run in order in one folder,
like a reader would type them; a comment `# exit 65` at its end says which exit code is expected.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from evidence import load
from evidence.errors import NotAvailable
from evidence.spark.engine import check_engine
from evidence.store.database import migrate, opened
from evidence.store.people import Operator, SeenCase, see_cases, set_operator
from evidence.synthetic import generate

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[tuple[str, int]]:
    """The commands of a page with their expected exit codes."""
    found = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                text, _, comment = line[2:].partition("  # exit ")
                found.append((text.strip(), int(comment or 0)))
    return found


def with_commands() -> list[Path]:
    return [page for page in PAGES if commands(page)]


def with_program() -> dict[str, str]:
    """The environment with this project's `evidence` first on the path."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


@pytest.mark.slow
@pytest.mark.parametrize("page", with_commands(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_documented_command_runs(page: Path, tmp_path: Path) -> None:
    environment = with_program()
    for text, expected in commands(page):
        words = shlex.split(text)
        if "--engine" in words:
            skip_without(words[words.index("--engine") + 1])
        if words[0] == "make":
            done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, f"{page.name}: {text}\n{done.stderr}"
            continue
        program = words[0].removeprefix(".venv/bin/")
        assert program in ("evidence", "python"), f"{page.name}: {text} is no command of this project"
        done = subprocess.run([program, *words[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == expected, f"{page.name}: {text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def skip_without(engine: str) -> None:
    try:
        check_engine(engine)
    except NotAvailable as missing:
        pytest.skip(str(missing))


# What some examples need to have been run before them.
_SUMMARY = ("evidence summarize ./fort-collins --case C-2007-0042 -o out/cases --fresh --force",)
PRESUPPOSED = {
    "evidence score": ("evidence demo -o demo --force", "evidence screen demo/city -o demo/out --force"),
    "evidence redact": _SUMMARY,
    "evidence verify": _SUMMARY,
    "evidence replay": _SUMMARY,
}
EXAMPLE = re.compile(r"^Example:\n\n```\n(.*?)\n```", re.MULTILINE | re.DOTALL)
REFERENCE = ROOT / "docs" / "commands.md"


def with_store(path: Path) -> None:
    """A store with the operator and the case of the examples."""
    migrate(str(path))
    with opened(str(path)) as store:
        set_operator(store, Operator("J. Inspector", "inspector", store.today(), None), by="J. Inspector")
        see_cases(store, [SeenCase("C-2007-0042", "open")])


@pytest.fixture(scope="module")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples of docs/commands.md presuppose: `fort-collins` with case C-2007-0042, `new-case`, the rule
    pack of docs/rule-packs.md, and a store.
    """
    folder = tmp_path_factory.mktemp("examples")
    made = generate(folder / "made", scale="tiny", seed=7).city
    case_id = load(made).frame("cases")["case_id"][-1]
    for path in made.glob("*.csv"):
        text = path.read_bytes().replace(case_id.encode(), b"C-2007-0042")
        for target in (folder / "fort-collins", folder / "new-case"):
            target.mkdir(exist_ok=True)
            if target.name == "fort-collins" or path.stem in ("cases", "vehicle_log", "lease_disclosures"):
                (target / path.name).write_bytes(text)
    page = (ROOT / "docs" / "rule-packs.md").read_text(encoding="utf-8")
    (folder / "anytown.toml").write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    (folder / "notice.txt").write_text("Notice to the owner.\n")
    with_store(folder / "records.sqlite")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("text", EXAMPLE.findall(REFERENCE.read_text(encoding="utf-8")))
def test_every_example_of_the_reference_runs(text: str, example_folder: Path) -> None:
    for step in PRESUPPOSED.get(" ".join(text.split()[:2]), ()):
        subprocess.run(step, shell=True, cwd=example_folder, env=with_program(), check=True, capture_output=True)
    done = subprocess.run(text, shell=True, cwd=example_folder, env=with_program(), capture_output=True, text=True)
    assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_readme_documents_commands() -> None:
    """The check above would be hollow on a README without commands."""
    assert len(commands(ROOT / "README.md")) >= 5
