"""Columns as integer codes over their distinct values: the form in which mentions are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Codes = npt.NDArray[np.int64]
Levels = npt.NDArray[np.uint8]
Texts = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Narrow = npt.NDArray[np.int32]
Packed = npt.NDArray[np.uint32]  # eight digits, four bits each
Mask = npt.NDArray[np.bool_]
_GOLDEN = np.array([0x9E3779B97F4A7C15], dtype=np.uint64)  # 2^64 over the golden ratio: spreads keys evenly


@dataclass(frozen=True, slots=True)
class Coded:
    """One column as integer codes over its sorted distinct values; -1 is missing."""

    codes: Codes
    values: Texts

    @staticmethod
    def of(column: pl.Series) -> "Coded":
        if column.dtype != pl.String:
            values = column.drop_nulls().unique().sort()
            frame = pl.DataFrame({"value": values}).with_row_index("code")
            found = column.rename("value").to_frame().join(frame, on="value", how="left", maintain_order="left")["code"]
            return Coded(found.cast(pl.Int64).fill_null(-1).to_numpy(), np.array(values.to_list(), dtype=np.object_))
        # any numbers that are equal where the texts are, which is quick; then numbers in the order of the texts
        number = column.cast(pl.Categorical(pl.Categories.random())).to_physical().cast(pl.Int64).fill_null(-1)
        numbers = number.to_numpy()
        row = np.full(int(numbers.max(initial=-1)) + 2, -1, dtype=np.int64)  # of each number; the last is of -1
        row[numbers] = np.arange(len(numbers))
        used = np.flatnonzero(row[:-1] >= 0)
        texts = column.gather(row[used])
        order = texts.arg_sort().to_numpy()
        code = np.full(len(row), -1, dtype=np.int64)
        code[used[order]] = np.arange(len(used))
        return Coded(code[numbers], np.array(texts.gather(order).to_list(), dtype=np.object_))

    def spread(self, rows: npt.NDArray[np.integer]) -> "Coded":
        """The column with the entries at `rows` of this one, in their order; every entry must be among them."""
        return Coded(self.codes[rows], self.values)

    def texts(self, name: str) -> pl.Series:
        """The column as text, nulls where missing."""
        values = pl.Series(name, [*self.values, None], dtype=pl.String)
        return values.gather(np.where(self.codes < 0, len(values) - 1, self.codes))


@dataclass(frozen=True, slots=True)
class Comparable:
    """The columns of a profile frame in the form the comparers work on; every array has one entry per profile."""

    given: Coded
    middle: Coded
    family: Coded
    suffix: Coded
    place: Coded
    building: Coded
    number: Coded  # of the house
    street: Coded  # the building without its number
    zip: Coded
    record_key: Coded
    source: Coded
    words: Coded  # the words of the whole name in alphabetical order, where there are two or more
    dob: Coded  # values are whole numbers yyyymmdd

    @staticmethod
    def of(profiles: pl.DataFrame, coded: Mapping[str, Coded] | None = None) -> "Comparable":
        """profiles: as `matchers.profiles.Profiles.table`; coded: those of its columns that are coded already."""
        known = coded or {}
        fields = (
            "given", "middle", "family", "suffix", "place", "building", "number", "street", "zip", "record_key",
            "source", "words",
        )  # fmt: skip
        columns = {name: "building_key" if name == "building" else name for name in fields}
        made = {name: known[name] if name in known else Coded.of(profiles[column]) for name, column in columns.items()}
        dob = known["dob"] if "dob" in known else Coded.of(profiles.select(day_number("dob")).to_series())
        return Comparable(**made, dob=dob)


def day_number(column: str) -> pl.Expr:
    """A date as the whole number yyyymmdd."""
    day = pl.col(column).dt
    return day.year().cast(pl.Int64) * 10000 + day.month().cast(pl.Int64) * 100 + day.day().cast(pl.Int64)


def file_order(mentions: pl.DataFrame) -> pl.Series:
    """One whole number per mention, in order of source, row, field, part: it sorts faster than the four."""
    texts = {name: mentions[name].cast(pl.Enum(mentions[name].unique().sort())) for name in ("source", "field")}
    keys = pl.DataFrame({**texts, "row": mentions["row"], "part": mentions["part"]})
    number = pl.lit(0, pl.UInt64)
    for name, size in (("source", 2**8), ("row", 2**32), ("field", 2**8), ("part", 2**8)):
        number = number * size + pl.col(name).to_physical().cast(pl.UInt64)
    return keys.select(number.alias("file_order")).to_series()


def distinct(keys: Codes) -> tuple[Codes, Narrow]:
    """Distinct keys, in order of the row that speaks for each, and the position of each row's key among them.

    Every row writes its number into a table where its key hashes to. The number that stays speaks for the rows of its
    key; rows that find another key's there try again with another hash (at least one key is settled each time).
    """
    speaker = np.empty(len(keys), dtype=np.int32)
    open_rows, open_keys, multiplier = np.arange(len(keys), dtype=np.int32), keys, _GOLDEN
    while len(open_rows):
        bits = max(len(open_rows).bit_length() + 1, 8)
        slots = _slots(open_keys, multiplier, bits)
        table = np.empty(1 << bits, dtype=np.int32)
        table[slots] = open_rows
        found = table.take(slots, mode="clip")
        speaker[open_rows] = found
        other = np.flatnonzero(keys.take(found, mode="clip") != open_keys)
        open_rows, open_keys = open_rows[other], open_keys[other]
        multiplier = multiplier * _GOLDEN
    speaks = np.zeros(len(keys), dtype=np.bool_)
    speaks[speaker] = True
    return keys[speaks], (np.cumsum(speaks, dtype=np.int32) - np.int32(1)).take(speaker, mode="clip")


def combined(parts: Sequence[Codes]) -> Codes:
    """One number per row, the same where all `parts` (none negative) are."""
    key = parts[0]
    for part in parts[1:]:
        width = int(part.max(initial=0)) + 1
        if int(key.max(initial=0)) * width >= 2**62:
            key = distinct(key)[1].astype(np.int64)
        key = key * width + part
    return key


def contains(ordered: Codes, keys: Codes) -> Mask:
    """Which keys are among the `ordered` ones."""
    return np.asarray(places_among(ordered, keys) >= 0)


def places_among(ordered: Codes, keys: Codes) -> Codes:
    """The position of each key among the `ordered` ones; -1 where it is not there.

    Where keys outnumber the `ordered`, a table of hashes first tells most of those that are not there: to search for
    each waits for memory several times.
    """
    if not len(ordered):
        return np.full(len(keys), -1, dtype=np.int64)
    if len(keys) <= len(ordered):
        return _searched(ordered, keys)
    bits = (4 * len(ordered)).bit_length()
    taken = np.zeros(1 << bits, dtype=np.bool_)
    taken[_slots(ordered, _GOLDEN, bits)] = True
    rows = np.flatnonzero(taken.take(_slots(keys, _GOLDEN, bits), mode="clip"))
    found = np.full(len(keys), -1, dtype=np.int64)
    found[rows] = _searched(ordered, keys[rows])
    return found


def _searched(ordered: Codes, keys: Codes) -> Codes:
    place = np.searchsorted(ordered, keys).clip(max=len(ordered) - 1)
    return np.where(ordered[place] == keys, place, -1)


def _slots(keys: Codes, multiplier: npt.NDArray[np.uint64], bits: int) -> npt.NDArray[np.intp]:
    """Where each key hashes to, of 2^bits places."""
    return ((keys.view(np.uint64) * multiplier) >> np.uint64(64 - bits)).astype(np.intp)
