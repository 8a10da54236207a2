"""Numbers in words, alike on pages and in the sentences of a summary."""

import math
from typing import Final

RECORDED: Final = "; the assessor records "
"""Before the use of a dwelling, where it keeps the law from being decided; copies for others leave out what follows."""


def percent(probability: float) -> str:
    """Whole per cent; what rounds to certainty says so in words, since nothing here is certain.

    >>> percent(0.874), percent(0.0004), percent(0.9996), percent(1.0)
    ('87%', 'less than 1%', 'more than 99%', 'more than 99%')
    """
    if probability == 0.0:
        return "0%"
    if probability < 0.01:
        return "less than 1%"
    if probability > 0.99:
        return "more than 99%"
    return f"{math.floor(probability * 100 + 0.5)}%"
