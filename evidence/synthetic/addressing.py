"""How an address comes to be written: suffixes, unit forms, lost units, wrong ZIP codes, slips."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from evidence.synthetic import pools
from evidence.synthetic.chance import Generator, Ints, Texts, draw, hit, texts
from evidence.synthetic.settings import WorldSettings
from evidence.synthetic.spelling import slip

_SUFFIX = {
    "ST": ("ST", "ST", "STREET", "ST."), "AVE": ("AVE", "AVE", "AVENUE", "AV"), "DR": ("DR", "DR", "DRIVE", "DR."),
    "CT": ("CT", "CT", "COURT", "CRT"), "LN": ("LN", "LN", "LANE", "LN."), "RD": ("RD", "RD", "ROAD", "RD."),
    "PL": ("PL", "PL", "PLACE", "PL."), "WAY": ("WAY", "WAY", "WY", "WAY"), "CIR": ("CIR", "CIR", "CIRCLE", "CR"),
}  # fmt: skip
_DIRECTION = {
    "W": ("W", "W", "WEST", "W."),
    "E": ("E", "E", "EAST", "E."),
    "N": ("N", "N", "NORTH", "N."),
    "S": ("S", "S", "SOUTH", "S."),
}
_UNIT = {
    "APT": ("APT ", "APT ", "#", "APT. ", "UNIT ", "# ", "APARTMENT ", "APT #"),
    "UNIT": ("UNIT ", "UNIT ", "#", "APT ", "UNIT ", "# ", "", "UNIT #"),
    "BSMT": ("BSMT", "BSMT", "BASEMENT", "BSMT", "LOWER", "BSMT APT", "UNIT BSMT", "BASEMENT"),
}
_CITY = ("FORT COLLINS", "FORT COLLINS", "FORT COLLINS", "FT COLLINS", "FT. COLLINS", "FC")


def write_dwellings(
    rng: Generator,
    places: pl.DataFrame,
    where: Ints,
    settings: WorldSettings,
    *,
    care: float = 1.0,
    tail: float = 0.9,
    title: bool = False,
    unit: bool = True,
) -> Texts:
    """The address of dwellings `where`, as one text per row.

    `care` scales every error (0: none, and standard forms only); `tail` is the share written with city and state;
    with `unit` False the building is meant and its units are left out.
    """
    size = len(where)
    part = {
        c: places[c].to_numpy()[where].astype(object)
        for c in ("number", "fraction", "predir", "street", "suffix", "postdir", "unit_type", "unit", "zip")
    }
    loose = hit(rng, size, min(1.0, 0.45 * care))
    form = np.where(loose, rng.integers(0, 4, size), 0)
    suffix = _forms(_SUFFIX, part["suffix"], form)
    predir = _forms(_DIRECTION, part["predir"], np.where(hit(rng, size, 0.6), form, 0))
    predir = np.where(hit(rng, size, 0.02 * care), "", predir)
    suffix = np.where(hit(rng, size, 0.03 * care), "", suffix)
    unit_form = np.where(loose, rng.integers(0, 8, size), 0)
    designator = _forms(_UNIT, part["unit_type"], unit_form, width=8)
    whole = np.array([f"{a}{b}" for a, b in zip(designator, part["unit"], strict=True)], dtype=object)
    lost = hit(rng, size, settings.unit_missing * care) | (not unit)
    whole = np.where(lost | (part["unit_type"] == ""), "", whole)
    number, street = part["number"], part["street"]
    for i in np.flatnonzero(hit(rng, size, settings.number_transposed * care)):
        number[i] = _transposed(rng, str(number[i]))
    for i in np.flatnonzero(hit(rng, size, settings.address_typo * care)):
        street[i] = slip(rng, str(street[i]))
    zips = np.where(hit(rng, size, settings.zip_wrong * care), draw(rng, pools.town_zips(), size), part["zip"])
    zips = np.where(hit(rng, size, settings.zip_missing * care), "", zips)
    plus4 = hit(rng, size, 0.05 * care) & (zips != "")
    zips = np.where(plus4, [f"{z}-{n}" for z, n in zip(zips, rng.integers(1000, 9999, size), strict=True)], zips)
    city = np.where(loose, draw(rng, texts(_CITY), size), "FORT COLLINS")
    comma = np.where(hit(rng, size, 0.7), ", ", " ")
    columns = {
        "number": number, "fraction": part["fraction"], "predir": predir, "street": street, "suffix": suffix,
        "postdir": part["postdir"], "whole": whole, "city": city, "zip": zips, "comma": comma,
        "tail": hit(rng, size, tail),
    }  # fmt: skip
    schema = {name: pl.Boolean if name == "tail" else pl.String for name in columns}
    line = pl.concat_str(
        [pl.col(c) for c in ("number", "fraction", "predir", "street", "suffix", "postdir", "whole")], separator=" "
    )
    full = line + pl.col("comma") + pl.col("city") + pl.col("comma") + pl.lit("CO ") + pl.col("zip")
    text = pl.when("tail").then(full).otherwise(line)
    text = text.str.replace_all(r" {2,}", " ").str.replace_all(" ,", ",", literal=True).str.strip_chars()
    frame = pl.DataFrame(columns, schema=schema)
    written = frame.select((text.str.to_titlecase().str.replace(r", Co\b", ", CO") if title else text).alias("a"))
    return written.to_series().to_numpy().astype(object)


def write_far(homes: pl.DataFrame, rows: Ints) -> Texts:
    """Addresses outside the town, from the home columns of persons."""
    city = pl.concat_str([pl.col("home_city"), pl.lit(", "), pl.col("home_state"), pl.lit(" "), pl.col("home_zip")])
    text = pl.col("line") + pl.lit(", ") + city
    return homes.select(text.alias("a")).to_series().to_numpy().astype(object)[rows]


def _forms(table: Mapping[str, tuple[str, ...]], values: Texts, form: Ints, width: int = 4) -> Texts:
    grid = {key: np.array(forms, dtype=object) for key, forms in table.items()}
    out = values.copy()
    for key, forms in grid.items():
        here = np.flatnonzero(values == key)
        out[here] = forms[np.minimum(form[here], width - 1)]
    return out


def _transposed(rng: Generator, number: str) -> str:
    if len(number) < 3:
        return number
    at = int(rng.integers(0, len(number) - 1))
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
