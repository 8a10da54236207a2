"""Vehicle makes and colours as written -> NCIC codes.

Sources: tables/vehicle_makes.csv, vehicle_make_spellings.csv, vehicle_colors.csv (NCIC codes as carried in NIEM).
"""

import re
from functools import cache

import polars as pl
from rapidfuzz.distance import OSA

from loaders.normalize.text import distinct, words_only
from loaders.tables import table

# What people write instead of a make: trade names, and the model alone ("silver Civic"). Common knowledge of the
# US market; a model that several makes share is left out.
_TRADE_NAMES = {
    "MB": "MERZ", "BENZ": "MERZ", "MERC BENZ": "MERZ", "ME BE": "MERZ", "HARLEY": "HD", "HARLEY DAVIDSON": "HD",
    "RANGE ROVER": "LNDR", "LANDROVER": "LNDR", "LAND ROVER": "LNDR", "ALFA": "ALFA", "ROLLS": "ROL",
    "INFINITE": "INFI", "VDUB": "VOLK", "CADDY": "CADI", "CADDILAC": "CADI", "LAMBO": "LAMO", "NS OT": "NISS",
    "AMERICAN MOTORS": "AMER", "BEEMER": "BMW", "BIMMER": "BMW", "SUBIE": "SUBA", "KAWI": "KAWK", "SUZU": "SUZI",
    "FREIGHTLINER": "FRHT", "NAVISTAR": "INTL", "INTERNATIONAL HARVESTER": "INTL", "OLDS": "OLDS",
}  # fmt: skip
_MODELS = {
    "TOYT": "CAMRY COROLLA PRIUS TACOMA TUNDRA RAV4 HIGHLANDER SIENNA 4RUNNER YARIS AVALON SEQUOIA MATRIX CELICA",
    "HOND": "CIVIC ACCORD CRV ODYSSEY PILOT ELEMENT RIDGELINE HRV",
    "FORD": "MUSTANG EXPLORER ESCAPE FUSION TAURUS RANGER BRONCO EXPEDITION F150 F250 F350",
    "CHEV": "SILVERADO MALIBU IMPALA TAHOE SUBURBAN CAMARO CORVETTE EQUINOX TRAVERSE CRUZE CAVALIER COBALT TRAILBLAZER",
    "NISS": "ALTIMA SENTRA MAXIMA ROGUE PATHFINDER XTERRA FRONTIER VERSA MURANO",
    "SUBA": "OUTBACK FORESTER IMPREZA LEGACY CROSSTREK WRX ASCENT",
    "JEEP": "WRANGLER CHEROKEE GRAND_CHEROKEE",
    "DODG": "CARAVAN GRAND_CARAVAN DURANGO DAKOTA CHARGER CHALLENGER",
    "HYUN": "ELANTRA SONATA TUCSON SANTA_FE ACCENT",
    "VOLK": "JETTA PASSAT GOLF TIGUAN ATLAS BEETLE",
    "KIA": "SORENTO SPORTAGE OPTIMA FORTE",
    "MAZD": "MIATA CX5 CX9 MAZDA3 MAZDA6",
    "GMC": "YUKON",
    "HUMM": "HUMMER",
    "BUIC": "LESABRE ENCLAVE",
    "CADI": "ESCALADE",
    "MNNI": "MINI_COOPER COOPER",
}
# A prefix must be this long and belong to one make only: MER is Mercury and Mercedes, VOL Volvo and Volkswagen.
_SHORTEST_PREFIX = 3
# A slip in the spelling: one from four letters on, two from seven, and no second make as near.
_SHORTEST_FUZZY, _TWO_SLIPS_FROM = 4, 7

# Words of one cell that are looked at: a make and a colour stand at its front.
_MOST_WORDS = 8

_COLOR_WORDS = {
    "BLK": "BLK BK BLCK EBONY ONYX", "WHI": "WHT WH WT WITE PEARL", "SIL": "SLV SLVR SILV SI SV SL PLATINUM",
    "GRY": "GREY GY GRA GREYISH CHARCOAL GUNMETAL GRAPHITE PEWTER SLATE", "RED": "RD SCARLET CRIMSON",
    "BLU": "BU BLUISH", "DBL": "NAVY DKBLU DKBLUE DBLUE DARKBLUE", "LBL": "LTBLU LTBLUE LBLUE LIGHTBLUE",
    "GRN": "GN GREENISH OLIVE", "DGR": "DKGRN DKGREEN DGREEN DGRN DARKGREEN", "LGR": "LTGRN LTGREEN LGREEN LGRN LIME",
    "BRO": "BRN BR BRWN", "TAN": "TN SAND KHAKI", "BGE": "BG BIEGE CHAMPAGNE CHAMP", "GLD": "GL GD GOLDEN",
    "YEL": "YEL YLW YW YL", "ONG": "OR ORG ORNG ORANGE", "MAR": "MR MRN BURGUNDY BURG WINE",
    "PLE": "PUR PURP PURPLE PL VIOLET", "PNK": "PK", "CRM": "IVORY OFFWHITE", "BRZ": "BZ", "COM": "CHROME STAINLESS",
    "TEA": "TL", "CAM": "CAMO", "MUL/COL": "MUL COL MULTI MULTICOLOR MULTICOLORED MULTICOLOUR RAINBOW",
    "TRQ": "AQUA", "LAV": "LAVENDER", "MVE": "MAUVE", "CPR": "COPPER", "TPE": "TAUPE", "AME": "AMETHYST",
}  # fmt: skip

