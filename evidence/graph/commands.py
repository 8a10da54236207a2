"""What a reader of the page can do about an edge: the commands that explain it and that judge it.

Rows, persons and vehicles are named as `evidence.naming` and `evidence.judging.ends` read them back, so that no text of
a source but the case's number and the city folder's name is in a command; both are quoted for a POSIX shell.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evidence.graph.drawn import LOG, Edge, strongest_ties
from evidence.graph.model import CaseGraph
from matchers.explain_words import address_of

_ROW: Final = "row:"
_ONE_PERSON: Final = "Do {} and {} name one person?"


@dataclass(frozen=True, slots=True)
class Commands:
    """`about`: which sighting, where the edge is to a reading; `judge`: without decision, name and reason, and `asks`
    what it decides; None and blank where the edge is no link that is judged (`judging.ends`).
    """

    explain: str
    about: str = ""
    judge: str | None = None
    asks: str = ""


def commands_of(
    found: CaseGraph, city: Path, options: Mapping[str, Path | None] | None = None
) -> dict[str, list[Commands]]:
    """The commands of each edge by its id: of an edge to a reading one of each sighting, the least certain first.

    city: its folder as the user wrote it; options: of the run that the figures rest on (`--learned`), for `explain`.
    """
    named = _namings(found.edges)
    best = strongest_ties(found.edges)
    given = [str(word) for name, value in (options or {}).items() if value is not None for word in (name, value)]
    case = ["--case", found.summary.case_id]

    def commands(ends: Sequence[str], link: Sequence[str] | None, asks: str, about: str = "") -> Commands:
        folder = _folder(city)
        explain = shlex.join(["evidence", "explain", folder, *ends, *case, *given])
        if link is None:
            return Commands(explain, about)
        judge = shlex.join(["evidence", "judge", folder, "--link", *link, *case])
        return Commands(explain, about, judge, asks.format(*link))

    def of_edge(edge: Edge) -> Iterator[Commands]:
        facts, ends = edge.facts, [end.removeprefix(_ROW) for end in (edge.a, edge.b)]
        if edge.type in ("same_person", "compared"):
            pair = _pair(edge, named)
            yield commands(pair, pair, _ONE_PERSON)
        elif edge.type == "names":
            mention = int(facts["mention_id"])
            tie = _pair(best[mention], named) if mention in best else None
            yield commands([named[mention], ends[1]], tie, _ONE_PERSON)
        elif edge.type == "address":
            yield commands(ends, [f"{ends[0]}:{facts['field']}", ends[1]], "Does the address of {} mean {}?")
        elif edge.type == "reading_of":
            for row, link in _sightings(found, edge):
                yield commands([row, ends[1]], link, "Is the reading of {} the vehicle of {}?", row)
        else:
            yield commands(ends, None, "")

    return {edge.id: list(of_edge(edge)) for edge in found.edges}


def _folder(city: Path) -> str:
    """A folder whose name begins with a hyphen is no option."""
    return f"./{city}" if str(city).startswith("-") else str(city)


def _namings(edges: Sequence[Edge]) -> dict[int, str]:
    """mention_id -> SOURCE:ROW:FIELD, and the part where the cell names several."""
    return {
        int(edge.facts["mention_id"]): address_of({"source": source, "row": row, **edge.facts})
        for edge in edges
        if edge.type == "names"
        for source, row in [edge.a.removeprefix(_ROW).split(":")]
    }


def _pair(edge: Edge, named: Mapping[int, str]) -> list[str]:
    """The two namings that an edge between persons compares."""
    return [named[int(edge.facts["left_mention"])], named[int(edge.facts["right_mention"])]]


def _sightings(found: CaseGraph, edge: Edge) -> Iterator[tuple[str, list[str] | None]]:
    """Each row that was read so, and the link to judge: none where no plate was read, or none such is registered."""
    register = found.graph.nodes[edge.b].get("dmv_row")
    nodes = {row: f"{_ROW}{LOG}:{row}" for row in edge.rows}
    sure = {
        row: min(facts.get("p_vehicle", 1.0) for facts in found.graph[nodes[row]][edge.b].values()) for row in nodes
    }
    for row in sorted(nodes, key=lambda row: (sure[row], row)):
        judged = register is not None and found.graph.nodes[nodes[row]].get("read_plate")
        yield f"{LOG}:{row}", [f"{LOG}:{row}", f"dmv_registrations:{register}"] if judged else None
