"""What the three jobs hand back: polars frames with the columns of the contract, and one summary per case."""

from dataclasses import dataclass
from typing import Any

import networkx as nx
import polars as pl

from evidence.summary_model import Summary

NO_ZIP = "not given"
"""Stands for the ZIP code of a dwelling that has none."""


@dataclass(frozen=True, slots=True)
class Screening:
    """The tables of `evidence screen`, each sorted as the contract says.

    `screen` is one row per case, most pressing first; `run` is the record that becomes `run.json` without timings
    and memory, which the writer adds.
    """

    screen: pl.DataFrame
    occupants: pl.DataFrame
    persons: pl.DataFrame
    mentions: pl.DataFrame
    plates: pl.DataFrame
    vehicles: pl.DataFrame
    quarantine: pl.DataFrame
    warnings: pl.DataFrame
    run: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: its summary and its linkage graph (persons, vehicles, dwellings, rows, typed edges)."""

    summary: Summary
    graph: "nx.MultiGraph[str]"
