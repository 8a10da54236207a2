"""Which streets of the master a written street line may mean, each with P(written | meant)."""

from typing import Final

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from loaders.normalize.addresses.tables import DIRECTION_NAMES, SUFFIXES
from matchers.dwellings_settings import DwellingSettings

LINE: Final = ("predir", "street", "suffix", "postdir")
MASTER_LINE: Final = tuple(f"m_{part}" for part in LINE)
_CHUNK: Final = 1000  # written names compared with all of the master's at once: bounds the memory
_SHORT: Final = 4  # names below this length have no one-letter neighbours that are not other streets
_LONG: Final = 8  # two slips are told from another name only in names of this length


def street_candidates(written: pl.DataFrame, master: pl.DataFrame, settings: DwellingSettings) -> pl.DataFrame:
    """Pairs of distinct street lines, and P(the first is written | the second is meant).

    Columns: predir..postdir, m_predir..m_postdir, line_weight, line_method, line_edits, random_slip.
    An identical line has weight 1 and edits 0. A different type on the same name is a possible slip here; whether
    both streets exist is decided by whether the number is found there.
    """
    mine = _readings(written.unique().sort(LINE, nulls_last=True))
    theirs = master.unique().sort(LINE, nulls_last=True).rename(dict(zip(LINE, MASTER_LINE, strict=True)))
    names = name_candidates(mine["r_street"], theirs["m_street"], settings)
    pairs = mine.join(names, left_on="r_street", right_on="street", how="inner").join(
        theirs, on="m_street", how="inner"
    )
    pre = _relation("predir", settings.direction_missing, settings.direction_added, settings.direction_wrong)
    post = _relation("postdir", settings.direction_missing, settings.direction_added, settings.direction_wrong)
    suffix = _relation("suffix", settings.suffix_missing, settings.suffix_added, settings.suffix_wrong)
    moved = (
        pl.col("r_predir").eq_missing(pl.col("m_postdir"))
        & pl.col("r_postdir").eq_missing(pl.col("m_predir"))
        & ~pl.col("r_predir").eq_missing(pl.col("m_predir"))
    )
    directions = pl.when(moved).then(settings.direction_moved).otherwise(pre * post)
    differs = {c: (~pl.col(f"r_{c}").eq_missing(pl.col(f"m_{c}"))) for c in LINE}
    direction_differs = differs["predir"] | differs["postdir"]
    scored = pairs.with_columns(
        line_weight=pl.col("name_weight") * directions * suffix,
        line_method=pl.when(differs["street"])
        .then(pl.lit("nearest street"))
        .when(differs["suffix"] & pl.col("r_suffix").is_null())
        .then(pl.lit("missing suffix"))
        .when(differs["suffix"])
        .then(pl.lit("other suffix"))
        .when(direction_differs)
        .then(pl.lit("other direction")),
        line_edits=(pl.col("name_edits") + differs["suffix"].cast(pl.UInt8) + direction_differs.cast(pl.UInt8)).cast(
            pl.UInt8
        ),
        random_slip=pl.col("name_edits") > 0,
    )
    both = [*LINE, *MASTER_LINE]
    return (
        scored.select(*both, "line_weight", "line_method", "line_edits", "random_slip")
        .sort([*both, "line_weight"], descending=[False] * len(both) + [True], nulls_last=True)
        .unique(both, keep="first", maintain_order=True)
    )


