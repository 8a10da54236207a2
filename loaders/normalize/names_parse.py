"""One name as written -> the persons and bodies it names: the careful path, for the irregular rest.

Reading order: remarks out (AKA, C/O, brackets, how title is held), then what kind of name it is (placeholder,
estate, trust, company, person), then the couple split, then each person (`names_person`).
"""

import re
import unicodedata
from dataclasses import dataclass, replace

from loaders.normalize.names_person import Order, Person, Words, drop_titles, read_comma, read_plain
from loaders.normalize.names_tables import given_words, leaning_of
from loaders.normalize.names_words import (
    AFTER_AND_COMPANY_WORDS,
    COMPANY_WORDS,
    CREDENTIALS,
    ESTATE_MARKS,
    ESTATE_WORDS,
    HOLDING_REMARKS,
    JOINED_TO_NEXT,
    LAST_COMPANY_WORDS,
    LAST_SUFFIXES,
    LAST_TRUST_MARKS,
    PARTICLES,
    PLACEHOLDER_FILLERS,
    PLACEHOLDER_TEXTS,
    PLACEHOLDER_WORDS,
    ROLE_WORDS,
    SPECIAL_WORDS,
    STREET_WORDS,
    SUFFIXES,
    TITLES,
    TRUST_MARKS,
    TRUST_WORDS,
    VIETNAMESE_MIDDLE,
    WEAK_COMPANY_WORDS,
)


@dataclass(frozen=True, slots=True)
class Named:
    """One person or body named in a text. `key` is empty for a placeholder."""

    kind: str
    person: Person
    key: str
    nickname: str = ""
    alias: str = ""


_HOLDING = re.compile(HOLDING_REMARKS)
_ALIAS = re.compile(
    r"(?<=[\w.)\"']) +\(?(?:A\.?K\.?A\.?|A/K/A|F\.?K\.?A\.?|F/K/A|N/?K/?A|NEE|FORMERLY|D/?B/?A)[ :]+(?=\w)"
)
_CARE_OF = re.compile(r"(?:^|(?<= ))(?:C/O|C\.O\.|CARE OF|ATTN|ATTENTION)(?![A-Z])[ :.]*|(?:^| )% ?(?=[A-Z])")
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_REMARK_MARKS = re.compile(r"[(\[{\"']")
_QUOTED = re.compile(r"(?<![\w'\"])(?:\"([^\"]+)\"|'([^']+)')(?!\w)")
_DASHED = re.compile(r" +-+ +")
_AND = re.compile(r"\s*(?:\bAND/OR\b|[&+;/]|(?<=[\w.,]) +(?:AND|OR)(?= ))\s*")
_DIGIT = re.compile(r"\d")
_L_L_C = re.compile(r"\bL\.? ?L\.? ?([CP])\b\.?")


# Apostrophes close up (O'BRIEN -> OBRIEN); every other ASCII mark but the hyphen separates words.
_PUNCTUATION = {**{ord(c): " " for c in '!"#$%&()*+,./:;<=>?@[\\]^_`{|}~\t\n\r\x0b\x0c'}, ord("'"): None}


def to_words(text: str) -> Words:
    """Words of letters and digits of any script; hyphens inside a word stay, everything else separates."""
    if not text.isascii():
        text = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" or c in "'-" else " " for c in text)
    words = text.translate(_PUNCTUATION).split()
    return [word for w in words if (word := w.strip("-"))] if "-" in text else words


def _name_words(text: str) -> Words:
    """Words that can belong to a name: those with a digit are dropped, unless they are a suffix (2ND)."""
    words = to_words(text)
    if not _DIGIT.search(text):
        return words
    return [word for word in words if word in SUFFIXES or not _DIGIT.search(word)]


def _take_remarks(text: str) -> tuple[str, str, str]:
    """Cut bracketed and quoted remarks: (text, nickname, other name). A role (TENANT) is neither name."""
    nickname, others = "", Words()
    if not _REMARK_MARKS.search(text):
        return text, nickname, ""
    for pattern in (_BRACKETS, _QUOTED):
        while found := pattern.search(text):
            inside = next((group for group in found.groups() if group), "")
            rest = f"{text[: found.start()]} {text[found.end() :]}"
            words = _name_words(inside)
            if not _name_words(rest):  # nothing else is written: the remark is the name
                text = text.replace(found.group(0), f" {inside} ", 1)
                continue
            if len(words) == 1 and words[0] in SUFFIXES:
                rest = f"{rest} {words[0]}"
            elif len(words) == 1 and (pattern is _QUOTED or words[0] in given_words()):
                nickname = nickname or words[0].replace("-", " ")
            elif not set(words) <= ROLE_WORDS:
                others += words
            text = rest
    return " ".join(text.split()), nickname, " ".join(others)


