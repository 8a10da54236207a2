"""Spelling judged by arrays says what the text, looked at letter by letter, says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchers.coded import Narrow
from matchers.settings import DEFAULT
from matchers.spelling import Spelled, cut_short, one_fault, share_words, slip_or_near

DATE = st.integers(0, 99_999_999).map(lambda number: f"{number:08d}")
NAME = st.text("ABC ", max_size=8).map(lambda text: " ".join(text.split()))


def one_slip(a: str, b: str) -> bool:
    """One digit differs, or two neighbours are exchanged."""
    differ = [place for place in range(8) if a[place] != b[place]]
    exchanged = (
        len(differ) == 2 and differ[1] == differ[0] + 1 and a[differ[0]] + a[differ[1]] == b[differ[1]] + b[differ[0]]
    )
    return len(differ) == 1 or exchanged


@given(DATE, DATE, st.integers(0, 7), st.integers(0, 9))
def test_one_fault_among_eight_digits(a: str, b: str, place: int, digit: int) -> None:
    slipped = a[:place] + str(digit) + a[place + 1 :]
    turned = a[: place % 7] + a[place % 7 + 1] + a[place % 7] + a[place % 7 + 2 :]
    pairs = [(x, y) for x, y in ((a, b), (a, slipped), (a, turned), (slipped, turned)) if x != y]
    packed = [np.array([int(pair[side], 16) for pair in pairs], dtype=np.uint32) for side in (0, 1)]
    assert one_fault(packed[0], packed[1]).tolist() == [one_slip(*pair) for pair in pairs]


def spelled(a: str, b: str) -> tuple[Spelled, Narrow, Narrow]:
    names = Spelled.of(np.array([a, b], dtype=np.object_))
    return names, np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)


@given(NAME, NAME)
def test_what_is_read_off_two_names(a: str, b: str) -> None:
    names, one, other = spelled(a, b)
    assert (names.closed[0] == names.closed[1]) == (a.replace(" ", "") == b.replace(" ", ""))
    assert bool(cut_short(names, one, other)[0]) == (min(len(a), len(b)) >= 3 and (a.startswith(b) or b.startswith(a)))
    long_a, long_b = ({word for word in text.split() if len(word) >= 3} for text in (a, b))
    least = min(sum(len(word) >= 3 for word in text.split()) for text in (a, b))
    shared = share_words(names.values[one], names.values[other])[0]
    assert bool(shared) == (0 < len(long_a & long_b) == least)


@given(NAME, NAME)
def test_spelling_does_not_depend_on_which_name_comes_first(a: str, b: str) -> None:
    names, one, other = spelled(a, b)
    assert [x.tolist() for x in slip_or_near(names, one, other, DEFAULT)] == [
        x.tolist() for x in slip_or_near(names, other, one, DEFAULT)
    ]
