"""Several persons in one text: JOHN & MARY SMITH, SMITH JOHN A & JONES MARY B, JOHN SMITH, MARY JONES.

A given name alone borrows the other person's family name; what is already a whole name keeps its own.
"""

import re

from loaders.normalize.names_person import Order, Person, Words, drop_titles, read_comma, read_plain
from loaders.normalize.names_tables import LEANS_FAMILY, LEANS_GIVEN, is_known, lean_of
from loaders.normalize.names_text import is_placeholder, name_words, to_words
from loaders.normalize.names_words import CREDENTIALS, LAST_SUFFIXES, SUFFIXES, TITLES, VIETNAMESE_MIDDLE

_AND = re.compile(r"\s*(?:\bAND/OR\b|[&+;/]|(?<=[\w.,]) +(?:AND|OR)(?= ))\s*")


def _is_given_list(text: str) -> bool:
    pieces = [name_words(piece) for piece in text.split(",")]
    return len(pieces) > 1 and all(len(words) == 1 and lean_of(words[0]) in LEANS_GIVEN for words in pieces)


def reads_given_first(words: Words) -> bool:
    """Whether the first word is plainly a given name and the last plainly a family name.

    A last word in neither table counts as a family name, and so does the word behind an initial (MARY B ROSE).
    """
    words = [word for word in words if word not in SUFFIXES]
    if len(words) < 2 or len(words[-1]) == 1 or lean_of(words[0]) not in LEANS_GIVEN:
        return False
    after_initial = len(words) > 2 and len(words[-2]) == 1
    return after_initial or lean_of(words[-1]) in LEANS_FAMILY or not is_known(words[-1])


def _is_given_alone(words: Words) -> bool:
    words = [word for word in drop_titles(words) if word not in SUFFIXES]
    return len(words) == 1 or (len(words) > 1 and all(len(word) == 1 for word in words[1:]))


def _borrows_family(words: Words) -> bool:
    """Whether these words, behind a person written family name first, are given names without a family name."""
    if _is_given_alone(words) or words[0] in VIETNAMESE_MIDDLE:
        return True
    return lean_of(words[0]) in LEANS_GIVEN and not reads_given_first(words)


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
    if shared and _borrows_family(words):
        return [read_plain(words, order, suffix, shared)]
    return [read_plain(words, "given_first" if later and reads_given_first(words) else order, suffix)]


def _read_family_first(sides: list[str], order: Order) -> list[Person]:
    """SMITH JOHN & MARY; SMITH, JOHN AND MARY JONES: what follows borrows from what stands before it."""
    persons: list[Person] = []
    for i, side in enumerate(sides):
        # SMITH & JONES: a family name alone has no given name's place to lend.
        lent = persons[-1].family if persons and persons[-1].given else ""
        persons += _read_pieces(side, order, lent, later=i > 0)
    return persons


def _read_given_first(sides: list[str], order: Order) -> list[Person]:
    """JOHN & MARY SMITH; JOHN SMITH & MARY: a given name alone borrows from the next whole name, else the last."""
    whole = [not _is_given_alone(name_words(side)) for side in sides]
    read = [_read_pieces(side, order, "", later=False) for side in sides]
    for i, side in enumerate(sides):
        if not whole[i]:
            lenders = [people for at, people in enumerate(read) if whole[at]]
            nearest = [*(people for at, people in enumerate(read) if whole[at] and at > i), *reversed(lenders)]
            family = next((people[0].family for people in nearest if people and people[0].family), "")
            if family:
                read[i] = [read_plain(name_words(side), order, "", family)]
    return [person for people in read for person in people]


def read_persons(text: str, order: Order) -> list[Person]:
    """Persons joined by AND, OR, `&`, `+`, `;`, `/`, a given name alone borrowing the other's family name."""
    sides = [side for side in _AND.split(text) if name_words(side)]
    if len(sides) > 1:  # JOHN, MARY AND PETER SMITH
        sides = [name for side in sides for name in (side.split(",") if _is_given_list(side) else [side])]
    real = [side for side in sides if not is_placeholder(to_words(side)) and not set(name_words(side)) <= TITLES]
    sides = real or sides[:1]
    if len(sides) <= 1:
        return _read_pieces(sides[0], order, "", later=False) if sides else []
    family_first = order == "family_first"
    if family_first and _is_given_alone(name_words(sides[0])) and reads_given_first(name_words(sides[-1])):
        family_first, order = False, "given_first"  # JOHN & MARY SMITH among registrations
    if family_first or "," in sides[0]:
        return _read_family_first(sides, order)
    return _read_given_first(sides, order)
