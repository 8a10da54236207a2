"""Columns as integer codes over their distinct values: the form in which mentions are compared."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Codes = npt.NDArray[np.int64]
Levels = npt.NDArray[np.uint8]
Texts = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coded:
    """One column as integer codes over its sorted distinct values; -1 is missing."""

    codes: Codes
    values: Texts

    @staticmethod
    def of(column: pl.Series) -> "Coded":
        values = column.drop_nulls().unique().sort()
        frame = pl.DataFrame({"value": values}).with_row_index("code")
        codes = column.rename("value").to_frame().join(frame, on="value", how="left", maintain_order="left")["code"]
        return Coded(codes.cast(pl.Int64).fill_null(-1).to_numpy(), np.array(values.to_list(), dtype=np.object_))

    def numbers(self, rows: Codes) -> Codes:
        """Values of a column of whole numbers at `rows`; -1 where missing."""
        return np.append(self.values, -1).astype(np.int64)[self.codes[rows]]


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
    def of(profiles: pl.DataFrame) -> "Comparable":
        fields = (
            "given", "middle", "family", "suffix", "place", "building", "number", "street", "zip", "record_key",
            "source", "words",
        )  # fmt: skip
        coded = [Coded.of(profiles["building_key" if name == "building" else name]) for name in fields]
        dob = profiles.select(
            pl.col("dob").dt.year().cast(pl.Int64) * 10000
            + pl.col("dob").dt.month().cast(pl.Int64) * 100
            + pl.col("dob").dt.day().cast(pl.Int64)
        ).to_series()
        return Comparable(**dict(zip(fields, coded, strict=True)), dob=Coded.of(dob))


def distinct(keys: Codes) -> tuple[Codes, Codes]:
    """Distinct keys, sorted, and the position of each row's key among them (as np.unique, by hashing: faster)."""
    rows = pl.DataFrame({"key": keys})
    found = rows.unique().sort("key").with_row_index("position")
    where = rows.join(found, on="key", how="left", maintain_order="left")["position"]
    return found["key"].to_numpy(), where.to_numpy().astype(np.int64)
