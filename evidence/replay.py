"""Is a summary what the sources give? Everything is worked out anew and compared, byte for byte; what differs is named.

First the causes, so far as the summary records them: the program's version, the rule pack and the settings, each input
file by name. Then the figures that came out differently.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from evidence.summary_seal import FIELD

MOST_SHOWN: Final = 40
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was. kind: `program`, `setting`, `file` (causes), `figure` (what came of them)."""

    kind: str
    what: str
    was: str
    now: str

    @property
    def words(self) -> str:
        return f"{self.what}: was {self.was}, is {self.now}"


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """What differs between two summaries as read from JSON: causes first, then figures by their place."""
    causes = [*_causes(was.get("provenance", {}), now.get("provenance", {}))]
    figures = [
        Difference("figure", where, _shown(one), _shown(other))
        for where, one, other in _unequal("", _without(was), _without(now))
    ]
    return causes + figures


def _without(summary: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in summary.items() if key not in ("provenance", FIELD)}


def _causes(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for key in ("program", "version"):
        if was.get(key) != now.get(key):
            yield Difference("program", key, _shown(was.get(key)), _shown(now.get(key)))
    before, after = was.get("settings", {}), now.get("settings", {})
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield Difference("setting", key, _setting(before.get(key)), _setting(after.get(key)))
    files, here = ({each["source"]: each for each in side.get("inputs", [])} for side in (was, now))
    for source in sorted({*files, *here}):
        one, other = files.get(source), here.get(source)
        if one is None or other is None:
            name = (one or other or {}).get("file", source)
            gone, there = ("read", "not there") if other is None else ("not there", "read")
            yield Difference("file", f"{source} ({name})", gone, there)
        elif one != other:
            name = one["file"] if one["file"] == other["file"] else f"{one['file']}, now {other['file']}"
            yield Difference("file", f"{source} ({name})", _file(one), _file(other))


def _setting(value: object) -> str:
    return "not set" if value is None else _shown(value)


def _file(entry: Mapping[str, Any]) -> str:
    return f"{entry['rows_read']} rows, SHA-256 {entry['sha256'][:16]}..."


def _unequal(where: str, one: object, other: object) -> Iterator[tuple[str, object, object]]:
    """Places at which two values differ, the deepest that say it."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            yield from _unequal(f"{where}.{key}" if where else str(key), one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _unequal(f"{where}.{at}", mine, theirs)
    elif isinstance(one, list) and isinstance(other, list):
        yield where, f"{len(one)} entries", f"{len(other)} entries"
    elif one != other or type(one) is not type(other):
        yield where, one, other


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
