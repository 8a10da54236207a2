"""All that the page of one case says, gathered from a run: picture, figures, alternatives, thresholds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any, Final

import networkx as nx
import polars as pl

from evidence.graph.drawn import Edge, Node, drawn, strongest_ties
from evidence.graph.figures import Comparison, of_candidate, of_facts, of_pair
from evidence.graph.layout import positions
from evidence.graph.rejected import (
    MOST,
    Rejected,
    other_drivers,
    other_dwellings,
    other_persons,
    other_plates,
    rejected_by_judgement,
    why_apart,
)
from evidence.graph.thresholds import Ladder, ladder
from evidence.linkage import Linked
from evidence.results import CaseResult
from evidence.summary_model import Summary
from matchers.explain import PairScore, PairScorer
from matchers.explain_plates import ReadingExplained, explain_reading

SCHEMA: Final = "occupancy-evidence/graph-page/1"
_ODDS: Final = ("kin_of",)  # whose bits add up to odds; all other products to a probability


@dataclass(frozen=True, slots=True)
class CaseGraph:
    """One case. `comparisons` of an edge: by its id; `why`: why an edge that was compared is no link, by its id;
    `readings`: of each row of the log, by its number; `place` of a node in pixels.
    """

    summary: Summary
    graph: "nx.MultiGraph[str]"
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    place: Mapping[str, tuple[int, int]]
    comparisons: Mapping[str, Comparison]
    why: Mapping[str, str]
    readings: Mapping[int, Comparison]
    rejected: Sequence[Rejected]
    ladder: Ladder
    people_of: Mapping[int, tuple[str, str]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        s = self.summary
        return {
            "schema": SCHEMA,
            "version": version("occupancy-evidence"),
            "case_id": s.case_id,
            "address": s.address,
            "persons_named": s.persons_named,
            "persons_named_low": s.persons_named_low,
            "persons_named_high": s.persons_named_high,
            "inputs": [{"source": i.source, "file": i.file, "sha256": i.sha256} for i in s.provenance.inputs],
            "nodes": [
                {**asdict(node), "x": self.place[node.id][0], "y": self.place[node.id][1]} for node in self.nodes
            ],
            "edges": [
                {
                    **asdict(edge),
                    "comparison": asdict(self.comparisons[edge.id]) if edge.id in self.comparisons else None,
                    "why": self.why.get(edge.id, ""),
                }
                for edge in self.edges
            ],
            "readings": {str(row): asdict(figures) for row, figures in self.readings.items()},
            "rejected": [asdict(each) for each in self.rejected],
            "most_rejected": MOST,
            "ladder": asdict(self.ladder),
            "mentions": {str(mention): list(told) for mention, told in self.people_of.items()},
            "graph": nx.node_link_data(self.graph, edges="edges"),
        }


def case_graph(linked: Linked, vehicle_log: pl.DataFrame, result: CaseResult) -> CaseGraph:
    """The page of one case of a linked city. linked: of the whole city, so that the figures are those of `explain`."""
    graph = result.graph
    nodes, edges = drawn(graph)
    people = _people(graph)
    scorer = PairScorer.of(linked.links)
    scores = _scores(scorer, edges)
    told = _readings(linked, vehicle_log, result.summary.case_id, edges)
    comparisons = dict(_comparisons(graph, edges, scores, told))
    spoken = [(edge.a, told[row]) for edge in edges for row in edge.rows]
    row_of = {mention: row for mention, (row, _) in people.items()}
    rejected = [
        *other_persons(scorer, sorted(people), row_of),
        *other_plates(spoken),
        *other_dwellings(graph, linked.dwellings),
        *other_drivers(result.summary),
        *rejected_by_judgement(result.summary, {row: edge.a for edge in edges for row in edge.rows}),
    ]
    return CaseGraph(
        summary=result.summary,
        graph=graph,
        nodes=nodes,
        edges=edges,
        place=positions(nodes, edges),
        comparisons=comparisons,
        why={edge.id: why_apart(scores[edge.id]) for edge in edges if edge.type == "compared"},
        readings={row: of_candidate(one, one.candidates[0]) for row, one in told.items() if one.candidates},
        rejected=sorted(rejected, key=lambda each: (each.kind, -each.p, each.text)),
        ladder=ladder(scorer, _rows_of_persons(linked, graph, result.summary)),
        people_of=people,
    )


def _people(graph: "nx.MultiGraph[str]") -> dict[int, tuple[str, str]]:
    """Mention id -> node of its row, node of its person, of every naming that is drawn."""
    found = {}
    for one, other, facts in graph.edges(data=True):
        if facts["type"] == "names":
            person, row = sorted((one, other))
            found[int(facts["mention_id"])] = (row, person)
    return found


def _scores(scorer: PairScorer, edges: Sequence[Edge]) -> dict[str, PairScore]:
    pairs = [edge for edge in edges if edge.type in ("same_person", "compared")]
    ends = [(edge.facts["left_mention"], edge.facts["right_mention"]) for edge in pairs]
    frame = pl.DataFrame(ends, schema={"left": pl.UInt32, "right": pl.UInt32}, orient="row")
    return dict(zip((edge.id for edge in pairs), scorer.score_many(frame) if pairs else [], strict=True))


def _readings(
    linked: Linked, vehicle_log: pl.DataFrame, case_id: str, edges: Sequence[Edge]
) -> dict[int, ReadingExplained]:
    """Every drawn row of the log, explained; the frames are cut to the case first."""
    mine = pl.col("case_id") == case_id
    cars = replace(
        linked.vehicles,
        sightings=linked.vehicles.sightings.filter(mine),
        readings=linked.vehicles.readings.filter(mine),
    )
    log = vehicle_log.filter(mine)
    return {row: explain_reading(cars, log, row) for edge in edges for row in edge.rows}


def _comparisons(
    graph: "nx.MultiGraph[str]",
    edges: Sequence[Edge],
    scores: Mapping[str, PairScore],
    told: Mapping[int, ReadingExplained],
) -> Iterator[tuple[str, Comparison]]:
    best = strongest_ties(edges)
    for edge in edges:
        figures: Comparison | None
        if edge.id in scores:
            figures = of_pair(scores[edge.id])
        elif edge.type == "names":  # what ties the row to its person most
            mention = int(edge.facts["mention_id"])
            figures = of_pair(scores[best[mention].id]) if mention in best else None
        elif edge.rows:
            least = min(edge.rows, key=lambda row: (told[row].p_vehicle or 0.0, row))
            figures = of_candidate(told[least], told[least].candidates[0]) if told[least].candidates else None
        else:
            one, other = (str(graph.nodes[name]["label"]) for name in (edge.a, edge.b))
            figures = of_facts(one, other, edge.facts, edge.p, odds=edge.type in _ODDS)
        if figures is not None:
            yield edge.id, figures


def _rows_of_persons(linked: Linked, graph: "nx.MultiGraph[str]", summary: Summary) -> pl.DataFrame:
    """mention_id, person_id, p_here of every row, anywhere, of the persons whom a row names at the dwelling."""
    mentions = linked.links.mentions.filter(pl.col("kind") == "person")
    here = pl.col("dwelling_id").eq(pl.lit(summary.dwelling_id, pl.String)).fill_null(value=False)
    drawn_persons = [facts["person_id"] for _, facts in graph.nodes(data=True) if facts["kind"] == "person"]
    ours = mentions.filter(pl.col("person_id").is_in(drawn_persons))
    return ours.select("mention_id", "person_id", p_here=pl.when(here).then(pl.col("p_dwelling").fill_null(1.0)))
