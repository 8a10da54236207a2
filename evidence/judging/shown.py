"""Judgements as readers of a case, of its graph and of an explanation meet them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import polars as pl

from evidence.judging.binding import Bound
from evidence.judging.ends import About
from evidence.judging.records import Decision
from evidence.summary_model import JudgedBy, JudgedLink
from matchers.graph_export import xml_safe

_MEANS: Mapping[About, Mapping[Decision, str]] = {
    "person": {"confirm": "one person", "reject": "two persons", "unsure": "cannot tell"},
    "vehicle": {"confirm": "this vehicle", "reject": "not this vehicle", "unsure": "cannot tell"},
    "dwelling": {"confirm": "this dwelling", "reject": "not this dwelling", "unsure": "cannot tell"},
}
_PAIR_EDGES = ("same_person", "compared")


@dataclass(frozen=True, slots=True)
class Concerned:
    """What a page is about. ends: how many of a pair's mentions must be among these; places: texts of addresses, and
    dwellings, either of which is enough.
    """

    mentions: frozenset[int] = frozenset()
    ends: int = 1
    log_rows: frozenset[int] = frozenset()
    places: frozenset[str] = frozenset()

    def by(self, one: Bound) -> bool:
        """Whether a judged link is of this page."""
        if one.mentions is not None:
            return len(self.mentions.intersection(one.mentions)) >= self.ends
        if one.rows is not None:
            return one.rows[0] in self.log_rows
        return one.place is not None and not self.places.isdisjoint(one.place)


def judged_links(found: Iterable[Bound], concerned: Concerned) -> list[JudgedLink]:
    """The judged links that a page is about."""
    return [_link(one) for one in found if concerned.by(one)]


def stale_links(found: Iterable[Bound], *, persons_only: bool) -> list[JudgedLink]:
    """Judged links that can bind nothing, because the city no longer says what was judged.

    persons_only: where a list of participants is applied, a plate or an address that is gone may be one of theirs (of
    names, the judgements that speak of them are not spoken at all).
    """
    return [_link(one) for one in found if one.why_not and (one.about == "person" or not persons_only)]


def marked(graph: "nx.MultiGraph[str]", found: Sequence[Bound], profile_of: pl.DataFrame) -> None:
    """Write on each edge on which somebody decided what was decided. profile_of: mention_id, profile.

    Namings in the same words share an edge, as they share a profile; what was decided on an address stands on the edge
    of every row that writes it. Where a rejected link has no edge, it is with what was considered and not taken.
    """
    _mark_readings_and_addresses(graph, found)
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


def _mark_readings_and_addresses(graph: "nx.MultiGraph[str]", found: Sequence[Bound]) -> None:
    rows: dict[int, list[str]] = {}
    texts: dict[tuple[str, str], str] = {}
    for one in found:
        link = _link(one)
        if one.rows is not None:
            rows.setdefault(one.rows[0], []).append(f"{link.right} is {link.left} ({link.left_says})? {words(link)}")
        elif one.place is not None:
            texts[one.place] = words(link)
    for a, b, facts in graph.edges(data=True):
        told = None
        if facts["type"] == "reading_of":
            row = next(end for end in (a, b) if end.startswith("row:"))
            told = "; ".join(rows.get(int(row.rpartition(":")[2]), []))
        elif facts["type"] == "address":
            dwelling = next(end for end in (a, b) if end.startswith("dwelling:"))
            told = texts.get((facts["address_text"], dwelling.removeprefix("dwelling:")))
        if told:
            facts["judged"] = xml_safe(told)


def words(link: JudgedLink) -> str:
    """`binds two persons: A. Auditor 2026-11-23, two persons: why`, `confirmed by judgement: ...`; nothing of
    a first decision under blind review.
    """
    told = "; ".join(
        f"{one.by} {one.decided_at[:10]}" + (f", {one.decision}: {one.reason}" if one.decision else "")
        for one in link.judgements
    )
    if link.same is None:
        return f"{link.state}: {told}"
    if link.about == "person":
        return f"{link.state} {_MEANS['person']['confirm' if link.same else 'reject']}: {told}"
    return f"{'confirmed' if link.same else 'rejected'} by judgement: {told}"


def _link(one: Bound) -> JudgedLink:
    standing = one.standing
    return JudgedLink(
        about=one.about,
        left=standing.pair[0],
        left_says=standing.judgements[-1].left_says,
        right=standing.pair[1],
        right_says=standing.judgements[-1].right_says,
        state=one.why_not or standing.state,
        same=None if one.why_not else standing.same,
        judgements=[
            JudgedBy(
                by=judgement.by,
                decided_at=judgement.decided_at,
                decision=None if standing.sealed else _MEANS[one.about][judgement.decision],
                reason=None if standing.sealed else judgement.reason,
            )
            for judgement in standing.judgements
        ],
    )
