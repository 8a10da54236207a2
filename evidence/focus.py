"""The part of an assessment that the answers of a few cases need; thousands of other dwellings only taught the rates.

The rows of the asked cases alone: what is known of the city as a whole stands apart from them (`Model.present`,
`Model.case_prior`). The same numbers come out, to the last bit.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evidence.assess import Assessment
from evidence.candidates import Candidates
from evidence.inference import Model
from evidence.situations import Situations

OF_THE_CITY = ("present", "case_prior")


def focused(assessment: Assessment, case_ids: Sequence[str]) -> Assessment:
    """The same assessment with fewer situations, numbered anew, of which those of `case_ids` are asked."""
    situations, model = assessment.situations, assessment.model
    asked = situations.table["case_id"].is_in(list(case_ids)).to_numpy()
    rows = np.flatnonzero(asked)
    if len(rows) == len(asked):
        return assessment
    table = _renumbered(situations.table, rows)
    training = np.flatnonzero(np.isin(rows, assessment.training))
    return replace(
        assessment,
        situations=Situations(situations.cases.join(table.select("case_id"), on="case_id", how="semi"), table),
        levels=_renumbered(assessment.levels, rows),
        model=_part(model, rows),
        asked=asked[rows],
        training=training,
    )


def _part(model: Model, rows: NDArray[np.int64]) -> Model:
    every = model.candidates
    position = {int(row): at for at, row in enumerate(rows)}
    graphs = {position[row]: graph for row, graph in every.graphs.items() if row in position}
    candidates = replace(
        every,
        **_taken(every, rows),
        table=_renumbered(every.table, rows),
        graphs=graphs,
        merges=every.merges.take(rows),
    )
    return replace(model, **_taken(model, rows), candidates=candidates)


def _taken(value: Model | Candidates, rows: NDArray[np.int64]) -> dict[str, Any]:
    """The arrays and lists of a value, which have one row a situation, at these rows."""
    held = {field.name: getattr(value, field.name) for field in fields(value)}
    own = {name: held[name] for name in held if name not in OF_THE_CITY}
    arrays = {name: array[rows] for name, array in own.items() if isinstance(array, np.ndarray)}
    return arrays | {name: [part[row] for row in rows] for name, part in own.items() if isinstance(part, list)}


def _renumbered(frame: pl.DataFrame, rows: NDArray[np.int64]) -> pl.DataFrame:
    """The rows of these situations, with their new numbers, in the order in which they stood."""
    numbers = pl.DataFrame({"situation": rows.astype(np.uint32), "now": np.arange(len(rows), dtype=np.uint32)})
    return (
        frame.join(numbers, on="situation", how="inner", maintain_order="left")
        .with_columns(situation="now")
        .drop("now")
    )
