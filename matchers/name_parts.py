"""The parts of a comparison of two names, and what concerns the names as wholes: prior, order, suffix, kin."""

from collections.abc import Mapping
from itertools import pairwise
from math import log2
from typing import NamedTuple

from matchers.bare_name_settings import BareNameSettings
from matchers.name_words import Words

MISSING = "missing"

LEVEL_WORDS: Mapping[str, str] = {
    "exact": "the same",
    "variant": "two spellings of one sound",
    "vowels": "alike but for vowels that are romanised in several ways",
    "nickname": "one is a short form of the other",
    "initial": "one is the initial of the other",
    "cut_short": "one is the beginning of the other",
    "particle": "one has an article written together with it",
    "fault": "alike but for a slip of the pen or of the ear",
    "different": "different",
    MISSING: "written in one name only: says nothing",
    "suffix": "generations, Jr and Sr",
    "order": "the parts stand in another order",
    "shared_rest": "two persons whose names are asked about often share all parts but one",
    "prior": "of the pairs that somebody asks about",
}


class Part(NamedTuple):
    """A word of either name (null: not written) or a remark on both, with its weight of evidence in bits."""

    left: str | None
    right: str | None
    level: str
    bits: float

    @property
    def words(self) -> str:
        """The part in words, values first: `BOB and ROBERT: one is a short form of the other`."""
        said = [word for word in (self.left, self.right) if word is not None]
        if len(said) == 2 and said[0] == said[1]:
            said = [f"{said[0]}, both"]
        return f"{' and '.join(said)}: {LEVEL_WORDS[self.level]}" if said else LEVEL_WORDS[self.level]


def whole_name_parts(
    aligned: list[Part], words: tuple[Words, Words], suffixes: tuple[str, str], settings: BareNameSettings
) -> list[Part]:
    """`suffix`, `shared_rest`, `order` and `prior`, those that apply.

    aligned: every word of both names once, beside its partner or beside null. words: of either name, in order.
    """
    suffix = _suffix_parts(suffixes, settings)
    parts = [*suffix, Part(None, None, "shared_rest", _shared_rest_bits(aligned, suffix, settings))]
    if _reordered(aligned, words):
        parts.append(Part(" ".join(words[0]), " ".join(words[1]), "order", settings.reordered_bits))
    parts.append(Part(None, None, "prior", log2(settings.prior_p / (1 - settings.prior_p))))
    return parts


def _suffix_parts(suffixes: tuple[str, str], settings: BareNameSettings) -> list[Part]:
    left, right = suffixes
    if not left and not right:
        return []
    if not left or not right:
        return [Part(left or None, right or None, MISSING, 0.0)]
    ratio = settings.suffix_same if left == right else settings.suffix_different
    return [Part(left, right, "suffix", log2(ratio))]


def _shared_rest_bits(aligned: list[Part], suffix: list[Part], settings: BareNameSettings) -> float:
    """What two persons who share all parts but one take off the sum of the parts (module `bare_names`).

    The part that differs is any of the written words alike; seldom a suffix or a word that only one name writes, unless
    the names meet in one word alone, when it is as likely one that is not written.
    """
    compared = sorted(part.bits for part in aligned if part.level != MISSING)
    beyond = [part.bits for part in (*aligned, *suffix) if part.level == MISSING or part in suffix]
    if len(compared) > 1:
        elsewhere = settings.differs_in_unwritten if beyond else 0.0
    else:
        elsewhere = 1.0 if len(compared) < len(aligned) else 0.5
    kin = (1 - elsewhere) * sum(2.0**-bits for bits in compared) / len(compared)
    if elsewhere:
        kin += elsewhere * max((2.0**-bits for bits in beyond), default=1.0)
    plain = sum(compared) + sum(part.bits for part in suffix)
    return -log2((1 - settings.shares_the_rest) * 2.0**-plain + settings.shares_the_rest * kin) - plain


def _reordered(aligned: list[Part], words: tuple[Words, Words]) -> bool:
    """Whether parts that agree stand in another order. A word that a name holds twice says nothing of order."""
    agreeing = [(part.left, part.right) for part in aligned if part.bits > 0]
    known = [
        (words[0].index(left), words[1].index(right))
        for left, right in agreeing
        if left is not None and right is not None and words[0].count(left) == words[1].count(right) == 1
    ]
    return any(later[1] < earlier[1] for earlier, later in pairwise(sorted(known)))
