"""One name as written -> the persons and bodies it names: the careful path, for the irregular rest.

Reading order: remarks out (AKA, C/O, brackets, how title is held), then what kind of name it is (placeholder,
estate, trust, company, person), then the couple split, then each person (`names_person`).
"""

import re
from dataclasses import dataclass, replace

from loaders.normalize.names_couples import read_persons, reads_given_first
from loaders.normalize.names_person import Order, Person, Words
from loaders.normalize.names_tables import is_known
from loaders.normalize.names_text import drop_role, is_placeholder, name_words, take_aliases, take_remarks, to_words
from loaders.normalize.names_words import (
    AFTER_AND_COMPANY_WORDS,
    COMPANY_WORDS,
    ESTATE_MARKS,
    ESTATE_WORDS,
    JOINED_TO_NEXT,
    LAST_COMPANY_WORDS,
    LAST_SUFFIXES,
    LAST_TRUST_MARKS,
    PARTICLES,
    SPECIAL_WORDS,
    STREET_WORDS,
    TRUST_MARKS,
    TRUST_WORDS,
    WEAK_COMPANY_WORDS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """One person or body named in a text. `key` is empty for a placeholder."""

    kind: str
    person: Person
    key: str
    nickname: str = ""
    alias: str = ""


def _is_company(words: Words, text: str) -> bool:
    if not COMPANY_WORDS.isdisjoint(words):
        return True
    if len(words) > 2 and words[-1] in LAST_COMPANY_WORDS:
        return True
    if words and words[-1] in AFTER_AND_COMPANY_WORDS and re.search(r"(?:&|\bAND)\s+\S+$", text.strip(" .,")):
        return True
    if len(words) > 2 and words[-1] == "CO" and not is_known(words[-2]):  # RAM LANDSCAPE CO; but ANNA MARIE CO
        return True
    return sum(word in WEAK_COMPANY_WORDS for word in words) >= 2


# Words that may make a key read otherwise than it was written; particles keep their place, so they may not.
_UNSETTLING = (SPECIAL_WORDS | {"O", "D", *LAST_SUFFIXES}) - (PARTICLES - {"VAN"}) - JOINED_TO_NEXT
_MOST_READINGS = 8  # each reading but the last drops a word or settles an order

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
    words = name_words(inner)
    street = len(words) > 1 and words[-1] in STREET_WORDS and not reads_given_first(words)
    if not words or street or len(words) > _LONGEST_TRUSTEE_LIST:
        return [Named(kind, Person(), key)]
    if len(words) == 1:
        return [Named(kind, Person(family=words[0].replace("-", " ")), key)]
    reads = "given_first" if order == "family_first" and reads_given_first(words) else order
    persons = read_persons(inner, reads)
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
        if (again.key, again.person.suffix) == (named.key, named.person.suffix):
            return named
        named = replace(again, nickname=named.nickname, alias=named.alias or again.alias)
    return Named("unknown", Person(), "")


def _parse_once(text: str, order: Order) -> list[Named]:
    main, alias = take_aliases(text)
    main, nickname, other = take_remarks(main)
    alias = " ".join(name for name in (alias, other) if name)
    main = drop_role(main).replace("'", "")
    words = to_words(main)
    if not words or is_placeholder(words):
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
    persons = [person for person in read_persons(text, order) if person.key]
    if not persons:
        return [Named("unknown", Person(), "")]
    return [Named("person", person, person.key) for person in persons]
