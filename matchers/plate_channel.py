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

from collections.abc import Iterable, Sequence
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
_CONTROL = r"[\x00-\x1f\x7f]"


def encode(plates: pl.Series) -> Codes:
    """Normalised plates (A-Z, 0-9, `?`; in formats `@` a letter, `#` a digit) -> codes, shape (n, MAX_LENGTH).

    Null and empty text become rows of `PAD`.
    """
    text = plates.cast(pl.String).fill_null("").str.slice(0, MAX_LENGTH)
    if text.str.len_bytes().sum() > text.str.len_chars().sum() or text.str.contains(_CONTROL).any():
        text = text.str.replace_all(r"[^ -~]", "?")
    padded = text.str.pad_end(MAX_LENGTH, "\0").str.join("").item()  # one buffer: no Python object a plate
    raw = np.frombuffer((padded or "").encode("ascii"), dtype=np.uint8)
    return _CODE_OF_BYTE[raw.reshape(len(text), MAX_LENGTH)]


def lengths(codes: Codes) -> npt.NDArray[np.int64]:
    """Number of characters of each row of codes."""
    words = np.bitwise_count(np.ascontiguousarray(codes != PAD).view(np.uint32))  # four characters at a time
    return np.asarray(words.sum(axis=1, dtype=np.uint8), dtype=np.int64)


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

        Exact up to alignments that wander more than two characters off. Cost about 0.3 microseconds a pair.
        """
        bits: Floats = log2_probabilities((self,), read, true)[0]
        return bits


def log2_probabilities(channels: Sequence[PlateChannel], read: Codes, true: Codes) -> Floats:
    """log2 P(read | true) of the same pairs at several rates: shape (channels, n). See `log2_probability`."""
    bits = np.full((len(channels), len(read)), FLOOR_LOG2)
    shape = (lengths(true) * (MAX_LENGTH + 1) + lengths(read)).astype(np.uint8)
    order = np.argsort(shape, kind="stable")
    bounds = np.flatnonzero(np.diff(shape[order].astype(np.int16), prepend=-1, append=-1))
    forward = _Forward.of(channels)
    width = max(_CHUNK // len(channels), 1)
    for start, stop in pairwise(bounds.tolist()):
        n, m = divmod(int(shape[order[start]]), MAX_LENGTH + 1)
        for begin in range(start, stop, width):
            rows = order[begin : min(begin + width, stop)]
            probability = forward.probability(read[rows, :m].T, true[rows, :n].T)
            with np.errstate(divide="ignore"):
                bits[:, rows] = np.maximum(np.log2(probability), FLOOR_LOG2)
    return bits


@dataclass(frozen=True, slots=True)
class _Forward:
    """The forward algorithm at K rates at once. Rates and `lost` (by characters missing at one end): shape (K, 1);
    tables of a true code (times CODES) and a read code: (K, CODES * CODES). `inner` and `last`: emission between two
    characters and at the last one, with the probability that nothing was added or swapped there.
    """

    gap: Floats
    keep: Floats
    deletion: Floats
    insertion: Floats
    transposition: Floats
    lost: tuple[Floats, ...]
    inner: Floats
    last: Floats
    spoken: Floats

    @classmethod
    def of(cls, channels: Sequence[PlateChannel]) -> "_Forward":
        def column(values: Iterable[float]) -> Floats:
            return np.array(list(values), dtype=np.float64)[:, None]

        rates = [channel.rates for channel in channels]
        gap = column(1 - one.insertion for one in rates)
        transposition = column(one.transposition for one in rates)
        keep = gap * (1 - transposition)
        emission = np.stack([channel.emission.ravel() for channel in channels])
        none = column(1 - one.lost_end for one in rates)
        some = column(one.lost_end for one in rates)
        lost = [none, *(some * _LOST_SHARES.get(count, 0.0) for count in range(1, MAX_LENGTH + 1))]
        return cls(
            gap,
            keep,
            column(one.deletion for one in rates),
            column(one.insertion / SIZE for one in rates),
            gap * transposition,
            tuple(lost),
            keep * emission,
            gap * emission,
            channels[0].spoken.ravel(),
        )

    def probability(self, read: Codes, true: Codes) -> Floats:
        """P(read | true), shape (K, width), of columns that all have one length: arrays of shape (length, width)."""
        (m, width), n = read.shape, len(true)
        if n == 0:
            return np.zeros((len(self.gap), width))
        plain = not (true >= SIZE).any()  # only then is a character swapped or not, without classes in between
        at, to = true.astype(np.intp) * CODES, read.astype(np.intp)
        added = [np.where(read[j] == UNKNOWN, 0.0, self.insertion) for j in range(m)]
        reach = abs(n - m) + _BAND
        rows: list[dict[int, Floats]] = []
        for i in range(n + 1):
            row: dict[int, Floats] = {}
            drop, table = (self.keep, self.inner) if i < n else (self.gap, self.last)
            drop = drop * self.deletion
            for j in range(max(0, i - reach), min(m, i + reach) + 1):
                value = np.zeros((len(self.gap), width))
                if j == 0 and i < n:
                    value += self.lost[i]
                if i and j in rows[i - 1]:
                    value += rows[i - 1][j] * drop
                if i and j - 1 in rows[i - 1]:
                    value += rows[i - 1][j - 1] * table.take(at[i - 1] + to[j - 1], axis=1)
                if i > 1 and j > 1 and j - 2 in rows[i - 2]:
                    before = rows[i - 2][j - 2]
                    if plain:
                        swapped = np.flatnonzero((true[i - 2] == read[j - 1]) & (true[i - 1] == read[j - 2]))
                        value[:, swapped] += before[:, swapped] * self.transposition
                    else:
                        swap = self.spoken[at[i - 2] + to[j - 1]] * self.spoken[at[i - 1] + to[j - 2]]
                        value += before * (self.transposition * swap)
                if j and j - 1 in row:
                    value += row[j - 1] * added[j - 1]
                row[j] = value
            rows.append(row)
        total = np.zeros((len(self.gap), width))
        for gone in range(n):
            if m in rows[n - gone]:
                total += rows[n - gone][m] * (self.gap * self.lost[gone])
        return total


def channel_bits(read: pl.Series, true: pl.Series, channel: PlateChannel) -> pl.Series:
    """log2 P(read | true) of two columns of normalised plates, row by row; null where either is null."""
    bits = channel.log2_probability(encode(read), encode(true))
    known = read.is_not_null() & true.is_not_null()
    return pl.select(pl.when(known).then(pl.Series(bits))).to_series().alias("bits_channel")
