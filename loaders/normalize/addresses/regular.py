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
# Only after a street type: elsewhere these are words of names.
_BARE_AFTER_TYPE: Final = _BARE | {word: BARE_UNITS[word] for word in ("LOWER", "UPPER", "REAR", "UPSTAIRS")}
_DIRECTION: Final = _one_of(word for word in DIRECTIONS if word.isalpha() and word not in {"NO", "SO"})
_HEAD: Final = (
    r"^(?P<number>[1-9]\d{0,5}[A-DF-MO-RT-VX-Z]?)(?: (?P<fraction>[1-9]/[2-9]))?"
    rf"(?: (?P<predir>{_DIRECTION}))?"
)
_VALUED: Final = rf"(?P<unit_type>{_one_of(_UNITS)})(?: #)? (?P<unit>[1-9]\d{{0,4}}[A-Z]?|[A-Z](?:[1-9]\d{{0,3}})?)"
_TAIL: Final = (
    r"(?P<comma> ,)?(?: (?P<city>[A-Z]{2,}(?: [A-Z]{2,}){0,2}?))?"
    r"(?:(?: ,)? (?P<state>[A-Z]{2}))?(?:(?: ,)? (?P<zip>\d{5})(?:-\d{4})?)?$"
)
_TYPED: Final = (
    rf"{_HEAD} (?P<street>[A-Z]+(?: [A-Z]+){{0,3}}?|\d{{1,4}}(?:ST|ND|RD|TH)) "
    rf"(?P<suffix>{_one_of(STRONG_SUFFIXES)})(?: (?P<postdir>{_DIRECTION}))?"
    rf"(?: {_VALUED}| (?P<bare>{_one_of(_BARE_AFTER_TYPE)})"
    rf"| (?P<alone>[1-9]\d{{0,3}}[A-Z]?|[A-DF-MO-RT-VX-Z](?:[1-9]\d{{0,2}})?))?{_TAIL}"
)
_UNTYPED: Final = (
    rf"{_HEAD} (?P<street>[A-Z]{{3,}}|\d{{1,4}}(?:ST|ND|RD|TH))(?P<suffix>)??(?P<postdir>)??"
    rf"(?: {_VALUED}| (?P<bare>{_one_of(_BARE)}))?(?P<alone>)??{_TAIL}"
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


_HIGHWAYS: Final = sorted(written for written, standard in SUFFIXES.items() if standard == "HWY")


def split_regular(lines: pl.Series, cities: Collection[str]) -> pl.DataFrame:
    """line, number ... zip of the regular ones among distinct clean `lines`; the others are absent."""
    typed = _split(lines, _TYPED, cities)
    return pl.concat([typed, _split(lines.filter(~lines.is_in(typed["line"].implode())), _UNTYPED, cities)])


def _split(lines: pl.Series, pattern: str, cities: Collection[str]) -> pl.DataFrame:
    found = (
        pl.DataFrame({"line": lines})
        .with_columns(pl.col("line").str.extract_groups(pattern).alias("parts"))
        .unnest("parts")
        .filter(pl.col("number").is_not_null())
    )
    suffix = "ST" if pattern is _TYPED else None
    names = {name: standard_name(name.split(), suffix) for name in _distinct(found, "street") if _is_regular_name(name)}
    towns = {name: town for name in _distinct(found, "city") if (town := _regular_city(name)) is not None}
    # Without a comma the city begins after type or unit; a known name at its end would be taken for the whole.
    plain = [name for name in towns if _STRUCTURAL.isdisjoint(name.split()) and not _ends_in_city(name, cities)]
    known = [name for name in towns if towns[name] in cities]
    has_end = pl.col("suffix").is_not_null() | pl.col("unit_type").is_not_null() | pl.col("bare").is_not_null()
    comma, city, state = pl.col("comma").is_not_null(), pl.col("city"), pl.col("state")
    return (
        found.filter(
            pl.col("street").is_in(list(names))
            & (
                city.is_null()
                | (comma & city.is_in(list(towns)))
                | (~comma & has_end & city.is_in(plain))
                | (~comma & city.is_in(known))
            )
            # An ambiguous code is a state after a city set off by a comma.
            & (
                state.is_null()
                | state.is_in(sorted(STATE_CODES - AMBIGUOUS_CODES))
                | (state.is_in(sorted(AMBIGUOUS_CODES)) & comma & city.is_not_null())
            )
            # "14200 COLO HWY 14" is a numbered road.
            & ~(pl.col("suffix").is_in(_HIGHWAYS).fill_null(False) & pl.col("alone").is_not_null())
            # "110 CASTLE HILL MANCHESTER CT 06040": court, or Connecticut.
            & ~((pl.col("suffix") == "CT").fill_null(False) & city.is_null() & pl.col("zip").is_not_null())
        )
        .with_columns(
            pl.col("street").replace_strict(names, default=None, return_dtype=pl.String),
            pl.col("predir", "postdir").replace_strict(dict(DIRECTIONS), default=None, return_dtype=pl.String),
            pl.col("suffix").replace_strict(dict(SUFFIXES), default=None, return_dtype=pl.String),
            pl.coalesce(
                pl.col("unit_type").replace_strict(_UNITS, default=None, return_dtype=pl.String),
                pl.col("bare").replace_strict(_BARE_AFTER_TYPE, default=None, return_dtype=pl.String),
                pl.when(pl.col("alone").is_not_null()).then(pl.lit("#")),
            ).alias("unit_type"),
            pl.coalesce("unit", "alone").alias("unit"),
            city.replace_strict(towns, default=None, return_dtype=pl.String),
        )
        .select("line", *_PARTS)
    )


_PARTS: Final = (
    *("number", "fraction", "predir", "street", "suffix", "postdir", "unit_type", "unit", "city", "state", "zip"),
)


def _distinct(found: pl.DataFrame, column: str) -> list[str]:
    return found[column].drop_nulls().unique().sort().to_list()


def _is_regular_name(name: str) -> bool:
    words = name.split()
    # "10 A MAIN ST": there the letter belongs to the number.
    return _STRUCTURAL.isdisjoint(words) and (len(words) == 1 or len(words[0]) > 1)


def _ends_in_city(name: str, cities: Collection[str]) -> bool:
    words = name.split()
    return any(standard_city(words[at:]) in cities for at in range(1, len(words)))


def _regular_city(name: str) -> str | None:
    """Standard name of a city whose words mean nothing else; None where the token path must decide."""
    words = name.split()
    if words[0] in VALUED_UNITS or words[0] in BARE_UNITS:
        return None
    if len(words) == 1 and words[0] in {*DIRECTIONS, *STRONG_SUFFIXES, *STATE_CODES}:
        return None
    tail = strip_tail(["1", "A", "ST", ",", *words])
    return standard_city(words) if tail.state is None and tail.body[-1] == words[-1] else None
