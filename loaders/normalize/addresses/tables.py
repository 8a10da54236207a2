"""The words of a US address and their standard forms, after USPS Publication 28.

The packaged Pub 28 tables (street types C1, unit designators C2, directionals, states) come first; the rules
added here are marked with why they are needed. Every table maps an upper-case written form to its standard.
"""

from types import MappingProxyType
from typing import Final

from loaders.tables import table


def word_list(text: str) -> tuple[str, ...]:
    """The words of `text`: long word lists read better as prose than as quotes and commas."""
    return tuple(text.split())


def _standard_forms(name: str) -> dict[str, str]:
    frame = table(name)
    return dict(zip(frame["written"], frame["standard"], strict=True))


# --- directionals -----------------------------------------------------------------------------------------------
DIRECTION_NAMES: Final = MappingProxyType({short: name for name, short in _standard_forms("directionals").items()})
DIRECTIONS: Final = MappingProxyType(
    _standard_forms("directionals")
    | {short: short for short in DIRECTION_NAMES}
    # Written forms outside Pub 28 that agencies use.
    | {"NO": "N", "SO": "S", "NTH": "N", "STH": "S", "NO.": "N"}
    | {"NORTH EAST": "NE", "NORTH WEST": "NW", "SOUTH EAST": "SE", "SOUTH WEST": "SW"}
)

# --- street types -----------------------------------------------------------------------------------------------
_OWN_SUFFIXES: Final = {
    # Present in Pub 28 C1 but missing from the packaged table.
    "COMMONS": "CMNS",
    "CMNS": "CMNS",
    "COMN": "CMN",
    "CMN": "CMN",
    "CROSSROADS": "XRDS",
    "XRDS": "XRDS",
    "XRD": "XRD",
    "CROSSING": "XING",
    "XNG": "XING",
    "BOULVARD": "BLVD",
    "BLV": "BLVD",
    "BVD": "BLVD",
    "STREE": "ST",
    "STEET": "ST",
    "TRAI": "TRL",
    "TRWY": "TRFY",
    "TERRANCE": "TER",
    "TRC": "TRCE",
    "LOOP": "LOOP",
    "PSGE": "PSGE",
    "PROMENADE": "PROM",
    "PROM": "PROM",
    "ALCOVE": "ALCV",
    "ESPLANADE": "ESPL",
    "QUAY": "QUAY",
    "ROW": "ROW",
    # Not in Pub 28; agencies write it for Circle. As a county road it is read before street types are.
    "CR": "CIR",
    "TRAILS": "TRL",
}
# CR and LA are read as county road and Louisiana; a highway with a number is no suffix; FT and MT begin names.
_NOT_SUFFIXES: Final = frozenset({"CR", "LA", "TR", "DIV", "REST", "UN", "KY", "PR", "RAD", "FT", "MT", "FORT", "MNT"})
SUFFIXES: Final = MappingProxyType(
    {
        written: standard
        for written, standard in _standard_forms("street_types").items()
        if " " not in written and written not in _NOT_SUFFIXES
    }
    | _OWN_SUFFIXES
)
# Street types that hardly ever stand inside a name: the first one ends the street. All others (PARK, LAKE, HILL ...)
# are as common in names and in city names as at the end of a street, and count only when no strong one is there.
STRONG_SUFFIXES: Final = frozenset(
    written
    for written, standard in SUFFIXES.items()
    if standard
    in frozenset(
        word_list("ALY AVE BLVD CIR CT DR EXPY EXT FWY HWY LN LOOP PKWY PL PLZ RD SQ ST TER TPKE TRL WAY XING XRD XRDS")
    )
)
# Two streets in one text ("Mission and Valencia Sts") carry a plural type.
PLURAL_SUFFIXES: Final = MappingProxyType(
    {"STREETS": "ST", "STS": "ST", "AVENUES": "AVE", "AVES": "AVE", "ROADS": "RD", "RDS": "RD", "DRIVES": "DR"}
)
# Streets that carry no type; needed only to find where the city begins in a text without commas.
BARE_STREETS: Final = frozenset({"BROADWAY", "BOWERY", "BOARDWALK", "EMBARCADERO", "STRAND"})

