"""All pairs of a sighting and a plate in reach of it, with what no learned rate changes: in numbers.

A metro has tens of millions of these pairs, which stay while a log is decoded. What a pair would say in words stands
elsewhere once: the text of a reading or plate, the two states, and what make, model and colour say.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.case_keys import Keys, case_of, keys_of, number_of
from matchers.judged_plates import JudgedPlates
from matchers.plate_channel import PlateChannel
from matchers.plate_prior import PlatePrior
from matchers.plate_settings import PlateSettings
from matchers.runs import Floats, Ids, Numbers, spans
from matchers.vehicle_candidates import Candidates
from matchers.vehicle_clusters import LookMates
from matchers.vehicle_pair_descriptions import Pairs, coded, described_pairs, vocabulary
from matchers.vehicle_pairs import Words
from matchers.vehicle_parts import Part
from matchers.vehicle_registry import Registry


@dataclass(frozen=True, slots=True)
class FixedPairs:
    """The pairs of a part, by sighting, then candidate, of which each array has one number: `sighting`, `candidate`,
    `text`, `states`, `description`, and `told` (bits: what people decided). `reading`: by sighting.

    `texts`: by text, the words (`Candidates.words`) of reading and plate as one key, sorted, each once. `missing`: by
    text, the characters of the plate less those of the reading; null where the plate is the reading. `state_pairs`:
    read_state, state, by `states`. `descriptions`: bits_make, bits_model, bits_color, by `description`. `mates`: which
    pairs share a look and a candidate. `decided`: what people decided of this part.
    """

    sighting: Numbers
    candidate: Numbers
    text: Numbers
    states: npt.NDArray[np.unsignedinteger]
    description: Numbers
    told: Floats
    reading: Ids
    texts: Keys
    missing: pl.Series
    state_pairs: pl.DataFrame
    descriptions: pl.DataFrame
    mates: LookMates
    decided: JudgedPlates

    @classmethod
    def of(cls, part: Part, registry: Registry, settings: PlateSettings, decided: JudgedPlates) -> "FixedPairs":
        """All pairs of a part, whose links nobody asks afterwards."""
        plated, candidates = part.plated, part.candidates
        reading = candidates.readings_as(plated)
        sighting, link = _pairs(reading, candidates)
        candidate = candidates.links["candidate"].to_numpy()[link]
        of_reading, of_plate = (frame["word"].to_numpy() for frame in (candidates.readings, candidates.plates))
        linked = (of_reading[candidates.links["reading"]], of_plate[candidates.links["candidate"]])
        texts, text = np.unique(keys_of(*linked), return_inverse=True)
        states, state_pairs = _states(plated["plate_state"], candidates.plates["state"], sighting, candidate)
        description, descriptions = described_pairs(
            Pairs(plated, candidates, reading, sighting, candidate), registry, settings
        )
        return cls(
            sighting.astype(np.uint32),
            candidate,
            text.astype(np.uint32)[link],
            states,
            description,
            decided.bits(sighting, candidate, candidates.plates),
            reading,
            texts,
            _missing(texts, candidates.words),
            state_pairs,
            descriptions,
            LookMates.of(sighting, candidate.astype(np.int64), plated["look"].to_numpy().astype(np.int64)),
            decided,
        )

    def channel_bits(self, words: Words, channel: PlateChannel) -> Floats:
        """By text: log2 P(the reading | the plate)."""
        return channel.log2_probability(words.codes[case_of(self.texts)], words.codes[number_of(self.texts)])


def _missing(texts: Keys, words: Words) -> pl.Series:
    """By text: see `FixedPairs.missing`."""
    sides = case_of(texts), number_of(texts)
    read, plate = (words.texts.gather(side).str.len_chars().cast(pl.Int32) for side in sides)
    frame = pl.DataFrame({"missing": plate - read, "own": pl.Series(sides[0] == sides[1])})
    return frame.select(pl.when(~pl.col("own")).then("missing").alias("missing")).to_series()


def _pairs(reading: Ids, candidates: Candidates) -> tuple[Ids, Ids]:
    """Sighting and link of each pair, by sighting, then candidate. reading: by sighting."""
    sizes = np.bincount(candidates.links["reading"].to_numpy(), minlength=len(candidates.readings))
    return spans((np.cumsum(sizes) - sizes)[reading], sizes[reading])


def _states(
    written: pl.Series, true: pl.Series, sighting: Ids, candidate: Numbers
) -> tuple[npt.NDArray[np.unsignedinteger], pl.DataFrame]:
    """Of each pair, the number of its states; by that number: read_state (null: none written), state (null: unknown).

    written: by sighting; true: by candidate. All pairs of states that there may be have a number.
    """
    known = vocabulary(written, true)
    kinds = len(known) + 1
    dtype = np.min_scalar_type(kinds * kinds)
    left, right = ((coded(one, known) % kinds).astype(dtype) for one in (written, true))  # no state: the last number
    names = pl.concat([known, pl.Series([None], dtype=pl.String)])
    sides = np.divmod(np.arange(kinds * kinds), kinds)
    every = pl.DataFrame({"read_state": names.gather(sides[0]), "state": names.gather(sides[1])})
    return left[sighting] * dtype.type(kinds) + right[candidate], every


def state_bits(pairs: pl.DataFrame, prior: PlatePrior, wrong_rate: float) -> pl.Series:
    """log2 P(written state | state of the candidate); 0 where no state was written. pairs: read_state, state."""
    share = prior.states.select(read_state="state", share="share")
    frame = pairs.select("read_state", "state").join(share, on="read_state", how="left", maintain_order="left")
    any_state = pl.col("share").fill_null(1e-4)
    bits = (
        pl.when(pl.col("read_state").is_null())
        .then(0.0)
        .when(pl.col("state").is_null())
        .then(any_state.log(2))
        .when(pl.col("state") == pl.col("read_state"))
        .then(np.log2(1 - wrong_rate))
        .otherwise((wrong_rate * (0.5 * any_state + 0.5 / 51)).log(2))
    )
    return frame.select(bits=bits).to_series()
