"""Does a summary agree with itself? Checked from the report alone, offline: its form, its seal, its sums, its pages.

What is printed twice must be the same, and what is printed as a sum must be the sum: probabilities of the numbers of
occupants, hypotheses about each driver, reasons for each person, proved nights, changes by source, rows of the files.
Nothing here knows the sources; whether the figures follow from them is `evidence.replay`'s question.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from evidence.case_files import GRAPH_PAGE, PAGE_FILE, PDF_FILE
from evidence.summary_model import Person, SourceRow, Summary, Vehicle
from evidence.summary_seal import FIELD, content_sha256
from loaders.errors import MissingInput, UserError

# Numbers of occupants less probable than 1e-6 are left out of a summary, of some hundred at most; everything else is
# written in full, so only the rounding of sums of floating numbers is allowed for.
_TAIL: Final = 1e-4
_ROUNDING: Final = 1e-6


class NotASummary(UserError):
    """A file that is no summary.json of this program."""

    exit_code = 65


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold: where in the summary, and what is wrong there."""

    where: str
    says: str


def read_document(path: Path) -> dict[str, Any]:
    """A summary.json as it stands. Raises MissingInput or NotASummary."""
    file = path / "summary.json" if path.is_dir() else path
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise MissingInput(f"there is no summary {file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise NotASummary(f"{file} is not JSON: {error}") from error
    if not isinstance(document, dict) or not str(document.get("schema", "")).startswith("occupancy-evidence/summary/"):
        raise NotASummary(f"{file} is no summary of this program: it has no schema occupancy-evidence/summary")
    return document


def verify(document: dict[str, Any]) -> list[Fault]:
    """Everything in a summary that does not hold, in the order of its fields; empty where all does."""
    try:
        summary = Summary.model_validate(document)
    except ValidationError as error:
        return [
            Fault(".".join(map(str, each["loc"])) or "summary", each["msg"])
            for each in error.errors(include_url=False, include_context=False)
        ]
    return [*_seal(document), *_occupants(summary), *_persons(summary), *_vehicles(summary), *_figures(summary)]


def verify_pages(summary: Summary, folder: Path) -> list[Fault]:
    """Do the page and the PDF beside a summary say what it says? They are made anew and compared."""
    from evidence.render.html import summary_html
    from evidence.render.pdf import can_print, pdf_of

    page = summary_html(summary).encode()
    faults: list[Fault] = []
    if (folder / PAGE_FILE).is_file():
        there = (folder / PAGE_FILE).read_bytes()
        if there != summary_html(summary, graph=GRAPH_PAGE).encode():  # as `evidence graph` links it
            faults += _compared(PAGE_FILE, there, page)
    if (folder / PDF_FILE).is_file() and can_print():
        faults += _compared(PDF_FILE, (folder / PDF_FILE).read_bytes(), pdf_of(page.decode()))
    return faults


def _compared(name: str, there: bytes, made: bytes) -> Iterator[Fault]:
    if there == made:
        return
    ours, theirs = made.decode("utf-8", "replace").splitlines(), there.decode("utf-8", "replace").splitlines()
    at = next((n for n, (one, other) in enumerate(zip(ours, theirs, strict=False), 1) if one != other), 0)
    where = f", first in line {at or min(len(ours), len(theirs)) + 1}" if name.endswith(".html") else ""
    yield Fault(name, f"is not the page of this summary{where}")


def _seal(document: dict[str, Any]) -> Iterator[Fault]:
    printed = document.get(FIELD, "")
    if not printed:
        yield Fault(FIELD, "is empty: this summary was never sealed")
        return
    try:
        found = content_sha256(document)
    except ValueError:
        yield Fault(FIELD, "cannot be worked out: the summary holds a number that JSON does not have")
        return
    if printed != found:
        yield Fault(FIELD, f"is {printed[:16]}... but the content gives {found[:16]}...: something was changed")


def _occupants(s: Summary) -> Iterator[Fault]:
    counts = [each.occupants for each in s.occupants.distribution]
    total = math.fsum(each.probability for each in s.occupants.distribution)
    if counts != sorted(set(counts)):
        yield Fault("occupants.distribution", "numbers of occupants are not in order, each once")
    if abs(total - 1.0) > _TAIL:
        yield Fault("occupants.distribution", f"the probabilities add up to {total:.6f} and not to 1")
    mean = math.fsum(each.occupants * each.probability for each in s.occupants.distribution)
    if abs(mean - s.occupants.mean) > _TAIL * 100:
        yield Fault("occupants.mean", f"is {s.occupants.mean:.4f}, the distribution gives {mean:.4f}")
    inside = math.fsum(
        each.probability for each in s.occupants.distribution if s.occupants.low <= each.occupants <= s.occupants.high
    )
    if inside < s.occupants.level - _TAIL:
        yield Fault("occupants.low", f"to high hold {inside:.4f} of the probability, less than {s.occupants.level}")


def _persons(s: Summary) -> Iterator[Fault]:
    for number, person in enumerate(s.persons):
        where = f"persons.{number}"
        if person.contributions:
            bits = math.fsum(each.bits for each in person.contributions)
            p = 1.0 / (1.0 + 2.0 ** -max(min(bits, 500.0), -500.0))
            if abs(p - person.p_occupant) > _ROUNDING:
                yield Fault(
                    f"{where}.contributions",
                    f"add up to {bits:+.4f} bits, a probability of {p:.6f}; p_occupant is {person.p_occupant:.6f}",
                )
        yield from _ordered(where, person.guest_days_low, person.guest_days_estimated, person.guest_days_high)
    known = {person.person_id: person for person in s.persons}
    for number, guest in enumerate(s.guest_days):
        where = f"guest_days.{number}"
        yield from _same_guest(where, guest.observed, guest.estimated, known.get(guest.subject_id))
        yield from _ordered(where, guest.low, guest.estimated, guest.high)
        needed = None if s.rule.guest_nights is None else max(s.rule.guest_nights - guest.observed, 0)
        if guest.nights_still_needed is not None and guest.nights_still_needed != needed:
            yield Fault(
                f"{where}.nights_still_needed", f"is {guest.nights_still_needed}, the guest test gives {needed}"
            )


def _same_guest(where: str, observed: int, estimated: float | None, person: Person | None) -> Iterator[Fault]:
    if person is None:
        yield Fault(f"{where}.subject_id", "is none of the persons")
    elif (observed, estimated) != (person.guest_days_observed, person.guest_days_estimated):
        yield Fault(where, f"says {observed} nights and {estimated}, the person {person.guest_days_observed} and "
                    f"{person.guest_days_estimated}")  # fmt: skip


def _ordered(where: str, low: float | None, value: float | None, high: float | None) -> Iterator[Fault]:
    if low is not None and high is not None and value is not None and not low <= value <= high:
        yield Fault(where, f"the estimate {value} lies outside its own range {low} to {high}")


def _vehicles(s: Summary) -> Iterator[Fault]:
    for number, vehicle in enumerate(s.vehicles):
        where = f"vehicles.{number}"
        shares = math.fsum(each.probability for each in vehicle.operators)
        if vehicle.operators and abs(shares - 1.0) > _ROUNDING:
            yield Fault(f"{where}.operators", f"the probabilities add up to {shares:.6f} and not to 1")
        yield from _nights(where, vehicle)


def _nights(where: str, vehicle: Vehicle) -> Iterator[Fault]:
    nights = [each.night for each in vehicle.nights]
    if nights != sorted(set(nights)):
        yield Fault(f"{where}.nights", "are not in order, each once")
    if len(nights) != vehicle.nights_observed:
        yield Fault(f"{where}.nights_observed", f"is {vehicle.nights_observed}, {len(nights)} nights are listed")
    if any(not each.rows for each in vehicle.nights):
        yield Fault(f"{where}.nights", "hold a night without a row that proves it")
    overnight = [each.night for each in vehicle.watched if each.state == "overnight"]
    if vehicle.watched and overnight != nights:
        yield Fault(f"{where}.watched", f"shows {len(overnight)} nights overnight, {len(nights)} are proved")
    if vehicle.window is not None:
        inside = sum(vehicle.window.from_ <= night <= vehicle.window.to for night in nights)
        if inside != vehicle.nights_window_max:
            yield Fault(
                f"{where}.nights_window_max", f"is {vehicle.nights_window_max}, its window holds {inside} nights"
            )


def _figures(s: Summary) -> Iterator[Fault]:
    if not s.p_over_limit_low <= s.p_over_limit <= s.p_over_limit_high:
        yield Fault("p_over_limit", f"{s.p_over_limit} lies outside its range")
    for number, left_out in enumerate(s.sensitivity):
        change = left_out.p_over_limit - s.p_over_limit
        if abs(change - left_out.change) > _ROUNDING:
            yield Fault(
                f"sensitivity.{number}.change", f"is {left_out.change:.6f}, the probabilities give {change:.6f}"
            )
    if s.rule.pack != s.rule_pack:
        yield Fault("rule.pack", f"is {s.rule.pack!r}, the summary was made under {s.rule_pack!r}")
    if s.rule.readings_matter != (len({each.finding for each in s.rule.readings}) > 1):
        yield Fault("rule.readings_matter", "does not follow from the readings")
    files = {}
    for number, given in enumerate(s.provenance.inputs):
        files[given.source.partition(" (")[0], given.file] = given.rows_read
        if given.rows_read != given.rows_accepted + given.rows_quarantined:
            yield Fault(f"provenance.inputs.{number}", "rows read are not rows accepted and rows set aside")
    for where, row in _rows(s):
        read = files.get((row.source, row.file))
        if read is None:
            yield Fault(where, f"points at {row.source} in {row.file}, which is none of the files read")
        elif not 1 <= row.row <= read:
            yield Fault(where, f"points at {row.source} row {row.row}; the file has {read} rows")


def _rows(s: Summary) -> Iterator[tuple[str, SourceRow]]:
    """Every pointer at a source row, with the place it stands in."""

    def at(where: str, rows: Iterable[SourceRow]) -> Iterator[tuple[str, SourceRow]]:
        return ((where, row) for row in rows)

    for number, person in enumerate(s.persons):
        for contribution in person.contributions:
            yield from at(f"persons.{number}.contributions", contribution.rows)
        yield from at(f"persons.{number}.named_by", (each.row for each in person.named_by))
    for number, vehicle in enumerate(s.vehicles):
        for night in vehicle.nights:
            yield from at(f"vehicles.{number}.nights", night.rows)
        yield from at(f"vehicles.{number}.readings", (each.row for each in vehicle.readings))
        yield from at(f"vehicles.{number}.registration", [vehicle.registration] if vehicle.registration else [])
    for number, guest in enumerate(s.guest_days):
        yield from at(f"guest_days.{number}", guest.rows)
    for name, items in (("evidence_for", s.evidence_for), ("evidence_against", s.evidence_against)):
        for number, item in enumerate(items):
            yield from at(f"{name}.{number}", item.rows)
