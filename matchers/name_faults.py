"""What a misspelling costs: the likeliest way from one spelling to another by faults of ear and hand, in bits.

An optimal string alignment (Damerau 1964, as restricted by Boytsov 2011) whose steps are priced by how many faults of
the kind there are to make; all pairs are aligned at once, letter by letter.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from matchers.bare_name_settings import BareNameSettings
from matchers.coded import Texts

Floats = npt.NDArray[np.float64]
Letters = npt.NDArray[np.int64]

_LONGEST = 24  # letters looked at; longer words are compared by these
# Consonants that one ear takes for another, after the classes of Soundex (Russell 1918), of which the large third is
# parted into stops and hissing sounds; C may be either, and stands for CH in sounds as X does for SH. J is I to Slavs.
_ALIKE = ("BFPV", "CGKQ", "CSXZ", "CGJZ", "DT", "MN", "LR", "IJ")
_VOWELS = "AEIOUY"
_KEYBOARD = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")  # each row stands half a key to the right of the one above
_NONE, _OTHER = 26, 27  # the place behind the end of a word; a letter beyond A to Z


def fault_bits(left: Texts, right: Texts, settings: BareNameSettings) -> Floats:
    """Price in bits of the cheapest set of faults between each pair of words (upper case); 0 where they are equal.

    Symmetric. The price is -log2 P(these very faults | the same name), by the rates of `settings`.
    """
    if not len(left):
        return np.zeros(0)
    points_a, points_b = _points(left), _points(right)
    a, b = _kinds(points_a), _kinds(points_b)
    change, omit = (table + settings.each_fault_bits for table in _prices(settings))
    omit_a, omit_b = omit[a], omit[b]
    slip = settings.slip_bits + settings.each_fault_bits
    rows = [np.concatenate([np.zeros((len(a), 1)), np.cumsum(omit_b, axis=1)], axis=1)]
    for i in range(a.shape[1]):
        row = np.empty_like(rows[0])
        row[:, 0] = rows[-1][:, 0] + omit_a[:, i]
        for j in range(b.shape[1]):
            best = np.minimum(rows[-1][:, j + 1] + omit_a[:, i], row[:, j] + omit_b[:, j])
            same = points_a[:, i] == points_b[:, j]
            best = np.minimum(best, rows[-1][:, j] + np.where(same, 0.0, change[a[:, i], b[:, j]]))
            if i and j:
                crossed = (points_a[:, i] == points_b[:, j - 1]) & (points_a[:, i - 1] == points_b[:, j]) & ~same
                best = np.where(crossed, np.minimum(best, rows[-2][:, j - 1] + slip), best)
            row[:, j + 1] = best
        rows = [rows[-1], row]
    price = rows[-1][:, -1]
    return np.asarray(np.where(price > 0, price + settings.faulty_bits, 0.0))


@cache
def _prices(settings: BareNameSettings) -> tuple[Floats, Floats]:
    """Price of a letter for another (28 x 28), and of a letter too many or too few (28)."""
    change = np.full((_OTHER + 1, _OTHER + 1), settings.letter_bits)
    for one, other in _neighbouring_keys():
        change[one, other] = change[other, one] = settings.slip_bits
    for alike in (*_ALIKE, _VOWELS):
        at = [_at(letter) for letter in alike]
        change[np.ix_(at, at)] = settings.by_ear_bits
    change[_NONE, :] = change[:, _NONE] = np.inf
    omit = np.full(_OTHER + 1, settings.slip_bits)
    omit[_NONE] = -settings.each_fault_bits  # nothing is left out behind the end
    return change, omit


def _at(letter: str) -> int:
    return ord(letter) - ord("A")


def _neighbouring_keys() -> list[tuple[int, int]]:
    beside = [(row[k], row[k + 1]) for row in _KEYBOARD for k in range(len(row) - 1)]
    below = [
        (upper[k], lower[m])
        for upper, lower in pairwise(_KEYBOARD)
        for k in range(len(upper))
        for m in (k - 1, k)
        if 0 <= m < len(lower)
    ]
    return [(_at(one), _at(other)) for one, other in beside + below]


def _points(words: Texts) -> Letters:
    """One row of code points per word, filled up behind its end with 0."""
    width = max(1, min(_LONGEST, max(len(str(word)) for word in words)))
    return np.array(words.astype(f"U{width}")).view(np.uint32).reshape(-1, width).astype(np.int64)


def _kinds(points: Letters) -> Letters:
    """0 to 25 for A to Z, `_NONE` behind the end, `_OTHER` for any other letter."""
    letter = points - ord("A")
    return np.where(points == 0, _NONE, np.where((letter >= 0) & (letter < _NONE), letter, _OTHER))
