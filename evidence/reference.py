"""The reference page of the commands, made from the commands themselves: `python -m evidence.reference`.

`docs/commands.md` is this text; a test compares the two, so that the page cannot drift from the program.
"""

import inspect
from enum import Enum
from typing import Any, get_type_hints

import typer
import typer.main

from evidence.cli import app
from evidence.errors import EXIT_CODES

_HEADING = """# Commands

Made from the program by `python -m evidence.reference > docs/commands.md`; do not edit by hand.

Every command that reads a city takes a folder with one file per source. Results are written whole or not at all:
a run that is stopped leaves the former output as it was. A folder with files that are not ours is refused, unless
`--force` says to write beside them. A mistake in the input ends with one sentence on standard error and one of
the exit codes below; what a command says of its progress goes to standard error, its result to standard output.
"""

_FOLDERS = """
## Folders of cases

`summarize`, `submit` and `screen --summaries` write one folder per case. Its name is the case id, where the id is up
to 64 characters out of `A-Z a-z 0-9 . _ -`, starts with a letter or digit and is no reserved name. Any other id
(`../../x`, `CON`, an empty one, one of two that differ only in capitals) becomes a readable part of it, `~`, and
12 digits of its SHA-256. `case_folders` in `run.json` lists every id whose folder has another name.
`files` holds the hashes of what that screening wrote: a summary or graph made later in its folder is another file,
which `evidence verify` checks.

## Spreadsheets

In `.csv` files a text cell that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, a tab or a
line break) is written with an apostrophe before it. The `.parquet` files hold the exact text.
"""


def commands_markdown() -> str:
    """The whole page."""
    group: Any = typer.main.get_command(app)
    parts = [_HEADING]
    for name, command in group.commands.items():
        below = getattr(command, "commands", {})
        parts += [_section(f"{name} {sub}", part) for sub, part in below.items()] or [_section(name, command)]
    parts.append("\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n")
    parts.extend(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    parts.append(_FOLDERS)
    return "".join(parts)


def _section(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    words = " ".join([f"evidence {name}", *(a.metavar or a.name.upper() for a in arguments)])
    text = [f"\n## evidence {name}\n\n`{words}`\n\n{_prose(command.callback)}\n"]
    rows = [(f"`{a.metavar or a.name.upper()}`", a.help or "") for a in arguments]
    kinds = get_type_hints(command.callback)
    rows += [(_option(o), _help(o, kinds[o.name])) for o in options]
    text.append("\n| argument or option | meaning |\n| --- | --- |\n")
    text.extend(f"| {left} | {right} |\n" for left, right in rows)
    return "".join(text)


def _prose(callback: Any) -> str:
    """The docstring, its example as code."""
    paragraphs = (inspect.getdoc(callback) or "").split("\n\n")
    return "\n\n".join(
        f"Example:\n\n```\n{p.removeprefix('Example: ')}\n```" if p.startswith("Example: ") else p for p in paragraphs
    )


def _option(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    return names if option.is_flag else f"{names} `{option.metavar or option.name.upper()}`"


def _help(option: Any, kind: Any) -> str:
    said = [option.help or ""]
    if isinstance(kind, type) and issubclass(kind, Enum):
        said.append("One of " + ", ".join(f"`{choice.value}`" for choice in kind) + ".")
    if option.required:
        said.append("Required.")
    elif option.default not in (None, False):
        said.append(f"Default `{getattr(option.default, 'value', option.default)}`.")
    return " ".join(said)


if __name__ == "__main__":
    print(commands_markdown(), end="")
