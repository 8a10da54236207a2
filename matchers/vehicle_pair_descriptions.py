"""Make, model and colour of each pair of a sighting and a plate, compared once for each two texts that meet."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.plate_settings import PlateSettings
from matchers.runs import Floats, Ids, Numbers
from matchers.vehicle_candidates import NONE, Candidates
from matchers.vehicle_descriptions import ASPECTS, bits_of, excused_models
from matchers.vehicle_registry import Registry


@dataclass(frozen=True, slots=True)
class Pairs:
    """`sighting` and `candidate`: the numbers of each pair. `reading`: that of what was read, by sighting."""

    plated: pl.DataFrame
    candidates: Candidates
    reading: Ids
    sighting: Ids
    candidate: Numbers


def vocabulary(*columns: pl.Series) -> pl.Series:
    """The distinct texts of some columns, sorted, without null."""
    return pl.concat([column.rename("text") for column in columns]).drop_nulls().unique().sort()


def coded(texts: pl.Series, words: pl.Series) -> Ids:
    """Each text as its position in `words` (a `vocabulary` that holds all of them); NONE where it is null."""
    return texts.cast(pl.Enum(words)).to_physical().cast(pl.Int64).fill_null(NONE).to_numpy()


def described_pairs(pairs: Pairs, registry: Registry, settings: PlateSettings) -> tuple[Numbers, pl.DataFrame]:
    """Of each pair, the number of what its descriptions say; by that number: bits_make, bits_model, bits_color.

    A registered vehicle looks as the registration that speaks on the day says; where that says nothing, and where there
    is none, as the other sightings say whose reading is the plate.
    """
    speaks, row = _speaking(pairs, registry)
    own = pairs.candidates.readings_as(pairs.candidates.plates)[pairs.candidate]
    itself = own == pairs.reading[pairs.sighting]
    number, columns = np.zeros(len(itself), dtype=np.int64), {}
    for name in ASPECTS:
        words = vocabulary(pairs.plated[name], speaks[name])
        by_sighting = coded(pairs.plated[name], words)
        written = by_sighting[pairs.sighting]
        true = np.append(coded(speaks[name], words), NONE)[row]
        usual = _Usual.of(pairs.reading, by_sighting, len(pairs.candidates.readings))
        true = np.where(true == NONE, usual.without(written, own, itself), true)
        kind, columns[f"bits_{name}"] = _compared(name, written, true, words, registry, settings)
        number = number * len(columns[f"bits_{name}"]) + kind
    said, description = np.unique(number, return_inverse=True)
    kinds = np.unravel_index(said, [len(bits) for bits in columns.values()])
    told = pl.DataFrame({name: bits[kind] for (name, bits), kind in zip(columns.items(), kinds, strict=True)})
    return description.astype(np.uint32), excused_models(told)


def _compared(
    name: str, written: Ids, true: Ids, words: pl.Series, registry: Registry, settings: PlateSettings
) -> tuple[Ids, Floats]:
    """Of each pair of texts, the number of its bits, and the bits by number; those of a missing side are 0."""
    missing = (written == NONE) | (true == NONE)
    both = np.where(missing, NONE, written * len(words) + true)
    asked = pl.Series(both[~missing]).unique().sort().to_numpy()
    sides = np.divmod(asked, max(len(words), 1))
    said = pl.DataFrame({"written": words.gather(sides[0]), "true": words.gather(sides[1])})
    bits = np.append(bits_of(name, said, registry.descriptions, settings).to_numpy(), 0.0)
    kinds, kind = np.unique(bits.view(np.int64), return_inverse=True)  # as they are written: -0.0 is not 0.0
    return kind[np.where(missing, len(asked), np.searchsorted(asked, both))], kinds.view(np.float64)


def _speaking(pairs: Pairs, registry: Registry) -> tuple[pl.DataFrame, Ids]:
    """The registrations that speak on some day of a sighting, and which of them speaks of each pair: NONE of a plate
    that is in no registration."""
    entity = pairs.candidates.plates["entity"].gather(pairs.candidate)
    days = pl.DataFrame({"entity": entity, "day": pairs.plated["observed_date"].gather(pairs.sighting)})
    speaks = registry.on_day(days.drop_nulls("entity")).with_row_index("row")
    found = days.join(
        speaks.select("entity", "day", "row"), on=["entity", "day"], how="left", nulls_equal=True, maintain_order="left"
    )
    return speaks, found["row"].cast(pl.Int64).fill_null(NONE).to_numpy()


@dataclass(frozen=True, slots=True)
class _Usual:
    """By reading: the commonest text (a number) of its sightings and how many say so, and the same of the runner-up."""

    first: Ids
    count: Ids
    second: Ids
    second_count: Ids

    @classmethod
    def of(cls, reading: Ids, written: Ids, readings: int) -> "_Usual":
        """reading and written: by sighting. Of texts as common as each other the one that sorts first."""
        counts = (
            pl.DataFrame({"reading": reading, "text": written})
            .filter(pl.col("text") != NONE)
            .group_by("reading", "text")
            .agg(n=pl.len().cast(pl.Int64))
            .sort("reading", "n", "text", descending=[False, True, False])
            .with_columns(place=pl.int_range(pl.len()).over("reading"))
        )
        made = []
        for place in (0, 1):
            text, n = np.full(readings + 1, NONE, dtype=np.int64), np.zeros(readings + 1, dtype=np.int64)
            mine = counts.filter(pl.col("place") == place)
            text[mine["reading"].to_numpy()], n[mine["reading"].to_numpy()] = mine["text"], mine["n"]
            made += [text, n]
        return cls(*made)

    def without(self, written: Ids, reading: Ids, itself: npt.NDArray[np.bool_]) -> Ids:
        """Of each pair, what the sightings of `reading` say, but the pair's own (`written`) where it is one of them
        (`itself`); NONE where they say nothing."""
        own = itself & (written != NONE) & (written == self.first[reading])
        left, second = self.count[reading] - own, self.second_count[reading]
        usual = np.where(left >= second, self.first[reading], self.second[reading])
        return np.where((left <= 0) & (second <= 0), NONE, usual)
