"""The two pages: one case's summary, and the screening list.

Pages stand alone: the style sheet is inside, there is no script and nothing is fetched, so that a page filed as
evidence looks the same in ten years. Autoescape is on for every template; only the drawings of `svg` are markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evidence.render import svg, words
from evidence.summary_model import Summary, Vehicle


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of the screening list: the columns of screen.parquet, and the summary's address where it exists."""

    values: Mapping[str, Any]
    href: str | None


def summary_html(summary: Summary) -> str:
    """The whole summary of one case as one page."""
    return _page("summary.html.j2", s=summary)


def index_html(rows: Sequence[IndexRow], run: Mapping[str, Any], summarize_command: str) -> str:
    """The screening list; `run` is run.json, `summarize_command` makes a missing summary (`CASE` stands for the id)."""
    findings = dict.fromkeys(words.FINDINGS, 0)
    for row in rows:
        findings[row.values["finding"]] = findings.get(row.values["finding"], 0) + 1
    return _page("index.html.j2", rows=rows, run=run, findings=findings, command=summarize_command)


@cache
def environment() -> Environment:
    """The one template environment; a misspelt name is an error, not a blank."""
    made = Environment(
        loader=PackageLoader("evidence.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for function in (
        words.percent,
        words.points,
        words.number,
        words.count,
        words.weight,
        words.signed_bits,
        words.rows_words,
    ):
        made.filters[function.__name__] = function
    made.globals.update(
        style=Markup(resources.files("evidence.render").joinpath("style.css").read_text("utf-8")),
        FINDINGS=words.FINDINGS,
        SOURCES=words.SOURCES,
        STRENGTHS=words.STRENGTHS,
        OPERATORS=words.OPERATORS,
        WATCHED=words.WATCHED,
        TERMS=words.TERMS,
        night_key=svg.night_key,
        floor_and_estimate=svg.floor_and_estimate,
        occupants_chart=_occupants_chart,
        vehicle_calendar=_vehicle_calendar,
    )
    return made


def _page(template: str, **values: object) -> str:
    return str(environment().get_template(template).render(values))


def _occupants_chart(summary: Summary) -> Markup:
    # Values of next to no probability would only push the others together.
    shown = [each for each in summary.occupants.distribution if each.probability >= 0.0005]
    bars = [(each.occupants, each.probability) for each in shown]
    limit = summary.rule.persons_if_unrelated
    return svg.bar_chart("occupants", bars, limit, "Probability of each number of occupants")


def _vehicle_calendar(name: str, vehicle: Vehicle) -> Markup:
    states = {watched.night: str(watched.state) for watched in vehicle.watched}
    tally = {state: sum(1 for seen in states.values() if seen == state) for state in words.WATCHED}
    says = "; ".join(f"{words.count(number, 'night')} {words.WATCHED[state]}" for state, number in tally.items())
    return svg.night_calendar(name, states, f"Watched nights of vehicle {vehicle.vehicle_id}", says)
