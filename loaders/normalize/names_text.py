"""The written text of a name -> its words, with the remarks around it taken out. Plain Python on one text."""

import re
import unicodedata
from functools import lru_cache

from loaders.normalize.names_person import Words
from loaders.normalize.names_tables import given_words
from loaders.normalize.names_words import (
    ESTATE_MARKS,
    HOLDING_REMARKS,
    PLACEHOLDER_FILLERS,
    PLACEHOLDER_TEXTS,
    PLACEHOLDER_WORDS,
    ROLE_WORDS,
    SUFFIXES,
    TRUST_MARKS,
)

_HOLDING = re.compile(HOLDING_REMARKS)
_ALIAS = re.compile(
    r"(?<=[\w.)\"']) +\(?(?:A\.?K\.?A\.?|A/K/A|F\.?K\.?A\.?|F/K/A|N/?K/?A|NEE|FORMERLY|D/?B/?A)[ :]+(?=\w)"
)
_CARE_OF = re.compile(r"(?:^|(?<= ))(?:C/O|C\.O\.|CARE OF|ATTN|ATTENTION)(?![A-Z])[ :.]*|(?:^| )% ?(?=[A-Z])")
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_REMARK_MARKS = re.compile(r"[(\[{\"']")
_QUOTED = re.compile(r"(?<![\w'\"])(?:\"([^\"]+)\"|'([^' ]+)')(?!\w)")
_DASHED = re.compile(r" +-+ +")
_DIGIT = re.compile(r"\d")
_L_L_C = re.compile(r"\bL\.? ?L\.? ?([CP])\b\.?")


# Apostrophes close up (O'BRIEN -> OBRIEN); every other ASCII mark but the hyphen separates words.
_PUNCTUATION = {**{ord(c): " " for c in '!"#$%&()*+,./:;<=>?@[\\]^_`{|}~\t\n\r\x0b\x0c'}, ord("'"): None}


# One name's texts are cut into words by several readers in turn, each of which wants to know something else.
_REMEMBERED = 64


def to_words(text: str) -> Words:
    """Words of letters and digits of any script; hyphens inside a word stay, everything else separates."""
    return list(_words_of(text))


@lru_cache(_REMEMBERED)
def _words_of(text: str) -> Words:
    if not text.isascii():
        text = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" or c in "'-" else " " for c in text)
    words = text.translate(_PUNCTUATION).split()
    return [word for w in words if (word := w.strip("-"))] if "-" in text else words


def name_words(text: str) -> Words:
    """Words that can belong to a name: numbers are dropped, but for suffixes (2ND)."""
    return list(_name_words_of(text))


@lru_cache(_REMEMBERED)
def _name_words_of(text: str) -> Words:
    words = _words_of(text)
    if not _DIGIT.search(text):
        return words
    letters = (word if word in SUFFIXES else _without_digits(word) for word in words)
    return [word for word in letters if word]


# Digits that stand for letters inside a scanned or mistyped name (SECH1N).
_DIGIT_LETTERS = str.maketrans("013456789", "OIEASGTBG", "2")


def _without_digits(word: str) -> str:
    """`TENANT2` -> `TENANT`, `SECH1N` -> `SECHIN`; nothing where a single letter is left (a unit, 2B)."""
    if word.isalpha() or not _DIGIT.search(word):
        return word
    letters = _DIGIT.sub("", word.strip("0123456789").translate(_DIGIT_LETTERS)).strip("-")
    return letters if len(letters) > 1 else ""


# SMITH JOHN (DECEASED), SMITH JOHN (TRUSTEE): such a remark says what is named, and stays.
_BODY_MARKS = TRUST_MARKS | ESTATE_MARKS


def take_remarks(text: str) -> tuple[str, str, str]:
    """Cut bracketed and quoted remarks: (text, nickname, other name). A role (TENANT) is neither name."""
    nickname, others = "", Words()
    if not _REMARK_MARKS.search(text):
        return text, nickname, ""
    for pattern in (_BRACKETS, _QUOTED):
        while found := pattern.search(text):
            inside = next((group for group in found.groups() if group), "")
            rest = f"{text[: found.start()]} {text[found.end() :]}"
            words = name_words(inside)
            if not name_words(rest):  # nothing else is written: the remark is the name
                text = text.replace(found.group(0), f" {inside} ", 1)
                continue
            if (len(words) == 1 and words[0] in SUFFIXES) or _BODY_MARKS & set(words):
                rest = f"{rest} {' '.join(words)}"
            elif len(words) == 1 and (pattern is _QUOTED or words[0] in given_words()):
                nickname = nickname or words[0].replace("-", " ")
            elif not set(words) <= ROLE_WORDS:
                others += words
            text = rest
    return " ".join(text.split()), nickname, " ".join(others)


def drop_role(text: str) -> str:
    """Cut `- TENANT` behind and `TENANT:` before a name."""
    head, *tail = _DASHED.split(text)
    kept = [head, *(part for part in tail if not (set(to_words(part)) <= ROLE_WORDS))]
    text = ("-" if len(kept) == 2 and all(len(part.split()) == 1 for part in kept) else " ").join(kept)
    before, colon, after = text.partition(":")
    if colon and after.strip() and set(to_words(before)) <= ROLE_WORDS:
        return after.strip()
    return text


def take_aliases(text: str) -> tuple[str, str]:
    """Cut other names (AKA, FKA, NEE, DBA), C/O and ATTN, and remarks on how title is held: (text, other names)."""
    main, *aliases = _ALIAS.split(_L_L_C.sub(r"LL\1", text))
    cared = [part for part in _CARE_OF.split(main) if part.strip(" ,")]
    return _HOLDING.sub(" ", cared[0] if cared else ""), " ".join(
        word for alias in aliases for word in name_words(alias)
    )


def is_placeholder(words: Words) -> bool:
    """Whether the words stand for nobody in particular: CURRENT OCCUPANT, TENANT 1, numbers alone."""
    plain = [letters for word in words if (letters := _without_digits(word))]
    if not plain or " ".join(plain) in PLACEHOLDER_TEXTS:
        return True
    if PLACEHOLDER_WORDS.isdisjoint(plain):
        return False
    rest = [word for word in plain if word not in PLACEHOLDER_WORDS and word not in PLACEHOLDER_FILLERS]
    return not rest or (len(rest) == 1 and len(rest[0]) == 1)  # TENANT A
