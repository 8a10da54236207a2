"""Pages to test with: the largest case of the tiny city, and the same with names that mean harm."""

import shlex
import shutil
from pathlib import Path
from typing import Any

import click
import polars as pl
import typer

from evidence.cli import app
from evidence.graph.model import CaseGraph, case_graph
from evidence.pipeline import Run, investigate
from loaders.city import load

SCRIPT = "<script>document.title='owned'</script>"
BREAKOUT = '</script><img src=x onerror="document.title=1">'
REVERSED = "\u202egnorw\u202c RIGHT"
ARABIC = "محمد بن عبد الله"
LONG = "Maria " + "Anastasia-" * 60 + "Longfellow"
HOSTILE = (SCRIPT, BREAKOUT, REVERSED, ARABIC, LONG, "{{7*7}} &amp; 'x' \"y\"")


def parsed(command: str) -> dict[str, Any]:
    """The parameters of a command as the real parser takes them. Raises click.UsageError for what it refuses."""
    program, name, *words = shlex.split(command)
    assert program == "evidence"
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group | typer.core.TyperGroup)
    return dict(group.commands[name].make_context(name, words).params)


def largest(run: Run) -> CaseGraph:
    """The graph of the case with most edges."""
    found = max(run.every_result(), key=lambda each: each[1].graph.number_of_edges())
    return case_graph(run.linked, run.city.frame("vehicle_log"), found[1])


def hostile_graph(folder: Path, into: Path, case_id: str) -> CaseGraph:
    """The graph of a case whose lease, registrations and log say hostile things.

    folder: a city of CSV files; into: where the changed copy goes.
    """
    shutil.copytree(folder, into, dirs_exist_ok=True)
    cases = pl.read_csv(into / "cases.csv", infer_schema=False)
    identifier, subject = cases.columns[:2]
    address = cases.filter(pl.col(identifier) == case_id)[subject][0]
    lease = pl.read_csv(into / "lease_disclosures.csv", infer_schema=False)
    rows = [dict.fromkeys(lease.columns) for _ in HOSTILE]
    for row, name in zip(rows, HOSTILE, strict=True):
        row.update({_named(lease, "address"): address, _named(lease, "name"): name})
    pl.concat([lease, pl.DataFrame(rows, schema=lease.schema)]).write_csv(into / "lease_disclosures.csv")
    log = pl.read_csv(into / "vehicle_log.csv", infer_schema=False)
    plate = _named(log, "plate")
    first = pl.int_range(pl.len()) == log[log.columns[0]].index_of(case_id)
    log.with_columns(pl.when(first).then(pl.lit("<b>1</b>")).otherwise(plate).alias(plate)).write_csv(
        into / "vehicle_log.csv"
    )
    run = investigate(load(into), case_ids=[case_id])
    return case_graph(run.linked, run.city.frame("vehicle_log"), run.results([case_id])[0])


def _named(frame: pl.DataFrame, word: str) -> str:
    """The header that means this column, however the agency writes it."""
    exact = [name for name in frame.columns if name.strip().lower().replace(" ", "_") == word]
    return (exact or [name for name in frame.columns if word in name.lower()])[0]
