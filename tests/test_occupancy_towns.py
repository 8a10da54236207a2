"""The measuring of headcounts on made-up towns still runs on the program as it is."""

from pathlib import Path

from benchmarks.occupancy_towns import draw, screened
from evidence.settings import InferenceSettings


def test_a_drawn_town_is_screened_and_laid_beside_its_truth(tmp_path: Path) -> None:
    town = draw(tmp_path, "misread", seed=3, scale="tiny")
    found = screened(town, InferenceSettings())
    assert found.height > 5
    assert set(found["case_id"]) <= set(town.cases["case_id"])
    assert found["p"].is_between(0.0, 1.0).all()
    assert found["occupants"].null_count() == 0
