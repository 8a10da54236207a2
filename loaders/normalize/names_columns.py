"""The names that whole columns can split: a person of two to four ordinary words, a couple of such, a company.

What is read here is what `names_parse` would read, only quicker; a name of which that is not sure is left to it. The
tests hold the two to each other (tests/loaders/normalize/test_normalize_names.py).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import polars as pl

from loaders.normalize.names_person import Order, join_split_prefixes
from loaders.normalize.names_tables import LEANS_FAMILY, LEANS_GIVEN, PLAINLY_FAMILY, is_known, lean_of, leaning_of
from loaders.normalize.names_words import (
    COMPANY_WORDS,
    ESTATE_MARKS,
    LAST_TRUST_MARKS,
    PLACEHOLDER_WORDS,
    SPECIAL_WORDS,
    TRUST_MARKS,
)

READ = ("raw", "part", "kind", "given", "middle", "family", "suffix", "key")

# An ordinary word, hyphenated or not, and the words a regular name is made of.
_WORD = r"[A-Z]{2,}(?:-[A-Z]{2,})?"


def _spelled(side: str) -> str:
    """Pattern of one to four words (initials among them, but the first), as groups `<side>1` to `<side>4`."""
    later = ""
    for place in "432":
        later = rf"(?: (?P<{side}{place}>{_WORD}|[A-Z]\.?){later})?"
    return rf"(?P<{side}1>{_WORD}){later}"


_WORDS = rf"^{_WORD}(?: (?:{_WORD}|[A-Z]\.?)){{1,3}}$"
_REGULAR = (
    rf"^(?:(?P<comma>{_WORD})(?: (?P<comma2>{_WORD}))?, (?P<c1>{_WORD})(?: (?P<c2>[A-Z]+)\.?)?"
    rf"|{_spelled('w')})(?:,? (?P<suffix>JR|SR|II|III|IV)\.?)?$"
)
_SUFFIXED = r" (?:JR|SR|II|III|IV)\.?$"
_COUPLE = rf"^{_spelled('a')} (?:&|AND) {_spelled('b')}$"
_COMPANY = r"^[A-Z]{2,}(?: (?:[A-Z]{2,}|&))*$"

# Between two persons these may be no names: remarks on how title is held, half a surname, a suffix.
_NO_NAMES = SPECIAL_WORDS | {"HUSBAND", "WIFE", "TC", "O", "D", "V"}
# With one of these a text of company words may be a trust, an estate, nobody, or hold a remark or another name.
_REMARKS = """FAMILY AKA FKA NKA NEE FORMERLY DBA ATTN ATTENTION CARE ET ETAL ETUX ETVIR HUSBAND WIFE LIFE INT INTEREST
JT JTTEN JTS JTRS JTOS JTWS JTROS JTWRS JTWOS JTWROS TIC TC TEN JOINT"""
_NOT_PLAINLY_COMPANY = sorted(
    TRUST_MARKS | ESTATE_MARKS | LAST_TRUST_MARKS | PLACEHOLDER_WORDS | frozenset(_REMARKS.split())
)

Words = tuple[str, str, str, str]  # columns of the first to fourth word of a name; the later ones may be null
Parts = tuple[pl.Expr, pl.Expr, pl.Expr]  # given, middle, family


def read_columns(frame: pl.DataFrame, order: Order) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Columns READ of the names that can be read here, and the rows (raw, _clean) of the others.

    frame: raw, _clean (folded, as `names_parse.parse_name` takes it).
    """
    found, at = [], pl.int_range(pl.len(), dtype=pl.UInt32).alias("_at")
    for read in (partial(_read_singles, order=order), partial(_read_couples, order=order), _read_companies):
        rows = read(frame.with_columns(at))
        found.append(rows.select(READ))
        left = np.ones(len(frame), dtype=np.bool_)
        left[rows["_at"].to_numpy()] = False
        frame = frame.filter(pl.Series(left))
    return pl.concat(found), frame


