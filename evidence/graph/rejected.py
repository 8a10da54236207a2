"""What the linkage considered and did not take, and why: other persons, plates, dwellings, drivers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import networkx as nx
import polars as pl

from evidence.graph.figures import Comparison, candidate_words, of_candidate, of_pair
from evidence.judging.shown import words
from evidence.summary_model import Summary
from matchers.dwellings import Dwellings
from matchers.explain import PairScore, PairScorer
from matchers.explain_addresses import explain_addresses
from matchers.explain_plates import ReadingExplained
from matchers.explain_words import feature_name
from matchers.graph import SAME_PERSON

MOST: Final = 300  # of one kind; the least likely are left out, and their number is said
_LEAST_P: Final = 0.001  # what is less likely than one in a thousand was never an alternative
_JUDGED: Final = "somebody judged them two persons"


@dataclass(frozen=True, slots=True)
class Rejected:
    """An alternative. `about`: nodes of the graph that it concerns; `p`: how likely it was found to be."""

    kind: str
    about: tuple[str, ...]
    text: str
    p: float
    why: str
    comparison: Comparison | None = None


def other_persons(scorer: PairScorer, mention_ids: Sequence[int], nodes: dict[int, str]) -> Iterator[Rejected]:
    """Pairs of names, one of them of the case, that the run compared and did not take for one person.

    nodes: mention id -> its row's node, of the mentions that are drawn.
    """
    ours = pl.Series(list(mention_ids), dtype=pl.UInt32).implode()
    pairs = scorer.links.pairs.filter(
        (pl.col("decision") != SAME_PERSON) & (pl.col("left").is_in(ours) | pl.col("right").is_in(ours))
    ).sort("p_match", "left", "right", descending=[True, False, False])
    for score in scorer.score_many(pairs.head(MOST)):
        about = tuple(nodes[end] for end in (score.left, score.right) if end in nodes)
        if about:
            text = f"{score.left_words} and {score.right_words} are one person"
            why = _JUDGED if scorer.judged_apart(score.left, score.right) else why_apart(score)
            yield Rejected("one person", about, text, score.p_match, why, of_pair(score))


def rejected_by_judgement(summary: Summary, reading_of: Mapping[int, str]) -> Iterator[Rejected]:
    """Readings and addresses of which somebody decided that they are not this vehicle or this dwelling: no edge is left
    that could say so. reading_of: the node of each drawn row of the log.
    """
    for link in summary.judgements:
        if link.same is not False:
            continue
        if link.about == "vehicle":
            row = int(link.right.split(":")[1])
            about = (reading_of[row], f"row:vehicle_log:{row}") if row in reading_of else ()
            text = f"vehicle_log row {row} is {link.left_says} ({link.left})"
            yield Rejected("another plate", about, text, 0.0, words(link))
        elif link.about == "dwelling":
            text = f"{link.left_says!r} means {link.right.removeprefix('dwelling:')}"
            yield Rejected("another dwelling", (link.right,), text, 0.0, words(link))


def why_apart(score: PairScore) -> str:
    """The objection in words, else the comparison that weighs most against; a judgement stands on the edge itself."""
    if score.objections:
        return "; ".join(score.objections)
    least = min(score.contributions, key=lambda c: (c.feature in ("prior", "address"), c.bits))
    if least.bits < 0 and least.feature != "prior":
        return f"{feature_name(least.feature)}: {least.words}"
    return "each has likelier company" if score.p_match >= 0.5 else "too little speaks for it"


def other_plates(readings: Sequence[tuple[str, ReadingExplained]]) -> Iterator[Rejected]:
    """Candidates of each reading besides the one taken. readings: node of the reading, and a row of it explained."""
    seen: dict[tuple[str, str, int | None], Rejected] = {}
    for node, told in readings:
        for candidate in told.candidates[1:]:
            best = told.candidates[0]
            behind = best.bits_total - candidate.bits_total
            rejected = Rejected(
                "another plate",
                (node, f"row:vehicle_log:{told.log_row}"),
                f"vehicle_log row {told.log_row} ({told.written_plate or 'no plate'}) is {candidate_words(candidate)}",
                candidate.p_hypothesis,
                f"{behind:.2f} bits behind {best.plate}",
                of_candidate(told, candidate),
            )
            key = (node, candidate.plate, candidate.dmv_row)
            if candidate.p_hypothesis >= _LEAST_P and (key not in seen or seen[key].p < rejected.p):
                seen[key] = rejected
    yield from seen.values()


def other_dwellings(graph: "nx.MultiGraph[str]", dwellings: Dwellings) -> Iterator[Rejected]:
    """Dwellings that an address of a drawn row may mean besides the likeliest."""
    rows = sorted({a if a.startswith("row:") else b for a, b, f in graph.edges(data=True) if f["type"] == "address"})
    drawn = pl.Series("row", rows, dtype=pl.String).implode()
    cells = dwellings.cells.filter(pl.format("row:{}:{}", "source", "row").is_in(drawn))
    texts = cells["address_text"].unique().implode()
    near = replace(dwellings, cells=cells, links=dwellings.links.filter(pl.col("address_text").is_in(texts)))
    for row in rows:
        for told in explain_addresses(near, row):
            for place in told.places[1:]:
                if place.p_dwelling >= _LEAST_P:
                    where = place.dwelling_id or "no dwelling of the city"
                    text = f"{row.removeprefix('row:')} {told.text!r} means {where}"
                    yield Rejected("another dwelling", (row,), text, place.p_dwelling, place.words)


def other_drivers(summary: Summary) -> Iterator[Rejected]:
    """Who else may drive each vehicle, besides the likeliest."""
    for vehicle in summary.vehicles:
        ordered = sorted(vehicle.operators, key=lambda o: (-o.probability, o.who, o.person_id or ""))
        for other in ordered[1:]:
            named = f", {other.display_name or other.person_id}" if other.person_id else ""
            about = (f"vehicle:{vehicle.vehicle_id}", *((f"person:{other.person_id}",) if other.person_id else ()))
            text = f"{vehicle.plate or vehicle.vehicle_id} is driven by: {other.who}{named}"
            why = f"less likely than: {ordered[0].who}; what speaks for it: {other.reason}"
            if other.probability >= _LEAST_P:
                yield Rejected("another driver", about, text, other.probability, why)
