"""Two drawings of a case: its windows with the proved nights in them, and the probability without each source.

Made as the drawings of `svg` are: text in, markup out, with a title, a description and a table beside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from evidence.render.svg import figure

_LABELS, _WIDTH, _RIGHT, _LINE = 150, 400, 30, 26
_LONGEST_LABEL = 22


@dataclass(frozen=True, slots=True)
class Span:
    """One line of the window chart: a span of days, both ends included, and nights marked on it."""

    name: str
    first: date
    last: date
    nights: Sequence[date] = ()
    proof: bool = False


def window_chart(name: str, spans: Sequence[Span], opened_on: date | None, title: str) -> Markup:
    """Spans of days one below the other on one line of time, with a mark for each proved night."""
    days = [day for span in spans for day in (span.first, span.last)] + ([opened_on] if opened_on else [])
    first, last = min(days), max(days)
    reach = max((last - first).days + 1, 1)

    def at(day: date, *, end: bool = False) -> float:
        return round(_LABELS + _WIDTH * ((day - first).days + int(end)) / reach, 1)

    bottom = 22 + _LINE * len(spans)
    parts = [_months(first, last, at, bottom)]
    for line, span in enumerate(spans):
        y = 24 + line * _LINE
        kind = "span-proof" if span.proof else "span"
        width = max(at(span.last, end=True) - at(span.first), 1.0)
        parts.append(
            Markup(
                '<text class="label" x="0" y="{}">{}</text><rect class="{}" x="{:g}" y="{}" width="{:g}" height="14"/>'
            ).format(y + 11, _shortened(span.name), kind, at(span.first), y, width)
        )
        for night in span.nights:
            x = (at(night) + at(night, end=True)) / 2
            parts.append(Markup(f'<line class="tick-night" x1="{x:g}" y1="{y + 1}" x2="{x:g}" y2="{y + 13}"/>'))
    if opened_on is not None:
        x = at(opened_on)
        parts.append(
            Markup(
                f'<line class="limit" x1="{x:g}" y1="16" x2="{x:g}" y2="{bottom}"/>'
                f'<text class="limit-text" x="{x:g}" y="{bottom + 12}" text-anchor="middle">opened</text>'
            )
        )
    says = "; ".join(
        f"{span.name}: {span.first.isoformat()} to {span.last.isoformat()}"
        + (f", {len(span.nights)} proved nights" if span.proof else "")
        for span in spans
    )
    return figure(name, title, says, _LABELS + _WIDTH + _RIGHT, bottom + 18, Markup("").join(parts))


def left_out_chart(name: str, whole: float, without: Sequence[tuple[str, float]], title: str) -> Markup:
    """A probability with everything as a line, and one mark for each source left out, joined to that line."""

    def at(p: float) -> float:
        return round(_LABELS + _WIDTH * p, 1)

    bottom = 26 + 20 * len(without)
    parts = [
        Markup(
            f'<line class="grid" x1="{at(p):g}" y1="18" x2="{at(p):g}" y2="{bottom}"/>'
            f'<text class="tick" x="{at(p):g}" y="{bottom + 13}">{p:.0%}</text>'
        )
        for p in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    parts.append(
        Markup(
            f'<line class="limit" x1="{at(whole):g}" y1="14" x2="{at(whole):g}" y2="{bottom}"/>'
            f'<text class="limit-text" x="{at(whole):g}" y="10" text-anchor="{"end" if whole > 0.5 else "start"}">'
            "with every source</text>"
        )
    )
    for line, (source, p) in enumerate(without):
        y = 30 + line * 20
        parts.append(
            Markup(
                '<text class="label" x="0" y="{}">{}</text><line class="range" x1="{:g}" y1="{}" x2="{:g}" y2="{}"/>'
                '<circle class="mean" cx="{:g}" cy="{}" r="4"/>'
            ).format(y + 4, _shortened(source), at(whole), y, at(p), y, at(p), y)
        )
    says = "; ".join([f"with every source {whole:.0%}", *(f"without {source} {p:.0%}" for source, p in without)])
    return figure(name, title, says, _LABELS + _WIDTH + _RIGHT, bottom + 18, Markup("").join(parts))


def _months(first: date, last: date, at: Callable[[date], float], bottom: int) -> Markup:
    """A faint line at the beginning of each month, with a name where there is room for one."""
    months = []
    day = first.replace(day=1)
    while day <= last:
        if day >= first:
            months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    every = max(1, -(-len(months) // 9))
    parts = []
    for place, month in enumerate(months):
        x = at(month)
        parts.append(Markup(f'<line class="grid" x1="{x:g}" y1="16" x2="{x:g}" y2="{bottom}"/>'))
        if place % every == 0:
            label = f"{month:%b %Y}" if place == 0 or month.month <= every else f"{month:%b}"
            parts.append(Markup(f'<text class="month" x="{x:g}" y="11">{label}</text>'))
    return Markup("").join(parts)


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
