"""For every plated sighting, the plates that may stand behind it, with the evidence for each.

Candidates of a case: registered plates in reach of one of its readings, registered plates of people who belong to the
case, and the readings themselves as plates that are not in the registry. Every reading of the case is scored
against every candidate, so that a plate found by one reading is weighed for the others too.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from matchers.case_keys import Keys, case_of, distinct, frame_keys, held, keys_of, number_of, value_of
from matchers.case_registrants import registered_to_case, word_of_entity
from matchers.ordered_sums import ratio
from matchers.plate_channel import FLOOR_LOG2, PlateChannel, encode
from matchers.plate_index import PlateIndex
from matchers.plate_prior import PlatePrior
from matchers.plate_settings import PlateSettings
from matchers.runs import Ids
from matchers.vehicle_pairs import Words, pairs_within_cases
from matchers.vehicle_registry import Registry

_PLATE = ("case_id", "plate", "state", "entity")
NONE: Final = -1
"""The number of no text: nothing written, or not known. It looks up the last of an array, which is kept for it."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """`plates`: candidate (number), case_id, plate, state, entity (null: not registered), affinity, word.

    Plates out of reach of all readings of their case are left out.
    `readings`: reading (number), case_id, read: each once, sorted. `links`: reading, candidate: pairs worth scoring,
    sorted. `words`: the texts of both by number, which is `word` in plates and readings. `rest`: read, bits_rest
    (plates not listed). `hidden`: read, state, hidden (number of longer plates not listed).
    """

    plates: pl.DataFrame
    readings: pl.DataFrame
    words: Words
    links: pl.DataFrame
    rest: pl.DataFrame
    hidden: pl.DataFrame

    def readings_as(self, plates: pl.DataFrame) -> Ids:
        """Of each row (case_id, plate) the reading of its case that is this very text; NONE where nobody wrote it."""
        readings = self.readings.select("case_id", "reading", plate="read")
        found = plates.select("case_id", "plate").join(
            readings, on=["case_id", "plate"], how="left", maintain_order="left"
        )
        return found["reading"].cast(pl.Int64).fill_null(NONE).to_numpy()


def find_candidates(
    sightings: pl.DataFrame,
    registry: Registry,
    index: PlateIndex,
    affinity: pl.DataFrame,
    channel: PlateChannel,
    settings: PlateSettings,
) -> Candidates:
    """sightings: case_id, plate, plate_state (normalised, plate not null); affinity: case_id, dmv_row, bits."""
    reads = sightings.select("case_id", read="plate").unique().sort("case_id", "read")
    cases = reads.select(pl.col("case_id").unique().sort()).with_row_index("case")
    words = Words.of(index.plates, index.codes, reads["read"])
    asked = reads.join(cases, on="case_id").join(words.numbers(reads["read"]), left_on="read", right_on="text")
    asked = asked.select("case", "read", "case_id", word="number").sort("case", "read").with_row_index("reading")
    near = index.nearest(reads["read"], channel, settings)
    owned, bits = registered_to_case(affinity, registry, cases)
    parts, hidden = _from_fragments(sightings, registry, index, settings)
    found = asked.join(near.select("read", "plate"), on="read").join(registry.entities, on="plate")
    fragments = parts.join(cases, on="case_id")
    known = distinct(frame_keys(found, "entity"), frame_keys(fragments, "entity"), owned)
    unlisted = _unlisted(sightings, registry, cases, known).join(
        asked, left_on=["case_id", "plate"], right_on=["case_id", "read"]
    )
    word = word_of_entity(registry)[number_of(known)]
    known_words = keys_of(case_of(known), word)
    texts = distinct(known_words, distinct(frame_keys(unlisted, "word")))
    both = pl.DataFrame({"case": case_of(texts), "word": number_of(texts)})
    links = pairs_within_cases(asked.select("case", "word"), both, words, channel, settings)
    linked = held(known_words, distinct(frame_keys(links, "plate")))
    near_ones, near_words = known[linked], word[linked]
    listed = (
        pl.DataFrame(
            {
                "case": case_of(near_ones),
                "word": near_words,
                "entity": number_of(near_ones),
                "affinity": value_of(near_ones, owned, bits),
            }
        )
        .join(registry.entities, on="entity")
        .join(cases, on="case")
        .select("case", "word", *_PLATE, "affinity")
    )
    plates = (
        pl.concat([listed, unlisted.select("case", "word", *_PLATE, affinity=pl.lit(0.0))])
        .sort("case", "plate", "state", "entity", nulls_last=True)
        .with_row_index("candidate")
    )
    reading_of = asked.select("case", "reading", read="word")
    named = (
        links.join(reading_of, on=["case", "read"])
        .join(plates.select("case", "candidate", plate="word"), on=["case", "plate"])
        .select("reading", "candidate")
        .sort("reading", "candidate")
    )
    cut = near.select("read", "bits_rest").unique()
    plates = plates.select("candidate", *_PLATE, "affinity", "word")
    readings = asked.select("reading", "case_id", "read", "word")
    return Candidates(plates, readings, words, named, cut.sort("read"), hidden)


def _unlisted(sightings: pl.DataFrame, registry: Registry, cases: pl.DataFrame, known: Keys) -> pl.DataFrame:
    """The readings of each case as plates that no candidate of the case (`known`: case and entity) stands for.

    case_id, plate, state, entity (null). Without a state only where the reading is written without one throughout.
    """
    stated = sightings.select("case_id", "plate", state="plate_state").unique()
    has_state = stated.filter(pl.col("state").is_not_null()).select("case_id", "plate").unique()
    blank = stated.filter(pl.col("state").is_null()).join(has_state, on=["case_id", "plate"], how="anti")
    asked = pl.concat([stated.filter(pl.col("state").is_not_null()), blank]).join(cases, on="case_id")
    same = asked.join(registry.entities, on=["plate", "state"], nulls_equal=True)
    there = same.filter(pl.Series(held(frame_keys(same, "entity"), known))).select("case_id", "plate", "state")
    return asked.join(there, on=["case_id", "plate", "state"], how="anti", nulls_equal=True).select(
        "case_id", "plate", "state", pl.lit(None, pl.UInt32).alias("entity")
    )


def _from_fragments(
    sightings: pl.DataFrame, registry: Registry, index: PlateIndex, settings: PlateSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Registered plates of which a short reading is the beginning or the end, in the state written if one was.

    Returns the candidates, where few enough, and read, state, hidden: how many plates there are where too many.
    """
    asked = sightings.select("case_id", read="plate", read_state="plate_state").unique()
    fits = index.beginning_or_ending(asked["read"]).join(registry.entities, on="plate")
    any_state = fits.with_columns(read_state=pl.lit(None, pl.String))
    known = pl.concat([fits.with_columns(read_state="state"), any_state])
    known = known.with_columns(hidden=pl.len().over("read", "read_state"))
    few = known.filter(pl.col("hidden") <= settings.candidates_per_read)
    many = known.filter(pl.col("hidden") > settings.candidates_per_read)
    parts = asked.join(few, on=["read", "read_state"], nulls_equal=True).select(_PLATE)
    hidden = many.group_by("read", "read_state").agg(pl.col("hidden").first())
    return parts, hidden.select("read", "hidden", state="read_state").sort("read", "state", nulls_last=True)


