"""A case that is no open one is answered on few rows of the city, and comes out as on all of them."""

import shutil
from pathlib import Path

import pytest

from evidence import load
from evidence.assess import Assessment
from evidence.focus import focused
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