# Colours that observers call by one another's names, by street light above all. Broad on purpose.
_FAMILIES = {
    "gray": ("SIL", "GRY", "COM"), "white": ("WHI", "CRM"), "black": ("BLK",),
    "blue": ("BLU", "DBL", "LBL", "TRQ", "TEA"),
    "green": ("GRN", "DGR", "LGR"), "red": ("RED", "MAR"), "brown": ("BRO", "BGE", "TAN", "TPE", "GLD", "CPR", "BRZ"),
    "yellow": ("YEL", "ONG"), "purple": ("PLE", "MVE", "LAV", "AME", "PNK"), "several": ("MUL/COL", "CAM"),
}  # fmt: skip


@cache
def _make_words() -> dict[str, str]:
    """Every exact spelling (words of A-Z0-9) -> make code. Names come last: a code is never overruled."""
    models = {m.replace("_", " "): code for code, names in _MODELS.items() for m in names.split()}
    spelt = pl.concat([table("vehicle_make_spellings"), table("vehicle_makes").select(written="name", code="code")])
    names = dict(spelt.select(words_only(pl.col("written")), "code").iter_rows())
    codes = {code: code for code in table("vehicle_makes")["code"]}
    return {**models, **_TRADE_NAMES, **names, **codes}


@cache
def _make_names() -> tuple[tuple[str, str], ...]:
    """(name without blanks, code) of the makes proper: what prefixes and slips are measured against."""
    frame = table("vehicle_makes").select(words_only(pl.col("name")).str.replace_all(" ", ""), "code")
    return tuple(sorted(frame.iter_rows()))


def _nearest(word: str, names: tuple[tuple[str, str], ...]) -> str | None:
    """The one code whose name starts with `word`, else whose name is nearest within the allowed slips."""
    if len(word) >= _SHORTEST_PREFIX:
        starts = {code for name, code in names if name.startswith(word)}
        if len(starts) == 1:
            return starts.pop()
    if len(word) < _SHORTEST_FUZZY:
        return None
    allowed = 2 if len(word) >= _TWO_SLIPS_FROM else 1
    slips = [
        (OSA.distance(word, name, score_cutoff=allowed), code) for name, code in names if len(name) >= _SHORTEST_FUZZY
    ]
    fewest = min(slips)[0]
    best = {code for n, code in slips if n == fewest <= allowed}
    return best.pop() if len(best) == 1 else None


def _first_known(words: list[str], exact: dict[str, str], names: tuple[tuple[str, str], ...]) -> str | None:
    """The code of the first word or pair of words that is known, exactly before approximately."""
    for i, word in enumerate(words):
        pair = " ".join(words[i : i + 2])
        code = exact.get(pair) or exact.get(pair.replace(" ", "")) or exact.get(word)
        if code:
            return code
    return next((code for word in words if (code := _nearest(word, names))), None)


def _look_up(raw: pl.Series, column: str, exact: dict[str, str], names: tuple[tuple[str, str], ...]) -> pl.DataFrame:
    """`raw, <column>`: the code of each distinct text, looked up once for texts that fold to the same words."""
    frame = distinct(raw).with_columns(_words=words_only(pl.col("raw")))
    known = {}
    for text in frame["_words"].unique():
        known[text] = exact.get(text) or _first_known(text.split()[:_MOST_WORDS], exact, names)
    return frame.select("raw", pl.col("_words").replace_strict(known, return_dtype=pl.String).alias(column))


def make_code(raw: pl.Series) -> pl.DataFrame:
    """`raw, make`: NCIC code of each distinct value; null where no make, or more than one, is recognised.

    Takes codes, names, their beginnings (`TOYOT`), spellings seen in public data, models alone (`Civic`), and
    near misspellings. `MERC` is Mercury as NCIC has it, `MERCEDES` and `BENZ` are `MERZ`, and `MER` is neither.
    """
    return _look_up(raw, "make", _make_words(), _make_names())


@cache
def _color_words() -> dict[str, str]:
    """Every exact spelling of a colour (words of A-Z) -> code; the codes themselves are never overruled."""
    spelt = {word: code for code, words in _COLOR_WORDS.items() for word in words.split()}
    # Table names read "Green, dark" or "Turquoise (blue)": the first word is the colour, but for the shades.
    names = {
        re.split("[ ,]", name)[0].upper(): code
        for code, name in table("vehicle_colors").iter_rows()
        if not re.search(", (dark|light)", name)
    }
    shades = {
        written: code
        for code, shade, base in (
            ("DBL", "DARK", "BLUE"),
            ("DGR", "DARK", "GREEN"),
            ("LBL", "LIGHT", "BLUE"),
            ("LGR", "LIGHT", "GREEN"),
        )
        for s in (shade, {"DARK": "DK", "LIGHT": "LT"}[shade])
        for c in (base, {"BLUE": "BLU", "GREEN": "GRN"}[base])
        for written in (f"{s} {c}", f"{c} {s}")
    }
    codes = {code: code for code in table("vehicle_colors")["code"]} | {"MUL COL": "MUL/COL"}
    return {**spelt, **names, **codes, **shades}


@cache
def _color_names() -> tuple[tuple[str, str], ...]:
    """(word, code) of the colour words long enough to be measured for slips."""
    return tuple(sorted((word, code) for word, code in _color_words().items() if word.isalpha() and len(word) >= 4))


def color_code(raw: pl.Series) -> pl.DataFrame:
    """`raw, color, color_family`: NCIC code of the first colour named in each distinct value, and its broad family.

    `SILVER/GRAY` is `SIL`; shades exist for blue and green only (`DBL`, `LGR`); `BL` and `GR` are ambiguous, so
    null. The family (gray holds silver) joins colours that observers take for one another; null with a null code.
    """
    family = {code: name for name, codes in _FAMILIES.items() for code in codes}
    return _look_up(raw, "color", _color_words(), _color_names()).with_columns(
        color_family=pl.col("color").replace_strict(family, default=None, return_dtype=pl.String)
    )
