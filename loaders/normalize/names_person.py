"""One person's words -> given, middle, family, suffix. Pure functions of words; no frames here.

A word is upper case; a hyphen inside it (`GARCIA-LOPEZ`) still holds its halves together and becomes a blank at
the very end, so that a comparer sees both halves.
"""

from dataclasses import dataclass
from typing import Literal

from loaders.normalize.names_tables import LEANS_GIVEN, PLAINLY_FAMILY, leaning_of, surname_shares
from loaders.normalize.names_words import (
    CREDENTIALS,
    FAMILY_OPENERS,
    JOINED_TO_NEXT,
    LAST_SUFFIXES,
    PARTICLES,
    SUFFIXES,
    TITLES,
    VIETNAMESE_FAMILY,
    VIETNAMESE_MIDDLE,
)  # fmt: skip

Order = Literal["given_first", "family_first", "auto"]
Words = list[str]


@dataclass(frozen=True, slots=True)
class Person:
    """One person named: words of each part, empty where the text gives none."""

    given: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""

    @property
    def key(self) -> str:
        """`GIVEN MIDDLE FAMILY SUFFIX`, blanks never doubled."""
        return " ".join(part for part in (self.given, self.middle, self.family, self.suffix) if part)


def _person(given: Words, middle: Words, family: Words, suffix: str) -> Person:
    first, between, last = (" ".join(" ".join(part).replace("-", " ").split()) for part in (given, middle, family))
    return Person(first, between, last, suffix)


def join_split_prefixes(words: Words) -> Words:
    """`MC DONALD` -> `MCDONALD`, and `O BRIEN` -> `OBRIEN` where that is the commoner surname."""
    joined: Words = []
    for word in words:
        before = joined[-1] if joined else ""
        if before in ("MC", "MAC", "O", "D") and len(word) > 2 and "-" not in word:
            shares = surname_shares()
            if before == "MC" or shares.get(before + word, 0.0) > shares.get(word, 0.0):
                joined[-1] = before + word
                continue
        joined.append(word)
    return joined


def take_suffix(words: Words, trailing_v: bool) -> tuple[Words, str]:
    """Cut generational suffixes and credentials; at least one word stays."""
    kept, suffix = list(words), ""
    while len(kept) > 1:
        last = kept[-1]
        if last in SUFFIXES:
            suffix = SUFFIXES[last]
        elif len(kept) > 2 and last in LAST_SUFFIXES:
            suffix = LAST_SUFFIXES[last]
        elif len(kept) > 2 and trailing_v and last == "V" and not suffix:
            suffix = "V"
        elif not (len(kept) > 2 and last in CREDENTIALS):
            break
        kept.pop()
    for i in range(len(kept) - 1, 0, -1):  # SMITH JR JOHN Q
        if kept[i] in SUFFIXES and len(kept) > 1:
            suffix = suffix or SUFFIXES[kept[i]]
            del kept[i]
    return kept, suffix


def drop_titles(words: Words, family_first: bool = False) -> Words:
    """Cut leading titles; at least one word stays. A title that is a surname stays where a surname is expected."""
    start = 0
    while start < len(words) - 1 and words[start] in TITLES and not (family_first and words[start] in surname_shares()):
        start += 1
    return words[start:]


def leading_family(words: Words) -> int:
    """How many leading words make the family name when the family name stands first."""
    i = 0
    while i < len(words) - 2 and (words[i] in PARTICLES or words[i] in JOINED_TO_NEXT):
        # VAN JOHN Q: Van is a surname too, and it is one where nothing but a given name and initials follow.
        if i == 0 and words[0] in surname_shares() and sum(len(word) > 1 for word in words[1:]) < 2:
            break
        i += 1
    size = i + 1
    # GARCIA LOPEZ MARIA: the second word is plainly a surname and the third plainly a given name.
    lean = leaning_of()
    if size + 1 < len(words) and lean.get(words[size]) in PLAINLY_FAMILY and lean.get(words[size + 1]) == "G":
        size += 1
    return size


