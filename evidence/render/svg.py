"""Small drawings for the pages: text in, SVG markup out, no library and no script.

Every drawing is `role="img"` with a title and a description, stands beside a table with the same figures, and
tells its states apart by shape as well as by shade. Colours come from the page's style sheet by class.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup, escape

_CELL = 16  # pixels of one night, wide enough for a mark inside
_MONTH_ROW = 16
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def figure(name: str, title: str, description: str, width: float, height: float, body: Markup) -> Markup:
    """One drawing; `name` is unique in its page and becomes the ids of title and description."""
    return Markup(
        '<svg role="img" aria-labelledby="{name}-t {name}-d" viewBox="0 0 {w:g} {h:g}" width="{w:g}" height="{h:g}">'
        '<title id="{name}-t">{title}</title><desc id="{name}-d">{description}</desc>{body}</svg>'
    ).format(name=name, title=title, description=description, w=width, h=height, body=body)


def bar_chart(name: str, bars: Sequence[tuple[int, float]], limit: int | None, title: str) -> Markup:
    """Columns of a probability by a whole number; columns above `limit` are hatched, a line marks the limit."""
    step, base, tall = 46, 150, 112
    top = max((p for _, p in bars), default=0.0) or 1.0
    left = 8
    parts = [_hatch(name)]
    for place, (value, probability) in enumerate(bars):
        x = left + place * step
        height = tall * probability / top
        over = limit is not None and value > limit
        fill = f' fill="url(#{name}-h)"' if over else ""
        kind = "bar over" if over else "bar under"
        parts.append(
            Markup(
                f'<rect class="{kind}" x="{x + 4}" y="{base - height:.1f}" width="{step - 8}" '
                f'height="{height:.1f}"{fill}/>'
                f'<text class="value" x="{x + step / 2:g}" y="{base - height - 5:.1f}">{_short(probability)}</text>'
                f'<text class="tick" x="{x + step / 2:g}" y="{base + 16}">{value}</text>'
            )
        )
    width = left * 2 + step * max(len(bars), 1)
    parts.append(Markup(f'<line class="axis" x1="{left}" y1="{base}" x2="{width - left}" y2="{base}"/>'))
    allowed = [place for place, (value, _) in enumerate(bars) if limit is not None and value <= limit]
    if allowed and len(allowed) < len(bars):
        x = left + (allowed[-1] + 1) * step
        parts.append(
            Markup(
                f'<line class="limit" x1="{x}" y1="8" x2="{x}" y2="{base + 20}"/>'
                f'<text class="limit-text" x="{x - 5}" y="16" text-anchor="end">limit</text>'
            )
        )
    says = "; ".join(f"{value}: {_short(p) or '0%'}" for value, p in bars)
    return figure(name, title, says, width, base + 24, Markup("").join(parts))


def night_calendar(name: str, states: Mapping[date, str], title: str, description: str) -> Markup:
    """Weeks as columns, weekdays as rows, one cell a night; a night without a state is drawn as an empty dot.

    `states`: night -> `overnight`, `seen` or `looked_not_seen`.
    """
    if not states:
        return Markup("")
    first, last = min(states), max(states)
    monday = first - timedelta(days=first.weekday())
    weeks = (last - monday).days // 7 + 1
    left, top = 32, _MONTH_ROW
    parts: list[Markup] = []
    for weekday in (0, 2, 4, 6):
        y = top + weekday * _CELL + _CELL - 4
        parts.append(Markup(f'<text class="tick day" x="0" y="{y}">{_DAY_NAMES[weekday]}</text>'))
    sundays = [monday + timedelta(days=week * 7 + 6) for week in range(weeks)]
    labels = {0: first} | {week: sunday for week, sunday in enumerate(sundays) if week and sunday.day <= 7}
    if 1 in labels:  # too near for two labels
        del labels[0]
    for week, day in labels.items():
        label = f"{day:%Y}" if day.month == 1 else f"{day:%b}"
        parts.append(Markup(f'<text class="tick month" x="{left + week * _CELL}" y="11">{label}</text>'))
    for offset in range((last - first).days + 1):
        night = first + timedelta(days=offset)
        x = left + (night - monday).days // 7 * _CELL
        parts.append(_night(x, top + night.weekday() * _CELL, states.get(night)))
    width = left + (max(weeks, 5) + 1) * _CELL
    return figure(name, title, description, width, top + 7 * _CELL + 2, Markup("").join(parts))


def night_key(state: str | None) -> Markup:
    """The mark of one state, for the legend."""
    return Markup(f'<svg aria-hidden="true" width="{_CELL}" height="{_CELL}">{{}}</svg>').format(_night(0, 0, state))


def floor_and_estimate(
    name: str, floor: int, estimate: tuple[float, float, float] | None, threshold: int | None, title: str
) -> Markup:
    """One line of nights: a solid bar for the proved floor, an open interval for the estimate, the limit's mark."""
    reach = max([floor, *(estimate or ()), threshold or 0, 1]) * 1.12
    left, width, right = 4, 430, 70

    def at(nights: float) -> float:
        return float(round(left + width * nights / reach, 1))

    parts = [Markup(f'<line class="axis" x1="{left}" y1="46" x2="{left + width}" y2="46"/>')]
    says = f"proved {floor}"
    if threshold is not None:  # first, so that the figures stand over the line
        x = at(threshold)
        parts.append(
            Markup(
                f'<line class="limit" x1="{x:g}" y1="4" x2="{x:g}" y2="50"/>'
                f'<text class="limit-text" x="{x:g}" y="61" text-anchor="middle">{threshold}</text>'
            )
        )
        says += f"; the guest test speaks of {threshold}"
    parts.append(
        Markup(
            f'<rect class="bar under" x="{left}" y="8" width="{max(at(floor) - left, 0):g}" height="12"/>'
            f'<text class="value start" x="{at(floor) + 5:g}" y="18">{floor} proved</text>'
        )
    )
    if estimate is not None:
        mean, low, high = estimate
        parts.append(
            Markup(
                f'<line class="range" x1="{at(low):g}" y1="34" x2="{at(high):g}" y2="34"/>'
                f'<line class="range" x1="{at(low):g}" y1="29" x2="{at(low):g}" y2="39"/>'
                f'<line class="range" x1="{at(high):g}" y1="29" x2="{at(high):g}" y2="39"/>'
                f'<circle class="mean" cx="{at(mean):g}" cy="34" r="4"/>'
                f'<text class="value start" x="{at(high) + 6:g}" y="38">estimated</text>'
            )
        )
        says += f"; estimated {mean:.0f}, from {low:.0f} to {high:.0f}"
    if threshold is None or at(threshold) > left + 70:
        parts.append(Markup(f'<text class="tick start" x="{left}" y="61">0 nights</text>'))
    return figure(name, title, says, left + width + right, 66, Markup("").join(parts))


