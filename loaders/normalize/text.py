"""Text folding that every normaliser shares: distinct values, upper case, accents and full-width forms removed.

Nothing here raises on any text, and every function is idempotent on its own output.
"""

import polars as pl

# Letters that Unicode does not decompose into a base letter and a mark. Cyrillic and Greek follow the
# usual English romanisation, so that a name typed in either script meets its Latin spelling.
_ROMAN = {
    "Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "Ħ": "H", "Ŋ": "NG", "ẞ": "SS",
    "Ə": "A", "Ɓ": "B", "Ɗ": "D", "Ƙ": "K", "Ŧ": "T",
    "А": "A", "Б": "B", "В": "V", "Г": "G", "Д": "D", "Е": "E", "Ж": "ZH", "З": "Z", "И": "I", "К": "K",
    "Л": "L", "М": "M", "Н": "N", "О": "O", "П": "P", "Р": "R", "С": "S", "Т": "T", "У": "U", "Ф": "F",
    "Х": "KH", "Ц": "TS", "Ч": "CH", "Ш": "SH", "Щ": "SHCH", "Ъ": "", "Ы": "Y", "Ь": "", "Э": "E",
    "Ю": "YU", "Я": "YA", "І": "I", "Є": "YE", "Ґ": "G", "Қ": "K", "Ұ": "U", "Ү": "U", "Ө": "O", "Ә": "A",
    "Ң": "N", "Ғ": "G",
    "Α": "A", "Β": "V", "Γ": "G", "Δ": "D", "Ε": "E", "Ζ": "Z", "Η": "I", "Θ": "TH", "Ι": "I", "Κ": "K",
    "Λ": "L", "Μ": "M", "Ν": "N", "Ξ": "X", "Ο": "O", "Π": "P", "Ρ": "R", "Σ": "S", "Τ": "T", "Υ": "Y",
    "Φ": "F", "Χ": "CH", "Ψ": "PS", "Ω": "O",
}  # fmt: skip

# Letters of other scripts that are drawn like a Latin capital: what a reader of a plate meant to write.
_LOOKALIKE = {
    "А": "A", "В": "B", "Е": "E", "З": "3", "К": "K", "М": "M", "Н": "H", "О": "O", "Р": "P", "С": "C",
    "Т": "T", "У": "Y", "Х": "X", "І": "I", "Ј": "J", "Ѕ": "S",
    "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K", "Μ": "M", "Ν": "N", "Ο": "O",
    "Ρ": "P", "Τ": "T", "Υ": "Y", "Χ": "X", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D",
}  # fmt: skip


def distinct(raw: pl.Series) -> pl.DataFrame:
    """One sorted column `raw`: the distinct non-null values of `raw`, as text."""
    return raw.cast(pl.String).drop_nulls().unique().sort().rename("raw").to_frame()


def plain_upper(text: pl.Expr) -> pl.Expr:
    """Upper case without accents; full-width and other compatibility forms become the plain characters."""
    # NFKD first, so that an accent is a mark of its own; NFC last, so that other scripts (Hangul) close up again.
    # Three dots in one character are punctuation, never letters, and fall out later like any other dot.
    return (
        text.str.normalize("NFKD")
        .str.replace_all(r"[\x{0300}-\x{036F}]", "")
        .str.to_uppercase()
        .str.normalize("NFKD")
        .str.replace_all(r"[\x{0300}-\x{036F}]", "")
        .str.normalize("NFC")
    )


def fold_name(text: pl.Expr) -> pl.Expr:
    """Upper case in Latin letters where a romanisation is known; letters of other scripts stay as they are."""
    return plain_upper(text).str.replace_many(list(_ROMAN), list(_ROMAN.values()))


def fold_plate(text: pl.Expr) -> pl.Expr:
    """Upper case, with letters of other scripts replaced by the Latin letter or digit they look like."""
    return plain_upper(text).str.replace_many(list(_LOOKALIKE), list(_LOOKALIKE.values()))


def words_only(text: pl.Expr) -> pl.Expr:
    """Upper-case words of `A-Z0-9` with one blank between them; everything else separates words."""
    return fold_name(text).str.replace_all(r"[^A-Z0-9]+", " ").str.strip_chars(" ")
