"""What to ask for next: the expected change of p_over_limit by each request (pre-posterior analysis).

Each request is a channel: given N occupants it would return a count with a known chance (a disclosure names each
occupant with the learned coverage, a watch finds each occupant's car, a visit meets each person). For every possible
return the joint distribution of (N, over the limit) gives the updated probability; the average absolute change is the
request's worth, and the share of returns that leave no doubt its chance to settle the case. Exact sums, no sampling.
Kinship that a disclosure would reveal as well is not counted: the worth of a disclosure is a lower bound.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from evidence.distributions import binomial
from evidence.headcount import Array
from evidence.rates import Rates
from evidence.row_sums import each_row_times
from evidence.settings import InferenceSettings

ChangeT = TypeVar("ChangeT", float, Array)


@dataclass(frozen=True, slots=True)
class Request:
    """A thing an inspector can ask for; `per_occupant`: chance that an occupant shows up in the answer."""

    name: str
    source: str
    why: str
    per_occupant: float
    hours: float


def requests(rates: Rates, settings: InferenceSettings) -> tuple[Request, ...]:
    """The requests there are, with coverage as learned in this city. Hours: Council item of 14 Aug 2007, 4-5 a case."""
    car = settings.car_per_occupant

    def listed(source: str) -> float:
        return rates.coverage(source)

    return (
        Request(
            "disclosure statement",
            "lease_disclosures",
            "names the tenants and says who is family",
            listed("lease_disclosures"),
            0.5,
        ),
        Request("billing names", "utility_billing", "who pays for water and power", listed("utility_billing"), 0.3),
        Request(
            "university's answer",
            "university_addresses",
            "current local addresses of its students",
            listed("university_addresses"),
            0.3,
        ),
        Request(
            "registry look-up",
            "dmv_registrations",
            "who registers a car at the address",
            listed("dmv_registrations"),
            0.3,
        ),
        Request("10 more watched nights", "vehicle_log", "which cars stay overnight", 0.8 * car, 5.0),
        Request("site visit", "site visit", "counts beds and asks the occupants", 0.85, 2.0),
    )


def worth(joint_over: Array, occupants: Array, per_occupant: float) -> tuple[Array, Array]:
    """Expected |change of p_over| and P(the updated probability is below 0.1 or above 0.9), each (n,).

    joint_over: (n, M + 1) P(N and over); occupants: (n, M + 1). The return is Binomial(N, per_occupant).
    """
    counts = np.arange(occupants.shape[1])
    returns = binomial(counts[None, :], counts[:, None], float(np.clip(per_occupant, 0.01, 0.99)))  # (N, return)
    mass = each_row_times(occupants, returns)
    over = each_row_times(joint_over, returns)
    p = joint_over.sum(axis=1)
    updated = np.divide(over, mass, out=np.zeros_like(over), where=mass > 1e-12)
    change: Array = (mass * np.abs(updated - p[:, None])).sum(axis=1)
    settled: Array = (mass * ((updated <= 0.1) | (updated >= 0.9))).sum(axis=1)
    return change, np.clip(settled, 0.0, 1.0)


def worth_per_hour(change: ChangeT, hours: float) -> ChangeT:
    """Expected change per hour of an inspector's time, half an hour of which any request costs."""
    return change / (0.5 + hours)


def best_request(
    joint_over: Array, occupants: Array, choices: tuple[Request, ...], have: list[frozenset[str]]
) -> tuple[list[str], Array]:
    """Per case the request whose expected change per hour is greatest, and that change.

    have: per case the sources that have already answered for it; asking them again is worth half, since the answer
    may only have aged.
    """
    n = len(occupants)
    values = np.zeros((len(choices), n))
    changes = np.zeros((len(choices), n))
    for index, request in enumerate(choices):
        change, _ = worth(joint_over, occupants, request.per_occupant)
        again = np.array([0.5 if request.source in h else 1.0 for h in have])
        changes[index] = change * again
        values[index] = worth_per_hour(changes[index], request.hours)
    pick = values.argmax(axis=0)
    return [choices[i].name for i in pick], changes[pick, np.arange(n)]
