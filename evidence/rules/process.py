"""What a rule pack says of the process: how deadlines are counted, and on what authority a notice asks for something.

Where the pack's sources do not say how to count, the program's own way stands in, and is named as such wherever it is
used: it never makes a period shorter than the number of days that the pack gives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from evidence.rules.forms import Part

# Federal Rules of Civil Procedure 6(d): three days are added where something is served by mail; 6(a)(1): a period whose
# last day is a Saturday, Sunday or holiday runs to the next day that is none.
DEFAULT_MAIL_DAYS = 3
DEFAULT_CLOSED_DAY: Literal["next_business_day"] = "next_business_day"
DEFAULT_HOLIDAYS: Literal["us_federal"] = "us_federal"
DEADLINES = {
    "disclosure_days": "to send what the investigation notice asks for",
    "cure_days": "to bring the number of occupants within the limit",
    "inspection_days": "to make an appointment for the inspection",
    "hearing_request_days": "to ask for a hearing",
}
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Deadlines(Part):
    """The case clock. Days run from the day after the notice is mailed; null: the pack's sources do not say."""

    text: str = Field(default="", description="where the sources say so")
    disclosure_days: int | None = Field(default=None, ge=1, le=365)
    cure_days: int | None = Field(default=None, ge=1, le=365)
    inspection_days: int | None = Field(default=None, ge=1, le=365)
    hearing_request_days: int | None = Field(default=None, ge=1, le=365)
    counts: Literal["calendar_days", "business_days"] = "calendar_days"
    mail_days: int | None = Field(default=None, ge=0, le=30, description="days added for the mail")
    last_day_closed: Literal["next_business_day", "same_day"] | None = None
    holidays: Literal["us_federal", "none"] | None = None
    closed_on: tuple[date, ...] = Field(default=(), description="other days on which the office is closed")


class NoticeText(Part):
    """What one notice may say in the city's own terms; whatever is not given here is left blank on the form."""

    authority: str = ""
    demand: str = Field(default="", description="what the notice asks for")
    consequence: str = Field(default="", description="what the law says happens otherwise; fines are in fines_usd")
    text_status: Literal["quoted", "secondary", "memory"]


class Notices(Part):
    """The texts of the notices, each where the pack's sources give one."""

    investigation_notice: NoticeText | None = None
    violation_notice: NoticeText | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a period, and how it was found, a step a line."""

    day: date
    steps: tuple[str, ...]


def due(rules: Deadlines, days: int, mailed_on: date) -> Due:
    """The last day of a period of so many days that begins with the mailing of a notice."""
    closed = _Closed(rules)
    steps = [f"mailed on {_named(mailed_on)}"]
    if rules.counts == "business_days":
        last = mailed_on
        for _ in range(days):
            last = closed.next_open(last + timedelta(days=1))[0]
        steps.append(f"{days} business day{'s' * (days != 1)} end on {_named(last)}")
    else:
        last = mailed_on + timedelta(days=days)
        steps.append(f"{days} day{'s' * (days != 1)} end on {_named(last)}")
    mail = DEFAULT_MAIL_DAYS if rules.mail_days is None else rules.mail_days
    if mail:
        last += timedelta(days=mail)
        whose = " (the program's default: the rule pack gives no number)" if rules.mail_days is None else ""
        steps.append(f"{mail} day{'s' * (mail != 1)} more for the mail{whose}: {_named(last)}")
    if (rules.last_day_closed or DEFAULT_CLOSED_DAY) == "next_business_day":
        moved, reason = closed.next_open(last)
        if moved != last:
            whose = " (the program's default)" if rules.last_day_closed is None else ""
            steps.append(f"that is {reason}, so it ends on the next business day{whose}: {_named(moved)}")
            last = moved
    return Due(last, tuple(steps))


def counting_words(rules: Deadlines) -> Iterator[str]:
    """How this pack counts, in words, defaults named as such."""
    yield "counted in business days" if rules.counts == "business_days" else "counted in calendar days"
    default = " (the program's default)"
    mail = DEFAULT_MAIL_DAYS if rules.mail_days is None else rules.mail_days
    yield f"{mail} days added for the mail{default if rules.mail_days is None else ''}"
    if (rules.last_day_closed or DEFAULT_CLOSED_DAY) == "next_business_day":
        yield f"a last day that is closed moves to the next business day{default if not rules.last_day_closed else ''}"
    else:
        yield "a last day that is closed does not move"


class _Closed:
    """The days on which the office is closed, and why."""

    def __init__(self, rules: Deadlines) -> None:
        self._days = frozenset(rules.closed_on)
        self._federal = (rules.holidays or DEFAULT_HOLIDAYS) == "us_federal"

    def why(self, day: date) -> str | None:
        if day.weekday() >= 5:
            return f"a {_DAY_NAMES[day.weekday()]}"
        if day in self._days:
            return "a day on which the office is closed"
        return federal_holiday(day) if self._federal else None

    def next_open(self, day: date) -> tuple[date, str]:
        """The first open day from this one on, and why this one is not it."""
        reason = self.why(day) or ""
        while self.why(day):
            day += timedelta(days=1)
        return day, reason


def federal_holiday(day: date) -> str | None:
    """Name of the legal public holiday of the United States observed on this day (5 U.S.C. 6103), if it is one.

    A holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday after.
    """
    for fixed, name, since in _FIXED:
        for year in (day.year, day.year + 1):  # 1 January on a Saturday is observed in the year before
            falls = date(year, *fixed)
            observed = falls + timedelta(days={5: -1, 6: 1}.get(falls.weekday(), 0))
            if day == observed and year >= since:
                return name
    for month, weekday, which, name, since in _FLOATING:
        if day.month == month and day.weekday() == weekday and day.year >= since:
            last = (day + timedelta(days=7)).month != month
            if (day.day - 1) // 7 + 1 == which or (which == -1 and last):
                return name
    return None


_FIXED = (
    ((1, 1), "New Year's Day", 1870),
    ((6, 19), "Juneteenth", 2021),
    ((7, 4), "Independence Day", 1870),
    ((11, 11), "Veterans Day", 1978),
    ((12, 25), "Christmas Day", 1870),
)
_FLOATING = (
    (1, 0, 3, "the birthday of Martin Luther King", 1986),
    (2, 0, 3, "Washington's Birthday", 1971),
    (5, 0, -1, "Memorial Day", 1971),
    (9, 0, 1, "Labor Day", 1894),
    (10, 0, 2, "Columbus Day", 1971),
    (11, 3, 4, "Thanksgiving", 1942),
)


def _named(day: date) -> str:
    return f"{_DAY_NAMES[day.weekday()]} {day.isoformat()}"
