"""Spellings of one sound become one; different names stay different."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.name_sounds import consonants, loose_vowels, sounds


def sounded(*words: str) -> list[str]:
    return pl.DataFrame({"word": words}).select(sounds(pl.col("word"))).to_series().to_list()


@pytest.mark.parametrize(
    "spellings",
    [
        "SERGEI SERGEY",
        "DMITRY DMITRIY DMITRII DMITRI",
        "ALEXEI ALEKSEY",
        "IVANOV IVANOFF",
        "KHRUSHCHEV KRUSHCHEV",
        "CHAIKOVSKY TCHAIKOVSKY",
        "YEVGENY EVGENI",
        "YOUSEF YOUSSEF YUSEF",
        "HUSSEIN HUSSAIN",
        "ABDELRAHMAN ABDULRAHMAN",
        "SCHMIDT SHMIDT",
        "MEYER MAIER MAYER",
        "STEPHEN STEFEN",
        "CATHERINE KATHERINE",
        "MACDONALD MCDONALD",
        "JOHN JON",
        "SARAH SARA",
        "ANN ANNE",
        "ERIC ERIK ERICK",
    ],
)
def test_one_sound(spellings: str) -> None:
    assert len(set(sounded(*spellings.split()))) == 1


@pytest.mark.parametrize(
    "names", ["JULIE JULIA", "HASSAN HUSSEIN", "JOHN JAN", "MARIA MARTA", "ZHANG CHANG", "LEE LI LO"]
)
def test_other_sounds(names: str) -> None:
    assert len(set(sounded(*names.split()))) > 1


def test_vowels_that_romanisations_confuse() -> None:
    spellings = pl.DataFrame({"word": ["MOHAMMED", "MUHAMMAD", "MOHAMED", "MOUHAMED"]})
    assert spellings.select(loose_vowels(sounds(pl.col("word"))).n_unique()).item() == 1


@pytest.mark.parametrize(("word", "count"), [("FANG", 2), ("CHANG", 2), ("AHMED", 3), ("HASSAN", 3), ("LI", 1)])
def test_consonants_are_counted_by_sound(word: str, count: int) -> None:
    assert pl.DataFrame({"word": [word]}).select(consonants(pl.col("word"))).item() == count


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text("ACEHIKMOPSTUXYZ", min_size=1, max_size=10), min_size=30))
def test_a_word_sounds_like_letters_whatever_it_is(words: list[str]) -> None:
    assert all(sound.isalpha() for sound in sounded(*words))
