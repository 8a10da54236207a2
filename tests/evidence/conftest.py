"""A tiny synthetic city, made, loaded and screened once for all tests of the whole program."""

from pathlib import Path

import pytest

from evidence.pipeline import Run, investigate
from evidence.results import Screening
from evidence.synthetic import generate
from loaders.city import City, load


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """City folder of some 250 dwellings and a dozen cases. Read only: copy it to change a file."""
    return generate(tmp_path_factory.mktemp("tiny"), scale="tiny", seed=7).city


@pytest.fixture(scope="session")
def tiny_city(tiny_folder: Path) -> City:
    return load(tiny_folder)


@pytest.fixture(scope="session")
def tiny_run(tiny_city: City) -> Run:
    return investigate(tiny_city)


@pytest.fixture(scope="session")
def tiny_screening(tiny_run: Run) -> Screening:
    return tiny_run.screening()
