"""The folder that the driver and every executor share: what one stage leaves there for the next.

A file is written aside and renamed, so that a task that is run again (its executor died) replaces what it made with
the same bytes and nobody reads half of it. The folder is this run's own, readable by its user only, and goes with it.
"""

import copyreg
import io
import os
import pickle
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Store:
    """What is kept of each city, by number and name; `root` is the same path on every machine."""

    root: str

    def folder(self, name: str) -> str:
        """Where Spark keeps a frame."""
        return str(Path(self.root) / "frames" / name)

    def city_file(self, city: int, name: str) -> Path:
        """A file of a city."""
        return Path(self.root) / "cities" / str(city) / name

    def save(self, city: int, name: str, value: object) -> None:
        """Keep any value of ours for a city."""
        held = io.BytesIO()
        pickler = pickle.Pickler(held, protocol=5)
        pickler.dispatch_table = copyreg.dispatch_table.copy()
        pickler.dispatch_table[MappingProxyType] = _reduce_proxy
        pickler.dump(value)
        self.write(self.city_file(city, name), held.getbuffer())

    def load(self, city: int, name: str) -> Any:
        """What `save` kept."""
        return pickle.loads(self.city_file(city, name).read_bytes())

    def cached(self, city: int, name: str) -> Any:
        """The same, held in the memory of this process until another one is asked for."""
        return _cached(str(self.city_file(city, name)))

    def has(self, city: int, name: str) -> bool:
        """Whether `save` kept it."""
        return self.city_file(city, name).exists()

    @staticmethod
    def write(path: Path, content: bytes | memoryview) -> None:
        """Write a file aside and rename it into place."""
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            aside.write_bytes(content)
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _cached(path: str) -> Any:
    return pickle.loads(Path(path).read_bytes())


def _reduce_proxy(proxy: MappingProxyType[Any, Any]) -> tuple[Callable[..., Any], tuple[dict[Any, Any]]]:
    return _proxy, (dict(proxy),)


def _proxy(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)  # the class itself has no name that pickle finds
