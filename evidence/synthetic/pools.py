"""What names, streets and cars are drawn from: packaged tables, and short lists where no table exists."""

import tomllib
from functools import cache
from importlib.resources import files

import polars as pl

from evidence.synthetic.chance import Floats, Texts, texts
from loaders.tables import table

_WORDS = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))

STREETS = texts(_WORDS["streets"])
HIGHWAYS = texts(_WORDS["highways"])
FAR = tuple(tuple(place.split("|")) for place in _WORDS["far_places"])  # city, state, ZIP code
VIETNAMESE_FAMILY, VIETNAMESE_GIVEN = texts(_WORDS["vietnamese_family"]), texts(_WORDS["vietnamese_given"])
SPANISH_FAMILY, SPANISH_GIVEN = texts(_WORDS["spanish_family"]), texts(_WORDS["spanish_given"])
ARABIC_FAMILY, ARABIC_GIVEN = texts(_WORDS["arabic_family"]), texts(_WORDS["arabic_given"])
CARS = tuple(tuple(car.split("|")) for car in _WORDS["cars"])  # make code, model
VANITY_PLATES = texts(_WORDS["vanity_plates"])
COMPANIES = texts(_WORDS["companies"])
SUFFIXES: dict[str, float] = _WORDS["suffixes"]
DIRECTIONS: dict[str, float] = _WORDS["directions"]
COLORS: dict[str, float] = _WORDS["colors"]


@cache
def surnames() -> tuple[Texts, Floats]:
    """US surnames of 2000 and how many bear them."""
    frame = table("surnames").head(12_000)
    return texts(frame["surname"].to_list()), frame["count"].cast(pl.Float64).to_numpy()


@cache
def given_names(cohort: str, sex: str) -> tuple[Texts, Floats]:
    """First names given to one sex over the years of a cohort table, with births."""
    frame = table(f"first_names_{cohort}").filter(pl.col("sex") == sex)
    return texts(frame["first_name"].to_list()), frame["births"].cast(pl.Float64).to_numpy()


@cache
def nicknames() -> dict[str, tuple[str, ...]]:
    """Given name -> the short forms people write, upper case, sorted."""
    frame = table("nicknames").filter(pl.col("relationship") == "has_nickname")
    pairs: dict[str, set[str]] = {}
    for name, short in frame.select("name1", "name2").iter_rows():
        pairs.setdefault(name.upper(), set()).add(short.upper())
    return {name: tuple(sorted(short)) for name, short in sorted(pairs.items())}


@cache
def colorado_places() -> tuple[tuple[str, str, str], ...]:
    """City, state, ZIP of the state outside the town."""
    frame = table("zip_colorado").filter((pl.col("type") == "STANDARD") & (pl.col("city") != "Fort Collins"))
    return tuple((city.upper(), "CO", code) for city, code in frame.select("city", "zip").iter_rows())


@cache
def town_zips() -> Texts:
    """ZIP codes of the town itself."""
    frame = table("zip_colorado").filter((pl.col("type") == "STANDARD") & (pl.col("city") == "Fort Collins"))
    return texts(frame["zip"].to_list())


@cache
def plate_patterns() -> dict[str, tuple[str, ...]]:
    """State code -> serial patterns ('?' letter, '#' digit, separators gone) of the older table."""
    codes = {row[0]: row[1] for row in table("states").select("written", "standard").iter_rows()}
    found: dict[str, list[str]] = {}
    for state, pattern in table("plate_formats_older").iter_rows():
        code = codes.get(state.upper())
        if code:
            found.setdefault(code, []).append("".join(c for c in pattern if c in "?#" or c.isalnum()))
    return {code: tuple(sorted(set(patterns))) for code, patterns in sorted(found.items())}
