"""Sightings of one case -> vehicles: a Dirichlet mixture whose components are plates, for all cases at once.

The model: each case has vehicles; a sighting is of a known vehicle in proportion to how often it was seen, or of
a new one with weight `concentration`, whose plate is drawn from the plate prior. Reading and description then
follow the channel. Three steps, each in columns over (sighting, candidate) pairs:

1. `settle`: collapsed mean-field updates (Teh, Newman and Welling 2007; Asuncion et al. 2009, CVB0) give each
   sighting a first owner among the candidate plates.
2. `merge`: exact log-posterior change of renaming a vehicle, or of joining two, accepted while positive: the step
   that lets several equal misreadings be one car.
3. `posterior`: given these vehicles, the probabilities of each vehicle's plate and of each sighting's vehicle.

Two rows of one look are two vehicles, unless someone wrote one car down twice.
"""

from dataclasses import dataclass
from math import lgamma

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.plate_settings import PlateSettings
from matchers.runs import Floats, Ids, Runs

_MISSING_BITS = -45.0  # a reading out of reach of a plate: below every pair that is kept
_KEPT_BITS = 40.0  # plates of a vehicle less likely than its best by more than this are forgotten
_SPELLED_OUT_BITS = 10.0  # a plate with all its characters names the vehicle unless it is this much less likely
_MERGE_ROUNDS = 4
_LN2 = float(np.log(2.0))


@dataclass(frozen=True, slots=True)
class LookMates:
    """Pairs that share look and candidate with another pair: their positions, and the number of what they share."""

    pairs: Ids
    place: Ids

    @classmethod
    def of(cls, sighting: Ids, candidate: Ids, look: Ids) -> "LookMates":
        """The same for any rates, so found once. `look`: by sighting, -1 unknown."""
        seen = np.flatnonzero(look[sighting] >= 0)
        key = look[sighting[seen]] * (int(candidate.max(initial=0)) + 1) + candidate[seen]
        order = np.argsort(key, kind="stable")
        new = np.diff(key[order], prepend=-1) != 0
        alone = new & np.append(new[1:], True)
        shared = np.sort(order[~alone])
        number = np.empty(len(key), dtype=np.int64)
        number[order] = np.cumsum(new)
        return cls(seen[shared], number[shared])


@dataclass(frozen=True, slots=True)
class Problem:
    """Pairs of a sighting and a candidate plate, sorted by sighting, then candidate.

    `sighting`, `candidate`: numbers from 0; `bits`: log2 P(reading, description | candidate) up to a factor that is
    the same for all candidates of a sighting; `prior_bits` by candidate: log2 P(a new vehicle has this plate);
    `look` by sighting: number of its look, -1 unknown; `weight` of repeats is computed here from `reading`, the number
    of the reading's text by sighting. `vague` by candidate: the plate
    holds unreadable characters. `concentration` by candidate: that of its case. `mates`: of these pairs. `runs`: those
    of a sighting. Every sighting has at least one pair.
    """

    sighting: Ids
    candidate: Ids
    bits: Floats
    prior_bits: Floats
    look: Ids
    reading: Ids
    vague: npt.NDArray[np.bool_]
    concentration: Floats
    mates: LookMates
    runs: Runs

    @property
    def sightings(self) -> int:
        return len(self.look)


@dataclass(frozen=True, slots=True)
class Solution:
    """`owner` by sighting: the candidate that names its vehicle; `p_owner`: P(the sighting is of that vehicle);
    `pair_bits`: log2 weight of each pair of the problem from votes and prior; `p_pair`: P(candidate | sighting);
    `identity`: frame owner, candidate, probability: the plate behind each vehicle.
    """

    owner: Ids
    p_owner: Floats
    vote_bits: Floats
    p_pair: Floats
    identity: pl.DataFrame


def _others_in_look(problem: Problem, share: Floats) -> Floats:
    """For each pair: expected number of other sightings of its look that are of its candidate."""
    mates = problem.mates
    mine, others = share[mates.pairs], np.zeros(len(share))
    others[mates.pairs] = np.clip(np.bincount(mates.place, mine)[mates.place] - mine, 0.0, 1.0)
    return others


def settle(problem: Problem, settings: PlateSettings) -> Ids:
    """First owner (a candidate) of each sighting."""
    plates = len(problem.prior_bits)
    base = (np.exp2(problem.prior_bits) * problem.concentration)[problem.candidate]
    share = problem.runs.normalised(problem.bits + problem.prior_bits[problem.candidate])
    for sweep in range(settings.sweeps):
        others = np.bincount(problem.candidate, share, plates)[problem.candidate] - share
        clash = 1 - settings.same_look_conflict * _others_in_look(problem, share)
        with np.errstate(divide="ignore"):
            bits = problem.bits + np.log2((base + np.maximum(others, 0.0)) * clash)
        updated = problem.runs.normalised(np.maximum(bits, -1e4))
        share = updated if sweep < 2 else 0.5 * (share + updated)  # damped: two rows of a look would swap for ever
    return problem.candidate[problem.runs.likeliest(share)]