def prior_of(candidates: Candidates, prior: PlatePrior, channel: PlateChannel, registered: int) -> pl.DataFrame:
    """candidate, bits_prior (log2 P(a new vehicle has this plate), affinity apart), bits_affinity, p_exact, p_other,
    p_personal, p_lost (see `UnlistedPlates.masses`; 0 for registered plates).

    By candidate. p_exact: for a plate that is not in the registry, the share of its hypothesis that is the plate as
    read, rather than another unregistered plate read so; 1 for registered plates.

    The mass of registered plates that were in reach but not listed goes to the reading's own text.
    """
    plates = candidates.plates
    away = plates.filter(pl.col("entity").is_null())
    unlisted = prior.unregistered_bits(away.select("plate", "state").unique(), channel)
    home = prior.registered_bits()
    texts = away["plate"].unique().sort()
    codes = encode(texts)
    faithful = pl.DataFrame({"plate": texts, "faithful": channel.log2_probability(codes, codes)})
    rest = candidates.rest.rename({"read": "plate"})
    listed = prior.states.select((pl.col("share") * pl.col("registered")).sum()).item()
    anyone = float(np.log2(max(listed, 1e-6) / max(registered, 1)))
    away = (
        away.select("candidate", "plate", "state")
        .join(unlisted, on=["plate", "state"], how="left", nulls_equal=True)
        .join(rest, on="plate", how="left")
        .join(faithful, on="plate", how="left")
        .join(home.rename({"bits": "home"}), on="state", how="left", nulls_equal=True)
        .join(candidates.hidden.rename({"read": "plate"}), on=["plate", "state"], how="left", nulls_equal=True)
    )
    hidden = pl.col("bits_rest") - pl.col("faithful") + pl.col("home").fill_null(anyone)
    end_lost = pl.col("hidden").log(2) + float(np.log2(channel.rates.lost_end / 4)) + pl.col("home").fill_null(anyone)
    cut = pl.lit(2.0).pow(end_lost.fill_null(FLOOR_LOG2))
    mass = pl.lit(2.0).pow("bits") + pl.lit(2.0).pow(hidden.fill_null(FLOOR_LOG2)) + cut
    unlisted_part = ratio(pl.lit(2.0).pow("bits"), mass)
    away = away.select(
        "candidate",
        mass.log(2).alias("bits_prior"),
        *(pl.col(part) * unlisted_part for part in ("p_exact", "p_other", "p_personal")),
        p_lost=pl.col("p_lost") * unlisted_part + ratio(cut, mass),
    )
    found = (
        plates.filter(pl.col("entity").is_not_null())
        .select("candidate", "state")
        .join(home, on="state", how="left", nulls_equal=True)
        .select(
            "candidate",
            bits_prior=pl.col("bits").fill_null(anyone - 1.0),
            p_exact=1.0,
            **dict.fromkeys(("p_other", "p_personal", "p_lost"), 0.0),
        )
    )
    return (
        pl.concat([away, found])
        .join(plates.select("candidate", bits_affinity="affinity"), on="candidate")
        .sort("candidate")
    )