def move_to_master(texts: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """`texts` with the street line m_predir..m_postdir and its building key where `moved` has the text.

    moved: text, m_predir..m_postdir and other columns, which are added (null elsewhere).
    """
    key = pl.concat_str("number", "fraction", *MASTER_LINE, separator=" ", ignore_nulls=True)
    keyed = texts.select("text", "number", "fraction").join(moved, on="text").with_columns(m_key=key)
    both = with_added(texts, keyed.drop("number", "fraction").with_columns(is_moved=pl.lit(value=True)))
    line = (
        pl.when("is_moved").then(theirs).otherwise(part).alias(part)
        for part, theirs in zip(LINE, MASTER_LINE, strict=True)
    )
    return both.with_columns(*line, building_key=pl.coalesce("m_key", "building_key")).drop(
        *MASTER_LINE, "m_key", "is_moved"
    )


def with_added(texts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """`texts` with the further columns of `rows` (one row for some of its `text` numbers); null elsewhere."""
    return texts.hstack(texts.select("text").join(rows, on="text", how="left", maintain_order="left").drop("text"))


def _readings(lines: pl.DataFrame) -> pl.DataFrame:
    """Each line as read, and as it may also be read: `N | SHORE` as NORTH SHORE, `SPRING | CRK` as SPRING CREEK."""
    as_read = lines.with_columns(pl.col(c).alias(f"r_{c}") for c in LINE)
    direction = as_read.filter(pl.col("predir").is_not_null()).with_columns(
        r_street=pl.concat_str(pl.col("predir").replace(dict(DIRECTION_NAMES)), pl.lit(" "), "street"),
        r_predir=pl.lit(None, pl.String),
    )
    suffix = as_read.filter(pl.col("suffix").is_in(list(_TYPE_WORDS))).with_columns(
        r_street=pl.concat_str("street", pl.lit(" "), pl.col("suffix").replace(_TYPE_WORDS)),
        r_suffix=pl.lit(None, pl.String),
    )
    return pl.concat([as_read, direction, suffix]).drop_nulls("r_street")


# The word that a street type stands for, where it ends a name that lost its type (PARK PLACE for PARK PLACE ST).
_TYPE_WORDS: Final = {
    standard: written for written, standard in sorted(SUFFIXES.items(), key=lambda pair: (len(pair[0]), pair[0]))
}


def _relation(column: str, missing: float, added: float, wrong: float) -> pl.Expr:
    mine, theirs = pl.col(f"r_{column}"), pl.col(f"m_{column}")
    return (
        pl.when(mine.eq_missing(theirs))
        .then(1.0)
        .when(mine.is_null())
        .then(missing)
        .when(theirs.is_null())
        .then(added)
        .otherwise(wrong)
    )


def name_candidates(written: pl.Series, master: pl.Series, settings: DwellingSettings) -> pl.DataFrame:
    """street, m_street, name_weight, name_edits: identical names, or one or two slips apart, or spaced otherwise."""
    theirs = master.drop_nulls().unique().sort()
    mine = written.drop_nulls().unique().sort()
    same = pl.DataFrame({"street": mine.filter(mine.is_in(theirs.implode()))}).with_columns(
        m_street="street", name_weight=pl.lit(1.0), name_edits=pl.lit(0, pl.UInt8)
    )
    if mine.is_empty() or theirs.is_empty():
        return same
    squeezed = [[name.replace(" ", "") for name in side] for side in (mine, theirs)]
    rows, columns, edits = [], [], []
    for start in range(0, len(mine), _CHUNK):
        distance = process.cdist(
            squeezed[0][start : start + _CHUNK], squeezed[1], scorer=OSA.distance, score_cutoff=2, dtype=np.uint8
        )
        at, to = np.nonzero(distance <= 2)
        rows.append(at + start)
        columns.append(to)
        edits.append(distance[at, to])
    near = pl.DataFrame(
        {
            "street": mine.gather(np.concatenate(rows)),
            "m_street": theirs.gather(np.concatenate(columns)),
            "name_edits": np.concatenate(edits),
        }
    ).filter(pl.col("street") != pl.col("m_street"))
    longer = pl.max_horizontal(pl.col("street").str.len_chars(), pl.col("m_street").str.len_chars())
    # A digit apart is another street: 5TH is not 6TH, COUNTY ROAD 9 not COUNTY ROAD 19.
    numbered = pl.col("street").str.extract_all(r"\d+") != pl.col("m_street").str.extract_all(r"\d+")
    near = near.filter(
        ~numbered
        & (pl.col("name_edits") <= pl.when(longer >= _LONG).then(2).when(longer >= _SHORT).then(1).otherwise(0))
    ).with_columns(
        name_weight=pl.when(pl.col("name_edits") == 0)
        .then(settings.name_spacing)
        .when(pl.col("name_edits") == 1)
        .then(settings.name_slip)
        .otherwise(settings.name_two_slips),
        name_edits=pl.max_horizontal("name_edits", pl.lit(1, pl.UInt8)),
    )
    return pl.concat([same, near.select(same.columns)]).sort("street", "m_street")