# --- words inside a street name ---------------------------------------------------------------------------------
ORDINALS: Final = MappingProxyType(
    {
        word: f"{number}{'TH' if 10 < number < 14 else {1: 'ST', 2: 'ND', 3: 'RD'}.get(number % 10, 'TH')}"
        for number, word in enumerate(
            word_list(
                "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH "
                "THIRTEENTH FOURTEENTH FIFTEENTH SIXTEENTH SEVENTEENTH EIGHTEENTH NINETEENTH TWENTIETH"
            ),
            start=1,
        )
    }
)
TENS: Final = MappingProxyType(
    {word: 10 * n for n, word in enumerate(word_list("TWENTY THIRTY FORTY FIFTY SIXTY SEVENTY EIGHTY NINETY"), 2)}
)
NUMBER_WORDS: Final = MappingProxyType(
    {w: str(n) for n, w in enumerate(word_list("ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN"), 1)}
)
NAME_WORDS: Final = MappingProxyType(
    {
        # Written short or long at will inside a name, one form for the key.
        "MTN": "MOUNTAIN",
        "MNTN": "MOUNTAIN",
        "MT": "MOUNT",
        "FT": "FORT",
        "HTS": "HEIGHTS",
        "PT": "POINT",
        "SPGS": "SPRINGS",
        "VLY": "VALLEY",
        "CTRY": "COUNTRY",
        "JUNIOR": "JR",
        "DOCTOR": "DR",
    }
)

# --- units ------------------------------------------------------------------------------------------------------
_BARE: Final = frozenset({"BSMT", "FRNT", "LBBY", "LOWR", "OFC", "PH", "REAR", "SIDE", "UPPER"})
# Designators that need a value (APT 2).
VALUED_UNITS: Final = MappingProxyType(
    {w: s for w, s in _standard_forms("unit_types").items() if s not in _BARE}
    | {s: s for s in ("APT", "BLDG", "DEPT", "FL", "HNGR", "LOT", "PIER", "RM", "SLIP", "SPC", "STE", "TRLR", "UNIT")}
    # Written forms outside Pub 28 C2.
    | {
        "APARTMENTS": "APT",
        "APARTMNT": "APT",
        "APMT": "APT",
        "APTMT": "APT",
        "APPT": "APT",
        "APTS": "APT",
        "AP": "APT",
        "UNT": "UNIT",
        "SUIT": "STE",
        "BLD": "BLDG",
        "BUILD": "BLDG",
        "FLR": "FL",
        "LT": "LOT",
        "SP": "SPC",
        "SPACE": "SPC",
        "NO": "#",
        "NUM": "#",
        "NUMBER": "#",
        "CONDO": "UNIT",
        "STUDIO": "APT",
        "PMB": "PMB",
        "PH": "PH",
        "PENTHOUSE": "PH",
        "MAILBOX": "PMB",
    }
)
# Designators that stand alone (BSMT); the values are the standard form.
BARE_UNITS: Final = MappingProxyType(
    {
        "BASEMENT": "BSMT",
        "BSMT": "BSMT",
        "BSMNT": "BSMT",
        "BMNT": "BSMT",
        "BMT": "BSMT",
        "BASE": "BSMT",
        "FRONT": "FRNT",
        "FRNT": "FRNT",
        "LOBBY": "LBBY",
        "LBBY": "LBBY",
        "LOWER": "LOWR",
        "LOWR": "LOWR",
        "LWR": "LOWR",
        "DOWNSTAIRS": "LOWR",
        "DOWN": "LOWR",
        "OFFICE": "OFC",
        "OFC": "OFC",
        "PENTHOUSE": "PH",
        "PH": "PH",
        "REAR": "REAR",
        "BACK": "REAR",
        "SIDE": "SIDE",
        "UPPER": "UPPR",
        "UPPR": "UPPR",
        "UPR": "UPPR",
        "UPSTAIRS": "UPPR",
        "GARAGE": "GARAGE",
        "CARRIAGE": "CARRIAGE",
        "COTTAGE": "COTTAGE",
        "ADU": "ADU",
    }
)
# One-word designators that are also ordinary words of street and city names.
AMBIGUOUS_BARE_UNITS: Final = frozenset(
    {"FRONT", "LOBBY", "LOWER", "OFFICE", "SIDE", "UPPER", "REAR", "BACK", "DOWN", "BASE", "GARAGE", "CARRIAGE"}
    | {"COTTAGE", "PH"}
)

