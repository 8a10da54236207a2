"""Stage values to plain files and back: a JSON tree, and polars frames as Arrow IPC files beside it.

The declared types of the dataclasses decide how a value is written and read, field by field. What is read is only ever
text, numbers and frames, never code, so that a file from elsewhere can be wrong but cannot do anything: no pickle.

| declared as | written as |
| --- | --- |
| frozen dataclass | its fields by name |
| `pl.DataFrame` | a frame of its own |
| NumPy array | a frame of one column, and its shape |
| list of NumPy arrays | a frame of one list column |
| `Mapping`, `dict` with plain keys | list of pairs, in the order of the mapping |
| `tuple`, `list`, `Sequence`, `frozenset` of text | list |
| text, number, yes/no, date, null, `Literal` | itself; a date as ISO 8601 text |

Any other type is refused when it is written (`EngineFault`: a stage keeps only what can be read back), and a tree that
does not fit the declared types is refused when it is read (`ValueError`).
"""

import collections.abc
import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Protocol, TypeVar

import numpy as np
import polars as pl

from loaders.errors import EngineFault

T = TypeVar("T")
ARRAY_TYPES = ("bool", "int8", "int64", "uint32", "float64")
_COLUMN = "values"


@dataclass(frozen=True, slots=True)
class Written:
    """A value as a JSON tree and the frames that the tree counts from 0."""

    tree: Any
    frames: tuple[pl.DataFrame, ...]


def write(value: object, kind: Any, given: Mapping[type, object] | None = None) -> Written:
    """A value of a declared type. given: values inside it that are not written, by their class."""
    frames: list[pl.DataFrame] = []
    tree = _write(value, kind, frames, frozenset(given or ()))
    return Written(tree, tuple(frames))


class FramesByNumber(Protocol):
    """Frames, of which only those that a tree names are asked for."""

    def __getitem__(self, number: int, /) -> pl.DataFrame: ...


def read(tree: Any, kind: type[T], frames: FramesByNumber, given: Mapping[type, object] | None = None) -> T:
    """The value again. Raises ValueError where the tree or a frame does not fit the type."""
    try:
        value: T = _read(tree, kind, frames, given or {})
    except (KeyError, IndexError, TypeError, AttributeError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"no {getattr(kind, '__name__', kind)}: {error}") from error
    return value


@cache
def _fields(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _write(value: Any, kind: Any, frames: list[pl.DataFrame], given: frozenset[type]) -> Any:
    origin, of = typing.get_origin(kind), typing.get_args(kind)
    if kind in given:
        return None
    if origin in (typing.Union, types.UnionType):
        return None if value is None else _write(value, _but_none(of), frames, given)
    if kind is pl.DataFrame and isinstance(value, pl.DataFrame):
        return _framed(value, frames)
    if origin is np.ndarray and isinstance(value, np.ndarray):
        if value.dtype.name not in ARRAY_TYPES:
            raise EngineFault(f"arrays of {value.dtype} are not kept")
        flat = pl.DataFrame({_COLUMN: np.ascontiguousarray(value).ravel()})
        return {"at": _framed(flat, frames), "shape": list(value.shape), "type": value.dtype.name}
    if dataclasses.is_dataclass(kind) and isinstance(value, typing.cast(type, kind)):
        return {
            name: _write(getattr(value, name), hint, frames, given)
            for name, hint in _fields(typing.cast(type, kind)).items()
        }
    if origin in (dict, collections.abc.Mapping) and isinstance(value, collections.abc.Mapping):
        return [[_write(k, of[0], frames, given), _write(v, of[1], frames, given)] for k, v in value.items()]
    if origin is list and _is_array(of[0]) and isinstance(value, list):
        lists = pl.Series(_COLUMN, [array.tolist() for array in value], dtype=pl.List(pl.Float64))
        return _framed(lists.to_frame(), frames)
    if origin is frozenset and isinstance(value, frozenset):
        return sorted(value)
    if origin is tuple and isinstance(value, tuple):
        return [_write(v, k, frames, given) for v, k in zip(value, _members(of, len(value)), strict=True)]
    if origin in (list, collections.abc.Sequence) and isinstance(value, list | tuple):
        return [_write(v, of[0], frames, given) for v in value]
    if kind is date and isinstance(value, date):
        return value.isoformat()
    if (origin is typing.Literal and value in of) or (kind in (str, int, float, bool) and _is_plain(value, kind)):
        return value.item() if isinstance(value, np.generic) else value
    raise EngineFault(f"a {type(value).__name__} is not kept where {kind} is declared")


def _read(tree: Any, kind: Any, frames: FramesByNumber, given: Mapping[type, object]) -> Any:
    origin, of = typing.get_origin(kind), typing.get_args(kind)
    if kind in given:
        return given[kind]
    if origin in (typing.Union, types.UnionType):
        return None if tree is None else _read(tree, _but_none(of), frames, given)
    if kind is pl.DataFrame:
        return frames[tree]
    if origin is np.ndarray:
        if tree["type"] not in ARRAY_TYPES:
            raise ValueError(f"no array of {tree['type']!r} is kept")
        flat = frames[tree["at"]][_COLUMN].to_numpy()
        return flat.astype(tree["type"], copy=False).reshape(tree["shape"])
    if dataclasses.is_dataclass(kind):
        hints = _fields(typing.cast(type, kind))
        if set(tree) != set(hints):
            raise ValueError(f"other fields than those of {typing.cast(type, kind).__name__}")
        return typing.cast(type, kind)(**{name: _read(tree[name], hint, frames, given) for name, hint in hints.items()})
    if origin in (dict, collections.abc.Mapping):
        pairs = {_read(k, of[0], frames, given): _read(v, of[1], frames, given) for k, v in tree}
        return pairs if origin is dict else types.MappingProxyType(pairs)
    if origin is list and _is_array(of[0]):
        return [np.asarray(row, dtype=float) for row in frames[tree][_COLUMN].to_list()]
    if origin is frozenset:
        return frozenset(_read(v, of[0], frames, given) for v in tree)
    if origin is tuple:
        return tuple(_read(v, k, frames, given) for v, k in zip(tree, _members(of, len(tree)), strict=True))
    if origin in (list, collections.abc.Sequence):
        values = [_read(v, of[0], frames, given) for v in tree]
        return values if origin is list else tuple(values)
    if kind is date:
        return date.fromisoformat(tree)
    if (origin is typing.Literal and tree in of) or (kind in (str, int, float, bool) and _is_plain(tree, kind)):
        return float(tree) if kind is float else tree
    raise ValueError(f"{str(tree)[:40]!r} is no {kind}")


def _framed(frame: pl.DataFrame, frames: list[pl.DataFrame]) -> int:
    frames.append(frame)
    return len(frames) - 1


def _but_none(of: tuple[Any, ...]) -> Any:
    others = [kind for kind in of if kind is not type(None)]
    if len(others) != 1:
        raise EngineFault(f"one type or null can be kept, not {of}")
    return others[0]


def _members(of: tuple[Any, ...], length: int) -> Sequence[Any]:
    return [of[0]] * length if len(of) == 2 and of[1] is Ellipsis else of


def _is_array(kind: Any) -> bool:
    return typing.get_origin(kind) is np.ndarray


def _is_plain(value: object, kind: Any) -> bool:
    if kind is bool:
        return isinstance(value, bool | np.bool_)
    if kind is int:
        return isinstance(value, int | np.integer) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, float | int | np.floating) and not isinstance(value, bool)
    return isinstance(value, str)
