"""Learning a city's misreading rates from its own decoded sightings.

Empirical Bayes: the decoded pairs (reading, plate) with their probabilities are the data; a rate moves from its prior
(log-normal) to where these data are likeliest. Sightings that nothing but their own text speaks for teach
nothing and are left out: they would always look error-free.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.case_keys import Keys, case_of, distinct, held, number_of
from matchers.ordered_sums import grouped_sum
from matchers.plate_channel import PlateChannel, encode, log2_probabilities
from matchers.plate_settings import ChannelRates, PlateSettings
from matchers.plate_unlisted import LEAST_LOST
from matchers.vehicle_pairs import Words

_GRID_DOUBLINGS = np.arange(-4.0, 5.1, 0.5)
_STATE_PRIOR_WEIGHT = 50.0
_UNREADABLE_PRIOR_WEIGHT = 500.0


@dataclass(frozen=True, slots=True)
class CityRates:
    """The learned channel rates, the rate of wrong states, and how many readings taught them."""

    channel: ChannelRates
    wrong_state: float
    readings: float


def _scaled(rates: ChannelRates, names: tuple[str, ...], doublings: float) -> ChannelRates:
    return replace(rates, **{name: min(getattr(rates, name) * 2.0**doublings, 0.15) for name in names})


@dataclass(frozen=True, slots=True)
class WeighedTexts:
    """Pairs of a part of a log from which rates are learned: `text`, `states` (numbers) and `weight` (probability of
    the pair, evidence from others only) of each. By text, `texts`: the numbers in `words` of reading and plate
    (case_keys), sorted; by states, `state_pairs`: read_state, state (null: not written, not known)."""

    words: Words
    texts: Keys
    text: npt.NDArray[np.uint32]
    state_pairs: pl.DataFrame
    states: npt.NDArray[np.unsignedinteger]
    weight: npt.NDArray[np.float64]

    def at_least(self, weight: float) -> Keys:
        """The texts of which some pair weighs so much."""
        return self.texts[np.unique(self.text[self.weight >= weight])]

    def of(self, asked: Keys) -> pl.DataFrame:
        """text, weight of the pairs of these texts (distinct, sorted)."""
        mine = held(self.texts, asked)[self.text]
        return pl.DataFrame({"text": self.texts[self.text[mine]], "weight": self.weight[mine]})


_LEAST_WEIGHT = 0.01


def weighed(found: Sequence[WeighedTexts]) -> pl.DataFrame:
    """read, plate, weight: how much two texts weigh in all parts, by text, where it is more than `_LEAST_WEIGHT`."""
    pairs = sum(len(one.weight) for one in found)
    most_in_vain = 0.5 * _LEAST_WEIGHT / max(pairs, 1)  # if no pair of two texts weighs more, neither do all of them
    asked = distinct(*(one.at_least(most_in_vain) for one in found))
    sums = grouped_sum(pl.concat([one.of(asked) for one in found]), ["text"], "weight")
    sums = sums.filter(pl.col("weight") > _LEAST_WEIGHT)
    key, words = sums["text"].to_numpy(), found[0].words.texts
    texts = {"read": words.gather(case_of(key)), "plate": words.gather(number_of(key)), "weight": sums["weight"]}
    return pl.DataFrame(texts).sort("read", "plate")


def learn_rates(
    found: Sequence[WeighedTexts], lost_end: float, settings: PlateSettings, current: CityRates
) -> CityRates:
    """From all parts of a log. lost_end: as `learn_lost_end` gives it."""
    current = replace(current, channel=replace(current.channel, lost_end=lost_end))
    texts = weighed(found).filter(~pl.col("plate").str.contains("?", literal=True))
    readings = float(texts["weight"].sum())
    if readings == 0:
        return current
    read, true, weight = encode(texts["read"]), encode(texts["plate"]), texts["weight"].to_numpy()
    rates = _learn_unreadable(texts, settings, current.channel)
    for names in (("substitution",), ("deletion", "insertion"), ("transposition",)):
        start = replace(rates, **{name: getattr(settings.rates, name) for name in names})
        channels = [PlateChannel.of(settings, _scaled(start, names, doublings)) for doublings in _GRID_DOUBLINGS]
        gains = [
            float(weight @ bits) * np.log(2)
            - settings.rate_prior_weight * 0.5 * (doublings / settings.rate_log2_sd) ** 2
            for doublings, bits in zip(_GRID_DOUBLINGS, log2_probabilities(channels, read, true), strict=True)
        ]
        rates = _scaled(start, names, _peak(np.array(gains)))
    return CityRates(rates, _learn_states(found, settings), readings)


def lost_ends(pairs: pl.DataFrame) -> npt.NDArray[np.float64]:
    """Of each pair, the probability that it stands, and its reading is a plate that lost an end.

    pairs: missing (characters of the plate less those of the reading; null: the plate is the reading's own text),
    weight (probability of the pair), p_lost (where missing is null: the part of it which is a longer plate).
    """
    shorter = (pl.col("missing") >= LEAST_LOST).cast(pl.Float64)
    lost = pl.when(pl.col("missing").is_null()).then("p_lost").otherwise(shorter)
    return pairs.select(lost * pl.col("weight")).to_series().to_numpy()


def learn_lost_end(lost: npt.NDArray[np.float64], readings: int, settings: PlateSettings) -> float:
    """Share of plate ends that are lost, from all readings: fragments teach it though no plate can be named for them.

    lost: `lost_ends` of all pairs of so many readings, in a fixed order. Smoothed by one event at the prior rate.
    """
    return float(min((float(lost.sum()) + 1.0) / (2.0 * readings + 1.0 / settings.rates.lost_end), 0.15))


def _peak(gains: npt.NDArray[np.float64]) -> float:
    """Doublings at the top of the parabola through the best point of the grid and its neighbours."""
    best = int(np.argmax(gains))
    if best in (0, len(gains) - 1):
        return float(_GRID_DOUBLINGS[best])
    left, top, right = gains[best - 1 : best + 2]
    bend = left - 2 * top + right
    step = float(_GRID_DOUBLINGS[1] - _GRID_DOUBLINGS[0])
    return float(_GRID_DOUBLINGS[best] + (0.5 * (left - right) / bend * step if bend < 0 else 0.0))


def _learn_unreadable(texts: pl.DataFrame, settings: PlateSettings, rates: ChannelRates) -> ChannelRates:
    read, weight = texts["read"].str, texts["weight"]
    # summed as series: the order in which an expression adds follows the number of threads
    marks = float((read.count_matches("?", literal=True) * weight).sum())
    seen = float((read.len_chars() * weight).sum())
    prior = settings.rates.unreadable
    share = (marks + prior * _UNREADABLE_PRIOR_WEIGHT) / (seen + _UNREADABLE_PRIOR_WEIGHT)
    return replace(rates, unreadable=float(min(max(share, 1e-4), 0.15)))


def _learn_states(found: Sequence[WeighedTexts], settings: PlateSettings) -> float:
    read, true = pl.col("read_state"), pl.col("state")
    known = _weight_where(found, read.is_not_null() & true.is_not_null())
    wrong = _weight_where(found, read.is_not_null() & true.is_not_null() & (read != true))
    prior = settings.wrong_state_rate
    rate = (wrong + prior * _STATE_PRIOR_WEIGHT) / (known + _STATE_PRIOR_WEIGHT)
    return float(min(max(rate, 1e-4), 0.3))


def _weight_where(found: Sequence[WeighedTexts], asked: pl.Expr) -> float:
    """The weight of all pairs whose states are asked."""
    mine = [one.state_pairs.select(asked).to_series().fill_null(value=False).to_numpy()[one.states] for one in found]
    weights = np.concatenate([one.weight[which] for one, which in zip(found, mine, strict=True)])
    return float(pl.Series(weights).sum())
