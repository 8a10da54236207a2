"""One pass over a part of a log, at given rates and shares: its vehicles, and what they teach or tell."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.ordered_sums import ratio
from matchers.plate_channel import PlateChannel
from matchers.plate_prior import PlatePrior
from matchers.plate_settings import ChannelRates, PlateSettings
from matchers.runs import Floats, Numbers, Runs
from matchers.vehicle_candidates import Candidates, prior_of
from matchers.vehicle_clusters import Problem, Solution, solve
from matchers.vehicle_evidence import FixedPairs, state_bits
from matchers.vehicle_parts import Part
from matchers.vehicle_rates import CityRates, WeighedTexts, lost_ends
from matchers.vehicle_registry import Registry


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one pass over a log is made with: the rates of misreading, and what plates a street holds."""

    rates: CityRates
    prior: PlatePrior


@dataclass(frozen=True, slots=True)
class Before:
    """What a pass over a part takes over from the one before: `spread` (the concentration of each candidate's case),
    and `channel` (bits by text), which hold at these `rates` (null: none yet)."""

    spread: Floats
    rates: ChannelRates | None
    channel: Floats

    @classmethod
    def first(cls, part: Part, settings: PlateSettings) -> "Before":
        return cls(np.full(len(part.candidates.plates), settings.concentration), None, np.zeros(0))


@dataclass(frozen=True, slots=True)
class Found:
    """What one pass over a part found: `channel` (bits by text), `states` (bits by pair of states), `weights` (see
    `prior_of`; by candidate) and the vehicles."""

    channel: Floats
    states: Floats
    weights: pl.DataFrame
    solution: Solution


@dataclass(frozen=True, slots=True)
class Taught:
    """What one pass over a part teaches: `lost` (see `lost_ends`), `texts` to learn rates from, `vehicles` as
    `PlatePrior.learned` takes them, and what `after` it the next pass is made with."""

    lost: Floats
    texts: WeighedTexts
    vehicles: pl.DataFrame
    after: Before

    @classmethod
    def by(
        cls, part: Part, fixed: FixedPairs, before: Before, now: Lesson, registered: int, settings: PlateSettings
    ) -> "Taught":
        found = decode_part(part, fixed, before, now, registered, settings)
        solution = found.solution
        free = fixed.decided.undecided(part.plated.height)[fixed.sighting]
        sample = pl.DataFrame(
            {
                "missing": fixed.missing.gather(fixed.text[free]),
                "p_lost": found.weights["p_lost"].gather(fixed.candidate[free]),
                "weight": solution.p_pair[free],
            }
        )
        return cls(
            lost_ends(sample),
            _lessons(part, fixed, solution, free),
            _hypotheses(part.candidates, found.weights, solution),
            Before(_concentrations(part.plated, part.candidates, solution, settings), now.rates.channel, found.channel),
        )


def decode_part(
    part: Part, fixed: FixedPairs, before: Before, lesson: Lesson, registered: int, settings: PlateSettings
) -> Found:
    """One pass at given rates."""
    candidates, prior, rates = part.candidates, lesson.prior, lesson.rates
    channel = PlateChannel.of(settings, rates.channel)
    known = before.rates == rates.channel
    bits_channel = before.channel if known else fixed.channel_bits(candidates.words, channel)
    bits_states = state_bits(fixed.state_pairs, prior, rates.wrong_state).to_numpy()
    bits = bits_channel[fixed.text]
    bits += bits_states[fixed.states]
    for name in ("bits_make", "bits_model", "bits_color"):
        bits += fixed.descriptions[name].to_numpy()[fixed.description]
    bits += fixed.told
    weights = prior_of(candidates, prior, channel, registered)
    sighting = fixed.sighting.astype(np.int64)
    problem = Problem(
        sighting,
        fixed.candidate.astype(np.int64),
        bits,
        weights.select(pl.col("bits_prior") + pl.col("bits_affinity")).to_series().to_numpy(),
        part.plated["look"].to_numpy().astype(np.int64),
        fixed.reading,
        candidates.plates["plate"].str.contains("?", literal=True).to_numpy(),
        before.spread,
        fixed.mates,
        Runs.of(sighting),
    )
    return Found(bits_channel, bits_states, weights, solve(problem, settings))