def _drop_role(text: str) -> str:
    """Cut `- TENANT` behind and `TENANT:` before a name."""
    head, *tail = _DASHED.split(text)
    kept = [head, *(part for part in tail if not (set(to_words(part)) <= ROLE_WORDS))]
    text = ("-" if len(kept) == 2 and all(len(part.split()) == 1 for part in kept) else " ").join(kept)
    before, colon, after = text.partition(":")
    if colon and after.strip() and set(to_words(before)) <= ROLE_WORDS:
        return after.strip()
    return text


def _is_placeholder(words: Words) -> bool:
    plain = [word for word in words if not _DIGIT.search(word)]
    if not plain or " ".join(plain) in PLACEHOLDER_TEXTS:
        return True
    if PLACEHOLDER_WORDS.isdisjoint(plain):
        return False
    rest = [word for word in plain if word not in PLACEHOLDER_WORDS and word not in PLACEHOLDER_FILLERS]
    return not rest or (len(rest) == 1 and len(rest[0]) == 1)  # TENANT A


def _is_company(words: Words, text: str) -> bool:
    if not COMPANY_WORDS.isdisjoint(words):
        return True
    if len(words) > 2 and words[-1] in LAST_COMPANY_WORDS:
        return True
    if words and words[-1] in AFTER_AND_COMPANY_WORDS and re.search(r"(?:&|\bAND)\s+\S+$", text.strip(" .,")):
        return True
    return sum(word in WEAK_COMPANY_WORDS for word in words) >= 2


def _is_given_list(text: str) -> bool:
    lean = leaning_of()
    pieces = [_name_words(piece) for piece in text.split(",")]
    return len(pieces) > 1 and all(len(words) == 1 and lean.get(words[0]) in ("G", "g") for words in pieces)


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
    return lean.get(words[0]) in ("G", "g") and lean.get(words[-1]) not in ("F", "f")


def _reads_given_first(words: Words) -> bool:
    lean = leaning_of()
    return len(words) > 1 and lean.get(words[0]) in ("G", "g") and lean.get(words[-1]) in ("F", "f")


def _is_list_of_persons(parts: list[Words]) -> bool:
    """`JOHN SMITH, MARY JONES`: every piece is itself given name first; else the comma is FAMILY, GIVEN."""
    return len(parts) > 1 and all(_reads_given_first(part) for part in parts)


# Words that may make a key read otherwise than it was written; particles keep their place, so they may not.
_UNSETTLING = (SPECIAL_WORDS | {"O", "D", *LAST_SUFFIXES}) - PARTICLES - JOINED_TO_NEXT - VIETNAMESE_MIDDLE
_MOST_READINGS = 8  # each reading but the last drops a word or settles an order

_SUFFIX_PIECE = frozenset(SUFFIXES) | frozenset(LAST_SUFFIXES) | CREDENTIALS | TITLES | {"V"}


def _read_pieces(text: str, order: Order, shared: str, later: bool) -> list[Person]:
    """One side of an `and`: pieces between commas -> persons."""
    pieces = [words for words in (_name_words(piece) for piece in text.split(",")) if words]
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
    if later and _reads_given_first(words):
        return [read_plain(words, "given_first", suffix)]
    return [read_plain(words, order, suffix)]


def _read_persons(text: str, order: Order) -> list[Person]:
    """Persons joined by AND, OR, `&`, `+`, `;`, `/`, a given name alone borrowing the other's family name."""
    sides = [side for side in _AND.split(text) if _name_words(side)]
    if len(sides) > 1:  # JOHN, MARY AND PETER SMITH
        sides = [name for side in sides for name in (side.split(",") if _is_given_list(side) else [side])]
    real = [side for side in sides if not _is_placeholder(to_words(side)) and not set(_name_words(side)) <= TITLES]
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
    whole = [not _shares_family(_name_words(side), family_first=False) for side in sides]
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
                else [read_plain(_name_words(side), order, "", family)]
            )
    return [person for people in read for person in people]


# More words than this in a trust's name are a legal description, not persons.
_LONGEST_TRUSTEE_LIST = 8


def _body_key(text: str) -> str:
    """The words of a body's name, AND written `&`."""
    words = to_words(text.replace("&", " AND ").replace("-", " "))
    return " ".join("&" if word == "AND" else word for word in words)


