"""A chain of entries by SHA-256: each is hashed over its canonical JSON, which holds the hash of the one before.

An entry's `body` is JSON with sorted keys, no blanks and only ASCII, and holds `seq` (1, 2, 3, ...) and `previous`.
`hash` is the SHA-256 of the body's bytes: anybody can check an export with `sha256sum`. Whoever changes, removes or
moves an entry must hash everything after it anew, and then an anchor kept elsewhere no longer fits. RFC 8785 would
be the standard canonical form; it differs from this one only in numbers with fractions, which no entry holds.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

GENESIS: Final = "0" * 64
"""`previous` of the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One link as stored."""

    seq: int
    body: str
    hash: str

    def content(self) -> dict[str, Any]:
        """The entry as data. Raises ValueError where the body is no JSON object."""
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("an entry is a JSON object")
        return value


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a chain. seq: the entry it is about (of several missing ones the first)."""

    chain: str
    seq: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.chain}: {self.text}"


@dataclass(frozen=True, slots=True)
class Mark:
    """What an entry's hash was at some time, as somebody noted it. place: where it was noted."""

    seq: int
    hash: str
    place: str


def canonical(value: Mapping[str, Any]) -> str:
    """JSON in the one form that is hashed. Raises TypeError and ValueError for what JSON does not know."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of ASCII text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("ascii", "backslashreplace")).hexdigest()


def linked(seq: int, previous: str, content: Mapping[str, Any]) -> Entry:
    """The entry that follows one whose hash is `previous`."""
    body = canonical({**content, "seq": seq, "previous": previous})
    return Entry(seq, body, digest(body))


def faults(chain: str, entries: Iterable[Entry], head: Mark, marks: Iterable[Mark] = ()) -> Iterator[Fault]:
    """What is wrong with a chain, by ascending entry; nothing where it is as it was written.

    entries: by ascending `seq`. head: what the store says of the last entry; truncation shows against it and,
    where somebody changed that too, against `marks` (anchors kept elsewhere).
    """
    noted: dict[int, list[Mark]] = {}
    for mark in sorted(marks, key=lambda mark: (mark.seq, mark.place)):
        noted.setdefault(mark.seq, []).append(mark)
    last_seq, last_hash, sound_mark, sound = 0, GENESIS, 0, True
    for entry in entries:
        if entry.seq > last_seq + 1:
            yield Fault(chain, last_seq + 1, "missing", _missing(last_seq + 1, entry.seq - 1))
            sound = False
        # What follows an entry that is not itself is not blamed for it; the link after that is compared again.
        own = list(_own_faults(chain, entry, last_hash if sound else None))
        yield from own
        sound = all(fault.kind == "broken" for fault in own)
        for mark in noted.pop(entry.seq, ()):
            if mark.hash == entry.hash:
                sound_mark = mark.seq
            else:
                span = f"{_entries(sound_mark + 1, mark.seq)} were written anew or moved after it was noted"
                yield Fault(chain, mark.seq, "not as anchored", f"entry {mark.seq} is not that of {mark.place}: {span}")
        last_seq, last_hash = entry.seq, entry.hash
    if head.seq > last_seq:
        text = f"{_missing(last_seq + 1, head.seq)} at the end: {head.place} says that {head.seq} were written"
        yield Fault(chain, last_seq + 1, "truncated", text)
    elif (head.seq, head.hash) != (last_seq, last_hash):
        text = f"{head.place} names entry {head.seq}, and the last one is entry {last_seq} or has another hash"
        yield Fault(chain, last_seq, "head", text)
    for mark in (mark for same in noted.values() for mark in same if mark.seq > max(last_seq, head.seq)):
        text = f"{_missing(last_seq + 1, mark.seq)} at the end: {mark.place} names entry {mark.seq}"
        yield Fault(chain, last_seq + 1, "truncated", text)


def _own_faults(chain: str, entry: Entry, previous: str | None) -> Iterator[Fault]:
    """What one entry shows by itself and against the one before; `previous` is None where that one is at fault."""
    n = entry.seq
    if digest(entry.body) != entry.hash:
        yield Fault(chain, n, "changed", f"entry {n} was changed: its content does not give its hash")
    try:
        content = entry.content()
    except ValueError:
        yield Fault(chain, n, "unreadable", f"entry {n} was changed: it is no JSON object")
        return
    if content.get("seq") != n:
        yield Fault(chain, n, "moved", f"entry {n} was moved: it was written as entry {content.get('seq')!s:.20}")
    elif previous is not None and content.get("previous") != previous:
        text = f"entry {n} does not follow entry {n - 1}: entry {n - 1} was written anew, or entry {n} put in its place"
        yield Fault(chain, max(n - 1, 1), "broken", text)


def _entries(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def _missing(first: int, last: int) -> str:
    return f"{_entries(first, last)} {'is' if first == last else 'are'} missing"
