"""State and province names as people write them -> the two-letter code.

US states and territories, Canadian provinces, and Mexico (`MX`, with the state codes of the national crime
information centre where a Mexican state is named). Source of the US names: tables/states.csv.
"""

from functools import cache

import polars as pl
from rapidfuzz.distance import OSA

from loaders.normalize.text import distinct, words_only
from loaders.tables import table

# What states.csv lacks: territories, the District's spellings, older postal abbreviations, common clippings.
_MORE_US = {
    "D C": "DC", "WASHINGTON D C": "DC", "WASHINGTON DC": "DC", "WASH DC": "DC", "WASH D C": "DC",
    "PUERTO RICO": "PR", "PEURTO RICO": "PR", "GUAM": "GU", "AMERICAN SAMOA": "AS", "VIRGIN ISLANDS": "VI",
    "US VIRGIN ISLANDS": "VI", "U S VIRGIN ISLANDS": "VI", "NORTHERN MARIANA ISLANDS": "MP",
    "COLOR": "CO", "COLRDO": "CO", "N CAR": "NC", "S CAR": "SC", "N C": "NC", "S C": "SC",
    "N CAROLINA": "NC", "S CAROLINA": "SC", "N DAKOTA": "ND", "S DAKOTA": "SD", "N D": "ND", "S D": "SD",
    "N H": "NH", "N J": "NJ", "N Y": "NY", "N M": "NM", "R I": "RI", "N HAMPSHIRE": "NH", "N HAMP": "NH",
    "N JERSEY": "NJ", "N YORK": "NY", "N MEXICO": "NM", "NEW MEX": "NM", "W VIRGINIA": "WV", "W VA": "WV",
    "WEST VA": "WV", "W V": "WV", "DELA": "DE", "IDAHO": "ID", "TENNESSE": "TN", "OKLA": "OK", "PENNA": "PA",
    "CALI": "CA", "MAINE": "ME", "HAW": "HI", "N MEX": "NM", "ALASKA": "AK",
}  # fmt: skip

_CANADA = {
    "ALBERTA": "AB", "ALTA": "AB", "BRITISH COLUMBIA": "BC", "B C": "BC", "MANITOBA": "MB", "MAN": "MB",
    "NEW BRUNSWICK": "NB", "NEWFOUNDLAND": "NL", "NEWFOUNDLAND AND LABRADOR": "NL", "NF": "NL",
    "NOVA SCOTIA": "NS", "NORTHWEST TERRITORIES": "NT", "NUNAVUT": "NU", "ONTARIO": "ON", "ONT": "ON",
    "PRINCE EDWARD ISLAND": "PE", "P E I": "PE", "PEI": "PE", "QUEBEC": "QC", "QUE": "QC", "PQ": "QC",
    "SASKATCHEWAN": "SK", "SASK": "SK", "YUKON": "YT",
}  # fmt: skip

_MEXICO = {
    "MEXICO": "MX", "MEX": "MX", "AGUASCALIENTES": "AG", "BAJA CALIFORNIA": "BA", "BAJA CALIF": "BA",
    "BAJA": "BA", "BAJA CALIFORNIA SUR": "BJ", "CHIHUAHUA": "CH", "COAHUILA": "CU", "DURANGO": "DO",
    "GUANAJUATO": "GJ", "GUERRERO": "GR", "JALISCO": "JL", "MICHOACAN": "MC", "NUEVO LEON": "NL",
    "OAXACA": "OA", "PUEBLA": "PB", "SINALOA": "SI", "SONORA": "SO", "TAMAULIPAS": "TA", "VERACRUZ": "VL",
    "ZACATECAS": "ZA",
}  # fmt: skip

_US_TERRITORIES = ("DC", "PR", "GU", "VI", "AS", "MP")

# A misspelt name is accepted when one name is nearer than every other: one slip in a name of five letters or
# more, two from nine letters on. Below five letters a slip turns one abbreviation into another.
_SHORTEST_FUZZY, _TWO_SLIPS_FROM = 5, 9


@cache
def state_names() -> dict[str, str]:
    """Upper-case written form (words of A-Z) -> two-letter code, the codes themselves included."""
    us = dict(table("states").iter_rows())
    written = {**us, **_MORE_US, **_CANADA, **_MEXICO}
    codes = {*written.values(), *_US_TERRITORIES}
    return {**{code: code for code in sorted(codes)}, **written}


@cache
def us_state_codes() -> tuple[str, ...]:
    """The two-letter codes of the fifty states, the District and the territories, sorted."""
    return tuple(sorted({*table("states")["standard"], *_US_TERRITORIES}))


def _nearest_name(text: str) -> str | None:
    """The code of the one state name within the allowed slips of `text`; null when none or two are as near."""
    if len(text) < _SHORTEST_FUZZY:
        return None
    allowed = 2 if len(text) >= _TWO_SLIPS_FROM else 1
    near = sorted(
        (OSA.distance(text, name, score_cutoff=allowed), code)
        for name, code in state_names().items()
        if len(name) >= _SHORTEST_FUZZY
    )
    best = [code for slips, code in near if slips == near[0][0] and slips <= allowed]
    return best[0] if len(set(best)) == 1 else None


def normalize_states(raw: pl.Series) -> pl.DataFrame:
    """`raw, state`: one row per distinct value; `state` is two letters, null where no state is recognised.

    Accepts codes, names, clippings (`Colo.`), `CO - Colorado`, `US-CO` and near misspellings of a name.
    """
    names = state_names()
    written = words_only(pl.col("raw"))
    frame = distinct(raw).with_columns(written.str.replace(r"^(STATE OF|USA?|CAN) ", "").alias("_words"))
    exact = pl.col("_words").replace_strict(names, default=None, return_dtype=pl.String)
    # "CO Colorado", "Colorado (CO)": both halves must name one state.
    first = pl.col("_words").str.extract(r"^([A-Z]{2}) ").replace_strict(names, default=None, return_dtype=pl.String)
    after = pl.col("_words").str.replace(r"^[A-Z]{2} ", "").replace_strict(names, default=None, return_dtype=pl.String)
    last = pl.col("_words").str.extract(r" ([A-Z]{2})$").replace_strict(names, default=None, return_dtype=pl.String)
    before = pl.col("_words").str.replace(r" [A-Z]{2}$", "").replace_strict(names, default=None, return_dtype=pl.String)
    frame = frame.with_columns(
        pl.coalesce(exact, pl.when(first == after).then(first), pl.when(last == before).then(last)).alias("state")
    )
    unknown = frame.filter(pl.col("state").is_null())["_words"].unique()
    guessed = {text: _nearest_name(text) for text in unknown}
    return frame.select(
        "raw",
        pl.coalesce("state", pl.col("_words").replace_strict(guessed, default=None, return_dtype=pl.String)).alias(
            "state"
        ),
    )
