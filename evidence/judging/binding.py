"""Standing judgements as constraints on the linkage: pairs of mentions that must be one person, or must not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import polars as pl

from evidence.judging.records import SOURCE, spoken
from evidence.judging.standing import Standing, standings
from loaders.city import City
from loaders.errors import AmbiguousInput
from matchers.explain_words import address_of
from matchers.judged import JUDGED_SCHEMA


@dataclass(frozen=True, slots=True)
class Bound:
    """A standing of the city's judgements with the two mentions it is about; `mentions` null and `why_not` in words
    where it can bind nothing, because the rows no longer say what was judged.
    """

    standing: Standing
    mentions: tuple[int, int] | None
    why_not: str = ""


def bound(city: City, mentions: pl.DataFrame) -> list[Bound]:
    """Every pair that was judged. Raises UnreadableFile where the chain of judgements is broken."""
    if city.frame(SOURCE).is_empty():
        return []
    found = standings(spoken(city))
    asked = sorted({name for standing in found for name in standing.pair})
    known = _mentions_named(mentions, asked)
    return [_bound(standing, known) for standing in found]


def judged_pairs(city: City, mentions: pl.DataFrame) -> pl.DataFrame:
    """left < right (mention_id), same: what binds (JUDGED_SCHEMA).

    Raises AmbiguousInput where judgements contradict each other: A is B, B is C, A is not C.
    """
    rows = [
        (*sorted(one.mentions), one.standing.same)
        for one in bound(city, mentions)
        if one.mentions is not None and one.standing.same is not None
    ]
    pairs = pl.DataFrame(rows, schema=JUDGED_SCHEMA, orient="row").sort("left", "right")
    _refuse_contradictions(pairs, mentions)
    return pairs


def _mentions_named(mentions: pl.DataFrame, names: Sequence[str]) -> dict[str, Mapping[str, object]]:
    """Of each `source:row:field[:part]` that names a person: its mention."""
    rows = pl.DataFrame(
        [(name.split(":")[0], int(name.split(":")[1])) for name in names],
        schema={"source": mentions.schema["source"], "row": mentions.schema["row"]},
        orient="row",
    ).unique()
    near = mentions.filter(pl.col("kind") == "person").join(rows, on=["source", "row"], how="semi")
    return {address_of(mention): mention for mention in near.iter_rows(named=True)}


def _bound(standing: Standing, known: Mapping[str, Mapping[str, object]]) -> Bound:
    last = standing.judgements[-1]
    ends = []
    for name, says in ((last.left, last.left_says), (last.right, last.right_says)):
        mention = known.get(name)
        if mention is None:
            return Bound(standing, None, f"{name} names no person now")
        if mention["raw_name"] != says:
            return Bound(standing, None, f"{name} says something else than when it was judged")
        ends.append(int(str(mention["mention_id"])))
    return Bound(standing, (ends[0], ends[1]))


def _refuse_contradictions(pairs: pl.DataFrame, mentions: pl.DataFrame) -> None:
    one: nx.Graph[int] = nx.Graph()
    one.add_edges_from(pairs.filter("same").select("left", "right").iter_rows())
    for left, right in pairs.filter(~pl.col("same")).select("left", "right").iter_rows():
        if left in one and right in one and nx.has_path(one, left, right):
            names = _names(mentions, nx.shortest_path(one, left, right))
            raise AmbiguousInput(
                f"{SOURCE} contradict each other: {names[0]} and {names[-1]} were judged two persons, and one "
                f"person by way of {' = '.join(names)}; record another decision on one of these pairs",
                source=SOURCE,
            )


def _names(mentions: pl.DataFrame, ids: Iterable[int]) -> list[str]:
    rows = mentions.filter(pl.col("mention_id").is_in(list(ids)))
    named = {row["mention_id"]: address_of(row) for row in rows.iter_rows(named=True)}
    return [named[mention] for mention in ids]
