"""The noisy channel of plate reading: log2 P(read | true plate), in columns.

A true plate is read from left to right. A run may be lost at either end; between characters, characters may be
added; each character is read right, taken for another one, dropped, or written `?`; two neighbours may be
swapped. `PlateChannel.log2_probability` sums over all ways to get from one text to the other (forward
algorithm), so that the probabilities of all readings of one plate add up to one: evidence from reads of different
length and with different numbers of `?` compares fairly.

Confusion probabilities: counts of public machine reads (`plate_confusions`), with a Dirichlet prior on the visual
classes, mixed with a hand-written part (visual classes and slips). The overall rates are `ChannelRates`, learned
per city by `matchers.vehicles`.

The true side may also hold class codes (any character, any letter, any digit): a serial format such as `LLLDDD`
scores like a plate, which gives P(read | a plate of that format) without listing the plates.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.tables import table
from matchers.plate_settings import LIKE_SHAPES, VISUAL_CLASSES, ChannelRates, PlateSettings

Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIZE = len(ALPHABET)
UNKNOWN = 36
"""`?`: on the read side an unreadable character, on the true side any character."""
LETTER, DIGIT, PAD = 37, 38, 39
"""True side only: any letter, any digit. `PAD` ends a plate on both sides."""
CODES = 40
MAX_LENGTH = 12
"""Characters scored; longer texts are no plates and are scored on their first twelve characters."""
FLOOR_LOG2 = -200.0
"""log2 probability given where no alignment within the band exists."""

_LOST_SHARES = {1: 0.25, 2: 0.25, 3: 0.35, 4: 0.1, 5: 0.05}
"""How many characters are missing, if a run at an end is: plates are painted in groups of two to four."""

_BAND = 2
_CHUNK = 16_384
_CHARS = {**{char: code for code, char in enumerate(ALPHABET)}, "?": UNKNOWN, "@": LETTER, "#": DIGIT}


def _code_of_byte() -> Codes:
    """Byte of normalised plate text -> code; any other byte counts as unreadable."""
    codes = np.full(256, UNKNOWN, dtype=np.uint8)
    codes[0] = PAD
    for char, code in _CHARS.items():
        codes[ord(char)] = code
    return codes


_CODE_OF_BYTE = _code_of_byte()


def encode(plates: pl.Series) -> Codes:
    """Normalised plates (A-Z, 0-9, `?`; in formats `@` a letter, `#` a digit) -> codes, shape (n, MAX_LENGTH).

    Null and empty text become rows of `PAD`.
    """
    text = plates.cast(pl.String).fill_null("").str.slice(0, MAX_LENGTH).str.replace_all(r"[^ -~]", "?")
    raw = np.array(text.to_list(), dtype=f"S{MAX_LENGTH}")
    return _CODE_OF_BYTE[raw.view(np.uint8).reshape(len(raw), MAX_LENGTH)]


def lengths(codes: Codes) -> npt.NDArray[np.int64]:
    """Number of characters of each row of codes."""
    return np.asarray((codes != PAD).sum(axis=1), dtype=np.int64)


@cache
def _class_prior() -> Floats:
    """Probability that a true character (row) is taken for another (column) that looks alike; 0 rows without."""
    prior = np.zeros((SIZE, SIZE))
    sets = [row.replace(" ", "") for row in table("plate_equivalence_sets")["characters"].drop_nulls()]
    for members, weight in [*((one, 1.0) for one in (*VISUAL_CLASSES, *sets)), *((one, 0.5) for one in LIKE_SHAPES)]:
        codes = [_CHARS[char] for char in members if char in _CHARS]
        for left in codes:
            for right in codes:
                prior[left, right] += weight * float(left != right)
    total = prior.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(prior, total, out=np.zeros_like(prior), where=total > 0))


@cache
def _counts() -> tuple[Floats, Floats]:
    """Counted substitutions (true by read) and times each true character was seen, both readers together."""
    counts, seen = np.zeros((SIZE, SIZE)), np.zeros(SIZE)
    for row in table("plate_confusions").iter_rows(named=True):
        true, read = _CHARS.get(row["true_char"] or ""), _CHARS.get(row["read_char"] or "")
        if true is None:
            continue
        seen[true] = float(row["true_char_seen_openalpr"]) + float(row["true_char_seen_rapidocr"])
        if read is not None and row["kind"] == "substitution":
            counts[true, read] += float(row["count_openalpr"]) + float(row["count_rapidocr"])
    return counts, seen


def _spread(class_share: float) -> Floats:
    """Prior of the substituted character: `class_share` inside the visual class, the rest over all others."""
    others = (1.0 - np.eye(SIZE)) / (SIZE - 1)
    in_class = _class_prior()
    has_class = in_class.sum(axis=1, keepdims=True) > 0
    return np.where(has_class, class_share * in_class + (1 - class_share) * others, others)


@cache
def confusion_matrix(settings: PlateSettings) -> Floats:
    """P(read character | true character, a substitution happened): rows sum to one, zero diagonal."""
    counts, _ = _counts()
    alike = counts + 0.5 * counts.T  # shapes look alike both ways; half weight, since counted the other way
    prior = settings.confusion_pseudo_count * _spread(settings.class_share_machine)
    machine = (alike + prior) / (alike + prior).sum(axis=1, keepdims=True)
    hand = _spread(settings.class_share_hand)
    return np.asarray(settings.machine_share * machine + (1 - settings.machine_share) * hand)


@cache
def relative_error() -> Floats:
    """How much more often than average each true character is misread: mean 1, within 0.5 and 2.5."""
    counts, seen = _counts()
    errors = counts.sum(axis=1)
    mean = errors.sum() / seen.sum()
    pseudo_seen = 100.0  # one tenth of the whole count: single characters were seen 20 to 260 times
    rate = (errors + mean * pseudo_seen) / (seen + pseudo_seen)
    ratio = np.clip(rate / rate.mean(), 0.5, 2.5)
    return np.asarray(np.clip(ratio / ratio.mean(), 0.5, 2.5))


@dataclass(frozen=True, slots=True)
class PlateChannel:
    """P(read | true) at given rates. `emission[t, r]`: true code t is read as r; `spoken[t, r]`: t is r."""

    rates: ChannelRates
    emission: Floats
    spoken: Floats

    @classmethod
    def of(cls, settings: PlateSettings, rates: ChannelRates | None = None) -> "PlateChannel":
        """The channel of the settings, at their prior rates or at learned ones."""
        rates = rates or settings.rates
        plain = np.zeros((CODES, CODES))
        spoken = np.zeros((CODES, CODES))
        wrong = rates.substitution * relative_error()
        plain[:SIZE, :SIZE] = wrong[:, None] * confusion_matrix(settings)
        plain[np.arange(SIZE), np.arange(SIZE)] = 1 - wrong - rates.deletion - rates.unreadable
        plain[:SIZE, UNKNOWN] = rates.unreadable
        spoken[np.arange(SIZE), np.arange(SIZE)] = 1.0
        groups = {UNKNOWN: range(SIZE), LETTER: range(10, SIZE), DIGIT: range(10)}
        for code, members in groups.items():
            plain[code] = plain[list(members)].mean(axis=0)
            spoken[code] = spoken[list(members)].mean(axis=0)
        return cls(rates, plain, spoken)

    def log2_probability(self, read: Codes, true: Codes) -> Floats:
        """log2 P(read | true) of pairs: two code arrays of shape (n, MAX_LENGTH) -> n bits, at least FLOOR_LOG2.

        Exact up to alignments that wander more than two characters off. Cost about 0.5 microseconds a pair.
        """
        bits = np.full(len(read), FLOOR_LOG2)
        shape = lengths(true) * (MAX_LENGTH + 1) + lengths(read)
        order = np.argsort(shape, kind="stable")
        bounds = np.flatnonzero(np.diff(shape[order], prepend=-1, append=-1))
        for start, stop in pairwise(bounds):
            n, m = divmod(int(shape[order[start]]), MAX_LENGTH + 1)
            for begin in range(int(start), int(stop), _CHUNK):
                rows = order[begin : min(begin + _CHUNK, int(stop))]
                probability = self._forward(read[rows, :m].T.copy(), true[rows, :n].T.copy())
                with np.errstate(divide="ignore"):
                    bits[rows] = np.maximum(np.log2(probability), FLOOR_LOG2)
        return bits

    def _lost(self, count: int) -> float:
        """Probability that `count` characters are missing at one end."""
        return 1 - self.rates.lost_end if count == 0 else self.rates.lost_end * _LOST_SHARES.get(count, 0.0)

    def _forward(self, read: Codes, true: Codes) -> Floats:
        """P(read | true) of columns that all have one length: arrays of shape (length, n)."""
        (m, width), n = read.shape, len(true)
        if n == 0:
            return np.zeros(width)
        rates, gap, zero = self.rates, 1 - self.rates.insertion, np.zeros(width)
        added = [np.where(read[j] == UNKNOWN, 0.0, rates.insertion / SIZE) for j in range(m)]
        reach = abs(n - m) + _BAND
        rows: list[dict[int, Floats]] = []
        for i in range(n + 1):
            row: dict[int, Floats] = {}
            keep = gap * (1 - rates.transposition if i < n else 1.0)
            for j in range(max(0, i - reach), min(m, i + reach) + 1):
                value = zero.copy()
                if j == 0 and i < n:
                    value += self._lost(i)
                if i and j in rows[i - 1]:
                    value += rows[i - 1][j] * (keep * rates.deletion)
                if i and j - 1 in rows[i - 1]:
                    value += rows[i - 1][j - 1] * (keep * self.emission[true[i - 1], read[j - 1]])
                if i > 1 and j > 1 and j - 2 in rows[i - 2]:
                    swap = self.spoken[true[i - 2], read[j - 1]] * self.spoken[true[i - 1], read[j - 2]]
                    value += rows[i - 2][j - 2] * (gap * rates.transposition * swap)
                if j and j - 1 in row:
                    value += row[j - 1] * added[j - 1]
                row[j] = value
            rows.append(row)
        total = zero.copy()
        for lost in range(n):
            if m in rows[n - lost]:
                total += rows[n - lost][m] * (gap * self._lost(lost))
        return total


def channel_bits(read: pl.Series, true: pl.Series, channel: PlateChannel) -> pl.Series:
    """log2 P(read | true) of two columns of normalised plates, row by row; null where either is null."""
    bits = channel.log2_probability(encode(read), encode(true))
    known = read.is_not_null() & true.is_not_null()
    return pl.select(pl.when(known).then(pl.Series(bits))).to_series().alias("bits_channel")