def _repeat_weights(problem: Problem, owner: Ids, settings: PlateSettings) -> Floats:
    """1 for the first of equal readings of a vehicle, `repeat_weight` for each further one."""
    order = np.lexsort((problem.reading, owner))
    same = (np.diff(owner[order], prepend=-1) == 0) & (np.diff(problem.reading[order], prepend=-1) == 0)
    weight = np.empty(len(owner))
    weight[order] = np.where(same, settings.repeat_weight, 1.0)
    return weight


def _scores(problem: Problem, owner: Ids, weight: Floats) -> pl.DataFrame:
    """owner, candidate, score: log2 of (prior of the plate times the likelihood of all sightings of the owner)."""
    plates = len(problem.prior_bits)
    key = owner[problem.sighting] * plates + problem.candidate
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    gain = (weight[problem.sighting] * (problem.bits - _MISSING_BITS))[order]
    total = np.bincount(owner, weight, plates)
    whose, candidate = np.divmod(key[order][starts], plates)
    summed = np.add.reduceat(gain, starts) if len(starts) else gain
    score = summed + total[whose] * _MISSING_BITS + problem.prior_bits[candidate]
    frame = pl.DataFrame(
        {"owner": whose, "candidate": candidate, "prior": problem.prior_bits[candidate], "score": score}
    )
    return frame.filter(pl.col("score") >= pl.col("score").max().over("owner") - _KEPT_BITS * 2)


def _clashes(problem: Problem, owner: Ids) -> pl.DataFrame:
    """owner, candidate, clashes: looks in which both vehicles were written down (only pairs with any)."""
    seen = pl.DataFrame({"look": problem.look, "owner": owner}).filter(pl.col("look") >= 0).unique()
    return (
        seen.join(seen.rename({"owner": "candidate"}), on="look")
        .filter(pl.col("owner") != pl.col("candidate"))
        .group_by("owner", "candidate")
        .agg(clashes=pl.len())
    )


def merge(problem: Problem, owner: Ids, settings: PlateSettings) -> tuple[Ids, pl.DataFrame]:
    """Rename and join vehicles while the log-posterior rises; best changes first, each vehicle once a round.

    Returns the owner of each sighting, and `_scores` of these owners.
    """
    for _ in range(_MERGE_ROUNDS):
        scores = _scores(problem, owner, _repeat_weights(problem, owner, settings))
        sizes = pl.DataFrame({"owner": owner}).group_by("owner").agg(n=pl.len())
        current = scores.filter(pl.col("owner") == pl.col("candidate")).select("owner", now="score", own="prior")
        moves = (
            scores.filter(pl.col("owner") != pl.col("candidate"))
            .join(current, on="owner", how="left")
            .join(sizes, on="owner")
            .join(sizes.rename({"owner": "candidate", "n": "m"}), on="candidate", how="left")
            .join(_clashes(problem, owner), on=["owner", "candidate"], how="left")
        )
        n, m = (moves[name].fill_null(0).to_numpy().astype(np.int64) for name in ("n", "m"))
        joined = _log_ways(n, m) / _LN2
        joined -= np.log2(problem.concentration)[moves["candidate"].to_numpy()] + moves["prior"].to_numpy()
        cost = -np.log2(1 - settings.same_look_conflict) * moves["clashes"].fill_null(0).to_numpy()
        gain = moves["score"] - moves["now"].fill_null(-np.inf) + pl.Series(np.where(m > 0, joined, 0.0) - cost)
        best = (
            moves.select("owner", "candidate")
            .with_columns(gain=gain)
            .filter(pl.col("gain") > 1e-6)
            .sort("gain", "owner", "candidate", descending=[True, False, False])
        )
        renamed: dict[int, int] = {}
        touched: set[int] = set()
        for one, other, _ in best.iter_rows():
            if one not in touched and other not in touched:
                renamed[one] = other
                touched |= {one, other}
        if not renamed:
            return owner, scores
        table = np.arange(len(problem.prior_bits))
        table[list(renamed)] = list(renamed.values())
        owner = table[owner]
    return owner, _scores(problem, owner, _repeat_weights(problem, owner, settings))


def _log_ways(n: Ids, m: Ids) -> Floats:
    """log of gamma(n + m) / (gamma(n) gamma(m)) for n >= 1, m >= 1; m = 0 as 1."""
    table = np.array([lgamma(count) for count in range(1, 1 + int((n + np.maximum(m, 1)).max(initial=1)))])
    result: Floats = table[n + m - 1] - table[n - 1] - table[np.maximum(m, 1) - 1]
    return result


