"""Which states' passenger serials a plate fits.

Sources: tables/plate_formats_2019.csv, plate_formats_older.csv, plate_formats_colorado.csv.
"""

import re
from functools import cache

import polars as pl

from loaders.normalize.states import state_names
from loaders.normalize.text import distinct
from loaders.tables import table

# Personalised plates are lawful in every state: two to seven characters of any kind (plate_formats_colorado.csv,
# row "any"). A plate that fits no serial format is therefore rarer, never impossible.
VANITY_LENGTHS = range(2, 8)

# In the 2019 table `X` stands for a county code: a digit in Nebraska, digit-digit-letter patterns in Idaho
# (plate_formats_older.csv writes the same Idaho plates as `? ######`, `#? #####`, `##? ####`).
_COUNTY_CODE = {"ID": {"XXX": "00A", "XX": "0A", "X": "A"}, "NE": {"XX": "00", "X": "0"}}

# Serials without a fixed number of digits: the ranges of the 2019 table run from `1 GA` and from `4`.
_VARIABLE = {"ME": ["D" * n + "LL" for n in range(1, 5)], "DE": ["D" * n for n in range(1, 7)]}

# Colorado issues from this year on are still seen on the street; earlier ones only on collectors' vehicles.
_OLDEST_COLORADO_YEAR = 1982


def _expand(pattern: str) -> list[str]:
    """Shapes of an anchored pattern of `[A-Z]` and `\\d` with `{n}` or `{m,n}`, and one level of alternation."""
    shapes: list[str] = []
    for branch in pattern.strip("^$").strip("()").split("|"):
        built = [""]
        for kind, low, high in re.findall(r"(\[A-Z\]|\\d)(?:\{(\d)(?:,(\d))?\})?", branch):
            least = int(low or 1)
            letter = "D" if kind == r"\d" else "L"
            built = [head + letter * n for head in built for n in range(least, int(high or least) + 1)]
        shapes += built
    return shapes


def _shape(written: str) -> str:
    """`A12-BC?` -> `LDDLLL`: letters and `?` are letters, digits are digits, separators fall out."""
    return "".join("D" if c.isdigit() else "L" for c in written if c.isalnum() or c == "?")


@cache
def serial_formats() -> pl.DataFrame:
    """`state, shape`: the serial formats of passenger plates, `L` letter and `D` digit, separators left out.

    Distinct and sorted. Fixed letters of a format (Hawaii's county initial) are ordinary letters here.
    """
    names = state_names()
    by_name = {
        **{name.title(): code for name, code in names.items()},
        "Washington, D.C.": "DC",
        "Peurto Rico": "PR",
    }
    rows: list[tuple[str, str]] = [(state, shape) for state, shapes in _VARIABLE.items() for shape in shapes]
    for state_name, kind, value, _ in table("plate_formats_2019").iter_rows():
        state = by_name[state_name]
        if kind != "format":
            continue
        for code, written in _COUNTY_CODE.get(state, {}).items():
            if re.match(rf"{code}(?![X])", value):
                value = written + value[len(code) :]
                break
        rows.append((state, _shape(value)))
    for state_name, value in table("plate_formats_older").iter_rows():
        state = by_name.get(state_name) or names[re.sub("[^A-Z]+", " ", state_name.upper()).strip()]
        rows.append((state, _shape(value.replace("#", "0"))))
    for row in table("plate_formats_colorado").iter_rows(named=True):
        until = re.search(r"\d{4}", row["to_year"] or "9999")
        if row["from_year"] != "any" and until and int(until[0]) >= _OLDEST_COLORADO_YEAR:
            rows += [("CO", shape) for shape in _expand(row["regex_no_separators"])]
    rows = [(state, shape) for state, shape in rows if len(shape) < VANITY_LENGTHS.stop]  # one row has a slip in it
    return pl.DataFrame(sorted(set(rows)), schema=["state", "shape"], orient="row")


def shape_of(plate: pl.Expr) -> pl.Expr:
    """`L` for each letter, `D` for each digit, `?` for each unreadable character."""
    return plate.str.replace_all(r"[0-9]", "#").str.replace_all(r"[A-Z]", "L").str.replace_all("#", "D", literal=True)


def format_states(plate: pl.Series) -> pl.DataFrame:
    """`plate, states: List[str]`: one row per distinct value; the states whose serial formats it fits, sorted.

    `?` fits a letter and a digit. An empty list says: personalised, foreign, older, or misread. A longer, shorter
    or otherwise impossible text has an empty list too.
    """
    frame = distinct(plate).rename({"raw": "plate"}).with_columns(shape=shape_of(pl.col("plate")))
    known = serial_formats().group_by("shape").agg(pl.col("state").sort()).sort("shape")
    fits = {}
    for shape in frame["shape"].unique():  # a handful of shapes, however many plates
        pattern = "^" + re.escape(shape).replace(r"\?", "[LD]") + "$"
        found = known.filter(pl.col("shape").str.contains(pattern))["state"].explode().unique().sort().to_list()
        fits[shape] = [state for state in found if state is not None]
    states = pl.DataFrame(
        {"shape": list(fits), "states": list(fits.values())},
        schema={"shape": pl.String, "states": pl.List(pl.String)},
    )
    return frame.join(states, on="shape", how="left", maintain_order="left").select("plate", "states")
