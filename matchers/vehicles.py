"""Logged plates -> vehicles -> registrations: the sightings of each case decoded together.

    log, registry -> candidates (index) -> evidence of each pair -> vehicles of all cases (mixture) -> learned rates,
    again with these -> sightings, readings, vehicles

Correcting plates can lower the number of vehicles: `merged_reads` says how many different plates as written
became one vehicle, which is evidence for the occupants.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.judged_plates import JudgedPlates
from matchers.ordered_sums import ratio
from matchers.plate_channel import PlateChannel
from matchers.plate_index import PlateIndex
from matchers.plate_prior import PlatePrior
from matchers.plate_settings import PlateSettings
from matchers.vehicle_candidates import Candidates, find_candidates, prior_of
from matchers.vehicle_clusters import Floats, Problem, Solution, solve
from matchers.vehicle_evidence import FixedPairs, Numbers, state_bits
from matchers.vehicle_frames import Decoded, readings_frame, sightings_frame, vehicles_frame
from matchers.vehicle_log import read_log
from matchers.vehicle_parts import Part, for_each, parts_of, whole
from matchers.vehicle_rates import CityRates, WeighedTexts, learn_lost_end, learn_rates, lost_ends
from matchers.vehicle_registry import Registry

AFFINITY_SCHEMA = pl.Schema({"case_id": pl.String, "dmv_row": pl.UInt32, "bits": pl.Float64})


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one pass over a log is made with: the rates of misreading, and what plates a street holds."""

    rates: CityRates
    prior: PlatePrior


@dataclass(frozen=True, slots=True)
class Vehicles:
    """The frames of docs/frames.md, and what was learned: `rates` and `states` (see PlatePrior) of the last pass, and
    the `lessons` of every pass, with which any other case is decoded as it would have been among these.
    """

    sightings: pl.DataFrame
    readings: pl.DataFrame
    vehicles: pl.DataFrame
    rates: CityRates
    states: pl.DataFrame
    lessons: tuple[Lesson, ...]


def decode_frames(
    vehicle_log: pl.DataFrame,
    dmv_registrations: pl.DataFrame,
    affinity: pl.DataFrame | None = None,
    settings: PlateSettings | None = None,
) -> Vehicles:
    """Decode all cases of a log. Both frames canonical; affinity: see `decode_log`."""
    return decode_log(vehicle_log, Registry.build(dmv_registrations), affinity, settings)


def decode_log(
    vehicle_log: pl.DataFrame,
    registry: Registry,
    affinity: pl.DataFrame | None = None,
    settings: PlateSettings | None = None,
    lessons: tuple[Lesson, ...] | None = None,
    judged: pl.DataFrame | None = None,
) -> Vehicles:
    """Decode all cases of a log. affinity: case_id, dmv_row, bits (log2 odds that the owner belongs to the case).

    lessons: of another decoding, from which nothing is then learned anew: each case depends on its own rows alone.
    judged: what people decided (`judged_plates.JUDGED_PLATES`).
    """
    settings = settings or PlateSettings()
    affinity = pl.DataFrame(schema=AFFINITY_SCHEMA) if affinity is None else affinity.select(list(AFFINITY_SCHEMA))
    affinity = affinity.cast(AFFINITY_SCHEMA)
    log = read_log(vehicle_log)
    plated = log.filter(pl.col("kind") == "plated").with_row_index("sighting")
    candidates, decided = _candidates(plated, registry, affinity, settings, JudgedPlates.of(judged, plated, registry))
    del affinity  # tens of millions of rows of a metro, which no pass asks for
    parts = parts_of(plated, candidates)
    candidates = replace(candidates, links=candidates.links.clear())  # each part has its own
    known = for_each(lambda part: FixedPairs.of(part, registry, settings, decided.of_part(part)), parts)
    spread = [np.full(len(part.candidates.plates), settings.concentration) for part in parts]
    taught = [lessons[0] if lessons else _first_lesson(plated, registry, settings)]
    for learning_round in range(settings.learning_rounds):
        now = taught[-1]

        def teach(one: tuple[Part, FixedPairs, Floats], now: Lesson = now) -> Taught:
            return Taught.by(*one, now, registry.registered, settings)

        found = for_each(teach, zip(parts, known, spread, strict=True))
        if lessons:
            taught.append(lessons[learning_round + 1])
        else:
            # No rates from the first round: where few plates are registered, chance neighbours would teach.
            readings = plated.height - decided.readings
            rates = _learned_rates(found, readings, now.rates, settings) if learning_round else now.rates
            taught.append(Lesson(rates, now.prior.learned(whole(parts, [one.vehicles for one in found]), settings)))
        spread = [one.spread for one in found]
    last = taught[-1]

    def answer(one: tuple[Part, FixedPairs, Floats]) -> tuple[pl.DataFrame, Solution]:
        found = _decode(*one, last, registry.registered, settings)
        return _reported(*one[:2], found, registry, settings), found.solution

    answers = for_each(answer, zip(parts, known, spread, strict=True))
    decoded = Decoded(
        log,
        plated,
        candidates.plates,
        whole(parts, [pairs for pairs, _ in answers]),
        np.concatenate([one.owner + part.first_candidate for part, (_, one) in zip(parts, answers, strict=True)]),
        decided.certain(np.concatenate([one.p_owner for _, one in answers])),
        whole(parts, [one.identity for _, one in answers]),
        registry,
    )
    return Vehicles(
        sightings_frame(decoded, settings),
        readings_frame(decoded, vehicle_log, settings),
        vehicles_frame(decoded, settings),
        last.rates,
        last.prior.states,
        tuple(taught),
    )


