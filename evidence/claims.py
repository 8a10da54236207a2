"""How many people or cars the text of a complaint claims, and what that says of the number of occupants.

A claim is weak evidence: a neighbour counts heads and bikes. With the city's own chance `right` it is the number of
occupants plus an error, otherwise it is any number that complaints of this city claim. The chance, the error's mean and
its spread are learned from the city's cases, claim against everything else that is known of the case; a claim is a
source that can be left out, and no finding rests on it alone (`findings`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.headcount import Array

CLAIM_KINDS: Final = ("people", "cars")
MOST_CLAIMED: Final = 12  # a larger number is a party, or a year

_WORDS: Final = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBER: Final = r"\b(\d{1,2})\)?\+?(?:\s*(?:-|–|to|or)\s*(\d{1,2}))?\+?\s+"
# Words that may stand between a number and what it counts; `more` and `other` count only a part of the household.
_BETWEEN: Final = (
    r"(?:(?:different|unrelated|separate|young|younger|college|university|grad|graduate|male|female|adult|adults|grown|"
    r"single|full[- ]time|local|noisy|rowdy|parked|strange|regular|of|the|those|these)\s+){0,3}"
)
_COUNTED: Final = {
    "people": r"(?:people|ppl|persons?|residents?|occupants?|tenants?|renters?|roommates?|housemates?|students?|kids|"
    r"guys|girls|boys|men|women|adults|individuals|unrelated|folks|living|live|sleeping)\b",
    "cars": r"(?:cars?|vehicles?|autos?|trucks?)\b",
}


@dataclass(frozen=True, slots=True)
class ClaimFit:
    """`right`: chance that a claim is about the number of occupants; then claim - N has mean `bias`, sd `spread`.

    marginal: (MOST_CLAIMED,) how often complaints of this city claim 1, 2, ... whatever is true.
    """

    right: float
    bias: float
    spread: float
    marginal: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ClaimPriors:
    """What is known of claims before a city is seen, and for how many claims it counts.

    right: half of 80 closed complaints were borne out (Council, 14 Aug 2007). A guess of heads is off by one or two; a
    household has nearly as many cars as adults, with more spread.
    """

    right: float = 0.5
    bias: float = 0.0
    spread: tuple[float, float] = (1.5, 2.0)
    strength: float = 20.0
    rounds: int = 15


def claimed_numbers(cases: pl.DataFrame) -> pl.DataFrame:
    """case_id, people, cars: the first number of each that `observations` claims; Float64, null where none does.

    cases: canonical frame. A range counts as its middle; words up to twelve count as numbers.
    """
    text = pl.col("observations").str.to_lowercase()
    for number, word in enumerate(_WORDS, start=1):
        text = text.str.replace_all(rf"\b{word}\b", str(number))
    found = {kind: text.str.extract_groups(_NUMBER + _BETWEEN + noun) for kind, noun in _COUNTED.items()}
    groups = cases.select("case_id", **found)
    return groups.select("case_id", *(_middle(kind).alias(kind) for kind in CLAIM_KINDS)).sort("case_id")


def _middle(kind: str) -> pl.Expr:
    low = pl.col(kind).struct.field("1").cast(pl.Float64)
    high = pl.col(kind).struct.field("2").cast(pl.Float64)
    middle = (low + pl.max_horizontal(low, high)) / 2.0
    return pl.when(middle.is_between(1, MOST_CLAIMED)).then(middle)


def claims_by_situation(table: pl.DataFrame, cases: pl.DataFrame, claimed: pl.DataFrame) -> Array:
    """(n, kinds) claimed numbers, nan where none: a complaint speaks of the part of the window in which it was made.

    table: `Situations.table`; cases: `Situations.cases`; claimed: `claimed_numbers`.
    """
    spoken = cases.filter("is_case").select("case_id", "opened_on").join(claimed, on="case_id")
    joined = table.select("situation", "case_id", "date_from", "date_to").join(
        spoken, on="case_id", how="left", maintain_order="left"
    )
    made = pl.col("opened_on").is_between("date_from", "date_to")
    chosen = joined.select(pl.when(made).then(pl.col(kind)).fill_null(np.nan).alias(kind) for kind in CLAIM_KINDS)
    result: Array = chosen.to_numpy().astype(np.float64).reshape(table.height, len(CLAIM_KINDS))
    return result


def prior_claim_fits(priors: ClaimPriors) -> tuple[ClaimFit, ...]:
    """The fits of a city of which no complaint has been read."""
    nothing = np.full(0, np.nan)
    return tuple(
        ClaimFit(priors.right, priors.bias, spread, _marginal(nothing)) for spread in priors.spread[: len(CLAIM_KINDS)]
    )


def claim_log_likelihood(claimed: Array, fit: ClaimFit, max_occupants: int) -> Array:
    """(n, M + 1) log-likelihood of the claims given N; 0 where nothing is claimed. claimed: (n,), nan unknown."""
    about, anything = _parts(claimed, fit, max_occupants)
    known = np.isfinite(claimed)[:, None]
    return np.where(known, np.log(fit.right * about + (1.0 - fit.right) * anything[:, None]), 0.0)


def fit_claims(claimed: Array, occupants: Array, told: ClaimFit | None, priors: ClaimPriors, kind: int) -> ClaimFit:
    """Learn how far the claims of this city can be trusted. occupants: (n, M + 1) posterior of N, which was told of the
    claims by the fit `told` or not at all.

    Expectation-maximisation on what is known of each case without its claim; `strength` pseudo-claims of the prior.
    """
    rows = np.flatnonzero(np.isfinite(claimed))
    claimed, most = claimed[rows], occupants.shape[1] - 1
    fit = ClaimFit(priors.right, priors.bias, priors.spread[kind], _marginal(claimed))
    if not len(rows):
        return fit
    without = occupants[rows]
    if told is not None:
        without = without * np.exp(-claim_log_likelihood(claimed, told, most))
    error = claimed[:, None] - np.maximum(np.arange(most + 1), 1)[None, :]
    strength, spread = priors.strength, priors.spread[kind]
    for _ in range(priors.rounds):
        about, anything = _parts(claimed, fit, most)
        joint = without * fit.right * about
        total = joint.sum(axis=1) + (without * (1.0 - fit.right) * anything[:, None]).sum(axis=1)
        weight = joint / total[:, None]
        mass = float(weight.sum())
        bias = (float((weight * error).sum()) + strength * priors.bias) / (mass + strength)
        square = float((weight * (error - bias) ** 2).sum()) + strength * spread**2
        right = (mass + strength * priors.right) / (len(rows) + strength)
        fit = ClaimFit(right, bias, float(np.sqrt(square / (mass + strength))), fit.marginal)
    return fit


def _parts(claimed: Array, fit: ClaimFit, max_occupants: int) -> tuple[Array, Array]:
    """(n, M + 1) chance of each claim where it is about the occupants, and (n,) where it is not."""
    numbers, people = np.arange(1, MOST_CLAIMED + 1), np.maximum(np.arange(max_occupants + 1), 1)

    def bell(x: Array) -> Array:
        return np.exp(-0.5 * ((x - people[:, None] - fit.bias) / fit.spread) ** 2)

    at = np.where(np.isfinite(claimed), claimed, 1.0)
    about = bell(at[None, :]) / np.maximum(bell(numbers[None, :].astype(float)).sum(axis=1), 1e-12)[:, None]
    anything = np.array(fit.marginal)[_place(at)]
    return np.maximum(about.T, 1e-12), anything


def _place(claimed: Array) -> NDArray[np.int64]:
    result: NDArray[np.int64] = np.clip(np.rint(claimed).astype(np.int64), 1, MOST_CLAIMED) - 1
    return result


def _marginal(claimed: Array) -> tuple[float, ...]:
    """Shares of the numbers claimed, one pseudo-claim of each."""
    counts = np.bincount(_place(claimed[np.isfinite(claimed)]), minlength=MOST_CLAIMED) + 1.0
    return tuple(float(share) for share in counts / counts.sum())
