"""A bare name as written -> its words, and the words of two names joined where the other name joins them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from loaders.normalize.names import normalize_names
from loaders.normalize.names_words import JOINED_TO_NEXT, PARTICLES
from matchers.name_sounds import sounds

Words = tuple[str, ...]

_MOST_JOINED = 4  # VAN DER BERG, ABD AL RAHMAN AL...: more than four words are hardly ever written as one
_MOST_WORDS = 12  # a longer text is no bare name; what stands behind is left out


@dataclass(frozen=True, slots=True)
class BareName:
    """Words as written, hyphens apart: of A to Z, and in letters that no rule here romanises; the suffix or ""."""

    latin: Words
    other: Words
    suffix: str


def read_names(texts: pl.Series) -> dict[str, BareName]:
    """The first person named in each distinct text. Titles, remarks and nicknames in quotes are left out.

    A text that names nobody (CURRENT OCCUPANT) is not in the result.
    """
    read = normalize_names(texts, "auto").filter((pl.col("part") == 0) & pl.col("key").is_not_null())
    suffix = pl.col("suffix").fill_null("")
    words = pl.col("key").str.strip_suffix(suffix).str.extract_all(r"[\p{L}\p{M}]+").list.head(_MOST_WORDS)
    is_latin = pl.element().str.contains("^[A-Z]+$")
    named = read.select("raw", suffix, latin=words.list.filter(is_latin), other=words.list.filter(~is_latin))
    return {
        raw: BareName(tuple(latin), tuple(other), end) for raw, end, latin, other in named.iter_rows() if latin or other
    }


def in_common_letters(left: BareName, right: BareName) -> tuple[Words, Words] | None:
    """The words of both names that can be compared letter by letter; None where no letters are common."""
    if left.latin and right.latin:
        return left.latin, right.latin
    return (left.other, right.other) if left.other and right.other else None


def runs(words: Words) -> list[str]:
    """Every word, and every few neighbouring words written as one."""
    return [
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + _MOST_JOINED, len(words)) + 1)
    ]


def sound_of(words: Iterable[str]) -> dict[str, str]:
    """Each distinct word with its sound (`name_sounds.sounds`)."""
    distinct = pl.DataFrame({"word": pl.Series(sorted(set(words)), dtype=pl.String)})
    return dict(distinct.with_columns(sound=sounds(pl.col("word"))).iter_rows())


def same_words(left: Words, right: Words, sound: Mapping[str, str]) -> tuple[Words, Words]:
    """The words of both names, joined where the other name writes them as one, and without particles.

    `sound` knows every one of `runs` of both. Names of one word keep what they have.
    """
    return _without_particles(_join(left, right, sound)), _without_particles(_join(right, left, sound))


def _join(words: Words, other: Words, sound: Mapping[str, str]) -> Words:
    wanted = {sound[word] for word in other} - {sound[word] for word in words}
    joined: list[str] = []
    at = 0
    while at < len(words):
        ends = range(min(at + _MOST_JOINED, len(words)), at + 1, -1)
        end = next((end for end in ends if sound["".join(words[at:end])] in wanted), at + 1)
        if end == at + 1 and words[at] in JOINED_TO_NEXT and end < len(words):
            end = _end_of_compound(words, at)
        joined.append("".join(words[at:end]))
        at = end
    return tuple(joined)


def _end_of_compound(words: Words, at: int) -> int:
    """ABDUL AZIZ, ABD AL RAHMAN: up to and with the next word that is no article."""
    end = at + 2
    while end < len(words) and words[end - 1] in PARTICLES:
        end += 1
    return end


def _without_particles(words: Words) -> Words:
    """Particles inside a name, and before two words or more, are written or not as people please."""
    if len(words) < 3:
        return words
    kept = tuple(word for word in words[:-1] if word not in PARTICLES) + words[-1:]
    return kept if len(kept) > 1 else words