def _candidates(
    plated: pl.DataFrame, registry: Registry, affinity: pl.DataFrame, settings: PlateSettings, decided: JudgedPlates
) -> tuple[Candidates, JudgedPlates]:
    """Which plates a reading may mean, and what was decided of them; the index is let go of before any is compared."""
    index = PlateIndex.build(registry.entities["plate"])
    near = find_candidates(plated, registry, index, affinity, PlateChannel.of(settings), settings)
    return decided.reachable(near, affinity, registry)


def _first_lesson(plated: pl.DataFrame, registry: Registry, settings: PlateSettings) -> Lesson:
    vehicle_states = plated.unique(["case_id", "plate", "plate_state"])["plate_state"]
    prior = PlatePrior.estimate(vehicle_states, registry.entities, settings)
    return Lesson(CityRates(settings.rates, settings.wrong_state_rate, 0.0), prior)


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
    `PlatePrior.learned` takes them, and `spread`: the concentration of each candidate's case."""

    lost: Floats
    texts: WeighedTexts
    vehicles: pl.DataFrame
    spread: Floats

    @classmethod
    def by(
        cls, part: Part, fixed: FixedPairs, spread: Floats, now: Lesson, registered: int, settings: PlateSettings
    ) -> "Taught":
        found = _decode(part, fixed, spread, now, registered, settings)
        solution = found.solution
        free = fixed.decided.undecided(part.plated.height)[fixed.sighting]
        sample = pl.DataFrame(
            {
                "missing": fixed.missing(part.candidates.words).gather(fixed.text[free]),
                "p_lost": found.weights["p_lost"].gather(fixed.candidate[free]),
                "weight": solution.p_pair[free],
            }
        )
        return cls(
            lost_ends(sample),
            _lessons(part, fixed, solution, free),
            _hypotheses(part.candidates, found.weights, solution),
            _concentrations(part.plated, part.candidates, solution, settings),
        )


def _learned_rates(found: list[Taught], readings: int, rates: CityRates, settings: PlateSettings) -> CityRates:
    lost_end = learn_lost_end(np.concatenate([one.lost for one in found]), readings, settings)
    return learn_rates([one.texts for one in found], lost_end, settings, rates)


def _decode(
    part: Part, fixed: FixedPairs, spread: Floats, lesson: Lesson, registered: int, settings: PlateSettings
) -> Found:
    """One pass at given rates."""
    candidates, prior, rates = part.candidates, lesson.prior, lesson.rates
    channel = PlateChannel.of(settings, rates.channel)
    bits_channel = fixed.channel_bits(candidates.words, channel)
    bits_states = state_bits(fixed.state_pairs, prior, rates.wrong_state).to_numpy()
    bits = bits_channel[fixed.text]
    bits += bits_states[fixed.states]
    for name in ("bits_make", "bits_model", "bits_color"):
        bits += fixed.descriptions[name].to_numpy()[fixed.description]
    bits += fixed.told
    weights = prior_of(candidates, prior, channel, registered)
    problem = Problem(
        fixed.sighting.astype(np.int64),
        fixed.candidate.astype(np.int64),
        bits,
        weights.select(pl.col("bits_prior") + pl.col("bits_affinity")).to_series().to_numpy(),
        part.plated["look"].to_numpy().astype(np.int64),
        fixed.reading,
        candidates.plates["plate"].str.contains("?", literal=True).to_numpy(),
        spread,
        fixed.mates,
    )
    return Found(bits_channel, bits_states, weights, solve(problem, settings))


def _reported(part: Part, fixed: FixedPairs, found: Found, registry: Registry, settings: PlateSettings) -> pl.DataFrame:
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
