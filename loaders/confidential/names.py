"""Which written names may be those of a participant. In doubt they are: missing is not different.

Names are read as everywhere (`loaders.normalize.names`), without a comma in both orders. Two agree where one's family
words are among the other's (`DOE`, `DOE-SMITH`), first given names are the same, nicknames of each other, or one is the
other's initial or missing, and middle names and suffixes do not contradict. Family names one slip apart agree as well,
where the given names are written in full and alike; two slips, or one in a given name, are not guessed.
"""

from typing import Final

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from loaders.normalize.names import nickname_pairs, read_names
from loaders.normalize.text import fold_name

_LISTED: Final = {"given": pl.String, "middle": pl.String, "words": pl.List(pl.String), "suffix": pl.String}

_SHORTEST_MISSPELT: Final = 4
"""Letters of a listed family name of which one may be wrong: LEE is one letter off too many names."""


def listed_names(names: pl.DataFrame) -> pl.DataFrame:
    """Names of a list (`name`, `date_of_birth`), ready to be looked for: one row for each way to write one."""
    read = _read(names.get_column("name")).filter(pl.col("given").is_not_null())
    pairs = nickname_pairs().rename({"name_a": "given", "name_b": "other"})
    short = read.join(pairs, on="given").drop("given").rename({"other": "given"}).select(read.columns)
    every = pl.concat([read, short]).unique()
    return names.join(every, left_on="name", right_on="raw").select(*_LISTED, born="date_of_birth").unique()


def incomplete(names: pl.Series) -> pl.Series:
    """Those names of a list in which no given or no family name can be read."""
    whole = _read(names).filter(pl.col("given").is_not_null()).get_column("raw")
    return names.filter(~names.is_in(whole.unique().implode()))


def naming(texts: pl.Series, listed: pl.DataFrame) -> pl.DataFrame:
    """`raw`, `born`: those of distinct texts that may name somebody listed, and the date of birth listed or null."""
    words = listed.get_column("words").explode().unique().sort().to_list()
    if not words:
        return pl.DataFrame(schema={"raw": texts.dtype, "born": pl.Date})
    near = texts.filter(_run_together(texts).str.contains_any(words))
    read = pl.concat([_read(near), _of_nobody(near)]).explode("words", keep_nulls=False, empty_as_null=False)
    ours = listed.with_columns(all="words").explode("words")
    both = read.join(ours, on="words", suffix="_listed").filter(
        pl.col("family").list.set_intersection("all").list.len()
        == pl.min_horizontal(pl.col("family").list.len(), pl.col("all").list.len()),
        _compatible("given"),
        _compatible("middle"),
        _same_suffix(),
    )
    return pl.concat([both.select("raw", "born"), _misspelt(texts, listed)]).unique()


def _misspelt(texts: pl.Series, listed: pl.DataFrame) -> pl.DataFrame:
    """raw, born: texts whose family name is one slip (a letter more, less or other, two exchanged) off a listed one."""
    ours = listed.with_columns(family=pl.col("words").list.join(" ")).drop("words")
    ours = ours.filter(
        pl.col("given").str.len_chars() > 1, pl.col("family").str.len_chars() >= _SHORTEST_MISSPELT
    ).unique()
    given = ours.get_column("given").unique().sort().to_list()
    near = texts.filter(_run_together(texts).str.contains_any(given)) if given else texts.clear()
    read = _read(near).with_columns(family=pl.col("family").list.join(" ")).drop("words").unique()
    both = read.join(ours, on="given", suffix="_listed")
    pairs = both.select("family", "family_listed").unique().sort("family", "family_listed")
    slips = cpdist(pairs["family"], pairs["family_listed"], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    one = pairs.filter(pl.Series(slips == 1, dtype=pl.Boolean))
    found = both.join(one, on=["family", "family_listed"], how="semi")
    return found.filter(_compatible("middle"), _same_suffix()).select("raw", "born")


def _same_suffix() -> pl.Expr:
    one, other = pl.col("suffix"), pl.col("suffix_listed")
    return one.is_null() | other.is_null() | (one == other)


def phrases(listed: pl.DataFrame) -> list[str]:
    """` JANE DOE `, ` DOE JANE `: how a participant stands in a text of upper-case words (`text.words_only`)."""
    named = listed.select("given", family=pl.col("words").list.join(" ")).unique().sort("given", "family")
    return [f" {a} {b} " for given, family in named.iter_rows() for a, b in ((given, family), (family, given))]


def born_together(mine: pl.Expr, listed: pl.Expr) -> pl.Expr:
    """Whether two dates of birth may be one: unknown, equal, one part of it slipped, or day and month exchanged."""
    parts = [
        mine.dt.year() == listed.dt.year(),
        mine.dt.month() == listed.dt.month(),
        mine.dt.day() == listed.dt.day(),
    ]
    slipped = pl.sum_horizontal(part.cast(pl.Int8) for part in parts) >= 2
    turned = parts[0] & (mine.dt.month() == listed.dt.day()) & (mine.dt.day() == listed.dt.month())
    return mine.is_null() | listed.is_null() | slipped | turned


def _compatible(part: str) -> pl.Expr:
    one, other = pl.col(part), pl.col(f"{part}_listed")
    initial = (one.str.len_chars() == 1) | (other.str.len_chars() == 1)
    return one.is_null() | other.is_null() | (one == other) | (initial & (one.str.head(1) == other.str.head(1)))


def _read(names: pl.Series) -> pl.DataFrame:
    """raw, given (its first word, and nicknames as rows of their own), middle, suffix, words = family: its words."""
    orders = [read_names(names, order) for order in ("given_first", "family_first")]
    read = pl.concat(orders)
    aliases = read.select("raw", "alias").drop_nulls().unique()
    known_as = aliases.join(read_names(aliases.get_column("alias"), "given_first"), left_on="alias", right_on="raw")
    columns = ["raw", "given", "middle", "family", "suffix", "nickname"]
    every = pl.concat([read.select(columns), known_as.select(columns)]).filter(pl.col("family").is_not_null())
    nicknamed = every.filter(pl.col("nickname").is_not_null()).with_columns(given="nickname")
    first = pl.col("given").str.split(" ").list.first()
    words = pl.col("family").str.split(" ")
    return (
        pl.concat([every, nicknamed])
        .select("raw", given=first, middle=pl.col("middle").str.split(" ").list.first(), family=words, suffix="suffix")
        .with_columns(words="family")
        .unique()
    )


def _of_nobody(texts: pl.Series) -> pl.DataFrame:
    """The same columns for texts that read as nobody's name (`A NULL`): each word may be the family name after all."""
    read = read_names(texts, "auto").filter(pl.col("kind") == "unknown").select("raw").unique()
    words = read.with_columns(words=fold_name(pl.col("raw")).str.extract_all(r"\p{L}+")).with_columns(family="words")
    each = words.explode("family", keep_nulls=False, empty_as_null=False)
    others = pl.col("words").list.set_difference(pl.concat_list("family"))
    given = pl.when(others.list.len() == 1).then(others.list.first())  # of several words any may be the given name
    family = pl.concat_list("family")
    none = pl.lit(None, pl.String)
    return each.select("raw", given=given, middle=none, family=family, suffix=none, words=family)


def _run_together(texts: pl.Series) -> pl.Series:
    """Upper-case letters and digits without anything between them: no spelling of a listed name gets past it."""
    letters = fold_name(pl.col("raw")).str.replace_all(r"[^\p{L}\p{N}]+", "")
    return texts.rename("raw").to_frame().select(letters).to_series()