def _read_body(text: str, order: Order, kind: str, marks: frozenset[str]) -> list[Named]:
    """A trust or an estate: the persons in it, or the body alone where no person is recognisable."""
    key = _body_key(text)
    text = re.sub(r"(?<=\w)[ ,]+(?:DATED|DTD|UTD|UAD|UDT|U/A|U/D/T)\b.*", "", text)
    if kind == "trust":  # SMITH JOHN TRUSTEE OF THE SMITH FAMILY TRUST: the trustee is the person
        text = re.split(r"(?<=.)\b(?:TRUSTEES?|TTEES?|TTE)\b(?:,? (?:OF|FOR|U/?A)\b.*)", text)[0] or text
    text = re.sub(r"\bTHE (?=ESTATE|HEIRS)|\b(?:ESTATE|HEIRS) OF( THE)?\b", " ", text)
    inner = re.sub(r"[A-Z0-9/'-]+", lambda m: " " if m.group(0).strip("-") in marks else m.group(0), text)
    inner = re.sub(r"\d[\d/.-]*", " ", inner).strip(" ,&-")
    words = _name_words(inner)
    street = len(words) > 1 and words[-1] in STREET_WORDS and not _reads_given_first(words)
    if not words or street or len(words) > _LONGEST_TRUSTEE_LIST:
        return [Named(kind, Person(), key)]
    if len(words) == 1:
        return [Named(kind, Person(family=words[0].replace("-", " ")), key)]
    reads = "given_first" if order == "family_first" and _reads_given_first(words) else order
    persons = _read_persons(inner, reads)
    return [Named(kind, person, person.key) for person in persons] or [Named(kind, Person(), key)]


def parse_name(text: str, order: Order) -> list[Named]:
    """Every person or body that one folded text names, in the order written; never empty.

    `text` is upper case as `text.fold_name` leaves it. A text that names nobody is one row of kind `unknown`.
    Reading a key again gives the same key.
    """
    return [_settle(named) for named in _parse_once(text, order)]


def _settle(named: Named) -> Named:
    """Read the key of an odd name (`3RD, ELLEN`) until it reads as itself; ordinary keys do so at once."""
    for _ in range(_MOST_READINGS):
        if _UNSETTLING.isdisjoint(named.key.removesuffix(named.person.suffix).split()):
            return named
        again = _parse_once(named.key, "given_first")[0]
        if again.key == named.key:
            return named
        named = replace(again, nickname=named.nickname, alias=named.alias or again.alias)
    return Named("unknown", Person(), "")


def _parse_once(text: str, order: Order) -> list[Named]:
    text = _L_L_C.sub(r"LL\1", text)
    main, *aliases = _ALIAS.split(text)
    alias = " ".join(word for a in aliases for word in _name_words(a))
    cared = [part for part in _CARE_OF.split(main) if part.strip(" ,")]
    main = cared[0] if cared else ""
    main = _HOLDING.sub(" ", main)
    main, nickname, other = _take_remarks(main)
    alias = " ".join(name for name in (alias, other) if name)
    main = _drop_role(main).replace("'", "")
    words = to_words(main)
    if not words or _is_placeholder(words):
        return [Named("unknown", Person(), "")]
    named = _read_kind(main, words, order)
    if nickname or alias:
        named[0] = replace(named[0], nickname=nickname, alias=alias)
    return named


def _read_kind(text: str, words: Words, order: Order) -> list[Named]:
    marks = set(words)
    company = _is_company([w for w in words if w not in ("TRUST", "ESTATE", "TRUSTEES")], text)
    estate = bool(marks & (ESTATE_MARKS - {"EST"})) or (len(words) > 2 and words[-1] == "EST")
    if estate and not company and "REAL" not in marks:
        return _read_body(text, order, "estate", ESTATE_WORDS)
    trust = bool(marks & TRUST_MARKS) or (len(words) > 2 and words[-1] in LAST_TRUST_MARKS)
    strong = [w for w in words if w in COMPANY_WORDS and w not in TRUST_WORDS]
    if trust and not strong and not ({"BANK", "CO", "NATIONAL"} & marks):
        return _read_body(text, order, "trust", TRUST_WORDS | LAST_TRUST_MARKS)
    household = [w for w in words if w not in ("THE", "FAMILY")]
    if "FAMILY" in marks and len(household) == 1:
        return [Named("person", Person(family=household[0].replace("-", " ")), household[0].replace("-", " "))]
    if company or (strong and not trust):
        return [Named("company", Person(), _body_key(text))]
    persons = [person for person in _read_persons(text, order) if person.key]
    if not persons:
        return [Named("unknown", Person(), "")]
    return [Named("person", person, person.key) for person in persons]
