"""How alike two texts are spelled, by arrays over the distinct values of a column."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from matchers.coded import Mask, Narrow, Packed, Texts
from matchers.settings import LinkSettings


@dataclass(frozen=True, slots=True)
class Spelled:
    """What each distinct value of a column of names (sorted, as in `Coded`) is made of."""

    values: Texts
    length: Narrow  # in letters, blanks counted
    first: Narrow  # code point of the first letter; 0 where there is none
    start: Narrow  # number of the first three letters
    closed: Narrow  # number of the text with its blanks closed up
    word: Narrow  # number of the first word; -1 where it is one letter or none
    blank: Mask  # of several words

    @staticmethod
    def of(values: Texts) -> "Spelled":
        """values: distinct texts."""
        text = pl.Series("text", values.tolist(), dtype=pl.String)
        word = text.str.split(" ").list.first()
        return Spelled(
            values=values,
            length=text.str.len_chars().cast(pl.Int32).to_numpy(),
            first=np.array([ord(value[0]) if value else 0 for value in values], dtype=np.int32),
            start=_numbered(text.str.head(3)),
            closed=_numbered(text.str.replace_all(" ", "", literal=True)),
            word=np.where(word.str.len_chars().to_numpy() > 1, _numbered(word), -1).astype(np.int32),
            blank=text.str.contains(" ", literal=True).to_numpy(),
        )


def slip_or_near(names: Spelled, a: Narrow, b: Narrow, settings: LinkSettings) -> tuple[Mask, Mask]:
    """One edit (or adjacent swap) in a name of four letters or more, or a high Jaro-Winkler similarity."""
    alike = similarity(names.values[a], names.values[b], settings.near_at_similarity)
    typo = alike >= settings.typo_at_similarity
    length_a, length_b = names.length[a], names.length[b]
    rows = np.flatnonzero(~typo & (np.abs(length_a - length_b) <= 1) & (np.minimum(length_a, length_b) >= 4))
    typo[rows] = edits(names.values[a[rows]], names.values[b[rows]]) <= 1
    return typo, alike >= settings.near_at_similarity


def similarity(a: Texts, b: Texts, least: float = 0.0) -> npt.NDArray[np.float32]:
    """Jaro-Winkler similarity; 0 where it is plainly below `least`."""
    cutoff = max(least - 0.01, 0.0)  # results at the bar itself come out in full
    return np.asarray(cpdist(a, b, scorer=JaroWinkler.similarity, score_cutoff=cutoff))


def edits(a: Texts, b: Texts) -> npt.NDArray[np.int32]:
    """Edits, exchanges of neighbours among them, that turn one text into the other; 2 for two or more."""
    return np.asarray(cpdist(a, b, scorer=OSA.distance, score_cutoff=1))


def cut_short(names: Spelled, a: Narrow, b: Narrow) -> Mask:
    """Whether one name of three letters or more begins the other."""
    found = np.zeros(len(a), dtype=np.bool_)
    alike = (names.start[a] == names.start[b]) & (np.minimum(names.length[a], names.length[b]) >= 3)
    for row in np.flatnonzero(alike).tolist():
        one, other = names.values[a[row]], names.values[b[row]]
        found[row] = one.startswith(other) or other.startswith(one)
    return found


def share_words(a: Texts, b: Texts) -> Mask:
    """Whether all words of three letters or more of the one with fewer such words are also the other's."""
    frame = pl.DataFrame({"a": pl.Series(a.tolist(), dtype=pl.String), "b": pl.Series(b.tolist(), dtype=pl.String)})
    words_a = pl.col("a").str.split(" ").list.filter(pl.element().str.len_chars() >= 3)
    words_b = pl.col("b").str.split(" ").list.filter(pl.element().str.len_chars() >= 3)
    shared = words_a.list.set_intersection(words_b).list.len()
    part = (shared > 0) & (shared == pl.min_horizontal(words_a.list.len(), words_b.list.len()))
    return frame.select(part).to_series().to_numpy()


def one_fault(a: Packed, b: Packed) -> Mask:
    """Whether two numbers of eight digits (four bits each) differ in one digit, or by an exchange of neighbours."""
    unlike = a ^ b
    differ = (unlike | unlike >> 1 | unlike >> 2 | unlike >> 3) & np.uint32(0x11111111)  # a bit per digit
    lowest = differ & (~differ + np.uint32(1))
    fault = differ == lowest
    rows = np.flatnonzero(differ == (lowest | lowest << 4))  # two digits side by side
    rows = rows[~fault[rows]]
    shift = np.bitwise_count(lowest[rows] - np.uint32(1)).astype(np.uint32)
    two_a, two_b = (side[rows] >> shift & np.uint32(0xFF) for side in (a, b))
    fault[rows] = (two_a >> 4 | (two_a & np.uint32(15)) << 4) == two_b
    return np.asarray(fault)


def _numbered(texts: pl.Series) -> Narrow:
    """A number per text, equal where the texts are."""
    return texts.rank("dense").cast(pl.Int32).to_numpy()
