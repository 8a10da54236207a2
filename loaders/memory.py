"""Memory that was freed, handed back to the system."""

import ctypes
from functools import cache
from typing import Any


@cache
def _trim() -> Any:
    try:
        return getattr(ctypes.CDLL(None), "malloc_trim", None)
    except (OSError, TypeError):  # no such library to ask on this system
        return None


def give_back() -> None:
    """Hand back what the C library keeps for later use: after millions of pairs some 200 MB, which the next stage asks
    for elsewhere. Does nothing where the library is not glibc.
    """
    trim = _trim()
    if trim is not None:
        trim(0)
