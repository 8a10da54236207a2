"""Judgements as readers of a case, of its graph and of an explanation meet them."""

from collections.abc import Iterable, Sequence

import networkx as nx
import polars as pl

from evidence.judging.binding import Bound
from evidence.summary_model import JudgedBy, JudgedLink
from matchers.graph_export import xml_safe

_MEANS = {"confirm": "one person", "reject": "two persons", "unsure": "cannot tell"}
_PAIR_EDGES = ("same_person", "compared")


def judged_links(found: Iterable[Bound], mention_ids: Iterable[int], *, ends: int) -> list[JudgedLink]:
    """The judged links of which so many ends (1 or 2) are among these mentions."""
    ours = set(mention_ids)
    return [_link(one) for one in found if one.mentions is not None and len(ours.intersection(one.mentions)) >= ends]


def stale_links(found: Iterable[Bound]) -> list[JudgedLink]:
    """Judged links that can bind nothing, because a row no longer says what was judged."""
    return [_link(one) for one in found if one.mentions is None]


def marked(graph: "nx.MultiGraph[str]", found: Sequence[Bound], profile_of: pl.DataFrame) -> None:
    """Write on each edge between two namings what was decided on it. profile_of: mention_id, profile.

    Namings in the same words share an edge, as they share a profile.
    """
    profile = dict(profile_of.select("mention_id", "profile").iter_rows())
    said: dict[frozenset[int], JudgedLink] = {}
    for one in found:
        if one.mentions is not None and all(mention in profile for mention in one.mentions):
            said[frozenset(profile[mention] for mention in one.mentions)] = _link(one)
    for _, _, facts in graph.edges(data=True):
        if facts["type"] in _PAIR_EDGES:
            link = said.get(frozenset(profile[facts[f"{side}_mention"]] for side in ("left", "right")))
            if link is not None:
                facts["judged"] = xml_safe(words(link))


def words(link: JudgedLink) -> str:
    """`two persons (binds): A. Auditor 2026-11-23: different hand`; nothing of a first decision under blind review."""
    told = "; ".join(
        f"{one.by} {one.decided_at[:10]}" + (f", {one.decision}: {one.reason}" if one.decision else "")
        for one in link.judgements
    )
    binds = "" if link.same is None else " one person:" if link.same else " two persons:"
    return f"{link.state}{binds or ':'} {told}"


def _link(one: Bound) -> JudgedLink:
    standing = one.standing
    return JudgedLink(
        left=standing.pair[0],
        left_says=standing.judgements[-1].left_says,
        right=standing.pair[1],
        right_says=standing.judgements[-1].right_says,
        state=one.why_not or standing.state,
        same=standing.same if one.mentions is not None else None,
        judgements=[
            JudgedBy(
                by=judgement.by,
                decided_at=judgement.decided_at,
                decision=None if standing.sealed else _MEANS[judgement.decision],
                reason=None if standing.sealed else judgement.reason,
            )
            for judgement in standing.judgements
        ],
    )