def reported(part: Part, fixed: FixedPairs, found: Found, registry: Registry, settings: PlateSettings) -> pl.DataFrame:
    """The pairs that are likely enough to be told: sighting, candidate, read, plate, state, dmv_row (on the day of the
    sighting; null: not registered), all `vehicle_frames.BITS`, p_hypothesis, p_match."""
    p_pair = found.solution.p_pair
    told = np.flatnonzero(p_pair >= settings.report_floor)
    sighting, candidate = fixed.sighting[told], fixed.candidate[told]
    plates = part.candidates.plates
    pairs = pl.DataFrame(
        {
            "sighting": sighting,
            "candidate": candidate,
            "read": part.plated["plate"].gather(sighting),
            "plate": plates["plate"].gather(candidate),
            "state": plates["state"].gather(candidate),
            "entity": plates["entity"].gather(candidate),
            "day": part.plated["observed_date"].gather(sighting),
            "bits_channel": found.channel[fixed.text[told]],
            "bits_state": found.states[fixed.states[told]],
            **{name: bits.gather(fixed.description[told]) for name, bits in fixed.descriptions.to_dict().items()},
            **{name: found.weights[name].gather(candidate) for name in ("bits_prior", "bits_affinity")},
            "bits_votes": found.solution.vote_bits[told],
            "p_hypothesis": p_pair[told],
            "p_match": p_pair[told] * _exactness(candidate, found, settings),
        }
    )
    speaks = registry.on_day(pairs.select("entity", "day").drop_nulls("entity")).select("entity", "day", "dmv_row")
    return (
        pairs.with_columns(bits_votes=pl.col("bits_votes") - pl.col("bits_prior") - pl.col("bits_affinity"))
        .join(speaks, on=["entity", "day"], how="left", nulls_equal=True, maintain_order="left")
        .drop("entity", "day")
    )


def _exactness(candidate: Numbers, found: Found, settings: PlateSettings) -> Floats:
    """P(the plate is the candidate as spelled | its hypothesis): readings that agree make a common misreading rarer.

    The odds that one reading comes from another unregistered plate hold again for each further sighting of the vehicle.
    """
    seen = np.bincount(found.solution.owner, minlength=len(found.weights))[candidate]
    voices = 1 + settings.repeat_weight * np.maximum(seen - 1, 0)
    exact = found.weights["p_exact"].to_numpy()[candidate]
    odds = (1 - exact) / np.maximum(exact, 1e-12)
    return np.asarray(1 / (1 + odds**voices))


def _lessons(part: Part, fixed: FixedPairs, solution: Solution, free: npt.NDArray[np.bool_]) -> WeighedTexts:
    """Pairs to learn rates from: the plate is registered, or was seen at least twice. free: nobody judged them."""
    often = (np.bincount(solution.owner) > 1)[solution.owner]
    registered = part.candidates.plates["entity"].is_not_null().to_numpy()
    asked = free & (often[fixed.sighting] | registered[fixed.candidate])
    return WeighedTexts(
        part.candidates.words,
        fixed.texts,
        fixed.text[asked],
        fixed.state_pairs,
        fixed.states[asked],
        solution.p_pair[asked],
    )


def _concentrations(
    plated: pl.DataFrame, candidates: Candidates, solution: Solution, settings: PlateSettings
) -> Floats:
    """Concentration of each candidate's case, from the k vehicles of its n sightings: k**2 / (2 (n - k) + k).

    The moment estimate where repeats are few (a street or a lot, not a house), held below k; never below the prior's.
    """
    counted = (
        plated.select("case_id", owner=pl.Series(solution.owner))
        .group_by("case_id")
        .agg(n=pl.len().cast(pl.Float64), k=pl.col("owner").n_unique().cast(pl.Float64))
    )
    estimate = ratio(pl.col("k").pow(2), 2 * (pl.col("n") - pl.col("k")) + pl.col("k"))
    return (
        candidates.plates.join(counted, on="case_id", how="left", maintain_order="left")
        .select(estimate.fill_null(0.0).clip(lower_bound=settings.concentration))
        .to_series()
        .to_numpy()
    )


def _hypotheses(candidates: Candidates, weights: pl.DataFrame, solution: Solution) -> pl.DataFrame:
    """What may stand behind each decoded vehicle, as `PlatePrior.learned` takes it. weights: see `prior_of`."""
    plates = candidates.plates.select(
        pl.col("candidate").cast(pl.Int64), "state", registered=pl.col("entity").is_not_null()
    )
    kinds = weights.select(pl.col("candidate").cast(pl.Int64), "p_other", "p_personal")
    return solution.identity.join(plates, on="candidate").join(kinds, on="candidate").drop("candidate")
