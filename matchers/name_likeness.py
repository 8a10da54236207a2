"""Whether two single words are one part of one name: the likeliest way from one to the other, and its weight.

For a true part t that two papers write as a and b, P(a, b | one person) sums share(t) P(a | t) P(b | t); as one of the
two is nearly always written right, a match weighs P(b | a) (1 / share(a) + 1 / share(b)) / 2: the rarer of the two, a
misspelling as a rule, decides. Where both are names of their own, the other person may simply bear the other.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from loaders.normalize import names_tables
from loaders.normalize.names_words import PARTICLES
from matchers.bare_name_settings import BareNameSettings
from matchers.coded import Texts
from matchers.name_faults import fault_bits
from matchers.name_sounds import consonants, loose_vowels, sounds

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

# In the order in which a tie is settled.
LEVELS = ("exact", "variant", "vowels", "nickname", "initial", "cut_short", "particle", "fault", "different")

_FEWEST_CONSONANTS = 3  # with fewer, vowels are what tells names apart
_SHORTEST_CUT, _FEWEST_CUT = 3, 2  # letters left, letters cut
_PREFIXES = "|".join(sorted(p for p in PARTICLES if 2 <= len(p) <= 3))


def weigh(pairs: pl.DataFrame, settings: BareNameSettings) -> pl.DataFrame:
    """Level and weight of word pairs.

    pairs: `a`, `b` (upper-case words, no nulls). Returns a, b, `level` (one of `LEVELS`), `bits` (log2 of
    P(pair | one person's part) / P(pair | two persons' parts)), in the order given. Symmetric in a and b.
    """
    frame = _looked_up(pairs.select("a", "b"), settings)
    prices = np.stack([frame[level].to_numpy() for level in LEVELS[:-2]] + [_faults(frame, settings)], axis=1)
    unlike = _opposite_sex(frame, settings)
    chance = _chance_bits(frame, settings)
    spelling = np.isin(LEVELS[:-1], ("variant", "vowels", "cut_short", "fault"))
    prices[unlike[:, None] & spelling] = np.inf
    weights = chance - prices
    best = np.argmax(weights, axis=1)
    rows = np.arange(len(frame))
    likelihood = np.exp2(weights[rows, best])
    level = np.where(likelihood < settings.different, len(LEVELS) - 1, best)
    return frame.select("a", "b").with_columns(
        level=pl.Series([LEVELS[code] for code in level], dtype=pl.String),
        bits=pl.Series(np.log2(likelihood + settings.different)),
    )


def _looked_up(pairs: pl.DataFrame, settings: BareNameSettings) -> pl.DataFrame:
    """What tables and rules say: share, sound, sex of each side, and the price of each level but `fault`."""
    words = pl.concat([pairs["a"], pairs["b"]]).unique().sort().rename("word").to_frame()
    words = words.join(_listed(), on="word", how="left", maintain_order="left").with_columns(
        sound=sounds(pl.col("word")), letters=pl.col("word").str.len_chars()
    )
    unlisted = (-settings.bits_per_letter * pl.col("letters") * np.log(2)).exp()
    words = words.with_columns(
        listed=pl.col("share").is_not_null(),
        share=pl.coalesce("share", pl.max_horizontal(unlisted, pl.lit(settings.unlisted_share))),
        loose=loose_vowels(pl.col("sound")),
        consonants=consonants(pl.col("word")),
        initial_share=pl.col("word").str.head(1).replace_strict(_initials(), default=1 / 26),
    )
    frame = pairs
    for side in ("a", "b"):
        frame = frame.join(
            words.select(pl.all().name.suffix(f"_{side}")),
            left_on=side,
            right_on=f"word_{side}",
            how="left",
            maintain_order="left",
        )
    nick = names_tables.nickname_pairs().select(a="name_a", b="name_b", nick=pl.lit(True))
    frame = frame.join(nick, on=["a", "b"], how="left", maintain_order="left")
    return frame.with_columns(**_prices(settings))


def _prices(settings: BareNameSettings) -> dict[str, pl.Expr]:
    """-log2 P(b | a, one person) by each rule; infinite where the rule does not apply."""
    shorter = pl.min_horizontal("letters_a", "letters_b")
    gap = (pl.col("letters_a").cast(pl.Int32) - pl.col("letters_b").cast(pl.Int32)).abs()
    words = shorter > 1
    starts = pl.col("a").str.starts_with(pl.col("b")) | pl.col("b").str.starts_with(pl.col("a"))
    enough = pl.min_horizontal("consonants_a", "consonants_b") >= _FEWEST_CONSONANTS
    without = {side: pl.col(side).str.replace(f"^({_PREFIXES})", "") for side in ("a", "b")}
    articled = ((without["a"] == pl.col("b")) | (without["b"] == pl.col("a"))) & (shorter > _SHORTEST_CUT)
    rules = {
        "exact": (pl.col("a") == pl.col("b"), -np.log2(settings.exact)),
        "variant": (words & (pl.col("sound_a") == pl.col("sound_b")), settings.variant_bits),
        "vowels": (words & enough & (pl.col("loose_a") == pl.col("loose_b")), settings.vowels_bits),
        "nickname": (pl.col("nick").fill_null(False), settings.nickname_bits),
        "initial": (~words & (pl.col("a").str.head(1) == pl.col("b").str.head(1)), -np.log2(settings.initial)),
        "cut_short": ((shorter >= _SHORTEST_CUT) & (gap >= _FEWEST_CUT) & starts, settings.cut_short_bits),
        "particle": (articled & (gap > 0), settings.particle_bits),
    }
    return {level: pl.when(holds).then(float(price)).otherwise(np.inf) for level, (holds, price) in rules.items()}


def _faults(frame: pl.DataFrame, settings: BareNameSettings) -> Floats:
    """Price of the cheapest faults, between the words as written or between their sounds (and one variant)."""
    initials = pl.min_horizontal("letters_a", "letters_b") == 1
    rows = frame.select(~initials & (pl.col("a") != pl.col("b"))).to_series().arg_true().to_numpy()
    asked = frame[rows]
    written = fault_bits(_texts(asked["a"]), _texts(asked["b"]), settings)
    sounded = fault_bits(_texts(asked["sound_a"]), _texts(asked["sound_b"]), settings) + settings.each_fault_bits
    same_sound = (asked["sound_a"] == asked["sound_b"]).to_numpy()
    price = np.full(len(frame), np.inf)
    price[rows] = np.where(same_sound, written, np.minimum(written, sounded))
    return price


def _chance_bits(frame: pl.DataFrame, settings: BareNameSettings) -> Floats:
    """-log2 P(the other word | two persons): one row per pair, one column per level but `different`."""
    shares = frame.select("share_a", "share_b").to_numpy()
    by_share = np.log2((1 / shares[:, 0] + 1 / shares[:, 1]) / 2)
    chance = np.repeat(by_share[:, None], len(LEVELS) - 1, axis=1)
    initials = frame.select(pl.min_horizontal("initial_share_a", "initial_share_b")).to_series().to_numpy()
    chance[:, LEVELS.index("initial")] = -np.log2(initials)
    one_letter = frame.select(pl.min_horizontal("letters_a", "letters_b") == 1).to_series().to_numpy()
    chance[one_letter, LEVELS.index("exact")] = -np.log2(initials[one_letter])
    alike = [LEVELS.index("cut_short"), LEVELS.index("fault")]
    chance[:, alike] = np.minimum(chance[:, alike], _lookalike_bits(frame, shares, settings)[:, None])
    return chance


def _lookalike_bits(frame: pl.DataFrame, shares: Floats, settings: BareNameSettings) -> Floats:
    """-log2 P(the other person's part is this lookalike); infinite where one of the words can be no name of its own."""
    listed = frame.select("listed_a", "listed_b").to_numpy()
    known, unknown = listed.all(axis=1), ~listed.any(axis=1)
    rarer, commoner = shares.min(axis=1), shares.max(axis=1)
    in_use = np.minimum(rarer / settings.common_share, settings.lookalike_ratio * rarer / commoner)
    few = pl.min_horizontal("consonants_a", "consonants_b") < _FEWEST_CONSONANTS
    doubtful = _unrelated_letter(frame, settings) | frame.select(few).to_series().to_numpy()
    share = np.where(known, settings.lookalike_listed * np.minimum(in_use, 1), 0.0)
    share = np.where((known | unknown) & doubtful, np.maximum(share, settings.lookalike_unlisted), share)
    return np.asarray(-np.log2(share, out=np.full(len(share), -np.inf), where=share > 0))


def _unrelated_letter(frame: pl.DataFrame, settings: BareNameSettings) -> Truths:
    """Whether the words differ by one letter written for another that neither ear nor hand takes for it."""
    a, b = _texts(frame["a"]), _texts(frame["b"])
    one = np.asarray(cpdist(a, b, scorer=OSA.distance, score_cutoff=1)) == 1 if len(a) else np.zeros(0, dtype=np.bool_)
    rows = np.flatnonzero(one)
    found = np.zeros(len(a), dtype=np.bool_)
    dearest = settings.letter_bits + settings.each_fault_bits + settings.faulty_bits
    found[rows] = fault_bits(a[rows], b[rows], settings) >= dearest
    return found


def _opposite_sex(frame: pl.DataFrame, settings: BareNameSettings) -> Truths:
    """Whether one word is a man's given name and the other a woman's: the writer knew which was meant."""
    male_a, male_b = pl.col("male_a"), pl.col("male_b")
    one, other = settings.one_sex, 1 - settings.one_sex
    opposite = ((male_a >= one) & (male_b <= other)) | ((male_a <= other) & (male_b >= one))
    return frame.select(opposite.fill_null(False)).to_series().to_numpy()


def _texts(words: pl.Series) -> Texts:
    return np.array(words.to_list(), dtype=np.object_)


@cache
def _listed() -> pl.DataFrame:
    """`word, share, male`: the larger of a word's shares as given name and as surname; share of males who bear it."""
    given = names_tables.given_frequency().rename({"given": "word", "share": "as_given"})
    family = names_tables.surname_frequency().rename({"family": "word", "share": "as_family"})
    both = given.join(family, on="word", how="full", coalesce=True)
    male = names_tables.given_sexes().rename({"given": "word"})
    return (
        both.select("word", share=pl.max_horizontal("as_given", "as_family"))
        .join(male, on="word", how="left")
        .sort("word")
    )


@cache
def _initials() -> dict[str, float]:
    """Share of people by the first letter of the given name."""
    given = names_tables.given_frequency().sort("given")
    letters = given.group_by(pl.col("given").str.head(1).alias("letter"), maintain_order=True)
    return dict(letters.agg(pl.col("share").sort().sum()).iter_rows())
