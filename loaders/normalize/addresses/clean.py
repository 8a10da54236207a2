"""Text as written -> a plain line of upper-case words, the same for both parsing paths.

A clean line holds only A-Z, 0-9, blanks and `# , - / &`; a comma and a `#` are words of their own. Cleaning a
clean line changes nothing.
"""

from typing import Final

import polars as pl

# Phrases of two words that mean one unit designator; done here so that the parsers see single words.
_PHRASES: Final = (
    (r"\bMAIN (?:FLOOR|FLR|LEVEL|LVL)\b", "FL 1"),
    (r"\b(?:GARDEN|BASEMENT|BSMT) (?:LEVEL|LVL|FLOOR)\b", "BSMT"),
    (r"\b(?:LOWER|LWR|LOWR) (?:LEVEL|LVL|FLOOR|FLR|UNIT|APT)\b", "LOWR"),
    (r"\b(?:UPPER|UPR|UPPR|TOP) (?:LEVEL|LVL|FLOOR|FLR|UNIT|APT)\b", "UPPR"),
    (r"\b(?:CARRIAGE|COACH) HOUSE\b", "CARRIAGE"),
    (r"\b(UP|DOWN) STAIRS\b", "${1}STAIRS"),
    (r"\bMOBILE HOME SPACE\b", "SPC"),
)
# A designator written against its value ("APT2", "STE100", "APT-2"): two words.
_GLUED: Final = r"\b(APT|UNIT|STE|SUITE|LOT|LT|SPC|TRLR|BLDG|RM|FLR|APARTMENT)[ -]?-? ?(\d+[A-Z]?)\b"


def clean_lines(raw: pl.Expr) -> pl.Expr:
    """Plain upper-case line of each text; empty where nothing readable is left. Null stays null."""
    line = (
        raw.str.replace_all(r"([¼½¾⅓⅔⅛])", " ${1}")
        .str.normalize("NFKD")
        .str.replace_all("\u2044", "/", literal=True)
        .str.replace_all(r"\p{M}|['’‘`´\"“”]", "")
        .str.to_uppercase()
        .str.replace_all(r"[‐‑‒–—−]", "-")
        .str.replace_all(r"[\r\n\x0b\x0c;|()\[\]{}<>\u2028\u2029]+|\\N|\s-+\s|--+", " , ")
        .str.replace_all(r"@", " & ")
        .str.replace_all(r"\bC\s*/\s*O\b", "CARE OF")
        # "P.O." and "N.E." close up, "Apt.2" and "Ft.Collins" come apart.
        .str.replace_all(r"\b([A-Z])\.\s?([A-Z])\.(\s?([A-Z])\.)?", "${1}${2}${4} ")
        .str.replace_all(r"[^A-Z0-9#,/&-]+", " ")
        .str.replace_all(r"([#,&])", " ${1} ")
        # A hyphen joins numbers and unit letters; between two words it is a blank, at an edge nothing.
        .str.replace_all(r"([A-Z]{2})-([A-Z])", "${1} ${2}")
        .str.replace_all(r"([A-Z])-([A-Z]{2})", "${1} ${2}")
        .str.replace_all(r"(^|[^A-Z0-9])[-/]+|[-/]+([^A-Z0-9]|$)", "${1} ${2}")
        .str.replace_all(r"\s+", " ")
    )
    line = line.str.replace_all(_GLUED, "${1} ${2}")
    for phrase, word in _PHRASES:
        line = line.str.replace_all(phrase, word)
    return line.str.replace_all(r"\s+", " ").str.strip_chars(" ,")
