"""The vectorised path: regular lines split by one expression over the whole column.

Regular means: number, name, a strong street type, perhaps a unit of the common kinds, perhaps a tail. Every line
this path takes, the token path would split into the same parts; whatever is in doubt is left to that path.
"""

from collections.abc import Collection, Iterable
from typing import Final

import polars as pl

from loaders.normalize.addresses.highways import TRIGGERS
from loaders.normalize.addresses.streets import standard_name
from loaders.normalize.addresses.tables import (
    AMBIGUOUS_CODES,
    BARE_UNITS,
    DIRECTIONS,
    STATE_CODES,
    STRONG_SUFFIXES,
    SUFFIXES,
    VALUED_UNITS,
)
from loaders.normalize.addresses.tail import standard_city, strip_tail


def _one_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


_UNITS: Final = {
    word: kind
    for word, kind in VALUED_UNITS.items()
    if kind in {"APT", "UNIT", "STE", "LOT", "TRLR", "SPC", "#"}
    and word not in {"NO", "NUM", "NUMBER", "STUDIO", "SP", "AP"}
}
_BARE: Final = {word: kind for word, kind in BARE_UNITS.items() if kind == "BSMT" and word != "BASE"}
_DIRECTION: Final = _one_of(word for word in DIRECTIONS if word.isalpha() and word not in {"NO", "SO"})
_LINE: Final = (
    r"^(?P<number>[1-9]\d{0,5}[A-DF-MO-RT-VX-Z]?)(?: (?P<fraction>[1-9]/[2-9]))?"
    rf"(?: (?P<predir>{_DIRECTION}))? (?P<street>[A-Z]+(?: [A-Z]+){{0,3}}?|\d{{1,4}}(?:ST|ND|RD|TH)) "
    rf"(?P<suffix>{_one_of(STRONG_SUFFIXES)})(?: (?P<postdir>{_DIRECTION}))?"
    rf"(?: (?P<unit_type>{_one_of(_UNITS)})(?: #)? (?P<unit>[1-9]\d{{0,4}}[A-Z]?|[A-Z](?:[1-9]\d{{0,3}})?)"
    rf"| (?P<bare>{_one_of(_BARE)}))?"
    r"(?P<comma> ,)?(?: (?P<city>[A-Z]{3,}(?: [A-Z]{2,}){0,2}?|[A-Z]{2} [A-Z]{3,}))?"
    r"(?:(?: ,)? (?P<state>[A-Z]{2}))?(?:(?: ,)? (?P<zip>\d{5})(?:-\d{4})?)?$"
)
# Words that the token path gives a meaning of their own, so that a name with one of them is not regular.
_STRUCTURAL: Final = frozenset(
    {
        *STRONG_SUFFIXES,
        *DIRECTIONS,
        *VALUED_UNITS,
        *BARE_UNITS,
        *TRIGGERS,
        "STE",
        "END",
        "OF",
        "AND",
        "BOX",
        "BX",
        "POB",
    }
    | {"DRAWER", "MAILBOX", "CARE", "CR", "LCR", "WCR"}
)


def split_regular(lines: pl.Series, cities: Collection[str]) -> pl.DataFrame:
    """line, number ... zip of the regular ones among distinct clean `lines`; the others are absent."""
    found = (
        pl.DataFrame({"line": lines})
        .with_columns(pl.col("line").str.extract_groups(_LINE).alias("parts"))
        .unnest("parts")
        .filter(pl.col("number").is_not_null())
    )
    names = {name: standard_name(name.split(), "ST") for name in _distinct(found, "street") if _is_regular_name(name)}
    towns = {name: city for name in _distinct(found, "city") if (city := _regular_city(name)) is not None}
    plain_states = sorted(STATE_CODES - AMBIGUOUS_CODES)
    known = pl.col("city").replace_strict(towns, default=None, return_dtype=pl.String)
    return (
        found.filter(
            pl.col("street").is_in(list(names))
            & (pl.col("city").is_null() | pl.col("city").is_in(list(towns)))
            # Without a comma only a known name shows where the city begins.
            & (pl.col("city").is_null() | pl.col("comma").is_not_null() | known.is_in(sorted(cities)))
            & (pl.col("state").is_null() | pl.col("state").is_in(plain_states))
            # "110 CASTLE HILL MANCHESTER CT 06040": court, or Connecticut.
            & ~((pl.col("suffix") == "CT") & pl.col("city").is_null() & pl.col("zip").is_not_null())
        )
        .with_columns(
            pl.col("street").replace_strict(names, default=None, return_dtype=pl.String),
            pl.col("predir", "postdir").replace_strict(dict(DIRECTIONS), default=None, return_dtype=pl.String),
            pl.col("suffix").replace_strict(dict(SUFFIXES), default=None, return_dtype=pl.String),
            pl.coalesce(
                pl.col("unit_type").replace_strict(_UNITS, default=None, return_dtype=pl.String),
                pl.col("bare").replace_strict(_BARE, default=None, return_dtype=pl.String),
            ).alias("unit_type"),
            known.alias("city"),
        )
        .drop("bare", "comma")
    )


def _distinct(found: pl.DataFrame, column: str) -> list[str]:
    return found[column].drop_nulls().unique().sort().to_list()


def _is_regular_name(name: str) -> bool:
    words = name.split()
    # "10 A MAIN ST": there the letter belongs to the number.
    return _STRUCTURAL.isdisjoint(words) and (len(words) == 1 or len(words[0]) > 1)


def _regular_city(name: str) -> str | None:
    """Standard name of a city whose words mean nothing else; None where the token path must decide."""
    words = name.split()
    if (
        words[0] in VALUED_UNITS
        or words[0] in BARE_UNITS
        or (len(words) == 1 and words[0] in {*DIRECTIONS, *STRONG_SUFFIXES})
    ):
        return None
    tail = strip_tail(["1", "A", "ST", ",", *words])
    return standard_city(words) if tail.state is None and tail.body[-1] == words[-1] else None
