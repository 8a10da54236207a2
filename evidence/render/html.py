"""The two pages: one case's summary, and the screening list.

Pages stand alone: the style sheet is inside, there is no script and nothing is fetched, so that a page filed as
evidence looks the same in ten years. Autoescape is on for every template; only the drawings of `svg` are markup.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evidence.render import charts, svg, words
from evidence.render.rounding import rounded_to_add_up
from evidence.summary_model import Person, Reading, SourceRow, Summary, Vehicle
from evidence.wording import percent

_SET_ASIDE = re.compile(r"(\w+) row (\d+): (.*)", re.DOTALL)
_FOLDER = resources.files("evidence.render")
_STATES: tuple[tuple[Literal["overnight", "seen", "looked_not_seen"], str], ...] = (
    ("overnight", "proved overnight"),
    ("seen", "seen but not shown to stay"),
    ("looked_not_seen", "watched without seeing it"),
)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of the screening list: the columns of screen.parquet, and where summary and graph lie, if they do."""

    values: Mapping[str, Any]
    href: str | None
    graph: str | None = None


def summary_html(summary: Summary, *, graph: str | None = None) -> str:
    """The whole summary of one case as one page. graph: the page of its linkage graph, where one lies beside it."""
    return _page("summary.html.j2", s=summary, graph=graph)


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
        style=Markup("".join(_FOLDER.joinpath(name).read_text("utf-8") for name in ("style.css", "drawings.css"))),
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
        confirmed_rows=confirmed_rows,
        JUDGED=words.JUDGED,
        set_aside=set_aside,
        printed_bits=printed_bits,
        vehicle_calendar=_vehicle_calendar,
        vehicle_name=vehicle_name,
        driver_name=driver_name,
        headcount_words=headcount_words,
        windows=windows,
        windows_chart=_windows_chart,
        sensitivity_chart=_sensitivity_chart,
        CONTENTS=words.CONTENTS,
        METHOD=words.METHOD,
    )
    return made


def _page(template: str, **values: object) -> str:
    return str(environment().get_template(template).render(values))


def _occupants_chart(summary: Summary) -> Markup:
    """From the first number worth showing to the last, and always both sides of the limit."""
    limit = None if summary.finding == "exempt" else summary.rule.persons_if_unrelated
    probability = {each.occupants: each.probability for each in summary.occupants.distribution}
    shown = [occupants for occupants, p in probability.items() if p >= words.LEAST_SHOWN]
    if limit is not None:
        shown += [limit, limit + 1]
    reach = range(min(shown), max(shown) + 1) if shown else ()
    bars = [(occupants, probability.get(occupants, 0.0)) for occupants in reach]
    return svg.bar_chart("occupants", bars, limit, "Probability of each number of occupants")


def headcount_words(summary: Summary) -> str:
    """What the columns say against the limit, and why the two probabilities on the page differ."""
    limit = summary.rule.persons_if_unrelated
    if summary.finding == "exempt":
        return "The dwelling is exempt, so no limit is drawn."
    if limit is None:
        return "The rule sets no single number, so no line is drawn."
    more = sum(each.probability for each in summary.occupants.distribution if each.occupants > limit)
    said = (
        f"For persons of whom none are related the limit is {limit}; hatched columns lie above it. "
        "Related persons may lawfully be more."
    )
    if percent(more) == percent(summary.p_over_limit) or more < summary.p_over_limit:
        return said
    return (
        f"{said} So more than {limit} have a probability of {percent(more)} together, and the limit is exceeded with "
        f"one of {percent(summary.p_over_limit)}: in the rest they may all live here lawfully."
    )


def vehicle_name(summary: Summary, vehicle_id: str) -> str:
    """A vehicle as a reader knows it: by its plate; by its identifier where that is not fully read."""
    found = next((each for each in summary.vehicles if each.vehicle_id == vehicle_id), None)
    return found.plate if found is not None and found.plate else vehicle_id


