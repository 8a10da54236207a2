"""Names as written -> one row per person or body named.

Regular names (the large majority) are split by columns (`names_columns`); a name that holds a word with a meaning of
its own (particles, suffix-like words, trusts ...) goes through the word-by-word parser in `names_parse`.
"""

import polars as pl

from loaders.normalize.names_columns import read_columns
from loaders.normalize.names_parse import Named, parse_name
from loaders.normalize.names_person import Order
from loaders.normalize.names_tables import given_frequency, nickname_pairs, surname_frequency
from loaders.normalize.text import fold_name

__all__ = ["Order", "given_frequency", "nickname_pairs", "normalize_names", "read_names", "surname_frequency"]

_SCHEMA = {
    "raw": pl.String, "part": pl.UInt8, "kind": pl.String, "given": pl.String, "middle": pl.String,
    "family": pl.String, "suffix": pl.String, "key": pl.String, "display": pl.String, "nickname": pl.String,
    "alias": pl.String,
}  # fmt: skip

# A longer text is no name; what stands behind is left out, so that no cell can take long to read.
_LONGEST_NAME = 500

# Blanks other than a single one between words.
_ODD_SPACE = r"\s\s|[^\S ]"

# One text names at most this many people; what stands behind them is a list, not a name (parts are UInt8).
_MOST_PARTS = 250


def _clean(raw: pl.Series) -> pl.Series:
    """Upper case, in Latin letters where a romanisation is known, single blanks."""
    frame = raw.rename("raw").to_frame()
    plain = frame["raw"].str.len_bytes() == frame["raw"].str.len_chars()  # ASCII, which nearly all names are
    text = pl.col("raw")
    straight = text.str.replace_all("[’‘ʼʻ´`′]", "'").str.replace_all("[“”„″]", '"')
    folded = pl.concat(
        [
            frame.with_row_index("at").filter(plain).with_columns(text.str.replace_all("`", "'").str.to_uppercase()),
            frame.with_row_index("at")
            .filter(~plain)
            .with_columns(fold_name(straight.str.replace_all(r"[‐‑‒–—−]", "-"))),
        ]
    ).sort("at")["raw"]
    spaced = pl.when(text.str.contains(_ODD_SPACE)).then(text.str.replace_all(r"\s+", " ")).otherwise(text)
    return folded.to_frame().select(spaced.str.strip_chars(" ").str.slice(0, _LONGEST_NAME)).to_series()


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


def read_names(raw: pl.Series, order: Order) -> pl.DataFrame:
    """As `normalize_names`, in no order of rows and without `display`."""
    frame = raw.cast(pl.String).drop_nulls().unique().rename("raw").to_frame()
    frame = frame.with_columns(_clean(frame["raw"]).alias("_clean"))
    read, rest = read_columns(frame, order)
    none = [pl.lit(None, dtype=pl.String).alias(name) for name in ("nickname", "alias")]
    return pl.concat([read.with_columns(none), _read_irregular(rest, order)])


def normalize_names(raw: pl.Series, order: Order) -> pl.DataFrame:
    """One row per person or body named in each distinct value of `raw`, sorted by `raw, part`.

    Columns: `raw, part` (UInt8 from 0), `kind` (person, company, trust, estate, unknown), `given, middle, family,
    suffix` (upper case A-Z, blanks between words; letters of a script without a romanisation stay as they are),
    `key` (given name first), `display`, `nickname` (in quotes or brackets), `alias` (after AKA, FKA, NEE).
    Null wherever the text does not say. A comma decides the order (`SMITH, JOHN`) whatever `order` is declared;
    `auto` reads text without a comma given name first. A placeholder (`CURRENT OCCUPANT`) is kind `unknown` with
    every part and the key null. Text after C/O or ATTN, and after 500 characters, is left out. Never raises.
    """
    return read_names(raw, order).with_columns(display=_display()).select(list(_SCHEMA)).sort("raw", "part")


def _display() -> pl.Expr:
    """Persons in title case, given name first; bodies and placeholders as written."""
    named = pl.concat_str("given", "middle", "family", separator=" ", ignore_nulls=True).str.to_titlecase()
    suffix = pl.when(pl.col("suffix").is_in(["JR", "SR"])).then(pl.col("suffix").str.to_titlecase()).otherwise("suffix")
    person = pl.concat_str(named, suffix, separator=" ", ignore_nulls=True)
    written = pl.col("raw").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(pl.col("kind") == "person").then(person).otherwise(written)
