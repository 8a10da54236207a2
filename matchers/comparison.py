"""Grades how alike two mentions are, feature by feature, on distinct pairs of values.

Every feature has ordered levels; level 0 is always `missing` (one side says nothing) and carries no weight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.coded import Levels, Mask, Narrow, Texts, contains, distinct
from matchers.settings import LinkSettings
from matchers.spelling import Spelled, cut_short, edits, one_fault, share_words, similarity, slip_or_near
from matchers.traits import Traits

LEVELS: dict[str, tuple[str, ...]] = {
    "given": (
        "missing",
        "exact",
        "nickname",
        "initial",
        "part",
        "typo",
        "near",
        "middle_used",
        "swapped",
        "different",
    ),
    "family": ("missing", "exact", "part", "typo", "near", "swapped", "different"),
    "middle": ("missing", "exact", "initial", "different"),
    "suffix": ("missing", "same", "different"),
    "dob": ("missing", "exact", "day_month", "one_digit", "one_part", "year", "generation", "different"),
    "identifier": ("missing", "same", "different"),
    "address": ("missing", "same", "building", "alike", "street", "zip", "different"),
    "document": ("missing", "same"),
}


def level(feature: str, name: str) -> int:
    """The code of a level, e.g. `level("given", "exact") == 1`."""
    return LEVELS[feature].index(name)


Rows = npt.NDArray[np.intp]
Number = TypeVar("Number", bound=np.generic)
Scorer = Callable[[Narrow, Narrow], Levels]  # codes of values that differ -> levels


def among(levels: Levels, feature: str, *names: str) -> Mask:
    """Which levels are one of those named."""
    chosen = np.zeros(len(LEVELS[feature]), dtype=np.bool_)
    chosen[[level(feature, name) for name in names]] = True
    return np.asarray(chosen[levels])


def compare(ends: "Ends", settings: LinkSettings) -> dict[str, Levels]:
    """Grade pairs: the level of every feature of `LEVELS` but `document`, one entry a pair."""
    traits, names = ends.traits, ends.traits.names
    given = _graded(ends, "given", lambda a, b: _given_levels(names["given"], a, b, traits, settings))
    family = _graded(ends, "family", lambda a, b: _family_levels(names["family"], a, b, settings))
    middle = _graded(ends, "middle", lambda a, b: _middle_levels(names["middle"], a, b))
    _use_of_middle_name(given, ends)
    _swapped_names(given, family, ends, settings)
    moved = (given == level("given", "swapped")) | (family == level("family", "swapped"))
    middle[moved] = level("middle", "missing")  # words that changed places: `BAKER` may stand for a middle name
    return {
        "given": given,
        "family": family,
        "middle": middle,
        "suffix": _same_or_not(*ends.codes("suffix")),
        "dob": _dob_levels(ends, settings),
        "identifier": _identifier_levels(ends),
        "address": _address_levels(ends, settings),
    }


@dataclass(frozen=True, slots=True)
class Ends:
    """The two profiles of every pair."""

    traits: Traits
    left: Rows
    right: Rows

    @staticmethod
    def of(pairs: pl.DataFrame, traits: Traits) -> "Ends":
        """pairs: left, right (profile positions)."""
        return Ends(traits, *(pairs[side].to_numpy().astype(np.intp) for side in ("left", "right")))

    def codes(self, column: str) -> tuple[Narrow, Narrow]:
        """Codes of a column on the left and on the right."""
        return self.both(self.traits.codes[column])

    def both(self, values: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], npt.NDArray[Number]]:
        """An array of one entry per profile, on the left and on the right."""
        # positions are valid: not checking them once more halves the time of a gather
        return values.take(self.left, mode="clip"), values.take(self.right, mode="clip")

    def at(self, rows: Rows) -> "Ends":
        """Some of the pairs."""
        return Ends(self.traits, self.left[rows], self.right[rows])


def _graded(ends: Ends, column: str, scorer: Scorer) -> Levels:
    """0 missing, 1 the same value; distinct unordered pairs of others are scored once and spread over the rows."""
    a, b = ends.codes(column)
    known = (a >= 0) & (b >= 0)
    levels = known.astype(np.uint8)
    rows = np.flatnonzero(known & (a != b))
    if len(rows):
        a, b = a[rows], b[rows]
        a, b, where = _distinct_pairs(np.minimum(a, b), np.maximum(a, b))
        levels[rows] = scorer(a, b)[where]
    return levels


def _distinct_pairs(a: Narrow, b: Narrow) -> tuple[Narrow, Narrow, Narrow]:
    """Each pair of codes once, and the position of every row's pair among them."""
    keys, where = distinct(a.astype(np.int64) << 32 | b)
    return (keys >> 32).astype(np.int32), keys.astype(np.int32), where


