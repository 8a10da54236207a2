"""The ways in which an address is written wrongly: each a function of the true parts to the text."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np
import polars as pl

Rng: TypeAlias = np.random.Generator
Parts: TypeAlias = dict[str, str]
Writer: TypeAlias = Callable[[Rng, Parts], str]

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NEIGHBOURS: Final = (("WINDSOR", "80550"), ("LOVELAND", "80537"), ("WELLINGTON", "80549"))
FAR: Final = (
    ("DENVER", "CO", "80202"),
    ("LARAMIE", "WY", "82070"),
    ("OMAHA", "NE", "68104"),
    ("AUSTIN", "TX", "78704"),
)
ALIAS: Final = "POUDRE VALLEY"  # a name that nobody but the post office uses, always with the city's ZIP codes
CITY_ZIPS: Final = ("80521", "80524", "80525", "80526", "80528")
UNIT_FORMS: Final = (
    *("{line} #{unit}", "{line} UNIT {unit}", "{line}, #{unit}", "{line} NO. {unit}", "{line} APT. {unit}"),
    *("{line} {unit}", "{line}-{unit}", "APT {unit}, {line}", "#{unit} {line}", "{line} STE {unit}"),
    "{line} APARTMENT NO {unit}",
)
BASEMENTS: Final = (
    *("{line} LOWER", "{line} BASEMENT APT", "{line} DOWNSTAIRS", "{line} LOWER LEVEL", "{line} GARDEN LEVEL"),
    *("{line} APT B", "{line} UNIT BSMT"),
)
PARTS_OF_A_HOUSE: Final = ("{line} REAR", "{line} UPSTAIRS", "{line} BSMT", "{line} UPPER", "{line} MAIN FLOOR")


def _line(parts: Mapping[str, str], *, unit: str | None = None) -> str:
    written = (
        (f"{parts['unit_type']} {parts['unit']}" if parts["unit"] else parts["unit_type"]) if unit is None else unit
    )
    names = ("number", "fraction", "predir", "street", "suffix", "postdir")
    return re.sub(" +", " ", " ".join([*(parts[name] for name in names), written])).strip()


def _full(parts: Mapping[str, str], line: str | None = None, *, city: str = "FORT COLLINS") -> str:
    return f"{_line(parts) if line is None else line}, {city}, CO {parts['zip']}".strip()


def _slip(rng: Rng, word: str) -> str:
    """One letter exchanged, left out, put in, or crossed with the next."""
    at, letter = int(rng.integers(0, len(word))), LETTERS[int(rng.integers(0, 26))]
    crossed = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    ways = (word[:at] + letter + word[at + 1 :], word[:at] + word[at + 1 :], word[:at] + letter + word[at:], crossed)
    found = ways[int(rng.integers(0, 4))].strip()
    return found if found and found != word else word + letter


def _with(part: str, change: Callable[[Rng, str], str]) -> Writer:
    return lambda rng, parts: _full({**parts, part: change(rng, parts[part])})


def _two_slips(rng: Rng, word: str) -> str:
    return _slip(rng, _slip(rng, word))


def _crossed(rng: Rng, number: str) -> str:
    places = [at for at in range(len(number) - 1) if number[at] != number[at + 1] and (at or number[1] != "0")]
    if not places:
        return number + "0"
    at = places[int(rng.integers(0, len(places)))]
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def _digit(rng: Rng, number: str) -> str:
    at = int(rng.integers(0, len(number)))
    return number[:at] + str((int(number[at]) + int(rng.integers(1, 10))) % 10) + number[at + 1 :]


def _dropped(rng: Rng, number: str) -> str:
    at = int(rng.integers(1, len(number)))
    return number[:at] + number[at + 1 :]


def _choice(*values: str) -> Callable[[Rng, str], str]:
    return lambda rng, old: next(str(v) for v in rng.permutation(values) if v != old)


def _unit_as(*forms: str) -> Writer:
    def write(rng: Rng, parts: Parts) -> str:
        form = forms[int(rng.integers(0, len(forms)))]
        street = _line({**parts, "number": "", "fraction": ""}, unit="")
        line = _line(parts, unit="")
        return _full(parts, form.format(line=line, number=parts["number"], street=street, unit=parts["unit"]))

    return write


def _elsewhere(rng: Rng, parts: Parts) -> str:
    city, state, code = FAR[int(rng.integers(0, len(FAR)))]
    return f"{_line(parts, unit='')}, {city}, {state} {code}"


def _neighbour(rng: Rng) -> tuple[str, str]:
    return NEIGHBOURS[int(rng.integers(0, len(NEIGHBOURS)))]


def _next_town(rng: Rng, parts: Parts) -> str:
    city, code = _neighbour(rng)
    return f"{_line(parts, unit='')}, {city}, CO {code}"


def _unbuilt(rng: Rng, parts: Parts) -> str:
    return _full({**parts, "number": str(rng.integers(100, 9999))}, None)


def _unknown_street(rng: Rng, parts: Parts) -> str:
    names = ("BLUEGILL", "XENIA", "QUARTZITE", "TRUMPETER", "KINGBIRD", "YARROW", "ZEPHYR", "VERMILION")
    return _full({**parts, "street": names[int(rng.integers(0, len(names)))], "number": str(rng.integers(100, 9999))})


def _zip_slip(rng: Rng, code: str) -> str:
    return code[:3] + _digit(rng, code[3:])


def _range(rng: Rng, parts: Parts) -> str:
    del rng
    return _full(parts, _line({**parts, "number": f"{parts['number']}-{int(parts['number']) + 2}"}))


def _box(form: str) -> Writer:
    return lambda rng, parts: _full(parts, form.format(rng.integers(1, 999), rng.integers(1, 99)))


_ANY: Final = pl.lit(True)
_HOUSE: Final = pl.col("unit").is_null() & pl.col("unit_type").is_null() & (pl.col("dwelling_kind") == "house")
_FLAT: Final = pl.col("unit").is_not_null()
_NUMBERED: Final = pl.col("number").str.contains(r"^[1-9]\d{2,}$") & pl.col("fraction").is_null()
_PLAIN_NAME: Final = ~pl.col("street").str.contains("^(NORTH|SOUTH|EAST|WEST) ")  # N WEST LAKE may be NW LAKE
_DIRECTED: Final = pl.col("predir").is_not_null() & _PLAIN_NAME
_LETTERED: Final = _FLAT & _NUMBERED & pl.col("unit").str.contains("^[A-Z]$")
_DIGIT_UNIT: Final = _FLAT & _NUMBERED & pl.col("unit").str.contains(r"^\d+$")
_NAMED: Final = pl.col("street").str.contains("^[A-Z]{5,}$")
# kind: which places it can happen to, how it is written, and what a reader still knows: the dwelling, the building (its
# unit is lost), or nothing (no dwelling of the list is meant).
KINDS: Final[Mapping[str, tuple[pl.Expr, Writer, str]]] = {
    "as it is": (_ANY, lambda _, p: _full(p), "dwelling"),
    "letter slip": (_NAMED, _with("street", _slip), "dwelling"),
    "two letter slips": (_NAMED & (pl.col("street").str.len_chars() >= 8), _with("street", _two_slips), "dwelling"),
    "number crossed": (_NUMBERED, _with("number", _crossed), "dwelling"),
    "wrong digit": (_NUMBERED, _with("number", _digit), "dwelling"),
    "digit dropped": (_NUMBERED, _with("number", _dropped), "dwelling"),
    "unit missing": (_FLAT, lambda _, p: _full(p, _line(p, unit="")), "building"),
    "unit in another form": (_FLAT, _unit_as(*UNIT_FORMS), "dwelling"),
    "unit against the number": (_LETTERED, _unit_as("{number}{unit} {street}", "{number}-{unit} {street}"), "dwelling"),
    "unit after the number": (_DIGIT_UNIT, _unit_as("{number}-{unit} {street}"), "dwelling"),
    "basement by another name": (pl.col("unit_type") == "BSMT", _unit_as(*BASEMENTS), "dwelling"),
    "part of a house": (_HOUSE, _unit_as(*PARTS_OF_A_HOUSE), "dwelling"),
    "direction missing": (pl.col("predir").is_not_null(), lambda _, p: _full({**p, "predir": ""}), "dwelling"),
    "direction wrong": (_DIRECTED, _with("predir", _choice("N", "S", "E", "W")), "dwelling"),
    "direction added": (
        pl.col("predir").is_null() & _PLAIN_NAME,
        _with("predir", _choice("N", "S", "E", "W")),
        "dwelling",
    ),
    "type missing": (_ANY, lambda _, p: _full({**p, "suffix": ""}), "dwelling"),
    "type wrong": (_ANY, _with("suffix", _choice("ST", "AVE", "DR", "CT", "LN", "RD")), "dwelling"),
    "another name of the city": (_ANY, lambda _, p: _full(p, city=ALIAS), "dwelling"),
    "another name, no ZIP code": (_ANY, lambda _, p: _full({**p, "zip": ""}, city=ALIAS), "dwelling"),
    "next town's name": (_ANY, lambda r, p: _full(p, city=_neighbour(r)[0]), "dwelling"),
    "city misspelt": (_ANY, lambda r, p: _full({**p, "zip": ""}, city=_slip(r, "FORT COLLINS")), "dwelling"),
    "ZIP code missing": (_ANY, lambda _, p: _full({**p, "zip": ""}), "dwelling"),
    "ZIP code of the city, wrong": (_ANY, _with("zip", _choice(*CITY_ZIPS)), "dwelling"),
    "ZIP code with a wrong digit": (_ANY, _with("zip", _zip_slip), "dwelling"),
    "street and number alone": (_ANY, lambda _, p: _line(p).lower(), "dwelling"),
    "range of numbers": (_NUMBERED & _HOUSE, _range, "dwelling"),
    "half added": (_NUMBERED & _HOUSE, lambda _, p: _full({**p, "fraction": "1/2"}), "building"),
    "PO box": (_ANY, _box("PO BOX {}"), ""),
    "rural route": (_ANY, _box("RR {1} BOX {0}"), ""),
    "crossing": (_ANY, lambda _, p: _full(p, f"{p['street']} {p['suffix']} & COLLEGE AVE"), ""),
    "far town": (_ANY, _elsewhere, ""),
    "next town": (_ANY, _next_town, ""),
    "number not built": (_ANY, _unbuilt, ""),
    "street not built": (_ANY, _unknown_street, ""),
}
# Slips that may make another real address: then nobody could tell.
SLIPS: Final = (
    *("letter slip", "two letter slips", "number crossed", "wrong digit", "digit dropped", "half added", "type wrong"),
    *("direction wrong", "direction added", "direction missing", "unit against the number"),
)
