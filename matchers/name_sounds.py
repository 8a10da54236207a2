"""Spellings of one sound made one: the customary romanisations and the silent letters of names.

Rules, not a list of names. Sources: BGN/PCGN and ICAO 9303 for Cyrillic (KH, ZH, IY, -OFF for -OV), the French and
English habits for Arabic (OU/U, OO/U, EE/I, KH, GH, DH), German and Polish digraphs (SCH, TZ, TCH, CZ, W, PH), and the
first steps of Philips' Metaphone (1990) for English (CK, soft C, silent H).
"""

import polars as pl

# Applied in order to one word of A to Z. In the result C stands for the sound of CH and X for that of SH.
_RULES = (
    (r"^ABD[AEOU]L", "ABDUL"),
    (r"^MAC([^AEIOUYH])", "MC$1"),
    (r"OFF$", "OV"), (r"[EY]FF$", "EV"), (r"PH", "F"),
    (r"QU([EI])", "K$1"), (r"Q", "K"), (r"CK", "K"),
    (r"TSCH|TCH|CZ", "CH"), (r"SCH", "SH"), (r"DZH|DJ|ZH", "J"), (r"TZ|TS", "Z"), (r"X", "KS"),
    (r"SH", "#"), (r"CH", "@"), (r"C([EIY])", "S$1"), (r"C", "K"), (r"#", "X"), (r"@", "C"),
    (r"([KGDTRBJ])H", "$1"), (r"KH", "H"),
    (r"([AEIOUY])H([^AEIOUY]|$)", "$1$2"),
    (r"W", "V"),
    (r"OU|OO|OW$", "U"), (r"IE$|EE", "I"), (r"AE", "A"), (r"OE", "O"), (r"UE([^$])", "U$1"),
    (r"I?J$", "I"), (r"^Y([EO])", "$1"), (r"Y", "I"), (r"EI", "AI"),
    (r"SS?Z", "S"),
)  # fmt: skip
_DOUBLES = tuple((letter * 2, letter) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SHORTEST_WITH_SILENT_E = 3


def sounds(words: pl.Expr) -> pl.Expr:
    """Each word (A to Z, upper case) as it sounds: equal for spellings of one sound. Null stays null."""
    spelled = words
    for pattern, by in (*_RULES, *((f"{double}+", one) for double, one in _DOUBLES)):
        spelled = spelled.str.replace_all(pattern, by.replace("$1", "${1}").replace("$2", "${2}"))
    long_enough = spelled.str.len_chars() >= _SHORTEST_WITH_SILENT_E
    return pl.when(long_enough).then(spelled.str.replace(r"([^AEIOU])E$", "${1}")).otherwise(spelled)


def loose_vowels(sounded: pl.Expr) -> pl.Expr:
    """A sound with the vowels that romanisations confuse made one: A and E, O and U, AI and E."""
    spelled = sounded.str.replace_all("AI", "A").str.replace_all("E", "A").str.replace_all("O", "U")
    for double in ("AA", "UU", "II"):
        spelled = spelled.str.replace_all(f"{double}+", double[0])
    return spelled


def consonants(words: pl.Expr) -> pl.Expr:
    """How many consonants a word is written with, digraphs and doubled letters counted once (CHANG: two)."""
    once = words.str.replace_all("[CSPKGDTRZ]H|NG|CK|T[SZ]", "K")
    for double, one in _DOUBLES:
        once = once.str.replace_all(double, one)
    return once.str.replace_all("[AEIOUY]", "").str.len_chars()
