"""When a guest is an occupant: the guest test of an ordinance as data. The nights themselves are counted elsewhere.

A **reading** is one way to read the ordinance's words; it holds one or more **tests**, and a guest who meets any one
of them is an occupant (East Lansing: more than 30 consecutive days, or more than 60 days in a year). A test counts
nights or days in a window and compares the count with a number. Where sources or words leave the reading open, a pack
lists all of them, and each is run (docs/rule-packs.md).
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from evidence.rules.forms import Part

Unit = Literal["nights", "days"]
WindowKind = Literal["rolling_months", "rolling_days", "calendar_year", "calendar_month", "consecutive"]

_ROLLING = re.compile(r"rolling ([1-9][0-9]{0,3}) (months|days)")
_FIXED: dict[str, WindowKind] = {
    "calendar year": "calendar_year",
    "calendar month": "calendar_month",
    "consecutive": "consecutive",
}
WINDOWS_IN_WORDS = "'rolling N months', 'rolling N days', 'calendar year', 'calendar month' or 'consecutive'"


@dataclass(frozen=True, slots=True)
class StayWindow:
    """`length`: months or days of a rolling window; 1 for the others.

    rolling_months: calendar arithmetic (12 months to 29 February begin on 1 March); rolling_days: so many dates, the
    last one included; calendar_year, calendar_month: as on the calendar; consecutive: one unbroken run.
    """

    kind: WindowKind
    length: int


def parse_window(text: str) -> StayWindow:
    """The window that a pack writes in words. Raises ValueError that says which words there are."""
    if text in _FIXED:
        return StayWindow(_FIXED[text], 1)
    rolling = _ROLLING.fullmatch(text)
    if rolling is None:
        raise ValueError(f"{text!r} is no window: write {WINDOWS_IN_WORDS}")
    return StayWindow("rolling_months" if rolling[2] == "months" else "rolling_days", int(rolling[1]))


def _window_words(text: str) -> str:
    parse_window(text)
    return text


class StayTest(Part):
    """So many nights or days in a window: exactly one of `at_least` and `more_than` is given.

    unit: a night is named by the date on which it begins; a stay's days are the dates that any part of it falls on
    (the dates on which its nights begin and end), so that three nights in a row are four days.
    """

    unit: Unit
    at_least: int | None = Field(default=None, ge=1)
    more_than: int | None = Field(default=None, ge=0)
    window: Annotated[str, AfterValidator(_window_words)]

    @model_validator(mode="after")
    def _one_threshold(self) -> "StayTest":
        if (self.at_least is None) == (self.more_than is None):
            raise ValueError("give either at_least or more_than")
        return self

    @property
    def least(self) -> int:
        """The smallest count that meets the test."""
        return self.at_least if self.at_least is not None else (self.more_than or 0) + 1

    @property
    def span(self) -> StayWindow:
        """The window, parsed."""
        return parse_window(self.window)

    @property
    def words(self) -> str:
        """`30 or more nights in any 12 months`."""
        span = self.span
        unit = self.unit if self.least != 1 else self.unit.removesuffix("s")
        number = (
            f"{self.at_least} or more {unit}" if self.at_least is not None else f"more than {self.more_than} {unit}"
        )
        where = {
            "rolling_months": f"in any {span.length} months",
            "rolling_days": f"in any {span.length} days",
            "calendar_year": "in one calendar year",
            "calendar_month": "in one calendar month",
            "consecutive": "in a row",
        }
        return f"{number} {where[span.kind]}"


class GuestReading(Part):
    """One reading of the guest test: a guest who meets any of the tests is an occupant. `source`: who reads it so."""

    source: str = ""
    tests: tuple[StayTest, ...] = Field(min_length=1)

    @property
    def name(self) -> str:
        """The reading in words, made from its tests."""
        return ", or ".join(test.words for test in self.tests)

    @property
    def main(self) -> StayTest:
        """The test with the longest window: the one that a table with one number a person shows."""
        return max(self.tests, key=lambda test: _days(test.span))

    @property
    def nights_in_12_months(self) -> int | None:
        """The fewest nights in some 12 months that surely meet the main test; None where its window is another.

        Nights are what is estimated. An unbroken stay of so many nights is one day more, a broken one is more still.
        """
        if self.main.span != StayWindow("rolling_months", 12):
            return None
        return self.main.least if self.main.unit == "nights" else max(self.main.least - 1, 1)


def _days(span: StayWindow) -> int:
    """Length for comparing windows; a run of consecutive days has no length of its own and comes last."""
    each = {"rolling_months": 30, "rolling_days": 1, "calendar_year": 365, "calendar_month": 30, "consecutive": 0}
    return span.length * each[span.kind]


class GuestTest(Part):
    """`readings`: the one that decides comes first; the others are run beside it, and the result says if they matter.

    `text_status` of a pack whose sources give no guest rule is `default`: the program's own test, which is not law.
    """

    text: str
    citation: str = ""
    text_status: Literal["quoted", "secondary", "memory", "default"]
    readings: tuple[GuestReading, ...] = Field(min_length=1)

    @property
    def nights(self) -> int | None:
        """Nights in some 12 months that surely meet the deciding reading; None where its window is another."""
        return self.readings[0].nights_in_12_months


DEFAULT_GUEST_TEST = GuestTest(
    text="a guest who stays overnight 30 or more nights in some 12 months is an occupant",
    citation="none: the sources of this pack give no guest rule; the program's default test stands in",
    text_status="default",
    readings=(GuestReading(tests=(StayTest(unit="nights", at_least=30, window="rolling 12 months"),)),),
)
