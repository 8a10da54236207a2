"""Which pairs of names to judge: a stratified sample that looks hardest where linkage is weakest.

The population are the pairs of names that the engine compared and kept (`PersonLinks.pairs`), repeats of one naming
left out. Each pair is in one stratum, by the engine's decision and by what makes it doubtful; weak strata are sampled
more densely, and every pair has a known chance of being drawn. Pairs are drawn by permanent random numbers (Ohlsson
1995, Coordination of samples using permanent random numbers): a larger sample holds the smaller one, and a city that
grows keeps the judgements that were made.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx
import polars as pl

from matchers.links import PersonLinks
from matchers.settings import DEFAULT, LinkSettings

LINKED: Final = "linked"
APART: Final = "apart"
_NEAR_P: Final = 0.99  # a linked pair less sure than this stands near the threshold
_LARGE: Final = 8  # namings of one person: an ordinary home's papers on all its members (LinkSettings.home_mentions)
STRATA: Final[dict[str, str]] = {
    "linked: bridge": "the only link between two groups of namings of one person",
    "linked: near threshold": f"taken for one person at a probability below {_NEAR_P}",
    "linked: large person": f"of a person with more than {_LARGE} different namings",
    "linked: sure": "taken for one person, and none of these",
    "apart: likely": "likelier one person than not, and kept apart by other rows",
    "apart: possible": "not linked, though one person is possible",
    "apart: unlikely": "compared and hardly possible",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """`strata`: stratum, pairs, drawn, in the order of STRATA, empty ones left out. `rows`: the pairs drawn, in random
    order: stratum, left, right (mention_id), left_name, right_name (`source:row:field`), left_says, right_says,
    match_weight_bits, p_match, inclusion_probability.
    """

    strata: pl.DataFrame
    rows: pl.DataFrame


def draw(links: PersonLinks, size: int, seed: int, settings: LinkSettings = DEFAULT) -> Sample:
    """A sample of about `size` pairs, the same number of each stratum as far as there are so many."""
    pairs = _with_strata(links, settings)
    counts = pairs.group_by("stratum").agg(pairs=pl.len())
    order = pl.Enum(list(STRATA))
    counts = (
        counts.with_columns(pl.col("stratum").cast(order)).sort("stratum").with_columns(pl.col("pairs").cast(pl.Int64))
    )
    counts = counts.with_columns(drawn=pl.Series(allocated(counts["pairs"].to_list(), size), dtype=pl.Int64))
    named = _named(pairs, links.mentions)
    numbers = [
        hashlib.sha256(f"{seed}|{left}|{right}".encode()).hexdigest()
        for left, right in named.select("left_name", "right_name").iter_rows()
    ]
    ranked = (
        named.with_columns(pl.col("stratum").cast(order), number=pl.Series(numbers, dtype=pl.String))
        .sort("number")
        .with_columns(rank=pl.int_range(pl.len()).over("stratum"))
        .join(counts, on="stratum", maintain_order="left")
    )
    rows = (
        ranked.filter(pl.col("rank") < pl.col("drawn"))
        .with_columns(inclusion_probability=pl.col("drawn") / pl.col("pairs"))
        .sort(pl.col("number").str.reverse())  # in no order of the strata, whose rows have the least numbers
    )
    names = ("left_name", "right_name", "left_says", "right_says", "match_weight_bits", "p_match")
    return Sample(counts, rows.select("stratum", "left", "right", *names, "inclusion_probability"))


def allocated(pairs: list[int], size: int) -> list[int]:
    """Equal shares; what a small stratum cannot take goes to the others."""
    drawn = [0] * len(pairs)
    left = size
    for position, place in enumerate(sorted(range(len(pairs)), key=lambda i: (pairs[i], i))):
        drawn[place] = min(pairs[place], left // (len(pairs) - position))
        left -= drawn[place]
    return drawn


def _with_strata(links: PersonLinks, settings: LinkSettings) -> pl.DataFrame:
    """left, right, match_weight_bits, p_match, stratum of every pair of different namings."""
    people = links.mentions.select("mention_id", "profile", "person_id")
    pairs = links.pairs.select("left", "right", "match_weight_bits", "p_match", "decision")
    for side in ("left", "right"):
        pairs = pairs.join(
            people.rename({"mention_id": side, "profile": f"{side}_profile", "person_id": f"{side}_person"}),
            on=side,
            maintain_order="left",
        )
    pairs = pairs.filter(pl.col("left_profile") != pl.col("right_profile"))
    linked = pairs["left_person"] == pairs["right_person"]
    sizes = people.drop_nulls("profile").group_by("person_id").agg(namings=pl.col("profile").n_unique())
    pairs = pairs.join(sizes, left_on="left_person", right_on="person_id", how="left", maintain_order="left")
    strong = pairs.filter(linked & (pairs["p_match"] >= settings.link_at_p))
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_edges_from(strong.select("left_profile", "right_profile").rows())
    # a person of two namings has but one link, which is no sign of weakness
    of_two = pl.col("namings") <= 2
    found: Iterable[tuple[int, int]] = nx.bridges(graph)
    bridges = {(min(a, b), max(a, b)) for a, b in found}
    ends = pairs.select("left_profile", "right_profile").iter_rows()
    bridge = pl.Series([(min(a, b), max(a, b)) in bridges for a, b in ends], dtype=pl.Boolean)
    p = pl.col("p_match")
    stratum = (
        pl.when(linked & bridge & ~of_two)
        .then(pl.lit("linked: bridge"))
        .when(linked & (p < _NEAR_P))
        .then(pl.lit("linked: near threshold"))
        .when(linked & (pl.col("namings") > _LARGE))
        .then(pl.lit("linked: large person"))
        .when(linked)
        .then(pl.lit("linked: sure"))
        .when(p >= settings.link_at_p)
        .then(pl.lit("apart: likely"))
        .when(p >= settings.possible_at_p)
        .then(pl.lit("apart: possible"))
        .otherwise(pl.lit("apart: unlikely"))
    )
    return pairs.select("left", "right", "match_weight_bits", "p_match", stratum.alias("stratum"))


def _named(pairs: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """The pairs with `source:row:field` (and part) and the words of both sides, the lesser name first."""
    part = pl.when(pl.col("part") > 0).then(pl.format(":{}", "part")).otherwise(pl.lit(""))
    said = mentions.select("mention_id", name=pl.format("{}:{}:{}{}", "source", "row", "field", part), says="raw_name")
    for side in ("left", "right"):
        ours = said.rename({"mention_id": side, "name": f"{side}_name", "says": f"{side}_says"})
        pairs = pairs.join(ours, on=side, maintain_order="left")
    turned = pl.col("left_name") > pl.col("right_name")
    swapped = [
        pl.when(turned).then(f"{other}{what}").otherwise(f"{side}{what}").alias(f"{side}{what}")
        for side, other in (("left", "right"), ("right", "left"))
        for what in ("", "_name", "_says")
    ]
    return pairs.with_columns(swapped)
