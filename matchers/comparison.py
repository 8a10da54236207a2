"""Grades how alike two mentions are, feature by feature, on distinct pairs of values.

Every feature has ordered levels; level 0 is always `missing` (one side says nothing) and carries no weight.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from loaders.normalize import names_tables
from matchers.coded import Coded, Codes, Comparable, Levels, Texts, distinct
from matchers.settings import LinkSettings

LEVELS: dict[str, tuple[str, ...]] = {
    "given": (
        "missing",
        "exact",
        "nickname",
        "initial",
        "part",
        "typo",
        "near",
        "middle_used",
        "swapped",
        "different",
    ),
    "family": ("missing", "exact", "part", "typo", "near", "swapped", "different"),
    "middle": ("missing", "exact", "initial", "different"),
    "suffix": ("missing", "same", "different"),
    "dob": ("missing", "exact", "day_month", "one_digit", "one_part", "year", "generation", "different"),
    "identifier": ("missing", "same", "different"),
    "address": ("missing", "same", "building", "alike", "street", "zip", "different"),
    "document": ("missing", "same"),
}


def level(feature: str, name: str) -> int:
    """The code of a level, e.g. `level("given", "exact") == 1`."""
    return LEVELS[feature].index(name)


def compare(pairs: pl.DataFrame, people: Comparable, settings: LinkSettings) -> pl.DataFrame:
    """Grade candidate pairs.

    pairs: `left`, `right` (profile positions). Returns one UInt8 column per feature of `LEVELS` but `document`, in
    the order of the rows given.
    """
    left, right = pairs["left"].to_numpy().astype(np.int64), pairs["right"].to_numpy().astype(np.int64)
    given = _graded(people.given, left, right, lambda a, b: _given_levels(a, b, settings))
    family = _graded(people.family, left, right, lambda a, b: _family_levels(a, b, settings))
    middle = _graded(people.middle, left, right, _middle_levels)
    _use_of_middle_name(given, people, left, right)
    _swapped_names(given, family, people, left, right, settings)
    return pl.DataFrame(
        {
            "given": given,
            "family": family,
            "middle": middle,
            "suffix": _same_or_not(people.suffix.codes, left, right),
            "dob": _dob_levels(people.dob.numbers(left), people.dob.numbers(right), settings),
            "identifier": _identifier_levels(people, left, right),
            "address": _address_levels(people, left, right, settings),
        }
    )


def _graded(column: Coded, left: Codes, right: Codes, scorer: Callable[[Texts, Texts], Levels]) -> Levels:
    """Score distinct unordered value pairs once and spread the result over the rows."""
    a, b = column.codes[left], column.codes[right]
    low, high = np.minimum(a, b), np.maximum(a, b)
    levels = np.zeros(len(a), dtype=np.uint8)
    levels[(low >= 0) & (low == high)] = 1
    rows = np.flatnonzero((low >= 0) & (low != high))
    if len(rows):
        width = len(column.values)
        keys, where = distinct(low[rows] * width + high[rows])
        levels[rows] = scorer(column.values[keys // width], column.values[keys % width])[where]
    return levels


def _given_levels(a: Texts, b: Texts, settings: LinkSettings) -> Levels:
    frame = pl.DataFrame({"a": pl.Series(a.tolist(), dtype=pl.String), "b": pl.Series(b.tolist(), dtype=pl.String)})
    nick = names_tables.nickname_pairs().select(pl.col("name_a").alias("a"), pl.col("name_b").alias("b")).unique()
    frame = frame.join(nick.with_columns(nick=pl.lit(True)), on=["a", "b"], how="left", maintain_order="left")
    typo, near = _spelling(a, b, settings)
    first_a, first_b = pl.col("a").str.split(" ").list.first(), pl.col("b").str.split(" ").list.first()
    short = pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars()) == 1
    shared_word = (first_a == first_b) & (first_a.str.len_chars() > 1)
    cut_short = (pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars()) >= 3) & (
        pl.col("a").str.starts_with(pl.col("b")) | pl.col("b").str.starts_with(pl.col("a"))
    )
    chosen = (
        pl.when(_joined("a") == _joined("b"))
        .then(level("given", "exact"))
        .when(short & (pl.col("a").str.head(1) == pl.col("b").str.head(1)))
        .then(level("given", "initial"))
        .when(short)
        .then(level("given", "different"))
        .when(pl.col("nick").fill_null(False))
        .then(level("given", "nickname"))
        .when(shared_word)
        .then(level("given", "part"))
        .when(pl.Series(typo) | cut_short)
        .then(level("given", "typo"))
        .when(pl.Series(near))
        .then(level("given", "near"))
        .otherwise(level("given", "different"))
    )
    return frame.select(chosen.cast(pl.UInt8)).to_series().to_numpy()


def _family_levels(a: Texts, b: Texts, settings: LinkSettings) -> Levels:
    frame = pl.DataFrame({"a": pl.Series(a.tolist(), dtype=pl.String), "b": pl.Series(b.tolist(), dtype=pl.String)})
    typo, near = _spelling(a, b, settings)
    words_a = pl.col("a").str.split(" ").list.filter(pl.element().str.len_chars() >= 3)
    words_b = pl.col("b").str.split(" ").list.filter(pl.element().str.len_chars() >= 3)
    shared = words_a.list.set_intersection(words_b).list.len()
    chosen = (
        pl.when(_joined("a") == _joined("b"))
        .then(level("family", "exact"))
        .when((shared > 0) & (shared == pl.min_horizontal(words_a.list.len(), words_b.list.len())))
        .then(level("family", "part"))
        .when(pl.Series(typo))
        .then(level("family", "typo"))
        .when(pl.Series(near))
        .then(level("family", "near"))
        .otherwise(level("family", "different"))
    )
    return frame.select(chosen.cast(pl.UInt8)).to_series().to_numpy()


def _middle_levels(a: Texts, b: Texts) -> Levels:
    frame = pl.DataFrame({"a": pl.Series(a.tolist(), dtype=pl.String), "b": pl.Series(b.tolist(), dtype=pl.String)})
    one_letter = pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars()) == 1
    alike = pl.Series(np.asarray(cpdist(a, b, scorer=JaroWinkler.similarity)) >= 0.92)
    chosen = (
        pl.when(one_letter & (pl.col("a").str.head(1) == pl.col("b").str.head(1)))
        .then(level("middle", "initial"))
        .when(alike & ~one_letter)
        .then(level("middle", "exact"))
        .otherwise(level("middle", "different"))
    )
    return frame.select(chosen.cast(pl.UInt8)).to_series().to_numpy()


def _joined(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all(" ", "", literal=True)


def _spelling(a: Texts, b: Texts, settings: LinkSettings) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """One edit (or adjacent swap) in a name of four letters or more, or a high Jaro-Winkler similarity."""
    similarity = np.asarray(cpdist(a, b, scorer=JaroWinkler.similarity))
    edits = np.asarray(cpdist(a, b, scorer=OSA.distance, score_cutoff=1))
    long_enough = np.minimum(np.char.str_len(a.astype(str)), np.char.str_len(b.astype(str))) >= 4
    typo = ((edits <= 1) & long_enough) | (similarity >= settings.typo_at_similarity)
    return typo, similarity >= settings.near_at_similarity


def _use_of_middle_name(given: Levels, people: Comparable, left: Codes, right: Codes) -> None:
    """Mark pairs whose one side goes by the middle name that the other side gives."""
    both = pl.concat([pl.Series(people.given.values.tolist(), dtype=pl.String)]).to_frame("value")
    both = both.with_row_index("given_code")
    middle = pl.Series(people.middle.values.tolist(), dtype=pl.String).to_frame("value").with_row_index("middle_code")
    match = middle.join(both, on="value", how="inner").filter(pl.col("value").str.len_chars() > 1)
    as_given = np.full(len(people.middle.values) + 1, -2, dtype=np.int64)  # the last entry serves code -1
    as_given[match["middle_code"].to_numpy()] = match["given_code"].to_numpy()
    middle_as_given = as_given[people.middle.codes]
    used = (middle_as_given[left] == people.given.codes[right]) | (middle_as_given[right] == people.given.codes[left])
    weak = (given == level("given", "different")) | (given == level("given", "near"))
    given[used & weak] = level("given", "middle_used")


def _swapped_names(
    given: Levels, family: Levels, people: Comparable, left: Codes, right: Codes, settings: LinkSettings
) -> None:
    """Mark pairs of the same words in another order, or with given and family name exchanged up to a typo."""
    a, b = people.words.codes[left], people.words.codes[right]
    reordered = (a == b) & (a >= 0) & ((given > level("given", "exact")) | (family > level("family", "exact")))
    given[reordered] = level("given", "swapped")
    family[reordered] = level("family", "swapped")
    rows = np.flatnonzero((given >= level("given", "near")) & (family >= level("family", "near")) & ~reordered)
    given_first, family_first = _first_letters(people.given), _first_letters(people.family)
    for one, other in ((left, right), (right, left)):  # a slip in the first letter is rare, and the test is cheap
        rows = rows[given_first[people.given.codes[one[rows]]] == family_first[people.family.codes[other[rows]]]]
    for one, other in ((left, right), (right, left)):
        rows = rows[_alike(people.given, one[rows], people.family, other[rows], settings)]
    given[rows] = level("given", "swapped")
    family[rows] = level("family", "swapped")


def _first_letters(names: Coded) -> Codes:
    """Code point of each value's first letter; the last entry serves code -1."""
    return np.array([*(ord(value[0]) if value else 0 for value in names.values), -1], dtype=np.int64)


