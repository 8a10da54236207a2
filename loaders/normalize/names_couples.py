"""Several persons in one text: JOHN & MARY SMITH, SMITH JOHN A & JONES MARY B, JOHN SMITH, MARY JONES.

A given name alone borrows the other person's family name; what is already a whole name keeps its own.
"""

import re

from loaders.normalize.names_person import Order, Person, Words, drop_titles, read_comma, read_plain
from loaders.normalize.names_tables import LEANS_FAMILY, LEANS_GIVEN, leaning_of
from loaders.normalize.names_text import is_placeholder, name_words, to_words
from loaders.normalize.names_words import CREDENTIALS, LAST_SUFFIXES, SUFFIXES, TITLES, VIETNAMESE_MIDDLE

_AND = re.compile(r"\s*(?:\bAND/OR\b|[&+;/]|(?<=[\w.,]) +(?:AND|OR)(?= ))\s*")


def _is_given_list(text: str) -> bool:
    lean = leaning_of()
    pieces = [name_words(piece) for piece in text.split(",")]
    return len(pieces) > 1 and all(len(words) == 1 and lean.get(words[0]) in LEANS_GIVEN for words in pieces)


def _shares_family(words: Words, family_first: bool) -> bool:
    """Whether these words of a couple are a given name alone (with initials), so that the family name is shared."""
    words = [w for w in drop_titles(words) if w not in SUFFIXES]
    if len(words) <= 1 or all(len(word) == 1 for word in words[1:]):
        return len(words[0]) > 0 if words else False
    if not family_first:
        return False
    if words[0] in VIETNAMESE_MIDDLE:
        return True
    lean = leaning_of()
    return lean.get(words[0]) in LEANS_GIVEN and lean.get(words[-1]) not in LEANS_FAMILY


def reads_given_first(words: Words) -> bool:
    """Whether the first word is plainly a given name and the last plainly a family name."""
    lean = leaning_of()
    return len(words) > 1 and lean.get(words[0]) in LEANS_GIVEN and lean.get(words[-1]) in LEANS_FAMILY


def _is_list_of_persons(parts: list[Words]) -> bool:
    """`JOHN SMITH, MARY JONES`: every piece is itself given name first; else the comma is FAMILY, GIVEN."""
    return len(parts) > 1 and all(reads_given_first(part) for part in parts)


_SUFFIX_PIECE = frozenset(SUFFIXES) | frozenset(LAST_SUFFIXES) | CREDENTIALS | TITLES | {"V"}


def _read_pieces(text: str, order: Order, shared: str, later: bool) -> list[Person]:
    """One side of an `and`: pieces between commas -> persons."""
    pieces = [words for words in (name_words(piece) for piece in text.split(",")) if words]
    suffix = ""
    for piece in [p for p in pieces[1:] if set(p) <= _SUFFIX_PIECE]:
        pieces.remove(piece)
        suffix = suffix or next((SUFFIXES.get(w, LAST_SUFFIXES.get(w, "V" if w == "V" else "")) for w in piece), "")
    if not pieces or (later and set().union(*pieces) <= TITLES):
        return []
    if _is_list_of_persons(pieces):
        return [read_plain(words, "given_first", suffix if i == 0 else "") for i, words in enumerate(pieces)]
    if len(pieces) > 1:
        return [read_comma(pieces[0], [word for piece in pieces[1:] for word in piece], suffix)]
    words = pieces[0]
    family_first = order == "family_first" or later
    if shared and _shares_family(words, family_first):
        return [read_plain(words, order, suffix, shared)]
    if later and reads_given_first(words):
        return [read_plain(words, "given_first", suffix)]
    return [read_plain(words, order, suffix)]


def read_persons(text: str, order: Order) -> list[Person]:
    """Persons joined by AND, OR, `&`, `+`, `;`, `/`, a given name alone borrowing the other's family name."""
    sides = [side for side in _AND.split(text) if name_words(side)]
    if len(sides) > 1:  # JOHN, MARY AND PETER SMITH
        sides = [name for side in sides for name in (side.split(",") if _is_given_list(side) else [side])]
    real = [side for side in sides if not is_placeholder(to_words(side)) and not set(name_words(side)) <= TITLES]
    sides = real or sides[:1]
    if len(sides) <= 1:
        return _read_pieces(sides[0], order, "", later=False) if sides else []
    first_is_whole = "," in sides[0] or order == "family_first"
    persons: list[Person] = []
    if first_is_whole:  # SMITH JOHN & MARY; SMITH, JOHN AND MARY JONES
        for i, side in enumerate(sides):
            shared = persons[-1].family if persons else ""
            persons += _read_pieces(side, order, shared, later=i > 0)
        return persons
    whole = [not _shares_family(name_words(side), family_first=False) for side in sides]
    read = [
        _read_pieces(side, order, "", later=False) if is_whole else []
        for side, is_whole in zip(sides, whole, strict=True)
    ]
    for i, side in enumerate(sides):  # JOHN & MARY SMITH; JOHN SMITH & MARY
        if not whole[i]:
            lenders = [*read[i + 1 :], *reversed(read[:i])]
            family = next((people[0].family for people in lenders if people and people[0].family), "")
            read[i] = (
                _read_pieces(side, order, family, later=False)
                if not family
                else [read_plain(name_words(side), order, "", family)]
            )
    return [person for people in read for person in people]
