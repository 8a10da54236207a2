"""The two pages: one case's summary, and the screening list.

Pages stand alone: the style sheet is inside, there is no script and nothing is fetched, so that a page filed as
evidence looks the same in ten years. Autoescape is on for every template; only the drawings of `svg` are markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evidence.render import svg, words
from evidence.summary_model import Reading, SourceRow, Summary, Vehicle
from evidence.wording import percent

_STATES: tuple[tuple[Literal["overnight", "seen", "looked_not_seen"], str], ...] = (
    ("overnight", "proved overnight"),
    ("seen", "seen but not shown to stay"),
    ("looked_not_seen", "watched without seeing it"),
)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of the screening list: the columns of screen.parquet, and the summary's address where it exists."""

    values: Mapping[str, Any]
    href: str | None


def summary_html(summary: Summary) -> str:
    """The whole summary of one case as one page."""
    return _page("summary.html.j2", s=summary)


def index_html(
    rows: Sequence[IndexRow], run: Mapping[str, Any], summarize_command: str, findings: Mapping[str, int]
) -> str:
    """The screening list: its first rows, and `findings`, the number of cases by finding over all of them.

    `run` is run.json; `summarize_command` makes a missing summary (`CASE` stands for the id).
    """
    return _page(
        "index.html.j2",
        rows=rows,
        run=run,
        findings={**dict.fromkeys(words.FINDINGS, 0), **findings},
        command=summarize_command,
    )


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
        percent,
        words.points,
        words.number,
        words.nights,
        words.ranged,
        words.sentence,
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
        LEAST_SHOWN=words.LEAST_SHOWN,
        night_key=svg.night_key,
        floor_and_estimate=svg.floor_and_estimate,
        occupants_chart=_occupants_chart,
        watched_words=watched_words,
        spellings=spellings,
        vehicle_calendar=_vehicle_calendar,
    )
    return made


def _page(template: str, **values: object) -> str:
    return str(environment().get_template(template).render(values))


def _occupants_chart(summary: Summary) -> Markup:
    """From the first number worth showing to the last, and always both sides of the limit."""
    limit = summary.rule.persons_if_unrelated
    probability = {each.occupants: each.probability for each in summary.occupants.distribution}
    shown = [occupants for occupants, p in probability.items() if p >= words.LEAST_SHOWN]
    if limit is not None:
        shown += [limit, limit + 1]
    reach = range(min(shown), max(shown) + 1) if shown else ()
    bars = [(occupants, probability.get(occupants, 0.0)) for occupants in reach]
    return svg.bar_chart("occupants", bars, limit, "Probability of each number of occupants")


def _vehicle_calendar(name: str, vehicle: Vehicle) -> Markup:
    states = {watched.night: str(watched.state) for watched in vehicle.watched}
    title = f"Watched nights of vehicle {vehicle.vehicle_id}"
    return svg.night_calendar(name, states, title, watched_words(vehicle))


def watched_words(vehicle: Vehicle) -> str:
    """The calendar in words, for those who do not see it: `17 nights stayed overnight (proved); ...`."""
    states = [watched.state for watched in vehicle.watched]
    return "; ".join(f"{words.count(states.count(state), 'night')} {said}" for state, said in _STATES)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A plate as written, in all rows that write it so; `p_match` is that of the least certain of them."""

    written: str
    taken_for: str
    edits: int
    p_match: float
    rows: Sequence[SourceRow]


def spellings(vehicle: Vehicle) -> list[Spelling]:
    """The readings of a vehicle, one line for each way the plate was written, fewest changes first."""

    def key(reading: Reading) -> tuple[int, str, str]:
        return reading.edits, reading.written, reading.taken_for

    return [
        Spelling(written, taken_for, edits, min(each.p_match for each in same), [each.row for each in same])
        for (edits, written, taken_for), group in groupby(sorted(vehicle.readings, key=key), key=key)
        for same in [list(group)]
    ]