def posterior(problem: Problem, owner: Ids, scores: pl.DataFrame, settings: PlateSettings) -> Solution:
    """Probabilities given the vehicles: the plate of each vehicle, the vehicle and plate of each sighting.

    scores: `_scores` of these owners.
    """
    weight = _repeat_weights(problem, owner, settings)
    taken = pl.DataFrame({"candidate": np.unique(owner)}).with_columns(taken=pl.lit(True))
    vague = pl.DataFrame({"candidate": np.arange(len(problem.vague)), "vague": problem.vague})
    best = pl.col("score").max().over("owner")
    spelled_out = (~pl.col("vague") & (pl.col("score") >= best - _SPELLED_OUT_BITS)).any().over("owner")
    identity = (
        scores.join(taken, on="candidate", how="left")
        .join(vague, on="candidate", how="left")
        .filter(pl.col("taken").is_null() | (pl.col("owner") == pl.col("candidate")))
        .filter(~(pl.col("vague") & spelled_out))
        .sort("owner", "candidate")
        .select("owner", "candidate", "score")
    )
    vehicles = Runs.of(identity["owner"].to_numpy())
    identity = identity.with_columns(probability=pl.Series(vehicles.normalised(identity["score"].to_numpy())))
    pairs = pl.DataFrame(
        {
            "pair": np.arange(len(problem.sighting)),
            "sighting": problem.sighting,
            "candidate": problem.candidate,
        }
    )
    sizes = pl.DataFrame({"owner": owner}).group_by("owner").agg(n=pl.len())
    mine = pl.DataFrame({"sighting": np.arange(len(owner)), "owner": owner, "weight": weight})
    own = _without_self(problem, identity, mine).join(sizes, on="owner").with_columns(n=pl.col("n") - 1)
    likely = identity.filter(pl.col("probability") > 1e-4).join(sizes, on="owner")
    other = (
        pairs.join(likely.rename({"owner": "vehicle"}), on="candidate")
        .join(mine, on="sighting")
        .filter(pl.col("vehicle") != pl.col("owner"))
        .sort("pair", "vehicle")
        .select("pair", vote=pl.col("n") * pl.col("probability"))
    )
    votes = np.bincount(other["pair"].to_numpy(), other["vote"].to_numpy(), len(pairs))
    own_vote = np.bincount(own["pair"].to_numpy(), (own["n"] * own["probability"]).to_numpy(), len(pairs))
    shares = np.zeros(len(pairs))
    shares[problem.candidate == owner[problem.sighting]] = 1.0
    clash = 1 - settings.same_look_conflict * _others_in_look(problem, shares)
    base = (np.exp2(problem.prior_bits) * problem.concentration)[problem.candidate]
    total = base + (votes + own_vote) * clash
    vote_bits = np.log2(np.maximum(total, 1e-300))
    p_pair = problem.runs.normalised(problem.bits + vote_bits)
    alone = np.bincount(owner, minlength=len(problem.prior_bits))[owner] == 1
    own_part = np.where(alone[problem.sighting], base, own_vote * clash) / np.maximum(total, 1e-300)
    p_owner = np.bincount(problem.sighting, p_pair * own_part, problem.sightings)
    return Solution(owner, np.clip(p_owner, 0.0, 1.0), vote_bits, p_pair, identity)


def _without_self(problem: Problem, identity: pl.DataFrame, mine: pl.DataFrame) -> pl.DataFrame:
    """Plate probabilities of each sighting's vehicle with that sighting left out: owner, pair, probability."""
    likely = identity.filter(pl.col("probability") > 2.0**-_KEPT_BITS)
    rest = mine.join(likely, on="owner").sort("sighting", "candidate")
    plates = len(problem.prior_bits)
    known = problem.sighting * plates + problem.candidate
    asked = rest["sighting"].to_numpy() * plates + rest["candidate"].to_numpy()
    pair = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    there = known[pair] == asked
    bits = np.where(there, problem.bits[pair], _MISSING_BITS)
    score = rest["score"].to_numpy() - rest["weight"].to_numpy() * bits
    probability = Runs.of(rest["sighting"].to_numpy()).normalised(score)
    return pl.DataFrame({"owner": rest["owner"], "pair": pair, "probability": probability}).filter(pl.Series(there))


def solve(problem: Problem, settings: PlateSettings) -> Solution:
    """Vehicles of all cases from their sightings."""
    solution = posterior(problem, *merge(problem, settle(problem, settings), settings), settings)
    moved = _reconsidered(problem, solution)
    if np.array_equal(moved, solution.owner):
        return solution
    scores = _scores(problem, moved, _repeat_weights(problem, moved, settings))
    return posterior(problem, moved, scores, settings)


def _reconsidered(problem: Problem, solution: Solution) -> Ids:
    """Owners, with sightings that are more probably not of their vehicle moved to their likeliest plate."""
    likeliest = problem.candidate[problem.runs.likeliest(solution.p_pair)]
    named = solution.identity.sort("owner", "probability", "candidate", descending=[False, True, False])
    named = named.unique("owner", keep="first", maintain_order=True)
    vehicle_of_plate = np.arange(len(problem.prior_bits))
    vehicle_of_plate[named["candidate"].to_numpy()] = named["owner"].to_numpy()
    return np.where(solution.p_owner < 0.5, vehicle_of_plate[likeliest], solution.owner)
