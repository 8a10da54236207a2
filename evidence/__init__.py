"""Persons and vehicles -> defensible numbers: the evidence engine's third layer and its command line.

The three jobs are one import away: `from evidence import City, load, screen, summarize`. The names are looked up on
first use, so that `evidence --help` starts without loading the data libraries.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evidence.pipeline import screen, summarize
    from loaders.city import City, load

# A product of matrices adds in an order that follows the threads of the algebra library, and a last digit with it: one
# thread, so that a machine with more of them gives the same bytes. It must be said before numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__all__ = ["City", "load", "screen", "summarize"]

_HOMES = {
    "City": "loaders.city",
    "load": "loaders.city",
    "screen": "evidence.pipeline",
    "summarize": "evidence.pipeline",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'evidence' has no attribute {name!r}")