def _night(x: float, y: float, state: str | None) -> Markup:
    side = _CELL - 3
    middle_x, middle_y = x + 1 + side / 2, y + 1 + side / 2
    box = f'x="{x + 1:g}" y="{y + 1:g}" width="{side}" height="{side}" rx="1.5"'
    match state:
        case "overnight":
            return Markup(f'<rect class="night overnight" {box}/>')
        case "seen":
            return Markup(
                f'<rect class="night seen" {box}/><circle class="dot" cx="{middle_x:g}" cy="{middle_y:g}" r="2.4"/>'
            )
        case "looked_not_seen":
            return Markup(
                f'<rect class="night looked" {box}/>'
                f'<line class="dash" x1="{x + 3.5:g}" y1="{middle_y:g}" x2="{x + side - 1.5:g}" y2="{middle_y:g}"/>'
            )
        case _:
            return Markup(f'<circle class="unwatched" cx="{middle_x:g}" cy="{middle_y:g}" r="0.9"/>')


def _hatch(name: str) -> Markup:
    return Markup(
        '<defs><pattern id="{}-h" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/>'
        '<rect class="hatch" width="3" height="6"/></pattern></defs>'
    ).format(escape(name))


def _short(probability: float) -> str:
    """A label above a column: nothing for what rounds to nothing."""
    if probability < 0.0005:
        return ""
    return "<1%" if probability < 0.01 else f"{probability:.0%}"
