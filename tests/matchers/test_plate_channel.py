"""The noisy channel: which misreading is likelier, and that its probabilities are probabilities."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.plate_channel import (
    ALPHABET,
    FLOOR_LOG2,
    PlateChannel,
    channel_bits,
    confusion_matrix,
    encode,
    log2_probabilities,
    relative_error,
)
from matchers.plate_settings import VISUAL_CLASSES, ChannelRates, PlateSettings

CHANNEL = PlateChannel.of(PlateSettings())


def bits(read: str, true: str, channel: PlateChannel = CHANNEL) -> float:
    return float(channel_bits(pl.Series([read]), pl.Series([true]), channel)[0])


@pytest.mark.parametrize(
    ("true", "likelier", "rarer"),
    [
        ("ABC123", "ABC123", "A8C123"),
        ("ABC123", "A8C123", "AXC123"),
        ("ABC123", "A8C123", "A8C12"),
        ("ABC123", "ACB123", "ACX123"),
        ("ABC123", "ABC12", "ABC1"),
        ("ABC123", "ABC12", "AXC12"),
        ("ABC123", "ABC1123", "ABC11123"),
        ("ABC123", "AB?123", "AB?1?3"),
        ("ABC123", "AB?123", "AX?123"),
        ("0ABC12", "OABC12", "6ABC12"),
        ("VAN001", "YAN001", "TAN001"),
        ("ABC123", "123", "ZZZ123"),
    ],
)
def test_the_likelier_misreading_has_more_bits(true: str, likelier: str, rarer: str) -> None:
    assert bits(likelier, true) > bits(rarer, true)


@pytest.mark.parametrize("true", ["A0", "88", "IZ", "7"])
def test_the_readings_of_one_plate_share_a_probability_of_one(true: str) -> None:
    reads = ["".join(text) for size in range(4) for text in product(ALPHABET + "?", repeat=size)]
    some = pl.Series(reads)
    total = float(np.exp2(channel_bits(some, pl.Series([true] * len(reads)), CHANNEL).to_numpy()).sum())
    assert 0.97 < total <= 1.0 + 1e-9


@pytest.mark.parametrize(("pattern", "groups"), [("@#", (ALPHABET[10:], ALPHABET[:10])), ("?7", (ALPHABET, "7"))])
@pytest.mark.parametrize("read", ["A1", "8S", "B?", "Q", "AB1"])
def test_a_format_reads_like_the_average_of_its_plates(pattern: str, groups: tuple[str, str], read: str) -> None:
    plates = ["".join(text) for text in product(*groups)]
    each = np.exp2(channel_bits(pl.Series([read] * len(plates)), pl.Series(plates), CHANNEL).to_numpy())
    # equal up to swapped neighbours that are alike, which the average sees and the format does not
    assert 2.0 ** bits(read, pattern) == pytest.approx(float(each.mean()), rel=1e-2)


plates_strategy = st.text(ALPHABET, min_size=3, max_size=8)


@given(plates_strategy, st.integers(0, 7), st.sampled_from(ALPHABET), st.sampled_from(ALPHABET))
@settings(max_examples=100, deadline=None)
def test_an_unreadable_character_says_nothing_of_what_it_was(plate: str, at: int, one: str, other: str) -> None:
    at %= len(plate)
    read = plate[:at] + "?" + plate[at + 1 :]
    left, right = plate[:at] + one + plate[at + 1 :], plate[:at] + other + plate[at + 1 :]
    # alignments that drop or swap a neighbour differ a little; the character itself is neutral
    assert bits(read, left) == pytest.approx(bits(read, right), abs=0.2)


@given(plates_strategy, plates_strategy)
@settings(max_examples=100, deadline=None)
def test_every_pair_has_a_log_probability(read: str, true: str) -> None:
    assert FLOOR_LOG2 <= bits(read, true) <= 0.0


@given(st.lists(st.tuples(plates_strategy, plates_strategy), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_a_column_of_pairs_scores_like_its_pairs_alone(pairs: list[tuple[str, str]]) -> None:
    reads, trues = zip(*pairs, strict=True)
    together = channel_bits(pl.Series(reads), pl.Series(trues), CHANNEL).to_list()
    assert together == [bits(read, true) for read, true in pairs]


def test_a_missing_plate_has_no_bits() -> None:
    scored = channel_bits(pl.Series(["ABC123", None]), pl.Series([None, "ABC123"], dtype=pl.String), CHANNEL)
    assert scored.to_list() == [None, None]


def test_more_errors_in_a_city_make_a_misreading_cheaper_and_a_right_reading_dearer() -> None:
    careless = PlateChannel.of(PlateSettings(), ChannelRates(substitution=0.08))
    assert bits("A8C123", "ABC123", careless) > bits("A8C123", "ABC123")
    assert bits("ABC123", "ABC123", careless) < bits("ABC123", "ABC123")


def test_several_rates_at_once_give_what_each_gives_alone() -> None:
    channels = [PlateChannel.of(PlateSettings(), ChannelRates(substitution=rate)) for rate in (0.01, 0.02, 0.08)]
    read = encode(pl.Series(["ABC123", "BAC123", "A?C12", "BC123", "ABC123"]))
    true = encode(pl.Series(["ABC123", "ABC123", "ABC123", "ABC123", "@@@###"]))
    together = log2_probabilities(channels, read, true)
    assert together.shape == (3, 5)
    for channel, alone in zip(channels, together, strict=True):
        assert np.array_equal(channel.log2_probability(read, true), alone)


def test_a_confusion_is_most_often_with_a_look_alike() -> None:
    matrix = confusion_matrix(PlateSettings())
    assert matrix.sum(axis=1) == pytest.approx(np.ones(36))
    assert np.all(matrix[np.arange(36), np.arange(36)] == 0.0)
    for members in VISUAL_CLASSES:
        codes = [ALPHABET.index(char) for char in members]
        assert np.all(matrix[np.ix_(codes, codes)].sum(axis=1) > 0.4)


def test_no_character_is_far_from_the_average_error_rate() -> None:
    assert relative_error().mean() == pytest.approx(1.0, rel=1e-3)
    assert relative_error().min() > 0.3
    assert relative_error().max() < 3.0


@pytest.mark.parametrize("rates", [{"substitution": 0.0}, {"insertion": 0.6}, {"substitution": 0.39, "deletion": 0.2}])
def test_impossible_rates_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="channel rates"):
        ChannelRates(**rates)