def driver_name(summary: Summary, person_id: str) -> str:
    """Somebody whom no source names: by the vehicle driven, where it is one that alone points to somebody."""
    vehicle_id = person_id.removeprefix("driver:")
    return person_id if vehicle_id == person_id else f"driver of {vehicle_name(summary, vehicle_id)}"


def _vehicle_calendar(name: str, vehicle: Vehicle) -> Markup:
    states = {watched.night: str(watched.state) for watched in vehicle.watched}
    title = f"Watched nights of vehicle {vehicle.vehicle_id}"
    return svg.night_calendar(name, states, title, watched_words(vehicle))


def windows(summary: Summary) -> list[charts.Span]:
    """The case window, and the 12 months of each vehicle that hold most of its proved nights."""
    spans = [charts.Span("case window", summary.window.from_, summary.window.to)]
    for vehicle in summary.vehicles:
        if vehicle.window is None or not vehicle.nights:
            continue
        first, last = vehicle.window.from_, vehicle.window.to
        nights = tuple(each.night for each in vehicle.nights if first <= each.night <= last)
        spans.append(charts.Span(f"12 months, {vehicle.plate or vehicle.vehicle_id}", first, last, nights, proof=True))
    return spans


def _windows_chart(summary: Summary) -> Markup:
    return charts.window_chart("windows", windows(summary), summary.opened_on, "Windows of the case and proved nights")


def _sensitivity_chart(summary: Summary) -> Markup:
    without = [(words.SOURCES.get(each.source, each.source), each.p_over_limit) for each in summary.sensitivity]
    return charts.left_out_chart(
        "left-out", summary.p_over_limit, without, "Probability of being over the limit without each source"
    )


def watched_words(vehicle: Vehicle) -> str:
    """The calendar in words, for those who do not see it: `17 nights stayed overnight (proved); ...`."""
    states = [watched.state for watched in vehicle.watched]
    return "; ".join(f"{words.count(states.count(state), 'night')} {said}" for state, said in _STATES)


def printed_bits(person: Person) -> tuple[list[float], float]:
    """The bits of a person's reasons as printed, and their total: what is printed adds up to what is printed."""
    return rounded_to_add_up([each.bits for each in person.contributions], 1)


def set_aside(summary: Summary) -> list[str]:
    """Rows that could not be used, those of one source and reason on one line: `assessor rows 3, 9: no number`."""
    grouped: dict[tuple[str, str], list[int]] = {}
    for text in summary.quarantined_rows:
        found = _SET_ASIDE.fullmatch(text)
        source, row, reason = found.groups() if found else (text, "", "")
        grouped.setdefault((source, reason), []).extend([int(row)] if row else [])
    return [
        f"{source} row{'s' if len(rows) > 1 else ''} {words.ranges(sorted(rows))}: {reason}" if rows else source
        for (source, reason), rows in grouped.items()
    ]


@dataclass(frozen=True, slots=True)
class Spelling:
    """A plate as written, in all rows that write it so; `p_match` is that of the least certain of them."""

    written: str
    taken_for: str
    edits: int
    p_match: float
    rows: Sequence[SourceRow]

    @property
    def changes(self) -> str:
        """How many characters were changed, and how many were not read at all."""
        unread = self.written.count("?")
        return f"{self.edits or 'none'}{f', {unread} not read' if unread else ''}"


def spellings(vehicle: Vehicle) -> list[Spelling]:
    """The readings of a vehicle, one line for each way the plate was written, fewest changes first."""

    def key(reading: Reading) -> tuple[int, str, str]:
        return reading.edits, reading.written, reading.taken_for

    return [
        Spelling(written, taken_for, edits, min(each.p_match for each in same), [each.row for each in same])
        for (edits, written, taken_for), group in groupby(sorted(vehicle.readings, key=key), key=key)
        for same in [list(group)]
    ]


def confirmed_rows(summary: Summary) -> frozenset[int]:
    """The rows of the log whose vehicle somebody confirmed."""
    confirmed = (link.right for link in summary.judgements if link.about == "vehicle" and link.same)
    return frozenset(int(row.split(":")[1]) for row in confirmed)
