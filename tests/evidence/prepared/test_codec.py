"""What a stage's value may hold, and that it comes back as it was; what else is refused, at writing and at reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from polars.testing import assert_frame_equal

from evidence.prepared import codec
from loaders.errors import EngineFault

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Inner:
    pairs: tuple[tuple[tuple[int, ...], float], ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One of everything."""

    text: str
    number: float
    whole: int
    yes: bool
    day: date
    nothing: str | None
    word: Literal["open", "closed"]
    frame: pl.DataFrame
    array: Array
    flags: NDArray[np.bool_]
    ragged: list[Array]
    tables: dict[str, Array]
    named: Mapping[int, Inner]
    few: tuple[float, float]
    many: tuple[str, ...]
    several: Sequence[str]
    names: frozenset[str]


def value(**changes: Any) -> Value:
    facts: dict[str, Any] = {
        "text": "Zoë\n",
        "number": 0.1 + 0.2,
        "whole": 7,
        "yes": True,
        "day": date(2007, 8, 1),
        "nothing": None,
        "word": "open",
        "frame": pl.DataFrame(
            {"a": ["x", None], "d": [date(2007, 1, 1), None], "l": [[1, 2], []], "e": ["far", "near"]},
            schema_overrides={"a": pl.String, "l": pl.List(pl.UInt32), "e": pl.Enum(["near", "far"])},
        ),
        "array": np.arange(12.0).reshape(2, 3, 2) / 7,
        "flags": np.array([True, False]),
        "ragged": [np.array([0.5, 0.25]), np.array([])],
        "tables": {"b": np.eye(2), "a": np.zeros((0, 3))},
        "named": MappingProxyType({3: Inner((((0, 2), 0.9),)), 1: Inner(())}),
        "few": (0.1, 1.0),
        "many": ("a", "b"),
        "several": ["c"],
        "names": frozenset({"b", "a"}),
    }
    return Value(**facts | changes)


def test_a_value_comes_back_as_it_was() -> None:
    before = value()
    written = codec.write(before, Value)
    after = codec.read(written.tree, Value, written.frames)
    assert_frame_equal(after.frame, before.frame)
    for name in ("array", "flags"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
        assert getattr(after, name).dtype == getattr(before, name).dtype
    assert [a.tolist() for a in after.ragged] == [a.tolist() for a in before.ragged]
    assert list(after.tables) == list(before.tables)
    assert after.tables["a"].shape == (0, 3)
    assert dict(after.named) == dict(before.named)
    for name in ("text", "number", "whole", "yes", "day", "nothing", "word", "few", "many", "names"):
        assert getattr(after, name) == getattr(before, name)


@given(st.lists(st.floats(allow_nan=False), max_size=5), st.text())
def test_numbers_keep_their_last_bit_and_text_every_character(numbers: list[float], text: str) -> None:
    before = value(array=np.array(numbers), text=text, number=numbers[0] if numbers else 0.0)
    written = codec.write(before, Value)
    after = codec.read(written.tree, Value, written.frames)
    assert after.array.tobytes() == before.array.tobytes()
    assert (after.text, after.number) == (before.text, before.number)


def test_what_the_caller_has_is_not_written() -> None:
    inner = Inner(())

    @dataclass(frozen=True)
    class Holder:
        inner: Inner
        n: int

    Holder.__annotations__ = {"inner": Inner, "n": int}
    written = codec.write(Holder(inner, 2), Holder, {Inner: inner})
    assert written.tree == {"inner": None, "n": 2}
    assert codec.read(written.tree, Holder, written.frames, {Inner: inner}).inner is inner


@pytest.mark.parametrize(
    "changes",
    [
        {"text": b"bytes"},
        {"word": "shut"},
        {"whole": 1.5},
        {"array": np.array(["text"])},
        {"array": np.array([object()])},
        {"frame": {"a": [1]}},
        {"names": ["a"]},
    ],
)
def test_a_value_of_another_type_is_not_written(changes: dict[str, Any]) -> None:
    with pytest.raises(EngineFault):
        codec.write(value(**changes), Value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tree: tree.pop("text"),
        lambda tree: tree.update(more=1),
        lambda tree: tree.update(text=3),
        lambda tree: tree.update(word="shut"),
        lambda tree: tree.update(frame=99),
        lambda tree: tree["array"].update(type="object"),
        lambda tree: tree["array"].update(shape=[5, 5]),
        lambda tree: tree.update(day="yesterday"),
        lambda tree: tree.update(few=[0.1]),
        lambda tree: tree.update(named={"a": 1}),
    ],
)
def test_a_tree_that_does_not_fit_is_not_read(spoil: Any) -> None:
    written = codec.write(value(), Value)
    spoil(written.tree)
    with pytest.raises(ValueError):
        codec.read(written.tree, Value, written.frames)