def _given_levels(names: Spelled, a: Narrow, b: Narrow, traits: Traits, settings: LinkSettings) -> Levels:
    levels = np.full(len(a), level("given", "different"), dtype=np.uint8)
    shorter = np.minimum(names.length[a], names.length[b])
    closed = names.closed[a] == names.closed[b]
    nickname = contains(traits.nicknames, np.minimum(a, b).astype(np.int64) * len(names.values) + np.maximum(a, b))
    word = (names.word[a] == names.word[b]) & (names.word[a] >= 0)
    rows = np.flatnonzero(~(closed | (shorter == 1) | nickname | word))
    typo, near = slip_or_near(names, a[rows], b[rows], settings)
    levels[rows[near]] = level("given", "near")
    levels[rows[typo | cut_short(names, a[rows], b[rows])]] = level("given", "typo")
    levels[word] = level("given", "part")
    levels[nickname] = level("given", "nickname")
    levels[shorter == 1] = level("given", "different")
    levels[(shorter == 1) & (names.first[a] == names.first[b])] = level("given", "initial")
    levels[closed] = level("given", "exact")
    return levels


def _family_levels(names: Spelled, a: Narrow, b: Narrow, settings: LinkSettings) -> Levels:
    levels = np.full(len(a), level("family", "different"), dtype=np.uint8)
    typo, near = slip_or_near(names, a, b, settings)
    levels[near] = level("family", "near")
    levels[typo] = level("family", "typo")
    rows = np.flatnonzero(names.blank[a] | names.blank[b])  # of two single words neither is a part of the other
    levels[rows[share_words(names.values[a[rows]], names.values[b[rows]])]] = level("family", "part")
    levels[names.closed[a] == names.closed[b]] = level("family", "exact")
    return levels


def _middle_levels(names: Spelled, a: Narrow, b: Narrow) -> Levels:
    levels = np.full(len(a), level("middle", "different"), dtype=np.uint8)
    one_letter = np.minimum(names.length[a], names.length[b]) == 1
    levels[one_letter & (names.first[a] == names.first[b])] = level("middle", "initial")
    rows = np.flatnonzero(~one_letter)
    levels[rows[similarity(names.values[a[rows]], names.values[b[rows]], 0.92) >= 0.92]] = level("middle", "exact")
    return levels


def _use_of_middle_name(given: Levels, ends: Ends) -> None:
    """Mark pairs whose one side goes by the middle name that the other side gives."""
    rows = np.flatnonzero((given == level("given", "different")) | (given == level("given", "near")))
    weak = ends.at(rows)
    middle, name = weak.both(ends.traits.middle_as_given), weak.codes("given")
    given[rows[(middle[0] == name[1]) | (middle[1] == name[0])]] = level("given", "middle_used")


def _swapped_names(given: Levels, family: Levels, ends: Ends, settings: LinkSettings) -> None:
    """Mark pairs of the same words in another order, or with given and family name exchanged up to a typo."""
    rows = np.flatnonzero((given > level("given", "exact")) | (family > level("family", "exact")))
    a, b = ends.at(rows).codes("words")
    same_words = (a == b) & (a >= 0)
    reordered = rows[same_words]
    rows = rows[~same_words]
    rows = rows[(given[rows] >= level("given", "near")) & (family[rows] >= level("family", "near"))]
    given[reordered[given[reordered] > 0]] = level("given", "swapped")  # missing stays missing
    family[reordered[family[reordered] > 0]] = level("family", "swapped")
    first = ends.traits.first_letters
    for one, other in ((ends.left, ends.right), (ends.right, ends.left)):
        # a slip in the first letter is rare, and the test is cheap
        rows = rows[first["given"][one[rows]] == first["family"][other[rows]]]
    for one, other in ((ends.left, ends.right), (ends.right, ends.left)):
        rows = rows[_exchanged(ends.traits, one[rows], other[rows], settings)]
    given[rows] = level("given", "swapped")
    family[rows] = level("family", "swapped")