def trailing_family(words: Words) -> int:
    """How many trailing words make the family name when the given name stands first."""
    start = len(words) - 1
    vietnamese = words[-1] in VIETNAMESE_FAMILY
    while start > 1 and (words[start - 1] in PARTICLES or words[start - 1] in JOINED_TO_NEXT):
        if vietnamese and words[start - 1] in VIETNAMESE_MIDDLE:
            break
        start -= 1
    if len(words) == 2 or start == 1:
        return len(words) - start
    lean = leaning_of()
    # MARIA GARCIA LOPEZ, but not JOHN CLARK SMITH (Clark is a given name too), nor ABDUL RAHMAN KHAN.
    two = lean.get(words[start - 1]) == "S" and lean.get(words[start]) in PLAINLY_FAMILY
    if start == len(words) - 1 and two and words[start - 2] not in JOINED_TO_NEXT:
        start -= 1
    for i in range(1, start):  # MARIA DE LA CRUZ GARCIA
        if words[i] in FAMILY_OPENERS and not (words[i] in VIETNAMESE_MIDDLE and vietnamese):
            return len(words) - i
    return len(words) - start


def split_given(words: Words, family: Words) -> tuple[Words, Words]:
    """Given name and middle names of the words that are not the family name."""
    if len(words) > 1 and (words[0] in JOINED_TO_NEXT or words[0] in ("ABU", "ABOU")):
        return words[:2], words[2:]
    # NGUYEN THI LAN: Lan is the given name, Thi the middle name. VAN says so beside a Vietnamese family name only.
    vietnamese = words[:1] == ["THI"] or (words[:1] == ["VAN"] and family[:1] and family[0] in VIETNAMESE_FAMILY)
    if len(words) == 2 and vietnamese:
        return words[1:], words[:1]
    return words[:1], words[1:]


def lone_word(word: str, suffix: str, shared_family: str) -> Person:
    """A single word: a given name where a family name is shared or it is used so, else a family name."""
    if shared_family:
        return _person([word], [], shared_family.split(), suffix)
    if leaning_of().get(word) in LEANS_GIVEN:
        return _person([word], [], [], suffix)
    return _person([], [], [word], suffix)


def read_comma(family: Words, rest: Words, suffix: str) -> Person:
    """`FAMILY, GIVEN MIDDLE`: the comma has said which is which."""
    family, family_suffix = take_suffix(join_split_prefixes(drop_titles(family, family_first=True)), trailing_v=False)
    rest, rest_suffix = take_suffix(drop_titles(rest), trailing_v=False)
    given, middle = split_given(join_split_prefixes(rest), family)
    return _person(given, middle, family, suffix or rest_suffix or family_suffix)


def read_plain(words: Words, order: Order, suffix: str = "", shared_family: str = "") -> Person:
    """Words without a comma, in the declared order; `auto` reads them given name first.

    `auto` makes one exception: a Vietnamese family name before THI or VAN (`NGUYEN THI LAN`) is in home order.
    `shared_family` is what a lone word or `MARY B` borrows from the other person of a couple.
    """
    home_order = (
        order == "auto"
        and len(words) > 2
        and words[0] in VIETNAMESE_FAMILY
        and words[1] in VIETNAMESE_MIDDLE
        and words[-1] not in VIETNAMESE_FAMILY
    )
    family_first = order == "family_first" or home_order
    words, found = take_suffix(join_split_prefixes(drop_titles(words, family_first)), trailing_v=not family_first)
    suffix = suffix or found
    if len(words) == 1:
        return lone_word(words[0], suffix, shared_family)
    if shared_family:
        given, middle = split_given(words, shared_family.split())
        return _person(given, middle, shared_family.split(), suffix)
    if family_first:
        size = leading_family(words)
        given, middle = split_given(words[size:], words[:size])
        return _person(given, middle, words[:size], suffix)
    size = trailing_family(words)
    given, middle = split_given(words[: len(words) - size], words[len(words) - size :])
    return _person(given, middle, words[len(words) - size :], suffix)
