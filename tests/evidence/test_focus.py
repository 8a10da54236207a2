"""A case that is no open one is answered on few rows of the city, and comes out as on all of them."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evidence import load
from evidence.assess import Assessment
from evidence.focus import focused
from evidence.one_person import Merges
from evidence.pipeline import investigate
from evidence.write import case_files
from tests.evidence.changed_city import read_rows, write_rows


def test_a_closed_case_has_the_same_numbers_on_the_rows_it_needs_as_on_all(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "city")
    header, rows = read_rows(folder / "cases.csv")
    rows[1][header.index("Status")] = "closed"
    write_rows(folder / "cases.csv", header, rows)
    city, case_id = load(folder), rows[1][0]
    seen: list[int] = []

    def counted(assessment: Assessment, case_ids: list[str]) -> Assessment:
        part = focused(assessment, case_ids)
        seen.append(assessment.situations.table.height - part.situations.table.height)
        return part

    monkeypatch.setattr("evidence.asking.focused", counted)
    few = case_files(investigate(city, case_ids=[case_id]).results([case_id])[0])
    monkeypatch.setattr("evidence.asking.focused", lambda assessment, _: assessment)
    every = case_files(investigate(city, case_ids=[case_id]).results([case_id])[0])
    assert few == every
    assert min(seen) > 100


def test_candidates_who_may_be_one_person_stay_with_their_situation(tiny_folder: Path) -> None:
    assessment = investigate(load(tiny_folder)).assessment
    table, model = assessment.situations.table, assessment.model
    row = int(np.flatnonzero(table["is_case"].to_numpy())[-1])
    pair = Merges(np.array([row]), np.array([0]), np.array([1]), np.array([0.3]), np.zeros(1), np.zeros(1))
    paired = replace(assessment, model=replace(model, candidates=replace(model.candidates, merges=pair)))
    case_id = table["case_id"][row]
    part = focused(paired, [case_id])
    assert part.situations.table.height < table.height
    (now,) = part.model.candidates.merges.rows
    assert part.situations.table["case_id"][int(now)] == case_id
