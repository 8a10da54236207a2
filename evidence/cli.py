"""The command line: commands, exit codes, and the promise that a user never sees a traceback.

Only typer is imported here; each command imports the engine when it runs, so that `--help` is instant.
"""

import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import Annotated

import typer

from evidence.commands.audit import audit
from evidence.commands.audit_purge import purge
from evidence.commands.audit_reports import breach, disclose, log, misuse, report
from evidence.commands.audit_sample import sample
from evidence.commands.check import check
from evidence.commands.demo import demo, score
from evidence.commands.explain import explain
from evidence.commands.form import form
from evidence.commands.graph import graph
from evidence.commands.judge import judge
from evidence.commands.options import plain
from evidence.commands.prepare import prepare
from evidence.commands.redact import redact
from evidence.commands.rules import rules
from evidence.commands.screen import screen
from evidence.commands.summarize import submit, summarize
from evidence.commands.verify import replay, verify

REPORT_TO = "the project's issue tracker"

app = typer.Typer(
    name="evidence",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Correlate vehicle logs, registrations, leases, utility bills and address lists into evidence summaries.",
    epilog="Exit codes, and every option with an example: docs/commands.md",
)


def _version(*, value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"evidence {version('occupancy-evidence')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.")] = False,
) -> None:
    """Correlate vehicle logs, registrations, leases, utility bills and address lists into evidence summaries."""


_COMMANDS = (
    check, prepare, screen, summarize, submit, form, verify, replay, explain, graph, judge, redact, demo, score,
)  # fmt: skip
for _command in _COMMANDS:
    app.command()(_command)
for _report in (log, misuse, report, breach, disclose, purge, sample):
    audit.command()(_report)
app.add_typer(rules)
app.add_typer(audit)


def main() -> None:
    """Run the command line and end the process with a documented exit code."""
    signal.signal(signal.SIGTERM, _stop)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a character that a terminal cannot show is never fatal
            stream.reconfigure(errors="replace")
    debug = "--debug" in sys.argv[1:2]
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last line of defence: sort mistakes from bugs
        sys.exit(_explain(error, debug=debug))


def _explain(error: Exception, *, debug: bool) -> int:
    """One sentence on standard error, and the exit code; the traceback of a bug only where it was asked for."""
    from loaders.errors import EngineFault, UserError

    if isinstance(error, UserError):
        print(f"evidence: {plain(error)}", file=sys.stderr)
        return error.exit_code
    if debug:
        import traceback

        traceback.print_exception(error)
    print(
        f"evidence: a bug in this program, not a mistake of yours ({type(error).__name__}: {plain(error)[:200]}). "
        f"Please report it to {REPORT_TO} with the command and the output of "
        "`evidence --debug ...`; look through that output for personal data first.",
        file=sys.stderr,
    )
    return EngineFault.exit_code


def _stop(signal_number: int, _frame: FrameType | None) -> None:
    """A polite kill unwinds like Ctrl-C, so that unfinished folders are cleared away."""
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    main()
