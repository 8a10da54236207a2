"""Why the data were read, by whom, and where that is on record: what a motor-vehicle department asks to see kept."""

from dataclasses import dataclass
from typing import Any, Final

NO_RECORD: Final = "none: no store is configured, so nobody else keeps who read what and why"
"""What run.json says where no access record is kept."""


@dataclass(frozen=True, slots=True)
class Access:
    """purpose and reason as given; entry: store id, number and hash of the entry in the access record, if one is kept.

    The entry in a run.json is an anchor: `evidence audit verify --noted run.json` finds a record that no longer has it.
    """

    purpose: str | None = None
    operator: str | None = None
    reason: str | None = None
    entry: tuple[str, int, str] | None = None

    def as_run(self) -> dict[str, Any]:
        """For run.json."""
        said = {"purpose": self.purpose, "operator": self.operator, "reason": self.reason}
        if self.entry is None:
            return {**said, "access_record": NO_RECORD}
        return {**said, "access_record": dict(zip(("store", "seq", "hash"), self.entry, strict=True))}
