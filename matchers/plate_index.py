"""Which registered plates may lie behind a reading: an index that answers a city's log in one call.

Each registered plate has its *collapsed* key (every character replaced by its visual class) and the keys with one
character left out. A reading has its own collapsed key and its own keys with one left out. A common key means: the
same up to any number of look-alike characters and, beyond that, at most one character taken for another, dropped,
added, or swapped with its neighbour. Two unlike errors in one reading are out of reach here; `matchers.vehicles` still
finds such a plate from the case's other readings.

Keys are packed into 64 bits, five a character, so leaving a character out is two shifts. The keys of the smaller side
(a city's few thousand readings, or a registry when a million readings are asked) are sorted under a direct-address
directory of their leading bits, and those of the larger side are looked up: a few memory reads a key, without any
loop over plates in Python. Both sides go in chunks, so that memory does not grow with their number.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.side_by_side import each
from matchers.plate_channel import (
    ALPHABET,
    CODES,
    FLOOR_LOG2,
    MAX_LENGTH,
    PAD,
    UNKNOWN,
    Codes,
    Floats,
    PlateChannel,
    encode,
    lengths,
)
from matchers.plate_settings import VISUAL_CLASSES, PlateSettings
from matchers.runs import Ids, spans

Keys = npt.NDArray[np.uint64]

_BITS = 5
_ONE = (1 << _BITS) - 1
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd, so multiplying is one-to-one: Fibonacci hashing
_CHUNK = 32_768
_FEW_BITS = 20
_PASSES = 2  # over the registry, one a chunk of readings: sorting its keys costs as much as two or three
_FRAGMENT = (3, 5)  # characters of a reading that may be one half of a plate
_LEAST_KNOWN = 3  # fewer readable characters fit thousands of plates: no candidate is worth listing


def _class_of_code() -> Codes:
    """Character code -> number of its visual class, from 1; PAD -> 0."""
    group = {char: members[0] for members in VISUAL_CLASSES for char in members}
    names = sorted({group.get(char, char) for char in ALPHABET})
    classes = np.zeros(CODES, dtype=np.uint8)
    for code, char in enumerate(ALPHABET):
        classes[code] = names.index(group.get(char, char)) + 1
    classes[UNKNOWN] = len(names) + 1
    return classes


_CLASS_OF_CODE = _class_of_code()
_BAG = np.random.default_rng(20070814).integers(0, 2**63, CODES).astype(np.uint64)


def collapsed_keys(codes: Codes) -> Keys:
    """Codes of shape (n, MAX_LENGTH) -> packed visual classes, first character lowest; no text -> 0."""
    keys = np.zeros(len(codes), dtype=np.uint64)
    for position in range(MAX_LENGTH):
        column = _CLASS_OF_CODE[codes[:, position]].astype(np.uint64)
        keys |= column << np.uint64(_BITS * position)
    return keys


def with_one_left_out(keys: Keys, size: npt.NDArray[np.int64]) -> tuple[Keys, Ids]:
    """All keys with one character left out, and the position in `keys` that each comes from."""
    found, owners = [keys[:0]], [np.zeros(0, dtype=np.int64)]
    for position in range(int(size.max(initial=0))):
        owner = np.flatnonzero(size > max(position, 1))
        below = np.uint64((1 << (_BITS * position)) - 1)
        key = keys[owner]
        above = (key >> np.uint64(_BITS * (position + 1))) << np.uint64(_BITS * position)
        found.append((key & below) | above)
        owners.append(owner)
    return np.concatenate(found), np.concatenate(owners)


def reading_keys(codes: Codes) -> tuple[Keys, Ids]:
    """The keys under which a registered plate in reach of a reading is found, and the reading (row) of each.

    A reading with one `?` is found without it; one with several by `masked_pairs`.
    """
    unknown = (codes == UNKNOWN).sum(axis=1)
    clean, gaps = np.flatnonzero(unknown == 0), np.flatnonzero(unknown == 1)
    keys = collapsed_keys(codes[clean])
    shorter, owners = with_one_left_out(keys, lengths(codes[clean]))
    return np.concatenate([keys, shorter, _without_unknown(codes[gaps])]), np.concatenate([clean, clean[owners], gaps])


def _without_unknown(codes: Codes) -> Keys:
    """Collapsed keys of readings with their `?` left out."""
    order = np.argsort(codes == UNKNOWN, axis=1, kind="stable")
    moved = np.take_along_axis(codes, order, axis=1)
    return collapsed_keys(np.where(moved == UNKNOWN, PAD, moved).astype(np.uint8))


def masked_pairs(codes: Codes, keys: Keys, sizes: npt.NDArray[np.int64]) -> tuple[Ids, Ids]:
    """(reading, plate) of readings with several `?`: plates of that length whose other characters look alike.

    keys, sizes: of the registered plates. One pass over them for each distinct pattern of `?`, of which a log holds
    few.
    """
    rows = np.flatnonzero((codes == UNKNOWN).sum(axis=1) > 1)
    reads, plates = [rows[:0]], [rows[:0]]
    known = codes[rows] != UNKNOWN
    rows = rows[(known & (codes[rows] != PAD)).sum(axis=1) >= _LEAST_KNOWN]
    patterns = np.where(codes[rows] == UNKNOWN, 1, np.where(codes[rows] == PAD, 2, 0))
    for pattern in np.unique(patterns, axis=0):
        mine = rows[(patterns == pattern).all(axis=1)]
        hidden = np.where(pattern[None, :] == 1, PAD, codes[mine]).astype(np.uint8)
        shown = sum((_ONE << (_BITS * int(at)) for at in np.flatnonzero(pattern == 0)), start=0)
        theirs = np.flatnonzero(sizes == int((pattern != 2).sum()))
        row, read = KeyTable.of(collapsed_keys(hidden), mine).look_up(keys[theirs] & np.uint64(shown))
        reads.append(read)
        plates.append(theirs[row])
    return np.concatenate(reads), np.concatenate(plates)


def fragments(reads: pl.Series) -> pl.Series:
    """The distinct readings that may be one end of a plate, sorted: of three to five characters, all of them read."""
    short = reads.cast(pl.String).drop_nulls().unique().sort()
    return short.filter(short.str.len_chars().is_between(*_FRAGMENT) & ~short.str.contains("?", literal=True))


def ends_of(size: int, keys: Keys, sizes: npt.NDArray[np.int64]) -> Iterator[tuple[Ids, Keys]]:
    """The first and the last `size` characters, as keys, of the plates that are at least two longer: plate, key."""
    theirs = np.flatnonzero(sizes >= size + 2)
    yield theirs, keys[theirs] & np.uint64((1 << (_BITS * size)) - 1)
    yield theirs, keys[theirs] >> ((sizes[theirs] - size).astype(np.uint64) * np.uint64(_BITS))


def _best_of(groups: Ids, values: Floats) -> Floats:
    """Greatest value of each run of equal group, spread back over its rows. `groups` is sorted."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    sizes = np.diff(starts, append=len(groups))
    return np.repeat(np.maximum.reduceat(values, starts), sizes) if len(groups) else values


