"""Text as written -> a plain line of upper-case words, the same for both parsing paths.

A clean line holds only A-Z, 0-9, blanks and `# , - / &`; a comma, a `#` and a `&` are words of their own. Cleaning a
clean line changes nothing.
"""

from typing import Final

import polars as pl

from loaders.normalize.addresses.tables import STRONG_SUFFIXES

# Characters of an ordinary line; all others take the longer way.
_PLAIN: Final = r"^[A-Za-z0-9 ,.#]*$"
# Phrases of two words that mean one unit designator; done here so that the parsers see single words.
_PHRASES: Final = (
    (r"\bMAIN (?:FLOOR|FLR|LEVEL|LVL)\b", "FL 1"),
    (r"\b(?:GARDEN|BASEMENT|BSMT) (?:LEVEL|LVL|FLOOR|FLR)\b", "BSMT"),
    (r"\b(?:LOWER|LWR|LOWR) (?:LEVEL|LVL|FLOOR|FLR|UNIT|APT)\b", "LOWR"),
    (r"\b(?:UPPER|UPR|UPPR|TOP) (?:LEVEL|LVL|FLOOR|FLR|UNIT|APT)\b", "UPPR"),
    (r"\b(?:CARRIAGE|COACH) HOUSE\b", "CARRIAGE"),
    (r"\b(UP|DOWN) STAIRS\b", "${1}STAIRS"),
    (r"\bMOBILE HOME SPACE\b", "SPC"),
)
_ANY_PHRASE: Final = r" (?:FLOOR|FLR|LEVEL|LVL|HOUSE|STAIRS|SPACE|UNIT|APT)\b"
# A designator written against its value ("APT2", "STE100", "APT-2"): two words.
_GLUED: Final = r"\b(APT|UNIT|STE|SUITE|LOT|LT|SPC|TRLR|BLDG|RM|FLR|APARTMENT)(?: ?-+ ?)?(\d+[A-Z]?)\b"
# A unit hung on the street's type ("MEADOW RD-6").
_TYPE_AND_UNIT: Final = rf"\b({'|'.join(sorted(STRONG_SUFFIXES))})-(\d+[A-Z]?)\b"


def clean_lines(raw: pl.Series) -> pl.Series:
    """Plain upper-case line of each text; empty where nothing readable is left. Null stays null."""
    frame = pl.DataFrame({"line": raw.cast(pl.String)}).with_row_index("at")
    plain = frame.filter(pl.col("line").str.contains(_PLAIN))
    other = frame.filter(~pl.col("line").str.contains(_PLAIN)).with_columns(_unusual(pl.col("line")))
    lines = pl.concat([plain, other]).with_columns(_ordinary(pl.col("line")))
    phrased = lines.filter(pl.col("line").str.contains(_ANY_PHRASE))
    if not phrased.is_empty():
        line = pl.col("line")
        for phrase, word in _PHRASES:
            line = line.str.replace_all(phrase, word)
        lines = pl.concat([lines.filter(~pl.col("line").str.contains(_ANY_PHRASE)), phrased.with_columns(line)])
    return frame.select("at").join(lines, on="at", how="left", maintain_order="left")["line"]


def _unusual(line: pl.Expr) -> pl.Expr:
    """Accents, quotes, line breaks, brackets, dashes, slashes and signs of a line that has any."""
    return (
        line.str.replace_all(r"([¼½¾⅓⅔⅛])", " ${1}")
        .str.normalize("NFKD")
        .str.replace_all("\u2044", "/", literal=True)
        .str.replace_all(r"\p{M}|['’‘`´\"“”]", "")
        .str.to_uppercase()
        .str.replace_all(r"[‐‑‒–—−]", "-")
        .str.replace_all(r"[\r\n\x0b\x0c;|()\[\]{}<>\u2028\u2029]+|\s-+\s|--+", " , ")
        .str.replace_all(r"\bC\s*/\s*O\b", "CARE OF")
        .str.replace_all("@", "&", literal=True)
        .str.replace_all(r"[^A-Z0-9#,/&.-]+", " ")
        .str.replace_all("&", " & ", literal=True)
        # A hyphen joins numbers and unit letters; between two words it is a blank, at an edge nothing.
        .str.replace_all(_GLUED, "${1} ${2}")
        .str.replace_all(_TYPE_AND_UNIT, "${1} ${2}")
        .str.replace_all(r"([A-Z]{2})-([A-Z])", "${1} ${2}")
        .str.replace_all(r"([A-Z])-([A-Z]{2})", "${1} ${2}")
        .str.replace_all(r"(^|[^A-Z0-9])[-/]+", "${1} ")
        .str.replace_all(r"[-/]+([^A-Z0-9]|$)", " ${1}")
    )


def _ordinary(line: pl.Expr) -> pl.Expr:
    return (
        line.str.to_uppercase()
        # "P.O." and "N.E." close up, "Apt.2" and "Ft.Collins" come apart.
        .str.replace_all(r"\b([A-Z])\. ?([A-Z])\.(?: ?([A-Z])\.)?", "${1}${2}${3} ")
        .str.replace_all(".", " ", literal=True)
        .str.replace_all(r"([#,])", " ${1} ")
        .str.replace_all(_GLUED, "${1} ${2}")
        .str.replace_all(r" {2,}", " ")
        .str.replace_all(r"^[ ,]+|[ ,]+$", "")
    )
