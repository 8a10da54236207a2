"""Names of persons and vehicles in one redacted copy: `Person A`, `V1`, the same throughout the document.

They are given in the order of the summary, so that they say nothing beyond it, and are void outside the document: in
the next copy `Person A` may be somebody else.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHORTEST = 3
"""A shorter text is no plate and no name that could be told from other words."""
NAME_WITHHELD = "[name]"
ADDRESS_WITHHELD = "[address]"
PLATE_WITHHELD = "[plate]"


def letters(number: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    return (letters(number // 26 - 1) if number >= 26 else "") + _LETTERS[number % 26]


@dataclass(frozen=True, slots=True)
class Mask:
    """Replaces in text what a copy must not show.

    whole: text -> what stands for it, matched as whole words, whatever its capitals; parts: single words of hidden
    names, matched where they are written with a capital.
    """

    whole: Mapping[str, str]
    parts: frozenset[str]

    def __call__(self, text: str) -> str:
        """The text with everything replaced."""
        return self._parts(self.full(text))

    def full(self, text: str) -> str:
        """The text with whole names, plates and addresses replaced, single words left as they are."""
        if not self.whole:
            return text
        longest_first = sorted(self.whole, key=lambda one: (-len(one), one))
        pattern = r"(?<!\w)(?:" + "|".join(map(_pattern, longest_first)) + r")(?!\w)"
        by_key = {_key(one): stand_in for one, stand_in in self.whole.items()}
        return re.sub(pattern, lambda found: by_key[_key(found[0])], text, flags=re.IGNORECASE)

    def _parts(self, text: str) -> str:
        return re.sub(r"[^\W\d_]+", lambda found: NAME_WITHHELD if self._is_part(found[0]) else found[0], text)

    def _is_part(self, word: str) -> bool:
        return word[0].isupper() and word.casefold() in self.parts


def mask_of(
    persons: Iterable[tuple[Mapping[str, Any], str]],
    vehicles: Iterable[tuple[Mapping[str, Any], str, bool]],
    visible: frozenset[str],
) -> Mask:
    """The mask of a copy.

    Each person and vehicle of the summary comes with what stands for it, a vehicle also with whether it is shown as it
    is. visible: the names, as written, that the readers may see.
    """
    whole: dict[str, str] = {}
    parts: set[str] = set()
    for vehicle, stand_in, shown in vehicles:
        _add(whole, vehicle["vehicle_id"], stand_in)
        if shown:
            continue
        _add(whole, vehicle["registered_owner"], NAME_WITHHELD)
        _add(whole, vehicle["registered_address"], ADDRESS_WITHHELD)
        parts |= _words(vehicle["registered_owner"] or "")
        for plate in (
            vehicle["plate"],
            *(text for r in vehicle["readings"] for text in (r["written"], r["taken_for"])),
        ):
            _add_plate(whole, plate, stand_in)
    for person, stand_in in persons:
        _add(whole, person["person_id"], stand_in)
        for written in (person["display_name"], *(naming["text"] for naming in person["named_by"])):
            _add(whole, written, stand_in)
            parts |= _words(written or "")
    for name in visible:
        parts -= _words(name)
        whole = {text: stand_in for text, stand_in in whole.items() if _key(text) != _key(name)}
    return Mask(whole, frozenset(parts))


def _add(whole: dict[str, str], text: str | None, stand_in: str) -> None:
    if text and len(text.strip()) >= _SHORTEST:
        whole[text.strip()] = stand_in


def _add_plate(whole: dict[str, str], plate: str | None, stand_in: str) -> None:
    """As written, and as the summary spells it: capitals, without blanks and hyphens."""
    _add(whole, plate, stand_in)
    _add(whole, (plate or "").upper().replace(" ", "").replace("-", ""), stand_in)


def _words(name: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W\d_]+", name) if len(word) > 1}


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _pattern(text: str) -> str:
    return r"\s+".join(map(re.escape, text.split()))