@dataclass(frozen=True, slots=True)
class KeyTable:
    """Keys that can be looked up: `hashes` sorted, `owners` beside them; `directory`: where a leading part begins."""

    hashes: Keys
    owners: npt.NDArray[np.uint32]
    directory: npt.NDArray[np.int64]
    shift: np.uint64

    @classmethod
    def of(cls, keys: Keys, owners: Ids) -> "KeyTable":
        """Of keys in any order, several owners a key and several keys an owner."""
        hashes = keys * _SPREAD
        order = np.argsort(hashes)
        bits = int(np.log2(max(len(keys), 1)))
        bits = max(8, bits, min(bits + 3, _FEW_BITS))  # of a few keys most buckets are empty: a foreign key stops there
        shift = np.uint64(64 - bits)
        hashes = hashes[order]
        directory = np.searchsorted(hashes >> shift, np.arange(2**bits + 1, dtype=np.uint64))
        return cls(hashes, owners.astype(np.uint32)[order], directory, shift)

    def look_up(self, keys: Keys) -> tuple[Ids, Ids]:
        """(position in keys, owner) of every key that is here."""
        hashed = keys * _SPREAD
        bucket = (hashed >> self.shift).astype(np.int64)
        start = self.directory[bucket]
        count = self.directory[1:][bucket] - start
        asked = np.flatnonzero(count)
        whose, entry = spans(start[asked], count[asked])
        row = asked[whose]
        same = self.hashes[entry] == hashed[row]
        return row[same], self.owners[entry[same]].astype(np.int64)


