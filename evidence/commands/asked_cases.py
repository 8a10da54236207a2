"""What a command about named cases begins with: the city loaded, its cases known, what is kept and held of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.commands.access import Record, read_city, read_submitted
from evidence.commands.options import kept_for, rates_for, report_failures, report_made, report_rates

if TYPE_CHECKING:
    from evidence.keeping import Keeping
    from evidence.learned import HeldRates
    from evidence.pipeline import Run
    from evidence.prepared.city import PreparedCity
    from evidence.progress import Progress
    from loaders.city import City


@dataclass(frozen=True, slots=True)
class AskedCases:
    """A city in which cases are asked about. kept: what is prepared of it; held: the rates to hold, None to learn."""

    city: "City"
    case_ids: tuple[str, ...]
    pack: str | None
    kept: "PreparedCity | None"
    held: "HeldRates | None"

    @property
    def keep(self) -> "Keeping":
        """Where stages may be kept from."""
        from evidence.keeping import NOTHING_KEPT

        return self.kept or NOTHING_KEPT

    def run(self, progress: "Progress") -> "Run":
        """The cases answered, and no other."""
        from evidence.pipeline import investigate

        return investigate(
            self.city, case_ids=self.case_ids, pack=self.pack, progress=progress, keep=self.keep, held=self.held
        )

    def report(self) -> None:
        """Say what was made again, and which sources have changed since the held rates were learned."""
        report_made(self.kept)
        report_rates(self.held, self.city)


def asked_cases(
    record: Record,
    city: Path,
    case_ids: Sequence[str],
    *,
    prepared: Path | None,
    learned: Path | None,
    fresh: bool,
    pack: str | None = None,
    case_folder: Path | None = None,
    learn: bool = False,
) -> AskedCases:
    """Load a city, with a submitted case folder laid over it. No case named: rates for all of them.

    learn: learn the rates whatever is prepared. A source that failed is said aloud. Raises UnknownCase for a case that
    is not there, and what loading raises.
    """
    from evidence.pipeline import require_cases

    kept = kept_for(city, prepared, fresh=fresh)
    loaded = read_city(record, city, kept) if case_folder is None else read_submitted(record, city, case_folder, kept)
    report_failures(loaded)
    require_cases(loaded, case_ids)
    held = None if learn else rates_for(kept, learned, loaded, list(case_ids) or None, pack)
    return AskedCases(loaded, tuple(case_ids), pack, kept, held)