# --- states, cities, country ------------------------------------------------------------------------------------
STATE_NAMES: Final = MappingProxyType(_standard_forms("states") | {"PUERTO RICO": "PR", "D C": "DC"})
STATE_CODES: Final = frozenset(STATE_NAMES.values()) | {"DC", "PR", "VI", "GU", "AS", "MP"}
# Codes that are also street types, directions, units or short words: a state only where the text bears it out.
AMBIGUOUS_CODES: Final = frozenset({"CT", "NE", "LA", "FL", "KY", "MT", "PR", "AL", "VI", "AS", "IN", "OR", "ME", "VA"})
LEADING_ZERO_STATES: Final = frozenset({"CT", "MA", "ME", "NH", "NJ", "PR", "RI", "VI", "VT"})
COUNTRIES: Final = frozenset({"USA", "US", "U S A", "U S", "UNITED STATES", "UNITED STATES OF AMERICA", "AMERICA"})
CITY_WORDS: Final = MappingProxyType(
    {"FT": "FORT", "MT": "MOUNT", "ST": "SAINT", "STE": "SAINTE", "SPGS": "SPRINGS", "SPRGS": "SPRINGS"}
    | {"HTS": "HEIGHTS", "JCT": "JUNCTION", "BCH": "BEACH", "VLY": "VALLEY", "TWP": "TOWNSHIP", "PT": "POINT"}
    | {"CTR": "CENTER", "LK": "LAKE", "PK": "PARK", "VLG": "VILLAGE"}
)
# A word that begins a city name of two or more words; used when no comma, no suffix and no known city help.
CITY_STARTS: Final = frozenset(
    word_list(
        "FORT FT SAN SANTA SANTO LOS LAS SAINT ST MOUNT MT NEW PORT EL DES BATON LITTLE COLORADO "
        "GRAND SALT KANSAS OKLAHOMA WHEAT COMMERCE ESTES CASTLE CEDAR PALM LONG CORPUS"
    )
)

# First three digits of a ZIP code, by state (USPS labelling list L002): bears out or refutes an ambiguous code.
_ZIP3: Final = (
    "AL350-369 AK995-999 AZ850-865 AR716-729 CA900-961 CO800-816 CT060-069 DE197-199 DC200-205 FL320-349 GA300-319 "
    "GA398-399 HI967-968 ID832-838 IL600-629 IN460-479 IA500-528 KS660-679 KY400-427 LA700-714 ME039-049 MD206-219 "
    "MA010-027 MI480-499 MN550-567 MS386-397 MO630-658 MT590-599 NE680-693 NV889-898 NH030-038 NJ070-089 NM870-884 "
    "NY100-149 NC270-289 ND580-588 OH430-459 OK730-749 OR970-979 PA150-196 RI028-029 SC290-299 SD570-577 TN370-385 "
    "TX750-799 UT840-847 VT050-059 VA220-246 WA980-994 WV247-268 WI530-549 WY820-831 PR006-009"
)
ZIP3_STATES: Final = MappingProxyType(
    {f"{prefix:03d}": entry[:2] for entry in _ZIP3.split() for prefix in range(int(entry[2:5]), int(entry[6:9]) + 1)}
)
