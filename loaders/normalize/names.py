"""Names as written -> one row per person or body named.

Regular names (the large majority) are split by columns; a name that holds any word with a meaning of its own
(particles, suffix-like words, company words, AND ...) goes through the word-by-word parser in `names_parse`.
Both paths give the same answer wherever both apply (tests/loaders/normalize/test_names.py holds them to it).
"""

import polars as pl

from loaders.normalize.names_parse import Named, parse_name
from loaders.normalize.names_person import Order
from loaders.normalize.names_tables import (
    PLAINLY_FAMILY,
    given_frequency,
    leaning_of,
    nickname_pairs,
    surname_frequency,
)
from loaders.normalize.names_words import SPECIAL_WORDS
from loaders.normalize.text import distinct, fold_name

__all__ = ["Order", "given_frequency", "nickname_pairs", "normalize_names", "surname_frequency"]

_SCHEMA = {
    "raw": pl.String, "part": pl.UInt8, "kind": pl.String, "given": pl.String, "middle": pl.String,
    "family": pl.String, "suffix": pl.String, "key": pl.String, "display": pl.String, "nickname": pl.String,
    "alias": pl.String,
}  # fmt: skip

# An ordinary word, hyphenated or not, and the words a regular name is made of.
_WORD = r"[A-Z]{2,}(?:-[A-Z]{2,})?"
_REGULAR = (
    rf"^(?:(?P<comma>{_WORD}), (?P<c1>{_WORD})(?: (?P<c2>[A-Z]+)\.?)?"
    rf"|(?P<w1>{_WORD}) (?P<w2>{_WORD}|[A-Z]\.?)(?: (?P<w3>{_WORD}|[A-Z]\.?))?)(?:,? (?P<suffix>JR|SR|II|III|IV)\.?)?$"
)
# A longer text is no name; what stands behind is left out, so that no cell can take long to read.
_LONGEST_NAME = 500

# One text names at most this many people; what stands behind them is a list, not a name (parts are UInt8).
_MOST_PARTS = 250


def _clean(raw: pl.Expr) -> pl.Expr:
    folded = fold_name(
        raw.str.replace_all("[’‘ʼʻ´`′]", "'").str.replace_all("[“”„″]", '"').str.replace_all(r"[‐‑‒–—−]", "-")
    )
    return folded.str.replace_all(r"\s+", " ").str.strip_chars(" ").str.slice(0, _LONGEST_NAME)


def _read_regular(frame: pl.DataFrame, order: Order) -> pl.DataFrame:
    """Columns given, middle, family, suffix for the names of two or three ordinary words; null `family` elsewhere."""
    groups = pl.col("_clean").str.extract_groups(_REGULAR)
    frame = (
        frame.with_columns(groups.alias("_g")).unnest("_g").with_columns(pl.col("w2", "w3").str.strip_chars_end("."))
    )
    special = sorted(SPECIAL_WORDS)
    words = ["comma", "c1", "c2", "w1", "w2", "w3"]
    ordinary = ~pl.any_horizontal(pl.col(word).is_in(special).fill_null(False) for word in words)
    # Only a third word makes the leanings matter; a small table of the words at hand is quicker than the whole.
    asked = frame.filter(pl.col("w3").is_not_null()).select(pl.concat_list("w2", "w3").explode().unique()).to_series()
    leans = {word: leaning_of().get(word) for word in asked}
    lean = {w: pl.col(w).replace_strict(leans, default=None, return_dtype=pl.String) for w in ("w2", "w3")}
    three = pl.col("w3").is_not_null()
    if order == "family_first":
        two_surnames = (three & lean["w2"].is_in(PLAINLY_FAMILY) & (lean["w3"] == "G")).fill_null(False)
        given = pl.when(two_surnames).then("w3").otherwise("w2")
        middle = pl.when(~two_surnames).then("w3")
        family = pl.when(two_surnames).then(pl.concat_str("w1", pl.lit(" "), "w2")).otherwise("w1")
        usable = pl.col("w2").is_not_null()
    else:
        two_surnames = (three & (lean["w2"] == "S") & lean["w3"].is_in(PLAINLY_FAMILY)).fill_null(False)
        given = pl.col("w1")
        middle = pl.when(three & ~two_surnames).then("w2")
        family = (
            pl.when(two_surnames).then(pl.concat_str("w2", pl.lit(" "), "w3")).when(three).then("w3").otherwise("w2")
        )
        usable = pl.coalesce("w3", "w2") != "V"
    # O and D before a word may be half of a surname (O BRIEN).
    usable = usable & ~(three & pl.col("w2").is_in(["O", "D"]))
    regular = ordinary & (pl.col("comma").is_not_null() | usable.fill_null(False))
    has_comma = pl.col("comma").is_not_null()
    frame = frame.with_columns(
        given=pl.when(regular).then(pl.when(has_comma).then("c1").otherwise(given)),
        middle=pl.when(regular).then(pl.when(has_comma).then("c2").otherwise(middle)),
        family=pl.when(regular).then(pl.when(has_comma).then("comma").otherwise(family)),
        suffix=pl.when(regular).then("suffix"),
    ).drop(words)
    return frame.with_columns(pl.col("given", "middle", "family").str.replace_all("-", " ", literal=True))