def _read_singles(frame: pl.DataFrame, order: Order) -> pl.DataFrame:
    """_at and READ of names of one person: two to four ordinary words, or FAMILY, GIVEN."""
    words = ("w1", "w2", "w3", "w4")
    # most names are words alone: to test for that and cut at the blanks is much quicker than to capture groups
    text = pl.col("_clean")
    frame = frame.with_columns((text.str.contains(_WORDS) & ~text.str.contains(_SUFFIXED)).alias("_words"))
    cut = frame.filter("_words").with_columns(text.str.splitn(" ", 4).struct.rename_fields(words).alias("_g"))
    grouped = frame.filter(~pl.col("_words")).with_columns(text.str.extract_groups(_REGULAR).alias("_g")).unnest("_g")
    has_comma = pl.col("comma").is_not_null()
    grouped = grouped.filter(has_comma | pl.col("w2").is_not_null())
    frame = pl.concat([cut.unnest("_g"), grouped], how="diagonal")
    frame = frame.with_columns(pl.col(words).str.strip_chars_end("."))
    ordinary = ~_any_among(("comma", "comma2", "c1", "c2", *words), SPECIAL_WORDS)
    frame = frame.filter(ordinary)
    lean = _lookup(frame.filter(pl.col("w3").is_not_null()), words[1:], leaning_of().get)
    frame = frame.with_columns(expr.alias(f"{word}_lean") for word, expr in lean.items())
    lean = {word: pl.col(f"{word}_lean") for word in lean}
    given, middle, family = _plain(words, lean, order)
    # before a comma two words are one family name, unless what follows may be a whole name too
    one_name = pl.col("comma2").is_null() | (pl.col("c2").is_null() | ~pl.col("c2").str.contains(r"..|[OD]"))
    usable = pl.when(has_comma).then(one_name).otherwise(~_is_half(frame, words) & ~_may_be_fifth(words, order))
    frame = frame.filter(usable).with_columns(
        given=pl.when(has_comma).then("c1").otherwise(given),
        middle=pl.when(has_comma).then("c2").otherwise(middle),
        family=pl.when(has_comma)
        .then(pl.concat_str("comma", "comma2", separator=" ", ignore_nulls=True))
        .otherwise(family),
    )
    return _persons(frame, 0)


def _read_couples(frame: pl.DataFrame, order: Order) -> pl.DataFrame:
    """_at and READ of two persons joined by `&` or AND, each of one to four ordinary words: two rows a name.

    A given name alone, or with initials, borrows the other's family name (`names_couples`).
    """
    frame = frame.with_columns(pl.col("_clean").str.extract_groups(_COUPLE).alias("_g")).unnest("_g")
    a, b = ("a1", "a2", "a3", "a4"), ("b1", "b2", "b3", "b4")
    columns = (*a, *b)
    frame = frame.filter(pl.col("a1").is_not_null()).with_columns(pl.col(columns).str.strip_chars_end("."))
    frame = frame.filter(~_any_among(columns, _NO_NAMES))
    lean, hyphened = (_lookup(frame, columns, look) for look in (leaning_of().get, lean_of))
    known = _lookup(frame, b, lambda word: "known" if is_known(word) else None)
    alone_a, alone_b = _is_alone(a), _is_alone(b)
    whole_a, whole_b = _plain(a, lean, order), _plain(b, lean, order)
    if order == "family_first":
        readable = ~alone_a
        given_first = _reads_given_first(b, hyphened, known)
        borrows = alone_b | (hyphened["b1"].is_in(LEANS_GIVEN) & ~given_first).fill_null(False)
        parts_a = whole_a
        whole_b = _either(given_first, _plain(b, lean, "given_first"), whole_b)
        parts_b = _either(borrows, _borrowing(b, whole_a), whole_b)
    else:
        readable = ~(alone_a & alone_b)
        parts_a = _either(alone_a, _borrowing(a, whole_b), whole_a)
        parts_b = _either(alone_b, _borrowing(b, whole_a), whole_b)
    frame = frame.filter(readable)
    sides = [
        _persons(frame.with_columns(given=g, middle=m, family=f, suffix=pl.lit(None, pl.String)), part)
        for part, (g, m, f) in enumerate((parts_a, parts_b))
    ]
    return pl.concat(sides)


def _read_companies(frame: pl.DataFrame) -> pl.DataFrame:
    """_at and READ of texts of plain words of which one is a company's, whatever the order of names."""
    words = pl.col("_clean").str.split(" ")
    company = words.list.set_intersection(sorted(COMPANY_WORDS)).list.len() > 0
    doubtful = words.list.set_intersection(_NOT_PLAINLY_COMPANY).list.len() > 0
    found = frame.filter(pl.col("_clean").str.contains(_COMPANY)).filter(company & ~doubtful)
    nothing = [pl.lit(None, pl.String).alias(name) for name in ("given", "middle", "family", "suffix")]
    key = pl.col("_clean").str.replace_all(r"\bAND\b", "&").alias("key")
    return found.select("_at", "raw", pl.lit(0, pl.UInt8).alias("part"), pl.lit("company").alias("kind"), *nothing, key)


def _persons(frame: pl.DataFrame, part: int) -> pl.DataFrame:
    """_at and READ, of columns _at, raw, given, middle, family, suffix. A hyphen becomes a blank."""
    names = ("given", "middle", "family")
    frame = frame.select(
        "_at", "raw", *(pl.col(name).str.replace_all("-", " ", literal=True) for name in names), "suffix"
    )
    key = pl.concat_str(*names, "suffix", separator=" ", ignore_nulls=True)
    return frame.with_columns(
        pl.lit(part, pl.UInt8).alias("part"), pl.lit("person").alias("kind"), key.alias("key")
    ).select("_at", *READ)


