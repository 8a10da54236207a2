"""The verdict on two mentions or persons, with its reasons: the pair itself, the links between, and what forbids it."""

import math
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import polars as pl

from matchers.explain import Compared, PairScore, PairScorer

_MOST_MENTIONS = 60  # of each side: a landlord's hundred rows say the same over and over


@dataclass(frozen=True, slots=True)
class PersonsExplained:
    """Why two mentions, or two persons, are one or are not.

    `pair`: the comparison of the two mentions, or the likeliest across two persons; null where a body (company, trust)
    or nothing comparable is asked for. `through`: where the pair alone would not do, the comparisons that lead from
    one to the other. `kept_apart_by`: comparisons of others of the two groups that forbid what `pair` would allow.
    `p_one_after_all`: that two persons are one nevertheless; null where linkage left no such chance.
    """

    same: bool
    person_ids: tuple[str, str]
    p_member: tuple[float, float]
    verdict: str
    pair: PairScore | None
    compared: Compared | None
    through: tuple[PairScore, ...] = ()
    kept_apart_by: tuple[PairScore, ...] = ()
    p_one_after_all: float | None = None


def explain_persons(scorer: PairScorer, lefts: list[int], rights: list[int]) -> PersonsExplained:
    """lefts, rights: mention ids of one person each; one id each where a mention is asked for."""
    one, other = scorer.mention(lefts[0]), scorer.mention(rights[0])
    ids = (one["person_id"], other["person_id"])
    member = (one["p_member"], other["p_member"])
    same = ids[0] == ids[1]
    if one["kind"] != "person" or other["kind"] != "person":
        return PersonsExplained(same, ids, member, _bodies(same, one["kind"], other["kind"]), None, None)
    scores = scorer.across(lefts[:_MOST_MENTIONS], rights[:_MOST_MENTIONS])
    if not scores:
        words = f"They are the same mention of {ids[0]}; there is nothing to compare."
        if lefts != rights:
            words = f"They are written alike in one source and count as one mention of {ids[0]}."
        return PersonsExplained(same, ids, member, words, None, None)
    pair = scores[0]
    compared = scorer.compared(pair.left, pair.right)
    likely = pair.p_match >= scorer.settings.link_at_p and pair.against_bits == 0
    judged = _judged(scorer, ids)
    if same:
        through = () if likely else _through(scorer, ids[0], pair)
        verdict = _one(ids[0], likely, through)
        if judged and not likely and not through:
            verdict = f"They are taken for one person, {ids[0]}, because somebody judged a link of that person so."
        return PersonsExplained(True, ids, member, verdict, pair, compared, through)
    if judged:
        verdict = (
            f"They are taken for two persons, {ids[0]} and {ids[1]}, because somebody judged a link between them so."
        )
        return PersonsExplained(False, ids, member, verdict, pair, compared)
    forbidding = _forbidding(scorer, ids) if likely else ()
    chance = _one_after_all(scorer, ids)
    verdict = _two(ids, pair, likely, forbidding)
    return PersonsExplained(False, ids, member, verdict, pair, compared, (), forbidding, chance)


def _judged(scorer: PairScorer, ids: tuple[str, str]) -> bool:
    """Whether somebody decided so: one person of a link inside the person, two of a link between the two."""
    mentions = scorer.links.mentions
    sides = [mentions.filter(pl.col("person_id") == person)["profile"].unique().implode() for person in ids]
    across = (pl.col("left").is_in(sides[0]) & pl.col("right").is_in(sides[1])) | (
        pl.col("left").is_in(sides[1]) & pl.col("right").is_in(sides[0])
    )
    return not scorer.links.judged.filter(across & (pl.col("same") == (ids[0] == ids[1]))).is_empty()


def _one(person_id: str, likely: bool, through: tuple[PairScore, ...]) -> str:
    if likely:
        return f"They are taken for one person, {person_id}: the weight of their own comparison is enough."
    if through:
        return f"They are taken for one person, {person_id}: not by this comparison, but through other rows."
    return f"They are taken for one person, {person_id}."


def _two(ids: tuple[str, str], pair: PairScore, likely: bool, forbidding: tuple[PairScore, ...]) -> str:
    two = f"They are taken for two persons, {ids[0]} and {ids[1]}"
    if pair.objections and (pair.against_bits == float("inf") or pair.p_match >= 0.01):
        return f"{two}: {pair.objections[0]}."
    if forbidding:
        return f"{two}: this comparison alone would join them, but other rows of the two forbid it."
    if likely:
        return f"{two}: this comparison would join them, but each has likelier company."
    least = min(pair.contributions, key=lambda c: (c.feature in ("prior", "address"), c.bits))
    why = f" ({least.words})" if least.bits < 0 and least.feature != "prior" else ""
    return f"{two}: the weight of the comparison is not enough to join them{why}."


def _bodies(same: bool, left: str, right: str) -> str:
    if same:
        return f"They are one body ({left}), spelled alike; bodies are not compared by weights."
    if "person" in (left, right):
        return (
            f"One names a person, the other a body ({left if right == 'person' else right}): they are never compared."
        )
    return "They are two bodies, spelled differently; bodies are not compared by weights."


def _through(scorer: PairScorer, person_id: str, pair: PairScore) -> tuple[PairScore, ...]:
    """The likeliest chain of comparisons inside one person between the two mentions (product of p_match)."""
    mine = scorer.links.mentions.filter(pl.col("person_id") == person_id).select("mention_id")
    inside = scorer.links.pairs.join(mine, left_on="left", right_on="mention_id", how="semi").join(
        mine, left_on="right", right_on="mention_id", how="semi"
    )
    graph: nx.Graph[int] = nx.Graph()
    strong = inside.filter(pl.col("p_match") >= scorer.settings.link_at_p).sort("left", "right")
    for left, right, p in strong.select("left", "right", "p_match").iter_rows():
        graph.add_edge(left, right, cost=1e-6 - math.log2(p))
    if pair.left not in graph or pair.right not in graph or not nx.has_path(graph, pair.left, pair.right):
        return ()
    steps = nx.dijkstra_path(graph, pair.left, pair.right, weight="cost")
    return tuple(scorer.score(a, b) for a, b in pairwise(steps))


def _forbidding(scorer: PairScorer, ids: tuple[str, str]) -> tuple[PairScore, ...]:
    """The strongest objection across two persons, as the pair that raises it."""
    one, other = (
        scorer.links.mentions.filter(pl.col("person_id") == person)["mention_id"].sort().to_list()[:_MOST_MENTIONS]
        for person in ids
    )
    against = [score for score in scorer.across(one, other) if score.against_bits > 0]
    return tuple(sorted(against, key=lambda s: (-s.against_bits, s.left, s.right))[:1])


def _one_after_all(scorer: PairScorer, ids: tuple[str, str]) -> float | None:
    low, high = sorted(ids)
    rows = scorer.links.possible_merges.filter((pl.col("person_id") == low) & (pl.col("other_person_id") == high))
    return float(rows["p"][0]) if rows.height else None
