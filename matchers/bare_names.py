"""Two bare names, no address, no date: how likely they name one person, part by part.

Parts are words, in any order. Each aligned pair of words has its own weight of evidence (`name_likeness`). They do not
simply add up: nobody asks about two names at random, and of two persons' names that are asked about nearly all share
all parts but one (kin share a surname, strangers a common given name). So

    P(names | two persons) / P(names | one) = (1 - k) prod(1 / r) + k sum(w / r)

with r the ratio of each part, k `shares_the_rest` and w the chance that this is the part that differs: a pair is hardly
stronger than its weakest part. What that takes off the plain sum is a part of its own, so that parts still add up.
After Fellegi & Sunter (1969), with a mixture in place of independent parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import fsum

import numpy as np
import polars as pl

from matchers.bare_name_settings import DEFAULT, BareNameSettings
from matchers.name_alignment import best_assignment
from matchers.name_likeness import weigh
from matchers.name_parts import MISSING, Part, whole_name_parts
from matchers.name_words import Words, in_common_letters, read_names, runs, same_words, sound_of

_PART = pl.Struct({"left": pl.String, "right": pl.String, "level": pl.String, "bits": pl.Float64})
_RESULT: dict[str, pl.DataType] = {
    "left": pl.String(),
    "right": pl.String(),
    "match_weight_bits": pl.Float64(),
    "p_match": pl.Float64(),
    "parts": pl.List(_PART),
}


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two distinct texts and the words of each to align.

    `short`, `long`: the words of the name with fewer and of that with more, in alphabetical order, so that equal totals
    are settled alike in whatever order names and words are given.
    """

    left: str
    right: str
    suffixes: tuple[str, str]
    words: tuple[Words, Words]
    short: Words
    long: Words

    @staticmethod
    def of(left: str, right: str, suffixes: tuple[str, str], words: tuple[Words, Words]) -> "_Pair":
        one, other = (tuple(sorted(side)) for side in words)
        short, long = sorted((one, other), key=lambda side: (len(side), side))
        return _Pair(left, right, suffixes, words, short, long)

    @property
    def shape(self) -> tuple[int, int]:
        """How many words the shorter and the longer name have."""
        return len(self.short), len(self.long)

    def in_order(self, parts: list[Part]) -> list[Part]:
        """Parts of shorter and longer name -> of left and right name, in the order of the left one's words."""
        first, second = self.words
        if self.short != tuple(sorted(first)):
            parts = [Part(part.right, part.left, part.level, part.bits) for part in parts]

        def place(part: Part) -> tuple[int, int]:
            return (
                len(first) if part.left is None else first.index(part.left),
                len(second) if part.right is None else second.index(part.right),
            )

        return sorted(parts, key=place)


def compare_names(left: pl.Series, right: pl.Series, settings: BareNameSettings = DEFAULT) -> pl.DataFrame:
    """How likely two names as written name one person, row by row.

    left, right: text of equal length, nulls allowed. Returns one row per row, in their order: left, right,
    `match_weight_bits` (log2 odds, the prior among them), `p_match`, and `parts`: a list of left, right (words; null:
    not written), level (`name_likeness.LEVELS`, `missing`, and what concerns whole names: `prior`, `order`, `suffix`,
    `shared_rest`), bits, which add up to the weight. All three are null where either side names nobody that can be
    read. Symmetric; the order of words matters only by `order`. Raises ValueError on series of unequal length.
    """
    if len(left) != len(right):
        raise ValueError(f"names to compare must stand side by side: {len(left)} left, {len(right)} right")
    rows = pl.DataFrame({"left": left.cast(pl.String), "right": right.cast(pl.String)})
    judged = _judge(rows.drop_nulls().unique().sort("left", "right"), settings)
    return rows.join(judged, on=["left", "right"], how="left", maintain_order="left")


def _judge(distinct: pl.DataFrame, settings: BareNameSettings) -> pl.DataFrame:
    """The result for distinct pairs of texts (columns left, right), of which both can be read."""
    rows = []
    for pair, aligned in _aligned(_readable(distinct), settings):
        parts = [*aligned, *whole_name_parts(aligned, pair.words, pair.suffixes, settings)]
        weight = fsum(part.bits for part in parts)
        rows.append((pair.left, pair.right, weight, 1 / (1 + 2.0**-weight), [part._asdict() for part in parts]))
    return pl.DataFrame(rows, schema=_RESULT, orient="row")


def _readable(distinct: pl.DataFrame) -> list[_Pair]:
    named = read_names(pl.concat([distinct["left"], distinct["right"]]))
    names = named.values()
    sound = sound_of([run for name in names for words in (name.latin, name.other) for run in runs(words)])
    pairs = []
    for left, right in distinct.iter_rows():
        words = in_common_letters(named[left], named[right]) if left in named and right in named else None
        if words:
            pairs.append(_Pair.of(left, right, (named[left].suffix, named[right].suffix), same_words(*words, sound)))
    return pairs


def _aligned(pairs: list[_Pair], settings: BareNameSettings) -> Iterator[tuple[_Pair, list[Part]]]:
    """Each pair with its words side by side, in the order of the left name, then what only the right one says."""
    pairs = sorted(pairs, key=lambda pair: pair.shape)
    crossed = [(min(a, b), max(a, b)) for pair in pairs for a in pair.short for b in pair.long]
    frame = pl.DataFrame(crossed, schema={"a": pl.String, "b": pl.String}, orient="row")
    weighed = weigh(frame.unique().sort("a", "b"), settings)
    found = frame.join(weighed, on=["a", "b"], how="left", maintain_order="left")
    bits, level = found["bits"].to_numpy(), np.array(found["level"].to_list(), dtype=np.object_)
    start = 0
    for shape, group in groupby(pairs, key=lambda pair: pair.shape):
        alike = list(group)
        end = start + len(alike) * shape[0] * shape[1]
        of_shape, levels = bits[start:end].reshape(-1, *shape), level[start:end].reshape(-1, *shape)
        places = best_assignment(of_shape).tolist()
        for k, pair in enumerate(alike):
            yield pair, _side_by_side(pair, places[k], of_shape[k].tolist(), levels[k].tolist())
        start = end


def _side_by_side(pair: _Pair, places: list[int], bits: list[list[float]], level: list[list[str]]) -> list[Part]:
    """The aligned words and those left over. places: of each short name's word, its partner in the long name."""
    together = [Part(pair.short[i], pair.long[j], level[i][j], bits[i][j]) for i, j in enumerate(places)]
    left_over = [Part(None, word, MISSING, 0.0) for j, word in enumerate(pair.long) if j not in places]
    return pair.in_order(together + left_over)