@dataclass(frozen=True, slots=True)
class PlateIndex:
    """Registered plates and their collapsed keys. `plates`: distinct and sorted; a plate_id is a position in them."""

    plates: pl.Series
    codes: Codes
    columns: Codes
    sizes: npt.NDArray[np.int64]
    bags: Keys
    keys: Keys

    @classmethod
    def build(cls, plates: pl.Series) -> "PlateIndex":
        """Index normalised plate texts; null is left out. About 40 bytes a plate."""
        distinct = plates.cast(pl.String).drop_nulls().unique().sort().alias("plate")
        codes = encode(distinct)
        columns = np.ascontiguousarray(codes.T)
        bags = np.zeros(len(codes), dtype=np.uint64)
        for column in columns:
            bags += _BAG[column]
        return cls(distinct, codes, columns, lengths(codes), bags, collapsed_keys(codes))

    def nearest(self, reads: pl.Series, channel: PlateChannel, settings: PlateSettings) -> pl.DataFrame:
        """The likeliest registered plates of each distinct reading.

        `reads`: normalised plates, nulls and repeats allowed. Returns read, plate, bits_channel (log2 P(read |
        plate)), bits_rest (log2 of the summed P(read | plate) over the plates in reach that are not listed: the
        price of many plates equally near), by read, most likely first. At most `candidates_per_read` rows a read.
        """
        distinct = reads.cast(pl.String).drop_nulls().unique().sort()
        codes = encode(distinct)
        chunks = [slice(at, at + _CHUNK) for at in range(0, len(codes), _CHUNK)]
        table = self._table() if len(chunks) > _PASSES or len(codes) > len(self.plates) else None
        parts = each(lambda part: self._answer(codes[part], table, channel, settings), chunks)
        empty = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
        shifted = [(part[0] + at.start, *part[1:]) for part, at in zip(parts, chunks, strict=True)]
        read, plate, bits, rest = (np.concatenate(column) for column in zip(empty, *shifted, strict=True))
        return pl.DataFrame(
            {
                "read": distinct.gather(read),
                "plate": self.plates.gather(plate),
                "bits_channel": bits,
                "bits_rest": rest,
            }
        )

    def _table(self) -> KeyTable:
        """The registry's own keys, sorted."""
        shorter, owners = with_one_left_out(self.keys, self.sizes)
        return KeyTable.of(np.concatenate([self.keys, shorter]), np.concatenate([np.arange(len(self.keys)), owners]))

    def _answer(
        self, codes: Codes, table: KeyTable | None, channel: PlateChannel, settings: PlateSettings
    ) -> tuple[Ids, Ids, Floats, Floats]:
        """Candidates of one chunk of readings: position in the chunk, plate_id, bits, bits of those not kept.

        table: the registry's; without one, the registry is looked up among the readings.
        """
        read, plate = self._in_reach(codes, table)
        if not len(read):
            return read, plate, np.zeros(0), np.zeros(0)
        bits = self._quick_bits(codes, read, plate, channel)
        best = _best_of(read, bits)
        near = bits >= best - settings.candidate_drop_bits
        order = np.lexsort((plate[near], -bits[near], read[near]))
        read, plate, bits = read[near][order], plate[near][order], bits[near][order]
        starts = np.flatnonzero(np.diff(read, prepend=-1))
        rank = np.arange(len(read)) - np.repeat(starts, np.diff(starts, append=len(read)))
        kept = rank < settings.candidates_per_read
        rest = np.bincount(read[~kept], weights=np.exp2(bits[~kept]), minlength=len(codes))
        read, plate = read[kept], plate[kept]
        exact = channel.log2_probability(codes[read], self.codes[plate])
        order = np.lexsort((plate, -exact, read))
        bits_rest = np.log2(np.maximum(rest, 2.0**FLOOR_LOG2))[read]
        return read[order], plate[order], exact[order], bits_rest[order]

    def _quick_bits(self, codes: Codes, read: Ids, plate: Ids, channel: PlateChannel) -> Floats:
        """log2 P(read | plate), for equal lengths from substitutions alone (a few per cent low at most)."""
        with np.errstate(divide="ignore"):
            emission = np.maximum(np.log2(channel.emission), FLOOR_LOG2)
        emission[:, PAD] = FLOOR_LOG2
        emission[PAD, PAD] = 0.0
        size = lengths(codes)
        even = size[read] == self.sizes[plate]
        swapped = even & (_BAG[codes].sum(axis=1, dtype=np.uint64)[read] == self.bags[plate])
        flat = emission.astype(np.float32).ravel()
        summed = np.zeros(len(read), dtype=np.float32)
        for position in range(int(size.max(initial=0))):  # by column: a column of a million plates stays in cache
            cell = self.columns[position][plate].astype(np.int32) * CODES
            summed += flat[cell + codes[:, position][read]]
        bits = summed.astype(np.float64)
        slow = np.flatnonzero(~even | swapped)
        bits[slow] = channel.log2_probability(codes[read[slow]], self.codes[plate[slow]])
        return np.asarray(np.maximum(bits, FLOOR_LOG2))

    def _in_reach(self, codes: Codes, table: KeyTable | None) -> tuple[Ids, Ids]:
        """Distinct pairs (position of the reading, plate_id) with a common key, sorted."""
        queries, asked = reading_keys(codes)
        if table is not None:
            row, plate = table.look_up(queries)
            read = asked[row]
        else:
            read, plate = self._looked_up(KeyTable.of(queries, asked))
        masked = masked_pairs(codes, self.keys, self.sizes)
        pairs = (np.concatenate([read, masked[0]]) << 32) | np.concatenate([plate, masked[1]])
        pairs.sort()  # np.unique would hash, at ten times the cost
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        return pairs >> 32, pairs & 0xFFFFFFFF

    def _looked_up(self, reads: KeyTable) -> tuple[Ids, Ids]:
        """(reading, plate_id) for every key of the registry that a reading has too."""
        read, plate = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for at in range(0, len(self.keys), _CHUNK):
            keys, sizes = self.keys[at : at + _CHUNK], self.sizes[at : at + _CHUNK]
            shorter, owners = with_one_left_out(keys, sizes)
            row, owner = reads.look_up(np.concatenate([keys, shorter]))
            read.append(owner)
            plate.append(np.concatenate([np.arange(len(keys)), owners])[row] + at)
        return np.concatenate(read), np.concatenate(plate)

    def beginning_or_ending(self, reads: pl.Series) -> pl.DataFrame:
        """Plates that begin or end (up to look-alikes) with a short reading: the rest of it was hidden or cut off.

        Distinct read, plate, sorted; only readings of three to five characters, and plates at least two longer (one
        lost character is what `nearest` finds). Repeats and nulls allowed. Thousands of rows for a common fragment.
        """
        short = fragments(reads)
        found = [pl.DataFrame(schema={"read": pl.String, "plate": pl.String})]
        for (size,), mine in short.to_frame("read").group_by(pl.col("read").str.len_chars(), maintain_order=True):
            asked = mine.with_columns(key=pl.Series(collapsed_keys(encode(mine["read"])), dtype=pl.UInt64))
            for theirs, key in ends_of(size, self.keys, self.sizes):
                both = pl.DataFrame({"plate": self.plates.gather(theirs), "key": key}).join(asked, on="key")
                found.append(both.select("read", "plate"))
        return pl.concat(found).unique().sort("read", "plate")
