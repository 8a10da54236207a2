"""The result of person linkage, as one value."""

from dataclasses import dataclass

import polars as pl

from matchers.weights import FEATURES, Weights

BITS = [f"bits_{feature}" for feature in FEATURES]
DECISION = pl.Enum(["same person", "possible", "kept apart", "different"])
PAIR_SCHEMA = pl.Schema(
    [
        ("left", pl.UInt32),
        ("right", pl.UInt32),
        ("match_weight_bits", pl.Float64),
        ("p_match", pl.Float64),
        *((name, pl.Float32) for name in BITS),
        ("decision", DECISION),
    ]
)


@dataclass(frozen=True, slots=True)
class PersonLinks:
    """What linkage found.

    `mentions`: the mentions as given, with `person_id` (`P000001`: a person, `B000001`: a company, trust, estate or
    unreadable name), `p_member` (that the mention belongs to that person) and `profile` (UInt32; mentions of one
    source in the same words share one; null for bodies). `pairs`: left, right (mention_id, left < right),
    match_weight_bits = the sum of the bits columns, p_match = 2^bits / (1 + 2^bits), decision (`same person`,
    `possible`, `kept apart`, `different`); each profile stands in by its first mention, and further mentions of a
    profile are paired with that one. `possible_merges`: person_id, other_person_id, p: two persons who may be one
    after all. `parameters`: sources, place, feature, level, m, u, bits. `skipped`: blocks too
    large to compare, per rule. `weights`: what was fitted, to score any other pair alike. `judged`: left < right
    (profiles), same: pairs on which somebody decided, and which are so whatever they weigh.
    """

    mentions: pl.DataFrame
    pairs: pl.DataFrame
    possible_merges: pl.DataFrame
    parameters: pl.DataFrame
    skipped: pl.DataFrame
    weights: Weights
    judged: pl.DataFrame
