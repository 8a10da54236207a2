"""Plates as written -> upper-case `A-Z0-9` with `?` for each unreadable character.

The states whose serials a plate fits are next door in `plate_formats`, and offered here too.
"""

from functools import cache

import polars as pl

from loaders.normalize.plate_formats import VANITY_LENGTHS, format_states, serial_formats, shape_of
from loaders.normalize.states import normalize_states, state_names, us_state_codes
from loaders.normalize.text import distinct, fold_plate

__all__ = [
    "VANITY_LENGTHS",
    "format_states",
    "normalize_plates",
    "normalize_states",
    "serial_formats",
    "shape_of",
]

# No plate of any state has more than eight characters, nor a read of one with its frame more than twelve. Several
# words beyond eight are a remark, and a remark may hold one serial: five characters or more, letters and digits.
_LONGEST_WORDS, _LONGEST_READ = 8, 12
_SERIAL_IN_REMARK = r"^(?:[A-Z0-9?]*[A-Z][A-Z0-9?]*[0-9][A-Z0-9?]*|[A-Z0-9?]*[0-9][A-Z0-9?]*[A-Z][A-Z0-9?]*)$"

_NO_VEHICLE = (
    r"^(?:NONE( SEEN| OBSERVED| PRESENT| THERE)?|N A|NA|NIL|NULL|NOTHING|NOBODY|EMPTY|0 (?:CARS?|VEHICLES?)"
    r"|(?:NO|NOT ANY|ZERO|0) ?(?:VEHICLES?|VEHS?|CARS?|AUTOS?|ONE|TRUCKS?|PARKED)\b.*"
    r"|(?:EMPTY|VACANT) (?:DRIVEWAY|LOT|STREET|GARAGE).*)$"
)
_NO_PLATE = (
    r"^(?:(?:NO|NOT|WITHOUT|MISSING|UNKNOWN|UNK|UNREADABLE|ILLEGIBLE|COVERED|BLANK) ?"
    r"(?:FRONT |REAR |VISIBLE |READABLE |LICENSE |LIC )?(?:PLATES?|TAGS?|LICENSE|LIC|VISIBLE|READABLE|SEEN|KNOWN)\b.*"
    r"|UNKNOWN|UNK|UNREADABLE|ILLEGIBLE|COVERED|NOT READ|COULD NOT READ|CANT READ|CANNOT READ|OBSCURED)$"
)
_TEMPORARY_WORDS = (
    r"\b(?:TEMP(?:ORARY)?(?:[ .-]*(?:TAGS?|PLATES?|PERMITS?|REG(?:ISTRATION)?))?"
    r"|(?:PAPER|DEALER|TRANSIT)[ .-]*(?:TAGS?|PLATES?|PERMITS?))\b"
)
_LABEL = (
    r"^[^A-Z0-9?]*(?:LICEN[CS]E PLATE|LIC PLATE|LICEN[CS]E|PLATE|PARTIAL|TAG|LIC|LP)"
    r"(?: ?(?:NO|NUM|NUMBER))?[ .]*[:#=]+ *"
)
# Without a colon a label is one only where something like a serial follows: TAG 123 may be a whole plate.
_BARE_LABEL = r"^(?:LICEN[CS]E PLATE|LIC PLATE|PLATE|PARTIAL|POSSIBLY|MAYBE) +(.*[0-9?].*)$"
_DOUBT = r"[(\[] *(?:PARTIAL|MAYBE|POSSIBLY|UNSURE|UNCLEAR|GUESS|APPROX)[^)\]]*[)\]]"
# Nothing but a serial: most of a registry, read without the rules below. `0CARS` is not one of them.
_CLEAN = r"^(?:[A-Z1-9][A-Z0-9?]{1,7}|0[0-9?][A-Z0-9?]{0,6}|[A-Z0-9]{3}[ ·-](?:[A-Z0-9]{3}|[0-9]{4}))$"
_SEPARATORS = r"[^A-Z0-9?]+"


@cache
def _state_words() -> tuple[str, str]:
    """Two alternations for patterns: US codes, and names and clippings of four letters or more, longest first."""
    longer = sorted((n for n in state_names() if len(n) > 3), key=lambda name: (-len(name), name))
    return "|".join(us_state_codes()), "|".join(name.replace(" ", "[ .]*") for name in longer)


def _compact(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_SEPARATORS, "")


