"""What comparison reads off each profile and each distinct name, laid out once for millions of pairs.

A pair is two positions in these arrays. They are narrow, so that those of a city stay in the cache of a processor.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from loaders.normalize import names_tables
from matchers.coded import Codes, Comparable, Mask, Narrow, Packed, Texts
from matchers.spelling import Spelled


@dataclass(frozen=True, slots=True)
class Traits:
    """Arrays of one entry per profile, and `names`, of one entry per distinct given, middle, family name."""

    codes: Mapping[str, Narrow]  # per column: code of the value; -1 missing
    names: Mapping[str, Spelled]
    spellings: Mapping[str, Texts]  # number, street: distinct values
    nicknames: (
        Codes  # sorted: two given names (code * count of names + code, the lesser first), one short for the other
    )
    middle_as_given: Narrow  # code, among given names, of the middle name (of two letters or more); -2 none
    first_letters: Mapping[str, Narrow]  # given, family: code point of the first letter; 0 none, -1 missing
    date: Packed  # birth date, a digit in four bits: 0x19700131; 0 missing
    day: Narrow  # the same as a whole number, 19700131; -1 missing
    placeless: Mask  # no place, building or ZIP code is known

    @staticmethod
    def of(people: Comparable) -> "Traits":
        """people: the coded columns of the profiles to be compared."""
        columns = (
            "given", "middle", "family", "suffix", "place", "building", "number", "street", "zip", "record_key",
            "source", "words", "dob",
        )  # fmt: skip
        codes = {name: getattr(people, name).codes.astype(np.int32) for name in columns}
        names = {name: Spelled.of(getattr(people, name).values) for name in ("given", "middle", "family")}
        days = np.append(people.dob.values, -1).astype(np.int32)
        digits = sum((np.maximum(days, 0) // 10**place % 10).astype(np.uint32) << (4 * place) for place in range(8))
        return Traits(
            codes=codes,
            names=names,
            spellings={"number": people.number.values, "street": people.street.values},
            nicknames=_nicknames(names["given"].values),
            middle_as_given=_as_given(names["middle"], names["given"])[codes["middle"]],
            first_letters={
                name: np.append(names[name].first, -1).astype(np.int32)[codes[name]] for name in ("given", "family")
            },
            date=np.asarray(digits, dtype=np.uint32)[codes["dob"]],
            day=days[codes["dob"]],
            placeless=(codes["place"] < 0) & (codes["building"] < 0) & (codes["zip"] < 0),
        )


def _nicknames(given: Texts) -> Codes:
    code = pl.DataFrame({"name": pl.Series(given.tolist(), dtype=pl.String)}).with_row_index("code")
    pairs = names_tables.nickname_pairs().select("name_a", "name_b").unique()
    for side in ("a", "b"):
        pairs = pairs.join(code.rename({"name": f"name_{side}", "code": side}), on=f"name_{side}", how="inner")
    # `a` sorts before `b`: every pair of names is in the table in both orders
    ordered = pairs.filter(pl.col("a") < pl.col("b")).select(pl.col("a").cast(pl.Int64) * len(given) + pl.col("b"))
    return ordered.to_series().sort().to_numpy()


def _as_given(middle: Spelled, given: Spelled) -> Narrow:
    """Per middle name its code among given names, -2 where it is none or one letter; a last -2 for a missing one."""
    frames = [
        pl.DataFrame({"value": pl.Series(names.values.tolist(), dtype=pl.String)}).with_row_index(name)
        for names, name in ((middle, "middle"), (given, "given"))
    ]
    match = frames[0].join(frames[1], on="value", how="inner").filter(pl.col("value").str.len_chars() > 1)
    codes = np.full(len(middle.values) + 1, -2, dtype=np.int32)
    codes[match["middle"].to_numpy()] = match["given"].to_numpy()
    return codes