def _exchanged(traits: Traits, one: Rows, other: Rows, settings: LinkSettings) -> Mask:
    """Whether the given names of `one` equal the family names of `other` but for a typo; single letters never do."""
    given, family = traits.names["given"], traits.names["family"]
    a, b = traits.codes["given"][one], traits.codes["family"][other]
    known = np.flatnonzero((a >= 0) & (b >= 0))
    a, b, where = _distinct_pairs(a[known], b[known])
    alike = similarity(given.values[a], family.values[b], settings.typo_at_similarity) >= settings.typo_at_similarity
    alike &= np.minimum(given.length[a], family.length[b]) > 1
    result = np.zeros(len(one), dtype=np.bool_)
    result[known] = alike[where]
    return result


def _same_or_not(a: Narrow, b: Narrow) -> Levels:
    known = (a >= 0) & (b >= 0)
    return np.asarray(known.astype(np.uint8) + (known & (a != b)), dtype=np.uint8)


def _identifier_levels(ends: Ends) -> Levels:
    """Different keys speak against a match only inside one source: two sources number people independently."""
    levels = _same_or_not(*ends.codes("record_key"))
    rows = np.flatnonzero(levels == level("identifier", "different"))
    a, b = ends.at(rows).codes("source")
    levels[rows[a != b]] = 0
    return levels


def _address_levels(ends: Ends, settings: LinkSettings) -> Levels:
    """`missing` where either side has no known place at all.

    `alike`: number and street agree but for a slip of the pen in one of them, or agree under two ZIP codes;
    `street`: the same street, another number.
    """
    spellings = ends.traits.spellings
    levels = np.full(len(ends.left), level("address", "different"), dtype=np.uint8)
    a, b = ends.codes("zip")
    other_zip = (a >= 0) & (b >= 0) & (a != b)
    levels[(a == b) & (a >= 0)] = level("address", "zip")
    same_building, same_street = _same(ends, "building"), _same(ends, "street")
    rows = np.flatnonzero(same_street & ~same_building)
    levels[rows] = level("address", "street")
    close = _graded(
        ends.at(rows), "number", lambda a, b: (2 - (edits(*_texts(spellings["number"], a, b)) <= 1)).astype(np.uint8)
    )
    levels[rows[close == 1]] = level("address", "alike")
    rows = np.flatnonzero(_same(ends, "number") & ~same_street)
    near = settings.near_at_similarity
    close = _graded(
        ends.at(rows),
        "street",
        lambda a, b: (similarity(*_texts(spellings["street"], a, b), near) >= near).astype(np.uint8),
    )
    levels[rows[close == 1]] = level("address", "alike")
    levels[same_building] = level("address", "building")
    levels[same_building & other_zip] = level("address", "alike")
    levels[_same(ends, "place")] = level("address", "same")
    levels[np.logical_or(*ends.both(ends.traits.placeless))] = level("address", "missing")
    return levels


def _same(ends: Ends, column: str) -> Mask:
    """Whether both sides have the same known value."""
    a, b = ends.codes(column)
    return np.asarray((a == b) & (a >= 0))


def _texts(values: Texts, a: Narrow, b: Narrow) -> tuple[Texts, Texts]:
    return values[a], values[b]


def _dob_levels(ends: Ends, settings: LinkSettings) -> Levels:
    """Birth dates: exact, day and month swapped, one digit or one adjacent swap of digits, one of year, month and day
    different, same year only, so far apart as parent and child."""
    a, b = ends.both(ends.traits.date)
    known = (a > 0) & (b > 0)
    levels = known.astype(np.uint8)  # exact, where known
    rows = np.flatnonzero(known & (a != b))
    a, b = a[rows], b[rows]
    unlike = a ^ b
    same_year, same_month, same_day = (unlike & part == 0 for part in (0xFFFF0000, 0xFF00, 0xFF))
    swapped = same_year & ((a >> 8 & 0xFF) == (b & 0xFF)) & ((b >> 8 & 0xFF) == (a & 0xFF))
    day_a, day_b = ends.at(rows).both(ends.traits.day)
    found = np.where(
        np.abs(day_a - day_b) >= settings.generation_years * 10000,
        np.uint8(level("dob", "generation")),
        np.uint8(level("dob", "different")),
    )
    found[same_year] = level("dob", "year")
    two_parts = (same_year & (same_month | same_day)) | (same_month & same_day)
    found[two_parts] = level("dob", "one_part")
    found[one_fault(a, b)] = level("dob", "one_digit")
    found[swapped] = level("dob", "day_month")
    levels[rows] = found
    return levels