def _row(raw: str, part: int, named: Named) -> tuple[object, ...]:
    person = named.person
    parts = (person.given, person.middle, person.family, person.suffix, named.key)
    return (raw, part, named.kind, *(p or None for p in parts), named.nickname or None, named.alias or None)


def _read_irregular(frame: pl.DataFrame, order: Order) -> pl.DataFrame:
    """Rows of the word-by-word parser, one Python call per distinct text."""
    rows = [
        _row(raw, part, named)
        for raw, clean in frame.select("raw", "_clean").iter_rows()
        for part, named in enumerate(parse_name(clean, order)[:_MOST_PARTS])
    ]
    return pl.DataFrame(rows, schema={c: t for c, t in _SCHEMA.items() if c != "display"}, orient="row")


def normalize_names(raw: pl.Series, order: Order) -> pl.DataFrame:
    """One row per person or body named in each distinct value of `raw`, sorted by `raw, part`.

    Columns: `raw, part` (UInt8 from 0), `kind` (person, company, trust, estate, unknown), `given, middle, family,
    suffix` (upper case A-Z, blanks between words; letters of a script without a romanisation stay as they are),
    `key` (given name first), `display`, `nickname` (in quotes or brackets), `alias` (after AKA, FKA, NEE).
    Null wherever the text does not say. A comma decides the order (`SMITH, JOHN`) whatever `order` is declared;
    `auto` reads text without a comma given name first. A placeholder (`CURRENT OCCUPANT`) is kind `unknown` with
    every part and the key null. Text after C/O or ATTN, and after 500 characters, is left out. Never raises.
    """
    frame = distinct(raw).with_columns(_clean=_clean(pl.col("raw")))
    frame = _read_regular(frame, order)
    is_regular = pl.col("family").is_not_null()
    regular = frame.filter(is_regular).select(
        "raw",
        pl.lit(0, dtype=pl.UInt8).alias("part"),
        pl.lit("person").alias("kind"),
        "given",
        "middle",
        "family",
        "suffix",
        pl.concat_str("given", "middle", "family", "suffix", separator=" ", ignore_nulls=True).alias("key"),
        pl.lit(None, dtype=pl.String).alias("nickname"),
        pl.lit(None, dtype=pl.String).alias("alias"),
    )
    irregular = _read_irregular(frame.filter(~is_regular), order)
    whole = pl.concat([regular, irregular]).with_columns(display=_display())
    return whole.select(list(_SCHEMA)).sort("raw", "part")


def _display() -> pl.Expr:
    """Persons in title case, given name first; bodies and placeholders as written."""
    named = pl.concat_str("given", "middle", "family", separator=" ", ignore_nulls=True).str.to_titlecase()
    suffix = pl.when(pl.col("suffix").is_in(["JR", "SR"])).then(pl.col("suffix").str.to_titlecase()).otherwise("suffix")
    person = pl.concat_str(named, suffix, separator=" ", ignore_nulls=True)
    written = pl.col("raw").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(pl.col("kind") == "person").then(person).otherwise(written)