def _alike(a: Coded, rows_a: Codes, b: Coded, rows_b: Codes, settings: LinkSettings) -> npt.NDArray[np.bool_]:
    """Whether values of two columns are equal but for a typo; single letters and missing values are not."""
    code_a, code_b = a.codes[rows_a], b.codes[rows_b]
    known = (code_a >= 0) & (code_b >= 0)
    keys, where = distinct(np.where(known, code_a * (len(b.values) + 1) + code_b, 0))
    values_a = np.append(a.values, "")[keys // (len(b.values) + 1)] if len(keys) else np.array([], dtype=np.object_)
    values_b = np.append(b.values, "")[keys % (len(b.values) + 1)] if len(keys) else np.array([], dtype=np.object_)
    similarity = np.asarray(cpdist(values_a, values_b, scorer=JaroWinkler.similarity))
    words = np.minimum(np.char.str_len(values_a.astype(str)), np.char.str_len(values_b.astype(str))) > 1
    return np.asarray(((similarity >= settings.typo_at_similarity) & words)[where] & known)


def _same_or_not(codes: Codes, left: Codes, right: Codes) -> Levels:
    a, b = codes[left], codes[right]
    return np.where((a < 0) | (b < 0), 0, np.where(a == b, 1, 2)).astype(np.uint8)


def _identifier_levels(people: Comparable, left: Codes, right: Codes) -> Levels:
    """Different keys speak against a match only inside one source: two sources number people independently."""
    levels = _same_or_not(people.record_key.codes, left, right)
    other_source = people.source.codes[left] != people.source.codes[right]
    levels[(levels == 2) & other_source] = 0
    return levels


def _address_levels(people: Comparable, left: Codes, right: Codes, settings: LinkSettings) -> Levels:
    """`missing` where either side has no known place at all.

    `alike`: number and street agree but for a slip of the pen in one of them, or agree under two ZIP codes;
    `street`: the same street, another number.
    """
    levels = np.full(len(left), level("address", "different"), dtype=np.uint8)
    zip_known, same_zip = _agree(people.zip, left, right)
    levels[same_zip] = level("address", "zip")
    _, same_building = _agree(people.building, left, right)
    _, same_street = _agree(people.street, left, right)
    _, same_number = _agree(people.number, left, right)
    rows = np.flatnonzero(same_street & ~same_building)
    levels[rows] = level("address", "street")
    close = _one_edit(people.number, left[rows], right[rows])
    levels[rows[close]] = level("address", "alike")
    rows = np.flatnonzero(same_number & ~same_street)
    similar = _graded(
        people.street, left[rows], right[rows], lambda a, b: _spelling(a, b, settings)[1].astype(np.uint8)
    )
    levels[rows[similar == 1]] = level("address", "alike")
    levels[same_building] = np.where(
        (zip_known & ~same_zip)[same_building], level("address", "alike"), level("address", "building")
    )
    levels[_agree(people.place, left, right)[1]] = level("address", "same")
    placeless = (people.place.codes < 0) & (people.building.codes < 0) & (people.zip.codes < 0)
    levels[placeless[left] | placeless[right]] = level("address", "missing")
    return levels


def _agree(column: Coded, left: Codes, right: Codes) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether both sides have a value, and whether it is the same one."""
    a, b = column.codes[left], column.codes[right]
    return (a >= 0) & (b >= 0), (a == b) & (a >= 0)


def _one_edit(column: Coded, left: Codes, right: Codes) -> npt.NDArray[np.bool_]:
    """Whether short values (house numbers) are one edit or one exchange of neighbours apart."""
    graded = _graded(
        column,
        left,
        right,
        lambda a, b: np.where(np.asarray(cpdist(a, b, scorer=OSA.distance, score_cutoff=1)) <= 1, 1, 2).astype(
            np.uint8
        ),
    )
    return np.asarray(graded == 1)


def _dob_levels(a: Codes, b: Codes, settings: LinkSettings) -> Levels:
    """Birth dates as yyyymmdd: exact, day and month swapped, one digit or one adjacent swap of digits, one of year,
    month and day different, same year only, so far apart as parent and child."""
    year_a, month_day_a = a // 10000, a % 10000
    year_b, month_day_b = b // 10000, b % 10000
    parts = (
        (year_a == year_b).astype(np.int8)
        + (month_day_a // 100 == month_day_b // 100)
        + (month_day_a % 100 == month_day_b % 100)
    )
    swapped = (year_a == year_b) & (month_day_a // 100 == month_day_b % 100) & (month_day_a % 100 == month_day_b // 100)
    one_fault = np.zeros(len(a), dtype=np.bool_)
    rows = np.flatnonzero((a >= 0) & (b >= 0) & (a != b))  # digits are compared where they can differ
    digits_a, digits_b = (
        np.stack([(side[rows] // 10**place % 10).astype(np.int8) for place in range(7, -1, -1)]) for side in (a, b)
    )
    differ = digits_a != digits_b
    count = differ.sum(axis=0, dtype=np.int8)
    neighbours = differ[:-1] & differ[1:] & (digits_a[:-1] == digits_b[1:]) & (digits_a[1:] == digits_b[:-1])
    one_fault[rows] = (count == 1) | ((count == 2) & neighbours.any(axis=0))
    chosen = np.select(
        [
            a == b,
            swapped,
            one_fault,
            parts == 2,
            year_a == year_b,
            np.abs(a - b) >= settings.generation_years * 10000,
        ],
        [level("dob", name) for name in ("exact", "day_month", "one_digit", "one_part", "year", "generation")],
        level("dob", "different"),
    ).astype(np.uint8)
    chosen[(a < 0) | (b < 0)] = 0
    return chosen
