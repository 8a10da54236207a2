"""Logged plates -> vehicles -> registrations: the sightings of each case decoded together.

    log, registry -> candidates (index) -> evidence of each pair -> vehicles of all cases (mixture) -> learned rates,
    again with these -> sightings, readings, vehicles

Correcting plates can lower the number of vehicles: `merged_reads` says how many different plates as written
became one vehicle, which is evidence for the occupants.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from loaders.side_by_side import each
from matchers.judged_plates import JudgedPlates
from matchers.plate_channel import PlateChannel
from matchers.plate_index import PlateIndex
from matchers.plate_prior import PlatePrior
from matchers.plate_settings import PlateSettings
from matchers.vehicle_candidates import Candidates, find_candidates
from matchers.vehicle_clusters import Solution
from matchers.vehicle_evidence import FixedPairs
from matchers.vehicle_frames import Decoded, readings_frame, sightings_frame, vehicles_frame
from matchers.vehicle_log import read_log
from matchers.vehicle_parts import Part, parts_of, whole
from matchers.vehicle_passes import Before, Lesson, Taught, decode_part, reported
from matchers.vehicle_rates import CityRates, learn_lost_end, learn_rates
from matchers.vehicle_registry import Registry

AFFINITY_SCHEMA = pl.Schema({"case_id": pl.String, "dmv_row": pl.UInt32, "bits": pl.Float64})


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
    known = each(lambda part: FixedPairs.of(part, registry, settings, decided.of_part(part)), parts)
    before = [Before.first(part, settings) for part in parts]
    taught = [lessons[0] if lessons else _first_lesson(plated, registry, settings)]
    for learning_round in range(settings.learning_rounds):
        now = taught[-1]

        def teach(one: tuple[Part, FixedPairs, Before], now: Lesson = now) -> Taught:
            return Taught.by(*one, now, registry.registered, settings)

        found = each(teach, zip(parts, known, before, strict=True))
        if lessons:
            taught.append(lessons[learning_round + 1])
        else:
            # No rates from the first round: where few plates are registered, chance neighbours would teach.
            readings = plated.height - decided.readings
            rates = _learned_rates(found, readings, now.rates, settings) if learning_round else now.rates
            taught.append(Lesson(rates, now.prior.learned(whole(parts, [one.vehicles for one in found]), settings)))
        before = [one.after for one in found]
        del found  # what a whole log taught, which is not kept beside what it teaches next
    last = taught[-1]

    def answer(one: tuple[Part, FixedPairs, Before]) -> tuple[pl.DataFrame, Solution]:
        found = decode_part(*one, last, registry.registered, settings)
        return reported(*one[:2], found, registry, settings), found.solution

    answers = each(answer, zip(parts, known, before, strict=True))
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


def _learned_rates(found: list[Taught], readings: int, rates: CityRates, settings: PlateSettings) -> CityRates:
    lost_end = learn_lost_end(np.concatenate([one.lost for one in found]), readings, settings)
    return learn_rates([one.texts for one in found], lost_end, settings, rates)