def _split_state(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `_state` (as written) and cut it from `_text`, where the text holds a plate and a state.

    A state in brackets, after a comma, colon or slash, or written as a name is always a state. A bare
    two-letter code counts only when plate and code together are longer than any plate, or when five mixed
    characters follow it: `IL 12345` is a whole Illinois serial, `CO ABC-123` is not.
    """
    codes, names = _state_words()
    any_state = f"{codes}|{names}"
    rules = (
        (rf"^(?P<plate>.+?)[ .]*[(\[] *(?P<state>{any_state})[ .]*[)\]][ .]*$", 2),
        (rf"^[(\[] *(?P<state>{any_state})[ .]*[)\]][ .:]*(?P<plate>.+)$", 2),
        (rf"^(?P<state>{any_state})[ .]*[:/,;|#]+ *(?P<plate>.+)$", 3),
        (rf"^(?P<plate>.+?) *[:/,;|]+ *(?P<state>{any_state})[ .]*$", 3),
        (rf"^(?P<state>{names})[ .-]+(?:PLATES? |TAGS? )?(?P<plate>.+)$", 2),
        (rf"^(?P<plate>.+?)[ .-]+(?P<state>{names})[ .]*(?:PLATES?|TAGS?)?$", 2),
        (rf"^(?P<state>{codes})[ .-]+(?:PLATES? |TAGS? )?(?P<plate>.+)$", 6),
        (rf"^(?P<plate>.+?)[ .-]+(?P<state>{codes})(?: PLATES?| TAGS?)?$", 6),
    )
    frame = frame.with_columns(_state=pl.lit(None, dtype=pl.String))
    for pattern, shortest in rules:
        found = pl.col("_text").str.extract_groups(pattern)
        plate = found.struct.field("plate")
        length = _compact(plate).str.len_chars()
        mixed = plate.str.contains(r"\d") & plate.str.contains(r"[A-Z]")
        enough = (length >= shortest) | ((shortest == 6) & (length == 5) & mixed)
        take = pl.col("_state").is_null() & plate.is_not_null() & enough
        frame = frame.with_columns(
            _state=pl.when(take).then(found.struct.field("state")).otherwise("_state"),
            _text=pl.when(take).then(plate).otherwise("_text"),
        )
    return frame


def normalize_plates(raw: pl.Series) -> pl.DataFrame:
    """`raw, plate, written_state, temporary, no_vehicle`: one row per distinct value.

    `plate` is `A-Z0-9` and `?` per unreadable character; null where the text says that there was no vehicle or
    no plate, or holds nothing readable. `written_state` is the state written in the same cell, or null.
    `temporary`: the text says temporary tag. `no_vehicle`: the text is blank or says that no vehicle was there,
    which is effort; a car without a readable plate is a null plate with `no_vehicle` false.
    """
    frame = distinct(raw)
    clean = pl.col("raw").str.contains(_CLEAN) & pl.col("raw").str.contains("[0-9]")
    regular = frame.filter(clean).select(
        "raw",
        plate=pl.col("raw").str.replace_all("[ ·-]", ""),
        written_state=pl.lit(None, dtype=pl.String),
        temporary=pl.lit(False),
        no_vehicle=pl.lit(False),
    )
    return pl.concat([regular, _read_irregular(frame.filter(~clean))]).sort("raw")


def _read_irregular(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of `normalize_plates` for text that holds more than a serial."""
    frame = frame.with_columns(
        _text=fold_plate(pl.col("raw")).str.replace_all(r"[*_]", "?").str.replace_all(r"\s+", " ").str.strip_chars(" ")
    )
    plain = pl.col("_text").str.replace_all(_SEPARATORS, " ").str.strip_chars(" ")
    frame = frame.with_columns(
        _plain=plain,
        temporary=plain.str.contains(_TEMPORARY_WORDS),
        no_vehicle=plain.str.contains(_NO_VEHICLE) | (plain == ""),
    )
    frame = frame.with_columns(
        _text=pl.col("_text")
        .str.replace(_LABEL, "")
        .str.replace(_BARE_LABEL, "$1")
        .str.replace_all(_TEMPORARY_WORDS, " ")
        .str.replace_all(_DOUBT, " ")
        .str.strip_chars(" ")
    )
    frame = _split_state(frame)
    states = normalize_states(frame["_state"]).rename({"raw": "_state", "state": "written_state"})
    frame = frame.join(states, on="_state", how="left", maintain_order="left")
    compact = _compact(pl.col("_text"))
    length = compact.str.len_chars()
    several = pl.col("_text").str.strip_chars(" ").str.contains(" ")
    words = pl.col("_text").str.replace_all(r"[^A-Z0-9? ]+", "").str.split(" ")
    serials = words.list.eval(
        pl.element().filter(
            pl.element().str.contains(_SERIAL_IN_REMARK) & pl.element().str.len_chars().is_between(5, 8)
        )
    )
    remark = several & (length > _LONGEST_WORDS)
    compact = pl.when(remark & (serials.list.len() == 1)).then(serials.list.first()).otherwise(compact)
    prose = (
        length > pl.when(several & ~compact.str.contains("[0-9?]")).then(_LONGEST_WORDS).otherwise(_LONGEST_READ)
    ) & (compact.str.len_chars() == length)
    none_said = pl.any_horizontal(
        pl.col("no_vehicle"),
        pl.col("_plain").str.contains(_NO_PLATE),
        compact.str.contains(_NO_VEHICLE),
        compact.str.contains(_NO_PLATE),
    )
    unreadable = ~compact.str.contains(r"[A-Z0-9]")
    return frame.with_columns(
        no_vehicle=pl.col("no_vehicle") | compact.str.contains(_NO_VEHICLE),
        plate=pl.when(none_said | prose | unreadable).then(None).otherwise(compact),
    ).select("raw", "plate", "written_state", "temporary", "no_vehicle")