def _lookup(frame: pl.DataFrame, columns: Sequence[str], look: Callable[[str], str | None]) -> dict[str, pl.Expr]:
    """What `look` says of the word in each of the columns; asked once for each distinct word."""
    asked = pl.concat([frame[column].rename("word") for column in columns]).drop_nulls().unique()
    says = {word: look(word) for word in asked}
    return {name: pl.col(name).replace_strict(says, default=None, return_dtype=pl.String) for name in columns}


def _plain(words: Words, lean: dict[str, pl.Expr], order: Order) -> Parts:
    """One person of two to four words in the order given (`auto` reads given name first).

    Two of three or more are the family name where one is plainly a surname and its neighbour says so
    (`names_person.leading_family`, `trailing_family`).
    """
    first, second, third, fourth = words
    three, four = pl.col(third).is_not_null(), pl.col(fourth).is_not_null()
    if order == "family_first":
        two_surnames = (lean[second].is_in(PLAINLY_FAMILY) & (lean[third] == "G")).fill_null(False)
        given = pl.when(two_surnames).then(third).otherwise(second)
        middle = pl.when(two_surnames).then(fourth).otherwise(_joined(third, fourth))
        family = pl.when(two_surnames).then(_joined(first, second)).otherwise(first)
        return given, middle, family
    ends_in_three = three & ~four & (lean[second] == "S") & lean[third].is_in(PLAINLY_FAMILY)
    ends_in_four = four & (lean[third] == "S") & lean[fourth].is_in(PLAINLY_FAMILY)
    in_three, in_four = ends_in_three.fill_null(False), ends_in_four.fill_null(False)
    family = (
        pl.when(in_four).then(_joined(third, fourth)).when(in_three).then(_joined(second, third))
        .otherwise(pl.coalesce(fourth, third, second))
    )  # fmt: skip
    middle = pl.when(four & ~in_four).then(_joined(second, third)).when(four | (three & ~in_three)).then(second)
    return pl.col(first), middle, family


def _joined(*words: str) -> pl.Expr:
    """The words that are there with blanks between; null where none is."""
    return pl.when(pl.col(words[0]).is_not_null()).then(pl.concat_str(*words, separator=" ", ignore_nulls=True))


def _any_among(columns: Sequence[str], words: Collection[str]) -> pl.Expr:
    listed = sorted(words)
    return pl.any_horizontal(pl.col(name).is_in(listed).fill_null(False) for name in columns)


def _is_half(frame: pl.DataFrame, words: Words) -> pl.Expr:
    """Whether some O or D among the words is the beginning of the surname behind it (O BRIEN)."""
    halves = [pl.concat_str(one, other, separator=" ") for one, other in pairwise(words[1:])]
    asked = pl.concat([frame.select(half.alias("half")) for half in halves]).to_series().drop_nulls()
    asked = asked.filter(asked.str.contains("^[OD] ")).unique().sort()
    joined = [half for half in asked if len(join_split_prefixes(half.split())) == 1]
    return pl.any_horizontal(half.is_in(joined).fill_null(False) for half in halves)


def _may_be_fifth(words: Words, order: Order) -> pl.Expr:
    """Whether a V stands last, where a family name stands last too: an initial, or a suffix."""
    last = pl.coalesce(*reversed(words))
    return pl.lit(False) if order == "family_first" else last == "V"


def _is_alone(words: Words) -> pl.Expr:
    """Whether these are a given name alone, or with initials."""
    return pl.all_horizontal((pl.col(word).str.len_chars() == 1).fill_null(True) for word in words[1:])


def _reads_given_first(words: Words, lean: dict[str, pl.Expr], known: dict[str, pl.Expr]) -> pl.Expr:
    """`names_couples.reads_given_first`, by columns."""
    _, second, third, fourth = words

    def last(of: Mapping[str, pl.Expr]) -> pl.Expr:
        there = [pl.col(word).is_not_null() for word in (fourth, third)]
        return pl.when(there[0]).then(of[fourth]).when(there[1]).then(of[third]).otherwise(of[second])

    before_last = pl.when(pl.col(fourth).is_not_null()).then(third).when(pl.col(third).is_not_null()).then(second)
    after_initial = (before_last.str.len_chars() == 1).fill_null(False)
    told = after_initial | last(lean).is_in(LEANS_FAMILY).fill_null(False) | last(known).is_null()
    whole = pl.coalesce(fourth, third, second).str.len_chars() > 1
    return (whole & lean[words[0]].is_in(LEANS_GIVEN) & told).fill_null(False)


def _borrowing(words: Words, lender: Parts) -> Parts:
    """Given names alone, with the lender's family name."""
    return pl.col(words[0]), _joined(*words[1:]), lender[2]


def _either(condition: pl.Expr, one: Parts, other: Parts) -> Parts:
    given, middle, family = (pl.when(condition).then(x).otherwise(y) for x, y in zip(one, other, strict=True))
    return given, middle, family
