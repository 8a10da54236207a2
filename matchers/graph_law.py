"""What an edge of the linkage graph prints of its weight, so that whoever has the saved file can add it up.

Bits are rounded once, before they are added: the total and the probability follow from what is printed.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

BITS_DIGITS: Final = 6  # finer than any weight is known, and the same however a frame stores its bits
_SMALLEST: Final = 1e-12  # below this a probability has no weight worth a number


def added_up(pair: Mapping[str, Any]) -> dict[str, Any]:
    """The pair with bits rounded for reading, and the weight and probability that follow from what is then printed."""
    bits = {name: round(value, BITS_DIGITS) for name, value in pair.items() if name.startswith("bits_") and value}
    weight = round(sum(bits.values()), BITS_DIGITS)
    odds_against = 2.0 ** min(-weight, 1000.0)
    return {**pair, **bits, "match_weight_bits": weight, "p_match": 1.0 / (1.0 + odds_against)}


def factors(name: str, chances: Mapping[str, float | None]) -> dict[str, float]:
    """A probability that is a product: `bits_<factor>`, log2 of each; `bits_total`; and the probability itself."""
    bits = {f"bits_{part}": _log2(1.0 if p is None else p) for part, p in chances.items()}
    total = round(sum(bits.values()), BITS_DIGITS)
    return {**bits, "bits_total": total, name: 2.0**total}


def kin_weight(edge: Mapping[str, Any]) -> dict[str, Any]:
    """The edge with its weight: what its reason (`surname:LAM`, `declared:A`) says against even odds."""
    p = min(max(edge["p_kin"], _SMALLEST), 1.0 - _SMALLEST)
    weight = round(math.log2(p / (1.0 - p)), BITS_DIGITS)
    reason = str(edge.get("reason") or "").partition(":")[0] or "reason"
    return {**edge, f"bits_{reason}": weight, "kin_weight_bits": weight, "p_kin": 1.0 / (1.0 + 2.0**-weight)}


def _log2(p: float) -> float:
    return round(math.log2(max(p, _SMALLEST)), BITS_DIGITS)
